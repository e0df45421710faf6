"""LatentExplorer in the browser: hand and keys, its pace, what it paints, and in JupyterLab."""

import bare_page
import labserver
import numpy as np
import pytest
from bare_page import get, open_page, pixels, put

from medkit.widgets import LatentExplorer

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(21)
CODES = RNG.normal(size=(60, 2))
LABELS = np.arange(60) % 3 == 0
PLANE, REAL, HEAD = "#one .mk-codes", "#one .mk-real", "#one .mk-decoded"
SAYS, FAULT = "#one .mk-says", "#one .mk-fault"

# Plays the kernel: answers after `window.delay` ms, or not while it is null; notes each question.
KERNEL = """() => {
  window.questions = [];
  window.delay = 0;
  t.model.save_changes = () => {
    const names = ["asked", "position", "along", "patient", "start", "end", "amount"];
    const asked = Object.fromEntries(names.map((name) => [name, t.model.get(name)]));
    window.questions.push(asked);
    if (window.delay !== null) setTimeout(() => window.answer(asked.asked), window.delay);
  };
  window.answer = (asked) => {
    t.model.set("words", `answer ${asked}`);
    t.model.set("answered", asked);
  };
}"""


def decode(codes):
    """Two by three pixels: one grows with each number of the code, the others tell places apart."""
    grey = np.tile(np.array([[0, 0, 0.2], [0.4, 0.6, 1]]), (len(codes), 1, 1))
    grey[:, 0, :2] = 0.5 + codes[:, :2] / 8
    return grey


def explorer_of(**settings):
    images = np.linspace(0, 1, 60)[:, None, None] * np.ones((60, 2, 3))
    given = {"images": images, "labels": LABELS, "direction": [0.5, 0.25], **settings}
    return LatentExplorer(decode, CODES, **given)


@pytest.fixture
def opened(page):
    """A function: the page with an explorer in it, and a kernel that answers at once."""

    def show(**settings):
        open_page(page, explorer_of(**settings))
        page.evaluate(KERNEL)
        return page

    return show


def view(page):
    """What the plane shows: low and width of both axes, and its box on the screen."""
    found = page.evaluate("t.widget.viewOf([...new Float32Array(t.model.get('places').buffer)])")
    box = page.locator(PLANE).bounding_box()
    inner = [box["x"] + 48, box["y"] + 8, box["width"] - 56, box["height"] - 48]
    return [(axis["low"], axis["wide"]) for axis in found], inner


def on_screen(page, place):
    """Where a place of the plane is on the screen."""
    ((x, wide), (y, high)), (left, top, width, height) = view(page)
    return left + (place[0] - x) / wide * width, top + height - (place[1] - y) / high * height


def grey(page, selector):
    """The grey values a canvas holds."""
    width, *values = page.locator(selector).evaluate(
        """(canvas) => [canvas.width, ...canvas.getContext("2d").getImageData(0, 0, canvas.width,
          canvas.height).data]"""
    )
    values = np.reshape(values, (-1, width, 4))
    assert (values[..., 3] == 255).all()
    assert (np.ptp(values[..., :3], axis=2) == 0).all()
    return values[..., 0]


def questions(page):
    return page.evaluate("window.questions")


def test_pictures_are_pythons_bytes(opened):
    page = opened(position=(0.8, -1.6))
    np.testing.assert_array_equal(grey(page, HEAD), [[153, 77, 51], [102, 153, 255]])
    explorer = explorer_of(position=(0.8, -1.6))
    want = np.frombuffer(explorer.real, np.uint8).reshape(2, 3)
    np.testing.assert_array_equal(grey(page, REAL), want)
    assert page.locator("#one .mk-under").nth(1).inner_text() == explorer.caption
    assert f"patient {explorer.nearest} (" in page.locator("#one .mk-title").nth(2).inner_text()
    assert page.locator(SAYS).inner_text() == explorer.words.replace(", -", ", −")
    page.evaluate(
        """() => {
          t.model.set("decoded", new DataView(Uint8Array.of(0, 1, 2, 253, 254, 255).buffer));
          t.model.set("real", new DataView(new ArrayBuffer(0)));
        }"""
    )
    put(page, answered=1)
    np.testing.assert_array_equal(grey(page, HEAD), [[0, 1, 2], [253, 254, 255]])
    assert not page.locator(REAL).is_visible()
    assert not page.problems


