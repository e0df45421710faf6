"""The pooling explorer: what a window keeps, and what a small shift of the image changes."""

from math import ceil

import numpy as np

from medkit.filters import POOLING_MODES, output_size, pool2d
from medkit.widgets.browser import BrowserExplorer, Choice, Whole, script


class PoolingExplorer(BrowserExplorer):
    """Summarise windows of an image, shift the image by some pixels, and see what changes.

    Point at a pooled pixel, or move there with the arrow keys: its window is outlined on the
    image, and the winner (max) or the sum is written out. The arithmetic runs in the browser;
    `pooled`, `change_percent` and `change_beyond_move_percent` compute the same in Python.

    Args:
        image: (height, width) array, uint8 or float; None for a slice of the MNI152 brain. Sides
            of more than 256 pixels are averaged down to 256; floats outside 0..1 are stretched.
        mode: "max", "average", "L2" (root of the mean square) or "blur" (binomial weights).
        size: side of the window in pixels, 2 to 6.  stride: 1 to 6.
        shift_x, shift_y: how far the image is moved to the right and down, in pixels, 0 to 8. It
            is rolled: what leaves on one side comes back on the other, so that no pixel is lost.
        cursor: [row, column] of the pooled pixel that is explained.

    All are traits: set them from Python and the picture follows, and the other way round.

    Raises:
        traitlets.TraitError: a value is out of range; the message says which are not.

    Example:
        >>> explorer = PoolingExplorer(np.eye(8), mode="average", size=2, stride=2)
        >>> explorer
        PoolingExplorer(8×8 image, average, window 2, stride 2, shift right 0, shift down 0)
        >>> explorer.pooled[0, 0], explorer.change_percent
        (np.float32(0.5), 0.0)
    """

    _esm = script("common.js", "pooling.js")
    mode = Choice(POOLING_MODES, "max").tag(sync=True)
    size = Whole(2, min=2, max=6).tag(sync=True)
    stride = Whole(2, min=1, max=6).tag(sync=True)
    shift_x = Whole(0, min=0, max=8).tag(sync=True)
    shift_y = Whole(0, min=0, max=8).tag(sync=True)

    @property
    def output_shape(self):
        """(height, width) of the pooled map, from `medkit.filters.output_size`."""
        return tuple(output_size(side, self.size, self.stride) for side in self.shape)

    @property
    def shifted(self):
        """The image after the shift: (height, width) float32."""
        return np.roll(self.image, (self.shift_y, self.shift_x), (0, 1))

    @property
    def pooled(self):
        """The pooled map of the shifted image, by `medkit.filters.pool2d`: float32."""
        return pool2d(self.shifted, self.size, self.stride, self.mode)

    @property
    def change_percent(self):
        """Mean absolute difference of `pooled` to the unshifted pooled map, % of 0..1."""
        return self._difference(0, 0)

    @property
    def change_beyond_move_percent(self):
        """The same, after the unshifted map was moved along by the nearest whole pooled pixels.

        0 where the shift is a multiple of the stride; what is left else is aliasing.
        """
        return self._difference(
            *(ceil(s / self.stride - 0.5) for s in (self.shift_y, self.shift_x))
        )

    def _difference(self, down, right):
        before = pool2d(self.image, self.size, self.stride, self.mode)
        moved = np.roll(before, (down, right), (0, 1))
        return float(100 * np.abs(self.pooled - moved).mean(dtype=float))

    def figure(self):
        """Return image and pooled map as a Figure, for a page without kernel."""
        try:
            out = self.pooled
        except ValueError:
            out = None
        size = "the window does not fit" if out is None else f"{out.shape[0]}×{out.shape[1]}"
        titles = (
            f"Image {self.shape[0]}×{self.shape[1]}",
            f"{self.mode} pooling, window {self.size}, stride {self.stride}: {size}",
        )
        return self._panels(titles, ((self.shifted, 0, 1), (out, 0, 1)))

    def __repr__(self):
        height, width = self.shape
        return (
            f"PoolingExplorer({height}×{width} image, {self.mode}, window {self.size}, "
            f"stride {self.stride}, shift right {self.shift_x}, shift down {self.shift_y})"
        )
