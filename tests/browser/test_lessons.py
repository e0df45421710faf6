"""Every lesson, opened and run in a real JupyterLab: no error, no complaint, no blank picture.

Its trainings are cut short: nbval runs them whole.
"""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
ERRORS = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']"
WARNINGS = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']"
BLANK = """() => [...document.querySelectorAll('.jp-OutputArea-output img')].filter(
    image => image.complete && !image.naturalWidth).length"""


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lesson_runs_in_jupyterlab(lesson, run_notebook, screenshot):
    page = run_notebook(lesson, timeout=900, before=Path(__file__).with_name("brief.py"))
    screenshot(lesson.stem)
    assert page.locator(ERRORS).all_text_contents() == []
    assert page.locator(WARNINGS).all_text_contents() == []
    assert page.get_by_text("model not found").count() == 0
    assert page.evaluate(BLANK) == 0
    assert page.problems == []
