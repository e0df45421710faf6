"""Checks of lesson 13: training."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, check, same
from medkit.checks.cases import same_on_cases
from medkit.checks.mistakes_13 import (
    LOSS,
    SCHEDULES,
    WRONG_GRADIENTS,
    WRONG_LOSSES,
    WRONG_NEURONS,
    WRONG_NORMS,
    WRONG_RATES,
    WRONG_STOPS,
    P,
    best_rate,
    normed_by_group,
    schedules,
    stopped,
)

FORGIVEN = (  # does the label still hold, and why not
    (False, "Mirrored, a heart on the left lies on the right: the label is wrong now."),
    (True, "A smear has no up and down: the cells may lie as they like."),
    (False, "Hounsfield units are measured, water is 0: times 1.2, fat and bone become others."),
    (True, "The brightness of MR has no unit and differs between scanners anyway."),
    (False, "Mirrored, the side marker is turned round: the network learns to read it wrongly."),
)


@check
def neuron_by_hand(answer):
    """Put three numbers for the dots: the loss, and its gradient by w and by b."""
    wrong, numbers = dict(WRONG_NEURONS), as_array(answer)
    if numbers.shape == (3,):  # a wrong loss and wrong gradients are named one after the other
        wrong |= {hint: (loss, *numbers[1:]) for hint, loss in WRONG_LOSSES.items()}
        wrong |= {hint: (numbers[0], *by) for hint, by in WRONG_GRADIENTS.items()}
    same(numbers, (LOSS, 2 * P, P), tolerance=0.004, wrong=wrong)  # two decimals will do
    return "To lean to the wrong side costs 1.31; to know nothing costs log 2, which is 0.69."


@check
def momentum_by_hand(answer):
    """Put three numbers for the dots: w after the first, second and third step."""
    same(
        answer,
        (0.8, 0.54, 0.302),
        tolerance=0.003,
        wrong={
            "This is plain SGD: keep half of the velocity from step to step.": (0.8, 0.64, 0.512),
            "Your steps are half as long: the gradient of w² is 2w, and Keras does not weigh it "
            "by 1 − momentum.": (0.9, 0.76, 0.614),
            "Work the gradient out anew at each place; you kept the first.": (0.8, 0.5, 0.15),
            "These are the velocities; add each to w.": (-0.2, -0.26, -0.238),
            "This goes uphill: the gradient is taken away.": (1.2, 1.54, 2.018),
            "The first of the three is w after a step, not the start.": (1, 0.8, 0.54),
            "You kept the whole velocity; momentum 0.5 keeps half.": (0.8, 0.44, -0.008),
            "The old velocity is added, not taken away.": (0.8, 0.74, 0.622),
            "You took momentum 0.9 as the lesson does; here it is 0.5.": (0.8, 0.46, 0.062),
            "This is Nesterov's momentum, which looks one step ahead.": (0.7, 0.44, 0.248),
        },
    )
    return "0.302 in place of 0.512: the ball rolls faster than plain SGD walks."


@check
def best_learning_rate(function):
    """Write the function: one step leaves |1 − rate · c| of a direction whose curvature is c."""
    cases = [(np.array(c),) for c in ([4.0, 30.0, 1.0, 9.0], [0.5, 0.2], [2.0, 0.5, 5.0])]
    if as_array(call(function, *cases[0])).shape == (4,):
        raise WrongAnswerError("One rate for all directions, please, not one for each.")
    same_on_cases(function, cases, best_rate, WRONG_RATES, tolerance=1e-4)
    return "The steepest and the flattest shrink alike; any other rate leaves one of them behind."


@check
def warm_up_cosine(function):
    """Write the function: a straight line up to the peak, then half a cosine wave down to 0."""
    cases = [(20, 5, 0.4), (100, 10, 2.0)]
    truth, *mistakes = zip(*(schedules(*case) for case in cases), strict=True)
    answers = [_rates(function, *case) for case in cases]
    if min(np.min(rates) for rates in answers) < -1e-6:
        raise WrongAnswerError(
            "The rate falls below 0, so the steps would climb: 1 + cosine lies between 0 and 2, "
            "and half of that between 0 and 1."
        )
    for number, answer in enumerate(answers):
        wrong = {hint: case[number] for hint, case in zip(SCHEDULES, mistakes, strict=True)}
        same(answer, truth[number], wrong=wrong)
    return "Small steps while the network knows nothing, and small ones again to settle."


def _rates(function, steps, warm_up, peak):
    """Return (steps + 1,) rates of a function of one step, or of one that needs an array."""
    try:
        rates = [as_array(call(function, s, steps, warm_up, peak)) for s in range(steps + 1)]
    except WrongAnswerError as hint:
        try:
            return as_array(call(function, np.arange(steps + 1), steps, warm_up, peak))
        except WrongAnswerError:
            raise hint from None
    return np.array(rates)


def _of_list_or_array(function):
    """Return the function, able to take a list as Keras keeps it, and an array if it needs one."""

    def either(losses, patience):
        try:
            return function(list(losses), patience)
        except (AttributeError, TypeError):
            return function(np.array(losses), patience)

    return either if callable(function) else function


@check
def early_stopping(function):
    """Write the function: return (stop_epoch, best_epoch), both counted from 0."""
    wavy = [0.9, 0.7, 0.5, 0.6, 0.55, 0.52, 0.4, 0.8, 0.7]
    cases = [(wavy, patience) for patience in (2, 3, 4)]
    cases += [([0.3, 0.5, 0.4, 0.6], 1), ([0.5, 0.4, 0.3], 2)]
    same_on_cases(_of_list_or_array(function), cases, stopped, WRONG_STOPS)
    return "It never looks ahead, and it keeps the best weights, not the last."


@check
def group_norm(function):
    """Write the function: each image, and in it each group of channels, has a mean of its own."""
    rng = np.random.default_rng(0)
    batch = rng.normal([2, 2, 2, -1, 0.3, 4], [0.01, 0.01, 0.01, 1.5, 0.5, 4], (5, 6))
    cases = [(batch, 2), (batch, 3), (batch[:1], 2)]  # three channels hardly vary
    same_on_cases(function, cases, normed_by_group, WRONG_NORMS, tolerance=1e-4)
    return "No image knows of the others: a batch of two is treated as a large one is."


@check
def forgiven(answer):
    """Put True for each change after which the label still holds, and False for the others."""
    truth = np.array([right for right, _ in FORGIVEN])
    answer = as_array(answer)
    if answer.shape != truth.shape or answer.dtype.kind == "U":
        raise WrongAnswerError("Expected five of True and False, in the order of the list.")
    if not np.isin(answer, (0, 1)).all():
        raise WrongAnswerError("Expected True or False for each, and nothing in between.")
    if (answer == answer[0]).all():
        raise WrongAnswerError(
            "The same for all five cannot be: some numbers and sides have a meaning, others none."
        )
    if (answer != truth).all():
        raise WrongAnswerError("All five are turned: True means that the label still holds.")
    hints = [why for said, (right, why) in zip(answer, FORGIVEN, strict=True) if said != right]
    if hints:
        raise WrongAnswerError(" ".join(hints))
    return "What an augmentation may do is a question to the doctor, not to the network."
