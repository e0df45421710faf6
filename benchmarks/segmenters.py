"""Which pixels? Four networks at equal cost, each also without its idea, and five losses.

    python -m benchmarks.segmenters --seeds 1 2 3          prints
    python -m benchmarks.segmenters --seeds 1 2 3 --keep   also writes data/recordings/segmenters

400 made-up heads of 200 patients, 64 × 64, three channels, a lesion in each patient; scored on 100
heads of 50 others. The steps are those of the lesson. Dice: fluid, grey matter, white matter,
lesion; nan where the truth has none. The losses are for the lesion alone, with the U-Net. Without
its idea: a SegNet that enlarges in place of unpooling, a U-Net without copies, a DeepLab whose
kernels have no gaps.
"""

import argparse
import time

import keras
import numpy as np
from keras import ops

import medkit
from medkit import metrics, weights
from medkit.models import deeplab, fcn, segnet, unet
from medkit.models.blocks import conv

NETWORKS = {"FCN": fcn, "SegNet": segnet, "U-Net": unet, "DeepLab": deeplab}
HEADS = dict(size=64, seed=33, contrast="all", lesion_fraction=1.0, slices_per_patient=2)
CLASSES = (1, 2, 3, 4)


def heads(split, n):
    """Return images (n, 64, 64, 3), labels (n, 64, 64) uint8 and patients (n,)."""
    part = medkit.load("brains", split, n=n, **HEADS)
    return part.images, np.where(part.masks > 0, 4, part.tissues).astype("uint8"), part.patient_ids


def fitted(model, x, y, loss, seed, epochs=8, rate=0.01, batch=16):
    """Train as the lesson does, and return the model."""
    steps = epochs * -(-len(x) // batch)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=steps - steps // 10, warmup_target=rate, warmup_steps=steps // 10
    )
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.001), loss)
    model.optimizer.build(model.trainable_variables)  # else the step is traced twice
    model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)
    return model


def dice_of(found, truth):
    """Return (n, 4): the Dice of each class of each image, nan where the truth has none."""
    pairs = zip(found, truth, strict=True)
    scores = [[*metrics.dice_by_class(*pair, CLASSES).values()] for pair in pairs]
    return np.where([[(b == k).any() for k in CLASSES] for b in truth], scores, np.nan)


def weighted(weight_of):
    """Return a cross-entropy whose pixels weigh weight_of(truth, share)."""

    def loss(y_true, y_pred):
        y_true = ops.cast(y_true, "float32")
        each = ops.maximum(y_pred, 0) - y_pred * y_true + ops.log1p(ops.exp(-ops.abs(y_pred)))
        weight = weight_of(y_true, ops.sigmoid(y_pred))
        return ops.mean(weight * each)

    return loss


def near_border(y_true):
    """Return 1 where a window of 5 × 5 holds both classes."""
    most = ops.max_pool(y_true, 5, strides=1, padding="same")
    return most + ops.max_pool(-y_true, 5, strides=1, padding="same")


def dice_loss(y_true, y_pred):
    """Return 1 - Dice with shares in place of a mask, the mean over images."""
    y_true = ops.cast(y_true, "float32")
    share = ops.sigmoid(y_pred)
    both, every = ops.sum(y_true * share, axis=(1, 2)), ops.sum(y_true + share, axis=(1, 2))
    return ops.mean(1 - (2 * both + 1) / (every + 1))


LOSSES = {
    "cross-entropy": weighted(lambda t, s: ops.ones_like(t)),
    "weighted 1 : 200": weighted(lambda t, s: 1 + 199 * t),
    "focal": weighted(lambda t, s: ops.abs(t - s) ** 2),
    "boundary-aware": weighted(lambda t, s: 1 + 9 * near_border(t)),
    "Dice": dice_loss,
}


