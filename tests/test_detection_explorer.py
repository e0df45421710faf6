"""DetectionExplorer on the kernel side: against slow loops and pycocotools; traits and words."""

import base64
import contextlib
import functools
import io

import numpy as np
import pytest
from helpers import check_refused
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import medkit
from medkit.plots import COLOURS
from medkit.widgets import DetectionExplorer
from medkit.widgets.detection import LOOKS

RNG = np.random.default_rng(32)
CLASSES = ("RBC", "WBC")


def random_boxes(count, side=24):
    """Whole numbers on a small field: many overlaps, many equal IoUs, some boxes without area."""
    corner = RNG.integers(0, side, (count, 2))
    return np.hstack([corner, corner + RNG.integers(0, 9, (count, 2))])


def random_case(images=3, candidates=25, objects=8, labels=2):
    """Predictions with many equal scores, and truths; some images have none of one or of both."""
    predictions, truths = [], []
    for _ in range(images):
        k, m = (int(n * RNG.choice([0, 0.4, 1])) for n in (candidates, objects))
        scores, own = np.round(RNG.random(k), 1), RNG.integers(0, labels, m)
        truth = random_boxes(m)
        boxes = random_boxes(k)
        if m:  # most lie near a truth
            boxes[::2] = truth[RNG.integers(0, m, len(boxes[::2]))]
            boxes[::2, 2:] += RNG.integers(0, 3, (len(boxes[::2]), 2))
        classes = RNG.integers(0, labels, k)
        predictions.append({"boxes": boxes, "scores": scores, "labels": classes})
        truths.append({"boxes": truth, "labels": own})
    return predictions, truths


def explorer_of(predictions, truths, **state):
    return DetectionExplorer(
        np.zeros((len(truths), 40, 40, 1)), predictions, truths, CLASSES, **state
    )


def iou(a, b):
    """One pair, counted: the boxes are whole numbers, so pixels can be."""
    cells = [{(y, x) for y in range(c[0], c[2]) for x in range(c[1], c[3])} for c in (a, b)]
    either = len(cells[0] | cells[1])
    return len(cells[0] & cells[1]) / either if either else 0


def slow_answer(prediction, truth, nms, limit, lowest):
    """The definition, box by box: kept indices, their outcomes, missed objects."""
    boxes, scores, labels = prediction["boxes"], prediction["scores"], prediction["labels"]
    kept, outcomes, taken = [], [], {}
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if any(labels[i] == labels[j] and iou(boxes[i], boxes[j]) > nms for j in kept):
            continue
        if scores[i] < lowest:
            break
        kept.append(i)
        fits = [
            (iou(boxes[i], box), at)
            for at, (box, label) in enumerate(zip(truth["boxes"], truth["labels"], strict=True))
            if label == labels[i] and iou(boxes[i], box) >= limit
        ]
        free = [fit for fit in fits if fit[1] not in taken]
        outcomes.append("true positive" if free else "duplicate" if fits else "false positive")
        if free:
            taken[max(free)[1]] = i
    return kept, outcomes, [at for at in range(len(truth["boxes"])) if at not in taken]


def test_boxes_and_outcomes_are_those_of_a_slow_loop():
    seen = set()
    for _ in range(40):
        predictions, truths = random_case()
        nms, limit = (float(RNG.choice(c)) for c in ([0.1, 0.25, 0.5, 0.8, 1], [0.5, 0.6, 0.75]))
        lowest = float(RNG.choice([0.01, 0.3, 0.5, 0.7]))
        state = {"nms_threshold": nms, "iou_threshold": limit, "score_threshold": lowest}
        explorer = explorer_of(predictions, truths, **state)
        counts = dict.fromkeys(explorer.counts, 0)
        for image, (prediction, truth) in enumerate(zip(predictions, truths, strict=True)):
            explorer.image = image
            kept, outcomes, missed = slow_answer(prediction, truth, nms, limit, lowest)
            assert explorer.kept.tolist() == kept
            assert explorer.outcomes.tolist() == outcomes
            assert explorer.missed.tolist() == missed
            for outcome in outcomes:
                counts[f"{outcome}s"] += 1
            counts["missed"] += len(missed)
        assert explorer.counts == counts
        right, *wrong, missed = counts.values()
        shown, objects = right + sum(wrong), right + missed
        want = [right / shown if shown else np.nan, right / objects if objects else np.nan]
        np.testing.assert_equal([explorer.precision, explorer.recall], want)
        seen |= {name for name, count in counts.items() if count}
    assert seen == set(explorer.counts)


