"""What checks are written with: feedback, comparing answers, running a learner's function."""

import functools
import math
import re
from dataclasses import dataclass

import numpy as np

WORDS = {"not attempted": "Not attempted yet.", "right": "Right.", "wrong": "Not yet."}


@dataclass(frozen=True, repr=False)
class Feedback:
    """What a check answers: a state and a sentence for the learner.

    Args:
        state: "not attempted", "right" or "wrong".
        message: what to do first, what was learned, or the likely reason.

    Example:
        >>> Feedback("wrong", "The kernel is flipped.")
        Not yet. The kernel is flipped.
    """

    state: str
    message: str = ""

    def __repr__(self):
        return f"{WORDS[self.state]} {self.message}".strip()


class UnansweredError(Exception):
    """Raised inside a check: the learner has not answered."""


class WrongAnswerError(Exception):
    """Raised inside a check: the answer is wrong, and the text is the likely reason."""


def check(function):
    """Turn a function of one answer into a check that returns Feedback and never a traceback.

    The function returns the sentence that follows "Right." It raises `WrongAnswerError` with a
    hint, most often through `call` and `same`. Its docstring's first line is the task.

    Example:
        >>> @check
        ... def twice_two(answer):
        ...     '''Replace the dots by 2 × 2.'''
        ...     same(answer, 4, wrong={"Multiply, do not divide.": 1})
        ...     return "Two and two."
        >>> twice_two(...)
        Not attempted yet. Replace the dots by 2 × 2.
        >>> twice_two(1)
        Not yet. Multiply, do not divide.
    """

    @functools.wraps(function)
    def checked(*answers):
        try:
            if any(unanswered(answer) for answer in answers):
                raise UnansweredError
            return Feedback("right", function(*answers) or "")
        except UnansweredError:
            return Feedback("not attempted", (function.__doc__ or "").split("\n")[0])
        except WrongAnswerError as hint:
            return Feedback("wrong", str(hint))
        except Exception as error:  # an answer that no check foresaw must not end in a traceback
            return Feedback("wrong", f"The answer could not be checked: {described(error)}")

    return checked


def unanswered(answer):
    """Return whether an answer, or any part of a tuple or list of answers, was left open.

    Example:
        >>> unanswered(...), unanswered((3, None)), unanswered(0)
        (True, True, False)
    """
    if isinstance(answer, tuple | list):
        return len(answer) > 0 and any(unanswered(part) for part in answer)
    return answer is None or answer is ...


def copies(arguments):
    """Return the arguments, arrays as copies: what a learner changes is nobody else's."""
    return [np.copy(value) if isinstance(value, np.ndarray) else value for value in arguments]


def call(function, *arguments, **options):
    """Return what a learner's function answers; whatever goes wrong in it becomes a hint.

    Args:
        function: the learner's.
        *arguments: what it is given; arrays are handed over as copies.
        **options: what it is given by name.

    Raises:
        UnansweredError: it returned `...`, as one does that was left open.
        WrongAnswerError: it is no function, it stopped with an error, or it returned nothing.
    """
    if not callable(function):
        raise WrongAnswerError(
            f"Expected your function. Received {kind(function)}. Give the check its name, "
            "without brackets behind it."
        )
    try:
        result = function(*copies(arguments), **options)
    except Exception as error:
        if "truth value of an array" in str(error):
            raise WrongAnswerError(
                "Your function is given whole arrays, and `if` asks for a single yes or no. "
                "np.clip, np.where, np.minimum and np.maximum work on all elements at once."
            ) from error
        raise WrongAnswerError(
            f"Your function stopped with {described(error).rstrip('.')}. It was given "
            f"{', '.join(_short(value) for value in arguments) or 'nothing'}."
        ) from error
    if result is None:
        raise WrongAnswerError(
            "Your function returns nothing, that is None. Write `return` before its result."
        )
    if unanswered(result):
        raise UnansweredError
    return result


def same(answer, truth, tolerance=1e-5, wrong=None, typed=True):
    """Stop with the likely reason unless the answer is the truth within a tolerance.

    |answer - truth| ≤ tolerance * max(1, largest |truth|), in every element

    Args:
        answer: what the learner has: number, list, array or tensor.
        truth: number or array.
        tolerance: float > 0.
        wrong: hint → the value which that mistake gives; compared in this order.
        typed: whether the learner typed the numbers, perhaps with decimal commas.

    Raises:
        WrongAnswerError: with the hint of the first mistake that fits, or with what differs.
    """
    answer, truth = as_array(answer), np.asarray(truth)
    if close(answer, truth, tolerance):
        return
    for hint, value in (wrong or {}).items():
        if close(answer, np.asarray(value), tolerance):
            raise WrongAnswerError(hint)
    decimals = typed and truth.ndim < 2 and truth.dtype.kind == "f" and np.any(truth % 1)
    if decimals and (hint := comma_hint(answer, truth.size)):
        raise WrongAnswerError(hint)
    raise WrongAnswerError(difference(answer, truth, tolerance))


