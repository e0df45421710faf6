"""Overlaps agree with counted pixels and COCO, suppression with the loop of the textbooks."""

import numpy as np
import pytest
from pycocotools import mask as coco

from medkit.boxes import (
    giou_matrix,
    iou_matrix,
    non_max_suppression,
    soft_non_max_suppression,
)


def random_boxes(rng, count, size=20, grid=1):
    """Boxes with corners on a grid: many touch, nest or are the same; some have no area."""
    ends = rng.integers(0, size, (count, 2, 2)) / grid
    return np.sort(ends, axis=1).reshape(count, 4)


def scored_cases(seed, count):
    """Yield boxes, scores with ties, a threshold that some IoUs equal, and labels or none."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n = rng.choice([0, 1, 2, 5, 20, 150])
        boxes = random_boxes(rng, n, rng.choice([3, 10, 60]), rng.choice([1, 8]))
        boxes[: n // 5] = boxes[n // 2 : n // 2 + n // 5]  # identical ones
        scores = rng.integers(0, rng.choice([1, 4, 1000]), n) / 7
        labels = rng.choice([None, 1, 3])
        labels = None if labels is None else rng.integers(0, labels, n)
        yield boxes, scores, rng.choice([0, 0.25, 1 / 3, 0.5, 0.7, 1]), labels


def pixels(box, size):
    mask = np.zeros((size, size), bool)
    mask[box[0] : box[2], box[1] : box[3]] = True
    return mask


# ---- overlap ------------------------------------------------------------------------------------


def test_iou_is_the_share_of_pixels():
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = (random_boxes(rng, n).astype(int) for n in rng.integers(1, 9, 2))
        ours = iou_matrix(a, b)
        assert ours.shape == (len(a), len(b))
        assert ours.dtype == np.float64
        for i, j in np.ndindex(ours.shape):
            one, other = pixels(a[i], 20), pixels(b[j], 20)
            either = (one | other).sum()
            assert ours[i, j] == ((one & other).sum() / either if either else 0)


def test_iou_agrees_with_coco():
    rng = np.random.default_rng(1)
    for _ in range(50):
        a, b = (random_boxes(rng, n, 200, 8) for n in rng.integers(1, 30, 2))
        x_y_width_height = [
            np.stack([x[:, 1], x[:, 0], x[:, 3] - x[:, 1], x[:, 2] - x[:, 0]], axis=1)
            for x in (a, b)
        ]
        theirs = coco.iou(*x_y_width_height, [0] * len(b))
        np.testing.assert_array_equal(iou_matrix(a, b), theirs)


def test_iou_by_hand():
    truth = [[0, 0, 10, 10]]
    others = [
        [0, 0, 10, 10],  # the same
        [0, 10, 10, 20],  # touching: 0
        [5, 0, 15, 10],  # 50 of 150
        [2, 2, 7, 7],  # inside: 25 of 100
        [5, 5, 5, 9],  # a line
        [30, 30, 40, 40],
    ]
    assert iou_matrix(truth, others).tolist() == [[1, 0, 50 / 150, 0.25, 0, 0]]
    assert iou_matrix([[3, 3, 3, 3]], [[3, 3, 3, 3]]).tolist() == [[0]]


def test_giou_is_the_formula_of_the_paper():
    rng = np.random.default_rng(2)
    for _ in range(50):
        a, b = (random_boxes(rng, n, 30).astype(int) for n in rng.integers(1, 9, 2))
        ours = giou_matrix(a, b)
        for i, j in np.ndindex(ours.shape):
            one, other = pixels(a[i], 30), pixels(b[j], 30)
            low, high = np.minimum(a[i, :2], b[j, :2]), np.maximum(a[i, 2:], b[j, 2:])
            hull, either = np.prod(high - low), (one | other).sum()
            iou = (one & other).sum() / either if either else 0
            assert ours[i, j] == pytest.approx(iou - (hull - either) / hull if hull else iou)


def test_giou_by_hand():
    # side by side with a gap of 6: the hull holds 20, the two together 8
    assert giou_matrix([[0, 0, 2, 2]], [[0, 8, 2, 10]]) == pytest.approx(-12 / 20)
    assert giou_matrix([[0, 0, 2, 2]], [[0, 0, 2, 2]]) == 1
    assert giou_matrix([[0, 0, 1, 1]], [[1e4, 1e4, 1e4 + 1, 1e4 + 1]]) == pytest.approx(-1)
    assert giou_matrix([[0, 0, 0, 0]], [[3, 3, 3, 3]]) == -1
    assert giou_matrix([[0, 0, 0, 2]], [[0, 1, 0, 3]]) == 0  # on one line


@pytest.mark.parametrize("matrix", [iou_matrix, giou_matrix])
def test_overlaps_keep_what_must_not_matter(matrix):
    rng = np.random.default_rng(3)
    for _ in range(50):
        a, b = random_boxes(rng, 7), random_boxes(rng, 5)
        ours = matrix(a, b)
        np.testing.assert_array_equal(ours, matrix(b, a).T)
        np.testing.assert_array_equal(ours, matrix(a[:, [1, 0, 3, 2]], b[:, [1, 0, 3, 2]]))
        np.testing.assert_allclose(ours, matrix(3 * a + 5, 3 * b + 5))
        assert ours.min() >= -1
        assert ours.max() <= 1
        assert (giou_matrix(a, b) <= iou_matrix(a, b) + 1e-12).all()
        with_area = a[np.prod(a[:, 2:] - a[:, :2], axis=1) > 0]
        assert (np.diag(matrix(with_area, with_area)) == 1).all()


@pytest.mark.parametrize("matrix", [iou_matrix, giou_matrix])
def test_no_boxes_have_no_overlaps(matrix):
    boxes = [[0, 0, 1, 1], [0, 0, 2, 2]]
    assert matrix([], boxes).shape == (0, 2)
    assert matrix(boxes, np.zeros((0, 4))).shape == (2, 0)
    assert matrix([], []).shape == (0, 0)


# ---- suppression --------------------------------------------------------------------------------


def textbook_suppression(boxes, scores, threshold, labels):
    """One box after the other, against every box kept before."""
    kept, iou = [], iou_matrix(boxes, boxes).tolist()
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):  # sorted is stable
        same = [j for j in kept if labels is None or labels[j] == labels[i]]
        if all(iou[i][j] <= threshold for j in same):
            kept.append(i)
    return kept


def test_suppression_is_the_loop_of_the_textbooks():
    dropped = equal = 0
    for boxes, scores, threshold, labels in scored_cases(4, 250):
        ours = non_max_suppression(boxes, scores, threshold, labels)
        assert ours.tolist() == textbook_suppression(boxes, scores, threshold, labels)
        assert ours.dtype == np.int64
        dropped += len(boxes) - len(ours)
        equal += (iou_matrix(boxes, boxes) == threshold).sum() if 0 < threshold < 1 else 0
    assert dropped > 1000
    assert equal > 1000  # overlaps of exactly the threshold were among them


def spread_cases():
    """Yield many boxes, and scores: one heap, several heaps, spread out, one giant among them."""
    rng = np.random.default_rng(5)
    for objects, size in [(1, 1), (30, 300), (2000, 3000)]:
        centres = rng.uniform(0, size, (objects, 2))[rng.integers(0, objects, 2000)]
        centres += rng.normal(0, 2, (2000, 2))
        sides = rng.uniform(15, 25, (2000, 2))
        boxes = np.hstack([centres - sides / 2, centres + sides / 2])
        yield boxes, rng.random(2000)
    boxes[7] = -100, -100, 4000, 4000
    yield boxes, rng.random(2000)


def test_suppression_of_many_boxes_crowded_and_spread():
    for boxes, scores in spread_cases():
        left, kept = np.argsort(-scores), []
        while len(left):
            kept.append(left[0])
            left = left[1:][iou_matrix(boxes[left[:1]], boxes[left[1:]])[0] <= 0.5]
        assert non_max_suppression(boxes, scores).tolist() == kept


def test_what_suppression_leaves():
    for boxes, scores, threshold, _ in scored_cases(6, 100):
        kept = non_max_suppression(boxes, scores, threshold)
        assert (np.diff(scores[kept]) <= 0).all()
        iou = iou_matrix(boxes, boxes)
        assert (np.triu(iou[np.ix_(kept, kept)], 1) <= threshold).all()
        for i in set(range(len(boxes))) - set(kept.tolist()):
            better = [k for k in kept if (-scores[k], k) < (-scores[i], i)]
            assert (iou[i, better] > threshold).any()
        again = non_max_suppression(boxes[kept], scores[kept], threshold)
        assert again.tolist() == list(range(len(kept)))


def test_suppression_by_hand():
    boxes = [[0, 0, 10, 10], [0, 2, 10, 12], [0, 4, 10, 14]]  # IoU 2/3, 2/3, and 3/7 of the ends
    assert non_max_suppression(boxes, [0.9, 0.8, 0.7]).tolist() == [0, 2]  # 2 met only 1, dropped
    assert non_max_suppression(boxes, [0.8, 0.9, 0.7]).tolist() == [1]
    assert non_max_suppression(boxes, [0.9, 0.8, 0.7], 2 / 3).tolist() == [0, 1, 2]  # not above
    assert non_max_suppression(boxes, [0.9, 0.8, 0.7], 0.4).tolist() == [0]
    assert non_max_suppression(boxes, [0.9, 0.8, 0.7], labels=[0, 1, 0]).tolist() == [0, 1, 2]
    assert non_max_suppression(boxes, [0.8, 0.9, 0.9], labels=["a", "b", "b"]).tolist() == [1, 0]
    assert non_max_suppression([], []).tolist() == []
    assert non_max_suppression([[1, 1, 1, 1]] * 2, [1, 2], 0).tolist() == [1, 0]  # no area


def test_suppression_goes_class_by_class():
    for boxes, scores, threshold, labels in scored_cases(7, 60):
        if labels is None:
            continue
        apart = [
            np.flatnonzero(labels == label)[
                non_max_suppression(boxes[labels == label], scores[labels == label], threshold)
            ]
            for label in np.unique(labels)
        ]
        kept = non_max_suppression(boxes, scores, threshold, labels)
        assert sorted(kept.tolist()) == sorted(np.concatenate([*apart, []]).tolist())


def textbook_soft_suppression(boxes, scores, sigma, labels, lowest):
    """As in the paper: take the best of those left, lower the others, and again."""
    left = {i: score for i, score in enumerate(scores) if score >= lowest}
    kept, lowered = [], []
    while left:
        best = max(left, key=lambda i: (left[i], -i))
        kept.append(best)
        lowered.append(left.pop(best))
        for i in list(left):
            if labels is None or labels[i] == labels[best]:
                left[i] *= np.exp(-(iou_matrix([boxes[i]], [boxes[best]])[0, 0] ** 2) / sigma)
            if left[i] < lowest:
                del left[i]
    return kept, lowered


def test_soft_suppression_is_the_loop_of_the_paper():
    for case, (boxes, scores, _, labels) in enumerate(scored_cases(8, 60)):
        if len(boxes) > 30:
            boxes, scores = boxes[:30], scores[:30]
            labels = None if labels is None else labels[:30]
        settings = [0.1, 0.5, 2][case % 3], labels, [0.001, 0.2][case % 2]
        kept, lowered = soft_non_max_suppression(boxes, scores, *settings)
        expected = textbook_soft_suppression(boxes, scores, *settings)
        assert kept.tolist() == expected[0]
        np.testing.assert_allclose(lowered, expected[1])
        assert kept.dtype == np.int64


def test_soft_suppression_between_hard_and_none():
    for boxes, scores, _, labels in scored_cases(9, 60):
        scores = scores + 0.1
        kept, lowered = soft_non_max_suppression(boxes, scores, 1e-9, labels)
        np.testing.assert_array_equal(kept, non_max_suppression(boxes, scores, 0, labels))
        np.testing.assert_array_equal(lowered, scores[kept])
        kept, lowered = soft_non_max_suppression(boxes, scores, 1e9, labels)
        assert len(kept) == len(boxes)
        np.testing.assert_allclose(lowered, np.sort(scores)[::-1])


def test_soft_suppression_by_hand():
    boxes = [
        [0, 0, 10, 10],
        [0, 5, 10, 15],
        [0, 0, 10, 10],
    ]  # IoU 1/3 to the second, 1 to the third
    given = np.array([0.9, 0.8, 0.7])
    kept, lowered = soft_non_max_suppression(boxes, given)
    second = 0.8 * np.exp(-2 / 9)
    assert kept.tolist() == [0, 1, 2]
    assert lowered.tolist() == pytest.approx([0.9, second, 0.7 * np.exp(-2) * np.exp(-2 / 9)])
    assert given.tolist() == [0.9, 0.8, 0.7]  # not changed in place
    assert soft_non_max_suppression(boxes, given, score_threshold=0.2)[0].tolist() == [0, 1]
    kept, lowered = soft_non_max_suppression([], [])
    assert (len(kept), len(lowered)) == (0, 0)


# ---- what is accepted, and what is refused ------------------------------------------------------


class Tensor:
    """What numpy sees of a tensor of another library."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)