def coco_precision(explorer):
    """The average precision that pycocotools finds, of the boxes that a slow loop keeps."""

    def sides(box):
        top, left, bottom, right = (float(x) for x in box)
        return {"bbox": [left, top, right - left, bottom - top], "area": 1.0}

    objects, boxes = [], []
    for image, (prediction, truth) in enumerate(
        zip(explorer.predictions, explorer.truths, strict=True)
    ):
        known = {"image_id": image, "iscrowd": 0}
        objects += [
            {**known, **sides(box), "category_id": int(label), "id": len(objects) + i + 1}
            for i, (box, label) in enumerate(zip(truth["boxes"], truth["labels"], strict=True))
        ]
        whole = {**prediction, "boxes": prediction["boxes"].astype(int)}
        nothing = {"boxes": [], "labels": []}
        for i in slow_answer(whole, nothing, explorer.nms_threshold, 0.5, 0)[0]:
            label, score = int(prediction["labels"][i]), float(prediction["scores"][i])
            known["category_id"] = label
            boxes.append({**known, **sides(prediction["boxes"][i]), "score": score})
    coco = COCO()
    coco.dataset = {"images": [{"id": i} for i in range(len(explorer.truths))], "info": {}}
    coco.dataset |= {"annotations": objects, "categories": [{"id": 0}, {"id": 1}]}
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        test = COCOeval(coco, coco.loadRes(boxes), "bbox")
        test.params.iouThrs = np.array([explorer.iou_threshold])
        test.params.areaRng, test.params.areaRngLbl = [[0, 1e10]], ["all"]
        test.evaluate()
        test.accumulate()
    each = test.eval["precision"][0, :, :, 0, -1].mean(0)  # -1 where there is no object
    return {
        "RBC": each[0],
        "WBC": each[1],
        "all": each[each >= 0].mean() if (each >= 0).any() else -1,
    }


def test_average_precision_is_cocos():
    checked = 0
    for _ in range(25):
        predictions, truths = random_case()
        if not sum(len(each["scores"]) for each in predictions):
            continue  # pycocotools fails without any
        explorer = explorer_of(predictions, truths, nms_threshold=float(RNG.choice([0.3, 0.5, 1])))
        for name, want in coco_precision(explorer).items():
            explorer.shown_class = name
            got = explorer.average_precision
            assert (-1 if np.isnan(got) else got) == pytest.approx(want, abs=1e-12)
            checked += want > 0
    assert checked > 20


def two_images():
    """Worked by hand: a pair on one cell, one on the wrong class, one off, one cell missed."""
    predictions = [
        {
            "boxes": [[0, 0, 10, 10], [0, 0, 10, 8], [20, 20, 30, 30], [20, 0, 30, 10]],
            "scores": [0.8, 0.9, 0.7, 0.2],
            "labels": [0, 0, 1, 0],
        },
        {"boxes": [], "scores": [], "labels": []},
    ]
    truths = [
        {"boxes": [[0, 0, 10, 9], [20, 20, 30, 30]], "labels": [0, 0]},
        {"boxes": [[1, 1, 9, 9]], "labels": [1]},
    ]
    return predictions, truths


def test_an_example_worked_by_hand():
    explorer = explorer_of(*two_images(), nms_threshold=0.8)
    assert explorer.kept.tolist() == [1, 0, 2]  # an IoU of 0.8 is not above 0.8
    assert explorer.outcomes.tolist() == ["true positive", "duplicate", "false positive"]
    assert explorer.missed.tolist() == [1]
    counts = {"true positives": 1, "duplicates": 1, "false positives": 1, "missed": 2}
    assert explorer.counts == counts
    assert (explorer.precision, explorer.recall) == (1 / 3, 1 / 3)
    assert explorer.average_precision == pytest.approx((51 / 101 + 0) / 2)  # recall 0.5, and none
    explorer.nms_threshold = 0.79
    assert explorer.kept.tolist() == [1, 2]
    explorer.shown_class = "WBC"
    assert explorer.kept.tolist() == [2]
    assert explorer.counts["missed"] == 1
    assert explorer.average_precision == 0
    explorer.set_state({"image": 1, "shown_class": "all", "score_threshold": 0.95})
    assert explorer.kept.tolist() == []
    assert explorer.missed.tolist() == [0]
    assert np.isnan(explorer.precision)
    assert explorer.recall == 0


def test_what_has_nothing_to_divide_by_is_nan():
    empty = {"boxes": [], "scores": []}
    explorer = explorer_of([empty], [{"boxes": []}])
    numbers = explorer.precision, explorer.recall, explorer.average_precision
    assert np.isnan(numbers).all()
    assert explorer.outcomes.shape == explorer.kept.shape == (0,)
    assert sum(explorer.counts.values()) == 0
    assert len(explorer.figure().axes) == 2


