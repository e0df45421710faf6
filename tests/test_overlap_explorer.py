"""OverlapExplorer on the kernel side: its numbers against scipy, traits, words, static picture."""

import base64
import io

import numpy as np
import pytest
from helpers import check_refused
from PIL import Image
from scipy import ndimage

from medkit.plots import COLOURS
from medkit.widgets import OverlapExplorer
from medkit.widgets.overlap_masks import farthest, moved

RNG = np.random.default_rng(33)
NUMBERS = ("dice", "iou", "hausdorff_mm", "hausdorff95_mm", "surface_distance_mm", "volume_error")


def to_border(here, there, spacing):
    """Distances from each border pixel of one mask to the other's border, in mm."""
    here, there = (mask & ~ndimage.binary_erosion(mask) for mask in (here, there))
    return ndimage.distance_transform_edt(~there, spacing)[here]


def random_masks():
    shape = tuple(RNG.integers(2, 40, 2))
    masks = RNG.random((2, *shape)) < RNG.uniform(0.05, 0.9, (2, 1, 1))
    masks[:, 0, 0] = True  # none is empty
    return masks


# ---- numbers ------------------------------------------------------------------------------------


def test_numbers_are_those_of_counted_pixels_and_of_scipys_distances():
    for _ in range(20):
        truth, mask = random_masks()
        spacing = RNG.uniform(0.3, 4, 2)
        explorer = OverlapExplorer(truth, mask, spacing_mm=spacing)
        both, union = (truth & mask).sum(), (truth | mask).sum()
        assert explorer.dice == pytest.approx(2 * both / (truth.sum() + mask.sum()))
        assert explorer.iou == pytest.approx(both / union)
        volume = 100 * (mask.sum() / truth.sum() - 1)
        assert explorer.volume_error == pytest.approx(volume)
        ways = [to_border(mask, truth, spacing), to_border(truth, mask, spacing)]
        assert explorer.hausdorff_mm == pytest.approx(max(way.max() for way in ways))
        assert explorer.surface_distance_mm == pytest.approx(np.concatenate(ways).mean())
        assert explorer.hausdorff95_mm <= explorer.hausdorff_mm
        ends = farthest(truth, mask, spacing)
        assert mask[tuple(ends[0])]
        assert truth[tuple(ends[1])]
        assert np.hypot(*((ends[0] - ends[1]) * spacing)) == pytest.approx(explorer.hausdorff_mm)


def test_the_same_small_shift_costs_the_organ_little_and_the_vessel_much():
    dice = {}
    for scene in ("organ", "vessel", "two lesions"):
        explorer = OverlapExplorer(scene=scene)
        dice[scene] = explorer.dice
        assert explorer.hausdorff_mm == pytest.approx(np.sqrt(2))
        assert explorer.volume_error == 0
        np.testing.assert_array_equal(explorer.mask, moved(explorer.truth, 1, 1))
    assert 0.93 < dice["organ"] < 0.97
    assert dice["vessel"] < 0.5
    assert dice["two lesions"] > 0.9


def test_the_scenes_are_what_they_are_called():
    organ, vessel, lesions = (
        OverlapExplorer(scene=scene).truth for scene in ("organ", "vessel", "two lesions")
    )
    eight = np.ones((3, 3))
    assert ndimage.label(organ)[1] == ndimage.label(vessel, eight)[1] == 1
    depth = ndimage.distance_transform_cdt(vessel, "taxicab").max()
    assert depth <= 2  # one or two pixels wide
    labels, count = ndimage.label(lesions)
    assert count == 2
    assert sorted(np.bincount(labels.ravel())[1:])[0] == 3
    for mask in (organ, vessel, lesions):
        assert not mask[[0, 1, 2, -3, -2, -1]].any()  # room to move


