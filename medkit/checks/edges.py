"""Mistakes with the edges of boxes whose image is resized or turned.

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


def _whole_factors(whole):
    """Return the function whose factors are made whole numbers."""
    return lambda boxes, old, new: to_corners(boxes, (1, 1), whole(np.divide(new, old)))


def _with_whole_sides(boxes, whole):
    """Return COCO's boxes with widths and heights that are made whole numbers."""
    return np.hstack([boxes[:, :2], whole(boxes[:, 2:])])


def _whole_sides(whole):
    """Return the function that makes the resized widths and heights whole numbers."""

    def convert(boxes, old, new):
        corners = to_corners(boxes, old, new)
        return np.hstack([corners[:, :2], corners[:, :2] + whole(corners[:, 2:] - corners[:, :2])])

    return convert


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
    "The factor new / old is cut to a whole number: of 50 / 100 nothing is left. Divide by /, not "
    "//, and do not round.": (
        _whole_factors(np.floor),
        _whole_factors(np.round),
    ),
    "Edges may lie within a pixel: do not round them, and divide by /, not //.": (
        lambda *given: np.round(to_corners(*given)),
        lambda *given: np.floor(to_corners(*given)),
        lambda *given: np.ceil(to_corners(*given)),
        lambda boxes, old, new: to_corners(boxes, old, (1, 1)) // 1 * np.tile(new, 2),
        lambda boxes, old, new: to_corners(np.round(boxes), old, new),
        lambda boxes, old, new: to_corners(np.floor(boxes), old, new),
    ),
    "A box's width and height are no whole numbers: do not round them.": (
        _whole_sides(np.round),
        _whole_sides(np.floor),
        lambda *given: to_corners(_with_whole_sides(given[0], np.round), *given[1:]),
        lambda *given: to_corners(_with_whole_sides(given[0], np.floor), *given[1:]),
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


COLUMNS = (
    "One row for each box, shape (k, 4); here each box is a column, shape (4, k). np.stack with "
    "axis=1 puts the four beside each other."
)


def turn(boxes, height, width):
    """Return the boxes of an image that np.rot90 turned: a quarter, against the clock."""
    return _of_edges(lambda y0, x0, y1, x1, h, w: (w - x1, y0, w - x0, y1))(boxes, height, width)


def _of_edges(edges):
    """Return the function whose boxes are edges(y_min, x_min, y_max, x_max, height, width)."""
    return lambda boxes, *size: np.stack(edges(*boxes.T, *size), axis=1)


TURNED = [  # boxes, height, width
    (np.array([[2, 3, 9, 11.5], [14, 0, 20, 6], [5, 17, 8, 30]]), 24, 32),
    (np.array([[30, 12, 44, 21], [0, 25.5, 7, 49]]), 60, 50),
]
ONE_BOX = (
    "Your function takes `boxes` apart as if it were one box. It has one row for each box, (k, 4): "
    "y_min is the column boxes[:, 0], and boxes.T gives all four columns."
)
PIXELS_TURNED = (
    "np.rot90 turns the pixels of an image. A table of boxes is no image: compute the edges."
)
WRONG_TURNS = {
    "y_max is smaller than y_min now: what was the right edge becomes the upper one.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x0, y0, w - x1, y1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - 1 - x0, y0, w - 1 - x1, y1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (h - x0, y0, h - x1, y1)),
    ),
    "width − 1 − x is for the index of a pixel. These are edges: the image ends at width.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - 1 - x1, y0, w - 1 - x0, y1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - 1 - x1, y0, w - x0, y1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x1 - 1, y0, w - x0 - 1, y1 - 1)),
    ),
    "You turned with the clock; np.rot90 turns against it: what was right comes up.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (x0, h - y1, x1, h - y0)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (x0, h - y0, x1, h - y1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (x0, h - 1 - y1, x1, h - 1 - y0)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (x0, w - y1, x1, w - y0)),
    ),
    "Height and width are mixed up: x runs along the width, and is counted from its end.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (h - x1, y0, h - x0, y1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (h - 1 - x1, y0, h - 1 - x0, y1)),
    ),
    "x and y only changed places. That mirrors the image along its diagonal; a turn also counts "
    "one of the two from the other end.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (x0, y0, x1, y1)),
    ),
    "Both axes are counted from the other end now. That is mirrored along the other diagonal; in "
    "a quarter turn one of the two keeps its direction.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x1, h - y1, w - x0, h - y0)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x0, h - y0, w - x1, h - y1)),
    ),
    "This is mirrored, left to right or up and down, and y is still y. After a quarter turn the "
    "old y runs along x.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (y0, w - x1, y1, w - x0)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (y0, w - x0, y1, w - x1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (h - y1, x0, h - y0, x1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (h - y0, x0, h - y1, x1)),
    ),
    "This is half a turn, 180°; np.rot90 makes a quarter.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (h - y1, w - x1, h - y0, w - x0)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (h - y0, w - x0, h - y1, w - x1)),
    ),
    "These lie above the image: the width is missing.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (-x1, y0, -x0, y1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (-x0, y0, -x1, y1)),
    ),
    "A column was overwritten before it was used: compute all four from the old boxes.": (
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x1, w - x1, x1, x1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x1, w - x1, w - x0, w - x0)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x1, w - x1, x1, y1)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x1, y0, w - y0, w - y0)),
        _of_edges(lambda y0, x0, y1, x1, h, w: (w - x1, y0, w - y0, y1)),
    ),
    "This is the first box alone; give all of them, a row each.": (
        lambda *given: turn(*given)[0],
        lambda *given: turn(*given)[:1],
    ),
    "The boxes are only exchanged in their order, none is turned.": lambda boxes, h, w: boxes[::-1],
    "The boxes are as they were.": lambda boxes, h, w: boxes,
    "The four numbers are right, in another order: y_min, x_min, y_max, x_max.": tuple(
        lambda *given, order=list(order): turn(*given)[:, order]
        for order in itertools.permutations(range(4))
    ),
}
