"""Checks of lesson 32: detection."""

from copy import deepcopy
from itertools import combinations

import numpy as np

from medkit.boxes import iou_matrix, non_max_suppression
from medkit.checks.answers import (
    UnansweredError,
    WrongAnswerError,
    as_array,
    call,
    check,
    close,
    same,
)
from medkit.checks.cases import same_on_cases
from medkit.checks.counts import (
    COUNTED,
    WITHOUT_SCORES,
    WRONG_THRESHOLDS,
    best_threshold,
    shortfall,
)
from medkit.checks.edges import (
    COLUMNS,
    ONE_BOX,
    PIXELS_TURNED,
    RESIZED,
    TURNED,
    WHOLE,
    WHOLE_NUMBERS,
    WRONG_CORNERS,
    WRONG_TURNS,
    to_corners,
    turn,
)
from medkit.checks.inputs import answer_to_nothing, refuse_changed_input, refuse_no_boxes
from medkit.checks.matches import MATCHED, NOTHING_TO_MATCH, WRONG_MATCHES, match
from medkit.checks.mistakes_32 import (
    BEST,
    CLASH,
    MARKS,
    NO_INDEX,
    OVERLAPS,
    PLACES,
    TABLE,
    TIES,
    WITHOUT_BEST,
    WRONG_KEPT,
    WRONG_NUMBERS,
    WRONG_OVERLAPS_TOLD,
    WRONG_TIES,
)
from medkit.checks.overlaps import (
    APART,
    OVERLAPPING,
    WITHOUT_AREA,
    WRONG_APART,
    WRONG_OVERLAPS,
    overlap,
)


def _numbers(answer, count):
    """Return an answer as so many numbers, or say that it is something else."""
    answer = as_array(answer)
    if answer.shape != (count,) or answer.dtype.kind == "U":
        raise WrongAnswerError(f"Expected {count} numbers, one for each question, in their order.")
    return answer


def _refuse(answer, wrong, tolerance):
    """Stop with the first hint of which one of the values fits the answer."""
    for hint, values in wrong.items():
        if any(close(answer, np.array(value), tolerance) for value in values):
            raise WrongAnswerError(hint)


@check
def box_overlaps(answer):
    """Put three numbers for the dots: the IoU of the touching, the nested, the one without area."""
    answer = _numbers(answer, 3)
    if not np.isfinite(answer).all():
        raise WrongAnswerError(
            "A box without area shares nothing with the other, but the other has an area: the "
            "union is not 0."
        )
    if close(answer, 100 * OVERLAPS):
        raise WrongAnswerError("Shares from 0 to 1, please, not percent.")
    _refuse(answer, WRONG_OVERLAPS_TOLD, tolerance=0.00035)
    for hint, mistakes in WRONG_NUMBERS.items():
        for number, values in zip(answer, mistakes, strict=True):
            if any(close(number, np.array(value), tolerance=0.00035) for value in values):
                raise WrongAnswerError(hint)
    for number, truth, hint in zip(answer, OVERLAPS, PLACES, strict=True):
        if not close(number, truth, tolerance=0.001):
            raise WrongAnswerError(hint)
    return "To touch is not to overlap: boxes share edges, and an edge has no area."


@check
def box_iou(function):
    """Write the function: what two boxes share, divided by what both cover; 0 if none."""
    hint = "Two boxes without area cover nothing, and nothing can be divided by 0: return 0."
    with np.errstate(divide="ignore", invalid="ignore"):  # the hint tells it, no warning is printed
        same_on_cases(function, OVERLAPPING, overlap, WRONG_OVERLAPS)
        same_on_cases(function, APART, overlap, WRONG_APART)
        answers = [answer_to_nothing(function, hint, *case) for case in WITHOUT_AREA]
    for iou in answers:
        if not np.isfinite(iou).all():
            raise WrongAnswerError(hint)
        same(iou, 0, wrong={"Two boxes without area share nothing, even if they are the same.": 1})
    return "The same as medkit.boxes.iou_matrix, which takes all pairs of two sets at once."


def _refuse_columns(function, boxes, *rest):
    """Stop if a function gives each box as a column."""
    if as_array(call(function, boxes, *rest)).shape == boxes.shape[::-1]:
        raise WrongAnswerError(COLUMNS)


@check
def boxes_for_network(function):
    """Write the function: from x, y, width, height to corners, in the resized image."""
    _refuse_columns(function, *RESIZED[0])
    same_on_cases(function, RESIZED, to_corners, WRONG_CORNERS)
    refuse_changed_input(function, *RESIZED[0])
    refuse_no_boxes(function, *RESIZED[0][1:])
    if not close(answer_to_nothing(function, WHOLE_NUMBERS, *WHOLE), to_corners(*WHOLE)):
        raise WrongAnswerError(WHOLE_NUMBERS)
    return "A box is resized as its image is, each axis by its own factor."


@check
def turned_boxes(function):
    """Write the function: where are the edges after np.rot90 turned the image?"""
    try:
        call(function, *TURNED[0])
    except WrongAnswerError as error:
        if "not enough values to unpack" in str(error) or "for axis 0" in str(error):
            raise WrongAnswerError(ONE_BOX) from error
        raise
    if close(as_array(call(function, *TURNED[0])), np.rot90(TURNED[0][0])):
        raise WrongAnswerError(PIXELS_TURNED)
    _refuse_columns(function, *TURNED[0])
    same_on_cases(function, TURNED, turn, WRONG_TURNS)
    refuse_changed_input(function, *TURNED[0])
    refuse_no_boxes(function, *TURNED[0][1:])
    return "Turned four times, the boxes are where they were: a quick test, if you swap the sizes."


