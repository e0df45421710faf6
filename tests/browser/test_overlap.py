"""OverlapExplorer in the browser: numbers against Python's, mouse, touch and keys, JupyterLab."""

import base64

import bare_page
import labserver
import numpy as np
import pytest
from bare_page import colour_at, get, next_frame, open_page, pixels, put
from scipy import ndimage

from medkit.widgets import OverlapExplorer

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(33)
PICTURE, BRUSH = "#one .mk-overlap-picture", "#one .mk-overlap-brush"
NAMES = {
    "Dice": "dice",
    "IoU": "iou",
    "Hausdorff": "hausdorff_mm",
    "95 % Hausdorff": "hausdorff95_mm",
    "Average surface distance": "surface_distance_mm",
    "Volume error": "volume_error",
}


# ---- what the page says and holds ---------------------------------------------------------------


def set_masks(page, traits=None, **masks):
    """Set truth, mask and traits as Python would, all at once, and wait until they are shown."""
    texts = {name: base64.b64encode(np.uint8(m).tobytes()).decode() for name, m in masks.items()}
    page.evaluate(
        """([masks, traits]) => {
          for (const [name, value] of Object.entries(traits)) t.model.set(name, value);
          for (const [name, text] of Object.entries(masks)) {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            t.model.set(`${name}_pixels`, new DataView(bytes.buffer));
          }
        }""",
        [texts, traits or {}],
    )
    next_frame(page)


def held(page, name="mask"):
    """Return a mask as the browser has it."""
    values = page.evaluate(
        """(name) => {
          const { buffer, byteOffset, byteLength } = t.model.get(name);
          return [...new Uint8Array(buffer, byteOffset, byteLength)];
        }""",
        f"{name}_pixels",
    )
    return np.array(values, bool).reshape(get(page, "shape"))


def shown(page, view="one"):
    """Return the numbers as they are written: {name in Python: text}, and the pixel counts."""
    rows = page.locator(f"#{view} .mk-numbers tr:has(th)")
    texts = dict(
        zip(
            rows.locator("th").all_inner_texts(),
            rows.locator("output").all_inner_texts(),
            strict=True,
        )
    )
    counts = page.locator(f"#{view} .mk-pixels output").all_inner_texts()
    return {NAMES[title]: text for title, text in texts.items()}, [
        int(text.replace(",", "")) for text in counts
    ]


def changes(page):
    """Return what has changed since the pin: {name in Python: text}."""
    texts = page.locator("#one .mk-numbers tr:has(th) .mk-change").all_inner_texts()
    return dict(zip(NAMES.values(), texts, strict=True))


def says(page):
    return page.locator("#one .mk-says").inner_text()


def press(page, name):
    page.locator("#one").get_by_role("button", name=name, exact=True).click()
    next_frame(page)


def keys(page, *names):
    """Press keys with the focus on the picture."""
    page.locator(PICTURE).focus()
    for name in names:
        page.keyboard.press(name)
    next_frame(page)


def spot(page, row, column):
    """Return where the middle of a pixel of the image is on the page, by the picture's rules."""
    box = page.locator(PICTURE).bounding_box()
    (rows, columns), (tall, wide) = get(page, "shape"), get(page, "spacing_mm")
    room = {"left": 10, "top": 10, "width": box["width"] - 20, "height": box["height"] - 40}
    unit = min(room["width"] / columns / wide, room["height"] / rows / tall)
    left = room["left"] + (room["width"] - columns * wide * unit) / 2
    top = room["top"] + (room["height"] - rows * tall * unit) / 2
    x, y = left + (column + 0.5) * wide * unit, top + (row + 0.5) * tall * unit
    return box["x"] + x, box["y"] + y


def disc(shape, row, column, radius):
    y, x = np.indices(shape)
    return (y - row) ** 2 + (x - column) ** 2 <= radius**2


