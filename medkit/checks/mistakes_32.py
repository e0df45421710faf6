"""Typical wrong answers to the exercises of lesson 32, by their hint, and the right ones."""

import numpy as np

from medkit.boxes import non_max_suppression
from medkit.metrics import detection_average_precision, detection_curve

OVERLAPS = np.array([0, 0.2, 0])  # IoU of the touching boxes, the nested, those without area
WRONG_OVERLAPS_TOLD = {  # a hint → the triples that it fits
    "This is 1 − IoU.": [(1, 0.8, 1)],
    "The right numbers, in another order: touching, nested, without area.": [
        (0.2, 0, 0),
        (0, 0, 0.2),
    ],
}
WRONG_NUMBERS = {  # a hint → what it fits: of the touching boxes, the nested, those without area
    "Boxes end at edges: [0, 0, 4, 4] is 4 pixels high, not 5. No + 1.": (
        (1 / 9, 5 / 27),
        (30 / 121, 30 / 100, 20 / 131),
        (6 / 121, 6 / 94),
    ),
    "This is 1 − IoU.": ((), (0.8,), ()),
    "You divide by the smaller area. How much do both cover together?": ((), (1,), ()),
    "Both areas added hold what the boxes share twice; the union holds it once.": (
        ((), (20 / 120,), ())
    ),
    "You took the shared area away twice; the union holds it once.": ((), (20 / 80,), ()),
    "This is Dice, the shared area twice over both areas. Divide by the union.": (
        ((), (40 / 120,), ())
    ),
    "The fraction is upside down: an IoU is never above 1.": ((), (5,), ()),
    "This is an area. Divide what the boxes share by what both cover.": ((32,), (20, 100), (100,)),
    "The last two numbers of a box are y_max and x_max, not height and width.": (
        ((), (42 / 100,), (21 / 103, 24 / 100))
    ),
    "A box of height 0 has no area; you counted its length.": ((), (), (5, 5 / 100, 5 / 105)),
    "1 is the IoU of two boxes that are the same. The last two: how much of the large box does the "
    "one without area cover?": ((), (), (1,)),
    "1 is the IoU of two boxes that are the same; the first two lie side by side.": (
        ((1,), (), ())
    ),
}
PLACES = (  # where no mistake fits
    "The first two boxes share an edge. How large is its area?",
    "The second two: does any of the small box lie outside the large one?",
    "The last two: how high is the first box, and what can it share?",
)

TABLE = np.array(  # y_min, x_min, y_max, x_max, score
    [
        [0, 0, 12, 12, 0.5],
        [0, 3, 12, 15, 0.7],
        [0, 15, 12, 27, 0.6],
        [0, 9, 12, 21, 0.9],
        [0, 6, 12, 18, 0.8],
    ]
)


def _kept(iou_threshold=0.5, scores=TABLE[:, 4]):
    """Return the set of the boxes that are kept with another threshold, or in another order."""
    return set(non_max_suppression(TABLE[:, :4], scores, iou_threshold).tolist())


BEST = int(TABLE[:, 4].argmax())
WRONG_KEPT = {  # a hint → the sets of indices that it fits
    "You went down the table. The box of the best score chooses first.": [
        _kept(scores=-np.arange(5))
    ],
    "You began with the worst score, or from the left. The best score chooses first.": [
        _kept(scores=-TABLE[:, 4]),
        _kept(scores=-TABLE[:, 1]),
    ],
    "This is what a threshold of 0.3 leaves. Here it is 0.5, and an IoU of 1/3 is below it: such a "
    "box stays.": [_kept(iou_threshold=0.3)],
    "Not every overlap is too much: a box is dropped if the IoU is above 0.5.": [
        _kept(iou_threshold=0)
    ],
    "You kept a box whose IoU with the best one is 1/3, and dropped another of which the same is "
    "true. (Boxes that only touch have an IoU of 0.)": [{3, 1}],
    "A dropped box drops nothing: only a kept one does.": [{3, 2}],
    "The first box is not alone: each kept box drops those that overlap it.": [{0, 1, 2, 3}],
    "Of two boxes that overlap the better one stays; you dropped both.": [{2}],
    "These are the boxes that are dropped; give those that are kept.": [{0, 4}],
    "These are all boxes. Some overlap a better one that is kept by more than 0.5.": [
        _kept(iou_threshold=1)
    ],
    "An index begins at 0: the first box of the table is 0.": [{2, 3, 4}, {1, 2, 3, 4, 5}],
    "These are scores; give the indices of the boxes.": [set(TABLE[[3, 1, 2], 4].tolist())],
    "These are places along x; give the indices of the boxes.": [{9, 3, 15}],
}
MARKS = "These are marks, one for each box; give the indices of those that are kept."
NO_INDEX = "An index is a whole number from 0 to 4: the first column of the table."
WITHOUT_BEST = "The box of the best score is always kept: no better one can drop it."
CLASH = "Boxes {} and {} cannot both stay: moved by 3, their IoU is 0.6, and that is above 0.5."


