"""BreastMNIST and RetinaMNIST from scratch, beside the published rows: `--data`, `--seeds`.

The official split: networks learn from its training part alone. What is fixed below was chosen
by cross-validation over training and validation part; the test part is only scored, at the end.
"""

import argparse
import time
from dataclasses import dataclass

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
class Recipe:
    """What one answer is made of.

    Attributes:
        stages: of each network; every stage but the first halves the sides and doubles the
            filters. The networks are trained one after the other, their probabilities averaged.
        epochs, learning_rate, weight_decay, dropout: of each training.
        standardise: each image gets mean 0 and deviation 1, so that gain does not matter. Not
            where brightness or colour is the message.
        turn: largest rotation in degrees; zoom, shift: largest change as a share of the side.
        light: largest change of brightness, of an image between 0 and 1; contrast likewise.
    """

    stages: tuple
    epochs: int
    standardise: bool
    turn: float
    zoom: float
    shift: float
    light: float
    contrast: float
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.3
    batch: int = 64
    width: int = 16


RECIPES = {
    "breastmnist": Recipe(
        stages=(3, 4, 3, 4),
        epochs=100,
        standardise=True,
        turn=15,
        zoom=0.15,
        shift=0.1,
        light=0.15,
        contrast=0.2,
    ),
    "retinamnist": Recipe(
        stages=(3, 3, 3, 3),
        epochs=25,
        standardise=False,
        turn=8,
        zoom=0.1,
        shift=0.05,
        light=0.0,
        contrast=0.0,
    ),
}


def residual_block(x, filters):
    """Two convolutions, and what came in added to what they give."""
    from keras import layers

    y = convolution(x, filters)
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(y)
    y = layers.BatchNormalization(momentum=0.9)(y)
    x = layers.Conv2D(filters, 1, use_bias=False, kernel_initializer="he_normal")(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(layers.Add()([x, y]))


def convolution(x, filters):
    """Convolution, batch normalisation, ReLU."""
    from keras import layers

    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def blur_pool(x):
    """Halve the sides after a binomial blur, so that little aliases."""
    from keras import layers

    weights = np.outer([1, 2, 1], [1, 2, 1]).astype("float32") / 16
    blur = layers.DepthwiseConv2D(3, 2, padding="same", use_bias=False, trainable=False)
    y = blur(x)
    blur.set_weights([np.repeat(weights[:, :, None, None], x.shape[-1], axis=2)])
    return y


def network(shape, classes, stages, recipe):
    """Return a small residual network; its answers are logits."""
    import keras

    image = x = keras.Input(shape)
    x = convolution(x, recipe.width)  # (28, 28, width)
    for stage in range(1, stages):
        x = residual_block(blur_pool(x), 2**stage * recipe.width)  # (14, 14, 2 * width) and so on
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(recipe.dropout)(x)
    return keras.Model(image, keras.layers.Dense(classes)(x))


def affine(recipe, count, side):
    """Return random turns, zooms, shifts and mirrors as (count, 8) rows for TensorFlow."""
    import tensorflow as tf

    def within(limit, like=()):
        return tf.random.uniform((count, *like), -limit, limit)

    angle = within(np.pi / 180 * recipe.turn)
    tall = tf.exp(within(recipe.zoom))
    wide = tall * tf.exp(within(recipe.zoom / 2))
    mirror = tf.sign(within(1.0))
    a, b = tf.cos(angle) * wide * mirror, -tf.sin(angle) * tall
    c, d = tf.sin(angle) * wide * mirror, tf.cos(angle) * tall
    middle, shift = (side - 1) / 2, recipe.shift * side
    x = middle - (a + b) * middle + within(shift)
    y = middle - (c + d) * middle + within(shift)
    return tf.stack([a, b, x, c, d, y, tf.zeros_like(a), tf.zeros_like(a)], axis=1)


def augment(images, recipe):
    """Turn, zoom, shift and mirror each image of a batch in one interpolation; change its light."""
    import tensorflow as tf

    count, side = tf.shape(images)[0], images.shape[1]
    images = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=affine(recipe, count, side),
        output_shape=(side, side),
        interpolation="BILINEAR",
        fill_mode="REFLECT" if recipe.standardise else "CONSTANT",
        fill_value=0.0,
    )
    mean = tf.reduce_mean(images, axis=(1, 2), keepdims=True)
    gain = tf.exp(tf.random.uniform((count, 1, 1, 1), -recipe.contrast, recipe.contrast))
    light = tf.random.uniform((count, 1, 1, 1), -recipe.light, recipe.light)
    return (images - mean) * gain + mean + light


