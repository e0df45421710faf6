"""Nuclei of DSB 2018: which pixels, and which nucleus? `--set`, `--seeds`, `--steps`, `--test`.

fluorescence   the 334 photographs of 256 × 256 that shine on black: Dice of each photograph, and
               average precision of the nuclei at an IoU of 0.5
all            all 664, stained tissue too, in colour: IoU of pieces of 96 × 96

A fifth is held out, another one for each seed. With `--test` a network learns from the other four
fifths, and that fifth is scored. Without, a fifth of what it would learn from is kept back and
scored: by that, what is fixed here was chosen. `--keep` writes the weights of the first seed.

Several photographs come from one laboratory, some from one slide, and nobody says which. So a
photograph held out is new, its slide perhaps not.
"""

import argparse
import sys
import time

import keras
import numpy as np
from keras import ops
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.morphology import h_maxima
from skimage.segmentation import watershed

import medkit
from benchmarks import _resume
from benchmarks.cells import keep_memory
from medkit import metrics
from medkit.models import nucleus_segmenter
from medkit.weights import save_weights

# side of a training piece, pieces a step, steps: on two cores 5 and 14 minutes
PLANS = {"fluorescence": (256, 4, 700), "all": (96, 16, 2400)}


def normalised(image):
    """Return (height, width, channels + 1): an image between its quantiles, and how bright it was.

    The first channels make photographs alike; the last tells dim ones from bright ones.
    """
    grey = image.mean(-1, keepdims=True)
    low, high = np.percentile(grey, (1, 99.8))
    stretched = np.clip((image - low) / max(high - low, 8), 0, 1.5)
    return np.concatenate([stretched, np.sqrt(grey / 255)], axis=-1).astype("float32")


def depths(ids):
    """Return how deep each pixel lies in its nucleus: 0 outside, 1 in the middle."""
    deep = np.zeros(ids.shape, "float32")
    for number, box in enumerate(ndimage.find_objects(ids), 1):
        if box is not None:
            own = np.pad(ids[box] == number, 1)
            distance = ndimage.distance_transform_edt(own)[1:-1, 1:-1]
            deep[box] = np.maximum(deep[box], distance / distance.max())
    return deep


