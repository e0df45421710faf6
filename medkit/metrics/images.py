"""How close one image is to another."""

import numpy as np


def psnr(image, reference, data_range=1.0):
    """Return the peak signal-to-noise ratio of an image against the true one, in decibels.

    10 * log10(data_range ** 2 / mean((image - reference) ** 2))

    Args:
        image: array of any shape.
        reference: array of the same shape.
        data_range: largest minus smallest possible value.

    Returns:
        float, dB; infinite where the two are equal, nan where one holds nan. 6 dB more halves the
        error.

    Raises:
        ValueError: the shapes differ or the arrays are empty.

    Example:
        >>> print(round(psnr(np.full((2, 2), 0.6), np.full((2, 2), 0.5)), 1))
        20.0

    Taught in: notebooks/12_pooling.ipynb
    """
    image, reference = np.asarray(image, float), np.asarray(reference, float)
    if image.shape != reference.shape or not image.size:
        raise ValueError(
            "Expected two arrays of the same, non-empty shape. Received "
            f"{image.shape} and {reference.shape}. Crop or resize one to the other first."
        )
    error = ((image - reference) ** 2).mean()
    return float("inf") if error == 0 else float(10 * np.log10(data_range**2 / error))