@check
def surviving_boxes(answer):
    """Put the indices of the kept boxes for the dots, as a list, best first.

    The IoU of a box and the same one moved along x by 3 is 9 / 15 = 0.6, by 6 it is 6 / 18 = 1/3.

    | index | y_min | x_min | y_max | x_max | score |
    |---|---|---|---|---|---|
    | 0 | 0 | 0 | 12 | 12 | 0.5 |
    | 1 | 0 | 3 | 12 | 15 | 0.7 |
    | 2 | 0 | 15 | 12 | 27 | 0.6 |
    | 3 | 0 | 9 | 12 | 21 | 0.9 |
    | 4 | 0 | 6 | 12 | 18 | 0.8 |
    """
    indices = as_array(answer)
    kept = non_max_suppression(TABLE[:, :4], TABLE[:, 4], iou_threshold=0.5)
    if indices.ndim != 1 or indices.dtype.kind == "U":
        raise WrongAnswerError("Expected a list of indices: whole numbers from 0 to 4.")
    if close(indices, kept):
        return "A box that was dropped drops nothing, so the end of a chain can stay."
    if close(np.sort(indices), np.sort(kept)):
        raise WrongAnswerError("These are the right boxes, but the best score comes first.")
    raise WrongAnswerError(_why_not_kept(indices))


def _why_not_kept(indices):
    """Return the likely reason of indices that are not those of the kept boxes."""
    found = set(indices.tolist())
    if len(indices) == len(TABLE) and found <= {0, 1}:
        return MARKS
    for hint, sets in WRONG_KEPT.items():
        if found in sets:
            return hint
    if not found <= set(range(len(TABLE))):
        return NO_INDEX
    if BEST not in found:
        return WITHOUT_BEST
    for one, other in combinations(sorted(map(int, found)), 2):
        if iou_matrix(TABLE[[one], :4], TABLE[[other], :4])[0, 0] > 0.5:
            return CLASH.format(one, other)
    return (
        "Keep the best box, cross out what overlaps it by more than 0.5, and go on with the best "
        "of those left."
    )


@check
def tied_average_precision(answer):
    """Put two numbers for the dots: AP with the right one of the tie first, and with the wrong."""
    answer = _numbers(answer, 2)
    if close(answer, 100 * TIES, tolerance=0.01):
        raise WrongAnswerError("Shares from 0 to 1, please, not percent.")
    _refuse(answer, WRONG_TIES, tolerance=0.0006)
    if not close(answer, TIES, tolerance=0.005):
        _refuse(answer, WRONG_TIES, tolerance=0.005)  # they may be rounded to two digits
    for place, number, truth in zip(("first", "second"), answer, TIES, strict=True):
        if not close(number, truth, tolerance=0.005):
            raise WrongAnswerError(
                f"The {place} number: write precision and recall behind each of the four rows. "
                "Each step of the recall has the height of the best precision from there on."
            )
    return "One detector, two scores: fix the order of ties, or it will be chosen."


@check
def voc_matching(function):
    """Write the function: a row takes its best truth if that is free and overlaps enough."""
    try:
        call(function, *MATCHED[0])
    except UnansweredError as error:
        matched = function(*MATCHED[0])
        if matched is not ... and any(truth is None for truth in matched):
            raise WrongAnswerError("A prediction without a truth gets -1, not None.") from error
        raise
    same_on_cases(function, MATCHED, match, WRONG_MATCHES)
    for shape, hint in NOTHING_TO_MATCH.items():
        if not close(answer_to_nothing(function, hint, np.zeros(shape), 0.5), -np.ones(shape[0])):
            raise WrongAnswerError(hint)
    return (
        "Each -1 is a false positive. COCO's rule finds a truth for some of them: name the rule "
        "beside the AP."
    )


@check
def count_threshold(function):
    """Write the function: at which of the candidates is the count wrong by least, on the mean?"""
    cases = [*COUNTED, WITHOUT_SCORES]
    answers = _thresholds(function)
    if any(answer.ndim for answer in answers):
        raise WrongAnswerError("Return one threshold: of several equally good ones the largest.")

    def fits(chooser):
        pairs = zip(answers, cases, strict=True)
        return all(close(answer, np.asarray(chooser(*case))) for answer, case in pairs)

    if fits(best_threshold):
        return "Choose it on validation: on the images that chose it, its error looks too small."
    for hint, mistakes in WRONG_THRESHOLDS.items():
        if any(map(fits, mistakes)):
            raise WrongAnswerError(hint)
    for answer, case in zip(answers, cases, strict=True):
        if not close(answer, np.asarray(best_threshold(*case))):
            raise WrongAnswerError(shortfall(float(answer), *case))


def _thresholds(function):
    """Return what a learner's function answers on each case."""
    try:
        answers = [as_array(call(function, *deepcopy(case))) for case in COUNTED]
    except WrongAnswerError as error:
        if "inhomogeneous" in str(error) or "'list'" in str(error):
            raise WrongAnswerError(
                "The images have different numbers of scores, so a list holds them, no array: go "
                "through it image by image."
            ) from error
        raise
    hint = "An image without predictions has an empty array of scores: its count is 0."
    return [*answers, answer_to_nothing(function, hint, *deepcopy(WITHOUT_SCORES))]
