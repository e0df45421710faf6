"""The explorers' JavaScript in a bare page: its arithmetic against numpy, its hands on the keys."""

import bare_page
import numpy as np
import pytest
from bare_page import get, open_page, put

from medkit.filters import POOLING_MODES, correlate2d, pool2d, receptive_field
from medkit.widgets import ConvolutionExplorer, PoolingExplorer
from medkit.widgets.convolution import PRESETS, preset_weights

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(11)


def ink(page, selector, number=0):
    """The grey values that a canvas shows, and its size."""
    width, *grey = page.evaluate(
        """([selector, number]) => {
          const canvas = document.querySelectorAll(selector)[number];
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [canvas.width, ...data.filter((_, i) => i % 4 === 0)];
        }""",
        [selector, number],
    )
    return np.array(grey, np.uint8).reshape(-1, width)


JS_CONVOLVE = """(cases) => cases.map(([height, width, data, ...settings]) => {
  const image = { height, width, data: Float32Array.from(data) };
  const map = t.widget.correlate(image, ...settings);
  return map && [map.height, map.width, [...map.data]];
})"""


def test_convolution_equals_numpy_on_random_cases(page):
    open_page(page, ConvolutionExplorer(np.eye(9)))
    cases, wants = [], []
    for _ in range(200):
        image = RNG.random(RNG.integers(3, 30, 2)).astype(np.float32)
        k = int(RNG.choice([3, 5, 7]))
        weights = np.round(RNG.normal(size=(k, k)), 2) * (RNG.random((k, k)) < 0.8)
        steps = [int(n) for n in (RNG.integers(1, 4), RNG.integers(0, 4), RNG.integers(1, 4))]
        cases.append([*image.shape, image.ravel().tolist(), weights.tolist(), *steps])
        try:
            wants.append(correlate2d(image.astype(float), weights, *steps))
        except ValueError:
            wants.append(None)
    assert 10 < sum(want is None for want in wants) < 120
    for got, want in zip(page.evaluate(JS_CONVOLVE, cases), wants, strict=True):
        assert (got is None) == (want is None)
        if want is not None:
            assert tuple(got[:2]) == want.shape
            np.testing.assert_allclose(got[2], want.ravel(), rtol=1e-6, atol=1e-6)


def test_pooling_equals_numpy_on_random_cases(page):
    open_page(page, PoolingExplorer(np.eye(9)))
    cases, wants = [], []
    for n in range(120):
        image = RNG.random(RNG.integers(6, 30, 2)).astype(np.float32)
        size, stride = int(RNG.integers(2, 7)), int(RNG.integers(1, 7))
        down, right = (int(s) for s in RNG.integers(0, 9, 2))
        mode = POOLING_MODES[n % 4]
        cases.append([*image.shape, image.ravel().tolist(), size, stride, mode, down, right])
        wants.append(pool2d(np.roll(image, (down, right), (0, 1)), size, stride, mode))
    got = page.evaluate(
        """(cases) => cases.map(([height, width, data, size, stride, mode, down, right]) => {
          const image = { height, width, data: Float32Array.from(data) };
          const map = t.widget.pool(t.widget.roll(image, down, right), size, stride, mode);
          return [map.height, map.width, [...map.data]];
        })""",
        cases,
    )
    for (height, width, data), want in zip(got, wants, strict=True):
        assert (height, width) == want.shape
        np.testing.assert_allclose(data, want.ravel(), rtol=2e-6)


