"""The rules for what stands in a lesson: sections, exercises, pictures, claims, names, links."""

import ast
import importlib
import re
import types
from pathlib import Path
from urllib.parse import unquote

from lesson_form import LessonError, code_cells, heading_level, read, tags, texts

SECTIONS = ("Mistakes people make", "Exercises", "Solutions", "What we saw")
LAST_SECTION, REAL_DATA = "Where this comes from", "The same code on real data"
ON_REAL_DATA = ("21", "22", "3")  # how the numbers of lessons that have this section begin
NO_LESSON = ("00", "90")  # the welcome and the gallery have exercises and sections as they like
EXERCISES = 4  # at least; one of them may be open, that is without a check
BANNED = ("interact", "interactive", "interact_manual", "Output", "clear_output")
PICTURE = re.compile(r"^\*In the picture:\* \S", re.MULTILINE)
ABSOLUTE = re.compile(r"(?:^|[\s\"'(=`])(/[a-z][\w.-]*(?:/[\w.-]+)+|[A-Za-z]:\\+\w+)", re.MULTILINE)
CODE_IN_TEXT = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)[^)]*\)")


def faults(path):
    """Yield what is wrong with the content of a saved lesson, in words."""
    notebook, number = read(path), path.name[:2]
    try:
        for cell in code_cells(notebook):
            ast.parse(cell.source)
    except SyntaxError as error:
        yield f"not plain Python, or a line with % or !: {error.text or cell.source[:60]!r}"
        return
    yield from opening_code_faults(notebook, number)
    yield from section_faults(notebook, number)
    yield from exercise_faults(notebook, number)
    yield from real_data_faults(notebook)
    yield from picture_faults(notebook)
    yield from claim_faults(notebook)
    yield from name_faults(notebook)
    yield from link_faults(notebook, path)
    for place, cell in enumerate(code_cells(notebook), 1):
        yield from (f"code cell {place}: {fault}" for fault in code_faults(cell))
    for cell in notebook.cells:
        for text in (cell.source, *(texts(cell) if cell.cell_type == "code" else ())):
            for match in ABSOLUTE.finditer(text):
                yield f"the path {match[1]!r} exists on one computer only; use a relative one"


def calls(cell):
    """Return the dotted names of everything that a code cell calls: {"plt.show", "expect"}."""
    nodes = ast.walk(ast.parse(cell.source))
    return {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}


def checks_called(cell):
    """Return the names of the exercise checks that a cell calls."""
    names = {name.removeprefix("checks.") for name in calls(cell) if name.startswith("checks.")}
    return names - {"Feedback", "expect", "expect_error"}


def section(notebook, title):
    """Return the cells under the H2 heading `title`, the heading left out."""
    found, inside = [], False
    for cell in notebook.cells:
        if 0 < heading_level(cell) <= 2:
            inside = cell.source.splitlines()[0] == f"## {title}"
        elif inside:
            found.append(cell)
    return found


def opening_code_faults(notebook, number):
    """Yield unless all imports are in the first code cell and the seed is set in the second."""
    trees = [ast.parse(cell.source).body for cell in code_cells(notebook)]
    for place, body in enumerate(trees, 1):
        imports = [isinstance(node, ast.Import | ast.ImportFrom) for node in body]
        if place == 1 and not all(imports):
            yield "code cell 1: it holds the imports and nothing else"
        if place > 1 and any(imports):
            yield f"code cell {place}: move its imports to the first code cell"
    seeded = len(trees) > 1 and re.search(r"seed|default_rng\(", code_cells(notebook)[1].source)
    if number not in NO_LESSON and not seeded:
        yield "code cell 2: it sets the seed"


