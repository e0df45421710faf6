"""Average precision agrees with COCO's program, the rest with slow loops from the definitions."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from medkit import metrics
from medkit.boxes import iou_matrix
from medkit.metrics import COCO_THRESHOLDS

# fewest and most true boxes, height of the image, pixels of the grid
CASES = {"few": (0, 4, 60, 8), "many": (5, 15, 100, 1), "crowded": (20, 40, 25, 1)}


def random_boxes(rng, count, size, grid):
    """Boxes of some area with corners on a grid, so that many overlaps are equal."""
    start = rng.integers(0, size * grid, (count, 2))
    return np.hstack([start, start + rng.integers(1, 12 * grid, (count, 2))]) / grid


def random_image(rng, kind, classes):
    """Return prediction and truth of an image: good guesses, copies and wild ones, many ties."""
    fewest, most, size, grid = CASES[kind]
    count = rng.integers(fewest, most + 1) * (rng.random() < 0.85)
    truth, labels = random_boxes(rng, count, size, grid), rng.integers(0, classes, count)
    truth[: count // 6] = truth[count // 2 : count // 2 + count // 6]  # annotated twice
    copied = rng.permutation(np.arange(2 * count) // 2)[: rng.integers(0, 2 * count + 1)]
    near = truth[copied] + np.tile(rng.integers(-1, 2, (len(copied), 2)), 2)
    boxes = np.concatenate([near, random_boxes(rng, rng.integers(0, 5), size, grid)])
    named = np.concatenate([labels[copied], rng.integers(0, classes, len(boxes) - len(near))])
    scores = rng.integers(0, rng.choice([2, 10, 1000]), len(boxes)) / 7
    kept = slice(None if rng.random() < 0.85 else 0)  # or no predictions at all
    prediction = {"boxes": boxes[kept], "scores": scores[kept], "labels": named[kept]}
    return prediction, {"boxes": truth, "labels": labels}


def random_cases(seed, count, classes=None):
    """Yield predictions and truths of one to four images."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        kind = [*CASES][number % len(CASES)]
        several = classes or rng.integers(1, 4)
        images = [random_image(rng, kind, several) for _ in range(rng.integers(1, 5))]
        yield tuple(list(entries) for entries in zip(*images, strict=True))


def coco_table(images, classes):
    """Return boxes in the form of COCO; `classes` are those of the truth and the predictions."""
    table = COCO()
    table.dataset = {
        "images": [{"id": i} for i in range(len(images))],
        "categories": [{"id": int(label)} for label in classes],
        "annotations": [],
    }
    for i, image in enumerate(images):
        scores = image.get("scores", np.ones(len(image["boxes"])))
        for box, label, score in zip(image["boxes"], image["labels"], scores, strict=True):
            y_min, x_min, y_max, x_max = box.tolist()
            width, height = x_max - x_min, y_max - y_min
            found = {"id": len(table.dataset["annotations"]) + 1, "image_id": i}
            found |= {"category_id": int(label), "score": float(score), "iscrowd": 0}
            found |= {"bbox": [x_min, y_min, width, height], "area": width * height}
            table.dataset["annotations"].append(found)
    table.createIndex()
    return table


def coco_evaluation(predictions, truths, thresholds):
    """Return COCO's evaluation of all boxes of all sizes, and the classes in its order."""
    labels = [image["labels"] for image in [*predictions, *truths]]
    classes = np.unique(np.concatenate([*labels, [0]]).astype(int))
    with contextlib.redirect_stdout(io.StringIO()):
        tables = [coco_table(images, classes) for images in (truths, predictions)]
        evaluation = COCOeval(*tables, "bbox")
        evaluation.params.iouThrs = np.atleast_1d(thresholds)
        evaluation.params.maxDets = [10_000]
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation, classes.tolist()


# ---- COCO ---------------------------------------------------------------------------------------


