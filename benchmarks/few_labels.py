"""Few labels, three ways: from scratch, with an autoencoder, with a GAN. Lesion or not, 32 × 32.

    python -m benchmarks.few_labels --seeds 1 2 3          prints
    python -m benchmarks.few_labels --seeds 1 2 3 --keep   also writes data/recordings/few_labels
    python -m benchmarks.few_labels --control              fakes again, with more steps

3,000 axial FLAIR heads of as many patients; 50, 200 or 1,000 of them have a label. Each way is
scored on 1,000 other patients: area under the ROC curve, and how far its probabilities are off
(expected calibration error, ten bins).

scratch     the kit's classifier, on the labelled ones
mirrored    the same, and each labelled head also with left and right exchanged
+ fakes     as scratch, with 500 fakes of each label; two generators, one for each label, that saw
            the labelled ones only
healer      a denoising network that has learned, on all 3,000 and without a label, to take painted
            blobs away; frozen, and a straight layer on its last maps
GAN         the discriminator of a game that was played with all 3,000; frozen, likewise

Beside them, without a label: the brightest pixel, and the healer's own alarm, the most that
it takes away at any pixel.
"all_labels" is the classifier with 3,000 labels; "right_labels", for each amount, how well that one
tells the fakes of both labels apart, that is, whether they show what their label says (both AUC).
"""

import argparse

import keras
import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import medkit
from benchmarks import _gan_games as games
from medkit import metrics, models, weights

LESIONS = dict(size=64, noise=0.0, lesion_contrast=0.65, lesion_radius_mm=(10.0, 20.0))
POOL, TEST, STEPS, FAKES = 3000, 1000, 1000, 500
AMOUNTS, SHOWN = (50, 200, 1000), 200  # the recording keeps some fakes of the latter
WAYS = ("scratch", "mirrored", "+ fakes", "healer", "GAN")


def heads(split, n, seed):
    """Return axial FLAIR heads (n, 32, 32, 1), each pixel a mean of 2 × 2, and labels (n,)."""
    data = medkit.load("brains", split, n=n, seed=seed, slices_per_patient=1, **LESIONS)
    return data.images.reshape(n, 32, 2, 32, 2, 1).mean((2, 4)), data.labels.astype("float32")


def calibration_error(truth, probability, bins=10):
    """Return how far, on the mean, a probability lies from the share that is ill."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [abs(np.sum(probability[place == k] - truth[place == k])) for k in range(bins)]
    return float(np.sum(gaps) / len(truth))


def classify(images, labels, others, seed, steps=STEPS):
    """Train the kit's classifier for a fixed number of steps; return logits of others, (n,)."""
    keras.utils.set_random_seed(seed)
    network = models.classifier((32, 32, 1))
    rate = keras.optimizers.schedules.CosineDecay(5e-3, steps)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(rate), loss=loss)
    centre, width = images.mean(), images.std()
    order = np.random.default_rng(seed).integers(len(images), size=32 * steps)
    network.fit((images[order] - centre) / width, labels[order], batch_size=32, verbose=0)
    return network.predict((others - centre) / width, verbose=0)[:, 0].astype("float64")


def probe(known, labels, unknown):
    """Return the logits of one straight layer on frozen numbers."""
    layer = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    return layer.fit(known, labels).decision_function(unknown)


def painted(images, rng):
    """Return images with a blob each, brighter or darker, somewhere in the head."""
    dots = np.zeros(images.shape, "float32")
    at = rng.integers(8, 24, (len(images), 2))
    dots[np.arange(len(images)), at[:, 0], at[:, 1]] = 1
    blobs = gaussian_filter(dots, (0, 1.7, 1.7, 0))
    each = (len(images), 1, 1, 1)
    strength = rng.uniform(0.1, 0.5, each) * rng.choice([-1, 1], each)
    blobs *= strength / blobs.max((1, 2, 3), keepdims=True)
    return np.clip(images + blobs * (images > 0.1), 0, 1).astype("float32")


def healer_of(images, seed, epochs=12):
    """Return a network that has learned to take painted blobs away, new ones in each epoch."""
    keras.utils.set_random_seed(seed)
    rng, network = np.random.default_rng(seed), models.denoiser((16, 32, 64))
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * len(images) // 32)
    network.compile(keras.optimizers.Adam(rate), loss="mse")
    for _ in range(epochs):
        network.fit(painted(images, rng), images, batch_size=32, verbose=0)
    return network


def players_of(images, steps, seed):
    """Return generator and discriminator of R1 after so many steps."""
    keras.utils.set_random_seed(seed)
    small = (lambda: games.generator((64, 32, 16)), lambda: games.discriminator((16, 32, 64)))
    rule = games.Rule(bound=games.flat_at_real, build=small, average=1 - 4 / steps)
    game = games.Game(rule, steps)
    order = np.random.default_rng(seed).integers(len(images), size=steps * games.BATCH)
    game.fit(images[order], batch_size=games.BATCH, verbose=0)
    game.settle()
    return game.players


def numbers_of(network, places):
    """Return a function from images to the largest value of each map of some layers."""
    maps = keras.Model(network.inputs, [network.layers[place].output for place in places])
    return lambda x: np.hstack([np.max(m, (1, 2)) for m in _listed(maps.predict(x, verbose=0))])


