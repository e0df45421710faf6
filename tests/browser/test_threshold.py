"""ThresholdExplorer in the browser: its numbers against Python's, mouse and keys, JupyterLab."""

import bare_page
import labserver
import numpy as np
import pytest
from bare_page import get, open_page, pixels, put

from medkit.metrics import roc_curve
from medkit.widgets import ThresholdExplorer

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(13)
NUMBERS = ("sensitivity", "specificity", "precision", "negative_predictive_value", "accuracy", "f1")
SCORES, CURVE = "#one .mk-chart >> nth=0", "#one .mk-chart >> nth=1"


def cases(count=500, ties=False):
    y_true = np.arange(count) % 5 == 0
    y_score = 1 / (1 + np.exp(-RNG.normal(3 * y_true - 1.5, 1.3)))
    return y_true, np.round(y_score, 1) if ties else y_score


ASK = """(states) => {
  const { confusion, rescale, fractions, readCases, curvePoints, area } = t.widget;
  const groups = readCases(t.model), points = curvePoints(groups);
  return [area(points), points, states.map(([threshold, prevalence]) => {
    const counts = confusion(groups, threshold);
    return [counts, rescale(counts, prevalence), fractions(counts, prevalence)];
  })];
}"""


@pytest.mark.parametrize("ties", [True, False])
def test_numbers_equal_pythons_in_random_states(page, ties):
    for count in (5, 40, 700):
        explorer = ThresholdExplorer(*cases(count, ties))
        open_page(page, explorer)
        cuts = [*RNG.choice(explorer.y_score, 15), *RNG.random(10), 0.0, 1.5, -0.5]
        states = [[float(cut), RNG.choice([None, RNG.random()])] for cut in cuts]
        auc, points, answers = page.evaluate(ASK, states)
        assert auc == pytest.approx(explorer.auc, abs=1e-12)
        wrong, found, thresholds = roc_curve(explorer.y_true, explorer.y_score)
        n, p = explorer.confusion.sum(1)
        np.testing.assert_allclose([point["fp"] / n for point in points], wrong)
        np.testing.assert_allclose([point["tp"] / p for point in points], found)
        np.testing.assert_array_equal([point["threshold"] for point in points[1:]], thresholds[1:])
        for (explorer.threshold, explorer.prevalence), answer in zip(states, answers, strict=True):
            counts, people, parts = answer
            assert list(counts.values()) == explorer.confusion.ravel().tolist()
            if explorer.prevalence is not None:
                want = explorer.confusion_per_1000.ravel()
                np.testing.assert_allclose(list(people.values()), want)
            for name in NUMBERS:
                part, whole = parts[name]
                want = getattr(explorer, name)
                assert (part / whole if whole else np.nan) == pytest.approx(want, nan_ok=True), name


def shown(page):
    """The four counts and the six numbers on the screen, as the text there says them."""
    board = page.locator("#one .mk-board")
    counts = board.locator("td output").all_inner_texts()
    cards = board.locator(".mk-card").all_inner_texts()
    return counts, {card.split("\n")[0]: card.split("\n")[1:] for card in cards}


def test_the_screen_says_what_python_says(page):
    explorer = ThresholdExplorer(*cases(), names=("benign", "malignant"))
    open_page(page, explorer)
    for threshold, prevalence in ((0.5, None), (0.2, 0.01), (0.73, 0.4)):
        put(page, threshold=threshold, prevalence=prevalence)
        explorer.threshold, explorer.prevalence = threshold, prevalence
        counts, cards = shown(page)
        people = explorer.confusion if prevalence is None else explorer.confusion_per_1000
        got = [float(count.replace(",", "")) for count in counts]
        np.testing.assert_allclose(got, people.ravel(), atol=0.05)
        titles = ("Sensitivity (recall)", "Specificity", "Precision (PPV)", "NPV", "Accuracy")
        for title, name in zip(titles, NUMBERS, strict=False):
            value = float(cards[title][0].removesuffix(" %"))
            assert value == pytest.approx(100 * getattr(explorer, name), rel=5e-3), name
        assert float(cards["F1 score"][0]) == pytest.approx(explorer.f1, abs=5e-4)
        assert "called “malignant” are right" in cards["Precision (PPV)"][1]
        assert f"area {explorer.auc:.3f}" in page.locator("#one .mk-title").nth(1).inner_text()
    assert page.locator("#one tr").nth(2).inner_text().startswith("malignant")
    assert "of 1,000 people" in page.locator("#one .mk-says").inner_text()
    assert not page.problems


