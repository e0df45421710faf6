"""How far two masks, or two maps of classes, cover the same pixels.

A mask is an array, list or tensor of any shape, of booleans or of 0 and 1. What is given as one
array is one object: masks of a batch together count as one large mask, so take each image, or
each patient's whole volume, by itself.
"""

import numpy as np

from medkit.metrics.classification import ratio


def dice_coefficient(mask_a, mask_b):
    """Return twice the pixels in both masks over the pixels of each, counted together.

    dice = 2 * |A ∩ B| / (|A| + |B|) = 2 * iou / (1 + iou)

    It is the F1 of the pixels. Two empty masks agree, so they score 1, as in many challenges;
    other programs give nan, to leave such an image out of the mean. Keras's own `dice` is a loss.

    Args:
        mask_a: booleans, or 0 and 1.
        mask_b: the same shape.

    Returns:
        float from 0, nothing in common or just one empty, to 1, the same mask or both empty.

    Raises:
        ValueError: the shapes differ or are empty, or a value is neither 0 nor 1.

    Example:
        >>> dice_coefficient([[1, 1, 1], [0, 0, 0]], [[0, 1, 1], [0, 1, 1]])  # 2 * 2 / (3 + 4)
        0.5714285714285714

    Reference:
        Dice, Measures of the amount of ecologic association between species, Ecology 1945,
        doi:10.2307/1932409.

    Taught in: notebooks/33_segmentation.ipynb
    """
    mask_a, mask_b = mask_pair(mask_a, mask_b)
    pixels = np.count_nonzero(mask_a) + np.count_nonzero(mask_b)
    return float(2 * np.count_nonzero(mask_a & mask_b) / pixels) if pixels else 1.0


def iou(mask_a, mask_b):
    """Return the pixels in both masks over the pixels in at least one; also the Jaccard index.

    iou = |A ∩ B| / |A ∪ B| = dice / (2 - dice)

    It orders pairs of masks as the Dice coefficient does, and is lower except at 0 and 1. Two
    empty masks score 1, as there.

    Args:
        mask_a: booleans, or 0 and 1.
        mask_b: the same shape.

    Returns:
        float from 0, nothing in common or just one empty, to 1, the same mask or both empty.

    Raises:
        ValueError: the shapes differ or are empty, or a value is neither 0 nor 1.

    Example:
        >>> iou([[1, 1, 1], [0, 0, 0]], [[0, 1, 1], [0, 1, 1]])
        0.4

    Reference:
        Jaccard, The distribution of the flora in the alpine zone, New Phytologist 1912,
        doi:10.1111/j.1469-8137.1912.tb05611.x.

    Taught in: notebooks/33_segmentation.ipynb
    """
    mask_a, mask_b = mask_pair(mask_a, mask_b)
    pixels = np.count_nonzero(mask_a | mask_b)
    return float(np.count_nonzero(mask_a & mask_b) / pixels) if pixels else 1.0


def volume_error(mask, truth):
    """Return by how much a mask is larger than the truth, in percent of the truth.

    100 * (|mask| - |truth|) / |truth|

    The size of a pixel cancels out, so none is asked for; in 2D it is an error of the area. It
    does not see where the pixels are: a mask quite beside the truth may have an error of 0.

    Args:
        mask: booleans, or 0 and 1: what was found.
        truth: the same shape.

    Returns:
        float in percent, from -100, nothing found; above 0 where the mask is too large, below
        where it is too small; nan if the truth is empty.

    Raises:
        ValueError: the shapes differ or are empty, or a value is neither 0 nor 1.

    Example:
        >>> volume_error([[0, 1, 1], [0, 0, 1]], [[1, 1, 0], [1, 1, 0]])  # 3 pixels instead of 4
        -25.0
    """
    mask, truth = mask_pair(mask, truth, ("mask", "truth"))
    true_pixels = np.count_nonzero(truth)
    return float(ratio(100 * (np.count_nonzero(mask) - true_pixels), true_pixels))


def dice_by_class(labels_a, labels_b, classes):
    """Return the Dice coefficient of each class of two label maps.

    A class that neither map has scores 1, as two empty masks do, which lifts a mean over
    patients; where that is not meant, leave those patients out.

    Args:
        labels_a: whole numbers of any shape, the class of each pixel.
        labels_b: the same shape.
        classes: list of whole numbers; leave the background out, which is easy and large.

    Returns:
        dict: class → float from 0 to 1, in the order of `classes`.

    Raises:
        ValueError: the shapes differ or are empty, or a label or class is no whole number.

    Example:
        >>> dice_by_class([[0, 1, 1, 2]], [[0, 1, 2, 2]], [1, 2, 3])
        {1: 0.6666666666666666, 2: 0.6666666666666666, 3: 1.0}
    """
    labels_a, labels_b = label_pair(labels_a, labels_b, ("labels_a", "labels_b"))
    numbers = np.asarray(list(classes) if np.iterable(classes) else None)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iuf" or (numbers % 1 != 0).any():
        raise ValueError(
            f"Expected classes as a list of whole numbers. Received {classes!r}. Write for "
            "example [1, 2, 3], the numbers that stand in the label maps."
        )
    return {int(c): dice_coefficient(labels_a == c, labels_b == c) for c in numbers}


def mask_pair(mask_a, mask_b, names=("mask_a", "mask_b")):
    """Return two masks as bool arrays of one shape, or say what is wrong with them."""
    masks = _same_shape(mask_a, mask_b, "masks")
    for name, mask in zip(names, masks, strict=True):
        known = (mask == 0) | (mask == 1)
        if not np.all(known):
            raise ValueError(
                f"Expected {name} to be of booleans, or of 0 and 1. Received {mask[~known][0]}. "
                "Turn scores into a mask with a threshold, y_score >= 0.5; 0 and 255 with "
                "mask > 0; of several classes take one, labels == 2."
            )
    return [mask.astype(bool) for mask in masks]


def label_pair(labels_a, labels_b, names):
    """Return two label maps as int64 arrays of one shape, or say what is wrong with them."""
    maps = _same_shape(labels_a, labels_b, "label maps")
    for name, labels in zip(names, maps, strict=True):
        numbers = labels.astype(float)
        whole = np.isfinite(numbers) & (np.trunc(numbers) == numbers)
        if not whole.all():
            raise ValueError(
                f"Expected {name} to be of whole numbers, one a pixel. Received "
                f"{labels[~whole][0]}. Take the class of the highest score, "
                "y_score.argmax(axis=-1); resize label maps without interpolation, order=0."
            )
    return [labels.astype(np.int64) for labels in maps]


def _same_shape(a, b, what):
    """Return two arrays of one shape that is not empty, or say what is wrong with it."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not a.size:
        raise ValueError(
            f"Expected two {what} of the same, non-empty shape. Received shapes {a.shape} and "
            f"{b.shape}. Take both of the same image; drop an axis of channels, y_pred[..., 0]."
        )
    return a, b
