"""Make image files that are broken in known ways, for the tests of `medkit.read_image`."""

import gzip
import struct
import zlib
from io import BytesIO

import numpy as np

SIDE = 48


def sound_files():
    """Return {name: bytes} of one sound file of each kind, all showing the same disc."""
    return {
        "sound.dcm": dicom(),
        "sound_rle.dcm": dicom(compress="1.2.840.10008.1.2.5"),
        "sound_jpeg2000.dcm": dicom(compress="1.2.840.10008.1.2.4.90"),
        "sound_deflated.dcm": dicom(syntax="1.2.840.10008.1.2.1.99"),
        "sound.nii": nifti(),
        "sound.nii.gz": gzip.compress(nifti(), mtime=0),
        "sound.png": picture("PNG"),
        "sound.jpg": picture("JPEG"),
        "sound.tif": picture("TIFF"),
        "sound_lzw.tif": picture("TIFF", compression="tiff_lzw"),
    }


def broken_files(seed=0):
    """Return {name: bytes} of files that each are broken in another way, the same for a seed."""
    files = {**_cut_off(seed), **_renamed(), **_damaged_headers(), **_swelling()}
    return {**files, **_not_numbers(), **_flipped_bits(seed)}


def disc():
    """Return a (48, 48) uint16 picture with every row and column different."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return (1000 * ((y - 20) ** 2 + (x - 26) ** 2 < 200) + 7 * y + x).astype(np.uint16)


def dicom(pixels=None, compress=None, syntax="1.2.840.10008.1.2.1", drop=(), **tags):
    """Return the bytes of a CT slice of the disc; keywords set or replace tags."""
    import pydicom

    pixels = disc() if pixels is None else pixels
    dataset = pydicom.Dataset()
    facts = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "SOPInstanceUID": "1.2.3.4",
        "Modality": "CT",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": pixels.shape[-2],
        "Columns": pixels.shape[-1],
        "BitsAllocated": pixels.itemsize * 8,
        "BitsStored": pixels.itemsize * 8,
        "HighBit": pixels.itemsize * 8 - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PixelSpacing": [0.5, 0.75],
        "RescaleSlope": 2,
        "RescaleIntercept": -1000,
    }
    for name, value in facts.items():
        if name not in drop:
            setattr(dataset, name, value)
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.add_new("PixelData", "OW", pixels.tobytes())
    if compress == "1.2.840.10008.1.2.5":
        dataset.compress(compress)
    elif compress:  # JPEG 2000 by Pillow, since pydicom alone has no encoder for it
        from PIL import Image

        encoded = BytesIO()
        Image.fromarray(pixels).save(encoded, "JPEG2000", no_jp2=True)
        frames = [encoded.getvalue() + b"\0" * (encoded.tell() % 2)]
        dataset.PixelData = pydicom.encaps.encapsulate(frames)
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = compress
    for name, value in tags.items():  # set last: a tag may contradict the pixels
        setattr(dataset, name, value)
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def nifti(pixels=None, affine=None, two=False, **fields):
    """Return the bytes of a NIfTI file; keywords overwrite fields of its header."""
    import nibabel

    pixels = np.stack([disc().T.astype(np.int16)] * 3, -1) if pixels is None else pixels
    image_class = nibabel.Nifti2Image if two else nibabel.Nifti1Image
    data = image_class(pixels, np.eye(4) if affine is None else affine).to_bytes()
    size = 540 if two else 348
    header = image_class.header_class(data[:size], check=False)
    for name, value in fields.items():
        header[name] = value
    return header.binaryblock + data[size:]


def picture(kind, pixels=None, **options):
    """Return the bytes of a PNG, JPEG or TIFF file."""
    from PIL import Image

    stream = BytesIO()
    pixels = (disc() // 6).astype(np.uint8) if pixels is None else pixels
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def png_header(width, height, body=b""):
    """Return a PNG file that states a size and holds any bytes as its compressed pixels."""

    def chunk(name, data):
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _cut_off(seed):
    """Cut each sound file at three random places."""
    random = np.random.default_rng(seed)
    files = {}
    for name, data in sound_files().items():
        for k, fraction in enumerate(random.uniform(0.02, 0.98, 3)):
            files[f"cut{k}_{name}"] = data[: int(fraction * len(data))]
    return files


def _renamed():
    """Return files that are not images, or not of these kinds, under an image's name."""
    text = b"patient;age;finding\n17;64;none\n" * 200
    archive = BytesIO()
    np.savez(archive, image=disc())
    files = {f"text.{end}": text for end in ("dcm", "nii", "png", "jpg", "tif")}
    return {
        **files,
        "empty.dcm": b"",
        "empty.nii.gz": b"",
        "empty_inside.nii.gz": gzip.compress(b"", mtime=0),
        "one_byte.png": b"\x89",
        "zeros.nii": bytes(4096),
        "ones.dcm": b"\xff" * 4096,
        "text.nii.gz": gzip.compress(text, mtime=0),
        "page.dcm": b"<!DOCTYPE html><html><title>404</title></html>",
        "array.png": archive.getvalue(),
        "animation.png": picture("GIF"),
        "bitmap.tif": picture("BMP"),
        "magic.nii": nifti(magic=b"nix"),
        "pair_without_pixels.nii": nifti(magic=b"ni1")[:352],
        "magic.png": b"\x88" + picture("PNG")[1:],
        "magic.jpg": b"\xff\xd9" + picture("JPEG")[2:],
        "magic.tif": b"IJ" + picture("TIFF")[2:],
        "only_gzip_magic.nii.gz": b"\x1f\x8b",
        "only_dicom_magic.dcm": bytes(128) + b"DICM",
        "only_png_magic.png": b"\x89PNG\r\n\x1a\n",
        "only_jpeg_magic.jpg": b"\xff\xd8\xff\xe0",
        "only_tiff_magic.tif": b"II*\0",
    }


