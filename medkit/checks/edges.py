"""Mistakes with the edges of boxes whose image is resized or mirrored.

Boxes are (k, 4) arrays of y_min, x_min, y_max, x_max, if nothing else is said.
"""

import itertools

import numpy as np


def to_corners(boxes, old, new):
    """Return COCO's boxes x, y, width, height of an image as corners in the resized image."""
    return np.array([_resized_box(*box, *old, *new) for box in boxes]).reshape(-1, 4)


def _resized_box(x, y, width, height, old_height, old_width, new_height, new_width):
    down, across = new_height / old_height, new_width / old_width
    return y * down, x * across, (y + height) * down, (x + width) * across


COCO = np.array([[12.5, 30, 41, 17], [3, 8.25, 26, 58], [70, 2, 9.5, 33]])  # x, y, width, height
RESIZED = [(COCO, (100, 160), (50, 240)), (COCO[::-1], (96, 128), (240, 224))]
WHOLE = (np.array([[7, 4, 9, 5], [1, 3, 15, 13]]), (20, 30), (15, 50))


def _converted(corners, *factors):
    """Return functions of (boxes, old, new): corners(x, y, w, h) times each of the factors.

    The factors are functions of (v, u), what the height grows by and what the width does.
    """

    def with_factor(factor):
        def convert(boxes, old, new):
            grown = factor(new[0] / old[0], new[1] / old[1])
            return np.stack([c * f for c, f in zip(corners(*boxes.T), grown, strict=True)], axis=1)

        return convert

    return tuple(map(with_factor, factors or (_right_factors,)))


def _right_corners(x, y, w, h):
    return y, x, y + h, x + w


def _right_factors(v, u):
    return v, u, v, u


def _swapped_factors(v, u):
    return u, v, u, v


def _crossed_sides(boxes, old, new):
    """Add the resized width to y and the resized height to x."""
    v, u = new[0] / old[0], new[1] / old[1]
    x, y, w, h = (boxes * [u, v, u, v]).T
    return np.stack([y, x, y + w, x + h], axis=1)


def _old_sides(boxes, old, new):
    """Add width and height as they were to resized corners."""
    first = to_corners(boxes, old, new)[:, :2]
    return np.hstack([first, first + boxes[:, [3, 2]]])


WRONG_CORNERS = {
    "You take one factor for both axes; height and width change differently.": _converted(
        _right_corners, lambda v, u: (v, v, v, v), lambda v, u: (u, u, u, u)
    ),
    "The factors are swapped: a size is (height, width), and y runs along the height.": (
        _converted(_right_corners, _swapped_factors)
    ),
    "The factor is upside down: in a larger image the boxes are larger.": _converted(
        _right_corners, lambda v, u: (1 / v, 1 / u, 1 / v, 1 / u)
    ),
    "The boxes are those of the old image: they are to be resized as it is.": _converted(
        _right_corners, lambda v, u: (1, 1, 1, 1)
    ),
    "These are shares of the old image; multiply by the new size.": (
        lambda boxes, old, new: to_corners(boxes, old, (1, 1))
    ),
    "Multiplied by the new size, but not divided by the old one.": (
        lambda boxes, old, new: to_corners(boxes, (1, 1), new)
    ),
    "x and y are left in COCO's order: the network wants y first.": _converted(
        lambda x, y, w, h: (x, y, x + w, y + h), _swapped_factors, _right_factors
    ),
    "Width and height are no corners: add them to x and y.": (
        *_converted(lambda x, y, w, h: (y, x, h, w)),
        *_converted(lambda x, y, w, h: (y, x, w, h), _right_factors, lambda v, u: (v, u, u, v)),
        *_converted(lambda x, y, w, h: (x, y, w, h), _swapped_factors, _right_factors),
    ),
    "The width is added to y and the height to x: COCO's third number goes with x.": (
        *_converted(lambda x, y, w, h: (y, x, y + w, x + h)),
        _crossed_sides,
    ),
    "Width and height grow with the image, too: add first, then resize.": (_old_sides),
    "Boxes end at edges: y_max is y + height, without − 1.": (
        *_converted(lambda x, y, w, h: (y, x, y + h - 1, x + w - 1)),
        lambda boxes, old, new: to_corners(boxes, old, new) - [0, 0, 1, 1],
    ),
    "COCO's x and y are the upper left corner, not the centre.": _converted(
        lambda x, y, w, h: (y - h / 2, x - w / 2, y + h / 2, x + w / 2)
    ),
    "Edges may lie within a pixel: do not round them.": (
        lambda *given: np.round(to_corners(*given)),
        lambda *given: np.floor(to_corners(*given)),
    ),
    "Two columns are alike: in a[:, 0], a[:, 1] = a[:, 1], a[:, 0] the second one reads what was "
    "just overwritten. Take a[:, [1, 0]], or a new array.": (
        *_converted(lambda x, y, w, h: (y, y, y + h, y + h), _right_factors, _swapped_factors),
        *_converted(lambda x, y, w, h: (y, y, y + h, x + w)),
    ),
    "The four numbers are right, in another order: y_min, x_min, y_max, x_max.": tuple(
        lambda boxes, old, new, order=list(order): to_corners(boxes, old, new)[:, order]
        for order in itertools.permutations(range(4))
    ),
}
WHOLE_NUMBERS = (
    "Right for boxes of floats. But boxes may come as whole numbers, and an array like theirs can "
    "hold no others: make yours one of floats."
)


