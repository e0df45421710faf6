"""Typical wrong answers to the exercises of lesson 33, by their hint, and the right ones."""

import math

import numpy as np

OVERLAP = {"IoU": 2 / 8, "Dice": 4 / 10}
WRONG_OVERLAPS = {  # a hint → the pairs that it fits
    "The right numbers, in another order: first the IoU, then Dice.": [(0.4, 0.25)],
    "Shares from 0 to 1, please, not percent.": [(25, 40)],
    "These are 1 − IoU and 1 − Dice: what a loss would take.": [(0.75, 0.6)],
    "You counted three pixels that both masks share. Row by row: one in each of the first two, "
    "none in the third.": [(3 / 7, 6 / 10), (3 / 8, 6 / 10)],
    "These are sensitivity and precision: what both masks share, divided by one of them alone.": [
        (2 / 6, 2 / 4),
        (2 / 4, 2 / 6),
    ],
}
WRONG_NUMBERS = (  # a hint → the numbers that it fits, of IoU and of Dice
    {
        "Both masks added hold what they share twice; the union holds it once.": [2 / 10],
        "You divide by the truth alone, or by what only one mask holds; the union is every pixel "
        "of either.": [2 / 6],
        "You divide by the found mask alone, or count the pixels that agree, background and all. "
        "Only pixels of the two masks count.": [2 / 4],
        "This is Dice.": [4 / 10],
        "The fraction is upside down: an IoU is never above 1.": [8 / 2],
        "You divide by all pixels of the image; the background belongs to no mask.": [2 / 12],
        "This is a number of pixels. Divide what both share by what either covers.": [2, 8, 6],
        "This is 1 − IoU.": [6 / 8],
        "A share from 0 to 1, please, not percent.": [25],
    },
    {
        "The factor 2 is missing: two masks that are the same would have a Dice of one half.": [
            2 / 10
        ],
        "This is the IoU. Dice counts what both share twice, over both masks added.": [2 / 8],
        "You divide by one mask alone; add up the pixels of both.": [2 / 6, 4 / 6, 4 / 4],
        "You divide by the union, or by the found mask alone, or count the background too. Add up "
        "the pixels of both masks, and divide by that.": [4 / 8],
        "The fraction is upside down: Dice is never above 1.": [10 / 4],
        "This is a number of pixels; a share is asked for.": [2, 4, 10],
        "This is 1 − Dice.": [6 / 10],
        "A share from 0 to 1, please, not percent.": [40],
    },
)

CAUSE_STEMS = {  # part of a word of the four → the word
    "sigmoid": "sigmoid twice",
    "relu": "relu",
    "mix": "mixed up",
    "rare": "rare",
}
CAUSES = {  # the right word, and why none of the others
    "A": (
        "sigmoid twice",
        {
            "relu": "A: a floor at 0.50 would fit, but behind a ReLU scores can come near 1, and "
            "here none is above 0.73.",
            "mixed up": "A: masks of other images give a score near 0 where hardly any mask lies, "
            "and here none is below 0.50.",
            "rare": "A: where the object is rare, scores are pulled to 0, and here none is below "
            "0.50.",
        },
    ),
    "B": (
        "rare",
        {
            "sigmoid twice": "B: a sigmoid of a sigmoid is never below 0.50, and here no score is "
            "above 0.03.",
            "relu": "B: a sigmoid of what a ReLU lets through is never below 0.50, and here no "
            "score is above 0.03.",
            "mixed up": "B: masks of other images leave a loss that stays high, and a blurred mask "
            "that can be seen. Here the loss is low. How can it be, with nothing found?",
        },
    ),
    "C": (
        "mixed up",
        {
            "sigmoid twice": "C: two sigmoids make all scores alike, but the mask still follows "
            "its image. Here every image gets the same.",
            "relu": "C: a ReLU cuts half of the scores off, but the mask still follows its image. "
            "Here every image gets the same.",
            "rare": "C: where the object is rare, the mask stays empty. Here there is one, but the "
            "same for every image.",
        },
    ),
    "D": (
        "relu",
        {
            "sigmoid twice": "D: the floor at 0.50 would fit, but two sigmoids have a ceiling at "
            "0.73 as well, and here some scores are 0.98.",
            "mixed up": "D: masks of other images give a score near 0 where hardly any mask lies, "
            "and here none is below 0.50.",
            "rare": "D: where the object is rare, scores are pulled to 0, and here none is below "
            "0.50.",
        },
    ),
}

