"""From a key press to the first frame with changed pixels, in JupyterLab in Chromium.

The clock starts with the time stamp of the keydown event; each animation frame compares the
watched picture with the last frame's. So a time holds the wait for the next frame too (up to
17 ms at 60 frames a second). "Kernel busy" is measured while a cell runs.

`python -m benchmarks.widget_latency Latent Optimiser` measures the cases with these words in
their names alone.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from tests.browser import labserver

PRESSES, BUSY_PRESSES = 60, 20

SETUP = """
import numpy as np
from medkit.widgets import OptimiserExplorer
from medkit.widgets import ConvolutionExplorer, Explorer, PoolingExplorer, WindowExplorer
from medkit.widgets import BoxExplorer, ThresholdExplorer
y, x = np.mgrid[-1:1:128j, -1:1:128j]
"""

# An untrained decoder costs as much as a trained one; codes this far apart change its pixels.
LATENT = """
import keras, tensorflow as tf
from medkit.widgets import LatentExplorer
layers = keras.layers
keras.utils.set_random_seed(0)
decoder = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(8 * 8 * 32, activation="relu"),
    layers.Reshape((8, 8, 32)),
    layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid"),
])
codes = 10 * np.random.default_rng(0).normal(size=(200, 2))
images = np.random.default_rng(1).random((200, 64, 64))
decode = tf.function(lambda codes: decoder(codes, training=False))
LatentExplorer(lambda codes: decode(tf.constant(codes)).numpy(), codes, images)
"""

# As many images and boxes as it takes, and nothing removed: every box is judged and most are drawn.
DETECTION = """
from medkit.widgets import DetectionExplorer
rng = np.random.default_rng(0)
def boxes(count):
    corners = rng.uniform(0, 200, (count, 2))
    return np.hstack([corners, corners + rng.uniform(20, 50, (count, 2))])
