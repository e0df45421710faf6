"""Boxes round what was found: how far two agree, and which of several on one object to keep.

A box is y_min, x_min, y_max, x_max in pixel edges: the box round the one pixel in row 3, column 5
is 3, 5, 4, 6, and its height is y_max - y_min. Several boxes are an array, list or tensor of
shape (k, 4); none are [] or shape (0, 4). A box without area is allowed.
"""

import numpy as np


def iou_matrix(a, b):
    """Return the intersection over union of each box of one set with each box of another.

    iou[i, j] = area(a[i] ∩ b[j]) / (area(a[i]) + area(b[j]) - area(a[i] ∩ b[j]))

    Args:
        a: (n, 4) boxes y_min, x_min, y_max, x_max.
        b: (m, 4) boxes, in the same unit.

    Returns:
        (n, m) float64 array from 0, apart or touching, to 1, the same box; 0 where neither box
        has an area.

    Raises:
        ValueError: not shape (k, 4), not finite, or a corner that should be the larger is not.

    Example:
        >>> iou_matrix([[0, 0, 2, 2]], [[0, 0, 2, 2], [0, 1, 2, 3], [2, 2, 4, 4]]).round(3)
        array([[1.   , 0.333, 0.   ]])

    Taught in: notebooks/32_detection.ipynb
    """
    return _iou(as_boxes(a)[:, None], as_boxes(b)[None])  # (n, 1, 4) and (1, m, 4)


def giou_matrix(a, b):
    """Return the generalised intersection over union of each box with each of another set.

    giou = iou - (hull - union) / hull, the hull being the smallest box round both. Unlike the
    IoU it still says, of two boxes that lie apart, how far.

    Args:
        a: (n, 4) boxes y_min, x_min, y_max, x_max.
        b: (m, 4) boxes, in the same unit.

    Returns:
        (n, m) float64 array from above -1, far apart, to 1, the same box; -1 for two boxes without
        area that do not lie on one line, 0 if they do.

    Raises:
        ValueError: not shape (k, 4), not finite, or a corner that should be the larger is not.

    Example:
        >>> giou_matrix([[0, 0, 2, 2]], [[0, 0, 2, 2], [0, 2, 2, 4], [0, 8, 2, 10]])
        array([[ 1. ,  0. , -0.6]])

    Reference:
        Rezatofighi et al., Generalized intersection over union: a metric and a loss for bounding
        box regression, CVPR 2019.
    """
    a, b = as_boxes(a)[:, None], as_boxes(b)[None]
    corners = [np.minimum(a, b)[..., :2], np.maximum(a, b)[..., 2:]]
    hull = _area(np.concatenate(corners, axis=-1))
    return _iou(a, b) - _ratio(hull - (_area(a) + _area(b) - _intersection(a, b)), hull)


def non_max_suppression(boxes, scores, iou_threshold=0.5, labels=None):
    """Keep the best box of each heap: go from the best score down, drop what overlaps a kept box.

    A box is dropped if its IoU with a better box that was kept is above the threshold; one that
    overlaps only dropped boxes stays.

    Args:
        boxes: (k, 4) boxes y_min, x_min, y_max, x_max.
        scores: (k,) finite numbers, larger where a finding is more likely.
        iou_threshold: from 0, no overlap is allowed, to 1, nothing is dropped.
        labels: (k,) class of each box, and only boxes of one class drop each other; None if all
            are of one.

    Returns:
        (kept,) int64 array: the indices of the kept boxes, best first; of equal scores the first.

    Raises:
        ValueError: the lengths differ, a box or score is none, or the threshold is not from 0 to 1.

    Example:
        >>> boxes = [[0, 0, 10, 10], [0, 1, 10, 11], [0, 20, 10, 30]]
        >>> non_max_suppression(boxes, [0.8, 0.9, 0.7])
        array([1, 2])

    Taught in: notebooks/32_detection.ipynb
    """
    boxes, scores, labels = as_detections(boxes, scores, labels)
    if not 0 <= iou_threshold <= 1:
        raise ValueError(
            f"Expected an iou_threshold from 0 to 1. Received {iou_threshold}. Write percent as a "
            "share: 0.5, not 50."
        )
    left, kept, size = np.argsort(-scores, kind="stable"), [], 8
    while len(left):
        # The few best thin out a crowd; where that leaves many, larger blocks take fewer rounds.
        alive = np.ones(len(left), bool)
        for better, worse in _clashes(boxes[left], labels[left], size, iou_threshold):
            if alive[better]:
                alive[worse] = False
        kept.append(left[:size][alive[:size]])
        left = left[size:][alive[size:]]
        size *= 2
    return np.concatenate([np.zeros(0, np.int64), *kept])


