"""GANs on nine modes of made-up heads, three views times three contrasts, at the same budget.

    python -m benchmarks.gans modes                 trains the classifier that the scores need
    python -m benchmarks.gans play R1 --seeds 1 2 3   plays and scores; no name: all games

Scores, on 4,000 fakes: how many of nine modes have at least 1 % of them, the divergence from equal
shares, KID × 1000 on the classifier's features, and how often a small network that has learned
from one half tells fakes of the other half from real ones (0.5 is perfect).
"""

import argparse
import time
from functools import lru_cache

import keras
import numpy as np

import medkit
from benchmarks._gan_games import BATCH, RULES, Game
from medkit import metrics, models, weights

HEADS = dict(size=32, seed=22, noise=0.0, view="mixed", contrast="mixed", slices_per_patient=3)
VIEWS, CONTRASTS = ("axial", "coronal", "sagittal"), ("T1", "T2", "FLAIR")
FAKES, SECONDS = 4000, 240


@lru_cache(maxsize=2)
def heads(split, n):
    """Return images (n, 32, 32, 1) and their modes (n,), 0 to 8."""
    data = medkit.load("brains", split, n=n, **HEADS)
    pairs = zip(data.views, data.contrasts, strict=True)
    return data.images, np.array([3 * VIEWS.index(v) + CONTRASTS.index(c) for v, c in pairs])


def mode_network():
    """Return the classifier of nine modes."""
    return models.classifier((32, 32, 1), 9, widths=(16, 32, 64))


def train_modes(epochs=8):
    """Train the classifier, save its weights, and print its accuracy on other patients."""
    keras.utils.set_random_seed(22)
    network, (x, y) = mode_network(), heads("train", 9000)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(x) // BATCH)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(rate), loss=loss)
    network.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=2)
    card = {"script": "python -m benchmarks.gans modes", "seed": 22, "epochs": epochs}
    card |= {"data": f"brains, train, n=9000, {HEADS}"}
    weights.save_weights(network, "modes", card)
    weights.load_weights(network, "modes")  # what is scored is rounded
    x_test, y_test = heads("test", FAKES)
    accuracy = float(np.mean(network.predict(x_test, verbose=0).argmax(1) == y_test))
    weights.save_weights(network, "modes", card | {"score": {"accuracy": accuracy}})
    print(f"accuracy on {FAKES} slices of other patients: {accuracy:.4f}")


def told_apart(real, fake, epochs=20):
    """Return the accuracy of a small network on the half of real and fake that it did not see."""
    half = len(real) // 2
    images = [np.concatenate([real[at], fake[at]]) for at in (slice(half), slice(half, 2 * half))]
    labels = np.repeat([1.0, 0.0], half)
    keras.utils.set_random_seed(0)
    judge = models.classifier((32, 32, 1), widths=(16, 32, 64))
    rate = keras.optimizers.schedules.CosineDecay(3e-3, epochs * 2 * half // BATCH)
    judge.compile(
        keras.optimizers.Adam(rate), loss=keras.losses.BinaryCrossentropy(from_logits=True)
    )
    judge.fit(images[0], labels, batch_size=BATCH, epochs=epochs, verbose=0)
    return float(np.mean((judge.predict(images[1], verbose=0)[:, 0] > 0) == labels))


def score(generator):
    """Return the scores of a generator, by name."""
    noise = np.random.default_rng(9).normal(size=(FAKES, generator.input_shape[1]))
    fakes = generator.predict(noise.astype("float32"), verbose=0).mean(-1, keepdims=True)
    if generator.output_shape[-1] == 3:  # the article's ends in tanh
        fakes = (fakes + 1) / 2
    network = mode_network()
    weights.load_weights(network, "modes")
    features = keras.Model(network.inputs, network.layers[-2].output)
    real = heads("test", FAKES)[0]
    known, made = (features.predict(x, verbose=0) for x in (real, fakes))
    covered, divergence = metrics.coverage(network.predict(fakes, verbose=0).argmax(1), 9)
    names = ("modes", "divergence", "KID", "told apart")
    kid = 1000 * metrics.kernel_distance(known, made, subset=1000)
    return dict(zip(names, (covered, divergence, kid, told_apart(real, fakes)), strict=True))


def play(name, seed, steps, seconds):
    """Play one game for so many steps of the generator, or seconds; return it with its scores."""
    images = heads("train", 9000)[0]
    if name == "article":
        images = np.repeat(2 * images - 1, 3, axis=-1)
    keras.utils.set_random_seed(seed)
    game = Game(RULES[name])
    began = time.perf_counter()

    def stop(epoch, logs):
        game.stop_training = time.perf_counter() - began > seconds

    clock = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    epochs = steps * BATCH // len(images)
    game.fit(images, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[clock])
    took, made = time.perf_counter() - began, int(game.adams[0].iterations.numpy())
    game.settle()
    print(f"{name:9} seed {seed}: {made} steps in {took:.0f} s", end="", flush=True)
    scores = score(game.players[0])
    print("".join(f", {key} {value:.3g}" for key, value in scores.items()), flush=True)
    return game, scores


def main():
    """Train the classifier, or play."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["modes", "play"])
    parser.add_argument("names", nargs="*", help=f"{', '.join(RULES)}; none: all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    if given.what == "modes":
        train_modes()
    for name in given.names or RULES if given.what == "play" else ():
        runs = [play(name, seed, given.steps, given.seconds)[1] for seed in given.seeds]
        means = {key: np.mean([run[key] for run in runs]) for key in runs[0]}
        print(name, "mean:", ", ".join(f"{key} {value:.3g}" for key, value in means.items()))


if __name__ == "__main__":
    main()