def test_average_precision_agrees_with_coco():
    seen = {"ties": 0, "no truth": 0, "an image without truth": 0, "no predictions": 0}
    for number, (predictions, truths) in enumerate(random_cases(0, 240)):
        thresholds = [COCO_THRESHOLDS, 0.5, (0.3, 0.75), 1.0][number % 4]
        evaluation, classes = coco_evaluation(predictions, truths, thresholds)
        precision = evaluation.eval["precision"][..., 0, 0]  # (thresholds, points, classes)
        theirs = {
            label: precision[:, :, k].mean()
            for k, label in enumerate(classes)
            if (precision[:, :, k] > -1).all()
        }
        ours = metrics.average_precision_by_class(predictions, truths, thresholds)
        assert ours == pytest.approx(theirs, abs=1e-9)
        known = precision[precision > -1]
        assert metrics.mean_average_precision(predictions, truths, thresholds) == pytest.approx(
            known.mean() if known.size else np.nan, abs=1e-9, nan_ok=True
        )
        scores = np.concatenate([image["scores"] for image in predictions])
        seen["ties"] += len(np.unique(scores)) < len(scores)
        seen["no truth"] += not ours
        seen["an image without truth"] += min(len(image["boxes"]) for image in truths) == 0
        seen["no predictions"] += min(len(scores), *(len(p["boxes"]) for p in predictions), 1) == 0
    assert min(seen.values()) > 5


def test_each_match_is_the_one_of_coco():
    equal = 0
    for predictions, truths in random_cases(1, 150, classes=1):
        for threshold in (0.2, 0.5, 0.9, 1.0):
            evaluation, _ = coco_evaluation(predictions, truths, threshold)
            first, first_truth = 1, 1  # COCO's numbers run over all images
            for found, prediction, truth in zip(
                evaluation.evalImgs, predictions, truths, strict=True
            ):
                ours = metrics.match_boxes(
                    prediction["boxes"], prediction["scores"], truth["boxes"], threshold
                )
                theirs = np.full(len(ours), -1)
                if found is not None:
                    theirs[np.array(found["dtIds"], int) - first] = np.where(
                        found["dtMatches"][0], found["dtMatches"][0] - first_truth, -1
                    )
                assert ours.tolist() == theirs.tolist()
                assert ours.dtype == np.int64
                first, first_truth = first + len(ours), first_truth + len(truth["boxes"])
                iou = iou_matrix(prediction["boxes"], truth["boxes"])
                best = iou.max(axis=1, initial=threshold, keepdims=True)
                equal += ((iou == best).sum(axis=1) > 1).sum()
    assert equal > 100  # a prediction with two true boxes to choose from, of the same IoU


def test_recall_and_scores_agree_with_coco():
    for predictions, truths in random_cases(2, 60, classes=1):
        if not sum(len(truth["boxes"]) for truth in truths):
            continue
        evaluation, _ = coco_evaluation(predictions, truths, 0.5)
        precision, recall, scores = metrics.detection_curve(predictions, truths)
        assert recall.max(initial=0) == evaluation.eval["recall"][0, 0, 0, 0]
        at = np.searchsorted(recall, evaluation.params.recThrs)
        theirs = evaluation.eval["scores"][0, :, 0, 0, 0]
        np.testing.assert_array_equal(np.append(scores, 0)[at], theirs)
        assert len(precision) == len(recall) == len(scores)


def test_the_thresholds_are_those_of_coco():
    np.testing.assert_array_equal(COCO_THRESHOLDS, COCOeval(iouType="bbox").params.iouThrs)


# ---- by hand ------------------------------------------------------------------------------------


def test_a_match_by_hand():
    truth = [[0, 0, 10, 10], [0, 5, 10, 15]]
    boxes = [[0, 2, 10, 12], [0, 0, 10, 10], [40, 40, 50, 50], [0, 1, 10, 11]]
    # the second, best, takes truth 0; of the first (IoU 2/3 and 7/13) only truth 1 is left
    assert metrics.match_boxes(boxes, [0.8, 0.9, 0.7, 0.6], truth).tolist() == [1, 0, -1, -1]
    assert metrics.match_boxes(boxes, [0.8, 0.9, 0.7, 0.6], truth, 0.6).tolist() == [-1, 0, -1, -1]
    assert metrics.match_boxes(boxes, [0.9, 0.8, 0.7, 0.6], truth).tolist() == [0, -1, -1, -1]
    # a threshold that the IoU just reaches, and equal scores: the first comes first
    assert metrics.match_boxes([[0, 0, 10, 5]], [1], truth[:1], 0.5).tolist() == [0]
    assert metrics.match_boxes([truth[0]] * 2, [1, 1], truth[:1], 1).tolist() == [0, -1]
    assert metrics.match_boxes([[0, 5, 10, 10]], [1], truth, 0.5).tolist() == [1]  # the last
    rounded = [[0, 0, 10, 10 - 1e-11]]
    assert metrics.match_boxes(rounded, [1], truth[:1], 1).tolist() == [0]  # as COCO allows for
    assert metrics.match_boxes([], [], truth).tolist() == []
    assert metrics.match_boxes(boxes, [1, 2, 3, 4], []).tolist() == [-1] * 4
    assert metrics.match_boxes([[5, 5, 5, 5]], [1], [[5, 5, 5, 5]], 0.01).tolist() == [-1]