CELLS = np.array([[0, 0, 9, 9], [0, 20, 9, 29], [0, 40, 9, 49]])
NOTHING_THERE = [30, 0, 39, 9]
ORDERS = ([1, 1, 0, 1], [1, 0, 1, 1])  # right (1) and wrong (0) predictions, best score first


def _detections(found):
    """Return predictions of one image with three cells, of which some find one, and the truth."""
    cells = iter(CELLS)
    boxes = [next(cells) if right else NOTHING_THERE for right in found]
    return [{"boxes": boxes, "scores": [0.9, 0.7, 0.7, 0.5]}], [{"boxes": CELLS}]


def _pair(measure):
    """Return what measure(precision, recall) of both orders gives."""
    return tuple(float(measure(*detection_curve(*_detections(found))[:2])) for found in ORDERS)


def _interpolated(interpolation):
    """Return the AP of both orders."""
    return tuple(
        detection_average_precision(*_detections(found), interpolation=interpolation)
        for found in ORDERS
    )


def _filled(precision):
    return np.maximum.accumulate(precision[::-1])[::-1]


def _steps(height, recall):
    """Return the area under steps that have their height where they end."""
    return np.sum(np.diff(recall, prepend=0) * height)


def _slanted(height, recall, start=1):
    """Return the area under slanted lines from a point at recall 0."""
    height = np.append(start, height)
    return np.sum(np.diff(recall, prepend=0) * (height[:-1] + height[1:]) / 2)


def _corners(precision, recall):
    """Return the best precision of each recall, and the recalls."""
    recalls = np.unique(recall)
    return np.array([precision[recall >= r].max() for r in recalls]), recalls


TIES = np.array(_interpolated("all"))  # AP with the right one of the tie first, and with the wrong
WRONG_TIES = {  # a hint → the pairs that it fits
    "The two are turned round: the order with the right one first cannot be the worse one.": [
        tuple(TIES[::-1])
    ],
    "You did not fill the dips: at each recall stands the best precision at this recall or at any "
    "higher one.": [_pair(_steps)],
    "This is 11-point interpolation; all-point takes the area under the envelope.": [
        _interpolated("11")
    ],
    "This is COCO's rule of 101 points; all-point takes the area under the envelope.": [
        _interpolated("101")
    ],
    "This is the mean precision of the four rows. Where recall does not grow, no area is added.": [
        _pair(lambda precision, recall: precision.mean()),
        _pair(lambda precision, recall: _filled(precision).mean()),
    ],
    "There are three true cells: each find adds 1/3 of recall, not 1/4.": [
        _pair(lambda precision, recall: _steps(_filled(precision), recall * 3 / 4)),
        _pair(lambda precision, recall: _steps(precision, recall * 3 / 4)),
    ],
    "The heights are added; each step of the recall is 1/3 wide.": [
        _pair(lambda precision, recall: _steps(_filled(precision), 3 * recall)),
        _pair(lambda precision, recall: _steps(precision, 3 * recall)),
    ],
    "This is the precision of all four predictions; the order is lost in it.": [
        _pair(lambda precision, recall: precision[-1])
    ],
    "The curve begins at recall 0: the step to the first row belongs to the area, too.": [
        _pair(lambda precision, recall: _steps(_filled(precision), recall) - recall[0]),
        _pair(lambda precision, recall: _steps(precision, recall) - recall[0]),
        _pair(lambda precision, recall: _slanted(precision, recall) - recall[0]),
    ],
    "Points are joined by slanted lines in your curve. Give each step of the recall one height: "
    "the best precision from there on.": [
        _pair(_slanted),
        _pair(lambda precision, recall: _slanted(*_corners(precision, recall))),
        _pair(lambda precision, recall: _slanted(precision, recall, start=0)),
    ],
    "A step's height is the best precision from its end on. You took the one where it begins.": [
        _pair(lambda precision, recall: _steps(np.append(1, precision[:-1]), recall)),
        (1, 11 / 12),  # the same with the dips filled
    ],
    "Your curve only falls: it keeps the lowest precision so far. The other way round: the best "
    "from there on.": [
        _pair(lambda precision, recall: _steps(np.minimum.accumulate(precision), recall))
    ],
    "Of the wrong row nothing is left. Dips are filled with the best precision from there on, not "
    "with the best so far; and the wrong row counts in the rows behind it.": [(1, 1)],
    "The last row, of the score 0.5, finds a cell, too: go on to recall 1.": [
        _pair(lambda precision, recall: _steps(_filled(precision[:3]), recall[:3])),
        _pair(lambda precision, recall: _steps(_filled(precision)[:3], recall[:3])),
    ],
    "A tie counted as one step gives one number. Here the rows come one after the other, in two "
    "orders.": [
        (value, value) for value in (*TIES, TIES.mean(), _pair(_steps)[1], sum(_pair(_steps)) / 2)
    ],
}
