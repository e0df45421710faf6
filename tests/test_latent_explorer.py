"""LatentExplorer on the kernel side: where it goes, what it decodes, its traits and its words."""

import base64
import functools
import io
import re
import threading

import numpy as np
import pytest
from helpers import check_refused
from PIL import Image
from skimage.transform import resize
from sklearn.decomposition import PCA

from medkit.plots import COLOURS
from medkit.widgets import LatentExplorer
from medkit.widgets.codes import CodePlane, as_grey

RNG = np.random.default_rng(21)
SIZE = (6, 6)
HEADS = RNG.random((40, *SIZE)).astype(np.float32)
LABELS = np.arange(40) % 4 == 0
FLAT = HEADS.reshape(40, -1)


def linear(numbers):
    """PCA of random pictures: a decoder whose answers are known, and the codes of the pictures."""
    pca = PCA(numbers).fit(FLAT)

    def decode(codes):
        return pca.inverse_transform(codes).reshape(-1, *SIZE, 1)

    def encode(images):
        return pca.transform(images.reshape(len(images), -1))

    return decode, encode, pca.transform(FLAT)


def explorer_of(numbers=5, **settings):
    decode, encode, codes = linear(numbers)
    given = {"images": HEADS, "labels": LABELS, "encode": encode, **settings}
    return LatentExplorer(decode, codes, **given)


def check_picture(explorer, code):
    """The code, what is decoded, and the bytes for the browser must all be those of `code`."""
    np.testing.assert_allclose(explorer.code, code, atol=1e-5)
    want = linear(len(code))[0](np.asarray(code)[None])[0, :, :, 0]
    np.testing.assert_allclose(explorer.picture, want, atol=1e-5)
    shown = np.frombuffer(explorer.decoded, np.uint8).reshape(SIZE)
    np.testing.assert_allclose(shown, 255 * want.clip(0, 1), atol=0.51)


def test_the_plane_of_longer_codes_is_scikit_learns():
    codes = RNG.normal(size=(50, 7)) * [3, 1, 2, 1, 1, 5, 1] + 4
    plane, peer = CodePlane(codes), PCA(2).fit(codes)
    turn = np.sign((plane.axes * peer.components_).sum(1))
    np.testing.assert_allclose(plane.axes * turn[:, None], peer.components_, atol=1e-9)
    np.testing.assert_allclose(plane.place(codes) * turn, peer.transform(codes), atol=1e-9)
    np.testing.assert_allclose(
        plane.code(plane.place(codes)) + [plane.rest(c) for c in codes], codes
    )
    explorer = explorer_of(5)
    places = np.frombuffer(explorer.places, "<f4").reshape(-1, 2)
    np.testing.assert_allclose(np.abs(places), np.abs(linear(5)[2][:, :2]), atol=1e-4)


def test_two_numbers_are_the_plane_itself():
    explorer = explorer_of(2)
    places = np.frombuffer(explorer.places, "<f4").reshape(-1, 2)
    np.testing.assert_array_equal(places, explorer.codes)
    explorer.position = (0.25, -0.5)
    assert explorer.code.tolist() == [0.25, -0.5]
    check_picture(explorer, [0.25, -0.5])


def test_it_starts_at_the_mean_and_a_chosen_patient_is_decoded_exactly():
    decode, _, codes = linear(5)
    explorer = explorer_of(5)
    check_picture(explorer, codes.mean(0))
    for patient in (7, 23):
        explorer.patient = patient
        check_picture(explorer, codes[patient])
        assert (explorer.nearest, explorer.along) == (patient, None)
        assert explorer.distance == pytest.approx(0, abs=1e-6)
        error = np.mean((decode(codes[patient : patient + 1])[0, ..., 0] - HEADS[patient]) ** 2)
        assert explorer.caption == f"mean squared error {error:.4f}"


def test_a_dragged_point_keeps_what_the_plane_does_not_show():
    _, _, codes = linear(5)
    explorer = explorer_of(5, patient=7)
    explorer.position = [explorer.position[0] + 0.5, explorer.position[1] - 0.25]
    plane = CodePlane(codes.astype(np.float32))
    check_picture(explorer, codes[7] + np.array([0.5, -0.25]) @ plane.axes)
    assert explorer.patient is None
    assert explorer.distance == pytest.approx(np.linalg.norm(codes - explorer.code, axis=1).min())


