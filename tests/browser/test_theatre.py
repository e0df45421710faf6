"""The training theatre: its arithmetic against numpy, its controls, and on without a kernel."""

import bare_page
import labserver
import numpy as np
import pytest
from bare_page import get, pixels, put

from medkit.widgets import GANTheatre

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(7)
STAGE, SAYS, SLIDE = "#one .mk-theatre", "#one .mk-says", "#one .mk-position input"


def recording(frames, step, pushes=True):
    t = np.linspace(0, 1, frames)
    ends = RNG.uniform(-2, 2, (30, 2))
    return {
        "steps": step * np.arange(frames),
        "fakes": t[:, None, None] * ends,
        "surface": RNG.normal(size=(frames, 8, 8)),
        "losses": {"discriminator": 1 - t, "generator": -20 * t},
        **({"pushes": 0.1 * np.tile(ends, (frames, 1, 1))} if pushes else {}),
    }


def points(**settings):
    long, short = recording(41, 50), recording(11, 210, pushes=False)
    real = RNG.uniform(-2, 2, (50, 2))
    return GANTheatre({"vanilla": long, "WGAN": short}, real, (-2.5, 2.5, -2.5, 2.5), **settings)


def pictures(**settings):
    fakes = np.linspace(0, 1, 13)[:, None, None, None] * RNG.random((9, 8, 8))
    losses = {"critic": np.linspace(2, 0, 13), "gradient penalty": np.ones(13)}
    given = {"steps": 100 * np.arange(13), "fakes": fakes, "losses": losses}
    return GANTheatre({"WGAN-GP": given}, RNG.random((20, 8, 8)), **settings)


def open_page(page, theatre):
    bare_page.open_page(page, theatre)
    page.wait_for_timeout(100)  # the first drawing, in its final size
    return theatre


def pictures_until(page, frame):
    """Return how many different pictures the stage shows before this frame is reached."""
    look = """([stage, frame]) => new Promise((done) => {
        const seen = new Set();
        const look = () => {
            seen.add(document.querySelector(stage).toDataURL());
            t.model.get("frame") < frame ? requestAnimationFrame(look) : done(seen.size);
        };
        look();
    })"""
    return page.evaluate(look, [STAGE, frame])


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
    bare_page.next_frame(page)


# ---- arithmetic against numpy -------------------------------------------------------------------


def test_between_two_frames_points_lie_on_the_straight_line(page):
    open_page(page, points())
    data = RNG.normal(size=(9, 12)).astype(np.float32)
    times = [0, 0.25, 3.9, 7.5, 8, *RNG.uniform(0, 8, 20)]
    got = page.evaluate(
        """([data, times]) => {
          const floats = Float32Array.from(data);
          return times.map((at) => [...t.widget.between(floats, 12, at)]);
        }""",
        [data.ravel().tolist(), times],
    )
    want = [[np.interp(at, np.arange(9), data[:, i]) for i in range(12)] for at in times]
    np.testing.assert_allclose(got, want, atol=1e-6)


def test_the_nearest_frame_is_that_of_python(page):
    theatre = open_page(page, points())
    steps = np.cumsum(RNG.integers(1, 9, 30))
    asked = [*range(-2, 200), 3.5]
    got = page.evaluate(
        "([steps, asked]) => asked.map((step) => t.widget.nearest(steps, step))",
        [steps.tolist(), asked],
    )
    assert got == [int(np.abs(steps - step).argmin()) for step in asked]
    assert theatre.recordings["WGAN"].nearest(315) == 1


def test_the_axis_of_the_losses_leaves_out_peaks_alone(page):
    open_page(page, points())
    axis = "(losses) => t.widget.lossAxis(losses)"
    calm = page.evaluate(axis, [["a", list(range(11))], ["b", [5, -10]]])
    assert (calm["cut"], calm["low"], calm["high"]) == (False, -11, 11)
    peak = page.evaluate(axis, [["a", [*np.linspace(0, 1, 99), 1e6]]])
    assert peak["cut"]
    assert 1 < peak["high"] < 3
    flat = page.evaluate(axis, [["a", [2, 2]]])
    assert flat["low"] < 2 < flat["high"]
    assert not flat["cut"]


