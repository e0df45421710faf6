"""Convolution and pooling against scipy and Keras, on random shapes and settings."""

import numpy as np
import pytest
from scipy import ndimage, signal

from medkit import filters

KERAS_PADDING = "valid"  # medkit pads by hand, so Keras must not pad again


def settings(count, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        rows, columns = rng.integers(1, 6, 2)
        stride, dilation = (int(v) for v in rng.integers(1, 4, 2))
        padding = int(rng.integers(0, 4))
        reach = dilation * (max(rows, columns) - 1) + 1
        height, width = rng.integers(reach, reach + 20, 2)
        image = rng.normal(size=(height, width))
        yield image, rng.normal(size=(rows, columns)), stride, padding, dilation


def test_correlation_agrees_with_scipy_on_200_settings():
    for image, kernel, stride, padding, dilation in settings(200, seed=0):
        wide = np.zeros([dilation * (length - 1) + 1 for length in kernel.shape])
        wide[::dilation, ::dilation] = kernel
        padded = np.pad(image, padding)
        expected = signal.correlate2d(padded, wide, mode="valid")[::stride, ::stride]
        np.testing.assert_allclose(
            filters.correlate2d(image, kernel, stride, padding, dilation), expected, atol=1e-10
        )


def test_convolution_is_correlation_with_the_kernel_turned_round():
    image, kernel = np.random.default_rng(1).normal(size=(2, 7, 7))
    kernel = kernel[:3, :3]
    np.testing.assert_allclose(
        filters.correlate2d(image, kernel[::-1, ::-1], padding=1),
        ndimage.convolve(image, kernel, mode="constant"),
        atol=1e-12,
    )


def test_correlation_agrees_with_keras_on_200_settings():
    from keras import ops

    for image, kernel, stride, padding, dilation in settings(200, seed=2):
        if stride > 1 and dilation > 1:
            stride = 1  # TensorFlow does not do both at once
        got = ops.conv(
            np.pad(image, padding)[None, ..., None].astype("float32"),
            kernel[..., None, None].astype("float32"),
            strides=stride,
            padding=KERAS_PADDING,
            dilation_rate=dilation,
        )
        ours = filters.correlate2d(image.astype("float32"), kernel, stride, padding, dilation)
        np.testing.assert_allclose(ours, np.asarray(got)[0, ..., 0], atol=2e-5)


@pytest.mark.parametrize("mode", ["max", "average"])
def test_pooling_agrees_with_keras_on_200_settings(mode):
    from keras import ops

    function = {"max": ops.max_pool, "average": ops.average_pool}[mode]
    rng = np.random.default_rng(3)
    for _ in range(200):
        size, stride = (int(v) for v in rng.integers(1, 6, 2))
        image = rng.normal(size=rng.integers(size, size + 15, 2)).astype("float32")
        expected = function(image[None, ..., None], size, strides=stride, padding=KERAS_PADDING)
        np.testing.assert_allclose(
            filters.pool2d(image, size, stride, mode), np.asarray(expected)[0, ..., 0], atol=1e-6
        )


@pytest.mark.parametrize("mode", filters.POOLING_MODES)
def test_pooling_agrees_with_scipy_on_200_settings(mode):
    rng = np.random.default_rng(4)
    for _ in range(200):
        size, stride = (int(v) for v in rng.integers(1, 6, 2))
        image = rng.normal(size=rng.integers(size, size + 15, 2))
        weights = filters.binomial(size)
        everywhere = {  # scipy centres its windows; origin moves them to begin at the pixel
            "max": lambda x, s=size: ndimage.maximum_filter(x, s, origin=-((s) // 2)),
            "average": lambda x, s=size: ndimage.uniform_filter(x, s, origin=-((s) // 2)),
            "L2": lambda x, s=size: np.sqrt(
                ndimage.correlate(x**2, np.full((s, s), s**-2.0), origin=-(s // 2))
            ),
            "blur": lambda x, s=size, w=weights: ndimage.correlate(
                x, np.outer(w, w), origin=-(s // 2)
            ),
        }[mode](image)
        height, width = (filters.output_size(length, size, stride) for length in image.shape)
        expected = everywhere[::stride, ::stride][:height, :width]
        np.testing.assert_allclose(filters.pool2d(image, size, stride, mode), expected, atol=1e-7)


def test_a_sum_worked_by_hand():
    image = np.array([[1.0, 2, 0], [0, 1, 3], [2, 0, 1]])
    kernel = np.array([[1.0, 0], [0, -1]])
    # top left: 1*1 + 2*0 + 0*0 + 1*(-1) = 0
    np.testing.assert_array_equal(filters.correlate2d(image, kernel), [[0, -1], [0, 0]])


def test_bytes_do_not_wrap_round():
    image = np.full((3, 3), 200, np.uint8)
    assert filters.correlate2d(image, np.full((3, 3), 2, np.uint8)).tolist() == [[3600]]
    laplacian = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.int8)
    assert filters.correlate2d(np.full((3, 3), 100, np.int8), laplacian).tolist() == [[0]]


def test_l2_and_blur_by_hand():
    image = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert filters.pool2d(image, 2, mode="L2")[0, 0] == 2.5  # sqrt((9 + 16) / 4)
    assert filters.pool2d(image, 2, mode="blur")[0, 0] == 1.75
    np.testing.assert_allclose(filters.binomial(4), [1 / 8, 3 / 8, 3 / 8, 1 / 8])


def test_receptive_field_is_what_the_gradient_reaches():
    rng = np.random.default_rng(5)
    for _ in range(30):
        layers = [tuple(int(v) for v in rng.integers(1, 4, 3)) for _ in range(rng.integers(1, 4))]
        field, jump = filters.receptive_field(layers)
        signal_in = np.zeros((1, field + 2 * jump + 1))
        touched = set()
        for position in range(signal_in.shape[1]):  # poke each input, see whether output 0 moves
            row = np.eye(1, signal_in.shape[1], position)
            for size, stride, dilation in layers:
                row = filters.correlate2d(row, np.ones((1, size)), stride, 0, dilation)
            if row[0, 0]:
                touched.add(position)
        assert min(touched) == 0
        assert max(touched) + 1 == field


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: filters.output_size(5, 7), "Expected a window that fits.*Received a reach of 7"),
        (lambda: filters.output_size(5, 3, stride=0), "stride=0.*Change the one"),
        (lambda: filters.correlate2d(np.zeros((4, 4, 3)), np.ones((3, 3))), "Pick one channel"),
        (lambda: filters.pool2d(np.zeros((4, 4)), mode="median"), "max, average, L2, blur"),
        (lambda: filters.pool2d(np.zeros((2, 2)), 3), "window that fits"),
    ],
)
def test_errors_say_what_to_do(call, words):
    with pytest.raises(ValueError, match=words):
        call()
