"""How each built-in and public set is read into arrays: one small function a kind of file."""

import io
import zipfile
from importlib.resources import files

import numpy as np

from medkit.downloads import members
from medkit.registry import SPLITS

CORNERS = ("ymin", "xmin", "ymax", "xmax")
KINDS = ("fluorescence", "tissue")
MNI152 = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"


def mni152_head():
    """Return 189 axial slices of the average brain, seen as a radiologist does, and its tissues."""
    import nibabel

    folder = files("nilearn") / "datasets" / "data"
    t1, grey, white = (
        np.asarray(nibabel.load(folder / MNI152.format(part)).dataobj)
        for part in ("t1", "gm", "wm")
    )
    rest = 255 - np.minimum(255, grey.astype(np.int16) + white)
    tissues = np.select(
        [(grey > white) & (grey > rest), (white >= grey) & (white > rest), t1 > 0], [2, 3, 1], 0
    ).astype(np.uint8)
    # From (x right, y front, z up) to (z, rows from the front, columns from the person's right).
    t1, tissues = (np.ascontiguousarray(v.T[:, ::-1, ::-1]) for v in (t1, tissues))
    return {"images": t1[..., None], "tissues": tissues, "spacing_mm": (1.0, 1.0)}


def photograph(name):
    """Return one of scikit-image's pictures as (1, height, width, channels) uint8."""
    from skimage import data

    pixels = getattr(data, name)()
    return {"images": pixels.reshape(1, *pixels.shape[:2], -1)}


def dicom(name, rows=slice(None)):
    """Return one of pydicom's uncompressed test files as (1, height, width, channels).

    Grey images are float32, after rescale slope and intercept (so Hounsfield units for CT);
    colour images are uint8.
    """
    import pydicom

    with (files("pydicom") / "data" / "test_files" / name).open("rb") as stream:
        dataset = pydicom.dcmread(stream)
        pixels = dataset.pixel_array[rows]
    if pixels.ndim == 2:
        slope = float(dataset.get("RescaleSlope", 1))
        pixels = pixels.astype(np.float32) * slope + float(dataset.get("RescaleIntercept", 0))
        pixels = pixels[..., None].astype(np.float32)
    spacing = dataset.get("PixelSpacing")
    return {
        "images": pixels[None],
        "spacing_mm": tuple(float(mm) for mm in spacing) if spacing else None,
    }


def medmnist(path, splits, n=None):
    """Return images (n, 28, 28, 1 or 3) uint8 and labels (n,) int64 of the splits, in order."""
    with np.load(path, allow_pickle=False) as arrays:
        named = [{"validation": "val"}.get(split, split) for split in splits]
        images = np.concatenate([arrays[f"{split}_images"] for split in named])[:n]
        labels = np.concatenate([arrays[f"{split}_labels"] for split in named])[:n]
    return {
        "images": images.reshape(*images.shape[:3], -1),
        "labels": labels.reshape(-1).astype(np.int64),
    }


def bccd(path, splits, n=None, *, file, classes):
    """Return images (n, 480, 640, 3) uint8, and boxes and classes as the annotators drew them."""
    with zipfile.ZipFile(path) as archive:
        used = members(archive, file.members)
        names = []
        for split in splits:
            part = {"validation": "val"}.get(split, split)
            names += archive.read(used[f"BCCD/ImageSets/Main/{part}.txt"]).decode().split()
        images, boxes, labels = [], [], []
        for name in names[:n]:
            images.append(_picture(archive.read(used[f"BCCD/JPEGImages/{name}.jpg"])))
            found = voc(archive.read(used[f"BCCD/Annotations/{name}.xml"]), classes)
            boxes.append(found[0])
            labels.append(found[1])
    return {"images": np.stack(images), "boxes": boxes, "box_labels": labels}


def voc(text, classes):
    """Return boxes (k, 4) float32 y_min, x_min, y_max, x_max and labels (k,) of one XML file."""
    from defusedxml import ElementTree

    objects = list(ElementTree.fromstring(text).iter("object"))
    corners = [[float(o.findtext(f"bndbox/{c}")) for c in CORNERS] for o in objects]
    labels = [classes.index(o.findtext("name")) for o in objects]
    return np.array(corners, np.float32).reshape(-1, 4), np.array(labels, np.int64)


def dsb2018(path, splits, n=None, kind=None, size=None, *, file):
    """Return images and instance masks (0 = no nucleus, 1, 2, ... one number a nucleus).

    Images differ in size, so both are lists, unless `size` chooses one size. Bright nuclei on a
    dark ground are fluorescence, the others tissue: no image lies between.
    """
    with zipfile.ZipFile(path) as archive:
        folders = {}
        for name, info in members(archive, file.members).items():
            _, folder, part, _ = name.split("/")
            folders.setdefault(folder, {"images": [], "masks": []})[part].append(info)
        images, masks = [], []
        for found in folders.values():
            if len(images) == n:
                break
            pixels = _picture(archive.read(found["images"][0]))  # (height, width, 3)
            shown = KINDS[int(pixels.mean() > 100)]
            if kind in (None, shown) and (size is None or tuple(size) == pixels.shape[:2]):
                images.append(pixels)
                masks.append(_instances([archive.read(i) for i in found["masks"]], pixels.shape))
    if size is not None and images:
        images, masks = np.stack(images), np.stack(masks)
    return {"images": images, "masks": masks}


def _instances(outlines, shape):
    labels = np.zeros(shape[:2], np.int32)
    for number, outline in enumerate(outlines, 1):
        labels[_picture(outline, "L") > 0] = number
    return labels


def _picture(content, mode="RGB"):
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        return np.array(image.convert(mode))


BUILT_IN = {
    "mni152_head": mni152_head,
    "ct": lambda: dicom("CT_small.dcm"),
    "mr": lambda: dicom("examples_overlay.dcm"),
    # The rows above and below hold text that the machine wrote into the pixels.
    "ultrasound": lambda: dicom("examples_rgb_color.dcm", slice(54, 166)),
    **{
        name: lambda name=name: photograph(name)
        for name in ("retina", "immunohistochemistry", "cell", "microaneurysms")
    },
}


OPTIONS = {"bccd": ("n",), "dsb2018": ("n", "kind", "size")}  # the others: n


def read_public(info, path, split, options):
    """Return the arrays of a public set as a dict, from its verified file."""
    splits = [split] if split else SPLITS
    if info.name == "bccd":
        return bccd(path, splits, file=info.file, classes=info.classes, **options)
    if info.name == "dsb2018":
        return dsb2018(path, splits, file=info.file, **options)
    return medmnist(path, splits, **options)