def drag(page, start, end, steps=4):
    bare_page.drag_mouse(page, spot(page, *start), spot(page, *end), steps)
    next_frame(page)


# ---- numbers ------------------------------------------------------------------------------------


def random_pair(number):
    """Return two masks of one random shape: blobs, thin lines, single pixels or noise."""
    shape = tuple(int(side) for side in RNG.integers(1, 161 if number % 5 == 0 else 41, 2))
    made = []
    for _ in range(2):
        kind = RNG.integers(4)
        if kind == 0:
            smooth = ndimage.gaussian_filter(RNG.normal(size=shape), 3)
            made.append(smooth > np.quantile(smooth, RNG.uniform(0.2, 0.95)))
        elif kind == 1:
            made.append(RNG.random(shape) < RNG.uniform(0.02, 0.98))
        elif kind == 2:
            made.append(np.zeros(shape, bool))
            made[-1][tuple(RNG.integers(shape))] = True
        else:
            made.append(np.ones(shape, bool))
            made[-1][:, :: RNG.integers(2, 5)] = False
    return made


def test_numbers_equal_pythons_on_random_masks_and_spacings(page):
    known = 0
    for number in range(30):
        truth, mask = random_pair(number)
        spacing = RNG.uniform(0.2, 5, 2).round(3).tolist()
        explorer = OverlapExplorer(truth, mask, spacing_mm=spacing)
        want = {name: getattr(explorer, name) for name in NAMES.values()}
        if number == 0:
            open_page(page, explorer)
        got = page.evaluate(
            """([truth, mask, ...rest]) =>
              t.widget.measure(Uint8Array.from(truth), Uint8Array.from(mask), ...rest)""",
            [*(np.uint8(m).ravel().tolist() for m in (truth, mask)), list(truth.shape), spacing],
        )
        for name, value in want.items():
            assert got[name] == (None if np.isnan(value) else pytest.approx(value, abs=1e-9))
        counts = [(truth & mask).sum(), (mask & ~truth).sum(), (truth & ~mask).sum()]
        assert [got[name] for name in ("both", "extra", "missed")] == counts
        traits = {"scene": None, "shape": list(truth.shape), "spacing_mm": spacing}
        set_masks(page, traits, truth=truth, mask=mask)
        texts, pixel_counts = shown(page)
        assert pixel_counts == counts
        for name, value in want.items():
            if np.isnan(value):
                assert texts[name] == "–"
                continue
            known += 1
            written = float(texts[name].split()[0].replace("−", "-").replace("±", ""))
            digits = 1 if name == "volume_error" else 2 if name.endswith("_mm") else 3
            close = 0.5 if abs(value) >= 1000 else 0.05 if abs(value) >= 100 else 0.5 * 10**-digits
            assert written == pytest.approx(value, abs=1.001 * close), (name, texts[name])
        check_line(got, truth, mask, spacing)
    assert known > 150
    assert not page.problems


def check_line(got, truth, mask, spacing):
    """The line goes from a pixel of the mask to one of the truth and is the Hausdorff distance."""
    if got["line"] is None:
        assert not truth.any() or not mask.any()
        return
    start, end = got["line"]
    assert mask[tuple(start)]
    assert truth[tuple(end)]
    length = np.hypot(*(np.subtract(start, end) * spacing))
    assert length == pytest.approx(got["hausdorff_mm"], abs=1e-9)


def test_scenes_are_shown_with_their_numbers_in_both_views(page):
    open_page(page, OverlapExplorer())
    for name in ("vessel", "two lesions", "organ"):
        press(page, name)
        explorer = OverlapExplorer(scene=name)
        np.testing.assert_array_equal(held(page, "truth"), explorer.truth)
        np.testing.assert_array_equal(held(page), explorer.mask)
        texts, _ = shown(page)
        assert texts["dice"] == f"{explorer.dice:.3f}"
        assert texts["hausdorff_mm"] == f"{explorer.hausdorff_mm:.2f} mm"
        assert get(page, "scene") == name
        pressed = page.locator("#two .mk-scenes [aria-pressed=true]")
        assert pressed.all_inner_texts() == [name]
        assert shown(page, "two") == shown(page)
    assert page.evaluate("window.saves") == 3
    assert not page.problems


