"""Run, check and hand out the lessons. A notebook is saved by `run` and in no other way.

python tools/notebooks.py run notebooks/11_convolution.ipynb
python tools/notebooks.py check notebooks/*.ipynb
python tools/notebooks.py student notebooks/*.ipynb --to handouts
"""

import argparse
import glob
import os
import re
import sys
import threading
import time
from pathlib import Path

import lesson_rules
import nbformat
import psutil
from lesson_form import (
    LessonError,
    canonical,
    code_cells,
    faults,
    heading_level,
    opening,
    read,
    tags,
)
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError
from tqdm import tqdm

README = Path(__file__).resolve().parents[1] / "README.md"
CELL_TIMEOUT = int(os.environ.get("MEDKIT_CELL_TIMEOUT") or 180)
MINUTES = {"22": 4, "32": 4, "33": 4}  # the others have 3
GIGABYTES, CELL_SECONDS = 3, 60
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
TABLE_START, TABLE_END = "<!-- lesson table -->", "<!-- end of lesson table -->"
TABLE_HEAD = (
    "| Lesson | The question | Minutes on 2 cores | Peak memory | Saved size |\n"
    "|---|---|---:|---:|---:|"
)


# ---- run ------------------------------------------------------------------------------------


def write(path, text):
    """Write a text file whole or not at all, with the same bytes on every system."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class Meter:
    """Times each cell, and samples the memory of the kernel and its children."""

    def __init__(self, client, bar):
        self.client, self.bar, self.seconds, self.peak = client, bar, [], 0
        self.done = threading.Event()
        client.on_notebook_start = self.start
        client.on_cell_execute = lambda cell, cell_index: self.seconds.append(time.perf_counter())
        client.on_cell_executed = self.cell_done

    def start(self, notebook):
        """Begin to sample, and hold the kernel to two cores where the system can do that."""
        self.kernel = psutil.Process(self.client.km.provisioner.pid)
        if hasattr(self.kernel, "cpu_affinity"):
            self.kernel.cpu_affinity(self.kernel.cpu_affinity()[:2])
        threading.Thread(target=self.sample, daemon=True).start()

    def sample(self):
        """Keep the largest memory seen, in bytes, until the run is over."""
        while not self.done.wait(0.05):
            total = 0
            try:
                for process in (self.kernel, *self.kernel.children(recursive=True)):
                    total += process.memory_info().rss
            except psutil.Error:
                continue  # a process ended between being listed and being asked
            self.peak = max(self.peak, total)

    def cell_done(self, cell, cell_index, execute_reply):
        """Replace the start of the last cell by its duration in seconds."""
        self.seconds[-1] = time.perf_counter() - self.seconds[-1]
        self.bar.update()


def execute(path):
    """Return the notebook at `path`, run from a clean kernel, and the Meter of the run."""
    notebook = read(path)
    options = {"record_timing": False, "store_widget_state": False, "kernel_name": "python3"}
    options["extra_arguments"] = ["--log-level=CRITICAL"]  # the cells speak, the kernel need not
    folder = {"metadata": {"path": str(path.resolve().parent)}}
    client = NotebookClient(notebook, timeout=CELL_TIMEOUT, resources=folder, **options)
    with tqdm(total=len(code_cells(notebook)), desc=path.name, leave=False, disable=None) as bar:
        meter = Meter(client, bar)
        try:
            client.execute()
        except (CellControlSignal, CellExecutionError, DeadKernelError) as error:
            source = code_cells(notebook)[len(meter.seconds) - 1].source.splitlines()[:5]
            lines = COLOUR.sub("", str(error)).strip().splitlines()
            tail = lines[-8:] if isinstance(error, CellExecutionError) else lines[:1]
            raise LessonError(
                f"code cell {len(meter.seconds)} stopped; the file is left as it was.\n"
                + "\n".join(["  its first lines:", *source, "  the error:", *tail])
            ) from error
        finally:
            meter.done.set()
    return notebook, meter


def measured(path):
    """Execute a notebook; return it, its cost in a line, its minutes and its memory in GB."""
    begun = time.perf_counter()
    notebook, meter = execute(path)
    minutes = (time.perf_counter() - begun) / 60
    slowest = max(meter.seconds, default=0)
    place = meter.seconds.index(slowest) + 1 if meter.seconds else 0
    memory, size = meter.peak / 1e9, len(canonical(notebook).encode()) / 1000
    cost = (
        f"{path.name}: {minutes * 60:.1f} s, slowest code cell {place} with {slowest:.1f} s, "
        f"peak memory {memory:.2f} GB, saved {size:.0f} KB"
    )
    allowed = MINUTES.get(path.name[:2], 3)
    if minutes > allowed or memory > GIGABYTES or slowest > CELL_SECONDS:
        cost += f"\n  over the budget: {allowed} minutes, {GIGABYTES} GB, {CELL_SECONDS} s a cell"
    first = opening(notebook)
    if minutes > float(first["minutes"]) or memory > float(first["memory"]):
        said = f"{first['minutes']} min, {first['memory']} GB"
        cost += f"\n  more than its opening cell says: {said}"
    return notebook, cost, minutes, memory


def row_of(path, minutes, memory):
    """Return the row of the lesson table, with the size that the notebook has on the disk."""
    first, size = opening(read(path)), path.stat().st_size / 1000
    link = f"[{first['number']} · {first['title']}](notebooks/{path.name})"
    question = first["question"].replace("|", r"\|")
    return f"| {link} | {question} | {minutes:.1f} | {memory:.1f} GB | {size:.0f} KB |"


def run(path):
    """Run a notebook, save it, print what it cost, and return its row of the lesson table."""
    notebook, cost, *numbers = measured(path)
    write(path, canonical(notebook))
    print(cost)
    return row_of(path, *numbers)


def with_rows(readme, rows):
    """Return the README's text with these rows in its lesson table, all others left alone."""
    before, start, rest = readme.partition(TABLE_START)
    table, end, after = rest.partition(TABLE_END)
    if not end:
        raise LessonError(
            f"Expected the lines {TABLE_START} and {TABLE_END} in README.md. Received a README "
            "without them. Add both where the lesson table belongs."
        )
    kept = {}
    for row in [*table.splitlines(), *rows]:
        link = re.search(r"\]\((\S+\.ipynb)\)", row)
        if link:
            kept[link[1]] = row
    body = "\n".join([TABLE_HEAD, *(kept[link] for link in sorted(kept))])
    return f"{before}{start}\n{body}\n{end}{after}"