def _listed(outputs):
    return outputs if isinstance(outputs, list) else [outputs]


def fakes_of(x, y, seed):
    """Return 500 fakes of each label and their labels; each generator has seen one label."""
    fakes = []
    for label in (0, 1):
        generator = players_of(x[y == label], 800, seed)[0]
        fakes.append(generator.predict(games.numbers_for(generator, FAKES, seed), verbose=0))
    return np.concatenate(fakes), np.repeat(np.float32([0, 1]), FAKES)


def answers(x, y, others, seed, frozen):
    """Return the logits of each way for the others, (5, n), the fakes and their labels."""
    fakes, wished = fakes_of(x, y, seed)
    sets = (x, y), (np.concatenate([x, x[:, :, ::-1]]), np.tile(y, 2))
    sets += ((np.concatenate([x, fakes]), np.concatenate([y, wished])),)
    logits = [classify(*some, others, seed) for some in sets]
    logits += [probe(numbers(x), y, numbers(others)) for numbers in frozen]
    return np.array(logits), fakes, wished


def compare(seed, others, truth):
    """Print the scores of one seed, and return them by name, and some fakes of 200 labels."""
    x, y = heads("train", POOL, seed)
    healer, judge = healer_of(x, seed), players_of(x, 2000, seed)[1]
    alarm = metrics.roc_auc(truth, (others - healer.predict(others, verbose=0)).max((1, 2, 3)))
    frozen = numbers_of(healer, (-3,)), numbers_of(judge, (3, 5))
    both, all_fakes, shown = {"AUC": [], "calibration": []}, [], {}
    for amount in AMOUNTS:
        logits, fakes, wished = answers(x[:amount], y[:amount], others, seed, frozen)
        chances = 1 / (1 + np.exp(-logits))
        both["AUC"].append([metrics.roc_auc(truth, chance) for chance in chances])
        both["calibration"].append([calibration_error(truth, chance) for chance in chances])
        for name, *scores in zip(WAYS, *(values[-1] for values in both.values()), strict=True):
            print(f"seed {seed}, {amount:4} labels, {name:8} AUC %.3f, off by %.3f" % tuple(scores))
        all_fakes.append(fakes)
        if amount == SHOWN:
            some = fakes[[*range(8), *range(FAKES, FAKES + 8)], ..., 0]
            shown = {"fakes": np.uint8(255 * some + 0.5)}
    knows = classify(x, y, np.concatenate([others, *all_fakes]), seed)
    scores = {"all_labels": metrics.roc_auc(truth, knows[:TEST]), "alarm": alarm}
    of_fakes = np.split(knows[TEST:], len(AMOUNTS))
    scores["right_labels"] = [metrics.roc_auc(wished, some) for some in of_fakes]
    print(f"seed {seed}:", scores, flush=True)
    return scores | {name: np.transpose(values) for name, values in both.items()}, shown


def control(seed, others, truth):
    """Print whether fakes do harm only because each true head comes up less often.

    1,200 heads in place of 200: so scratch with a sixth of the steps, and fakes with six times.
    """
    x, y = (some[:SHOWN] for some in heads("train", POOL, seed))
    fakes, wished = fakes_of(x, y, seed)
    both = np.concatenate([x, fakes]), np.concatenate([y, wished])
    for name, some, steps in [("scratch", (x, y), STEPS // 6), ("+ fakes", both, 6 * STEPS)]:
        auc = metrics.roc_auc(truth, classify(*some, others, seed, steps))
        print(f"seed {seed}, {SHOWN} labels, {name}, {steps} steps: AUC {auc:.3f}", flush=True)


def main():
    """Print the scores of each way, and perhaps keep them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--keep", action="store_true", help="write what ships")
    parser.add_argument("--control", action="store_true", help="only 200 labels, other steps")
    given = parser.parse_args()
    others, truth = heads("test", TEST, 5)
    if given.control:
        for seed in given.seeds:
            control(seed, others, truth)
        return
    arrays = {"brightness": metrics.roc_auc(truth, others.max((1, 2, 3)))}
    print(f"brightest pixel, no labels: AUC {arrays['brightness']:.3f}", flush=True)
    scores, shown = zip(*(compare(seed, others, truth) for seed in given.seeds), strict=True)
    arrays |= {name: np.stack([one[name] for one in scores], -1) for name in scores[0]}
    arrays |= {"ways": np.array(WAYS), "labels": np.array(AMOUNTS), **shown[0]}
    if given.keep:
        seeds = " ".join(map(str, given.seeds))
        card = {"script": f"python -m benchmarks.few_labels --seeds {seeds} --keep"}
        many = f"n={POOL}, test n={TEST} seed=5, one slice a patient"
        card |= {"seed": given.seeds, "data": f"brains, axial FLAIR, {many}, {LESIONS}"}
        kept = {key: arrays[key].round(4).tolist() for key in scores[0]}  # last axis: seeds
        card |= {"score": kept | {"brightness": round(arrays["brightness"], 4)}}
        weights.save_recording(arrays, "few_labels", card)


if __name__ == "__main__":
    main()
