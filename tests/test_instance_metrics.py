"""Matches of objects agree with slow loops over all pairs, with scipy's best matching, by hand."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from medkit import metrics

THRESHOLDS = (0.5, *metrics.COCO_THRESHOLDS[2::3], 1.0)


def random_maps(rng, shape):
    """Return a label map and the true one: objects moved, cut, merged, missed, invented."""
    truth, count = ndimage.label(ndimage.gaussian_filter(rng.normal(size=shape), 1.2) > 0.1)
    labels = np.roll(truth, rng.integers(-1, 2), rng.integers(len(shape)))
    for number in range(1, count + 1):
        cut, merged, missed = rng.random(3) < (0.3, 0.1, 0.1)
        if cut:
            where = np.argwhere(labels == number)
            labels[tuple(where[: len(where) // 2].T)] = count + number
        if merged:
            labels[labels == number] = rng.integers(1, count + 1)
        labels[labels == number] *= not missed
    invented = (rng.random(shape) < 0.02) & (truth == 0)
    labels[invented] = 3 * count + np.arange(invented.sum())
    names = np.append(0, 1 + rng.permutation(labels.max() + truth.max()))  # with gaps, unordered
    return names[labels], names[truth]


def random_images(seed, count=200):
    """Yield pairs of label maps, 2D and 3D."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        shape = rng.integers(2, 17, 2) if number % 4 else rng.integers(2, 7, 3)
        yield random_maps(rng, tuple(shape.tolist()))


def pixels_of(labels):
    """Return which pixels each object has, by its number."""
    found = {}
    for pixel, number in enumerate(labels.ravel().tolist()):
        if number:
            found.setdefault(number, set()).add(pixel)
    return dict(sorted(found.items()))


def slow_iou(labels, truth):
    return [
        [len(a & b) / len(a | b) for b in pixels_of(truth).values()]
        for a in pixels_of(labels).values()
    ]


def slow_matches(labels, truth, threshold):
    """One pair after the other, each object once."""
    matches = {}
    for number, row in zip(pixels_of(labels), slow_iou(labels, truth), strict=True):
        for true, iou in zip(pixels_of(truth), row, strict=True):
            if iou >= threshold and number not in matches and true not in matches.values():
                matches[number] = true
    return matches


def test_matches_agree_with_a_loop_over_all_pairs():
    halves = matched = wrong = 0
    for labels, truth in random_images(0):
        expected = slow_iou(labels, truth)
        overlaps = metrics.instance_iou(labels, truth)
        assert overlaps.shape == (len(pixels_of(labels)), len(pixels_of(truth)))
        np.testing.assert_array_equal(overlaps.ravel(), np.ravel(expected))
        for threshold in THRESHOLDS:
            ours = metrics.match_instances(labels, truth, threshold)
            assert ours == slow_matches(labels, truth, threshold)
            assert list(ours) == sorted(ours)
            matched, wrong = matched + len(ours), wrong + len(overlaps) - len(ours)
        for axis in (0, 1):
            halves += np.sum(np.sum(overlaps == 0.5, axis=axis) == 2)
    assert halves > 10  # where more than one match is possible
    assert min(matched, wrong) > 500


def test_average_precision_agrees_with_the_best_matching_of_scipy():
    """As StarDist does it: the most matches that any one-to-one choice can give."""
    images = list(random_images(1))
    for start in range(0, len(images), 4):
        predictions, truths = zip(*images[start : start + 4], strict=True)
        for threshold in THRESHOLDS:
            right = found = there = 0
            for labels, truth in zip(predictions, truths, strict=True):
                shape = len(pixels_of(labels)), len(pixels_of(truth))
                reached = np.reshape(slow_iou(labels, truth), shape) >= threshold
                right += reached[linear_sum_assignment(-1.0 * reached)].sum()
                found, there = found + shape[0], there + shape[1]
            ours = metrics.instance_average_precision(predictions, truths, threshold)
            assert ours == pytest.approx(right / (found + there - right))


def test_only_the_pixels_count():
    rng = np.random.default_rng(2)
    for labels, truth in random_images(3, 60):
        overlaps = metrics.instance_iou(labels, truth)
        np.testing.assert_array_equal(metrics.instance_iou(truth, labels), overlaps.T)
        score = metrics.instance_average_precision([labels], [truth])
        assert metrics.instance_average_precision([truth], [labels]) == score
        renamed = np.append(0, 1 + rng.permutation(labels.max()))[labels]
        assert metrics.instance_average_precision([renamed], [truth.astype(float)]) == score
        assert metrics.instance_average_precision([np.pad(labels, 2)], [np.pad(truth, 2)]) == score
        assert metrics.instance_average_precision([labels] * 3, [truth] * 3) == score
        assert metrics.instance_average_precision([truth], [truth]) == 1