# ---- student --------------------------------------------------------------------------------


def hand_out(notebook):
    """Return the canonical text of a lesson without solutions and without any output."""
    cells = notebook.cells
    dropped = {place for place, cell in enumerate(cells) if "solution" in tags(cell)}
    for place in reversed(range(len(cells))):  # inner headings before the ones around them
        level = heading_level(cells[place])
        inside = []
        for later in range(place + 1, len(cells) if level else 0):
            if 0 < heading_level(cells[later]) <= level:
                break
            inside.append(later)
        if inside and dropped.issuperset(inside):
            dropped.add(place)  # it introduced solutions and nothing else
    left = nbformat.from_dict(notebook)
    left.cells = [cell for place, cell in enumerate(left.cells) if place not in dropped]
    for cell in code_cells(left):
        cell.outputs, cell.execution_count = [], None
    return canonical(left)


def student(path, folder):
    """Write the hand-out of one lesson to a folder, beside a learner's work and never over it."""
    text = hand_out(read(path))
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        name = path.name if number == 1 else f"{path.stem}-new{number - 1}.ipynb"
        target = folder / name
        if not target.exists():
            write(target, text)
            return print(f"{target}: written")
        if target.read_text(encoding="utf-8", errors="replace") == text:
            return print(f"{target}: up to date")
        print(f"{target}: differs from the hand-out, perhaps somebody's work; left as it is")
    raise LessonError(f"Expected room in {folder}. Received 999 changed copies. Tidy it first.")


# ---- the command ----------------------------------------------------------------------------


def found(patterns):
    """Return the notebooks that names and patterns mean (Windows leaves `*` to the program)."""
    paths = []
    for pattern in patterns:
        matches = sorted(glob.glob(pattern)) if glob.has_magic(pattern) else [pattern]
        if not matches or not Path(matches[0]).is_file():
            raise LessonError(f"Expected a notebook. Received {pattern}, where there is none.")
        paths += map(Path, matches)
    return paths


def work(path, options):
    """Do one action with one notebook and return its faults."""
    try:
        if options.action == "student":
            student(path, options.to)
            return []
        if options.action == "run":
            row = run(path)
            if path.resolve().parent == options.readme.resolve().parent / "notebooks":
                write(options.readme, with_rows(options.readme.read_text(encoding="utf-8"), [row]))
            return list(faults(path))
        return [*faults(path), *lesson_rules.faults(path)]
    except LessonError as error:
        return [error]


def main(arguments=None):
    """Do what the command line asks; the exit status is 1 when a notebook has a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("run", "check", "student"))
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where hand-outs are written")
    parser.add_argument("--readme", type=Path, default=README, help="whose lesson table to update")
    options = parser.parse_args(arguments)
    if options.action == "student" and not options.to:
        parser.error("student needs --to FOLDER")
    failed = False
    try:
        for path in found(options.paths):
            for fault in work(path, options):
                failed = True
                print(f"{path}: {fault}")
    except LessonError as error:
        sys.exit(str(error))
    return int(failed)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # a Windows console may be narrower
    sys.exit(main())
