"""Numbers that say how good a result is; each was built by hand in a lesson first."""

from medkit.metrics.classification import (
    accuracy,
    confusion_matrix,
    f1,
    precision,
    sensitivity,
    specificity,
)
from medkit.metrics.curves import average_precision, precision_recall_curve, roc_auc, roc_curve
from medkit.metrics.detection import (
    COCO_THRESHOLDS,
    average_precision_by_class,
    detection_average_precision,
    detection_curve,
    froc_curve,
    froc_score,
    mean_average_precision,
)
from medkit.metrics.generation import (
    coverage,
    frechet_distance,
    kernel_distance,
    nearest,
    precision_recall,
)
from medkit.metrics.images import psnr
from medkit.metrics.intervals import bootstrap_interval
from medkit.metrics.matching import judge_boxes, match_boxes

__all__ = [
    "COCO_THRESHOLDS",
    "accuracy",
    "average_precision",
    "average_precision_by_class",
    "bootstrap_interval",
    "confusion_matrix",
    "coverage",
    "detection_average_precision",
    "detection_curve",
    "f1",
    "frechet_distance",
    "froc_curve",
    "froc_score",
    "judge_boxes",
    "kernel_distance",
    "match_boxes",
    "mean_average_precision",
    "nearest",
    "precision",
    "precision_recall",
    "precision_recall_curve",
    "psnr",
    "roc_auc",
    "roc_curve",
    "sensitivity",
    "specificity",
]