def test_the_view_holds_all_dots_with_one_scale_where_it_can(page):
    open_page(page, explorer_of())
    for spread in ((1, 1), (2, 1), (100, 1), (1, 0)):
        places = CODES * spread
        x, y = page.evaluate("(p) => t.widget.viewOf(p)", places.ravel().tolist())
        for axis, values in zip((x, y), places.T, strict=True):
            assert axis["low"] < values.min()
            assert values.max() < axis["low"] + axis["wide"] == pytest.approx(axis["high"])
        assert (x["wide"] == y["wide"]) is (spread != (100, 1))


def test_dragging_moves_the_point_and_asks_the_kernel(opened):
    page = opened(along=0.5)
    start = on_screen(page, get(page, "position"))
    target = on_screen(page, (1.0, -0.5))
    page.mouse.move(*start)
    page.mouse.move(*target)
    assert questions(page) == []  # moving over it is no dragging
    page.mouse.down()
    page.mouse.move(target[0] + 40, target[1] - 30, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    (_, wide), (_, high) = view(page)[0]
    _, _, width, height = view(page)[1]
    want = 1.0 + 40 / width * wide, -0.5 + 30 / height * high
    last = questions(page)[-1]
    np.testing.assert_allclose(last["position"], want, atol=0.02)
    assert (last["along"], last["patient"]) == (None, None)
    assert page.locator(SAYS).inner_text() == f"answer {last['asked']}"
    box, (x, y) = page.locator(PLANE).bounding_box(), on_screen(page, want)
    assert bare_page.colour_at(page, PLANE, x - box["x"], y - box["y"]) == [0xD5, 0x5E, 0, 255]
    page.mouse.move(5, 5)
    page.mouse.down()
    page.mouse.up()
    assert questions(page)[-1] == last
    assert not page.problems


def test_a_click_chooses_a_patient_even_from_a_trembling_hand(opened):
    page = opened()
    far = np.linalg.norm(CODES[:, None] - CODES, axis=2) + 9 * np.eye(60)
    lonely = int(far.min(1).argmax())
    x, y = on_screen(page, CODES[lonely])
    page.mouse.move(x + 3, y - 2)
    page.mouse.down()
    page.mouse.move(x + 5, y - 1)
    assert questions(page)[-1]["patient"] == lonely
    page.mouse.move(x + 30, y)
    page.mouse.up()
    page.wait_for_timeout(50)
    assert questions(page)[-1]["patient"] is None


def test_keys_take_steps_of_two_percent_and_stop_at_the_edge(opened):
    page = opened(position=(0, 0))
    canvas = page.locator(PLANE)
    assert canvas.get_attribute("data-lm-suppress-shortcuts") == "true"
    canvas.focus()
    ((low, wide), (_, high)), _ = view(page)
    at = np.zeros(2)
    ways = {"ArrowRight": (1, 0), "ArrowUp": (0, 1), "Shift+ArrowDown": (0, -10)}
    for key, way in ways.items():
        page.keyboard.press(key)
        page.wait_for_timeout(30)
        at += 0.02 * np.array(way) * (wide, high)
        np.testing.assert_allclose(questions(page)[-1]["position"], at)
    for _ in range(8):
        page.keyboard.press("Shift+ArrowLeft")
        page.wait_for_timeout(30)
    assert questions(page)[-1]["position"][0] == pytest.approx(low)
    put(page, nearest=17)
    page.keyboard.press("Enter")
    page.wait_for_timeout(30)
    assert questions(page)[-1]["patient"] == 17
    page.keyboard.press("ArrowRight")  # on from where the patient is
    page.wait_for_timeout(30)
    want = np.add(np.float32(CODES[17]), [0.02 * wide, 0])
    np.testing.assert_allclose(questions(page)[-1]["position"], want, rtol=1e-5)
    page.keyboard.press("Home")
    page.wait_for_timeout(30)
    last = questions(page)[-1]
    assert (last["position"], last["along"], last["patient"]) == ([0, 0], None, None)
    assert "Home to the origin" in canvas.get_attribute("aria-label")


def test_home_stops_at_the_edge_if_the_origin_is_not_in_sight(page):
    open_page(page, LatentExplorer(decode, CODES + 20))
    page.evaluate(KERNEL)
    page.locator(PLANE).focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(30)
    lows = [low for low, _ in view(page)[0]]
    assert min(lows) > 10
    np.testing.assert_allclose(questions(page)[-1]["position"], lows)


def test_a_and_b_and_both_sliders(opened):
    page = opened()
    along, amount = (page.locator("#one input[type=range]").nth(i) for i in (0, 1))
    assert along.get_attribute("aria-valuetext") == "not on the line"
    a, b = (page.locator("#one input[type=number]").nth(i) for i in (0, 1))
    a.fill("12")
    put(page, nearest=31)
    page.locator("#one button", has_text="Set B").click()
    page.wait_for_timeout(50)
    assert (get(page, "start"), get(page, "end"), b.input_value()) == (12, 31, "31")
    along.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(50)
    assert questions(page)[-1]["along"] == 0.01
    assert along.get_attribute("aria-valuetext") == "0.01"
    amount.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(50)
    assert (questions(page)[-1]["amount"], questions(page)[-1]["along"]) == (-0.1, 0.01)
    assert amount.get_attribute("aria-valuetext") == "−0.1 ×"
    before = len(questions(page))
    for bad in ("60", "-1", "1.5", ""):
        a.fill(bad)
        assert a.get_attribute("aria-invalid") == "true"
    assert len(questions(page)) == before
    assert not page.problems


def test_the_slider_from_a_to_b_stands_where_the_point_is(opened):
    page = opened()
    slider = page.locator("#one input[type=range]").first

    def stands():
        page.wait_for_timeout(50)
        return slider.input_value(), slider.get_attribute("aria-valuetext")

    for letter, patient, want in (("A", 12, ("0", "0.00")), ("B", 31, ("100", "1.00"))):
        put(page, nearest=patient)
        page.locator("#one button", has_text=f"Set {letter}").click()
        assert stands() == want
        last = questions(page)[-1]
        assert (last["along"], last["patient"]) == (int(letter == "B"), None)
    assert (last["start"], last["end"]) == (12, 31)
    for patient, want in ((12, "0.00"), (31, "1.00"), (5, "not on the line")):
        put(page, along=None, patient=patient)  # as by a click on a dot
        assert stands()[1] == want
    assert not page.problems


def test_while_the_kernel_computes_only_the_latest_place_waits(opened):
    page = opened(position=(0, 0))
    page.evaluate("window.delay = null")
    page.locator(PLANE).focus()
    wide = view(page)[0][0][1]
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(50)
    (first,) = questions(page)
    assert first["position"][0] == pytest.approx(0.02 * wide)
    page.evaluate("answer(1)")
    page.wait_for_timeout(50)
    assert len(questions(page)) == 2
    assert questions(page)[1]["position"][0] == pytest.approx(9 * 0.02 * wide)
    page.evaluate("answer(2)")
    page.wait_for_timeout(50)
    assert len(questions(page)) == 2


def test_a_kernel_that_does_not_answer_is_named_and_nothing_hangs(opened):
    page = opened(position=(0, 0))
    page.evaluate("window.delay = null")
    page.locator(PLANE).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(700)
    assert not page.locator(FAULT).is_visible()
    page.locator(FAULT).wait_for(timeout=2000)
    assert "The kernel does not answer" in page.locator(FAULT).inner_text()
    assert len(questions(page)) == 2  # what had waited was asked, too
    page.wait_for_timeout(1100)
    page.keyboard.press("ArrowRight")
    assert len(questions(page)) == 3
    page.evaluate("answer(1)")  # late, and not the last
    page.wait_for_timeout(50)
    assert page.locator(FAULT).is_visible()
    page.evaluate("answer(3)")
    page.wait_for_timeout(50)
    assert not page.locator(FAULT).is_visible()
    page.wait_for_timeout(1200)
    assert not page.locator(FAULT).is_visible()
    assert len(questions(page)) == 3


def test_a_fault_of_decode_and_an_own_image_are_shown(opened):
    page = opened()
    put(page, message="Expected decode to … Received <b>nan</b>.", answered=1)
    assert page.locator(FAULT).inner_text() == "Expected decode to … Received <b>nan</b>."
    assert page.locator(FAULT).get_attribute("role") == "alert"
    put(page, message="", answered=2)
    assert not page.locator(FAULT).is_visible()
    page.evaluate(
        """() => {
          const old = new Float32Array(t.model.get("places").buffer);
          const places = new Float32Array([...old, 1, 2]);
          t.model.set("places", new DataView(places.buffer));
          t.model.set("nearest", 60);
        }"""
    )
    page.wait_for_timeout(50)
    assert "your image" in page.locator("#one .mk-title").nth(2).inner_text()
    assert "your image" in page.locator("#one .mk-keys").inner_text()
    page.locator("#one input[type=number]").first.fill("60")
    assert get(page, "start") == 60
    assert not page.problems


def test_it_fits_a_projector_follows_the_theme_and_nothing_leaks(page):
    page.set_viewport_size(bare_page.PROJECTOR)
    open_page(page, explorer_of())
    page.wait_for_timeout(300)
    bare_page.check_fits(page, highest=520)
    changes = [
        {"amount": 2.5},
        {"along": 0.2},
        {"patient": 9},
        {"words": "Code " * 28},
        {"message": "No! " * 40},
    ]
    bare_page.check_nothing_jumps(page, changes)
    bare_page.check_follows_theme(page, [PLANE])
    bare_page.check_keys_are_kept(page)
    bare_page.check_nothing_leaks(page)
    assert not page.problems


CELL = """
import medkit
from sklearn.decomposition import PCA
from medkit.widgets import LatentExplorer
heads = medkit.load("brains", "validation", n=200, size=64, noise=0.0)
flat = heads.images.reshape(200, -1)
pca = PCA(16, random_state=0).fit(flat)
codes = pca.transform(flat)
lesion = codes[heads.labels == 1].mean(0) - codes[heads.labels == 0].mean(0)
e = LatentExplorer(
    lambda codes: pca.inverse_transform(codes).reshape(-1, 64, 64),
    codes,
    heads.images,
    heads.labels,
    encode=lambda images: pca.transform(images.reshape(len(images), -1)),
    direction=lesion,
)
e"""


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_in_jupyterlab_the_model_answers_hand_keys_and_python(run_cells, screenshot, theme):
    page = run_cells(CELL, theme=theme)
    plane, head = page.locator(".mk-codes"), ".mk-decoded"
    plane.wait_for()
    page.wait_for_timeout(500)
    pictures = [pixels(page, head)]

    def wait_for_new_picture():
        page.wait_for_function(
            "(before) => document.querySelector('.mk-decoded').toDataURL() !== before",
            arg=pictures[-1],
        )
        page.wait_for_timeout(300)
        pictures.append(pixels(page, head))

    box = plane.bounding_box()
    start, end = (box["x"] + 160, box["y"] + 120), (box["x"] + 260, box["y"] + 170)
    bare_page.drag_mouse(page, start, end, steps=20)
    wait_for_new_picture()
    plane.focus()
    page.keyboard.press("ArrowUp")
    wait_for_new_picture()
    labserver.ask_kernel(page, "e.start, e.end, e.along = 3, 8, 0.5")
    wait_for_new_picture()
    labserver.ask_kernel(page, "e.amount = 2")
    wait_for_new_picture()
    page.locator(".mk").evaluate("(node) => node.scrollIntoView()")
    screenshot(f"latent-{theme.lower()}")
    shown = grey(page, head)
    asked = "import numpy as np; print(np.frombuffer(e.decoded, 'u1').tolist(), flush=True)"
    assert shown.ravel().tolist() == eval(labserver.ask_kernel(page, asked))
    labserver.ask_kernel(page, "e.feed(heads.images[5, 8:-4, 4:-8] * 900 - 300)")
    wait_for_new_picture()
    page.locator(".mk-says", has_text="your image, mean squared error").wait_for()
    screenshot(f"latent-own-{theme.lower()}")
    assert page.locator(".jp-Cell").count() == 1  # no key became a shortcut that makes cells
    assert not page.problems


def test_in_jupyterlab_a_busy_kernel_is_named_and_catches_up(run_cells):
    """Kernels that answer widgets on a thread of their own are not busy while a cell runs."""
    page = run_cells(CELL)
    page.locator(".mk-codes").wait_for()
    page.evaluate(
        """() => {
          const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          kernel.requestExecute({ code: "import time\\nwith e._lock: time.sleep(4)" });
        }"""
    )
    page.wait_for_timeout(300)
    page.locator(".mk-codes").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(100)
    page.locator(".mk-fault", has_text="The kernel does not answer").wait_for(timeout=3000)
    page.locator(".mk-fault").wait_for(state="hidden", timeout=20_000)
    page.wait_for_timeout(500)
    asked = "import numpy as np; p = np.frombuffer(e.places, '<f4')[::2]; "
    x, low, high = map(
        float, labserver.ask_kernel(page, f"{asked}print(e.position[0], p.min(), p.max())").split()
    )
    assert x == pytest.approx(-5 * 0.02 * 1.12 * (high - low), rel=1e-3)
    assert not page.problems
