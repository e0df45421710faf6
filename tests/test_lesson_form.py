"""The saved form of a lesson: its opening cell is read, and each fault is named."""

import base64
import importlib
import io
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from skimage import data

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
form = importlib.import_module("lesson_form")

OPENING = """# 11 · Tiny

**What is left of
  a sum?**

**You will be able to**
- add
- add again
- stop adding

**Needs**
- Lessons before: 00
- Time on 2 cores: 1 minute
- Memory: 0.5 GB
- Data and licence: none

For teaching, not for clinical use."""


def lesson(*sources, opening=OPENING):
    """Return a notebook of an opening cell and code cells that were not run."""
    return new_notebook(cells=[new_markdown_cell(opening), *map(new_code_cell, sources)])


def saved(notebook, path):
    """Save a notebook as if its cells had been run, and return the path."""
    for count, cell in enumerate(form.code_cells(notebook), 1):
        cell.execution_count = count
    path.write_text(form.canonical(notebook), encoding="utf-8")
    return path


def test_the_opening_cell_is_read():
    assert form.opening(lesson()) == {
        "number": "11",
        "title": "Tiny",
        "question": "What is left of a sum?",
        "minutes": "1",
        "memory": "0.5",
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# 11 · Tiny", "# Tiny", "a line like `# 11 · Convolution`, received `# Tiny`"),
        ("sum?**", "sum.**", "`**Which question does the lesson answer?**`, received `**What is"),
        ("- stop adding\n", "", "`- one of exactly three things`, received `**Needs**`"),
        ("- stop", "- four\n- stop", "`**Needs**`, received `- stop adding`"),
        ("1 minute", "soon", "`- Time on 2 cores: 1 minute`, received `- Time on 2 cores: soon`"),
        ("0.5 GB", "500 MB", "`- Memory: 0.5 GB`, received"),
        ("\nFor teaching, not for clinical use.", "", "clinical use.`, received `nothing`"),
        ("use.", "use.\n\nHello.", "move `Hello.` to the next cell"),
    ],
)
def test_another_opening_cell_is_a_fault_that_shows_the_form(tmp_path, old, new, words):
    assert old in OPENING
    path = saved(lesson("1", opening=OPENING.replace(old, new)), tmp_path / "11_tiny.ipynb")
    (fault,) = form.faults(path)
    assert fault.startswith("opening cell: ")
    assert words in fault


def broken(change):
    """Return a lesson of two cells after `change` was applied to it."""
    notebook = lesson("print(1)", "2 + 2")
    for count, cell in enumerate(form.code_cells(notebook), 1):
        cell.execution_count = count
    change(notebook)
    return notebook


def set_output(output):
    return lambda notebook: notebook.cells[1].outputs.append(output)


FAULTS = {
    "not run once from top to bottom: the execution counts are [1, None]": lambda notebook: (
        notebook.cells[2].update(execution_count=None)
    ),
    "not run once from top to bottom: the execution counts are [1, 5]": lambda notebook: (
        notebook.cells[2].update(execution_count=5)
    ),
    "the tag 'soluton' is not allowed (did you mean solution?)": lambda notebook: notebook.cells[
        1
    ].metadata.update(tags=["soluton"]),
    "the tag 'raises-exception' is not allowed (known are": lambda notebook: notebook.cells[
        1
    ].metadata.update(tags=["raises-exception"]),
    "the tag 'taught-' is not allowed": lambda notebook: notebook.cells[1].metadata.update(
        tags=["taught-"]
    ),
    "code cell 2: 31 lines, allowed are 30": lambda notebook: notebook.cells[2].update(
        source="1\n" * 31
    ),
    "code cell 1: a comment steers nbval": lambda notebook: notebook.cells[1].update(
        source="# NBVAL_IGNORE_OUTPUT\nprint(1)"
    ),
    "code cell 1: an error is saved: KeyError": set_output(
        new_output("error", ename="KeyError", evalue="'a'", traceback=[])
    ),
    "code cell 1: a warning or log line is saved: 'slow'": set_output(
        new_output("stream", name="stderr", text="slow\n")
    ),
    "code cell 1: a memory address is saved": set_output(
        new_output("display_data", {"text/plain": "<Axes at 0x7f0123456789>"})
    ),
    "too large: 401 KB, allowed are 400 KB": set_output(new_output("stream", text="x" * 400_000)),
}


@pytest.mark.parametrize("words", FAULTS)
def test_each_fault_is_named(tmp_path, words):
    path = tmp_path / "11_tiny.ipynb"
    path.write_text(form.canonical(broken(lambda notebook: None)), encoding="utf-8")
    assert list(form.faults(path)) == []
    path.write_text(form.canonical(broken(FAULTS[words])), encoding="utf-8")
    (fault,) = form.faults(path)
    assert fault.startswith(words)


def test_what_another_program_saved_is_not_canonical(tmp_path):
    path = tmp_path / "11_tiny.ipynb"
    notebook = broken(lambda notebook: None)
    notebook.cells[1].metadata["execution"] = {"iopub.execute_input": "2024-01-01T00:00:00Z"}
    nbformat.write(notebook, path)
    assert [fault[:21] for fault in form.faults(path)] == ["not in canonical form"]


def test_the_number_of_the_file_and_of_the_title_agree(tmp_path):
    path = saved(lesson("1"), tmp_path / "12_tiny.ipynb")
    assert list(form.faults(path)) == ["opening cell: its number is not the one in the file name"]


def test_cells_without_an_id_get_one_that_stays(tmp_path):
    notebook = lesson("1", "2", "3")
    del notebook.cells[1]["id"]
    notebook.cells[3].id = notebook.cells[2].id
    path = saved(notebook, tmp_path / "11_tiny.ipynb")
    ids = [cell.id for cell in form.read(path).cells]
    assert ids[1] == "cell-001"
    assert ids[2] == notebook.cells[2].id
    assert ids[3] == "cell-003"
    assert form.canonical(form.read(path)) == path.read_text(encoding="utf-8")


def test_a_photograph_in_colour_keeps_its_shades_and_a_thin_line_its_colour():
    photograph = data.immunohistochemistry().copy()
    photograph[100] = (0, 114, 178)  # a line of a box
    stream = io.BytesIO()
    Image.fromarray(photograph).save(stream, "PNG")
    once = form.smaller(base64.b64encode(stream.getvalue()).decode())
    kept = np.asarray(Image.open(io.BytesIO(base64.b64decode(once))).convert("RGB"), float)
    assert np.abs(kept - photograph).mean() < 5  # 6.3 with the palette of drawings
    assert np.abs(kept[100] - photograph[100]).max() < 12
    assert len(np.unique(kept.reshape(-1, 3), axis=0)) <= sum(form.COLOURS_OF_PHOTOGRAPHS)
    assert form.smaller(once) == once


def test_a_grey_photograph_stays_grey_beside_a_line_in_colour():
    level = np.tile(np.linspace(0, 255, 300).astype("uint8"), (60, 1))
    photograph = np.stack([level] * 3, axis=-1)
    photograph[20:22] = (0, 114, 178)
    stream = io.BytesIO()
    Image.fromarray(photograph).save(stream, "PNG")
    once = form.smaller(base64.b64encode(stream.getvalue()).decode())
    kept = np.asarray(Image.open(io.BytesIO(base64.b64decode(once))).convert("RGB"), int)
    assert (np.ptp(np.delete(kept, [20, 21], axis=0), axis=-1) == 0).all()
    assert np.abs(kept - photograph).max() <= 6  # 24 levels
    assert np.abs(kept[20] - photograph[20]).max() <= 2
    assert form.smaller(once) == once
