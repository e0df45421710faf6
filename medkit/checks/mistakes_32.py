"""Typical wrong answers to the exercises of lesson 32, by their hint, and the right ones."""

import numpy as np

WRONG_NUMBERS = {  # a hint → what it fits: of the touching boxes, the nested, those without area
    "Boxes end at edges: [0, 0, 4, 4] is 4 pixels high, not 5. No + 1.": (
        (1 / 9, 5 / 27),
        (30 / 121, 30 / 100, 20 / 131),
        (6 / 121, 6 / 94),
    ),
    "This is 1 − IoU.": ((1,), (0.8,), ()),
    "You divide by the smaller area. How much do both cover together?": ((), (1,), (1,)),
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
WRONG_KEPT = {  # a hint → the sets of indices that it fits
    "You went down the table. The box of the best score chooses first.": [{0, 2, 3}],
    "You began with the worst score, or from the left. The best score chooses first.": [{0, 2, 4}],
    "A dropped box drops nothing: only a kept one does.": [{2, 3}],
    "The first box is not alone: each kept box drops those that overlap it.": [{0, 1, 2, 3}],
    "Not every overlap is too much: a box is dropped if the IoU is above 0.5.": [{3}],
    "Of two boxes that overlap the better one stays; you dropped both.": [{2}],
    "These are the boxes that are dropped; give those that are kept.": [{0, 4}],
    "These are all boxes. Some overlap a better one that is kept by more than 0.5.": (
        [{0, 1, 2, 3, 4}]
    ),
    "An index begins at 0: the first box of the table is 0.": [{2, 3, 4}, {1, 2, 3, 4, 5}, {3, 4}],
    "These are scores; give the indices of the boxes.": [{0.9, 0.7, 0.6}],
    "These are places along x; give the indices of the boxes.": [{9, 3, 15}],
    "These are marks, one for each box; give the indices of those that are kept.": [{0, 1}],
}

TIES = np.array([1, 5 / 6])  # AP with the right one of the tie first, and with the wrong one
WRONG_TIES = {  # a hint → the pairs it fits
    "The two are turned round: the order with the right one first cannot be the worse one.": (
        [(5 / 6, 1)]
    ),
    "There are two true cells: recall is divided by 2, not by the three predictions.": (
        [(2 / 3, 5 / 9)]
    ),
    "This is the mean precision of the three rows. Where recall does not grow, no area is added.": (
        [(8 / 9, 13 / 18), (8 / 9, 7 / 9)]
    ),
    "This is the precision of all three predictions; the order is lost in it.": [(2 / 3, 2 / 3)],
    "Points are joined by slanted lines in your curve, without the envelope. Give each step of the "
    "recall the highest precision from there on.": [(1, 19 / 24)],
    "The curve begins at recall 0: the step to the first row belongs to the area, too.": (
        [(1 / 2, 7 / 24), (1 / 2, 1 / 3)]
    ),
    "The envelope goes down in steps, not along a slanted line.": [(1, 11 / 12)],
    "The second step's height is the precision where it ends, or a higher one further on. You took "
    "the one where it begins.": [(1, 3 / 4)],
    "This is 11-point interpolation; all-point takes the area under the envelope.": [(1, 28 / 33)],
    "This is COCO's rule of 101 points; all-point takes the area under the envelope.": (
        [(1, (51 + 50 * 2 / 3) / 101)]
    ),
    "A tie counted as one step gives one number. Here the rows come one after the other, in two "
    "orders.": [(5 / 6, 5 / 6), (11 / 12, 11 / 12)],
    "The order within the tie matters: a wrong row before a right one lowers its precision.": (
        [(1, 1)]
    ),
    "Only the recall up to the wrong row is in the second number: go on to the last row.": (
        [(1, 1 / 2)]
    ),
}