def test_matches_by_hand():
    truth = np.zeros((6, 10), int)
    truth[:2, :5], truth[3:5, :4], truth[:, 9] = 7, 3, 5
    labels = np.zeros((6, 10), int)
    labels[:2, 1:6] = 2  # 8 of 12 pixels shared with 7
    labels[3:5, :2], labels[3:5, 2:4] = 9, 4  # 3 in two equal halves
    labels[5, 5] = 1  # nothing is here; 5 is missed
    assert metrics.instance_iou(labels, truth).tolist() == [
        *([0, 0, 0], [0, 0, 8 / 12], [0.5, 0, 0], [0.5, 0, 0]),  # 1, 2, 4, 9 with 3, 5, 7
    ]
    assert metrics.match_instances(labels, truth) == {2: 7, 4: 3}
    assert metrics.match_instances(truth, labels) == {3: 4, 7: 2}
    assert metrics.match_instances(labels, truth, 0.51) == {2: 7}
    assert metrics.match_instances(labels, truth, 0.7) == {}
    # 2 right, 2 false, 1 missed; a second image, of another size, has 1 right
    assert metrics.instance_average_precision([labels], [truth]) == 2 / 5
    assert metrics.instance_average_precision([labels, truth[:2]], [truth, truth[:2]]) == 4 / 7
    assert metrics.instance_average_precision(labels[None], truth[None], 0.51) == 1 / 6


def test_an_iou_that_just_reaches_the_threshold_is_a_match():
    assert 3 / 5 < 0.1 * 6  # by rounding
    assert metrics.match_instances([[1, 1, 1, 0, 0]], [[1, 1, 1, 1, 1]], 0.1 * 6) == {1: 1}
    assert metrics.match_instances([[1, 1, 1, 0, 0]], [[1, 1, 1, 1, 1]], 0.6001) == {}


def test_nothing_to_find_and_nothing_found():
    empty, some = np.zeros((3, 4), int), np.eye(3, 4, dtype=int)
    assert metrics.match_instances(empty, some) == metrics.match_instances(some, empty) == {}
    assert metrics.instance_iou(empty, some).shape == (0, 1)
    assert metrics.instance_iou(some, empty).shape == (1, 0)
    assert metrics.instance_average_precision([empty], [empty]) == 1
    assert metrics.instance_average_precision([empty], [some]) == 0
    assert metrics.instance_average_precision([some], [empty]) == 0
    assert metrics.instance_average_precision([some, empty], [some, some]) == 0.5


# ---- what is refused ----------------------------------------------------------------------------


def average_of_one(labels, truth):
    return metrics.instance_average_precision([labels, labels], [labels, truth])


@pytest.mark.parametrize("metric", [metrics.instance_iou, metrics.match_instances, average_of_one])
def test_label_maps_are_refused_with_a_reason(metric):
    labels = np.eye(3, dtype=int)
    where = "^In image 1: Expected " if metric is average_of_one else "^Expected "
    for truth, words in [
        (labels > 0, r"truth to be a label map, .*Received booleans\. .*ndimage\.label"),
        (labels - 1, r"truth to be of 0, the background, .*Received -1\. Set what"),
        (labels / 2, r"truth to be of whole numbers, .*Received 0\.5\. Take the class"),
        (labels[:2], r"two label maps of the same, .*\(3, 3\) and \(2, 3\)\. Take both"),
    ]:
        with pytest.raises(ValueError, match=where + words):
            metric(labels, truth)
    with pytest.raises(ValueError, match=r"labels to be a label map, .*Received booleans"):
        metric(labels > 0, labels)
    with pytest.raises(ValueError, match=r"labels to be of one image, .*shape \(3,\)\. Put the la"):
        metric(labels[0], labels[0])


def test_thresholds_and_lists_are_refused_with_a_reason():
    labels = np.eye(3, dtype=int)
    for threshold in (0.49, 50, 0, np.nan):
        for call in (
            lambda t: metrics.match_instances(labels, labels, t),
            lambda t: metrics.instance_average_precision([labels], [labels], t),
        ):
            with pytest.raises(ValueError, match=rf"^Expected an iou.* Received {threshold}\. Wri"):
                call(threshold)
    for predictions, truths in [([labels], []), ([], []), ([labels], [labels] * 2)]:
        words = rf"Received {len(predictions)} and {len(truths)} label maps\. An image without"
        with pytest.raises(ValueError, match=words):
            metrics.instance_average_precision(predictions, truths)
    with pytest.raises(
        ValueError, match=r"In image 0: .*Received shape \(3,\)\. Put .*into a list"
    ):
        metrics.instance_average_precision(labels, labels)
