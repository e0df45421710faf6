"""BreastMNIST and RetinaMNIST from scratch, beside the published rows: `--data`, `--seeds`.

The official split: networks learn from its training part alone. What is fixed below was chosen
by cross-validation over training and validation part; the test part is only scored, at the end.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

import medkit

# Yang et al., MedMNIST v2, Scientific Data 2023, doi:10.1038/s41597-022-01721-8, Table 3.
PUBLISHED = {
    "breastmnist": {
        "ResNet-18 (28)": (0.901, 0.863),
    },
    "retinamnist": {
        "ResNet-18 (28)": (0.717, 0.524),
        "ResNet-50 (28)": (0.726, 0.528),
        "Google AutoML Vision": (0.750, 0.531),
    },
}


@dataclass(frozen=True)
class Kind:
    """One kind of network and how it is trained.

    Attributes:
        copies: how many are trained; the probabilities of all networks are averaged.
        residual: three stages of residual blocks with anti-aliased halving; otherwise three
            convolutions with max pooling between them, which is the network of lesson 31.
        pooling: of the last maps, "max" or "average".
        epochs, batch, learning_rate, weight_decay, dropout: of each training.
        standardise: each image gets mean 0 and deviation 1, so that gain does not matter. Not
            where brightness or colour is the message.
        turn: largest rotation in degrees; zoom, shift: largest change as a share of the side;
            contrast: largest change of its logarithm. All are mirrored.
    """

    copies: int
    residual: bool
    pooling: str
    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    dropout: float = 0.0
    standardise: bool = False
    turn: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0
    contrast: float = 0.0
    width: int = 16


MOVED = {"turn": 8, "zoom": 0.08, "shift": 0.06, "contrast": 0.1, "standardise": True}
STILL = {"turn": 8, "zoom": 0.1, "shift": 0.05, "dropout": 0.3}
RECIPES = {
    "breastmnist": (  # the longest trainings first, so that no core waits at the end
        Kind(4, True, "max", 60, 32, 0.003, 0.02, **MOVED),
        Kind(4, False, "max", 40, 32, 0.005, 0.001),
        Kind(4, False, "max", 60, 32, 0.005, 0.001, **MOVED),
    ),
    "retinamnist": (Kind(4, True, "average", 25, 64, 0.002, 0.02, **STILL),),
}


def convolution(x, filters, size=3, relu=True):
    """Convolution, batch normalisation and, unless something is to be added first, ReLU."""
    from keras import layers

    start = "he_normal"
    x = layers.Conv2D(filters, size, padding="same", use_bias=False, kernel_initializer=start)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x) if relu else x


def residual_block(x, filters):
    """Two convolutions, and what came in added to what they give."""
    from keras import layers

    y = convolution(convolution(x, filters), filters, relu=False)
    return layers.ReLU()(layers.Add()([convolution(x, filters, size=1, relu=False), y]))


def blur_pool(x):
    """Halve the sides after a binomial blur, so that little aliases."""
    from keras import layers

    weights = np.outer([1, 2, 1], [1, 2, 1]).astype("float32") / 16
    blur = layers.DepthwiseConv2D(3, 2, padding="same", use_bias=False, trainable=False)
    y = blur(x)
    blur.set_weights([np.repeat(weights[:, :, None, None], x.shape[-1], axis=2)])
    return y


def network(shape, classes, kind):
    """Return a small network; its answers are logits."""
    import keras
    from keras import layers

    halve = blur_pool if kind.residual else layers.MaxPooling2D(2)
    block = residual_block if kind.residual else convolution
    image = keras.Input(shape)
    x = convolution(image, kind.width)  # (28, 28, width)
    x = block(halve(x), 2 * kind.width)  # (14, 14, 2 * width)
    x = block(halve(x), 4 * kind.width)  # (7, 7, 4 * width)
    last = layers.GlobalMaxPooling2D if kind.pooling == "max" else layers.GlobalAveragePooling2D
    x = layers.Dropout(kind.dropout)(last()(x))
    return keras.Model(image, layers.Dense(classes)(x))


def affine(kind, count, side):
    """Return random turns, zooms, shifts and mirrors as (count, 8) rows for TensorFlow."""
    import tensorflow as tf

    def within(limit):
        return tf.random.uniform((count,), -limit, limit)

    angle = within(np.pi / 180 * kind.turn)
    tall = tf.exp(within(kind.zoom))
    wide = tall * tf.exp(within(kind.zoom / 2))
    mirror = tf.sign(within(1.0))
    a, b = tf.cos(angle) * wide * mirror, -tf.sin(angle) * tall
    c, d = tf.sin(angle) * wide * mirror, tf.cos(angle) * tall
    middle, shift = (side - 1) / 2, kind.shift * side
    x = middle - (a + b) * middle + within(shift)
    y = middle - (c + d) * middle + within(shift)
    return tf.stack([a, b, x, c, d, y, tf.zeros_like(a), tf.zeros_like(a)], axis=1)


def augment(images, kind):
    """Turn, zoom, shift and mirror each image of a batch in one interpolation; change contrast."""
    import tensorflow as tf

    count, side = tf.shape(images)[0], images.shape[1]
    images = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=affine(kind, count, side),
        output_shape=(side, side),
        interpolation="BILINEAR",
        fill_mode="REFLECT" if kind.standardise else "CONSTANT",
        fill_value=0.0,
    )
    mean = tf.reduce_mean(images, axis=(1, 2), keepdims=True)
    gain = tf.exp(tf.random.uniform((count, 1, 1, 1), -kind.contrast, kind.contrast))
    return (images - mean) * gain + mean


def scale(images, kind):
    """Bring augmented or plain images to the range that the network takes."""
    import tensorflow as tf

    if not kind.standardise:
        return 4 * images  # 0 is the training set's mean colour, 4 about 1 / its deviation
    mean, variance = tf.nn.moments(images, axes=(1, 2, 3), keepdims=True)
    return (images - mean) / (tf.sqrt(variance) + 0.02)


def batches(images, labels, kind, seed):
    """Return an endless stream of shuffled, augmented, scaled batches."""
    import tensorflow as tf

    stream = tf.data.Dataset.from_tensor_slices((images, labels))
    stream = stream.shuffle(len(images), seed=seed).repeat().batch(kind.batch)
    return stream.map(lambda x, y: (scale(augment(x, kind), kind), y)).prefetch(2)


def train(images, labels, classes, kind, seed):
    """Return one trained network."""
    import keras

    keras.utils.set_random_seed(seed)
    steps = len(images) // kind.batch
    total, warm = steps * kind.epochs, steps * kind.epochs // 10
    rate = keras.optimizers.schedules.CosineDecay(
        kind.learning_rate / 20, total - warm, 0.01, "cosine", kind.learning_rate, warm
    )
    model = network(images.shape[1:], classes, kind)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=kind.weight_decay),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    stream = batches(images, labels, kind, seed)
    model.fit(stream, epochs=kind.epochs, steps_per_epoch=steps, shuffle=False, verbose=0)
    return model


def probabilities(model, images, kind):
    """Return (n, classes): the mean over each image and its mirror image."""
    from scipy.special import softmax

    views = [scale(images, kind), scale(images[:, :, ::-1], kind)]
    return np.mean([softmax(model.predict(view, verbose=0), 1) for view in views], axis=0)


def mean_auc(labels, scores):
    """Return the area under the ROC curve; of several classes the mean of one against the rest."""
    from medkit.metrics import roc_auc

    return np.mean([roc_auc(labels == k, scores[:, k]) for k in range(scores.shape[1])])


def answer(name, part, kind, seed):
    """Train one network on the training part; return its probabilities on another, (n, classes)."""
    import keras

    keras.backend.clear_session()  # one process trains many
    training, scored = medkit.load(name, "train"), medkit.load(name, part)
    centre = training.images.mean((0, 1, 2)) / 255
    images, unseen = (np.float32(some.images / 255 - centre) for some in (training, scored))
    model = train(images, training.labels, len(training.info.classes), kind, seed)
    return probabilities(model, unseen, kind)


def one_thread():
    """Let each process use one core: networks this small gain nothing from a second."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def run(name, seed, part, pool):
    """Train all networks of one seed side by side; return AUC, accuracy, seconds."""
    start = time.perf_counter()
    kinds = [kind for kind in RECIPES[name] for _ in range(kind.copies)]
    seeds = [100 * seed + number for number in range(len(kinds))]
    count = len(kinds)
    answers = pool.map(answer, count * [name], count * [part], kinds, seeds)
    scores = np.mean(list(answers), axis=0)
    labels = medkit.load(name, part).labels
    accuracy = np.mean(scores.argmax(1) == labels)
    return mean_auc(labels, scores), accuracy, time.perf_counter() - start


