"""The explorers without a browser: values moved, as Python and as the browser would move them."""

import base64
import functools
import io
import json
import re
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from helpers import check_refused
from PIL import Image
from scipy import ndimage
from traitlets import TraitError

import medkit
from medkit.filters import correlate2d, pool2d
from medkit.images import WINDOWS_HU, apply_window
from medkit.widgets import ConvolutionExplorer, Explorer, PoolingExplorer, WindowExplorer
from medkit.widgets.convolution import PRESETS, preset_weights
from medkit.widgets.pictures import enlarge, head_slice, prepare, shrink

RNG = np.random.default_rng(7)


def decode(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def shown(widget):
    data = widget._repr_mimebundle_()
    return (data[0] if isinstance(data, tuple) else data)["image/png"]


# ---- Explorer ---------------------------------------------------------------------------------


def blurred(sigma, stride):
    return ndimage.gaussian_filter(head_slice(64), sigma)[::stride, ::stride]


def test_a_moved_control_changes_the_picture_to_what_draw_returns():
    explorer = Explorer(blurred, sigma=(0.0, 4.0, 1.0), stride=(1, 4, 1))
    before = explorer.picture.value
    explorer.controls["sigma"].value = 2.0
    assert explorer.picture.value != before
    want = (np.clip(blurred(2.0, 1), 0, 1) * 255 + 0.5).astype(np.uint8)
    got = decode(explorer.picture.value)
    assert got.shape == (512, 512)
    np.testing.assert_array_equal(got[::8, ::8], want)
    np.testing.assert_array_equal(got, np.kron(want, np.ones((8, 8), np.uint8)))


def test_the_browser_moves_a_control_as_python_does():
    explorer = Explorer(blurred, sigma=(0.0, 4.0, 1.0), stride=(1, 4, 1))
    explorer.controls["stride"].set_state({"value": 2})
    assert explorer.values == {"sigma": 1.0, "stride": 2}
    assert decode(explorer.picture.value).shape == (512, 512)
    np.testing.assert_array_equal(
        decode(explorer.picture.value)[::16, ::16],
        (blurred(1.0, 2) * 255 + 0.5).astype(np.uint8),
    )


def test_set_draws_once_and_refuses_unknown_names():
    calls = []

    def draw(**values):
        calls.append(values)
        return np.zeros((4, 4))

    explorer = Explorer(draw, a=(0, 9, 1), b=(0, 9, 2), c=False)
    explorer.set(a=5, b=6, c=True)
    assert calls == [{"a": 1, "b": 2, "c": False}, {"a": 5, "b": 6, "c": True}]
    with pytest.raises(ValueError, match=r"Expected controls among a, b, c\. Received d\. Check"):
        explorer.set(d=1)


def test_draw_may_move_its_own_controls_but_not_for_ever():
    calls = []

    def draw(a, total):
        calls.append(a)
        explorer_controls["total"].value = 10 * a
        return np.zeros((2, 2))

    explorer_controls = {"a": ipywidgets.IntSlider(1), "total": ipywidgets.IntSlider(0)}
    explorer = Explorer(draw, **explorer_controls)
    assert calls == [1, 1]
    explorer.controls["a"].value = 3
    assert explorer.values == {"a": 3, "total": 30}
    assert calls == [1, 1, 3, 3]


@pytest.mark.parametrize(
    ("given", "kind", "value"),
    [
        ((0, 9, 3), ipywidgets.IntSlider, 3),
        ((0.0, 1, 0.5), ipywidgets.FloatSlider, 0.5),
        ((0, 1, 0.25, 0.25), ipywidgets.FloatSlider, 0.25),
        (["a", "b"], ipywidgets.ToggleButtons, "a"),
        ([f"a rather long name {i}" for i in range(9)], ipywidgets.ToggleButtons, None),
        (True, ipywidgets.Checkbox, True),
    ],
)
def test_controls_fit_what_was_given(given, kind, value):
    explorer = Explorer(lambda x: np.zeros((2, 2)), x=given)
    assert type(explorer.controls["x"]) is kind
    assert explorer.values["x"] == (given[0] if value is None else value)


@pytest.mark.parametrize("given", [(1, 2), [], [1, 2], "abc", None, object])
def test_what_is_no_control_is_refused_in_words(given):
    with pytest.raises(
        TypeError, match=r"Expected for x: a tuple .* Received .* Write for example"
    ):
        Explorer(lambda x: np.zeros((2, 2)), x=given)


def test_an_error_in_draw_is_shown_and_the_next_good_draw_clears_it():
    def draw(x):
        if x > 5:
            raise ZeroDivisionError("x <b>must</b> stay below 6")
        return np.full((2, 2), x / 10)

    explorer = Explorer(draw, alt="a grey square", x=(0, 10, 1))
    good, quiet = explorer.picture.value, explorer.message.value
    assert "a grey square" in quiet
    explorer.controls["x"].value = 7
    assert explorer.picture.value == good
    assert "ZeroDivisionError: x &lt;b&gt;must&lt;/b&gt; stay below 6" in explorer.message.value
    assert isinstance(explorer.error, ZeroDivisionError)
    explorer.controls["x"].value = 2
    assert (explorer.message.value, explorer.error) == (quiet, None)
    assert explorer.picture.value != good


def test_a_picture_of_the_wrong_shape_is_an_error_in_words():
    explorer = Explorer(lambda x: np.zeros((2, 2, 7)), x=True)
    assert "Received shape (2, 2, 7). Return one picture from draw." in explorer.message.value


def test_a_figure_is_drawn_without_pyplot():
    from matplotlib.figure import Figure

    def draw(slope):
        figure = Figure(figsize=(3, 2), dpi=50)
        figure.subplots().plot([0, slope])
        return figure

    explorer = Explorer(draw, slope=(1, 5, 1))
    before = decode(explorer.picture.value)
    assert before.shape[:2] == (100, 150)
    explorer.controls["slope"].value = 5
    assert (decode(explorer.picture.value) != before).any()


def test_a_pyplot_figure_is_closed():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    Explorer(lambda x: plt.subplots()[0], x=True)
    assert plt.get_fignums() == []


def test_mimebundles_hold_the_picture_and_a_line_that_never_changes():
    made = [
        (lambda: Explorer(lambda x: np.zeros((2, 2)), x=(0, 9, 4)), "Explorer(x=4)"),
        (ConvolutionExplorer, "ConvolutionExplorer(140×140 image, Sobel x 3×3, stride 1, "),
        (PoolingExplorer, "PoolingExplorer(140×140 image, max, window 2, stride 2, "),
    ]
    for make, line in made:
        bundles = [make()._repr_mimebundle_() for _ in range(2)]
        first, second = (b[0] if isinstance(b, tuple) else b for b in bundles)
        assert first["text/plain"] == second["text/plain"]
        assert first["text/plain"].startswith(line)
        assert decode(base64.b64decode(first["image/png"])).size > 0
        assert "application/vnd.jupyter.widget-view+json" in first


# ---- pictures ---------------------------------------------------------------------------------


def test_images_are_prepared_as_the_docstring_says():
    np.testing.assert_allclose(prepare(np.array([[0, 255]], np.uint8)), [[0, 1]])
    np.testing.assert_allclose(prepare(np.array([[0.25, 0.5]])), [[0.25, 0.5]])
    np.testing.assert_allclose(prepare(np.array([[-1000, 0, 1000]])), [[0, 0.5, 1]])
    big = RNG.random((512, 300)).astype(np.float32)
    small = prepare(big)
    assert small.shape == (256, 150)
    np.testing.assert_allclose(small, big.reshape(256, 2, 150, 2).mean((1, 3)), atol=1e-6)
    assert shrink(big, 1000) is big
    assert enlarge(np.zeros((200, 100), np.uint8), 512).shape == (400, 200)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((4, 4, 3)), r"shape \(height, width\)\. Received shape \(4, 4, 3\).*Pick one"),
        (np.zeros((0, 4)), r"Received shape \(0, 4\)"),
        (np.array([["a"]]), r"image of numbers"),
        (np.array([[np.nan, 1]]), r"Expected finite numbers.*NaN.*numpy\.nan_to_num"),
    ],
)
@pytest.mark.parametrize("kind", [ConvolutionExplorer, PoolingExplorer])
def test_what_is_no_image_is_refused_in_words(kind, image, words):
    with pytest.raises(ValueError, match=words):
        kind(image)


