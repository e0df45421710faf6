"""Checks of lesson 13: training."""

import math

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, check, same
from medkit.checks.cases import same_on_cases

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
    half = math.log(2)
    same(
        answer,
        (half, 2, 0.5),
        tolerance=0.0025,  # two decimals are enough
        wrong={
            "The sign of the gradients is turned: with y = 0, p − y is above 0.": (half, -2, -0.5),
            "The gradient by w is (p − y) times x; the x is missing.": (half, 0.5, 0.5),
            "The gradients by w and by b are swapped: the x belongs to w.": (half, 0.5, 2),
            "This is the slope of p alone; the loss has a slope of its own.": (half, 1, 0.25),
            "These are the gradients of a squared error.": (half, 0.5, 0.125),
            "The minus before the logarithm is missing.": (-half, 2, 0.5),
            "The first number is p; the loss is a logarithm of it.": (0.5, 2, 0.5),
            "The logarithm is the natural one, np.log; you took np.log10.": (0.30103, 2, 0.5),
            "The logarithm is the natural one, np.log; you took np.log2.": (1, 2, 0.5),
        },
    )
    return "z is 0, so p is 0.5: a neuron that knows nothing pays log 2."


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
            "This is Nesterov's momentum, which looks one step ahead.": (0.7, 0.44, 0.248),
        },
    )
    return "0.302 in place of 0.512: the ball rolls faster than plain SGD walks."


@check
def largest_learning_rate(function):
    """Write the function: on a loss of curvature h, a step multiplies w by 1 − rate · h."""
    same_on_cases(
        function,
        [(np.array([1.0, 30.0, 4.0]),), (np.array([0.5, 0.2]),), (np.array([7.0]),)],
        lambda curvatures: 2 / np.max(curvatures),
        wrong={
            "This rate jumps right to the bottom. It may go twice as far before it climbs.": (
                lambda curvatures: 1 / np.max(curvatures)
            ),
            "The flattest direction allows this, the steepest already diverges.": (
                lambda curvatures: 2 / np.min(curvatures)
            ),
            "The mean does not protect the steepest direction.": (
                lambda curvatures: 2 / np.mean(curvatures)
            ),
            "Directions do not add up: the steepest alone sets the limit.": (
                lambda curvatures: 2 / np.sum(curvatures)
            ),
            "Turned over: the steeper, the smaller the rate.": lambda c: np.max(c) / 2,
            "Only the first curvature is used.": lambda curvatures: 2 / curvatures[0],
            "One rate for all directions, please, not one for each.": lambda c: 2 / c,
        },
    )
    return "The steepest direction sets the limit, the flattest one waits."


@check
def warm_up_cosine(function):
    """Write the function: a straight line up to the peak, then half a cosine wave down to 0."""
    cases = [(20, 5, 0.4), (100, 10, 2.0)]
    truth, *mistakes = zip(*(_schedules(*case) for case in cases), strict=True)
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


SCHEDULES = (
    "The warm-up is missing: the rate is at its peak at once.",
    "The warm-up is missing: the cosine begins at step 0.",
    "Count the cosine from the end of the warm-up: it has run on during it, so the rate jumps.",
    "At the last step the rate is not 0: the cosine has steps − warm_up steps, not steps.",
    "Twice too high after the warm-up: half of 1 + cosine lies between 0 and 1.",
    "After the warm-up you go down in a straight line, not along a cosine.",
    "np.cos takes radians: half a wave is np.pi, not 180.",
    "This is a whole wave, which ends at the peak: half of it is np.pi.",
    "This is a quarter of a wave, which ends too steeply: half of it is np.pi.",
    "The cosine is upside down: it rises from 0 to the peak.",
    "At step 0 the rate is 0; you are one step ahead in the warm-up.",
    "The peak is missing: this goes up to 1.",
)


def _schedules(steps, warm_up, peak):
    """Return the right rates for all steps, then those of each mistake in SCHEDULES."""
    step = np.arange(steps + 1)
    rising, done = peak * step / warm_up, (step - warm_up) / (steps - warm_up)

    def falling(angle):
        return peak * (1 + np.cos(angle)) / 2

    def joined(later, first=rising):
        return np.where(step < warm_up, first, later)

    right = joined(falling(np.pi * done))
    return (
        right,
        joined(falling(np.pi * done), first=peak),
        falling(np.pi * step / steps),
        joined(falling(np.pi * step / steps)),
        joined(falling(np.pi * (step - warm_up) / steps)),
        joined(2 * falling(np.pi * done)),
        joined(peak * (1 - done)),
        joined(falling(180 * done)),
        joined(falling(2 * np.pi * done)),
        joined(peak * np.cos(np.pi / 2 * done)),
        joined(falling(np.pi * (1 - done))),
        joined(falling(np.pi * done), first=peak * (step + 1) / warm_up),
        right / peak,
    )


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


