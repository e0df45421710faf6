"""Checks of lesson 31: classification, and how good it really is."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, check, close, same
from medkit.checks.cases import same_on_cases
from medkit.checks.sides import refuse_leak, refuse_share, sides
from medkit.metrics import confusion_matrix, roc_auc

Y_TRUE = np.array([1, 0, 1, 1, 0, 0, 0, 1, 0, 0])
Y_SCORE = np.array([0.9, 0.4, 0.6, 0.3, 0.2, 0.1, 0.5, 0.8, 0.2, 0.5])


def _dense(side, channels=128):
    """Return the number of weights of Dense 128 behind Flatten, with biases and without."""
    weights = side * side * channels * 128
    return weights + 128, weights


WRONG_PARAMETERS = {  # a hint → all numbers it fits
    "The biases are missing: one for each of the 128 units.": _dense(62)[1:],
    "One bias for each of the 128 units, not one for all.": [_dense(62)[1] + 1],
    "Without padding each convolution takes 2 pixels off: 512 becomes 510.": _dense(64),
    "This is the lesson's number, for 224 × 224; here the images are 512 × 512.": (
        *_dense(26),
        26 * 26 * 128,
        _dense(26)[0] + 94_538,  # with all other layers
    ),
    "This is how many numbers Flatten gives; each has 128 weights.": [62 * 62 * 128],
    "Flatten lays all 128 channels end to end; you counted one.": _dense(62, channels=1)[:1],
    "The map has two sides: 62 × 62.": (62 * 128 * 128 + 128, 62 * 128 * 128),
    "The last pooling is missing.": _dense(124),
    "Pooling drops the odd row: 253 becomes 126, not 127.": _dense(63),
    "No times 3: the first convolution used the colours up.": _dense(62, channels=3 * 128),
    "This is global pooling in place of Flatten. That comes next.": _dense(1),
    "This is the whole network; the dense layer alone, please.": [_dense(62)[0] + 94_538],
}


@check
def dense_parameters(answer):
    """Put one number for the dots: follow the size through three convolutions and poolings."""
    answer = as_array(answer)
    if close(answer, np.array(63), tolerance=0.01):
        raise WrongAnswerError("Put the number itself, not millions.")
    for hint, numbers in WRONG_PARAMETERS.items():
        if any(close(answer, np.array(number), tolerance=1e-8) for number in numbers):
            raise WrongAnswerError(hint)
    same(answer, _dense(62)[0], tolerance=1e-8)
    return "63 million, where global pooling would need 16,512."


@check
def confusion_by_hand(answer):
    """Put [[TN, FP], [FN, TP]] for the dots: rows are the truth, columns the answer."""
    (tn, fp), (fn, tp) = truth = confusion_matrix(Y_TRUE, Y_SCORE >= 0.5)
    counts, above = as_array(answer), confusion_matrix(Y_TRUE, Y_SCORE > 0.5)
    if counts.size == 4 and close(np.sort(counts, None), np.sort(above, None)):
        raise WrongAnswerError("A score of exactly 0.5 is called positive too.")
    same(
        counts,
        truth,
        wrong={
            "Truth and answer are swapped: the rows are the truth.": [[tn, fn], [fp, tp]],
            "You begin with the findings. Class 0 comes first: TN stands at the top left.": (
                [[tp, fp], [fn, tn]]
            ),
            "You begin with the findings: class 0, no finding, is the first row and column.": (
                [[tp, fn], [fp, tn]]
            ),
            "Each row is turned: TN before FP, FN before TP.": [[fp, tn], [tp, fn]],
            "The rows are turned: first the cases without a finding.": [[fn, tp], [tn, fp]],
            "These are shares; count the cases.": truth / truth.sum(),
        },
    )
    return "One finding is missed and two healthy are called back: which is worse?"


@check
def f1_by_hand(answer):
    """Put three numbers for the dots: precision, sensitivity, F1."""
    third, half = 1 / 3, 1 / 2
    wrong = {
        "Precision and sensitivity are swapped: sensitivity is of the row.": (half, third, 0.4),
        "F1 is the harmonic mean; this is the arithmetic one.": (third, half, 5 / 12),
        "F1 is the harmonic mean; this is the geometric one.": (third, half, 6**-0.5),
        "The factor 2 of the harmonic mean is missing.": (third, half, 0.2),
        "The third number is the accuracy.": (third, half, 0.85),
        "You took the healthy for the finding.": (80 / 85, 80 / 90, 160 / 175),
        "You read TP at the top left: it is at the bottom right.": (80 / 90, 80 / 85, 160 / 175),
        "The second number is the specificity.": (third, 80 / 90, 16 / 33),
        "Shares from 0 to 1, please, not percent.": (100 / 3, 50, 40),
    }
    same(answer, (third, half, 0.4), tolerance=0.005, wrong=wrong)
    return "85 % accuracy, yet half of the findings are missed."


def _pairs(y_true, y_score):
    """Return 1, ½ or 0 for each pair: ranked rightly, a tie, wrongly."""
    return (np.sign(y_score[y_true == 1][:, None] - y_score[y_true == 0]) + 1) / 2


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


@check
def auc_by_pairs(function):
    """Write the function: compare each case with a finding with each case without one."""
    cases = [
        (np.array([0, 1, 0, 1, 1, 0]), np.array([0.2, 0.7, 0.7, 0.4, 0.9, 0.4])),
        (np.array([1, 0, 0, 0, 1]), np.array([0.1, 0.3, 0.1, 0.1, 0.2])),
        (np.array([0, 1, 0, 0]), np.array([3.0, 3.0, -1.0, 8.0])),
    ]
    same_on_cases(function, cases, roc_auc, WRONG_AREAS)
    return "The same as medkit.metrics.roc_auc, and as the area under the curve."


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


@check
def predictive_value(function):
    """Write the function: of all that are called positive, how many have the finding?"""
    cases = [(0.9, 0.8, 0.01), (0.7, 0.95, 0.3), (0.6, 0.75, 0.5)]
    same_on_cases(
        function, cases, lambda se, sp, p: se * p / (se * p + (1 - sp) * (1 - p)), WRONG_VALUES
    )
    return "The rarer the finding, the more of the alarms are false."


def _reached(candidates, counted, wanted, positive=np.greater_equal):
    """Return the largest candidate at which the wanted share of some scores is called positive."""
    return max(t for t in candidates if positive(counted, t).mean() >= wanted)


def _threshold(y_true, y_score, wanted):
    return _reached(y_score, y_score[y_true == 1], wanted)


WRONG_THRESHOLDS = {
    "This is the smallest score: it calls all cases positive.": lambda t, s, wanted: s.min(),
    "This finds all, which is more than wanted.": lambda t, s, wanted: s[t == 1].min(),
    "One too strict: here the sensitivity is still below the wanted.": (
        lambda t, s, wanted: s[(t == 1) & (s > _threshold(t, s, wanted))].min()
    ),
    "A score equal to the threshold is called positive; you take > in place of ≥.": (
        lambda t, s, wanted: _reached(s, s[t == 1], wanted, np.greater)
    ),
    "A sensitivity that is just reached is enough: at least, not more than.": (
        lambda t, s, wanted: _threshold(t, s, wanted + 1e-6)
    ),
    "Sensitivity counts the cases with a finding; you used those without.": (
        lambda t, s, wanted: _threshold(1 - t, s, wanted)
    ),
    "Sensitivity counts the cases with a finding; you used all.": (
        lambda t, s, wanted: _reached(s, s, wanted)
    ),
}


@check
def threshold_for(function):
    """Write the function: the largest score at which sensitivity is at least what is wanted."""
    rng = np.random.default_rng(3)
    y_true = rng.permutation(np.repeat([1, 0], (8, 12)))
    y_score = np.round(rng.normal(0.4, 0.2, 20) + 0.2 * y_true, 2)
    cases = [(y_true, y_score, wanted) for wanted in (0.75, 0.6, 0.5)]
    for case in cases:
        if np.abs(y_score - as_array(call(function, *case)).astype(float)).min() > 1e-5:
            raise WrongAnswerError("Your threshold is none of the scores; try each of them.")
    same_on_cases(function, cases, _threshold, WRONG_THRESHOLDS)
    return "On a test set this would be cheating: choose the threshold on validation cases."


def _drawn_for_test(function, ids, share, seed):
    train, test = sides(call(function, ids, share, np.random.default_rng(seed)), ids)
    refuse_leak(train, test, ids)
    return set(test.tolist())


@check
def patient_split(function):
    """Write the function: draw whole patients, return the positions of (train, test) images."""
    images_each = np.where(np.arange(40) % 2, 9, 1)
    ids = np.random.default_rng(0).permutation(np.repeat(1000 + 7 * np.arange(40), images_each))
    tests = [_drawn_for_test(function, ids, 0.3, seed) for seed in range(20)]
    refuse_share(tests, ids, 0.3)
    refuse_share([_drawn_for_test(function, ids, 0.2, seed) for seed in range(5)], ids, 0.2)
    if all(test == tests[0] for test in tests):
        raise WrongAnswerError("The split is the same for every rng: draw the patients with it.")
    if _drawn_for_test(function, ids, 0.3, 0) != tests[0]:
        raise WrongAnswerError(
            "The same seed gives two different splits: draw with the rng that is given, not with "
            "one of your own."
        )
    return "No patient is on both sides; medkit.splits.split_by_patient does the same."


def _pointed(heat, mask):
    hottest = heat == heat.max((1, 2), keepdims=True)
    return (hottest & mask).any((1, 2))[mask.any((1, 2))].mean()


WRONG_HITS = {
    "Images without a mask cannot be hit: leave them out.": (
        lambda heat, mask: _pointed(heat, mask) * mask.any((1, 2)).mean()
    ),
    "Row and column are swapped.": lambda heat, mask: _pointed(heat.swapaxes(1, 2), mask),
    "This is the coldest pixel.": lambda heat, mask: _pointed(-heat, mask),
    "This is the number of hits; divide by the images that have a mask.": (
        lambda heat, mask: _pointed(heat, mask) * mask.any((1, 2)).sum()
    ),
    "This is the share of the misses.": lambda heat, mask: 1 - _pointed(heat, mask),
    "Not the mean heat in the mask: only the hottest pixel.": lambda heat, mask: heat[mask].mean(),
    "Not how much of the heat lies in the mask: only the hottest pixel.": (
        lambda heat, mask: heat[mask].sum() / heat.sum()
    ),
    "Not how many of the warm pixels lie in the mask: only the hottest.": (
        lambda heat, mask: mask[heat > 0.5].mean()
    ),
}


@check
def pointing_game(function):
    """Write the function: find each map's hottest pixel; is it in the mask?"""
    square = [(_maps(seed, 12, 12), _masks(seed, 12, 12)) for seed in (0, 1)]
    same_on_cases(function, square, _pointed, WRONG_HITS)
    wide = _maps(2, 6, 15), _masks(2, 6, 15)
    same(call(function, *wide), _pointed(*wide))
    return "One pixel an image: generous to blurred maps, strict to those that look elsewhere."


def _maps(seed, height, width):
    return np.random.default_rng(seed).random((10, height, width))


def _masks(seed, height, width):
    """Return masks: three hold the hottest pixel, four lie elsewhere, three are empty."""
    masks = np.zeros((10, height, width), bool)
    for number, heat in enumerate(_maps(seed, height, width)[:7]):
        y, x = np.unravel_index(heat.argmax(), heat.shape)
        y, x = (y, x) if number < 3 else (height - 1 - y, width - 1 - x)
        masks[number, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] = True
    return masks
