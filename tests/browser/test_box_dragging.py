"""BoxExplorer in the browser: its numbers against Python's, mouse, touch and keys, JupyterLab."""

import bare_page
import labserver
import numpy as np
import pytest
from bare_page import get, open_page, pixels, put

from medkit.widgets import BoxExplorer

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(32)
SCENE = "#one .mk-scene"
FIRST, SECOND = [20, 40, 70, 100], [40, 60, 100, 110]  # with which a grid begins


def random_box(shape, whole):
    """Return a box in the image; one in four has no height, one in four no width."""
    y, x = (np.sort(RNG.random(2) * side) for side in shape)
    y[1], x[1] = (low if RNG.random() < 0.25 else high for low, high in (y, x))
    box = np.array([y[0], x[0], y[1], x[1]])
    return (box.round() if whole else box).tolist()


def by_hand(box, shape):
    """The four formats, written in Python."""
    top, left, bottom, right = box
    height, width = bottom - top, right - left
    rows, columns = shape
    return {
        "medkit": [top, left, bottom, right],
        "VOC": [left, top, right, bottom],
        "COCO": [left, top, width, height],
        "YOLO": [
            *((left + width / 2) / columns, (top + height / 2) / rows),
            *(width / columns, height / rows),
        ],
    }


def test_numbers_and_formats_equal_pythons_on_random_boxes(page):
    shape = (240, 320)
    explorer = BoxExplorer(np.zeros(shape))
    open_page(page, explorer)
    pairs = [[random_box(shape, n % 2), random_box(shape, n % 2)] for n in range(120)]
    pairs += [[first, first] for first, _ in pairs[:20]]
    answers = page.evaluate(
        """([pairs, shape]) => pairs.map(([first, second]) => [
          t.widget.compare(first, second), t.widget.formats(first, shape)])""",
        [pairs, shape],
    )
    assert sum(answer["union"] == 0 for answer, _ in answers) > 3
    assert sum(answer["intersection"] > 0 for answer, _ in answers) > 20
    for (explorer.first, explorer.second), (answer, formats) in zip(pairs, answers, strict=True):
        assert answer["iou"] == pytest.approx(explorer.iou, abs=1e-12)
        assert answer["giou"] == pytest.approx(explorer.giou, abs=1e-12)
        assert answer["distance"] == pytest.approx(explorer.centre_distance, abs=1e-9)
        want = by_hand(explorer.first, shape)
        for who, _, numbers in formats:
            np.testing.assert_allclose([number for _, number in numbers], want[who], atol=1e-12)
    assert [list(dict(parts)) for *_, parts in formats] == [
        ["y_min", "x_min", "y_max", "x_max"],
        ["x_min", "y_min", "x_max", "y_max"],
        ["x", "y", "width", "height"],
        ["x centre", "y centre", "width", "height"],
    ]


def cards(page):
    """What the right side says: {title: its words}."""
    words = page.locator("#one .mk-count").all_inner_texts()
    return {text.split("\n")[0]: " ".join(text.split()) for text in words}


def verdict(page):
    return " ".join(page.locator("#one .mk-verdict").inner_text().split())


def formats(page):
    """What the table says: the name of the box, and {format: its four numbers as text}."""
    rows = page.locator("#one .mk-formats tr")
    return page.locator("#one .mk-formats caption").inner_text().split(" in ")[0], {
        row.locator("th").evaluate("th => th.firstChild.textContent"): row.locator(
            "output"
        ).all_inner_texts()
        for row in rows.all()
    }


