"""How well boxes were found in many images: average precision, and free-response ROC.

The form of `predictions` and `truths` is told in `matching.py`: a list with one entry an image,
each a dict with `boxes`, `scores` (predictions alone) and, where there are several classes,
`labels`. All predictions count; COCO's own program leaves all but the 100 best of an image and
class away (its maxDets), so the two agree where no image has more.
"""

import numpy as np

from medkit.metrics.classification import ratio
from medkit.metrics.matching import by_class, match_boxes, one_class, overlap

COCO_THRESHOLDS = np.linspace(0.5, 0.95, 10)  # not arange(0.5, 1, 0.05), which rounds otherwise
POINTS = {"11": np.arange(11) / 10, "101": np.linspace(0, 1, 101)}  # COCO's rounding is linspace's


def detection_curve(predictions, truths, iou_threshold=0.5):
    """Return precision and recall after each prediction, best score first, over all images.

    precision[i] = true positives among the first i + 1 / (i + 1)
    recall[i] = true positives among the first i + 1 / number of true boxes

    Equal scores keep their order, image by image, as in COCO; they are not taken together.

    Args:
        predictions: list of dicts with boxes (k, 4), scores (k,); one class.
        truths: list of dicts with boxes (m, 4), for the same images.
        iou_threshold: of a true positive, above 0, up to 1; see `match_boxes`.

    Returns:
        precision: (n,) float64 from 0 to 1, n being the predictions of all images together.
        recall: (n,) float64 from 0 to 1, which never falls; nan if there is no true box.
        scores: (n,) float64, which never rise.

    Raises:
        ValueError: other images, more than one class, a box or score is none, or the threshold is
            out of range.

    Example:
        >>> predictions = [{"boxes": [[0, 0, 9, 9], [0, 9, 9, 18]], "scores": [0.9, 0.8]}]
        >>> precision, recall, scores = detection_curve(predictions, [{"boxes": [[0, 0, 9, 8]]}])
        >>> print(precision, recall, scores)
        [1.  0.5] [1. 1.] [0.9 0.8]

    Taught in: notebooks/32_detection.ipynb
    """
    return _curve(one_class(predictions, truths), iou_threshold)


def detection_average_precision(predictions, truths, iou_threshold=0.5, interpolation="101"):
    """Return the mean of the precision over the recall, for one class.

    At each recall stands the best precision at this recall or above. "11" takes the mean at
    recall 0, 0.1, … 1 (VOC 2007), "101" at 0, 0.01, … 1 (COCO); "all" takes the area under the
    steps (VOC from 2010).

    Args:
        predictions: list of dicts with boxes (k, 4), scores (k,); one class.
        truths: list of dicts with boxes (m, 4), for the same images.
        iou_threshold: of a true positive, above 0, up to 1; see `match_boxes`.
        interpolation: "101", "11" or "all".

    Returns:
        float from 0 to 1; nan if there is no true box.

    Raises:
        ValueError: as `detection_curve`, or the interpolation is none of the three.

    Example:
        >>> predictions = [{"boxes": [[0, 0, 9, 9]], "scores": [0.9]}, {"boxes": [], "scores": []}]
        >>> truths = [{"boxes": [[0, 0, 9, 8]]}, {"boxes": [[5, 5, 9, 9]]}]
        >>> [round(detection_average_precision(predictions, truths, 0.5, how), 3)
        ...  for how in ("11", "101", "all")]
        [0.545, 0.505, 0.5]

    Reference:
        The 11 points: Everingham et al., The Pascal visual object classes (VOC) challenge,
        International Journal of Computer Vision 2010. The area is in the programs of that
        challenge from 2010 on, the 101 points are in COCO's program, pycocotools.
    Taught in: notebooks/32_detection.ipynb
    """
    if interpolation not in (*POINTS, "all"):
        raise ValueError(
            'Expected interpolation "101", "11" or "all". Received '
            f'{interpolation!r}. Take "101" to compare with COCO, "11" with VOC 2007.'
        )
    return _average(one_class(predictions, truths), iou_threshold, interpolation)


def average_precision_by_class(predictions, truths, iou_thresholds=0.5):
    """Return the average precision of each class that the truth has, COCO's with 101 points.

    Args:
        predictions: list of dicts with boxes (k, 4), scores (k,), labels (k,).
        truths: list of dicts with boxes (m, 4), labels (m,), for the same images.
        iou_thresholds: number above 0, up to 1, or several, of which the mean is taken.

    Returns:
        dict: label → float from 0 to 1; empty if there is no true box.

    Raises:
        ValueError: other images, labels here and there none, a box or score is none, or a threshold
            is out of range.

    Example:
        >>> predictions = [{"boxes": [[0, 0, 9, 9]], "scores": [0.9], "labels": [1]}]
        >>> truths = [{"boxes": [[0, 0, 9, 8], [0, 9, 9, 18]], "labels": [1, 2]}]
        >>> average_precision_by_class(predictions, truths)
        {1: 1.0, 2: 0.0}
    """
    thresholds = np.atleast_1d(iou_thresholds)
    return {
        label: float(np.mean([_average(images, threshold) for threshold in thresholds]))
        for label, images in by_class(predictions, truths).items()
    }


