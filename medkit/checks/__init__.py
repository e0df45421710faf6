"""Feedback on exercises, and claims of the text that must hold on every machine.

A lesson's checks are in `lesson_<number>.py` beside this file and are called as `checks.<name>`;
what they are written with is in `answers.py`. A lesson with many typical mistakes keeps them in
`mistakes_<number>.py`.
"""

import difflib
import functools
import importlib
import math
import pkgutil

import numpy as np

from medkit.checks.answers import Feedback, described, message_of

__all__ = ["Feedback", "expect", "expect_error"]


def expect(claim, value, low=-math.inf, high=math.inf):
    """Print that a claim of the text holds, or stop when its number left the band.

    The number itself is not printed: it may differ a little from machine to machine.

    Args:
        claim: what the text says, for example "the network beats always guessing benign".
        value: the number that shows it, a scalar.
        low: the lower end of the band, included; it may be left out if `high` is given.
        high: the upper end of the band, included; it may be left out if `low` is given.

    Raises:
        AssertionError: the value is outside the band or not a number.
        ValueError: the band holds every number or none.

    Example:
        >>> expect("the blur removes most of the noise", 0.21, high=0.5)
        As claimed: the blur removes most of the noise.
    """
    if not low <= high or (low == -math.inf and high == math.inf):
        raise ValueError(
            f"Expected a band that some numbers leave. Received low={low}, high={high}. Give the "
            "lower end first, and at least one of the two."
        )
    number = float(np.asarray(value, float).item())
    if not low <= number <= high:
        raise AssertionError(
            f"Expected that {claim.rstrip('.')}: a value from {low} to {high}. "
            f"Received {number:.6g}. Run all cells again from the top, in order; if this stays, "
            "the text above is not true here (another version, device or data): mend the lesson."
        )
    print(f"As claimed: {claim.rstrip('.')}.")


def expect_error(function, error_type, words):
    """Print how a deliberate mistake stops, or fail when it does not stop in this way.

    Args:
        function: called without arguments; most often a lambda.
        error_type: the exception's type, or a tuple of types.
        words: text that its message must hold.

    Raises:
        AssertionError: nothing stopped, or something else did.

    Example:
        >>> expect_error(lambda: np.zeros(3) @ np.zeros(4), ValueError, "mismatch")
        As expected, it stops: ValueError: matmul: Input operand 1 has a mismatch in its core \
dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size 4 is different from 3)
    """
    try:
        function()
    except Exception as error:
        if isinstance(error, error_type) and words in message_of(error):
            print(f"As expected, it stops: {described(error)}")
            return
        raise AssertionError(
            f"Expected {named(error_type)} with the words {words!r}. Received {described(error)}. "
            "The library may have changed its message, or a cell above was not run."
        ) from error
    raise AssertionError(
        f"Expected {named(error_type)} with the words {words!r}. Received no error. If you changed "
        "nothing, the library now allows it: look whether the text above still holds."
    )


def named(error_type):
    """Return the name of an exception type, or the names of several."""
    types = error_type if isinstance(error_type, tuple) else (error_type,)
    return " or ".join(one.__name__ for one in types)


@functools.cache
def lesson_checks():
    """Return name → check, for every check of every lesson in this folder."""
    found = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        if module.name.rpartition(".")[2].startswith("lesson_"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if getattr(value, "__module__", "") == module.name and not name.startswith("_"):
                    if name in found:
                        raise ImportError(f"Two lessons have a check {name!r}. Rename one.")
                    found[name] = value
    return found


def __getattr__(name):
    if name.startswith("_"):  # asked by IPython and doctest, never by a learner
        raise AttributeError(name)
    if name in lesson_checks():
        return lesson_checks()[name]
    near = difflib.get_close_matches(name, lesson_checks(), 1)
    remedy = f"Did you mean {near[0]!r}?" if near else "dir(checks) lists them all."
    raise AttributeError(f"Expected the name of a check. Received {name!r}. {remedy}")


def __dir__():
    return sorted([*__all__, *lesson_checks()])
