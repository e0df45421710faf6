"""The networks that answer for each pixel: their weights by hand, their places, their reach."""

import keras
import numpy as np
import pytest

from medkit.models import (
    MaxPoolIndices,
    MaxUnpool,
    deeplab,
    fcn,
    nucleus_segmenter,
    segnet,
    unet,
)

RNG = np.random.default_rng(33)
ANY_SIZE = {"fcn": fcn, "unet": unet, "deeplab": deeplab, "nuclei": nucleus_segmenter}


@pytest.fixture(autouse=True)
def _the_same_first_weights():
    keras.utils.set_random_seed(33)


def answers(network, images):
    return np.asarray(network(np.asarray(images, "float32"), training=False))


def conv(inside, outside, size=3):
    return size * size * inside * outside + 4 * outside  # the kernel, and the normalisation


def test_the_weights_of_a_unet_by_hand():
    down = conv(3, 8) + conv(8, 8) + conv(8, 16) + conv(16, 16) + conv(16, 32) + conv(32, 32)
    up = conv(40 + 32, 32) + conv(32 + 16, 16) + conv(16 + 8, 8)  # from below, and the copy
    assert unet().count_params() == down + conv(32, 40) + up + (8 + 1) * 5 == 59_845


def test_the_weights_of_the_nuclei_network_by_hand():
    block = 2 * conv(4, 4)
    down = conv(2, 4, size=4) + block + conv(4, 4) + block
    whole = (4 + 1) * 64 + (64 + 1) * 4
    up = conv(4, 4, size=1) + conv(8, 4) + block
    network = nucleus_segmenter(answers=3, widths=(4, 4))
    assert network.count_params() == down + whole + up + 2 * 2 * 4 * 3 + 3


@pytest.mark.parametrize("name", ANY_SIZE)
@pytest.mark.parametrize("sides", [(32, 48), (64, 64)])
def test_each_pixel_has_an_answer_at_any_size(name, sides):
    channels = 2 if name == "nuclei" else 3
    network = ANY_SIZE[name]((None, None, channels))
    out = answers(network, RNG.normal(size=(2, *sides, channels)))
    assert out.shape[:3] == (2, *sides)


def test_segnet_keeps_the_size():
    assert answers(segnet((16, 32, 1), 2), RNG.normal(size=(3, 16, 32, 1))).shape == (3, 16, 32, 2)


def test_unpooling_undoes_pooling_where_the_maxima_were():
    images = RNG.permutation(np.arange(2 * 6 * 4 * 3.0)).reshape(2, 6, 4, 3).astype("float32")
    largest, places = MaxPoolIndices()(images)
    back = np.asarray(MaxUnpool()(largest, places))
    blocks = images.reshape(2, 3, 2, 2, 2, 3)
    expected = np.where(blocks == blocks.max((2, 4), keepdims=True), blocks, 0)
    np.testing.assert_array_equal(back, expected.reshape(images.shape))


def test_of_equal_values_the_first_is_the_maximum():
    _, places = MaxPoolIndices()(np.ones((1, 2, 2, 1), "float32"))
    assert np.asarray(places).ravel().tolist() == [1, 0, 0, 0]


def reach(network, side=64):
    """Return how many pixels of a row one pixel in the middle depends on."""
    network.set_weights([w + RNG.normal(0, 0.1, w.shape) for w in network.get_weights()])
    images = np.repeat(RNG.normal(size=(1, side, side, 1)), side + 1, axis=0)
    images[np.arange(side), side // 2, np.arange(side)] += 50  # each its own pixel; the last none
    middle = answers(network, images)[:, side // 2, side // 2]
    return np.sum(np.abs(middle[:-1] - middle[-1]).max(-1) > 1e-5)


def test_the_nuclei_network_alone_sees_the_whole_image():
    assert reach(nucleus_segmenter((64, 64, 1), widths=(4, 4))) == 64
    assert 8 < reach(unet((64, 64, 1), widths=(4,), bottom=4)) < 30


def test_dilated_kernels_see_farther_with_as_many_weights():
    near = deeplab((64, 64, 1), widths=(2, 2), rates=(1, 1, 1))
    far = deeplab((64, 64, 1), widths=(2, 2), rates=(1, 2, 4))
    assert near.count_params() == far.count_params()
    assert reach(near) < reach(far)
