"""The noise of a camera, of a magnet and of counted photons."""

import numpy as np

KINDS = ("Gaussian", "Rician", "Poisson")


def add_noise(images, kind, level, rng):
    """Return images with noise.

    Gaussian: image + n. Rician, of MR: sqrt((image + n)² + n'²), never negative. Poisson, of
    counted photons: brightness 1 is 1 / level² photons, so bright places have the most noise.

    Args:
        images: array of any shape, 0..1.
        kind: "Gaussian", "Rician" or "Poisson".
        level: standard deviation as a share of the range, of Poisson noise at brightness 1;
            float > 0.
        rng: numpy.random.Generator.

    Returns:
        float32 array of the same shape.

    Raises:
        ValueError: there is no such kind, the level is not above 0, or an image for Poisson noise
            is negative.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> black = add_noise(np.zeros(100_000), "Rician", 0.1, rng)
        >>> print(round(float(black.mean()), 3))  # 0.1 * sqrt(pi / 2): not black any more
        0.125

    Taught in: notebooks/21_autoencoders.ipynb
    """
    if kind not in KINDS:
        raise ValueError(
            f"Expected kind to be one of {', '.join(KINDS)}. Received {kind!r}. Choose one of "
            "these."
        )
    if not level > 0:
        raise ValueError(f"Expected a level above 0. Received {level}. 0.05 is 5 % of the range.")
    if kind == "Poisson":
        if np.min(images, initial=0) < 0:
            raise ValueError(
                f"Expected images of 0 or more. Received {np.min(images):.3g}, and there are no "
                "negative photons. Scale the images to 0..1."
            )
        return (rng.poisson(images / level**2) * level**2).astype("float32")
    first, second = rng.normal(0, level, (2, *np.shape(images)))
    noisy = images + first if kind == "Gaussian" else np.hypot(images + first, second)
    return noisy.astype("float32")
