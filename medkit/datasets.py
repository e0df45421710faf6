"""The one door to the data: `load` gives any set by name, `available` says what needs no network.

Example:
    >>> load("retina")
    ImageSet(retina: 1 image of 1411 × 1411 × 3 uint8)
"""

import contextlib
import difflib
import hashlib
import inspect
import json
from dataclasses import dataclass, fields

import numpy as np

from medkit import downloads, phantoms, readers
from medkit.downloads import DataError
from medkit.registry import SETS, DataInfo

__all__ = ["DataError", "ImageSet", "available", "fetch", "load", "names"]


@dataclass(frozen=True, eq=False, repr=False)
class ImageSet:
    """Images of one kind, and whichever truths the set has; what it has not is None.

    Attributes:
        info: `registry.DataInfo`: title, classes, licence, citation, source, known faults.
        images: (n, height, width, channels) uint8 0..255 or float32; a list of (height, width,
            channels) arrays where the images differ in size (dsb2018).
        labels: (n,) int64, index into `info.classes`.
        boxes: list of (k, 4) float32 y_min, x_min, y_max, x_max in pixels.
        box_labels: list of (k,) int64, index into `info.classes`.
        masks: (n, height, width) int, 0 = background; for instances each has its own number. A
            list of (height, width) arrays where the images differ in size.
        tissues: (n, height, width) uint8: 0 other, 1 fluid, 2 grey matter, 3 white matter.
        patient_ids: (n,): never split a patient between training and test.
        views, contrasts: (n,) str, for brains.
        spacing_mm: (rows, columns) size of a pixel in mm.
    """

    info: DataInfo
    images: np.ndarray | list
    labels: np.ndarray | None = None
    boxes: list | None = None
    box_labels: list | None = None
    masks: np.ndarray | list | None = None
    tissues: np.ndarray | None = None
    patient_ids: np.ndarray | None = None
    views: np.ndarray | None = None
    contrasts: np.ndarray | None = None
    spacing_mm: tuple | None = None

    def __len__(self):
        return len(self.images)

    def __repr__(self):
        sides = list(zip(*(image.shape for image in self.images), strict=True))
        shape = " × ".join("…".join(str(x) for x in sorted({min(s), max(s)})) for s in sides)
        others = [f.name for f in fields(self)[2:] if getattr(self, f.name) is not None]
        return (
            f"ImageSet({self.info.name}: {len(self)} image{'s' * (len(self) != 1)} of {shape} "
            f"{self.images[0].dtype}{'; ' * bool(others)}{', '.join(others)})"
        )


def names():
    """Return the names of all sets: built in, generated, public.

    Example:
        >>> names()[:3]
        ('mni152_head', 'retina', 'immunohistochemistry')
    """
    return tuple(SETS)


def load(name, split=None, **options):
    """Return a data set by name; public ones are fetched once, verified and kept.

    Args:
        name: one of `names()`.
        split: "train", "validation" (or "val") or "test", for sets that have splits. None gives
            all splits, in this order; of a generated set it gives "train".
        **options: generated sets take the arguments of their generator in `medkit.phantoms`
            (n, size, seed, ...); public sets take n, the number of images from the front; and
            dsb2018 kind ("fluorescence" or "tissue") and size, (height, width) in pixels, to
            choose the images of one size, which then come as arrays instead of lists.

    Returns:
        ImageSet.

    Raises:
        DataError: the name, split or an option is unknown, or the file cannot be had.

    Example:
        >>> ct = load("ct")
        >>> ct.images.shape, ct.images.dtype, float(ct.images.min())
        ((1, 128, 128, 1), dtype('float32'), -896.0)
    """
    info = _info(name)
    split = _split(info, split)
    if info.tier == "generated":
        arrays = _generated(info.name, split, options)
    else:
        _check_options(info, options)
        if info.built_in:
            arrays = readers.BUILT_IN[info.name]()
        else:
            arrays = readers.read_public(info, fetch(info.name), split, options)
    if not len(arrays["images"]):
        raise DataError(
            f"Expected at least one image in {name}. Received none for {options}. Choose other "
            "options."
        )
    spacing = arrays.get("spacing_mm")
    if spacing is not None and np.ndim(spacing) == 0:
        arrays["spacing_mm"] = (float(spacing), float(spacing))
    return ImageSet(info, **arrays)


def available(name):
    """Return whether `load(name)` works without the internet: built in, kept, or in the mirror.

    Example:
        >>> available("brains")
        True
    """
    info = _info(name)
    return info.built_in or downloads.is_here(info.file)


