"""The form of a saved lesson: its opening cell, its tags, its canonical text, and its faults."""

import base64
import difflib
import io
import re
from itertools import groupby

import nbformat
import numpy as np
from PIL import Image

LONGEST_CELL = 30  # lines
KILOBYTES = {"22": 800, "23": 800}  # two lessons are about pictures; the others have 400

TAGS = ("solution", "exercise", "nbval-ignore-output", "real-data")  # and taught-<function>
TAUGHT = re.compile(r"taught-[A-Za-z]\w*")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # holds an id that is new in every run
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
COLOURS = 48  # of a saved picture: no pixel changes visibly, and it is half as large
COLOURS_OF_PHOTOGRAPHS = 20, 32  # for lines and letters, for shades
REDRAWN = re.compile(r"^.*\r(?=[^\r\n])", re.MULTILINE)  # what a progress bar wrote over

OPENING = (  # what each line of the first cell must match, and how it should look
    (r"# (?P<number>\d\d) · (?P<title>.+)", "# 11 · Convolution"),
    (r"\*\*(?P<question>.+\?)\*\*", "**Which question does the lesson answer?**"),
    (r"\*\*You will be able to\*\*", "**You will be able to**"),
    *[(r"- .+", "- one of exactly three things")] * 3,
    (r"\*\*Needs\*\*", "**Needs**"),
    (r"- Lessons before: .+", "- Lessons before: 00"),
    (r"- Time on 2 cores: (?P<minutes>[\d.]+) minutes?", "- Time on 2 cores: 1 minute"),
    (r"- Memory: (?P<memory>[\d.]+) GB", "- Memory: 0.5 GB"),
    (r"- Data and licence: .+", "- Data and licence: retina (public domain)"),
    (r"For teaching, not for clinical use\.", "For teaching, not for clinical use."),
)


class LessonError(Exception):
    """A notebook that cannot be read, run or told apart; the text is meant for its author."""


def read(path):
    """Return the notebook at `path` as it was saved, cell ids included."""
    try:
        notebook = nbformat.v4.reads(path.read_text(encoding="utf-8"))
        version = notebook.nbformat
        notebook.cells  # noqa: B018  a file without cells is no notebook
    except (OSError, ValueError, AttributeError) as error:
        raise LessonError(f"Expected a notebook. Received {path}: {error}.") from error
    if version != 4:
        raise LessonError(f"Expected a notebook of format 4. Received {version}. Save it anew.")
    return notebook


def code_cells(notebook):
    """Return the code cells; a cell's number in a message is its place among these, from 1."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell):
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def heading_level(cell):
    """Return 1 for `#`, 2 for `##` …, and 0 for a cell that does not begin with a heading."""
    match = re.match(r"(#+) ", cell.source) if cell.cell_type == "markdown" else None
    return len(match[1]) if match else 0


def texts(cell):
    """Return every text that a code cell left: what it printed and what it showed."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield data


def opening(notebook):
    """Return number, title, question, minutes and memory from the first cell.

    Raises:
        LessonError: a line is not in the fixed form; it says which, and shows the form.
    """
    source = notebook.cells[0].source if notebook.cells else ""
    lines = re.sub(r"\n  +", " ", source).splitlines()  # an indented line goes on with the last
    lines = [line.strip() for line in lines if line.strip()]
    found = {}
    for number, (pattern, example) in enumerate(OPENING):
        line = lines[number] if number < len(lines) else "nothing"
        match = re.fullmatch(pattern, line)
        if not match:
            raise LessonError(f"opening cell: expected a line like `{example}`, received `{line}`")
        found.update(match.groupdict())
    if len(lines) > len(OPENING):
        raise LessonError(f"opening cell: move `{lines[len(OPENING)]}` to the next cell")
    return found


def canonical(notebook):
    """Return the text of a notebook without anything that changes from run to run."""
    notebook = nbformat.from_dict(notebook)  # a copy
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    known = set()
    for place, cell in enumerate(notebook.cells):
        if cell.get("id", "") in known | {""}:
            cell.id = f"cell-{place:03d}"
        known.add(cell.id)
        cell.metadata = {"tags": tags(cell)} if tags(cell) else {}
        if cell.cell_type == "code":
            cell.outputs = [tidy(output) for output in merged(cell.outputs)]
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def merged(outputs):
    """Return the outputs with neighbouring pieces of one stream joined into one."""
    for stream, group in groupby(outputs, lambda output: output.get("name")):
        group = list(group)
        if stream:
            group[0].text = REDRAWN.sub("", "".join(output.text for output in group))
            del group[1:]
        yield from group


