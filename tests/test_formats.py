"""DICOM, NIfTI, PNG, JPEG and TIFF by hand-worked values and against the libraries."""

from io import BytesIO
from itertools import permutations, product
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import tifffile
from malformed import dicom, disc, nifti, picture
from PIL import Image

from medkit.images import read_image


@pytest.fixture
def save(tmp_path):
    """Return a function that writes bytes and gives the path of the file."""

    def write(data, name="image"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


# --- DICOM ---


def test_ct_slice_by_hand(save):
    image = read_image(save(dicom(WindowCenter=[40, 50], WindowWidth=[80, 400])))
    np.testing.assert_array_equal(image.pixels, 2.0 * disc() - 1000)
    assert image.pixels.dtype == np.float32
    assert (image.spacing_mm, image.modality, image.unit) == ((0.5, 0.75), "CT", "HU")
    assert (image.window_level_hu, image.window_width_hu) == (40.0, 80.0)
    assert repr(image) == "MedicalImage(48 × 48, float32, 0.5 × 0.75 mm, CT, HU)"


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"])
def test_ct_slice_in_other_encodings(save, syntax):
    np.testing.assert_array_equal(
        read_image(save(dicom(syntax=syntax))).pixels, 2.0 * disc() - 1000
    )


def test_ct_slice_without_preamble(save):
    data = dicom()
    start = 144 + int.from_bytes(data[140:144], "little")
    pixels = read_image(save(data[start:])).pixels
    np.testing.assert_array_equal(pixels, 2.0 * disc() - 1000)


def test_missing_rescale_reads_as_stored_and_claims_no_unit(save):
    data = dicom(drop=["RescaleSlope", "RescaleIntercept"], WindowCenter=40, WindowWidth=80)
    image = read_image(save(data))
    np.testing.assert_array_equal(image.pixels, disc())
    assert image.pixels.dtype == np.uint16
    assert (image.unit, image.window_level_hu, image.window_width_hu) == (None, None, None)


@pytest.mark.parametrize(
    ("drop", "tags", "unit", "factor", "offset"),
    [
        (["RescaleSlope"], {}, None, 1, -1000),
        (["RescaleIntercept"], {}, None, 2, 0),
        ([], {"RescaleType": "HU"}, "HU", 2, -1000),
        ([], {"RescaleType": "US"}, None, 2, -1000),
        ([], {"Modality": "MR"}, None, 2, -1000),
        ([], {"Modality": "PT", "RescaleType": "HU"}, "HU", 2, -1000),
        ([], {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, None, 2, -1000),
    ],
)
def test_when_pixels_are_hounsfield_units(save, drop, tags, unit, factor, offset):
    image = read_image(save(dicom(drop=drop, **tags)))
    assert image.unit == unit
    np.testing.assert_array_equal(image.pixels, factor * disc().astype(np.float32) + offset)


@pytest.mark.parametrize("kind", ["u1", "u2", "i2"])
def test_monochrome1_is_mirrored_so_that_larger_is_brighter(save, kind):
    info = np.iinfo(kind)
    stored = np.array([[info.min, info.max, 5]], kind)
    bare = ["RescaleSlope", "RescaleIntercept"]
    image = read_image(save(dicom(stored, drop=bare, PhotometricInterpretation="MONOCHROME1")))
    np.testing.assert_array_equal(image.pixels, [[info.max, info.min, info.max + info.min - 5]])
    scaled = read_image(save(dicom(stored, PhotometricInterpretation="MONOCHROME1")))
    np.testing.assert_array_equal(scaled.pixels, 2.0 * image.pixels - 1000)
    assert scaled.unit is None


def test_bits_beyond_those_stored_are_not_pixels(save):
    """Old scanners draw overlays, names among them, into the unused high bits."""
    stored = np.array([[0x0123, 0xF123]], np.uint16)
    image = read_image(save(dicom(stored, BitsStored=12, HighBit=11, RescaleIntercept=0)))
    np.testing.assert_array_equal(image.pixels, [[2 * 0x123, 2 * 0x123]])


def test_modality_table(save):
    table = pydicom.Dataset()
    table.LUTDescriptor = [3, 10, 16]
    table.ModalityLUTType = "US"
    table.add_new("LUTData", "US", [100, 300, 700])
    stored = np.array([[9, 10, 11, 12, 13]], np.uint16)
    bare = ["RescaleSlope", "RescaleIntercept"]
    image = read_image(save(dicom(stored, drop=bare, ModalityLUTSequence=[table])))
    np.testing.assert_array_equal(image.pixels, [[100, 100, 300, 700, 700]])
    assert image.unit is None


@pytest.mark.parametrize(
    ("tags", "spacing"),
    [
        ({}, (0.5, 0.75)),
        ({"SpacingBetweenSlices": 3}, (3.0, 0.5, 0.75)),
        ({"SpacingBetweenSlices": -3}, (3.0, 0.5, 0.75)),
        ({"GridFrameOffsetVector": [0, -2.5, -5]}, (2.5, 0.5, 0.75)),
        ({"GridFrameOffsetVector": [0, 1, 5]}, (0.5, 0.75)),
        ({"PixelSpacing": None, "ImagerPixelSpacing": [0.2, 0.3]}, (0.2, 0.3)),
        ({"PixelSpacing": None}, None),
        ({"PixelSpacing": [0, 1]}, None),
    ],
)
def test_spacing_of_several_frames(save, tags, spacing):
    frames = np.stack([disc(), disc() + 1, disc() + 2])
    image = read_image(save(dicom(frames, NumberOfFrames=3, **tags)))
    assert image.pixels.shape == (3, 48, 48)
    np.testing.assert_array_equal(image.pixels, 2.0 * frames - 1000)
    assert image.spacing_mm == spacing


def test_enhanced_file_keeps_its_facts_in_functional_groups(save):
    def item(**tags):
        dataset = pydicom.Dataset()
        for name, value in tags.items():
            setattr(dataset, name, value)
        return dataset

    measures = item(PixelSpacing=[0.4, 0.6], SpacingBetweenSlices=1.5)
    window = item(WindowCenter=-600, WindowWidth=1500)
    shared = item(PixelMeasuresSequence=[measures], FrameVOILUTSequence=[window])
    scales = [item(RescaleSlope=s, RescaleIntercept=-10, RescaleType="HU") for s in (1, 3)]
    frames = np.stack([disc(), disc()])
    data = dicom(
        frames,
        drop=["RescaleSlope", "RescaleIntercept", "PixelSpacing"],
        NumberOfFrames=2,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=[
            item(PixelValueTransformationSequence=[s]) for s in scales
        ],
    )
    image = read_image(save(data))
    np.testing.assert_array_equal(image.pixels, np.stack([disc() - 10.0, 3.0 * disc() - 10]))
    assert image.spacing_mm == (1.5, 0.4, 0.6)
    assert (image.unit, image.window_level_hu, image.window_width_hu) == ("HU", -600.0, 1500.0)


# --- NIfTI ---


def test_nifti_comes_as_axial_slices_whatever_the_order_of_its_axes(save):
    """One head stored in all 48 ways gives one array: turned as its affine says."""
    head = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)  # right, front, up
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    plain = nibabel.Nifti1Image(head, affine)
    for axes, flips in product(permutations(range(3)), product((1, -1), repeat=3)):
        turned = plain.as_reoriented(np.column_stack([axes, flips]))
        image = read_image(save(turned.to_bytes(), "head.nii"))
        for z, y, x in [(0, 0, 0), (5, 4, 3), (2, 1, 3)]:  # row 0 is in front, column 0 is right
            assert image.pixels[z, y, x] == head[3 - x, 4 - y, z]
        assert image.pixels.shape == (6, 5, 4)
        assert image.spacing_mm == pytest.approx((4, 3, 2))


@pytest.mark.parametrize("dtype", ["u1", "i2", ">i2", "u4", "f4", "f8"])
@pytest.mark.parametrize("two", [False, True])
def test_nifti_rescale_and_types(save, dtype, two):
    stored = np.arange(60).reshape(3, 4, 5).astype(dtype)
    image = read_image(save(nifti(stored, two=two, scl_slope=0.5, scl_inter=-7)))
    np.testing.assert_array_equal(image.pixels, (0.5 * stored - 7).T[:, ::-1, ::-1])
    assert image.pixels.dtype == np.float32
    assert (image.modality, image.unit) == (None, None)


def test_nifti_shapes_and_units(save):
    slice_ = np.arange(12.0).reshape(3, 4)
    flat = read_image(save(nifti(slice_, xyzt_units=1)))  # metres
    np.testing.assert_array_equal(flat.pixels, slice_.T[::-1, ::-1])
    assert flat.spacing_mm == (1000.0, 1000.0)
    assert read_image(save(nifti(slice_[..., None, None]))).pixels.shape == (1, 4, 3)
    series = np.arange(48.0).reshape(2, 3, 4, 2)
    movie = read_image(save(nifti(series)))
    np.testing.assert_array_equal(movie.pixels[1], series[..., 1].T[:, ::-1, ::-1])
    assert movie.spacing_mm == (1.0, 1.0, 1.0)


# --- PNG, JPEG, TIFF ---

RANDOM = np.random.default_rng(5)
GREY = RANDOM.integers(0, 256, (9, 7), np.uint8)
COLOUR = RANDOM.integers(0, 256, (9, 7, 3), np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("pixels", [GREY, COLOUR, GREY.astype(np.uint16) * 257])
def test_lossless_pictures(save, kind, pixels):
    image = read_image(save(picture(kind, pixels)))
    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.pixels.dtype == pixels.dtype
    assert (image.spacing_mm, image.modality, image.unit) == (None, None, None)


def test_jpeg_agrees_with_pillow(save):
    path = save(picture("JPEG", COLOUR, quality=90))
    np.testing.assert_array_equal(read_image(path).pixels, np.asarray(Image.open(path)))
    cmyk = BytesIO()
    Image.fromarray(COLOUR).convert("CMYK").save(cmyk, "JPEG", quality=100, subsampling=0)
    assert np.abs(read_image(save(cmyk.getvalue())).pixels - COLOUR.astype(float)).mean() < 12


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_transparent_parts_are_black(save, kind):
    alpha = np.where(GREY > 128, 255, 0).astype(np.uint8)[..., None]
    image = read_image(save(picture(kind, np.concatenate([COLOUR, alpha], -1))))
    np.testing.assert_array_equal(image.pixels, np.where(alpha > 0, COLOUR, 0))
    grey = read_image(save(picture(kind, np.concatenate([GREY[..., None], alpha], -1))))
    np.testing.assert_array_equal(grey.pixels, np.where(alpha[..., 0] > 0, GREY, 0))


@pytest.mark.parametrize("pixels", [GREY, GREY.astype(np.uint16) * 256])
def test_the_transparent_value_of_a_grey_picture_is_black(save, pixels):
    clear, stream = int(pixels.max()), BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", transparency=clear)
    image = read_image(save(stream.getvalue()))
    np.testing.assert_array_equal(image.pixels, np.where(pixels == clear, 0, pixels))
    assert image.pixels.dtype == pixels.dtype


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_palette_and_bilevel(save, kind):
    few = Image.fromarray(COLOUR).quantize(16)
    stream = BytesIO()
    few.save(stream, kind)
    np.testing.assert_array_equal(read_image(save(stream.getvalue())).pixels, few.convert("RGB"))
    bilevel = read_image(save(picture(kind, GREY > 128)))
    np.testing.assert_array_equal(bilevel.pixels, 255 * (GREY > 128))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_picture_taken_sideways_is_turned_upright(save, kind):
    sideways = Image.Exif()
    sideways[0x0112] = 6  # its first row is the right edge
    pixels = np.zeros((16, 24), np.uint8)
    pixels[:8] = 255
    image = read_image(save(picture(kind, pixels, exif=sideways)))
    assert image.pixels.shape == (24, 16)
    assert image.pixels[:, 9:].min() > 240
    assert image.pixels[:, :7].max() < 15


@pytest.mark.parametrize("dtype", ["i1", "i2", "u4", "i4", "f2", "f4", "f8"])
def test_tiff_of_any_number_type(save, tmp_path, dtype):
    pages = (RANDOM.normal(size=(3, 5, 4)) * 100).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", pages, photometric="minisblack")
    image = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.pixels, pages.astype(np.float32))
    assert image.pixels.dtype == np.float32


@pytest.mark.parametrize("options", [{}, {"compression": "deflate"}, {"bigtiff": True}])
def test_tiff_of_16_bit_colour_stays_16_bit(tmp_path, options):
    pixels = RANDOM.integers(0, 2**16, (5, 4, 4), np.uint16)
    for samples in (3, 4):  # alpha is dropped
        tifffile.imwrite(tmp_path / "a.tif", pixels[..., :samples], photometric="rgb", **options)
        np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, pixels[..., :3])
    planes = np.moveaxis(pixels[..., :3], -1, 0)
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, pixels[..., :3])


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_tiff_where_the_least_is_white_is_inverted(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "a.tif", GREY.astype(dtype), photometric="miniswhite")
    expected = np.iinfo(dtype).max - GREY.astype(dtype)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, expected)


def test_pages_of_shipped_tiff_files():
    import skimage

    folder = Path(skimage.__file__).parent / "data"
    for name in ("multipage.tif", "multipage_rgb.tif"):
        expected = tifffile.imread(folder / name)  # colours stand before rows in the second one
        expected = np.moveaxis(expected, 1, -1) if expected.ndim == 4 else expected
        np.testing.assert_allclose(read_image(folder / name).pixels, expected, rtol=1e-6)
