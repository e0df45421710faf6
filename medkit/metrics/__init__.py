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
from medkit.metrics.generation import (
    coverage,
    frechet_distance,
    kernel_distance,
    nearest,
    precision_recall,
)
from medkit.metrics.images import psnr
from medkit.metrics.intervals import bootstrap_interval

__all__ = [
    "accuracy",
    "average_precision",
    "bootstrap_interval",
    "confusion_matrix",
    "coverage",
    "f1",
    "frechet_distance",
    "kernel_distance",
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
