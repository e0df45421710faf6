"""Masks of the overlap explorer: its scenes, checks of those that are given, static pictures."""

import numpy as np

from medkit.plots import COLOURS

SHAPE = (60, 80)  # of the scenes
SCENES = ("organ", "vessel", "two lesions")
MOVED = (1, 1)  # how far down and right the mask of a scene lies at the start
LARGEST = 160  # side of a mask, in pixels


def scene_truth(name):
    """Return the true mask of a scene: (60, 80) bool."""
    y, x = np.indices(SHAPE) + 0.5
    if name == "organ":
        angle = np.arctan2(y - 29, x - 41)
        wavy = 21 + 1.8 * np.cos(2 * angle + 0.6) + 1.5 * np.cos(3 * angle - 1)
        return np.hypot((y - 29) / 0.82, x - 41) < wavy
    if name == "vessel":  # 1.7 pixels wide, measured across it
        steep = 13 / 13.5 * np.cos(x / 13.5 - 0.4)
        away = np.abs(y - 29 - 13 * np.sin(x / 13.5 - 0.4)) / np.hypot(1, steep)
        return (away < 0.85) & (x > 6) & (x < 74)
    lesions = np.hypot(y - 33, 0.9 * (x - 28)) < 13.5
    lesions[14, 60:62] = lesions[15, 60] = True
    return lesions


def moved(mask, down, right):
    """Return a mask moved by whole pixels; what leaves the image is lost."""
    height, width = mask.shape
    rows, columns = np.indices(mask.shape)
    rows, columns = rows - down, columns - right
    within = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return within & mask[rows % height, columns % width]


def as_mask(mask, name, truth=None):
    """Return a mask as (height, width) bool, the size of the truth, or say what was expected."""
    given = np.asarray(mask)
    if given.ndim == 3 and given.shape[2] == 1:
        given = given[..., 0]
    if given.ndim != 2 or given.size == 0 or not np.isin(given, (0, 1)).all():
        raise ValueError(
            f"Expected {name} to be an array (height, width) of booleans, or of 0 and 1. Received "
            f"shape {given.shape}, {given.dtype}. Write for example {name} = y_score > 0.5."
        )
    if max(given.shape) > LARGEST:
        height, width = given.shape
        raise ValueError(
            f"Expected {name} to have at most {LARGEST}×{LARGEST} pixels. Received {height}×{width}"
            f". Crop it to the part of interest, or halve it: {name}[::2, ::2], with twice the "
            "spacing_mm."
        )
    mask = given.astype(bool)
    return mask if truth is None else fitting(mask, truth, name)


def pack(mask):
    """Return a mask as bytes, one a pixel."""
    return mask.astype(np.uint8).tobytes()


def fitting(array, truth, name):
    """Return an array that lies over the truth pixel by pixel, or say what was expected."""
    if array.shape[:2] != truth.shape:
        sizes = ["{}×{}".format(*each.shape[:2]) for each in (truth, array)]
        raise ValueError(
            f"Expected {name} to have the size of the truth, {sizes[0]}. Received {sizes[1]}. Crop "
            "or resize it; where the truth changes its size, set explorer.truth first."
        )
    return array


def check_given(**given):
    """Refuse a truth with a scene, and an image without a truth."""
    names = [name for name, value in given.items() if value is not None]
    if {"truth", "scene"} <= {*names} or ("image" in names and "truth" not in names):
        raise ValueError(
            "Expected a truth, with or without an image, or a scene alone. Received "
            f"{' and '.join(names)}. Leave the scene out, and give an image's true mask with it."
        )


def farthest(truth, mask, spacing_mm):
    """Return the border pixels that make the Hausdorff distance: the mask's and the truth's row."""
    from scipy import ndimage

    borders = [each & ~ndimage.binary_erosion(each) for each in (mask, truth)]
    found = []
    for here, there in (borders, borders[::-1]):
        away, nearest = ndimage.distance_transform_edt(~there, spacing_mm, return_indices=True)
        at = np.unravel_index(np.where(here, away, -1).argmax(), here.shape)
        found.append((away[at], np.array([at, nearest[(slice(None), *at)]])))
    (mask_away, mask_first), (truth_away, truth_first) = found
    return truth_first[::-1] if truth_away > mask_away else mask_first


def draw_mask(axes, mask, spacing_mm, name, style):
    """Draw the truth, or the mask filled, in mm along the edges of its pixels."""
    colour = COLOURS["truth" if name == "truth" else "prediction"]
    axes.plot([], [], style, color=colour, linewidth=2.5, label=name)
    if not mask.any():
        return
    fine = np.pad(mask.repeat(4, 0).repeat(4, 1), 1).astype(float)
    y, x = ((np.arange(n) - 0.5) / 4 * mm for n, mm in zip(fine.shape, spacing_mm, strict=True))
    axes.contour(x, y, fine, [0.5], colors=colour, linewidths=2.5, linestyles=style)
    if name == "mask":
        axes.contourf(x, y, fine, [0.5, 1.5], colors=colour, alpha=0.3)
