"""Weights come back as they were, within float16, and recordings exactly, or not at all."""

import hashlib
import json

import keras
import numpy as np
import pytest

from medkit import weights
from medkit.weights import load_recording, load_weights, save_recording, save_weights

CARD = {"script": "python -m benchmarks.example", "seed": 3, "score": {"error": 0.25}}
ARRAYS = {
    "steps": np.arange(0, 500, 100),
    "fakes": np.random.default_rng(4).normal(size=(5, 3, 2)).astype("float16"),
    "losses": np.array([[1.25, np.nan, np.inf, -1e300, 1e-300]]),
    "shown": np.array([True, False]),
    "small": np.float32(0.1),
    "classes": np.array(["no lesion", "lesion"]),
}


def network(width=3, depth=1, seed=0):
    """Return a network with weights that train and weights that do not."""
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((4, 4, 1)), keras.layers.RandomFlip("horizontal")]
    for _ in range(depth):
        layers += [keras.layers.Conv2D(width, 3, padding="same"), keras.layers.BatchNormalization()]
    built = keras.Sequential([*layers, keras.Sequential([keras.layers.Flatten()])])
    rng = np.random.default_rng(seed)
    built.set_weights([rng.normal(size=w.shape) for w in built.get_weights()])
    return built


@pytest.fixture
def saved(tmp_path):
    """Return a folder with the weights `small` of a network, and that network."""
    built = network()
    save_weights(built, "small", CARD, tmp_path)
    return tmp_path, built


KINDS = {  # its name → how to save something of it, and how to load it
    "weights": (
        lambda name, folder=None: save_weights(network(), name, CARD, folder),
        lambda name, folder=None: load_weights(network(seed=1), name, folder),
    ),
    "recordings": (
        lambda name, folder=None: save_recording(ARRAYS, name, CARD, folder),
        lambda name, folder=None: load_recording(name, folder)[1],
    ),
}


@pytest.fixture(params=KINDS)
def kind(request, tmp_path):
    """Return the name of a kind, save and load, after saving `small` of it."""
    save, load = KINDS[request.param]
    save("small", tmp_path)
    return request.param, save, load


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def spoil(file):
    """Change the last byte of a file."""
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def words_of(call):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the caller looks at its words
        call()
    return str(error.value)


def test_they_come_back_within_float16(saved):
    folder, built = saved
    other = network(seed=1)
    load_weights(other, "small", folder)
    for before, after in zip(built.get_weights(), other.get_weights(), strict=True):
        assert after.dtype == np.float32
        np.testing.assert_array_equal(after, before.astype("float16"))
        np.testing.assert_allclose(after, before, rtol=2**-11)  # half of the last of 11 digits
    images = np.random.default_rng(2).normal(size=(5, 4, 4, 1)).astype("float32")
    one, again = (np.asarray(model(images, training=False)) for model in (built, other))
    np.testing.assert_allclose(again, one, atol=0.01)


def test_the_card_says_what_made_them(saved):
    folder, built = saved
    card = load_weights(network(seed=1), "small", folder)
    assert {name: card[name] for name in CARD} == CARD
    assert card["parameters"] == built.count_params() == sum(w.size for w in built.get_weights())
    file = folder / "small.npz"
    assert card["sha256"] == digest(file)
    assert json.loads((folder / "small.json").read_text(encoding="utf-8")) == card
    with np.load(file, allow_pickle=False) as arrays:
        assert {arrays[name].dtype for name in arrays.files} == {np.dtype("float16")}


def test_a_recording_comes_back_exactly_with_its_card(tmp_path):
    path = save_recording(ARRAYS, "game", CARD, str(tmp_path))
    assert path == tmp_path / "game.npz"
    arrays, card = load_recording("game", str(tmp_path))
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array, strict=True)
    assert card == CARD | {"sha256": digest(path)}
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) == card


def test_saved_twice_the_later_ones_count(saved):
    folder, _ = saved
    newer = network(seed=5)
    save_weights(newer, "small", CARD, folder)
    other = network(seed=1)
    load_weights(other, "small", folder)
    np.testing.assert_allclose(other.get_weights()[0], newer.get_weights()[0], rtol=1e-3)


def test_a_stop_while_it_is_written_leaves_what_was_there(tmp_path, monkeypatch):
    path = save_recording(ARRAYS, "game", CARD, tmp_path)
    files = path, path.with_suffix(".json")
    before = [file.read_bytes() for file in files]
    for module, name in ((np, "savez_compressed"), (json, "dumps")):

        def stop(*given, **more):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(module, name, stop)
            with pytest.raises(KeyboardInterrupt):
                save_recording({"other": np.ones(3)}, "game", CARD, tmp_path)
        assert [file.read_bytes() for file in files] == before
    assert load_recording("game", tmp_path)[1]["seed"] == CARD["seed"]


def test_the_kit_has_a_folder_of_each_kind(kind, tmp_path, monkeypatch):
    name, save, load = kind
    place = {"weights": "FOLDER", "recordings": "RECORDINGS"}[name]
    assert getattr(weights, place).parts[-2:] == ("data", name)
    assert weights.RECORDINGS.parent == weights.FOLDER.parent
    monkeypatch.setattr(weights, place, tmp_path / "new")
    assert save("more") == tmp_path / "new" / "more.npz"
    assert load("more")["seed"] == 3


