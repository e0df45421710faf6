"""How well single objects, such as nuclei, were found and outlined.

A label map is an array of whole numbers: 0 is the background, and each number from 1 on is one
object, whatever number it is and whether or not it hangs together. Objects do not overlap.
"""

import numpy as np

from medkit.metrics.overlap import label_pair


def instance_iou(labels, truth):
    """Return the intersection over union of each object with each true object.

    iou[i, j] = |object i ∩ true object j| / |object i ∪ true object j|

    Args:
        labels: (height, width) or (slices, height, width) of whole numbers, the objects found.
        truth: the same shape, the true objects.

    Returns:
        (k, m) float64 array from 0 to 1, the objects in the order of their numbers, both ways.

    Raises:
        ValueError: the shapes differ or are not of one image, or a value is no whole number of at
            least 0; a mask of booleans has no objects yet.

    Example:
        >>> instance_iou([[1, 1, 0, 0, 5]], [[2, 2, 2, 0, 4]]).round(3)
        array([[0.667, 0.   ],
               [0.   , 1.   ]])
    """
    return _objects(labels, truth)[2]


def match_instances(labels, truth, iou_threshold=0.5):
    """Give each object the true object that it found: the one that it covers to the threshold.

    Objects do not overlap, so above an IoU of 0.5 no two can cover the same true object, nor one
    cover two, and no search is needed. At 0.5 sharp, where one is cut into equal halves, the half
    with the lower number is taken. An object without a match is a false positive; a true object
    without one a false negative.

    Args:
        labels: (height, width) or (slices, height, width) of whole numbers, the objects found.
        truth: the same shape, the true objects.
        iou_threshold: least IoU of a match, from 0.5 to 1.

    Returns:
        dict: number in `labels` → number in `truth`, each once at most, by rising number.

    Raises:
        ValueError: as `instance_iou`, or the threshold is out of range.

    Example:
        >>> labels = [[1, 1, 0, 0, 5, 5, 0, 8]]
        >>> truth = [[2, 2, 2, 0, 4, 0, 0, 0]]
        >>> match_instances(labels, truth)  # 8 is a false positive
        {1: 2, 5: 4}
        >>> match_instances(labels, truth, iou_threshold=0.6)  # and here 5, of IoU 1/2, as well
        {1: 2}
    """
    numbers, true_numbers, overlaps = _objects(labels, truth)
    found, true = _matches(overlaps, iou_threshold)
    return dict(zip(numbers[found].tolist(), true_numbers[true].tolist(), strict=True))


def instance_average_precision(predictions, truths, iou_threshold=0.5):
    """Return the share of right objects among all that were found or missed, over all images.

    TP / (TP + FP + FN), with each count the sum over the images

    In microscopy this is called average precision, though no curve is averaged: it has nothing
    but the name in common with `average_precision`. So it is in StarDist; the 2018 Data Science
    Bowl took the mean over the images and the thresholds 0.5, 0.55, … 0.95, COCO_THRESHOLDS.

    Args:
        predictions: list of label maps, one an image, each of whole numbers (height, width) or
            (slices, height, width); the images may differ in size.
        truths: list of label maps of the same images.
        iou_threshold: least IoU of a match, from 0.5 to 1; see `match_instances`.

    Returns:
        float from 0 to 1; 1 if no image has an object and none was found, where StarDist gives 0.

    Raises:
        ValueError: other images, or as `match_instances`.

    Example:
        >>> predictions = [[[1, 1, 0, 0, 5]], [[3, 0, 0, 0]]]
        >>> truths = [[[2, 2, 2, 0, 4]], [[0, 0, 0, 1]]]
        >>> instance_average_precision(predictions, truths)  # 2 right, 1 false, 1 missed
        0.5

    Reference:
        Schmidt et al., Cell detection with star-convex polygons, MICCAI 2018,
        doi:10.1007/978-3-030-00934-2_30. Caicedo et al., Nucleus segmentation across imaging
        experiments: the 2018 Data Science Bowl, Nature Methods 2019,
        doi:10.1038/s41592-019-0612-7.
    """
    predictions, truths = list(predictions), list(truths)
    if not len(predictions) == len(truths) > 0:
        raise ValueError(
            "Expected predictions and truths of the same images, at least one. Received "
            f"{len(predictions)} and {len(truths)} label maps. An image without objects has a "
            "map too, of zeros."
        )
    right, there = 0, 0
    for number, (labels, truth) in enumerate(zip(predictions, truths, strict=True)):
        try:
            overlaps = _objects(labels, truth)[2]
        except ValueError as error:
            raise ValueError(f"In image {number}: {error}") from error
        matches = len(_matches(overlaps, iou_threshold)[0])
        right, there = right + matches, there + sum(overlaps.shape) - matches
    return right / there if there else 1.0


def _objects(labels, truth):
    """Return the numbers (k,) of the objects, those (m,) of the true ones, their IoU (k, m)."""
    labels, truth = _label_maps(labels, truth)
    numbers, rows = np.unique(labels, return_inverse=True)
    true_numbers, columns = np.unique(truth, return_inverse=True)
    cells = rows.ravel() * len(true_numbers) + columns.ravel()
    shape = len(numbers), len(true_numbers)
    shared = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)  # background as well
    overlaps = shared / (shared.sum(axis=1, keepdims=True) + shared.sum(axis=0) - shared)
    some, true = numbers > 0, true_numbers > 0
    return numbers[some], true_numbers[true], overlaps[some][:, true]


def _matches(overlaps, iou_threshold):
    """Return the rows and the columns that match, row by row, each once at most."""
    if not 0.5 <= iou_threshold <= 1:
        raise ValueError(
            f"Expected an iou_threshold from 0.5 to 1. Received {iou_threshold}. Write percent as "
            "a share: 0.5, not 50; below 0.5 one object could match two."
        )
    if not overlaps.size:
        return np.zeros((2, 0), np.int64)
    rows = np.flatnonzero(overlaps.max(axis=1) >= iou_threshold - 1e-9)  # 3/5 reaches 0.1 * 6
    columns, first = np.unique(overlaps[rows].argmax(axis=1), return_index=True)
    order = np.argsort(first)
    return rows[first[order]], columns[order]


def _label_maps(labels, truth):
    """Return two label maps of one image as int64 arrays, or say what is wrong with them."""
    names = "labels", "truth"
    for name, given in zip(names, (labels, truth), strict=True):
        if np.asarray(given).dtype == bool:
            raise ValueError(
                f"Expected {name} to be a label map, a number for each object. Received booleans. "
                "Number the objects of a mask first: scipy.ndimage.label(mask)[0]."
            )
    maps = label_pair(labels, truth, names)
    for name, numbers in zip(names, maps, strict=True):
        if numbers.ndim not in (2, 3):
            raise ValueError(
                f"Expected {name} to be of one image, (height, width) or (slices, height, width). "
                f"Received shape {numbers.shape}. Put the label map of a single image into a list."
            )
        if numbers.min() < 0:
            raise ValueError(
                f"Expected {name} to be of 0, the background, and numbers from 1 on. Received "
                f"{numbers.min()}. Set what is not to count to 0, in both maps."
            )
    return maps
