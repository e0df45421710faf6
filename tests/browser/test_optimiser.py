"""The optimiser explorer in a bare page: its numbers against Python's, its controls."""

import bare_page
import numpy as np
import pytest
from bare_page import get, pixels, put

from medkit.optimisers import LOSSES, RULES, normals
from medkit.widgets import OptimiserExplorer
from medkit.widgets.optimiser import RUN, follow, title, verdict

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(5)
MAP = "#one .mk-map"


def open_page(page, **settings):
    explorer = OptimiserExplorer(**settings)
    bare_page.open_page(page, explorer)
    return explorer


def said(page, view="one"):
    return page.locator(f"#{view} .mk-now output").text_content()


def random_run():
    return {
        "loss": str(RNG.choice(list(LOSSES))),
        "start": RNG.uniform(-2, 2, 2).round(2).tolist(),
        "optimiser": str(RNG.choice(list(RULES))),
        "learning_rate": float(f"{10 ** RNG.uniform(-3, 0.477):.3g}"),
        "momentum": float(RNG.choice([0, 0.125, 0.5, 0.9, 0.95, 0.99])),
        "weight_decay": float(RNG.choice([0, 0.1, 1])),
        "noise": float(RNG.choice([0, 0, 0.3, 3])),
        "seed": int(RNG.integers(10_000)),
        "steps": int(RNG.integers(1, 120)),
    }


def test_paths_and_words_are_python_s_on_random_settings(page):
    open_page(page)
    runs = [random_run() for _ in range(400)]
    made = page.evaluate(
        """(runs) => runs.map((run) => {
          const path = t.widget.descend(run);
          return [path, t.widget.verdict(run, path), t.widget.title(run)];
        })""",
        runs,
    )
    words = []
    for run, (path, says, named) in zip(runs, made, strict=True):
        want = follow(**run)
        assert len(path) == len(want)
        np.testing.assert_array_equal(np.array(path, float), want)
        words.append(verdict(run, want))
        assert says == words[-1], run
        assert named == title(run)
    for beginning in ("reached", "diverged", "crawled", "on its way", "oscillates", "wanders"):
        assert sum(text.startswith(beginning) for text in words) >= 3, beginning
    assert any("÷ 30" in text for text in words)


def test_noise_losses_and_gradients_are_python_s_to_the_last_bit(page):
    open_page(page)
    for seed in (0, 1, 9999, 2**31):
        got = page.evaluate("(seed) => t.widget.normals(seed, 40)", seed)
        np.testing.assert_array_equal(got, normals(seed, 40))
    points = RNG.uniform(-2, 2, (100, 2))
    for name, loss in LOSSES.items():
        got = page.evaluate(
            """([name, points]) => points.map(([x, y]) =>
              [t.widget.VALUES[name](x, y), ...t.widget.SLOPES[name](x, y)])""",
            [name, points.tolist()],
        )
        want = np.column_stack([loss(points), [loss.gradient(point) for point in points]])
        np.testing.assert_array_equal(got, want)


def test_the_words_on_the_page_follow_every_control(page):
    explorer = open_page(page)
    assert said(page) == said(page, "two") == explorer.verdict
    one = page.locator("#one")
    for label in ("Bowl", "Adam", "Two valleys", "AdamW", "Plateau", "RMSprop"):
        one.get_by_label(label, exact=True).check(force=True)
        explorer.set_state({name: get(page, name) for name in RUN})
        assert said(page) == said(page, "two") == explorer.verdict
    assert explorer.loss == "plateau"
    assert explorer.start == list(LOSSES["plateau"].start)  # each loss brings its own
    one.get_by_label("Linear").check(force=True)
    assert get(page, "loss_axis") == "linear"
    assert not page.problems