def test_from_a_to_b_runs_straight_through_the_whole_code():
    _, _, codes = linear(5)
    explorer = explorer_of(5, start=3, end=8)
    for along in (0, 0.3, 1):
        explorer.along = along
        check_picture(explorer, (1 - along) * codes[3] + along * codes[8])
    explorer.end = 20  # on the line another end moves the point
    check_picture(explorer, codes[20])
    explorer.position = [0.1, 0.2]
    assert explorer.along is None
    before = explorer.code
    explorer.start = 30  # off the line it does not
    np.testing.assert_array_equal(explorer.code, before)


def test_the_buttons_set_a_and_set_b_lead_to_the_end_they_set():
    _, _, codes = linear(5)
    explorer = explorer_of(5, start=3, end=8, patient=7)
    for asked, (end, along, patient) in enumerate((("end", 1, 7), ("start", 0, 12))):
        explorer.set_state({end: patient, "along": along, "patient": None, "asked": asked + 1})
        check_picture(explorer, codes[patient])
        assert (explorer.along, explorer.patient, explorer.nearest) == (along, None, patient)
    assert (explorer.start, explorer.end, explorer.answered) == (12, 7, 2)


def test_a_and_b_are_of_both_labels_at_first():
    explorer = explorer_of()
    assert (explorer.start, explorer.end) == (0, 1)  # labels 1 and 0
    assert explorer_of(start=1).end == 0
    far = np.linalg.norm(linear(5)[2] - linear(5)[2][0], axis=1).argmax()
    assert explorer_of(labels=None).end == far


def test_the_direction_is_added_to_the_code():
    direction = RNG.normal(size=5)
    explorer = explorer_of(direction=direction, patient=4, amount=-1.5)
    code = linear(5)[2][4] - 1.5 * direction
    check_picture(explorer, code)
    places = CodePlane(linear(5)[2].astype(np.float32)).axes @ direction
    np.testing.assert_allclose(explorer.facts["direction"], places, atol=1e-5)
    assert explorer.patient == 4  # the place stays
    assert "plus -1.5 × lesion-ness" in explorer.words


def test_all_that_changes_together_is_decoded_once_and_answered_in_one_message():
    decode, _, codes = linear(5)
    calls, sent = [], []
    explorer = LatentExplorer(lambda c: calls.append(len(c)) or decode(c), codes)
    calls.clear()
    explorer._send = lambda message, buffers=None: sent.append(message)
    explorer.set_state({"position": [0.5, 0.25], "along": None, "patient": None, "asked": 9})
    assert calls == [1]
    assert explorer.answered == 9
    answers = [each["state"] for each in sent if each["method"] == "update"]
    assert len(answers) == 1
    assert {"answered", "words", "nearest"} <= set(answers[0])
    assert "position" not in answers[0]  # the hand may be elsewhere by now
    explorer.set_state({"asked": 10})
    assert (calls, explorer.answered) == ([1], 10)
    explorer.set_state({"along": 0.5, "asked": 11})
    assert len(calls) == 2


def test_moves_from_two_threads_leave_one_state():
    """A cell sets traits while the browser's wishes come on a thread of their own."""
    explorer = explorer_of(2, direction=[0.5, -1])
    wishes = [{"position": [0.01 * n, 0.3], "asked": n} for n in range(1, 80)]
    other = threading.Thread(target=lambda: [explorer.set_state(wish) for wish in wishes])
    other.start()
    for n in range(80):
        explorer.amount = n / 40
    other.join()
    assert explorer.answered == 79
    check_picture(explorer, np.array([0.79, 0.3]) + 79 / 40 * np.array([0.5, -1]))


def test_an_own_image_is_encoded_and_becomes_the_last_patient():
    decode, encode, codes = linear(5)
    explorer = explorer_of(along=0.5, direction=np.ones(5), amount=2)
    image = RNG.integers(0, 256, SIZE, dtype=np.uint8)
    said = explorer.feed(image)
    grey = image.astype(np.float32) / 255
    code = encode(grey[None])[0]
    check_picture(explorer, code)
    assert (explorer.patient, explorer.nearest, explorer.along) == (40, 40, None)
    assert explorer.amount == 0
    error = np.mean((decode(code[None])[0, ..., 0] - grey) ** 2)
    assert explorer.caption == f"mean squared error {error:.4f}"
    assert f"Nearest: your image, {explorer.caption}." in explorer.words
    assert said == explorer.words
    np.testing.assert_array_equal(np.frombuffer(explorer.real, np.uint8).reshape(SIZE), image)
    assert len(explorer.places) == 41 * 8
    explorer.feed(HEADS[3])  # another one in its place
    assert len(explorer.codes) == 41
    check_picture(explorer, codes[3])
    explorer.end, explorer.start, explorer.along = 40, 9, 1.0
    check_picture(explorer, codes[3])


