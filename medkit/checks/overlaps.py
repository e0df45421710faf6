"""Mistakes in the intersection over union of two boxes y_min, x_min, y_max, x_max."""

import numpy as np

from medkit.boxes import iou_matrix


def overlap(a, b):
    """Return the intersection over union of two boxes (4,); 0 if neither has an area."""
    return iou_matrix([a], [b])[0, 0]


def _pairs(*numbers):
    """Return pairs of boxes, from eight numbers each."""
    return [tuple(np.array(eight, float).reshape(2, 4)) for eight in numbers]


OVERLAPPING = _pairs(
    (0, 0, 10, 8, 4, 3, 16, 11),
    (5, 2.5, 9, 20, 1, 7, 8, 11.5),
    (0, 0, 30, 40, 10, 10, 22, 17),  # nested
    (30, 5, 42, 9, 28, 6, 51, 18),
)
APART = _pairs(
    (0, 0, 4, 5, 6, 8, 9, 12),  # in both axes, so that two negative sides have a positive product
    (20, 30, 28, 37, 3, 11, 15, 16),
    (0, 0, 6, 6, 1, 9, 5, 15),  # in one axis
    (12, 2, 20, 9, 3, 4, 8, 7),
    (0, 0, 4, 4, 0, 4, 4, 8),  # touching
    (3, 3, 3, 8, 0, 0, 10, 10),  # one without area
)
WITHOUT_AREA = _pairs((3, 3, 3, 8, 3, 3, 3, 8), (2, 5, 9, 5, 4, 1, 4, 6))


def _sides(a, b, more=0):
    """Return height and width of what two boxes share, below 0 where they lie apart."""
    return np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]) + more


def _areas(a, b, more=0):
    """Return both areas; inclusive pixels count one more on each side."""
    return np.prod(a[2:] - a[:2] + more), np.prod(b[2:] - b[:2] + more)


def _ratio(divide, more=0, more_shared=None):
    """Return the function that divides in this way, given the shared area and the two areas."""

    def ratio(a, b):
        shared = np.prod(_sides(a, b, more if more_shared is None else more_shared))
        return divide(shared, *_areas(a, b, more))

    return ratio


def _of_union(shared, one, other):
    return shared / (one + other - shared)


WRONG_OVERLAPS = {
    "Boxes end at edges: y_max − y_min is the height, without + 1.": (
        _ratio(_of_union, more=1),
        _ratio(_of_union, more_shared=1),
        _ratio(_of_union, more=1, more_shared=0),
    ),
    "You divide by both areas added: what the two share is in it twice.": (
        _ratio(lambda shared, one, other: shared / (one + other))
    ),
    "You divide by the smaller area: a small box within a large one would agree perfectly.": (
        _ratio(lambda shared, one, other: shared / min(one, other))
    ),
    "You divide by the larger area; the union is what either of the two covers.": (
        _ratio(lambda shared, one, other: shared / max(one, other))
    ),
    "You divide by the area of one box; the union is what either of the two covers.": (
        _ratio(lambda shared, one, other: shared / one),
        _ratio(lambda shared, one, other: shared / other),
    ),
    "This is the area that they share; divide it by the union.": (
        _ratio(lambda shared, one, other: shared)
    ),
    "This is the union; the shared area is to be divided by it.": (
        _ratio(lambda shared, one, other: one + other - shared)
    ),
    "This is Dice: the shared area twice, over both areas. IoU is smaller.": (
        _ratio(lambda shared, one, other: 2 * shared / (one + other))
    ),
    "What they share is taken away twice: both areas hold it, and the union holds it once.": (
        _ratio(lambda shared, one, other: shared / (one + other - 2 * shared))
    ),
    "The fraction is upside down: a perfect match is 1, and all others are less.": (
        _ratio(lambda shared, one, other: (one + other - shared) / shared)
    ),
    "This is 1 − IoU, what a loss would take.": (_ratio(lambda *areas: 1 - _of_union(*areas)),),
    "You divide by the box round both; the union leaves its empty corners out.": (
        lambda a, b: np.prod(_sides(a, b)) / np.prod(np.maximum(a, b)[2:] - np.minimum(a, b)[:2])
    ),
    "The last two numbers of a box are y_max and x_max, not height and width.": (
        lambda a, b: overlap(*(np.concatenate([box[:2], box[:2] + box[2:]]) for box in (a, b)))
    ),
}


def _clipped(clip):
    """Return the function whose shared area this makes of the two sides."""
    return lambda a, b: _of_union(clip(*_sides(a, b)), *_areas(a, b))


WRONG_APART = {
    "Two boxes that lie apart share nothing, but your sides become negative, and two negative "
    "sides have a positive product. Clip each side at 0.": _clipped(lambda h, w: h * w),
    "Clip each side at 0, not their product: of two negative sides it is positive.": (
        _clipped(lambda h, w: max(h * w, 0))
    ),
    "One side is clipped at 0, the other can still be negative.": (
        _clipped(lambda h, w: max(h, 0) * w),
        _clipped(lambda h, w: h * max(w, 0)),
    ),
    "Boxes that lie apart in one axis alone share nothing either: `or`, not `and`.": (
        _clipped(lambda h, w: 0 if h < 0 and w < 0 else h * w)
    ),
    "A side below 0 is a gap between the boxes, not a side: no abs.": (
        _clipped(lambda h, w: abs(h) * abs(w)),
    ),
}
