"""Checks of lesson 31: classification, and how good it really is."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, check, close, same
from medkit.checks.cases import same_on_cases
from medkit.checks.mistakes_31 import (
    WRONG_AREAS,
    WRONG_HITS,
    WRONG_MEASURES,
    WRONG_PARAMETERS,
    WRONG_THRESHOLDS,
    WRONG_VALUES,
    dense,
    pointed,
    threshold,
)
from medkit.checks.sides import refuse_leak, refuse_share, sides
from medkit.metrics import confusion_matrix, roc_auc

Y_TRUE = np.array([1, 0, 1, 1, 0, 0, 0, 1, 0, 0])
Y_SCORE = np.array([0.9, 0.4, 0.6, 0.3, 0.2, 0.1, 0.5, 0.8, 0.2, 0.5])


@check
def dense_parameters(answer):
    """Put one number for the dots: follow the size through three convolutions and poolings."""
    answer = as_array(answer)
    for hint, numbers in WRONG_PARAMETERS.items():
        if any(close(answer, np.array(number), tolerance=1e-8) for number in numbers):
            raise WrongAnswerError(hint)
    if close(answer, np.array(62.98), tolerance=0.01):
        raise WrongAnswerError("Put the number itself, not millions.")
    same(answer, dense(62)[0], tolerance=1e-8)
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
    answer, truth = as_array(answer), np.array([1 / 3, 1 / 2, 0.4])
    if close(answer, 100 * truth, tolerance=0.01):
        raise WrongAnswerError("Shares from 0 to 1, please, not percent.")
    for hint, triples in WRONG_MEASURES.items():
        if any(close(answer, np.array(triple), tolerance=0.005) for triple in triples):
            raise WrongAnswerError(hint)
    same(answer, truth, tolerance=0.005)
    return "85 % accuracy, yet half of the findings are missed."


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


@check
def predictive_value(function):
    """Write the function: of all that are called positive, how many have the finding?"""
    cases = [(0.9, 0.8, 0.01), (0.7, 0.95, 0.3), (0.6, 0.75, 0.5)]
    same_on_cases(
        function, cases, lambda se, sp, p: se * p / (se * p + (1 - sp) * (1 - p)), WRONG_VALUES
    )
    return "The rarer the finding, the more of the alarms are false."


@check
def threshold_for(function):
    """Write the function: the largest score at which sensitivity is at least what is wanted."""
    rng = np.random.default_rng(3)
    y_true = rng.permutation(np.repeat([1, 0], (8, 12)))
    y_score = rng.normal(0.4, 0.2, 20) + 0.2 * y_true  # not rounded: no grid holds them
    cases = [(y_true, y_score, wanted) for wanted in (0.75, 0.6, 0.5, 0.4)]
    for case in cases:
        if np.abs(y_score - as_array(call(function, *case)).astype(float)).min() > 1e-5:
            raise WrongAnswerError(
                "Your threshold is none of the scores, and only at a score does anything change: "
                "take the largest score that reaches what is wanted."
            )
    same_on_cases(function, cases, threshold, WRONG_THRESHOLDS)
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


@check
def pointing_game(function):
    """Write the function: find each map's hottest pixel; is it in the mask?"""
    square = [_pointing(12, 12, "hhhfcctoo--"), _pointing(12, 12, "-hfcttohoc")]
    same_on_cases(function, square, pointed, WRONG_HITS)
    heat, masks = _pointing(6, 15, "hhhfctoo-")
    same(call(function, heat, masks), pointed(heat, masks), typed=False)
    labels = masks * np.arange(1, 10)[:, None, None]
    if not close(as_array(call(function, heat, labels)), pointed(heat, masks)):
        raise WrongAnswerError("Masks may hold 2, 3 and more: ask whether the value is above 0.")
    return "One pixel an image: generous to blurred maps, strict to those that look elsewhere."


def _pointing(height, width, kinds):
    """Return heatmaps and masks, one for each letter.

    h: the mask lies around the hottest pixel, f: it begins there, c: it lies around the coldest,
    t: where row and column are swapped, o: elsewhere, -: no mask.
    """
    heat = np.random.default_rng(len(kinds)).random((len(kinds), height, width))
    masks = np.zeros(heat.shape, bool)
    for kind, values, mask in zip(kinds, heat, masks, strict=True):
        y, x = np.unravel_index(values.argmin() if kind == "c" else values.argmax(), mask.shape)
        if kind in "to":
            y, x = (x % height, y) if kind == "t" else (height - 1 - y, width - 1 - x)
        if kind != "-":
            mask[max(y - (kind != "f"), 0) : y + 2, max(x - (kind != "f"), 0) : x + 2] = True
    return heat, masks