def test_the_sliders_answer_to_the_keyboard_and_keep_exact_values(page):
    explorer = open_page(page, learning_rate=0.0666)
    rate = page.locator("#one").get_by_label("Learning rate")
    shown = page.locator("#one .mk-slider output").first
    assert shown.inner_text() == "0.0666"
    assert said(page) == explorer.verdict
    rate.focus()
    page.keyboard.press("ArrowRight")
    assert get(page, "learning_rate") == 0.074
    assert shown.inner_text() == "0.074"
    assert "diverged" in said(page)
    assert "the learning rate is above 2 ÷ 30 = 0.0667" in said(page)
    page.keyboard.press("End")
    assert get(page, "learning_rate") == 3
    page.keyboard.press("Home")
    assert get(page, "learning_rate") == 0.001
    noise = page.locator("#two").get_by_label("Gradient noise")
    noise.focus()
    page.keyboard.press("ArrowRight")
    assert get(page, "noise") == 0.1
    bare_page.check_keys_are_kept(page, at_least=41)


def test_an_optimiser_without_momentum_says_why_the_slider_is_grey(page):
    open_page(page)
    momentum = page.locator("#one").get_by_label("Momentum", exact=True).last
    reason = page.locator("#one .mk-off").first
    for name, grey, words in (
        ("SGD", True, "SGD has no momentum: it remembers nothing of the last steps"),
        ("RMSprop", True, "it averages only the squares of the gradient"),
        ("momentum", False, ""),
        ("Adam", False, ""),
    ):
        put(page, optimiser=name)
        assert momentum.is_disabled() == grey
        if grey:
            assert words in reason.get_attribute("title")
            assert words in momentum.get_attribute("aria-valuetext")
    decay = page.locator("#one").get_by_label("Weight decay")
    assert decay.is_disabled()
    put(page, optimiser="AdamW")
    assert decay.is_enabled()


