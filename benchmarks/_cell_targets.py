"""What the detector of cells learns from: varied photographs, what it should answer, the loss."""

import numpy as np

HEIGHT, WIDTH, STRIDE, CLASSES, USUAL_PX = 240, 320, 8, 3, 32.0
LIMITS = np.array([HEIGHT, WIDTH, HEIGHT, WIDTH], "float32")
ROWS, COLUMNS = np.mgrid[: HEIGHT // STRIDE, : WIDTH // STRIDE]
MIDDLES = STRIDE * (np.stack([ROWS, COLUMNS], axis=-1) + 0.5).astype("float32")  # (30, 40, 2)


def varied(rng, image, boxes, zoom=0.2, colour=0.08):
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
    light = np.exp(rng.normal(0, colour / 2, 3) + rng.normal(0, colour)).astype("float32")
    contrast = np.float32(np.exp(rng.normal(0, colour)))
    mean = (image[::4, ::4].mean(axis=(0, 1)) * light).mean()
    return np.clip(image * (light * contrast) + mean * (1 - contrast), 0, 255), boxes


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
    order = np.argsort((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))  # a small one lies on top
    boxes, labels = boxes[order], labels[order]
    target = np.zeros((*ROWS.shape, CLASSES + 5), "float32")
    if not len(boxes):
        return target
    centres, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    centres = STRIDE * (np.minimum(centres // STRIDE, np.array(ROWS.shape) - 1) + 0.5)
    off = (MIDDLES - centres[:, None, None]) / sides[:, None, None]  # (k, 30, 40, 2)
    hill = np.exp(-((narrow * off) ** 2).sum(axis=-1) / 2)
    for label in range(CLASSES):
        target[..., label] = hill[labels == label].max(axis=0, initial=0)
    cell, highest = hill.argmax(axis=0), hill.max(axis=0)
    own = highest > near
    weight = highest / (hill * (hill > near)).sum(axis=(1, 2))[cell]
    target[own, CLASSES:-1], target[own, -1] = boxes[cell][own], weight[own]
    return target


def corners(output, exp=np.exp):
    """Return the boxes (..., 30, 40, 4) that the last four numbers of a place stand for."""
    from keras import ops

    stack = np.concatenate if exp is np.exp else ops.concatenate
    centre = MIDDLES + STRIDE * output[..., CLASSES : CLASSES + 2]
    half = USUAL_PX / 2 * exp(output[..., CLASSES + 2 :])
    return stack([centre - half, centre + half], axis=-1)


def numbers(boxes):
    """Return the four numbers (..., 30, 40, 4) that stand for boxes: `corners` backwards."""
    from keras import ops

    begin, end = boxes[..., :2], boxes[..., 2:]
    sizes = ops.log(ops.maximum(end - begin, 1.0) / USUAL_PX)
    return ops.concatenate([((begin + end) / 2 - MIDDLES) / STRIDE, sizes], axis=-1)


def loss(target, output, giou_weight=2.0, shift_weight=0.5, size_weight=1.0):
    """Return the focal loss of the heat maps and what the boxes are off, per cell.

    The generalised IoU alone is slow to bring a box that nearly fits to fit.
    """
    from keras import ops

    heat, box, weight = target[..., :CLASSES], target[..., CLASSES:-1], target[..., -1]
    p, cells = ops.sigmoid(output[..., :CLASSES]), ops.sum(weight) + 1e-6
    yes = ops.cast(heat > 0.999, p.dtype)
    found = yes * (1 - p) ** 2 * ops.log_sigmoid(output[..., :CLASSES])
    quiet = (1 - yes) * (1 - heat) ** 4 * p**2 * ops.log_sigmoid(-output[..., :CLASSES])
    off = ops.abs(output[..., CLASSES:] - numbers(box))
    off = shift_weight * ops.sum(off[..., :2], axis=-1) + size_weight * ops.sum(off[..., 2:], -1)
    off = off + giou_weight * (1 - giou(box, corners(output, ops.exp)))
    return (ops.sum(weight * off) - ops.sum(found + quiet)) / cells


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