def test_the_fraction_is_written_with_its_numbers(page):
    open_page(page, BoxExplorer())
    words = cards(page)
    assert "0.250 = intersection 1,200 px² / union 4,800 px²" in words["IoU"]
    assert "truth + prediction − intersection = 3,000 + 3,000 − 1,200 = 4,800" in words["IoU"]
    assert "0.107 = 0.250 − empty 800 px² / enclosing box 5,600 px²" in words["GIoU"]
    assert "enclosing box − union = 5,600 − 4,800 = 800" in words["GIoU"]
    distance = words["Distance of the centres"]
    assert "29.2 px = √(25² + 15²) prediction is 25 px down and 15 px right of truth" in distance
    assert verdict(page) == "✗ A detection counts at IoU ≥ 0.5: this one would not."
    name, numbers = formats(page)
    assert name == "truth"
    assert numbers == {
        "medkit": ["20", "40", "70", "100"],
        "VOC": ["40", "20", "100", "70"],
        "COCO": ["40", "20", "60", "50"],
        "YOLO": ["0.4375", "0.3750", "0.3750", "0.4167"],
    }
    put(page, iou_threshold=0.25)
    assert verdict(page) == "✓ A detection counts at IoU ≥ 0.25: this one would."
    assert not page.problems


def test_without_an_area_there_is_nothing_to_divide_by(page):
    open_page(page, BoxExplorer(first=[30, 30, 30, 30], second=[30, 30, 30, 90]))
    words = cards(page)
    assert "0.000 nothing to divide by: the union has no area" in words["IoU"]
    assert "0.000 nothing to divide by: the enclosing box has no area" in words["GIoU"]
    put(page, second=[50, 50, 50, 90])
    words = cards(page)
    assert "nothing to divide by: the union has no area" in words["IoU"]
    assert "−1.000 = 0.000 − empty 1,200 px² / enclosing box 1,200 px²" in words["GIoU"]
    assert verdict(page).endswith("would not.")
    assert not page.problems


def test_a_number_never_seems_to_be_the_threshold_when_it_is_not(page):
    open_page(page, BoxExplorer(np.zeros((480, 640)), first=[0, 0, 480, 640]))
    put(page, second=[0, 0, 240, 640])
    assert cards(page)["IoU"].startswith("IoU 0.500 =")
    assert verdict(page).endswith("this one would.")
    put(page, second=[0, 0, 239.9, 640])
    assert cards(page)["IoU"].startswith("IoU 0.4998 =")
    assert verdict(page).endswith("would not.")
    put(page, second=[0, 0, 479.9, 640])
    assert cards(page)["IoU"].startswith("IoU 0.9998 =")


def spot(page, y, x):
    """Where an image pixel edge is on the page; the first boxes of a grid are known."""
    place = page.locator("#one .mk-place").first.bounding_box()
    top, left, bottom, right = get(page, "first")
    unit = place["height"] / (bottom - top)
    assert place["width"] == pytest.approx(unit * (right - left), abs=0.1)
    return place["x"] + (x - left) * unit, place["y"] + (y - top) * unit


def drag(page, start, end):
    """Drag with the mouse from one [y, x] of the image to another, in steps."""
    bare_page.drag_mouse(page, spot(page, *start), spot(page, *end))


@pytest.mark.parametrize(
    ("start", "end", "name", "want"),
    [
        ((30, 50), (45, 40), "first", [35, 30, 85, 90]),  # the inside moves it
        ((85, 80), (80, 90), "second", [35, 70, 95, 120]),  # also that of the box behind
        ((20, 40), (25, 50), "first", [25, 50, 70, 100]),  # corners
        ((20, 100), (10, 95), "first", [10, 40, 70, 95]),
        ((70, 40), (80, 45), "first", [20, 45, 80, 100]),
        ((100, 110), (110, 120), "second", [40, 60, 110, 120]),
        ((20, 70), (0, 90), "first", [0, 40, 70, 100]),  # sides, wherever they are held
        ((35, 40), (60, 45), "first", [20, 45, 70, 100]),
        ((50, 100), (50, 121.4), "first", [20, 40, 70, 121]),
        ((70, 55), (77.6, 55), "first", [20, 40, 78, 100]),
        ((30, 50), (300, -90), "first", [70, 0, 120, 60]),  # it stays in the image
        ((100, 85), (200, 85), "second", [40, 60, 120, 110]),
        ((20, 40), (90, 140), "first", [70, 100, 70, 100]),  # it never turns inside out
        ((100, 110), (10, 10), "second", [40, 60, 40, 60]),
        ((45, 110), (45, 0), "second", [40, 60, 100, 60]),
        ((110, 20), (60, 80), "first", FIRST),  # beside the boxes there is nothing to take
    ],
)
def test_the_mouse_moves_and_resizes(page, start, end, name, want):
    explorer = BoxExplorer()
    open_page(page, explorer)
    drag(page, start, end)
    assert get(page, name) == want
    other = {"first": "second", "second": "first"}[name]
    assert get(page, other) == {"first": FIRST, "second": SECOND}[other]
    setattr(explorer, name, want)
    sign = f"{explorer.iou:.3f}"
    assert cards(page)["IoU"].startswith(f"IoU {sign} ")
    assert cards(page)["GIoU"].startswith(f"GIoU {explorer.giou:.3f} ".replace("-", "−"))
    assert formats(page)[1]["medkit"] == [str(at) for at in want]
    if want != FIRST:
        assert formats(page)[0] == {"first": "truth", "second": "prediction"}[name]
    before = get(page, name)
    page.mouse.move(*spot_of_scene(page))
    assert get(page, name) == before  # it was let go
    assert not page.problems


