"""The threshold explorer: one cut through two groups of scores, and all that follows from it."""

import numpy as np
import traitlets

from medkit import metrics
from medkit.metrics.classification import pair, ratio
from medkit.plots import COLOURS
from medkit.widgets.browser import BrowserWidget, Choice, Names, Number, script

BINS = 40


class ThresholdExplorer(BrowserWidget):
    """Drag a threshold over the scores of two groups and see every number that follows from it.

    Cases without the finding (label 0) stand above the axis of scores, cases with it (label 1)
    hang below; a case is called positive where its score is at least the threshold. The point on
    the ROC or precision-recall curve, the confusion matrix and six numbers follow. The prevalence
    slider asks what the same test would say among people of whom fewer or more have the finding:
    sensitivity, specificity and the ROC curve stay, precision, NPV, accuracy and F1 change, by

    precision = p * sensitivity / (p * sensitivity + (1 - p) * (1 - specificity))

    Args:
        y_true: (n,) of 0 and 1, or booleans; both must occur.
        y_score: (n,) finite numbers, larger where a finding is more likely.
        threshold: finite number. With the focus on the scores the arrow keys move it, Page Up and
            Page Down by ten steps.
        prevalence: share of people with the finding, 0 to 1; None for the share in the data.
        curve: "ROC" or "PR".
        names: of label 0 and of label 1.

    All but the data are traits: set them from Python and the picture follows, and the other way
    round. A number that has nothing to divide by is nan here and "–" in the picture.

    Raises:
        ValueError: lengths differ, a label is neither 0 nor 1, a score is not finite, or only one
            class is there.
        traitlets.TraitError: a setting is out of range; the message says which are not.

    Example:
        >>> explorer = ThresholdExplorer([0, 1] * 20, [0.1, 0.9] * 19 + [0.9, 0.1])
        >>> explorer.sensitivity, explorer.specificity, explorer.precision
        (0.95, 0.95, 0.95)
        >>> explorer.prevalence = 0.01
        >>> explorer.sensitivity, explorer.specificity, round(explorer.precision, 2)
        (0.95, 0.95, 0.16)
    """

    _esm = script("common.js", "charts.js", "threshold_charts.js", "threshold.js")
    _css = script("common.css", "threshold.css")
    scores = traitlets.Bytes().tag(sync=True)  # float64
    truths = traitlets.Bytes().tag(sync=True)  # uint8
    threshold = Number(0.5).tag(sync=True)
    prevalence = Number(None, min=0, max=1, allow_none=True).tag(sync=True)
    curve = Choice(("ROC", "PR"), "ROC").tag(sync=True)
    names = Names(["no finding", "finding"]).tag(sync=True)

    def __init__(self, y_true, y_score, threshold=0.5, prevalence=None, **state):
        y_true, y_score = pair(y_true, y_score, (0, 1), scores=True)
        if len(set(y_true.tolist())) < 2:
            raise ValueError(
                "Expected cases of both classes, 0 and 1. Received only cases with label "
                f"{y_true[0]}. Add cases of the other class: without them there is no curve."
            )
        data = {"scores": y_score.astype("<f8").tobytes(), "truths": y_true.astype("u1").tobytes()}
        super().__init__(**data, threshold=threshold, prevalence=prevalence, **state)

    @property
    def y_true(self):
        """The truth: (n,) uint8 of 0 and 1."""
        return np.frombuffer(self.truths, "u1")

    @property
    def y_score(self):
        """The scores: (n,) float64."""
        return np.frombuffer(self.scores, "<f8")

    @property
    def y_pred(self):
        """What each case is called at this threshold: (n,) bool."""
        return self.y_score >= self.threshold

    @property
    def confusion(self):
        """Cases in the data: (2, 2) int64, [[TN, FP], [FN, TP]]."""
        return metrics.confusion_matrix(self.y_true, self.y_pred, classes=(0, 1))

    @property
    def confusion_per_1000(self):
        """The same test on 1,000 people at this prevalence: (2, 2) float64, as `confusion`."""
        rates = self.confusion / self.confusion.sum(1, keepdims=True)
        return 1000 * rates * [[1 - self._share], [self._share]]

    @property
    def _share(self):
        return self.y_true.mean() if self.prevalence is None else self.prevalence

    @property
    def _people(self):
        return self.confusion if self.prevalence is None else self.confusion_per_1000

    @property
    def sensitivity(self):
        """Share of the cases with the finding that are called positive; at any prevalence."""
        return metrics.sensitivity(self.y_true, self.y_pred)

    @property
    def specificity(self):
        """Share of the cases without the finding that are called negative; at any prevalence."""
        return metrics.specificity(self.y_true, self.y_pred)

    @property
    def precision(self):
        """Share of those called positive who have the finding (PPV), at this prevalence."""
        (_, fp), (_, tp) = self._people
        return float(ratio(tp, tp + fp))

    @property
    def negative_predictive_value(self):
        """Share of those called negative who do not have the finding, at this prevalence."""
        (tn, _), (fn, _) = self._people
        return float(ratio(tn, tn + fn))

    @property
    def accuracy(self):
        """Share of all who are called rightly, at this prevalence."""
        return float(self._people.trace() / self._people.sum())

    @property
    def f1(self):
        """Harmonic mean of precision and sensitivity, at this prevalence."""
        (_, fp), (fn, tp) = self._people
        return float(ratio(2 * tp, 2 * tp + fp + fn))

    @property
    def auc(self):
        """Area under the ROC curve; at any threshold and prevalence."""
        return metrics.roc_auc(self.y_true, self.y_score)

    def figure(self):
        """Return scores, curve and numbers as a Figure, for a page without kernel."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11, 4.6), dpi=90, layout="constrained")
        scores, curve = figure.subplots(1, 2, width_ratios=(1.8, 1))
        self._draw_scores(scores)
        self._draw_curve(curve)
        numbers = {
            "Sensitivity": self.sensitivity,
            "Specificity": self.specificity,
            "Precision (PPV)": self.precision,
            "NPV": self.negative_predictive_value,
            "Accuracy": self.accuracy,
            "F1": self.f1,
        }
        words = [f"At a prevalence of {100 * self._share:.3g} %:"]
        words += [f"{name} {'–' if np.isnan(x) else f'{x:.3f}'}" for name, x in numbers.items()]
        figure.supxlabel("   ".join(words), fontsize=12)
        return figure

    def _draw_scores(self, axes):
        low, high = self.y_score.min(), self.y_score.max()
        edges = np.linspace(*((0, 1) if low >= 0 and high <= 1 else (low, high)), BINS + 1)
        for truth in (0, 1):
            group = self.y_score[self.y_true == truth]
            scale = (1 - 2 * truth) / np.histogram(group, edges)[0].max()
            for called in (0, 1):
                part = group[(group >= self.threshold) == called]
                right, colour = called == truth, COLOURS[("first", "second")[truth]]
                look = {
                    "facecolor": colour if right else "none",
                    "hatch": None if right else "////",
                }
                axes.hist(part, edges, weights=np.full(len(part), scale), edgecolor=colour, **look)
                name = f"{'FT'[right]}{'NP'[called]} {len(part)}"
                place = {"transform": axes.transAxes, "ha": ("left", "right")[called]}
                axes.text(0.01 + 0.98 * called, 0.94 - 0.92 * truth, name, fontsize=12, **place)
        axes.axhline(0, color="black", linewidth=1)
        axes.axvline(self.threshold, 0.08, 0.92, color=COLOURS["prediction"], linewidth=3)
        axes.set(ylim=(-1.2, 1.2), title=f"Scores, threshold {self.threshold:g}", xlabel="score")
        axes.set_yticks([0.5, -0.5], self.names, rotation=90, va="center")

    def _draw_curve(self, axes):
        wrong, found, _ = metrics.roc_curve(self.y_true, self.y_score)
        if self.curve == "ROC":
            axes.plot(wrong, found, color="black", linewidth=2)
            here, guess = (1 - self.specificity, self.sensitivity), (0, 1)
            axes.set(xlabel="1 − specificity", ylabel="sensitivity")
            axes.set_title(f"ROC curve, area {self.auc:.3f}")
        else:
            right = self._share * found[1:]
            precision = right / np.maximum(right + (1 - self._share) * wrong[1:], 1e-300)
            axes.step(found, np.append(precision[0], precision), color="black", linewidth=2)
            here, guess = (self.sensitivity, self.precision), (self._share, self._share)
            axes.set(xlabel="sensitivity", ylabel="precision", title="PR curve")
        axes.plot((0, 1), guess, "--", color=COLOURS["neutral"])
        axes.plot(*here, "o", markersize=11, color=COLOURS["prediction"])
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")

    def __repr__(self):
        share = "as in the data" if self.prevalence is None else f"{100 * self.prevalence:g} %"
        return (
            f"ThresholdExplorer({len(self.y_true)} cases, {self.y_true.sum()} with "
            f"{self.names[1]!r}, threshold {self.threshold:g}, prevalence {share}, {self.curve})"
        )