def parts(name, seed, test):
    """Return what to learn from and what to score, each (inputs, ids), lists of photographs."""
    if name == "fluorescence":
        photographs = medkit.load("dsb2018", kind=name, size=(256, 256))
        images = [image[..., :1] for image in photographs.images]  # three times the same
    else:
        photographs = medkit.load("dsb2018")
        images = photographs.images
    # Each seed draws anew: what was chosen on one seed's kept-back fifth has seen a part of the
    # test photographs of the others, about a quarter of that fifth.
    order = np.random.default_rng(seed).permutation(len(images))
    scored, learned = np.split(order, [-(-len(images) // 5)])  # 67 of 334, 133 of 664
    if not test:
        scored, learned = np.split(learned, [len(learned) // 5])
    inputs = [normalised(image) for image in images]
    return [
        ([inputs[i] for i in some], [photographs.masks[i] for i in some])
        for some in (learned, scored)
    ]


def pieces(inputs, targets, side, batch, seed):
    """Yield batches of pieces, turned and mirrored, for ever."""
    rng, order = np.random.default_rng(seed), []
    while True:
        order = order if len(order) >= batch else [*order, *rng.permutation(len(inputs))]
        some, order = order[:batch], order[batch:]
        pairs = []
        for i in some:
            y, x = (rng.integers(0, size - side + 1) for size in targets[i].shape[:2])
            both = [part[i][y : y + side, x : x + side] for part in (inputs, targets)]
            turns, way = rng.integers(4), rng.choice([1, -1])
            both = [np.rot90(piece, turns)[:, ::way] for piece in both]
            both[0] = both[0] * np.exp(rng.normal(0, 0.05)) + rng.normal(0, 0.02, both[0].shape)
            pairs.append(both)
        images, truth = zip(*pairs, strict=True)
        yield np.stack(images).astype("float32"), np.stack(truth)


def loss(target, output):
    """Return the loss of mask and depth: cross-entropy of both, and Dice of the mask."""

    def cross_entropy(t, logit):
        return ops.mean(ops.softplus(logit) - t * logit)

    mask, share = target[..., 0], ops.sigmoid(output[..., 0])
    both, every = ops.sum(mask * share, (1, 2)), ops.sum(mask + share, (1, 2))
    dice = ops.mean(1 - (2 * both + 1) / (every + 1))
    depth = cross_entropy(target[..., 1], output[..., 1])
    return cross_entropy(mask, output[..., 0]) + 1.5 * dice + depth


def trained(learned, plan, seed, rate=0.006):
    """Return a network that learned from photographs, and the seconds that took."""
    side, batch, steps = plan
    inputs, ids = learned
    targets = [np.stack([one > 0, depths(one)], axis=-1).astype("float32") for one in ids]
    keras.utils.set_random_seed(seed)
    model = nucleus_segmenter((None, None, inputs[0].shape[-1]))
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=steps - 50, warmup_target=rate, warmup_steps=50, alpha=0.01
    )
    look = {"weight_decay": 0.001, "beta_2": 0.99, "clipnorm": 5.0}
    averaged = {"use_ema": True, "ema_momentum": 1 - 6 / steps}
    model.compile(keras.optimizers.AdamW(schedule, **look, **averaged), loss)
    model.optimizer.build(model.trainable_variables)  # else the step is traced twice
    began = time.perf_counter()
    batches = pieces(inputs, targets, side, batch, seed)
    name = f"nuclei, {len(inputs)} photographs, seed {seed}, {plan}"
    _resume.fit(model, batches, steps, name)
    return model, time.perf_counter() - began


def answers(model, image, views=8):
    """Return the shares of mask and depth (height, width, 2), the mean over turned images."""
    height, width = image.shape[:2]
    up = [(0, -size % 16) for size in (height, width)]
    image = np.pad(image, (*up, (0, 0)), mode="reflect")
    total = 0
    for view in range(views):
        turns, way = view // 2, 1 - 2 * (view % 2)
        output = model.predict_on_batch(np.rot90(image, turns)[None, :, ::way])[0]
        total = total + np.rot90(output[:, ::way], -turns)
    return 1 / (1 + np.exp(-total[:height, :width] / views))


def nuclei(answer, level=0.5, rise=0.06):
    """Return numbered nuclei: a summit of the depth that rises by so much is one."""
    mask = answer[..., 0] > level
    hills = ndimage.gaussian_filter(answer.prod(-1), 1)
    summits, _ = ndimage.label(h_maxima(hills, rise))
    return watershed(-hills, summits, mask=mask)


def score_photographs(model, scored):
    """Print and return the mean and the worst Dice, and the average precision."""
    inputs, ids = scored
    otsu = [one[..., 0] > threshold_otsu(one[..., 0]) for one in inputs]
    one_look = [answers(model, image, views=1) for image in inputs]
    all_looks = [answers(model, image) for image in inputs]
    for name, masks, labels in (
        ("Otsu", otsu, [ndimage.label(mask)[0] for mask in otsu]),
        ("one look", [a[..., 0] > 0.5 for a in one_look], map(nuclei, one_look)),
        ("eight looks", [a[..., 0] > 0.5 for a in all_looks], map(nuclei, all_looks)),
    ):
        dice = [metrics.dice_coefficient(a, b > 0) for a, b in zip(masks, ids, strict=True)]
        precision = metrics.instance_average_precision(labels, ids)
        found = np.mean(dice), np.min(dice), precision
        print(f"  {name:12} Dice %.4f, worst %.3f, nuclei AP@.5 %.3f" % found, flush=True)
    return dict(zip(("Dice", "worst", "AP@.5"), map(float, found), strict=True))


def score_pieces(model, scored, side=96):
    """Print and return the IoU of photographs that are cut into pieces: mean, and all pixels."""
    shared, either = [], []
    for image, ids in zip(*scored, strict=True):
        found = np.zeros(ids.shape, bool)
        for y in (*range(0, ids.shape[0] - side, side), ids.shape[0] - side):
            for x in (*range(0, ids.shape[1] - side, side), ids.shape[1] - side):
                piece = np.s_[y : y + side, x : x + side]
                found[piece] = answers(model, image[piece])[..., 0] > 0.5
        shared.append(np.sum(found & (ids > 0)))
        either.append(np.sum(found | (ids > 0)))
    each, pixels = np.mean(np.divide(shared, either)), np.sum(shared) / np.sum(either)
    print(f"  IoU, mean of photographs {each:.4f}, of all pixels {pixels:.4f}", flush=True)
    return {"IoU of photographs": float(each), "IoU of pixels": float(pixels)}


def keep(model, given, steps, score, seconds):
    """Write the weights, with where they come from."""
    script = f"python -m benchmarks.nuclei --set {given.set} --seeds {given.seeds[0]} --keep"
    card = {"script": script + (" --test" if given.test else ""), "seed": given.seeds[0]}
    card["data"] = f"dsb2018, {given.set}, four fifths"
    card |= {"steps": steps, "minutes": round(seconds / 60, 1), "score": score}
    save_weights(model, f"nuclei_{given.set}", card)


def main(arguments=()):
    """Train once a seed, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--set", choices=PLANS, default="fluorescence")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--steps", type=int)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args(arguments)
    if not medkit.available("dsb2018"):
        sys.exit('Expected the set dsb2018. Received none. Fetch it once: medkit.load("dsb2018").')
    keep_memory()
    side, batch, steps = PLANS[given.set]
    steps, reached = given.steps or steps, []
    for seed in given.seeds:
        learned, scored = parts(given.set, seed, given.test)
        model, seconds = trained(learned, (side, batch, steps), seed)
        print(f"seed {seed}: {len(learned[0])} photographs, {seconds:.0f} s", flush=True)
        score = score_photographs if given.set == "fluorescence" else score_pieces
        reached.append(score(model, scored))
        if given.keep and seed == given.seeds[0]:
            keep(model, given, steps, reached[0], seconds)
    for name in reached[0]:
        print(f"mean {name}: {np.mean([one[name] for one in reached]):.4f}")


if __name__ == "__main__":
    main(sys.argv[1:])
