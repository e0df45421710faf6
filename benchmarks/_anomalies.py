"""A network that has seen healthy heads only, and what it finds in others."""

import numpy as np
from scipy import ndimage

import medkit
from benchmarks._jobs import SEED, Job, optimiser
from medkit import metrics, models

HEALTHY = dict(size=96, seed=SEED)


def train_healthy(network, epochs=24, n=8000):
    """Train to take smooth blobs off healthy heads."""
    images = medkit.load("brains", "train", n=n, lesion_fraction=0.0, **HEALTHY).images
    rng = np.random.default_rng(SEED)
    network.compile(optimiser(epochs * (n // 32)), loss="mse")
    for _ in range(epochs):
        mirrored = images[:, :, :: rng.choice([-1, 1])]
        network.fit(add_blobs(mirrored, rng), mirrored, batch_size=32, verbose=2)
    return dict(data=f"brains, train, n={n}, lesion_fraction=0, {HEALTHY}", epochs=epochs)


def add_blobs(images, rng, strength=0.2):
    """Return images with smooth blobs of 4 to 8 pixels, brighter or darker, on the head."""
    count, size = images.shape[:2]
    width = int(rng.choice([4, 6, 8]))
    coarse = rng.normal(0, strength, (count, size // width, size // width))
    blobs = ndimage.zoom(coarse, (1, width, width), order=1)[..., None]
    return (images + blobs * (images > 0.1)).astype("float32")


def score_healthy(network, n=400):
    """Return the area under the ROC curve for patients and pixels, and that of brightness."""
    test = medkit.load("brains", "test", n=n, **HEALTHY)
    images, brain = test.images[..., 0], test.tissues > 0
    change = images - network.predict(test.images, verbose=0)[..., 0]
    return {
        name: {
            "AUC of patients": patient_auc(maps, test),
            "AUC of pixels": metrics.roc_auc(test.masks[brain] > 0, maps[brain]),
        }
        for name, maps in {"what the network takes away": change, "brightness": images}.items()
    }


def patient_auc(maps, test):
    """Score each patient by the largest value of the smoothed maps inside the brain."""
    smooth = ndimage.gaussian_filter(maps, (0, 1, 1))
    smooth[test.tissues == 0] = -np.inf
    patients = np.unique(test.patient_ids)
    found = [smooth[test.patient_ids == patient].max() for patient in patients]
    return metrics.roc_auc([test.masks[test.patient_ids == p].any() for p in patients], found)


JOBS = {"healthy": Job(models.denoiser, train_healthy, score_healthy)}
