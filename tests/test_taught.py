"""What a lesson builds before the learner's eyes is what medkit does from then on."""

import keras
import numpy as np
import pytest
from test_notebooks import taught_function

from medkit import boxes, filters, metrics, models, noise, optimisers, splits


def random_cases(seed, count=60):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        height, width = rng.integers(14, 30, 2)
        yield rng, rng.normal(size=(height, width))


def test_output_size():
    taught = taught_function("11_convolution.ipynb", "output_size")
    for size in range(9, 30):
        for kernel, stride, padding, dilation in np.ndindex(4, 3, 3, 2):
            settings = size, kernel + 1, stride + 1, padding, dilation + 1
            assert taught(*settings) == filters.output_size(*settings)


def test_correlate2d():
    taught = taught_function("11_convolution.ipynb", "correlate2d")
    for rng, image in random_cases(1):
        kernel = rng.normal(size=rng.integers(1, 5, 2))
        settings = [int(value) for value in rng.integers((1, 0, 1), (4, 3, 4))]
        np.testing.assert_allclose(
            taught(image, kernel, *settings), filters.correlate2d(image, kernel, *settings)
        )


def test_receptive_field():
    taught = taught_function("11_convolution.ipynb", "receptive_field")
    rng = np.random.default_rng(2)
    for _ in range(50):
        layers = [tuple(layer) for layer in rng.integers(1, 5, (rng.integers(1, 8), 3)).tolist()]
        assert taught(layers) == filters.receptive_field(layers)


@pytest.mark.parametrize("mode", filters.POOLING_MODES)
def test_pool2d(mode):
    taught = taught_function("12_pooling.ipynb", "pool2d")
    for rng, image in random_cases(3):
        size, stride = (int(value) for value in rng.integers(1, 6, 2))
        np.testing.assert_allclose(
            taught(image, size, stride, mode), filters.pool2d(image, size, stride, mode)
        )
        np.testing.assert_allclose(taught(image, size), filters.pool2d(image, size))


def test_psnr():
    taught = taught_function("12_pooling.ipynb", "psnr")
    for rng, image in random_cases(4):
        other = image + rng.normal(size=image.shape)
        assert taught(image, other, 3.0) == pytest.approx(metrics.psnr(image, other, 3.0))