def spot_of_scene(page):
    box = page.locator(SCENE).bounding_box()
    return box["x"] + 200, box["y"] + 200


def test_a_box_shrunk_to_nothing_is_drawn_out_again(page):
    open_page(page, BoxExplorer(first=[20, 40, 70, 100], second=[10, 10, 10, 10]))
    for start, end, want in [
        ((11.5, 12), (30, 35), [10, 10, 28, 33]),  # beside the point: its corner
        ((11, 8), (5, 2), [5, 4, 28, 33]),
    ]:
        drag(page, start, end)
        assert get(page, "second") == pytest.approx(want, abs=1)
    put(page, second=[100, 20, 100, 20])
    drag(page, (100, 20), (90, 50))  # the point itself moves
    assert get(page, "second") == [90, 50, 90, 50]


def test_the_right_button_and_a_mere_hover_change_nothing(page):
    open_page(page, BoxExplorer())
    page.mouse.move(*spot(page, 30, 50))
    page.mouse.move(*spot(page, 60, 80))
    page.mouse.move(*spot(page, 30, 50))
    page.mouse.down(button="right")
    page.mouse.move(*spot(page, 60, 80))
    page.mouse.up(button="right")
    assert [get(page, "first"), get(page, "second")] == [FIRST, SECOND]
    assert page.evaluate("window.saves ?? 0") == 0


def test_the_pointer_says_what_it_would_do(page):
    open_page(page, BoxExplorer())
    for at, want in [
        *[((30, 50), "move"), ((20, 40), "nwse-resize"), ((20, 100), "nesw-resize")],
        *[((20, 60), "ns-resize"), ((50, 40), "ew-resize"), ((110, 20), "default")],
    ]:
        page.mouse.move(*spot(page, *at))
        assert page.locator(SCENE).evaluate("(canvas) => canvas.style.cursor") == want


