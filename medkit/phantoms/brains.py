"""A seeded population of brain MR slices, bent and painted from the real MNI152 anatomy."""

from dataclasses import dataclass

import numpy as np

from medkit.phantoms.anatomy import mni152, tissue_shares

FIELD_OF_VIEW_MM = 224.0
VIEWS = ("axial", "coronal", "sagittal")
CONTRASTS = ("T1", "T2", "FLAIR")
SPLITS = {None: 0, "train": 0, "validation": 1, "test": 2}
CENTRE_MM = np.array([98.0, 116.0, 82.0])  # middle of the head, in template voxels
NORMAL_AXIS = {"axial": 2, "coronal": 1, "sagittal": 0}
# How far from the middle a slice may lie, in mm along the axis it is cut across.
SLICE_RANGE_MM = {"axial": (-8.0, 46.0), "coronal": (-55.0, 45.0), "sagittal": (-45.0, 45.0)}
# Mean signal of cerebrospinal fluid, grey matter, white matter, bone, marrow, scalp, lesion.
SIGNAL = {
    "T1": (0.14, 0.50, 0.76, 0.05, 0.38, 0.74, 0.26),
    "T2": (0.94, 0.56, 0.40, 0.05, 0.30, 0.50, 0.88),
    "FLAIR": (0.12, 0.60, 0.47, 0.05, 0.26, 0.58, 0.86),
}


@dataclass(frozen=True)
class Patient:
    """What stays the same in every slice of one made-up patient."""

    number: int
    affine: np.ndarray  # (3, 3), head size and tilt
    bends: list  # of (3, k, k, k) displacements in mm, coarse to fine
    skull_mm: tuple  # fluid, bone, scalp: where each ends, mm from the brain
    centre_mm: np.ndarray  # (3,) where the lesion is, or would be
    radii_mm: np.ndarray  # (3,)
    waves: tuple  # the lesion's ragged border
    ill: bool
    strength: float  # of the lesion: 0 invisible, 1 as different as one gets


def brains(
    n=1000,
    size=96,
    seed=0,
    split="train",
    view="axial",
    contrast="FLAIR",
    slices_per_patient=4,
    lesion_fraction=0.5,
    lesion_contrast=0.6,
    lesion_radius_mm=(5.0, 14.0),
    noise=0.04,
    bias=0.15,
    deformation=1.0,
):
    """Make a population of head MR slices, some with a lesion; the truth is known exactly.

    Each patient is the MNI152 anatomy under an own smooth deformation, with an own skull and,
    for some, a lesion with an irregular border in the white matter. Each slice has an own
    contrast, coil shading and Rician noise. The anatomy of the brain is real; skull, scalp,
    lesion, signal and noise are made.

    Args:
        n: number of slices.
        size: pixels along each side; the field of view is 224 mm. What is drawn in it, lesions
            too, is (size - 1) / size as large as its millimetres say: 1 % smaller at 96.
        seed: int; the same arguments always give the same bits.
        split: "train", "validation" or "test"; never share a patient.
        view: "axial", "coronal", "sagittal", or "mixed" (one a patient, in turn).
        contrast: "FLAIR" (lesions are brightest), "T1" (they look like grey matter: hard), "T2",
            "mixed" (in turn), or "all" (three channels: T1, T2, FLAIR).
        slices_per_patient: slices of each patient, int ≥ 1.
        lesion_fraction: share of patients with a lesion, 0..1.
        lesion_contrast: 0 (invisible, but in the truth) to 1 (as different from white matter as
            fluid).
        lesion_radius_mm: smallest and largest mean radius.
        noise: standard deviation of the noise as a share of the range, 0..1.
        bias: strength of the coil shading, 0 (none) to about 0.5.
        deformation: 0 (every head the average head) to about 2.

    Returns:
        dict: images (n, size, size, 1 or 3) float32 0..1, labels (n,) 1 = a lesion is in the
        slice, boxes and box_labels (lists), masks (n, size, size) uint8 lesion, tissues
        (n, size, size) uint8 0 other 1 fluid 2 grey 3 white, patient_ids, views, contrasts
        (n,), spacing_mm.

    Raises:
        ValueError: an argument is out of range.

    Reference:
        The recipe: Billot et al., SynthSeg, Medical Image Analysis 2023,
        doi:10.1016/j.media.2023.102789. The anatomy: Fonov et al., NeuroImage 2011,
        doi:10.1016/j.neuroimage.2010.07.033.
    """
    _check(n, size, split, view, contrast, slices_per_patient)
    recipe = dict(lesion_fraction=lesion_fraction, lesion_contrast=lesion_contrast)
    recipe |= dict(lesion_radius_mm=lesion_radius_mm, deformation=deformation)
    slices, patient = [], None
    for index in range(n):
        number = index // slices_per_patient
        if index % slices_per_patient == 0:
            patient = _patient(seed, SPLITS[split], number, recipe)
        turn = VIEWS[number % 3] if view == "mixed" else view
        names = CONTRASTS if contrast == "all" else (contrast,)
        names = (CONTRASTS[index % 3],) if contrast == "mixed" else names
        rng = np.random.default_rng([seed, SPLITS[split], number, 1 + index])
        slices.append(_slice(rng, patient, turn, names, size, noise, bias))
    return _collect(slices, size)