# Three images with four true boxes. By score: right, right, wrong, right, a copy; one is missed.
BY_HAND = (
    [
        {"boxes": [[0, 0, 9, 9], [0, 20, 9, 29]], "scores": [0.9, 0.6]},
        {"boxes": [[1, 0, 9, 9], [50, 50, 60, 60]], "scores": [0.8, 0.7]},
        ([[0, 0, 9, 9]], [0.5]),
    ],
    [
        {"boxes": [[0, 0, 9, 9], [0, 20, 9, 29]]},
        {"boxes": [[0, 0, 9, 9]]},
        ([[0, 9, 9, 18]],),
    ],
)


def test_average_precision_by_hand():
    precision, recall, scores = metrics.detection_curve(*BY_HAND)
    assert precision.tolist() == [1, 1, 2 / 3, 3 / 4, 3 / 5]
    assert recall.tolist() == [0.25, 0.5, 0.5, 0.75, 0.75]
    assert scores.tolist() == [0.9, 0.8, 0.7, 0.6, 0.5]
    # precision 1 up to recall 0.5, 3/4 up to 0.75, and 0 from there
    average = {
        how: metrics.detection_average_precision(*BY_HAND, interpolation=how)
        for how in ("all", "11", "101")
    }
    assert average["all"] == pytest.approx(0.5 + 0.25 * 3 / 4)
    assert average["11"] == pytest.approx((6 + 2 * 3 / 4) / 11)  # 0 to 0.5, 0.6 and 0.7
    assert average["101"] == pytest.approx((51 + 25 * 3 / 4) / 101)
    assert metrics.mean_average_precision(*BY_HAND) == average["101"]
    # at 0.9 the shifted box, IoU 8/9, is none: right, wrong, wrong, right, wrong
    assert metrics.detection_curve(*BY_HAND, 0.9)[0].tolist() == [1, 1 / 2, 1 / 3, 1 / 2, 2 / 5]


def test_equal_scores_count_in_their_order():
    right, wrong = [0, 0, 9, 9], [20, 20, 29, 29]
    truth = [{"boxes": [right]}]
    for boxes, average in (([right, wrong], 1), ([wrong, right], 0.5)):
        found = [{"boxes": boxes, "scores": [0.5, 0.5]}]
        assert metrics.detection_average_precision(found, truth) == average


def test_nothing_to_find_and_nothing_found():
    nothing, something = {"boxes": [], "scores": []}, {"boxes": [[0, 0, 1, 1]], "scores": [1]}
    for how in ("11", "101", "all"):
        for found, expected in ((nothing, 0), (something, 1)):
            assert metrics.detection_average_precision([found], [something], 0.5, how) == expected
        for found in (nothing, something):
            average = metrics.detection_average_precision([found], [nothing], 0.5, how)
            assert np.isnan(average)
    assert np.isnan(metrics.mean_average_precision([something], [nothing]))
    assert metrics.average_precision_by_class([something], [nothing]) == {}
    precision, recall, _ = metrics.detection_curve([something], [nothing])
    assert precision.tolist() == [0]
    assert np.isnan(recall).all()
    assert [len(x) for x in metrics.detection_curve([nothing], [something])] == [0, 0, 0]


def test_classes_are_taken_apart():
    box = [[0, 0, 9, 9]]
    predictions = [(box * 2, [0.9, 0.8], [1, 2]), (box, [0.7], [7])]
    truths = [(box * 2, [2, 1]), {"boxes": box, "labels": [3]}]
    by_class = metrics.average_precision_by_class(predictions, truths)
    assert by_class == {1: 1, 2: 1, 3: 0}  # 7 is not in the truth, and left out
    assert metrics.mean_average_precision(predictions, truths) == pytest.approx(2 / 3)
    named = [(box, [1], ["RBC"])], [(box, ["RBC"])]
    assert metrics.average_precision_by_class(*named) == {"RBC": 1}