def test_wrong_calls_are_hatched_in_the_table_too(page):
    open_page(page, ThresholdExplorer(*cases()))
    look = "keys => keys.map((key) => getComputedStyle(key).backgroundImage.split('(')[0])"
    keys = page.locator("#one .mk-cell .mk-key")
    assert keys.evaluate_all(look) == ["none", *["repeating-linear-gradient"] * 2, "none"]
    colours = keys.evaluate_all("keys => keys.map((key) => getComputedStyle(key).borderColor)")
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_undefined_numbers_are_dashes_with_the_reason(page):
    open_page(page, ThresholdExplorer(*cases(), threshold=1.01, curve="PR"))
    _, cards = shown(page)
    assert cards["Precision (PPV)"] == ["–", "nobody is called “finding”"]
    assert cards["NPV"][0] == "80 %"
    assert "nobody" in page.locator("#one .mk-says").inner_text()
    assert "no point" in page.locator("#one .mk-title").nth(1).inner_text()
    put(page, threshold=-1, prevalence=0.05)
    _, cards = shown(page)
    assert cards["NPV"] == ["–", "nobody is called “no finding”"]
    assert cards["Precision (PPV)"][0] == "5 %"
    assert not page.problems


def test_keys_move_the_threshold_and_stop_at_the_ends(page):
    open_page(page, ThresholdExplorer(*cases()))
    canvas = page.locator(SCORES)
    assert canvas.get_attribute("data-lm-suppress-shortcuts") == "true"
    canvas.focus()
    for key, want in [
        *[("ArrowRight", 0.51), ("ArrowUp", 0.52), ("PageUp", 0.62), ("ArrowLeft", 0.61)],
        *[("PageDown", 0.51), ("Shift+ArrowLeft", 0.41), ("Home", 0), ("ArrowLeft", 0)],
        *[("End", 1.01), ("ArrowRight", 1.01), ("ArrowDown", 1)],
    ]:
        page.keyboard.press(key)
        assert get(page, "threshold") == want, key
        assert float(canvas.get_attribute("aria-valuenow")) == want
    assert canvas.get_attribute("aria-valuetext").startswith("1. Called “finding” (score at least")


