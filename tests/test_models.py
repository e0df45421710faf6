"""The networks that lessons have built: their weights by hand, and what they promise of images."""

import keras
import numpy as np
import pytest

from medkit.models import article_classifier, cell_detector, classifier

RNG = np.random.default_rng(31)
NETWORKS = {
    "article": lambda: article_classifier(2, (32, 32, 1)),
    "ours": lambda: classifier((32, 32, 1)),
}
every_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS)


@pytest.fixture(autouse=True)
def _the_same_first_weights():
    keras.utils.set_random_seed(31)


def answers(network, images):
    return np.asarray(network(np.asarray(images, "float32"), training=False))


def test_the_weights_of_the_article_by_hand():
    convolutions = (9 * 3 + 1) * 32 + (9 * 32 + 1) * 64 + (9 * 64 + 1) * 128
    # 224 → 222 → 111 → 109 → 54 → 52 → 26: the last planes are 26 × 26
    dense = (26 * 26 * 128 + 1) * 128 + (128 + 1) * 10
    assert convolutions + dense == 11_170_250
    network = article_classifier()
    assert network.count_params() == 11_170_250
    assert network.layers[5].output.shape == (None, 26, 26, 128)


@pytest.mark.parametrize("side", [64, 224, None])
def test_the_weights_of_ours_by_hand_whatever_the_size(side):
    convolutions = 9 * 1 * 8 + 9 * 8 * 16 + 9 * 16 * 32  # no bias: the normalisation has one
    normalisations = 4 * (8 + 16 + 32)  # scale and offset, and the running mean and variance
    network = classifier((side, side, 1))
    assert network.count_params() == convolutions + normalisations + 32 + 1 == 6_089
    trained = sum(np.prod(weight.shape) for weight in network.trainable_weights)
    assert trained == 6_089 - 2 * (8 + 16 + 32)


def test_widths_and_classes_are_those_asked_for():
    network = classifier((16, 16, 3), classes=5, widths=(4, 6))
    assert network.count_params() == 9 * 3 * 4 + 4 * 4 + 9 * 4 * 6 + 4 * 6 + (6 + 1) * 5
    assert answers(network, RNG.normal(size=(7, 16, 16, 3))).shape == (7, 5)


def test_the_article_gives_probabilities_and_ours_gives_scores():
    images = 20 * RNG.normal(size=(40, 32, 32, 1))
    probabilities = answers(article_classifier(4, (32, 32, 1)), images)
    assert probabilities.shape == (40, 4)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    scores = answers(classifier((32, 32, 1), 4), images)
    assert scores.shape == (40, 4)
    assert scores.min() < 0  # any number, no probability
    assert scores.max() > 1


def test_ours_takes_images_of_any_size():
    network = classifier((None, None, 1))
    for height, width in ((4, 4), (28, 28), (64, 48), (101, 37)):
        assert answers(network, RNG.normal(size=(2, height, width, 1))).shape == (2, 1)
    with pytest.raises(ValueError, match="incompatible"):
        answers(article_classifier(2, (32, 32, 1)), np.zeros((1, 48, 48, 1)))


def test_where_the_finding_is_does_not_matter_to_ours():
    spot = RNG.normal(2, 1, (6, 6, 1))
    places = [(y, x) for y in range(16, 41, 4) for x in (20, 24, 36)]  # far from the border
    images = np.zeros((len(places) + 1, 64, 64, 1))  # the last has no finding
    for image, (y, x) in zip(images, places, strict=False):
        image[y : y + 6, x : x + 6] = spot
    *scores, without = answers(classifier((64, 64, 1)), images)[:, 0]
    np.testing.assert_allclose(scores, scores[0], rtol=1e-4)
    assert abs(scores[0] - without) > 1e-2
    *scores, without = answers(article_classifier(2, (64, 64, 1)), images)[:, 0]
    assert np.ptp(scores) > 1e-3  # Flatten makes it matter


def test_images_are_mirrored_while_it_trains_and_only_then():
    mirror = classifier((4, 4, 1)).layers[0]
    images = RNG.normal(size=(60, 4, 4, 1)).astype("float32")
    np.testing.assert_array_equal(mirror(images, training=False), images)
    seen = np.asarray(mirror(images, training=True))
    same = (seen == images).all((1, 2, 3))
    flipped = (seen == images[:, :, ::-1]).all((1, 2, 3))
    assert (same ^ flipped).all()
    assert 10 < flipped.sum() < 50


# ---- the detector of cells -------------------------------------------------------------------


