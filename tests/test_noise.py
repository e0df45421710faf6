"""The three kinds of noise against scipy's distributions and the formulas of their moments."""

import numpy as np
import pytest
from scipy import stats

from medkit.noise import KINDS, add_noise

MANY = 200_000
BRIGHTNESS = (0.0, 0.1, 0.5, 1.0)


def noisy(brightness, kind, level, seed=0):
    """Return many pixels of one brightness with noise."""
    flat = np.full(MANY, brightness)
    return add_noise(flat, kind, level, np.random.default_rng(seed)).astype(float)


def assert_moments(pixels, mean, variance):
    """Mean and variance agree within four standard errors."""
    error = np.sqrt(variance / MANY)
    assert abs(pixels.mean() - mean) <= 4 * error
    kurtosis = max(stats.kurtosis(pixels) + 2, 0.1) if variance else 0
    assert abs(pixels.var() - variance) <= 4 * variance * np.sqrt(kurtosis / MANY)


@pytest.mark.parametrize("level", [0.04, 0.2])
@pytest.mark.parametrize("brightness", BRIGHTNESS)
def test_gaussian_noise_is_normal(brightness, level):
    pixels = noisy(brightness, "Gaussian", level)
    assert_moments(pixels, brightness, level**2)
    assert stats.kstest(pixels[:5000], stats.norm(brightness, level).cdf).pvalue > 1e-3


@pytest.mark.parametrize("level", [0.04, 0.2])
@pytest.mark.parametrize("brightness", BRIGHTNESS)
def test_rician_noise_is_that_of_scipy(brightness, level):
    pixels, truth = noisy(brightness, "Rician", level), stats.rice(brightness / level, scale=level)
    assert_moments(pixels, truth.mean(), truth.var())
    assert stats.kstest(pixels[:5000], truth.cdf).pvalue > 1e-3


def test_the_rician_floor_by_hand():
    black = noisy(0, "Rician", 0.08)
    assert black.min() >= 0
    assert black.mean() == pytest.approx(0.08 * np.sqrt(np.pi / 2), rel=0.005)
    for brightness in BRIGHTNESS:  # the squares add, whatever the brightness
        square = (noisy(brightness, "Rician", 0.08) ** 2).mean()
        assert square == pytest.approx(brightness**2 + 2 * 0.08**2, rel=0.01)


@pytest.mark.parametrize("level", [0.04, 0.2])
@pytest.mark.parametrize("brightness", BRIGHTNESS)
def test_poisson_noise_counts_photons(brightness, level):
    pixels = noisy(brightness, "Poisson", level)
    assert_moments(pixels, brightness, brightness * level**2)
    photons = pixels / level**2
    np.testing.assert_allclose(photons, photons.round(), atol=1e-3)
    ours = np.bincount(photons.round().astype(int), minlength=5)[:60] / MANY
    wanted = stats.poisson(brightness / level**2).pmf(np.arange(len(ours)))
    np.testing.assert_allclose(ours, wanted, atol=4 * np.sqrt(0.25 / MANY))


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_drawn_anew_for_each_pixel_and_from_the_generator_alone(kind):
    images = np.full((3, 40, 50, 1), 0.5, "float32")
    one, again, other = (add_noise(images, kind, 0.1, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one.shape == images.shape
    assert one.dtype == np.float32
    np.testing.assert_array_equal(one, again)
    assert (images == 0.5).all()
    apart = (one - one.mean()) / one.std()
    neighbours = [
        *(np.mean(apart[:, :, 1:] * apart[:, :, :-1]), np.mean(apart[:, 1:] * apart[:, :-1])),
        *(np.mean(apart[1:] * apart[:-1]), np.mean(apart * (other - other.mean()) / other.std())),
    ]
    assert np.abs(neighbours).max() < 4 / np.sqrt(one[1:].size)


def test_more_level_is_more_noise():
    levels = (0.02, 0.05, 0.1, 0.2)
    for kind in KINDS:
        spreads = [noisy(0.7, kind, level).std() for level in levels]
        wanted = [level * np.sqrt(0.7 if kind == "Poisson" else 1) for level in levels]
        np.testing.assert_allclose(spreads, wanted, rtol=0.03)


@pytest.mark.parametrize(
    ("image", "kind", "level", "words"),
    [
        (0.5, "rician", 0.1, "one of Gaussian, Rician, Poisson. Received 'rician'. Choose one"),
        (0.5, "Gaussian", 0.0, "Expected a level above 0. Received 0.0. 0.05 is 5 %"),
        (0.5, "Rician", -0.1, "Expected a level above 0. Received -0.1."),
        (0.5, "Poisson", float("nan"), "Expected a level above 0. Received nan."),
        (-0.5, "Poisson", 0.1, "Expected images of 0 or more. Received -0.5, and there are no neg"),
    ],
)
def test_words_of_errors(image, kind, level, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - its words are looked at below
        add_noise(np.full((4, 4), image), kind, level, np.random.default_rng(0))
    assert words in str(error.value)