def test_the_words_are_python_s_at_every_frame(page):
    theatre = points()
    open_page(page, theatre)
    theatre._extent[:] = [-1.5, 1.5, -1, 1]
    put(page, facts={**theatre.facts, "extent": theatre._extent})
    page.evaluate("t.ends.forEach((end) => end())")
    page.evaluate("void t.widget.default.render({ model: t.model, el: document.body })")
    for name, frames in (("vanilla", 41), ("WGAN", 11)):
        for frame in range(0, frames, 5):
            put(page, recording=name, frame=frame)
            theatre.set_state({"recording": name, "frame": frame})
            assert page.locator(".mk-says").text_content() == theatre.words
    assert "of 30 fakes outside the stage" in theatre.words
    assert not page.problems


# ---- what is drawn ------------------------------------------------------------------------------


def at_place(page, x, y):
    """The colour at a place of the stage, x and y from -2.5 to 2.5."""
    box = page.locator(STAGE).bounding_box()
    across = 38 + (x + 2.5) / 5 * (box["width"] - 44)
    down = 6 + (2.5 - y) / 5 * (box["height"] - 30)
    return bare_page.colour_at(page, STAGE, across, down)[:3]


def test_real_and_fake_points_stand_where_they_are_in_their_colours(page):
    theatre = points(frame=40, show_surface=False, show_pushes=False)
    corners = np.array([[-2.2, -2.2], [-2.2, 2.2], [2.2, 2.2]])
    theatre.recordings["vanilla"].fakes[:] = 0  # all but three in the middle
    theatre.recordings["vanilla"].fakes[40, :3] = corners
    theatre._real[:] = [2.2, -2.2]
    theatre._load()
    open_page(page, theatre)
    for corner in corners:
        assert at_place(page, *corner) == [0xE6, 0x9F, 0x00]
    assert at_place(page, 2.2, -2.2) == [0x00, 0x72, 0xB2]
    put(page, frame=39)
    assert at_place(page, *corners[0]) != [0xE6, 0x9F, 0x00]


def test_the_surface_is_dark_where_fakes_are_recognised_with_row_0_below(page):
    ramp = np.tile(np.linspace(-1, 1, 9)[:, None], (1, 9))  # real above, fake below
    given = recording(3, 10, pushes=False) | {"surface": np.stack([ramp, ramp.T, 0 * ramp])}
    theatre = GANTheatre({"a": given}, [[9.0, 9]], (-2.5, 2.5, -2.5, 2.5))
    open_page(page, theatre)
    low, high = [0x9A, 0xA7, 0xB3], [0xF4, 0xF7, 0xF9]
    legend = page.locator("#one .mk-under")
    assert at_place(page, 2, -2.49) == pytest.approx(low, abs=3)
    assert at_place(page, 2, 2.49) == pytest.approx(high, abs=3)
    words = "Its answer: dark is low (−1.000: fake), light is high (1.000: real)."
    assert words in legend.inner_text()
    put(page, frame=1)
    assert at_place(page, -2.49, 2) == pytest.approx(low, abs=3)
    assert at_place(page, 2.49, -2) == pytest.approx(high, abs=3)
    put(page, frame=2)
    assert "The discriminator answers 0 everywhere." in legend.inner_text()
    put(page, show_surface=False)
    assert legend.inner_text() == ""


# The grey of 8 × 8 pixels from a corner on, each of `unit` screen pixels.
GREYS = """(canvas, [x, y, unit]) => {
  const context = canvas.getContext("2d");
  const middle = (at) => Math.floor((at + 0.5) * unit);
  const grey = (i, j) => context.getImageData(middle(x + j), middle(y + i), 1, 1).data[0];
  const all = [0, 1, 2, 3, 4, 5, 6, 7];
  return all.map((i) => all.map((j) => grey(i, j)));
}"""


def test_pictures_are_shown_pixel_by_pixel(page):
    theatre = open_page(page, pictures(frame=12))
    side = "(canvas) => [canvas.width, canvas.height]"
    assert page.locator(STAGE).count() == 2
    width, height = page.locator(STAGE).first.evaluate(side)
    unit = width // (3 * 8 + 2 * 2)
    assert min(width, height) >= 28 * unit
    wants = [theatre.recordings["WGAN-GP"].fakes[12], theatre._real]
    for canvas, want in enumerate(wants):
        for picture in (0, 5, 8):
            row, column = divmod(picture, 3)
            corner = [10 * column, 10 * row, unit]
            shown = page.locator(STAGE).nth(canvas).evaluate(GREYS, corner)
            np.testing.assert_array_equal(shown, want[picture])


