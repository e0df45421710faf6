"""Look at a learner's division of images by patient, and name what is wrong with it."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array

POSITIONS = "positions of images, for example np.flatnonzero(np.isin(patient_ids, chosen))"


def sides(answer, ids):
    """Return train and test as positions, or say what else they are."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise WrongAnswerError("Expected two arrays: return train, test.")
    sides = [as_array(side) for side in answer]
    for side in sides:
        if side.dtype.kind == "b":
            raise WrongAnswerError(f"True and False were returned. Expected {POSITIONS}.")
        if side.ndim != 1:
            raise WrongAnswerError(
                f"Expected flat arrays. Received the shape {side.shape}. np.where answers with a "
                "tuple: take its [0], or np.flatnonzero."
            )
        if side.size == 0:
            raise WrongAnswerError("One of the two sides is empty.")
        if np.isin(side, ids).all():
            raise WrongAnswerError(f"These are patients. Expected {POSITIONS}.")
        if not np.isin(side, np.arange(len(ids))).all():
            raise WrongAnswerError(f"{side[0]} is no position. Expected {POSITIONS}.")
    return [side.astype(int) for side in sides]


def refuse_leak(train, test, ids):
    """Stop if an image is lost or doubled, or a patient on both sides."""
    if len(np.intersect1d(train, test)):
        raise WrongAnswerError("Some images are in train and in test.")
    both = np.intersect1d(ids[train], ids[test])
    if both.size:
        raise WrongAnswerError(
            f"{len(both)} patients are on both sides: you shuffled slices. Draw patients, from "
            "np.unique(patient_ids)."
        )
    if len(np.union1d(train, test)) < len(ids):
        raise WrongAnswerError(
            "Some images are on neither side: train takes all images of its patients, and so does "
            "test."
        )
    if len(train) + len(test) > len(ids):
        raise WrongAnswerError("Some images occur twice on their side.")


def refuse_share(tests, ids, share):
    """Stop unless the test side of every draw has its share of the patients, give or take one."""
    patients = len(np.unique(ids))
    drawn = np.array([len(np.unique(ids[list(test)])) for test in tests])
    images = np.array([len(test) for test in tests])
    wanted = share * patients
    if (abs(drawn - wanted) <= 1).all():
        return
    if abs(patients - drawn.mean() - wanted) <= 1:
        raise WrongAnswerError("Train and test are swapped: test gets the share.")
    if (abs(images - share * len(ids)) <= 9).all():  # a patient has at most 9
        raise WrongAnswerError(
            "This is the share of the images; patients have different numbers of them. Take the "
            "share of the patients."
        )
    if drawn.min() == drawn.max():
        raise WrongAnswerError(
            f"Test has {drawn[0]} of {patients} patients, where the share is {share:g}."
        )
    twice = drawn.max() <= wanted + 1  # never too many, often too few
    _refuse_wavering(f"test has {drawn.min()} to {drawn.max()} of {patients} patients", twice)


def _refuse_wavering(found, twice):
    """Stop with the reason why one draw gives more patients than another."""
    if twice:
        raise WrongAnswerError(
            f"Some patients are drawn twice: {found}, from draw to draw. rng.permutation, or "
            "rng.choice with replace=False, draws each once."
        )
    raise WrongAnswerError(
        f"A coin for each patient keeps the share only on average: {found}, from draw to draw. "
        "Draw a fixed number, for example the first of rng.permutation(patients)."
    )
