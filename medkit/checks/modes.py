"""Judge a count of the modes that a generator makes, and name its mistake."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call
from medkit.checks.cases import same_on_cases
from medkit.checks.pairs import pairs, refuse_no_pair


def _labels(*counts):
    """Return labels of which mode k has counts[k], in a mixed order."""
    labels = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(len(labels)).permutation(labels)


FULL = [(_labels(90, 50, 36, 24), 4), (_labels(8, 12, 20, 4, 6), 5)]  # no share near 1 percent
CASES = [  # the last mode is missing, one in the middle, both; a share is exactly 1 percent
    (_labels(90, 50, 59, 1), 5),
    (_labels(2, 0, 60, 37, 1).astype(np.int32), 5),
    (_labels(117, 0, 2, 80, 1), 9),
    (_labels(30), 9),
]


def _shares(labels, modes):
    """Return the share of each mode, missing ones included."""
    return np.bincount(labels, minlength=modes) / len(labels)


def _some(labels, modes):
    """Return the shares above 0."""
    shares = _shares(labels, modes)
    return shares[shares > 0]


def _covered(labels, modes):
    return np.sum(_shares(labels, modes) >= 0.01)


def _divergence(labels, modes):
    some = _some(labels, modes)
    return np.sum(some * np.log(some * modes))


def _both(labels, modes):
    return _covered(labels, modes), _divergence(labels, modes)


def _from_uniform(labels, modes):
    """Return the divergence the other way, of the modes that are there."""
    return -np.sum(np.log(_some(labels, modes) * modes)) / modes


WRONG_COVERED = pairs(
    {
        "": _covered,
        "You count each mode that appears at all. One image may be an accident: a mode counts from "
        "one percent of the labels on.": lambda y, k: len(_some(y, k)),
        "Exactly one percent is enough: at least, >=, not more than.": (
            lambda y, k: np.sum(_shares(y, k) > 0.01)
        ),
        "One percent is 0.01; your limit is higher.": tuple(
            lambda y, k, least=least: np.sum(_shares(y, k) >= least) for least in (0.1, 0.05, 1)
        ),
        "You count the modes that are missing; count those that are there.": (
            lambda y, k: k - _covered(y, k),
            lambda y, k: k - len(_some(y, k)),
        ),
        "The first of the pair is a number of modes; you divided it by how many there are.": (
            lambda y, k: _covered(y, k) / k
        ),
        "You counted the labels; count the modes.": (
            lambda y, k: len(y),
            lambda y, k: np.sum(_shares(y, k)[y] >= 0.01),
        ),
        "These are all modes; which of them have one percent of the labels?": lambda y, k: k,
    },
    {
        "": _divergence,
        "The logarithm is the natural one, np.log; you took the one to base 2.": (
            lambda y, k: _divergence(y, k) / np.log(2)
        ),
        "The logarithm is the natural one, np.log; you took the one to base 10.": (
            lambda y, k: _divergence(y, k) / np.log(10)
        ),
        "A mode that is missing makes the shares less even: multiply by all modes there are, "
        "`modes`, not only by those found among the labels.": (
            lambda y, k: np.sum(_some(y, k) * np.log(_some(y, k) * len(_some(y, k)))),
            lambda y, k: np.sum(_some(y, k) * np.log(_some(y, k) * (y.max() + 1))),
            lambda y, k: np.sum(_some(y, k) * np.log(_some(y, k) * _covered(y, k))),
        ),
        "The sign is turned: a divergence is never below 0.": lambda y, k: -_divergence(y, k),
        "This is the divergence of the uniform distribution from the shares, the other direction: "
        "the share stands in front of the logarithm.": (
            _from_uniform,
            lambda y, k: _from_uniform(y, k) * k / len(_some(y, k)),
        ),
        "This is the entropy. How far is it from that of the uniform one? Multiply by modes "
        "inside the logarithm.": (
            lambda y, k: -np.sum(_some(y, k) * np.log(_some(y, k))),
            lambda y, k: np.sum(_some(y, k) * np.log(_some(y, k))),
        ),
        "Each logarithm is weighed with its share; you only added the logarithms.": (
            lambda y, k: np.sum(np.log(_some(y, k) * k))
        ),
        "This is the mean over the modes; take the sum.": (
            lambda y, k: _divergence(y, k) / k,
            lambda y, k: _divergence(y, k) / len(_some(y, k)),
        ),
        "The uniform share is 1 / modes, so the share is multiplied by modes; you divided.": (
            lambda y, k: np.sum(_some(y, k) * np.log(_some(y, k) / k))
        ),
        "These are counts; a share is a count divided by the number of labels.": (
            lambda y, k: np.sum(len(y) * _some(y, k) * np.log(len(y) * _some(y, k) * k)),
            lambda y, k: len(y) * _divergence(y, k),
        ),
        "The one percent is for the count alone; the divergence takes each share above 0.": (
            lambda y, k: np.sum([s * np.log(s * k) for s in _some(y, k) if s >= 0.01])
        ),
    },
)


WRONG_COVERED["The pair is turned round: first the number of modes, then the divergence."] = (
    lambda y, k: _both(y, k)[::-1]
)


def refuse_modes(function):
    """Stop with the likely reason unless a function returns (modes covered, divergence).

    Args:
        function: the learner's, of labels (n,) and the number of modes.

    Raises:
        WrongAnswerError: with the hint of the mistake.
    """
    refuse_no_pair(function, *CASES[0])
    first = as_array(call(function, *CASES[0]))
    if first.shape == (2,) and first.dtype.kind == "f" and not np.isfinite(first[1]):
        _refuse_infinite(first[1])
    same_on_cases(function, CASES + FULL, _both, WRONG_COVERED)


def _refuse_infinite(divergence):
    """Stop with what makes a divergence infinite, or no number, where a mode is missing."""
    if divergence == np.inf:
        raise WrongAnswerError(
            "Infinity: the uniform share stands in front of the logarithm of a share of 0. This "
            "is the other direction; weigh each logarithm with its share."
        )
    raise WrongAnswerError(
        "A mode is missing, and the logarithm of 0 is −infinity: 0 · log 0 is no number. Sum "
        "over the modes with a share above 0."
    )
