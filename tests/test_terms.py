"""The list of terms: each once, in order, with its Chinese name, and found in its lesson."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "TERMS.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| English")
]


def words_of(number):
    """Return the text of a lesson, without its code, in small letters, spaces alike."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    cells = nbformat.read(path, 4).cells
    text = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"[\s*_`-]+", " ", text.lower())


def test_each_term_stands_once_and_in_order():
    names = [row[0].lower() for row in ROWS]
    assert len(names) > 150
    assert names == sorted(set(names))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_term_is_named_in_its_lesson(row):
    english, chinese, meaning, lessons = row
    assert re.search(r"[一-鿿]", chinese)
    assert len(meaning) > 15
    names = [re.sub(r"[\s-]+", " ", name) for name in re.split(r"[(),]", english.lower())]
    names = [name.strip() for name in names if name.strip()]
    for number in lessons.split(", "):
        text = words_of(number)
        assert any(name in text or name.rstrip("e") + "ing" in text for name in names), number
