"""BoxExplorer on the kernel side: its numbers against counted pixels, traits, words."""

import base64
import io

import numpy as np
import pytest
from helpers import check_refused
from PIL import Image

from medkit.plots import COLOURS
from medkit.widgets import BoxExplorer

RNG = np.random.default_rng(32)


def counted(first, second, shape):
    """IoU and GIoU of whole-pixel boxes, by painting them and counting pixels."""
    masks = np.zeros((3, *shape), bool)
    hull = [*np.minimum(first, second)[:2], *np.maximum(first, second)[2:]]
    for mask, (top, left, bottom, right) in zip(masks, (first, second, hull), strict=True):
        mask[int(top) : int(bottom), int(left) : int(right)] = True
    union, whole = (masks[0] | masks[1]).sum(), masks[2].sum()
    iou = (masks[0] & masks[1]).sum() / union if union else 0
    return iou, iou - (whole - union) / whole if whole else 0


def random_box(shape):
    y, x = (np.sort(RNG.integers(0, side + 1, 2)) for side in shape)
    return [y[0], x[0], y[1], x[1]]


def test_numbers_are_those_of_counted_pixels():
    explorer = BoxExplorer()
    for _ in range(50):
        explorer.first, explorer.second = random_box((120, 160)), random_box((120, 160))
        want = counted(explorer.first, explorer.second, (120, 160))
        assert (explorer.iou, explorer.giou) == pytest.approx(want)


def test_numbers_worked_by_hand():
    explorer = BoxExplorer(first=[20, 40, 70, 100], second=[40, 60, 100, 110])
    assert explorer.iou == 1200 / (3000 + 3000 - 1200)
    assert explorer.giou == pytest.approx(0.25 - (5600 - 4800) / 5600)
    assert explorer.centre_distance == pytest.approx(np.sqrt(25**2 + 15**2))
    explorer.first, explorer.second = [0, 0, 30, 30], [0, 10, 30, 40]
    assert explorer.iou == 0.5  # a third of the side moved on
    explorer.second = [0.5, 0, 30, 30]
    assert explorer.iou == pytest.approx(29.5 / 30)


def test_boxes_without_area_are_allowed():
    explorer = BoxExplorer(first=[5, 5, 5, 9], second=[5, 5, 5, 9])
    assert (explorer.iou, explorer.giou, explorer.centre_distance) == (0, 0, 0)
    explorer.second = [8, 9, 8, 9]
    assert (explorer.iou, explorer.giou) == (0, -1)
    explorer.second = [0, 0, 10, 10]
    assert (explorer.iou, explorer.giou) == (0, 0)


def test_the_first_boxes_lie_inside_images_of_any_size():
    for shape in ((12, 12), (12, 400), (333, 20), (480, 640)):
        explorer = BoxExplorer(np.zeros(shape))
        assert explorer.shape == list(shape)
        assert explorer.iou == pytest.approx(0.25)
    assert BoxExplorer().first == [20, 40, 70, 100]


def test_traits_from_the_browser():
    explorer = BoxExplorer()
    explorer.set_state({"first": [0, 0, 10, 10], "second": [0, 5, 10, 15]})
    assert explorer.first == [0.0, 0.0, 10.0, 10.0]
    assert explorer.iou == pytest.approx(1 / 3)


def test_boxes_are_taken_from_arrays():
    boxes = np.float32([[1, 2, 30, 40.5], [0, 0, 120, 160]])
    explorer = BoxExplorer(first=boxes[0], second=tuple(boxes[1]))
    assert explorer.first == [1.0, 2.0, 30.0, 40.5]
    assert explorer.second == [0.0, 0.0, 120.0, 160.0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"first": [0, 0, 121, 5]},
            r"Expected first to be y_min, x_min, y_max, x_max with 0 ≤ y_min ≤ y_max ≤ 120 and 0 ≤ "
            r"x_min ≤ x_max ≤ 160\. Received \[0, 0, 121, 5\]\. Keep the box inside the image; wri",
        ),
        ({"first": [0, 0, 5, 161]}, r"Received \[0, 0, 5, 161\]"),
        ({"first": [-1, 0, 5, 5]}, r"Received \[-1, 0"),
        ({"second": [9, 0, 5, 5]}, r"Expected second to be .* Received \[9, 0, 5, 5\]"),
        ({"second": [0, 9, 5, 5]}, r"Expected second"),
        ({"first": [0, 0, 5]}, r"Expected first"),
        ({"first": [0, 0, 5, 5, 5]}, r"Expected first"),
        ({"first": [0, 0, 5, np.nan]}, r"Expected first"),
        ({"first": ["0", "0", "5", "5"]}, r"Expected first"),
        ({"first": [[0, 0, 5, 5]]}, r"Expected first"),
        ({"first": 7}, r"Expected first .* Received 7"),
        ({"iou_threshold": 50}, r"Expected iou_threshold to be a number from 0 to 1\. Received 50"),
        (
            {"names": ["a", "a"]},
            r"Expected names to be two different names, that of the first",
        ),
        ({"names": "ab"}, r"Write for example names = \[\"truth\", \"prediction\"\]"),
    ],
)
def test_bad_settings_are_refused_in_words(values, words):
    check_refused(BoxExplorer, values, words)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (
            np.zeros((3, 40, 40, 3)),
            r"Expected an image.*Received shape \(3, 40, 40, 3\)",
        ),
        (np.zeros((40, 40, 4)), r"Received shape \(40, 40, 4\), float64\. Pick one image"),
        (np.zeros((11, 40)), r"at least 12 pixels a side\. Received shape \(11, 40\)"),
        (np.zeros(40), r"Received shape \(40,\)"),
        ("cell.png", r"Received shape \(\)"),
        (np.full((20, 20), np.nan), r"Expected finite numbers"),
    ],
)
def test_bad_images_are_refused_in_words(image, words):
    with pytest.raises(ValueError, match=words):
        BoxExplorer(image)