def test_colours_grey_floats_and_large_images_are_sent_as_bytes():
    grey = RNG.random((2, 12, 10, 1))
    grey[0, 0, 0], grey[0, 0, 1] = 0, 1
    explorer = DetectionExplorer(grey, *[[{"boxes": [], "scores": []}] * 2] * 2)
    sent = np.frombuffer(explorer.pictures, np.uint8).reshape(2, 12, 10, 3)
    np.testing.assert_array_equal(sent, explorer.images)
    np.testing.assert_allclose(sent[..., 2:] / 255, grey, atol=0.5 / 255 + 1e-9)
    large = RNG.integers(0, 256, (1, 960, 1280, 3), np.uint8)
    explorer = DetectionExplorer(large, [{"boxes": [], "scores": []}], [{"boxes": []}])
    assert explorer.facts["size"] == [960, 1280]
    assert explorer.facts["sent"] == [480, 640]
    sent = np.frombuffer(explorer.pictures, np.uint8).reshape(480, 640, 3)
    want = large[0].reshape(480, 2, 640, 2, 3).mean((1, 3))
    np.testing.assert_allclose(sent, want, atol=1)
    assert explorer.images is not None
    np.testing.assert_array_equal(explorer.images, large)


def test_tuples_and_missing_labels_are_taken():
    predictions, truths = two_images()
    tuples = [tuple(each.values()) for each in predictions]
    explorer = explorer_of(tuples, [tuple(each.values()) for each in truths])
    assert explorer.counts == explorer_of(predictions, truths).counts
    bare = [{"boxes": each["boxes"], "scores": each["scores"]} for each in predictions]
    explorer = explorer_of(bare, [{"boxes": each["boxes"]} for each in truths])
    assert explorer.counts["true positives"] == 2  # the class no longer matters
    assert explorer.truths[0]["labels"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"image": 2}, r"Expected image to be a whole number from 0 to 1\. Received 2\. Choose"),
        ({"image": 0.5}, r"Expected image to be a whole number"),
        ({"score_threshold": 0}, r"Expected score_threshold to be a number from 0\.01 to 0\.99\."),
        ({"score_threshold": "0.5"}, r"Received '0\.5'\. Choose a number in that range"),
        ({"nms_threshold": 0.05}, r"Expected nms_threshold to be a number from 0\.1 to 1\. Recei"),
        ({"nms_threshold": np.nan}, r"Expected nms_threshold"),
        ({"iou_threshold": 50}, r"Expected iou_threshold to be a number from 0\.5 to 0\.95\."),
        ({"shown_class": "rbc"}, r"Expected shown_class to be one of all, RBC, WBC\. Received"),
    ],
)
def test_bad_settings_are_refused_in_words(values, words):
    check_refused(functools.partial(explorer_of, *two_images()), values, words)


def build(**change):
    predictions, truths = two_images()
    given = {"images": np.zeros((2, 40, 40, 1)), "predictions": predictions, "truths": truths}
    return DetectionExplorer(**{**given, "classes": CLASSES, **change})


def with_first(**change):
    (first, *rest), _ = two_images()
    return {"predictions": [{**first, **change}, *rest]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": np.zeros((40, 40))}, r"Expected images of shape \(n, height, width, 3\) or"),
        ({"images": np.zeros((2, 40, 40, 2))}, r"Received shape \(2, 40, 40, 2\)\. Stack"),
        ({"images": np.zeros((25, 4, 4, 1))}, r"at most 24 images\. Received 25\. Show some"),
        ({"images": np.full((2, 4, 4, 3), 255.0)}, r"floats from 0 to 1\. Received float64 from"),
        ({"images": np.full((2, 4, 4, 3), np.nan)}, r"Received float64 from nan to nan\. Scale"),
        ({"images": np.zeros((2, 4, 4, 3), int)}, r"Received int64 from 0 to 0"),
        ({"classes": ()}, r"Expected classes to be one or more different names, none of them \"al"),
        ({"classes": ("all", "WBC")}, r"Received \('all', 'WBC'\)\. Write for example"),
        ({"classes": ("RBC", "RBC")}, r"Received \('RBC', 'RBC'\)"),
        ({"classes": "RBC"}, r"Received 'RBC'"),
        ({"predictions": []}, r"Expected predictions to be a list of 2 dicts.* Received 0\. Give"),
        ({"predictions": {}}, r"Received dict\. Give an image without any an empty one: boxes="),
        ({"truths": [{"boxes": []}]}, r"Expected truths to be a list of 2 dicts.* Received 1\."),
        (
            {"truths": [{"box": []}] * 2},
            r"Expected truths\[0\] to be a dict with boxes\. Received \['box'\]",
        ),
        ({"truths": [None, None]}, r"Received NoneType\. Write for example dict\(boxes=\.\.\., l"),
        (
            {"predictions": [{"boxes": []}] * 2},
            r"to be a dict with boxes and scores\. Received \['boxes'\]\. Write .* scores=\.\.\.,",
        ),
        (with_first(boxes=np.zeros((4, 5))), r"In predictions\[0\]: Expected boxes of shape \(k"),
        (with_first(boxes=[[5, 0, 3, 9]] * 4), r"In predictions\[0\]: .* ends before it begins"),
        (with_first(scores=[0.5]), r"In predictions\[0\]: Expected one score.* \(4, 4\), \(1,\)"),
        (with_first(scores=[0, 1, 2, 3]), r"scores of predictions\[0\] from 0 to 1\. Received 0 t"),
        (with_first(scores=[-1.0, 0, 0, 0]), r"Received -1 to 0\. Turn logits into scores"),
        (with_first(scores=[np.nan, 0, 0, 0]), r"In predictions\[0\]: Expected finite scores"),
        (
            with_first(labels=[0, 1, 2, 7]),
            r"labels of predictions\[0\] to be whole numbers from 0 to 1\. Received 0, 1, 2, 7, ",
        ),
        (with_first(labels=[0.0, 1, 1, 1]), r"Received 0\.0, 1\.0, float64\. The classes are RBC"),
        (
            with_first(boxes=np.zeros((301, 4)), scores=np.zeros(301), labels=np.zeros(301, int)),
            r"Expected at most 300 boxes in predictions\[0\]\. Received 301\. Keep the best: order",
        ),
    ],
)
def test_bad_data_are_refused_in_words(change, words):
    with pytest.raises(ValueError, match=words):
        build(**change)


