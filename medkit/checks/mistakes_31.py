"""Typical wrong answers to the exercises of lesson 31, by their hint, and the right ones."""

import numpy as np

from medkit.metrics import roc_auc


def dense(side, channels=128):
    """Return the number of weights of Dense 128 behind Flatten, with biases and without."""
    weights = side * side * channels * 128
    return weights + 128, weights


WRONG_PARAMETERS = {  # a hint → all numbers it fits
    "63 is a size, or millions: put the number of parameters itself.": [63],
    "A size is not a number of parameters: each unit has a weight for each number of Flatten.": (
        (510, 255, 253, 126, 124, 62)
    ),
    "The biases are missing: one for each of the 128 units.": dense(62)[1:],
    "One bias for each of the 128 units, not one for all.": [dense(62)[1] + 1],
    "Without padding each convolution takes 2 pixels off: 512 becomes 510.": dense(64),
    "This is the lesson's number, for 224 × 224; here the images are 512 × 512.": (
        *dense(26),
        26 * 26 * 128,
        dense(26)[0] + 94_538,  # with all other layers
    ),
    "This is how many numbers Flatten gives; each has 128 weights.": [62 * 62 * 128],
    "Flatten lays all 128 channels end to end; you counted one.": dense(62, channels=1)[:1],
    "The map has two sides: 62 × 62.": (62 * 128 * 128 + 128, 62 * 128 * 128),
    "The last pooling is missing.": dense(124),
    "Pooling drops the odd row: 253 becomes 126, then 124, and half of it is 62.": dense(63),
    "You stopped after the second pooling: a third convolution and pooling follow.": (
        *dense(126),
        *dense(126, channels=64),
    ),
    "No times 3: the first convolution used the colours up.": dense(62, channels=3 * 128),
    "This is global pooling in place of Flatten. That comes next.": dense(1),
    "This is the whole network; the dense layer alone, please.": [dense(62)[0] + 94_538],
}


def _pairs(y_true, y_score):
    """Return 1, ½ or 0 for each pair: ranked rightly, a tie, wrongly."""
    return (np.sign(y_score[y_true == 1][:, None] - y_score[y_true == 0]) + 1) / 2


def _first(number):
    """Return the triples of one who has this number for precision, with F1 right or from it."""
    return [(number, 1 / 2, 0.4), (number, 1 / 2, number / (number + 1 / 2))]


def _second(number):
    """Return the same for a number in place of the sensitivity."""
    return [(1 / 3, number, 0.4), (1 / 3, number, 2 / 3 * number / (1 / 3 + number))]


WRONG_MEASURES = {  # a hint → all triples it fits: precision, sensitivity, F1
    "Precision and sensitivity are swapped: sensitivity is of the row.": [(1 / 2, 1 / 3, 0.4)],
    "F1 is the harmonic mean; this is the arithmetic one.": [(1 / 3, 1 / 2, 5 / 12)],
    "F1 is the harmonic mean; this is the geometric one.": [(1 / 3, 1 / 2, 6**-0.5)],
    "The factor 2 of the harmonic mean is missing.": [(1 / 3, 1 / 2, 0.2)],
    "The third number is the accuracy.": [(1 / 3, 1 / 2, 0.85)],
    "You took the healthy for the finding.": [(80 / 85, 80 / 90, 160 / 175)],
    "You read TP at the top left: it is at the bottom right.": [(80 / 90, 80 / 85, 160 / 175)],
    "The second number is the specificity.": _second(80 / 90),
    "The first number is the accuracy; precision is of those called positive.": _first(0.85),
    "The first number is the negative predictive value: precision is of the second column.": (
        _first(80 / 85)
    ),
}


WRONG_AREAS = {
    "A tie counts one half; you count it as wrong.": lambda t, s: np.mean(_pairs(t, s) > 0.5),
    "A tie counts one half; you count it as right.": lambda t, s: np.mean(_pairs(t, s) > 0),
    "Turned over: a finding should score higher.": lambda t, s: 1 - roc_auc(t, s),
    "This is the accuracy at 0.5; pairs need no threshold.": lambda t, s: np.mean((s >= 0.5) == t),
    "Divide by the pairs of a finding and none, not by all pairs of cases.": (
        lambda t, s: _pairs(t, s).sum() / (len(t) * (len(t) - 1) / 2)
    ),
    "Divide by the pairs of a finding and none, not by all cases squared.": (
        lambda t, s: _pairs(t, s).sum() / len(t) ** 2
    ),
    "This is a number of pairs; divide by how many there are.": lambda t, s: _pairs(t, s).sum(),
    "This is the share ranked rightly less that ranked wrongly.": lambda t, s: (
        2 * roc_auc(t, s) - 1
    ),
}


