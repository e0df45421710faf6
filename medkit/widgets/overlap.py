"""The overlap explorer: paint a mask beside the true one, and see what each number says of it."""

import numpy as np
import traitlets

from medkit import metrics
from medkit.plots import COLOURS
from medkit.widgets import overlap_masks as masks
from medkit.widgets.boxes import as_picture, as_png
from medkit.widgets.browser import BrowserWidget, Choice, Pair, Switch, Whole, script
from medkit.widgets.overlap_masks import SCENES, pack
from medkit.widgets.pictures import few_colours, to_png

NUMBERS = ("dice", "iou", "hausdorff_mm", "hausdorff95_mm", "surface_distance_mm", "volume_error")


class Pixels(traitlets.Bytes):
    """A trait that holds bytes, also as the browser sends them."""

    def validate(self, obj, value):
        """Return the bytes."""
        return bytes(value) if isinstance(value, memoryview) else super().validate(obj, value)


class Spacing(Pair):
    """A trait that holds the size of a pixel in mm, down and across; one number stands for both."""

    def validate(self, obj, value):
        """Return the two numbers as a list, or say what was expected."""
        return super().validate(obj, [value, value] if np.ndim(value) == 0 else value)


class Pinned(traitlets.TraitType):
    """A trait that holds numbers to compare with, by name; None stands for nan."""

    def validate(self, obj, value):
        """Return the numbers as a dict, or say what was expected."""
        good = isinstance(value, dict) and set(value) <= set(NUMBERS)
        numbers = [number for number in value.values() if number is not None] if good else []
        if not good or not all(isinstance(n, int | float | np.number) for n in numbers):
            raise traitlets.TraitError(
                f"Expected {self.name} to be None or a dict with numbers for some of "
                f"{', '.join(NUMBERS)}. Received {value!r}. Call pin() to keep the present ones."
            )
        return {name: finite(number) for name, number in value.items()}


def finite(number):
    """Return a number as JSON has it: a float, or None for nan and infinity."""
    return None if number is None or not np.isfinite(number) else float(number)


