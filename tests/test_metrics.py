"""Numbers agree with scikit-learn and scikit-image, with values worked by hand, and with sense."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio
from sklearn import metrics as sk

from medkit import metrics

BINARY = (metrics.sensitivity, metrics.specificity, metrics.precision, metrics.f1)
SCORED = (metrics.roc_curve, metrics.roc_auc, metrics.precision_recall_curve)
SCORED = (*SCORED, metrics.average_precision)


def scored_cases(seed, count=300):
    """Yield truth with both classes in it and scores, most of them with ties."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n = rng.integers(2, 40)
        y_true = rng.integers(0, 2, n)
        y_true[rng.permutation(n)[:2]] = 0, 1
        levels = rng.choice([1, 2, 5, 1000])
        yield y_true, rng.integers(0, levels, n) / levels - 0.3


def labelled_cases(seed, count=150):
    """Yield truth and answers; small ones often lack a class."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield rng.integers(0, 2, (2, rng.integers(1, 12)))


# ---- pictures -----------------------------------------------------------------------------------


def test_psnr_agrees_with_scikit_image():
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = rng.uniform(size=(2, 9, 7))
        assert metrics.psnr(a, b) == pytest.approx(peak_signal_noise_ratio(b, a, data_range=1))
    assert metrics.psnr(a, a) == float("inf")
    assert np.isnan(metrics.psnr(np.where(a > a.mean(), np.nan, a), a))  # it diverged


def test_psnr_refuses_what_cannot_be_compared():
    with pytest.raises(ValueError, match=r"same, non-empty shape.*Received .2, 2. and .3, 3."):
        metrics.psnr(np.zeros((2, 2)), np.zeros((3, 3)))


# ---- labels: scikit-learn, and cases without one of the classes ---------------------------------


def test_confusion_matrix_agrees_with_scikit_learn():
    rng = np.random.default_rng(1)
    for _ in range(200):
        y_true, y_pred = rng.integers(0, 5, (2, rng.integers(2, 30))) - 1
        classes = rng.permutation(7) - 2
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn warns where only one class occurs
            expected = sk.confusion_matrix(y_true, y_pred)
        ours = metrics.confusion_matrix(y_true, y_pred)
        np.testing.assert_array_equal(ours, expected)
        np.testing.assert_array_equal(
            metrics.confusion_matrix(y_true, y_pred, classes),
            sk.confusion_matrix(y_true, y_pred, labels=classes),
        )
        assert ours.dtype == np.int64
        assert ours.sum() == len(y_true)
        assert metrics.accuracy(y_true, y_pred) == pytest.approx(np.trace(ours) / ours.sum())


def test_rates_agree_with_scikit_learn():
    undefined = 0
    for y_true, y_pred in labelled_cases(2):
        ours = [rate(y_true, y_pred) for rate in BINARY]
        nan = {"zero_division": np.nan}
        theirs = [
            sk.recall_score(y_true, y_pred, **nan),
            sk.recall_score(y_true, y_pred, pos_label=0, **nan),
            sk.precision_score(y_true, y_pred, **nan),
            sk.f1_score(y_true, y_pred, **nan),
        ]
        np.testing.assert_allclose(ours, theirs)
        assert metrics.accuracy(y_true, y_pred) == sk.accuracy_score(y_true, y_pred)
        undefined += np.isnan(ours).sum()
    assert undefined > 25  # the edge cases were among them


def test_rates_by_hand():
    y_true = [1] * 10 + [0] * 90
    y_pred = [1] * 8 + [0] * 2 + [1] * 18 + [0] * 72  # of 10 sick 8 found, of 90 healthy 18 alarmed
    assert metrics.confusion_matrix(y_true, y_pred).tolist() == [[72, 18], [2, 8]]
    assert [rate(y_true, y_pred) for rate in BINARY] == pytest.approx([0.8, 0.8, 8 / 26, 16 / 36])
    assert metrics.accuracy(y_true, y_pred) == 0.8


def test_a_class_that_does_not_occur_has_its_row():
    assert metrics.confusion_matrix([0, 2], [0, 2]).tolist() == [[1, 0], [0, 1]]
    assert metrics.confusion_matrix([0, 2], [0, 2], range(3)).tolist() == [
        *[[1, 0, 0], [0, 0, 0], [0, 0, 1]]
    ]


# ---- scores -------------------------------------------------------------------------------------


def test_roc_curve_agrees_with_scikit_learn():
    for y_true, y_score in scored_cases(3):
        ours = metrics.roc_curve(y_true, y_score)
        for mine, theirs in zip(
            ours, sk.roc_curve(y_true, y_score, drop_intermediate=False), strict=True
        ):
            np.testing.assert_allclose(mine, theirs)
        assert len(ours[2]) == len(set(y_score)) + 1
        assert [(x[0], x[-1]) for x in ours[:2]] == [(0, 1), (0, 1)]
        assert metrics.roc_auc(y_true, y_score) == pytest.approx(sk.roc_auc_score(y_true, y_score))


def test_precision_recall_curve_agrees_with_scikit_learn():
    for y_true, y_score in scored_cases(4):
        precision, sensitivity, thresholds = metrics.precision_recall_curve(y_true, y_score)
        theirs = [values[::-1] for values in sk.precision_recall_curve(y_true, y_score)]
        np.testing.assert_allclose(precision, theirs[0])
        np.testing.assert_allclose(sensitivity, theirs[1])
        np.testing.assert_allclose(thresholds, [np.inf, *theirs[2]])
        assert metrics.average_precision(y_true, y_score) == pytest.approx(
            sk.average_precision_score(y_true, y_score)
        )


def test_each_point_of_a_curve_is_its_threshold_put_to_use():
    for y_true, y_score in scored_cases(5, 60):
        false_positive_rate, true_positive_rate, thresholds = metrics.roc_curve(y_true, y_score)
        precision, sensitivity, same = metrics.precision_recall_curve(y_true, y_score)
        np.testing.assert_array_equal(thresholds, same)
        for i, threshold in enumerate(thresholds):
            y_pred = y_score >= threshold
            assert true_positive_rate[i] == metrics.sensitivity(y_true, y_pred) == sensitivity[i]
            assert false_positive_rate[i] == pytest.approx(1 - metrics.specificity(y_true, y_pred))
            if i:  # at infinity nothing is called positive
                assert precision[i] == metrics.precision(y_true, y_pred)


def test_auc_is_the_chance_that_a_finding_scores_above_none():
    for y_true, y_score in scored_cases(6, 100):
        wins = [
            1.0 if finding > none else 0.5 if finding == none else 0.0
            for finding in y_score[y_true == 1]
            for none in y_score[y_true == 0]
        ]
        assert metrics.roc_auc(y_true, y_score) == pytest.approx(sum(wins) / len(wins))


def test_auc_sees_only_the_order():
    for y_true, y_score in scored_cases(7, 100):
        auc = metrics.roc_auc(y_true, y_score)
        assert metrics.roc_auc(y_true, np.exp(5 * y_score) - 7) == pytest.approx(auc)
        assert metrics.roc_auc(y_true, -y_score) == pytest.approx(1 - auc)
        assert metrics.roc_auc(1 - y_true, y_score) == pytest.approx(1 - auc)
        order = np.random.default_rng(0).permutation(len(y_true))
        assert metrics.roc_auc(y_true[order], y_score[order]) == pytest.approx(auc)


def test_areas_by_hand():
    y_true, y_score = [1, 0, 1, 0, 0], [0.9, 0.8, 0.7, 0.7, 0.1]
    # pairs: 0.9 beats three; 0.7 loses to 0.8, ties with 0.7 and beats 0.1: (3 + 0 + 0.5 + 1) / 6
    assert metrics.roc_auc(y_true, y_score) == pytest.approx(4.5 / 6)
    # half of the findings at precision 1, the other half at precision 2 / 4
    assert metrics.average_precision(y_true, y_score) == pytest.approx(0.75)
    assert metrics.roc_auc([0, 0, 1], [1, 2, 3]) == metrics.average_precision([0, 1], [1, 2]) == 1
    assert metrics.roc_auc([0, 1, 1], [3, 2, 1]) == 0
    assert metrics.roc_auc([0, 1, 0, 1], [5, 5, 5, 5]) == 0.5
    assert metrics.average_precision([0, 1, 0, 0], [5, 5, 5, 5]) == 0.25


def test_a_single_class_gives_nan_and_no_warning():
    scores = [0.1, 0.4, 0.4]
    assert np.isnan(metrics.roc_auc([1, 1, 1], scores))
    assert np.isnan(metrics.roc_auc([0, 0, 0], scores))
    assert np.isnan(metrics.average_precision([0, 0, 0], scores))
    assert metrics.average_precision([1, 1, 1], scores) == 1
    false_positive_rate, true_positive_rate, _ = metrics.roc_curve([1, 1, 1], scores)
    assert np.isnan(false_positive_rate).all()
    assert true_positive_rate.tolist() == pytest.approx([0, 2 / 3, 1])
    precision, sensitivity, _ = metrics.precision_recall_curve([0, 0, 0], scores)
    assert precision.tolist() == [1, 0, 0]
    assert np.isnan(sensitivity).all()


# ---- what is accepted, and what is refused ------------------------------------------------------


class Tensor:
    """What numpy sees of a tensor of another library."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)