def test_an_image_of_any_size_and_range_is_made_fit():
    wide = RNG.random((10, 20))
    grey = as_grey(1000 * wide - 300, (6, 6))
    assert (grey.shape, grey.dtype) == ((6, 6), np.float32)
    stretched = (wide - wide.min()) / np.ptp(wide)
    padded = np.pad(stretched, ((5, 5), (0, 0)))
    np.testing.assert_allclose(grey, resize(padded, (6, 6), anti_aliasing=True), atol=1e-5)
    tall = as_grey(np.ones((30, 10)), (12, 24))
    np.testing.assert_allclose(tall[6, [0, 9, 12, 14, 23]], [0, 0, 1, 0, 0], atol=0.2)
    np.testing.assert_array_equal(as_grey(HEADS[0][..., None], SIZE), HEADS[0])
    colour = np.zeros((6, 6, 3), np.uint8)
    colour[..., 1] = 255
    np.testing.assert_allclose(as_grey(colour, SIZE), 0.7154, atol=1e-6)
    with pytest.raises(ValueError, match=r"Expected an image of numbers .* Received shape \(3,\)"):
        as_grey(np.zeros(3), SIZE)


def pixels(shape):
    return lambda codes: np.zeros((len(codes), *shape))


def pixels_of_nan(codes):
    return np.full((len(codes), 3, 3), np.nan)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"decode": lambda c: 1 / 0}, r"Expected decode to take an array of shape \(1, 2\)\. Rec.* "
         r"ZeroDivisionError: division by zero Call decode on such"),
        ({"decode": pixels((3, 3, 3))}, r"Expected decode to turn codes of shape \(1, 2\) into "
         r"pictures of shape \(1, height, width\) .* Received shape \(1, 3, 3, 3\)\. Reshape"),
        ({"decode": lambda c: np.zeros((2, 3, 3))}, r"Received shape \(2, 3, 3\)"),
        ({"decode": pixels((0, 3))}, r"Received shape \(1, 0, 3\)"),
        ({"decode": pixels_of_nan}, r"Expected finite numbers in what decode returns\. Received 9"),
        ({"codes": np.zeros((5, 1))}, r"Expected codes of shape \(n, k\).* \(5, 1\), float64\. G"),
        ({"codes": np.zeros((1, 5))}, r"Received shape \(1, 5\)"),
        ({"codes": [[0, np.inf], [1, 1]]}, r"Expected finite numbers in codes\. Received 1 that"),
        ({"images": np.zeros((5, 3, 4))}, r"Expected images of shape \(5, 3, 3\).* \(5, 3, 4\)\. "),
        ({"images": np.full((5, 3, 3), 255)}, r"images from 0 to 1.* Received 255 to 255\. Scale"),
        ({"labels": [0, 1, 2, 0, 1]}, r"Expected labels of shape \(5,\).* \[0, 1, 2\]\. Turn oth"),
        ({"labels": [0, 1]}, r"Expected labels .* Received shape \(2,\)"),
        ({"direction": [1, 2, 3]}, r"Expected a direction of shape \(2,\).* \(3,\)\. Take for ex"),
        ({"direction": [1, np.nan]}, r"Expected finite numbers in direction\. Received 1"),
    ],
)  # fmt: skip
def test_bad_data_are_refused_in_words(change, words):
    good = {"decode": pixels((3, 3)), "codes": np.arange(10).reshape(5, 2)}
    with pytest.raises(ValueError, match=words):
        LatentExplorer(**{**good, **change})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"position": [1]}, r"Expected position to be two finite numbers\. Received \[1\]\. Write"),
        ({"position": [np.nan, 0]}, r"two finite numbers\. Received \[nan"),
        ({"start": 40}, r"Expected start to be a whole number from 0 to 39\. Received 40\. Choose"),
        ({"end": -1}, r"Expected end to be a whole number from 0 to 39\. Received -1"),
        ({"patient": 1.5}, r"Expected patient to be a whole number from 0 to 39\. Received 1\.5"),
        ({"along": 1.1}, r"Expected along to be a number from 0 to 1\. Received 1\.1"),
        ({"amount": 1}, r"Expected amount to be 0 where there is no direction\. Received 1\. Give"),
        ({"names": ["a"]}, r"Expected names to be two different names"),
    ],
)
def test_bad_settings_are_refused_in_words(values, words):
    check_refused(explorer_of, values, words)


