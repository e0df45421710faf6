"""DetectionExplorer in the browser: its answers against Python's, mouse and keys, JupyterLab."""

import bare_page
import labserver
import numpy as np
import pytest
from bare_page import get, open_page, pixels, put

import medkit
from medkit.widgets import DetectionExplorer

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(320)
CLASSES = ("RBC", "WBC", "Platelets")
PICTURE, CURVE = "#one .mk-detected", "#one .mk-pr"


def random_case(images=4, candidates=60, objects=15, ties=True):
    """Boxes on whole numbers or not, near truths or not; some images have none of one or both.

    With ties many scores, IoUs and objects are equal, and many IoUs are exactly a threshold.
    """
    predictions, truths = [], []
    for image in range(images):
        k, m = (int(n * (RNG.choice([0, 0.4, 1]) if image else 1)) for n in (candidates, objects))
        corners = RNG.integers(0, 12 if ties else 40, (m + k, 2)).astype(float)
        boxes = np.hstack([corners, corners + RNG.integers(0, 6 if ties else 12, (m + k, 2))])
        if m:
            boxes[m::2] = boxes[RNG.integers(0, m, len(boxes[m::2]))]
            boxes[m::2, 2:] += RNG.integers(0, 3, (len(boxes[m::2]), 2))
        scores = RNG.random(k)
        if not ties:
            boxes[:, 2:] += RNG.random((m + k, 2))
        labels = RNG.integers(0, 3, m + k)
        if ties and m:
            boxes[: m // 2], labels[: m // 2] = boxes[m - m // 2 : m], labels[m - m // 2 : m]
        scores = np.round(scores, 1) if ties else scores
        predictions.append({"boxes": boxes[m:], "scores": scores, "labels": labels[m:]})
        truths.append({"boxes": boxes[:m], "labels": labels[:m]})
    return np.zeros((images, 60, 80, 1)), predictions, truths


def smears(n=3, spread=0.08):
    """Blood smears with three boxes or so on most of the cells, and some on nothing."""
    data = medkit.load("blood_smears", n=n, seed=1)
    rng = np.random.default_rng(5)
    predictions, truths = [], []
    for boxes, labels in zip(data.boxes, data.box_labels, strict=True):
        found = np.repeat(np.flatnonzero(rng.random(len(boxes)) < 0.9), 3)
        sides = np.tile(boxes[found, 2:] - boxes[found, :2], 2)
        made = boxes[found] + rng.normal(0, spread, sides.shape) * sides
        corner = rng.uniform(0, 190, (8, 2))
        made = np.vstack([made, np.hstack([corner, corner + rng.uniform(20, 60, (8, 2))])])
        classes = np.append(labels[found], rng.integers(0, 3, 8))
        scores = np.append(rng.beta(5, 2, len(found)), rng.beta(2, 4, 8))
        predictions.append({"boxes": made, "scores": scores, "labels": classes})
        truths.append({"boxes": boxes, "labels": labels})
    return data.images, predictions, truths


ASK = """(states) => {
  const { readScenes, suppress, judge, shownOf, countOf, curvePoints, averagePrecision } = t.widget;
  const scenes = readScenes(t.model);
  return states.map(([nms, limit, threshold, chosen]) => {
    const judged = scenes.map((scene) => judge(suppress(scene, nms), scene.truths, limit));
    const shown = judged.map((each) => shownOf(each, threshold, chosen));
    const counts = countOf(shown);
    const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
    const aps = [0, 1, 2].filter((label) => chosen < 0 || label === chosen).map((label) =>
      averagePrecision(curvePoints(judged, label), countOf(judged.map((each) => shownOf(each, 0, label))).objects));
    return {
      images: shown.map(({ boxes, missed }) => [boxes.map(({ index }) => index), boxes.map(({ outcome }) => outcome), missed.map(({ index }) => index)]),
      counts, ap: mean(aps.filter((value) => !Number.isNaN(value))),
    };
  });
}"""  # noqa: E501


def check_same(explorer, answer, case):
    """What the browser says equals what the properties say."""
    for explorer.image, (kept, outcomes, missed) in enumerate(answer["images"]):
        assert explorer.kept.tolist() == kept, case
        assert explorer.outcomes.tolist() == outcomes, case
        assert explorer.missed.tolist() == missed, case
    counts = answer["counts"]
    assert list(counts.values())[:4] == list(explorer.counts.values()), case
    assert counts["boxes"] == sum(len(kept) for kept, *_ in answer["images"])
    got = np.nan if answer["ap"] is None else answer["ap"]
    assert got == pytest.approx(explorer.average_precision, abs=1e-12, nan_ok=True), case


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("candidates", [0, 40, 300])
def test_answers_equal_pythons_in_random_states(page, ties, candidates):
    images = 2 if candidates == 300 else 4
    explorer = DetectionExplorer(*random_case(images, candidates, 20, ties))
    open_page(page, explorer)
    states = [
        [*(float(RNG.choice(c)) for c in CHOICES), int(RNG.integers(-1, 3))] for _ in range(12)
    ]
    for state, answer in zip(states, page.evaluate(ASK, states), strict=True):
        explorer.nms_threshold, explorer.iou_threshold, explorer.score_threshold, chosen = state
        explorer.shown_class = ("all", *CLASSES)[chosen + 1]
        check_same(explorer, answer, state)
    assert not page.problems


CHOICES = [0.1, 0.25, 0.5, 0.8, 1], [0.5, 0.6, 0.75, 0.95], [0.01, 0.3, 0.5, 0.7]


def shown(page):
    """The counts, of this image and of all, and the three numbers on the screen."""
    cells = page.locator("#one .mk-counts td").all_inner_texts()
    counts = [[int(cell) for cell in cells[i::2]] for i in range(2)]
    return *counts, page.locator("#one .mk-number output").all_inner_texts()


def check_screen(page, explorer):
    """The screen says what Python says."""
    here, everywhere, numbers = shown(page)
    outcomes = [list(explorer.outcomes).count(name) for name in NAMES]
    objects = explorer.truths[explorer.image]["labels"]
    if explorer.shown_class != "all":
        objects = objects[objects == CLASSES.index(explorer.shown_class)]
    missed = len(explorer.missed)
    assert here == [*outcomes, missed, len(explorer.kept), len(objects)]
    right, *wrong, missed = explorer.counts.values()
    total = right + sum(wrong)
    assert everywhere == [right, *wrong, missed, total, right + missed]
    wants = explorer.precision, explorer.recall, explorer.average_precision
    assert numbers == ["–" if np.isnan(want) else f"{want:.3f}" for want in wants]


NAMES = "true positive", "duplicate", "false positive"


def test_python_moves_picture_and_words(page):
    explorer = DetectionExplorer(*smears())
    open_page(page, explorer)
    check_screen(page, explorer)
    before = drawn(page)
    for change in (
        {"score_threshold": 0.612},
        {"nms_threshold": 1.0},
        {"iou_threshold": 0.75},
        {"image": 2},
        {"shown_class": "RBC"},
        {"shown_class": "WBC", "score_threshold": 0.99},
    ):
        put(page, **change)
        explorer.set_state(change)
        check_screen(page, explorer)
        after = drawn(page)
        assert after[0] != before[0], change
        assert (after[1] != before[1]) == ("image" not in change), change
        before = after
    words = page.locator("#one .mk-det").inner_text()
    assert "In 3 images: 0 WBC boxes for" in words
    assert "no box is shown" in words
    put(page, score_threshold=0.612)
    assert page.locator("#one input[type=range]").first.input_value() == "61"
    assert get(page, "score_threshold") == 0.612  # the slider's stop is not written back
    assert "score ≥ 0.612" in page.locator("#one .mk-det").inner_text()
    assert not page.problems


def drawn(page):
    return [pixels(page, chart) for chart in (PICTURE, CURVE)]


def test_sliders_answer_to_the_keyboard(page):
    explorer = DetectionExplorer(*smears())
    open_page(page, explorer)
    sliders = page.locator("#one input[type=range]")
    for number, name, key, times, want in (
        *[(0, "score_threshold", "ArrowRight", 3, 0.33), (0, "score_threshold", "End", 1, 0.99)],
        *[(0, "score_threshold", "Home", 1, 0.01), (1, "nms_threshold", "ArrowLeft", 2, 0.48)],
        *[(1, "nms_threshold", "End", 1, 1), (1, "nms_threshold", "Home", 1, 0.1)],
        *[(2, "iou_threshold", "ArrowUp", 3, 0.65), (2, "iou_threshold", "End", 1, 0.95)],
    ):
        sliders.nth(number).focus()
        for _ in range(times):
            page.keyboard.press(key)
        assert get(page, name) == want, (name, key)
        setattr(explorer, name, want)
        check_screen(page, explorer)
    texts = [slider.get_attribute("aria-valuetext") for slider in sliders.all()]
    assert texts == ["score ≥ 0.01", "removes IoU > 0.10", "IoU ≥ 0.95"]
    put(page, nms_threshold=1)
    assert sliders.nth(1).get_attribute("aria-valuetext") == "nothing removed"
    assert page.locator("#two input[type=range]").nth(1).input_value() == "100"
    assert not page.problems


def test_sliders_answer_to_the_mouse(page):
    explorer = DetectionExplorer(*smears())
    open_page(page, explorer)
    before = drawn(page)
    box = page.locator("#one input[type=range]").first.bounding_box()
    start = box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2
    bare_page.drag_mouse(page, start, (box["x"] + 0.7 * box["width"], box["y"] + 40))
    explorer.score_threshold = get(page, "score_threshold")
    assert 0.62 < explorer.score_threshold < 0.78
    check_screen(page, explorer)
    assert all(old != new for old, new in zip(before, drawn(page), strict=True))


def test_images_are_chosen_by_buttons_and_by_number(page):
    explorer = DetectionExplorer(*smears())
    open_page(page, explorer)
    back, forth = page.locator("#one button").all()
    field = page.locator("#one input[type=number]")
    for press, want in ((forth, 1), (forth, 2), (forth, 0), (back, 2)):
        press.click()
        assert get(page, "image") == want
        assert field.input_value() == str(want)
        explorer.image = want
        check_screen(page, explorer)
    back.focus()
    page.keyboard.press("Enter")
    assert get(page, "image") == 1
    for typed in ("7", "", "-1", "1.5"):
        field.fill(typed)
        assert field.get_attribute("aria-invalid") == "true"
        assert get(page, "image") == 1
    field.blur()
    assert field.input_value() == "1"
    assert field.get_attribute("aria-invalid") is None
    field.fill("2")
    assert get(page, "image") == 2
    assert not page.problems


def test_a_class_is_chosen_and_all_that_is_counted_is_of_it(page):
    explorer = DetectionExplorer(*smears())
    open_page(page, explorer)
    page.locator("#one input[type=radio]:checked").focus()
    for want in CLASSES:
        page.keyboard.press("ArrowRight")
        explorer.shown_class = want
        assert get(page, "shown_class") == want
        check_screen(page, explorer)
        title = page.locator("#one .mk-title").inner_text()
        assert title == f"Precision–recall curve {want}"
    assert "area under the curve, shaded" in page.locator("#one .mk-numbers").inner_text()
    page.keyboard.press("ArrowRight")
    words = page.locator("#one .mk-number").nth(2).inner_text().replace("\xa0", " ")
    assert "mAP at IoU 0.50" in words
    for name in CLASSES:
        explorer.shown_class = name
        assert f"{name} {explorer.average_precision:.2f}" in words


def test_one_class_needs_no_chooser(page):
    images, predictions, truths = smears()
    for each in (*predictions, *truths):
        del each["labels"]
    open_page(page, DetectionExplorer(images, predictions, truths, classes=("cell",)))
    assert page.locator("#one input[type=radio]").count() == 0
    words = page.locator("#one .mk-det").inner_text()
    assert "AP at IoU 0.50" in words
    assert "mAP" not in words


def by_hand(**state):
    """Four boxes and three objects with known IoUs, in an image that is shown in known size."""
    prediction = {
        "boxes": [[0, 0, 40, 40], [0, 0, 40, 36], [50, 0, 90, 40], [50, 60, 90, 100]],
        "scores": [0.9, 0.8, 0.7, 0.6],
        "labels": [0, 0, 1, 0],
    }
    boxes = [[0, 0, 40, 40], [50, 0, 90, 40], [0, 60, 40, 100]]
    truth = {"boxes": boxes, "labels": [0, 0, 2]}
    images = np.full((1, 100, 120, 3), 128, np.uint8)
    return DetectionExplorer(images, [prediction], [truth], nms_threshold=1.0, **state)


def hover(page, y, x):
    """Point at a place in pixels of the 100 × 120 image."""
    box = page.locator(PICTURE).bounding_box()
    unit = box["width"] / 120
    page.mouse.move(box["x"] + x * unit, box["y"] + y * unit)
    return page.locator("#one .mk-under").inner_text()


def test_the_box_under_the_mouse_is_described(page):
    open_page(page, by_hand())
    assert hover(page, 20, 50).startswith("Point at a box to read about it")
    for place, head, why in (
        ((20, 39.5), "RBC, score 0.90: true positive.", "IoU 1.00 with its object."),
        ((20, 35.5), "RBC, score 0.80: duplicate.", "IoU 0.90 with an object that a box of score"),
        ((70, 20), "WBC, score 0.70: false positive.", "Right place, wrong class: IoU 1.00 wit"),
        ((70, 80), "RBC, score 0.60: false positive.", "It touches no RBC."),
        ((20, 80), "Missed Platelets.", "No Platelets box here touches it."),
    ):
        words = hover(page, *place)
        assert words.startswith(head), place
        assert why in words, place
    assert "score 0.90 has found" in hover(page, 20, 35.5)
    page.mouse.move(5, 5)
    assert "Point at a box" in page.locator("#one .mk-under").inner_text()
    assert not page.problems


def test_arrow_keys_go_from_box_to_box(page):
    open_page(page, by_hand())
    canvas = page.locator(PICTURE)
    assert canvas.get_attribute("data-lm-suppress-shortcuts") == "true"
    canvas.focus()
    under, heads = page.locator("#one .mk-under"), []
    for key in [*["ArrowRight"] * 7, "ArrowUp"]:
        page.keyboard.press(key)
        heads.append(under.locator("b").inner_text())
    scores = [head.split("score ")[1][:4] if "score" in head else head for head in heads]
    missed = ["Missed RBC.", "Missed Platelets."]
    assert scores == ["0.90", "0.80", "0.70", "0.60", *missed, "0.90", missed[1]]
    put(page, score_threshold=0.95)  # what is pointed at stays, as long as it is shown
    assert under.inner_text().startswith("Missed Platelets")
    page.keyboard.press("Escape")
    assert under.inner_text().startswith("Point at a box")
    page.keyboard.press("ArrowLeft")
    put(page, shown_class="RBC")
    assert under.inner_text().startswith("Point at a box")
    put(page, shown_class="WBC")
    assert under.inner_text().startswith("At this setting there is no box")
    page.keyboard.press("ArrowRight")
    assert not page.problems


HUES = {"true positive": "#0072b2", "duplicate": "#e69f00", "false positive": "#d55e00"}
HUES["missed"] = "#009e73"
RUNS = """(canvas, [hue, x, top, bottom]) => {
  const unit = canvas.width / 120, want = [1, 3, 5].map((i) => parseInt(hue.slice(i, i + 2), 16));
  const [from, to] = [(top + 9) * unit, (bottom - 9) * unit];
  const { data } = canvas.getContext("2d").getImageData(Math.round(x * unit), from, 1, to - from);
  const hit = (y) => want.every((value, i) => Math.abs(value - data[4 * y + i]) < 60);
  const runs = [];
  for (let y = 0; y < data.length / 4; y++) {
    if (hit(y)) runs.push(y && hit(y - 1) ? runs.pop() + 1 : 1);
  }
  return runs.slice(1, -1).length ? runs.slice(1, -1) : runs; // the ends are cut
}"""


def test_each_outcome_has_its_colour_and_its_line(page):
    open_page(page, by_hand())
    picture = page.locator(PICTURE)
    sides = {
        "true positive": (40, 0, 40),
        "duplicate": (36, 0, 40),
        "false positive": (60, 50, 90),
        "missed": (60, 0, 40),
    }
    runs = {name: picture.evaluate(RUNS, [HUES[name], *side]) for name, side in sides.items()}
    assert len(runs["true positive"]) == 1  # one line
    assert runs["true positive"][0] > 70
    duplicate = np.array(runs["duplicate"])  # dashes and dots in turn
    long = duplicate > 6
    assert (long[1:] != long[:-1]).all(), duplicate
    assert duplicate[long].min() >= 2 * duplicate[~long].max()
    assert set(runs["false positive"]) <= {5, 6, 7}  # dashes
    assert set(runs["missed"]) <= {1, 2, 3}  # dots
    assert min(len(runs[name]) for name in list(sides)[1:]) > 3


def test_the_point_is_dragged_along_the_curve(page):
    explorer = DetectionExplorer(*smears())
    open_page(page, explorer)
    box = page.locator(CURVE).bounding_box()
    left, wide = box["x"] + 46, box["width"] - 56
    y = box["y"] + 20
    bare_page.drag_mouse(page, (left + 0.4 * wide, y), (left + 0.5 * wide, y))
    explorer.score_threshold = get(page, "score_threshold")
    assert explorer.recall == pytest.approx(0.5, abs=0.1)
    check_screen(page, explorer)
    place = 46 + explorer.recall * wide, 8 + (1 - explorer.precision) * (box["height"] - 46)
    assert bare_page.colour_at(page, CURVE, *place) == [0xCC, 0x79, 0xA7, 255]


def test_no_boxes_and_no_objects_are_said_in_words(page):
    empty = {"boxes": [], "scores": []}
    open_page(page, DetectionExplorer(np.zeros((1, 20, 20, 1)), [empty], [{"boxes": []}]))
    assert shown(page) == ([0] * 6, [0] * 6, ["–"] * 3)
    words = page.locator("#one .mk-det").inner_text()
    assert words.count("there is no object") == 2
    assert "In 1 image: 0 boxes for 0 objects." in words
    assert "all images" in words
    page.locator(PICTURE).focus()
    page.keyboard.press("ArrowRight")
    page.locator(PICTURE).hover()
    page.locator(CURVE).click()
    assert get(page, "score_threshold") == 0.3
    assert not page.problems


def test_it_fits_a_projector_and_nothing_leaks_or_jumps(page):
    page.set_viewport_size(bare_page.PROJECTOR)
    open_page(page, DetectionExplorer(*smears()))
    page.wait_for_timeout(100)
    bare_page.check_fits(page)
    changes = [
        *[{"score_threshold": 0.01}, {"nms_threshold": 1}, {"shown_class": "Platelets"}],
        *[{"iou_threshold": 0.95}, {"score_threshold": 0.1234}, {"image": 1}],
    ]
    bare_page.check_nothing_jumps(page, changes)
    bare_page.check_keys_are_kept(page)
    bare_page.check_nothing_leaks(page)
    put(page, score_threshold=0.4)
    assert not page.problems


@pytest.mark.parametrize("size", [(200, 200), (320, 100), (90, 400)])
def test_a_picture_of_any_shape_keeps_its_proportions(page, size):
    image = RNG.integers(0, 256, (1, *size, 3), np.uint8)
    open_page(page, DetectionExplorer(image, [{"boxes": [], "scores": []}], [{"boxes": []}]))
    box = page.locator(PICTURE).bounding_box()
    assert box["width"] / box["height"] == pytest.approx(size[1] / size[0], rel=0.02)
    assert box["height"] <= 433


def test_the_charts_take_the_colours_of_a_new_theme(page):
    open_page(page, DetectionExplorer(*smears()))
    bare_page.check_follows_theme(page, [CURVE])


CELL = """
import numpy as np
import medkit
from medkit.widgets import DetectionExplorer
data, rng = medkit.load("blood_smears", n=6, seed=1), np.random.default_rng(3)
predictions, truths = [], []
for boxes, labels in zip(data.boxes, data.box_labels):
    found = np.repeat(np.flatnonzero(rng.random(len(boxes)) < 0.9), 3)
    sides = np.tile(boxes[found, 2:] - boxes[found, :2], 2)
    made = boxes[found] + rng.normal(0, 0.08, sides.shape) * sides
    predictions.append({"boxes": made, "scores": rng.beta(5, 2, len(found)), "labels": labels[found]})
    truths.append({"boxes": boxes, "labels": labels})
e = DetectionExplorer(data.images, predictions, truths)
e"""  # noqa: E501


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_in_jupyterlab_keys_and_python_move_the_same_thresholds(run_cells, screenshot, theme):
    page = run_cells(CELL, theme=theme)
    slider = page.locator(".mk-det input[type=range]").first
    slider.wait_for()
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.locator(".mk-detected").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    answer = labserver.ask_kernel(page, "print(e.score_threshold, *e.counts.values())").split()
    assert float(answer[0]) == 0.34
    cells = page.locator(".mk-counts td").all_inner_texts()
    assert cells[1:8:2] == answer[1:]
    labserver.ask_kernel(page, "e.nms_threshold = 1; e.image = 3")
    page.locator(".mk-det output", has_text="nothing removed").wait_for()
    assert page.locator(".mk-det input[type=number]").input_value() == "3"
    assert page.locator(".jp-Cell").count() == 1  # no key became a shortcut that makes cells
    screenshot(f"detection-{theme.lower()}")
    assert not page.problems
