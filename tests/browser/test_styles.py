"""No explorer looks different because others are on the page: each brings its own style sheet."""

import pytest
import test_detection
import test_latent
import test_theatre
from bare_page import open_page

from medkit import widgets

pytestmark = pytest.mark.slow
BUILD = {
    "boxes": widgets.BoxExplorer,
    "convolution": widgets.ConvolutionExplorer,
    "detection": lambda: widgets.DetectionExplorer(*test_detection.smears()),
    "latent": test_latent.explorer_of,
    "optimiser": widgets.OptimiserExplorer,
    "overlap": widgets.OverlapExplorer,
    "pictures": test_theatre.pictures,
    "pooling": widgets.PoolingExplorer,
    "points": test_theatre.points,
    "threshold": lambda: widgets.ThresholdExplorer([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9]),
}
# All that is computed for each element of the explorer, at rest and, in turn, with the focus.
LOOKS = """() => {
  const root = document.getElementById("one");
  const named = (node, look) => [node.outerHTML.slice(0, 80), look];
  const looks = [...root.querySelectorAll("*")].map((node) => {
    const style = getComputedStyle(node);
    return named(node, Object.fromEntries([...style].map((name) => [name, style[name]])));
  });
  for (const node of root.querySelectorAll("[tabindex]")) {
    node.focus({ focusVisible: true });
    looks.push(named(node, { offset: getComputedStyle(node).outlineOffset }));
    node.blur();
  }
  return looks;
}"""


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
@pytest.mark.parametrize("name", BUILD)
def test_the_style_of_all_others_changes_nothing(new_page, name, size):
    page = new_page()
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    open_page(page, BUILD[name]())
    page.wait_for_timeout(300)  # until all canvases have found their size
    alone = page.evaluate(LOOKS)
    assert len(alone) > 20
    for style in sorted({build()._css for build in BUILD.values()}):
        page.add_style_tag(content=style)
    together = page.evaluate(LOOKS)
    for (node, look), (_, now) in zip(alone, together, strict=True):
        changed = {key: (look[key], now[key]) for key in look if look[key] != now[key]}
        assert not changed, node
