"""The convolution explorer: a kernel to edit by hand, and what it does to an image."""

import numpy as np
import traitlets

from medkit.filters import binomial, correlate2d, output_size
from medkit.widgets.browser import BrowserExplorer, Choice, Whole, script

KERNEL_SIZES = (3, 5, 7)


def _sobel_x(size):
    """The derivative of a binomial across, a binomial down: integers, as usually printed."""
    smooth = np.round(binomial(size) * 2.0 ** (size - 1))
    step = np.convolve(np.round(binomial(size - 2) * 2.0 ** (size - 3)), [-1.0, 0.0, 1.0])
    return np.outer(smooth, step)


def _single(size, row, column):
    kernel = np.zeros((size, size))
    kernel[row, column] = 1
    return kernel


def _gaussian(size):
    return np.outer(binomial(size), binomial(size))


def _sharpen(size):
    if size == 3:
        return np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    return 2 * _single(size, size // 2, size // 2) - _gaussian(size)


LAPLACIAN = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])


def _laplacian_of_gaussian(size):
    return correlate2d(_gaussian(size - 2), LAPLACIAN, padding=2)


# name: what it does, for which sizes, the kernel of a size
PRESETS = {
    "identity": (
        "Copies the image: the middle pixel once, the others not at all.",
        KERNEL_SIZES,
        lambda k: _single(k, k // 2, k // 2),
    ),
    "box blur": (
        "The plain mean of all pixels under the kernel: noise goes down, and so does detail.",
        KERNEL_SIZES,
        lambda k: np.full((k, k), 1 / k**2),
    ),
    "Gaussian blur": (
        "A mean in which near pixels count more: smoother than the box, without its streaks.",
        KERNEL_SIZES,
        _gaussian,
    ),
    "motion blur": (
        "A mean along a diagonal: what a patient who moves does to an image.",
        KERNEL_SIZES,
        lambda k: np.eye(k) / k,
    ),
    "sharpen": (
        "The pixel, plus how much it differs from its neighbours: edges and noise both grow.",
        KERNEL_SIZES,
        _sharpen,
    ),
    "Sobel x": (
        "Right minus left: bright where the image brightens to the right, dark where it darkens.",
        KERNEL_SIZES,
        _sobel_x,
    ),
    "Sobel y": (
        "Below minus above: bright where the image brightens downwards, dark where it darkens.",
        KERNEL_SIZES,
        lambda k: _sobel_x(k).T,
    ),
    "Laplacian": (
        "The neighbours minus the middle: 0 in flat regions and on even slopes, strong at edges.",
        (3,),
        lambda _: LAPLACIAN,
    ),
    "Laplacian of Gaussian": (
        "Blurs first, then takes the Laplacian: finds edges and spots, but is less led by noise.",
        (5, 7),
        _laplacian_of_gaussian,
    ),
    "emboss": (
        "Lower right minus upper left, plus the image: a relief lit from one side.",
        (3,),
        lambda _: np.array([[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]]),
    ),
    "shift right": (
        "Copies the pixel at the left end of the middle row, so the image moves to the right.",
        KERNEL_SIZES,
        lambda k: _single(k, k // 2, 0),
    ),
}


def preset_weights(name, size=3):
    """Return a preset kernel as rows of floats, in the nearest size in which it makes sense.

    Example:
        >>> preset_weights("Sobel x")
        [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    """
    _, sizes, kernel = PRESETS[name]
    return kernel(size if size in sizes else sizes[0]).astype(float).tolist()


class Weights(traitlets.List):
    """A trait that holds a square kernel as rows of floats; takes arrays and flat lists too."""

    def validate(self, obj, value):
        """Return rows of floats, or say what was expected."""
        try:
            kernel = np.array(value, float)
        except (TypeError, ValueError):
            kernel = np.array(np.nan)
        side = round(kernel.size**0.5)
        square = kernel.shape in ((side, side), (side * side,)) and side in KERNEL_SIZES
        if not square or not np.isfinite(kernel).all():
            raise traitlets.TraitError(
                "Expected weights of 3×3, 5×5 or 7×7 finite numbers, as rows or flat. "
                f"Received {value!r:.120}. Give each row as many numbers as there are rows."
            )
        return kernel.reshape(side, side).tolist()


class ConvolutionExplorer(BrowserExplorer):
    """Slide a kernel over an image, see the feature map, and how each of its pixels is made.

    Point at an output pixel, or move there with the arrow keys: its receptive field is outlined
    on the image, and its sum is written out. The arithmetic runs in the browser, so that it
    answers while the kernel is busy; `feature_map` computes the same in Python.

    Args:
        image: (height, width) array, uint8 or float; None for a slice of the MNI152 brain. Sides
            of more than 256 pixels are averaged down to 256; floats outside 0..1 are stretched.
        kernel_size: 3, 5 or 7.
        preset: a name in `PRESETS`, or "custom".
        weights: rows of weights, an array or a flat list; kept exactly (1/9 stays 1/9).
        stride: 1 to 3.  padding: zeros on each side, 0 to 3.  dilation: 1 to 3.
        layers: how often the same kernel is applied, each time to the last result, 1 to 4.
        cursor: [row, column] of the output pixel that is explained.

    All but `kernel_size` are traits: set them from Python and the picture follows, move them in
    the browser and Python sees it.

    Raises:
        traitlets.TraitError: a value is out of range; the message says which are not.

    Example:
        >>> explorer = ConvolutionExplorer(np.eye(8), preset="Sobel x", stride=2)
        >>> explorer
        ConvolutionExplorer(8×8 image, Sobel x 3×3, stride 2, padding 1, dilation 1, layers 1)
        >>> explorer.feature_map.shape
        (4, 4)
    """

    _esm = script("common.js", "kernel.js", "convolution.js")
    weights = Weights().tag(sync=True)
    preset = Choice([*PRESETS, "custom"], "custom").tag(sync=True)
    stride = Whole(1, min=1, max=3).tag(sync=True)
    padding = Whole(1, min=0, max=3).tag(sync=True)
    dilation = Whole(1, min=1, max=3).tag(sync=True)
    layers = Whole(1, min=1, max=4).tag(sync=True)
    presets = traitlets.List(read_only=True).tag(sync=True)

    def __init__(self, image=None, *, kernel_size=3, preset=None, weights=None, **state):
        if kernel_size not in KERNEL_SIZES:
            raise ValueError(
                f"Expected kernel_size to be 3, 5 or 7. Received {kernel_size!r}. Choose one."
            )
        if weights is None:
            preset = "Sobel x" if preset is None else preset
            known = preset if preset in PRESETS else "identity"
            weights = preset_weights(known, kernel_size)
        state = {"weights": weights, "preset": preset or "custom", **state}
        super().__init__(image, **state)

    @traitlets.default("presets")
    def _list_presets(self):
        return [
            [name, words, {str(k): preset_weights(name, k) for k in sizes}]
            for name, (words, sizes, _) in PRESETS.items()
        ]

    @traitlets.observe("preset")
    def _take_preset(self, change):
        if change.new != "custom" and self.weights:
            weights = preset_weights(change.new, self.kernel_size)
            if not any(
                self.weights == preset_weights(change.new, k) for k in PRESETS[change.new][1]
            ):
                self.weights = weights

    @traitlets.observe("weights")
    def _name_weights(self, change):
        names = (n for n, (_, sizes, _) in PRESETS.items() if self.kernel_size in sizes)
        same = (n for n in names if preset_weights(n, self.kernel_size) == change.new)
        self.preset = next(same, "custom")

    @property
    def kernel_size(self):
        """Weights along one side of the kernel: 3, 5 or 7."""
        return len(self.weights)

    @property
    def output_shape(self):
        """(height, width) of the feature map, from `medkit.filters.output_size`."""
        sides = self.shape
        for _ in range(self.layers):
            step = (self.kernel_size, self.stride, self.padding, self.dilation)
            sides = [output_size(side, *step) for side in sides]
        return tuple(sides)

    @property
    def feature_map(self):
        """What the browser shows, computed by `medkit.filters.correlate2d`: float32."""
        out = self.image
        for _ in range(self.layers):
            out = correlate2d(out, self.weights, self.stride, self.padding, self.dilation)
        return out

    def figure(self):
        """Return image, kernel and feature map as a Figure, for a page without kernel."""
        kernel = np.array(self.weights)
        most = np.abs(kernel).max() or 1
        out, low, top, title = self._map_to_show()
        titles = (
            f"Image {self.shape[0]}×{self.shape[1]}",
            f"Kernel: {self.preset} {self.kernel_size}×{self.kernel_size}",
            title,
        )
        figure = self._panels(
            titles, ((self.image, 0, 1), (kernel, -2 * most, 2 * most), (out, low, top))
        )
        for (i, j), weight in np.ndenumerate(kernel):
            ink = "white" if weight < 0 else "black"
            size = 30 / len(kernel) + 5
            figure.axes[1].text(
                j, i, f"{weight:.3g}", ha="center", va="center", fontsize=size, color=ink
            )
        return figure

    def _map_to_show(self):
        """Return the feature map, its black and white value, and its title."""
        try:
            out = self.feature_map
        except ValueError:
            return None, 0, 1, "Feature map\nthe window does not fit"
        title = f"Feature map {out.shape[0]}×{out.shape[1]}"
        if out.min() >= 0:
            return out, 0, max(out.max(), 1), title
        top = max(np.abs(out).max(), 1e-9)
        return out, -top, top, f"{title}, 0 is mid-grey"

    def __repr__(self):
        height, width = self.shape
        return (
            f"ConvolutionExplorer({height}×{width} image, {self.preset} {self.kernel_size}×"
            f"{self.kernel_size}, stride {self.stride}, padding {self.padding}, "
            f"dilation {self.dilation}, layers {self.layers})"
        )
