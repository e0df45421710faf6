"""Tissue and lesion in a worse coil: a U-Net trained for minutes, and three of them together.

    python -m benchmarks.tissues --seeds 1 2 3          prints
    python -m benchmarks.tissues --seeds 1 2 3 --keep   also writes data/weights/tissues_<seed>

Made-up heads of 64 × 64, three channels, a lesion in each patient, the usual noise and twice the
usual shading. Scored on 100 heads of 50 other patients. Beside the networks: three groups by
Otsu's rule, inside the true outline of the brain.
"""

import argparse
import sys
import time

import keras
import numpy as np
from keras import ops
from skimage.filters import threshold_multiotsu

import medkit
from benchmarks.segmenters import HEADS, dice_of
from medkit.models import unet
from medkit.weights import save_weights

SCANNER = {"bias": 0.3}
N, EPOCHS, BATCH, RATE = 1200, 10, 16, 0.006
ORDERS = {"T1": (1, 2, 3), "T2": (3, 2, 1)}  # tissues from dark to bright


def heads(split, n):
    """Return images (n, 64, 64, 3) and labels (n, 64, 64) uint8."""
    part = medkit.load("brains", split, n=n, **HEADS, **SCANNER)
    return part.images, np.where(part.masks > 0, 4, part.tissues).astype("uint8")


def loss(y_true, y_pred):
    """Return cross-entropy and the Dice loss of all classes, added."""
    y_true = ops.squeeze(y_true, -1) if len(y_true.shape) == 4 else y_true
    entropy = keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
    hot, share = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1]), ops.softmax(y_pred)
    both, every = ops.sum(hot * share, axis=(1, 2)), ops.sum(hot + share, axis=(1, 2))
    return ops.mean(entropy) + ops.mean(1 - (2 * both + 1) / (every + 1))


def trained(x, y, seed):
    """Return a U-Net that learned from heads and their mirror images, and the seconds."""
    keras.utils.set_random_seed(seed)
    model = unet(widths=(16, 32, 64), bottom=64)
    steps = EPOCHS * -(-2 * len(x) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=steps - steps // 10, warmup_target=RATE, warmup_steps=steps // 10
    )
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.001), loss)
    model.optimizer.build(model.trainable_variables)  # else the step is traced twice
    x, y = (np.concatenate([part, part[:, :, ::-1]]) for part in (x, y))
    began = time.perf_counter()
    model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return model, time.perf_counter() - began


def shares(model, x):
    """Return the share of each class (n, 64, 64, 5), of the heads and of their mirror images."""

    def look(images):
        return np.asarray(ops.softmax(model.predict(images, batch_size=50, verbose=0)))

    return look(x), look(x[:, :, ::-1])[:, :, ::-1]


def by_threshold(x, y):
    """Return {channel: Dice of fluid, grey and white matter by two cuts inside the brain}."""
    scores = {}
    for channel, (name, order) in enumerate(ORDERS.items()):
        found = []
        for image, truth in zip(x[..., channel], y, strict=True):
            brain = (truth > 0) & (truth < 4)
            groups = np.digitize(image, threshold_multiotsu(image[brain], classes=3))
            found.append(np.where(brain, np.array(order)[groups], 0))
        scores[name] = np.nanmean(dice_of(np.array(found, "uint8"), y)[:, :3], axis=0)
    return scores


def report(name, shares, truth):
    """Print and return the mean Dice of the tissues and that of the lesion."""
    dice = np.nanmean(dice_of(shares.argmax(-1).astype("uint8"), truth), axis=0)
    tissues, lesion = float(dice[:3].mean()), float(dice[3])
    words = " ".join(f"{value:.3f}" for value in dice)
    print(f"{name:24} tissues {tissues:.4f} (fluid, grey, white, lesion {words})", flush=True)
    return {"tissues": tissues, "lesion": lesion}


def main(arguments=()):
    """Print the scores, and perhaps keep the weights."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--keep", action="store_true", help="write what ships")
    given = parser.parse_args(arguments)
    learned, (x, truth) = heads("train", N), heads("test", 100)
    for name, values in by_threshold(x, truth).items():
        print(f"two cuts of {name}: {values.mean():.4f} ({values.round(3)})")
    every, alone = [], []
    for seed in given.seeds:
        model, seconds = trained(*learned, seed)
        looks = shares(model, x)
        alone.append(report(f"seed {seed}, {seconds:.0f} s", looks[0], truth))
        report("  and its mirror image", np.mean(looks, axis=0), truth)
        every.append(looks)
        if given.keep:
            card = {"script": f"python -m benchmarks.tissues --seeds {seed} --keep", "seed": seed}
            card |= {"data": f"brains, train n={N}, {HEADS | SCANNER}", "epochs": EPOCHS}
            card |= {"minutes": round(seconds / 60, 1), "score": alone[-1]}
            save_weights(model, f"tissues_{seed}", card)
    for kind in alone[0]:
        print(f"mean {kind}: {np.mean([one[kind] for one in alone]):.4f}")
    report("all together", np.mean(every, axis=0)[0], truth)
    report("all, and mirrored", np.mean(every, axis=(0, 1)), truth)


if __name__ == "__main__":
    main(sys.argv[1:])