def _damaged_headers():
    jpeg = picture("JPEG")
    size = jpeg.index(b"\xff\xc0") + 5  # the height and width in a JPEG's frame header
    tall = jpeg[:size] + b"\xff\xff\xff\xff" + jpeg[size + 4 :]
    pages = BytesIO()
    _save_pages(pages, [(20, 20), (20, 30)])
    return {
        "tall.jpg": tall,
        "unequal_pages.tif": pages.getvalue(),
        "huge.tif": tiff_stating(width=60000, height=60000),
        "no_width.tif": tiff_stating(width=0, height=48),
        "circle.tif": tiff_stating(width=48, height=48, following=8),
        "huge.png": png_header(60000, 60000),
        "enormous.png": png_header(2**31 - 1, 2**31 - 1),
        "just_allowed_but_empty.png": png_header(13000, 13000),
        "no_width.png": png_header(0, 10),
        **_damaged_dicom(),
        **_damaged_nifti(),
    }


def _damaged_dicom():
    lossless = dicom(compress="1.2.840.10008.1.2.4.90")
    return {
        "no_rows.dcm": dicom(drop=["Rows"]),
        "zero_rows.dcm": dicom(Rows=0),
        "huge_rows.dcm": dicom(Rows=65535, Columns=65535),
        "more_rows_than_pixels.dcm": dicom(Rows=4000, Columns=4000),
        "million_frames.dcm": dicom(NumberOfFrames=1_000_000),
        "minus_one_frame.dcm": dicom(NumberOfFrames=-1),
        "many_samples.dcm": dicom(SamplesPerPixel=65535),
        "two_samples.dcm": dicom(SamplesPerPixel=2),
        "no_bits.dcm": dicom(drop=["BitsAllocated"]),
        "thirteen_bits.dcm": dicom(BitsAllocated=13),
        "more_bits_than_room.dcm": dicom(BitsStored=40),
        "no_photometric.dcm": dicom(drop=["PhotometricInterpretation"]),
        "odd_photometric.dcm": dicom(PhotometricInterpretation="SEPIA"),
        "no_palette.dcm": dicom(PhotometricInterpretation="PALETTE COLOR"),
        "no_pixels.dcm": dicom(PixelData=b""),
        "slope_is_text.dcm": dicom(RescaleSlope="12345678").replace(b"12345678", b"a slope "),
        "overflow.dcm": dicom(RescaleSlope="1e38"),
        "jpeg_ls.dcm": _other_syntax(lossless, b"1.2.840.10008.1.2.4.80"),
        "mpeg.dcm": _other_syntax(lossless, b"1.2.840.10008.1.2.4.99"),
        "private_syntax.dcm": _other_syntax(lossless, b"1.2.3.4.5.6.7.8.9.10.1"),
        "not_rle.dcm": _other_syntax(lossless, b"1.2.840.10008.1.2.5"),
        "frame_of_another_size.dcm": dicom(compress="1.2.840.10008.1.2.4.90", Rows=64),
    }