def _check(n, size, split, view, contrast, slices_per_patient):
    for name, value, allowed in [
        ("split", split, tuple(SPLITS)),
        ("view", view, (*VIEWS, "mixed")),
        ("contrast", contrast, (*CONTRASTS, "mixed", "all")),
    ]:
        if value not in allowed:
            raise ValueError(
                f"Expected {name} to be one of {', '.join(map(str, allowed))}. "
                f"Received {value!r}. Choose one of these."
            )
    if n < 1 or size < 16 or slices_per_patient < 1:
        raise ValueError(
            "Expected n ≥ 1, size ≥ 16 pixels and slices_per_patient ≥ 1. Received "
            f"n={n}, size={size}, slices_per_patient={slices_per_patient}. Raise the small one."
        )


def _patient(seed, split, number, recipe):
    rng = np.random.default_rng([seed, split, number, 0])
    bend = recipe["deformation"]
    tilt = np.cross(np.eye(3), rng.normal(0, 0.05 * bend, 3))
    affine = (np.eye(3) + tilt) @ np.diag(1 - rng.normal(0, 0.035 * bend, 3))
    bends = [rng.normal(0, mm * bend, (3, k, k, k)) for k, mm in ((5, 3.5), (11, 1.7), (22, 1.3))]
    fluid = rng.uniform(1.0, 3.0)
    bone = fluid + rng.uniform(5.0, 8.0)
    ill = rng.uniform() < recipe["lesion_fraction"]
    radius = rng.uniform(*recipe["lesion_radius_mm"])
    directions = rng.normal(0, 1, (9, 3)) * rng.uniform(0.8, 2.2, (9, 1)) / radius
    return Patient(
        number=number + 1_000_000 * split,
        affine=affine,
        bends=bends,
        skull_mm=(fluid, bone, bone + rng.uniform(3.0, 7.0)),
        centre_mm=_place_in_white_matter(rng, radius),
        radii_mm=radius * np.exp(rng.normal(0, 0.2, 3)),
        waves=(directions, rng.uniform(0, 2 * np.pi, 9), rng.uniform(0.05, 0.16, 9)),
        ill=ill,
        strength=ill * recipe["lesion_contrast"] * rng.uniform(0.7, 1.3),
    )


def _place_in_white_matter(rng, radius):
    """Draw template voxels until one lies in white matter, at a height that slices reach."""
    white = mni152()["white"]
    low, high = SLICE_RANGE_MM["axial"]
    while True:
        voxel = CENTRE_MM + rng.uniform((-60, -75, low), (60, 65, high))
        if white[tuple(voxel.astype(int))] > 230:
            return voxel


def _slice(rng, patient, view, contrasts, size, noise, bias):
    """Return images (size, size, channels), lesion mask, tissue labels and what they are."""
    axis = NORMAL_AXIS[view]
    low, high = SLICE_RANGE_MM[view]
    at = rng.uniform(low, high)
    if rng.uniform() < 0.7:  # healthy patients are cut at such places too: no hint in the level
        middle = _into_patient(patient, patient.centre_mm)[axis]
        at = float(np.clip(middle + rng.normal(0, 0.4) * patient.radii_mm[axis], low, high))
    points = _points(patient, view, at, size)
    shares, detail = tissue_shares(points, patient.skull_mm)
    soft = _lesion(patient, points[1]) * (shares[:3].sum(0) > 0.5)
    smooth = [_smooth_field(rng, size) for _ in range(2)]
    images = [
        _acquire(rng, name, shares, detail, soft * patient.strength, smooth, noise, bias)
        for name in contrasts
    ]
    mask = (soft > 0.5) & patient.ill
    tissue = np.where(shares[:3].sum(0) > 0.5, 1 + shares[:3].argmax(0), 0)
    return np.stack(images, -1), mask, tissue, patient.number, view, "+".join(contrasts)


def _into_patient(patient, template_mm):
    """Undo the head's size and tilt (not the bends, which are small) for one point."""
    return np.linalg.solve(patient.affine, template_mm - CENTRE_MM)


