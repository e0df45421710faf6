"""Turn the bytes of a NIfTI, PNG, JPEG or TIFF file into a `MedicalImage`."""

import math
from dataclasses import dataclass

import numpy as np

MAX_BYTES = 512 * 2**20  # of a file, and of its pixels once decoded


class ImageError(ValueError):
    """A file that cannot be read as an image; says what was expected, what came, what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class MedicalImage:
    """An image and the few facts a lesson needs; nothing in it says who the patient is.

    Args:
        pixels: (height, width), (height, width, 3) if coloured, with (frames or slices) in front
            if there are several, and (frames, slices, height, width) for a NIfTI series. float32
            when the file states a rescale, is a NIfTI, or holds numbers that are not unsigned
            8- or 16-bit integers; else uint8 or uint16. Larger is brighter.
        spacing_mm: (rows, columns) in mm, with the distance between slices in front if the
            file states it; None if the file states none (PNG, JPEG and TIFF never do).
        modality: DICOM's code, for example "CT"; else None.
        unit: "HU" if the pixels are Hounsfield units; else None.
        window_level_hu, window_width_hu: the first window the file proposes; None if the pixels
            are not in HU.
    """

    pixels: np.ndarray
    spacing_mm: tuple | None = None
    modality: str | None = None
    unit: str | None = None
    window_level_hu: float | None = None
    window_width_hu: float | None = None

    def __repr__(self):
        """Return one line without the pixels."""
        facts = [" × ".join(map(str, self.pixels.shape)), str(self.pixels.dtype)]
        if self.spacing_mm:
            facts.append(" × ".join(f"{length:g}" for length in self.spacing_mm) + " mm")
        return f"MedicalImage({', '.join([*facts, *filter(None, (self.modality, self.unit))])})"


def image_error(expected, received, remedy):
    """Return the error with its three parts as sentences."""
    return ImageError(f"Expected {expected}. Received {received}. {remedy}")


def check_size(byte_count):
    """Raise `ImageError` if a file, or what it says it holds, is too large to be opened safely."""
    if byte_count > MAX_BYTES:
        raise image_error(
            f"an image of at most {MAX_BYTES / 2**20:.0f} MB",
            f"one that states or takes more ({byte_count / 2**20:,.0f} MB or more)",
            "Crop or downsample it first; if it is small in truth, its header is damaged.",
        )


def finish(pixels, **facts):
    """Return the image with pixels of a plain type, all finite, that share no memory."""
    pixels = pixels.astype(np.uint8) if pixels.dtype == bool else pixels
    is_plain = pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2
    dtype = pixels.dtype.newbyteorder("=") if is_plain else np.float32
    pixels = np.ascontiguousarray(pixels, dtype)
    if not pixels.size:
        raise image_error("at least one pixel", "none", "Copy or export the file again.")
    bad = 0 if is_plain else pixels.size - np.count_nonzero(np.isfinite(pixels))
    if bad:
        raise image_error(
            "pixels that are all finite numbers",
            f"{bad:,} NaN or infinite ones among {pixels.size:,}",
            "Replace them in the file, for example by numpy.nan_to_num, and save it again.",
        )
    return MedicalImage(pixels if pixels.flags.owndata else pixels.copy(), **facts)


def clean_spacing(lengths):
    """Return the lengths as positive floats, or None if there are none or one is no length."""
    lengths = tuple(abs(float(length)) for length in lengths)
    return lengths if lengths and all(0 < length < math.inf for length in lengths) else None


def read_nifti(stream, head):
    """Read a NIfTI-1 or NIfTI-2 file as axial slices, feet first, anterior up, right on the left.

    No more bytes are read, or unzipped, than the header asks for.
    """
    import nibabel

    image_class = nibabel.Nifti2Image if head[4:8] == b"n+2\0" else nibabel.Nifti1Image
    header = image_class.header_class(head[: image_class.header_class.sizeof_hdr])
    shape, dtype = header.get_data_shape(), header.get_data_dtype()
    shape = shape[:3] + tuple(length for length in shape[3:] if length != 1)
    if dtype.kind not in "iuf" or not 2 <= len(shape) <= 4 or min(shape) < 1:
        raise image_error(
            "a NIfTI image of 2 to 4 axes of real numbers",
            f"one of shape {shape} and type {dtype}",
            "Save the one volume, channel or magnitude that you want to look at.",
        )
    size = math.prod(shape)
    check_size(max(size * 4, header.get_data_offset() + size * dtype.itemsize))
    wanted = header.get_data_offset() + size * dtype.itemsize
    data = stream.read(wanted + 1)  # one more makes gzip compare its checksum at the end
    if len(data) < wanted:
        raise _cut_off(len(data), wanted)
    return _from_nifti(image_class.from_bytes(data), shape)


def _from_nifti(image, shape):
    import nibabel

    scaled = image.get_fdata(dtype=np.float32, caching="unchanged")
    scaled = scaled.reshape(shape if len(shape) > 2 else (*shape, 1))
    turned = nibabel.as_closest_canonical(nibabel.Nifti1Image(scaled, image.affine))
    # Now x grows to the right, y to the front, z to the head; a radiologist's page is turned.
    pixels = turned.get_fdata(dtype=np.float32).T[..., ::-1, ::-1]
    millimetres = {"meter": 1000, "micron": 0.001}.get(image.header.get_xyzt_units()[0], 1)
    spacing_mm = nibabel.affines.voxel_sizes(turned.affine)[::-1] * millimetres
    if len(shape) == 2 and len(pixels) == 1:
        pixels, spacing_mm = pixels[0], spacing_mm[1:]
    return finish(pixels, spacing_mm=clean_spacing(spacing_mm))


def _cut_off(received, wanted):
    return image_error(
        f"{wanted:,} bytes, as the header says",
        f"{received:,}: the file is cut off, or its header is damaged",
        "Copy or download it again.",
    )


def read_picture(stream, head):
    """Read a PNG or JPEG file, or all pages of a TIFF file."""
    from PIL import Image

    kind = {b"\x89": "PNG", b"\xff": "JPEG"}.get(head[:1], "TIFF")
    pages = _scientific_pages(stream) if kind == "TIFF" else None
    try:
        if kind == "PNG":
            Image.open(stream, formats=[kind]).verify()  # the checksums, which loading passes over
        stream.seek(0)
        if not pages:
            with Image.open(stream, formats=[kind]) as image:
                pages = _pages(image, image.n_frames if kind == "TIFF" else 1)
    except Image.DecompressionBombError:
        check_size(MAX_BYTES + 1)
    if len({page.shape for page in pages}) > 1:
        raise _unequal()
    return finish(pages[0] if len(pages) == 1 else np.stack(pages))


def _pages(image, count):
    from PIL import ImageOps

    depth = 4 if image.mode in ("I", "F") else 2 if image.mode.startswith("I;16") else 1
    check_size(count * math.prod(image.size) * len(image.getbands()) * depth)
    pages, size = [], image.size
    for index in range(count):
        image.seek(index)
        if image.size != size:
            raise _unequal()
        pages.append(_plain(ImageOps.exif_transpose(image)))
    return pages


def _plain(image):
    """Return one page as (height, width) or (height, width, 3), transparent parts on black."""
    from PIL import Image

    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("L", "F", "I") or image.mode.startswith("I;16"):
        pixels = np.asarray(image)
        clear = image.info.get("transparency")  # one grey value, of 8 or 16 bits
        pixels = pixels if clear is None else np.where(pixels == clear, 0, pixels)
        fits = image.mode == "I" and pixels.min() >= 0 and pixels.max() < 2**16  # 16-bit PNG
        return pixels.astype(np.uint16) if fits else pixels
    colour = "L" if image.mode in ("LA", "La") else "RGB"
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image)
    return np.asarray(image.convert(colour))


def _scientific_pages(stream):
    """Return the pages of a TIFF file of 16 or more bits, or signed ones; None if it has others.

    Pillow would shorten, wrap or not invert some of these without a word.
    """
    import tifffile

    deflate = (8, 32946)
    with tifffile.TiffFile(stream) as tiff:
        first = tiff.pages[0]
        is_known = first.photometric <= 2 and first.compression in (1, *deflate)
        is_upright = getattr(first.tags.get("Orientation"), "value", 1) == 1
        is_eight_bit = str(first.dtype) in ("None", "bool", "uint8")
        if is_eight_bit or not (is_known and is_upright):
            return None
        check_size(sum(page.size * page.dtype.itemsize for page in tiff.pages))
        return [_scientific(page.asarray(), page) for page in tiff.pages]


def _scientific(pixels, page):
    """Return (height, width) or (height, width, 3) without alpha, larger values brighter."""
    if page.samplesperpixel > 1:
        pixels = np.moveaxis(pixels, 0, -1) if page.planarconfig == 2 else pixels
        pixels = pixels[..., :3] if page.samplesperpixel > 2 else pixels[..., 0]
    is_inverted = page.photometric == 0 and pixels.dtype.kind == "u"
    return np.iinfo(pixels.dtype).max - pixels if is_inverted else pixels


def _unequal():
    return image_error(
        "a TIFF file whose pages have one size",
        "pages of several sizes or colours",
        "Save the page you want as a file of its own.",
    )
