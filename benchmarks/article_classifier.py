"""The article's classifier against the kit's: which made-up patients show a lesion.

Both see the same 64×64 FLAIR slices; the article's network wants 224×224 in three channels, so
its slices are enlarged and repeated, as whoever used that program would have to do. The kit's
network is trained twice: for as many epochs, and for about as many seconds.
"""

import argparse
import time

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


def compiled(model, rate=1e-3):
    """Compile with Adam and the cross-entropy that the last layer asks for."""
    softmax = model.output_shape[-1] > 1
    model.compile("adam", "sparse_categorical_crossentropy" if softmax else "binary_crossentropy")
    model.optimizer.learning_rate = rate
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


def train(model, data, prepare, epochs):
    """Train; return the seconds it took."""
    steps = len(data) // BATCH
    start = time.perf_counter()
    model.fit(
        batches(data, prepare), epochs=epochs, steps_per_epoch=steps, shuffle=False, verbose=0
    )
    return time.perf_counter() - start


def tested(model, data, prepare):
    """Return the test AUC and its 95 % bootstrap interval over patients, as text."""
    from medkit.metrics import bootstrap_interval, roc_auc

    score = model.predict(batches(data, prepare, endless=False), verbose=0)[:, -1]
    low, high = bootstrap_interval(roc_auc, data.labels, score, groups=data.patient_ids)
    return f"{roc_auc(data.labels, score):.3f} ({low:.3f}–{high:.3f})"


def compare(n, size, seed, epochs):
    """Print the table, one row a training."""
    import keras
    from medkit.models import article_classifier, classifier

    data, unseen = (
        medkit.load("brains", split, n=count, size=size, seed=seed)
        for split, count in [("train", n), ("test", n // 2)]
    )
    ways = {
        "the article's": (lambda: article_classifier(classes=2), enlarge),
        "ours": (lambda: classifier(data.images.shape[1:], classes=1), lambda images: images),
    }
    print(ROW.format(*HEAD))
    limit = None
    for name, (build, prepare) in ways.items():
        keras.utils.set_random_seed(seed)
        step = seconds_a_step(compiled(build()), data, prepare)
        plans = [("", epochs)]
        if limit:  # as long as the article's took
            plans.append((", as many seconds", int(limit / step / (len(data) // BATCH))))
        for plan, length in plans:
            model = compiled(build())
            took = train(model, data, prepare, length)
            auc = tested(model, unseen, prepare)
            label, size_ = f"{name}{plan}", f"{model.count_params():,}"
            print(ROW.format(label, size_, f"{step:.3f}", length, f"{took:.0f}", auc), flush=True)
        limit = took


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
