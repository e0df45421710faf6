"""Checks of lesson 21: autoencoders."""

import numpy as np

from medkit.checks.alarms import refuse_thresholds
from medkit.checks.answers import WrongAnswerError, as_array, call, check, close, same
from medkit.checks.cases import same_on_cases
from medkit.checks.mistakes_21 import (
    CODE,
    FLOORED,
    PIXELS,
    PRICE,
    WRONG_CODES,
    WRONG_DIRECTIONS,
    WRONG_DRAWS,
    WRONG_DRAWS_ABOVE_0,
    WRONG_FLOORS,
    WRONG_PRICES,
    WRONG_WEIGHTS,
    direction,
    draw,
    price,
    weight,
)
from medkit.checks.networks import NETWORKS, Network, passes, refuse_passes


def _same(answer, truth, tolerance, mistakes):
    """Stop with the hint of the first mistake one of whose answers this is, or as `same` does."""
    answer = as_array(answer)
    if not close(answer, np.array(truth), tolerance):
        for hint, wrong in mistakes.items():
            if any(close(answer, np.array(value), tolerance) for value in wrong):
                raise WrongAnswerError(hint)
    same(answer, truth, tolerance)


@check
def code_size(answer):
    """Put two numbers for the dots: how many the code has, and the pixels for each of them."""
    if isinstance(answer, tuple | list):
        parts = [len(part) if isinstance(part, tuple | list) else 0 for part in answer]
        if (len(parts) > 1 and parts[0] > 1) or list(answer[:2]) == [12, 12]:
            raise WrongAnswerError(
                "This is a shape, how the numbers of a map stand. Multiply: how many are there?"
            )
    answer = as_array(answer)
    if answer.size == 1:
        raise WrongAnswerError(
            "Two numbers are asked for, and one is there: first the length of the code, then the "
            "pixels that come to each of its numbers."
        )
    _same(answer, (CODE, PIXELS / CODE), 1e-6, WRONG_CODES)
    return "Each number of the code stands for 8 pixels, and each of them has seen many more."


@check
def acts_on_each_pixel_alone(function):
    """Write the function: shuffle the pixels of the image; is the answer shuffled alike?"""
    image = np.random.default_rng(21).random((12, 10, 3))
    refuse_passes({net.words for net in NETWORKS if passes(function, net, image)})
    two_colours = Network(lambda x: x[..., :2] + x[..., 1:], "makes two colours of three")
    try:
        right = passes(function, two_colours, image)
    except WrongAnswerError:
        right = False
    if not right:
        raise WrongAnswerError(
            "A network may answer with another number of channels than the image has: take the "
            "shape of the answer from the answer."
        )
    return "What all pixels share, such as their mean, no shuffling shows."


@check
def rician_floor(answer):
    """Put three numbers for the dots: what is left of 0.1, 0.2 and 0.5."""
    answer = as_array(answer)
    if answer.dtype.kind == "f" and answer.size == 3 and np.isnan(answer).any():
        raise WrongAnswerError(
            "The root of a negative number is no number. Where the square is smaller than the "
            "floor, put 0."
        )
    _same(answer, FLOORED, 0.002, WRONG_FLOORS)  # two decimals will do
    return "Near black everything is lost, in bright places hardly anything changes."


@check
def price_by_hand(answer):
    """Put one number for the dots: what the two numbers of the code cost together."""
    answer = as_array(answer)
    if close(np.sort(answer, None), np.sort([price(1, 1), price(0, 0.25)]), tolerance=0.0025):
        raise WrongAnswerError("These are the prices of the two; the code costs their sum.")
    _same(answer, PRICE, 0.0025, WRONG_PRICES)
    return "To lie one spread off the middle costs more than to be exact to one half."


@check
def drawn_code(function):
    """Write the function: turn mean, logarithm of the variance and noise into a code."""
    rng = np.random.default_rng(2)
    cases = [  # the noise is far from 1, and no logarithm is near 0, where e⁰ = 1 hides mistakes
        (rng.normal(size=shape), signs * rng.uniform(1.1, 2, shape), rng.uniform(1.5, 3, shape))
        for shape, signs in (((3,), 1), ((2, 4), rng.choice([-1, 1], (2, 4))), ((2, 1, 3), -1))
    ]
    cases = [tuple(part.round(1) for part in case) for case in cases]  # a hint may print them
    mean, log_variance, noise = cases[0]
    first = as_array(call(function, *cases[0]))
    for hint, mistakes in WRONG_DRAWS_ABOVE_0.items():
        if any(close(first, mistake(*cases[0])) for mistake in mistakes):
            raise WrongAnswerError(hint)
    again, other = (as_array(call(function, mean, log_variance, e)) for e in (noise, noise + 1))
    given = close(first, again) and not close(first, other)
    if not given and not close(first, mean) and close(first, first):  # nan is not close to itself
        raise WrongAnswerError(
            "The noise comes from you, not from what the function is given. Use the given one: "
            "then all chance is outside, and a gradient passes."
        )
    same_on_cases(function, cases, draw, WRONG_DRAWS)
    return "The chance is in the noise alone, so mean and variance can be trained."


@check
def weight_of_price(function):
    """Write the function: by what is the price multiplied, for a spread and a number of pixels?"""
    # Brightness may go to 255: then the weights are far from 0 and mistakes far apart.
    cases = [(10.0, 64), (25.5, 144), (3.0, 5), (0.1, 3)]
    same_on_cases(function, cases, weight, WRONG_WEIGHTS)
    return "The more pixels share the error's mean, the less the price may weigh."


@check
def lesion_direction(function):
    """Write the function: from the mean code without a lesion to that with one."""
    rng = np.random.default_rng(4)
    cases = []
    for numbers, labels in ((3, [0, 1, 1, 0, 1, 0, 0, 1]), (5, [1, 0, 0, 0, 1, 0, 0, 1, 0])):
        labels = np.array(labels)
        shifted = rng.normal(size=(len(labels), numbers)) + 3 * labels[:, None] + 1
        cases.append((shifted, labels))
    (codes, labels), _ = cases
    # As many with as without: otherwise this mistake would stop before it could be named.
    by_patient = codes[labels == 1].mean(1) - codes[labels == 0].mean(1)
    if close(as_array(call(function, codes, labels)), by_patient):
        raise WrongAnswerError(
            "You took the mean of the numbers in each code. Take it over the patients, axis 0: "
            "one number for each number of the code."
        )
    same_on_cases(function, cases, direction, WRONG_DIRECTIONS)
    return "Whether it draws a lesion depends on whether the codes kept any."


@check
def alarm_threshold(function):
    """Write the function: the lowest threshold with at most this share of the scores above it."""
    refuse_thresholds(function)
    return (
        "No ill patient was needed for it. How many of the ill it finds must be measured on others."
    )
