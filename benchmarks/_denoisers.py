"""Networks that take noise or blur off heads, beside filters."""

from functools import partial

import numpy as np
from scipy import ndimage

import medkit
from benchmarks import _filters as filters
from benchmarks._jobs import SEED, Job, optimiser
from medkit import models
from medkit.noise import KINDS, add_noise

DENOISER = dict(size=96, seed=SEED, noise=0.0)
LEVEL = 0.08  # of the Rician noise
LEVELS, WIDTHS = (0.04, 0.08, 0.16), (0.5, 1.0, 2.0)  # of noise; of blur in pixels
GRAIN = 0.01  # of the noise on blurred images


def train(network, damage, epochs=36, n=8000, lesion_fraction=0.5, lesion_weight=1.0):
    """Train to undo damage(clean, rng), which returns the images and what each is to weigh."""
    some = dict(n=n, lesion_fraction=lesion_fraction, **DENOISER)
    train, rng = medkit.load("brains", "train", **some), np.random.default_rng(SEED)
    network.compile(optimiser(epochs * (n // 16)), loss="mse")
    for _ in range(epochs):
        clean, lesions = crops(train, rng)
        damaged, weight = damage(clean, rng)
        weight = weight * (1 + (lesion_weight - 1) * lesions)
        network.fit(damaged, clean, batch_size=16, sample_weight=weight, verbose=2)
    return dict(data=f"brains, train, {some}", lesion_weight=lesion_weight, epochs=epochs)


def rician(clean, rng):
    """Return images with Rician noise of 8 % of the range."""
    return add_noise(clean, "Rician", LEVEL, rng), 1.0


def any_noise(clean, rng):
    """Return images with noise of any kind and strength; the stronger, the less each weighs."""
    levels = np.exp(rng.uniform(np.log(0.03), np.log(0.2), len(clean)))
    kinds = rng.choice(KINDS, len(clean))
    noisy = [add_noise(*one, rng) for one in zip(clean, kinds, levels, strict=True)]
    return np.array(noisy), ((LEVEL / levels) ** 1.3)[:, None, None, None]


def any_blur(clean, rng):
    """Return images with blur of any width, and a little noise."""
    widths = np.exp(rng.uniform(np.log(0.4), np.log(2.4), len(clean)))
    blurred = [blur(*one, rng) for one in zip(clean, widths, strict=True)]
    return np.array(blurred), (1 / widths)[:, None, None, None]


def blur(image, width, rng):
    """Return an image (height, width, 1) blurred by a Gaussian so many pixels wide, with grain."""
    return add_noise(ndimage.gaussian_filter(image, (width, width, 0)), "Gaussian", GRAIN, rng)


def crops(images, rng, side=64):
    """Return a random part of each image that holds most of the head, and its lesion mask."""
    parts, masks = [], []
    for image, mask in zip(images.images, images.masks, strict=True):
        row, column = rng.integers(8, 96 - side - 7, 2)
        turn = rng.choice([-1, 1])
        here = slice(row, row + side), slice(column, column + side)
        parts.append(image[here][:, ::turn])
        masks.append(mask[here][:, ::turn, None])
    return np.array(parts), np.array(masks)


def score_denoiser(network):
    """Return PSNR in dB and the share of the lesion's contrast that is kept, beside filters."""
    rng = np.random.default_rng(5)
    tuning = medkit.load("brains", "validation", n=40, **DENOISER)
    test = medkit.load("brains", "test", n=200, **DENOISER)
    tuning_noisy = add_noise(tuning.images, "Rician", LEVEL, rng)
    noisy = add_noise(test.images, "Rician", LEVEL, rng)
    cleaned = {"noisy": noisy, "network": network.predict(noisy, verbose=0)}
    cleaned |= filters.tuned(tuning_noisy, tuning.images, noisy, LEVEL)
    whole, core = filters.contrast(test.images, test), filters.contrast(test.images, test, core=1)
    return {
        name: {
            "PSNR in dB": filters.psnr(images, test.images),
            "contrast kept": float(filters.contrast(images, test) / whole),
            "contrast kept inside the rim": float(filters.contrast(images, test, core=1) / core),
        }
        for name, images in cleaned.items()
    }


def score_against(network, cases, choice):
    """Return PSNR in dB of network and best tuned filter, for {case: (damage, level)}."""
    tuning = medkit.load("brains", "validation", n=24, **DENOISER).images
    test = medkit.load("brains", "test", n=80, **DENOISER)
    scores = {}
    for name, (damage, level) in cases.items():
        rng = np.random.default_rng(5)
        tuning_damaged = np.array([damage(image, rng) for image in tuning])
        damaged = np.array([damage(image, rng) for image in test.images])
        ours = network.predict(damaged, verbose=0)
        others = filters.tuned(tuning_damaged, tuning, damaged, level, choice)
        reached = {other: filters.psnr(images, test.images) for other, images in others.items()}
        best = max(reached, key=reached.get)
        scores[name] = {
            "before": filters.psnr(damaged, test.images),
            f"best filter ({best})": reached[best],
            "network": filters.psnr(ours, test.images),
            "contrast kept": float(
                filters.contrast(ours, test) / filters.contrast(test.images, test)
            ),
        }
    return scores


def score_any_noise(network):
    """Return the scores for each kind of noise at three levels."""
    cases = {
        f"{kind} {level}": (partial(_noisy, kind=kind, level=level), level)
        for kind in KINDS
        for level in LEVELS
    }
    return score_against(network, cases, filters.FILTERS)


def _noisy(image, rng, kind, level):
    return add_noise(image, kind, level, rng)


def score_any_blur(network):
    """Return the scores for blur of three widths."""
    cases = {f"blur {width}": (partial(_blurred, width=width), width) for width in WIDTHS}
    return score_against(network, cases, filters.SHARPENERS)


def _blurred(image, rng, width):
    return blur(image, width, rng)


def job(score, damage, **options):
    """Return how to train one network against one kind of damage."""
    return Job(models.denoiser, partial(train, damage=damage, **options), score)


JOBS = {
    "denoiser": job(score_denoiser, rician, lesion_fraction=1.0, lesion_weight=10.0),
    "blind": job(score_any_noise, any_noise, epochs=24),
    "sharpener": job(score_any_blur, any_blur, epochs=24),
}
