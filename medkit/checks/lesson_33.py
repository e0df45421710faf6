"""Checks of lesson 33: segmentation."""

import numpy as np

from medkit.checks import dice
from medkit.checks.answers import (
    UnansweredError,
    WrongAnswerError,
    as_array,
    call,
    check,
    close,
    difference,
    unanswered,
)
from medkit.checks.calibration import ERROR, MODEST, WRONG_CALIBRATIONS, WRONG_GROUPS
from medkit.checks.cases import same_on_cases
from medkit.checks.inputs import answer_to_nothing
from medkit.checks.mistakes_33 import (
    AVERAGE_PRECISION,
    CAUSE_STEMS,
    CAUSES,
    COUNTS,
    LONG,
    OVERLAP,
    POINTS,
    SHORT,
    WRONG_COUNTS,
    WRONG_DISTANCES,
    WRONG_NUMBERS,
    WRONG_OVERLAPS,
    WRONG_PRECISIONS,
    WRONG_TILES,
    farthest,
    tiles,
)
from medkit.checks.numbers import refuse_each, refuse_fitting, several
from medkit.checks.unpooling import OBLONG, SQUARE, TIED, WRONG_PLACES, WRONG_TIES, unpool


@check
def overlap_by_hand(answer):
    """Put two numbers for the dots: the IoU of the two masks, and their Dice."""
    answer = several(answer, 2)
    refuse_fitting(answer, WRONG_OVERLAPS, tolerance=0.006)
    refuse_each(answer, OVERLAP, WRONG_NUMBERS, tolerance=0.006)  # two decimals will do
    return "The same two masks: Dice is the larger number, always, but for 0 and 1."


def _refuse_changed(function, *arrays):
    """Stop if a function, right on these arrays, changes them."""
    given = [array.copy() for array in arrays]
    function(*given)
    if not all(map(close, given, arrays)):
        raise WrongAnswerError(
            "The result is right, but an array that was given is changed, and who uses it again "
            "has another one. Make a new array."
        )


@check
def unpooled(function):
    """Write the function: put each value where its 2 × 2 block of the image is largest."""
    same_on_cases(function, SQUARE, unpool, WRONG_PLACES)
    same_on_cases(function, OBLONG, unpool, WRONG_PLACES)
    same_on_cases(function, TIED, unpool, WRONG_TIES)
    _refuse_changed(function, *OBLONG[0])
    return "No weights, and yet sharp: the places come from the encoder, as in SegNet."


@check
def dice_loss(function):
    """Write the function: 1 − (2 · Σ(t·s) + 1) / (Σt + Σs + 1) of each image, then the mean."""
    hint = "Without a mask and without a score nothing is wrong: with + 1 above and below, it is 0."
    with np.errstate(divide="ignore", invalid="ignore"):  # the hint tells it, no warning is printed
        same_on_cases(function, dice.CASES, dice.loss, dice.WRONG_LOSSES)
        if not close(answer_to_nothing(function, hint, *dice.NOTHING), np.array(0.0)):
            raise WrongAnswerError(hint)
    return "Background that is scored 0 adds nothing to any of the sums, however large it is."


def _cause(word):
    """Return which of the four a learner's word is."""
    found = {cause for stem, cause in CAUSE_STEMS.items() if stem in str(word).lower()}
    if len(found) != 1:
        raise WrongAnswerError(
            f"{word!r} is none of the four. They are: {', '.join(CAUSE_STEMS.values())}."
        )
    return found.pop()


def _causes(answer):
    """Return log → cause, as a learner's dictionary says, or say what else it is."""
    if not isinstance(answer, dict):
        raise WrongAnswerError(
            'Expected a dictionary, in braces, with a word for each log: {"A": …, "B": …, …}.'
        )
    said = {str(key).strip().upper(): word for key, word in answer.items()}
    if set(said) != set(CAUSES):
        raise WrongAnswerError(
            f"The keys are the logs {', '.join(CAUSES)}, each once. Received "
            f"{', '.join(map(str, answer)) or 'none'}."
        )
    if any(map(unanswered, said.values())):
        raise UnansweredError
    return {log: _cause(said[log]) for log in CAUSES}


