"""Every lesson in a real JupyterLab as a reader without a mouse goes through it.

Keys alone run its cells and move its explorers. Then, in both themes, on a laptop and on a
projector: no complaint, no blank picture, nothing too wide, no faint text. Trainings are cut
short: nbval runs them whole.
"""

from pathlib import Path

import labserver
import nbformat
import pytest

from medkit import widgets

pytestmark = pytest.mark.slow
LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
BRIEF = Path(__file__).with_name("brief.py")
LAPTOP, PROJECTOR = (1280, 800), (1920, 1080)
ERRORS = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']"
WARNINGS = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']"
ARROWS = ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown")
# anywidget says so of a model that takes over 2 s; whether the explorer came, its keys tell.
SLOW = "[anywidget] Failed to initialize model."
MOST_STOPS = 100  # of the Tab key in one explorer: a 7 × 7 kernel has 49 weights
LOOKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")  # makes window.looks


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lesson_runs_in_jupyterlab(lesson, run_notebook, page, screenshot):
    page.set_viewport_size(size(LAPTOP))
    run_notebook(lesson, timeout=900, before=BRIEF, by_keys=True)
    check_ran(page)
    page.evaluate(LOOKS)
    assert page.evaluate("looks.explorers()") == saved_explorers(lesson)
    faults = explorer_faults(page)
    faults += look_faults(page, lambda look: screenshot(f"{lesson.stem}-{look}"))
    faults += [problem for problem in page.problems if problem != SLOW]
    assert not faults, "\n".join(faults)


def size(pair):
    """Return width and height as Playwright wants them."""
    return dict(zip(("width", "height"), pair, strict=True))


def saved_explorers(lesson):
    """Return the numbers of the cells whose saved value is an explorer."""
    names = tuple(f"{name}(" for name in widgets.__all__)
    values = [
        (number, output.get("data", {}).get("text/plain", ""))
        for number, cell in enumerate(nbformat.read(lesson, 4).cells)
        for output in cell.get("outputs", [])
    ]
    return [number for number, value in values if value.startswith(names)]


def check_ran(page):
    """Every code cell has run, one after the other, and nothing complains."""
    assert page.locator(ERRORS).all_text_contents() == []
    assert page.locator(WARNINGS).all_text_contents() == []
    assert page.get_by_text("model not found").count() == 0
    counts = labserver.execution_counts(page)
    assert counts == list(range(1, len(counts) + 1))


# ---- keys -------------------------------------------------------------------------------------


def explorer_faults(page):
    """Go up from the last cell and into each explorer; return what keys could not do."""
    faults = []
    for cell in reversed(page.evaluate("looks.explorers()")):
        try:
            go_back_to(page, cell)
            change(page, cell, enter(page, cell))
            press_until(page, "Tab", lambda at, cell=cell: at["cell"] != cell)
            go_back_to(page, cell)
        except AssertionError as fault:
            faults.append(f"cell {cell}: {fault}")
            labserver.focus_cell(page, cell)  # only to see what else is wrong
    return faults


def go_back_to(page, cell):
    """From below, press Shift and Tab until an explorer is reached, and get out to its cell."""

    def arrived(at):
        return (at["cell"] == cell and at["control"]) or -1 < at["cell"] < cell

    at = press_until(page, "Shift+Tab", arrived)
    assert at["cell"] == cell, "Shift and Tab find no control in it"
    leave(page)
    for _ in range(cell - labserver.active_cell(page)):
        page.keyboard.press("ArrowDown")


def press(page, key):
    """Press a key; return where the focus is then: the cell, and what it is on."""
    page.keyboard.press(key)
    return page.evaluate("looks.focus()")


def press_until(page, key, arrived):
    """Press a key until the focus is where it should be; return where that is."""
    for _ in range(MOST_STOPS):
        at = press(page, key)
        if arrived(at):
            return at
    raise AssertionError(f"the focus is trapped: {key} leads to {at['name']}")


def enter(page, cell):
    """Press Tab until the next control of the explorer that is no push button; return it."""
    at = press_until(
        page, "Tab", lambda at: at["cell"] != cell or (at["control"] and not at["button"])
    )
    assert at["cell"] == cell, f"no control changes a picture; Tab leads on to {at['name']}"
    return at


def change(page, cell, control):
    """Press its keys until a picture changes; after a control that moves only numbers, the next."""
    pictures, words = page.evaluate(f"looks.shown({cell})")
    answers = False
    for key in ("Space",) if control["checkbox"] else ARROWS:
        at = press(page, key)
        assert at["cell"] == cell, f"{key} on {control['name']} leaves the explorer"
        for _ in range(20):
            now = page.evaluate(f"looks.shown({cell})")
            answers = answers or now[1] != words
            if now[0] != pictures:
                return
            page.wait_for_timeout(50)
    assert answers, f"no key on {control['name']} changes anything"
    change(page, cell, enter(page, cell))