def tidy(output):
    """Return one output without its metadata and without the widget's id."""
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)
        if "image/png" in output.data:
            output.data["image/png"] = smaller(output.data["image/png"])
    if "metadata" in output:
        output.metadata = {}
    return output


def smaller(picture):
    """Return a PNG in base64 with few enough colours for a palette; one that has it is kept."""
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    if image.mode == "P":
        return picture
    ground = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    saved = io.BytesIO()
    _in_few_colours(flat).save(saved, "PNG", optimize=True)
    return base64.b64encode(saved.getvalue()).decode()


def _in_few_colours(image):
    """Return an RGB image with a palette; a photograph in colour gets shades of its own."""
    pixels = np.asarray(image)
    spread = np.ptp(pixels, axis=-1)
    if (spread > 12).mean() < 0.2:
        middle = (spread == 0) & (pixels[..., 0] > 40) & (pixels[..., 0] < 215)
        if middle.mean() > 0.1 and (spread > 12).any():
            return _grey_with_lines(pixels, spread == 0)
        return image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    lines, shades = COLOURS_OF_PHOTOGRAPHS
    colours = image.quantize(lines, Image.Quantize.MAXCOVERAGE).getpalette()[: 3 * lines]
    colours += image.quantize(shades, Image.Quantize.MEDIANCUT).getpalette()[: 3 * shades]
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def _grey_with_lines(pixels, grey):
    """Return a grey photograph with coloured lines; with one palette its greys take their tint."""
    half = COLOURS // 2
    levels = np.linspace(0, 255, half).round().astype("uint8")
    lines = Image.fromarray(pixels[~grey][None]).quantize(half, Image.Quantize.MAXCOVERAGE)
    places = np.empty(grey.shape, "uint8")
    places[grey] = np.abs(pixels[grey][:, :1] - levels.astype(int)).argmin(axis=1)
    places[~grey] = half + np.asarray(lines)[0]
    saved = Image.fromarray(places)
    saved.putpalette([*np.repeat(levels, 3).tolist(), *lines.getpalette()[: 3 * half]])
    return saved


def faults(path):
    """Yield what is wrong with a saved notebook, in words."""
    try:
        notebook = read(path)
        if opening(notebook)["number"] != path.name[:2]:
            yield "opening cell: its number is not the one in the file name"
    except LessonError as error:
        yield str(error)
        if "opening" not in str(error):
            return
    text = path.read_text(encoding="utf-8")
    if text != canonical(notebook):
        yield "not in canonical form: save it with `python tools/notebooks.py run`"
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"not run once from top to bottom: the execution counts are {counts}"
    size, allowed = len(text.encode()) / 1000, KILOBYTES.get(path.name[:2], 400)
    if size > allowed:
        yield f"too large: {size:.0f} KB, allowed are {allowed} KB; draw fewer or smaller figures"
    for cell in notebook.cells:
        for tag in tags(cell):
            if tag not in TAGS and not TAUGHT.fullmatch(tag):
                near = difflib.get_close_matches(tag, TAGS, 1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(TAGS)}"
                yield f"the tag {tag!r} is not allowed ({hint})"
    for number, cell in enumerate(code_cells(notebook), 1):
        yield from (f"code cell {number}: {fault}" for fault in cell_faults(cell))


def cell_faults(cell):
    """Yield what is wrong with one code cell and its saved outputs."""
    lines = len(cell.source.splitlines())
    if lines > LONGEST_CELL:
        yield f"{lines} lines, allowed are {LONGEST_CELL}; one thought a cell"
    if re.search(r"^\s*#\s*(NBVAL_|PYTEST_VALIDATE)", cell.source, re.MULTILINE):
        yield "a comment steers nbval; use a tag, so that all exceptions are found in one way"
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"an error is saved: {output.ename}; show it with checks.expect_error"
        if output.get("name") == "stderr":
            yield f"a warning or log line is saved: {output.text.strip()[:80]!r}"
    if any(ADDRESS.search(text) for text in texts(cell)):
        yield "a memory address is saved, new in every run; end a figure with plt.show(), or \
give the object a __repr__"
