"""Exercises whose function returns two numbers: mistakes in either of them, and in both."""

import functools
import itertools

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, unanswered


def pairs(firsts, seconds):
    """Return joined hints → pairs of functions' answers, for each first with each second.

    Both are hint → function, or a tuple of functions; the right one has the hint "".
    """
    made = {}
    for (hint, ones), (other, twos) in itertools.product(firsts.items(), seconds.items()):
        functions = itertools.product(*(f if isinstance(f, tuple) else (f,) for f in (ones, twos)))
        both = tuple(lambda x, y, a=a, b=b: (a(x, y), b(x, y)) for a, b in functions)
        joined = " ".join(dict.fromkeys(filter(None, (hint, other))))
        made[joined] = made.get(joined, ()) + both
    return made


def returning_arrays(function):
    """Return the function, with each of the two that it returns made an array, as tensors can."""

    @functools.wraps(function)
    def pair(*arguments):
        result = function(*arguments)
        if isinstance(result, tuple | list):
            return [part if unanswered(part) else np.asarray(part) for part in result]
        return result

    return pair if callable(function) else function


def refuse_no_pair(function, *arguments):
    """Stop unless a function returns two numbers."""
    shape = as_array(call(function, *arguments)).shape
    if np.prod(shape) == 1:
        raise WrongAnswerError("One number is there; return both, as a pair with a comma.")
    if shape[:1] == (2,) and len(shape) > 1:
        raise WrongAnswerError("Each of the two is one number for the whole batch, no array.")
