"""The article's classifier against the kit's: which made-up patients show a lesion.

Both see the same 64×64 FLAIR slices; the article's network wants 224×224 in three channels, so
its slices are enlarged and repeated, as whoever used that program would have to do. The kit's
network is trained twice: for as many epochs, and for about as many seconds.
"""

import argparse
import time
from functools import partial

import medkit

BATCH = 32
HEAD = ("classifier", "parameters", "s a step", "epochs", "seconds", "test AUC (95 %)")
ROW = "{:34}{:>12}{:>10}{:>8}{:>9}   {}"


def enlarge(images):
    """Return (n, 224, 224, 3) of (n, 64, 64, 1)."""
    import tensorflow as tf

    return tf.image.grayscale_to_rgb(tf.image.resize(images, (224, 224)))


def batches(data, prepare, endless=True):
    """Return the images of a set as prepared batches of 32, shuffled if they never end."""
    import tensorflow as tf

    stream = tf.data.Dataset.from_tensor_slices((data.images, data.labels))
    if endless:
        stream = stream.shuffle(len(data), seed=0).repeat()
    return stream.batch(BATCH).map(lambda x, y: (prepare(x), y)).prefetch(2)


def compiled(model):
    """Compile with Adam and the cross-entropy that the last layer asks for."""
    from keras.losses import BinaryCrossentropy, SparseCategoricalCrossentropy

    one_score = model.output_shape[-1] == 1  # ours; the article's gives two probabilities
    loss = BinaryCrossentropy(from_logits=True) if one_score else SparseCategoricalCrossentropy()
    model.compile("adam", loss)
    return model


def seconds_a_step(model, data, prepare, steps=5):
    """Return the best time of a training step on 32 prepared images."""
    x, y = next(iter(batches(data, prepare)))
    model.train_on_batch(x, y)  # builds the graph
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        model.train_on_batch(x, y)
        times.append(time.perf_counter() - start)
    return min(times)


def train(model, data, prepare, epochs, limit=float("inf")):
    """Train until the epochs or the seconds are over; return (epochs, seconds)."""
    import keras

    def stop(epoch, logs=None):
        model.stop_training = time.perf_counter() - start > limit

    look = {"steps_per_epoch": len(data) // BATCH, "shuffle": False, "verbose": 0}
    clock = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    start = time.perf_counter()
    done = model.fit(batches(data, prepare), epochs=epochs, callbacks=[clock], **look)
    return len(done.epoch), time.perf_counter() - start


def tested(model, data, prepare):
    """Return the test AUC and its 95 % bootstrap interval over patients, as text."""
    from medkit.metrics import bootstrap_interval, roc_auc

    score = model.predict(batches(data, prepare, endless=False), verbose=0)[:, -1]
    low, high = bootstrap_interval(roc_auc, data.labels, score, groups=data.patient_ids)
    return f"{roc_auc(data.labels, score):.3f} ({low:.3f}–{high:.3f})"


def row(name, build, prepare, data, unseen, *until):
    """Train a fresh network, print its row, return the seconds that training took."""
    import keras

    keras.utils.set_random_seed(0)
    step = seconds_a_step(compiled(build()), data, prepare)
    model = compiled(build())
    epochs, took = train(model, data, prepare, *until)
    size, auc = f"{model.count_params():,}", tested(model, unseen, prepare)
    print(ROW.format(name, size, f"{step:.3f}", epochs, f"{took:.0f}", auc), flush=True)
    return took


def compare(n, size, seed, epochs):
    """Print the table, one row a training."""
    from medkit.models import article_classifier, classifier

    data = medkit.load("brains", "train", n=n, size=size, seed=seed)
    unseen = medkit.load("brains", "test", n=n // 2, size=size, seed=seed)
    mean, spread = data.images.mean(), data.images.std()
    ours = partial(classifier, data.images.shape[1:]), lambda images: (images - mean) / spread
    print(ROW.format(*HEAD))
    longest = row("the article's", partial(article_classifier, 2), enlarge, data, unseen, epochs)
    row("ours, as many epochs", *ours, data, unseen, epochs)
    row("ours, about as many seconds", *ours, data, unseen, 10_000, longest)


def main(arguments=()):
    """Print the table; without arguments two epochs, which take minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000, help="slices to train on; half to test on")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args(arguments)
    compare(options.n, options.size, options.seed, options.epochs)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