def test_misspelt_settings_are_refused_in_words():
    known = r"Expected settings among first, iou_threshold, names, second\. Received third\. Check"
    with pytest.raises(TypeError, match=known):
        BoxExplorer(third=[0, 0, 1, 1])


@pytest.mark.parametrize(
    ("image", "want"),
    [
        (RNG.integers(0, 256, (20, 30, 3), np.uint8), None),
        (RNG.integers(0, 256, (20, 30, 1), np.uint8), None),
        (np.linspace(-100, 300, 600).reshape(20, 30), np.linspace(0, 255, 600)),
        (np.linspace(0, 0.5, 600).reshape(20, 30), np.linspace(0, 127.5, 600)),
        (np.eye(20, 30, dtype=bool), 255 * np.eye(20, 30)),
    ],
)
def test_the_browser_is_sent_the_pixels(image, want):
    explorer = BoxExplorer(image)
    sent = np.asarray(Image.open(io.BytesIO(explorer.picture)))
    want = image if want is None else want
    np.testing.assert_allclose(sent.reshape(-1), np.ravel(want), atol=0.51)
    assert explorer.shape == [20, 30]


def test_a_large_image_is_sent_smaller_but_keeps_its_coordinates():
    explorer = BoxExplorer(np.zeros((1000, 2500, 3), np.uint8), first=[900, 2400, 1000, 2500])
    assert Image.open(io.BytesIO(explorer.picture)).size == (1024, 410)
    assert explorer.shape == [1000, 2500]
    assert explorer.first == [900, 2400, 1000, 2500]


def test_the_static_picture_says_what_python_says():
    explorer = BoxExplorer(first=[20, 40, 70, 100], second=[80, 60, 100, 110], names=("a", "b"))
    figure = explorer.figure()
    (axes,) = figure.axes
    assert f"GIoU {explorer.giou:.3f}".replace("-", "−") in figure.get_supxlabel()
    assert "IoU 0.000" in figure.get_supxlabel()
    assert "does not count at IoU ≥ 0.5" in figure.get_supxlabel()
    drawn = {line.get_label(): line for line in axes.lines}
    for name, box, style in (
        ("a", explorer.first, "-"),
        ("b", explorer.second, "--"),
        ("around both", [20, 40, 100, 110], ":"),
    ):
        x, y = drawn[name].get_data()
        assert [min(y), min(x), max(y), max(x)] == list(box)
        assert drawn[name].get_linestyle() == style
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words == ["a", "b", "around both", "shared"]
    np.testing.assert_allclose(axes.lines[-1].get_xydata(), [[70, 45], [85, 90]])
    assert axes.get_ylim() == (120, 0)  # y counts down


@pytest.mark.parametrize("channels", [1, 3])
def test_the_static_picture_of_a_photograph_is_small_and_keeps_the_colours(channels):
    image = RNG.normal(180, 12, (240, 320, channels)).clip(0, 255).astype(np.uint8)
    png = BoxExplorer(image)._png()
    assert len(png) < 150_000
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    for role in ("truth", "prediction"):
        want = [int(COLOURS[role][at : at + 2], 16) for at in (1, 3, 5)]
        assert (np.abs(picture - want).max(-1) < 25).sum() > 300


def test_the_mimebundle_holds_a_picture_and_a_line_that_never_changes():
    explorer = BoxExplorer(np.zeros((30, 40)), first=[0, 0.5, 10, 10], second=[0, 5, 10, 15])
    first, second = (explorer._repr_mimebundle_()[0] for _ in range(2))
    words = "BoxExplorer(30×40 image, truth (0, 0.5, 10, 10), prediction (0, 5, 10, 15), IoU 0.345)"
    assert first["text/plain"] == second["text/plain"] == words
    assert first["image/png"] == second["image/png"]
    picture = Image.open(io.BytesIO(base64.b64decode(first["image/png"]))).convert("RGB")
    assert np.std(picture) > 10
    assert repr(BoxExplorer()).startswith("BoxExplorer(120×160 grid, truth (20, 40, 70, 100), ")


def test_colours_are_those_of_the_plots():
    roles = {"truth": "truth", "prediction": "prediction", "common": "first"}
    for name, role in roles.items():
        assert f"--mk-{name}: {COLOURS[role].lower()};" in BoxExplorer._css
