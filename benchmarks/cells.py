"""Blood cells found from scratch on two cores: `--set`, `--seeds`, `--steps`, `--test`.

BCCD: what is fixed here was chosen on the validation part, with networks that learn from the
training part alone. With `--test` they learn from both, and the test part is scored, once a seed.
The made-up smears of a seed share nothing with those of another.
"""

import argparse
import sys
import time

import numpy as np

import medkit
from medkit import metrics
from medkit.boxes import iou_matrix, non_max_suppression

# mAP@.5 and mAP@[.5:.95] on the test part; both began with weights learned from other images.
PUBLISHED = {"EfficientDet-D0": (0.901, None), "YOLOv7": (0.906, 0.61)}
HEIGHT, WIDTH, STRIDE, CLASSES, USUAL_PX = 240, 320, 8, 3, 32.0
STEPS = {"bccd": 2000, "blood_smears": 600}
LIMITS = np.array([HEIGHT, WIDTH, HEIGHT, WIDTH], "float32")
ROWS, COLUMNS = np.mgrid[: HEIGHT // STRIDE, : WIDTH // STRIDE]
MIDDLES = STRIDE * (np.stack([ROWS, COLUMNS], axis=-1) + 0.5).astype("float32")  # (30, 40, 2)


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


def varied(rng, image, boxes, zoom=0.35, colour=0.2):
    """Return a photograph as it might have been: mirrored, nearer, of another colour and light."""
    from PIL import Image

    share = 1 - zoom * rng.random()
    corner = rng.random(2) * (HEIGHT * (1 - share), WIDTH * (1 - share))
    frame = (*corner[::-1], *(corner[::-1] + share * np.array([WIDTH, HEIGHT])))
    image = Image.fromarray(image).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=frame)
    image, boxes = np.asarray(image, "float32"), (boxes - np.tile(corner, 2)) / share
    for axis, side in ((0, HEIGHT), (1, WIDTH)):
        if rng.random() < 0.5:
            image, boxes = np.flip(image, axis), boxes.copy()
            boxes[:, [axis, axis + 2]] = side - boxes[:, [axis + 2, axis]]
    image = image * np.exp(rng.normal(0, colour / 2, 3) + rng.normal(0, colour))
    image = (image - image.mean()) * np.exp(rng.normal(0, colour)) + image.mean()
    return np.clip(image, 0, 255), boxes


def inside(boxes, labels, least=0.3):
    """Return what of each box lies in the image, where that is enough to tell what it is."""
    cut = np.clip(boxes, 0, LIMITS)
    area, whole = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (cut, boxes))
    return cut[area > least * whole], labels[area > least * whole]


def encode(boxes, labels, narrow=6.0, near=0.1):
    """Return what the network should answer: (30, 40, 8) float32.

    The first three numbers of a place are the heat maps, then come the corners of the cell that
    it lies in the middle of, and how much its box counts: 1 in all for each cell.
    """
    target = np.zeros((*ROWS.shape, CLASSES + 5), "float32")
    highest = np.zeros(ROWS.shape)
    order = np.argsort(-(boxes[:, 2:] - boxes[:, :2]).prod(axis=1))  # a small one lies on top
    for box, label in zip(boxes[order], labels[order], strict=True):
        place = np.minimum((box[:2] + box[2:]) / 2 // STRIDE, np.array(ROWS.shape) - 1)
        off = (MIDDLES - STRIDE * (place + 0.5)) / (box[2:] - box[:2])
        hill = np.exp(-((narrow * off) ** 2).sum(axis=-1) / 2)
        target[..., label] = np.maximum(target[..., label], hill)
        own = (hill > near) & (hill >= highest)
        highest = np.maximum(highest, hill)
        target[own, CLASSES:-1], target[own, -1] = box, hill[own] / hill[hill > near].sum()
    return target


def network(widths=(16, 32, 64, 96)):
    """Return a network: photographs (n, 240, 320, 3) 0..255 → (n, 30, 40, 7).

    Three heat maps, before the sigmoid, and where the box is: the shift of its centre in places
    and the logarithms of its sides in units of 32 pixels.
    """
    import keras
    from keras import layers

    def conv(x, width, size=3, stride=1, relu=True):
        x = layers.Conv2D(width, size, strides=stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.97)(x)
        return layers.ReLU()(x) if relu else x

    def block(x, width):
        return layers.ReLU()(layers.Add()([x, conv(conv(x, width), width, relu=False)]))

    def larger(x):
        return layers.UpSampling2D(2, interpolation="bilinear")(x)

    image = keras.Input((HEIGHT, WIDTH, 3))
    x = conv(layers.Rescaling(1 / 127.5, -1)(image), widths[0], 4, stride=2)
    x = conv(conv(x, widths[1], 4, stride=2), widths[1])
    fine = block(block(conv(x, widths[2], 4, stride=2), widths[2]), widths[2])  # 30 × 40
    x = block(block(conv(fine, widths[3], stride=2), widths[3]), widths[3])  # 15 × 20
    wide = larger(conv(block(conv(x, widths[3], stride=2), widths[3]), widths[3], 1))  # 8 × 10
    x = larger(conv(layers.Add()([x, wide[:, :15]]), widths[2]))
    x = conv(layers.Add()([x, conv(fine, widths[2], 1)]), widths[2])
    rare = keras.initializers.Constant(-3.0)
    heat = layers.Conv2D(CLASSES, 1, bias_initializer=rare)(conv(x, widths[2]))
    return keras.Model(image, layers.Concatenate()([heat, layers.Conv2D(4, 1)(conv(x, widths[2]))]))


def corners(output, exp=np.exp):
    """Return the boxes (..., 30, 40, 4) that the last four numbers of a place stand for."""
    from keras import ops

    stack = np.concatenate if exp is np.exp else ops.concatenate
    centre = MIDDLES + STRIDE * output[..., CLASSES : CLASSES + 2]
    half = USUAL_PX / 2 * exp(output[..., CLASSES + 2 :])
    return stack([centre - half, centre + half], axis=-1)


def loss(target, output, box_weight=2.0):
    """Return the focal loss of the heat maps and the generalised IoU of the boxes, per cell."""
    from keras import ops

    heat, box, weight = target[..., :CLASSES], target[..., CLASSES:-1], target[..., -1]
    p, cells = ops.sigmoid(output[..., :CLASSES]), ops.sum(weight) + 1e-6
    yes = ops.cast(heat > 0.999, p.dtype)
    found = yes * (1 - p) ** 2 * ops.log_sigmoid(output[..., :CLASSES])
    quiet = (1 - yes) * (1 - heat) ** 4 * p**2 * ops.log_sigmoid(-output[..., :CLASSES])
    fit = ops.sum(weight * (1 - giou(box, corners(output, ops.exp))))
    return (box_weight * fit - ops.sum(found + quiet)) / cells


def giou(a, b):
    """Return the generalised IoU of boxes (..., 4) with boxes, as `medkit.boxes` defines it."""
    from keras import ops

    def area(begin, end):
        sides = ops.relu(end - begin)
        return sides[..., 0] * sides[..., 1]

    shared = area(ops.maximum(a[..., :2], b[..., :2]), ops.minimum(a[..., 2:], b[..., 2:]))
    union = area(a[..., :2], a[..., 2:]) + area(b[..., :2], b[..., 2:]) - shared
    hull = area(ops.minimum(a[..., :2], b[..., :2]), ops.maximum(a[..., 2:], b[..., 2:]))
    return shared / (union + 1e-6) - (hull - union) / (hull + 1e-6)


def trained(seed, learned, steps, batch=8, rate=0.002):
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

    model = network()
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=steps - 100, warmup_target=rate, warmup_steps=100, alpha=0.01
    )
    averaged = {"use_ema": True, "ema_momentum": 1 - 4 / steps}
    look = {"weight_decay": 0.001, "beta_2": 0.99, "clipnorm": 5.0}
    model.compile(keras.optimizers.AdamW(schedule, **look, **averaged), loss)
    began = time.perf_counter()
    model.fit(batches(), steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False)
    return model, time.perf_counter() - began