def test_empty_masks_have_no_distance():
    empty = np.zeros((9, 7), bool)
    explorer = OverlapExplorer(empty)
    assert (explorer.dice, explorer.iou) == (1, 1)
    for name in NUMBERS[2:]:
        assert np.isnan(getattr(explorer, name)), name
    explorer.mask = ~empty
    assert (explorer.dice, explorer.iou) == (0, 0)
    for name in NUMBERS[2:]:
        assert np.isnan(getattr(explorer, name)), name
    explorer.truth, explorer.mask = ~empty, empty
    assert explorer.volume_error == -100
    assert np.isnan(explorer.hausdorff_mm)
    assert explorer._repr_mimebundle_()[0]["image/png"]


# ---- traits -------------------------------------------------------------------------------------


def test_masks_are_read_and_set_but_not_edited_in_place():
    explorer = OverlapExplorer()
    truth = RNG.random((20, 30)) < 0.5
    explorer.truth = truth
    assert explorer.scene is None
    assert explorer.shape == [20, 30]
    np.testing.assert_array_equal(explorer.truth, truth)
    assert explorer.truth.dtype == bool
    assert not explorer.mask.any()  # the organ's does not fit
    explorer.mask = truth.astype(np.uint8)[..., None]
    assert explorer.dice == 1
    explorer.truth = ~truth
    np.testing.assert_array_equal(explorer.mask, truth)  # a truth of the same size leaves it
    with pytest.raises(ValueError, match="read-only"):
        explorer.mask[0, 0] = True


def from_browser(explorer, **state):
    """Set traits as a message from the browser does."""
    explorer.set_state(
        {
            name: memoryview(np.uint8(value).tobytes()) if isinstance(value, np.ndarray) else value
            for name, value in state.items()
        }
    )


def test_the_browser_sends_masks_as_bytes():
    explorer = OverlapExplorer()
    mask = RNG.random((60, 80)) < 0.5
    from_browser(explorer, mask_pixels=mask, erasing=True, brush=5)
    np.testing.assert_array_equal(explorer.mask, mask)
    assert type(explorer.mask_pixels) is bytes
    assert (explorer.erasing, explorer.brush) == (True, 5)
    from_browser(explorer, spacing_mm=[2, 0.5], pinned={"dice": 1, "hausdorff_mm": None})
    assert explorer.spacing_mm == [2.0, 0.5]
    assert explorer.pinned == {"dice": 1.0, "hausdorff_mm": None}


def test_a_scene_brings_its_masks_but_not_over_those_that_come_with_it():
    explorer = OverlapExplorer(np.ones((5, 6)))
    explorer.scene = "vessel"
    vessel = OverlapExplorer(scene="vessel")
    assert explorer.shape == [60, 80]
    np.testing.assert_array_equal(explorer.truth, vessel.truth)
    np.testing.assert_array_equal(explorer.mask, vessel.mask)
    organ = OverlapExplorer(scene="organ")
    painted = RNG.random((60, 80)) < 0.1
    sheet = {"shape": [60, 80], "truth_pixels": organ.truth, "mask_pixels": painted}
    from_browser(explorer, scene="organ", **sheet)
    np.testing.assert_array_equal(explorer.mask, painted)
    own = {"shape": [2, 3], "truth_pixels": np.ones((2, 3)), "mask_pixels": np.zeros((2, 3))}
    from_browser(explorer, scene=None, **own)
    assert explorer.truth.all()
    assert explorer.truth.shape == (2, 3)


def test_what_the_browser_paints_is_not_sent_back():
    explorer = OverlapExplorer()
    for name in ("shape", "truth_pixels", "mask_pixels", "scene"):
        assert explorer.trait_metadata(name, "echo_update") is False


def test_the_browser_is_sent_the_scenes_as_python_draws_them():
    explorer = OverlapExplorer()
    assert explorer.facts == {"names": ["organ", "vessel", "two lesions"], "shape": [60, 80]}
    bits = np.frombuffer(explorer.presets, np.uint8).reshape(3, 60, 80)
    for scene, both in zip(explorer.facts["names"], bits, strict=True):
        made = OverlapExplorer(scene=scene)
        np.testing.assert_array_equal(both & 1, made.truth)
        np.testing.assert_array_equal(both >> 1, made.mask)


