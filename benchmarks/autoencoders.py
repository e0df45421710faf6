"""Autoencoders on made-up brains: trains what lesson 21 loads, and scores it on held-out patients.

    python -m benchmarks.autoencoders train compressor     writes data/weights/compressor.npz
    python -m benchmarks.autoencoders score                scores all that are there

With `--policy mixed_bfloat16` a processor that has matrix units for it (AMX) trains four times as
fast; the weights are float32 in any case.
"""

import argparse
import time
from functools import lru_cache

import keras
import numpy as np

import medkit
from benchmarks import _anomalies, _denoisers
from benchmarks._jobs import SEED, Job, optimiser
from medkit import models, weights

CODES = (2, 4, 8, 16, 32, 64, 128)
COMPRESSOR = dict(size=32, seed=SEED, noise=0.0)
KEEPER = dict(size=64, seed=SEED, noise=0.0)
TRAVELLER = dict(size=64, seed=SEED, noise=0.0)
PRICE = 2 * 0.15**2 / 64**2  # of a code: each of 64 × 64 pixels may be 0.15 off
WIDTHS = (16, 32, 64, 128)


def copy_itself(network, images, epochs, batch_size=64, rate=3e-3):
    """Train a network to return its input."""
    network.compile(optimiser(epochs * (len(images) // batch_size), rate), loss="mse")
    network.fit(images, images, batch_size=batch_size, epochs=epochs, verbose=2)


# ---- one code of up to 128 numbers ------------------------------------------------------------


def compressor():
    """Return the network whose weights are `compressor`."""
    standard = keras.layers.BatchNormalization(momentum=0.9, center=False, scale=False)
    return keras.Sequential(
        [models.encoder(32, 128), standard, models.KeepFirst(128), models.decoder(32, 128)]
    )


def train_compressor(network, epochs=20, n=32000):
    """Train one autoencoder for all lengths of code up to 128."""
    copy_itself(network, medkit.load("brains", "train", n=n, **COMPRESSOR).images, epochs)
    return dict(data=f"brains, train, n={n}, {COMPRESSOR}", epochs=epochs)


def score_compressor(network):
    """Return {codes: mean squared error, PCA's, their ratio}, on held-out patients."""
    test = medkit.load("brains", "test", n=800, **COMPRESSOR).images
    encode, decode = keras.Sequential(network.layers[:2]), network.layers[-1]
    code, scores = encode.predict(test, verbose=0), {}
    for length in CODES:
        ours = decode.predict(code * (np.arange(max(CODES)) < length), verbose=0)
        error, pcas = float(np.mean((ours - test) ** 2)), pca_error(test, length)
        scores[f"{length} codes"] = {"error": error, "PCA's error": pcas, "ratio": error / pcas}
    return scores


def pca_error(test, codes, n=8000):
    """Return PCA's mean squared error on some images, learned from n training images."""
    first = pca(n).transform(test.reshape(len(test), -1)) * (np.arange(max(CODES)) < codes)
    return float(np.mean((pca(n).inverse_transform(first).reshape(test.shape) - test) ** 2))


@lru_cache(maxsize=1)
def pca(n):
    """Return scikit-learn's PCA of n training images, with as many codes as any network."""
    from sklearn.decomposition import PCA

    train = medkit.load("brains", "train", n=n, **COMPRESSOR).images
    return PCA(max(CODES), random_state=SEED).fit(train.reshape(n, -1))


def compressor_32():
    """Return the network whose weights are `compressor_32`: for 32 numbers and no other."""
    standard = keras.layers.BatchNormalization(momentum=0.9, center=False, scale=False)
    return keras.Sequential([models.encoder(32, 32), standard, models.decoder(32, 32)])


def train_long(network, epochs=24, n=64000):
    """Train longer, on more slices: one length of code needs them to be far better than PCA."""
    return train_compressor(network, epochs, n)


def score_compressor_32(network):
    """Return mean squared error, PCA's, their ratio, on held-out patients."""
    test = medkit.load("brains", "test", n=800, **COMPRESSOR).images
    pcas = pca_error(test, 32)
    error = float(np.mean((network.predict(test, verbose=0) - test) ** 2))
    return {"32 codes": {"error": error, "PCA's error": pcas, "ratio": error / pcas}}


# ---- two codes to travel in -------------------------------------------------------------------


def traveller():
    """Return the variational autoencoder whose weights are `traveller`."""
    encode = models.encoder(64, 4, WIDTHS, normalise=False)
    decode = models.decoder(64, 2, WIDTHS, normalise=False)
    return keras.Sequential([encode, models.Sample(PRICE), decode])


def train_traveller(network, epochs=10, n=8000):
    """Train a variational autoencoder of two codes."""
    images = medkit.load("brains", "train", n=n, **TRAVELLER).images
    copy_itself(network, images, epochs, batch_size=32, rate=2e-3)
    return dict(data=f"brains, train, n={n}, {TRAVELLER}", epochs=epochs)


def score_traveller(network):
    """Return the error on held-out patients, and that of answering the mean head."""
    train = medkit.load("brains", "train", n=1000, **TRAVELLER).images
    test = medkit.load("brains", "test", n=800, **TRAVELLER).images
    found = network.predict(test, verbose=0)
    errors = {"error": found, "error of the mean head": train.mean(0)}
    return {name: float(np.mean((images - test) ** 2)) for name, images in errors.items()}


# ---- a code that keeps the lesion -------------------------------------------------------------


def keeper():
    """Return the network whose weights are `keeper`."""
    standard = keras.layers.BatchNormalization(momentum=0.9, center=False, scale=False)
    return keras.Sequential(
        [models.encoder(64, 128, WIDTHS), standard, models.decoder(64, 128, WIDTHS)]
    )


def train_keeper(network, epochs=12, n=16000):
    """Train one autoencoder on heads with lesions, whose pixels count twenty times."""
    train = medkit.load("brains", "train", n=n, lesion_fraction=1.0, **KEEPER)
    weight = 1 + 19.0 * train.masks[..., None]
    network.compile(optimiser(epochs * (n // 64)), loss="mse")
    network.fit(
        train.images, train.images, sample_weight=weight, batch_size=64, epochs=epochs, verbose=2
    )
    return dict(data=f"brains, train, n={n}, lesion_fraction=1, {KEEPER}", epochs=epochs)


def score_keeper(network, n=400):
    """Return how much of a lesion comes back, in its own head and in another patient's.

    The same patients are made with lesion and without. What the lesion adds to the code is added
    to the code of the next patient's healthy head.
    """
    ill, well = (
        medkit.load("brains", "test", n=n, lesion_fraction=share, **KEEPER) for share in (1.0, 0.0)
    )
    encode, decode = keras.Sequential(network.layers[:2]), network.layers[-1]
    with_lesion, without = (encode.predict(x.images, verbose=0) for x in (ill, well))
    at, large = ill.masks[..., None] > 0, np.flatnonzero(ill.masks.sum((1, 2)) >= 10)
    there = decode.predict(without, verbose=0)
    moved = np.roll(without, 4, axis=0) + with_lesion - without  # four slices a patient
    elsewhere = np.roll(there, 4, axis=0)

    def share_kept(after, before):
        rises = [(after - before)[i][at[i]].mean() for i in large]
        return float(
            np.mean(rises) / np.mean([(ill.images - well.images)[i][at[i]].mean() for i in large])
        )

    return {
        "error": float(np.mean((there - well.images) ** 2)),
        "lesion kept": share_kept(decode.predict(with_lesion, verbose=0), there),
        "lesion moved to another head": share_kept(decode.predict(moved, verbose=0), elsewhere),
    }


# ---- the whole --------------------------------------------------------------------------------


JOBS = (
    {
        "compressor": Job(compressor, train_compressor, score_compressor),
        "compressor_32": Job(compressor_32, train_long, score_compressor_32),
        "traveller": Job(traveller, train_traveller, score_traveller),
        "keeper": Job(keeper, train_keeper, score_keeper),
    }
    | _denoisers.JOBS
    | _anomalies.JOBS
)


def train(name, policy, options):
    """Train one network, save its weights, and score what was saved."""
    job, began = JOBS[name], time.perf_counter()
    keras.utils.set_random_seed(SEED)
    keras.config.set_dtype_policy(policy)
    network = job.build()
    script = f"python -m benchmarks.autoencoders train {name} --policy {policy}"
    script += "".join(f" --{key} {value}" for key, value in options.items())
    card = {"script": script, "seed": SEED}
    card |= job.train(network, **options) | {"policy": policy}
    card["minutes"] = round((time.perf_counter() - began) / 60)
    weights.save_weights(network, name, card)
    keras.config.set_dtype_policy("float32")
    rounded = job.build()
    weights.load_weights(rounded, name)
    path = weights.save_weights(rounded, name, card | {"score": job.score(rounded)})
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB in {card['minutes']} minutes")


def score(name):
    """Load one network and print its scores."""
    network = JOBS[name].build()
    weights.load_weights(network, name)
    print(name)
    for row, values in JOBS[name].score(network).items():
        print(f"  {row:28}", values if isinstance(values, float) else _words(values))


def _words(values):
    return ", ".join(f"{key} {value:.4g}" for key, value in values.items())


def main():
    """Train or score."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["train", "score"], nargs="?", default="score")
    parser.add_argument("names", nargs="*", help=f"{', '.join(JOBS)}; none: all that are there")
    parser.add_argument("--policy", default="float32", help="float32 or mixed_bfloat16")
    parser.add_argument("--epochs", type=int)
    given = parser.parse_args()
    there = [name for name in JOBS if (weights.FOLDER / f"{name}.npz").is_file()]
    for name in given.names or (JOBS if given.what == "train" else there):
        if given.what == "train":
            train(name, given.policy, {"epochs": given.epochs} if given.epochs else {})
        else:
            score(name)


if __name__ == "__main__":
    main()
