"""The box explorer: drag two boxes, and see every number that tells how well they agree."""

import numpy as np
import traitlets

from medkit.boxes import giou_matrix, iou_matrix
from medkit.plots import COLOURS, outline
from medkit.widgets.browser import BrowserWidget, Names, Number, script
from medkit.widgets.pictures import check_finite, few_colours, to_png, to_uint8

GRID = (120, 160)  # height and width of the plain grid, one line every 10 pixels
SMALLEST = 12  # side of an image, in pixels: the presets are drawn in twelfths of it
LARGEST = 1024  # side of the picture that the browser is sent


class Box(traitlets.List):
    """A trait that holds a box inside the image."""

    def validate(self, obj, value):
        """Return the box as a list of floats, or say what was expected."""
        height, width = obj.shape
        try:
            given = list(value)
            box = [float(number) for number in given]
            good = box == given and len(box) == 4
            good = good and 0 <= box[0] <= box[2] <= height and 0 <= box[1] <= box[3] <= width
        except (TypeError, ValueError, OverflowError):
            good = False
        if not good:
            raise traitlets.TraitError(
                f"Expected {self.name} to be y_min, x_min, y_max, x_max with 0 ≤ y_min ≤ y_max ≤ "
                f"{height} and 0 ≤ x_min ≤ x_max ≤ {width}. Received {value!r}. Keep the box "
                f"inside the image; write for example {self.name} = [2, 4, 8, 12]."
            )
        return box