def _points(patient, view, at, size):
    """Return where in the template each pixel looks, (2, 3, size, size) in voxels = mm.

    The first of the two leaves out the fine bends: the skull is smoother than the brain. Rows run
    from front to back or from top to base, columns from the patient's right to left or from
    front to back: so the radiologist's picture, the patient's right on its left.
    """
    line = np.linspace(FIELD_OF_VIEW_MM / 2, -FIELD_OF_VIEW_MM / 2, size)
    axis = NORMAL_AXIS[view]
    places = [np.array([at]) if a == axis else line for a in range(3)]
    grid = np.stack(np.meshgrid(*places, indexing="ij"))
    coarse = grid + _bend(patient.bends[0], places)
    fine = coarse + sum(_bend(bend, places) for bend in patient.bends[1:])
    points = np.einsum("ab,sb...->sa...", patient.affine, np.stack([coarse, fine]))
    points += CENTRE_MM[:, None, None, None]
    return np.take(points, 0, axis=2 + axis).swapaxes(2, 3)


def _bend(values, places):
    """Blend random displacements on a coarse grid smoothly: a product of one curve an axis."""
    knots = values.shape[1]
    at = np.linspace(-130, 130, knots)
    width = 0.6 * (at[1] - at[0])
    x, y, z = (
        np.exp(-(((np.asarray(p)[:, None] - at) / width) ** 2) / 2).astype(np.float32)
        for p in places
    )
    with np.errstate(invalid="ignore"):  # matrix products may raise the flag for no number of ours
        return np.einsum("xi,yj,zk,cijk->cxyz", x, y, z, values.astype(np.float32), optimize=True)


def _lesion(patient, points):
    """Return how much each pixel is lesion, 0..1, with a ragged, slightly soft border."""
    offset = points - patient.centre_mm[:, None, None]
    radius = patient.radii_mm.mean()
    distance = np.sqrt(((offset / patient.radii_mm[:, None, None]) ** 2).sum(0))
    directions, phases, heights = patient.waves
    for direction, phase, height in zip(directions, phases, heights, strict=True):
        distance = distance + height * np.cos(np.tensordot(direction, offset, 1) + phase)
    return 1 / (1 + np.exp(np.clip((distance - 1) * radius / 0.7, -50, 50)))


def _smooth_field(rng, size):
    """Return a smooth random field, mean about 0, standard deviation about 1."""
    line = np.linspace(-1, 1, size)
    waves = np.cos(np.pi * np.arange(3)[:, None] * (line + 1) / 2)
    weights = rng.normal(0, 1, (3, 3)) / (1 + np.add.outer(np.arange(3), np.arange(3)))
    weights[0, 0] = 0
    return np.einsum("ij,iy,jx->yx", weights, waves, waves)


def _acquire(rng, contrast, shares, detail, lesion, smooth, noise, bias):
    """Paint the tissues in one MR contrast; then coil shading, noise and the magnitude."""
    signal = np.array(SIGNAL[contrast]) * np.exp(rng.normal(0, 0.05, 7))
    image = np.tensordot(signal[:6], shares, 1)
    image = image + (0.7 if contrast == "T1" else -0.5) * detail
    image = image * (1 + 0.05 * smooth[0] * (1 if contrast == "T1" else -1))
    image = image + lesion * (signal[6] - image)
    gain = rng.normal(1, 0.06) * np.exp(bias * smooth[1])
    sigma = noise * rng.uniform(0.6, 1.4)
    real, imaginary = sigma * rng.standard_normal((2, *image.shape))
    return np.clip(np.hypot(gain * image + real, imaginary), 0, 1).astype(np.float32)


def _collect(slices, size):
    images, masks, tissues, patients, views, contrasts = (
        list(x) for x in zip(*slices, strict=True)
    )
    masks = np.stack(masks).astype(np.uint8)
    boxes = [_box(mask) for mask in masks]
    return {
        "images": np.stack(images),
        "labels": masks.any((1, 2)).astype(np.int64),
        "boxes": boxes,
        "box_labels": [np.ones(len(box), np.int64) for box in boxes],
        "masks": masks,
        "tissues": np.stack(tissues).astype(np.uint8),
        "patient_ids": np.array(patients),
        "views": np.array(views),
        "contrasts": np.array(contrasts),
        "spacing_mm": FIELD_OF_VIEW_MM / size,
    }


def _box(mask):
    """Return the lesion's box, (0 or 1, 4) y_min, x_min, y_max, x_max in pixel edges."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return np.zeros((0, 4), np.float32)
    return np.array([[rows[0], columns[0], rows[-1] + 1, columns[-1] + 1]], np.float32)