@pytest.mark.parametrize("form", [np.ndarray.tolist, Tensor, np.float32, np.int64])
def test_lists_and_tensors_are_the_same(form):
    rng = np.random.default_rng(10)
    boxes, scores = random_boxes(rng, 12), rng.permutation(12).astype(float)
    np.testing.assert_array_equal(iou_matrix(form(boxes), boxes), iou_matrix(boxes, boxes))
    np.testing.assert_array_equal(
        non_max_suppression(form(boxes), form(scores)), non_max_suppression(boxes, scores)
    )


GOOD = [[0, 0, 2, 2]]


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        ([0, 0, 2, 2], r"shape \(k, 4\)\. Received shape \(4,\)\. Put a single box into a list"),
        ([[0, 0, 2, 2, 0.9]], r"Received shape \(1, 5\)"),
        ([GOOD], r"Received shape \(1, 1, 4\).*one image at a time"),
        ([*GOOD, [9, 9, 4, 12]], r"Received 9, 9, 4, 12 as box 1, which ends before.*height and w"),
        ([[0, 30, 10, 20]], r"Received 0, 30, 10, 20 as box 0.*boxes\[:, \[0, 2, 1, 3\]\]"),
        ([[0, 0, np.nan, 1]], r"Received 0, 0, nan, 1 as box 0, not finite\. See whether"),
        ([[0, 0, np.inf, 1]], "Received 0, 0, inf, 1 as box 0, not finite"),
    ],
)
def test_boxes_are_refused_with_a_reason(boxes, words):
    for refuse in (
        lambda: iou_matrix(boxes, GOOD),
        lambda: iou_matrix(GOOD, boxes),
        lambda: giou_matrix(GOOD, boxes),
        lambda: non_max_suppression(boxes, [1] * len(boxes)),
        lambda: soft_non_max_suppression(boxes, [1] * len(boxes)),
    ):
        with pytest.raises(ValueError, match=words):
            refuse()