def test_the_amount_has_limits_where_there_is_a_direction():
    build = functools.partial(explorer_of, direction=np.ones(5))
    check_refused(build, {"amount": 4}, r"Expected amount to be a number from -3 to 3\. Received 4")


def test_unknown_settings_and_feeding_without_an_encoder_are_refused_in_words():
    known = r"among position, along, patient, start, end, amount, names\. Received place\. Check"
    with pytest.raises(TypeError, match=known):
        explorer_of(place=(0, 0))
    with pytest.raises(
        ValueError, match=r"Expected an explorer with an encoder\. Received .* Make"
    ):
        explorer_of(encode=None).feed(HEADS[0])
    wrong = explorer_of(encode=lambda images: np.zeros((1, 4)))
    with pytest.raises(
        ValueError, match=r"into codes of shape \(1, 5\)\. Received shape \(1, 4\)\."
    ):
        wrong.feed(HEADS[0])
    assert len(wrong.codes) == 40


def test_a_decoder_that_fails_later_is_reported_and_the_last_picture_stays():
    decode, _, codes = linear(2)

    def fragile(codes):
        if codes[0, 0] > 100:
            raise RuntimeError("too far")
        return decode(codes)[:, : -1 if codes[0, 0] > 50 else None]

    explorer = LatentExplorer(fragile, codes, position=(0.5, 0))
    good, shown = explorer.picture, explorer.decoded
    for place, words in (
        (60, r"\(1, 6, 6\) .* Received shape \(1, 5, 6\)"),
        (101, r"RuntimeErr.*far"),
    ):
        explorer.set_state({"position": [place, 0], "asked": place})
        assert re.search(words, explorer.message)
        assert explorer.message.endswith("The decoded picture is the last good one.")
        assert isinstance(explorer.error, ValueError)
        assert (explorer.answered, explorer.decoded) == (place, shown)
        np.testing.assert_array_equal(explorer.picture, good)
    explorer.position = (0.25, 0)
    assert (explorer.message, explorer.error) == ("", None)
    check_picture(explorer, [0.25, 0])
    explorer = LatentExplorer(fragile, codes, encode=lambda images: [[101.0, 0]])
    assert "too far" in explorer.feed(HEADS[0])


def test_nearest_words_and_real_picture():
    decode, _, codes = linear(2)
    explorer = explorer_of(2, names=("well", "ill"), position=codes[8] + [0.001, 0])
    assert explorer.nearest == 8
    assert explorer.name_of(8) == "patient 8 (ill)"
    assert explorer.caption == "0.001 away"
    assert explorer.words.endswith("Nearest: patient 8 (ill), 0.001 away.")
    want = (HEADS[8] * 255 + 0.5).astype(np.uint8)
    np.testing.assert_array_equal(np.frombuffer(explorer.real, np.uint8).reshape(SIZE), want)
    bare = LatentExplorer(decode, codes, patient=8)
    assert (bare.real, bare.caption) == (b"", "this very code")
    assert "Nearest: patient 8, this" in bare.words


def test_the_mimebundle_holds_a_picture_and_a_line_that_never_changes():
    explorer = explorer_of(2, position=(0.5, -1))
    first, second = (explorer._repr_mimebundle_()[0] for _ in range(2))
    want = "LatentExplorer(40 codes of 2 numbers, position (0.5, -1))"
    assert first["text/plain"] == second["text/plain"] == want
    assert first["image/png"] == second["image/png"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(first["image/png"]))))
    assert picture[..., :3].std() > 10
    explorer.position = (-1e-9, 0)
    assert "position (0, 0)" in repr(explorer)
    axes = explorer.figure().axes
    np.testing.assert_array_equal(axes[1].images[0].get_array(), explorer.picture)
    np.testing.assert_array_equal(axes[2].images[0].get_array(), HEADS[explorer.nearest])
    explorer = explorer_of(2, images=None, start=3, end=5, along=0.5, direction=[1, 0], amount=2)
    assert repr(explorer).endswith(", 0.5 from patient 3 to 5, 2 × lesion-ness)")
    assert len(explorer.figure().axes) == 2


def test_colours_are_those_of_the_plots():
    roles = {"first": "first", "second": "second", "point": "prediction", "own": "third"}
    for name, role in roles.items():
        assert f"--mk-{name}: {COLOURS[role].lower()};" in LatentExplorer._css
