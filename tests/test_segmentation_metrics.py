"""Overlap and surface distances agree with scikit-learn, scikit-image, scipy and values by hand."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.distance import cdist, directed_hausdorff
from skimage.metrics import hausdorff_distance as skimage_hausdorff
from sklearn.metrics import f1_score, jaccard_score

from medkit import metrics

OVERLAP = (metrics.dice_coefficient, metrics.iou)
DISTANCES = (metrics.hausdorff_distance, metrics.surface_distance)


def surface_dice(mask_a, mask_b, spacing_mm=1.0):
    return metrics.surface_dice(mask_a, mask_b, 1.5, spacing_mm)


SURFACE = (*DISTANCES, surface_dice, metrics.border_distances)


def blobs(rng, shape):
    """A mask of a few blobs, some of which the edge of the image cuts; never empty."""
    noise = ndimage.gaussian_filter(rng.normal(size=shape), rng.uniform(0.5, 2))
    return noise >= np.quantile(noise, rng.uniform(0.3, 0.99))


def random_pairs(seed, count=200):
    """Yield two masks, 2D or 3D, near each other or not, and a spacing, mostly one an axis."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        shape = tuple(rng.integers(3, 24, 2) if number % 2 else rng.integers(2, 9, 3))
        a, b = blobs(rng, shape), blobs(rng, shape)
        if number % 3 == 0:  # a good guess: moved, with some pixels wrong
            b = np.roll(a, rng.integers(-1, 2, len(shape)), range(len(shape)))
            b ^= rng.random(shape) < 0.02
            b[tuple(rng.integers(0, shape))] = True
        spacing = rng.uniform(0.3, 5, len(shape))
        yield a, b, float(spacing[0]) if number % 5 == 0 else spacing


def border(mask):
    """From the definition, by looking at each neighbour."""
    padded = np.pad(mask, 1)
    inside = (slice(1, -1),) * mask.ndim
    steps = [(step, axis) for axis in range(mask.ndim) for step in (-1, 1)]
    outside = [~np.roll(padded, step, axis)[inside] for step, axis in steps]
    return mask & np.any(outside, axis=0)


def points(mask, spacing_mm):
    """Where the border pixels are, in mm."""
    return np.argwhere(border(mask)) * spacing_mm


# ---- overlap ------------------------------------------------------------------------------------


def test_overlap_agrees_with_scikit_learn():
    apart = 0
    for a, b, _ in random_pairs(0):
        dice, iou = (metric(a, b) for metric in OVERLAP)
        assert dice == pytest.approx(f1_score(a.ravel(), b.ravel()))
        assert iou == pytest.approx(jaccard_score(a.ravel(), b.ravel()))
        assert dice == pytest.approx(2 * iou / (1 + iou))
        assert iou == pytest.approx(dice / (2 - dice))
        assert (dice, iou) == tuple(metric(b, a) for metric in OVERLAP)
        assert (dice, iou) == tuple(metric(a.astype(int), b.astype(float)) for metric in OVERLAP)
        assert metrics.dice_coefficient(a, a) == metrics.iou(a, a) == 1
        assert type(dice) is type(iou) is float
        assert metrics.volume_error(a, b) == pytest.approx(100 * (a.mean() / b.mean() - 1))
        apart += not (a & b).any()
    assert 5 < apart < 100


def test_overlap_by_hand():
    a = [[1, 1, 1, 0], [1, 0, 0, 0]]
    b = [[0, 1, 1, 1], [0, 0, 1, 1]]  # 4 and 5 pixels, of which 2 in common
    assert metrics.dice_coefficient(a, b) == pytest.approx(4 / 9)
    assert metrics.iou(a, b) == pytest.approx(2 / 7)
    assert metrics.volume_error(a, b) == pytest.approx(-20)
    assert metrics.volume_error(b, a) == pytest.approx(25)
    assert metrics.volume_error(a, 1 - np.array(a)) == 0  # as many pixels, all of them others
    assert metrics.dice_coefficient(a, 1 - np.array(a)) == 0


def test_empty_masks_agree():
    empty, some = np.zeros((4, 5), bool), np.eye(4, 5, dtype=bool)
    for metric in (*OVERLAP, surface_dice):
        assert metric(empty, empty) == 1
        assert metric(empty, some) == metric(some, empty) == 0
    for distance in DISTANCES:
        assert distance(empty, empty) == 0
        assert distance(empty, some) == distance(some, empty) == np.inf
    assert metrics.hausdorff_distance(some, empty, percentile=95) == np.inf
    from_some, from_empty = metrics.border_distances(some, empty)
    assert from_some.tolist() == [np.inf] * 4
    assert from_empty.shape == (0,)
    assert metrics.volume_error(empty, some) == -100
    assert np.isnan(metrics.volume_error(some, empty))
    assert np.isnan(metrics.volume_error(empty, empty))