def test_arrows_are_explained_and_can_be_left_out(page):
    theatre = open_page(page, points(frame=20, show_surface=False))
    legend = page.locator("#one .mk-under")
    with_arrows = pixels(page, STAGE)
    longest = np.hypot(*theatre.recordings["vanilla"].pushes[20].T).max()
    words = "Arrows: where the discriminator pushes the fakes. The longest has one length in all "
    assert legend.inner_text() == f"{words}frames; here it stands for {longest:.3f}."
    page.locator("#one").get_by_role("button", name="Arrows").click()
    assert get(page, "show_pushes") is False
    assert pixels(page, STAGE) != with_arrows
    assert legend.inner_text() == ""
    put(page, show_pushes=True, recording="WGAN", frame=3)  # it has none
    assert "Arrows" not in legend.inner_text()
    assert not page.problems


# ---- controls -----------------------------------------------------------------------------------


def test_play_moves_the_points_and_the_frame_and_pause_stops(page):
    open_page(page, points(frame=2))
    play = page.locator("#one .mk-play")
    play.click()
    assert get(page, "playing") is True
    assert "Pause" in play.inner_text()
    assert "Pause" in page.locator("#two .mk-play").inner_text()
    page.wait_for_function("t.model.get('frame') > 8")
    assert page.locator(SAYS).get_attribute("aria-live") == "off"
    play.click()
    page.wait_for_timeout(50)
    frame = get(page, "frame")
    assert page.locator("#one .mk-position output").inner_text() == f"step {50 * frame:,}"
    assert page.locator(SAYS).text_content().startswith(f"vanilla, step {50 * frame:,}: ")
    assert page.locator(SAYS).get_attribute("aria-live") == "polite"
    picture, saves = pixels(page, STAGE), page.evaluate("window.saves")
    assert pixels(page, "#two .mk-theatre") == picture
    page.wait_for_timeout(300)
    assert get(page, "frame") == frame
    assert pixels(page, STAGE) == pixels(page, "#two .mk-theatre") == picture
    assert page.evaluate("window.saves") == saves
    assert not page.problems


def test_python_hears_of_few_frames_while_it_plays(page):
    open_page(page, points(speed="4×"))
    before = page.evaluate("window.saves ?? 0")
    put(page, playing=True)
    page.wait_for_function("!t.model.get('playing')", timeout=5000)
    assert get(page, "frame") == 40
    assert page.evaluate("window.saves") - before <= 8  # a slow machine shows few of the 40


def test_it_stops_at_the_end_and_play_then_starts_from_the_beginning(page):
    open_page(page, points(frame=38))
    play = page.locator("#one .mk-play")
    play.click()
    page.wait_for_function("!t.model.get('playing')")
    assert get(page, "frame") == 40
    assert "Play" in play.inner_text()
    assert page.locator(SAYS).text_content().startswith("vanilla, step 2,000: ")
    play.click()
    page.wait_for_timeout(300)
    assert 0 <= get(page, "frame") < 38
    assert get(page, "playing") is True


# Plays from frame 0 for so many seconds of a clock that is ours, whatever the machine is doing;
# returns the frame then on the slider, and how many different pictures were shown.
PLAY_FOR = """async (seconds) => {
  const real = window.requestAnimationFrame;
  const seen = new Set();
  let waiting = [];
  window.requestAnimationFrame = (callback) => waiting.push(callback);
  t.model.set("frame", 0);
  t.model.set("playing", true);
  await null; // a view follows once all that changed together has changed
  for (let i = 0; i <= 60 * seconds; i++) {
    const due = waiting;
    waiting = [];
    due.forEach((callback) => callback(1000 + (i * 1000) / 60));
    seen.add(document.querySelector("#one .mk-theatre").toDataURL());
  }
  window.requestAnimationFrame = real;
  const { value } = document.querySelector("#one .mk-position input");
  t.model.set("playing", false);
  return [Number(value), seen.size];
}"""


def test_points_glide_from_frame_to_frame(page):
    open_page(page, points(speed="¼×"))
    frame, pictures = page.evaluate(PLAY_FOR, 1)
    assert frame <= 3
    assert pictures > 30


