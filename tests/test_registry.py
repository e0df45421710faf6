"""The facts: well formed, and true of the files wherever these can be had."""

import collections
import re
import runpy
import zipfile
from pathlib import Path

import numpy as np
import pytest

from medkit import downloads
from medkit.registry import SETS, SPLITS

ROOT = Path(__file__).resolve().parents[1]
PUBLIC = [info for info in SETS.values() if info.tier == "public"]
NO_MIRROR = "MEDKIT_DATA_MIRROR names no folder with {}: its facts are not checked"


def mirrored(name):
    """Return the path of a set's file, or skip the test where it is not at hand."""
    folder, _ = downloads.mirror()
    if not folder or not (folder / SETS[name].file.name).is_file():
        pytest.skip(NO_MIRROR.format(SETS[name].file.name))
    return downloads.fetch(SETS[name].file)


def test_the_sets_that_lessons_name():
    tiers = collections.Counter(info.tier for info in SETS.values())
    assert tiers == {"built in": 8, "generated": 2, "public": 7}
    assert "dermamnist" not in SETS  # its licence forbids commercial use


@pytest.mark.parametrize("info", SETS.values(), ids=SETS)
def test_facts_are_complete(info):
    assert all([info.title, info.modality, info.task, info.licence, info.source, info.about])
    assert len(info.shape) == 3
    assert len(set(info.classes)) == len(info.classes)
    assert info.splits == (() if "all" in info.counts else SPLITS)
    assert (info.file is None) == info.built_in
    assert bool(info.counts) == (info.tier != "generated")
    for doi in re.findall(r"doi:(\S+)", info.citation):
        assert re.fullmatch(r"10\.\d{4,}/[^\s;,]+[^\s;,.]|10\.\d{4,}/[^\s]+,?", doi), doi


@pytest.mark.parametrize("info", PUBLIC, ids=lambda info: info.name)
def test_files_are_pinned(info):
    file = info.file
    assert len(file.urls) >= 2
    assert all(url.startswith("https://") for url in file.urls)
    if file.md5:
        assert re.fullmatch("[0-9a-f]{32}", file.md5)
        assert all(f"/{file.name}" in url for url in file.urls)
    else:
        assert re.fullmatch("[0-9a-f]{64}", file.digest)
        (commit,) = {re.search("[0-9a-f]{40}", url).group() for url in file.urls}
        assert file.name.endswith(f"-{commit[:8]}.zip")


def test_cards_are_written_from_the_registry():
    cards = runpy.run_path(str(ROOT / "tools" / "data_cards.py"))["cards"]()
    assert (ROOT / "data" / "README.md").read_text(encoding="utf-8") == cards, (
        "data/README.md is not what the registry says: run python tools/data_cards.py"
    )
    assert "not for clinical use" in cards
    assert cards.count("Copyright (C) 1993-2004 Louis Collins") == 2  # the brain, and `brains`
    assert all(f"\n## {name}\n" in cards for name in SETS)


@pytest.mark.parametrize("name", ["breastmnist", "retinamnist"])
def test_medmnist_counts(name):
    info = SETS[name]
    with np.load(mirrored(name), allow_pickle=False) as arrays:
        for split, count in info.counts.items():
            short = {"validation": "val"}.get(split, split)
            assert arrays[f"{short}_images"].shape[0] == count
            labels = np.unique(arrays[f"{short}_labels"])
            assert labels.tolist() == list(range(len(info.classes)))
        share = np.bincount(arrays["test_labels"].ravel()).max() / info.counts["test"]
    assert any(f"{100 * share:.1f} %" in fault for fault in info.faults)


def test_bccd_counts():
    path, info = mirrored("bccd"), SETS["bccd"]
    with zipfile.ZipFile(path) as archive:
        used = downloads.members(archive, info.file.members)
        text = b"".join(archive.read(used[name]) for name in used if name.endswith(".xml"))
        for split, count in info.counts.items():
            short = {"validation": "val"}.get(split, split)
            assert len(archive.read(used[f"BCCD/ImageSets/Main/{short}.txt"]).split()) == count
    found = collections.Counter(re.findall(rb"<name>(\w+)</name>", text))
    assert found == {b"RBC": 4155, b"WBC": 372, b"Platelets": 361}
    for number in ("4155 red", "372 white", "361 platelets"):
        assert number in info.about


def test_dsb2018_counts():
    path, info = mirrored("dsb2018"), SETS["dsb2018"]
    with zipfile.ZipFile(path) as archive:
        used = downloads.members(archive, info.file.members)
    parts = collections.Counter(name.split("/")[2] for name in used)
    assert parts == {"images": info.counts["all"], "masks": 28_986}
    assert "28,986 outlined nuclei" in info.about
