"""Say which share of what this machine can multiply a training step reaches.

The machine's rate is that of its best large matrix product, float32. A step's work is counted by
hand: a multiplication and an addition for each weight, wherever it is used, forward; twice as much
backward, once for the weights and once for the input. Normalisation, activations and pooling count
as no work, so a network made of them reaches a small share however well it runs.
"""

import time

import numpy as np

SIDE, STEPS = 3072, 8


def forward_work(model):
    """Return the operations of one image's way through a model: 2 × products of its weights."""
    import keras

    layers, work = keras.layers, 0
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if isinstance(layer, layers.Conv2DTranspose):  # laid at each place of what comes in
            work += 2 * np.prod(layer.kernel.shape) * places(layer.input)
        elif isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
            work += 2 * np.prod(layer.kernel.shape) * places(layer.output)
    return int(work)


def places(tensor):
    """Return at how many places of one image a kernel is laid: height × width, or 1."""
    return int(np.prod(tensor.shape[1:-1]))


def rate():
    """Return the best rate of a matrix product seen, in operations a second."""
    import tensorflow as tf

    a = tf.random.normal((SIDE, SIDE))
    multiply = tf.function(lambda: tf.matmul(a, a))
    multiply()
    times = []
    for _ in range(STEPS):
        began = time.perf_counter()
        multiply().numpy()
        times.append(time.perf_counter() - began)
    return 2 * SIDE**3 / min(times)


def seconds_a_step(model, batch):
    """Return the best time of a training step with a batch of random images."""
    x = np.random.default_rng(0).random((batch, *model.input_shape[1:]), "float32")
    y = np.zeros((batch, *model.output_shape[1:]), "float32")
    model.compile("adam", "mse")
    model.train_on_batch(x, y)  # builds the graph
    times = []
    for _ in range(STEPS):
        began = time.perf_counter()
        model.train_on_batch(x, y)
        times.append(time.perf_counter() - began)
    return min(times)


def networks():
    """Return {name: (model, batch)}: what the lessons train."""
    import keras

    from medkit import models

    compressor = keras.Sequential([models.encoder(64, 64), models.decoder(64, 64)])
    return {
        "article's classifier, 224": (models.article_classifier(), 32),
        "article's autoencoder, 224": (models.article_autoencoder(), 8),
        "classifier, 64": (models.classifier((64, 64, 1)), 32),
        "encoder and decoder, 64": (compressor, 32),
        "cell detector, 240 × 320": (models.cell_detector(), 8),
        "FCN, 64": (models.fcn(), 16),
        "SegNet, 64": (models.segnet(), 16),
        "U-Net, 64": (models.unet(), 16),
        "DeepLab, 64": (models.deeplab(), 16),
        "nucleus segmenter, 256": (models.nucleus_segmenter(), 8),
    }


def main():
    """Print the table."""
    most = rate()
    print(f"{SIDE} × {SIDE} matrix product: {most / 1e9:.0f} GFLOP/s")
    print(f"{'a training step':28}{'batch':>6}{'GFLOP':>9}{'s':>8}{'GFLOP/s':>9}{'share':>8}")
    for name, (model, batch) in networks().items():
        work = 3 * forward_work(model) * batch
        took = seconds_a_step(model, batch)
        share = work / took / most
        print(
            f"{name:28}{batch:6}{work / 1e9:9.2f}{took:8.3f}{work / took / 1e9:9.1f}{share:8.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
