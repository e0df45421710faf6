"""The detection explorer: a detector's boxes under three thresholds, judged against the truth."""

import numpy as np
import traitlets

from medkit.boxes import non_max_suppression
from medkit.metrics.classification import ratio
from medkit.metrics.detection import average_precision_by_class
from medkit.metrics.matching import judge_boxes
from medkit.plots import COLOURS
from medkit.widgets import scenes
from medkit.widgets.browser import BrowserWidget, Choice, Number, Whole, script
from medkit.widgets.pictures import few_colours, to_png

# outcome: (colour, line, mark), as in detection_charts.js
LOOKS = {
    "true positive": (COLOURS["first"], "-", ""),
    "duplicate": (COLOURS["second"], "-.", "2× "),
    "false positive": (COLOURS["prediction"], "--", "✕ "),
    "missed": (COLOURS["truth"], ":", "missed"),
}


class ImageNumber(Whole):
    """A trait that holds which image, counted from 0."""

    def limits(self, obj):
        """Return the first and the last image."""
        return 0, len(obj.truths) - 1


class ClassName(Choice):
    """A trait that holds the name of a class, or "all"."""

    def choices(self, obj):
        """Return "all" and the names of the classes."""
        return ("all", *obj.classes)


class DetectionExplorer(BrowserWidget):
    """Move score threshold and non-maximum suppression, and see which boxes are right.

    Suppression goes through the boxes of a class from the best score on; each that is kept removes
    those that overlap it by more than nms_threshold. Of the others those with a score of at least
    score_threshold are shown. Each, the best first, takes the object of its class that it overlaps
    most, of those that are free, if the IoU is at least iou_threshold: a true positive. One that
    overlaps only objects that are taken is a duplicate, any other a false positive; an object that
    nobody takes is missed.

    precision = true positives / boxes shown, recall = true positives / objects, over all images

    Args:
        images: (n, height, width, 3) or (n, height, width, 1) uint8, or floats 0..1; n up to 24.
        predictions: list of n dicts, before suppression: boxes (k, 4) y_min, x_min, y_max, x_max
            in pixel edges, scores (k,) 0..1, labels (k,) or none, which means 0; k up to 300.
        truths: list of n dicts: boxes (m, 4), labels (m,) or none.
        classes: names of the labels 0, 1, ...
        image: which image is shown, from 0.
        score_threshold: 0.01 to 0.99.
        nms_threshold: 0.1 to 1; at 1 nothing is removed.
        iou_threshold: 0.5 to 0.95.
        shown_class: name of the class that is shown and counted, or "all".

    From image on all are traits: set them from Python and the picture follows, and the other way
    round. A number that has nothing to divide by is nan here and "–" in the picture. In the browser
    point at a box, or go there with the arrow keys, to read what became of it; hold and drag along
    the curve for another score threshold.

    Raises:
        ValueError: images or boxes are not as above.
        traitlets.TraitError: a setting is out of range; the message says which are not.

    Example:
        >>> boxes = [[0, 0, 8, 8], [0, 0, 8, 7], [0, 9, 4, 16]]
        >>> prediction = {"boxes": boxes, "scores": [0.9, 0.8, 0.4]}
        >>> truth = {"boxes": [[0, 0, 8, 8], [9, 9, 16, 16]]}
        >>> images = np.zeros((1, 16, 16, 1))
        >>> explorer = DetectionExplorer(images, [prediction], [truth], classes=("lesion",))
        >>> explorer.counts
        {'true positives': 1, 'duplicates': 0, 'false positives': 1, 'missed': 1}
        >>> explorer.nms_threshold = 1
        >>> explorer.outcomes.tolist(), explorer.recall
        (['true positive', 'duplicate', 'false positive'], 0.5)
    """

    _esm = script("common.js", "charts.js", "detection_charts.js", "detection_boxes.js")
    _esm += script("detection.js")
    _css = script("common.css", "detection.css")
    image = ImageNumber(0).tag(sync=True)
    score_threshold = Number(0.3, min=0.01, max=0.99).tag(sync=True)
    nms_threshold = Number(0.5, min=0.1, max=1).tag(sync=True)
    iou_threshold = Number(0.5, min=0.5, max=0.95).tag(sync=True)
    shown_class = ClassName((), "all").tag(sync=True)
    facts = traitlets.Dict(read_only=True).tag(sync=True)  # sizes, numbers of boxes, classes
    pictures = traitlets.Bytes(read_only=True).tag(sync=True)  # uint8, red, green, blue
    candidates = traitlets.Bytes(read_only=True).tag(sync=True)  # float64: box, label, score
    objects = traitlets.Bytes(read_only=True).tag(sync=True)  # float64: box, label

    def __init__(
        self,
        images,
        predictions,
        truths,
        classes=("RBC", "WBC", "Platelets"),
        image=0,
        score_threshold=0.3,
        nms_threshold=0.5,
        iou_threshold=0.5,
        **state,
    ):
        self.images, self.classes = scenes.check_pictures(images), scenes.check_classes(classes)
        known = len(self.images), self.classes
        self.predictions = scenes.check_boxes("predictions", predictions, *known, scored=True)
        self.truths = scenes.check_boxes("truths", truths, *known, scored=False)
        self._load()
        state |= {"image": image, "score_threshold": score_threshold}
        state |= {"nms_threshold": nms_threshold, "iou_threshold": iou_threshold}
        super().__init__(**state)

    def _load(self):
        sent = scenes.pack(self.images)
        facts = {"size": list(self.images.shape[1:3]), "sent": list(sent.shape[1:3])}
        facts["classes"] = list(self.classes)
        facts["candidates"] = [len(each["boxes"]) for each in self.predictions]
        facts["truths"] = [len(each["boxes"]) for each in self.truths]
        self.set_trait("facts", facts)
        self.set_trait("pictures", sent.tobytes())
        columns = scenes.rows(self.predictions, "boxes", "labels", "scores")
        self.set_trait("candidates", columns)
        self.set_trait("objects", scenes.rows(self.truths, "boxes", "labels"))

    @classmethod
    def settings(cls):
        """Return the names of the traits that a reader may set."""
        return [name for name in super().settings() if name != "facts"]

    @property
    def _labels(self):
        """The labels that are shown and counted."""
        every = range(len(self.classes))
        return every if self.shown_class == "all" else [self.classes.index(self.shown_class)]

    def _suppress(self, prediction):
        """Return indices of the boxes of one image that suppression keeps, best first."""
        boxes, scores, labels = (prediction[name] for name in ("boxes", "scores", "labels"))
        return non_max_suppression(boxes, scores, self.nms_threshold, labels)

    def _judge(self, image, lowest):
        """Return indices of the boxes kept, from a score on, their outcomes, and the truths'."""
        prediction, truth = self.predictions[image], self.truths[image]
        boxes, scores, labels = (prediction[name] for name in ("boxes", "scores", "labels"))
        kept = self._suppress(prediction)
        kept = kept[(scores[kept] >= lowest) & np.isin(labels[kept], self._labels)]
        outcomes, found = np.full(len(kept), "", object), np.full(len(truth["labels"]), "", object)
        for label in self._labels:
            mine, own = labels[kept] == label, truth["labels"] == label
            these = kept[mine], truth["boxes"][own]
            judged = judge_boxes(boxes[these[0]], scores[these[0]], these[1], self.iou_threshold)
            outcomes[mine], found[own] = judged["prediction"], judged["truth"]
        return kept, outcomes.astype(str), found.astype(str)

    @property
    def kept(self):
        """Which boxes of the present image are shown: (j,) int64 indices, best score first."""
        return self._judge(self.image, self.score_threshold)[0]

    @property
    def outcomes(self):
        """What became of them: (j,) str, "true positive", "duplicate" or "false positive"."""
        return self._judge(self.image, self.score_threshold)[1]

    @property
    def missed(self):
        """Which objects of the present image nobody found: indices into its truths."""
        return np.flatnonzero(self._judge(self.image, self.score_threshold)[2] == "missed")

    @property
    def counts(self):
        """How often each outcome occurs in all images: a dict, in the words of the picture."""
        every = [self._judge(at, self.score_threshold)[1:] for at in range(len(self.images))]
        outcomes, found = (np.concatenate(parts) for parts in zip(*every, strict=True))
        counts = {f"{name}s": int((outcomes == name).sum()) for name in list(LOOKS)[:3]}
        return {**counts, "missed": int((found == "missed").sum())}

    @property
    def precision(self):
        """Share of the boxes shown that are right, over all images."""
        right, *wrong, _ = self.counts.values()
        return float(ratio(right, right + sum(wrong)))

    @property
    def recall(self):
        """Share of the objects that are found, over all images."""
        right, *_, missed = self.counts.values()
        return float(ratio(right, right + missed))

    @property
    def average_precision(self):
        """COCO's average precision of the class shown; of "all" the mean of the classes (mAP).

        Of all candidates that suppression keeps, whatever their score.
        """
        predictions = [
            {name: values[self._suppress(each)] for name, values in each.items()}
            for each in self.predictions
        ]
        each = average_precision_by_class(predictions, self.truths, self.iou_threshold)
        known = [each[label] for label in self._labels if label in each]
        return float(np.mean(known)) if known else np.nan

    def figure(self):
        """Return image, curve and numbers as a Figure, for a page without kernel."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11, 4.8), dpi=80, layout="constrained")
        picture, curve = figure.subplots(1, 2, width_ratios=(1.6, 1))
        self._draw_boxes(picture)
        self._draw_curve(curve)
        marks = ("", "2× ", "✕ ", "")
        each = zip(marks, self.counts.items(), strict=True)
        words = ", ".join(f"{mark}{name} {count}" for mark, (name, count) in each)
        figure.supxlabel(f"All {len(self.images)} images: {words}", fontsize=12)
        return figure

    def _png(self):
        return to_png(self.figure(), colours=56, kept=tuple(COLOURS.values()))

    def _draw_boxes(self, axes):
        kept, outcomes, found = self._judge(self.image, self.score_threshold)
        prediction, truth = self.predictions[self.image], self.truths[self.image]
        axes.imshow(few_colours(self.images[self.image]), interpolation="nearest")
        boxes = [*zip(outcomes, prediction["boxes"][kept], prediction["scores"][kept], strict=True)]
        boxes += [("missed", box, None) for box in truth["boxes"][found == "missed"]]
        for outcome, (top, left, bottom, right), score in boxes:
            colour, style, mark = LOOKS[outcome]
            around = [left, right, right, left, left], [top, top, bottom, bottom, top]
            axes.plot(*np.subtract(around, 0.5), style, color=colour, linewidth=2)
            tag = {"facecolor": colour, "edgecolor": "none", "pad": 1}
            words = mark if score is None else f"{mark}{score:.2f}"
            ink = "black" if outcome == "duplicate" else "white"
            axes.text(left, top, words, color=ink, fontsize=8, va="top", bbox=tag, clip_on=True)
        height, width = self.images.shape[1:3]
        axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        axes.set_title(f"Image {self.image}: {self._setting}", fontsize=12)
        axes.set_axis_off()

    def _draw_curve(self, axes):
        every = [self._judge(at, 0) for at in range(len(self.images))]
        scores = [p["scores"][kept] for p, (kept, *_) in zip(self.predictions, every, strict=True)]
        order = np.argsort(-np.concatenate(scores), kind="stable")
        right = np.cumsum(np.concatenate([each[1] for each in every])[order] == "true positive")
        objects = sum((each[2] != "").sum() for each in every)
        axes.plot(ratio(right, objects), right / np.arange(1, len(right) + 1), color="black")
        axes.plot(self.recall, self.precision, "o", markersize=11, color=COLOURS["third"])
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="recall", ylabel="precision")
        name = "mAP" if len(self._labels) > 1 else f"AP of {self.classes[self._labels[0]]}"
        axes.set_title(f"{name} {self.average_precision:.3f}", fontsize=12)

    def __repr__(self):
        where = f"{len(self.images)} images, image {self.image}"
        return f"DetectionExplorer({where}, {self._setting}, {self.shown_class})"

    @property
    def _setting(self):
        return (
            f"score ≥ {self.score_threshold:g}, NMS {self.nms_threshold:g}, "
            f"match at IoU {self.iou_threshold:g}"
        )