def test_speed_is_frames_a_second(page):
    open_page(page, points(speed="¼×"))
    for speed, pace in (("¼×", 3), ("1×", 12), ("4×", 48)):
        page.locator("#one").get_by_label(speed, exact=True).check(force=True)
        assert get(page, "speed") == speed
        frame, _ = page.evaluate(PLAY_FOR, 0.5)
        assert frame == pytest.approx(0.5 * pace, abs=0.6)


def test_keys_on_the_stage_play_step_and_jump(page):
    open_page(page, points(frame=5))
    page.locator(STAGE).focus()
    for key, frame in (
        ("ArrowRight", 6),
        ("ArrowLeft", 5),
        ("ArrowLeft", 4),
        ("Shift+ArrowRight", 14),
        ("End", 40),
        ("ArrowRight", 40),
        ("Home", 0),
        ("ArrowLeft", 0),
    ):
        press(page, key)
        assert get(page, "frame") == frame, key
    press(page, " ")
    assert get(page, "playing") is True
    page.wait_for_function("t.model.get('frame') > 2")
    press(page, "ArrowRight")  # a step stops the play
    assert get(page, "playing") is False
    bare_page.check_keys_are_kept(page, at_least=21)
    assert not page.problems


def test_buttons_slider_and_chart_lead_to_a_frame(page):
    open_page(page, points(frame=5))
    one = page.locator("#one")
    one.get_by_role("button", name="Forward").click()
    assert get(page, "frame") == 6
    one.get_by_role("button", name="Back").click()
    one.get_by_role("button", name="Back").click()
    assert get(page, "frame") == 4
    slide = page.locator(SLIDE)
    slide.fill("30")
    assert get(page, "frame") == 30
    assert slide.get_attribute("aria-valuetext") == "step 1,500 of 2,000"
    assert page.locator("#two .mk-position output").inner_text() == "step 1,500"
    slide.focus()
    press(page, "ArrowRight")
    assert get(page, "frame") == 31
    press(page, " ")
    assert get(page, "playing") is True
    press(page, " ")
    assert get(page, "playing") is False
    one.get_by_role("button", name="Start again").click()
    assert get(page, "frame") == 0
    box = page.locator("#one .mk-losses").bounding_box()
    middle = box["x"] + 58 + (box["width"] - 84) / 2
    page.mouse.click(middle, box["y"] + 100)
    assert get(page, "frame") == 20


def test_another_recording_goes_on_at_the_nearest_step_and_plays_on(page):
    theatre = open_page(page, points(frame=10))  # step 500; WGAN has 420 and 630
    one = page.locator("#one")
    before = pixels(page, STAGE), pixels(page, "#one .mk-losses")
    one.get_by_label("WGAN").check(force=True)
    assert (get(page, "recording"), get(page, "frame")) == ("WGAN", 2)
    theatre.frame = 10
    theatre.recording = "WGAN"
    assert theatre.frame == 2  # as Python has it
    page.wait_for_timeout(50)
    assert page.locator(SLIDE).get_attribute("max") == "10"
    assert pixels(page, STAGE) != before[0]
    assert pixels(page, "#one .mk-losses") != before[1]
    put(page, playing=True)
    one.get_by_label("vanilla").check(force=True)
    assert get(page, "playing") is True
    page.wait_for_function("t.model.get('frame') > 12")
    put(page, playing=False, frame=40)
    put(page, recording="WGAN")  # as Python does it: the frame follows in a second message
    assert page.locator(SAYS).text_content().startswith("WGAN, step 2,100: ")
    assert not page.problems


def test_python_can_lead_while_it_plays(page):
    open_page(page, points())
    put(page, playing=True)
    page.wait_for_timeout(150)
    put(page, frame=30)
    page.wait_for_timeout(100)
    assert 30 <= get(page, "frame") < 40  # a busy machine has time for some frames, not for ten
    put(page, playing=False)
    frame, said = get(page, "frame"), page.locator(SAYS).text_content()
    assert said.startswith(f"vanilla, step {50 * frame:,}: ")
    put(page, frame=3)  # at once: nothing that the browser says comes after it
    page.wait_for_timeout(300)
    assert get(page, "frame") == 3