def _damaged_nifti():
    volume = np.ones((4, 4, 4), np.float32)
    nowhere = np.full((4, 4), np.nan)
    absurd = nifti(dim=[3, 32767, 32767, 32767, 1, 1, 1, 1])
    return {
        "absurd.nii": absurd,
        "absurd.nii.gz": gzip.compress(absurd, mtime=0),
        "absurd2.nii": nifti(two=True, dim=[3, 2**40, 2**40, 2**40, 1, 1, 1, 1]),
        "negative_size.nii": nifti(dim=[3, -48, 48, 3, 1, 1, 1, 1]),
        "no_axes.nii": nifti(dim=[0, 48, 48, 3, 1, 1, 1, 1]),
        "nine_axes.nii": nifti(dim=[9, 48, 48, 3, 1, 1, 1, 1]),
        "zero_size.nii": nifti(dim=[3, 48, 0, 3, 1, 1, 1, 1]),
        "five_axes.nii": nifti(volume.reshape(2, 2, 2, 2, 4)),
        "unknown_type.nii": nifti(datatype=999),
        "complex.nii": nifti(volume.astype(np.complex64)),
        "starts_beyond_the_end.nii": nifti(vox_offset=1e8),
        "starts_nowhere.nii": nifti(vox_offset=np.nan),
        "starts_before.nii": nifti(vox_offset=-400),
        "nowhere.nii": nifti(volume, srow_x=nowhere[0], srow_y=nowhere[1], srow_z=nowhere[2]),
    }


def _not_numbers():
    volume = np.ones((4, 5, 6), np.float32)
    volume[1, 2, 3] = np.nan
    endless = np.where(np.isnan(volume), np.inf, volume)
    return {
        "one_nan.nii": nifti(volume),
        "one_nan.nii.gz": gzip.compress(nifti(volume), mtime=0),
        "one_infinite.nii": nifti(endless),
        "beyond_float32.nii": nifti(np.full((4, 5, 6), 1e300)),
        "one_nan.tif": picture("TIFF", volume[1]),
    }


def _swelling():
    """Return small files that would unzip to more than 512 MB."""
    block = bytes(2**23)
    zeros = gzip.compress(block, mtime=0) * 140
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    blank = deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)
    head = dicom()[:-8]
    deflated = dicom(syntax="1.2.840.10008.1.2.1.99")
    start = 144 + int.from_bytes(deflated[140:144], "little")
    stated = nifti(dim=[3, 1000, 1000, 1000, 1, 1, 1, 1])
    return {
        "bomb.dcm.gz": gzip.compress(head, mtime=0) + zeros,
        "bomb_deflated.dcm": deflated[:start] + blank * 140,
        "bomb_stated.nii.gz": gzip.compress(stated, mtime=0) + zeros,
        "bomb_of_nothing.nii.gz": zeros,
    }


def _flipped_bits(seed):
    """Flip one bit inside what a checksum guards."""
    random = np.random.default_rng(seed + 1)
    files = {}
    for name, first, last in (("sound.nii.gz", 12, 8), ("sound.png", 41, 16)):
        for k in range(3):
            data = bytearray(sound_files()[name])
            data[random.integers(first, len(data) - last)] ^= 1 << random.integers(8)
            files[f"flipped{k}_{name}"] = bytes(data)
    return files


def _other_syntax(data, syntax):
    """Return a DICOM file that claims another compression than it has."""
    start = data.index(b"1.2.840.10008.1.2.4.90")
    return data[:start] + syntax.ljust(22, b"\0") + data[start + 22 :]


def _save_pages(stream, sizes):
    from PIL import Image

    first, *others = [Image.new("L", size) for size in sizes]
    first.save(stream, "TIFF", save_all=True, append_images=others)


def tiff_stating(width, height, following=0):
    """Return a TIFF file with few bytes of pixels that states a size and where its next page is."""
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: height, 279: 48}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    page = struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
    return (b"II*\0" + struct.pack("<I", 8) + page).ljust(200, b"\0") + bytes(48)
