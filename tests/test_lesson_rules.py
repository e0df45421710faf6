"""The rules for what stands in a lesson find a lesson that breaks them, one at a time."""

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
form = importlib.import_module("lesson_form")
rules = importlib.import_module("lesson_rules")

OPENING = """# 31 · Sums

**How much is it?**

**You will be able to**
- a
- b
- c

**Needs**
- Lessons before: 00
- Time on 2 cores: 1 minute
- Memory: 1 GB
- Data and licence: none

For teaching, not for clinical use."""
DOT = (  # a PNG of one pixel that has a palette already
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAMAAAAoyzS7AAAAA1BMVEX///+nxBvIAAAACklEQVR4nGNgAAAAAgAB"
    "SK+kcQAAAABJRU5ErkJggg=="
)
IMPORTS = "import matplotlib.pyplot as plt\nimport medkit\nfrom medkit import checks, filters"


def text(source, *tags):
    return new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source, *tags, prints="", figure=False):
    outputs = [new_output("stream", text=prints)] if prints else []
    if figure:
        data = {"image/png": DOT, "text/plain": "<Figure size 640x480 with 1 Axes>"}
        outputs.append(new_output("display_data", data))
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {}, outputs=outputs)


def good_lesson():
    """Return the cells of a lesson on real data (30s) that keeps every rule, by name."""
    exercises = {
        f"exercise {n}": code(f"checks.sum_{n}(...)", "exercise", prints="Not attempted yet. Add.")
        for n in (1, 2, 3)
    }
    solutions = {
        f"solution {n}": code(f"checks.sum_{n}({n})", "solution", prints="Right.")
        for n in (1, 2, 3)
    }
    return {
        "opening": text(OPENING),
        "imports": code(IMPORTS),
        "seed": code("medkit.seed = 1"),
        "see": text("Look at the [sums](#Exercises), `a[0](b)` and <https://example.org>."),
        "figure": code("plt.plot([1, 2])\nplt.show()", figure=True),
        "picture": text("*In the picture:* a line that rises."),
        "train": code("print(filters.binomial(3)[0])", "nbval-ignore-output", prints="0.25"),
        "claim": code("checks.expect('it is small', 0.25, high=0.5)"),
        "doctor": code("medkit.doctor.report()", "nbval-ignore-output", prints="2 cores"),
        "mistakes": text("## Mistakes people make"),
        "exercises": text("## Exercises"),
        **exercises,
        "open": code("'your own idea'", "exercise"),
        "solutions": text("## Solutions"),
        **solutions,
        "real": text("## The same code on real data"),
        "load": code("print(2)", "nbval-ignore-output", "real-data", prints="2"),
        "saw": text("## What we saw"),
        "end": text("## Where this comes from"),
    }


@pytest.fixture
def faults_of(tmp_path, monkeypatch):
    """Return a function that saves cells as a lesson and returns the faults of its content."""
    package = importlib.import_module("medkit")
    checks = importlib.import_module("medkit.checks")
    for n in (1, 2, 3):
        monkeypatch.setattr(checks, f"sum_{n}", print, raising=False)
    monkeypatch.setattr(package, "seed", 0, raising=False)
    monkeypatch.setattr(package, "doctor", print, raising=False)

    def faults(cells, name="31_sums.ipynb"):
        path = tmp_path / name
        path.write_text(form.canonical(new_notebook(cells=list(cells.values()))), encoding="utf-8")
        return list(rules.faults(path))

    return faults


def test_a_good_lesson_has_no_fault(faults_of):
    cells = good_lesson()
    assert faults_of(cells) == []
    for name in ("real", "load"):
        del cells[name]
    assert faults_of(cells, "11_sums.ipynb") == []
    assert faults_of({"opening": cells["opening"], "imports": cells["imports"]}, "00_a.ipynb") == []


def replaced(cells, name, old, new):
    assert old in cells[name].source
    cells[name].source = cells[name].source.replace(old, new)