@pytest.mark.parametrize("name", ["sgd_step", "momentum_step", "rmsprop_step", "adam_step"])
def test_steps_of_optimisers(name):
    taught, rule = taught_function("13_training.ipynb", name), getattr(optimisers, name)
    rng = np.random.default_rng(5)
    for case in range(50):
        settings = rng.uniform(1e-3, 0.1), rng.uniform()
        settings = settings[: 1 + case % 2]  # without a momentum, each its own
        a, b, state_a, state_b = *rng.normal(size=(1, 3)).repeat(2, 0), {}, {}
        for _ in range(12):
            # not near 0: there Adam's 1e-7, which Keras adds before the correction, would show
            gradient = rng.choice([-1, 1], 3) * rng.uniform(0.5, 3, 3)
            a, state_a = taught(a, gradient, state_a, *settings)
            b, state_b = rule(b, gradient, state_b, *settings)
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def scored_cases(seed, count=60):
    """Yield truth and scores with ties, both classes present."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        y_true = rng.permutation([0, 1, *rng.integers(0, 2, rng.integers(3, 40))])
        yield rng, y_true, np.round(rng.normal(y_true), 1)


@pytest.mark.parametrize(
    "name", ["confusion_matrix", "accuracy", "sensitivity", "specificity", "precision", "f1"]
)
def test_metrics_of_labels(name):
    taught, metric = taught_function("31_classification.ipynb", name), getattr(metrics, name)
    for rng, y_true, _ in scored_cases(6):
        y_pred = np.where(rng.random(len(y_true)) < 0.7, y_true, 1 - y_true)
        y_pred[rng.integers(len(y_pred))] = 1  # somebody is called positive
        np.testing.assert_allclose(taught(y_true, y_pred), metric(y_true, y_pred), rtol=1e-12)


def test_confusion_matrix_of_several_classes():
    taught = taught_function("31_classification.ipynb", "confusion_matrix")
    rng = np.random.default_rng(7)
    for classes in ((0, 1, 2), (3, 0, 1, 2)):
        y_true, y_pred = rng.integers(0, len(classes), (2, 50))
        wanted = metrics.confusion_matrix(y_true, y_pred, classes)
        np.testing.assert_array_equal(taught(y_true, y_pred, classes), wanted)


@pytest.mark.parametrize(
    "name", ["roc_curve", "roc_auc", "precision_recall_curve", "average_precision"]
)
def test_metrics_of_scores(name):
    taught, metric = taught_function("31_classification.ipynb", name), getattr(metrics, name)
    for _, y_true, y_score in scored_cases(8):
        one, other = (np.atleast_2d(f(y_true, y_score)) for f in (taught, metric))
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("fractions", [(0.7, 0.3), (0.5, 0.25, 0.25)])
@pytest.mark.parametrize("labelled", [True, False])
def test_split_by_patient(fractions, labelled):
    taught = taught_function("31_classification.ipynb", "split_by_patient")
    rng = np.random.default_rng(9)
    for seed in range(50):
        patients = rng.permutation([*range(12), *rng.integers(0, 12, rng.integers(0, 60))])
        labels = rng.integers(0, 2, len(patients)) if labelled else None
        if seed % 2:
            patients = np.char.add("patient ", patients.astype(str))
        sides = taught(patients, fractions, labels, seed)
        wanted = splits.split_by_patient(patients, fractions, labels, seed)
        for side, want in zip(sides, wanted, strict=True):
            np.testing.assert_array_equal(side, want)


def test_bootstrap_interval():
    taught = taught_function("31_classification.ipynb", "bootstrap_interval")
    for rng, y_true, y_score in scored_cases(10, count=50):
        groups = None if len(y_true) % 2 else rng.permutation(np.arange(len(y_true)) % 8)
        settings = groups, float(rng.uniform(0.5, 0.99)), 20, int(rng.integers(100))
        for metric in (metrics.roc_auc, lambda y_true, y_score: np.mean(y_true == (y_score > 0.5))):
            low, high = taught(metric, y_true, y_score, *settings)
            wanted = metrics.bootstrap_interval(metric, y_true, y_score, *settings)
            assert (low, high) == pytest.approx(wanted, rel=1e-12)


CLASSIFIERS, AUTOENCODERS = "31_classification.ipynb", "21_autoencoders.ipynb"
DETECTION, SEGMENTATION = "32_detection.ipynb", "33_segmentation.ipynb"


@pytest.mark.parametrize(
    ("notebook", "name", "settings", "shape"),
    [
        (CLASSIFIERS, "article_classifier", {}, None),
        (CLASSIFIERS, "article_classifier", {"classes": 3, "shape": (30, 26, 1)}, (30, 26, 1)),
        (CLASSIFIERS, "classifier", {"shape": (32, 32, 1)}, (32, 32, 1)),
        (
            *(CLASSIFIERS, "classifier"),
            {"shape": (20, 28, 3), "classes": 5, "widths": (4, 6)},
            (20, 28, 3),
        ),
        (AUTOENCODERS, "article_autoencoder", {}, (224, 224, 3)),
        (AUTOENCODERS, "article_autoencoder", {"shape": (None, None, 1)}, (7, 9, 1)),
        (AUTOENCODERS, "encoder", {"size": 32, "codes": 6}, (32, 32, 1)),
        (AUTOENCODERS, "encoder", {"size": 12, "codes": 3, "widths": (3, 4)}, (12, 12, 1)),
        (AUTOENCODERS, "decoder", {"size": 32, "codes": 6}, (6,)),
        (AUTOENCODERS, "decoder", {"size": 12, "codes": 3, "widths": (3, 4)}, (3,)),
        (AUTOENCODERS, "denoiser", {}, (16, 24, 1)),
        (AUTOENCODERS, "denoiser", {"widths": (2, 3)}, (12, 8, 1)),
        (DETECTION, "cell_detector", {}, (240, 320, 3)),
        (
            *(DETECTION, "cell_detector"),
            {"shape": (48, 80, 1), "classes": 2, "widths": (12, 14, 16)},
            (48, 80, 1),
        ),
        (SEGMENTATION, "nucleus_segmenter", {}, (256, 256, 2)),
        (
            *(SEGMENTATION, "nucleus_segmenter"),
            {"shape": (32, 48, 3), "answers": 3, "widths": (12, 14, 16)},
            (32, 48, 3),
        ),
    ],
)
def test_networks(notebook, name, settings, shape):
    keras.utils.set_random_seed(1)  # small networks of ReLUs may start dead
    taught = taught_function(notebook, name)(**settings)
    network = getattr(models, name)(**settings)
    shapes = [weight.shape for weight in network.get_weights()]
    assert [weight.shape for weight in taught.get_weights()] == shapes
    assert [type(layer) for layer in taught.layers] == [type(layer) for layer in network.layers]
    if shape is None:  # eleven million random weights would say no more
        return
    rng = np.random.default_rng(11)
    weights = [w + rng.normal(0, 0.02, w.shape) for w in network.get_weights()]
    taught.set_weights(weights)
    network.set_weights(weights)
    images = rng.normal(size=(6, *shape)).astype("float32")
    one, other = (np.asarray(model(images, training=False)) for model in (taught, network))
    assert np.ptp(one, axis=0).min() > 0
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "setting"), [("KeepFirst", 40), ("Sample", 0.3)])
def test_layers_that_draw(name, setting):
    rng = np.random.default_rng(12)
    codes = rng.normal(size=(300, 40)).astype("float32")
    answers = []
    for layer in (taught_function(AUTOENCODERS, name), getattr(models, name)):
        keras.utils.set_random_seed(12)
        drawn = layer(setting)
        training = np.asarray(drawn(codes, training=True))
        answers.append((training, np.asarray(drawn(codes)), [float(x) for x in drawn.losses]))
    for one, other in zip(*answers, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    (training, plain, losses), _ = answers
    assert np.abs(training - plain).max() > 0.1
    assert len(losses) == (name == "Sample")


@pytest.mark.parametrize("kind", noise.KINDS)
def test_add_noise(kind):
    taught = taught_function(AUTOENCODERS, "add_noise")
    rng = np.random.default_rng(13)
    for seed in range(20):
        images, level = rng.random((*rng.integers(1, 9, 2), 1)), rng.uniform(0.01, 0.3)
        one, other = (
            add(images, kind, level, np.random.default_rng(seed))
            for add in (taught, noise.add_noise)
        )
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


@pytest.mark.parametrize("name", ["kernel_distance", "frechet_distance", "precision_recall"])
def test_measures_of_generation(name):
    taught, rng = taught_function("22_gans.ipynb", name), np.random.default_rng(14)
    for _ in range(40):
        rows, d = rng.integers(12, 60, 2), rng.integers(2, 10)
        real, fake = (rng.normal(size=(n, d)) + rng.uniform(0, 1, d) for n in rows)
        one, other = (measure(real, fake) for measure in (taught, getattr(metrics, name)))
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


def random_boxes(rng, count):
    """Return boxes on whole pixels, crowded enough for ties; some have no area."""
    corner = rng.integers(0, 12, (count, 2))
    return np.concatenate([corner, corner + rng.integers(0, 8, (count, 2))], axis=1).astype(float)


def test_iou_matrix():
    taught, rng = taught_function(DETECTION, "iou_matrix"), np.random.default_rng(15)
    for _ in range(60):
        a, b = (random_boxes(rng, count) for count in rng.integers(1, 9, 2))
        np.testing.assert_allclose(taught(a, b), boxes.iou_matrix(a, b))


@pytest.mark.parametrize("name", ["non_max_suppression", "soft_non_max_suppression"])
def test_suppression(name):
    taught, rng = taught_function(DETECTION, name), np.random.default_rng(16)
    for _ in range(60):
        some = random_boxes(rng, rng.integers(0, 20))
        scores = rng.permutation(len(some)) / 20 + 0.04
        setting = rng.uniform(0.1, 0.9)
        one, other = (
            suppress(some, scores, setting) for suppress in (taught, getattr(boxes, name))
        )
        if name == "non_max_suppression":
            np.testing.assert_array_equal(one, other)
            continue
        sure = one[1] >= 0.001  # below that medkit's drops a box
        np.testing.assert_array_equal(one[0][sure], other[0])
        np.testing.assert_allclose(one[1][sure], other[1])


def random_detections(rng, images):
    """Return predictions and truths of one class, with ties in scores and in IoU."""
    truths = [{"boxes": random_boxes(rng, rng.integers(0, 6))} for _ in range(images)]
    truths[0]["boxes"] = random_boxes(rng, 3)
    predictions = [
        {"boxes": random_boxes(rng, count), "scores": rng.integers(0, 9, count) / 8}
        for count in rng.integers(1, 9, images)
    ]
    return predictions, truths


def test_match_boxes():
    taught, rng = taught_function(DETECTION, "match_boxes"), np.random.default_rng(17)
    for _ in range(100):
        (found,), (truth,) = random_detections(rng, 1)
        given = found["boxes"], found["scores"], truth["boxes"], rng.choice([0.3, 0.5, 0.75])
        np.testing.assert_array_equal(taught(*given), metrics.match_boxes(*given))


@pytest.mark.parametrize("how", ["101", "11", "all"])
def test_average_precision_of_boxes(how):
    curve = taught_function(DETECTION, "detection_curve")
    average = taught_function(DETECTION, "detection_average_precision")
    rng = np.random.default_rng(18)
    for _ in range(40):
        found, truths = random_detections(rng, rng.integers(1, 6))
        for one, other in zip(
            curve(found, truths), metrics.detection_curve(found, truths), strict=True
        ):
            np.testing.assert_allclose(one, other)
        given = found, truths, 0.4, how
        expected = metrics.detection_average_precision(*given)
        assert average(*given) == pytest.approx(expected, abs=1e-12)


def test_froc_curve():
    taught, rng = taught_function(DETECTION, "froc_curve"), np.random.default_rng(19)
    for _ in range(60):
        given = *random_detections(rng, rng.integers(1, 6)), rng.choice([0.1, 0.2, 0.5])
        for one, other in zip(taught(*given), metrics.froc_curve(*given), strict=True):
            np.testing.assert_allclose(one, other)


def random_masks(seed, count=40):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield rng.random((2, *rng.integers(1, 12, 2))) < rng.random((2, 1, 1))
    yield np.zeros((2, 3, 3), bool)


@pytest.mark.parametrize("name", ["dice_coefficient", "iou"])
def test_overlap(name):
    taught, ours = taught_function("33_segmentation.ipynb", name), getattr(metrics, name)
    for pair in random_masks(33):
        assert taught(*pair) == pytest.approx(ours(*pair))


def test_pooling_indices_and_back():
    rng = np.random.default_rng(34)
    layers = {}
    for name in ("MaxPoolIndices", "MaxUnpool"):
        layers[name] = taught_function("33_segmentation.ipynb", name)(), getattr(models, name)()
    images = rng.normal(size=(3, 8, 6, 2)).astype("float32")
    for pool, unpool in zip(layers["MaxPoolIndices"], layers["MaxUnpool"], strict=True):
        largest, where = pool(images)
        np.testing.assert_allclose(largest, keras.ops.max_pool(images, 2))
        back = np.array(unpool(largest, where))
        np.testing.assert_allclose(back, np.where(back != 0, images, 0))
        assert (back != 0).sum() == largest.shape[0] * 4 * 3 * 2


@pytest.mark.parametrize("name", ["fcn", "segnet", "unet", "deeplab"])
def test_segmenters(name):
    taught, ours = taught_function("33_segmentation.ipynb", name)(), getattr(models, name)()
    assert 54_000 < ours.count_params() < 66_000  # of about 60,000, within a tenth
    ours.set_weights(taught.get_weights())
    images = np.random.default_rng(35).random((2, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(
        taught(images, training=False), ours(images, training=False), atol=1e-5
    )
