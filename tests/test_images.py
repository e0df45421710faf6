"""`read_image` and windowing against the libraries' own decoding, hand-worked values, bad files."""

import json
import logging
import pickle
import re
import subprocess
import sys
import traceback
import warnings
from io import BytesIO
from pathlib import Path

import malformed
import nibabel
import numpy as np
import pydicom
import pytest
from malformed import dicom, disc, nifti, picture
from PIL import Image

from medkit import formats
from medkit.images import WINDOWS_HU, ImageError, apply_window, read_image

PYDICOM = Path(pydicom.__file__).parent / "data" / "test_files"
NIBABEL = Path(nibabel.__file__).parent
NO_PIXELS = "a DICOM file with pixels"
NO_CODEC = "uncompressed pixels, or RLE, 8-bit JPEG or JPEG 2000"
NOT_OURS = "a DICOM, NIfTI (.nii, .nii.gz), PNG, JPEG or TIFF file"
DAMAGED = "a whole and sound DICOM file"
# Every shipped file with pixels that is not read, and what its error must ask for instead.
REFUSED = {
    "GDCMJ2K_TextGBR.dcm": DAMAGED,  # its JPEG 2000 stream is broken
    "JPEG2000-embedded-sequence-delimiter.dcm": DAMAGED,  # its stream states 38 million megapixels
    "MR_truncated.dcm": DAMAGED,  # 62 bytes short
    "badVR.dcm": DAMAGED,  # "1A" frames
    "JPEG-lossy.dcm": NO_CODEC,  # 12-bit JPEG
    "JPGExtended.dcm": NO_CODEC,  # 12-bit JPEG
    "JPEGLSNearLossless_08.dcm": NO_CODEC,
    "JPEGLSNearLossless_16.dcm": NO_CODEC,
    "MR_small_jpeg_ls_lossless.dcm": NO_CODEC,
    "SC_rgb_jls_lossy_line.dcm": NO_CODEC,
    "SC_rgb_jls_lossy_sample.dcm": NO_CODEC,
    "SC_rgb_jpeg_gdcm.dcm": NO_CODEC,  # lossless JPEG
    "nested_priv_SQ.dcm": DAMAGED,  # two bytes called pixels, with no size
    "meta_missing_tsyntax.dcm": DAMAGED,  # the same
    "resampled_anat_moved.nii": "pixels that are all finite numbers",
    "row_major.dconn.nii": "a NIfTI image of 2 to 4 axes of real numbers",  # a connectivity matrix
}


