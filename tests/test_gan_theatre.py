"""The training theatre without a browser: what it takes, sends, says, draws and refuses."""

import base64
import io

import numpy as np
import pytest
from helpers import check_refused
from PIL import Image

from medkit.widgets import GANTheatre
from medkit.widgets.recordings import number
from medkit.widgets.theatre import tile

RNG = np.random.default_rng(22)
STEPS = np.array([0, 10, 30, 100])
REAL = RNG.normal(size=(20, 2))
EXTENT = (-4, 4, -3, 3)


def points(steps=STEPS, n=6, **parts):
    """A recording of points with all its parts."""
    frames = len(steps)
    return {
        "steps": steps,
        "fakes": RNG.normal(size=(frames, n, 2)),
        "surface": RNG.normal(size=(frames, 5, 5)),
        "pushes": RNG.normal(size=(frames, n, 2)),
        "losses": {"discriminator": np.linspace(1, 0.25, frames), "generator": -np.ones(frames)},
        **parts,
    }


def pictures(steps=STEPS, n=5, size=(6, 4), **parts):
    """A recording of pictures."""
    fakes = RNG.random((len(steps), n, *size))
    return {"steps": steps, "fakes": fakes, "losses": {"critic": np.arange(len(steps))}, **parts}


def theatre(vanilla=None, **settings):
    recordings = {"vanilla": vanilla or points(), "WGAN": points(STEPS[:3] + 2)}
    return GANTheatre(recordings, REAL, EXTENT, **settings)


# ---- what is sent -------------------------------------------------------------------------------


def test_points_surface_and_pushes_are_sent_as_they_came_within_rounding():
    one, two = points(), points(STEPS[:3])
    del two["pushes"]
    shown = GANTheatre({"one": one, "two": two}, REAL, EXTENT)
    sent = np.frombuffer(shown.fakes, "<f4")
    both = np.concatenate([one["fakes"].ravel(), two["fakes"].ravel()])
    np.testing.assert_allclose(sent, both, rtol=1e-6)
    np.testing.assert_allclose(np.frombuffer(shown.pushes, "<f4"), one["pushes"].ravel(), rtol=1e-6)
    np.testing.assert_allclose(np.frombuffer(shown.real, "<f4"), REAL.ravel(), rtol=1e-6)
    surfaces = np.frombuffer(shown.surfaces, "u1").reshape(7, 5, 5) / 255
    facts = shown.facts["recordings"]
    low, high = np.concatenate([each["ranges"] for each in facts]).T[..., None, None]
    want = np.concatenate([one["surface"], two["surface"]])
    off = np.abs(low + surfaces * (high - low) - want) / (high - low)
    assert off.max() < 0.501 / 255
    assert [each["name"] for each in facts] == ["one", "two"]
    assert [each["pushes"] for each in facts] == [True, False]
    assert facts[1]["steps"] == [0, 10, 30]
    assert facts[0]["losses"] == [
        ["discriminator", [1.0, 0.75, 0.5, 0.25]],
        ["generator", [-1.0] * 4],
    ]
    assert shown.facts["extent"] == list(EXTENT)


def test_pictures_are_sent_as_bytes_with_or_without_a_channel():
    recording = pictures()
    real = RNG.random((3, 6, 4, 1))
    shown = GANTheatre({"a": recording}, real)
    sent = np.frombuffer(shown.fakes, "u1").reshape(4, 5, 6, 4) / 255
    np.testing.assert_allclose(sent, recording["fakes"], atol=0.501 / 255)
    np.testing.assert_allclose(
        np.frombuffer(shown.real, "u1") / 255, real.ravel(), atol=0.501 / 255
    )
    assert (shown.facts["size"], shown.facts["count"], shown.facts["extent"]) == ([6, 4], 5, [])
    with_channel = GANTheatre({"a": recording | {"fakes": recording["fakes"][..., None]}}, real)
    assert with_channel.fakes == shown.fakes
    whole = recording | {"fakes": np.full((4, 5, 6, 4), 200, np.uint8)}  # already 0 to 255
    assert set(GANTheatre({"a": whole}, real).fakes) == {200}


def test_a_flat_surface_is_mid_grey():
    shown = GANTheatre({"a": points(surface=np.full((4, 5, 5), 0.5))}, REAL, EXTENT)
    assert set(shown.surfaces) == {128}
    assert shown.facts["recordings"][0]["ranges"] == [[0.5, 0.5]] * 4


