"""How far a number would move if other patients had been tested."""

import numpy as np


def bootstrap_interval(metric, y_true, y_score, groups=None, level=0.95, resamples=1000, seed=0):
    """Return a percentile bootstrap interval for any metric.

    Cases are drawn with replacement, as many as there are, and the metric is taken again; the
    interval holds the middle `level` of these values. Several images of a patient are not
    independent: with `groups`, whole patients are drawn. Draws on which the metric is nan, for
    example because only one class was drawn, are left out.

    Args:
        metric: function of (y_true, y_score) that returns a number.
        y_true: (n, ...) array or list, one entry a case.
        y_score: (n, ...) array or list: scores, or labels if the metric wants labels.
        groups: (n,) patient of each case; None if each case is a patient of its own.
        level: share of the values inside the interval, between 0 and 1.
        resamples: number of draws, int ≥ 1.
        seed: of the draws.

    Returns:
        low, high: two floats, in the metric's unit.

    Raises:
        ValueError: the lengths differ or are 0, level or resamples is out of range, or the metric
            is nan on every draw.

    Example:
        >>> truth, answer = [1] * 80 + [0] * 20, [1] * 100
        >>> low, high = bootstrap_interval(lambda t, p: np.mean(t == p), truth, answer)
        >>> print(round(low, 2), round(high, 2))
        0.72 0.88

    Reference:
        Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 1979,
        doi:10.1214/aos/1176344552.
    Taught in: notebooks/31_classification.ipynb
    """
    y_true, y_score = np.asarray(y_true), np.asarray(y_score)
    groups = np.arange(len(y_true)) if groups is None else np.asarray(groups)
    fits = 0 < len(y_true) == len(y_score) and groups.shape == (len(y_true),)
    if not fits or not 0 < level < 1 or resamples < 1:
        raise ValueError(
            "Expected the same number of labels, scores and groups (n,), level between 0 and 1, "
            f"and resamples of at least 1. Received {len(y_true)}, {len(y_score)} and groups of "
            f"shape {groups.shape}, level={level}, resamples={resamples}. Change the one that "
            "differs."
        )
    _, which, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    members = np.split(np.argsort(which, kind="stable"), np.cumsum(sizes)[:-1])
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        drawn = rng.integers(len(members), size=len(members))
        cases = np.concatenate([members[patient] for patient in drawn])
        values.append(metric(y_true[cases], y_score[cases]))
    if np.isnan(values).all():
        raise ValueError(
            f"Expected a metric that is a number on some draw. Received nan on all {resamples}. "
            "See that both classes are there, in several patients each."
        )
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