def close(answer, truth, tolerance=1e-5):
    """Return whether two arrays have one shape and agree within a tolerance, as `same` says.

    Example:
        >>> close(np.ones(3), np.ones(3) + 1e-7), close(np.ones(3), np.ones((3, 1)))
        (True, False)
    """
    if answer.shape != truth.shape:
        return False
    if answer.dtype.kind not in "biuf" or truth.dtype.kind not in "biuf":
        return bool(np.all(answer == truth))
    allowed = tolerance * max(1.0, float(np.max(np.abs(truth.astype(float)), initial=0)))
    return bool(np.all(np.abs(answer.astype(float) - truth.astype(float)) <= allowed))


def as_array(answer):
    """Return a number, list, array or tensor as an array of numbers or words.

    Raises:
        WrongAnswerError: it is none of these.
    """
    try:
        array = np.asarray(answer)  # a tensor brings its own way to become an array
    except (ValueError, TypeError, RuntimeError) as error:
        raise WrongAnswerError(f"Your answer is not an array: {described(error)}") from error
    if array.dtype.kind not in "biufU":
        raise WrongAnswerError(
            f"Expected numbers. Received {kind(answer)}. Return the result itself."
        )
    return array


def difference(answer, truth, tolerance=1e-5):
    """Return in words how an answer that is not close differs from the truth."""
    if answer.shape != truth.shape:
        return f"Expected the shape {truth.shape}. Received {answer.shape}. " + shape_hint(
            answer.shape, truth.shape
        )
    if answer.dtype.kind == "U" or truth.dtype.kind == "U":
        wanted = "words" if truth.dtype.kind == "U" else "a number, not words"
        return f"Expected {wanted}. Received {answer.tolist()!r}."
    if not np.isfinite(answer).all():
        return "The answer holds NaN or infinity: look for a division by zero or a log of zero."
    if answer.ndim == 2 and close(answer, truth.T, tolerance):
        return "The values are right, rows and columns are swapped."
    gap = answer.astype(float) - truth.astype(float)
    place = np.unravel_index(np.abs(gap).argmax(), gap.shape)
    side = "too small" if gap[place] < 0 else "too large"
    if gap.ndim == 0:
        return f"Your answer is {answer.item():.6g}, which is {side}."
    where = ", ".join(str(i) for i in place)
    return (
        "The shape is right, the values are not. The largest difference is at "
        f"[{where}]: yours is {answer[place]:.6g}, which is {side}."
    )


def comma_hint(answer, count):
    """Return what to say where so many numbers may have been written with decimal commas, or "".

    Example:
        >>> comma_hint(np.array((0, 73)), 1)
        'Expected 1 number. Received 2. If you meant 0.73: Python writes decimals with a point.'
        >>> comma_hint(np.array((0.73, 1)), 1)
        ''
    """
    pairs = answer.dtype.kind in "iu" and answer.shape == (2 * count,) and count > 0
    if not pairs or answer[1::2].min() < 0:
        return ""
    meant = ", ".join(f"{whole}.{rest}" for whole, rest in answer.reshape(-1, 2))
    return (
        f"Expected {count} number{'s' * (count > 1)}. Received {2 * count}. If you meant {meant}: "
        "Python writes decimals with a point."
    )


def shape_hint(shape, truth):
    """Return the likely reason why an array has another shape than the truth.

    Example:
        >>> shape_hint((5,), (4,))
        'Look at the first and the last position: is one too many or missing?'
    """
    if shape == truth[::-1]:
        return "Are height and width swapped? An array is [row, column], that is [y, x]."
    if math.prod(shape) == math.prod(truth):
        return "The number of elements is right: an axis is missing, extra or moved."
    if len(shape) != len(truth):
        return "Did you sum over too many axes, or too few?"
    return "Look at the first and the last position: is one too many or missing?"


def kind(value):
    """Return what a value is, in a few words.

    Example:
        >>> kind(np.zeros((2, 3))), kind("text")
        ('an array of shape (2, 3)', 'str')
    """
    shape = getattr(value, "shape", None)
    return type(value).__name__ if shape is None else f"an array of shape {tuple(shape)}"


def _short(value):
    """Return a number as it is, and what any other value is."""
    return repr(value) if isinstance(value, int | float) else kind(value)


def described(error):
    """Return the type and the first line of an error, at most 300 characters of it."""
    first = message_of(error).split("\n")[0]
    first = first if len(first) <= 300 else first[:299] + "…"
    return f"{type(error).__name__}: {first}".rstrip(": ")


def message_of(error):
    """Return the text of an error without colours and memory addresses."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    return re.sub(r"( at )?0x[0-9a-fA-F]{6,}", "", text)