def scale(images, recipe):
    """Bring augmented or plain images to the range that the network takes."""
    import tensorflow as tf

    if not recipe.standardise:
        return 4 * images  # 0 is the training set's mean colour, 4 about 1 / its deviation
    mean, variance = tf.nn.moments(images, axes=(1, 2, 3), keepdims=True)
    return (images - mean) / (tf.sqrt(variance) + 0.02)


def batches(images, labels, recipe, seed):
    """Return an endless stream of shuffled, augmented, scaled batches."""
    import tensorflow as tf

    stream = tf.data.Dataset.from_tensor_slices((images, labels))
    stream = stream.shuffle(len(images), seed=seed).repeat().batch(recipe.batch)
    return stream.map(lambda x, y: (scale(augment(x, recipe), recipe), y)).prefetch(2)


def train(images, labels, classes, stages, recipe, seed):
    """Return one trained network."""
    import keras

    keras.utils.set_random_seed(seed)
    steps = len(images) // recipe.batch
    total, warm = steps * recipe.epochs, steps * recipe.epochs // 10
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 20, total - warm, 0.01, "cosine", recipe.learning_rate, warm
    )
    model = network(images.shape[1:], classes, stages, recipe)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    stream = batches(images, labels, recipe, seed)
    model.fit(stream, epochs=recipe.epochs, steps_per_epoch=steps, shuffle=False, verbose=0)
    return model


def views(images):
    """Yield the images moved by no or one pixel, and the mirror image of each."""
    from scipy.ndimage import shift

    for move in [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]:
        moved = shift(images, (0, *move, 0), order=0, mode="nearest")
        yield moved
        yield moved[:, :, ::-1]


def probabilities(models, images, recipe):
    """Return (n, classes): the mean over the networks, and over the views of each image."""
    from scipy.special import softmax

    seen = [scale(view, recipe) for view in views(images)]
    return np.mean([softmax(m.predict(v, verbose=0), 1) for m in models for v in seen], axis=0)


def mean_auc(labels, scores):
    """Return the area under the ROC curve; of several classes the mean of one against the rest."""
    from medkit.metrics import roc_auc

    return np.mean([roc_auc(labels == k, scores[:, k]) for k in range(scores.shape[1])])


def run(name, seed, part):
    """Train on the training part and score another; return AUC, accuracy, seconds of training."""
    recipe = RECIPES[name]
    training, scored = medkit.load(name, "train"), medkit.load(name, part)
    centre = 0.0 if recipe.standardise else training.images.mean((0, 1, 2)) / 255
    images, unseen = (np.float32(some.images / 255 - centre) for some in (training, scored))
    classes = len(training.info.classes)
    start = time.perf_counter()
    models = [
        train(images, training.labels, classes, stages, recipe, 100 * seed + number)
        for number, stages in enumerate(recipe.stages)
    ]
    seconds = time.perf_counter() - start
    scores = probabilities(models, unseen, recipe)
    accuracy = np.mean(scores.argmax(1) == scored.labels)
    return mean_auc(scored.labels, scores), accuracy, seconds


def report(name, seeds, part):
    """Print the published rows and ours."""
    print(f"{name:32}{'AUC':>14}{'ACC':>14}{'seconds':>10}")
    for method, (auc, accuracy) in PUBLISHED[name].items():
        print(f"  {method:30}{auc:14.3f}{accuracy:14.3f}{'':>10}")
    runs = np.array([run(name, seed, part) for seed in range(seeds)])
    shown = [f"{mean:.3f}" for mean in runs.mean(0)]
    if seeds > 1:
        shown = [f"{m} ± {sd:.3f}" for m, sd in zip(shown, runs.std(0, ddof=1), strict=True)]
    ours = f"ours, {len(RECIPES[name].stages)} networks, {seeds} seed{'s' * (seeds > 1)}, {part}"
    print(f"  {ours:30}{shown[0]:>14}{shown[1]:>14}{runs[:, 2].mean():10.0f}", flush=True)


def main(arguments=()):
    """Print the table; without arguments one seed a set, which takes minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=sorted(RECIPES), action="append")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--part", choices=["validation", "test"], default="test")
    options = parser.parse_args(arguments)
    print(f"{options.seeds} of 5 seeds (--seeds 5); one takes 1 to 3 minutes a set on 2 cores.")
    for name in options.data or sorted(RECIPES):
        if medkit.available(name):
            report(name, options.seeds, options.part)
        else:
            print(f"{name} is not on this machine: left out. Fetch it: medkit.load({name!r})")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