def test_the_extent_holds_the_real_points_and_leaves_out_a_fake_that_flew_off():
    fakes = RNG.uniform(-1, 1, (4, 300, 2))
    fakes[3, 7] = 1e6
    recording = points(n=300, fakes=fakes, surface=None, pushes=None)
    real = np.array([[-2, 0], [3, 0.5]])
    left, right, low, high = GANTheatre({"a": recording}, real).facts["extent"]
    assert (left, right) == pytest.approx((-2.4, 3.4))  # 8 % of 5 on each side
    assert -1.3 < low < -0.9
    assert 0.9 < high < 1.3


# ---- what is shown ------------------------------------------------------------------------------


def test_another_recording_goes_on_at_the_frame_nearest_in_step():
    shown = theatre(frame=2)  # step 30; WGAN has 2, 12 and 32
    assert (shown.recording, shown.step) == ("vanilla", 30)
    shown.playing = True
    shown.recording = "WGAN"
    assert (shown.frame, shown.step, shown.playing) == (2, 32, True)
    shown.recording = "vanilla"
    shown.frame = 3
    shown.recording = "WGAN"
    assert shown.step == 32
    shown.frame = 0
    shown.recording = "vanilla"
    assert shown.step == 0


def test_the_browser_may_set_recording_and_frame_together_in_any_order():
    shown = theatre()
    shown.set_state({"frame": 1, "recording": "WGAN"})
    assert (shown.recording, shown.frame) == ("WGAN", 1)
    shown.set_state({"frame": 3, "recording": "vanilla"})
    assert (shown.recording, shown.frame) == ("vanilla", 3)
    shown.set_state({"recording": "WGAN", "frame": 0})
    assert (shown.recording, shown.frame) == ("WGAN", 0)


def test_recording_and_frame_may_be_given_at_first():
    shown = theatre(recording="WGAN", frame=1, speed="4×", playing=True, show_pushes=False)
    assert (shown.step, shown.speed, shown.playing, shown.show_pushes) == (12, "4×", True, False)


def test_the_words_name_recording_step_losses_and_who_is_outside():
    losses = {"critic": [0, 1, -1234.5, 2e-6], "gradient penalty": [9, 9, 9, 123.45]}
    fakes = np.zeros((4, 6, 2))
    fakes[2, :2] = [[4.1, 0], [0, -3.1]]
    steps = STEPS * 100
    shown = theatre(points(steps, losses=losses, fakes=fakes))
    assert shown.words == "vanilla, step 0: critic loss 0, gradient penalty 9.000"
    shown.frame = 2
    assert shown.words == (
        "vanilla, step 3,000: critic loss −1234, gradient penalty 9.000, "
        "2 of 6 fakes outside the stage"
    )
    shown.frame = 3
    assert "critic loss 2.0e−6, gradient penalty 123.5" in shown.words or "123.4" in shown.words


def test_numbers_are_written_as_the_browser_does():
    values = (0, 0.5204, -1.3, 12.3456, -250.04, 4000.4, 123456, -0.0001)
    texts = ["0", "0.520", "−1.300", "12.346", "−250.0", "4000", "1.2e5", "−1.0e-4"]
    assert [number(value) for value in values] == texts


def test_its_line_of_text_never_changes():
    line = "GANTheatre(vanilla of 2 recordings, step 10 of 100, 6 points)"
    assert repr(theatre(frame=1)) == line
    assert theatre(frame=1)._repr_mimebundle_()[0]["text/plain"] == line
    one = GANTheatre({"DCGAN": pictures(n=1)}, RNG.random((2, 6, 4)))
    assert repr(one) == "GANTheatre(DCGAN of 1 recording, step 0 of 100, 1 picture)"


def test_pictures_are_tiled_row_by_row():
    sheet = tile(np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((5, 2, 3), np.uint8))
    assert sheet.shape == (2 * 3 - 1, 3 * 4 - 1)
    np.testing.assert_array_equal(sheet[0], [0, 0, 0, 255, 1, 1, 1, 255, 2, 2, 2])
    np.testing.assert_array_equal(sheet[4], [3, 3, 3, 255, 4, 4, 4, 255, 255, 255, 255])
    assert (sheet[2] == 255).all()
    assert tile(np.zeros((40, 2, 2), np.uint8)).shape == (3 * 3 - 1, 4 * 3 - 1)


def still(shown):
    data = base64.b64decode(shown._repr_mimebundle_()[0]["image/png"])
    return data, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_the_static_picture_follows_and_stays_small():
    shown = theatre()
    data, before = still(shown)
    assert data == still(shown)[0]
    assert len(data) < 25_000
    for change in ({"frame": 2}, {"show_surface": False}, {"show_pushes": False}):
        shown.set_state(change)
        after = still(shown)[1]
        assert after.shape == before.shape
        assert (after != before).any(), change
        before = after
    shown.recording = "WGAN"
    assert (still(shown)[1] != before).any()
    noise = GANTheatre({"a": pictures(n=36, size=(32, 32))}, RNG.random((50, 32, 32)))
    data, _ = still(noise)
    assert len(data) < 30_000  # noise is what PNG can do least with
    titles = [axes.get_title() for axes in noise.figure().axes]
    assert titles == ["Fake (the first 12 of 36)", "Real (the first 12 of 50)", ""]