def test_dice_by_class_is_f1_of_each_class():
    rng = np.random.default_rng(1)
    for _ in range(60):
        a, b = rng.integers(0, 5, (2, 6, 7))
        classes = rng.permutation(5)[:3].tolist()
        ours = metrics.dice_by_class(a, b.astype(float), classes)
        theirs = f1_score(a.ravel(), b.ravel(), labels=classes, average=None, zero_division=1)
        assert list(ours) == classes
        assert list(ours.values()) == pytest.approx(theirs)
    assert metrics.dice_by_class(a, b, range(9, 10)) == {9: 1.0}  # neither has it
    assert metrics.dice_by_class([[1, 2, 2]], [[1, 1, 0]], np.array([2.0, 1.0])) == {2: 0, 1: 2 / 3}


# ---- surfaces -----------------------------------------------------------------------------------


def test_distances_agree_with_those_of_all_pairs_of_border_points():
    between = 0
    for a, b, spacing in random_pairs(2):
        p, q = points(a, spacing), points(b, spacing)
        pairs = cdist(p, q)
        ways = [pairs.min(axis=1), pairs.min(axis=0)]
        for ours, theirs in zip(metrics.border_distances(a, b, spacing), ways, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
        directed = [directed_hausdorff(p, q)[0], directed_hausdorff(q, p)[0]]
        assert metrics.hausdorff_distance(a, b, spacing) == pytest.approx(max(directed))
        for percentile in (60, 95):
            ours = metrics.hausdorff_distance(a, b, spacing, percentile)
            assert ours == pytest.approx(max(np.percentile(way, percentile) for way in ways))
        both = np.concatenate(ways)
        between += np.percentile(both, 95) != pytest.approx(ours)
        assert metrics.surface_distance(a, b, spacing) == pytest.approx(both.sum() / len(both))
        for tolerance in (0, 2.2):  # no distance lies there sharp, but at 0
            near = sum(np.count_nonzero(way <= tolerance) for way in ways)
            ours = metrics.surface_dice(a, b, tolerance, spacing)
            assert ours == pytest.approx(near / (len(p) + len(q)))
    assert between > 100  # where MedPy's definition is another number


def test_hausdorff_distance_agrees_with_scikit_image():
    for a, b, _ in random_pairs(3):
        theirs = skimage_hausdorff(border(a), border(b))
        assert metrics.hausdorff_distance(a, b) == pytest.approx(theirs)


def test_distances_have_the_symmetries_of_space():
    rng = np.random.default_rng(4)
    for a, b, spacing in random_pairs(5, 30):
        expected = [np.sort(way) for way in metrics.border_distances(a, b, spacing)]
        lengths = np.broadcast_to(spacing, a.ndim)
        axes, margin = rng.permutation(a.ndim), rng.integers(0, 9, (a.ndim, 2))
        for mask_a, mask_b, spacing_mm, scale in [
            (b, a, spacing, 1),
            (a, b, 2 * lengths, 2),
            (np.pad(a, margin), np.pad(b, margin), spacing, 1),  # moved, in a larger image
            (a.transpose(axes), b.transpose(axes), lengths[axes], 1),
            (np.flip(a, 0), np.flip(b, 0), lengths.tolist(), 1),
        ]:
            found = metrics.border_distances(mask_a, mask_b, spacing_mm)
            for ours, theirs in zip(found[:: -1 if mask_a is b else 1], expected, strict=True):
                np.testing.assert_allclose(np.sort(ours), scale * theirs, rtol=1e-9, atol=1e-9)
            for distance in DISTANCES:
                assert distance(mask_a, mask_b, spacing_mm) == pytest.approx(
                    scale * distance(a, b, spacing)
                )
        assert [distance(a, a, spacing) for distance in DISTANCES] == [0, 0]


def test_distances_by_hand():
    a, b = np.zeros((2, 9, 9), bool)
    a[1, 1] = b[4, 5] = True  # 3 down and 4 to the right
    for distance in DISTANCES:
        assert distance(a, b) == 5
        assert distance(a, b, 0.5) == 2.5
        assert distance(a, b, (4, 0.5)) == pytest.approx(np.hypot(12, 2))
        assert distance(a[None].repeat(2, 0), b[None].repeat(2, 0), (9, 1, 1)) == 5
    # a square of 7×7, whose border has 24 pixels, and its inner 5×5, with 16
    a[1:8, 1:8], b[2:7, 2:7] = True, True
    from_a, from_b = metrics.border_distances(a, b)
    assert np.bincount((from_a**2).round().astype(int)).tolist() == [0, 20, 4]  # corners: √2
    assert from_b.tolist() == [1] * 16
    assert metrics.hausdorff_distance(a, b) == pytest.approx(np.sqrt(2))
    assert metrics.surface_distance(a, b) == pytest.approx((36 + 4 * np.sqrt(2)) / 40)
    assert metrics.surface_dice(a, b, 1) == pytest.approx(36 / 40)
    assert metrics.surface_dice(a, b, 0.9) == 0


def test_a_stray_pixel_decides_the_hausdorff_distance_alone():
    truth = np.zeros((9, 12), bool)
    truth[1, 1:11] = True
    mask = truth.copy()
    mask[6, 1] = True  # 5 rows below
    assert metrics.hausdorff_distance(mask, truth) == 5
    # of ten zeros and a 5, position 9.5 from 0; of both lists joined it would be 0
    assert metrics.hausdorff_distance(mask, truth, percentile=95) == pytest.approx(2.5)
    assert metrics.hausdorff_distance(truth, mask, percentile=90) == 0
    assert metrics.surface_distance(mask, truth) == pytest.approx(5 / 21)
    assert metrics.surface_dice(mask, truth, 0) == pytest.approx(20 / 21)


def test_the_edge_of_the_image_is_outside_and_a_hole_has_a_border():
    full, ring = np.ones((5, 5), bool), np.ones((5, 5), bool)
    ring[2, 2] = False
    assert [len(way) for way in metrics.border_distances(full, ring)] == [16, 20]
    # the four pixels beside the hole touch it with a side; they are one from the outer border
    assert metrics.border_distances(full, ring)[1].sum() == 4
    cube = np.ones((3, 3, 3), bool)
    assert len(metrics.border_distances(cube, cube)[0]) == 26


def test_a_distance_that_just_reaches_the_tolerance_is_within_it():
    a, b = np.eye(1, 8, dtype=bool), np.eye(1, 8, 3, dtype=bool)
    assert metrics.hausdorff_distance(a, b, 0.1) > 0.3  # by rounding
    assert metrics.surface_dice(a, b, 0.3, 0.1) == 1
    assert metrics.surface_dice(a, b, 0.2999, 0.1) == 0


# ---- what is accepted, and what is refused ------------------------------------------------------


@pytest.mark.parametrize("metric", [*OVERLAP, metrics.volume_error, *SURFACE])
def test_masks_are_refused_with_a_reason(metric):
    mask = np.eye(3)
    with pytest.raises(ValueError, match=r"same, non-empty.*\(3, 3\) and \(1, 3, 3\)\. Take both"):
        metric(mask, mask[None])
    with pytest.raises(ValueError, match=r"Received shapes \(0, 3\) and \(0, 3\)"):
        metric(mask[:0], mask[:0])
    with pytest.raises(ValueError, match=r"Expected mask\w* to be .*Received 0\.7\. Turn .*>= 0"):
        metric(0.7 * mask, mask)
    with pytest.raises(ValueError, match=r"(mask_b|truth) to be of .*Received nan\. Turn"):
        metric(mask, np.where(mask, np.nan, 0))
    with pytest.raises(ValueError, match=r"Received 255\. .*255 with mask > 0"):
        metric(mask, (255 * mask).astype(np.uint8))
    with pytest.raises(ValueError, match=r"Received 2\. .*labels == 2"):
        metric([[0, 1, 2]], [[0, 1, 1]])
    with pytest.raises(ValueError, match=r"Received a\."):
        metric([["a", "b"]], [[0, 1]])
    np.testing.assert_equal(metric(mask, mask), metric(mask.tolist(), mask.astype(np.float32)))


@pytest.mark.parametrize("metric", SURFACE)
def test_images_and_spacings_are_refused_with_a_reason(metric):
    mask = np.eye(3)
    for shape in [(9,), (3, 3, 1), (1, 3, 3), (3, 1, 3, 1)]:
        with pytest.raises(ValueError, match=r"of one image.*Received shape \(.*drop an axis"):
            metric(mask.ravel()[: np.prod(shape)].reshape(shape), np.ones(shape))
    for spacing in (0, -1, np.nan, np.inf, None, (1, 0), (1, 1, 1), [1], [[1, 1]], []):
        with pytest.raises(ValueError, match=r"one number or 2, one an axis\. Received .*\. Give"):
            metric(mask, mask, spacing_mm=spacing)
    with pytest.raises(ValueError, match=r"one number or 3, .*Received \(1, 2\)\. Give the slices"):
        metric(np.stack([mask, mask]), np.stack([mask, mask]), spacing_mm=(1, 2))


def test_percentiles_and_tolerances_are_refused_with_a_reason():
    mask = np.eye(3)
    for percentile in (0.95, 1, 0, 101, np.nan):
        with pytest.raises(ValueError, match=rf"Received {percentile}\. Write percent.*95 for"):
            metrics.hausdorff_distance(mask, mask, percentile=percentile)
    for tolerance in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match=rf"at least 0\. Received {tolerance}\. Take the dist"):
            metrics.surface_dice(mask, mask, tolerance)


def test_label_maps_are_refused_with_a_reason():
    labels = [[0, 1, 2]]
    for wrong in (0.5, np.nan, np.inf):
        with pytest.raises(ValueError, match=rf"labels_b to be of wh.*Received {wrong}\. .*argmax"):
            metrics.dice_by_class(labels, [[0, 1, wrong]], [1])
    with pytest.raises(ValueError, match=r"label maps of the same.*\(1, 3\) and \(3,\)"):
        metrics.dice_by_class(labels, labels[0], [1])
    for classes in (2, None, [0.5], ["1"], [[1]]):
        with pytest.raises(ValueError, match=r"classes as a list of whole .*Received .*\. Write"):
            metrics.dice_by_class(labels, labels, classes)