predictions = [(boxes(300), rng.random(300), rng.integers(0, 3, 300)) for _ in range(24)]
truths = [(boxes(30), rng.integers(0, 3, 30)) for _ in range(24)]
images = rng.integers(0, 256, (24, 256, 256, 3), np.uint8)
DetectionExplorer(images, predictions, truths, nms_threshold=1)
"""

# name: (cell, what to focus, what to watch)
CASES = {
    "Explorer, array of 128×128": (
        "Explorer(lambda a: np.sin(a * (x * x + y * y)) / 2 + 0.5, a=(0, 500, 5))",
        ".noUi-handle",
        "img.widget-image",
    ),
    "WindowExplorer, slice of 128×128": (
        "WindowExplorer(1500 * np.hypot(x, y) - 1000)",
        ".noUi-handle",
        "img.widget-image",
    ),
    "ConvolutionExplorer, 3×3": (
        "ConvolutionExplorer()",
        ".mk-kernel input >> nth=5",
        ".mk-plane >> nth=1",
    ),
    "ConvolutionExplorer, 7×7, 4 layers, 256×256": (
        "ConvolutionExplorer(np.hypot(*np.mgrid[-1:1:256j, -1:1:256j]), kernel_size=7,"
        " preset='Gaussian blur', layers=4, padding=3)",
        ".mk-kernel input >> nth=5",
        ".mk-plane >> nth=1",
    ),
    "ConvolutionExplorer, cursor": (
        "ConvolutionExplorer()",
        ".mk-plane >> nth=1",
        ".mk-plane >> nth=0",
    ),
    "PoolingExplorer, shift": (
        "PoolingExplorer(mode='blur', size=3)",
        ".mk input[type=range]",
        ".mk-plane >> nth=1",
    ),
    "PoolingExplorer, 256×256, stride 1": (
        "PoolingExplorer(mode='blur', size=3, stride=1, image=np.random.default_rng(0)"
        ".random((256, 256)), shift_x=1)",
        ".mk input[type=radio]:checked >> nth=1",
        ".mk-plane >> nth=1",
    ),
    "ThresholdExplorer, 5,000 cases": (
        "ThresholdExplorer(np.arange(5000) % 5 == 0, np.random.default_rng(0).random(5000))",
        ".mk-chart",
        ".mk-chart >> nth=0",
    ),
    "ThresholdExplorer, prevalence, PR": (
        "ThresholdExplorer(np.arange(5000) % 5 == 0, np.random.default_rng(0).random(5000),"
        " curve='PR')",
        ".mk input[type=range]",
        ".mk-chart >> nth=1",
    ),
    "BoxExplorer, grid": ("BoxExplorer()", ".mk-place", ".mk-scene"),
    "BoxExplorer, colour image of 640×480": (
        "BoxExplorer(np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8))",
        ".mk-place",
        ".mk-scene",
    ),
    "OptimiserExplorer, start": (
        "OptimiserExplorer(optimiser='Adam', noise=1)",
        ".mk-map",
        ".mk-map",
    ),
    "OptimiserExplorer, another loss": (
        "OptimiserExplorer(steps=300)",
        ".mk input[type=radio]:checked",
        ".mk-map",
    ),
    "LatentExplorer, 64×64, model in the loop": (LATENT, ".mk-codes", ".mk-decoded"),
    "DetectionExplorer, score, NMS 1, 24×300 boxes": (
        DETECTION,
        ".mk-det input[type=range]",
        ".mk-detected",
    ),
}
TARGETS_MS = {"Explorer": 50, "WindowExplorer": 50, "LatentExplorer": 50}

# Hashes the watched picture in every frame; notes when it first differs after a key.
WATCH = """(node) => {
  const small = document.createElement("canvas");
  small.width = small.height = 96;
  const context = small.getContext("2d", { willReadFrequently: true });
  const hash = () => {
    if (node.tagName === "IMG" && !node.complete) return null;
    context.drawImage(node, 0, 0, 96, 96);
    let sum = 17;
    const { data } = context.getImageData(0, 0, 96, 96);
    for (const value of data) sum = (Math.imul(sum, 31) + value) | 0;
    return sum;
  };
  const w = (window.watch = { start: null, took: null, last: hash() });
  addEventListener("keydown", (event) => { w.start = event.timeStamp; w.took = null; }, true);
  const frame = () => {
    const now = hash();
    if (now !== null && now !== w.last) {
      if (w.start !== null) w.took = performance.now() - w.start;
      w.start = null;
      w.last = now;
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
BUSY = """(seconds) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const end = `import time; end = time.time() + ${seconds}`;
  const code = `${end}\\nwhile time.time() < end: sum(range(1000))`;
  window.busy = true;
  kernel.requestExecute({ code }).done.then(() => { window.busy = false; });
}"""


def press(page, key):
    """Press a key; return the milliseconds until pixels changed, None if none did in 5 s."""
    page.keyboard.press(key)
    page.wait_for_timeout(150)  # asking while it works would slow it down
    for _ in range(50):
        page.wait_for_timeout(100)
        took = page.evaluate("watch.took")
        if took is not None:
            page.evaluate("() => { watch.took = null; }")
            return took
    return None


def keys(count, focus):
    """Keys that change something each time: to and fro, so that no limit is reached."""
    there, back = ("ArrowUp", "ArrowDown") if "kernel" in focus else ("ArrowRight", "ArrowLeft")
    return [there if n % 4 < 2 else back for n in range(count)]


def measure(page, focus, watched):
    """Return the times with an idle kernel and with a busy one, in ms."""
    page.locator(watched).first.wait_for()
    page.wait_for_timeout(1500)
    page.locator(watched).first.evaluate(WATCH)
    page.locator(focus).first.focus()
    for key in keys(8, focus):  # warm up
        press(page, key)
    idle = [press(page, key) for key in keys(PRESSES, focus)]
    page.evaluate(BUSY, 8)
    page.wait_for_timeout(500)
    busy = []
    for key in keys(BUSY_PRESSES, focus):
        took = press(page, key)
        if not page.evaluate("window.busy"):
            break
        busy.append(took)
    page.wait_for_function("!window.busy", timeout=30_000)
    return idle, busy


def summary(times):
    """Return median and 95th percentile as text."""
    seen = [time for time in times if time is not None]
    if len(seen) < 5 or len(seen) < len(times):
        return f"{len(times) - len(seen)} of {len(times)} unanswered"
    p95 = statistics.quantiles(seen, n=20, method="inclusive")[-1]
    return f"{statistics.median(seen):5.1f} / {p95:5.1f}"


def chosen(words):
    """Return the cases with one of these words in their name; all of them without words."""
    found = {
        name: case
        for name, case in CASES.items()
        if not words or any(word.lower() in name.lower() for word in words)
    }
    if not found:
        raise SystemExit(
            f"Expected words out of the names of cases. Received {' '.join(words)}. There are:\n"
            + "\n".join(CASES)
        )
    return found


def main(words=()):
    """Print the table, of the cases with one of these words in their name."""
    from playwright.sync_api import sync_playwright

    cases = chosen(words)
    print(
        f"{'key press → changed pixels, ms':46}{'median / p95':>18}{'kernel busy':>18}{'goal':>8}"
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = labserver.launch(playwright)
        with labserver.jupyterlab(folder) as address:
            for number, (name, (cell, focus, watched)) in enumerate(cases.items()):
                labserver.write_notebook(Path(folder, f"{number}.ipynb"), SETUP, cell)
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                labserver.run_all(page, address(f"{number}.ipynb"))
                idle, busy = measure(page, focus, watched)
                goal = TARGETS_MS.get(name.split(",")[0], 20)
                print(f"{name:46}{summary(idle):>18}{summary(busy):>18}{goal:>8}", flush=True)
                labserver.shut_down_kernel(page)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