def test_the_figure_shows_points_losses_and_the_present_step():
    shown = theatre(frame=2)
    stage, losses = shown.figure().axes
    real, fakes = (line.get_xydata() for line in stage.lines)
    np.testing.assert_allclose(real, REAL, rtol=1e-6)
    np.testing.assert_array_equal(fakes, shown.recordings["vanilla"].fakes[2])
    assert (*stage.get_xlim(), *stage.get_ylim()) == EXTENT
    curve, other, now = losses.lines
    assert (curve.get_label(), other.get_label()) == ("discriminator", "generator")
    assert curve.get_ydata().tolist() == [1, 0.75, 0.5, 0.25]
    assert now.get_xdata()[0] == 30


# ---- what is refused ----------------------------------------------------------------------------


def spoilt(key, at, value):
    """A recording of points with one number of one part replaced."""
    recording = points()
    part = np.array(recording[key], float)
    part[at] = value
    return recording | {key: part}


DIVERGED = {"generator": [1, np.nan, 1, 1]}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: {}, r"dict of one or more recordings.* Received an empty dict\. Write"),
        (lambda: [points()], r"Expected a dict of .* Received 'list'\. Write"),
        (lambda: {1: points()}, r"recordings by their names\. Received \[1\]\. Write"),
        (lambda: {"a": 3}, r"recording 'a' to be a dict with steps, .* Received int\. Add what"),
        (
            lambda: {"a": {"steps": STEPS, "losses": {}}},
            r"dict with steps, fakes, losses, .* Received losses, steps\. Add what is missing",
        ),
        (
            lambda: {"a": points(surfaces=1)},
            r"and perhaps surface and pushes\. Received .*surfaces",
        ),
        (
            lambda: {"a": points() | {"steps": [0, 10, 10, 20]}},
            r"steps of recording 'a' to .* rise\. Received 10, 10\. Record each step once",
        ),
        (lambda: {"a": points() | {"steps": [-1, 0, 1, 2]}}, r"start at 0 .* Received -1\. "),
        (
            lambda: {"a": points(STEPS / 2)},
            r"whole numbers, shape \(frames,\)\. Received shape \(4,\), float64\. Note",
        ),
        (lambda: {"a": points(STEPS[:1])}, r"two or more whole numbers.* Received shape \(1,\)"),
        (
            lambda: {"a": points(fakes=np.zeros((3, 6, 2)))},
            r"fakes of recording 'a' to be points \(4, n, 2\) or pictures \(4, n, height, width\), "
            r".* Received shape \(3, 6, 2\)\. Stack",
        ),
        (lambda: {"a": points(fakes=np.zeros((4, 6, 3)))}, r"Received shape \(4, 6, 3\)\. Stack"),
        (lambda: {"a": points(fakes=np.zeros((4, 0, 2)))}, r"Received shape \(4, 0, 2\)\. Stack"),
        (
            lambda: {"a": spoilt("fakes", (2, 1, 0), np.inf)},
            r"finite numbers in fakes of recording 'a'\. Received nan or infinity at step 30\. The "
            r"training diverged there: cut the recording before it, each part to \[:2\]",
        ),
        (lambda: {"a": spoilt("fakes", (2, 1, 0), 1e300)}, r"infinity at step 30\."),
        (
            lambda: {"a": points(losses=DIVERGED)},
            r"finite numbers in the 'generator' loss of recording 'a'\. Received nan .* at step 10",
        ),
        (
            lambda: {"a": points(losses={"generator": [1, 2]})},
            r"the 'generator' loss of recording 'a' to be numbers of shape \(4\)\. Received shape "
            r"\(2,\), int64\. Record it together",
        ),
        (lambda: {"a": points(losses={})}, r"dict of 1 to 4 series\. Received 0 series\. Write"),
        (lambda: {"a": points(losses=[1])}, r"dict of 1 to 4 series\. Received list\. Write"),
        (
            lambda: {"a": points(surface=np.zeros((4, 5, 6)))},
            r"surface of recording 'a' to be numbers of shape \(4, 6, 6\)\. Received shape "
            r"\(4, 5, 6\)",
        ),
        (lambda: {"a": points(surface=np.zeros((4, 5)))}, r"shape \(4, g, g\)\. Received shape"),
        (lambda: {"a": spoilt("surface", (1, 0, 0), np.nan)}, r"in surface of .* at step 10\."),
        (
            lambda: {"a": points(pushes=np.zeros((4, 5, 2)))},
            r"pushes of recording 'a' to be numbers of shape \(4, 6, 2\)\. Received shape "
            r"\(4, 5, 2\)",
        ),
        (lambda: {"a": spoilt("pushes", (0, 0, 0), np.nan)}, r"in pushes of .* at step 0\."),
        (
            lambda: {"a": points(), "b": points(n=7)},
            r"fakes of one shape .* Received \(6, 2\) in 'a', \(7, 2\) in 'b'\. Follow equally",
        ),
        (
            lambda: {"a": points(), "b": pictures(n=6)},
            r"Received \(6, 2\) in 'a', \(6, 6, 4\) in 'b'\. .* points and pictures in two",
        ),
        (
            lambda: {"a": pictures(surface=np.zeros((4, 5, 5)))},
            r"neither surface nor pushes in recording 'a', .* pictures\. Received surface\. Leave",
        ),
        (
            lambda: {"a": pictures(fakes=np.linspace(-1, 1, 4 * 5 * 24).reshape(4, 5, 6, 4))},
            r"brightness from 0 to 1\. Received -1 to 1\. Scale them; .* \(pictures \+ 1\) / 2",
        ),
        (
            lambda: {"a": points(n=9, fakes=np.zeros((4, 2_000_001, 2)), pushes=None)},
            r"at most 64 MB together\. Received 64 MB\. Record fewer frames",
        ),
    ],
)
def test_bad_recordings_are_refused_in_words(build, words):
    with pytest.raises(ValueError, match=words):
        GANTheatre(build(), REAL, EXTENT)


