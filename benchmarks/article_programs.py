"""The article's five programs against ours, on the same data, in the same run.

The article's are as they are, with as little mended as lets them run: inputs are enlarged to the
size that they want, and the GAN gets its imports, steps that enlarge and a compiled discriminator.
`--only` runs some of them. The classifiers have a benchmark of their own, which also stands here.
All networks are trained in the run, but for our autoencoder, whose weights come with the kit.
"""

import argparse
import time

import numpy as np

import medkit
from benchmarks import article_classifier, cells
from medkit import metrics

HEADS = dict(size=64, seed=33, contrast="all", lesion_fraction=1.0, slices_per_patient=2)
ROW = "{:44}{:>14}  {}"


def say(what, article, ours):
    """Print one line of the comparison."""
    print(ROW.format(what, article, ours), flush=True)


def heads(split, n):
    """Return images (n, 64, 64, 3), lesion masks (n, 64, 64, 1) and who shows one (n,)."""
    part = medkit.load("brains", split, n=n, **HEADS)
    lesions = np.float32(part.masks > 0)[..., None]
    return part.images, lesions, lesions.any((1, 2, 3)).astype("float32")


def fit(model, x, y, seconds=None, epochs=1, batch=16, loss="mse", rate=1e-3):
    """Train for so many epochs, or for about as many seconds; return (model, seconds)."""
    import keras

    model.compile(keras.optimizers.Adam(rate), loss)
    model.train_on_batch(x[:batch], y[:batch])  # builds the graph
    began, done = time.perf_counter(), 0
    while done < epochs or (seconds and time.perf_counter() - began < seconds):
        model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
        done += 1
    return model, time.perf_counter() - began


def one_number(size=224):
    """Return the article's "detector", which is also its "segmenter": one number an image."""
    import keras

    from medkit.models import article_classifier as build

    images = keras.Input((64, 64, 3))
    body = build(shape=(size, size, 3))
    inside = keras.Model(body.inputs, body.layers[-2].output)
    enlarged = keras.layers.Resizing(size, size)(images)
    return keras.Model(images, keras.layers.Dense(1, activation="sigmoid")(inside(enlarged)))


def classifier():
    """Say which slices show a lesion: AUC after as many epochs, and as many seconds."""
    article_classifier.main(["--n", "1000"])


def autoencoder():
    """Rebuild unseen heads, and pure noise. Ours has its weights from a longer training before."""
    import keras

    from benchmarks import autoencoders
    from medkit import models
    from medkit.weights import load_weights

    look, length = autoencoders.COMPRESSOR, 64
    x, others = (
        medkit.load("brains", split, n=n, **look).images
        for split, n in (("train", 3200), ("test", 400))
    )
    three = np.repeat(x, 3, axis=-1)  # the article's wants three channels
    article, took = fit(models.article_autoencoder((32, 32, 3)), three, three, epochs=3)
    network = autoencoders.compressor()
    load_weights(network, "compressor")
    encode, decode = keras.Sequential(network.layers[:2]), network.layers[-1]
    say("numbers in the code, of 1,024 pixels", f"{32 * 32 * 16:,}", length)
    noise = np.random.default_rng(0).random(others.shape, "float32")
    for what, images in (("unseen heads", others), ("pure noise", noise)):
        copied = article.predict(np.repeat(images, 3, axis=-1), verbose=0)
        code = encode.predict(images, verbose=0)
        rebuilt = decode.predict(code * (np.arange(code.shape[1]) < length), verbose=0)
        errors = [f"{np.mean((made - images) ** 2):.5f}" for made in (copied, rebuilt)]
        say(f"mean squared error, {what}", *errors)
    pcas = autoencoders.pca_error(others, length)
    say(f"mean squared error, PCA's {length} numbers", "–", f"{pcas:.5f}")
    say("trained, s", f"{took:.0f}", "before")


def gan():
    """Invent heads: how far are the fakes from real ones, before and after."""
    from benchmarks import _gan_games as games
    from benchmarks import gans

    generator, judge = games.article_generator(), games.article_discriminator()
    judge.compile("adam", "binary_crossentropy")
    before = distance(generator)
    began = time.perf_counter()
    for step in range(30):
        fakes = generator.predict(games.numbers_for(generator, 100, step), verbose=0)
        judge.train_on_batch(fakes, np.ones((100, 1)))
    took = time.perf_counter() - began
    say("KID of the fakes, before", f"{before:.0f}", f"{distance(games.generator()):.0f}")
    game, _, took_ours = gans.play("early", 1, gans.STEPS["early"])
    settled = distance(game.players[0])
    say("KID of the fakes, after", f"{distance(generator):.0f}", f"{settled:.0f}")
    say("trained, s", f"{took:.0f}", f"{took_ours:.0f}")


