"""What every explorer needs of a picture: prepare it, enlarge it, write it as PNG."""

import io
import sys
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

LARGEST_SIDE = 256


def prepare(image):
    """Return an image as the explorers compute with it.

    uint8 is divided by 255. Floats within 0..1 stay as they are; any other numbers are stretched
    from their smallest and largest value to 0..1. An image of more than 256 pixels along a side
    is made smaller, each new pixel the mean of the area it covers.

    Args:
        image: (height, width) array of numbers.

    Returns:
        (height, width) float32 array, 0..1, sides of at most 256 pixels.

    Raises:
        ValueError: the array is not two-dimensional, has no pixels, or holds NaN or infinity.

    Example:
        >>> prepare(np.array([[0, 51, 255]], np.uint8)).round(2)
        array([[0. , 0.2, 1. ]], dtype=float32)
    """
    image = np.asarray(image)
    if image.ndim != 2 or image.size == 0 or image.dtype.kind not in "buif":
        raise ValueError(
            "Expected an image of numbers with shape (height, width). Received shape "
            f"{image.shape}, {image.dtype}. Pick one channel, for example image[..., 0]."
        )
    check_finite(image)
    pixels = image.astype(np.float32)
    low, high = float(pixels.min()), float(pixels.max())
    if image.dtype == np.uint8:
        pixels = pixels / np.float32(255)
    elif low < 0 or high > 1:
        pixels = (pixels - np.float32(low)) / np.float32(max(high - low, 1e-30))
    return shrink(pixels)


def check_finite(image):
    """Refuse an image with NaN or infinity in it."""
    if not np.isfinite(image).all():
        raise ValueError(
            "Expected finite numbers. Received an image with NaN or infinity in it. "
            "Replace them, for example with numpy.nan_to_num(image)."
        )


def shrink(pixels, largest_side=LARGEST_SIDE):
    """Return the image with sides of at most `largest_side`, averaged over areas."""
    from PIL import Image

    scale = largest_side / max(pixels.shape)
    if scale >= 1:
        return pixels
    height, width = (max(1, round(side * scale)) for side in pixels.shape)
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


@lru_cache
def head_slice(side=140):
    """Return a slice of the MNI152 average brain, T1-weighted: (side, side) float32, 0..1."""
    import nibabel

    folder = Path(find_spec("nilearn").submodule_search_locations[0], "datasets", "data")
    volume = nibabel.load(folder / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz").dataobj
    plane = np.asarray(volume[:, :, 90]).T[::-1, ::-1]  # front of the head on top
    pixels = shrink(plane[19:211, 2:194].astype(np.float32) / 255, side)
    pixels.flags.writeable = False
    return pixels


def to_uint8(picture):
    """Return a (height, width) or (height, width, 3) picture as uint8; floats are taken as 0..1."""
    picture = np.asarray(picture)
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
        raise ValueError(
            "Expected an array (height, width) or (height, width, 3), or a matplotlib Figure. "
            f"Received shape {picture.shape}. Return one picture from draw."
        )
    if picture.dtype == np.uint8:
        return picture
    return (np.clip(np.nan_to_num(picture), 0, 1) * 255 + 0.5).astype(np.uint8)


def enlarge(picture, width=512):
    """Repeat every pixel a whole number of times, so that the picture is about `width` wide."""
    times = max(1, width // max(picture.shape[:2]))
    return picture if times == 1 else picture.repeat(times, 0).repeat(times, 1)


def to_png(picture, colours=None, kept=()):
    """Return the PNG bytes of a uint8 array or of a matplotlib Figure.

    Fewer colours, at most 256, make the file of a Figure a third as large or less. Those in `kept`
    ("#0072B2") stay as they are; otherwise a photograph takes nearly all.
    """
    buffer = io.BytesIO()
    if hasattr(picture, "savefig"):
        picture.savefig(buffer, format="png")
        if colours:
            buffer = _reduced(buffer, colours, kept)
        if picture.canvas.manager is not None:  # made by pyplot: it must not be shown twice
            sys.modules["matplotlib.pyplot"].close(picture)
        return buffer.getvalue()
    from PIL import Image

    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _reduced(png, colours, kept):
    """Return a PNG with so many colours, without dithering: a buffer."""
    from PIL import Image, ImageColor

    picture, reduced = Image.open(png).convert("RGB"), io.BytesIO()
    flat = picture.quantize(colours - len(kept), dither=Image.Dither.NONE)
    if kept:
        palette = Image.new("P", (1, 1))
        exact = [part for colour in kept for part in ImageColor.getrgb(colour)]
        palette.putpalette(exact + flat.getpalette()[: 3 * (colours - len(kept))])
        flat = picture.quantize(palette=palette, dither=Image.Dither.NONE)
    flat.save(reduced, "PNG", optimize=True)
    return reduced


def few_colours(image, count=24):
    """Return a (height, width, 3) uint8 photograph in so few colours that its PNG is small.

    What is drawn over it then keeps its own colours when those of the figure are reduced.
    """
    from PIL import Image

    reduced = Image.fromarray(image).quantize(count, dither=Image.Dither.NONE)
    return np.asarray(reduced.convert("RGB"))
