"""Running, checking and handing out notebooks, on tiny ones made here."""

import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from test_lesson_form import OPENING, lesson, saved

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
form = importlib.import_module("lesson_form")
tool = importlib.import_module("notebooks")

README = f"# A kit\n\n{tool.TABLE_START}\n{tool.TABLE_END}\n\nThe end.\n"
SHOWN = """%matplotlib inline
import anywidget
import ipywidgets
import matplotlib.pyplot as plt
from medkit import checks
from medkit.checks.answers import Feedback

class Touch(anywidget.AnyWidget):
    _esm = "export default {}"
    def __repr__(self):
        return "Touch()"
"""
CELLS = (  # one of each kind of output that a lesson saves
    SHOWN,
    "import sys\nprint('one', 1); print('two', end=''); sys.stdout.flush(); print('\\r2 and 2')",
    "import time\nheld = b'x' * 300_000_000\ntime.sleep(0.3)\ndel held\n"
    "plt.plot([1, 3, 2])\nplt.show()",
    "ipywidgets.IntSlider(3)",
    "Touch()",
    "Feedback('wrong', 'The kernel is flipped.')",
    "checks.expect('the sum is small', 2, high=3)",
)


def run_tool(*arguments, folder=ROOT, **environment):
    """Return the finished process of the tool, as a person would call it."""
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "notebooks.py"), *map(str, arguments)],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A project with one tiny lesson that `run` has run and saved."""
    home = tmp_path_factory.mktemp("home")
    (home / "notebooks").mkdir()
    (home / "README.md").write_text(README, encoding="utf-8")
    path = home / "notebooks" / "11_tiny.ipynb"
    nbformat.write(lesson(*CELLS), path)
    result = run_tool("run", path, "--readme", home / "README.md")
    assert result.returncode == 0, result.stdout + result.stderr
    (home / "said.txt").write_text(result.stdout, encoding="utf-8")
    return home


@pytest.fixture
def tiny(home):
    return home / "notebooks" / "11_tiny.ipynb"


# ---- run ------------------------------------------------------------------------------------


def test_run_saves_what_does_not_change_from_run_to_run(tiny):
    text = tiny.read_text(encoding="utf-8")
    notebook = form.read(tiny)
    assert text == form.canonical(notebook)
    assert "widget-view" not in text
    assert "model_id" not in text
    assert not notebook.metadata.get("widgets")
    assert notebook.metadata.kernelspec == form.KERNEL
    assert [cell.execution_count for cell in form.code_cells(notebook)] == list(range(1, 8))
    assert all(cell.metadata == {} for cell in notebook.cells)
    _, printed, figure, slider, touch, feedback, claim = form.code_cells(notebook)
    assert [output.text for output in printed.outputs] == ["one 1\n2 and 2\n"]
    assert set(figure.outputs[0].data) == {"image/png", "text/plain"}
    assert slider.outputs[0].data == {"text/plain": "IntSlider(value=3)"}
    assert touch.outputs[0].data == {"text/plain": "Touch()"}
    assert feedback.outputs[0].data == {"text/plain": "Not yet. The kernel is flipped."}
    assert claim.outputs[0].text == "As claimed: the sum is small.\n"


def test_run_prints_the_cost_and_writes_it_into_the_lesson_table(home, tiny):
    said = (home / "said.txt").read_text(encoding="utf-8")
    cost = re.fullmatch(
        r"11_tiny.ipynb: ([\d.]+) s, slowest code cell (\d) with ([\d.]+) s, "
        r"peak memory ([\d.]+) GB, saved (\d+) KB\n",
        said,
    )
    assert cost, said
    seconds, place, slowest, memory, size = map(float, cost.groups())
    assert 0 < slowest < seconds < 60
    assert place in (1, 3)  # the imports, or the cell that waits
    assert slowest >= 0.3
    assert 0.3 < memory < 2  # one cell holds 0.3 GB for a moment
    assert size == round(tiny.stat().st_size / 1000)
    readme = (home / "README.md").read_text(encoding="utf-8")
    minutes, gigabytes = map(float, re.search(r"\| ([\d.]+) \| ([\d.]+) GB \|", readme).groups())
    # Both lines are rounded from what was measured, the table more coarsely.
    assert minutes == pytest.approx(seconds / 60, abs=0.051)
    assert gigabytes == pytest.approx(memory, abs=0.056)
    row = (
        "| [11 · Tiny](notebooks/11_tiny.ipynb) | What is left of a sum? "
        f"| {minutes:.1f} | {gigabytes:.1f} GB | {size:.0f} KB |"
    )
    table = f"{tool.TABLE_START}\n{tool.TABLE_HEAD}\n{row}\n{tool.TABLE_END}"
    assert readme == f"# A kit\n\n{table}\n\nThe end.\n"


def test_run_keeps_cell_ids_and_two_runs_save_the_same_bytes(home, tiny, tmp_path):
    again = tmp_path / "11_tiny.ipynb"
    again.write_bytes(tiny.read_bytes())
    result = run_tool("run", again, "--readme", home / "README.md")
    assert result.returncode == 0, result.stdout
    assert again.read_bytes() == tiny.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_cell_that_stops_leaves_the_file_alone_and_says_where(tmp_path):
    path = tmp_path / "11_tiny.ipynb"
    nbformat.write(lesson("a = 1", "# the second\nprint('here')\na / 0", "b = 2"), path)
    before = path.read_bytes()
    result = run_tool("run", path)
    assert result.returncode == 1
    assert path.read_bytes() == before
    assert "11_tiny.ipynb: code cell 2 stopped; the file is left as it was." in result.stdout
    assert "# the second" in result.stdout
    assert "ZeroDivisionError: division by zero" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_cell_that_never_ends_is_stopped_by_the_timeout(tmp_path):
    path = tmp_path / "11_tiny.ipynb"
    nbformat.write(lesson("while True:\n    pass"), path)
    result = run_tool("run", path, MEDKIT_CELL_TIMEOUT="1")
    assert result.returncode == 1
    assert "code cell 1 stopped" in result.stdout
    assert "after 1 seconds" in result.stdout


def test_a_warning_is_saved_for_its_author_to_see_and_is_a_fault(tmp_path):
    path = tmp_path / "11_tiny.ipynb"
    nbformat.write(lesson("import warnings\nwarnings.warn('mind the gap')", "object()"), path)
    result = run_tool("run", path)
    assert result.returncode == 1
    assert "code cell 1: a warning or log line is saved" in result.stdout
    assert "code cell 2: a memory address is saved" in result.stdout


def test_rows_of_lessons_that_were_not_run_stay_and_the_order_is_by_number():
    def row(name, minutes):
        return f"| [{name}](notebooks/{name}.ipynb) | Why? | {minutes} | 1.0 GB | 9 KB |"

    readme = tool.with_rows(README, [row("12_b", 1.0), row("00_a", 0.1)])
    readme = tool.with_rows(readme, [row("11_c", 2.0), row("12_b", 3.0)])
    lines = readme.splitlines()
    assert lines[5:8] == [row("00_a", 0.1), row("11_c", 2.0), row("12_b", 3.0)]
    assert lines[2:5] == [tool.TABLE_START, *tool.TABLE_HEAD.splitlines()]
    assert lines[8:] == [tool.TABLE_END, "", "The end."]
    with pytest.raises(form.LessonError, match="Add both where the lesson table belongs"):
        tool.with_rows("# No table\n", [])


# ---- check ----------------------------------------------------------------------------------


def test_check_prints_every_fault_and_fails(tmp_path):
    saved(lesson("1", opening="# Hello"), tmp_path / "12_a.ipynb")
    saved(lesson("import math", opening=OPENING.replace("11", "00")), tmp_path / "00_b.ipynb")
    (tmp_path / "13_c.ipynb").write_text("{", encoding="utf-8")
    (tmp_path / "14_d.ipynb").write_text('{"nbformat": 3, "worksheets": []}', encoding="utf-8")
    result = run_tool("check", "*.ipynb", folder=tmp_path)
    assert result.returncode == 1
    assert "12_a.ipynb: opening cell: expected a line like `# 11 · Convolution`" in result.stdout
    assert "12_a.ipynb: code cell 1: it holds the imports and nothing else" in result.stdout
    assert "13_c.ipynb: Expected a notebook. Received 13_c.ipynb: " in result.stdout
    assert "14_d.ipynb: Expected a notebook. Received 14_d.ipynb: " in result.stdout
    assert "00_b" not in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_a_name_that_means_no_notebook_is_an_error(tmp_path):
    result = run_tool("check", "nothing*.ipynb", folder=tmp_path)
    assert result.returncode == 1
    assert "Expected a notebook. Received nothing*.ipynb, where there is none." in result.stderr


# ---- student --------------------------------------------------------------------------------


def with_solutions():
    """Return a run lesson with exercises, and solutions under headings of their own."""
    notebook = lesson("x = 1", "answer = ...")
    tagged = {"tags": ["solution"]}
    notebook.cells += [
        new_markdown_cell("## Solutions\n\nTry first."),
        new_markdown_cell("### The sum"),
        new_code_cell("answer = 2", metadata=tagged),
        new_markdown_cell("Because 1 and 1 is 2.", metadata=tagged),
        new_markdown_cell("## What we saw"),
        new_code_cell("print(x)", outputs=[new_output("stream", text="1\n")]),
    ]
    return notebook


def test_the_hand_out_has_no_solution_no_empty_heading_and_no_output(tmp_path):
    path = saved(with_solutions(), tmp_path / "11_tiny.ipynb")
    tool.main(["student", str(path), "--to", str(tmp_path / "out")])
    left = form.read(tmp_path / "out" / "11_tiny.ipynb")
    assert [cell.source for cell in left.cells[1:]] == [
        *["x = 1", "answer = ...", "## What we saw", "print(x)"]
    ]
    assert all(not cell.outputs and cell.execution_count is None for cell in form.code_cells(left))


def test_a_heading_with_something_else_under_it_stays():
    notebook = with_solutions()
    notebook.cells.insert(5, new_markdown_cell("Ask your neighbour."))
    left = nbformat.reads(tool.hand_out(notebook), 4)
    assert [cell.source for cell in left.cells[3:6]] == [
        *["## Solutions\n\nTry first.", "### The sum", "Ask your neighbour."]
    ]


def test_a_learners_work_is_never_overwritten(tmp_path, capsys):
    path = saved(with_solutions(), tmp_path / "11_tiny.ipynb")
    out = tmp_path / "out"
    command = ["student", str(path), "--to", str(out)]
    assert tool.main(command) == 0
    first = (out / "11_tiny.ipynb").read_bytes()
    assert tool.main(command) == 0
    assert "up to date" in capsys.readouterr().out
    (out / "11_tiny.ipynb").write_text("my work", encoding="utf-8")
    for _ in range(2):  # the second time finds the copy beside it and writes nothing
        assert tool.main(command) == 0
        assert (
            "11_tiny.ipynb: differs from the hand-out, perhaps somebody's work; left as it is"
            in (capsys.readouterr().out)
        )
        assert sorted(file.name for file in out.iterdir()) == [
            *["11_tiny-new1.ipynb", "11_tiny.ipynb"]
        ]
    assert (out / "11_tiny.ipynb").read_text(encoding="utf-8") == "my work"
    assert (out / "11_tiny-new1.ipynb").read_bytes() == first


# ---- nbval ----------------------------------------------------------------------------------


def nbval(path):
    """Return the finished nbval run, with the options of the Makefile."""
    line = re.search(r"^NBVAL := \$\(BIN\)/python (.*)$", (ROOT / "Makefile").read_text(), re.M)
    options = re.sub(r"\$\(or \$\(MEDKIT_CELL_TIMEOUT\),600\)", "60", line[1])
    return subprocess.run(
        [sys.executable, *shlex.split(options), "-c", str(ROOT / "pyproject.toml"), str(path)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.mark.slow
def test_nbval_accepts_the_canonical_form_and_sees_an_altered_number(tiny, tmp_path):
    result = nbval(tiny)
    assert result.returncode == 0, result.stdout
    assert "7 passed" in result.stdout
    text = tiny.read_text(encoding="utf-8")
    for old, new in (("one 1", "one 7"), ("Not yet. ", "Right. "), ("As claimed", "Claimed")):
        assert old in text
        text = text.replace(old, new)
    altered = tmp_path / "11_tiny.ipynb"
    altered.write_text(text, encoding="utf-8")
    result = nbval(altered)
    assert result.returncode == 1
    assert "3 failed, 4 passed" in result.stdout
    assert "Cell outputs differ" in result.stdout
