"""Blood cells found from scratch: `--set`, `--seeds`, `--steps`, `--test`, `--keep`.

BCCD: what is fixed here was chosen on the validation part, with networks that learn from the
training part alone. With `--test` they learn from both, and the test part is scored, once a seed.
The made-up smears of a seed share nothing with those of another. `--keep` writes the weights of
the first seed to `data/weights`.
"""

import argparse
import ctypes
import sys
import time

import numpy as np

import medkit
from benchmarks import _resume
from benchmarks._cell_targets import (
    CLASSES,
    HEIGHT,
    LIMITS,
    WIDTH,
    corners,
    encode,
    inside,
    loss,
    varied,
)
from medkit import metrics
from medkit.boxes import iou_matrix, non_max_suppression
from medkit.models import cell_detector
from medkit.weights import save_weights

# mAP@.5 and mAP@[.5:.95] on the test part; both began with weights learned from other images.
PUBLISHED = {"EfficientDet-D0": (0.901, None), "YOLOv7": (0.906, 0.61)}
STEPS = {"bccd": 1500, "blood_smears": 220}


def photographs(split):
    """Return BCCD's images (n, 240, 320, 3) uint8, boxes in their pixels, and labels."""
    part = medkit.load("bccd", split)
    kept = [(boxes[:, 2:] > boxes[:, :2]).all(axis=1) for boxes in part.boxes]  # two are empty
    boxes = [b[k] * HEIGHT / part.images.shape[1] for b, k in zip(part.boxes, kept, strict=True)]
    labels = [values[k] for values, k in zip(part.box_labels, kept, strict=True)]
    return np.stack([halved(image) for image in part.images]), boxes, labels


def smears(split, n, seed):
    """Return made-up smears as `photographs` returns BCCD's."""
    part = medkit.load("blood_smears", split, n=n, seed=seed)
    return part.images, part.boxes, part.box_labels


def parts(name, seed, test):
    """Return what to learn from, and what to score."""
    if name == "blood_smears":
        return smears("train", 400, seed), smears(
            "test" if test else "validation", 200, 1000 + seed
        )
    learned, scored = photographs("train"), photographs("validation")
    if not test:
        return learned, scored
    images = np.concatenate([learned[0], scored[0]])
    return (images, learned[1] + scored[1], learned[2] + scored[2]), photographs("test")


def halved(image):
    """Return a photograph (480, 640, 3) at half its size."""
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((WIDTH, HEIGHT), Image.Resampling.BOX))


def keep_memory():
    """Tell the C library to keep what a step gives back: fetching it anew is a third of a step."""
    if sys.platform == "linux":
        for name, value in ((-8, 1), (-4, 0), (-1, 2**31 - 1)):  # arenas, mmap, trim: mallopt(3)
            ctypes.CDLL(None).mallopt(name, value)


def trained(seed, learned, steps, batch=8, rate=0.006):
    """Return a network trained for so many steps, and the seconds that took."""
    import keras

    images, boxes, labels = learned
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)

    def batches():
        order = []
        while True:
            order = order if len(order) >= batch else [*order, *rng.permutation(len(images))]
            chosen, order = order[:batch], order[batch:]
            some = [(*varied(rng, images[i], boxes[i]), labels[i]) for i in chosen]
            targets = [encode(*inside(b, k)) for _, b, k in some]
            yield np.stack([image for image, _, _ in some]), np.stack(targets)

    model = cell_detector()
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=steps - 100, warmup_target=rate, warmup_steps=100, alpha=0.01
    )
    averaged = {"use_ema": True, "ema_momentum": 1 - 4 / steps}
    look = {"weight_decay": 0.001, "beta_2": 0.99, "clipnorm": 5.0}
    model.compile(keras.optimizers.AdamW(schedule, **look, **averaged), loss)
    model.optimizer.build(model.trainable_variables)  # else the step is traced twice
    began = time.perf_counter()
    name = f"cells, {len(images)} photographs, seed {seed}, {steps} steps"
    _resume.fit(model, batches(), steps, name)
    return model, time.perf_counter() - began


def answers(model, images, mirrors=((), (1,), (2,), (1, 2))):
    """Return heat maps (n, 30, 40, 3) and boxes (n, 30, 40, 4), the mean over mirror images."""
    heat, boxes = 0, 0
    for axes in mirrors:
        output = model.predict_on_batch(np.flip(images, axes).astype("float32"))
        found = np.flip(corners(output), axes)
        for axis in axes:
            found = found.copy()
            found[..., [axis - 1, axis + 1]] = LIMITS[axis - 1] - found[..., [axis + 1, axis - 1]]
        heat = heat + np.flip(1 / (1 + np.exp(-output[..., :CLASSES])), axes) / len(mirrors)
        boxes = boxes + found / len(mirrors)
    return heat, boxes


