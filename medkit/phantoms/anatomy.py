"""The one real head that every made-up patient is bent from: the MNI152 average, 1 mm."""

from functools import lru_cache
from importlib.resources import files

import numpy as np

TEMPLATE = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"


@lru_cache(maxsize=1)
def mni152():
    """Return the MNI152 maps that nilearn ships, and each voxel's distance from the brain.

    Returns:
        dict of (197, 233, 189) arrays, axes x to the right, y to the front, z upwards, 1 mm:
        t1, grey, white: uint8 0..255 (the last two are probabilities times 255);
        distance: uint8, 4 times the mm to the brain's outer surface (0 inside, 255 far away).
    """
    import nibabel

    folder = files("nilearn") / "datasets" / "data"
    maps = {}
    for name, short in {"t1": "t1", "grey": "gm", "white": "wm"}.items():
        maps[name] = np.asarray(nibabel.load(folder / TEMPLATE.format(short)).dataobj)
    maps["distance"] = _distance_from_brain((maps["grey"] > 100) | (maps["white"] > 100))
    return maps


def _distance_from_brain(brain):
    """Return 4 × mm to the brain's hull, the sulci closed, as uint8; reckoned at 3 mm."""
    from scipy import ndimage

    coarse = np.pad(brain[::3, ::3, ::3], 8)
    closed = ndimage.distance_transform_edt(~coarse) <= 4  # 12 mm out ...
    closed = ndimage.distance_transform_edt(closed) > 4  # ... and 12 mm back in
    signed = ndimage.distance_transform_edt(~closed) - ndimage.distance_transform_edt(closed)
    mm = 3 * ndimage.gaussian_filter(signed, 0.7)[8:-8, 8:-8, 8:-8]
    for axis, length in enumerate(brain.shape):  # back to 1 mm, one axis after the other
        mm = _stretch(mm, axis, length)
    return np.clip(4 * mm, 0, 255).astype(np.uint8)


def _stretch(volume, axis, length):
    """Interpolate linearly along one axis from every third voxel to all `length` of them."""
    position = np.minimum(np.arange(length) / 3, volume.shape[axis] - 1)
    low = np.minimum(position.astype(int), volume.shape[axis] - 2)
    share = (position - low).reshape([-1 if a == axis else 1 for a in range(3)])
    return volume.take(low, axis) * (1 - share) + volume.take(low + 1, axis) * share