WRONG_VALUES = {  # se: sensitivity, sp: specificity, p: prevalence
    "This is the sensitivity: a share of the ill, not of those called positive.": (
        lambda se, sp, p: se
    ),
    "Sensitivity and specificity are swapped: sensitivity is of the ill.": (
        lambda se, sp, p: sp * p / (sp * p + (1 - se) * (1 - p))
    ),
    "The ill and the healthy are swapped: the ill are the prevalence.": (
        lambda se, sp, p: se * (1 - p) / (se * (1 - p) + (1 - sp) * p)
    ),
    "The prevalence is missing: most people are healthy.": lambda se, sp, p: se / (se + 1 - sp),
    "The healthy are 1 − prevalence; you weigh them with 1.": (
        lambda se, sp, p: se * p / (se * p + 1 - sp)
    ),
    "This is the negative predictive value.": (
        lambda se, sp, p: sp * (1 - p) / (sp * (1 - p) + (1 - se) * p)
    ),
    "Of the healthy, 1 − specificity are called positive; you took the specificity.": (
        lambda se, sp, p: se * p / (se * p + sp * (1 - p))
    ),
    "This is the share of false alarms; the others were asked for.": (
        lambda se, sp, p: (1 - sp) * (1 - p) / (se * p + (1 - sp) * (1 - p))
    ),
    "These are the ill and found of all people; divide by all called positive.": (
        lambda se, sp, p: se * p
    ),
    "This is the share of people called positive.": lambda se, sp, p: se * p + (1 - sp) * (1 - p),
}


def _reached(candidates, counted, wanted, positive=np.greater_equal):
    """Return the largest candidate at which the wanted share of some scores is called positive."""
    return max(t for t in candidates if positive(counted, t).mean() >= wanted)


def threshold(y_true, y_score, wanted):
    """Return the largest score at which the sensitivity is at least what is wanted."""
    return _reached(y_score, y_score[y_true == 1], wanted)


def _at_place(rounded):
    """Return a function that takes the score of a finding by its place, rounded in this way."""

    def at_place(y_true, y_score, wanted):
        ill = np.sort(y_score[y_true == 1])[::-1]
        return ill[int(rounded(wanted * len(ill))) - 1]

    return at_place


WRONG_THRESHOLDS = {
    "This is the smallest score: it calls all cases positive.": lambda t, s, wanted: s.min(),
    "This finds all, which is more than wanted.": lambda t, s, wanted: s[t == 1].min(),
    "One too strict: here the sensitivity is still below the wanted.": (
        lambda t, s, wanted: s[(t == 1) & (s > threshold(t, s, wanted))].min()
    ),
    "Round the number of findings up, with np.ceil: otherwise one may be missing.": (
        _at_place(int),
        _at_place(round),
    ),
    "A score equal to the threshold is called positive; you take > in place of ≥.": (
        lambda t, s, wanted: _reached(s, s[t == 1], wanted, np.greater)
    ),
    "A sensitivity that is just reached is enough: at least, not more than.": (
        lambda t, s, wanted: threshold(t, s, wanted + 1e-6)
    ),
    "Sensitivity counts the cases with a finding; you used those without.": (
        lambda t, s, wanted: threshold(1 - t, s, wanted)
    ),
    "Sensitivity counts the cases with a finding; you used all.": (
        lambda t, s, wanted: _reached(s, s, wanted)
    ),
}


def pointed(heat, mask):
    """Return the share of the images with a mask whose hottest pixel lies in it."""
    return _hits(heat, mask).sum() / mask.any((1, 2)).sum()


def _hits(heat, mask):
    return ((heat == heat.max((1, 2), keepdims=True)) & mask).any((1, 2))


def _first_hits(heat, mask):
    """Return where the hottest pixel is the first of the mask, as two argmax compared give it."""
    return heat.reshape(len(heat), -1).argmax(1) == mask.reshape(len(mask), -1).argmax(1)


def _shares(part, whole):
    """Return four ways to take the share of a part in a whole, both functions of (heat, mask)."""

    def ratio(heat, mask):
        return part(heat, mask).sum() / whole(heat, mask).sum()

    def of_each(heat, mask):
        images = range(len(mask))
        return [ratio(heat[i], mask[i]) if mask[i].any() else 0 for i in images]

    return (
        ratio,
        lambda heat, mask: ratio(heat[mask.any((1, 2))], mask[mask.any((1, 2))]),
        lambda heat, mask: np.sum(of_each(heat, mask)) / mask.any((1, 2)).sum(),
        lambda heat, mask: np.mean(of_each(heat, mask)),
    )


WRONG_HITS = {
    "Images without a mask cannot be hit: leave them out.": lambda h, m: _hits(h, m).mean(),
    "Row and column are swapped.": lambda h, m: pointed(h.swapaxes(1, 2), m),
    "You compare with the mask's first pixel; any pixel of the lesion counts.": (
        lambda h, m: _first_hits(h, m).mean(),
        lambda h, m: _first_hits(h, m)[m.any((1, 2))].mean(),
    ),
    "This is the coldest pixel.": lambda h, m: pointed(-h, m),
    "This is the number of hits; divide by the images that have a mask.": (
        lambda h, m: _hits(h, m).sum()
    ),
    "This is the share of the misses.": lambda h, m: 1 - pointed(h, m),
    "Not the mean heat in the mask: only the hottest pixel.": (
        _shares(lambda h, m: h * m, lambda h, m: m)
    ),
    "Not how much of the heat lies in the mask: only the hottest pixel.": (
        _shares(lambda h, m: h * m, lambda h, m: h)
    ),
    "Not how many of the warm pixels lie in the mask: only the hottest.": (
        _shares(lambda h, m: (h > 0.5) & m, lambda h, m: h > 0.5)
    ),
}