def test_empty_masks_are_put_into_words(page):
    open_page(page, OverlapExplorer(scene="organ"))
    press(page, "Clear")
    assert says(page) == "No distance: one mask is empty, yours."
    texts, counts = shown(page)
    assert texts == {
        **{name: "–" for name in NAMES.values()},
        **{"dice": "0.000", "iou": "0.000", "volume_error": "−100.0 %"},
    }
    assert counts == [0, 0, get_size(page)]
    set_masks(page, truth=np.zeros((60, 80)))
    both = "Dice 1 by convention, both are empty. No distance: both masks are empty."
    assert says(page) == both
    texts, counts = shown(page)
    assert texts["dice"] == texts["iou"] == "1.000"
    assert texts["volume_error"] == texts["hausdorff_mm"] == "–"
    press(page, "Stray pixel")
    assert held(page)[-1, -1]  # no corner is farther than another
    assert says(page) == "No distance: one mask is empty, the true one."
    set_masks(page, truth=held(page))
    assert says(page) == "Hausdorff 0: the two borders are the same."
    assert shown(page)[0]["hausdorff_mm"] == "0 mm"
    assert not page.problems


def get_size(page):
    return int(held(page, "truth").sum())


def test_a_number_never_seems_to_be_whole_when_it_is_not(page):
    truth = np.ones((150, 160), bool)
    mask = truth.copy()
    mask[70, 70] = False
    open_page(page, OverlapExplorer(truth, mask))
    texts, _ = shown(page)
    assert texts["dice"] == "0.99998"
    assert texts["iou"] == "0.99996"


# ---- the hand -----------------------------------------------------------------------------------


@pytest.mark.parametrize("radius", [0, 1, 3, 6])
@pytest.mark.parametrize("at", [(20, 30), (0, 0), (59, 79)])
def test_a_click_paints_exactly_the_pixels_of_the_brush(page, radius, at):
    open_page(page, OverlapExplorer(mask=np.zeros((60, 80)), scene="organ", brush=radius))
    page.mouse.click(*spot(page, *at))
    np.testing.assert_array_equal(held(page), disc((60, 80), *at, radius))
    page.mouse.click(*spot(page, *at), button="right")
    assert not held(page).any()
    assert not page.problems


def test_a_stroke_paints_all_the_way_and_erasing_takes_away(page):
    open_page(page, OverlapExplorer(mask=np.zeros((60, 80)), scene="organ", brush=1))
    drag(page, (10, 10), (10, 40), steps=2)
    want = np.zeros((60, 80), bool)
    want[10, 9:42] = want[[9, 11], 10:41] = True
    np.testing.assert_array_equal(held(page), want)
    drag(page, (30, 5), (45, 20))
    for step in range(16):
        want |= disc((60, 80), 30 + step, 5 + step, 1)
    np.testing.assert_array_equal(held(page), want)
    page.locator("#one").get_by_role("radio", name="Erase").check()
    assert get(page, "erasing") is True
    drag(page, (10, 20), (10, 30))
    want[9:12, 20:31] = want[10, [19, 31]] = False
    np.testing.assert_array_equal(held(page), want)
    assert shown(page)[1][:2] == [
        int((want & held(page, "truth")).sum()),
        int((want & ~held(page, "truth")).sum()),
    ]
    assert not page.problems