def test_spacing_is_one_number_or_two():
    assert OverlapExplorer(spacing_mm=2).spacing_mm == [2.0, 2.0]
    explorer = OverlapExplorer(spacing_mm=np.array([3, 0.5]))
    assert explorer.spacing_mm == [3.0, 0.5]
    assert explorer.hausdorff_mm == pytest.approx(np.hypot(3, 0.5), abs=0.6)
    explorer.spacing_mm = 1
    assert explorer.spacing_mm == [1.0, 1.0]


def test_a_pin_keeps_the_numbers():
    explorer = OverlapExplorer()
    assert explorer.pinned is None
    explorer.pin()
    before = {name: getattr(explorer, name) for name in NUMBERS}
    explorer.mask = np.zeros((60, 80))
    assert explorer.pinned == before
    explorer.pin()
    assert explorer.pinned["hausdorff_mm"] is None  # nan, which JSON has not
    explorer.scene = "vessel"
    assert explorer.pinned is None
    explorer.pin()
    explorer.truth = np.ones((5, 6))
    assert explorer.pinned is None


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"scene": "liver"}, r"Expected scene to be one of organ, vessel, two lesions\. Received"),
        ({"spacing_mm": 0}, r"Expected spacing_mm to be one or two numbers from 0\.001 to 1000"),
        ({"spacing_mm": (1, 2, 3)}, r"Received \(1, 2, 3\)\. Write for example spacing_mm = \(3"),
        ({"spacing_mm": [1, np.nan]}, r"Expected spacing_mm"),
        ({"spacing_mm": "1"}, r"Expected spacing_mm"),
        ({"brush": 7}, r"Expected brush to be a whole number from 0 to 6\. Received 7"),
        ({"brush": 1.5}, r"Expected brush"),
        ({"erasing": 1}, r"Expected erasing to be True or False\. Received 1\. Choose one"),
        ({"pinned": {"dices": 1}}, r"Expected pinned to be None or a dict .* Received .* Call pin"),
        ({"pinned": {"dice": "1"}}, r"Expected pinned"),
        ({"pinned": [1]}, r"Expected pinned"),
    ],
)
def test_bad_settings_are_refused_in_words(values, words):
    check_refused(OverlapExplorer, values, words)


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (
            np.zeros((3, 4, 5)),
            r"Expected truth to be an array \(height, width\) of booleans, or of",
        ),
        (np.zeros((0, 4)), r"Received shape \(0, 4\)"),
        (np.full((4, 4), 0.5), r"Received shape \(4, 4\), float64\. Write for example truth = y_s"),
        (np.full((4, 4), 255, np.uint8), r"or of 0 and 1"),
        (np.full((4, 4), np.nan), r"or of 0 and 1"),
        ("mask.png", r"Received shape \(\)"),
        (np.zeros((161, 40)), r"at most 160×160 pixels\. Received 161×40\. Crop it .* or halve it"),
    ],
)
def test_bad_masks_are_refused_in_words(mask, words):
    with pytest.raises(ValueError, match=words):
        OverlapExplorer(mask)
    explorer = OverlapExplorer()
    with pytest.raises(ValueError, match=words):
        explorer.truth = mask
    with pytest.raises(ValueError, match=words.replace("truth", "mask")):
        explorer.mask = mask
    assert explorer.scene == "organ"


def test_masks_and_images_must_fit_each_other():
    words = r"Expected mask to have the size of the truth, 20×30\. Received 30×20\. Crop or resize"
    with pytest.raises(ValueError, match=words):
        OverlapExplorer(np.zeros((20, 30)), np.zeros((30, 20)))
    with pytest.raises(ValueError, match=r"Expected image .* 20×30\. Received 40×60"):
        OverlapExplorer(np.zeros((20, 30)), image=np.zeros((40, 60, 3)))
    with pytest.raises(ValueError, match=r"Expected mask .* 60×80\. Received 4×4"):
        OverlapExplorer().mask = np.zeros((4, 4))
    with pytest.raises(ValueError, match=r"Expected an image of numbers"):
        OverlapExplorer(np.zeros((20, 30)), image=np.zeros((20, 30, 4)))


