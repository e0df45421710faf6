"""How well labels and scores tell the cases with a finding from those without.

`y_true` is the truth and `y_pred` the answer, 1 for a finding and 0 for none; `y_score` is the
number before the threshold, larger where a finding is more likely. Each of the three is an
array, list or tensor of shape (n,), or (n, 1) as Keras predicts it.
"""

import numpy as np


def confusion_matrix(y_true, y_pred, classes=None):
    """Count the cases of each true class that were given each class.

    matrix[t, p] = number of cases with y_true == classes[t] and y_pred == classes[p]

    Args:
        y_true: (n,) whole numbers or booleans, the rows.
        y_pred: (n,) whole numbers or booleans, the columns.
        classes: list of k labels in the order wanted; None means those that occur, sorted.

    Returns:
        (k, k) int64 array; with classes (0, 1) it is [[true negatives, false positives],
        [false negatives, true positives]].

    Raises:
        ValueError: the lengths differ or are 0, or a label is no whole number or not in classes.

    Example:
        >>> confusion_matrix([0, 0, 0, 1, 1], [0, 0, 1, 1, 1])
        array([[2, 1],
               [0, 2]])

    Taught in: notebooks/31_classification.ipynb
    """
    y_true, y_pred = pair(y_true, y_pred, classes)
    if classes is None:
        classes = np.unique([y_true, y_pred])
    return np.array(
        [[np.sum((y_true == t) & (y_pred == p)) for p in classes] for t in classes], np.int64
    )


def accuracy(y_true, y_pred):
    """Return the share of cases that were given their true class; two classes or more.

    Args:
        y_true: (n,) whole numbers or booleans.
        y_pred: (n,) whole numbers or booleans.

    Returns:
        float from 0 to 1.

    Raises:
        ValueError: the lengths differ or are 0, or a label is no whole number.

    Example:
        >>> accuracy([0, 0, 0, 1, 1], [0, 0, 1, 1, 1])
        0.8

    Taught in: notebooks/31_classification.ipynb
    """
    y_true, y_pred = pair(y_true, y_pred)
    return float(np.mean(y_true == y_pred))


def sensitivity(y_true, y_pred):
    """Return the share of the cases with a finding that were found; also called recall.

    true positives / (true positives + false negatives)

    Args:
        y_true: (n,) of 0 and 1, or booleans.
        y_pred: (n,) of 0 and 1, or booleans.

    Returns:
        float from 0 to 1; nan if no case has a finding.

    Raises:
        ValueError: the lengths differ or are 0, or a label is neither 0 nor 1.

    Example:
        >>> sensitivity([0, 0, 0, 1, 1], [0, 0, 1, 1, 0])
        0.5

    Taught in: notebooks/31_classification.ipynb
    """
    y_true, y_pred = pair(y_true, y_pred, (0, 1))
    return float(ratio(np.sum(y_true & y_pred), np.sum(y_true)))


def specificity(y_true, y_pred):
    """Return the share of the cases without a finding that were called clear.

    true negatives / (true negatives + false positives)

    Args:
        y_true: (n,) of 0 and 1, or booleans.
        y_pred: (n,) of 0 and 1, or booleans.

    Returns:
        float from 0 to 1; nan if every case has a finding.

    Raises:
        ValueError: the lengths differ or are 0, or a label is neither 0 nor 1.

    Example:
        >>> specificity([0, 0, 0, 0, 1], [0, 0, 0, 1, 1])
        0.75

    Taught in: notebooks/31_classification.ipynb
    """
    y_true, y_pred = pair(y_true, y_pred, (0, 1))
    return sensitivity(1 - y_true, 1 - y_pred)


def precision(y_true, y_pred):
    """Return the share of the cases called positive that have a finding.

    true positives / (true positives + false positives); also called positive predictive value

    Args:
        y_true: (n,) of 0 and 1, or booleans.
        y_pred: (n,) of 0 and 1, or booleans.

    Returns:
        float from 0 to 1; nan if no case is called positive.

    Raises:
        ValueError: the lengths differ or are 0, or a label is neither 0 nor 1.

    Example:
        >>> precision([0, 0, 0, 1, 1], [0, 0, 1, 1, 0])
        0.5

    Taught in: notebooks/31_classification.ipynb
    """
    y_true, y_pred = pair(y_true, y_pred, (0, 1))
    return float(ratio(np.sum(y_true & y_pred), np.sum(y_pred)))


def f1(y_true, y_pred):
    """Return the harmonic mean of precision and sensitivity.

    2 * true positives / (2 * true positives + false positives + false negatives)

    Args:
        y_true: (n,) of 0 and 1, or booleans.
        y_pred: (n,) of 0 and 1, or booleans.

    Returns:
        float from 0 to 1; nan if no case has a finding and none is called positive.

    Raises:
        ValueError: the lengths differ or are 0, or a label is neither 0 nor 1.

    Example:
        >>> f1([0, 0, 0, 1, 1], [0, 0, 1, 1, 0])
        0.5

    Taught in: notebooks/31_classification.ipynb
    """
    y_true, y_pred = pair(y_true, y_pred, (0, 1))
    return float(ratio(2 * np.sum(y_true & y_pred), np.sum(y_true) + np.sum(y_pred)))


def ratio(part, whole):
    """Divide; nan, and no warning, where there is nothing to divide by."""
    return part / whole if whole else part * np.nan


def pair(y_true, other, classes=None, scores=False):
    """Return the truth and what is held against it as two (n,) arrays, or say what is wrong."""
    y_true, other = np.asarray(y_true), np.asarray(other, float if scores else None)
    y_true, other = (x[:, 0] if x.shape[1:] == (1,) else x for x in (y_true, other))
    if y_true.ndim != 1 or y_true.shape != other.shape or not y_true.size:
        raise ValueError(
            "Expected truth and answers of the same length, one for each case. Received shapes "
            f"{y_true.shape} and {other.shape}. Take the same cases for both, and of several "
            "outputs a case one column: y_score[:, 1]."
        )
    for labels in [y_true] if scores else [y_true, other]:
        if classes is None:
            wanted, known = "the whole numbers", labels.astype(float) % 1 == 0
        else:
            wanted, known = ", ".join(map(str, classes)), np.isin(labels, list(classes))
        if not known.all():
            raise ValueError(
                f"Expected labels out of {wanted}. Received {labels[~known][0]}. Turn scores "
                "into labels with a threshold, y_score >= 0.5; of several classes hold one "
                "against the others, labels == 2."
            )
    if scores and not np.isfinite(other).all():
        raise ValueError(
            f"Expected finite scores. Received {np.sum(~np.isfinite(other))} that are nan or "
            "infinite. See whether training diverged, or leave these cases out and say so."
        )
    return y_true.astype(np.int64), other if scores else other.astype(np.int64)
