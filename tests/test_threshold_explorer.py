"""ThresholdExplorer on the kernel side: its numbers against scikit-learn, its traits, its words."""

import base64
import functools
import io

import numpy as np
import pytest
from helpers import check_refused
from PIL import Image
from sklearn import metrics as peer

from medkit.plots import COLOURS
from medkit.widgets import ThresholdExplorer

RNG = np.random.default_rng(31)
NUMBERS = ("sensitivity", "specificity", "precision", "negative_predictive_value", "accuracy", "f1")


def random_cases(count):
    """Scores with many ties, and which of the cases have the finding."""
    y_true = np.r_[0, 1, RNG.random(count - 2) < 0.3].astype(int)
    return y_true, np.round(RNG.normal(0.4 + 0.2 * y_true, 0.2), 1)


def numbers(explorer):
    return np.array([getattr(explorer, name) for name in NUMBERS])


def peer_numbers(y_true, y_pred, weights=None):
    """The same six numbers from scikit-learn; nan where there is nothing to divide by."""
    options = {"sample_weight": weights, "zero_division": np.nan}
    pairs = ((peer.recall_score, 1), (peer.recall_score, 0), (peer.precision_score, 1))
    parts = [score(y_true, y_pred, pos_label=label, **options) for score, label in pairs]
    parts.append(peer.precision_score(y_true, y_pred, pos_label=0, **options))
    parts.append(peer.accuracy_score(y_true, y_pred, sample_weight=weights))
    return np.array([*parts, peer.f1_score(y_true, y_pred, **options)])


def test_numbers_are_scikit_learns_at_any_threshold():
    for _ in range(30):
        y_true, y_score = random_cases(int(RNG.integers(3, 60)))
        explorer = ThresholdExplorer(y_true, y_score)
        assert explorer.auc == pytest.approx(peer.roc_auc_score(y_true, y_score))
        for threshold in (*RNG.choice(y_score, 3), y_score.max() + 1, y_score.min()):
            explorer.threshold = threshold
            y_pred = y_score >= threshold
            want = peer.confusion_matrix(y_true, y_pred, labels=[0, 1])
            np.testing.assert_array_equal(explorer.confusion, want)
            np.testing.assert_allclose(numbers(explorer), peer_numbers(y_true, y_pred))


def test_another_prevalence_is_the_same_as_weighted_cases():
    for prevalence in (0.001, 0.01, 0.3, 0.9):
        y_true, y_score = random_cases(80)
        explorer = ThresholdExplorer(y_true, y_score, threshold=0.4, prevalence=prevalence)
        share = y_true.mean()
        weights = np.where(y_true == 1, prevalence / share, (1 - prevalence) / (1 - share))
        y_pred = y_score >= 0.4
        np.testing.assert_allclose(numbers(explorer), peer_numbers(y_true, y_pred, weights))
        per_1000 = explorer.confusion_per_1000
        np.testing.assert_allclose(per_1000.sum(1), [1000 * (1 - prevalence), 1000 * prevalence])
        weighted = peer.confusion_matrix(y_true, y_pred, sample_weight=weights)
        np.testing.assert_allclose(per_1000, weighted / 80 * 1000)


def test_a_test_of_95_and_95_percent_on_a_rare_finding():
    explorer = ThresholdExplorer([0, 1] * 20, [0.1, 0.9] * 19 + [0.9, 0.1], prevalence=0.01)
    np.testing.assert_allclose(explorer.confusion_per_1000, [[940.5, 49.5], [0.5, 9.5]])
    assert explorer.precision == pytest.approx(9.5 / 59)  # by hand: 16 %
    assert explorer.negative_predictive_value == pytest.approx(940.5 / 941)
    fixed = explorer.sensitivity, explorer.specificity, explorer.auc
    explorer.prevalence = None
    assert explorer.precision == 0.95
    assert fixed == (explorer.sensitivity, explorer.specificity, explorer.auc)


@pytest.mark.parametrize("prevalence", [None, 0.1])
def test_numbers_with_nothing_to_divide_by_are_nan(prevalence):
    explorer = ThresholdExplorer([0, 0, 1], [0.2, 0.8, 0.6], prevalence=prevalence)
    explorer.threshold = 0.81
    np.testing.assert_array_equal(np.isnan(numbers(explorer)), [0, 0, 1, 0, 0, 0])
    assert explorer.f1 == 0
    explorer.threshold = 0.2
    np.testing.assert_array_equal(np.isnan(numbers(explorer)), [0, 0, 0, 1, 0, 0])


def test_the_cut_is_exact_in_every_type_of_score():
    scores = np.float32([0.1, 0.2, 0.3])
    explorer = ThresholdExplorer([True, False, True], scores[:, None], threshold=float(scores[1]))
    assert explorer.y_pred.tolist() == [False, True, True]
    explorer.threshold = 0.3  # float32 0.3 is a little more
    assert explorer.y_pred.tolist() == [False, False, True]
    np.testing.assert_array_equal(explorer.y_score, scores.astype(float))