def _stopped(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch > 0 and epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best


def _worse_than_before(losses, patience):
    worse = 0
    for epoch in range(1, len(losses)):
        worse = worse + 1 if losses[epoch] > losses[epoch - 1] else 0
        if worse >= patience:
            return epoch, np.argmin(losses[: epoch + 1])
    return len(losses) - 1, np.argmin(losses)


def _never_reset(losses, patience):
    best = np.minimum.accumulate(losses)
    worse = np.flatnonzero(losses[1:] > best[:-1]) + 1
    stop = worse[patience - 1] if len(worse) >= patience else len(losses) - 1
    return stop, np.argmin(losses[: stop + 1])


WRONG_STOPS = {  # of the losses and the patience
    "The two are swapped: first where training stops, then which weights are kept.": (
        lambda losses, patience: _stopped(losses, patience)[::-1]
    ),
    "The best epoch is looked for in the whole list; training, once stopped, cannot see its end.": (
        lambda losses, patience: (_stopped(losses, patience)[0], np.argmin(losses))
    ),
    "You stop an epoch late: stop when the best is `patience` epochs old.": (
        lambda losses, patience: _stopped(losses, patience + 1)
    ),
    "You stop an epoch early: stop when the best is `patience` epochs old.": (
        lambda losses, patience: _stopped(losses, patience - 1)
    ),
    "Each epoch is compared with the one before; compare it with the best.": _worse_than_before,
    "The count begins anew at each new best; yours goes on.": _never_reset,
    "The kept weights are the best, not the last.": (
        lambda losses, patience: [_stopped(losses, patience)[0]] * 2
    ),
    "Epochs are counted from 0; you begin at 1.": (
        lambda losses, patience: np.add(_stopped(losses, patience), 1)
    ),
}


@check
def early_stopping(function):
    """Write the function: return (stop_epoch, best_epoch), both counted from 0."""
    wavy = [0.9, 0.7, 0.5, 0.6, 0.55, 0.52, 0.4, 0.8, 0.7]
    cases = [(wavy, patience) for patience in (2, 3, 4)]
    cases += [([0.3, 0.5, 0.4, 0.6], 1), ([0.5, 0.4, 0.3], 2)]
    same_on_cases(_of_list_or_array(function), cases, _stopped, WRONG_STOPS)
    return "It never looks ahead, and it keeps the best weights, not the last."


@check
def batch_norm(function):
    """Write the function: subtract each channel's mean over the batch, divide by √(var + 0.001)."""
    rng = np.random.default_rng(0)
    batch = rng.normal([2.0, -1.0, 0.3], [1.5, 0.01, 4.0], (8, 3))  # one channel hardly varies

    def with_axis(axis, **options):
        mean, variance = batch.mean(axis, keepdims=True), batch.var(axis, keepdims=True, **options)
        return (batch - mean) / np.sqrt(variance + 0.001)

    centred, variance = batch - batch.mean(0), batch.var(0)
    wrong = {
        "This is over the channels of each image; take the mean over the batch, axis 0.": (
            with_axis(1)
        ),
        "This is over all numbers together; each channel has its own mean.": with_axis(None),
        "Divide by the square root of the variance.": centred / (variance + 0.001),
        "The 0.001 is missing: a channel that hardly varies is blown up.": (
            centred / np.sqrt(variance)
        ),
        "The 0.001 is added to the variance, under the root.": centred / (batch.std(0) + 0.001),
        "Divide the squares by n, not by n − 1: leave ddof at 0.": with_axis(0, ddof=1),
        "The mean is taken away, but nothing is divided.": centred,
        "The mean is not taken away.": batch / np.sqrt(variance + 0.001),
    }
    same(call(function, batch), with_axis(0), tolerance=1e-3, wrong=wrong)
    pair = batch[:2] * [1, 100, 1]
    truth = (pair - pair.mean(0)) / np.sqrt(pair.var(0) + 0.001)
    same(call(function, pair), truth, tolerance=1e-3)
    return "In a batch of two it leaves hardly more than a sign: about −1 and 1."


@check
def forgiven(answer):
    """Put True for each change after which the label still holds, and False for the others."""
    truth = np.array([right for right, _ in FORGIVEN])
    answer = as_array(answer)
    if answer.shape != truth.shape or answer.dtype.kind == "U":
        raise WrongAnswerError("Expected five of True and False, in the order of the list.")
    if not np.isin(answer, (0, 1)).all():
        raise WrongAnswerError("Expected True or False for each, and nothing in between.")
    if (answer != truth).all():
        raise WrongAnswerError("All five are turned: True means that the label still holds.")
    hints = [why for said, (right, why) in zip(answer, FORGIVEN, strict=True) if said != right]
    if hints:
        raise WrongAnswerError(" ".join(hints))
    return "What an augmentation may do is a question to the doctor, not to the network."
