"""The made-up patients: exact truth, the same bits again, and no short cut to the answer."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from medkit.phantoms import blood_smears, brains
from medkit.phantoms.anatomy import MAPS, interpolate, mni152


@pytest.fixture(scope="module")
def population():
    return brains(n=240, size=64, seed=7, lesion_contrast=1.0)


def test_the_same_arguments_give_the_same_bits(population):
    again = brains(n=240, size=64, seed=7, lesion_contrast=1.0)
    for key, value in population.items():
        np.testing.assert_equal(again[key], value)
    assert (brains(n=2, size=64, seed=8)["images"] != population["images"][:2]).any()


def test_a_larger_population_begins_with_the_smaller(population):
    few = brains(n=5, size=64, seed=7, lesion_contrast=1.0)
    np.testing.assert_array_equal(few["images"], population["images"][:5])


def test_shapes_ranges_and_types(population):
    assert population["images"].shape == (240, 64, 64, 1)
    assert population["images"].dtype == np.float32
    assert 0 <= population["images"].min() < 0.05
    assert 0.6 < population["images"].max() <= 1
    assert set(np.unique(population["tissues"])) == {0, 1, 2, 3}
    assert population["spacing_mm"] == 224 / 64


def test_an_invisible_lesion_is_in_the_truth_and_not_in_the_image(population):
    unseen = brains(n=40, size=64, seed=7, lesion_contrast=0.0)
    np.testing.assert_array_equal(unseen["masks"], population["masks"][:40])
    assert 0 < unseen["labels"].sum() < 40
    well = brains(n=40, size=64, seed=7, lesion_fraction=0.0)
    np.testing.assert_array_equal(unseen["images"], well["images"])


def test_boxes_masks_and_labels_tell_the_same_story(population):
    for mask, box, label in zip(
        population["masks"], population["boxes"], population["labels"], strict=True
    ):
        assert label == mask.any() == len(box)
        if label:
            top, left, bottom, right = box[0].astype(int)
            assert mask[top:bottom, left:right].sum() == mask.sum()
            assert mask[top].any()
            assert mask[bottom - 1].any()
            assert mask[:, left].any()
            assert mask[:, right - 1].any()
    assert 0.25 < population["labels"].mean() < 0.5


def test_lesions_lie_inside_the_brain(population):
    assert (population["tissues"][population["masks"] > 0] > 0).all()


def test_a_patient_is_in_one_split_only():
    ids = [
        set(brains(n=8, size=32, split=split)["patient_ids"])
        for split in ("train", "validation", "test")
    ]
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]
    assert not ids[1] & ids[2]


def test_tissues_have_the_order_of_their_signals():
    quiet = dict(n=6, size=96, noise=0.0, bias=0.0, lesion_fraction=0.0, seed=3)
    for contrast, order in (("T1", [1, 2, 3]), ("T2", [3, 2, 1]), ("FLAIR", [1, 3, 2])):
        made = brains(contrast=contrast, **quiet)
        means = {t: made["images"][..., 0][made["tissues"] == t].mean() for t in (1, 2, 3)}
        assert sorted(means, key=means.get) == order


def test_without_deformation_it_is_the_template():
    made = brains(n=4, size=224, deformation=0.0, noise=0.0, bias=0.0, lesion_fraction=0.0, seed=1)
    white_share = (made["tissues"] == 3).mean((1, 2))
    template = mni152()["white"][:, :, 60:130]
    assert np.median(white_share) == pytest.approx(
        np.median((template > 127).sum((0, 1))) / 224**2, rel=0.35
    )


def test_interpolation_agrees_with_scipy():
    points = np.random.default_rng(0).uniform(1, [[195], [231], [187]], (3, 400))
    ours = interpolate(points.reshape(3, 20, 20)).reshape(4, -1) * 255
    for name, values in zip(MAPS, ours, strict=True):
        expected = ndimage.map_coordinates(mni152()[name].astype(float), points, order=1)
        np.testing.assert_allclose(values, expected, atol=0.01)
    beyond = interpolate(np.full((3, 1, 1), 500.0)).ravel()
    np.testing.assert_allclose(beyond, [0, 0, 0, 1])


def test_noise_has_the_strength_asked_for():
    made = brains(n=40, size=64, noise=0.05, bias=0.0)
    corner = made["images"][:, :6, :6, 0]  # air: Rician noise there has mean sigma * sqrt(pi / 2)
    assert corner.mean() == pytest.approx(0.05 * np.sqrt(np.pi / 2), rel=0.12)


def test_all_contrasts_show_the_same_head():
    one = brains(n=2, size=64, contrast="all", seed=2)
    assert one["images"].shape == (2, 64, 64, 3)
    t1, t2 = one["images"][0, ..., 0], one["images"][0, ..., 1]
    fluid = one["tissues"][0] == 1
    assert t2[fluid].mean() > t1[fluid].mean() + 0.3


def test_views_differ_and_mixed_takes_turns():
    made = brains(n=6, size=32, view="mixed", slices_per_patient=2)
    assert list(made["views"]) == ["axial"] * 2 + ["coronal"] * 2 + ["sagittal"] * 2


@pytest.mark.parametrize("contrast", ["T1", "FLAIR"])
def test_no_single_threshold_finds_the_lesions(contrast):
    made = brains(n=200, size=64, contrast=contrast, seed=11)
    images, labels = made["images"][..., 0], made["labels"]
    smooth = np.stack([ndimage.gaussian_filter(image, 1) for image in images])
    scores = [smooth.max((1, 2))]
    scores += [(smooth > level).sum((1, 2)) for level in np.linspace(0.1, 0.9, 17)]
    areas = [roc_auc_score(labels, score) for score in scores]
    assert max(max(area, 1 - area) for area in areas) < 0.85


def test_a_lesion_is_as_strong_as_asked():
    loud, quiet = (
        brains(n=60, size=64, seed=5, contrast="T1", lesion_contrast=c, noise=0, bias=0)
        for c in (1.0, 0.2)
    )

    def difference(made):
        white = (made["tissues"] == 3) & (made["masks"] == 0)
        return made["images"][..., 0][white].mean() - made["images"][made["masks"] > 0].mean()

    assert difference(loud) > 3 * difference(quiet) > 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (dict(split="holdout"), "Expected split to be one of .*Received 'holdout'"),
        (dict(view="top"), "Expected view"),
        (dict(contrast="PD"), "Expected contrast"),
        (dict(n=0), "Expected n ≥ 1"),
        (dict(size=4), "size ≥ 16"),
    ],
)
def test_wrong_arguments_of_brains(wrong, words):
    with pytest.raises(ValueError, match=words):
        brains(**{"n": 2, "size": 32, **wrong})


@pytest.fixture(scope="module")
def smears():
    return blood_smears(n=24, seed=1)


def test_smears_repeat_and_have_their_shapes(smears):
    again = blood_smears(n=24, seed=1)
    np.testing.assert_array_equal(smears["images"], again["images"])
    assert smears["images"].shape == (24, 240, 320, 3)
    assert smears["images"].dtype == np.uint8


def test_smear_proportions_follow_the_photographs(smears):
    labels = np.concatenate(smears["box_labels"])
    counts = np.bincount(labels, minlength=3) / 24
    assert 8 < counts[0] < 18  # BCCD: 11.4 red cells an image
    assert 0.4 < counts[1] < 2  # 1.0 white
    assert 0.3 < counts[2] < 2  # 1.0 platelets
    sides = {
        k: np.median(
            np.concatenate(
                [
                    b[n == k, 2] - b[n == k, 0]
                    for b, n in zip(smears["boxes"], smears["box_labels"], strict=True)
                ]
            )
        )
        for k in range(3)
    }
    assert 1.2 < sides[1] / sides[0] < 2.2  # BCCD: 191 to 103 pixels
    assert 0.25 < sides[2] / sides[0] < 0.55  # 39 to 103


def test_smear_masks_lie_in_their_boxes(smears):
    for mask, boxes in zip(smears["masks"], smears["boxes"], strict=True):
        for index, (top, left, bottom, right) in enumerate(boxes.astype(int)):
            inside = mask == index + 1
            assert inside[top:bottom, left:right].sum() == inside.sum()
        assert mask.max() <= len(boxes)


def test_where_cells_overlap_the_slide_is_darker():
    made = blood_smears(n=1, seed=0, red_cells=0, white_cells=0, platelets=0)
    assert made["boxes"][0].shape == (0, 4)
    assert made["images"].mean() > 190
    full = blood_smears(n=6, seed=4, noise=0.0)
    cells = full["masks"] > 0
    assert full["images"][cells].mean() < full["images"][~cells].mean() - 40


def test_wrong_arguments_of_smears():
    with pytest.raises(ValueError, match=r"Expected n ≥ 1.*Received n=1, size=\(32, 32\)"):
        blood_smears(n=1, size=(32, 32))