# ---- definitions, in slow loops -----------------------------------------------------------------


def slow_average(predictions, truths, threshold, interpolation):
    """From the definition: the best precision among the points of at least each recall."""
    points = []
    total = sum(len(truth["boxes"]) for truth in truths)
    ranked = sorted(
        ((-score, i, j) for i, p in enumerate(predictions) for j, score in enumerate(p["scores"])),
    )
    matched = [
        metrics.match_boxes(p["boxes"], p["scores"], t["boxes"], threshold)
        for p, t in zip(predictions, truths, strict=True)
    ]
    hits = 0
    for rank, (_, i, j) in enumerate(ranked, 1):
        hits += matched[i][j] >= 0
        points.append((hits / total, hits / rank))

    def best(recall):
        return max((p for r, p in points if r >= recall), default=0)

    if interpolation == "11":
        return sum(best(k / 10) for k in range(11)) / 11
    return sum(best(k / total) for k in range(1, total + 1)) / total  # each true box adds a step


@pytest.mark.parametrize("interpolation", ["11", "all"])
def test_interpolation_is_its_definition(interpolation):
    seen = 0
    for predictions, truths in random_cases(3, 120, classes=1):
        if any(len(truth["boxes"]) for truth in truths):
            seen += 1
            for threshold in (0.3, 0.6):
                assert metrics.detection_average_precision(
                    predictions, truths, threshold, interpolation
                ) == pytest.approx(slow_average(predictions, truths, threshold, interpolation))
    assert seen > 80


def test_eleven_points_are_tenths():
    """With ten true boxes a recall of 3/10 reaches the point 0.3, whatever 3 * 0.1 is."""
    boxes = [[0, 10 * i, 9, 10 * i + 9] for i in range(10)]
    for found in range(11):
        prediction = {"boxes": boxes[:found], "scores": [1] * found}
        average = metrics.detection_average_precision(
            [prediction], [{"boxes": boxes}], interpolation="11"
        )
        assert average == pytest.approx((found + 1) / 11 if found else 0)


def slow_froc(predictions, truths, threshold):
    """From the definition, one threshold after the other."""
    scores = {score for p in predictions for score in p["scores"].tolist()}
    false, found = [], []
    images = [
        (p["scores"].tolist(), (iou_matrix(p["boxes"], t["boxes"]) >= threshold).tolist())
        for p, t in zip(predictions, truths, strict=True)
    ]
    for least in [np.inf, *sorted(scores, reverse=True)]:
        false.append(0)
        found.append(0)
        for marks, lies_on in images:
            on = [row for score, row in zip(marks, lies_on, strict=True) if score >= least]
            false[-1] += sum(not any(row) for row in on)
            found[-1] += sum(any(column) for column in zip(*on, strict=True))
    total = sum(len(truth["boxes"]) for truth in truths)
    return np.array(false) / len(predictions), np.array(found) / total if total else None


