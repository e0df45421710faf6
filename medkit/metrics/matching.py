"""Which predicted box is held against which true one, image by image.

`predictions` and `truths` are lists with one entry an image, in the same order. A prediction is a
dict with `boxes` (k, 4) of y_min, x_min, y_max, x_max, `scores` (k,) and `labels` (k,), a truth one
with `boxes` and `labels`; without labels all boxes are of one class. The tuples
(boxes, scores, labels) and (boxes, labels) do as well.
"""

import numpy as np

from medkit.boxes import as_boxes, as_detections, iou_matrix


def match_boxes(boxes, scores, truth, iou_threshold=0.5):
    """Give each prediction the true box that it found, each true box once at most.

    The best score chooses first: of the true boxes not yet taken the one of the highest IoU, if
    that is at least the threshold. The rules for ties are COCO's: of equal scores the first
    prediction chooses first, of equal IoUs it takes the last true box.

    Args:
        boxes: (k, 4) predicted boxes y_min, x_min, y_max, x_max of one class in one image.
        scores: (k,) finite numbers, larger where a finding is more likely.
        truth: (m, 4) true boxes of this class in this image.
        iou_threshold: above 0, up to 1.

    Returns:
        (k,) int64 array, in the order given: the index of the true box, or -1.

    Raises:
        ValueError: the lengths differ, a box or score is none, or the threshold is out of range.

    Example:
        >>> truth = [[0, 0, 10, 10], [0, 20, 10, 30]]
        >>> match_boxes([[0, 0, 10, 8], [0, 0, 10, 9], [0, 20, 10, 30]], [0.7, 0.8, 0.6], truth)
        array([-1,  0,  1])

    Reference:
        Lin et al., Microsoft COCO: common objects in context, ECCV 2014.
    Taught in: notebooks/32_detection.ipynb
    """
    boxes, scores, _ = as_detections(boxes, scores)
    overlaps = overlap(boxes, truth, iou_threshold)
    matched, free = np.full(len(boxes), -1), np.ones(overlaps.shape[1], bool)
    order = np.argsort(-scores, kind="stable")
    for i in order[(overlaps > 0).any(axis=1)[order]]:  # the others find nothing
        choice = np.flatnonzero(free & (overlaps[i] > 0))[::-1]  # argmax takes the first of equals
        if len(choice):
            matched[i] = choice[np.argmax(overlaps[i, choice])]
            free[matched[i]] = False
    return matched


def judge_boxes(boxes, scores, truth, iou_threshold=0.5):
    """Say of each prediction whether it found something, and of each true box whether it was found.

    A duplicate lies on true boxes as well as the threshold asks, but better predictions had taken
    them all. In the precision it counts as a false positive.

    Args:
        boxes: (k, 4) predicted boxes; this and what follows as in match_boxes.
        scores: (k,) of the predictions.
        truth: (m, 4) true boxes of the same class and image.
        iou_threshold: above 0, up to 1.

    Returns:
        dict: prediction (k,) array of "true positive", "duplicate" or "false positive", truth
        (m,) array of "found" or "missed".

    Raises:
        ValueError: the lengths differ, a box or score is none, or the threshold is out of range.

    Example:
        >>> verdict = judge_boxes([[0, 0, 9, 8], [0, 0, 9, 9]], [0.7, 0.8], [[0, 0, 9, 9]])
        >>> print(*verdict["prediction"], *verdict["truth"], sep=", ")
        duplicate, true positive, found
    """
    matched = match_boxes(boxes, scores, truth, iou_threshold)
    overlaps = overlap(boxes, truth, iou_threshold)
    lies_on_one = (overlaps > 0).any(axis=1)
    return {
        "prediction": np.select(
            [matched >= 0, lies_on_one], ["true positive", "duplicate"], "false positive"
        ),
        "truth": np.where(np.isin(np.arange(overlaps.shape[1]), matched), "found", "missed"),
    }