def mean_average_precision(predictions, truths, iou_thresholds=0.5):
    """Return the mean of the average precision over classes and IoU thresholds.

    With 0.5 it is called mAP@.5, with COCO_THRESHOLDS mAP@[.5:.95]. Classes that the truth does
    not have are left out.

    Args:
        predictions: list of dicts with boxes (k, 4), scores (k,), labels (k,).
        truths: list of dicts with boxes (m, 4), labels (m,), for the same images.
        iou_thresholds: number above 0, up to 1, or several.

    Returns:
        float from 0 to 1; nan if there is no true box.

    Raises:
        ValueError: as `average_precision_by_class`.

    Example:
        >>> predictions = [{"boxes": [[0, 0, 9, 9]], "scores": [0.9], "labels": [1]}]
        >>> truths = [{"boxes": [[0, 0, 9, 8], [0, 9, 9, 18]], "labels": [1, 2]}]
        >>> mean_average_precision(predictions, truths)
        0.5

    Reference:
        Lin et al., Microsoft COCO: common objects in context, ECCV 2014.
    """
    values = list(average_precision_by_class(predictions, truths, iou_thresholds).values())
    return float(np.mean(values)) if values else float("nan")


def froc_curve(predictions, truths, iou_threshold=0.2):
    """Return how many lesions are found against false marks an image, as the threshold falls.

    A lesion is found by any mark whose IoU with it is at least the threshold: several marks on one
    lesion count once and are not false, and one mark may find two lesions. Marks with equal scores
    move together. An image may have several lesions, or none; its false marks count all the same.

    Args:
        predictions: list of dicts with boxes (k, 4), scores (k,); one class.
        truths: list of dicts with boxes (m, 4), for the same images.
        iou_threshold: of a mark on a lesion, above 0, up to 1.

    Returns:
        false_positives: (n + 1,) float64, false marks per image, from 0; it never falls.
        sensitivity: (n + 1,) float64 from 0 to 1, the share of all lesions; it never falls; nan
            if there is no lesion.
        thresholds: (n + 1,) float64: infinity, then the n distinct scores, falling.

    Raises:
        ValueError: as `detection_curve`.

    Example:
        >>> predictions = [{"boxes": [[0, 0, 9, 9], [0, 9, 9, 18]], "scores": [0.9, 0.8]}]
        >>> curve = froc_curve(predictions, [{"boxes": [[0, 9, 9, 17]]}])
        >>> print(*curve)
        [0. 1. 1.] [0. 0. 1.] [inf 0.9 0.8]

    Reference:
        Bunch et al., A free-response approach to the measurement and characterization of
        radiographic-observer performance, Proceedings of SPIE 1977.
    Taught in: notebooks/32_detection.ipynb
    """
    images = one_class(predictions, truths)
    false, found = [], []
    for boxes, scores, truth in images:
        on = overlap(boxes, truth, iou_threshold) > 0  # (k, m)
        false.append(scores[~on.any(axis=1)])
        of_lesion = np.where(on, scores[:, None], -np.inf)  # (k, m)
        found.append(of_lesion.max(axis=0, initial=-np.inf))  # (m,) the best mark on each
    scores = np.unique(np.concatenate([scores for _, scores, _ in images]))
    thresholds = np.append(np.inf, scores[::-1])
    false, found = (
        len(marks) - np.searchsorted(np.sort(marks), thresholds)  # marks at or above each threshold
        for marks in (np.concatenate(false), np.concatenate(found))
    )
    return false / len(images), ratio(found, sum(len(truth) for _, _, truth in images)), thresholds


def froc_score(
    predictions, truths, iou_threshold=0.2, false_positives=(1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
):
    """Return the mean sensitivity at some rates of false marks per image.

    Between two points of `froc_curve` it goes straight, and after the last one on level, as the
    LUNA16 challenge has it.

    Args:
        predictions: list of dicts with boxes (k, 4), scores (k,); one class.
        truths: list of dicts with boxes (m, 4), for the same images.
        iou_threshold: of a mark on a lesion, above 0, up to 1.
        false_positives: rates, false marks per image.

    Returns:
        float from 0 to 1; nan if there is no lesion.

    Raises:
        ValueError: as `detection_curve`.

    Example:
        >>> predictions = [{"boxes": [[0, 0, 9, 9], [0, 9, 9, 18]], "scores": [0.9, 0.8]}]
        >>> round(froc_score(predictions, [{"boxes": [[0, 9, 9, 17]]}]), 3)  # 4 of 7 rates
        0.571

    Reference:
        Setio et al., Validation, comparison, and combination of algorithms for automatic detection
        of pulmonary nodules in computed tomography images: the LUNA16 challenge, Medical Image
        Analysis 2017.
    """
    false, sensitivity, _ = froc_curve(predictions, truths, iou_threshold)
    return float(np.mean(np.interp(false_positives, false, sensitivity)))


def _curve(images, iou_threshold):
    """Return precision, recall and scores of one class, best first."""
    scores = np.concatenate([scores for _, scores, _ in images])
    hits = [match_boxes(*image, iou_threshold) >= 0 for image in images]
    order = np.argsort(-scores, kind="stable")
    true_positives = np.cumsum(np.concatenate(hits)[order])
    called = np.arange(1, len(scores) + 1)
    total = sum(len(truth) for _, _, truth in images)
    return true_positives / called, ratio(true_positives, total), scores[order]


def _average(images, iou_threshold, interpolation="101"):
    """Return the average precision of one class."""
    if not any(len(truth) for _, _, truth in images):
        return float("nan")
    precision, recall, _ = _curve(images, iou_threshold)
    best_from_here = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
    if interpolation == "all":
        return float(np.sum(np.diff(recall, prepend=0) * best_from_here[:-1]))
    return float(np.mean(best_from_here[np.searchsorted(recall, POINTS[interpolation])]))