COUNTS, AVERAGE_PRECISION = np.array([3, 2, 3]), 3 / 8  # TP, FP, FN
WRONG_COUNTS = {  # a hint → all (TP, FP, FN) that it fits
    "Work out the IoU: 110 / 230, and 45 / 100. Both are below 0.5, so neither is a hit.": [
        (5, 0, 1),
        (4, 1, 2),
    ],
    "The object over two nuclei has an IoU of 110 / 230 with each, which is below 0.5. And one "
    "object could be one hit at most.": [(5, 1, 1), (5, 0, 0), (5, 0, 2), (5, 1, 2)],
    "One object is one hit at most, so that over two nuclei is not two; and an IoU of 45 / 100 is "
    "no hit.": [(6, 0, 0), (6, -1, 0), (6, 1, 0)],
    "FP and FN are swapped: FP are objects found that match nothing, FN are nuclei that nothing "
    "matches.": [(3, 3, 2)],
    "Both nuclei under the one object are missed, not one of them.": [(3, 2, 2)],
    "The object over two nuclei is one false positive, not two.": [(3, 3, 3)],
    "These are all that were found and all that are there; FP and FN are those without a match.": [
        (3, 5, 6),
        (5, 2, 6),
    ],
    "A found object without a match is a false positive, even if it lies on a nucleus.": [
        (3, 0, 3),
        (3, 1, 3),
        (3, 0, 1),
        (3, 0, 2),
        (3, 1, 2),
        (3, 1, 1),
    ],
    "A nucleus without a match is a false negative, even if something lies on it.": [
        (3, 2, 1),
        (3, 2, 0),
    ],
}
WRONG_PRECISIONS = {  # a hint → the numbers that it fits, if the counts are right
    "The counts are right. This is the precision, TP / (TP + FP): what was missed belongs below "
    "the fraction, too.": [3 / 5],
    "The counts are right. This is the sensitivity, TP / (TP + FN): what was wrongly found belongs "
    "below the fraction, too.": [3 / 6],
    "The counts are right. This is F1, where TP counts twice.": [6 / 11],
    "The counts are right. Objects and nuclei added hold each hit twice; count it once.": [3 / 11],
    "The counts are right. This is the share of what went wrong.": [5 / 8],
    "The counts are right. A share from 0 to 1, please, not percent.": [37.5],
    "The counts are right. This is precision times sensitivity.": [3 / 10],
    "The counts are right. The fraction is upside down.": [8 / 3],
}


def tiles(length, tile, overlap):
    """Return how many tiles cover a length, neighbours overlapping by at least so much."""
    return 1 if length <= tile else math.ceil((length - overlap) / (tile - overlap))


LONG = [  # some lengths are covered exactly, some are just too long for it, one has no overlap
    *((512, 128, 32), (416, 128, 32), (417, 128, 32), (300, 100, 20), (260, 100, 20)),
    *((1000, 256, 64), (129, 128, 32), (96, 64, 16), (200, 50, 0), (201, 50, 0), (333, 90, 11)),
]
SHORT = [(128, 128, 32), (100, 128, 32), (20, 128, 32), (32, 128, 32), (5, 64, 30)]


def _rounded(fraction, rounded=math.ceil):
    """Return the count that rounds a fraction of length, tile and overlap."""
    return lambda *given: rounded(fraction(*given))


def _steps(length, tile, overlap):
    """Return how many tiles there are before rounding."""
    return (length - overlap) / (tile - overlap)


WRONG_TILES = {
    "You leave the overlap out: each further tile covers only tile − overlap new pixels.": (
        _rounded(lambda n, t, o: n / t),
        _rounded(lambda n, t, o: n / t, math.floor),
        lambda n, t, o: n // t + 1,
    ),
    "The last pixels stay uncovered: a part of a tile needs a whole one, so round up.": (
        _rounded(_steps, math.floor),
        _rounded(_steps, round),
        lambda n, t, o: (n - t) // (t - o) + 1,
    ),
    "Where the tiles fit exactly, you take one too many: // and + 1 is not rounding up.": (
        lambda n, t, o: math.floor(_steps(n, t, o)) + 1,
        lambda n, t, o: (n - t) // (t - o) + 2,
    ),
    "Neighbours share one overlap, so a further tile covers tile − overlap new pixels; you took "
    "it off twice.": (
        _rounded(lambda n, t, o: n / (t - 2 * o)),
        _rounded(lambda n, t, o: (n - o) / (t - 2 * o)),
        _rounded(lambda n, t, o: (n - 2 * o) / (t - 2 * o)),
        _rounded(lambda n, t, o: (n - t) / (t - 2 * o) + 1),
    ),
    "Sometimes one too many: the first tile covers a whole tile, and only each further one covers "
    "tile − overlap.": (
        _rounded(lambda n, t, o: n / (t - o)),
        lambda n, t, o: n // (t - o) + 1,
        _rounded(lambda n, t, o: (n + o) / (t - o)),
        _rounded(lambda n, t, o: n / (t - o) + 1),
    ),
    "The first tile is missing: you count only those that follow it.": (
        _rounded(lambda n, t, o: (n - t) / (t - o))
    ),
    "You leave out pixels at both borders; they are to be covered as well, by tiles that end "
    "there.": _rounded(lambda n, t, o: (n - 2 * o) / (t - o)),
    "There are no parts of tiles: round up to a whole number.": (
        _steps,
        lambda n, t, o: n / (t - o),
        lambda n, t, o: n / t,
        lambda n, t, o: (n - t) / (t - o) + 1,
    ),
    "A further tile moves on by tile − overlap; you added the overlap.": (
        _rounded(lambda n, t, o: (n - o) / (t + o)),
        _rounded(lambda n, t, o: n / (t + o)),
        _rounded(lambda n, t, o: (n + o) / (t + o)),
    ),
}


