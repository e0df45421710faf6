"""What the built-in and public sets hold: against files made by hand, and the real ones."""

import dataclasses
import io
import zipfile
from importlib.resources import files

import nibabel
import numpy as np
import pytest
from PIL import Image

from medkit import downloads, readers
from medkit.datasets import DataError, available, fetch, load
from medkit.registry import SETS, RemoteFile

BUILT_IN = [info for info in SETS.values() if info.tier == "built in"]


def mirrored(name):
    """Skip a test where the mirror has no such file; a wrong one makes it fail."""
    folder, _ = downloads.mirror()
    if not folder or not (folder / SETS[name].file.name).is_file():
        pytest.skip(f"MEDKIT_DATA_MIRROR names no folder with {SETS[name].file.name}")


# ---- built in -------------------------------------------------------------------------------


@pytest.mark.parametrize("info", BUILT_IN, ids=lambda info: info.name)
def test_built_in_images_are_as_registered(info, monkeypatch):
    monkeypatch.setenv("MEDKIT_DATA_MIRROR", "/nowhere")
    assert available(info.name)
    assert fetch(info.name) is None
    data = load(info.name)
    assert data.images.shape == (info.counts["all"], *info.shape)
    assert data.images.dtype in (np.uint8, np.float32)
    assert len(data) == info.counts["all"]
    assert data.images.std() > 5  # a picture, not a blank
    assert data.labels is None
    assert len(repr(data)) < 200


def test_ct_is_in_hounsfield_units():
    ct = load("ct")
    assert ct.images.dtype == np.float32
    assert ct.spacing_mm == (0.661468, 0.661468)
    image = ct.images[0, ..., 0]
    assert image.min() < -850  # air in the lung
    assert 300 < image[10:50, 50:80].max() < 1500  # the vertebra
    assert 10 < np.median(image[70:90, 40:90]) < 70  # muscles of the back
    assert -120 < np.median(image[110:, 40:90]) < -60  # fat under the skin


def test_mni152_is_seen_as_a_radiologist_does():
    """Against the template's own coordinates: what lies where in millimetres."""
    head = load("mni152_head")
    template = nibabel.load(files("nilearn") / "datasets" / "data" / readers.MNI152.format("t1"))
    volume, inverse = np.asarray(template.dataobj), np.linalg.inv(template.affine)
    for x, y, z in [(40, 20, 10), (-40, 20, 10), (5, -80, -20), (-12, 50, 40)]:
        i, j, k = np.round(inverse @ [x, y, z, 1]).astype(int)[:3]
        assert head.images[k, 233 - 1 - j, 197 - 1 - i, 0] == volume[i, j, k]
    white = head.images[head.tissues == 3].mean()
    grey = head.images[head.tissues == 2].mean()
    fluid = head.images[head.tissues == 1].mean()
    assert white > grey + 30 > fluid + 60
    # 1 mm³ a voxel; an average brain is blurred, so that grey matter takes in some of the fluid
    assert 0.6e6 < (head.tissues == 2).sum() < 1.2e6
    assert 0.4e6 < (head.tissues == 3).sum() < 0.8e6


# ---- public ---------------------------------------------------------------------------------


@pytest.fixture
def small_set(tmp_path, monkeypatch):
    """Stand in for a public set by an archive made here; return a function that does so."""

    def make(name, members, pattern):
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in members.items():
                archive.writestr(f"top/{member}", content)
        digest = downloads.members_digest(path, pattern)
        file = RemoteFile(path.name, (), members=pattern, digest=digest)
        monkeypatch.setitem(SETS, name, dataclasses.replace(SETS[name], file=file))
        monkeypatch.setenv("MEDKIT_DATA_MIRROR", str(tmp_path))

    return make


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(stream, "png")
    return stream.getvalue()


def test_dsb2018_by_hand(small_set):
    one, two = np.zeros((4, 5)), np.zeros((4, 5))
    one[0, :3], two[2:, 4] = 255, 255
    members = {
        "stage1_train/a/images/a.png": png(np.full((4, 5, 4), 20)),
        "stage1_train/a/masks/1.png": png(one),
        "stage1_train/a/masks/2.png": png(two),
        "stage1_train/b/images/b.png": png(np.full((6, 6, 4), 200)),
        "stage1_train/b/masks/1.png": png(np.eye(6) * 255),
        "README.rst": "not used",
    }
    small_set("dsb2018", members, SETS["dsb2018"].file.members)
    data = load("dsb2018")
    assert [image.shape for image in data.images] == [(4, 5, 3), (6, 6, 3)]
    expected = [[1, 1, 1, 0, 0], [0] * 5, [0, 0, 0, 0, 2], [0, 0, 0, 0, 2]]
    assert data.masks[0].tolist() == expected
    assert data.masks[0].dtype == np.int32
    assert repr(data) == "ImageSet(dsb2018: 2 images of 4…6 × 5…6 × 3 uint8; masks)"
    assert load("dsb2018", kind="tissue").masks[0].sum() == 6
    assert len(load("dsb2018", n=1)) == 1
    chosen = load("dsb2018", size=(4, 5))
    assert chosen.images.shape == (1, 4, 5, 3)
    assert chosen.masks.shape == (1, 4, 5)
    with pytest.raises(DataError, match="Expected at least one image in dsb2018"):
        load("dsb2018", size=(9, 9))