def up_again(widths, narrower, bottom=None):
    """Return a network that halves and enlarges, and brings nothing of the fine maps along."""
    image = x = keras.Input((64, 64, 3))
    for width in widths:
        x = conv(conv(x, width, momentum=0.9), width, momentum=0.9)
        x = keras.layers.MaxPooling2D()(x)
    x = conv(x, bottom, momentum=0.9) if bottom else x
    for steps in narrower:
        x = keras.layers.UpSampling2D()(x)
        for width in steps:
            x = conv(x, width, momentum=0.9)
    return keras.Model(image, keras.layers.Conv2D(5, 1)(x))


def deeplab_without_gaps():
    """Return the DeepLab of the lesson with dilation rates of 1."""
    gaps = deeplab()

    def dense(layer):
        config = layer.get_config()
        if "dilation_rate" in config:
            config["dilation_rate"] = (1, 1)
        return layer.__class__.from_config(config)

    return keras.models.clone_model(gaps, clone_function=dense)


WITHOUT = {
    "SegNet without indices": lambda: up_again((10, 20, 42), [(42, 20), (20, 10), (10, 10)]),
    "U-Net without copies": lambda: up_again((8, 16, 32), [(32,), (16,), (8,)], bottom=40),
    "DeepLab without gaps": deeplab_without_gaps,
}


def compare_networks(networks, learned, scored, seed):
    """Return (networks, n, 4) Dice."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rows = []
    for name, build in networks.items():
        keras.utils.set_random_seed(seed)
        began = time.perf_counter()
        model = fitted(build(), *learned[:2], loss, seed)
        seconds = time.perf_counter() - began
        found = model.predict(scored[0], batch_size=50, verbose=0).argmax(-1)
        rows.append(dice_of(found, scored[1]))
        means = " ".join(f"{value:.3f}" for value in np.nanmean(rows[-1], axis=0))
        print(f"seed {seed}, {name}: Dice {means}, {seconds:.0f} s", flush=True)
    return np.stack(rows)


def compare_losses(learned, scored, seed):
    """Return (losses,) Dice of the lesion, and found pixels / true pixels."""
    truth, rows = scored[1] == 4, []
    there = truth.any((1, 2))
    for name, loss in LOSSES.items():
        keras.utils.set_random_seed(seed)
        model = fitted(unet(classes=1), learned[0], (learned[1] == 4)[..., None], loss, seed)
        found = model.predict(scored[0], batch_size=50, verbose=0)[..., 0] > 0
        pairs = zip(found[there], truth[there], strict=True)
        dice = np.mean([metrics.dice_coefficient(*pair) for pair in pairs])
        rows.append((dice, found.sum() / truth.sum()))
        print(f"seed {seed}, {name}: lesion %.3f, area %.2f" % rows[-1], flush=True)
    return np.array(rows).T


def main():
    """Print the scores, and perhaps keep them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--keep", action="store_true", help="write what ships")
    given = parser.parse_args()
    learned, scored = heads("train", 400), heads("test", 100)
    dice, without = (
        np.stack([compare_networks(every, learned, scored, s) for s in given.seeds], axis=1)
        for every in (NETWORKS, WITHOUT)
    )
    lesions = np.stack([compare_losses(learned, scored, seed) for seed in given.seeds], axis=-1)
    if given.keep:
        arrays = {"networks": np.array([*NETWORKS]), "dice": dice.astype("float32")}
        arrays |= {"without": np.array([*WITHOUT]), "without_dice": without.astype("float32")}
        arrays |= {"patients": scored[2], "losses": np.array([*LOSSES])}
        arrays |= {"lesion_dice": lesions[0], "lesion_area": lesions[1]}
        seeds = " ".join(map(str, given.seeds))
        card = {"script": f"python -m benchmarks.segmenters --seeds {seeds} --keep"}
        card |= {"seed": given.seeds, "data": f"brains, train n=400, test n=100, {HEADS}"}
        card["score"] = {
            "dice": np.nanmean(dice, axis=2).round(4).tolist(),
            "without_dice": np.nanmean(without, axis=2).round(4).tolist(),
            "lesion_dice": lesions[0].round(4).tolist(),
        }
        weights.save_recording(arrays, "segmenters", card)


if __name__ == "__main__":
    main()
