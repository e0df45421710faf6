"""Autoencoders: their weights by hand, and what they do to images."""

import itertools

import keras
import numpy as np
import pytest
from helpers import afresh, answers

from medkit.models import KeepFirst, Sample, article_autoencoder, decoder, denoiser, encoder

RNG = np.random.default_rng(21)
WIDTHS = (2, 3, 4)
_AFRESH = afresh(RNG)


def with_random_weights(network):
    """Give a network weights that hide nothing: no bias is 0, no variance 1."""
    network.set_weights([np.abs(RNG.normal(0.1, 0.3, w.shape)) for w in network.get_weights()])
    return network


def normalised(width):
    return 4 * width  # scale and offset, and the running mean and variance


# ---- the article's ---------------------------------------------------------------------------


def test_the_article_by_hand():
    widths = (3, 64, 32, 16, 32, 64, 3)
    by_hand = sum((a + 1) * b for a, b in itertools.pairwise(widths))
    assert by_hand == 5_715
    for shape in ((224, 224, 3), (None, None, 3)):
        assert article_autoencoder(shape).count_params() == by_hand
    assert article_autoencoder().layers[2].output.shape == (None, 224, 224, 16)  # no bottleneck
    assert article_autoencoder((8, 9, 1)).output_shape == (None, 8, 9, 1)


def test_the_article_acts_on_each_pixel_alone():
    network = article_autoencoder((None, None, 3))
    images = RNG.random((2, 9, 7, 3))
    order = RNG.permutation(63)
    shuffled = images.reshape(2, 63, 3)[:, order].reshape(images.shape)
    before, after = answers(network, images), answers(network, shuffled)
    np.testing.assert_allclose(before.reshape(2, 63, 3)[:, order], after.reshape(2, 63, 3), 1e-4)
    assert np.ptp(before, axis=(1, 2)).min() > 1e-3
    assert 0 < before.min() < before.max() < 1


# ---- encoder and decoder ---------------------------------------------------------------------


@pytest.mark.parametrize(("size", "codes"), [(8, 2), (16, 5), (24, 128)])
def test_encoder_and_decoder_by_hand(size, codes):
    small = size // 8
    into = 9 * (1 * 2 + 2 * 2 + 2 * 3 + 3 * 3 + 3 * 4 + 4 * 4)  # no bias: the normalisation has one
    into += 2 * sum(map(normalised, WIDTHS)) + (small * small * 4 + 1) * codes
    out = (codes + 1) * small * small * 4 + 16 * (4 * 3 + 3 * 2) + 9 * (3 * 3 + 2 * 2)
    out += 2 * (normalised(3) + normalised(2)) + 16 * 2 * 1 + 1
    assert encoder(size, codes, WIDTHS).count_params() == into
    assert decoder(size, codes, WIDTHS).count_params() == out
    images = RNG.random((3, size, size, 1))
    code = answers(encoder(size, codes, WIDTHS), images)
    assert code.shape == (3, codes)
    assert answers(decoder(size, codes, WIDTHS), code).shape == images.shape


def test_every_pixel_reaches_the_code_and_every_number_of_the_code_the_image():
    into, out = (with_random_weights(build(8, 3, WIDTHS)) for build in (encoder, decoder))
    black = answers(into, np.zeros((1, 8, 8, 1)))
    lit = answers(into, np.eye(64).reshape(64, 8, 8, 1))
    assert (np.abs(lit - black) > 1e-6).all()
    middle = answers(out, np.zeros((1, 3)))
    moved = answers(out, np.eye(3))
    assert (np.abs(moved - middle) > 1e-6).reshape(3, -1).mean() > 0.9


def test_the_decoder_answers_any_number():
    images = answers(decoder(8, 3, WIDTHS), 500 * RNG.normal(size=(40, 3)))
    assert images.min() < -1
    assert images.max() > 1


# ---- the denoiser ----------------------------------------------------------------------------