def section_faults(notebook, number):
    """Yield unless the fixed sections stand in their order."""
    titles = [
        cell.source.splitlines()[0][3:] for cell in notebook.cells if heading_level(cell) == 2
    ]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "\n## " in CODE_IN_TEXT.sub("", cell.source):
            title = cell.source.partition("\n## ")[2].splitlines()[0]
            yield f"the section {title!r} begins inside a cell; let it begin one"
    real = [REAL_DATA] * number.startswith(ON_REAL_DATA)
    wanted = [*SECTIONS[:3], *real, *SECTIONS[3:], LAST_SECTION]
    found = [title for title in titles if title in wanted]
    if number not in NO_LESSON and found != wanted:
        yield f"its sections (##) are {found}, wanted are {wanted} in this order"
    for cell in section(notebook, "Solutions"):
        if "solution" not in tags(cell) and not heading_level(cell):
            yield f"under Solutions, without the tag solution: {cell.source[:60]!r}"
    inside = [cell.id for cell in section(notebook, "Solutions")]
    for cell in notebook.cells:
        if "solution" in tags(cell) and cell.id not in inside:
            yield f"tagged solution, but not under ## Solutions: {cell.source[:60]!r}"


def exercise_faults(notebook, number):
    """Yield unless there are enough exercises, unanswered, each with a solution that is right."""
    exercises = [cell for cell in code_cells(notebook) if "exercise" in tags(cell)]
    checked = [cell for cell in exercises if checks_called(cell)]
    if number not in NO_LESSON and len(exercises) < EXERCISES:
        yield f"{len(exercises)} code cells are tagged exercise, wanted are {EXERCISES}"
    if len(exercises) - len(checked) > 1:
        yield "more than one exercise is without a check"
    for cell in checked:
        for name in sorted(checks_called(cell)):
            yield from check_faults(notebook, cell, name)
    asked = {name for cell in checked for name in checks_called(cell)}
    for cell in code_cells(notebook):
        for name in sorted(checks_called(cell) - asked):
            yield f"checks.{name} is called, but by no cell that is tagged exercise"


def check_faults(notebook, exercise, name):
    """Yield unless an exercise is open and a later solution passes the same check."""
    if "Right." in "".join(texts(exercise)):
        yield f"the exercise of checks.{name} is saved solved"
    cells = code_cells(notebook)
    later = [cell for cell in cells[cells.index(exercise) :] if "solution" in tags(cell)]
    solved = [cell for cell in later if name in checks_called(cell)]
    if not solved:
        yield f"no solution cell after the exercise calls checks.{name}"
    for cell in solved:
        shown = "".join(texts(cell))
        if "Right." not in shown or "Not yet." in shown or "Not attempted" in shown:
            yield f"the solution of checks.{name} is not shown to be right: {shown[:80]!r}"


def real_data_faults(notebook):
    """Yield unless cells that need a public data set are tagged so that they can be missing."""
    inside = [cell.id for cell in section(notebook, REAL_DATA)]
    for cell in code_cells(notebook):
        needed = {"real-data", "nbval-ignore-output"}
        if cell.id in inside and not needed.issubset(tags(cell)):
            yield f"under {REAL_DATA}, without the tags {sorted(needed)}: {cell.source[:60]!r}"
        if "real-data" in tags(cell) and cell.id not in inside:
            yield f"tagged real-data, but not under ## {REAL_DATA}: {cell.source[:60]!r}"


def picture_faults(notebook):
    """Yield unless each picture is described for those who do not see it."""
    for before, cell, after in zip(
        [None, *notebook.cells], notebook.cells, [*notebook.cells[1:], None], strict=False
    ):
        if cell.cell_type == "markdown":
            text = CODE_IN_TEXT.sub("", cell.source)
            if any(mark and not alt for mark, alt, _ in LINK.findall(text)) or "<img" in text:
                yield f"an image without alternative text, or as HTML: {cell.source[:60]!r}"
        elif any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            near = [side.source for side in (before, after) if side and side.cell_type != "code"]
            if not any(PICTURE.search(text) for text in near):
                yield (
                    "a Markdown cell next to a picture needs a line `*In the picture:* what it "
                    f"shows`: {cell.source[:60]!r}"
                )


def code_faults(cell):
    """Yield what nbval or a reader would stumble over in one code cell."""
    body = ast.parse(cell.source).body
    if any(line.rstrip().endswith(";") for line in cell.source.splitlines()):
        yield "a line ends with a semicolon; end a figure with plt.show()"
    for name in calls(cell):
        if name.split(".")[-1] in BANNED:
            yield f"{name} fails under strict nbval; use an explorer of medkit.widgets"
    shown = [output.data.get("text/plain", "") for output in cell.outputs if "data" in output]
    if any(text.startswith("<Figure") for text in shown) and (
        ast.unparse(body[-1]) != "plt.show()"
    ):
        yield "a figure is drawn, but the last line is not plt.show()"


