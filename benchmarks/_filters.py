"""The filters that a denoising network has to beat, tuned; and what denoising is judged by."""

import numpy as np
from scipy import ndimage
from skimage import filters, restoration

from medkit import metrics


def _non_local_means(image, h, level):
    return restoration.denoise_nl_means(
        image, h=h * level, sigma=level, patch_size=5, patch_distance=5, fast_mode=True
    )


def _of_the_root(image, h, level):
    """Filter the root, in which the noise of photons is equally strong everywhere (Anscombe)."""
    root = np.sqrt(np.maximum(image, 0) + 0.375 * level**2)
    return _non_local_means(root, h, level / 2) ** 2 - 0.375 * level**2


def _wavelets(image, share, level):
    """Shift the image, filter, shift back; the mean over nine shifts."""
    found = [
        np.roll(
            restoration.denoise_wavelet(np.roll(image, shift, (0, 1)), sigma=share * level),
            (-shift[0], -shift[1]),
            (0, 1),
        )
        for shift in np.ndindex(3, 3)
    ]
    return np.mean(found, axis=0)


# name: (function of image, setting and level of the noise; settings to try)
FILTERS = {
    "median": (lambda i, size, level: ndimage.median_filter(i, size), (3, 5)),
    "Gaussian": (lambda i, width, level: ndimage.gaussian_filter(i, width), (0.4, 0.5, 0.7, 0.9)),
    "bilateral": (
        lambda i, s, level: restoration.denoise_bilateral(i, sigma_color=s[0], sigma_spatial=s[1]),
        [(colour, width) for colour in (0.1, 0.15, 0.2) for width in (1, 2, 3)],
    ),
    "total variation": (
        lambda i, weight, level: restoration.denoise_tv_chambolle(i, weight=weight),
        (0.03, 0.04, 0.05, 0.06, 0.08),
    ),
    "non-local means": (_non_local_means, (0.5, 0.6, 0.7, 0.8, 0.9)),
    "non-local means of the root": (_of_the_root, (0.5, 0.7, 0.9, 1.1)),
    "wavelets, shifted": (_wavelets, (0.8, 0.9, 1.0, 1.1)),
}


def _point(width, reach=8):
    """Return what blur of so many pixels makes of a point."""
    point = np.zeros((2 * reach + 1,) * 2)
    point[reach, reach] = 1
    return ndimage.gaussian_filter(point, width)


# against blur; `width` is its true width in pixels, which the last two are told
SHARPENERS = {
    "unsharp mask": (
        lambda i, s, width: filters.unsharp_mask(i, radius=s[0], amount=s[1]),
        [(radius, amount) for radius in (0.5, 1, 2) for amount in (0.5, 1, 2, 4)],
    ),
    "Wiener": (
        lambda i, balance, width: restoration.wiener(i, _point(width), balance, clip=False),
        (0.001, 0.003, 0.01, 0.03, 0.1),
    ),
    "Richardson and Lucy": (
        lambda i, rounds, width: restoration.richardson_lucy(
            np.maximum(i, 1e-3), _point(width), num_iter=rounds, clip=False
        ),
        (2, 5, 10, 20, 40),
    ),
}


def tuned(tuning_noisy, tuning_clean, noisy, level, choice=FILTERS):
    """Return {filter: images} with the setting that is best on the tuning images.

    After each filter a rising curve, also fitted to the tuning images, takes away the floor that
    Rician noise leaves (isotonic regression): the best that such a correction can do.
    """
    from sklearn.isotonic import IsotonicRegression

    cleaned = {}
    for name, (function, settings) in choice.items():
        best = None
        for setting in settings:
            smooth = _apply(function, setting, tuning_noisy, level)
            curve = IsotonicRegression(out_of_bounds="clip").fit(smooth, tuning_clean.ravel())
            reached = psnr(curve.predict(smooth).reshape(tuning_clean.shape), tuning_clean)
            if best is None or reached > best[0]:
                best = reached, setting, curve
        smooth = _apply(function, best[1], noisy, level)
        cleaned[f"{name}, {best[1]}"] = best[2].predict(smooth).reshape(noisy.shape)
    return cleaned


def _apply(function, setting, images, level):
    return np.array([function(i[..., 0].astype(float), setting, level) for i in images]).ravel()


def psnr(images, truth):
    """Return the mean over the images of the PSNR in dB."""
    return float(np.mean([metrics.psnr(a, b) for a, b in zip(images, truth, strict=True)]))


def contrast(images, truth, core=0, least=20):
    """Return by how much lesions outshine the white matter around them, on the average.

    Of lesions of at least `least` pixels; without the outermost `core` pixels of each, which hold
    part of both and lose contrast when an edge softens.
    """
    gaps = []
    for image, mask, tissue in zip(images[..., 0], truth.masks, truth.tissues, strict=True):
        near = ndimage.binary_dilation(mask, iterations=4) & (tissue == 3)
        near &= ~ndimage.binary_dilation(mask)
        inside = ndimage.binary_erosion(mask, iterations=core) if core else mask > 0
        if mask.sum() >= least and near.sum() >= 15 and inside.any():
            gaps.append(image[inside].mean() - image[near].mean())
    return np.mean(gaps)
