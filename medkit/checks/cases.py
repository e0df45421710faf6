"""Try a learner's function on several inputs, and name the mistake that explains all answers."""

import numpy as np

from medkit.checks.answers import (
    WrongAnswerError,
    as_array,
    call,
    close,
    difference,
    kind,
)


def same_on_cases(function, cases, truth, wrong, tolerance=1e-5):
    """Stop with the likely reason unless a function is right on every case.

    Args:
        function: the learner's.
        cases: list of tuples of arguments.
        truth: the right function.
        wrong: hint → the function with that mistake, or a tuple of functions; compared in this
            order.
        tolerance: float > 0, as in `same`.

    Raises:
        WrongAnswerError: with the hint of the first mistake that fits on all cases, or with what
            differs on the first case that is wrong.
    """
    answers = [as_array(call(function, *case)) for case in cases]

    def fits(other):
        pairs = zip(answers, cases, strict=True)
        return all(close(answer, np.asarray(other(*case)), tolerance) for answer, case in pairs)

    if fits(truth):
        return
    for hint, mistakes in wrong.items():
        if any(map(fits, mistakes if isinstance(mistakes, tuple) else (mistakes,))):
            raise WrongAnswerError(hint)
    for answer, case in zip(answers, cases, strict=True):
        wanted = np.asarray(truth(*case))
        if not close(answer, wanted, tolerance):
            given = ", ".join(map(_shown, case))
            raise WrongAnswerError(f"Given {given}: {difference(answer, wanted, tolerance)}")


def _shown(value):
    """Return an argument as it would be typed, or what it is if that were long."""
    if np.size(value) > 12:
        return kind(value)
    return str(value.tolist() if isinstance(value, np.ndarray) else value)