def test_the_built_in_image_is_a_head():
    head = head_slice()
    assert head.shape == (140, 140)
    assert 0 <= head.min() < 0.01
    assert 0.8 < head.max() <= 1
    assert head[:5].max() < 0.05  # air around it
    left, right = head[:, :70], head[:, :69:-1]
    assert np.corrcoef(left.ravel(), right.ravel())[0, 1] > 0.97  # two hemispheres


# ---- ConvolutionExplorer ----------------------------------------------------------------------


def test_traits_from_python_and_from_the_browser():
    explorer = ConvolutionExplorer()
    assert (explorer.preset, explorer.kernel_size) == ("Sobel x", 3)
    explorer.preset = "Gaussian blur"
    assert explorer.weights[0] == [1 / 16, 2 / 16, 1 / 16]
    explorer.set_state({"weights": np.full((5, 5), 1 / 25).tolist(), "preset": "custom"})
    assert (explorer.preset, explorer.kernel_size) == ("box blur", 5)
    explorer.weights = [0, 0, 0, 0, 1, 0, 0, 0, 0.5]
    assert explorer.preset == "custom"
    assert explorer.weights[2] == [0, 0, 0.5]
    explorer.set_state({"stride": 2, "padding": 0, "dilation": 3, "layers": 2, "cursor": [1, 2]})
    want = explorer.image
    for _ in range(2):
        want = correlate2d(want, explorer.weights, 2, 0, 3)
    np.testing.assert_array_equal(explorer.feature_map, want)
    assert explorer.output_shape == want.shape
    json.dumps(explorer.get_state(["weights", "presets", "cursor"]))


