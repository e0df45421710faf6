"""The one real head that every made-up patient is bent from: the MNI152 average, 1 mm."""

from functools import lru_cache
from importlib.resources import files

import numpy as np

MAPS = ("t1", "grey", "white", "distance")
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


@lru_cache(maxsize=1)
def _stacked():
    """Return all maps with a rim of air, the four bytes of a voxel as one number, and the shape."""
    maps = mni152()
    beyond = {"distance": 255}
    rimmed = [np.pad(maps[name], 1, constant_values=beyond.get(name, 0)) for name in MAPS]
    return np.stack(rimmed, -1).view(np.uint32).ravel(), rimmed[0].shape


def interpolate(points):
    """Return all maps of the template at any places; beyond the template there is air.

    Trilinear, as scipy.ndimage.map_coordinates of order 1, but the eight neighbours of a place
    are looked up once for all maps, which is five times as fast.

    Args:
        points: (3, height, width) places in voxels.

    Returns:
        (4, height, width) float32, 0..1: t1, grey, white, distance (1 is 63.75 mm).
    """
    voxels, (size_x, size_y, size_z) = _stacked()
    last = np.array([size_x, size_y, size_z], np.float32).reshape(3, 1) - 1.001
    place = np.clip(points.reshape(3, -1).astype(np.float32) + 1, 0, last)
    corner = place.astype(np.intp)
    x, y, z = (place - corner).astype(np.float32)
    start = (corner[0] * size_y + corner[1]) * size_z + corner[2]
    total = np.zeros((len(start), len(MAPS)), np.float32)
    for i, j in np.ndindex(2, 2):
        share = (x if i else 1 - x) * (y if j else 1 - y)
        at = start + (i * size_y + j) * size_z
        for k, weight in ((0, share * (1 - z)), (1, share * z)):
            found = voxels[at + k].view(np.uint8).reshape(-1, len(MAPS))  # one look-up, four maps
            total += weight[:, None] * found
    return total.T.reshape(len(MAPS), *points.shape[1:]) / 255


def tissue_shares(points, skull_mm):
    """Return what each pixel holds.

    Args:
        points: (2, 3, height, width) places in the template in mm, for skull and for brain.
        skull_mm: where fluid, bone and scalp end, in mm from the brain.

    Returns:
        shares: (6, height, width) of fluid, grey, white, bone, marrow, scalp, each 0..1.
        detail: (height, width) what the template's T1 signal has beyond its tissues.
    """
    smooth, fine = points
    t1, grey, white, distance = interpolate(fine)
    inside = np.clip(1.5 - distance * 255 / 4, 0, 1)
    brain = np.stack([np.clip(inside - grey - white, 0, 1), grey, white]) ** 1.5 + 1e-9
    brain = inside * brain / brain.sum(0)
    # The template's own signal, less what its tissues explain: nuclei, tracts, cortex layers.
    explained = 0.25 * brain[0] + 0.66 * brain[1] + 0.93 * brain[2]
    detail = (t1 - explained) * (inside > 0.5)
    fluid, bone, marrow, scalp = _shells(skull_mm, smooth, inside)
    brain[0] += fluid
    return np.concatenate([brain, [bone, marrow, scalp]]), detail


def _shells(ends, points, inside):
    """Return the shares of fluid, bone, marrow and scalp round the brain."""
    outside = interpolate(points)[3] * 255 / 4  # mm
    fluid, bone, scalp = (np.maximum(np.clip(end - outside + 0.5, 0, 1), inside) for end in ends)
    middle, width = (ends[0] + ends[1]) / 2, 0.22 * (ends[1] - ends[0])
    marrow = np.exp(-(((outside - middle) / width) ** 2))
    # The template has no face and no neck, so the shell fades where the skull's base would be.
    above = 1 / (1 + np.exp((32 - points[2]) / 4))
    bone_share = (bone - fluid) * above
    return (
        (fluid - inside) * above,
        bone_share * (1 - marrow),
        bone_share * marrow,
        (scalp - bone) * above,
    )
