"""Turn the bytes of a DICOM file into a `MedicalImage`."""

import zlib
from io import BytesIO

import numpy as np

from medkit.formats import check_size, clean_spacing, finish, image_error

# A modality is one of DICOM's own codes or is dropped: free text in its place may be a name.
MODALITIES = (
    *("BI", "CR", "CT", "DX", "ES", "GM", "IO", "IVUS", "MG", "MR", "NM", "OCT", "OP", "OPT"),
    *("OT", "PT", "PX", "RF", "RG", "RTDOSE", "RTIMAGE", "SC", "SEG", "SM", "TG", "US", "XA", "XC"),
)
DEFLATED = b"1.2.840.10008.1.2.1.99"  # the transfer syntax that is zipped as a whole


def read_dicom(stream, head):
    """Read the pixels, rescaled, in RGB if coloured, and with larger values brighter."""
    import pydicom

    _check_deflated(stream)
    dataset = pydicom.dcmread(stream, force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        known = {(True, True): "ImplicitVRLittleEndian", (False, True): "ExplicitVRLittleEndian"}
        syntax = known.get(dataset.original_encoding, "ExplicitVRBigEndian")
        dataset.file_meta.TransferSyntaxUID = getattr(pydicom.uid, syntax)
    _check_header(dataset)
    pixels = pydicom.pixels.pixel_array(dataset, allow_excess_frames=False)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        pixels = pydicom.pixels.apply_color_lut(pixels, dataset)
    elif dataset.SamplesPerPixel == 1:
        pixels = _rescaled(pixels, dataset)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        pixels = (_mirror(dataset) - pixels).astype(pixels.dtype)
    facts = _facts(dataset)
    return finish(pixels, spacing_mm=_spacing(dataset), **facts)


def _check_deflated(stream):
    """Refuse a deflated file that swells beyond the limit: pydicom inflates it in one go."""
    start = stream.read(2**16)
    if DEFLATED in start:
        stream.seek(144 + int.from_bytes(start[140:144], "little"))  # behind the file's meta group
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        size, rest = 0, stream.read()
        while rest:
            size += len(inflate.decompress(rest, 2**24))
            check_size(size)
            rest = inflate.unconsumed_tail
    stream.seek(0)


def _check_header(dataset):
    """Refuse, before a pixel is decoded, what cannot or should not be decoded."""
    if not any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise image_error(
            "a DICOM file with pixels",
            "one without: a report, a plan, a directory (DICOMDIR), or the file is cut off",
            "Choose a file of an image series, or copy this one again.",
        )
    frames = int(dataset.get("NumberOfFrames") or 1)
    values = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * frames
    depth = (dataset.BitsAllocated + 7) // 8
    check_size(values * (4 if depth > 2 or _transforms(dataset) else depth))
    if values < 1:
        received = f"{frames} of {dataset.Rows} × {dataset.Columns}"
        raise image_error("at least one frame and one pixel", received, "Export the file again.")
    _check_compression(dataset, frames)


def _check_compression(dataset, frames):
    from PIL import Image
    from pydicom import encaps, pixels, uid

    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decodable = pixels.get_decoder(syntax).is_available
    except NotImplementedError:
        decodable = False
    if not decodable or (syntax == uid.JPEGExtended12Bit and dataset.BitsStored != 8):
        raise image_error(
            "uncompressed pixels, or RLE, 8-bit JPEG or JPEG 2000",
            f"'{syntax.name}'" if syntax in uid.UID_dictionary else "a private compression",
            "Write it uncompressed first, for example with GDCM: gdcmconv --raw in.dcm out.dcm, "
            "or install the decoders: pip install pylibjpeg pylibjpeg-libjpeg.",
        )
    if syntax.is_encapsulated and syntax != uid.RLELossless:
        for frame in encaps.generate_frames(dataset.PixelData, number_of_frames=frames):
            size = Image.open(BytesIO(frame), formats=("JPEG", "JPEG2000")).size
            if size != (dataset.Columns, dataset.Rows):  # the decoder would trust the frame
                expected = f"a frame of {dataset.Columns} × {dataset.Rows}, as the header says"
                remedy = "The file is damaged: export it again."
                raise image_error(expected, f"one of {size[0]} × {size[1]}", remedy)


def _functional(dataset, name):
    """Return where an enhanced file keeps a group of facts, shared or for each frame.

    An ordinary file keeps them at its top: the answer is then that file.
    """
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        groups = [group[name][0] for group in dataset.get(keyword) or [] if group.get(name)]
        if groups:
            return groups
    return [dataset]


def _transforms(dataset):
    """Return [(slope, intercept, type), ...], one for all frames or one a frame; [] if none."""
    found = []
    for group in _functional(dataset, "PixelValueTransformationSequence"):
        slope, intercept = group.get("RescaleSlope"), group.get("RescaleIntercept")
        if slope is not None or intercept is not None:
            found.append((slope, intercept, group.get("RescaleType")))
    return found


def _rescaled(stored, dataset):
    """Return slope * stored + intercept; what is not given counts as 1 and 0."""
    from pydicom.pixels import apply_modality_lut

    if dataset.get("ModalityLUTSequence"):
        return apply_modality_lut(stored, dataset)
    transforms = _transforms(dataset)
    if not transforms:
        return stored
    slope = np.array([1 if slope is None else float(slope) for slope, _, _ in transforms])
    intercept = np.array([float(intercept or 0) for _, intercept, _ in transforms])
    shape = (-1, 1, 1) if len(transforms) > 1 else ()
    scaled = np.multiply(stored, slope.reshape(shape), dtype=np.float32)
    return scaled + intercept.reshape(shape).astype(np.float32)


def _mirror(dataset):
    """Return what is to be subtracted from to swap the least and the largest storable number."""
    least = -(2 ** (dataset.BitsStored - 1)) if dataset.PixelRepresentation else 0
    largest = least + 2**dataset.BitsStored - 1
    return _rescaled(np.array(least), dataset) + _rescaled(np.array(largest), dataset)


def _facts(dataset):
    modality = str(dataset.get("Modality"))
    modality = modality if modality in MODALITIES else None
    if not _is_hounsfield(dataset, modality):
        return {"modality": modality}
    group = _functional(dataset, "FrameVOILUTSequence")[0]
    level, width = _numbers(group, "WindowCenter")[:1], _numbers(group, "WindowWidth")[:1]
    if not level or not width or not np.isfinite(level + width).all() or width[0] <= 0:
        return {"modality": modality, "unit": "HU"}
    facts = {"window_level_hu": level[0], "window_width_hu": width[0]}
    return {"modality": modality, "unit": "HU", **facts}


def _is_hounsfield(dataset, modality):
    """Say whether the file states slope, intercept, and HU; a CT slice need not name the unit."""
    transforms = _transforms(dataset)
    if not transforms or dataset.PhotometricInterpretation != "MONOCHROME2":
        return False
    if any(slope is None or intercept is None for slope, intercept, _ in transforms):
        return False
    is_ct_slice = modality == "CT" and "LOCALIZER" not in (dataset.get("ImageType") or [])
    return all(unit == "HU" or (not unit and is_ct_slice) for _, _, unit in transforms)


def _spacing(dataset):
    measures = _functional(dataset, "PixelMeasuresSequence")[0]
    in_plane = _numbers(measures, "PixelSpacing") or _numbers(dataset, "ImagerPixelSpacing")
    if len(in_plane) != 2:
        return None
    steps = np.diff(_numbers(dataset, "GridFrameOffsetVector"))
    if len(steps) and np.allclose(steps, steps[0]):
        between = (steps[0],)
    else:
        between = _numbers(measures, "SpacingBetweenSlices")[:1]
    is_stack = int(dataset.get("NumberOfFrames") or 1) > 1
    return clean_spacing((*between, *in_plane) if is_stack else in_plane)


def _numbers(dataset, keyword):
    """Return a tag's numbers, () if it has none or cannot be understood as numbers."""
    try:
        value = dataset.get(keyword)
        return tuple(float(number) for number in ([value] if np.isscalar(value) else value or []))
    except (TypeError, ValueError):
        return ()