@pytest.fixture
def save(tmp_path):
    """Return a function that writes bytes and gives the path of the file."""

    def write(data, name="image"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


# --- windowing ---


def test_window_by_hand():
    # level 50, width 400: black at 50 - 200 = -150 HU, white at 50 + 200 = 250 HU
    shown = apply_window(np.array([[-151, -150], [50, 150], [250, 9000]]), 50, 400)
    np.testing.assert_array_equal(shown, np.float32([[0, 0], [0.5, 0.75], [1, 1]]))
    assert shown.dtype == np.float32


@pytest.mark.parametrize("name", WINDOWS_HU)
def test_window_agrees_with_pydicom(name):
    level, width = WINDOWS_HU[name]
    dataset = pydicom.dcmread(PYDICOM / "CT_small.dcm")
    dataset.WindowCenter, dataset.WindowWidth = level, width
    hounsfield = pydicom.pixels.apply_rescale(dataset.pixel_array, dataset)
    dataset.VOILUTFunction = "LINEAR_EXACT"
    low, high = -32768 - 1024, 32767 - 1024  # the range pydicom maps the window onto
    expected = (pydicom.pixels.apply_windowing(hounsfield, dataset) - low) / (high - low)
    np.testing.assert_allclose(apply_window(hounsfield, level, width), expected, atol=1e-5)


@pytest.mark.parametrize(("level", "width"), [(40, 0), (40, -80), (np.nan, 80), (40, np.inf)])
def test_window_refuses_nonsense(level, width):
    with pytest.raises(
        ValueError, match=r"Expected a window .* Received .* Take one of WINDOWS_HU"
    ):
        apply_window([0.0], level, width)


# --- every image that pydicom and nibabel ship ---


def shipped(folder, patterns):
    return sorted({p for pattern in patterns for p in folder.rglob(pattern) if p.is_file()})


def opened(path):
    """Return pydicom's own reading of a file, gzipped or not; None if it has no pixels."""
    import gzip

    data = path.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    if data[128:132] != b"DICM" and data[:2] != b"\x08\0":
        return None
    dataset = pydicom.dcmread(BytesIO(data), force=True)
    return dataset if "PixelData" in dataset else None


def pydicom_pixels(dataset):
    """Return pixels by pydicom's tools, each step named here."""
    raw = pydicom.pixels.pixel_array(dataset, raw=True)
    space = dataset.PhotometricInterpretation
    if space.startswith("YBR_FULL"):
        return pydicom.pixels.convert_color_space(raw, space, "RGB", per_frame=True)
    if space == "PALETTE COLOR":
        return pydicom.pixels.apply_color_lut(raw, dataset)
    if dataset.SamplesPerPixel == 3:
        return raw
    scaled = pydicom.pixels.apply_modality_lut(raw, dataset)
    if space == "MONOCHROME1":  # swap 0 and 4095 of the 12 bits, before the rescale
        assert dataset.BitsStored == 12
        scaled = pydicom.pixels.apply_modality_lut(4095 - raw.astype(int), dataset)
    return scaled


@pytest.mark.filterwarnings("ignore")  # pydicom's own, when it reads these files for comparison
def test_every_dicom_file_that_pydicom_and_nibabel_ship():
    read = refused = 0
    for path in [*shipped(PYDICOM, ["*"]), *shipped(NIBABEL, ["*.dcm", "*.dcm.gz"])]:
        dataset = opened(path)
        wanted = REFUSED.get(path.name, NO_PIXELS if dataset is None else None)
        if wanted is None:
            image = read_image(path)
            expected = pydicom_pixels(dataset)
            assert np.isfinite(image.pixels).all(), path.name
            np.testing.assert_allclose(image.pixels, expected, rtol=1e-6, err_msg=path.name)
            read += 1
        else:
            with pytest.raises(ImageError) as caught:
                read_image(path)
            # a file without pixels is not even DICOM, or is one and says what it lacks
            words = (NO_PIXELS, NOT_OURS, DAMAGED) if dataset is None else (wanted,)
            assert str(caught.value).startswith(tuple(f"Expected {word}." for word in words)), path
            refused += dataset is not None
    assert read >= 80
    assert refused == sum(name.endswith("dcm") for name in REFUSED)


def test_every_nifti_file_that_nibabel_ships():
    paths = shipped(NIBABEL, ["*.nii", "*.nii.gz"])
    for path in paths:
        if path.name in REFUSED:
            with pytest.raises(ImageError, match=REFUSED[path.name]):
                read_image(path)
            continue
        image = read_image(path)
        plain = nibabel.load(path)
        expected = nibabel.as_closest_canonical(plain).get_fdata()[::-1, ::-1].T
        np.testing.assert_allclose(image.pixels, expected, rtol=1e-5, err_msg=path.name)
        assert sorted(image.spacing_mm) == pytest.approx(sorted(plain.header.get_zooms()[:3]))
    assert len(paths) >= 8


def test_other_formats_of_nibabel_are_refused_with_the_way_out():
    for path in shipped(
        NIBABEL, ["*.mgz", "*.mnc", "*.HEAD", "*.REC", "analyze.hdr", "nifti1.hdr"]
    ):
        with pytest.raises(ImageError, match=re.escape(NOT_OURS)) as caught:
            read_image(path)
        assert "nibabel.save(nibabel.load(path), 'image.nii.gz')" in str(caught.value)


# --- the patient ---

SECRET = "ZYXWVUT"
NAMING = {
    **dict.fromkeys(["PatientName", "PatientID", "OtherPatientNames", "InstitutionName"], SECRET),
    **dict.fromkeys(["StudyDescription", "PatientAddress", "OperatorsName", "StationName"], SECRET),
    **dict.fromkeys(["AccessionNumber", "StudyID", "PatientComments", "Modality"], SECRET),
    **dict.fromkeys(["ImageType", "ImageComments", "SeriesDescription"], SECRET),
    "WindowCenterWidthExplanation": SECRET,
}


def hidden_in(image):
    return repr(image) + str(vars(image)) + pickle.dumps(image).decode("latin-1")


def test_nothing_of_the_patient_survives_dicom(save):
    private = pydicom.Dataset()
    private.PatientName = SECRET
    data = dicom(**NAMING, RequestAttributesSequence=[private], WindowCenter=1, WindowWidth=2)
    assert data.count(SECRET.encode()) >= len(NAMING) + 1
    image = read_image(save(data))
    assert SECRET not in hidden_in(image)
    assert image.modality is None
    assert image.pixels.base is None  # no way back to the bytes of the file


def test_nothing_of_the_patient_survives_other_formats(save):
    from PIL.PngImagePlugin import PngInfo

    text, exif = PngInfo(), Image.Exif()
    text.add_text("Description", SECRET)
    exif[0x010E] = SECRET
    for data in (
        picture("PNG", pnginfo=text),
        picture("JPEG", exif=exif, comment=SECRET),
        picture("TIFF", tiffinfo={270: SECRET}),
        nifti(descrip=SECRET.encode(), db_name=SECRET.encode(), aux_file=SECRET.encode()),
    ):
        assert SECRET.encode() in data
        image = read_image(save(data))
        assert SECRET not in hidden_in(image)
        assert image.pixels.base is None


@pytest.mark.filterwarnings("ignore")  # pydicom's, while the bad files are written
@pytest.mark.parametrize(
    ("tags", "old", "new"),
    [
        ({"PhotometricInterpretation": SECRET}, None, None),
        ({"RescaleSlope": "1234567"}, b"1234567", SECRET.encode()),
        ({"NumberOfFrames": "1234567"}, b"1234567", SECRET.encode()),
        ({"Rows": 0}, None, None),
        ({}, b"1.2.840.10008.1.2.1\0", b"1.2." + SECRET.encode() + b".9999999\0"),
    ],
)
def test_no_error_quotes_a_tag(save, tags, old, new):
    data = dicom(**{**NAMING, **tags})
    data = data if old is None else data.replace(old, new)
    with pytest.raises(ImageError) as caught:
        read_image(save(data))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


# --- files that cannot be read ---

READ_ALL = """
import json, resource, sys, time, warnings
from pathlib import Path
warnings.simplefilter("error")
from medkit.images import ImageError, read_image
heavy = {"pydicom", "nibabel", "PIL", "tifffile"} & set(sys.modules)
seen = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    start = time.perf_counter()
    try:
        outcome = repr(read_image(path))
    except ImageError as error:
        outcome = str(error)
    except BaseException as error:
        outcome = repr(error)
    seen[path.name] = (time.perf_counter() - start, outcome)
if sys.platform == "darwin":
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
else:  # on Linux ru_maxrss begins with the memory of the process that started this one
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
print(json.dumps({"seen": seen, "peak": peak, "heavy": sorted(heavy)}))
"""


def read_all(folder):
    """Read all files of a folder in a fresh Python: outcomes, seconds, peak memory."""
    command = [sys.executable, "-c", READ_ALL, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource module")
def test_every_malformed_file_ends_in_one_clear_error(tmp_path):
    files = malformed.broken_files(seed=0)
    assert len(files) >= 60
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    result = read_all(tmp_path)
    three_parts = re.compile(r"Expected [^.].*?\. Received .+?\. [A-Z].+[.)]$", re.DOTALL)
    wrong = {n: said for n, (_, said) in result["seen"].items() if not three_parts.match(said)}
    slow = {n: seconds for n, (seconds, _) in result["seen"].items() if seconds > 30}
    assert not wrong
    assert not slow
    assert result["peak"] < 2**30
    refused_unopened = (
        "bomb_d",
        "bomb_s",
        "bomb.",
        "huge",
        "absurd",
        "enormous",
        "tall",
        "million",
    )
    for name, (_, said) in result["seen"].items():
        if name.startswith(refused_unopened):
            assert said.startswith("Expected an image of at most 512 MB."), name
    frame = result["seen"]["frame_of_another_size.dcm"][1]
    assert frame.startswith("Expected a frame of 48 × 64, as the header says. Received one of 48 ×")
    assert result["heavy"] == []  # nothing heavy comes with the import
    assert set(result["seen"]) == set(files)


def test_sound_files_of_the_same_makers_are_read(save):
    """The malformed files fail for their fault alone: their makers' sound files do not."""
    for name, data in malformed.sound_files().items():
        image = read_image(save(data, name))
        pixels = image.pixels[0, ::-1, ::-1] if image.pixels.ndim == 3 else image.pixels
        expected = 2.0 * disc() - 1000 if name.endswith("dcm") else disc()
        if "nii" not in name and not name.endswith("dcm"):
            expected = disc() // 6
        difference = np.abs(pixels - expected.astype(float))
        assert difference.mean() < 5 if name.endswith("jpg") else difference.max() == 0, name


def test_an_upload_is_read_as_its_file_is(save):
    for name, data in malformed.sound_files().items():
        of_file = read_image(save(data, name))
        for upload in (data, memoryview(data)):
            image = read_image(upload)
            np.testing.assert_array_equal(image.pixels, of_file.pixels)
            assert (image.spacing_mm, image.unit) == (of_file.spacing_mm, of_file.unit)


def test_what_is_wrong_with_an_upload_is_said():
    with pytest.raises(ImageError, match=r"Received an upload, which is empty \(0 bytes\)\. Copy"):
        read_image(b"")
    with pytest.raises(ImageError, match=rf"{re.escape(NOT_OURS)}\. Received an upload, whose"):
        read_image(b"a letter to the hospital")
    with pytest.raises(ImageError, match=rf"{DAMAGED}\. Received an upload, which its decoder"):
        read_image(dicom()[:-50])


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ImageError, match=r"and there is no such file\. Check the spelling"):
        read_image(tmp_path / "nothing.dcm")
    with pytest.raises(ImageError, match=r"which is a folder\. Name one file in it; of a DICOM"):
        read_image(str(tmp_path))


def test_limit_on_size_is_for_the_file_and_for_its_pixels(save, monkeypatch):
    monkeypatch.setattr(formats, "MAX_BYTES", 6000)
    assert read_image(save(picture("PNG"))).pixels.shape == (48, 48)
    for data in (dicom(), nifti(), picture("PNG", np.zeros((80, 80), np.uint8))):
        with pytest.raises(ImageError, match=r"Expected an image of at most .* Received .* Crop"):
            read_image(save(data))


def test_decoders_neither_warn_nor_log_and_are_left_as_they_were(save, capfd, caplog):
    logger = logging.getLogger("nibabel.global")
    before = logger.level, list(warnings.filters)
    data = nifti(pixdim=[1, -2, 2, 2, 1, 1, 1, 1], sform_code=0, bitpix=99)
    with caplog.at_level(logging.DEBUG):
        read_image(save(data))
        read_image(PYDICOM / "MR_small_padded.dcm")  # pydicom warns of the padding
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert (logger.level, list(warnings.filters)) == before
