"""Read a learner's own image file, and show Hounsfield units through a window."""

import gzip
import logging
import math
import os
import warnings
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np

from medkit.dicom import read_dicom
from medkit.formats import (
    MAX_BYTES,
    ImageError,
    MedicalImage,
    check_size,
    image_error,
    read_nifti,
    read_picture,
)

__all__ = ["WINDOWS_HU", "ImageError", "MedicalImage", "apply_window", "read_image"]

# (level, width) in Hounsfield units, as radiology textbooks give them.
WINDOWS_HU = {
    "brain": (40.0, 80.0),
    "lung": (-600.0, 1500.0),
    "mediastinum": (50.0, 350.0),
    "soft tissue": (50.0, 400.0),
    "liver": (30.0, 150.0),
    "bone": (400.0, 1800.0),
}
READERS = {
    "DICOM": read_dicom,
    "NIfTI": read_nifti,
    "PNG": read_picture,
    "JPEG": read_picture,
    "TIFF": read_picture,
}


def apply_window(hounsfield, level_hu, width_hu):
    """Map Hounsfield units to brightness: black below the window, white above it.

    brightness = clip((hounsfield - level_hu) / width_hu + 1 / 2, 0, 1)

    This is DICOM's LINEAR_EXACT. Its older LINEAR, made for integers, puts level_hu - 0.5 and
    width_hu - 1 in place of the two: a difference of at most 0.5 HU.

    Args:
        hounsfield: array of any shape, in HU.
        level_hu: the HU shown as middle grey.
        width_hu: HU from black to white, > 0.

    Returns:
        float32 array of the same shape, 0 (black) to 1 (white).

    Raises:
        ValueError: the width is not above zero, or level or width is not finite.

    Example:
        >>> apply_window([-1000, 0, 40, 60, 1000], *WINDOWS_HU["brain"])
        array([0.  , 0.  , 0.5 , 0.75, 1.  ], dtype=float32)

    Reference:
        DICOM PS3.3, C.11.2.1.2 (LINEAR) and C.11.2.1.3.2 (LINEAR_EXACT).
    """
    if not (math.isfinite(level_hu) and math.isfinite(width_hu) and width_hu > 0):
        raise ValueError(
            "Expected a window with a finite level and a width above 0 HU. Received "
            f"level_hu={level_hu} and width_hu={width_hu}. Take one of WINDOWS_HU, or a width of 1."
        )
    hounsfield = np.asarray(hounsfield, np.float32)
    return np.clip((hounsfield - level_hu) / width_hu + 0.5, 0, 1).astype(np.float32)


def read_image(file):
    """Read a DICOM, NIfTI, PNG, JPEG or TIFF file (gzipped or not) without the patient's details.

    What a file is, its first bytes say, not its name. DICOM: rescaled, MONOCHROME1 inverted, colour
    turned into RGB. NIfTI: turned so that `pixels[i]` is the i-th axial slice from the feet up,
    anterior on top and the patient's right on the left, as in a DICOM file. PNG, JPEG, TIFF:
    upright, transparent parts on black, all pages of a TIFF; 16-bit colour comes as 8-bit from PNG.
    Names that are written *into* the picture stay: look at it before you show it.

    Args:
        file: str or Path of one file of at most 512 MB, whose pixels take at most 512 MB; or what
            such a file holds, as bytes or a memoryview: an upload, which need not be stored first.

    Returns:
        `MedicalImage`.

    Raises:
        ImageError: the file is missing, empty, too large, cut off, damaged, compressed in a way
            that is not installed, holds NaN, or is none of these kinds. It names no tag's value.
    """
    is_path, kind, cause = isinstance(file, str | os.PathLike), "image", None
    name = f"'{Path(file).name}'" if is_path else "an upload"
    if is_path:
        _check_path(Path(file))
    _check_length(Path(file).stat().st_size if is_path else memoryview(file).nbytes, name)
    with _quiet():
        try:
            with _open(Path(file).open("rb") if is_path else BytesIO(file)) as stream:
                head = stream.read(600)
                kind = _kind(head, name)
                stream.seek(0)
                return READERS[kind](stream if kind == "NIfTI" else _unpacked(stream), head)
        except (ImageError, ImportError):
            raise
        except Exception as error:  # decoders raise whatever they like on damaged files
            cause = type(error).__name__
    # Raised here and not above: what a decoder says may quote a tag, and is not passed on.
    raise image_error(
        f"a whole and sound {kind} file",
        f"{name}, which its decoder could not finish ({cause}): cut off or damaged",
        "Copy or export it again, uncompressed if you can choose.",
    )


def _check_path(path):
    if not path.exists():
        raise image_error(
            "the path of an image file",
            f"'{path}', and there is no such file",
            f"Check the spelling; a relative path starts in {Path.cwd()}.",
        )
    if not path.is_file():
        remedy = "Name one file in it; of a DICOM series, one slice."
        raise image_error("an image file", f"'{path.name}', which is a folder", remedy)


def _check_length(size, name):
    if size == 0:
        remedy = "Copy or download it again."
        raise image_error("an image file", f"{name}, which is empty (0 bytes)", remedy)
    check_size(size)


@contextmanager
def _quiet():
    """Keep what the decoders warn and log about a file's header away from the learner."""
    loggers = [logging.getLogger(name) for name in ("pydicom", "nibabel.global", "tifffile", "PIL")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextmanager
def _open(stream):
    """Close a stream in the end; give what it holds, unzipped if it is gzipped."""
    with stream:
        is_gzip = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        yield gzip.GzipFile(fileobj=stream) if is_gzip else stream


def _kind(head, name):
    starts_with_tag = head[:2] in (b"\2\0", b"\x08\0") and head[3:4] == b"\0"
    if head[128:132] == b"DICM" or (
        starts_with_tag and (head[4:6].isalpha() or head[6:8] == b"\0\0")
    ):
        return "DICOM"  # old files lack the 132 bytes in front, and start with their first tag
    if head[344:348] == b"n+1\0" or head[4:8] == b"n+2\0":
        return "NIfTI"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if head[:8] == b"\x89PNG\r\n\x1a\n" or head[:3] == b"\xff\xd8\xff":
        return "PNG" if head[:1] == b"\x89" else "JPEG"
    raise image_error(
        "a DICOM, NIfTI (.nii, .nii.gz), PNG, JPEG or TIFF file",
        f"{name}, whose first bytes are of none of them",
        "Export it as one of these; for another neuroimaging format: "
        "nibabel.save(nibabel.load(path), 'image.nii.gz').",
    )


def _unpacked(stream):
    """Return a stream that is as cheap to seek in as a file, and no larger than the limit."""
    if not isinstance(stream, gzip.GzipFile):
        return stream
    data = stream.read(MAX_BYTES + 1)
    check_size(len(data))
    return BytesIO(data)