def mirror(boxes, width):
    """Return the boxes of an image that is mirrored left to right."""
    return _mirrored(lambda left, right, w: (w - right, w - left))(boxes, width)


def _mirrored(edges):
    """Return the function of (boxes, width) whose left and right edges this gives."""

    def mirrored(boxes, width):
        y_min, x_min, y_max, x_max = boxes.T
        left, right = edges(x_min, x_max, width)
        return np.stack([y_min, left, y_max, right], axis=1)

    return mirrored


def _upright(edges):
    """Return the same for y in place of x."""
    turned = [1, 0, 3, 2]
    return lambda boxes, width: _mirrored(edges)(boxes[:, turned], width)[:, turned]


MIRRORED = [
    (np.array([[2, 3, 9, 11.5], [14, 0, 20, 6], [5, 17, 8, 30]]), 32),
    (np.array([[30, 12, 44, 21], [0, 25.5, 7, 49]]), 50),
]
WRONG_MIRRORS = {
    "x_max is smaller than x_min now: what was the right edge becomes the left one.": (
        _mirrored(lambda left, right, w: (w - left, w - right)),
        _mirrored(lambda left, right, w: (w - 1 - left, w - 1 - right)),
    ),
    "width − 1 − x is for the index of a pixel. These are edges: the image ends at width.": (
        _mirrored(lambda left, right, w: (w - 1 - right, w - 1 - left))
    ),
    "You mirrored up and down: columns 1 and 3 are x.": (
        _upright(lambda left, right, w: (w - right, w - left)),
        _upright(lambda left, right, w: (w - left, w - right)),
    ),
    "x_max stays where it was. Perhaps it is computed from an x_min that is overwritten already: "
    "compute both from the old boxes.": _mirrored(lambda left, right, w: (w - right, right)),
    "Only x_min is mirrored; the right edge moves, too.": (
        _mirrored(lambda left, right, w: (w - left, right)),
    ),
    "x_min stays where it was. Perhaps it is computed from an x_max that is overwritten already: "
    "compute both from the old boxes.": _mirrored(lambda left, right, w: (left, w - left)),
    "Only x_max is mirrored; the left edge moves, too.": (
        _mirrored(lambda left, right, w: (left, w - right)),
    ),
    "The boxes are only exchanged in their order, none is mirrored.": lambda boxes, w: boxes[::-1],
    "The edges only changed places: count them from the right side, width − x.": (
        _mirrored(lambda left, right, w: (right, left))
    ),
    "These lie left of the image: the width is missing.": (
        _mirrored(lambda left, right, w: (-right, -left)),
        _mirrored(lambda left, right, w: (-left, -right)),
    ),
    "The boxes are as they were.": lambda boxes, w: boxes,
}
