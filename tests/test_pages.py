"""The pages beside the lessons: their links lead somewhere, and the guide names what is there."""

import importlib
import re
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
form = importlib.import_module("lesson_form")
rules = importlib.import_module("lesson_rules")

FOLDERS = (".", "docs", "data", "data/weights", "data/recordings", "benchmarks")
PAGES = sorted(page for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))
GUIDE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")


def link_faults(text, path):
    """Return what is wrong with the links of a page."""
    return list(rules.link_faults(new_notebook(cells=[new_markdown_cell(text)]), path))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_links_of_a_page_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    assert link_faults(text, page) == []
    assert re.findall(r"http://\S+", text) == []
    assert re.findall(r"\]\(\s*\)", text) == []


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("TERMS.md", None),
        ("TERMS.md#terms", None),
        ("#start", None),
        ("TERM.md", "leads to no file"),
        ("TERMS.md#words", "leads to no heading of TERMS.md"),
        ("#begin", "leads to no heading of README.md"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link, fault):
    found = link_faults(f"[here]({link})\n", ROOT / "README.md")
    assert (fault in found[0]) if fault else found == []


def test_every_page_is_reached_from_the_readme():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        for _, _, link in rules.LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in reached:
                ahead.append(target)
    assert set(PAGES) - reached == set()


# ---- the guide for lecturers -------------------------------------------------------------------


def chapters():
    """Return {number of a lesson: text} of the guide."""
    parts = re.split(r"^### (\d\d) · .+$", GUIDE, flags=re.MULTILINE)
    ends = [part.split("\n## ")[0] for part in parts[2::2]]
    return dict(zip(parts[1::2], ends, strict=True))


def test_the_guide_has_every_lesson_in_order():
    assert list(chapters()) == [
        path.name[:2] for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    ]


@pytest.mark.parametrize("number", chapters())
def test_the_sections_of_the_guide_are_those_of_the_lesson(number):
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    headings = [
        line[3:]
        for cell in form.read(path).cells
        if cell.cell_type == "markdown"
        for line in re.findall(r"^#{2,3} .+$", cell.source, re.MULTILINE)
    ]
    headings = [heading.removeprefix("# ").strip() for heading in headings]
    rows = re.findall(r"^\| (.+?) \| (?:\d+|–)(?: ★)? \|", chapters()[number], re.MULTILINE)
    assert len(rows) > 3
    assert [row for row in rows if row not in headings] == []
    places = [headings.index(row) for row in rows]
    assert places == sorted(places)


@pytest.mark.parametrize("number", chapters())
def test_each_exam_question_has_points_and_an_answer_that_adds_up_to_them(number):
    exam = chapters()[number].partition("**Exam-style questions**")[2]
    questions = re.split(r"^\d\. \(", exam, flags=re.MULTILINE)[1:]
    assert len(questions) >= 3
    for question in questions:
        points = int(re.match(r"(\d+) points?", question)[1])
        answer = re.search(
            r"<details><summary>Answer</summary>\n\n(.+?)\n</details>", question, re.S
        )
        given = [float(n) for n in re.findall(r"\((\d(?:\.\d)?)(?:;[^)]*)?\)", answer[1])]
        assert sum(given) == points, question[:80]


def test_commands_in_the_pages_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r'@echo "make ([a-z]+)', makefile)) <= targets
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z]+)`", page.read_text(encoding="utf-8")))
        assert named <= targets, page.name
