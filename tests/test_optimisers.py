"""The optimisers against Keras's own, the losses against finite differences."""

import itertools
import math

import numpy as np
import pytest

from medkit.optimisers import LOSSES, RULES, descend, noisy, normals, uniforms

RNG = np.random.default_rng(13)


def keras_optimiser(name, learning_rate, momentum, weight_decay):
    from keras import optimizers

    settings = {"learning_rate": learning_rate}
    if weight_decay is not None:  # else Keras's own default
        settings["weight_decay"] = weight_decay
    if name == "momentum":
        return optimizers.SGD(momentum=momentum, **settings)
    if name in ("Adam", "AdamW"):
        settings["beta_1"] = momentum
    return getattr(optimizers, name)(**settings)


@pytest.mark.parametrize("weight_decay", [None, 0.3])
@pytest.mark.parametrize("name", list(RULES))
def test_each_step_is_that_of_keras_on_random_gradients(name, weight_decay):
    from keras import Variable, ops

    settings = 0.07, 0.8 if weight_decay else 0.9
    optimiser = keras_optimiser(name, *settings, weight_decay)
    start = RNG.normal(size=2)
    gradients = RNG.normal(size=(50, 2)) * RNG.choice([1e-3, 1, 3], (50, 1))
    variable = Variable(start, dtype="float64")
    want = [start]
    for gradient in gradients:
        optimiser.apply([ops.convert_to_tensor(gradient, "float64")], [variable])
        want.append(variable.value.numpy().copy())
    given = iter(gradients)
    got = descend(lambda position: next(given), start, name, *settings, 50, weight_decay)
    assert got.shape == (51, 2)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-5)
    assert np.abs(got[-1] - got[0]).max() > 0.05


def test_sgd_on_a_parabola_worked_by_hand():
    for rate, factor in ((0.25, 0.5), (0.5, 0), (0.75, -0.5), (1, -1), (1.25, -1.5)):
        path = descend(lambda x: 2 * x, [8.0], learning_rate=rate, steps=4)
        np.testing.assert_allclose(path[:, 0], 8 * float(factor) ** np.arange(5))


@pytest.mark.parametrize(("name", "momentum"), [("SGD", 0), ("momentum", 0.5), ("momentum", 0.9)])
@pytest.mark.parametrize("loss", [loss for loss in LOSSES.values() if loss.curvature])
def test_the_largest_learning_rate_is_two_over_the_curvature(loss, name, momentum):
    limit = 2 * (1 + momentum) / loss.curvature
    for share, shrinks in ((0.98, True), (1.02, False)):
        path = descend(loss.gradient, (1.0, 1.0), name, share * limit, momentum, 2000)
        assert (loss(path[-1]) < 1e-3) == shrinks
        assert (np.abs(path[-1]).max() > 1e3) != shrinks


def test_a_path_ends_where_the_numbers_do():
    path = descend(LOSSES["two valleys"].gradient, (1.7, 1.0), learning_rate=2.0, steps=100)
    assert 2 < len(path) < 20
    assert np.isfinite(path).all()
    assert descend(LOSSES["bowl"].gradient, (1, 1), steps=0).tolist() == [[1, 1]]


def test_an_unknown_optimiser_is_refused_in_words():
    with pytest.raises(ValueError, match=r"Expected one of the .* AdamW\. Received 'sgd'\. Choose"):
        descend(lambda x: x, [1.0], "sgd")


@pytest.mark.parametrize("name", list(LOSSES))
def test_gradients_are_the_finite_differences(name):
    loss = LOSSES[name]
    h = 1e-5
    for x, y in RNG.uniform(-2, 2, (200, 2)):
        want = [
            (loss((x + h, y)) - loss((x - h, y))) / (2 * h),
            (loss((x, y + h)) - loss((x, y - h))) / (2 * h),
        ]
        np.testing.assert_allclose(loss.gradient((x, y)), want, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", list(LOSSES))
def test_the_formula_in_words_is_the_loss(name):
    loss = LOSSES[name]
    code = loss.formula.replace("÷", "/").replace("−", "-").replace("²", "**2").replace("⁴", "**4")
    code = code.replace("30 y", "30 * y").replace(")**2 (", ")**2 * (")
    for x, y in RNG.uniform(-2, 2, (50, 2)):
        assert loss((x, y)) == pytest.approx(eval(code, {"x": x, "y": y}), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", list(LOSSES))
def test_a_loss_is_what_its_entry_says(name):
    loss = LOSSES[name]
    x, y = np.meshgrid(np.linspace(-2, 2, 401), np.linspace(-2, 2, 401))
    values = loss(np.stack([x, y], -1))
    assert 0 <= values.min() < 1e-3
    assert values.max() < 70
    assert loss(loss.start) > 0.9
    if loss.trap:
        assert np.hypot(*loss.gradient(loss.trap[:2])) < 1e-4
        assert loss(loss.trap[:2]) > 0.3
    h, second = 1e-4, []
    for at in RNG.uniform(-2, 2, (40, 2)):  # the Hessian, column by column
        columns = [(loss.gradient(at + d) - loss.gradient(at - d)) / (2 * h) for d in np.eye(2) * h]
        second.append(np.linalg.eigvalsh(np.array(columns)).max())
    if loss.curvature:
        np.testing.assert_allclose(second, loss.curvature, rtol=1e-6)
    else:
        assert np.ptp(second) > 0.1


def test_the_losses_show_what_they_are_for():
    def end(name, *settings):
        loss = LOSSES[name]
        return float(loss(descend(loss.gradient, loss.start, *settings)[-1])), loss(loss.start)

    after, before = end("plateau", "SGD", 0.1, 0, 60)
    assert after > 0.9 * before
    assert end("plateau", "Adam", 0.1, 0.9, 60)[0] < 0.02
    assert 0.3 < end("two valleys", "SGD", 0.05, 0, 200)[0] < 0.4
    assert end("two valleys", "momentum", 0.05, 0.9, 200)[0] < 1e-3
    assert 0.45 < end("saddle", "SGD", 0.1, 0, 30)[0] < 0.55  # slow on the saddle, then down
    assert end("saddle", "SGD", 0.1, 0, 200)[0] < 1e-3


def test_the_noise_is_uniform_normal_and_always_the_same():
    drawn = np.array(list(itertools.islice(uniforms(0), 20_000)))
    assert 0 <= drawn.min() < 1e-3 < 0.999 < drawn.max() < 1
    np.testing.assert_allclose(np.histogram(drawn, 10, (0, 1))[0], 2000, rtol=0.1)
    normal = normals(3, 4000)
    below = [(normal < z).mean() for z in (-1, 0, 1)]
    want = [(1 + math.erf(z / math.sqrt(2))) / 2 for z in (-1, 0, 1)]
    np.testing.assert_allclose(below, want, atol=0.02)
    assert abs(np.corrcoef(normal[:-1], normal[1:])[0, 1]) < 0.05
    np.testing.assert_array_equal(normals(3, 10), normal[:10])
    assert abs(np.corrcoef(normals(4, 4000), normal)[0, 1]) < 0.05


def test_noise_is_added_to_each_gradient_once():
    gradient = noisy(lambda position: np.array([5.0, 7.0]), 0.5, 3, seed=2)
    got = np.array([gradient(None) for _ in range(3)])
    np.testing.assert_array_equal(got, [5, 7] + 0.5 * normals(2, 6).reshape(3, 2))