def test_an_unknown_setting_is_refused_in_words():
    known = (
        r"Expected settings among image, iou_threshold, nms_threshold, score_threshold, "
        r"shown_class\. Received threshold\. Check"
    )
    with pytest.raises(TypeError, match=known):
        build(threshold=0.4)


def test_the_static_picture_says_what_python_says():
    explorer = build(nms_threshold=0.8)
    figure = explorer.figure()
    picture, curve = figure.axes
    tags = [text.get_text() for text in picture.texts]
    assert tags == ["0.90", "2× 0.80", "✕ 0.70", "missed"]
    styles = [(line.get_color(), line.get_linestyle()) for line in picture.lines]
    outcomes = ["true positive", "duplicate", "false positive", "missed"]
    assert styles == [LOOKS[name][:2] for name in outcomes]
    (left, right), (top, bottom) = (
        (min(values), max(values)) for values in picture.lines[0].get_data()
    )
    assert [top, left, bottom, right] == [-0.5, -0.5, 9.5, 7.5]  # pixel edges
    words = "All 2 images: true positives 1, 2× duplicates 1, ✕ false positives 1, missed 2"
    assert figure.get_supxlabel() == words
    line, point = curve.lines
    np.testing.assert_allclose(line.get_xydata(), [[1 / 3, 1 / (i + 1)] for i in range(4)])
    np.testing.assert_allclose(point.get_xydata(), [[1 / 3, 1 / 3]])
    assert curve.get_title() == f"mAP {51 / 202:.3f}"
    explorer.shown_class = "RBC"
    assert explorer.figure().axes[1].get_title() == f"AP of RBC {51 / 101:.3f}"


def test_the_mimebundle_holds_a_picture_and_a_line_that_never_changes():
    explorer = build(image=1, score_threshold=0.25, shown_class="WBC")
    first, second = (explorer._repr_mimebundle_()[0] for _ in range(2))
    assert (
        first["text/plain"]
        == second["text/plain"]
        == "DetectionExplorer(2 images, image 1, score ≥ 0.25, NMS 0.5, match at IoU 0.5, WBC)"
    )
    assert first["image/png"] == second["image/png"]
    picture = Image.open(io.BytesIO(base64.b64decode(first["image/png"]))).convert("RGB")
    assert np.asarray(picture).std() > 10


def test_the_colours_survive_in_the_saved_picture():
    smears = medkit.load("blood_smears", n=2).images[:, 40:200, 80:240]
    explorer = build(images=smears, nms_threshold=0.8)
    picture = Image.open(io.BytesIO(explorer._png())).convert("RGB")
    pixels = np.asarray(picture).reshape(-1, 3).astype(int)
    for colour, *_ in LOOKS.values():
        want = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert np.abs(pixels - want).sum(1).min() < 30


def test_colours_are_those_of_the_plots():
    roles = {"right": "first", "twice": "second", "wrong": "prediction", "truth": "truth"}
    for name, role in roles.items():
        assert f"--mk-{name}: {COLOURS[role].lower()};" in DetectionExplorer._css
    assert [colour for colour, *_ in LOOKS.values()] == [COLOURS[role] for role in roles.values()]
