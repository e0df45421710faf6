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
from medkit.metrics.instances import instance_average_precision, instance_iou, match_instances
from medkit.metrics.intervals import bootstrap_interval
from medkit.metrics.matching import judge_boxes, match_boxes
from medkit.metrics.overlap import dice_by_class, dice_coefficient, iou, volume_error
from medkit.metrics.surface import (
    border_distances,
    hausdorff_distance,
    surface_dice,
    surface_distance,
)

__all__ = [
    "COCO_THRESHOLDS",
    "accuracy",
    "average_precision",
    "average_precision_by_class",
    "bootstrap_interval",
    "border_distances",
    "confusion_matrix",
    "coverage",
    "detection_average_precision",
    "detection_curve",
    "dice_by_class",
    "dice_coefficient",
    "f1",
    "frechet_distance",
    "froc_curve",
    "froc_score",
    "hausdorff_distance",
    "instance_average_precision",
    "instance_iou",
    "iou",
    "judge_boxes",
    "kernel_distance",
    "match_boxes",
    "match_instances",
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
    "surface_dice",
    "surface_distance",
    "volume_error",
]