def test_the_ball_is_dropped_by_mouse_and_by_arrow_keys(page):
    open_page(page)
    canvas = page.locator(MAP)
    box = canvas.bounding_box()
    side = box["width"] - 50
    page.mouse.move(box["x"] + 46 + 0.75 * side, box["y"] + 4 + 0.25 * side)
    page.mouse.down()
    assert get(page, "start") == pytest.approx([1, 1], abs=0.02)
    page.mouse.move(box["x"] + 46 + 0.5 * side, box["y"] + 4 + 0.75 * side)
    assert get(page, "start") == pytest.approx([0, -1], abs=0.02)
    page.mouse.move(box["x"] + 900, box["y"] + 4 + 0.75 * side)
    assert get(page, "start")[0] == 2
    page.mouse.up()
    page.mouse.move(box["x"] + 46 + 0.5 * side, box["y"] + 200)
    assert get(page, "start")[0] == 2  # the button is up
    put(page, start=[0.5, 1.98])
    before = pixels(page, MAP)
    canvas.focus()
    for key in ("ArrowLeft", "Shift+ArrowLeft", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    assert get(page, "start") == [-0.05, 2]
    bare_page.next_frame(page)
    assert pixels(page, MAP) != before
    assert not page.problems


def step_shown(page):
    return int(page.locator("#one .mk-where").inner_text().split()[1])


def test_the_path_is_taken_step_by_step_and_rolls(page):
    explorer = open_page(page, steps=12)
    forward = page.locator("#one").get_by_role("button", name="Step")
    assert step_shown(page) == 12
    for step in (0, 1, 2):
        forward.click()
        assert step_shown(page) == step
        x, y = explorer.path[step]
        words = page.locator("#one .mk-where").inner_text()
        assert f"weights ({x:.3f}, {y:.3f})".replace("-", "−") in words
        assert f"loss {explorer.losses[step]:.3f}" in words
    assert page.locator("#two .mk-where").inner_text().startswith("Step 12 of 12")
    before = pixels(page, MAP)
    roll = page.locator("#one .mk-button").first
    roll.click()
    assert "Pause" in roll.inner_text()
    page.wait_for_function("!document.querySelector('#one .mk-button').innerText.includes('Pause')")
    assert "Roll" in roll.inner_text()
    assert step_shown(page) == 12
    assert pixels(page, MAP) != before
    roll.click()
    page.wait_for_timeout(50)  # the first picture of the ball
    assert step_shown(page) < 12
    put(page, learning_rate=0.02)  # whoever turns a knob sees the whole path at once
    assert step_shown(page) == 12
    assert "Roll" in roll.inner_text()
    put(page, learning_rate=0.1)
    assert step_shown(page) == 4  # where it diverged
    assert not page.problems


def test_a_path_is_kept_beside_the_next_one(page):
    open_page(page, optimiser="Adam", learning_rate=0.1)
    kept = page.locator("#two .mk-kept")
    forget = page.locator("#one").get_by_role("button", name="Forget it")
    assert "Keep this path" in kept.inner_text()
    assert forget.is_disabled()
    words = said(page)
    page.locator("#one").get_by_role("button", name="Keep this path").click()
    put(page, optimiser="SGD", learning_rate=0.01)
    assert kept.locator("b").inner_text() == "kept: Adam 0.9, learning rate 0.1"
    assert kept.locator("output").text_content() == words != said(page)
    assert OptimiserExplorer(kept=get(page, "kept")).kept["optimiser"] == "Adam"
    both = pixels(page, MAP)
    put(page, loss="bowl")
    assert "Keep this path" in kept.inner_text()
    put(page, loss="ravine")
    forget.click()
    assert get(page, "kept") is None
    bare_page.next_frame(page)
    assert pixels(page, MAP) != both


def test_who_prefers_reduced_motion_gets_no_animation(new_page):
    page = new_page(reduced_motion="reduce")
    open_page(page)
    assert not page.locator("#one .mk-button").first.is_visible()
    assert page.locator("#one").get_by_role("button", name="Step").is_visible()
    assert not page.problems


def test_the_map_is_the_loss(page):
    open_page(page, loss="two valleys", start=(-2, 2), steps=1)
    side = page.locator(MAP).evaluate("(c) => c.width") - 50

    def shade(x, y):
        row, column = 4 + round((2 - y) / 4 * side), 46 + round((x + 2) / 4 * side)
        return data[row * (side + 50) + column]

    data = page.locator(MAP).evaluate(
        "(c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
        ".filter((_, i) => i % 4 === 0)"
    )
    values = LOSSES["two valleys"]
    highest = float(values(np.stack(np.meshgrid(*[np.linspace(-2, 2, 161)] * 2), -1)).max())
    centres = []
    for x, y in RNG.uniform(-1.4, 1.9, (300, 2)):
        band = 12 * np.sqrt(values((x, y)) / highest)
        if 0.3 < band % 1 < 0.7:  # away from the lines
            centres.append((int(band), shade(x, y)))
    shades = {band: {s for b, s in centres if b == band} for band, _ in centres}
    assert len(shades) >= 8
    assert all(len(found) == 1 for found in shades.values()), shades
    ordered = [found.pop() for _, found in sorted(shades.items())]
    assert ordered == sorted(ordered)  # the higher the loss, the lighter


def test_nothing_leaks_nothing_jumps_and_it_fits(page):
    open_page(page)
    bare_page.check_fits(page)
    changes = [
        {"loss": "two valleys"},
        {"optimiser": "momentum", "loss": "ravine", "learning_rate": 0.2, "momentum": 0.95},
        {"optimiser": "AdamW", "noise": 10},
        {"kept": {**OptimiserExplorer(learning_rate=0.1).run}},
        {"loss_axis": "linear"},
    ]
    bare_page.check_nothing_jumps(page, changes)
    bare_page.check_nothing_leaks(page)
    put(page, steps=5)
    assert not page.problems


def test_the_charts_take_the_colours_of_a_new_theme(page):
    open_page(page)
    dark = {"--jp-ui-font-color2": "#eeeeee", "--jp-layout-color1": "#111111"}
    bare_page.check_follows_theme(page, [MAP, "#one .mk-curve"], dark)
