"""The one door: what it gives, what it keeps, what it says when it cannot."""

import dataclasses
import errno
import os
import re
import time

import numpy as np
import pytest

import medkit
from medkit import datasets, downloads, phantoms
from medkit.datasets import DataError, ImageSet, available, fetch, load, names
from medkit.registry import SETS


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


# ---- the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: load("Brain"), "Received 'Brain'. Did you mean \"brains\"?"),
        (lambda: load("dsb_2018"), 'Did you mean "dsb2018"?'),
        (lambda: load("xyz"), "Expected one of mni152_head, retina, "),
        (lambda: load("xyz"), "Choose one of these."),
        (lambda: available("retinamist"), 'Did you mean "retinamnist"?'),
        (lambda: fetch("bcd"), 'Did you mean "bccd"?'),
        (lambda: load("retina", "train"), "comes in one piece. Received split='train'."),
        (lambda: load("bccd", "dev"), "train, validation, test, or None for all. Received 'dev'"),
        (lambda: load("brains", "dev"), "train, validation, test, or None for all. Received 'dev'"),
        (lambda: load("ct", n=2), "Expected for ct no options. Received n."),
        (lambda: load("bccd", size=2), "Expected for bccd n. Received size."),
        (lambda: load("bccd", n=0), "n to be a number above 0"),
        (lambda: load("dsb2018", kind="x"), "kind one of fluorescence, tissue"),
        (lambda: load("dsb2018", size=256), "size (height, width). Received {'size': 256}"),
    ],
)
def test_clear_errors(call, words):
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        call()
    assert isinstance(caught.value, ValueError)
    assert "Expected" in str(caught.value)


def test_exported():
    assert medkit.load is load
    assert medkit.available is available
    assert names() == tuple(SETS)
    assert downloads.DataError is DataError


def test_image_set_is_frozen():
    data = load("cell")
    assert repr(data) == "ImageSet(cell: 1 image of 660 × 550 × 1 uint8)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.images = None


# ---- generated sets ---------------------------------------------------------------------------


def same(one, other):
    """Whether two results are equal to the last bit, types included."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return one == other


def arrays_of(data):
    found = {f.name: getattr(data, f.name) for f in dataclasses.fields(data)[1:]}
    return {key: value for key, value in found.items() if value is not None}


def made_up(n=3, size=8, seed=0, split="train", view="axial"):
    rng = np.random.default_rng([seed, n])
    made_up.calls += 1
    counts = [k % 3 for k in range(n)]
    return {
        "images": rng.random((n, size, size, 1), np.float32),
        "labels": rng.integers(0, 2, n),
        "boxes": [rng.random((k, 4), np.float32) for k in counts],
        "box_labels": [np.ones(k, np.int64) for k in counts],
        "views": np.array([view] * n),
        "contrasts": np.array([split] * n),
        "spacing_mm": 2.5,
    }


@pytest.fixture
def generator(cache, monkeypatch):
    made_up.calls = 0
    monkeypatch.setattr(phantoms, "brains", made_up)
    return made_up


def test_kept_and_given_back_to_the_last_bit(generator, cache):
    fresh = load("brains", seed=4)
    kept = load("brains", seed=4)
    assert generator.calls == 1
    assert same(arrays_of(fresh), arrays_of(kept))
    assert fresh.spacing_mm == (2.5, 2.5)
    direct = {**made_up(seed=4), "spacing_mm": (2.5, 2.5)}
    assert same(arrays_of(kept), direct)
    assert len(list((cache / "generated").iterdir())) == 1


def test_every_parameter_and_the_version_is_part_of_the_key(generator, cache, monkeypatch):
    calls = [{}, {"n": 2}, {"size": 9}, {"seed": 1}, {"view": "coronal"}, {"split": "test"}]
    for number, options in enumerate(calls, 1):
        load("brains", **options)
        assert generator.calls == number
    for same_as_before in [{"n": 3}, {"seed": np.int64(1)}, {"split": "train"}, {"split": None}]:
        load("brains", **same_as_before)
    assert generator.calls == len(calls)
    assert load("brains", "val", n=1).contrasts[0] == "validation"
    monkeypatch.setattr(phantoms, "VERSION", phantoms.VERSION + 1)
    load("brains")
    assert generator.calls == len(calls) + 2
    (only,) = (cache / "generated").iterdir()  # what older versions left is gone
    assert f"-v{phantoms.VERSION}-" in only.name


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty", "folder"])
def test_damaged_files_are_made_anew(generator, cache, damage):
    fresh = load("brains")
    (path,) = (cache / "generated").iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.unlink()
    if damage == "folder":
        path.mkdir()
    else:
        wrong = {"cut": content[:500], "flipped": content, "text": b"no archive", "empty": b""}
        path.write_bytes(wrong[damage])
    assert same(arrays_of(load("brains")), arrays_of(fresh))
    assert generator.calls == 2
    assert len(load("brains")) == 3
    assert generator.calls == (3 if damage == "folder" else 2)  # kept again, where it can be


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_a_cache_that_cannot_be_written_only_means_no_cache(generator, cache, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(downloads.os, "replace", refuse)
    assert same(arrays_of(load("brains")), arrays_of(load("brains")))
    assert generator.calls == 2
    assert not list((cache / "generated").iterdir())
    monkeypatch.setenv("MEDKIT_CACHE", __file__)  # a file where the folder should be
    assert len(load("brains")) == 3


def test_unknown_option_of_a_generator(generator):
    with pytest.raises(DataError, match=r"options n, size, seed, split, view. Received sizes"):
        load("brains", sizes=3)


def test_no_pickle_is_ever_read(generator, cache):
    load("brains")
    (path,) = (cache / "generated").iterdir()
    np.savez(path.with_suffix(""), images=np.array([{"a": 1}], object), labels=np.zeros(1))
    assert len(load("brains")) == 3
    assert generator.calls == 2


@pytest.mark.parametrize("name", ["brains", "blood_smears"])
def test_real_generators(cache, name):
    fresh = load(name, "test", n=4, seed=7)
    start = time.perf_counter()
    kept = load(name, "test", n=4, seed=7)
    assert time.perf_counter() - start < 1
    assert same(arrays_of(fresh), arrays_of(kept))
    direct = getattr(phantoms, name)(n=4, seed=7, split="test")
    assert np.array_equal(direct["images"], kept.images)
    assert all(map(np.array_equal, direct["boxes"], kept.boxes))
    assert len(kept) == 4
    assert kept.images.shape[-1] == kept.info.shape[-1]
    assert max(label.max(initial=0) for label in kept.box_labels) < len(kept.info.classes)
    other = load(name, "train", n=4, seed=7)
    assert not np.array_equal(other.images, kept.images)


# ---- without a network ------------------------------------------------------------------------


def test_not_available_without_a_network(cache, monkeypatch):
    monkeypatch.delenv("MEDKIT_DATA_MIRROR", raising=False)
    public = [info.name for info in SETS.values() if info.tier == "public"]
    assert not any(map(available, public))
    assert all(map(available, set(names()) - set(public)))


def test_image_set_of_your_own():
    mine = ImageSet(SETS["retina"], np.zeros((2, 3, 4, 1), np.float32), labels=np.zeros(2, int))
    assert repr(mine) == "ImageSet(retina: 2 images of 3 × 4 × 1 float32; labels)"
    assert datasets.ImageSet is ImageSet