@pytest.mark.parametrize("value", [65_504.0, -65_504.0, 1e-8, 0.0])
def test_what_float16_holds_is_saved(value, tmp_path):
    built = network()
    first, *others = built.get_weights()
    built.set_weights([np.full_like(first, value), *others])
    save_weights(built, "edge", CARD, tmp_path)
    load_weights(built, "edge", tmp_path)
    np.testing.assert_allclose(built.get_weights()[0], value, atol=2**-24)


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("value", [65_536.0, -1e6, np.inf, np.nan])
def test_what_float16_does_not_hold_is_refused(value, place, tmp_path):
    built = network()
    values = built.get_weights()
    values[place][..., 0] = value
    built.set_weights(values)
    words = words_of(lambda: save_weights(built, "large", CARD, tmp_path))
    assert "Expected weights of at most 65504, as float16 holds. Received " in words
    assert f"{abs(value):.0f}" in words
    assert "smaller learning rate" in words
    assert list(tmp_path.iterdir()) == []


def test_another_file_than_the_card_says_is_refused(kind, tmp_path):
    _, _, load = kind
    file = tmp_path / "small.npz"
    wanted = digest(file)
    spoil(file)
    words = words_of(lambda: load("small", tmp_path))
    assert f"Expected small.npz with the SHA-256 of its card, {wanted}. Received " in words
    assert f"Received {digest(file)}. The file was changed" in words
    assert "take it from the repository again" in words


def test_refused_weights_leave_the_model_as_it_was(saved):
    folder, built = saved
    before = [w.copy() for w in built.get_weights()]
    spoil(folder / "small.npz")
    words_of(lambda: load_weights(built, "small", folder))
    for was, now in zip(before, built.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)


@pytest.mark.parametrize("missing", [".npz", ".json"])
def test_a_missing_file_is_named_and_those_that_are_there(missing, kind, tmp_path):
    name, save, load = kind
    save("third", tmp_path).with_suffix(missing).unlink()
    words = words_of(lambda: load("third", tmp_path))
    there = "small" if missing == ".npz" else "small, third"
    assert f"Expected {name} among {there}. Received 'third', which is not in {tmp_path}" in words
    assert f"Check the name; data/{name} of the kit must lie beside the package." in words
    words = words_of(lambda: load("small", tmp_path / "empty"))
    assert f"Expected {name} among none." in words


def test_another_network_is_refused_and_left_as_it_was(saved):
    folder, _ = saved
    deeper, wider = network(depth=2), network(width=5)
    before = [w.copy() for w in wider.get_weights()]
    words = words_of(lambda: load_weights(deeper, "small", folder))
    assert "Expected a model with 6 arrays of weights, as small has. Received one with 12." in words
    assert "the arguments that the card names" in words
    words = words_of(lambda: load_weights(wider, "small", folder))
    assert "weights 0 of the model to have the shape (3, 3, 1, 3), as in small." in words
    assert "Received (3, 3, 1, 5). Build it with the arguments" in words
    for was, now in zip(before, wider.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)


def test_a_recording_holds_plain_arrays_only(tmp_path):
    losses = {"losses": {"generator": np.zeros(3)}}
    words = words_of(lambda: weights.save_recording(losses, "nested", CARD, tmp_path))
    assert "Expected numbers or words in 'losses'. Received dict" in words
    assert "a name of its own" in words
    assert list(tmp_path.iterdir()) == []


class Harmful:
    """Stands for code that a pickle would run."""

    ran = False

    def __reduce__(self):
        return setattr, (Harmful, "ran", True)


def test_nothing_in_the_file_is_run(kind, tmp_path, monkeypatch):
    _, _, load = kind
    monkeypatch.setattr(Harmful, "ran", False)
    file = tmp_path / "small.npz"
    with file.open("wb") as opened:
        np.savez(opened, np.array([Harmful()], object), allow_pickle=True)
    card = json.dumps(CARD | {"sha256": digest(file)})
    file.with_suffix(".json").write_text(card, encoding="utf-8")
    assert "allow_pickle=False" in words_of(lambda: load("small", tmp_path))
    assert not Harmful.ran
    with np.load(file, allow_pickle=True) as arrays:
        arrays["arr_0"]
    assert Harmful.ran  # it would have been


def shipped(folder):
    """Return a decorator: the test is given each file of arrays that the kit has in a folder."""
    files = sorted(folder.glob("*.npz"))
    return pytest.mark.parametrize("file", files, ids=lambda file: file.stem)


def card_and_arrays(file):
    """Return a file's card, once it is complete and fits, and the arrays of the file."""
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["sha256"] == digest(file)
    assert {"script", "seed", "data", "score"} <= set(card)
    with np.load(file, allow_pickle=False) as arrays:
        return card, dict(arrays)


@shipped(weights.FOLDER)
def test_the_weights_that_ship_are_those_of_their_cards(file):
    card, arrays = card_and_arrays(file)
    assert sum(array.size for array in arrays.values()) == card["parameters"]
    assert all(np.isfinite(array).all() for array in arrays.values())


@shipped(weights.RECORDINGS)
def test_the_recordings_that_ship_are_those_of_their_cards(file):
    card, arrays = card_and_arrays(file)
    assert arrays
    assert load_recording(file.stem)[1] == card