def _distances(a, b, length=lambda gaps: np.sqrt((gaps**2).sum(-1))):
    """Return the distances of all points of a (n) from all of b (m), as an (n, m) array."""
    return length(a[:, None] - b[None])


def _nearest(a, b, **options):
    """Return how far each point of a, and each of b, is from the nearest of the other set."""
    distances = _distances(a, b, **options)
    return distances.min(1), distances.min(0)


def farthest(a, b, **options):
    """Return the Hausdorff distance of two sets of points."""
    return max(side.max() for side in _nearest(a, b, **options))


def _points(n, m, move, seed):
    """Return two sets of points, in mm, of which the second is moved."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 20, (n, 2)).round(1), (rng.uniform(0, 20, (m, 2)) + move).round(1)


POINTS = [_points(3, 7, 0, 1), _points(9, 4, 0, 2), _points(2, 5, 15, 3), _points(5, 1, 3, 4)]
POINTS += [pair[::-1] for pair in POINTS]
WRONG_DISTANCES = {
    "You look from the first set to the second alone. A point of the second that is far from all "
    "of the first is not seen.": lambda a, b: _nearest(a, b)[0].max(),
    "You look from the second set to the first alone. A point of the first that is far from all of "
    "the second is not seen.": lambda a, b: _nearest(a, b)[1].max(),
    "Of the two directions the larger one counts; you took the smaller.": (
        lambda a, b: min(side.max() for side in _nearest(a, b))
    ),
    "Of the two directions the larger one counts; you added them up.": (
        lambda a, b: sum(side.max() for side in _nearest(a, b))
    ),
    "Of the two directions the larger one counts; you took their mean.": (
        lambda a, b: sum(side.max() for side in _nearest(a, b)) / 2
    ),
    "This is the smallest distance of all. Each point looks for its nearest one; of these ways the "
    "longest counts.": lambda a, b: _distances(a, b).min(),
    "This is the largest distance of all pairs. A point looks only at its nearest one of the other "
    "set.": lambda a, b: _distances(a, b).max(),
    "This is a mean. One point that is far off decides: take the largest.": (
        lambda a, b: max(side.mean() for side in _nearest(a, b)),
        lambda a, b: sum(side.mean() for side in _nearest(a, b)) / 2,
        lambda a, b: np.concatenate(_nearest(a, b)).mean(),
        *(lambda a, b, i=i: _nearest(a, b)[i].mean() for i in (0, 1)),
        lambda a, b: _distances(a, b).mean(),
    ),
    "This is the 95th percentile, HD95; here the largest was asked for.": (
        lambda a, b: max(np.percentile(side, 95) for side in _nearest(a, b)),
        lambda a, b: np.percentile(np.concatenate(_nearest(a, b)), 95),
    ),
    "You went along the rows and columns, as in a city: a distance is the root of both squares "
    "added.": lambda a, b: farthest(a, b, length=lambda gaps: np.abs(gaps).sum(-1)),
    "You took the longer one of the two sides: a distance is the root of both squares added.": (
        lambda a, b: farthest(a, b, length=lambda gaps: np.abs(gaps).max(-1))
    ),
    "The root is forgotten: these are square millimetres.": lambda a, b: farthest(a, b) ** 2,
    "You measure between the centres of the two sets; measure from point to point.": (
        lambda a, b: _distances(a.mean(0)[None], b.mean(0)[None])[0, 0]
    ),
}
