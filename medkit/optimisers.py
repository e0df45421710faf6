"""Optimisers in plain numpy, as lesson 13 builds them, and losses of two weights to try them on.

Each rule does what the Keras optimiser of the same name does. A rule takes the position, the
gradient there, what it remembers (a dict, empty at first) and the learning rate; it returns the
next position and what to remember.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np


def sgd_step(position, gradient, state, learning_rate, momentum=0.0):
    """Step against the gradient; nothing is remembered, so the momentum is not used.

    position -= learning_rate * gradient

    Example:
        >>> sgd_step(np.array([1.0]), np.array([2.0]), {}, learning_rate=0.1)
        (array([0.8]), {})

    Taught in: notebooks/13_training.ipynb
    """
    return position - learning_rate * gradient, state


def momentum_step(position, gradient, state, learning_rate, momentum=0.9):
    """Step with a velocity that keeps a share of itself, like a ball that rolls.

    velocity = momentum * velocity - learning_rate * gradient;  position += velocity

    Example:
        >>> position, state = momentum_step(np.array([1.0]), np.array([2.0]), {}, 0.1, 0.5)
        >>> momentum_step(position, np.array([0.0]), state, 0.1, 0.5)
        (array([0.7]), {'velocity': array([-0.1])})

    Taught in: notebooks/13_training.ipynb
    """
    velocity = momentum * state.get("velocity", 0.0) - learning_rate * gradient
    return position + velocity, {"velocity": velocity}


def rmsprop_step(position, gradient, state, learning_rate, momentum=0.0):
    """Divide each part of the gradient by its recent size; the momentum is not used.

    mean_square = 0.9 * mean_square + 0.1 * gradient²
    position -= learning_rate * gradient / √(mean_square + 1e-7)

    Reference:
        T. Tieleman, G. Hinton, Lecture 6.5: RMSprop, Coursera 2012.
    Taught in: notebooks/13_training.ipynb
    """
    mean_square = 0.9 * state.get("mean_square", 0.0) + (1 - 0.9) * (gradient * gradient)
    step = learning_rate * gradient / np.sqrt(mean_square + 1e-7)
    return position - step, {"mean_square": mean_square}


def adam_step(position, gradient, state, learning_rate, momentum=0.9):
    """Momentum and RMSprop in one, corrected for averages that start at 0; momentum is beta_1.

    mean += (1 - momentum) * (gradient - mean);  square += 0.001 * (gradient² - square)
    rate = learning_rate * √(1 - 0.999^t) / (1 - momentum^t);  position -= rate * mean / √square

    Reference:
        D. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980.
    Taught in: notebooks/13_training.ipynb
    """
    mean, square = state.get("mean", 0.0), state.get("square", 0.0)
    mean = mean + (1 - momentum) * (gradient - mean)
    square = square + (1 - 0.999) * (gradient * gradient - square)
    unseen = state.get("unseen", 1.0) * momentum  # momentum^t: what the 0 at the start still weighs
    unseen_square = state.get("unseen_square", 1.0) * 0.999
    rate = learning_rate * np.sqrt(1 - unseen_square) / (1 - unseen)
    position = position - rate * mean / (np.sqrt(square) + 1e-7)
    return position, {
        "mean": mean,
        "square": square,
        "unseen": unseen,
        "unseen_square": unseen_square,
    }


# AdamW is Adam with weight decay, which `descend` applies.
RULES = {
    "SGD": sgd_step,
    "momentum": momentum_step,
    "RMSprop": rmsprop_step,
    "Adam": adam_step,
    "AdamW": adam_step,
}


def descend(
    gradient,
    start,
    optimiser="SGD",
    learning_rate=0.1,
    momentum=0.9,
    steps=100,
    weight_decay=None,
):
    """Follow an optimiser from a start, and return where it was after each step.

    Before each step: position -= learning_rate * weight_decay * position

    Args:
        gradient: function that takes a position (n,) and returns the gradient there (n,); it is
            called once a step.
        start: the n weights at the beginning.
        optimiser: "SGD", "momentum", "RMSprop", "Adam" or "AdamW".
        learning_rate: float > 0.
        momentum: 0 to below 1; for Adam and AdamW it is beta_1; SGD and RMSprop have none.
        steps: int ≥ 0.
        weight_decay: float ≥ 0; None is 0.004 for AdamW and 0 for the others, as in Keras.

    Returns:
        (steps + 1, n) float64 array, the start first; shorter if the path leaves the finite
        numbers, of which it keeps the last.

    Raises:
        ValueError: the optimiser is unknown.

    Example:
        >>> descend(lambda x: 2 * x, [1.0, -2.0], learning_rate=0.25, steps=2)
        array([[ 1.  , -2.  ],
               [ 0.5 , -1.  ],
               [ 0.25, -0.5 ]])

    Reference:
        Weight decay: I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019,
        arXiv:1711.05101.
    """
    if optimiser not in RULES:
        raise ValueError(
            f"Expected one of the optimisers {', '.join(RULES)}. Received {optimiser!r}. "
            "Choose one of these names."
        )
    if weight_decay is None:
        weight_decay = 0.004 if optimiser == "AdamW" else 0.0
    path, state = [np.array(start, float)], {}
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            slope = np.asarray(gradient(path[-1]), float)
            decayed = path[-1] - path[-1] * weight_decay * learning_rate
            position, state = RULES[optimiser](decayed, slope, state, learning_rate, momentum)
            if not np.isfinite(position).all():
                break
            path.append(position)
    return np.array(path)


# ---- noise ------------------------------------------------------------------------------------


def uniforms(seed):
    """Yield numbers from 0 to below 1, the same in every run and in the browser.

    Reference:
        The generator is mulberry32 by T. Ettinger, in the public domain.
    """
    whole = 0xFFFFFFFF  # all sums and products are kept to 32 bits
    while True:
        seed = (seed + 0x6D2B79F5) & whole
        mixed = (seed ^ (seed >> 15)) * (seed | 1) & whole
        mixed ^= (mixed + ((mixed ^ (mixed >> 7)) * (mixed | 61) & whole)) & whole
        yield (mixed ^ (mixed >> 14)) / 2**32


@lru_cache(maxsize=32)
def normals(seed, count):
    """Return (count,) numbers with mean 0 and standard deviation 1, nearly normally distributed.

    Each is the sum of twelve uniform numbers less 6: sums are exact, so that Python and the
    browser agree to the last bit, which logarithms and cosines do not promise.

    Example:
        >>> bool(abs(normals(0, 2000).std() - 1) < 0.05)
        True
    """
    drawn = np.fromiter(islice(uniforms(seed), 12 * count), float, 12 * count)
    return drawn.reshape(count, 12).sum(1) - 6


def noisy(gradient, noise, steps, seed=0):
    """Return the gradient function with noise added at each call, as small batches add it.

    Args:
        gradient: function that takes a position (2,) and returns the gradient (2,).
        noise: standard deviation of what is added to each part.
        steps: how many calls there will be at most.
        seed: int ≥ 0; the same seed is the same noise.
    """
    draws = iter(noise * normals(seed, 2 * steps).reshape(steps, 2))
    return lambda position: gradient(position) + next(draws)


# ---- losses -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loss:
    """A loss of two weights, smooth, at least 0, with its lowest points at 0.

    `value(x, y)` takes numbers or arrays; `slopes(x, y)` returns the two parts of the gradient.
    """

    formula: str
    value: Callable
    slopes: Callable
    start: tuple  # from where there is something to see
    floor: str  # what its lowest point is called
    curvature: float | None = None  # the largest, where it is the same everywhere
    trap: tuple = ()  # x, y and name of a point that is flat but not lowest

    def __call__(self, position):
        """Return the loss at positions (..., 2): array of shape (...)."""
        position = np.asarray(position, float)
        with np.errstate(over="ignore"):
            return self.value(position[..., 0], position[..., 1])

    def gradient(self, position):
        """Return the gradient at one position (2,): (2,) array."""
        return np.array(self.slopes(*np.asarray(position, float)))


def _hole(x, y):
    """Return 1 / (1 + x² + y²)⁴, and that divided by 1 + x² + y²."""
    wide = 1 + x * x + y * y
    square = wide * wide
    return 1 / (square * square), 1 / (square * square * wide)


# Products, no powers: so the browser's numbers are these numbers to the last bit.
LOSSES = {
    "bowl": Loss(
        "x² + y²",
        lambda x, y: x * x + y * y,
        lambda x, y: (2 * x, 2 * y),
        start=(-1.5, 1.0),
        floor="the bottom",
        curvature=2.0,
    ),
    "ravine": Loss(
        "(x² + 30 y²) ÷ 2",
        lambda x, y: (x * x + 30 * y * y) / 2,
        lambda x, y: (x, 30 * y),
        start=(-1.5, 1.0),
        floor="the valley floor",
        curvature=30.0,
    ),
    "saddle": Loss(
        "x² ÷ 2 + (y² − 2)² ÷ 8",
        lambda x, y: x * x / 2 + (y * y - 2) * (y * y - 2) / 8,
        lambda x, y: (x, y * (y * y - 2) / 2),
        start=(-1.8, 0.01),
        floor="a valley floor",
        trap=(0.0, 0.0, "on the saddle"),
    ),
    "two valleys": Loss(
        "(x + 1)² ((x − 1)² + 0.2) ÷ 2 + y²",
        lambda x, y: (x + 1) * (x + 1) * ((x - 1) * (x - 1) + 0.2) / 2 + y * y,
        lambda x, y: ((x + 1) * (2 * x * x - 2 * x + 0.2), 2 * y),
        start=(1.7, 1.0),
        floor="the floor of the deeper valley",
        trap=(0.8873, 0.0, "in the shallow valley"),  # x = (1 + √0.6) ÷ 2
    ),
    "plateau": Loss(
        "1 − 1 ÷ (1 + x² + y²)⁴",
        lambda x, y: 1 - _hole(x, y)[0],
        lambda x, y: (8 * x * _hole(x, y)[1], 8 * y * _hole(x, y)[1]),
        start=(-1.5, 1.0),
        floor="the bottom of the hole",
    ),
}
