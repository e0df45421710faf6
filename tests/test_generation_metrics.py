"""Numbers of generated images agree with scikit-learn and scipy, with hand and with sense."""

import re
import tracemalloc

import numpy as np
import pytest
from scipy import linalg, stats
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors

from medkit import metrics
from medkit.metrics import generation

TWO_SETS = (
    *(metrics.kernel_distance, metrics.frechet_distance),
    *(metrics.precision_recall, metrics.nearest),
)


def cases(seed, count=30, fewest=5, d=9):
    """Yield two sets of features of different spread, place, number of rows and of columns."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n, m = rng.integers(fewest, 40, 2)
        columns = rng.integers(1, d + 1)
        mixed = rng.normal(size=(2, columns, columns))
        real, fake = (rng.normal(size=(rows, columns)) @ mixed[i] for i, rows in enumerate((n, m)))
        yield real, fake + rng.normal(size=columns)


# ---- kernel_distance (KID) ----------------------------------------------------------------------


def test_kernel_distance_by_hand():
    real, fake = [[1.0, 1.0], [1.0, -1.0], [0.0, 2.0]], [[2.0, 0.0], [0.0, 0.0]]
    # x·y / 2 + 1 within the real: 1, 2, 0; within the fake: 1; across: 2 and 1, 2 and 1, 1 and 1
    within, across = (1 + 8 + 0) / 3 + 1, (8 + 1 + 8 + 1 + 1 + 1) / 6
    assert metrics.kernel_distance(real, fake) == pytest.approx(within - 2 * across)
    assert metrics.kernel_distance(fake, real) == pytest.approx(within - 2 * across)


def test_kernel_distance_agrees_with_scikit_learn():
    for real, fake in cases(0):
        both = np.concatenate([real, fake])
        kernel, is_real = polynomial_kernel(both), np.arange(len(both)) < len(real)
        np.fill_diagonal(kernel, np.nan)
        within = sum(np.nanmean(kernel[np.ix_(side, side)]) for side in (is_real, ~is_real))
        wanted = within - 2 * kernel[np.ix_(is_real, ~is_real)].mean()
        assert metrics.kernel_distance(real, fake) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_kernel_distance_reckons_in_float64():
    rng = np.random.default_rng(1)
    real, fake = rng.normal(30, 1, (2, 200, 8)).astype("float32")
    exact = metrics.kernel_distance(real.astype(float), fake.astype(float))
    assert metrics.kernel_distance(real, fake) == exact


def test_kernel_distance_over_subsets():
    rng = np.random.default_rng(2)
    real, fake = rng.normal(size=(60, 4)), rng.normal(0.5, 1, (50, 4))
    whole = metrics.kernel_distance(real, fake)
    # drawn without replacement: all rows, in another order
    ordered = metrics.kernel_distance(real[:50], fake)
    assert metrics.kernel_distance(real[:50], fake, subset=50) == pytest.approx(ordered)
    many = metrics.kernel_distance(real, fake, subset=10, subsets=2000)
    assert many == pytest.approx(whole, rel=0.1)
    few = [metrics.kernel_distance(real, fake, 10, 3, seed) for seed in (0, 0, 1)]
    assert few[0] == few[1] != few[2]
    singles = metrics.kernel_distance(real, fake, 10, 1)
    assert metrics.kernel_distance(real, fake, 10, 2) != singles
    assert metrics.kernel_distance(real, fake, 10, 1) == singles


@pytest.mark.parametrize("settings", [(1,), (6,), (2.5,), (3, 0)])
def test_kernel_distance_refuses_other_subsets(settings):
    words = rf"subset of 2 to 5 rows.*Received subset={settings[0]}.*Change the one"
    with pytest.raises(ValueError, match=words):
        metrics.kernel_distance(np.zeros((5, 2)), np.zeros((7, 2)), *settings)


# ---- frechet_distance (FID) ---------------------------------------------------------------------


def test_frechet_distance_by_hand():
    # means 1 and 6, variances over n - 1: 2 and 18; in one dimension (√2 - √18)² = 8
    assert metrics.frechet_distance([[0.0], [2.0]], [[3.0], [9.0]]) == pytest.approx(25 + 8)
    # (0, 2) against (1, 2, 3): means equal to 1 and 2, variances 2 and 1
    wanted = 1 + (np.sqrt(2) - 1) ** 2
    assert metrics.frechet_distance([[0.0], [2.0]], [[1.0], [2.0], [3.0]]) == pytest.approx(wanted)


def test_frechet_distance_agrees_with_scipy():
    for real, fake in cases(3, fewest=15):
        one, other = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (real, fake))
        trace = np.trace(one + other - 2 * linalg.sqrtm(one @ other).real)
        wanted = np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2) + trace
        assert metrics.frechet_distance(real, fake) == pytest.approx(wanted, rel=1e-6)


def test_frechet_distance_with_fewer_rows_than_features():
    rng = np.random.default_rng(4)
    real, fake = rng.normal(size=(5, 30)), rng.normal(size=(4, 30))
    one, other = (np.cov(x, rowvar=False) for x in (real, fake))
    values, vectors = np.linalg.eigh(one)  # the form with a symmetric root, clipped at 0
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    shared = np.sqrt(np.clip(np.linalg.eigvalsh(root @ other @ root), 0, None)).sum()
    moved = np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2)
    wanted = moved + np.trace(one) + np.trace(other) - 2 * shared
    assert metrics.frechet_distance(real, fake) == pytest.approx(wanted, rel=1e-6)


def test_frechet_distance_of_moved_and_turned_features():
    for real, fake in cases(5):
        distance = metrics.frechet_distance(real, fake)
        turn = np.linalg.qr(np.random.default_rng(0).normal(size=(real.shape[1],) * 2))[0]
        turned = metrics.frechet_distance(real @ turn + 3, fake @ turn + 3)
        assert turned == pytest.approx(distance, rel=1e-6)
        assert metrics.frechet_distance(fake, real) == pytest.approx(distance)
        assert 0 <= metrics.frechet_distance(real, real) < 1e-9
        step = np.sqrt(real.shape[1]) * 2
        assert metrics.frechet_distance(real, real + 2) == pytest.approx(step**2)


# ---- the bias -----------------------------------------------------------------------------------


def test_only_the_frechet_distance_depends_on_the_number_of_rows():
    rng = np.random.default_rng(6)
    kernel, frechet, errors = {}, {}, {}
    for rows in (15, 60, 240):
        halves = rng.normal(size=(80, 2, rows, 8))
        values = [metrics.kernel_distance(*pair) for pair in halves]
        assert 0.2 < np.mean(np.array(values) < 0) < 0.9  # it may be negative, and often is
        kernel[rows], errors[rows] = np.mean(values), np.std(values) / np.sqrt(len(values))
        frechet[rows] = np.mean([metrics.frechet_distance(*pair) for pair in halves])
    for rows, mean in kernel.items():
        assert abs(mean) < 3.5 * errors[rows]
    assert frechet[15] > 3 * frechet[60] > 9 * frechet[240] > 0  # about as 1 / n


def test_kernel_distance_of_different_sources_does_not_depend_on_the_number_of_rows():
    rng = np.random.default_rng(7)
    means = {}
    for rows in (10, 40, 160):
        pairs = rng.normal(size=(300, 2, rows, 2)) + np.array([0, 1])[:, None, None]
        values = [metrics.kernel_distance(*pair) for pair in pairs]
        means[rows] = np.mean(values), np.std(values) / np.sqrt(len(values))
    (best, _) = means[160]
    assert best > 1
    for mean, error in means.values():
        assert abs(mean - best) < 3.5 * np.hypot(error, means[160][1])


# ---- precision_recall ---------------------------------------------------------------------------


def test_precision_recall_by_hand():
    real = [[0.0], [1.0], [3.0], [10.0]]  # with one neighbour they reach 1, 1, 2 and 7 far
    fake = [[-1.5], [0.0], [17.0], [5.0], [17.5]]  # these 1.5, 1.5, 0.5, 5 and 0.5
    assert metrics.precision_recall(real, fake, 1) == (3 / 5, 1.0)  # not -1.5 and 17.5
    fake = [[-1.5], [-1.0], [-2.0]]  # 0.5 each
    assert metrics.precision_recall(real, fake, 1) == (1 / 3, 0.0)
    # with two neighbours the real 0 reaches 3 far, the fake -1 reaches 1 far, just to 0
    assert metrics.precision_recall(real, fake, 2) == (1.0, 1 / 4)


def test_precision_recall_agrees_with_scikit_learn():
    between = 0
    for real, fake in cases(8, 60):
        for k in (1, 3, 4):
            wanted = []
            for centres, points in ((real, fake), (fake, real)):
                reach = NearestNeighbors(n_neighbors=k).fit(centres).kneighbors()[0][:, -1]
                distances = np.linalg.norm(points[:, None] - centres, axis=-1)
                wanted.append((distances <= reach).any(axis=1).mean())
            assert metrics.precision_recall(real, fake, k) == pytest.approx(tuple(wanted))
            between += min(wanted) > 0 and max(wanted) < 1
        assert metrics.precision_recall(real, fake) == metrics.precision_recall(real, fake, 3)
    assert between > 30


def test_precision_recall_tells_what_is_wrong():
    rng = np.random.default_rng(9)
    modes = np.array([[0, 0], [50, 0], [0, 50], [50, 50]])
    real = rng.normal(size=(400, 2)) + modes[np.arange(400) % 4]
    good = rng.normal(size=(400, 2)) + modes[np.arange(400) % 4]
    precision, recall = metrics.precision_recall(real, good)
    assert min(precision, recall) > 0.9
    assert (recall, precision) == metrics.precision_recall(good, real)
    precision, recall = metrics.precision_recall(real, good[np.arange(400) % 4 == 0])
    assert precision > 0.9  # one mode of four: all of it exists,
    assert 0.2 < recall <= 0.25  # and most is left out
    precision, recall = metrics.precision_recall(real, np.concatenate([good, good + 500]))
    assert 0.45 < precision < 0.55
    assert recall > 0.9
    copies = np.repeat(real[:1], 50, axis=0)  # one image again and again: it reaches nothing else
    assert metrics.precision_recall(real, copies) == (1.0, 1 / 400)
    assert metrics.precision_recall(real, real) == (1.0, 1.0)


@pytest.mark.parametrize(("k", "n", "m"), [(3, 9, 3), (9, 9, 20), (0, 5, 5), (1.5, 5, 5)])
def test_precision_recall_refuses_too_few_rows(k, n, m):
    words = rf"more rows than that.*neighbours={k} with {n} real and {m} fake.*Take fewer neigh"
    with pytest.raises(ValueError, match=words):
        metrics.precision_recall(np.zeros((n, 2)), np.zeros((m, 2)), k)


# ---- coverage -----------------------------------------------------------------------------------


def test_coverage_by_hand():
    covered, divergence = metrics.coverage([0, 0, 1, 2], modes=3)
    assert covered == 3
    assert divergence == pytest.approx(0.5 * np.log(1.5) + 2 * 0.25 * np.log(0.75))
    covered, divergence = metrics.coverage([0, 0, 1, 2], modes=4, least=0.3)
    assert covered == 1
    assert divergence == pytest.approx(0.5 * np.log(2))
    assert metrics.coverage([4], 9) == (1, pytest.approx(np.log(9)))
    for modes in range(1, 60):  # with 49 the rounded sum is a little below 0
        covered, divergence = metrics.coverage(np.arange(modes).repeat(7), modes)
        assert covered == modes
        assert 0 <= divergence < 1e-12


def test_coverage_agrees_with_scipy():
    rng = np.random.default_rng(10)
    missing = 0
    for _ in range(100):
        modes = rng.integers(1, 12)
        labels = rng.choice(modes, rng.integers(1, 60), p=rng.dirichlet(np.full(modes, 0.5)))
        covered, divergence = metrics.coverage(labels, modes)
        shares = [np.mean(labels == mode) for mode in range(modes)]
        wanted = stats.entropy(shares, np.full(modes, 1 / modes))
        assert divergence == pytest.approx(wanted, abs=1e-12)
        assert 0 <= divergence <= np.log(modes) + 1e-12
        assert covered == len(set(labels))  # of 60 labels one is already 1 %
        missing += covered < modes
    assert missing > 20


@pytest.mark.parametrize("percent", range(1, 50))
def test_a_mode_with_just_the_least_share_counts(percent):
    labels = np.arange(100) < percent
    assert metrics.coverage(labels, 2, least=percent / 100)[0] == 2
    assert metrics.coverage(labels, 2, least=(percent + 1) / 100)[0] == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (([], 3), r"one label for each image.*shape \(0,\).*argmax"),
        ((np.zeros((5, 3)), 3), r"one label for each image.*shape \(5, 3\).*argmax"),
        (([0, 1], 0), "whole number of modes.*modes=0"),
        (([0, 1], 2.5), "whole number of modes.*modes=2.5"),
        (([0, 1], 2, 0), "least above 0.*least=0"),
        (([0, 1], 2, 1.1), "least above 0.*least=1.1"),
        (([0, 3, 1], 3), "labels from 0 to 2. Received 3. Number the modes from 0"),
        (([0, -1], 3), "labels from 0 to 2. Received -1. Number"),
        (([0, 0.5], 3), "labels from 0 to 2. Received 0.5. Number"),
        (([0, np.nan], 3), "labels from 0 to 2. Received nan. Number"),
    ],
)
def test_coverage_refuses(settings, words):
    with pytest.raises(ValueError, match=words):
        metrics.coverage(*settings)


# ---- nearest ------------------------------------------------------------------------------------


def test_nearest_by_hand():
    indices, distances = metrics.nearest([[0, 0], [3, 4], [9, 9]], [[9, 9], [3, 0], [0, 1]])
    assert indices.tolist() == [2, 1, 0]
    assert distances.tolist() == [1, 4, 0]
    assert (indices.dtype, distances.dtype) == (np.int64, np.float64)


def test_nearest_agrees_with_scikit_learn():
    for features, among in cases(11):
        distances, indices = (
            NearestNeighbors(n_neighbors=1, algorithm="kd_tree").fit(among).kneighbors(features)
        )
        ours = metrics.nearest(features, among)
        np.testing.assert_array_equal(ours[0], indices[:, 0])
        np.testing.assert_allclose(ours[1], distances[:, 0])


def test_a_copy_is_at_distance_0_also_far_from_the_origin():
    rng = np.random.default_rng(12)
    among = rng.normal(1e8, 1, (300, 64))
    order = rng.permutation(300)
    indices, distances = metrics.nearest(among[order], among)
    np.testing.assert_array_equal(indices, order)
    assert not distances.any()
    near = metrics.nearest(among[order] + 0.01, among)
    np.testing.assert_array_equal(near[0], order)
    np.testing.assert_allclose(near[1], 0.08, rtol=1e-5)  # 0.01 in each of 64 features


# ---- all ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", [metrics.nearest, metrics.precision_recall])
def test_blocks_do_not_show_and_keep_memory_small(metric, monkeypatch):
    rng = np.random.default_rng(13)
    few, many = rng.normal(size=(1100, 3)), rng.normal(size=(1900, 3))
    tracemalloc.start()
    try:
        whole = metric(few, many)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1100 * 1900 * 8 * 0.8  # all distances at once would be 17 MB
    monkeypatch.setattr(generation, "BLOCK", 7)
    for one, other in zip(whole, metric(few, many), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("metric", TWO_SETS)
@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((5, 3), (5, 4)), "with the same d of at least 1. Received shapes (5, 3) and (5, 4)."),
        (((5,), (5,)), "Received shapes (5,) and (5,). Take both from the same network"),
        (((5, 8, 8, 1), (5, 8, 8, 1)), "make rows of images with images.reshape"),
        (((5, 3, 2), (5, 3)), "Received shapes (5, 3, 2) and (5, 3). Take both"),
        (((5, 3), (5, 3, 2)), "Received shapes (5, 3) and (5, 3, 2). Take both"),
        (((5, 0), (5, 0)), "with the same d of at least 1. Received shapes (5, 0)"),
        (((0, 3), (5, 3)), "of each. Received shapes (0, 3) and (5, 3). Take more images."),
        (((5, 3), (0, 3)), "of each. Received shapes (5, 3) and (0, 3). Take more images."),
    ],
)
def test_features_of_a_wrong_shape_are_refused(metric, shapes, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        metric(*(np.zeros(shape) for shape in shapes))


@pytest.mark.parametrize("metric", TWO_SETS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_features_that_are_not_finite_are_refused(metric, value, side):
    features = np.zeros((2, 5, 3))
    features[side, 1, :2] = value
    with pytest.raises(ValueError, match=r"finite features\. Received 2 numbers.*diverged"):
        metric(*features)


@pytest.mark.parametrize("metric", TWO_SETS[:2])
def test_one_row_has_no_spread(metric):
    with pytest.raises(ValueError, match=r"at least 2 rows of each.*\(1, 3\) and \(5, 3\)"):
        metric(np.zeros((1, 3)), np.zeros((5, 3)))