def test_the_denoiser_by_hand():
    a, b, c = WIDTHS
    down = sum((16 * i + 1) * o + (9 * o + 1) * o for i, o in zip((1, a, b), WIDTHS, strict=True))
    up = sum((4 * i + 1) * o + 2 * (9 * o + 1) * o for i, o in ((c, b), (b, a)))
    assert denoiser(WIDTHS).count_params() == down + up + 16 * a + 1


def test_the_denoiser_takes_images_of_any_size():
    network = denoiser(WIDTHS)
    for height, width in ((8, 8), (64, 48), (96, 96)):
        assert answers(network, RNG.random((2, height, width, 1))).shape == (2, height, width, 1)
    with pytest.raises(Exception, match=r"(?i)shape|incompatible|dimension"):
        answers(network, RNG.random((1, 20, 20, 1)))


def test_the_denoiser_learns_the_difference():
    network = with_random_weights(denoiser(WIDTHS))
    images = RNG.random((3, 16, 24, 1)).astype("float32")
    assert np.abs(answers(network, images) - images).max() > 0.01
    last = next(layer for layer in network.layers[::-1] if layer.weights)
    last.set_weights([np.zeros_like(weight) for weight in last.get_weights()])
    np.testing.assert_array_equal(answers(network, images), images)


def test_a_shift_of_the_image_shifts_the_answer():
    network = with_random_weights(denoiser(WIDTHS))
    image = np.zeros((1, 160, 160, 1))
    image[0, 70:78, 72:83, 0] = RNG.random((8, 11))
    before, after = (answers(network, np.roll(image, by, (1, 2))) for by in ((0, 0), (8, -16)))
    gap = np.roll(before, (8, -16), (1, 2)) - after
    assert np.abs(gap[:, 60:100, 50:90]).max() < 1e-3 * np.abs(after).max()


def test_details_go_over_the_bridges():
    """With nothing from below, what a stage up answers still depends on the image."""
    network = with_random_weights(denoiser(WIDTHS))
    images = RNG.random((2, 16, 16, 1))
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2DTranspose) and layer.kernel_size == (2, 2):
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    one, other = answers(network, images) - images
    assert np.ptp(one - other) > 1e-3


# ---- as they are: mixed precision, .keras ----------------------------------------


def variational(weight):
    return keras.Sequential([encoder(8, 4, WIDTHS), Sample(weight), decoder(8, 2, WIDTHS)])


NETWORKS = {
    "compressor": lambda: keras.Sequential(
        [encoder(8, 4, WIDTHS), KeepFirst(4), decoder(8, 4, WIDTHS)]
    ),
    "variational": lambda: variational(0.001),
    "denoiser": lambda: denoiser(WIDTHS),
}
every_network = pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS)


@pytest.fixture
def _in_bfloat16():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


@every_network
@pytest.mark.usefixtures("_in_bfloat16")
def test_they_learn_in_mixed_precision(build):
    y, x = np.mgrid[:8, :8]
    at = RNG.uniform(2, 6, (32, 2, 1, 1))  # each image has a blob somewhere
    images = np.exp(-((y - at[:, 0]) ** 2 + (x - at[:, 1]) ** 2) / 6)[..., None].astype("float32")
    network = build()
    network.compile(keras.optimizers.Adam(0.02), "mse", run_eagerly=True)
    losses = network.fit(images, images, batch_size=32, epochs=25, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    assert {weight.dtype for weight in network.get_weights()} == {np.dtype("float32")}
    assert network(images).dtype == "float32"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
@every_network
def test_a_saved_network_comes_back(build, tmp_path):
    network = with_random_weights(build())
    network.save(tmp_path / "network.keras")
    own = {"KeepFirst": KeepFirst, "Sample": Sample}
    again = keras.saving.load_model(tmp_path / "network.keras", custom_objects=own)
    images = RNG.random((5, 8, 8, 1))
    np.testing.assert_array_equal(answers(again, images), answers(network, images))