class BoxExplorer(BrowserWidget):
    """Drag two boxes over an image and see IoU, GIoU, the distance of the centres and formats.

    A box is dragged by its inside and resized by its sides and corners; with the focus on it the
    arrow keys move it by one pixel, and with Shift they move its lower and right side. It may
    shrink to no area. What both boxes share is hatched, the smallest box around both is dotted.
    The arithmetic runs in the browser; `iou`, `giou` and `centre_distance` compute the same in
    Python.

    IoU = intersection / union, with union = A + B - intersection
    GIoU = IoU - (enclosing box - union) / enclosing box

    Args:
        image: (height, width) or (height, width, 3) array, uint8 or float, at least 12 pixels a
            side; floats outside 0..1 are stretched. None for a grid of 120×160 pixels.
        first, second: y_min, x_min, y_max, x_max in pixel edges, inside the image. The hand sets
            whole pixels.
        iou_threshold: a detection counts from this IoU on, 0 to 1.
        names: of the first box, which is drawn solid, and of the second, which is dashed.

    All but the image are traits: set them from Python and the picture follows, and the other way
    round.

    Raises:
        ValueError: the image is none.
        traitlets.TraitError: a setting is out of range; the message says which are not.

    Example:
        >>> explorer = BoxExplorer(first=[20, 40, 70, 100], second=[40, 60, 100, 110])
        >>> explorer.iou  # 1,200 of 3,000 + 3,000 - 1,200
        0.25
        >>> explorer.second = explorer.first
        >>> explorer.iou, explorer.giou, explorer.centre_distance
        (1.0, 1.0, 0.0)
    """

    _esm = script("common.js", "charts.js", "boxes_picture.js", "boxes.js")
    _css = script("common.css", "boxes.css")
    picture = traitlets.Bytes().tag(sync=True)  # PNG; empty for the grid
    shape = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    first = Box().tag(sync=True)
    second = Box().tag(sync=True)
    iou_threshold = Number(0.5, min=0, max=1).tag(sync=True)
    names = Names(
        ["truth", "prediction"], first="the first box", example='["truth", "prediction"]'
    ).tag(sync=True)

    def __init__(self, image=None, **state):
        self._image = None if image is None else as_picture(image)
        self.set_trait("shape", list(GRID if image is None else self._image.shape[:2]))
        super().__init__(picture=b"" if image is None else as_png(self._image), **state)

    @traitlets.default("first")
    def _place_first(self):
        return self._around_middle(2, 2, 7, 8)

    @traitlets.default("second")
    def _place_second(self):
        return self._around_middle(4, 4, 10, 9)

    def _around_middle(self, *twelfths):
        """Return a box given in twelfths of the shorter side, around the middle of the image."""
        unit = min(self.shape) // 12
        start = [(side - 12 * unit) // 2 for side in self.shape]
        return [start[i % 2] + unit * at for i, at in enumerate(twelfths)]

    @property
    def iou(self):
        """Intersection over union, 0 to 1; 0 where the union has no area."""
        return float(iou_matrix([self.first], [self.second])[0, 0])

    @property
    def giou(self):
        """Generalised IoU, -1 to 1."""
        return float(giou_matrix([self.first], [self.second])[0, 0])

    @property
    def centre_distance(self):
        """Distance of the centres, in pixels."""
        first, second = np.reshape([self.first, self.second], (2, 2, 2)).mean(1)
        return float(np.hypot(*(second - first)))

    def figure(self):
        """Return the picture and the numbers as a Figure, for a page without kernel."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.5, 5.6), dpi=90, layout="constrained")
        axes = figure.subplots()
        self._draw_ground(axes)
        self._draw_boxes(axes)
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, frameon=False, fontsize=12
        )
        counts = "counts" if self.iou >= self.iou_threshold else "does not count"
        figure.supxlabel(
            f"IoU {self.iou:.3f}   GIoU {self.giou:.3f}   centres {self.centre_distance:.1f} px "
            f"apart   {counts} at IoU ≥ {self.iou_threshold:g}".replace("-", "−"),
            fontsize=13,
        )
        return figure

    def _png(self):
        return to_png(self.figure(), colours=56, kept=tuple(COLOURS.values()))

    def _draw_ground(self, axes):
        height, width = self.shape
        axes.set(xlim=(0, width), ylim=(height, 0), xlabel="x, pixel", ylabel="y, pixel")
        axes.set_aspect("equal")
        if self._image is None:
            axes.grid(alpha=0.5)
            axes.set(xticks=range(0, width + 1, 20), yticks=range(0, height + 1, 20))
        else:
            look = {"extent": (0, width, height, 0), "interpolation": "nearest"}
            axes.imshow(few_colours(self._image), **look)  # a photograph makes a large PNG

    def _draw_boxes(self, axes):
        first, second = np.array(self.first), np.array(self.second)
        common = np.r_[np.maximum(first, second)[:2], np.minimum(first, second)[2:]]
        hull = np.r_[np.minimum(first, second)[:2], np.maximum(first, second)[2:]]
        common[2:] = np.maximum(common[2:], common[:2])
        for box, role, dash, name in (
            (first, "truth", "-", self.names[0]),
            (second, "prediction", "--", self.names[1]),
            (hull, "neutral", ":", "around both"),
        ):
            outline(axes, box, role)
            axes.lines[-1].set(linestyle=dash, label=name, zorder=1 if dash == ":" else 2)
        top, left, bottom, right = common
        look = {"facecolor": "none", "edgecolor": COLOURS["first"], "hatch": "///", "linewidth": 0}
        axes.fill([left, right, right, left], [top, top, bottom, bottom], label="shared", **look)
        centres = np.reshape([first, second], (2, 2, 2)).mean(1)
        axes.plot(centres[:, 1], centres[:, 0], "o-", color="black", linewidth=1.2)

    def __repr__(self):
        height, width = self.shape
        boxes = (
            f"{name} ({', '.join(f'{at:g}' for at in box)})"
            for name, box in zip(self.names, (self.first, self.second), strict=True)
        )
        kind = "grid" if self._image is None else "image"
        return f"BoxExplorer({height}×{width} {kind}, {', '.join(boxes)}, IoU {self.iou:.3f})"


def as_picture(image):
    """Return an image as uint8 (height, width) or (height, width, 3), or say what was expected."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    good = image.dtype.kind in "buif" and (image.ndim == 2 or image.shape[2:] == (3,))
    if not good or min(image.shape[:2]) < SMALLEST:
        raise ValueError(
            "Expected an image of numbers with shape (height, width) or (height, width, 3), at "
            f"least {SMALLEST} pixels a side. Received shape {image.shape}, {image.dtype}. Pick "
            "one image, for example images[0]."
        )
    check_finite(image)
    low, high = float(image.min()), float(image.max())
    if image.dtype != np.uint8 and (low < 0 or high > 1):
        image = (image - low) / max(high - low, 1e-30)
    return to_uint8(image)


def as_png(picture):
    """Return a uint8 picture as PNG bytes, made smaller if it is very large."""
    from PIL import Image

    small = Image.fromarray(picture)
    small.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX)
    return to_png(np.asarray(small))
