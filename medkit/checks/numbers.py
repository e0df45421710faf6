"""Judge exercises whose answer is several numbers: mistakes in all of them, and in one."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, close, comma_hint, difference


def several(answer, count):
    """Return an answer as so many numbers.

    Args:
        answer: the learner's.
        count: how many numbers are asked for.

    Raises:
        WrongAnswerError: it is something else.
    """
    answer = as_array(answer)
    if hint := comma_hint(answer, count):
        raise WrongAnswerError(hint)
    if answer.shape != (count,) or answer.dtype.kind == "U":
        raise WrongAnswerError(f"Expected {count} numbers, one for each question, in their order.")
    if not np.isfinite(answer).all():
        raise WrongAnswerError(f"Expected {count} numbers. NaN and infinity are none.")
    return answer


def refuse_fitting(answer, wrong, tolerance):
    """Stop with the first hint of which one of the values fits the answer.

    Args:
        answer: array.
        wrong: hint → list of values, each of the answer's shape.
        tolerance: float > 0, as in `same`.
    """
    for hint, values in wrong.items():
        if any(close(answer, np.asarray(value), tolerance) for value in values):
            raise WrongAnswerError(hint)


def refuse_each(answer, truth, wrong, tolerance):
    """Stop with a hint for each number that is wrong.

    Args:
        answer: array (n,).
        truth: name of a number → the number, n of them.
        wrong: for each of them, hint → list of the values that it fits.
        tolerance: float > 0, as in `same`.
    """
    hints = []
    for number, (name, right), mistakes in zip(answer, truth.items(), wrong, strict=True):
        right = np.array(right)
        if close(number, right, tolerance):
            continue
        hint = difference(number, right)
        try:
            refuse_fitting(number, mistakes, tolerance)
        except WrongAnswerError as error:
            hint = str(error)
        hints.append(f"{name}: {hint}")
    if hints:
        raise WrongAnswerError(" ".join(hints))
