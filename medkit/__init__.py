"""medkit: a teaching and exploration kit for deep learning in medical imaging.

The lessons are in `notebooks/`; this package holds what they have already taught, and the
plumbing: data, figures, explorers, exercise checks. For teaching, not for clinical use.
"""

from medkit.datasets import available, load
from medkit.images import read_image
from medkit.quiet import hush_tensorflow

hush_tensorflow()

__version__ = "1.0.0"
__all__ = ["available", "load", "read_image"]