def distance(generator, n=1000):
    """Return the KID between n fakes and n real heads, on the features that lesson 22 uses."""
    import keras

    from benchmarks import _gan_scores as scores
    from medkit.weights import load_weights

    network = scores.mode_network()
    load_weights(network, "modes")
    features = keras.Model(network.inputs, network.layers[-2].output)
    real = scores.heads("test", scores.FAKES)[0][:n]
    known, made = (features.predict(x, verbose=0) for x in (real, scores.draw(generator, n)))
    return metrics.kernel_distance(known, made, subset=n)


def detector():
    """Find the cells of made-up smears: mean average precision at an IoU of 0.5."""
    learned, scored = cells.smears("train", 400, 1), cells.smears("test", 100, 1001)
    has_white = [
        np.float32([(labels == 1).any() for labels in part[2]]) for part in (learned, scored)
    ]
    small = [shrunk(part[0]) for part in (learned, scored)]
    article, took = fit(one_number(), small[0], has_white[0], epochs=2, loss="binary_crossentropy")
    answers = article.predict(small[1], verbose=0)[:, 0]
    whole = np.array([[0, 0, *scored[0].shape[1:3]]], "float32")  # the only box that it can mean
    found = [{"boxes": whole, "scores": [score], "labels": [1]} for score in answers]
    truths = [{"boxes": b, "labels": k} for b, k in zip(*scored[1:], strict=True)]
    ours, took_ours = cells.trained(1, learned, 220)
    say(
        "mAP@.5 over three kinds of cells",
        f"{metrics.mean_average_precision(found, truths):.3f}",
        f"{metrics.mean_average_precision(cells.detected(ours, scored[0]), truths):.3f}",
    )
    say("its one number: AUC, a white cell is there", auc(has_white[1], answers), "–")
    say("trained, s", f"{took:.0f}", f"{took_ours:.0f}")


def auc(truth, scores):
    """Return the AUC as text; a set of one kind has none."""
    return f"{metrics.roc_auc(truth, scores):.3f}" if 0 < truth.mean() < 1 else "one kind only"


def shrunk(images):
    """Return images (n, 64, 64, 3), 0..1, of any size."""
    from PIL import Image

    small = [Image.fromarray(image).resize((64, 64), Image.Resampling.BOX) for image in images]
    return np.float32(small) / 255


def segmenter():
    """Mark the pixels of a lesion; the article's one number can only mean all or none."""
    from benchmarks.segmenters import dice_loss
    from medkit.models import unet

    (x, masks, shown), (others, truth, there) = heads("train", 800), heads("test", 200)
    article, took = fit(one_number(), x, shown, epochs=2, loss="binary_crossentropy")
    answers = article.predict(others, verbose=0)[:, 0]
    ours, took_ours = fit(unet(classes=1), x, masks, seconds=took, loss=dice_loss, rate=3e-3)
    scores = ours.predict(others, verbose=0)
    alls = np.ones_like(truth) * (answers[:, None, None, None] > 0.5)
    say(
        "Dice of the lesion, where there is one", *(f"{dice(m, truth):.3f}" for m in (alls, scores))
    )
    largest = scores.max((1, 2, 3))
    say("AUC, the slice shows a lesion", auc(there, answers), auc(there, largest))
    say("trained, s", f"{took:.0f}", f"{took_ours:.0f}")


def dice(found, truth):
    """Return the mean Dice coefficient of the images that have something to find."""
    pairs = [(f > 0, t > 0) for f, t in zip(found, truth, strict=True) if t.any()]
    return np.mean([metrics.dice_coefficient(*pair) for pair in pairs])


PROGRAMS = {p.__name__: p for p in (classifier, autoencoder, gan, detector, segmenter)}


def main(arguments=()):
    """Print the comparison of each program."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=PROGRAMS, default=[*PROGRAMS])
    for name in parser.parse_args(arguments).only:
        import keras

        keras.utils.set_random_seed(0)
        print(f"-- {name}. {PROGRAMS[name].__doc__}")
        if name != "classifier":
            say("", "the article's", "ours")
        PROGRAMS[name]()


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