def middle_of_line(page):
    """Where on the canvas the threshold line stands, in CSS pixels from its left edge."""
    return page.locator(SCORES).evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 60, canvas.width, 1);
          const hits = [];
          for (let x = 0; x < canvas.width; x++) {
            if (data[4 * x] === 0xd5 && data[4 * x + 1] === 0x5e) hits.push(x);
          }
          return hits.reduce((a, b) => a + b, 0) / hits.length * canvas.clientWidth / canvas.width;
        }"""
    )


def test_the_line_is_dragged_and_follows_the_mouse(page):
    open_page(page, ThresholdExplorer(*cases()))
    box = page.locator(SCORES).bounding_box()
    start = middle_of_line(page)
    page.mouse.move(box["x"] + start, box["y"] + 100)
    assert get(page, "threshold") == 0.5  # moving over it is no dragging
    page.mouse.down()
    page.mouse.move(box["x"] + start + 120, box["y"] + 100, steps=4)
    assert get(page, "threshold") == pytest.approx(0.5 + 120 / (box["width"] - 52), abs=0.003)
    assert middle_of_line(page) == pytest.approx(start + 120, abs=2)
    page.mouse.move(box["x"] + 2000, box["y"] + 100)
    assert get(page, "threshold") == 1.01
    page.mouse.up()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    assert get(page, "threshold") == 1.01
    assert page.evaluate("window.saves") > 3


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_the_point_is_dragged_along_the_curve(page, curve):
    explorer = ThresholdExplorer(*cases(), curve=curve, prevalence=0.1)
    open_page(page, explorer)
    box = page.locator(CURVE).bounding_box()
    left, wide = box["x"] + 52, box["width"] - 62
    page.mouse.move(left + 0.3 * wide, box["y"] + 30)
    page.mouse.down()
    page.mouse.up()
    explorer.threshold = get(page, "threshold")
    assert explorer.threshold in explorer.y_score
    across = 1 - explorer.specificity if curve == "ROC" else explorer.sensitivity
    assert across == pytest.approx(0.3, abs=0.12)
    up = explorer.sensitivity if curve == "ROC" else explorer.precision
    place = 52 + across * wide, 8 + (1 - up) * (box["height"] - 48)
    assert bare_page.colour_at(page, CURVE, *place) == [0xD5, 0x5E, 0, 255]


INK = """(canvas, places) => {
  const [wide, high] = [canvas.clientWidth - 62, canvas.clientHeight - 48];
  return places.map(([x, y]) => {
    const at = [Math.round(52 + x * wide), Math.round(8 + (1 - y) * high)];
    const { data } = canvas.getContext("2d").getImageData(at[0] - 1, at[1] - 1, 3, 3);
    return Math.max(...data.filter((value, i) => i % 4 === 3)) > 200 && Math.min(...data.filter(
      (value, i) => i % 4 === 0 && data[i + 3] > 200)) < 60;
  });
}"""


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_the_curve_runs_through_pythons_points_at_each_prevalence(page, curve):
    explorer = ThresholdExplorer(*cases(3000), curve="PR" if curve == "ROC" else "ROC")
    open_page(page, explorer)
    for prevalence in (None, 0.7, 0.02):
        put(page, curve=curve, prevalence=prevalence, threshold=0.99)
        explorer.prevalence = prevalence
        places = []
        for threshold in explorer.y_score[explorer.y_score < 0.9][::50]:
            explorer.threshold = threshold
            x, y = 1 - explorer.specificity, explorer.sensitivity
            places.append([x, y] if curve == "ROC" else [y, explorer.precision])
        assert all(page.locator(CURVE).evaluate(INK, places))
        off = -0.05 if curve == "ROC" else 0.05  # away from the curve, towards the better corner
        beside = [[x + off, y + 0.05] for x, y in places if 0 < x + off < 1 and y < 0.95]
        assert np.mean(page.locator(CURVE).evaluate(INK, beside)) < 0.1


def test_prevalence_moves_the_answer_and_not_the_test(page):
    explorer = ThresholdExplorer(*cases())
    open_page(page, explorer)
    before, curve = shown(page)[1], pixels(page, CURVE)
    slider = page.locator("#one input[type=range]")
    assert slider.get_attribute("aria-valuetext") == "20 %, 1 in 5"
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    assert get(page, "prevalence") == 0.01
    assert slider.get_attribute("aria-valuetext") == "1 %, 1 in 100"
    explorer.prevalence = 0.01
    after = shown(page)[1]
    for name in ("Sensitivity (recall)", "Specificity"):
        assert after[name] == before[name]
    for name in ("Precision (PPV)", "NPV", "Accuracy", "F1 score"):
        assert after[name] != before[name]
    assert pixels(page, CURVE) == curve
    put(page, curve="PR")
    low = pixels(page, CURVE)
    reset = page.locator("#one button")
    assert reset.get_attribute("aria-pressed") == "false"
    reset.focus()
    page.keyboard.press("Enter")
    assert get(page, "prevalence") is None
    assert reset.get_attribute("aria-pressed") == "true"
    assert shown(page)[1] == before
    assert pixels(page, CURVE) != low


NOTE_WORDS = """() => {
  const plain = CanvasRenderingContext2D.prototype.fillText;
  t.words = [];
  CanvasRenderingContext2D.prototype.fillText = function (words, ...place) {
    t.words.push(words);
    plain.call(this, words, ...place);
  };
}"""


@pytest.mark.parametrize("prevalence", [None, 0.01, 0.5])
def test_the_heaps_count_what_the_table_counts(page, prevalence):
    open_page(page, ThresholdExplorer(*cases()))
    page.evaluate(NOTE_WORDS)
    put(page, threshold=0.3, prevalence=prevalence)
    counts, _ = shown(page)
    words = page.evaluate("t.words")
    for name, count in zip(("TN", "FP", "FN", "TP"), counts, strict=True):
        assert f"{name} {count}" in words
    rows = page.locator("#one th small").all_inner_texts()
    assert rows[0] == {None: "400 cases", 0.01: "990 people", 0.5: "500 people"}[prevalence]
    assert set(rows) <= set(words)


@pytest.mark.parametrize("shift", [0, -50])
def test_scores_that_are_no_probabilities_get_a_round_axis(page, shift):
    y_true, y_score = cases()
    explorer = ThresholdExplorer(y_true, 12 * y_score - 4 + shift, threshold=shift)
    open_page(page, explorer)
    axis = page.evaluate("t.widget.axisOf(t.widget.readCases(t.model))")
    assert axis["low"] <= explorer.y_score.min() < axis["low"] + 1
    assert axis["high"] - 1 < explorer.y_score.max() <= axis["high"]
    assert axis["step"] == pytest.approx(0.1)
    page.locator(SCORES).focus()
    page.keyboard.press("PageUp")
    assert get(page, "threshold") == shift + 1


@pytest.mark.parametrize("scores", [[0.5, 0.5], [7, 7], [0, 1e-9], [-1e6, 1e6]])
def test_odd_scores_are_drawn(page, scores):
    open_page(page, ThresholdExplorer([0, 1], scores, threshold=scores[1]))
    page.locator(SCORES).focus()
    for key in ("End", "ArrowLeft", "Home"):
        page.keyboard.press(key)
    assert middle_of_line(page) < 45
    assert not page.problems


def test_it_fits_a_projector_and_nothing_leaks_or_jumps(page):
    page.set_viewport_size(bare_page.PROJECTOR)
    open_page(page, ThresholdExplorer(*cases(5000)))
    bare_page.check_fits(page)
    changes = {"threshold": 0.2}, {"prevalence": 0.001}, {"curve": "PR"}, {"threshold": 9}
    bare_page.check_nothing_jumps(page, changes)
    bare_page.check_keys_are_kept(page)
    bare_page.check_nothing_leaks(page)
    put(page, threshold=0.1)
    assert not page.problems


CELL = """
import numpy as np
from medkit.widgets import ThresholdExplorer
rng = np.random.default_rng(0)
y_true = np.repeat([0, 1], [400, 100])
e = ThresholdExplorer(y_true, 1 / (1 + np.exp(-rng.normal(3 * y_true - 1.5, 1.3))))
e"""


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_in_jupyterlab_keys_and_python_move_the_same_threshold(run_cells, screenshot, theme):
    page = run_cells(CELL, theme=theme)
    canvas = page.locator(".mk-chart").first
    canvas.wait_for()
    canvas.focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    asked = "print(e.threshold, e.confusion.ravel().tolist())"
    threshold, counts = labserver.ask_kernel(page, asked).split(maxsplit=1)
    assert float(threshold) == 0.61
    shown_counts = page.locator(".mk-table output").all_inner_texts()
    assert [int(count) for count in shown_counts] == [int(n) for n in counts[1:-1].split(",")]
    labserver.ask_kernel(page, "e.prevalence = 0.01")
    page.locator(".mk-says", has_text="of 1,000 people").wait_for()
    assert page.locator(".jp-Cell").count() == 1  # no key became a shortcut that makes cells
    screenshot(f"threshold-{theme.lower()}")
    assert not page.problems


def test_the_charts_take_the_colours_of_a_new_theme(page):
    open_page(page, ThresholdExplorer(*cases()))
    bare_page.check_follows_theme(page, [SCORES, CURVE])