@pytest.mark.parametrize(
    "form",
    [
        *(list, tuple, Tensor, lambda a: a[:, None], lambda a: a.astype(np.float32)),
        *(lambda a: np.float32(a)[:, None], lambda a: Tensor(a[:, None])),
    ],
)
def test_lists_tensors_and_columns_are_the_same(form):
    y_true, y_score = np.array([0, 1, 1, 0, 1]), np.array([2.0, 3.0, 1.0, 0.0, 3.0])
    y_pred = (y_score > 1).astype(int)
    for metric in (*BINARY, metrics.accuracy, metrics.confusion_matrix):
        expected = metric(y_true, y_pred)
        np.testing.assert_array_equal(metric(form(y_true), form(y_pred)), expected)
        np.testing.assert_array_equal(metric(y_true == 1, form(y_pred)), expected)
    for metric in SCORED:
        for ours, expected in zip(
            np.atleast_1d(metric(form(y_true), form(y_score))),
            np.atleast_1d(metric(y_true == 1, y_score)),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("metric", [*BINARY, metrics.accuracy, metrics.confusion_matrix])
def test_labels_are_refused_with_a_reason(metric):
    with pytest.raises(ValueError, match=r"same length.*Received shapes \(2,\) and \(3,\).*cases"):
        metric([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match=r"Received shapes \(0,\) and \(0,\)"):
        metric([], [])
    with pytest.raises(ValueError, match=r"Expected labels out of .*Received 0\.3.*y_score >= 0"):
        metric([0, 1], [1.0, 0.3])
    with pytest.raises(ValueError, match="Received nan"):
        metric([0, np.nan], [1, 0])


@pytest.mark.parametrize("metric", SCORED)
def test_scores_are_refused_with_a_reason(metric):
    with pytest.raises(ValueError, match=r"\(2,\) and \(2, 2\).*one column: y_score\[:, 1\]"):
        metric([0, 1], [[0.9, 0.1], [0.2, 0.8]])
    with pytest.raises(ValueError, match=r"out of 0, 1\. Received 2\. .*labels == 2"):
        metric([0, 2], [0.1, 0.9])
    with pytest.raises(ValueError, match=r"finite scores\. Received 2 .*training diverged"):
        metric([0, 1, 1], [np.inf, np.nan, 1])


def test_more_than_two_classes_are_refused_where_two_are_meant():
    with pytest.raises(ValueError, match=r"out of 0, 1\. Received 3\."):
        metrics.sensitivity([0, 1], [0, 3])
    with pytest.raises(ValueError, match=r"out of 0, 1\. Received 2\."):
        metrics.confusion_matrix([0, 2], [0, 1], classes=np.array([0, 1]))


# ---- the interval -------------------------------------------------------------------------------


def share(y_true, y_score):
    return np.mean(y_score)


def test_the_interval_is_the_quantiles_of_a_binomial():
    answers = np.repeat([0, 1], [30, 70])  # the share of ones in a draw is binomial, known exactly
    low, high = metrics.bootstrap_interval(share, answers, answers, resamples=4000)
    assert low == pytest.approx(0.61, abs=0.011)
    assert high == pytest.approx(0.79, abs=0.011)
    narrow = metrics.bootstrap_interval(share, answers, answers, level=0.5, resamples=4000)
    assert narrow == pytest.approx((0.67, 0.73), abs=0.011)


def test_the_interval_covers_at_about_its_level():
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(150):
        y_true = np.repeat([0, 1], 40)
        y_score = rng.normal(size=80) + y_true * np.sqrt(2) * 0.8416212  # an AUC of 0.8 exactly
        low, high = metrics.bootstrap_interval(
            metrics.roc_auc, y_true, y_score, level=0.9, resamples=150
        )
        covered += low <= 0.8 <= high
    assert (
        0.8 < covered / 150 < 0.97
    )  # four standard errors round 0.9, and the bootstrap's own bias


def test_copies_of_a_patient_add_nothing_when_patients_are_drawn():
    rng = np.random.default_rng(9)
    y_true = rng.integers(0, 2, 60)
    y_score = rng.normal(size=60) + y_true
    slices = np.repeat(np.arange(60), 8)
    copies = metrics.roc_auc, y_true[slices], y_score[slices]
    by_patient = np.diff(metrics.bootstrap_interval(*copies, groups=slices))
    by_slice = np.diff(metrics.bootstrap_interval(*copies))
    alone = np.diff(metrics.bootstrap_interval(metrics.roc_auc, y_true, y_score))
    assert by_patient == pytest.approx(alone)  # the same draws of patients
    assert by_patient > 2 * by_slice  # the root of 8 is 2.8


def test_whole_patients_are_drawn_whatever_they_are_called():
    names = np.array(["b", "a", "b", "c", "a", "b"])
    seen = []

    def metric(y_true, y_score):
        np.testing.assert_array_equal(y_true, y_score)
        counts = np.bincount(y_true, minlength=6)
        assert counts[0] == counts[2] == counts[5]
        assert counts[1] == counts[4]
        seen.append(counts)
        return counts[0] + counts[1] + counts[3]  # patients drawn

    assert metrics.bootstrap_interval(metric, range(6), range(6), groups=names) == (3, 3)
    assert len(np.unique(seen, axis=0)) == 10  # all draws of three out of three occur


def test_the_interval_is_a_pure_function():
    y_true, y_score = np.tile([0, 1, 1], 20), np.arange(60) % 7
    first = metrics.bootstrap_interval(metrics.roc_auc, y_true, y_score, seed=1)
    assert first == metrics.bootstrap_interval(metrics.roc_auc, y_true, y_score, seed=1)
    assert first != metrics.bootstrap_interval(metrics.roc_auc, y_true, y_score, seed=2)


def test_draws_without_a_class_are_left_out():
    y_true = [1] + [0] * 9  # one draw in three has no finding
    low, high = metrics.bootstrap_interval(metrics.roc_auc, y_true, range(10))
    assert low == high == 0  # the finding has the lowest score
    with pytest.raises(ValueError, match=r"Received nan on all 20\. See that both classes"):
        metrics.bootstrap_interval(metrics.roc_auc, [0] * 10, range(10), resamples=20)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y_score": [1, 2]}, "Received 3, 2 and groups"),
        ({"groups": [1]}, r"Received 3, 3 and groups of shape \(1,\)"),
        ({"groups": [[1], [2], [3]]}, r"groups \(n,\).* groups of shape \(3, 1\)"),
        ({"y_true": [], "y_score": []}, "Received 0, 0 and"),
        ({"level": 95}, "level=95"),
        ({"resamples": 0}, "resamples=0. Change"),
    ],
)
def test_the_interval_refuses_with_a_reason(change, words):
    with pytest.raises(ValueError, match=words):
        metrics.bootstrap_interval(
            **{"metric": share, "y_true": [0, 1, 1], "y_score": [1, 2, 3], **change}
        )


def test_metrics_load_nothing_heavy():
    code = "import sys, medkit.metrics, medkit.splits; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "medkit.metrics.curves" in loaded
    assert not {"sklearn", "scipy", "skimage", "pandas"} & set(loaded)