@pytest.mark.parametrize("state", [{}, {"stride": 2, "kernel_size": 5}, {"dilation": 2}])
def test_receptive_field_of_a_stack_equals_the_formula(page, state):
    explorer = ConvolutionExplorer(layers=4, **state)
    open_page(page, explorer)
    now = explorer.get_state(["weights", "stride", "padding", "dilation", "layers"])
    boxes = page.evaluate("(now) => t.widget.fields([4, 5], now)", now)
    layer = (explorer.kernel_size, explorer.stride, explorer.dilation)
    for depth, box in enumerate(boxes, 1):
        assert box["height"] == box["width"] == receptive_field([layer] * depth)[0]
        assert box["dashed"] == (depth < 4)
    # what lies outside the last box cannot change the output pixel, its corner does
    box = boxes[-1]
    top, left = max(box["top"], 0), max(box["left"], 0)
    bottom = min(box["top"] + box["height"], 140) - 1
    explorer.weights = np.ones((explorer.kernel_size,) * 2)
    if bottom < 139:
        changed = np.zeros((140, 140))
        changed[bottom + 1 :] = 1
        explorer.image = changed
        assert explorer.feature_map[4, 5] == 0
    changed = np.zeros((140, 140))
    changed[bottom, left] = changed[top, left] = 1
    explorer.image = changed
    assert explorer.feature_map[4, 5] > 0


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_picture_on_the_screen_is_the_feature_map(page, name):
    explorer = ConvolutionExplorer(RNG.random((20, 20)), preset=name, stride=2)
    open_page(page, explorer)
    put(page, cursor=[0, 0])
    want = explorer.feature_map
    n = len(want)
    assert (
        page.locator(".mk-title", has_text="Feature map")
        .first.inner_text()
        .endswith(f"{n}×{n} pixels")
    )
    signed = want.min() < 0
    top = np.abs(want).max() if signed else max(1, want.max())
    grey = (want + top) / (2 * top) if signed else want / top
    canvas = ink(page, ".mk-plane", 1)
    unit = canvas.shape[0] // n
    offset = (canvas.shape[0] - n * unit + 1) // 2
    centres = offset + unit // 2 + unit * np.arange(n)
    got = canvas[np.ix_(centres, centres)].astype(int)
    np.testing.assert_allclose(got[2:, 2:], 255 * grey[2:, 2:], atol=1)
    legend = page.locator(".mk-legend").first.inner_text()
    assert ("0 is mid-grey" in legend) == signed


def total(page):
    words = page.locator(".mk-total output").first.inner_text()
    return float(words.split("=")[1].split(",")[0].replace("−", "-"))


def test_hover_shows_the_sum_and_the_sum_is_the_pixel(page):
    explorer = ConvolutionExplorer(preset="Sobel x")
    open_page(page, explorer)
    for x, y in ((120, 130), (61, 200), (230, 77)):
        page.locator(".mk-plane").nth(1).hover(position={"x": x, "y": y})
        row, column = get(page, "cursor")
        assert abs(row - y / 292 * 140) < 6
        assert abs(column - x / 292 * 140) < 6
        assert total(page) == pytest.approx(explorer.feature_map[row, column], abs=6e-4)
        terms = page.locator(".mk-terms").first.locator("span:not(.mk-part)").all_inner_texts()
        assert len(terms) == 9
        value = 0.0
        for term in terms:
            weight, pixel = term.replace("− ", "-").replace("+ ", "").split("×")
            value += float(weight) * float(pixel.strip("()"))
        assert value == pytest.approx(explorer.feature_map[row, column], abs=6e-3)
        assert f"row {row}, column {column}" in page.locator(".mk-detail").first.inner_text()
    assert not page.problems


def test_hovering_the_image_finds_the_output_that_sees_this_pixel(page):
    open_page(page, ConvolutionExplorer(preset="identity", stride=2))
    page.locator(".mk-plane").first.hover(position={"x": 100, "y": 180})
    row, column = get(page, "cursor")
    assert abs(row * 2 - (180 - 6) / 2) <= 2
    assert abs(column * 2 - (100 - 6) / 2) <= 2


def test_arrow_keys_move_the_cursor_and_stop_at_the_edge(page):
    open_page(page, ConvolutionExplorer(cursor=[1, 50]))
    canvas = page.locator(".mk-plane").nth(1)
    assert canvas.get_attribute("data-lm-suppress-shortcuts") == "true"
    canvas.focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert get(page, "cursor") == [0, 41]


