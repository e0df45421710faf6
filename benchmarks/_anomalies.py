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


def score_healthy(network, n=1600):
    """Return the area under the ROC curve for patients and pixels, beside PCA and brightness."""
    test = medkit.load("brains", "test", n=n, **HEALTHY)
    brain, truth = test.tissues > 0, test.masks > 0
    scores = {}
    for name, maps in changes(network, test.images).items():
        ill, found = patients(maps, test)
        low, high = metrics.bootstrap_interval(metrics.roc_auc, ill, found)
        scores[name] = {
            "AUC of patients": metrics.roc_auc(ill, found),
            "from": low,
            "to": high,
            "AUC of pixels": metrics.roc_auc(truth[brain], maps[brain]),
        }
    return scores


def changes(network, images, n=2000):
    """Return {name: maps (n, height, width)}: where a lesion is suspected."""
    from sklearn.decomposition import PCA

    healthy = medkit.load("brains", "train", n=n, lesion_fraction=0.0, **HEALTHY).images
    flat = images.reshape(len(images), -1)
    pca = PCA(128, random_state=SEED).fit(healthy.reshape(n, -1))
    by_pca = (flat - pca.inverse_transform(pca.transform(flat))).reshape(images.shape)
    spread = (images - healthy.mean(0)) / (healthy.std(0) + 0.01)
    by_network = images - network.predict(images, verbose=0)
    found = {"network": by_network, "PCA": by_pca, "against the mean head": spread}
    return {name: maps[..., 0] for name, maps in (found | {"brightness": images}).items()}


def patients(maps, test):
    """Return labels, and as score the largest value of the smoothed maps inside the brain."""
    smooth = ndimage.gaussian_filter(maps, (0, 1, 1))
    smooth[test.tissues == 0] = -np.inf
    each = [test.patient_ids == patient for patient in np.unique(test.patient_ids)]
    ill = np.array([test.masks[slices].any() for slices in each])
    return ill, np.array([smooth[slices].max() for slices in each])


JOBS = {"healthy": Job(models.denoiser, train_healthy, score_healthy)}