def test_froc_is_its_definition():
    seen = 0
    for predictions, truths in random_cases(4, 45, classes=1):
        for threshold in (0.2, 0.5):
            ours = metrics.froc_curve(predictions, truths, threshold)
            false, found = slow_froc(predictions, truths, threshold)
            np.testing.assert_array_equal(ours[0], false)
            if found is None:
                assert np.isnan(ours[1]).all()
                assert np.isnan(metrics.froc_score(predictions, truths, threshold))
                continue
            np.testing.assert_allclose(ours[1], found)
            assert (ours[0][0], ours[1][0], ours[2][0]) == (0, 0, np.inf)
            assert (np.diff(ours[2]) < 0).all()
            rates = (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
            expected = np.mean([slow_between(rate, false, found) for rate in rates])
            assert metrics.froc_score(predictions, truths, threshold) == pytest.approx(expected)
            seen += 1
    assert seen > 60


def slow_between(rate, false, found):
    """Return the sensitivity at a rate: straight between points, level after the last."""
    below = max(i for i, f in enumerate(false) if f <= rate)
    if below == len(false) - 1:
        return found[-1]
    share = (rate - false[below]) / (false[below + 1] - false[below])
    return found[below] + share * (found[below + 1] - found[below])


def test_froc_by_hand():
    lesion, near, far = [0, 0, 10, 10], [0, 0, 10, 8], [50, 50, 60, 60]
    predictions = [
        {"boxes": [near, lesion, far], "scores": [0.9, 0.8, 0.7]},  # two marks on one lesion
        {"boxes": [far, far], "scores": [0.8, 0.6]},  # no lesion here
    ]
    truths = [{"boxes": [lesion, [80, 80, 90, 90]]}, {"boxes": []}]
    false, sensitivity, thresholds = metrics.froc_curve(predictions, truths)
    assert thresholds.tolist() == [np.inf, 0.9, 0.8, 0.7, 0.6]
    assert false.tolist() == [0, 0, 0.5, 1, 1.5]
    assert sensitivity.tolist() == [0, 0.5, 0.5, 0.5, 0.5]
    assert metrics.froc_score(predictions, truths) == 0.5
    assert metrics.froc_curve(predictions, truths, 0.9)[1].tolist() == [0, 0, 0.5, 0.5, 0.5]
    both = [{"boxes": [[0, 0, 10, 20]], "scores": [1]}]  # one mark on two lesions
    assert metrics.froc_curve(both, [{"boxes": [lesion, [0, 10, 10, 20]]}])[1].tolist() == [0, 1]
    # one false mark first, then the lesion: sensitivity 0 up to 1 false mark an image, 1 from there
    late = [{"boxes": [far, lesion], "scores": [0.9, 0.8]}]
    truth = [{"boxes": [lesion]}]
    assert metrics.froc_score(late, truth) == pytest.approx(4 / 7)
    assert metrics.froc_score(late, truth, false_positives=[0.99, 1]) == 0.5
    nothing = [{"boxes": [], "scores": []}]
    assert metrics.froc_score(nothing, truth) == 0


def test_verdicts_by_hand():
    truth = [[0, 0, 10, 10], [0, 30, 10, 40]]
    boxes = [[0, 0, 10, 9], [0, 0, 10, 10], [0, 5, 10, 15], [60, 60, 70, 70]]
    verdict = metrics.judge_boxes(boxes, [0.8, 0.9, 0.7, 0.6], truth)
    assert verdict["prediction"].tolist() == [
        *["duplicate", "true positive", "false positive", "false positive"]
    ]
    assert verdict["truth"].tolist() == ["found", "missed"]
    verdict = metrics.judge_boxes(boxes, [0.8, 0.9, 0.7, 0.6], truth, 0.3)
    assert verdict["prediction"].tolist()[2] == "duplicate"
    assert metrics.judge_boxes([], [], truth)["truth"].tolist() == ["missed", "missed"]
    assert metrics.judge_boxes(boxes[:1], [1], [])["prediction"].tolist() == ["false positive"]
    assert metrics.judge_boxes([], [], [])["prediction"].tolist() == []


def test_verdicts_count_as_matches_do():
    duplicates = 0
    for predictions, truths in random_cases(5, 60, classes=1):
        for prediction, truth in zip(predictions, truths, strict=True):
            given = prediction["boxes"], prediction["scores"], truth["boxes"]
            verdict, matched = metrics.judge_boxes(*given), metrics.match_boxes(*given)
            iou = iou_matrix(given[0], given[2])
            assert len(verdict["truth"]) == len(given[2])
            np.testing.assert_array_equal(verdict["prediction"] == "true positive", matched >= 0)
            assert (verdict["truth"] == "found").sum() == (matched >= 0).sum()
            for i, name in enumerate(verdict["prediction"]):
                on = set(np.flatnonzero(iou[i] >= 0.5).tolist())
                assert (name == "false positive") == (not on)
                if name == "duplicate":  # all that it lies on were found by others
                    duplicates += 1
                    assert all(verdict["truth"][list(on)] == "found")
    assert duplicates > 100


def test_the_order_of_images_and_boxes_does_not_matter_without_ties():
    rng = np.random.default_rng(6)
    for predictions, truths in random_cases(7, 40, classes=1):
        for prediction in predictions:
            prediction["scores"] = rng.random(len(prediction["boxes"]))
        expected = [
            metrics.mean_average_precision(predictions, truths, (0.5, 0.7)),
            metrics.froc_score(predictions, truths),
        ]
        for entries in (predictions, truths):
            for entry in entries:
                order = rng.permutation(len(entry["boxes"]))
                entry.update({key: values[order] for key, values in entry.items()})
        order = rng.permutation(len(truths))
        shuffled = [predictions[i] for i in order], [truths[i] for i in order]
        shown = [
            metrics.mean_average_precision(*shuffled, (0.5, 0.7)),
            metrics.froc_score(*shuffled),
        ]
        np.testing.assert_allclose(shown, expected)


# ---- what is accepted, and what is refused ------------------------------------------------------

FOUND = {"boxes": [[0, 0, 9, 9]], "scores": [0.5]}
TRUE = {"boxes": [[0, 0, 9, 9]]}
ONE_CLASS = (
    *(metrics.detection_curve, metrics.detection_average_precision),
    *(metrics.froc_curve, metrics.froc_score),
)
ALL = (*ONE_CLASS, metrics.mean_average_precision, metrics.average_precision_by_class)


@pytest.mark.parametrize("metric", ALL)
def test_tuples_and_dicts_are_the_same(metric):
    rng = np.random.default_rng(8)
    prediction, truth = random_image(rng, "many", 1)
    expected = metric([prediction], [truth])
    keys = ("boxes", "scores", "labels")
    for found, true in [
        (tuple(prediction[key] for key in keys), (truth["boxes"], truth["labels"])),
        (tuple(prediction[key] for key in keys[:2]), (truth["boxes"],)),
        (tuple(prediction[key].tolist() for key in keys), {**truth, "labels": None}),
        ({**prediction, "more": 1}, {"boxes": truth["boxes"].astype(np.float32), "labels": None}),
    ][: 2 if metric in ALL[4:] else 4]:
        np.testing.assert_equal(metric([found], [true]), expected)


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("predictions", "truths", "words"),
    [
        ([FOUND], [TRUE] * 2, r"same images.*Received 1 and 2 entries\. .*boxes=\[\]"),
        ([], [], "at least one. Received 0 and 0"),
        (FOUND, [TRUE], r"Expected predictions as a list.*Received a dict\. Put the entry of a"),
        ([FOUND], TRUE, r"Expected truths as a list.*Received a dict"),
        ([TRUE], [TRUE], r"prediction 0 a dict or a tuple of boxes, scores, labels\. .*keys boxes"),
        ([FOUND], [[[0, 0, 9, 9]]], r"truth 0 a dict or a tuple of boxes, labels\. Received list"),
        ([FOUND], [np.zeros((1, 4))], "Received ndarray"),
        ([FOUND] * 2, [TRUE, {"boxes": [[0, 5, 9, 1]]}], "In truth 1: Expected boxes of y_min"),
        ([{**FOUND, "scores": [1, 2]}], [TRUE], r"In prediction 0: .*\(1, 4\), \(2,\) and \(1,\)"),
        ([FOUND], [{"boxes": None}], r"In truth 0: Expected boxes of shape \(k, 4\)"),
        ([{**FOUND, "scores": [np.nan]}], [TRUE], "In prediction 0: Expected finite scores"),
        ([FOUND], [{**TRUE, "labels": [1, 2]}], r"In truth 0: .*\(2,\)\. Take all from the same"),
    ],
)
def test_images_are_refused_with_a_reason(metric, predictions, truths, words):
    with pytest.raises(ValueError, match=words):
        metric(predictions, truths)


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("threshold", [50, 0, -0.5, np.nan])
def test_thresholds_are_refused_with_a_reason(metric, threshold):
    with pytest.raises(ValueError, match=rf"Received {float(threshold):g}.*0\.5, not 50; .* 1e-6"):
        metric([FOUND], [TRUE], threshold)


def test_labels_are_refused_with_a_reason():
    two = {"boxes": [[0, 0, 9, 9]] * 2, "labels": [1, 2]}
    for metric in ONE_CLASS:
        with pytest.raises(ValueError, match=r"one class\. Received the labels 1, 2\. Keep one"):
            metric([FOUND], [two])
        with pytest.raises(ValueError, match=r"Received the labels 1, 3\."):
            metric([{**FOUND, "labels": [3]}, ([], [], [])], [{**TRUE, "labels": [1]}, ([], [])])
    for metric in ALL[4:]:
        with pytest.raises(ValueError, match=r"labels of all boxes, or of none.*numbered alike"):
            metric([FOUND], [two])
        metric([FOUND, {"boxes": [], "scores": []}], [TRUE, {"boxes": [], "labels": []}])
    with pytest.raises(ValueError, match=r'"101", "11" or "all"\. Received 101\. Take "101"'):
        metrics.detection_average_precision([FOUND], [TRUE], 0.5, 101)
