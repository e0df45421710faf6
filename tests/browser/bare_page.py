"""A widget's JavaScript in a page of its own, shown twice, with a model but no kernel behind it."""

import base64
import json

PAGE = """<!doctype html><style>%s</style>
<div id="one"></div><div id="two"></div><script type="module">
import * as widget from "data:text/javascript;base64,%s";
const state = %s, listeners = {};
for (const [name, text] of Object.entries(%s)) {
  state[name] = new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}
const model = {
  get: (name) => state[name],
  set(name, value) {
    const bytes = value instanceof DataView; // which JSON does not tell apart
    if (!bytes && JSON.stringify(state[name]) === JSON.stringify(value)) return;
    state[name] = value;
    for (const listener of [...(listeners["change:" + name] ?? [])]) listener();
  },
  save_changes() { window.saves = (window.saves ?? 0) + 1; },
  on(name, listener) { (listeners[name] ??= []).push(listener); },
  off(name, listener) { listeners[name] = (listeners[name] ?? []).filter((l) => l !== listener); },
};
const before = Object.keys(window);
const show = (id) => widget.default.render({ model, el: document.getElementById(id) });
const ends = ["one", "two"].map(show);
const leaked = Object.keys(window).filter((name) => !before.includes(name));
window.t = { widget, model, listeners, ends, leaked };
</script>"""


def open_page(page, widget):
    """Show a widget twice; `t` in the page then holds its module and its model."""
    state = {name: value for name, value in widget.get_state().items() if name[0] != "_"}
    for name in ("layout", "tabbable", "tooltip"):
        state.pop(name)
    data = {name: value for name, value in state.items() if isinstance(value, bytes | memoryview)}
    plain = {name: value for name, value in state.items() if name not in data}
    texts = {name: base64.b64encode(value).decode() for name, value in data.items()}
    module = base64.b64encode(widget._esm.encode()).decode()
    page.set_content(PAGE % (widget._css, module, json.dumps(plain), json.dumps(texts)))
    page.wait_for_function("window.t")
    return page


def put(page, **values):
    """Set traits as Python would, and wait for the next frame."""
    page.evaluate("(v) => { for (const [k, x] of Object.entries(v)) t.model.set(k, x); }", values)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")


def check_follows_theme(page, charts, colours):
    """Each chart, a selector, is drawn anew when a theme brings other colours and its name.

    `colours` is the name of a CSS variable → its new value.
    """
    picture = "(canvas) => canvas.toDataURL()"
    page.wait_for_timeout(300)  # the first drawing, in its final size
    before = [page.locator(chart).evaluate(picture) for chart in charts]
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
        assert page.locator(chart).evaluate(picture) != old, chart


def get(page, name):
    """Return a trait as the browser has it."""
    return page.evaluate("(name) => t.model.get(name)", name)
