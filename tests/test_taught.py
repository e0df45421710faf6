"""What a lesson builds before the learner's eyes is what medkit does from then on."""

import numpy as np
import pytest
from test_notebooks import taught_function

from medkit import filters, metrics


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
