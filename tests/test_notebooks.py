"""Every lesson keeps to the form that CONTRIBUTING.md describes, and its hand-out runs."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
form = importlib.import_module("lesson_form")
rules = importlib.import_module("lesson_rules")
tool = importlib.import_module("notebooks")

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TAUGHT = sorted(rules.taught_in(ROOT / "medkit"))
# A hand-out takes as long as its lesson, so a change runs the first two, the weekly job all.
HAND_OUTS = LESSONS if os.environ.get("MEDKIT_HAND_OUTS") == "all" else LESSONS[:2]
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def taught_function(notebook, name):
    """Return the function `name` as a lesson builds it, to compare it with medkit's.

    It runs the notebook's cells tagged taught-…, and no others, down to `taught-<name>`, because
    one taught function may use another; numpy is there as np, and keras, layers and ops where used.
    """
    scope = {"np": np}
    for cell in form.code_cells(form.read(ROOT / "notebooks" / notebook)):
        if any(tag.startswith("taught-") for tag in form.tags(cell)):
            if re.search(r"\b(keras|layers|ops)\.", cell.source):
                import medkit  # noqa: F401, I001 - first, it quiets TensorFlow
                import keras

                scope |= {"keras": keras, "layers": keras.layers, "ops": keras.ops}
            exec(compile(cell.source, f"{notebook}, taught-{name}", "exec"), scope)
        if f"taught-{name}" in form.tags(cell):
            return scope[name]
    raise LookupError(f"Expected a cell tagged taught-{name} in {notebook}. Received none.")


# ---- the lessons that are here ---------------------------------------------------------------


@every_lesson
def test_the_saved_form_is_without_fault(path):
    assert list(form.faults(path)) == []


@every_lesson
def test_the_content_is_without_fault(path):
    assert list(rules.faults(path)) == []


@every_lesson
def test_what_a_lesson_teaches_is_in_medkit(path):
    for cell in form.read(path).cells:
        for tag in form.tags(cell):
            if tag.startswith("taught-"):
                assert (tag.removeprefix("taught-"), f"notebooks/{path.name}") in TAUGHT


@pytest.mark.parametrize(("name", "notebook"), TAUGHT)
def test_what_medkit_calls_taught_is_in_the_lesson(name, notebook):
    assert (ROOT / notebook).is_file(), f"{name} says that it is taught in {notebook}"
    assert callable(taught_function(Path(notebook).name, name))


@every_lesson
def test_the_lesson_table_of_the_readme_has_the_lesson(path):
    first = form.opening(form.read(path))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if f"](notebooks/{path.name})" in line)
    assert f"{first['number']} · {first['title']}" in row
    assert first["question"] in row
    minutes, memory = re.search(r"\| ([\d.]+) \| ([\d.]+) GB \|", row).groups()
    assert float(minutes) <= float(first["minutes"]) <= tool.MINUTES.get(path.name[:2], 3)
    assert float(memory) <= float(first["memory"]) <= tool.GIGABYTES


@every_lesson
def test_the_hand_out_holds_no_solution_and_needs_none(path, tmp_path):
    lesson = form.read(path)
    text = tool.hand_out(lesson)
    for cell in lesson.cells:
        if "solution" in form.tags(cell):
            assert cell.id not in {left.id for left in nbformat.reads(text, 4).cells}
    (tmp_path / path.name).write_text(text, encoding="utf-8")
    assert undefined_names(tmp_path / path.name) == ""


@pytest.mark.slow
@pytest.mark.parametrize("path", HAND_OUTS, ids=lambda path: path.stem)
def test_the_hand_out_runs_unanswered(path, tmp_path):
    (tmp_path / path.name).write_text(tool.hand_out(form.read(path)), encoding="utf-8")
    command = [sys.executable, ROOT / "tools" / "notebooks.py", "run", tmp_path / path.name]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=1200)
    assert result.returncode == 0, result.stdout


def undefined_names(path):
    """Return what ruff says about names that a notebook uses and nowhere defines."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", "--no-cache"]
    command += ["--output-format", "concise", "--select", "F821", str(path)]
    return subprocess.run(command, capture_output=True, encoding="utf-8").stdout


def code(source, *tags):
    return new_code_cell(source, metadata={"tags": list(tags)})


def test_a_hand_out_that_needs_a_solution_is_found(tmp_path):
    cells = [code("total = ...", "solution"), code("print(total)")]
    path = tmp_path / "31_sums.ipynb"
    path.write_text(tool.hand_out(new_notebook(cells=cells)), encoding="utf-8")
    assert "F821 Undefined name `total`" in undefined_names(path)


def test_a_taught_function_runs_alone_and_with_those_before_it(tmp_path, monkeypatch):
    cells = [
        code("def half(x):\n    return np.asarray(x) / 2", "taught-half"),
        code("raise OSError('not a taught cell')"),
        code("def quarter(x):\n    return half(half(x))", "taught-quarter"),
    ]
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / "11_a.ipynb"
    path.write_text(form.canonical(new_notebook(cells=cells)), encoding="utf-8")
    monkeypatch.setitem(taught_function.__globals__, "ROOT", tmp_path)
    assert taught_function("11_a.ipynb", "quarter")([8]) == [2]
    with pytest.raises(LookupError, match="tagged taught-third in 11_a"):
        taught_function("11_a.ipynb", "third")