def test_pictures_play_too(page):
    theatre = open_page(page, pictures())
    assert page.locator("#one .mk-under").count() == 0
    assert page.locator("#one").get_by_role("button", name="Arrows").count() == 0
    fakes, reals = f"{STAGE} >> nth=0", f"{STAGE} >> nth=1"
    fake, real = pixels(page, fakes), pixels(page, reals)
    page.locator(fakes).focus()
    press(page, " ")
    page.wait_for_function("!t.model.get('playing')", timeout=5000)
    assert get(page, "frame") == 12
    theatre.frame = 12
    assert page.locator(SAYS).text_content() == theatre.words
    assert pixels(page, fakes) != fake
    assert pixels(page, reals) == real
    press(page, "Home")
    assert pixels(page, fakes) == fake
    assert not page.problems


def test_who_prefers_reduced_motion_sees_frames_and_nothing_between(new_page):
    page = new_page(reduced_motion="reduce")
    open_page(page, points(speed="¼×"))
    put(page, playing=True)
    assert 2 <= pictures_until(page, frame=3) <= 6  # one a frame; gliding shows one a repaint
    assert not page.problems


def test_a_view_that_closes_leaves_the_other_playing_and_nothing_leaks(page):
    open_page(page, points())
    assert page.evaluate("t.leaked") == []
    put(page, playing=True)
    page.evaluate("t.ends[0]()")
    page.wait_for_function("t.model.get('frame') > 5")
    page.evaluate("t.ends[1]()")
    frame = get(page, "frame")
    page.wait_for_timeout(400)
    assert get(page, "frame") == frame
    bare_page.check_nothing_is_left(page)
    assert not page.problems


@pytest.mark.parametrize("make", [points, pictures])
def test_it_fits_and_nothing_jumps(page, make):
    open_page(page, make())
    bare_page.check_fits(page)
    changes = {"frame": 12}, {"show_surface": False}, {"show_pushes": False}, {"frame": 0}
    bare_page.check_nothing_jumps(page, changes)


def test_the_stage_takes_the_tints_of_a_dark_theme(page):
    open_page(page, points())
    dark = {"--jp-ui-font-color1": "#eeeeee", "--jp-layout-color1": "#111111"}
    bare_page.check_follows_theme(page, [STAGE, "#one .mk-losses"], dark)
    assert sum(at_place(page, -2.4, 2.4)) < 300  # the lightest tint has 283


# ---- in JupyterLab ------------------------------------------------------------------------------

CELL = """
import numpy as np
from medkit.widgets import GANTheatre
t = np.linspace(0, 1, 300)
fakes = t[:, None, None] * np.random.default_rng(0).uniform(-2, 2, (60, 2))
losses = {"discriminator": 1 - t, "generator": t}
e = GANTheatre({"vanilla": {"steps": np.arange(300), "fakes": fakes, "losses": losses}}, fakes[-1])
e"""


def test_in_jupyterlab_it_plays_on_after_the_kernel_is_gone(run_cells, screenshot):
    page = run_cells(CELL, "e")
    stage = page.locator(".mk-theatre").first
    page.locator(".mk-theatre").nth(1).wait_for()
    page.wait_for_timeout(300)
    stage.focus()
    page.keyboard.press(" ")
    page.wait_for_timeout(1500)
    frame, playing = labserver.ask_kernel(page, "print(e.frame, e.playing)").split()
    assert 5 < int(frame) < 299
    assert playing == "True"
    page.keyboard.press(" ")
    page.wait_for_timeout(300)
    said = page.locator(".mk-position output").first
    both = page.locator(".mk-position output").all_inner_texts()
    assert both == [f"step {labserver.ask_kernel(page, 'print(e.frame)')}"] * 2
    labserver.ask_kernel(page, "e.frame = 100; e.playing = True")
    page.wait_for_timeout(500)
    assert 100 <= int(said.inner_text().split()[1]) < 299
    labserver.shut_down_kernel(page)
    page.wait_for_timeout(300)
    first, before = int(said.inner_text().split()[1]), pixels(page, ".mk-theatre >> nth=0")
    page.wait_for_timeout(800)
    assert int(said.inner_text().split()[1]) > first + 3
    assert pixels(page, ".mk-theatre >> nth=0") != before
    stage.focus()
    page.keyboard.press(" ")
    page.wait_for_timeout(100)
    stopped = said.inner_text()
    page.wait_for_timeout(300)
    assert said.inner_text() == stopped
    page.keyboard.press("Home")
    page.wait_for_timeout(100)
    assert said.inner_text() == "step 0"
    assert page.locator(".jp-Cell").count() == 2  # no key became a shortcut that makes cells
    screenshot("theatre-without-kernel")