def report(name, seeds, part, pool):
    """Print the published rows and ours."""
    print(f"{name:32}{'AUC':>14}{'ACC':>14}{'seconds':>10}")
    for method, (auc, accuracy) in PUBLISHED[name].items():
        print(f"  {method:30}{auc:14.3f}{accuracy:14.3f}{'':>10}")
    runs = []
    for seed in range(seeds):
        runs.append(run(name, seed, part, pool))
        auc, accuracy, seconds = runs[-1]
        print(f"  {f'seed {seed}':30}{auc:14.3f}{accuracy:14.3f}{seconds:10.0f}", flush=True)
    runs = np.array(runs)
    shown = [f"{mean:.3f}" for mean in runs.mean(0)]
    if seeds > 1:
        shown = [f"{m} ± {sd:.3f}" for m, sd in zip(shown, runs.std(0, ddof=1), strict=True)]
    count = sum(kind.copies for kind in RECIPES[name])
    ours = f"ours, {count} networks, {seeds} seed{'s' * (seeds > 1)}, {part}"
    print(f"  {ours:30}{shown[0]:>14}{shown[1]:>14}{runs[:, 2].mean():10.0f}", flush=True)


def main(arguments=()):
    """Print the table; without arguments one seed a set, which takes minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=sorted(RECIPES), action="append")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--part", choices=["validation", "test"], default="test")
    options = parser.parse_args(arguments)
    names = options.data or sorted(RECIPES)
    missing = [name for name in names if not medkit.available(name)]
    if missing:
        given = ", ".join(missing)
        sys.exit(f"Expected {given}. Received none. Fetch each once: medkit.load({missing[0]!r}).")
    print(f"{options.seeds} of 5 seeds (--seeds 5); one takes 1 to 3 minutes a set on 2 cores.")
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), one_thread) as pool:
        for name in names:
            report(name, options.seeds, options.part, pool)


if __name__ == "__main__":
    main(sys.argv[1:])