def test_a_weight_is_stepped_typed_and_kept_exactly(page):
    open_page(page, ConvolutionExplorer(preset="box blur"))
    cells = page.locator("#one .mk-kernel input")
    assert cells.nth(4).input_value() == "1/9"
    cells.nth(4).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    weights = np.array(get(page, "weights"))
    assert weights[1, 1] == pytest.approx(1 / 9 + 0.1, abs=1e-9)
    assert set(np.delete(weights.ravel(), 4)) == {1 / 9}
    assert get(page, "preset") == "custom"
    for typed, value in (("1/16", 1 / 16), ("-0,25", -0.25), ("−2", -2), (".5", 0.5), ("3", 3)):
        cells.nth(0).fill(typed)
        assert get(page, "weights")[0][0] == value
    assert page.locator("#two .mk-kernel input").nth(0).input_value() == "3"


@pytest.mark.parametrize("typed", ["abc", "", "1/0", "--1", "1e999", "0x10"])
def test_a_weight_that_is_no_number_is_refused_in_words(page, typed):
    open_page(page, ConvolutionExplorer(preset="identity"))
    cell = page.locator("#one .mk-kernel input").nth(4)
    cell.fill("2")
    cell.fill(typed)
    says = page.locator("#one .mk-says")
    assert "Expected a number such as −0.5 or 1/16. Received" in says.inner_text()
    assert "The kernel keeps 2" in says.inner_text()
    assert cell.get_attribute("aria-invalid") == "true"
    assert get(page, "weights")[1][1] == 2
    cell.blur()
    assert cell.input_value() == "2"
    assert "Expected" not in says.inner_text()
    assert not page.problems


def test_a_preset_is_saved_once_and_a_size_keeps_it(page):
    open_page(page, ConvolutionExplorer(preset="identity"))
    page.evaluate("window.saves = 0")
    page.locator("#one select").select_option("Gaussian blur")
    assert page.evaluate("window.saves") == 1
    page.locator("#one").get_by_label("5×5").check(force=True)
    assert get(page, "weights") == preset_weights("Gaussian blur", 5)
    assert get(page, "preset") == "Gaussian blur"
    page.locator("#one select").select_option("emboss")
    assert get(page, "weights") == preset_weights("emboss", 3)
    page.locator("#one").get_by_label("7×7").check(force=True)
    want = np.zeros((7, 7))
    want[2:5, 2:5] = preset_weights("emboss", 3)
    assert get(page, "weights") == want.tolist()
    assert get(page, "preset") == "custom"


def test_controls_answer_to_the_keyboard_and_the_cursor_keeps_its_place(page):
    open_page(page, ConvolutionExplorer(cursor=[70, 70]))
    group = page.locator("#one fieldset", has_text="Stride")
    group.locator("input:checked").focus()
    page.keyboard.press("ArrowRight")
    assert get(page, "stride") == 2
    assert get(page, "cursor") == [35, 35]
    assert page.locator("#two fieldset", has_text="Stride").locator("input").nth(1).is_checked()
    bare_page.check_keys_are_kept(page, at_least=41)


def test_a_window_that_does_not_fit_is_said_in_words(page):
    open_page(page, ConvolutionExplorer(np.eye(12), padding=0, dilation=2))
    problem = page.locator("#one .mk-problem")
    assert not problem.is_visible()
    put(page, weights=preset_weights("identity", 7))
    assert "it reaches over 13×13 pixels, and the image has 12×12" in problem.inner_text()
    assert (
        "Use a smaller kernel or dilation, more padding, or fewer layers." in problem.inner_text()
    )
    put(page, padding=1, layers=4)
    assert "the feature map of layer 1 has 4×4, padding included" in problem.inner_text()
    put(page, layers=1)
    assert not problem.is_visible()
    assert not page.problems