def decode(heat, boxes, lowest=0.02, iou_threshold=0.5, agree=0.7, most=500):
    """Return the cells of one photograph: boxes (k, 4), scores (k,), labels (k,).

    Each kept box is moved to the mean of all that overlap it by `agree`, weighted by the score.
    """
    place, label = np.nonzero(heat.reshape(-1, CLASSES) > lowest)
    scores = heat.reshape(-1, CLASSES)[place, label]
    best = np.argsort(-scores)[:most]
    place, label, scores = place[best], label[best], scores[best]
    boxes = np.clip(boxes.reshape(-1, 4)[place], 0, LIMITS)
    kept = non_max_suppression(boxes, scores, iou_threshold, label)
    votes = (iou_matrix(boxes[kept], boxes) > agree) * (label[kept][:, None] == label) * scores**2
    moved = votes @ boxes / votes.sum(axis=1, keepdims=True)
    return {"boxes": moved, "scores": scores[kept], "labels": label[kept]}


def detected(model, images, **look):
    """Return the cells of each photograph."""
    parts = [images[i : i + 8] for i in range(0, len(images), 8)]
    return [
        decode(*one) for part in parts for one in zip(*answers(model, part, **look), strict=True)
    ]


def milliseconds(model, photograph, times=10, **look):
    """Return the time for one photograph of 640 × 480, from its pixels to its cells, the median."""
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        detected(model, halved(photograph)[None], **look)
        taken.append(1000 * (time.perf_counter() - began))
    return float(np.median(taken[1:]))


def report(name, found, scored):
    """Print how well the cells were found."""
    truths = [{"boxes": b, "labels": k} for b, k in zip(*scored[1:], strict=True)]
    half = metrics.mean_average_precision(found, truths)
    strict = metrics.mean_average_precision(found, truths, metrics.COCO_THRESHOLDS)
    each = metrics.average_precision_by_class(found, truths).values()
    classes = " ".join(f"{value:10.3f}" for value in each)
    print(f"{name:24} {half:8.3f} {strict:12.3f} {classes}", flush=True)
    return half, strict


def report_speed(model, photograph, seconds):
    """Print how long it trained, and how long one photograph takes."""
    large = np.repeat(np.repeat(photograph, 2, axis=0), 2, axis=1)  # 640 × 480
    one, four = milliseconds(model, large, mirrors=((),)), milliseconds(model, large)
    print(f"  trained in {seconds:.0f} s; one look {one:.0f} ms, four {four:.0f} ms", flush=True)


def keep(model, seed, given, score, seconds):
    """Write the weights, with where they come from."""
    learned_from = "train and validation" if given.test else "train"
    save_weights(
        model,
        f"cells_{given.set}",
        {
            "script": f"python -m benchmarks.cells --set {given.set} --keep"
            + (" --test" if given.test else ""),
            "seed": seed,
            "data": f"{given.set}, {learned_from}",
            "steps": given.steps or STEPS[given.set],
            "minutes": round(seconds / 60, 1),
            "score": {"mAP@.5": score[0], "mAP@[.5:.95]": score[1]},
        },
    )


def main(arguments=()):
    """Train once a seed, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=STEPS, default="bccd")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--steps", type=int)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args(arguments)
    if not medkit.available(given.set):
        sys.exit('Expected the set bccd. Received none. Fetch it once: medkit.load("bccd").')
    print(f"{'':24} {'mAP@.5':>8} {'mAP@[.5:.95]':>12} {'RBC':>10} {'WBC':>10} {'Platelets':>10}")
    keep_memory()
    reached = []
    for seed in given.seeds:
        learned, scored = parts(given.set, seed, given.test)
        model, seconds = trained(seed, learned, given.steps or STEPS[given.set])
        report(f"seed {seed}, one look", detected(model, scored[0], mirrors=((),)), scored)
        reached.append(report(f"seed {seed}, four mirrored", detected(model, scored[0]), scored))
        if given.keep and seed == given.seeds[0]:
            keep(model, seed, given, reached[0], seconds)
        report_speed(model, scored[0][0], seconds)
    print("{:24} {:8.3f} {:12.3f}".format("mean", *np.mean(reached, axis=0)))
    if given.set == "bccd":
        for name, (half, strict) in PUBLISHED.items():
            print(f"{name + ', published':24} {half:8.3f} {strict or np.nan:12.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