def test_traits_from_the_browser():
    explorer = ThresholdExplorer([0, 1], [0, 3])
    explorer.set_state({"threshold": 2, "prevalence": 0.25, "curve": "PR"})
    assert (explorer.threshold, explorer.prevalence, explorer.curve) == (2, 0.25, "PR")
    assert explorer.confusion.tolist() == [[1, 0], [0, 1]]
    explorer.set_state({"prevalence": None})
    np.testing.assert_array_equal(explorer.confusion_per_1000, [[500, 0], [0, 500]])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"threshold": np.nan},
            r"Expected threshold to be a number\. Received nan\. Choose a fini",
        ),
        ({"threshold": np.inf}, r"Received inf"),
        ({"threshold": "0.5"}, r"Received '0\.5'"),
        ({"prevalence": 5}, r"Expected prevalence to be a number from 0 to 1\. Received 5\. Choos"),
        ({"prevalence": np.nan}, r"Expected prevalence .* Received nan"),
        ({"curve": "roc"}, r"Expected curve to be one of ROC, PR\. Received 'roc'\. Choose"),
        (
            {"names": ["a", "a"]},
            r"Expected names to be two different names.* Received \['a', 'a'\]",
        ),
        ({"names": ["a", "b", "b"]}, r"two different names.* Write for example names = \(\"ben"),
        ({"names": "ab"}, r"Expected names"),
        ({"names": ["a", 1]}, r"Expected names"),
    ],
)
def test_bad_settings_are_refused_in_words(values, words):
    check_refused(functools.partial(ThresholdExplorer, [0, 1], [0.1, 0.9]), values, words)


def test_bad_data_are_refused_in_words():
    with pytest.raises(ValueError, match=r"Expected cases of both classes.* only cases with label"):
        ThresholdExplorer([1, 1], [0.1, 0.9])
    with pytest.raises(ValueError, match=r"Expected .*same length.* Received shapes \(2,\) and"):
        ThresholdExplorer([0, 1], [0.1, 0.5, 0.9])
    with pytest.raises(ValueError, match=r"Expected labels out of 0, 1\. Received 2"):
        ThresholdExplorer([0, 2], [0.1, 0.9])
    with pytest.raises(ValueError, match=r"Expected finite scores"):
        ThresholdExplorer([0, 1], [0.1, np.nan])
    known = r"Expected settings among curve, names, prevalence, threshold\. Received cut\. Check"
    with pytest.raises(TypeError, match=known):
        ThresholdExplorer([0, 1], [0.1, 0.9], cut=0.3)


def test_the_static_picture_says_what_python_says():
    y_true, y_score = random_cases(50)
    explorer = ThresholdExplorer(y_true, y_score, threshold=0.55, prevalence=0.02)
    scores, curve = explorer.figure().axes
    (tn, fp), (fn, tp) = explorer.confusion
    assert [text.get_text() for text in scores.texts] == [
        *[f"TN {tn}", f"FP {fp}", f"FN {fn}", f"TP {tp}"],
    ]
    assert curve.get_title() == f"ROC curve, area {explorer.auc:.3f}"
    (point,) = curve.lines[-1].get_xydata()
    np.testing.assert_allclose(point, [1 - explorer.specificity, explorer.sensitivity])
    assert f"(PPV) {explorer.precision:.3f}" in explorer.figure().get_supxlabel()
    explorer.curve = "PR"
    line, guess, here = explorer.figure().axes[1].lines
    (point,) = here.get_xydata()
    np.testing.assert_allclose(point, [explorer.sensitivity, explorer.precision])
    assert np.abs(line.get_xydata() - point).max(1).min() < 1e-9  # it lies on the curve
    np.testing.assert_allclose(guess.get_ydata(), 0.02)


def test_the_mimebundle_holds_a_picture_and_a_line_that_never_changes():
    explorer = ThresholdExplorer([0, 0, 1], [-2, 0, 5], threshold=9, names=("well", "ill"))
    first, second = (explorer._repr_mimebundle_()[0] for _ in range(2))
    assert (
        first["text/plain"]
        == second["text/plain"]
        == ("ThresholdExplorer(3 cases, 1 with 'ill', threshold 9, prevalence as in the data, ROC)")
    )
    assert first["image/png"] == second["image/png"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(first["image/png"]))))
    assert picture[..., :3].std() > 10
    explorer.prevalence = 0.125
    assert "prevalence 12.5 %" in repr(explorer)


def test_colours_are_those_of_the_plots():
    roles = {"negative": "first", "positive": "second", "cut": "prediction"}
    for name, role in roles.items():
        assert f"--mk-{name}: {COLOURS[role].lower()};" in ThresholdExplorer._css