def fetch(name):
    """Fetch the file of a public set, if it is not here yet, and verify it.

    Args:
        name: one of `names()`.

    Returns:
        pathlib.Path of the file; None for a set that is built in or generated.

    Raises:
        DataError: the name is unknown or the file cannot be had.
    """
    info = _info(name)
    return None if info.built_in else downloads.fetch(info.file)


def _info(name):
    if name in SETS:
        return SETS[name]
    near = difflib.get_close_matches(str(name).lower(), SETS, n=1, cutoff=0.5)
    advice = f'Did you mean "{near[0]}"?' if near else "Choose one of these."
    raise DataError(f"Expected one of {', '.join(SETS)}. Received {name!r}. {advice}")


def _split(info, split):
    split = {"val": "validation"}.get(split, split)
    if split is None or split in info.splits:
        return split
    if not info.splits:
        raise DataError(
            f"Expected no split: {info.name} comes in one piece. Received split={split!r}. Leave "
            "it out, and split the images yourself."
        )
    raise DataError(
        f"Expected split to be one of {', '.join(info.splits)}, or None for all. Received "
        f"{split!r}. Choose one of these."
    )


def _check_options(info, options):
    allowed = () if info.built_in else readers.OPTIONS.get(info.name, ("n",))
    if set(options) - set(allowed):
        raise DataError(
            f"Expected for {info.name} {', '.join(allowed) or 'no options'}. "
            f"Received {', '.join(sorted(options))}. Leave out what is not listed."
        )
    n, kind, size = options.get("n"), options.get("kind"), options.get("size")
    right_size = size is None or (np.shape(size) == (2,) and min(size) > 0)
    right_n = n is None or (isinstance(n, (int, np.integer)) and n > 0)
    if not (right_n and right_size and kind in (None, *readers.KINDS)):
        raise DataError(
            f"Expected n to be a number above 0, kind one of {', '.join(readers.KINDS)}, and size "
            f"(height, width). Received {options}. Change the one that differs."
        )


def _generated(name, split, options):
    """Return what a generator of `phantoms` gives, from the cache if it is there."""
    generator = getattr(phantoms, name)
    options = options if split is None else {"split": split, **options}
    try:
        arguments = inspect.signature(generator).bind(**options)
    except TypeError as error:
        allowed = ", ".join(inspect.signature(generator).parameters)
        raise DataError(
            f"Expected for {name} the options {allowed}. Received {', '.join(options)}: {error}. "
            "Leave out what is not listed."
        ) from error
    arguments.apply_defaults()
    path = _kept_at(name, arguments.arguments)
    with contextlib.suppress(Exception):  # no file, or damaged in whatever way: made anew
        return _unpack(path)
    arrays = generator(**options)
    with contextlib.suppress(OSError):  # the folder is full or read-only: not kept, that is all
        _keep(path, arrays)
    return arrays


def _kept_at(name, arguments):
    """Return where the result of a generator for these arguments, defaults included, is kept."""
    key = json.dumps(
        arguments, default=lambda x: x.tolist() if hasattr(x, "tolist") else repr(x), sort_keys=True
    )
    key = hashlib.sha256(key.encode()).hexdigest()[:20]
    return downloads.cache_folder() / "generated" / f"{name}-v{phantoms.VERSION}-{key}.npz"


def _keep(path, arrays):
    """Write a generator's result as .npz, without pickle; lists go flat, with their lengths."""
    current = f"{path.stem.rpartition('-')[0]}-"
    for old in path.parent.glob(f"{path.stem.partition('-')[0]}-v*.npz"):
        if not old.name.startswith(current):  # of another version: never read again
            old.unlink(missing_ok=True)
    packed = {}
    for key, value in arrays.items():
        if isinstance(value, list):
            packed[f"{key}:lengths"] = np.array([len(item) for item in value])
            packed[f"{key}:flat"] = np.concatenate(value)
        else:
            packed[key] = np.asarray(value)
    with downloads.replacing(path) as part, open(part, "wb") as stream:
        np.savez(stream, **packed)


def _unpack(path):
    arrays = {}
    with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as packed:
        for key in packed.files:
            name, _, kind = key.partition(":")
            if kind == "lengths":
                ends = np.cumsum(packed[key])[:-1]
                arrays[name] = np.split(packed[f"{name}:flat"], ends)
            elif not kind:
                arrays[name] = packed[key] if packed[key].ndim else packed[key].item()
    return arrays
