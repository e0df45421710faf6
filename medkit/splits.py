"""Divide images into training and test sides so that no patient is on both."""

from itertools import combinations

import numpy as np


class LeakError(ValueError):
    """The same patient is on more than one side of a split."""


def split_by_patient(patient_ids, fractions=(0.7, 0.3), labels=None, seed=0):
    """Divide images so that all images of a patient are on the same side.

    Args:
        patient_ids: (n,) whole numbers or strings, the patient of each image.
        fractions: share of the patients for each side; they add up to 1.
        labels: (n,) numbers. If given, patients are spread in the same proportions for each
            value of their largest label: with 1 for a finding, those with a finding in any image
            and those without. Rounding moves a side by at most one patient for each value.
        seed: of the draw; the same arguments give the same sides.

    Returns:
        tuple of sorted int arrays, one a fraction: the positions of a side's images.

    Raises:
        ValueError: there are no images, the lengths differ, a label is nan, the fractions do not
            add up to 1, or there are too few patients for a side.

    Example:
        >>> train, test = split_by_patient(["a", "a", "b", "c"], fractions=(0.6, 0.4))
        >>> sorted([*train, *test]) == [0, 1, 2, 3]
        True

    Taught in: notebooks/31_classification.ipynb
    """
    patient_ids = np.asarray(patient_ids)
    labels = np.zeros(len(patient_ids)) if labels is None else np.asarray(labels, float)
    _check(patient_ids, fractions, labels)
    patients, which = np.unique(patient_ids, return_inverse=True)
    largest = np.full(len(patients), -np.inf)
    np.maximum.at(largest, which, labels)
    rng = np.random.default_rng(seed)
    side = np.empty(len(patients), int)
    for value in np.unique(largest):
        alike = rng.permutation(np.flatnonzero(largest == value))
        ends = np.round(np.cumsum(fractions)[:-1] * len(alike)).astype(int)
        for number, part in enumerate(np.split(alike, ends)):
            side[part] = number
    sides = tuple(np.flatnonzero(side[which] == number) for number in range(len(fractions)))
    if not all(map(len, sides)):
        raise ValueError(
            f"Expected a patient for each of the {len(sides)} sides. Received {len(patients)} to "
            f"divide by {fractions}. Take more patients, or fewer or more equal sides."
        )
    refuse_shared_patients(**{f"side {i}": patient_ids[s] for i, s in enumerate(sides)})
    return sides


def refuse_shared_patients(**patient_ids):
    """Stop if a patient is on more than one side of a split.

    Args:
        patient_ids: for each side, under its name, the patient of each of its images.

    Raises:
        LeakError: a patient is on two sides; a ValueError.

    Example:
        >>> refuse_shared_patients(train=[1, 1, 2], test=[3])
        >>> refuse_shared_patients(train=[1, 1, 2], test=[2])  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        medkit.splits.LeakError: Expected no patient in both train and test. Received 1 ...
    """
    for (name, ids), (other, other_ids) in combinations(patient_ids.items(), 2):
        shared = np.intersect1d(list(ids), list(other_ids)).tolist()
        if shared:
            more = f" and {len(shared) - 5} more" if len(shared) > 5 else ""
            raise LeakError(
                f"Expected no patient in both {name} and {other}. Received {len(shared)} in both: "
                f"{', '.join(map(str, shared[:5]))}{more}. Split by patient: "
                "medkit.splits.split_by_patient."
            )


def _check(patient_ids, fractions, labels):
    """Say what is wrong with the arguments of a split."""
    if patient_ids.ndim != 1 or patient_ids.shape != labels.shape or not patient_ids.size:
        raise ValueError(
            "Expected one patient, and one label if there are labels, for each image. Received "
            f"shapes {patient_ids.shape} and {labels.shape}. Pass flat lists of the same length."
        )
    if np.isnan(labels).any():
        raise ValueError(
            f"Expected a number as the label of each image. Received {np.isnan(labels).sum()} nan. "
            "Leave these images out first, and say so."
        )
    if not all(share > 0 for share in fractions) or not np.isclose(sum(fractions), 1):
        raise ValueError(
            f"Expected fractions above 0 that add up to 1. Received {fractions}, which add up to "
            f"{sum(fractions):g}. Change one of them, for example (0.7, 0.15, 0.15)."
        )
