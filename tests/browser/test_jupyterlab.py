"""Each explorer in a real JupyterLab: shown, moved by keys, its value back in Python."""

import labserver
import numpy as np
import pytest

pytestmark = pytest.mark.slow

CELLS = {
    "explorer": """
import numpy as np
from medkit.widgets import Explorer

def draw(x, steps):
    return np.tile(np.linspace(0, x, 64) ** steps, (64, 1))

e = Explorer(draw, alt="a ramp", x=(0.0, 1.0, 0.5), steps=(1, 4, 1))
e""",
    "convolution": """
from medkit.widgets import ConvolutionExplorer
e = ConvolutionExplorer(preset="Sobel x")
e""",
    "pooling": """
from medkit.widgets import PoolingExplorer
e = PoolingExplorer(stride=2)
e""",
    "window": """
import numpy as np
from medkit.widgets import WindowExplorer
e = WindowExplorer(np.add.outer(np.linspace(-1000, 1000, 128), np.linspace(0, 500, 128)))
e""",
    "optimiser": """
from medkit.widgets import OptimiserExplorer
e = OptimiserExplorer()
e""",
}

# what to focus, the key, what it changes on the screen, what Python then says
MOVES = {
    "explorer": (".noUi-handle", "ArrowRight", "img.widget-image", "e.values['x']", 0.51),
    "convolution": (".mk-kernel input", "ArrowUp", ".mk-plane >> nth=1", "e.weights[0][0]", -0.9),
    "pooling": (".mk input[type=range]", "ArrowRight", ".mk-plane >> nth=2", "e.shift_x", 1),
    "window": (".noUi-handle", "ArrowRight", "img.widget-image", "e.values['level_hu']", 60),
    "optimiser": (".mk-map", "ArrowRight", ".mk-map", "e.start[0]", -1.45),
}


@pytest.fixture
def opened(run_cells):
    """A function (name, *more cells, theme) → the page with that explorer shown."""

    def show(name, *more, theme="Light"):
        page = run_cells(CELLS[name], *more, theme=theme)
        page.locator(MOVES[name][2]).first.wait_for(timeout=30_000)
        page.wait_for_timeout(300)  # its first picture
        return page

    return show


def picture(page, selector):
    """The pixels of a canvas or an img, as the browser holds them."""
    grey = page.locator(selector).first.evaluate(
        """(node) => {
          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = 128;
          const context = canvas.getContext("2d");
          context.drawImage(node, 0, 0, 128, 128);
          return [...context.getImageData(0, 0, 128, 128).data];
        }"""
    )
    return np.array(grey).reshape(128, 128, 4)[..., :3]


def wait_for_change(page, selector, before):
    for _ in range(60):
        now = picture(page, selector)
        if (now != before).any():
            return now
        page.wait_for_timeout(50)
    raise AssertionError(f"nothing changed in {selector}")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("name", CELLS)
def test_a_key_changes_pixels_and_the_value_reaches_python(opened, screenshot, name, theme):
    page = opened(name, theme=theme)
    focus, key, watched, expression, value = MOVES[name]
    before = picture(page, watched)
    if name != "pooling":  # nothing is shifted yet: its map of changes is rightly black
        assert before.std() > 10, "the picture is blank"
    page.locator(focus).first.focus()
    page.keyboard.press(key)
    wait_for_change(page, watched, before)
    page.wait_for_timeout(200)
    assert float(labserver.ask_kernel(page, f"print({expression})")) == pytest.approx(value)
    assert page.locator(".jp-Cell").count() <= 2  # no key became a shortcut that makes cells
    page.locator(".mk, .widget-vbox").first.evaluate("(node) => node.scrollIntoView()")
    screenshot(f"{name}-{theme.lower()}")
    assert not page.problems


@pytest.mark.parametrize("name", ["convolution", "pooling"])
def test_python_moves_what_every_view_shows(opened, name):
    page = opened(name, "e")
    views = page.locator(".mk")
    views.nth(1).wait_for()
    before = picture(page, ".mk-plane >> nth=1")
    labserver.ask_kernel(page, "e.stride = 3")
    wait_for_change(page, ".mk-plane >> nth=1", before)
    for view in (0, 1):
        group = views.nth(view).locator("fieldset", has_text="Stride")
        assert group.locator("input").nth(2).is_checked()
    assert not page.problems


def test_the_convolution_answers_while_the_kernel_is_busy(opened, tmp_path):
    page = opened("convolution")
    before = picture(page, ".mk-plane >> nth=1")
    done = tmp_path / "done"
    page.evaluate(
        """(code) => {
          const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          window.busy = true;
          kernel.requestExecute({ code }).done.then(() => { window.busy = false; });
        }""",
        f"import os, time\nwhile not os.path.exists({str(done)!r}): time.sleep(0.01)",
    )
    page.wait_for_timeout(300)
    page.locator(".mk-kernel input").first.focus()
    page.keyboard.press("ArrowUp")
    wait_for_change(page, ".mk-plane >> nth=1", before)
    assert page.evaluate("window.busy"), "the kernel was done before the key was pressed"
    done.touch()
    page.wait_for_function("!window.busy", timeout=20_000)
    page.wait_for_timeout(300)
    assert float(labserver.ask_kernel(page, "print(e.weights[0][0])")) == -0.9


def test_letters_typed_into_a_weight_make_no_cells(opened):
    page = opened("convolution")
    cells = page.locator(".jp-Cell").count()
    page.locator(".mk-kernel input").first.focus()
    page.keyboard.type("abdd")
    assert page.locator(".jp-Cell").count() == cells
    assert "Expected a number" in page.locator(".mk-says").inner_text()


def test_escape_leads_from_an_explorer_back_to_its_cell(opened):
    page = opened("convolution", "after = 1")
    page.locator(".mk-kernel input").first.focus()
    page.keyboard.press("Escape")
    active = "document.querySelector('.jp-Cell.jp-mod-active').dataset.windowedListIndex"
    assert page.evaluate("document.activeElement.matches('.jp-Cell')")
    before = int(page.evaluate(active))
    page.keyboard.press("ArrowDown")
    page.wait_for_function(f"{active} === '{before + 1}'")


def test_the_names_of_a_window_are_chosen_with_the_keyboard(opened):
    page = opened("window")
    page.get_by_role("button", name="lung").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert (
        labserver.ask_kernel(page, "print(e.values['named'], e.values['width_hu'])") == "lung 1500"
    )


def test_an_error_in_draw_is_read_under_the_picture(opened):
    page = opened("explorer")
    labserver.ask_kernel(page, "e.controls['steps'].max = 400; e._draw = lambda **v: 1 / 0")
    page.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    alert = page.locator("[role=alert]", has_text="could not be drawn")
    alert.wait_for()
    assert "ZeroDivisionError: division by zero" in alert.inner_text()
    assert not page.problems
