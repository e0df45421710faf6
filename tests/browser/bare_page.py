"""A widget's JavaScript in a page of its own, shown twice, with a model but no kernel behind it.

Pixels, the mouse and the checks of size and theme serve explorers in JupyterLab as well.
"""

import base64
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from static_page import MODEL, state_of

PROJECTOR = {"width": 1016, "height": 800}  # the margins of the page leave 1,000
INK = {"--jp-ui-font-color1": "#ff00ff"}  # CSS variable → a colour that no theme has

PAGE = """<!doctype html><style>%s</style>
<div id="one"></div><div id="two"></div><script type="module">
import * as widget from "data:text/javascript;base64,%s";
import { modelOf } from "data:text/javascript;base64,%s";
const model = modelOf(%s, %s), { listeners } = model;
model.save_changes = () => { window.saves = (window.saves ?? 0) + 1; };
const before = Object.keys(window);
const show = (id) => widget.default.render({ model, el: document.getElementById(id) });
const ends = ["one", "two"].map(show);
const leaked = Object.keys(window).filter((name) => !before.includes(name));
window.t = { widget, model, listeners, ends, leaked };
</script>"""


def open_page(page, widget):
    """Show a widget twice; `t` in the page then holds its module and its model."""
    plain, texts = state_of(widget)
    model = base64.b64encode(MODEL.read_bytes()).decode()
    module = base64.b64encode(widget._esm.encode()).decode()
    page.set_content(PAGE % (widget._css, module, model, json.dumps(plain), json.dumps(texts)))
    page.wait_for_function("window.t")
    return page


def put(page, **values):
    """Set traits as Python would, and wait for the next frame."""
    page.evaluate("(v) => { for (const [k, x] of Object.entries(v)) t.model.set(k, x); }", values)
    next_frame(page)


def get(page, name):
    """Return a trait as the browser has it."""
    return page.evaluate("(name) => t.model.get(name)", name)


def next_frame(page):
    """Wait until what has changed is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")


def pixels(page, canvas):
    """Return what a canvas shows, as text that is the same for the same pixels alone."""
    return page.locator(canvas).evaluate("(canvas) => canvas.toDataURL()")


def colour_at(page, canvas, x, y):
    """Return red, green, blue and alpha at x, y: CSS pixels from the canvas's upper left corner."""
    return page.locator(canvas).evaluate(
        """(canvas, place) => {
          const ratio = canvas.width / canvas.clientWidth;
          const at = place.map((part) => Math.round(part * ratio));
          return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
        }""",
        [float(x), float(y)],
    )


def drag_mouse(page, start, end, steps=5):
    """Press the mouse at x, y, move it to another place in some steps, and let go."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=steps)
    page.mouse.up()


def check_fits(page, highest=620):
    """The widget is 1,000 CSS pixels wide, with all that is in it, and no higher than it may be."""
    wide = page.locator("#one .mk").evaluate("(mk) => [mk.offsetWidth, mk.scrollWidth]")
    assert wide == [1000, 1000]
    assert height(page) <= highest


def check_nothing_jumps(page, changes):
    """The widget is as high after each change, {trait: value}, as before."""
    before = height(page)
    for change in changes:
        put(page, **change)
        assert height(page) == before, change


def height(page):
    """Return how high the widget is, in CSS pixels."""
    return page.locator("#one .mk").evaluate("(mk) => mk.offsetHeight")


def check_keys_are_kept(page, at_least=1):
    """All that takes the focus, so many things or more, keeps its keys from JupyterLab."""
    keyed = page.locator("input, select, button, [tabindex]")
    kept = keyed.evaluate_all("(all) => all.map((e) => e.dataset.lmSuppressShortcuts === 'true')")
    assert all(kept)
    assert len(kept) >= at_least


def check_nothing_leaks(page):
    """No global variable was made, and views that are closed leave nothing behind."""
    assert page.evaluate("t.leaked") == []
    page.evaluate("t.ends.forEach((end) => end())")
    check_nothing_is_left(page)


def check_nothing_is_left(page):
    """With all views closed, nothing is on the page and nobody listens to the model."""
    assert page.evaluate("Object.values(t.listeners).flat().length") == 0
    assert page.locator(".mk").count() == 0


def check_follows_theme(page, charts, colours=INK):
    """Each chart, a selector, is drawn anew when a theme brings other colours and its name.

    `colours` is the name of a CSS variable → its new value.
    """
    page.wait_for_timeout(300)  # the first drawing, in its final size
    before = [pixels(page, chart) for chart in charts]
    page.evaluate(
        """(colours) => {
          const { style } = document.documentElement;
          for (const [name, value] of Object.entries(colours)) style.setProperty(name, value);
          document.body.setAttribute("data-jp-theme-name", "another");
        }""",
        colours,
    )
    page.wait_for_timeout(200)
    for chart, old in zip(charts, before, strict=True):
        assert pixels(page, chart) != old, chart