BREAKS = [  # name of the cell, what it says, what it says instead, words of the fault
    ("seed", "medkit.seed", "medkit.need", "code cell 2: it sets the seed"),
    ("seed", "medkit.seed = 1", "import os  # seed", "move its imports to the first code cell"),
    ("imports", "import medkit\n", "import medkit\nx = 1\n", "it holds the imports and nothing"),
    ("imports", "checks, filters", "checks, filters, sieves", "medkit has no sieves"),
    ("imports", "import medkit\n", "import medkit.nowhere\n", "No module named 'medkit.nowhere'"),
    ("train", "filters.binomial", "filters.binormial", "medkit.filters has no binormial"),
    ("train", "filters.binomial", "medkit.filters.sharp", "medkit.filters has no sharp"),
    ("saw", "What we saw", "Summary", "its sections (##) are ['Mistakes people make', 'Exercises'"),
    ("real", "The same code on real data", "Real", "its sections (##) are"),
    ("exercise 1", "checks.sum_1", "checks.sum_2", "checks.sum_1 is called, but by no cell"),
    (
        "solution 3",
        "checks.sum_3(3)",
        "3",
        "no solution cell after the exercise calls checks.sum_3",
    ),
    ("exercise 2", "checks.sum_2(...)", "2", "more than one exercise is without a check"),
    (
        "picture",
        "*In the picture:*",
        "Here is",
        "next to a picture needs a line `*In the picture:*",
    ),
    ("see", "Look", "![](#Exercises) Look", "an image without alternative text"),
    ("see", "Look", '<img src="a.png">', "an image without alternative text, or as HTML"),
    ("see", "#Exercises", "#Exercise", "the link '#Exercise' leads to no heading of 31_sums.ipynb"),
    ("see", "#Exercises", "12_a.ipynb", "the link '12_a.ipynb' leads to no file"),
    ("see", "Look", "The end.\n\n## Sums\n\nLook", "the section 'Sums' begins inside a cell"),
    ("see", "Look", "In /opt/data/a.png look", "the path '/opt/data/a.png' exists on one computer"),
    ("see", "Look", r"In C:\data look", r"the path 'C:\\data' exists on one computer"),
    ("claim", "0.25", "len('/opt/data')", "the path '/opt/data' exists on one computer"),
    ("figure", "plt.show()", "plt.show();", "code cell 3: a line ends with a semicolon"),
    ("figure", "\nplt.show()", "", "code cell 3: a figure is drawn, but the last line is not"),
    ("figure", "plt.plot(", "ipywidgets.interact(", "ipywidgets.interact fails under strict nbval"),
    ("claim", "checks.expect(", "print(", "code cell 4: its numbers are not compared"),
    ("doctor", "medkit.doctor.report()", "print(2)", "code cell 6: its numbers are not compared"),
    ("train", "print(", "%time print(", "not plain Python, or a line with % or !"),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), BREAKS)
def test_each_broken_rule_is_named(faults_of, name, old, new, words):
    cells = good_lesson()
    replaced(cells, name, old, new)
    found = faults_of(cells)
    assert any(words in fault for fault in found), found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda cells: cells.pop("exercise 3"), "3 code cells are tagged exercise, wanted are 4"),
        (lambda cells: cells.pop("mistakes"), "its sections (##) are ['Exercises'"),
        (
            lambda cells: cells["exercise 1"].outputs[0].update(text="Right. Well."),
            "the exercise of checks.sum_1 is saved solved",
        ),
        (
            lambda cells: cells["solution 1"].outputs[0].update(text="Not yet. Flipped."),
            "the solution of checks.sum_1 is not shown to be right: 'Not yet. Flipped.'",
        ),
        (
            lambda cells: cells["solution 2"].metadata.clear(),
            "under Solutions, without the tag solution: 'checks.sum_2(2)'",
        ),
        (
            lambda cells: cells["claim"].metadata.update(tags=["solution"]),
            "tagged solution, but not under ## Solutions",
        ),
        (
            lambda cells: cells["load"].metadata.update(tags=["real-data"]),
            "under The same code on real data, without the tags",
        ),
        (
            lambda cells: cells["train"].metadata.update(tags=["real-data"]),
            "tagged real-data, but not under ## The same code on real data",
        ),
    ],
)
def test_each_broken_rule_about_cells_is_named(faults_of, change, words):
    cells = good_lesson()
    change(cells)
    found = faults_of(cells)
    assert any(fault.startswith(words) for fault in found), found


def test_taught_in_reads_docstrings(tmp_path):
    (tmp_path / "a.py").write_text(
        "def f():\n    '''F.\n\n    Taught in: notebooks/11_a.ipynb\n    '''\ndef g(): pass\n"
    )
    assert rules.taught_in(tmp_path) == {("f", "notebooks/11_a.ipynb")}


def test_the_templates_of_contributing_work():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    opening = re.search(r"```markdown\n(.*?)```", text, re.DOTALL)[1]
    lesson = new_notebook(cells=[new_markdown_cell(opening)])
    assert form.opening(lesson)["question"] == "How does a sum over a small window find an edge?"
    scope = {"np": np}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], scope)
    border_sum = scope["border_sum"]
    assert border_sum(lambda image: image.sum() - image[1:-1, 1:-1].sum()).state == "right"
    assert "twice" in border_sum(lambda a: a[[0, -1]].sum() + a[:, [0, -1]].sum()).message
    assert "inner" in border_sum(lambda image: image[1:-1, 1:-1].sum()).message
    assert border_sum(...).state == "not attempted"


def test_every_tag_is_explained_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert all(f"| `{tag}` |" in text for tag in (*form.TAGS, "taught-<name>"))