def test_the_weights_of_the_detector_by_hand():
    kernels = 64 * 1 * 2 + 9 * 2 * 3 + 9 * 3 * 3  # to 1/4, to 1/8
    kernels += 9 * 3 * 4 + 4 * 9 * 4 * 4  # to 1/16, and two blocks of two
    kernels += 9 * 4 * 4 + 2 * 9 * 4 * 4  # to 1/32, and one block
    kernels += 9 * 4 * 3 + 2 * 9 * 3 * 3  # back up
    normalised = 2 + 2 * 3 + 5 * 4 + 3 * 4 + 3 * 3  # channels
    network = cell_detector((32, 48, 1), classes=2, widths=(2, 3, 4))
    assert network.count_params() == kernels + 4 * normalised + (3 + 1) * (2 + 4)


@pytest.mark.parametrize("sides", [(16, 32), (48, 80), (240, 320)])
def test_the_detector_answers_for_each_eighth(sides):
    network = cell_detector((*sides, 3), widths=(2, 3, 4))
    out = answers(network, RNG.uniform(0, 255, (2, *sides, 3)))
    assert out.shape == (2, sides[0] // 8, sides[1] // 8, 3 + 4)


def test_the_detector_says_at_first_that_nothing_is_here():
    out = answers(cell_detector((64, 64, 3)), RNG.uniform(0, 255, (2, 64, 64, 3)))
    assert (1 / (1 + np.exp(-out[..., :3]))).mean() == pytest.approx(0.05, abs=0.03)


def test_what_the_detector_sees_moves_with_it():
    network = cell_detector((1024, 1024, 1), widths=(2, 3, 4))  # the border is far away
    network.set_weights([w + RNG.normal(0, 0.1, w.shape) for w in network.get_weights()])
    images = np.full((2, 1024, 1024, 1), 128.0)
    images[0, 496:512, 496:512] = 255
    images[1, 528:544, 496:512] = 255  # down by 32: a whole step of the coarsest map
    one, other = answers(network, images)
    np.testing.assert_allclose(one[58:68, 58:68], other[62:72, 58:68], atol=1e-4)
    assert np.ptp(one[58:68, 58:68], axis=(0, 1)).max() > 1e-3


# ---- as it is: mixed precision, jit_compile, .keras ------------------------------------------


@pytest.fixture
def policy():
    """Keras's function that sets the global precision, which is put back after the test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


def train_one_step(network, jit_compile):
    """Return the loss of one step of SGD; mirroring changes nothing in these images."""
    images = np.random.default_rng(1).normal(size=(8, 32, 32, 1)).astype("float32")
    images += images[:, :, ::-1]
    logits = network.output_shape[-1] == 1
    loss = (
        keras.losses.BinaryCrossentropy(from_logits=True)
        if logits
        else keras.losses.SparseCategoricalCrossentropy()
    )
    network.compile(keras.optimizers.SGD(0.1), loss, jit_compile=jit_compile)
    return network.train_on_batch(images, np.arange(8) % 2)


@every_network
def test_a_compiled_step_does_what_a_plain_one_does(build):
    plain, compiled = build(), build()
    compiled.set_weights(plain.get_weights())
    before = plain.get_weights()
    loss = train_one_step(plain, False)
    assert train_one_step(compiled, True) == pytest.approx(loss, rel=1e-4)
    for was, one, other in zip(before, plain.get_weights(), compiled.get_weights(), strict=True):
        assert (one != was).any()
        np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "precision", "jit_compile"),
    [
        ("article", "mixed_float16", False),
        ("article", "mixed_bfloat16", False),
        ("ours", "mixed_float16", False),
        ("ours", "mixed_bfloat16", False),
        ("ours", "mixed_float16", True),
    ],
)
def test_it_trains_in_mixed_precision(policy, name, precision, jit_compile):
    exact = NETWORKS[name]()
    policy(precision)
    network = NETWORKS[name]()
    before = exact.get_weights()
    network.set_weights(before)
    assert network.layers[-1].compute_dtype == precision.removeprefix("mixed_")
    loss = train_one_step(network, jit_compile)
    assert loss == pytest.approx(train_one_step(exact, False), rel=0.05)
    for was, weight, exactly in zip(
        before, network.get_weights(), exact.get_weights(), strict=True
    ):
        assert weight.dtype == np.float32
        step, wanted = weight - was, exactly - was
        assert np.linalg.norm(step - wanted) < 0.4 * np.linalg.norm(wanted)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
@every_network
def test_a_saved_network_comes_back_in_safe_mode(build, tmp_path):
    network = build()
    train_one_step(network, False)
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    images = RNG.normal(size=(5, 32, 32, 1))
    np.testing.assert_array_equal(answers(again, images), answers(network, images))
    assert train_one_step(again, False) > 0