class OverlapExplorer(BrowserWidget):
    """Paint and move a mask over the true one and see what each measure of overlap makes of it.

    The truth has a solid outline; the mask is filled and has a dashed one. What only the mask
    holds and what it misses is hatched, each its own way. A line joins the two border pixels that
    make the Hausdorff distance. The arithmetic runs in the browser; the properties compute the
    same in Python, with `medkit.metrics`.

    Dice = 2 * both / (truth + mask), IoU = both / union
    volume error = 100 * (mask - truth) / truth, in percent

    Args:
        truth: (height, width) of booleans or of 0 and 1, at most 160×160; None for a scene.
        mask: the same shape; None for an empty one, or for the scene's own.
        image: (height, width) or (height, width, 3) that lies under a truth of the same size.
        spacing_mm: size of a pixel, down and across; one number stands for both.
        scene: "organ", "vessel" or "two lesions", whose masks begin one pixel down and right of
            the truth; None where a truth is given.
        brush: radius in pixels, 0 to 6.
        erasing: whether the hand takes pixels away.
        pinned: numbers that the present ones are compared with; `pin` keeps those of now.

    All are attributes, but the image: set them from Python and the picture follows, and the other
    way round. A number that does not exist is nan here and "–" in the picture: a distance where a
    mask is empty, a volume error where the truth is. `truth` and `mask` cannot be edited in place.

    In the browser the arrow keys move the mask, with Shift by five pixels, and Control and Z undo.

    Raises:
        ValueError: a mask or the image is none, is too large, or does not fit the others.
        traitlets.TraitError: a setting is out of range; the message says which are not.

    Example:
        >>> explorer = OverlapExplorer(scene="organ")
        >>> round(explorer.dice, 2), round(explorer.hausdorff_mm, 2)
        (0.95, 1.41)
        >>> explorer.scene = "vessel"
        >>> round(explorer.dice, 2), round(explorer.hausdorff_mm, 2)
        (0.41, 1.41)
    """

    _esm = script(
        *("common.js", "charts.js", "overlap_distances.js", "overlap_picture.js"),
        *("overlap_desk.js", "overlap.js"),
    )
    _css = script("common.css", "overlap.css")
    facts = traitlets.Dict(read_only=True).tag(sync=True)  # what never changes
    presets = traitlets.Bytes(read_only=True).tag(sync=True)  # bit 0: the truth, 1: the mask
    picture = traitlets.Bytes().tag(sync=True)  # PNG; empty for the grid
    # An echo of what the hand has painted would undo what it has painted since.
    shape = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True, echo_update=False)
    truth_pixels = Pixels().tag(sync=True, echo_update=False)
    mask_pixels = Pixels().tag(sync=True, echo_update=False)
    scene = Choice(SCENES, None, allow_none=True).tag(sync=True, echo_update=False)
    spacing_mm = Spacing(
        float, 0.001, 1000, "one or two numbers from 0.001 to 1000, down first", "(3.0, 0.5)"
    ).tag(sync=True)
    brush = Whole(2, min=0, max=6).tag(sync=True)
    erasing = Switch(False).tag(sync=True)
    pinned = Pinned(None, allow_none=True).tag(sync=True)

    def __init__(self, truth=None, mask=None, image=None, spacing_mm=1.0, scene=None, **state):
        masks.check_given(truth=truth, image=image, scene=scene)
        if truth is None:
            scene = "organ" if scene is None else scene
            truth = masks.scene_truth(scene)
            mask = masks.moved(truth, *masks.MOVED) if mask is None else mask
        truth = masks.as_mask(truth, "truth")
        mask = np.zeros_like(truth) if mask is None else masks.as_mask(mask, "mask", truth)
        self._image = None if image is None else masks.fitting(as_picture(image), truth, "image")
        self._set_constants(truth.shape)
        state |= {"truth_pixels": pack(truth), "mask_pixels": pack(mask), "scene": scene}
        picture = b"" if image is None else as_png(self._image)
        super().__init__(picture=picture, spacing_mm=spacing_mm, **state)

    def _set_constants(self, shape):
        truths = [masks.scene_truth(name) for name in SCENES]
        presets = [pack(truth + 2 * masks.moved(truth, *masks.MOVED)) for truth in truths]
        self.set_trait("facts", {"names": list(SCENES), "shape": list(masks.SHAPE)})
        self.set_trait("presets", b"".join(presets))
        self.set_trait("shape", list(shape))

    @property
    def truth(self):
        """The true mask: (height, width) bool, read-only."""
        return self._mask(self.truth_pixels)

    @truth.setter
    def truth(self, truth):
        """Compare with another true mask; one of another size leaves the mask empty."""
        self._show(masks.as_mask(truth, "truth"), None)

    @property
    def mask(self):
        """The mask that is painted: (height, width) bool, read-only."""
        return self._mask(self.mask_pixels)

    @mask.setter
    def mask(self, mask):
        """Show another mask of the size of the truth."""
        self.mask_pixels = pack(masks.as_mask(mask, "mask", self.truth))

    def _mask(self, pixels):
        return np.frombuffer(pixels, bool).reshape(self.shape)

    @traitlets.observe("scene")
    def _show_scene(self, change):
        """Show a scene that Python has set; the browser sends its masks as well."""
        if self.scene is None:
            return
        truth = masks.scene_truth(self.scene)
        if pack(truth) != self.truth_pixels:
            self._show(truth, masks.moved(truth, *masks.MOVED))

    def _show(self, truth, mask):
        """Show a scene's masks, or a truth of Python's own."""
        with self.hold_sync():
            self.pinned = None  # what was pinned belongs to the masks that are left
            if mask is None:
                self.scene = None
                if self._image is not None and self._image.shape[:2] != truth.shape:
                    self._image, self.picture = None, b""
                mask = self.mask if self.shape == list(truth.shape) else np.zeros_like(truth)
            self.set_trait("shape", list(truth.shape))
            self.truth_pixels, self.mask_pixels = pack(truth), pack(mask)

    @property
    def dice(self):
        """Dice coefficient, 0 to 1; 1 where both masks are empty."""
        return float(metrics.dice_coefficient(self.truth, self.mask))

    @property
    def iou(self):
        """Intersection over union, 0 to 1; 1 where both masks are empty."""
        return float(metrics.iou(self.truth, self.mask))

    @property
    def hausdorff_mm(self):
        """The longest way from a border pixel of one mask to the other's border, in mm."""
        return self._apart(metrics.hausdorff_distance)

    @property
    def hausdorff95_mm(self):
        """The same without the farthest 5 % of the border pixels."""
        return self._apart(metrics.hausdorff_distance, percentile=95)

    @property
    def surface_distance_mm(self):
        """Mean way from a border pixel of either mask to the other's border, in mm."""
        return self._apart(metrics.surface_distance)

    def _apart(self, distance, **settings):
        if not self.truth.any() or not self.mask.any():
            return np.nan
        return float(distance(self.truth, self.mask, spacing_mm=self.spacing_mm, **settings))

    @property
    def volume_error(self):
        """How much larger the mask is than the truth, in percent of the truth."""
        return metrics.volume_error(self.mask, self.truth)

    def pin(self):
        """Keep the present numbers; the picture shows what changes from now on."""
        self.pinned = {name: getattr(self, name) for name in NUMBERS}

    def figure(self):
        """Return the picture and the numbers as a Figure, for a page without kernel."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.5, 5.6), dpi=90, layout="constrained")
        axes = figure.subplots()
        self._draw_ground(axes)
        for name, style in (("truth", "-"), ("mask", "--")):
            masks.draw_mask(axes, getattr(self, name), self.spacing_mm, name, style)
        if self.truth.any() and self.mask.any():
            ends = masks.farthest(self.truth, self.mask, self.spacing_mm)
            y, x = ((ends + 0.5) * self.spacing_mm).T
            axes.plot(x, y, "o-", color="black", label=f"Hausdorff {self.hausdorff_mm:.2f} mm")
        around = {"loc": "lower center", "bbox_to_anchor": (0.5, 1), "ncols": 3, "frameon": False}
        axes.legend(**around, fontsize=12)
        figure.supxlabel(self._in_words(), fontsize=11)
        return figure

    def _png(self):
        return to_png(self.figure(), colours=56, kept=tuple(COLOURS.values()))

    def _draw_ground(self, axes):
        height, width = np.multiply(self.shape, self.spacing_mm)
        axes.set(xlim=(0, width), ylim=(height, 0), xlabel="x, mm", ylabel="y, mm")
        axes.set_aspect("equal")
        if self._image is None or self.scene is not None:
            axes.grid(alpha=0.5)
        else:
            look = {"extent": (0, width, height, 0), "interpolation": "nearest"}
            grey = {"cmap": "gray", "vmin": 0, "vmax": 255} if self._image.ndim == 2 else {}
            axes.imshow(few_colours(self._image), **look, **grey)

    def _in_words(self):
        numbers = {"Dice": f"{self.dice:.3f}", "IoU": f"{self.iou:.3f}"}
        numbers["95 % Hausdorff"] = f"{self.hausdorff95_mm:.2f} mm"
        numbers["surface"] = f"{self.surface_distance_mm:.2f} mm"
        numbers["volume"] = f"{self.volume_error:+.1f} %".replace("+0.0", "0.0")
        words = (f"{name} {'–' if 'nan' in text else text}" for name, text in numbers.items())
        return "   ".join(words).replace("-", "−")

    def __repr__(self):
        height, width = self.shape
        what = "own masks" if self.scene is None else self.scene
        numbers = f"Dice {self.dice:.3f}, Hausdorff {self.hausdorff_mm:.2f} mm"
        return f"OverlapExplorer({what}, {height}×{width}, {numbers})"