def test_a_preset_keeps_the_size_where_it_can():
    explorer = ConvolutionExplorer(kernel_size=7, preset="identity")
    np.testing.assert_array_equal(explorer.feature_map[3:-3, 3:-3].shape, (130, 130))
    explorer.preset = "Sobel y"
    assert explorer.kernel_size == 7
    explorer.preset = "Laplacian"
    assert explorer.kernel_size == 3
    explorer.preset = "Laplacian of Gaussian"
    assert explorer.kernel_size == 5


def test_presets_are_the_kernels_they_are_named_after():
    for k in (3, 5, 7):
        for name in ("box blur", "Gaussian blur", "motion blur", "sharpen", "identity"):
            assert np.sum(preset_weights(name, k)) == pytest.approx(1)
        for name in ("Sobel x", "Sobel y"):
            assert np.sum(preset_weights(name, k)) == 0
    image = RNG.random((20, 20))
    for name, axis in (("Sobel x", 1), ("Sobel y", 0)):
        np.testing.assert_allclose(
            correlate2d(image, preset_weights(name)), ndimage.sobel(image, axis)[1:-1, 1:-1]
        )
    np.testing.assert_allclose(
        correlate2d(image, preset_weights("Laplacian")), ndimage.laplace(image)[1:-1, 1:-1]
    )
    slope = np.add.outer(3 * np.arange(9.0), 2 * np.arange(9.0))
    for k in (5, 7):  # blur and Laplacian see nothing on an even slope
        log = correlate2d(slope, preset_weights("Laplacian of Gaussian", k))
        np.testing.assert_allclose(log, 0, atol=1e-12)
    moved = correlate2d(image, preset_weights("shift right"), padding=1)
    np.testing.assert_array_equal(moved[:, 1:], image[:, :-1])
    assert all(words.endswith(".") for words, _, _ in PRESETS.values())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"stride": 4}, r"Expected stride to be a whole number from 1 to 3\. Received 4\. Choose"),
        ({"stride": 1.5}, r"stride .* Received 1\.5"),
        ({"padding": -1}, r"padding .* from 0 to 3\. Received -1"),
        ({"dilation": True}, r"dilation .* Received True"),
        ({"layers": "2"}, r"layers .* Received '2'"),
        ({"preset": "prewitt"}, r"Expected preset to be one of identity, .* Received 'prewitt'"),
        ({"weights": [1, 2, 3]}, r"weights of 3×3, 5×5 or 7×7 .* Received \[1, 2, 3\]\. Give each"),
        ({"weights": [[1, 2, 3]] * 2}, r"Expected weights"),
        ({"weights": [[1], [2, 3]]}, r"Expected weights"),
        ({"weights": [[1, 2, np.nan]] * 3}, r"finite numbers"),
        ({"weights": "sobel"}, r"Expected weights"),
        ({"cursor": [1]}, r"Expected cursor to be a row and a column.* Received \[1\]\. Write"),
        ({"cursor": [-1, 2]}, r"Expected cursor"),
        ({"cursor": [float("inf"), 1]}, r"Expected cursor"),
    ],
)
def test_bad_values_are_refused_in_words(values, words):
    check_refused(functools.partial(ConvolutionExplorer, np.eye(9)), values, words)