@pytest.mark.parametrize(
    ("recording", "real", "extent", "words"),
    [
        (points, RNG.random((5, 3)), EXTENT, r"real of shape \(m, 2\), as .* Received .*\(5, 3\)"),
        (points, np.zeros((0, 2)), EXTENT, r"real of shape .* Received shape \(0, 2\)"),
        (points, [[0, np.nan]], EXTENT, r"finite numbers in real\. Received nan .*Replace"),
        (pictures, REAL, None, r"real of shape \(m, 6, 4\), as the fakes.* Received shape \(20, 2"),
        (pictures, np.full((3, 6, 4), 2.0), None, r"real to have a brightness .* Received 2 to 2"),
        (points, REAL, None, r"Expected the extent of the surface\. Received none\. Give extent="),
        (points, REAL, (0, 1, 2), r"extent to be .* Received \(0, 1, 2\)\. Write for example"),
        (points, REAL, (1, 0, 0, 1), r"each low below its high\. Received \(1, 0, 0, 1\)\."),
        (points, REAL, (0, np.inf, 0, 1), r"Expected extent to be"),
    ],
)
def test_what_does_not_fit_the_recordings_is_refused_in_words(recording, real, extent, words):
    with pytest.raises(ValueError, match=words):
        GANTheatre({"a": recording()}, real, extent)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"recording": "LSGAN"}, r"recording to be one of vanilla, WGAN\. Received 'LSGAN'\. Ch"),
        ({"frame": 4}, r"frame to be a whole number from 0 to 3\. Received 4\. Choose"),
        ({"frame": -1}, r"frame to be a whole number from 0 to 3\. Received -1"),
        ({"frame": 1.5}, r"frame to be a whole number .* Received 1\.5"),
        ({"speed": "2×"}, r"speed to be one of ¼×, 1×, 4×\. Received '2×'\. Choose"),
        ({"playing": 1}, r"playing to be True or False\. Received 1\. Choose"),
        ({"show_surface": None}, r"show_surface to be True or False\. Received None"),
    ],
)
def test_bad_settings_are_refused_in_words(values, words):
    check_refused(theatre, values, words)


def test_a_frame_that_only_the_longer_recording_has_is_refused_in_words():
    check_refused(
        lambda **settings: theatre(recording="WGAN", **settings),
        {"frame": 3},
        r"whole number from 0 to 2, as 'WGAN' has them\. Received 3\. Choose",
    )


def test_data_and_misspelt_settings_are_no_settings():
    for name in ("fake", "pictures"):
        with pytest.raises(TypeError, match=rf"settings among .*playing.* Received {name}\. Check"):
            theatre(**{name: 1})
    known = {"recording", "frame", "playing", "speed", "show_surface", "show_pushes"}
    assert set(GANTheatre.settings()) == known
