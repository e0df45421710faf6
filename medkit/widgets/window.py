"""The window explorer: which Hounsfield units become which grey."""

import numpy as np

from medkit.images import WINDOWS_HU, apply_window
from medkit.widgets.explorer import Explorer

WIDTH = 512  # of the picture, in pixels
STRIP = 80  # height of the histogram below the image
TICKS_HU = (-1000, -500, 0, 500, 1000, 1500)


class WindowExplorer(Explorer):
    """Move the window over the Hounsfield units of a CT slice, or pick a named one.

    brightness = clip((hounsfield - (level - width / 2)) / width, 0, 1)

    Below the slice stands the histogram of its Hounsfield units (height: square root of the
    count); the line over it is the brightness that each unit gets, from black to white.

    Args:
        hounsfield: (height, width) array in HU; None for the CT slice that the kit has built in.
        spacing_mm: (row, column) size of a pixel in mm; pixels that are not square are shown so.

    Raises:
        ValueError: the array is not two-dimensional.

    Example:
        >>> explorer = WindowExplorer(np.linspace(-1000, 1000, 64).reshape(8, 8))
        >>> explorer.set(named="lung")
        >>> explorer.values["level_hu"], explorer.values["width_hu"]
        (-600, 1500)
    """

    def __init__(self, hounsfield=None, spacing_mm=None):
        if hounsfield is None:
            hounsfield, spacing_mm = built_in_ct()
        hounsfield = np.asarray(hounsfield, np.float32)
        if hounsfield.ndim != 2:
            raise ValueError(
                "Expected one CT slice in Hounsfield units, (height, width). Received shape "
                f"{hounsfield.shape}. Pick a slice, for example volume[40]."
            )
        self._slice = to_width(hounsfield, spacing_mm)
        self._strip = Histogram(hounsfield)
        self._following = False
        level, width = map(int, WINDOWS_HU["soft tissue"])
        super().__init__(
            self._picture,
            alt="CT slice through the chosen window, and the histogram of its Hounsfield units",
            named=[*WINDOWS_HU, "own"],
            level_hu=(-1000, 2000, level, 10),
            width_hu=(10, 4000, width, 10),
        )
        labels = {"named": "window", "level_hu": "level (HU)", "width_hu": "width (HU)"}
        for name, label in labels.items():
            self.controls[name].description = label
            if name != "named":
                self.controls[name].layout.width = "340px"
        self.controls["named"].value = "soft tissue"

    def _redraw(self, change=None):
        if self._following:
            return
        self._following = True  # name and numbers follow each other; one of them moves first
        try:
            self._agree(change)
        finally:
            self._following = False
        super()._redraw(change)

    def _agree(self, change):
        named, level, width = (self.controls[n] for n in ("named", "level_hu", "width_hu"))
        if change is not None and change.owner is named:
            if named.value != "own":
                level.value, width.value = map(int, WINDOWS_HU[named.value])
            return
        now = (level.value, width.value)
        named.value = next((n for n, window in WINDOWS_HU.items() if window == now), "own")

    def _picture(self, named, level_hu, width_hu):
        grey = (apply_window(self._slice, level_hu, width_hu) * 255 + 0.5).astype(np.uint8)
        return np.concatenate([grey, self._strip.draw(level_hu, width_hu)])


def built_in_ct():
    """Return Hounsfield units and spacing of the CT slice that the kit has built in."""
    from medkit.datasets import load

    ct = load("ct")
    return ct.images[0, ..., 0], ct.spacing_mm


def to_width(hounsfield, spacing_mm, width=WIDTH):
    """Return the slice, by nearest neighbour, `width` pixels wide with the right proportions."""
    rows, columns = hounsfield.shape
    tall = 1.0 if spacing_mm is None else spacing_mm[-2] / spacing_mm[-1]
    height = max(1, round(width * rows * tall / columns))
    y = (np.arange(height) * rows) // height
    x = (np.arange(width) * columns) // width
    return np.ascontiguousarray(hounsfield[y][:, x])


class Histogram:
    """A strip that shows how many pixels have which Hounsfield unit, and the window over it."""

    def __init__(self, hounsfield, low=-1200, high=2000):
        self.low, self.high = low, high
        counts, _ = np.histogram(np.clip(hounsfield, low, high), WIDTH // 2, (low, high))
        tall = np.sqrt(counts / max(counts.max(), 1)) * (STRIP - 26)
        y = np.arange(STRIP)[:, None]
        self._bars = (y >= STRIP - 20 - tall.repeat(2)) & (y < STRIP - 20)
        self._axis = self._draw_axis()

    def at(self, hu):
        """Return the column of a Hounsfield unit, kept inside the strip."""
        x = (np.asarray(hu) - self.low) / (self.high - self.low) * (WIDTH - 1)
        return np.clip(np.round(x), 0, WIDTH - 1).astype(int)

    def _draw_axis(self):
        from PIL import Image, ImageDraw, ImageFont

        canvas = Image.new("L", (WIDTH, STRIP), 26)
        pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(13)
        for hu in TICKS_HU:
            x = int(self.at(hu))
            pen.line((x, STRIP - 20, x, STRIP - 16), fill=200)
            text = f"{hu} HU" if hu == 0 else str(hu)
            pen.text((x, STRIP - 15), text, fill=220, anchor="ma", font=font)
        return np.array(canvas)

    def draw(self, level_hu, width_hu):
        """Return the strip, (STRIP, WIDTH) uint8, with the window marked."""
        strip = self._axis.copy()
        strip[self._bars] = 105
        columns = np.arange(WIDTH)
        hu = self.low + columns / (WIDTH - 1) * (self.high - self.low)
        ramp = apply_window(hu, level_hu, width_hu)
        floor = STRIP - 21
        rows = np.round(floor - ramp * (floor - 5)).astype(int)
        for x, (row, then) in enumerate(zip(rows, np.append(rows[1:], rows[-1]), strict=True)):
            strip[min(row, then) : max(row, then) + 2, x] = 255
        for edge in self.at((level_hu - width_hu / 2, level_hu + width_hu / 2)):
            strip[:floor:4, edge] = 255  # dotted: where black begins and where white does
        return strip