def test_bad_settings_of_the_constructor():
    with pytest.raises(ValueError, match=r"kernel_size to be 3, 5 or 7\. Received 4"):
        ConvolutionExplorer(kernel_size=4)
    with pytest.raises(TypeError, match=r"Expected settings among .*stride.* Received strides\."):
        ConvolutionExplorer(strides=2)


def test_a_window_that_does_not_fit_is_an_error_in_python_and_a_picture_still():
    explorer = ConvolutionExplorer(np.eye(9), kernel_size=7, padding=0, dilation=3)
    with pytest.raises(ValueError, match="Expected a window that fits into the image"):
        _ = explorer.feature_map
    assert explorer.cursor == [0, 0]
    assert decode(base64.b64decode(shown(explorer))).size


def test_another_image_can_be_put_in():
    explorer = ConvolutionExplorer(np.eye(9), preset="identity")
    explorer.image = RNG.random((30, 20))
    assert explorer.shape == [30, 20]
    np.testing.assert_array_equal(explorer.feature_map, explorer.image)


# ---- PoolingExplorer --------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["max", "average", "L2", "blur"])
def test_pooled_is_the_pooled_shifted_image(mode):
    explorer = PoolingExplorer(RNG.random((31, 40)), mode=mode)
    explorer.set_state({"size": 3, "stride": 2, "shift_x": 5, "shift_y": 1})
    moved = np.roll(explorer.image, (1, 5), (0, 1))
    np.testing.assert_array_equal(explorer.pooled, pool2d(moved, 3, 2, mode))
    assert explorer.output_shape == explorer.pooled.shape
    before = pool2d(explorer.image, 3, 2, mode)
    want = 100 * np.abs(explorer.pooled - before).mean()
    assert explorer.change_percent == pytest.approx(want, rel=1e-5)


def test_a_shift_by_the_stride_only_moves_the_pooled_map():
    explorer = PoolingExplorer(RNG.random((32, 32)), size=4, stride=4, shift_x=8, shift_y=4)
    assert explorer.change_percent > 1
    assert explorer.change_beyond_move_percent == 0
    explorer.shift_x = 7
    assert explorer.change_beyond_move_percent > 1