def overlap(boxes, truth, iou_threshold):
    """Return the IoU (k, m) of each prediction with each true box; 0 if below the threshold."""
    if not 0 < iou_threshold <= 1:
        raise ValueError(
            f"Expected an iou_threshold above 0, up to 1. Received {iou_threshold}. Write percent "
            "as a share: 0.5, not 50; for any overlap at all write 1e-6."
        )
    iou = iou_matrix(boxes, truth)
    return np.where(iou >= min(iou_threshold, 1 - 1e-10), iou, 0)  # rounding, as COCO allows for


def one_class(predictions, truths):
    """Return (boxes, scores, true boxes) of each image; refuse more than one class."""
    found, true = _read(predictions, truths)
    named = [labels for boxes, _, labels in [*found, *true] if len(boxes) and labels is not None]
    classes = np.unique(np.concatenate(named)) if named else []
    if len(classes) > 1:
        raise ValueError(
            f"Expected the boxes of one class. Received the labels {_listed(classes)}. Keep one, "
            "boxes[labels == 1]; leave the labels away if the class does not matter; for all "
            "classes at once see mean_average_precision."
        )
    return [
        (boxes, scores, truth)
        for (boxes, scores, _), (truth, _, _) in zip(found, true, strict=True)
    ]


def by_class(predictions, truths):
    """Return (boxes, scores, true boxes) of each image, for each class that the truth has."""
    found, true = _read(predictions, truths)
    if len({labels is None for boxes, _, labels in [*found, *true] if len(boxes)}) > 1:
        raise ValueError(
            "Expected labels of all boxes, or of none. Received some boxes with labels and some "
            "without. Give predictions and truths the key labels, the classes numbered alike."
        )
    found, true = (
        [(b, s, np.zeros(len(b), int) if c is None else c) for b, s, c in x] for x in (found, true)
    )
    classes = np.unique(np.concatenate([labels for _, _, labels in true if len(labels)] or [[]]))
    return {
        label: [
            (boxes[labels == label], scores[labels == label], truth[true_labels == label])
            for (boxes, scores, labels), (truth, _, true_labels) in zip(found, true, strict=True)
        ]
        for label in classes.tolist()
    }


def _read(predictions, truths):
    """Return (boxes, scores, labels or None) of each image, of both; or say what is wrong."""
    for name, images in [("predictions", predictions), ("truths", truths)]:
        if isinstance(images, dict) or not hasattr(images, "__len__"):
            raise ValueError(
                f"Expected {name} as a list with one entry an image. Received a "
                f"{type(images).__name__}. Put the entry of a single image into a list."
            )
    if not len(predictions) == len(truths) > 0:
        raise ValueError(
            "Expected predictions and truths of the same images, at least one. Received "
            f"{len(predictions)} and {len(truths)} entries. An image without findings has an "
            "entry too, with boxes=[]."
        )
    return (
        [_entry(entry, "prediction", i, "boxes", "scores") for i, entry in enumerate(predictions)],
        [_entry(entry, "truth", i, "boxes") for i, entry in enumerate(truths)],
    )


def _entry(entry, name, number, *needed):
    """Return (boxes, scores, labels or None) of one image; the scores of a truth are all 0."""
    keys = [*needed, "labels"]
    if isinstance(entry, tuple) and len(entry) <= len(keys):
        entry = dict(zip(keys, entry, strict=False))
    if not isinstance(entry, dict) or not set(needed) <= set(entry):
        received = f"keys {_listed(entry)}" if isinstance(entry, dict) else type(entry).__name__
        raise ValueError(
            f"Expected as {name} {number} a dict or a tuple of {_listed(keys)}. Received "
            f"{received}. Without labels all boxes are of one class; the others are needed."
        )
    labels = entry.get("labels")
    try:
        boxes = as_boxes(entry["boxes"])
        scores = entry["scores"] if "scores" in needed else np.zeros(len(boxes))
        boxes, scores, checked = as_detections(boxes, scores, labels)
    except ValueError as error:
        raise ValueError(f"In {name} {number}: {error}") from error
    return boxes, scores, None if labels is None else checked


def _listed(values):
    return ", ".join(map(str, values))