def leave(page):
    """Escape gives the keys back to the cell; on a control of ipywidgets k, to the one above."""
    at = press(page, "Escape")
    if not at["free"] and not press(page, "k")["free"]:
        raise AssertionError(f"neither Escape nor k lead from {at['name']} back to a cell")


# ---- looks ------------------------------------------------------------------------------------


def look_faults(page, photograph):
    """Return what is wrong to look at, in both themes and both sizes."""
    faults = []
    try:
        for theme in ("Light", "Dark"):
            labserver.change_theme(page, theme)
            for screen in (LAPTOP, PROJECTOR):
                page.set_viewport_size(size(screen))
                look = f"{theme.lower()}-{screen[0]}"
                faults += [f"{look}, {fault}" for fault in page.evaluate("looks.faults()")]
                show_first_explorer(page)
                photograph(look)
    finally:
        labserver.change_theme(page, "Light")  # the next test opens the same JupyterLab
    return faults


def show_first_explorer(page):
    """Scroll to the first explorer, or to the top where there is none."""
    first = [*page.evaluate("looks.explorers()"), 0][0]
    page.locator(".jp-Notebook .jp-Cell").nth(first).evaluate("(cell) => cell.scrollIntoView()")
    page.wait_for_timeout(300)


# ---- the checks themselves, on notebooks with faults ------------------------------------------

ESCAPE = "if (event.key === 'Escape') this.closest('.jp-Cell').focus()"
TRAP = "if (event.key === 'Tab') event.preventDefault()"
PAINT = (
    "const c = this.parentNode.querySelector('canvas'); "
    "c.getContext('2d').fillRect(0, 0, this.value, 9)"
)
EVEN, GRADIENT = (
    f"""<img src='data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">
    <rect width="40" height="20" fill="{fill}"/><rect y="20" width="40" height="20"/></svg>'>"""
    for fill in ("black", "white")
)


def control(keydown=ESCAPE, oninput=PAINT):
    """Return HTML of a slider that paints a canvas, and keeps its keys from JupyterLab."""
    return (
        f'<input type="range" data-lm-suppress-shortcuts="true" oninput="{oninput}" '
        f'onkeydown="{keydown}"><canvas width="100" height="9"></canvas>'
    )


def faint(colour, disabled=""):
    """Return HTML of a named slider; the name has this colour, on white."""
    style = f"color: {colour}; background: white"
    slider = f'<input type="range" tabindex="-1" {disabled}>'
    return f'{control()}<p class="mk-control"><span style="{style}">Name</span>{slider}</p>'


# what stands in an explorer: what the tests must say of it, "" if nothing
FAULTS = {
    control(): "",
    control() + GRADIENT: "",
    control() + EVEN: "blank: img",
    "<canvas></canvas>": "no control in it",
    control(oninput=""): "no control changes a picture",
    control().replace("<input", '<input min="1" max="1"'): "changes anything",
    "<select><option>a<option>b</select>" + GRADIENT: "leaves the explorer",
    control(keydown=f"{ESCAPE}; {TRAP}"): "the focus is trapped",
    control(keydown=""): "neither Escape nor k",
    f'<div style="width: 3000px">{control()}</div>': "too wide",
    f'{control()}<p style="width: 2em; overflow: hidden; white-space: pre">Cut here</p>': "cut off",
    faint("#777"): "faint, 4.48",
    faint("#767676"): "",
    faint("#777", "disabled"): "",
}


def test_each_fault_of_an_explorer_is_found_and_no_other(run_notebook, page, tmp_path):
    head = "from IPython.display import HTML"
    cells = [f"HTML({f'<div class=mk>{explorer}</div>'!r})" for explorer in FAULTS]
    path = labserver.write_notebook(tmp_path / "faults.ipynb", head, *cells, "'the end'")
    run_notebook(path, by_keys=True)
    check_ran(page)
    page.evaluate(LOOKS)
    faults = [*explorer_faults(page), *page.evaluate("looks.faults()")]
    for number, wanted in enumerate(FAULTS.values(), 1):
        found = [fault for fault in faults if fault.startswith(f"cell {number}: ")]
        if wanted:
            assert any(wanted in fault for fault in found), (number, wanted, found)
        else:
            assert found == [], number


@pytest.mark.parametrize("faulty", ["1 / 0", "import sys; print('!', file=sys.stderr)", ""])
def test_a_cell_that_fails_complains_or_does_not_run_is_found(run_notebook, tmp_path, faulty):
    path = labserver.write_notebook(tmp_path / "faulty.ipynb", "1", faulty, "2")
    page = run_notebook(path, by_keys=True)
    with pytest.raises(AssertionError):
        check_ran(page)