def test_an_image_needs_its_truth_and_a_truth_is_no_scene():
    words = r"Expected a truth, with or without an image, or a scene alone\. Received {}\. Leave"
    with pytest.raises(ValueError, match=words.format("image")):
        OverlapExplorer(image=np.zeros((20, 30)))
    with pytest.raises(ValueError, match=words.format("truth and scene")):
        OverlapExplorer(np.zeros((20, 30)), scene="organ")


def test_misspelt_settings_are_refused_in_words():
    known = r"Expected settings among brush, erasing, pinned, scene, spacing_mm\. Received spacing"
    with pytest.raises(TypeError, match=known):
        OverlapExplorer(spacing=1)


# ---- pictures -----------------------------------------------------------------------------------


def test_the_browser_is_sent_the_image_until_another_truth_does_not_fit():
    image = RNG.integers(0, 256, (20, 30, 3), np.uint8)
    explorer = OverlapExplorer(np.zeros((20, 30)), image=image)
    sent = np.asarray(Image.open(io.BytesIO(explorer.picture)))
    np.testing.assert_array_equal(sent, image)
    explorer.truth = np.ones((20, 30))
    assert explorer.picture
    explorer.scene = "organ"
    explorer.truth = np.ones((20, 30))  # back over its image
    assert explorer.picture
    explorer.truth = np.ones((20, 31))
    assert explorer.picture == b""
    explorer.figure()


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_the_static_picture_says_what_python_says(channels):
    image = RNG.random((48, 64, channels)).astype("float32") if channels else None
    truth, mask = np.zeros((2, 48, 64), bool)
    truth[10:30, 10:40] = mask[12:30, 10:40] = True
    mask[47, 63] = True
    explorer = OverlapExplorer(truth, mask, image, spacing_mm=(2, 1))
    figure = explorer.figure()
    (axes,) = figure.axes
    assert axes.get_xlim() == (0, 64)
    assert axes.get_ylim() == (96, 0)  # mm, y counts down
    (line,) = (each for each in axes.lines if each.get_label().startswith("Hausdorff"))
    assert line.get_label() == f"Hausdorff {explorer.hausdorff_mm:.2f} mm"
    np.testing.assert_allclose(line.get_xydata(), [[63.5, 95], [39.5, 59]])
    words = figure.get_supxlabel()
    for part in (f"Dice {explorer.dice:.3f}", f"surface {explorer.surface_distance_mm:.2f} mm"):
        assert part in words
    assert "volume −9.8 %" in words
    png = explorer._png()
    assert len(png) < 150_000
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    for role in ("truth", "prediction"):
        want = [int(COLOURS[role][at : at + 2], 16) for at in (1, 3, 5)]
        assert (np.abs(picture - want).max(-1) < 25).sum() > 300


def test_the_mimebundle_holds_a_picture_and_a_line_that_never_changes():
    explorer = OverlapExplorer()
    first, second = (explorer._repr_mimebundle_()[0] for _ in range(2))
    words = "OverlapExplorer(organ, 60×80, Dice 0.950, Hausdorff 1.41 mm)"
    assert first["text/plain"] == second["text/plain"] == words
    assert first["image/png"] == second["image/png"]
    picture = Image.open(io.BytesIO(base64.b64decode(first["image/png"]))).convert("RGB")
    assert np.std(picture) > 10
    explorer.truth = np.zeros((3, 4))
    assert repr(explorer) == "OverlapExplorer(own masks, 3×4, Dice 1.000, Hausdorff nan mm)"


def test_colours_are_those_of_the_plots():
    for role in ("truth", "prediction"):
        assert f"--mk-{role}: {COLOURS[role].lower()};" in OverlapExplorer._css