def test_pooling_refuses_bad_values_in_words():
    with pytest.raises(TraitError, match=r"mode to be one of max, average, L2, blur\. Received"):
        PoolingExplorer(mode="min")
    with pytest.raises(TraitError, match=r"shift_x to be a whole number from 0 to 8\. Received 9"):
        PoolingExplorer(shift_x=9)
    small = PoolingExplorer(np.eye(4), size=6)
    assert decode(base64.b64decode(shown(small))).size


# ---- WindowExplorer ---------------------------------------------------------------------------

HOUNSFIELD = np.linspace(-1000, 2000, 128 * 128).reshape(128, 128)


def test_the_slice_is_shown_through_the_window():
    explorer = WindowExplorer(HOUNSFIELD)
    explorer.set(level_hu=-200, width_hu=900)
    picture = decode(explorer.picture.value)
    assert picture.shape[1:] == (512,)
    want = (apply_window(HOUNSFIELD, -200, 900) * 255 + 0.5).astype(np.uint8)
    np.testing.assert_array_equal(picture[:512:4, ::4], want)
    assert explorer.values["named"] == "own"


def test_the_built_in_slice_is_a_ct():
    explorer = WindowExplorer()
    explorer.set(named="bone")
    slice_hu = medkit.load("ct").images[0, ..., 0]
    want = (apply_window(slice_hu, *WINDOWS_HU["bone"]) * 255 + 0.5).astype(np.uint8)
    np.testing.assert_array_equal(decode(explorer.picture.value)[:512:4, ::4], want)


def test_names_and_numbers_follow_each_other_in_one_draw(monkeypatch):
    explorer = WindowExplorer(HOUNSFIELD)
    draws = []
    draw = explorer._draw
    monkeypatch.setattr(explorer, "_draw", lambda **values: draws.append(values) or draw(**values))
    explorer.controls["named"].set_state({"index": list(WINDOWS_HU).index("lung")})
    assert draws == [{"named": "lung", "level_hu": -600, "width_hu": 1500}]
    explorer.controls["level_hu"].value = -500
    assert draws[1:] == [{"named": "own", "level_hu": -500, "width_hu": 1500}]
    explorer.set(level_hu=-600)
    assert explorer.values["named"] == "lung"


def test_the_window_is_marked_on_the_histogram():
    explorer = WindowExplorer(HOUNSFIELD)
    strips = []
    for level in (0, 800):
        explorer.set(level_hu=level, width_hu=100)
        strip = decode(explorer.picture.value)[512:]
        strips.append(np.flatnonzero(strip[0] == 255))  # the dotted edges
    hu = [strip / 511 * 3200 - 1200 for strip in strips]
    np.testing.assert_allclose(hu[0], [-50, 50], atol=4)
    np.testing.assert_allclose(hu[1], [750, 850], atol=4)


def test_pixels_that_are_not_square_keep_their_proportions():
    explorer = WindowExplorer(np.zeros((50, 100)), spacing_mm=(3.0, 1.0))
    strip = decode(WindowExplorer(np.zeros((100, 100))).picture.value).shape[0] - 512
    assert decode(explorer.picture.value).shape == (768 + strip, 512)
    with pytest.raises(ValueError, match=r"Expected one CT slice .* Received shape \(3,\)"):
        WindowExplorer(np.zeros(3))


def test_the_looks_of_one_explorer_do_not_reach_another():
    """On a page with several, as the gallery, the styles of all are in force at once."""
    owners = {}
    for path in sorted(Path(medkit.__file__).with_name("widgets").glob("*.css")):
        if path.name == "common.css":
            continue
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selectors in re.findall(r"([^{}@;]+){", text):
            for selector in selectors.split(","):
                for first in re.findall(r"^\s*\.(mk-[\w-]+)", selector):
                    assert owners.setdefault(first, path.name) == path.name, selector
