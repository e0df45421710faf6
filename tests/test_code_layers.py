"""KeepFirst and Sample: what they draw against its distribution, and the gradients through them."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import afresh, answers
from scipy import integrate, stats

from medkit.models import KeepFirst, Sample

RNG = np.random.default_rng(21)
_AFRESH = afresh(RNG)


def kept(codes, count=20_000):
    """Return how many numbers are kept of each of many codes, after looking that they are first."""
    code = RNG.uniform(1, 2, (count, codes)).astype("float32")
    out = answers(KeepFirst(codes), code, training=True)
    numbers = (out != 0).sum(1)
    np.testing.assert_array_equal(out, code * (np.arange(codes) < numbers[:, None]))
    return numbers


@pytest.mark.parametrize("codes", [2, 10, 128])
def test_a_beginning_is_kept_and_how_much_is_spread_over_the_doublings(codes):
    numbers, doublings = kept(codes), np.log2(codes)
    assert numbers.max() == codes
    for length in range(2, codes):  # the last doubling keeps all
        wanted = (np.log2(length + 1) - 1) / doublings
        assert np.mean(numbers <= length) == pytest.approx(wanted, abs=0.015)


def test_each_code_is_cut_anew_each_time():
    layer, code = KeepFirst(64), np.ones((500, 64), "float32")
    one, other = (answers(layer, code, training=True).sum(1) for _ in range(2))
    assert len(set(one)) > 20
    assert np.mean(one != other) > 0.5
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2


def test_nothing_is_cut_when_it_does_not_train():
    layer, code = KeepFirst(64), RNG.normal(size=(50, 64)).astype("float32")
    np.testing.assert_array_equal(answers(layer, code), code)
    network = keras.Sequential([keras.Input((64,)), layer])
    np.testing.assert_array_equal(network.predict(code, verbose=0), code)
    assert network.count_params() == 0


def test_the_gradient_passes_where_a_number_is_kept_and_only_there():
    code = tf.Variable(RNG.uniform(1, 2, (200, 16)).astype("float32"))
    with tf.GradientTape() as tape:
        out = KeepFirst(16)(code, training=True)
        total = tf.reduce_sum(3 * out)
    gradient = tape.gradient(total, code).numpy()
    np.testing.assert_array_equal(gradient, 3.0 * (out.numpy() != 0))


def test_the_first_numbers_come_to_carry_the_most():
    """Between straight layers the first three numbers come to span PCA's first directions."""
    directions = np.linalg.qr(RNG.normal(size=(6, 6)))[0]
    x = (RNG.normal(size=(512, 6)) * (3, 3, 3, 0.5, 0.5, 0.5) @ directions).astype("float32")
    best = np.sum(np.linalg.svd(x)[1][3:] ** 2) / x.size
    errors = []
    for between in ([KeepFirst(6)], []):
        into, out = (keras.layers.Dense(6, use_bias=False) for _ in range(2))
        network = keras.Sequential([keras.Input((6,)), into, *between, out])
        network.compile(keras.optimizers.Adam(0.02), "mse")
        network.fit(x, x, batch_size=64, epochs=25, verbose=0)
        code = x @ into.get_weights()[0] * (np.arange(6) < 3)
        errors.append(np.mean((code @ out.get_weights()[0] - x) ** 2))
    assert best < errors[0] < 3 * best
    assert errors[1] > 5 * best


# ---- Sample ----------------------------------------------------------------------------------


def divergence(mean, variance):
    """Return the Kullback–Leibler divergence from the standard normal by numerical integration."""
    ours, standard = stats.norm(mean, np.sqrt(variance)), stats.norm()
    ends = mean - 12 * np.sqrt(variance), mean + 12 * np.sqrt(variance)
    return integrate.quad(lambda z: ours.pdf(z) * (ours.logpdf(z) - standard.logpdf(z)), *ends)[0]


def test_the_price_is_the_divergence_summed_over_the_code_and_averaged_over_images():
    mean, variance = RNG.normal(0, 1.5, (5, 3)), RNG.uniform(0.02, 3, (5, 3))
    wanted = np.mean([sum(map(divergence, *row)) for row in zip(mean, variance, strict=True)])
    for training in (False, True):
        for weight in (1.0, 0.01):
            layer = Sample(weight)
            answers(layer, np.hstack([mean, np.log(variance)]), training)
            (loss,) = layer.losses
            assert float(loss) == pytest.approx(weight * wanted, rel=1e-4)