@pytest.mark.parametrize("height", [233, 64])
def test_the_formula_is_filled_in(page, height):
    explorer = ConvolutionExplorer(RNG.random((height, 64)), stride=2, padding=3, dilation=2)
    open_page(page, explorer)
    words = page.locator(".mk-formula").first.inner_text()
    out = explorer.feature_map.shape
    assert f"⌊({height} + 2·3 − 2·(3 − 1) − 1) ÷ 2⌋ + 1 = {out[0]}" in words
    assert f"⌊(64 + 2·3 − 2·(3 − 1) − 1) ÷ 2⌋ + 1 = {out[1]}" in words


@pytest.mark.parametrize("mode", POOLING_MODES)
def test_the_pooled_pixel_is_explained(page, mode):
    explorer = PoolingExplorer(mode=mode, size=3, stride=3, shift_x=2)
    open_page(page, explorer)
    page.locator(".mk-plane").nth(1).hover(position={"x": 100, "y": 120})
    row, column = get(page, "cursor")
    assert total(page) == pytest.approx(explorer.pooled[row, column], abs=6e-4)
    window = explorer.shifted[3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
    if mode == "max":
        y, x = np.unravel_index(window.argmax(), (3, 3))
        assert (
            f"image row {3 * row + y}, column {3 * column + x}"
            in page.locator(".mk-total").first.inner_text()
        )
        assert page.locator("#one .mk-winner").count() == 1
    words = page.locator(".mk-pool").first.inner_text()
    assert f"Mean change {explorer.change_percent:.2f} %" in words
    assert f"{explorer.change_beyond_move_percent:.2f} %" in words


def test_the_shift_sliders_answer_to_the_arrow_keys(page):
    explorer = PoolingExplorer()
    open_page(page, explorer)
    page.locator("#one input[type=range]").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert get(page, "shift_x") == 3
    explorer.shift_x = 3
    words = page.locator("#two").inner_text()
    assert f"Mean change {explorer.change_percent:.2f} %" in words
    assert "The shift is no multiple of the stride (2)" in words
    page.keyboard.press("ArrowRight")
    assert "0.00 %" in page.locator("#one").inner_text()
    assert "moves along and keeps its values" in page.locator("#one").inner_text()


def test_a_pool_that_does_not_fit_is_said_in_words(page):
    open_page(page, PoolingExplorer(np.eye(5), size=6))
    assert (
        "it takes 6×6 pixels, and the image has 5×5"
        in page.locator("#one .mk-problem").inner_text()
    )
    page.locator("#one").get_by_label("2", exact=True).first.check(force=True)
    assert not page.locator("#one .mk-problem").is_visible()
    assert not page.problems


@pytest.mark.parametrize("kind", [ConvolutionExplorer, PoolingExplorer])
def test_nothing_leaks_and_nothing_jumps(page, kind):
    open_page(page, kind())
    changes = [{"stride": 3}, {"cursor": [3, 3]}, {"stride": 1}]
    if kind is ConvolutionExplorer:
        changes += [{"weights": preset_weights("Sobel x", 7)}, {"layers": 4}, {"padding": 3}]
    else:
        changes += [{"size": 6}, {"mode": "blur"}, {"shift_x": 7}]
    bare_page.check_nothing_jumps(page, changes)
    bare_page.check_nothing_leaks(page)
    put(page, stride=2)
    assert not page.problems


def test_pictures_are_sharp_on_a_fine_screen(new_page):
    page = new_page(device_scale_factor=2)
    open_page(page, ConvolutionExplorer(preset="identity"))
    sizes = page.evaluate(
        "[...document.querySelectorAll('#one canvas')].map((c) => [c.width, 2 * c.clientWidth])"
    )
    assert len(sizes) == 3
    assert all(width == twice > 0 for width, twice in sizes)