def test_the_brush_slider_sets_how_wide_it_paints(page):
    open_page(page, OverlapExplorer(mask=np.zeros((60, 80)), scene="organ", brush=2))
    page.locator("#one input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert get(page, "brush") == 3
    page.mouse.click(*spot(page, 30, 30))
    np.testing.assert_array_equal(held(page), disc((60, 80), 30, 30, 3))


def test_a_mere_hover_shows_the_brush_and_changes_nothing(page):
    open_page(page, OverlapExplorer())
    before, start = held(page), pixels(page, BRUSH)
    page.mouse.move(*spot(page, 20, 20))
    page.mouse.move(*spot(page, 30, 40))
    next_frame(page)
    assert pixels(page, BRUSH) != start
    np.testing.assert_array_equal(held(page), before)
    page.mouse.move(1, 1)
    next_frame(page)
    assert pixels(page, BRUSH) == start
    assert page.evaluate("window.saves ?? 0") == 0


def test_a_finger_paints(new_page):
    page = new_page(has_touch=True)
    open_page(page, OverlapExplorer(mask=np.zeros((60, 80)), scene="organ", brush=0))
    touch = page.context.new_cdp_session(page)
    for kind, at in [("Start", (20, 20)), ("Move", (20, 25)), ("Move", (20, 30)), ("End", None)]:
        points = [] if at is None else [dict(zip("xy", spot(page, *at), strict=True))]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    page.wait_for_function("window.saves > 0")
    want = np.zeros((60, 80), bool)
    want[20, 20:31] = True
    np.testing.assert_array_equal(held(page), want)
    assert not page.problems


def test_python_hears_of_a_stroke_now_and_then_and_at_its_end(page):
    open_page(page, OverlapExplorer(mask=np.zeros((60, 80)), scene="organ"))
    page.evaluate(  # a clock that stands still
        """() => {
          window.timers = [];
          window.setTimeout = (call, wait) => window.timers.push({ call, wait });
          window.clearTimeout = (number) => number && (window.timers[number - 1].call = () => {});
        }"""
    )
    page.mouse.move(*spot(page, 5, 5))
    page.mouse.down()
    page.mouse.move(*spot(page, 50, 70), steps=20)
    assert held(page).sum() > 200
    assert page.evaluate("window.saves ?? 0") == 0
    assert page.evaluate("window.timers.map(({ wait }) => wait)") == [100]
    page.evaluate("window.timers[0].call()")
    assert page.evaluate("window.saves") == 1
    page.mouse.move(*spot(page, 50, 10), steps=5)
    assert page.evaluate("[window.saves, window.timers.length]") == [1, 2]
    page.mouse.up()
    page.wait_for_function("window.saves === 2")
    page.evaluate("window.timers[1].call()")  # it was called off
    painted = held(page)
    page.mouse.move(*spot(page, 20, 40))
    assert page.evaluate("[window.saves, window.timers.length]") == [2, 2]
    np.testing.assert_array_equal(held(page), painted)  # the button was let go


def test_arrow_keys_shift_the_mask_and_what_leaves_is_lost(page):
    explorer = OverlapExplorer()
    open_page(page, explorer)
    want = explorer.mask
    keys(page, "ArrowUp", "ArrowLeft")
    np.testing.assert_array_equal(held(page), explorer.truth)
    assert shown(page)[0]["dice"] == "1.000"
    keys(page, "Shift+ArrowDown", "ArrowRight")
    want = np.roll(explorer.truth, (5, 1), (0, 1))
    np.testing.assert_array_equal(held(page), want)
    keys(page, *["Shift+ArrowDown"] * 4)
    want = np.roll(want, 20, 0)
    want[:20] = False
    np.testing.assert_array_equal(held(page), want)
    keys(page, "a", "b", "Control+ArrowUp", "Alt+ArrowUp")
    np.testing.assert_array_equal(held(page), want)


def test_keys_alone_can_paint(page):
    open_page(page, OverlapExplorer(mask=np.zeros((60, 80)), scene="organ", brush=1))
    page.locator("#one").get_by_role("radio", name="move the brush").check()
    assert "Space paints" in page.locator(PICTURE).get_attribute("aria-label")
    start = pixels(page, BRUSH)
    keys(page, "Shift+ArrowUp", "ArrowLeft")
    assert pixels(page, BRUSH) != start
    live = page.locator("#one [aria-live]")
    assert live.inner_text() == "Row 25, column 39: only the truth"
    keys(page, "Space", "ArrowRight", "Space")
    want = disc((60, 80), 25, 39, 1) | disc((60, 80), 25, 40, 1)
    np.testing.assert_array_equal(held(page), want)
    keys(page, "ArrowLeft")
    assert live.inner_text() == "Row 25, column 39: in both masks"
    put(page, erasing=True)
    keys(page, "Space")
    np.testing.assert_array_equal(held(page), want & ~disc((60, 80), 25, 39, 1))
    keys(page, *["Shift+ArrowUp"] * 9, *["Shift+ArrowLeft"] * 20)
    assert live.inner_text() == "Row 0, column 0: in neither mask"
    assert not page.problems


def test_erode_and_dilate_are_those_of_scipy(page):
    open_page(page, OverlapExplorer(RNG.random((31, 40)) < 0.5, RNG.random((31, 40)) < 0.9))
    mask = held(page)
    press(page, "Erode")
    np.testing.assert_array_equal(held(page), ndimage.binary_erosion(mask))
    press(page, "Dilate")
    want = ndimage.binary_dilation(ndimage.binary_erosion(mask))
    np.testing.assert_array_equal(held(page), want)
    press(page, "Copy the truth")
    np.testing.assert_array_equal(held(page), held(page, "truth"))
    press(page, "Clear")
    assert not held(page).any()


def test_the_stray_pixel_comes_and_goes_and_the_line_jumps_to_it(page):
    explorer = OverlapExplorer()
    open_page(page, explorer)
    button = page.locator("#one").get_by_role("button", name="Stray pixel")
    before, texts = held(page), shown(page)[0]
    away = ndimage.distance_transform_edt(~explorer.truth)
    corner = max(((0, 0), (0, 79), (59, 0), (59, 79)), key=lambda at: away[at])
    press(page, "Stray pixel")
    assert np.argwhere(held(page) != before).tolist() == [list(corner)]
    assert button.get_attribute("aria-pressed") == "true"
    now = shown(page)[0]
    assert now["hausdorff_mm"] == f"{away[corner]:.2f} mm"
    assert now["hausdorff95_mm"] == texts["hausdorff95_mm"]
    assert abs(float(now["dice"]) - float(texts["dice"])) < 0.0015
    x, y = spot(page, *corner)
    box = page.locator(PICTURE).bounding_box()
    assert colour_at(page, PICTURE, x - box["x"], y - box["y"])[:3] == [213, 94, 0]
    press(page, "Stray pixel")
    np.testing.assert_array_equal(held(page), before)
    assert button.get_attribute("aria-pressed") == "false"
    assert not page.problems


def test_undo_goes_back_through_all_that_was_done(page):
    open_page(page, OverlapExplorer())
    undo = page.locator("#one").get_by_role("button", name="Undo")
    assert undo.is_disabled()
    states = [held(page)]
    drag(page, (10, 10), (20, 30))  # one step, however long the stroke is
    states.append(held(page))
    for name in ("Erode", "Dilate", "Stray pixel", "Clear", "Copy the truth"):
        press(page, name)
        states.append(held(page))
    for _ in range(16):  # 22 steps in all
        keys(page, "ArrowRight")
        states.append(held(page))
    for at, state in enumerate(reversed(states[:-1])):
        if at % 2:
            press(page, "Undo")
        else:
            keys(page, "Control+z")
        np.testing.assert_array_equal(held(page), state)
    assert undo.is_disabled()
    keys(page, "Control+z")
    np.testing.assert_array_equal(held(page), states[0])
    press(page, "vessel")
    press(page, "Undo")
    np.testing.assert_array_equal(held(page, "truth"), OverlapExplorer().truth)
    assert get(page, "scene") == "organ"
    assert not page.problems


def test_what_changes_nothing_is_no_step(page):
    open_page(page, OverlapExplorer(mask=np.zeros((60, 80)), scene="organ"))
    press(page, "Erode")
    press(page, "Clear")
    keys(page, "ArrowUp")
    set_masks(page, mask=OverlapExplorer().mask)
    press(page, "Undo")
    assert page.evaluate("window.saves") == 1
    press(page, "vessel")
    press(page, "vessel")
    press(page, "Undo")
    assert page.locator("#one").get_by_role("button", name="Undo").is_disabled()
    assert page.evaluate("window.saves") == 3


def test_what_python_sets_is_shown_can_be_undone_and_is_not_sent_back(page):
    open_page(page, OverlapExplorer())
    before = held(page)
    mask = np.zeros((60, 80), bool)
    mask[10:20, 10:30] = True
    set_masks(page, mask=mask)
    assert shown(page)[1][1] == int((mask & ~held(page, "truth")).sum())
    assert page.evaluate("window.saves ?? 0") == 0
    press(page, "Undo")
    np.testing.assert_array_equal(held(page), before)
    assert page.evaluate("window.saves") == 1


def test_a_scene_that_python_sets_comes_in_two_messages_and_is_one_step(page):
    open_page(page, OverlapExplorer())
    vessel = OverlapExplorer(scene="vessel")
    put(page, scene="vessel")
    set_masks(page, truth=vessel.truth, mask=vessel.mask)
    press(page, "Undo")
    assert get(page, "scene") == "organ"
    np.testing.assert_array_equal(held(page), OverlapExplorer().mask)
    assert page.locator("#one").get_by_role("button", name="Undo").is_disabled()


def test_ones_own_masks_are_there_again_after_a_scene(page):
    truth = RNG.random((30, 50)) < 0.5
    open_page(page, OverlapExplorer(truth))
    press(page, "Dilate")  # of nothing
    page.mouse.click(*spot(page, 10, 10))
    mine = held(page)
    assert mine.any()
    press(page, "organ")
    assert get(page, "shape") == [60, 80]
    press(page, "your own")
    np.testing.assert_array_equal(held(page), mine)
    np.testing.assert_array_equal(held(page, "truth"), truth)
    assert get(page, "scene") is None
    open_page(page, OverlapExplorer())
    assert not page.locator("#one").get_by_text("your own").is_visible()
    assert not page.problems


def test_after_a_button_the_arrow_keys_move_the_mask(page):
    open_page(page, OverlapExplorer())
    press(page, "Copy the truth")
    page.keyboard.press("ArrowRight")
    next_frame(page)
    np.testing.assert_array_equal(held(page)[:, 1:], held(page, "truth")[:, :-1])
    page.keyboard.press("Control+z")
    next_frame(page)
    np.testing.assert_array_equal(held(page), held(page, "truth"))
    page.locator("#one input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    next_frame(page)
    assert get(page, "brush") == 3
    np.testing.assert_array_equal(held(page), held(page, "truth"))
    assert not page.problems


def test_another_scene_begins_without_the_pin(page):
    open_page(page, OverlapExplorer())
    press(page, "Pin")
    press(page, "vessel")
    assert get(page, "pinned") is None
    press(page, "Pin")
    press(page, "Undo")
    assert get(page, "scene") == "organ"
    assert get(page, "pinned") is None
    assert not page.problems


def test_numbers_are_pinned_and_compared(page):
    open_page(page, OverlapExplorer())
    unpin = page.locator("#one").get_by_role("button", name="Unpin")
    assert not unpin.is_visible()
    assert set(changes(page).values()) == {""}
    press(page, "Pin")
    explorer = OverlapExplorer()
    explorer.pin()
    assert get(page, "pinned") == pytest.approx(explorer.pinned)
    assert changes(page)["dice"] == "±0.000"
    before = explorer.hausdorff_mm
    press(page, "Stray pixel")
    explorer.mask = held(page)
    now = changes(page)
    assert now["hausdorff_mm"] == f"+{explorer.hausdorff_mm - before:.2f} mm"
    assert now["hausdorff95_mm"] == "±0 mm"
    assert now["dice"] == "±0.000"
    assert now["volume_error"] == "+0.1 points"
    press(page, "Clear")
    assert changes(page)["dice"] == "−0.950"
    assert changes(page)["hausdorff_mm"] == "–"
    put(page, pinned={"dice": 0.5, "iou": None})
    assert changes(page)["dice"] == "−0.500"
    assert changes(page)["iou"] == "–"
    press(page, "Unpin")
    assert get(page, "pinned") is None
    assert not unpin.is_visible()
    assert not page.problems


# ---- the picture --------------------------------------------------------------------------------


def test_image_and_masks_are_where_they_should_be(page):
    image = np.zeros((40, 50, 3), np.uint8)
    image[:20] = (250, 10, 20)
    truth, mask = np.zeros((2, 40, 50), bool)
    truth[5:35, 5:25] = True
    mask[5:35, 25:45] = True
    open_page(page, OverlapExplorer(truth, mask, image, spacing_mm=(2, 1), brush=0))

    def colour(row, column):
        box = page.locator(PICTURE).bounding_box()
        x, y = spot(page, row, column)
        return colour_at(page, PICTURE, x - box["x"], y - box["y"])[:3]

    page.wait_for_function(
        """([x, y]) => {
          const canvas = document.querySelector("#one .mk-overlap-picture");
          const box = canvas.getBoundingClientRect();
          const ratio = canvas.width / canvas.clientWidth;
          const at = [x - box.left, y - box.top].map((part) => part * ratio);
          return canvas.getContext("2d").getImageData(...at, 1, 1).data[0] === 250;
        }""",
        arg=spot(page, 2, 2),
    )
    assert colour(2, 2) == [250, 10, 20]
    assert colour(38, 48) == [0, 0, 0]
    page.mouse.click(*spot(page, 38, 2))
    assert np.argwhere(held(page)[:, :5]).tolist() == [[38, 2]]
    set_masks(page, mask=truth)
    red, green, _ = colour(30, 15)  # in both, filled over black
    assert red > 50
    assert green > 20
    press(page, "organ")
    next_frame(page)
    assert colour(1, 1) != [250, 10, 20]  # the image belongs to its own masks


def test_a_spacing_stretches_the_picture(page):
    open_page(page, OverlapExplorer(mask=np.zeros((60, 80)), scene="organ", brush=0))
    for spacing in ([3, 1], [0.5, 2], [1, 1]):
        put(page, spacing_mm=spacing)
        press(page, "Clear")
        for at in ((0, 0), (30, 41), (59, 79)):
            page.mouse.click(*spot(page, *at))
            assert held(page)[at]
        assert held(page).sum() == 3


def test_both_views_agree_whichever_was_used(page):
    open_page(page, OverlapExplorer())
    drag(page, (10, 10), (20, 30))
    page.mouse.move(1, 1)
    page.locator("#two .mk-overlap-picture").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("#two").get_by_role("button", name="Stray pixel").click()
    next_frame(page)
    assert shown(page) == shown(page, "two")
    assert pixels(page, PICTURE) == pixels(page, "#two .mk-overlap-picture")
    page.locator("#two").get_by_role("button", name="Undo").click()
    press(page, "Undo")
    press(page, "Undo")
    np.testing.assert_array_equal(held(page), OverlapExplorer().mask)
    assert page.locator("#two").get_by_role("button", name="Undo").is_disabled()


def test_it_fits_a_projector_and_nothing_leaks_or_jumps(page):
    page.set_viewport_size(bare_page.PROJECTOR)
    open_page(page, OverlapExplorer(np.ones((160, 160)), spacing_mm=(1.5, 2.25)))
    bare_page.check_fits(page)
    far = {"dice": 0.12345, "hausdorff_mm": 1e6, "volume_error": -99.99}
    bare_page.check_nothing_jumps(
        page,
        [
            {"pinned": far},
            {"spacing_mm": [1000, 1000]},
            {"spacing_mm": [0.001, 1000]},
            {"spacing_mm": [1000, 0.001]},
            {"erasing": True, "brush": 6},
            {"pinned": None},
        ],
    )
    for noise in (0.5, 0, 1):
        set_masks(page, mask=RNG.random((160, 160)) < noise, truth=RNG.random((160, 160)) < noise)
        bare_page.check_fits(page)
    bare_page.check_keys_are_kept(page, at_least=30)
    bare_page.check_nothing_leaks(page)
    set_masks(page, mask=np.ones((160, 160)))
    assert not page.problems


def test_the_picture_takes_the_colours_of_a_new_theme(page):
    open_page(page, OverlapExplorer())
    bare_page.check_follows_theme(page, [PICTURE])


# ---- JupyterLab ---------------------------------------------------------------------------------

CELL = """
import numpy as np
from medkit.widgets import OverlapExplorer
y, x = np.mgrid[-1:1:96j, -1:1:128j]
e = OverlapExplorer(np.hypot(x + 0.2, 1.3 * y) < 0.5, np.hypot(x + 0.1, 1.3 * y) < 0.5,
                    np.cos(4 * x) * np.cos(3 * y), spacing_mm=(1.5, 1))
e"""


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_in_jupyterlab_keys_and_mouse_move_the_mask_that_python_has(run_cells, screenshot, theme):
    page = run_cells(CELL, theme=theme)
    picture = page.locator(".mk-overlap-picture")
    picture.wait_for()
    before = float(labserver.ask_kernel(page, "start = e.mask; print(e.dice)"))
    picture.focus()
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowUp", "a", "b"):
        page.keyboard.press(key)
    wait_for_kernel(page, "np.array_equal(e.mask, np.roll(start, (-5, -2), (0, 1)))")
    box = picture.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    bare_page.drag_mouse(page, (x, y), (x + 60, y + 40), steps=12)
    wait_for_kernel(page, "e.mask.sum() > start.sum() + 20")
    page.keyboard.press("Control+z")  # the click took the focus
    wait_for_kernel(page, "e.mask.sum() == start.sum()")
    page.mouse.click(x, y, button="right")
    assert page.locator(".lm-Menu").count() == 0
    labserver.ask_kernel(page, "e.mask = start")
    page.locator(".mk-numbers output", has_text=f"{before:.3f}").first.wait_for()
    labserver.ask_kernel(page, "e.scene = 'two lesions'; e.pin()")
    page.locator(".mk-scenes [aria-pressed=true]", has_text="two lesions").wait_for()
    page.get_by_role("button", name="your own").click()
    wait_for_kernel(page, "e.scene is None and np.array_equal(e.mask, start)")
    page.get_by_role("button", name="Stray pixel").click()
    wait_for_kernel(page, "e.mask.sum() == start.sum() + 1")
    distance = labserver.ask_kernel(page, "print(f'{e.hausdorff_mm:.2f} mm')")
    page.locator(".mk-numbers output", has_text=distance).wait_for()
    assert page.locator(".jp-Cell").count() == 1  # no key became a shortcut that makes cells
    screenshot(f"overlap-{theme.lower()}")
    assert not page.problems


def wait_for_kernel(page, condition):
    """Ask Python until a condition holds there."""
    for _ in range(100):
        if labserver.ask_kernel(page, f"print({condition})") == "True":
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{condition} does not come true")