@check
def grey_masks(answer):
    """Put a word for each of the dots: what went wrong in the logs A, B, C and D?"""
    said = _causes(answer)
    words = list(said.values())
    for word in words:
        if words.count(word) > 1:
            logs = " and ".join(log for log in said if said[log] == word)
            raise WrongAnswerError(f'"{word}" stands at {logs}: each word fits only once.')
    hints = [why[said[log]] for log, (right, why) in CAUSES.items() if said[log] != right]
    if hints:
        raise WrongAnswerError(" ".join(hints))
    return "Look at the smallest and the largest score before you change the network."


def _refuse_many(function, hint, *case):
    """Stop unless a function returns one number."""
    if as_array(call(function, *case)).ndim:
        raise WrongAnswerError(hint)


@check
def tiles_needed(function):
    """Write the function: how many overlapping tiles in a row cover so many pixels?"""
    _refuse_many(function, "Return how many tiles there are, not where they begin.", *LONG[0])
    same_on_cases(function, LONG, tiles, WRONG_TILES)
    for case in SHORT:
        count = as_array(call(function, *case))
        if not close(count, np.array(1)):
            given = "length={}, tile={}, overlap={}".format(*case)
            raise WrongAnswerError(
                f"Given {given}: an image no longer than a tile needs one tile. "
                f"{difference(count, np.array(1))}"
            )
    return "An image needs as many in its rows times as many in its columns: overlap is paid twice."


@check
def instances_by_hand(answer):
    """Put four numbers for the dots: TP, FP, FN and the average precision."""
    answer = several(answer, 4)
    truth = np.append(COUNTS, AVERAGE_PRECISION)
    if close(answer, truth, tolerance=0.002):  # of 3: two decimals will do
        return "A mask can be right in most pixels and still merge two nuclei: objects show it."
    refuse_fitting(answer[:3], WRONG_COUNTS, tolerance=1e-6)
    if close(np.sort(answer), np.sort(truth), tolerance=0.002):
        raise WrongAnswerError("The right numbers, in another order: TP, FP, FN, then AP.")
    _refuse_counts(*answer[:3])
    refuse_fitting(answer[3], WRONG_PRECISIONS, tolerance=0.006)
    raise WrongAnswerError(
        "The counts are right. AP is the share of the hits among all that was found or missed, "
        "each hit counted once."
    )


def _refuse_counts(tp, fp, fn):
    """Stop unless the counts are right, or would be another's of so many objects and nuclei."""
    if not close(tp + fp, np.array(5.0)):
        raise WrongAnswerError("Each of the five found objects is either a TP or an FP.")
    if not close(tp + fn, np.array(6.0)):
        raise WrongAnswerError("Each of the six nuclei is either a TP or an FN.")
    if not close(tp, np.array(float(COUNTS[0]))):
        raise WrongAnswerError("How many found objects have an IoU above 0.5 with a nucleus?")


@check
def calibration_by_hand(answer):
    """Put two numbers for the dots: the expected calibration error, and who is too modest."""
    answer = several(answer, 2)
    truth = {"The error": ERROR, "Too modest": MODEST}
    refuse_each(answer, truth, [WRONG_CALIBRATIONS, WRONG_GROUPS], tolerance=0.004)
    return "Honest in the mean is not honest: gaps to both sides must not make up for each other."


@check
def hausdorff(function):
    """Write the function: how far is the worst point of either set from the other set?"""
    _refuse_many(function, "Return one number: of all these distances the largest.", *POINTS[0])
    same_on_cases(function, POINTS, farthest, WRONG_DISTANCES)
    return "One stray pixel decides it: that is why HD95 leaves out the worst 5 percent."