def claim_faults(notebook):
    """Yield unless numbers that nbval ignores are held in a band by one of the next two cells."""
    cells = code_cells(notebook)
    for place, cell in enumerate(cells):
        loose = "nbval-ignore-output" in tags(cell) and "real-data" not in tags(cell)
        numbers = any(re.search(r"\d", text) for text in texts(cell) if text[:7] != "<Figure")
        reports = any("doctor." in name for name in calls(cell))  # what this computer has
        claimed = {name for later in cells[place + 1 : place + 3] for name in calls(later)}
        held = claimed & {"expect", "checks.expect"} or "checks.expect_error" in calls(cell)
        if loose and numbers and not reports and not held:
            yield f"code cell {place + 1}: its numbers are not compared; let an expect cell follow"


def name_faults(notebook):
    """Yield the names of medkit that a lesson uses and that do not exist."""
    nodes = [node for cell in code_cells(notebook) for node in ast.walk(ast.parse(cell.source))]
    known = {}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None)  # None for `import medkit.plots as plots`
            for alias in node.names:
                if (module or alias.name).split(".")[0] != "medkit":
                    continue
                try:
                    value = resolve(module, alias.name) if module else whole(alias)
                except (AttributeError, ImportError) as error:
                    yield str(error)
                else:
                    known[alias.asname or alias.name.split(".")[0]] = value
    for node in nodes:
        if isinstance(node, ast.Attribute) and re.fullmatch(r"[\w.]+", ast.unparse(node)):
            yield from chain_faults(ast.unparse(node).split("."), known)


def whole(alias):
    """Return the module that `import a.b` or `import a.b as c` gives a name to."""
    module = importlib.import_module(alias.name)
    return module if alias.asname else importlib.import_module(alias.name.split(".")[0])


def chain_faults(chain, known):
    """Yield if `medkit.part.name`, given as a list, leads from a known module to nowhere."""
    value = known.get(chain[0])
    for name in chain[1:]:
        if not isinstance(value, types.ModuleType):
            return
        try:
            value = resolve(value.__name__, name)
        except AttributeError as error:
            yield str(error)
            return


def resolve(module, name):
    """Return what `from module import name` gives, or raise AttributeError in words."""
    try:
        return getattr(importlib.import_module(module), name)
    except AttributeError as error:
        try:
            return importlib.import_module(f"{module}.{name}")
        except ImportError:
            raise AttributeError(f"{module} has no {name} ({error})") from None


def link_faults(notebook, path):
    """Yield the links to files and headings that are not there."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for _, _, link in LINK.findall(CODE_IN_TEXT.sub("", cell.source)):
            if re.match(r"https?:|mailto:", link):
                continue
            name, _, anchor = link.partition("#")
            target = path.parent / unquote(name) if name else path
            if not target.exists():
                yield f"the link {link!r} leads to no file"
            elif (
                anchor and target.suffix in (".ipynb", ".md") and slug(anchor) not in slugs(target)
            ):
                yield f"the link {link!r} leads to no heading of {target.name}"


def slug(heading):
    """Return a heading, or the part of a link after #, in the form in which both are compared."""
    return re.sub(r"[^\w]+", "-", unquote(heading)).strip("-").casefold()


def slugs(path):
    """Return the slugs of all headings of a notebook or a Markdown file."""
    try:
        if path.suffix == ".md":
            texts_of = [path.read_text(encoding="utf-8")]
        else:
            texts_of = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    except LessonError:
        return set()
    return {slug(line) for text in texts_of for line in re.findall(r"^#+ (.+)$", text, re.M)}


def taught_in(package):
    """Return {(function, notebook path)} for every docstring with a line `Taught in: …`."""
    found = set()
    for path in Path(package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                text = ast.get_docstring(node) or ""
                found |= {
                    (node.name, link) for link in re.findall(r"Taught in: (\S+\.ipynb)", text)
                }
    return found