def answers(model, images, mirrors=((), (1,), (2,), (1, 2))):
    """Return heat maps (n, 30, 40, 3) and boxes (n, 30, 40, 4), the mean over mirror images."""
    heat, boxes = 0, 0
    for axes in mirrors:
        output = np.array(model(np.flip(images, axes).astype("float32"), training=False))
        found = np.flip(corners(output), axes)
        for axis in axes:
            found = found.copy()
            found[..., [axis - 1, axis + 1]] = LIMITS[axis - 1] - found[..., [axis + 1, axis - 1]]
        heat = heat + np.flip(1 / (1 + np.exp(-output[..., :CLASSES])), axes) / len(mirrors)
        boxes = boxes + found / len(mirrors)
    return heat, boxes


def decode(heat, boxes, lowest=0.02, iou_threshold=0.5, agree=0.7):
    """Return the cells of one photograph: boxes (k, 4), scores (k,), labels (k,).

    Each kept box is moved to the mean of all that overlap it by `agree`, weighted by the score.
    """
    place, label = np.nonzero(heat.reshape(-1, CLASSES) > lowest)
    scores = heat.reshape(-1, CLASSES)[place, label]
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


def main(arguments=()):
    """Train once a seed, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=STEPS, default="bccd")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--steps", type=int)
    parser.add_argument("--test", action="store_true")
    given = parser.parse_args(arguments)
    if not medkit.available(given.set):
        print('Expected the set bccd. Received none. Fetch it once: medkit.load("bccd").')
        return
    print(f"{'':24} {'mAP@.5':>8} {'mAP@[.5:.95]':>12} {'RBC':>10} {'WBC':>10} {'Platelets':>10}")
    reached = []
    for seed in given.seeds:
        learned, scored = parts(given.set, seed, given.test)
        model, seconds = trained(seed, learned, given.steps or STEPS[given.set])
        report(f"seed {seed}, one look", detected(model, scored[0], mirrors=((),)), scored)
        reached.append(report(f"seed {seed}, four mirrored", detected(model, scored[0]), scored))
        large = np.repeat(np.repeat(scored[0][0], 2, axis=0), 2, axis=1)  # 640 × 480
        one, four = milliseconds(model, large, mirrors=((),)), milliseconds(model, large)
        print(
            f"  trained in {seconds:.0f} s; one look {one:.0f} ms, four {four:.0f} ms", flush=True
        )
    print("{:24} {:8.3f} {:12.3f}".format("mean", *np.mean(reached, axis=0)))
    if given.set == "bccd":
        for name, (half, strict) in PUBLISHED.items():
            print(f"{name + ', published':24} {half:8.3f} {strict or np.nan:12.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
