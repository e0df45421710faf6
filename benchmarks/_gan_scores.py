"""How the fakes of lesson 22 are scored: the heads, the classifier of nine modes, two judges."""

from functools import lru_cache

import keras
import numpy as np

import medkit
from benchmarks import _gan_games as games
from medkit import metrics, models, weights

HEADS = dict(size=64, seed=22, noise=0.0, view="mixed", contrast="mixed", slices_per_patient=3)
VISIBLE = dict(lesion_contrast=1.0, lesion_radius_mm=(12.0, 20.0))  # for wishes, on 7 mm pixels
SHAPE, WIDTHS, FAKES, FEW = (32, 32, 1), (16, 32, 64), 4000, 60


@lru_cache(maxsize=3)
def heads(split, n, visible=False):
    """Return images (n, 32, 32, 1), modes (n,), 0 to 8, and wishes (n, 7)."""
    data = medkit.load("brains", split, n=n, **HEADS | (VISIBLE if visible else {}))
    images = data.images.reshape(n, 32, 2, 32, 2, 1).mean((2, 4))  # a pixel: the mean of 2 × 2
    view = np.array(data.views)[:, None] == ["axial", "coronal", "sagittal"]
    contrast = np.array(data.contrasts)[:, None] == ["T1", "T2", "FLAIR"]
    wishes = np.hstack([view, contrast, data.labels[:, None] == 1]).astype("float32")
    return images, 3 * view.argmax(1) + contrast.argmax(1), wishes


def mode_network():
    """Return the classifier of nine modes."""
    return models.classifier(SHAPE, 9, WIDTHS)


def train_modes(epochs=8):
    """Train the classifier, save its weights, and print its accuracy on other patients."""
    keras.utils.set_random_seed(22)
    network, (x, y, _) = mode_network(), heads("train", 9000)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(x) // games.BATCH)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(rate), loss=loss)
    network.fit(x, y, batch_size=games.BATCH, epochs=epochs, verbose=2)
    card = {"script": "python -m benchmarks.gans modes", "seed": 22, "epochs": epochs}
    card |= {"data": f"brains, train, n=9000, {HEADS}, means of 2 × 2 pixels"}
    weights.save_weights(network, "modes", card)
    weights.load_weights(network, "modes")  # what is scored is rounded
    x_test, y_test, _ = heads("test", FAKES)
    accuracy = float(np.mean(network.predict(x_test, verbose=0).argmax(1) == y_test))
    weights.save_weights(network, "modes", card | {"score": {"accuracy": accuracy}})
    print(f"accuracy on {FAKES} slices of other patients: {accuracy:.4f}")


def told_apart(judge, real, fake, epochs=20):
    """Return the accuracy of a fresh judge on the half of real and fake that it did not see."""
    half = len(real) // 2
    images = [np.concatenate([real[at], fake[at]]) for at in (slice(half), slice(half, 2 * half))]
    labels = np.repeat([1.0, 0.0], half)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * 2 * half // games.BATCH)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    judge.compile(keras.optimizers.Adam(rate), loss=loss)
    judge.fit(images[0], labels, batch_size=games.BATCH, epochs=epochs, verbose=0)
    return float(np.mean((judge.predict(images[1], verbose=0)[:, 0] > 0) == labels))


def draw(generator, n, seed=9):
    """Return n fakes (n, 32, 32, 1), 0..1, rounded to 8 bits as images are stored."""
    made = generator.predict(games.numbers_for(generator, n, seed), verbose=0)
    if made.shape[-1] == 3:  # the article's: three colours that end in tanh
        made = (made.mean(-1, keepdims=True) + 1) / 2
    return np.round(255 * made).astype("uint8") / np.float32(255)


def score(fakes, visible=False):
    """Return the scores of 4,000 fakes, by name, beside real heads, perhaps of visible lesions."""
    network = mode_network()
    weights.load_weights(network, "modes")
    features = keras.Model(network.inputs, network.layers[-2].output)
    real = np.round(255 * heads("test", FAKES, visible)[0]).astype("uint8") / np.float32(255)
    known, made = (features.predict(x, verbose=0) for x in (real, fakes))
    covered, divergence = metrics.coverage(network.predict(fakes, verbose=0).argmax(1), 9)
    scores = {"modes": covered, "divergence": divergence}
    scores |= {"KID": metrics.kernel_distance(known, made, subset=1000)}
    keras.utils.set_random_seed(0)
    scores |= {"own judge": told_apart(games.discriminator(spread=False), real, fakes)}
    return scores | {
        "other judge": told_apart(models.classifier(SHAPE, widths=WIDTHS), real, fakes)
    }


def data_for(name):
    """Return what a game is played with."""
    images, _, wishes = heads("train", 9000, visible=name == "conditional")
    if name == "article":
        return np.repeat(2 * images - 1, 3, axis=-1)
    if name == "few":  # the same 60 heads again and again
        return images[:FEW]
    return games.wear(images, wishes).numpy() if name == "conditional" else images