def test_the_price_by_hand():
    for mean, variance, wanted in ((0, 1, 0.0), (2, 1, 2.0), (0, 0.01, 1.8076), (1, 0.25, 0.8181)):
        layer = Sample(1.0)
        answers(layer, [[mean, np.log(variance)]])
        assert float(layer.losses[0]) == pytest.approx(wanted, abs=1e-4)


def test_codes_are_drawn_from_the_cloud():
    mean, variance = np.array([-1.0, 0.5, 3.0]), np.array([0.04, 1.0, 4.0])
    rows = np.tile([*mean, *np.log(variance)], (8000, 1))
    layer = Sample(1.0)
    one, other = (answers(layer, rows, training=True) for _ in range(2))
    assert one.shape == (8000, 3)
    for place in range(3):
        cloud = stats.norm(mean[place], np.sqrt(variance[place]))
        assert stats.kstest(one[:, place], cloud.cdf).pvalue > 1e-3
    apart = np.hstack([one, other])
    assert np.abs(np.corrcoef(apart.T) - np.eye(6)).max() < 0.05  # anew each number and time


def test_the_mean_comes_out_when_it_does_not_train():
    numbers = RNG.normal(size=(40, 6)).astype("float32")
    np.testing.assert_array_equal(answers(Sample(1.0), numbers), numbers[:, :3])
    network = keras.Sequential([keras.Input((6,)), Sample(1.0)])
    np.testing.assert_array_equal(network.predict(numbers, verbose=0), numbers[:, :3])
    assert network.count_params() == 0


def test_the_gradient_passes_through_the_draw():
    numbers = tf.Variable(RNG.normal(size=(30, 8)).astype("float32"))
    towards = RNG.normal(size=(30, 4)).astype("float32")
    with tf.GradientTape() as tape:
        code = Sample(0.0)(numbers, training=True)
        total = tf.reduce_sum(towards * code)
    by_mean, by_logarithm = np.split(tape.gradient(total, numbers).numpy(), 2, axis=1)
    np.testing.assert_allclose(by_mean, towards, rtol=1e-5)
    stretched = code.numpy() - numbers.numpy()[:, :4]  # the spread times the noise
    np.testing.assert_allclose(by_logarithm, towards * stretched / 2, rtol=1e-3, atol=1e-5)


def test_the_price_pulls_towards_the_standard_cloud():
    numbers = tf.Variable(RNG.normal(size=(30, 8)).astype("float32"))
    layer = Sample(0.5)
    with tf.GradientTape() as tape:
        layer(numbers)
        loss = layer.losses[0]
    by_mean, by_logarithm = np.split(tape.gradient(loss, numbers).numpy(), 2, axis=1)
    mean, logarithm = np.split(numbers.numpy(), 2, axis=1)
    np.testing.assert_allclose(by_mean, 0.5 * mean / 30, rtol=1e-4)
    np.testing.assert_allclose(by_logarithm, 0.5 * np.expm1(logarithm) / 2 / 30, rtol=1e-3)


def test_keras_adds_the_price_to_the_error():
    network = keras.Sequential([keras.Input((6,)), Sample(0.3), keras.layers.Dense(6)])
    network.compile("sgd", "mse")
    numbers = RNG.normal(size=(10, 6)).astype("float32")
    rows = zip(numbers[:, :3], np.exp(numbers[:, 3:]), strict=True)
    price = np.mean([sum(map(divergence, *row)) for row in rows])
    error = np.mean((network.predict(numbers, verbose=0) - numbers) ** 2)
    loss = network.evaluate(numbers, numbers, batch_size=10, verbose=0)
    assert loss == pytest.approx(error + 0.3 * price, rel=1e-4)


@pytest.mark.parametrize("layer", [KeepFirst, Sample])
def test_the_new_layers_train_compiled(layer):
    x = RNG.normal(size=(32, 4)).astype("float32")
    network = keras.Sequential([keras.Input((4,)), layer(4), keras.layers.Dense(4)])
    network.compile(keras.optimizers.SGD(0.01), "mse", jit_compile=True)
    losses = network.fit(x, x[:, :1], batch_size=32, epochs=30, verbose=0).history["loss"]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    assert len(set(losses)) == 30  # drawn anew in each step
