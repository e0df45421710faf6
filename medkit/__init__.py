"""medkit: a teaching and exploration kit for deep learning in medical imaging.

The lessons are in `notebooks/`; this package holds what they have already taught, and the
plumbing: data, figures, explorers, exercise checks. For teaching, not for clinical use.
"""

import os

# TensorFlow reads these when it is first imported: no start-up chatter in a lesson.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

from medkit.datasets import available, load
from medkit.images import read_image

__version__ = "0.1.0"
__all__ = ["available", "load", "read_image"]
