"""What every threshold would give: the ROC and the precision-recall curve, and their areas."""

import numpy as np

from medkit.metrics.classification import pair, ratio


def roc_curve(y_true, y_score):
    """Return both rates of being called positive as the threshold falls.

    A case is called positive where y_score >= threshold; cases with equal scores move together.

    Args:
        y_true: (n,) of 0 and 1, or booleans.
        y_score: (n,) finite numbers, larger where a finding is more likely.

    Returns:
        false_positive_rate: (k + 1,) float64 from 0 to 1, which is 1 - specificity; nan if every
            case has a finding.
        true_positive_rate: (k + 1,) float64 from 0 to 1, the sensitivity; nan if none has one.
        thresholds: (k + 1,) float64: infinity, then the k distinct scores, falling.

    Raises:
        ValueError: the lengths differ or are 0, a label is neither 0 nor 1, a score is not finite.

    Example:
        >>> false_positive_rate, true_positive_rate, _ = roc_curve([0, 1, 0, 1], [1, 2, 2, 3])
        >>> print(false_positive_rate, true_positive_rate)
        [0.  0.  0.5 1. ] [0.  0.5 1.  1. ]

    Reference:
        Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 2006,
        doi:10.1016/j.patrec.2005.10.010.
    Taught in: notebooks/31_classification.ipynb
    """
    true_positives, false_positives, thresholds = _positives(y_true, y_score)
    return (
        ratio(false_positives, false_positives[-1]),
        ratio(true_positives, true_positives[-1]),
        thresholds,
    )


def roc_auc(y_true, y_score):
    """Return the area under the ROC curve.

    It is the probability that a random case with a finding scores above a random case without
    one; equal scores count one half.

    Args:
        y_true: (n,) of 0 and 1, or booleans.
        y_score: (n,) finite numbers, larger where a finding is more likely.

    Returns:
        float from 0 to 1; 0.5 is guessing. nan if only one class is there.

    Raises:
        ValueError: the lengths differ or are 0, a label is neither 0 nor 1, a score is not finite.

    Example:
        >>> roc_auc([0, 1, 0, 1], [1, 2, 2, 3])
        0.875

    Reference:
        Hanley, McNeil, The meaning and use of the area under a receiver operating characteristic
        (ROC) curve, Radiology 1982, doi:10.1148/radiology.143.1.7063747.
    Taught in: notebooks/31_classification.ipynb
    """
    false_positive_rate, true_positive_rate, _ = roc_curve(y_true, y_score)
    return float(np.trapezoid(true_positive_rate, false_positive_rate))


def precision_recall_curve(y_true, y_score):
    """Return precision and sensitivity (= recall) as the threshold falls.

    The points are those of `roc_curve`, in the same order: sensitivity grows from 0 to 1.
    scikit-learn gives the same points in the opposite order.

    Args:
        y_true: (n,) of 0 and 1, or booleans.
        y_score: (n,) finite numbers, larger where a finding is more likely.

    Returns:
        precision: (k + 1,) float64 from 0 to 1; the first point, where no case is called
            positive, is 1 by convention.
        sensitivity: (k + 1,) float64 from 0 to 1; nan if no case has a finding.
        thresholds: (k + 1,) float64: infinity, then the k distinct scores, falling.

    Raises:
        ValueError: the lengths differ or are 0, a label is neither 0 nor 1, a score is not finite.

    Example:
        >>> precision, sensitivity, _ = precision_recall_curve([0, 1, 0, 1], [1, 2, 2, 4])
        >>> print(precision.round(2), sensitivity)
        [1.   1.   0.67 0.5 ] [0.  0.5 1.  1. ]

    Reference:
        Saito, Rehmsmeier, The precision-recall plot is more informative than the ROC plot when
        evaluating binary classifiers on imbalanced datasets, PLoS ONE 2015,
        doi:10.1371/journal.pone.0118432.
    Taught in: notebooks/31_classification.ipynb
    """
    true_positives, false_positives, thresholds = _positives(y_true, y_score)
    called = true_positives[1:] + false_positives[1:]
    precision = np.append(1.0, true_positives[1:] / called)
    return precision, ratio(true_positives, true_positives[-1]), thresholds


def average_precision(y_true, y_score):
    """Return the mean precision, each point weighted by the sensitivity that it adds.

    sum over i of (sensitivity[i] - sensitivity[i - 1]) * precision[i]

    Args:
        y_true: (n,) of 0 and 1, or booleans.
        y_score: (n,) finite numbers, larger where a finding is more likely.

    Returns:
        float from 0 to 1; guessing gives about the share of cases with a finding. nan if no case
        has one.

    Raises:
        ValueError: the lengths differ or are 0, a label is neither 0 nor 1, a score is not finite.

    Example:
        >>> average_precision([1, 0, 1, 0], [4, 3, 2, 1]) == (1 + 2 / 3) / 2
        True

    Taught in: notebooks/31_classification.ipynb
    """
    precision, sensitivity, _ = precision_recall_curve(y_true, y_score)
    return float(np.sum(np.diff(sensitivity) * precision[1:]))


def _positives(y_true, y_score):
    """Return true and false positives at each threshold, and the thresholds, falling."""
    y_true, y_score = pair(y_true, y_score, (0, 1), scores=True)
    scores, which = np.unique(y_score, return_inverse=True)
    with_finding = np.bincount(which, y_true)[::-1]  # cases at each distinct score, best first
    without = np.bincount(which, 1 - y_true)[::-1]
    counts = [np.append(0.0, np.cumsum(cases)) for cases in (with_finding, without)]
    return *counts, np.append(np.inf, scores[::-1])
