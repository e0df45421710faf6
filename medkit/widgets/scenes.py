"""What the detection explorer takes: images, candidate boxes and truths, checked and packed."""

import numpy as np

from medkit.boxes import as_boxes, as_detections
from medkit.widgets.pictures import shrink, to_uint8
from medkit.widgets.recordings import wrong

MOST_IMAGES, MOST_BOXES = 24, 300  # so that a slider answers within one frame of the screen
LARGEST_SIDE = 640  # of a picture that is sent; the boxes keep the pixels of the image


def check_classes(classes):
    """Return the names of the classes as a tuple, or say what is wrong."""
    names = tuple(classes) if isinstance(classes, list | tuple) else ()
    good = [name for name in names if isinstance(name, str) and name and name != "all"]
    if not names or len(set(good)) != len(names):
        raise wrong(
            'classes to be one or more different names, none of them "all", that of label 0 first',
            repr(classes),
            'Write for example classes=("lesion",).',
        )
    return names


def check_pictures(images):
    """Return images as (n, height, width, 3) uint8, or say what is wrong."""
    images = np.asarray(images)
    colours = images.shape[3:]
    if images.ndim != 4 or colours not in ((1,), (3,)) or not images.size:
        raise wrong(
            "images of shape (n, height, width, 3) or (n, height, width, 1)",
            f"shape {images.shape}",
            "Stack them with numpy.stack; give one image as images[None].",
        )
    if len(images) > MOST_IMAGES:
        raise wrong(
            f"at most {MOST_IMAGES} images", f"{len(images)}", f"Show some: images[:{MOST_IMAGES}]."
        )
    if images.dtype != np.uint8:
        low, high = images.min(), images.max()
        if images.dtype.kind != "f" or not (low >= 0 and high <= 1):  # nan is refused as well
            raise wrong(
                "images to be uint8, or floats from 0 to 1",
                f"{images.dtype} from {low:g} to {high:g}",
                "Scale them, for example images / images.max().",
            )
    return np.stack([to_uint8(image) for image in np.broadcast_to(images, (*images.shape[:3], 3))])


def check_boxes(name, given, count, classes, scored):
    """Return a list of dicts of boxes, labels and, where there are any, scores, one an image.

    Args:
        name: "predictions" or "truths", for the message.
        given: what the caller gave under this name.
        count: number of images.
        classes: names of the classes.
        scored: whether the boxes must have scores.

    Returns:
        list of dict: boxes (k, 4) float64, labels (k,) int64, scores (k,) float64.
    """
    if not isinstance(given, list | tuple) or len(given) != count:
        got = f"{len(given)}" if isinstance(given, list | tuple) else type(given).__name__
        raise wrong(
            f"{name} to be a list of {count} dicts, one for each image",
            got,
            "Give an image without any an empty one: boxes=numpy.zeros((0, 4)).",
        )
    return [_check(f"{name}[{at}]", each, classes, scored) for at, each in enumerate(given)]


def _check(name, given, classes, scored):
    boxes, scores, labels = _read(name, given, ["boxes", "scores"] if scored else ["boxes"])
    if len(boxes) > MOST_BOXES:
        raise wrong(
            f"at most {MOST_BOXES} boxes in {name}",
            f"{len(boxes)}",
            f"Keep the best: order = numpy.argsort(-scores)[:{MOST_BOXES}].",
        )
    if len(scores) and not 0 <= scores.min() <= scores.max() <= 1:
        raise wrong(
            f"scores of {name} from 0 to 1",
            f"{scores.min():g} to {scores.max():g}",
            "Turn logits into scores with the sigmoid first.",
        )
    checked = {"boxes": boxes, "labels": _check_labels(name, labels, classes)}
    return {**checked, "scores": scores} if scored else checked


def _read(name, given, needed):
    """Return boxes, scores (0 where there are none) and labels (0 likewise) of one image."""
    if isinstance(given, tuple):  # as medkit.metrics takes them too
        given = dict(zip([*needed, "labels"], given, strict=False))
    if not isinstance(given, dict) or not set(needed) <= set(given):
        raise wrong(
            f"{name} to be a dict with {' and '.join(needed)}",
            f"{list(given) if isinstance(given, dict) else type(given).__name__}",
            f"Write for example dict({''.join(f'{key}=..., ' for key in needed)}labels=...).",
        )
    try:
        boxes = as_boxes(given["boxes"])
        scores = given["scores"] if "scores" in needed else np.zeros(len(boxes))
        return as_detections(boxes, scores, given.get("labels"))
    except ValueError as error:
        raise ValueError(f"In {name}: {error}") from error


def _check_labels(name, labels, classes):
    """Return labels as int64, or say which there are."""
    if labels.size and (
        labels.dtype.kind not in "ui" or not np.isin(labels, range(len(classes))).all()
    ):
        raise wrong(
            f"labels of {name} to be whole numbers from 0 to {len(classes) - 1}",
            f"{', '.join(map(str, np.unique(labels)[:5].tolist()))}, {labels.dtype}",
            f"The classes are {', '.join(classes)}; name others with classes=(...).",
        )
    return labels.astype(np.int64)


def pack(images):
    """Return the pictures as they are sent, (n, height, width, 3) uint8 of at most 640 pixels."""
    return np.stack(
        [
            np.stack([shrink(image[..., i], LARGEST_SIDE) for i in range(3)], axis=-1)
            for image in images
        ]
    )


def rows(scenes, *names):
    """Return boxes and some columns beside them, all images one after another: little-endian."""
    columns = [np.column_stack([scene[name] for name in names]) for scene in scenes]
    return np.concatenate(columns).astype("<f8").tobytes()
