"""How many frames a second the GANTheatre paints while it plays, in JupyterLab in Chromium.

A painted frame is one in which the hashed pixels of the stage or of the losses differ from those of
the frame before. Reading them costs time of its own, so the column "frames" counts, in a run
without reading, how often the browser came to draw. Pictures change 12 times a second by design;
what moves in between is the line on the losses. Goal: 30.
"""

import tempfile
from pathlib import Path

from benchmarks.widget_latency import BUSY
from tests.browser import labserver

SECONDS = 3
SETUP = """
import numpy as np
from medkit.widgets import GANTheatre

rng = np.random.default_rng(0)
def film(frames, fakes, **more):
    losses = {name: rng.normal(size=frames).cumsum() for name in ("discriminator", "generator")}
    return {"steps": 10 * np.arange(frames), "fakes": fakes, "losses": losses, **more}
"""
CASES = {
    "points: 4 × 100 frames × 256, surface 48 × 48, arrows": """
corners = 2 * np.exp(1j * np.arange(8) * np.pi / 4).view(float).reshape(8, 2)
ends = corners[rng.integers(0, 8, 256)] + 0.1 * rng.normal(size=(256, 2))
fakes = np.linspace(0, 1, 100)[:, None, None] * ends
more = {"surface": rng.normal(size=(100, 48, 48)), "pushes": 0.1 * (ends - fakes)}
films = {name: film(100, fakes, **more) for name in ("vanilla", "LSGAN", "WGAN", "WGAN-GP")}
e = GANTheatre(films, ends, (-3, 3, -3, 3))
e""",
    "pictures: 4 × 60 frames × 36 of 32 × 32": """
names = ("vanilla", "LSGAN", "WGAN", "WGAN-GP")
films = {name: film(60, rng.random((60, 36, 32, 32))) for name in names}
e = GANTheatre(films, rng.random((36, 32, 32)))
e""",
}
# Plays from the first frame for some seconds; returns how many frames came, and how many were new.
COUNT = """([seconds, read]) => new Promise((done) => {
  const canvases = [...document.querySelectorAll(".mk-theatre, .mk-losses")];
  const small = document.createElement("canvas");
  small.width = small.height = 96;
  const context = small.getContext("2d", { willReadFrequently: true });
  const hash = () => canvases.map((canvas) => {
    context.drawImage(canvas, 0, 0, 96, 96);
    const { data } = context.getImageData(0, 0, 96, 96);
    return data.reduce((sum, value) => (Math.imul(sum, 31) + value) | 0, 17);
  }).join();
  const buttons = [...document.querySelectorAll(".mk-transport button")];
  const press = (words) => buttons.find((button) => button.textContent.includes(words)).click();
  let [frames, painted, last, start] = [0, 0, null, null];
  press("Play");
  const look = (time) => {
    start ??= time;
    frames += 1;
    if (read) {
      const now = hash();
      painted += now !== last;
      last = now;
    }
    if (time - start < 1000 * seconds) return requestAnimationFrame(look);
    press("Pause");
    press("Start again");
    done([(1000 * frames) / (time - start), (1000 * painted) / (time - start)]);
  };
  requestAnimationFrame(look);
})"""


def count(page):
    """Return frames a second without reading, and new pictures a second with reading."""
    frames, _ = page.evaluate(COUNT, [SECONDS, False])
    _, painted = page.evaluate(COUNT, [SECONDS, True])
    return f"{frames:.0f} / {painted:.0f}"


def measure(page):
    """Return the counts with the kernel alive, busy and gone."""
    page.locator(".mk-theatre").first.wait_for()
    page.wait_for_timeout(1500)
    found = [count(page)]
    page.evaluate(BUSY, 2 * SECONDS + 4)
    page.wait_for_timeout(500)
    busy = count(page)
    found.append(busy if page.evaluate("window.busy") else f"{busy} (not busy to the end)")
    page.wait_for_function("!window.busy", timeout=60_000)
    labserver.shut_down_kernel(page)
    page.wait_for_timeout(500)
    return [*found, count(page)]


def main():
    """Print the table."""
    from playwright.sync_api import sync_playwright

    heads = ("kernel alive", "busy", "gone")
    print(f"{'frames / painted, a second':56}" + "".join(f"{head:>16}" for head in heads))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = labserver.launch(playwright)
        with labserver.jupyterlab(folder) as address:
            for number, (name, cell) in enumerate(CASES.items()):
                labserver.write_notebook(Path(folder, f"{number}.ipynb"), SETUP, cell)
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                labserver.run_all(page, address(f"{number}.ipynb"))
                print(f"{name:56}" + "".join(f"{each:>16}" for each in measure(page)), flush=True)
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
