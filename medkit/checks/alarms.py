"""Judge the threshold of an alarm by the alarms it raises, and name what is wrong with it."""

import math
from statistics import NormalDist

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, close


def _mixed(n, shift=0.0):
    """Return n different scores in a mixed order; most are small, a few are large."""
    return np.random.default_rng(n).permutation(np.geomspace(5, 50, n) - shift).round(1)


UNEVEN = (_mixed(13), 0.3)  # 3.9 alarms are allowed, that is 3
TIED = (np.array([3.0, 8, 5, 8, 2, 8, 4, 9, 6, 1]), 0.2)  # 8 raises one alarm, less than 8 four
CASES = [(_mixed(10), 0.1), (_mixed(25), 0.2), (_mixed(40, shift=40), 0.05), UNEVEN, TIED]
NO_ALARM = (_mixed(12), 0.0)  # asked last: a place that is wrong often lies outside here


def allowed(scores, share):
    """Return how many of the scores may lie above the threshold."""
    return math.floor(share * len(scores) + 1e-9)  # a product such as 0.29 · 100 is below 29


def lowest(scores, share):
    """Return the lowest threshold: the largest score that is to raise no alarm."""
    return np.sort(scores)[-1 - allowed(scores, share)]


def _at(place):
    """Return a function that takes the score at place(share, n), and forgets to sort."""
    return lambda s, p: s[place(p, len(s))]


def _sorted_at(place):
    """Return a function that takes the score at place(share, n) of the sorted scores."""
    return lambda s, p: _at(place)(np.sort(s), p)


def _bells(spreads):
    """Return functions that go so many spreads above the mean, with n and with n − 1 below."""
    return tuple(lambda s, p, d=d: s.mean() + spreads(p) * s.std(ddof=d) for d in (0, 1))


WRONG_THRESHOLDS = {  # s: scores, p: share, n: how many
    "This is the other end: so few scores lie below it, and nearly everyone raises an alarm. "
    "1 − share of the scores must lie below.": (
        lambda s, p: np.quantile(s, p),
        lambda s, p: np.quantile(s, p, method="inverted_cdf"),
        _sorted_at(lambda p, n: int(p * n)),
        _sorted_at(lambda p, n: int(p * n) - 1),
        _sorted_at(lambda p, n: n - 1 - int((1 - p) * n)),
    ),
    "The share is not used: a fixed number of spreads above the mean raises as many alarms as it "
    "likes. Count the scores.": (
        *(f for times in (0, 1, 1.645, 1.96, 2, 3) for f in _bells(lambda p, t=times: t)),
    ),
    "0.9 is the lesson's, for a share of 0.1; take the share that the function is given.": (
        lambda s, p: np.quantile(s, 0.9),
        lambda s, p: np.quantile(s, 0.9, method="inverted_cdf"),
    ),
    "This would be right of a bell curve; these scores have a long tail. Count them.": (
        _bells(lambda p: NormalDist().inv_cdf(1 - p))
    ),
    "This is the largest score: no alarm at all, and fewer of the ill are found. A share of the "
    "healthy may raise one.": lambda s, p: s.max(),
    "np.percentile counts to 100: give it 100 · (1 − share), or take np.quantile.": (
        lambda s, p: np.percentile(s, 1 - p),
        lambda s, p: np.percentile(s, p),
        lambda s, p: np.percentile(s, 100 - p),
    ),
    "This goes by how large the scores are: one outlier would move it. Go by how many they are.": (
        lambda s, p: s.min() + (1 - p) * np.ptp(s),
        lambda s, p: s.max() - p * s.max(),
    ),
    "The place may be right, but the scores come in no order: sort them first.": (
        _at(lambda p, n: int((1 - p) * n)),
        _at(lambda p, n: math.ceil((1 - p) * n) - 1),
        _at(lambda p, n: int((1 - p) * n) - 1),
        _at(lambda p, n: int(p * n)),
        _at(lambda p, n: n - int(p * n)),
    ),
    "One place too high: places begin at 0, and a score that equals the threshold raises no "
    "alarm.": (_sorted_at(lambda p, n: int((1 - p) * n)), _sorted_at(lambda p, n: n - int(p * n))),
    "One place too low: one alarm too many.": (
        _sorted_at(lambda p, n: n - int(p * n) - 2),
        _sorted_at(lambda p, n: int((1 - p) * n) - 2),
    ),
    "This is a number of scores, or a place among them. Return the score that stands there.": (
        lambda s, p: p * len(s),
        lambda s, p: (1 - p) * len(s),
        lambda s, p: int(p * len(s)),
        lambda s, p: int((1 - p) * len(s)),
        lambda s, p: len(s) - int(p * len(s)) - 1,
    ),
    "This is a share; a threshold is compared with scores, so it must be of their kind.": (
        lambda s, p: p,
        lambda s, p: 1 - p,
    ),
}


def _threshold(function, scores, share):
    """Return the threshold a learner's function sets, or stop if it is not one number."""
    answer = as_array(call(function, scores, share))
    if answer.dtype.kind == "b":
        raise WrongAnswerError("True and False are alarms. Return the threshold, a number.")
    if answer.size != 1 or answer.dtype.kind == "U":
        raise WrongAnswerError(
            f"Expected one number. Received {answer.tolist()!r:.60}. Return the threshold alone."
        )
    return float(answer.item())


def _alarms(threshold, scores, share):
    """Return how many scores lie above it; a right score may have been rounded, as in float32."""
    right = lowest(scores, share)
    return int((scores > (right if close(np.array(threshold), right) else threshold)).sum())


def _too_many(threshold, scores, share):
    """Return how many alarms there are above those of the lowest threshold that is allowed."""
    return _alarms(threshold, scores, share) - _alarms(lowest(scores, share), scores, share)


def _refuse_alarms(threshold, scores, share):
    """Stop unless a threshold raises as many alarms as the lowest that is allowed."""
    found, most = _alarms(threshold, scores, share), allowed(scores, share)
    too_many = _too_many(threshold, scores, share)
    given = (
        f"Given {len(scores)} scores and the share {share:g}: above {threshold:.6g} lie {found}; "
        f"at most {most} may."
    )
    if too_many > 0:
        raise WrongAnswerError(f"{given} The threshold is too low.")
    if too_many < 0:
        raise WrongAnswerError(
            f"{given} It is too high: a lower threshold raises {found - too_many}."
        )


def refuse_thresholds(function):
    """Stop with the likely reason unless a function sets the lowest threshold that is allowed.

    Every threshold is right that raises the same alarms, wherever it lies between two scores.
    """
    pairs = [(_threshold(function, *case), case) for case in CASES]
    faults = [_too_many(threshold, *case) for threshold, case in pairs]
    if faults == [int(case is UNEVEN) for case in CASES]:
        raise WrongAnswerError(
            "The count is right where the share is a whole number of patients. But 0.3 of 13 is "
            "3.9, so 3 may raise an alarm, and with yours 4 do. Round the number of alarms down; "
            'np.quantile does so with method="inverted_cdf".'
        )
    for hint, mistakes in WRONG_THRESHOLDS.items() if any(faults) else ():
        for mistake in mistakes if isinstance(mistakes, tuple) else (mistakes,):
            if all(close(np.array(t), np.array(mistake(*case))) for t, case in pairs):
                raise WrongAnswerError(hint)
    for threshold, case in [*pairs, (_threshold(function, *NO_ALARM), NO_ALARM)]:
        _refuse_alarms(threshold, *case)