def soft_non_max_suppression(boxes, scores, sigma=0.5, labels=None, score_threshold=0.001):
    """Lower the scores of boxes that overlap better ones, instead of dropping them.

    From the best score down, each box multiplies the scores of those after it by
    exp(-iou² / sigma). Two cells that touch both survive, the second with a lower score.

    Args:
        boxes: (k, 4) boxes y_min, x_min, y_max, x_max.
        scores: (k,) finite numbers of at least 0, larger where a finding is more likely.
        sigma: above 0; the smaller, the harder an overlap is punished.
        labels: (k,) class of each box, and only boxes of one class lower each other; None if all
            are of one.
        score_threshold: boxes whose score falls below this are dropped.

    Returns:
        kept: (kept,) int64 array: the indices of the kept boxes, best lowered score first.
        lowered: (kept,) float64 array: their scores.

    Raises:
        ValueError: the lengths differ, a box or score is none, a score is below 0, or sigma is not
            above 0.

    Example:
        >>> boxes = [[0, 0, 10, 10], [0, 1, 10, 11], [0, 20, 10, 30]]
        >>> kept, lowered = soft_non_max_suppression(boxes, [0.8, 0.9, 0.7])
        >>> print(kept, lowered.round(3))
        [1 2 0] [0.9  0.7  0.21]

    Reference:
        Bodla et al., Soft-NMS: improving object detection with one line of code, ICCV 2017.
    Taught in: notebooks/32_detection.ipynb
    """
    boxes, scores, labels = as_detections(boxes, scores, labels)
    if not sigma > 0 or (scores < 0).any():
        raise ValueError(
            "Expected sigma above 0 and scores of at least 0. Received "
            f"sigma={sigma} and the lowest score {scores.min(initial=np.inf):.6g}. Turn logits "
            "into scores with the sigmoid first."
        )
    left, kept = np.flatnonzero(scores >= score_threshold), []
    while len(left):
        best = left[np.argmax(scores[left])]
        kept.append(best)
        left = left[left != best]
        iou = _iou(boxes[best], boxes[left]) * (labels[left] == labels[best])
        scores[left] *= np.exp(-(iou**2) / sigma)
        left = left[scores[left] >= score_threshold]
    kept = np.array(kept, np.int64)
    return kept, scores[kept]


def as_boxes(values):
    """Return boxes as a (k, 4) float64 array, or say what is wrong with them."""
    boxes = np.asarray(values, np.float64)
    if boxes.shape == (0,):
        return np.zeros((0, 4))
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(
            f"Expected boxes of shape (k, 4). Received shape {boxes.shape}. Put a single box into "
            "a list, [box]; take the boxes of one image at a time."
        )
    for wrong, words in [
        (~np.isfinite(boxes).all(axis=1), "not finite. See whether training diverged."),
        (
            (boxes[:, 2:] < boxes[:, :2]).any(axis=1),
            "which ends before it begins. If the last two are height and width, add the first two "
            "to them; if the order is y_min, y_max, x_min, x_max, take boxes[:, [0, 2, 1, 3]].",
        ),
    ]:
        if wrong.any():
            box = ", ".join(f"{value:g}" for value in boxes[wrong][0])
            raise ValueError(
                "Expected boxes of y_min, x_min, y_max, x_max. Received "
                f"{box} as box {np.argmax(wrong)}, {words}"
            )
    return boxes


def as_detections(boxes, scores, labels=None):
    """Return boxes, scores and labels as arrays of one length, or say what is wrong with them.

    The scores are a copy; the labels are all 0 if there are none.
    """
    boxes, scores = as_boxes(boxes), np.array(scores, np.float64)
    labels = np.zeros(len(boxes), np.int64) if labels is None else np.asarray(labels)
    if not (len(boxes),) == scores.shape == labels.shape:
        raise ValueError(
            "Expected one score, and one label if there are any, for each box. Received shapes "
            f"{boxes.shape}, {scores.shape} and {labels.shape}. Take all from the same image; of "
            "several scores a box take one, scores.max(axis=1)."
        )
    if not np.isfinite(scores).all():
        raise ValueError(
            f"Expected finite scores. Received {np.sum(~np.isfinite(scores))} that are nan or "
            "infinite. See whether training diverged."
        )
    return boxes, scores, labels


def _area(boxes):
    """Return the areas of boxes (..., 4)."""
    sides = boxes[..., 2:] - boxes[..., :2]
    return sides[..., 0] * sides[..., 1]


def _intersection(a, b):
    """Return the area that boxes (..., 4) share with boxes that broadcast with them."""
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    sides = np.maximum(sides, 0)
    return sides[..., 0] * sides[..., 1]


def _iou(a, b):
    """Return the IoU of boxes (..., 4) with boxes that broadcast with them."""
    shared = _intersection(a, b)
    return _ratio(shared, _area(a) + _area(b) - shared)


def _ratio(part, whole):
    """Divide; 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)


def _clashes(boxes, labels, size, iou_threshold):
    """Yield the pairs of which one drops the other: first the better, one of the first `size`.

    With the boxes sorted along y, those that may overlap a given one lie in one run: it starts
    where a box first reaches below its top, and ends where one first begins below its bottom.
    Only these pairs are looked at, not all of them.
    """
    by_y = np.argsort(boxes[:, 0])
    y_min, x_min, y_max, x_max = boxes[by_y].T.copy()
    best = boxes[:size]
    start = np.searchsorted(np.maximum.accumulate(y_max), best[:, 0], "right")
    end = np.searchsorted(y_min, best[:, 2], "left")
    counts = np.maximum(end - start, 0)
    i = np.repeat(np.arange(len(best)), counts)
    run = np.arange(len(i)) + np.repeat(start - np.cumsum(counts) + counts, counts)  # start … end
    near = (x_min[run] < best[i, 3]) & (best[i, 1] < x_max[run])
    i, j = i[near], by_y[run[near]]
    clash = (j > i) & (labels[i] == labels[j]) & (_iou(boxes[i], boxes[j]) > iou_threshold)
    return zip(i[clash].tolist(), j[clash].tolist(), strict=True)