def test_hostile_xml_is_refused(small_set):
    bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><annotation>&c;</annotation>'
    members = {
        "BCCD/ImageSets/Main/train.txt": "x",
        "BCCD/JPEGImages/x.jpg": png(np.zeros((2, 2, 3))),
        "BCCD/Annotations/x.xml": bomb,
    }
    small_set("bccd", members, SETS["bccd"].file.members)
    with pytest.raises(ValueError, match="EntitiesForbidden"):
        load("bccd", "train")


def test_breastmnist_from_the_mirror():
    mirrored("breastmnist")
    train, val = load("breastmnist", "train"), load("breastmnist", "val")
    assert train.images.shape == (546, 28, 28, 1)
    assert train.images.dtype == np.uint8
    assert train.labels.dtype == np.int64
    assert np.bincount(train.labels).tolist() == [147, 399]
    assert train.info.classes[0] == "malignant"
    both = load("breastmnist")
    assert len(both) == 546 + 78 + 156
    assert np.array_equal(both.images[546:624], val.images)
    assert len(load("breastmnist", "validation", n=5)) == 5
    assert not np.array_equal(load("breastmnist", "test").images[:78], val.images)


def test_retinamnist_from_the_mirror():
    mirrored("retinamnist")
    test = load("retinamnist", "test")
    assert test.images.shape == (400, 28, 28, 3)
    assert np.bincount(test.labels).tolist() == [174, 46, 92, 68, 20]


def test_bccd_from_the_mirror():
    mirrored("bccd")
    test = load("bccd", "test")
    assert test.images.shape == (72, 480, 640, 3)
    assert [len(b) for b in test.boxes] == [len(labels) for labels in test.box_labels]
    boxes = np.concatenate(test.boxes)
    assert boxes.dtype == np.float32
    assert (boxes >= 0).all()
    assert (boxes[:, [0, 2]] <= 480).all()
    assert (boxes[:, [1, 3]] <= 640).all()
    first = load("bccd", "val", n=1)  # BloodImage_00000, its first two boxes read by eye
    assert first.boxes[0][:2].tolist() == [[177, 260, 376, 491], [336, 78, 435, 184]]
    assert [first.info.classes[i] for i in first.box_labels[0][:2]] == ["WBC", "RBC"]
    y_min, x_min, y_max, x_max = first.boxes[0][0].astype(int)
    violet = first.images[0, ..., 2].astype(int) - first.images[0, ..., 1]  # blue less green
    assert violet[y_min:y_max, x_min:x_max].mean() > violet.mean() + 20  # the stain of a nucleus


def test_bccd_boxes_without_area():
    mirrored("bccd")
    info = SETS["bccd"]
    with zipfile.ZipFile(fetch("bccd")) as archive:
        used = downloads.members(archive, info.file.members)
        flat = []
        for name in (name for name in used if name.endswith(".xml")):
            boxes, _ = readers.voc(archive.read(used[name]), info.classes)
            if ((boxes[:, 2:] - boxes[:, :2]).prod(1) <= 0).any():
                flat.append(name.split("/")[-1].removesuffix(".xml"))
    assert flat == ["BloodImage_00338", "BloodImage_00343"]
    assert all(name in info.faults[0] for name in flat)


def test_dsb2018_from_the_mirror():
    mirrored("dsb2018")
    data = load("dsb2018", kind="fluorescence", size=(256, 256), n=6)
    assert data.images.shape == (6, 256, 256, 3)
    assert data.masks.shape == (6, 256, 256)
    for image, mask in zip(data.images, data.masks, strict=True):
        assert image[mask > 0].mean() > image[mask == 0].mean()  # nuclei shine
        numbers = np.unique(mask)
        assert numbers.tolist() == list(range(numbers[-1] + 1))
    tissue = load("dsb2018", kind="tissue", n=2)
    assert isinstance(tissue.images, list)
    assert min(image.mean() for image in tissue.images) > 100


@pytest.mark.slow
def test_kinds_of_dsb2018(monkeypatch):
    mirrored("dsb2018")
    monkeypatch.setattr(readers, "_instances", lambda *_: None)  # the images alone: 9 s, not 30
    assert len(load("dsb2018", kind="fluorescence")) == 541
    assert "541 bright on dark" in SETS["dsb2018"].about