@pytest.mark.parametrize("suppress", [non_max_suppression, soft_non_max_suppression])
def test_scores_and_labels_are_refused_with_a_reason(suppress):
    with pytest.raises(ValueError, match=r"\(1, 4\), \(2,\) and \(1,\)\. Take all from the same"):
        suppress(GOOD, [1, 2])
    with pytest.raises(ValueError, match=r"\(1, 4\), \(1, 2\).*scores\.max\(axis=1\)"):
        suppress(GOOD, [[0.1, 0.9]])
    with pytest.raises(ValueError, match=r"\(1, 4\), \(1,\) and \(2,\)"):
        suppress(GOOD, [1], labels=[1, 2])
    with pytest.raises(ValueError, match=r"finite scores\. Received 1 .*training diverged"):
        suppress(GOOD, [np.nan])


def test_settings_are_refused_with_a_reason():
    for threshold in (50, -0.1, np.nan):
        with pytest.raises(ValueError, match=rf"Received {threshold}\. Write percent as a share"):
            non_max_suppression(GOOD, [1], threshold)
    with pytest.raises(ValueError, match=r"sigma=0 and .* 1\. Turn logits"):
        soft_non_max_suppression(GOOD, [1], 0)
    with pytest.raises(ValueError, match=r"sigma=0\.5 and the lowest score -2\. Turn logits"):
        soft_non_max_suppression(GOOD, [-2])