def test_a_finger_drags_and_has_more_room(new_page):
    page = new_page(has_touch=True)
    open_page(page, BoxExplorer())
    touch = page.context.new_cdp_session(page)
    x, y = spot(page, 65.5, 95.5)  # 13 CSS pixels beside the corner
    steps = [("touchStart", 0), ("touchMove", 10), ("touchMove", 20), ("touchEnd", None)]
    for kind, way in steps:
        points = [] if way is None else [{"x": x + way, "y": y + way}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    first = get(page, "first")
    assert first[:2] == [20, 40]
    assert first[2] - 70 == first[3] - 100 > 3
    assert not page.problems


def test_keys_move_and_resize_and_stop_at_the_ends(page):
    open_page(page, BoxExplorer())
    for which, name in enumerate(("first", "second")):
        place = page.locator("#one .mk-place").nth(which)
        assert place.get_attribute("data-lm-suppress-shortcuts") == "true"
        place.focus()
        assert formats(page)[0] == ("truth", "prediction")[which]
        put(page, **{name: [20, 30, 50, 70]})
        for key, want in [
            *[("ArrowRight", [20, 31, 50, 71]), ("ArrowUp", [19, 31, 49, 71])],
            *[("Shift+ArrowRight", [19, 31, 49, 72]), ("Shift+ArrowDown", [19, 31, 50, 72])],
            *[("Shift+ArrowUp", [19, 31, 49, 72]), ("Shift+ArrowLeft", [19, 31, 49, 71])],
            *[("PageUp", [9, 31, 39, 71]), ("PageUp", [0, 31, 30, 71])],
            *[("PageDown", [10, 31, 40, 71]), ("Home", [10, 21, 40, 61])],
            *[("End", [10, 31, 40, 71]), ("ArrowLeft", [10, 30, 40, 70])],
            *[("Shift+PageUp", [10, 30, 30, 70]), ("Shift+PageUp", [10, 30, 20, 70])],
            *[("Shift+PageUp", [10, 30, 10, 70]), ("Shift+ArrowUp", [10, 30, 10, 70])],
            *[("Shift+End", [10, 30, 10, 80]), ("a", [10, 30, 10, 80])],
        ]:
            page.keyboard.press(key)
            assert get(page, name) == want, key
        assert "y 10 to 10, x 30 to 80" in place.get_attribute("aria-label")


def test_a_box_between_pixels_is_put_on_pixels_by_the_hand_alone(page):
    open_page(page, BoxExplorer(first=[20.4, 40.5, 70.6, 99.7]))
    assert formats(page)[1]["medkit"] == ["20.4", "40.5", "70.6", "99.7"]
    page.locator("#one .mk-place").first.focus()
    assert get(page, "first") == [20.4, 40.5, 70.6, 99.7]
    page.keyboard.press("ArrowDown")
    assert get(page, "first") == [21, 41, 72, 100]


def test_a_click_takes_the_focus_so_that_keys_follow(page):
    open_page(page, BoxExplorer())
    page.mouse.click(*spot(page, 90, 90))
    page.keyboard.press("ArrowLeft")
    assert get(page, "second") == [40, 59, 100, 109]
    assert get(page, "first") == FIRST


@pytest.mark.parametrize(
    ("name", "iou", "giou"),
    [
        *[("Same", 1, 1), ("Touching", 0, 0), ("Nested", 0.25, 0.25)],
        *[("Apart", 0, -0.82), ("Half", 0.5, 0.5)],
    ],
)
@pytest.mark.parametrize("shape", [None, (12, 30), (480, 640), (333, 77)])
def test_presets_are_saved_once_and_keep_their_promise(page, name, iou, giou, shape):
    explorer = BoxExplorer(None if shape is None else np.zeros(shape))
    open_page(page, explorer)
    button = page.locator("#one").get_by_role("button", name=name)
    button.click()
    assert page.evaluate("window.saves") == 1
    explorer.first, explorer.second = get(page, "first"), get(page, "second")
    assert explorer.iou == iou  # to the last digit: half counts at 0.5
    assert explorer.giou == pytest.approx(giou)
    assert verdict(page).endswith("would." if iou >= 0.5 else "would not.")
    assert str(iou) not in button.get_attribute("title")
    assert not page.problems


def test_what_python_sets_is_drawn(page):
    open_page(page, BoxExplorer())
    page.wait_for_timeout(200)
    seen = {pixels(page, SCENE)}
    changes = [{"first": [0, 0, 9, 9]}, {"second": [50, 50, 90, 90]}, {"names": ["here", "there"]}]
    for number, change in enumerate(changes, 2):
        put(page, **change)
        seen.add(pixels(page, SCENE))
        assert len(seen) == number, change
    assert formats(page)[0] == "there"  # the box that was moved last
    assert "there is 65.5 px down and 65.5 px right of here" in " ".join(cards(page).values())
    assert pixels(page, "#two .mk-scene") == pixels(page, SCENE)


def test_intersection_hull_and_image_are_where_they_should_be(page):
    image = np.zeros((120, 160, 3), np.uint8)
    image[:60, :80] = (250, 10, 20)
    open_page(page, BoxExplorer(image))
    page.wait_for_timeout(300)
    scene = page.locator(SCENE).bounding_box()

    def colour(y, x):
        """The mean colour of the pixels around a place in the image."""
        at = [a - scene[side] for a, side in zip(spot(page, y, x), "xy", strict=True)]
        return page.locator(SCENE).evaluate(
            """(canvas, [x, y]) => {
              const { data } = canvas.getContext("2d").getImageData(x - 6, y - 6, 12, 12);
              return [0, 1, 2].map((c) => data.filter((_, i) => i % 4 === c)
                .reduce((a, b) => a + b, 0) / 144);
            }""",
            at,
        )

    assert colour(10, 10) == [250, 10, 20]
    assert colour(110, 150) == [0, 0, 0]
    assert colour(30, 50) == [250, 10, 20]  # in the first box alone
    red, _, blue = colour(62, 90)  # what both share is blue
    assert blue > 60
    assert red < 5
    grey = colour(92, 48)  # in the enclosing box, and in neither of the two
    assert min(grey) > 30
    assert max(grey) - min(grey) < 3


def test_it_fits_a_projector_and_nothing_leaks_or_jumps(page):
    page.set_viewport_size(bare_page.PROJECTOR)
    open_page(page, BoxExplorer(np.zeros((480, 640, 3), np.uint8)))
    page.wait_for_timeout(200)
    bare_page.check_fits(page)
    changes = [
        {"first": [0, 0, 480, 640], "second": [0, 0, 480, 640]},
        {"first": [479, 639, 480, 640], "second": [0, 0, 0, 0]},
        {"first": [0, 0, 0, 0]},
        {"iou_threshold": 0.123456},
    ]
    bare_page.check_nothing_jumps(page, changes)
    bare_page.check_keys_are_kept(page)
    bare_page.check_nothing_leaks(page)
    put(page, first=[0, 0, 10, 10])
    assert not page.problems


def test_the_picture_takes_the_colours_of_a_new_theme(page):
    open_page(page, BoxExplorer())
    bare_page.check_follows_theme(page, [SCENE])


CELL = """
import numpy as np
from medkit.widgets import BoxExplorer
y, x = np.mgrid[-1:1:240j, -1:1:320j]
e = BoxExplorer(np.stack([np.cos(3 * x), np.cos(4 * y), x * y], -1))
e"""


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_in_jupyterlab_keys_mouse_and_python_move_the_same_boxes(run_cells, screenshot, theme):
    page = run_cells(CELL, theme=theme)
    page.locator(".mk-scene").wait_for()
    place = page.locator(".mk-place").first
    place.focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    box = page.locator(".mk-place").nth(1).bounding_box()
    x, y = box["x"] + box["width"] - 30, box["y"] + box["height"] - 30
    bare_page.drag_mouse(page, (x, y), (x + 20, y))
    page.keyboard.press("ArrowUp")  # the click took the focus
    page.wait_for_timeout(300)
    first, moved, iou = labserver.ask_kernel(
        page, "print(e.first, e.second, e.iou, sep=';')"
    ).split(";")
    assert first == "[41.0, 81.0, 142.0, 201.0]"
    top, left, _, _ = (float(number) for number in moved[1:-1].split(","))
    assert top == 79
    assert left > 125
    assert page.locator(".mk-count output").first.inner_text() == f"{float(iou):.3f}"
    labserver.ask_kernel(page, "e.second = e.first")
    page.locator(".mk-count output", has_text="1.000").first.wait_for()
    labserver.ask_kernel(page, "e.second = [60, 120, 170, 280]")
    assert page.locator(".jp-Cell").count() == 1  # no key became a shortcut that makes cells
    page.wait_for_timeout(300)
    screenshot(f"boxes-{theme.lower()}")
    assert not page.problems
