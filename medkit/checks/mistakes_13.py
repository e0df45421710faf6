"""Typical wrong answers to the exercises of lesson 13, by their hint, and the right ones."""

import math

import numpy as np


def neuron(z, y=0):
    """Return the loss of a neuron with this score and label, its gradient by w (x = 2) and by b."""
    p = 1 / (1 + math.exp(-z))
    return -math.log(p if y else 1 - p), 2 * (p - y), p - y


LOSS, _, P = neuron(2 * 1 - 1)

WRONG_NEURONS = {  # all three numbers
    "These are the numbers of the lesson's own example.": neuron(0, y=1),
    "You took y = 1. Here y is 0: the loss is −ln(1 − p), and p − y is p.": neuron(1, y=1),
    "The minus in e^(−z) is missing: this is 1 − p in place of p.": neuron(-1),
    "The bias is missing: z = 2 · 1 − 1.": neuron(2),
    "The bias is −1, you added 1.": neuron(3),
}
WRONG_LOSSES = {
    "The loss is that of y = 1; with y = 0 it is −ln(1 − p).": -math.log(P),
    "The minus before the logarithm is missing.": -LOSS,
    "The first number is p; the loss is a logarithm.": P,
    "The first number is 1 − p; the loss is its logarithm, with a minus.": 1 - P,
    "The logarithm is the natural one, np.log; you took np.log10.": LOSS / math.log(10),
    "The logarithm is the natural one, np.log; you took np.log2.": LOSS / math.log(2),
    "The first number is a squared error; the loss is a logarithm.": P**2,
}
WRONG_GRADIENTS = {  # by w and by b
    "The sign of the gradients is turned: with y = 0, p − y is above 0.": (-2 * P, -P),
    "The gradient by w is (p − y) times x; the x is missing.": (P, P),
    "The gradients by w and by b are swapped: the x belongs to w.": (P, 2 * P),
    "The gradients are those of y = 1; with y = 0, p − y is p.": (2 * P - 2, P - 1),
    "This is the slope of p alone; the loss has a slope of its own.": (
        (2 * P * (1 - P), P * (1 - P))
    ),
    "These are the gradients of a squared error.": (4 * P**2 * (1 - P), 2 * P**2 * (1 - P)),
    "These are the gradients of half a squared error.": (2 * P**2 * (1 - P), P**2 * (1 - P)),
}


def best_rate(curvatures):
    """Return the learning rate with which the steepest and the flattest shrink alike."""
    return 2 / (np.max(curvatures) + np.min(curvatures))


WRONG_RATES = {  # of the curvatures
    "This is the limit: the steepest direction jumps from side to side for ever.": (
        lambda c: 2 / np.max(c)
    ),
    "The steepest direction arrives at once, and the flattest waits: a larger rate is better.": (
        lambda c: 1 / np.max(c)
    ),
    "The flattest direction arrives at once; the steepest flies away.": lambda c: 1 / np.min(c),
    "This is the limit of the flattest direction; the steepest flies away.": (
        lambda c: 2 / np.min(c)
    ),
    "The mean does not help: the directions in between never shrink slowest.": (
        (lambda c: 1 / np.mean(c), lambda c: 2 / np.mean(c), lambda c: 1 / np.median(c))
    ),
    "This is right for two directions only: not the sum of all, two of them count.": (
        lambda c: 2 / np.sum(c)
    ),
    "You took the first and the last curvature; they come in any order.": (
        lambda c: 2 / (c[0] + c[-1])
    ),
    "Half of the best: set rate · largest − 1 equal to 1 − rate · smallest.": (
        lambda c: best_rate(c) / 2
    ),
    "Add the two curvatures: rate · largest − 1 is equal to 1 − rate · smallest.": (
        lambda c: 2 / np.ptp(c)
    ),
    "Turned over: the steeper, the smaller the rate.": lambda c: 1 / best_rate(c),
    "This is by how much the slowest direction shrinks; the rate was asked for.": (
        lambda c: 1 - best_rate(c) * np.min(c)
    ),
}


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
    "The warm-up goes up to 1, not to the peak.",
    "The π is missing: half a wave is np.pi long.",
)


def schedules(steps, warm_up, peak):
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
        joined(falling(np.pi * done), first=step / warm_up),
        joined(falling(done)),
    )


def stopped(losses, patience):
    """Return the epoch after which training stops, and the one whose weights are kept."""
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


def _one_beyond(losses, patience):
    stop, best = stopped(losses, patience)
    return stop if stop - best >= patience else len(losses), best


WRONG_STOPS = {  # of the losses and the patience
    "The two are swapped: first where training stops, then which weights are kept.": (
        lambda losses, patience: stopped(losses, patience)[::-1]
    ),
    "The best epoch is looked for in the whole list; training, once stopped, cannot see its end.": (
        lambda losses, patience: (stopped(losses, patience)[0], np.argmin(losses))
    ),
    "You stop an epoch late: stop when the best is `patience` epochs old.": (
        lambda losses, patience: stopped(losses, patience + 1)
    ),
    "You stop an epoch early: stop when the best is `patience` epochs old.": (
        lambda losses, patience: stopped(losses, patience - 1)
    ),
    "Each epoch is compared with the one before; compare it with the best.": _worse_than_before,
    "The count begins anew at each new best; yours goes on.": _never_reset,
    "The kept weights are the best, not the last.": (
        lambda losses, patience: [stopped(losses, patience)[0]] * 2
    ),
    "Epochs are counted from 0; you begin at 1.": (
        lambda losses, patience: np.add(stopped(losses, patience), 1),
        lambda losses, patience: np.add(stopped(losses, patience), (1, 0)),
    ),
    "The second number is an epoch, not its loss.": (
        lambda losses, patience: (
            stopped(losses, patience)[0],
            losses[stopped(losses, patience)[1]],
        )
    ),
    "If it never stops early, the first is the last epoch, len(val_losses) − 1.": _one_beyond,
    "Training never stops early here; the patience is not used.": (
        lambda losses, patience: (len(losses) - 1, np.argmin(losses))
    ),
}


def _grouped(batch, groups):
    return batch.reshape(len(batch), groups, -1)


def _normed(batch, axis=-1, **options):
    mean, variance = batch.mean(axis, keepdims=True), batch.var(axis, keepdims=True, **options)
    return (batch - mean) / np.sqrt(variance + 0.001)


def normed_by_group(batch, groups):
    """Return (n, channels), normalised over each group of neighbouring channels of each image."""
    return _normed(_grouped(batch, groups)).reshape(batch.shape)


def _spoilt(change):
    """Return a group norm with another last step: a function of groups, means and variances."""

    def norm(batch, groups):
        parts = _grouped(batch, groups)
        mean, variance = parts.mean(-1, keepdims=True), parts.var(-1, keepdims=True)
        return change(parts, mean, variance).reshape(batch.shape)

    return norm


def _dealt_out(batch, groups):
    return _normed(batch.reshape(len(batch), -1, groups), 1).reshape(batch.shape)


WRONG_NORMS = {  # of the batch and how many groups
    "This is batch norm: the mean is over the batch. Each image has means of its own.": (
        lambda batch, groups: _normed(batch, 0)
    ),
    "One mean of a group for all images; each image has its own.": (
        lambda batch, groups: _normed(_grouped(batch, groups), (0, 2)).reshape(batch.shape)
    ),
    "The mean is over all channels of an image: the groups are missing.": (
        lambda batch, groups: _normed(batch)
    ),
    "The mean is over all numbers together.": lambda batch, groups: _normed(batch, None),
    "Neighbours belong together: you dealt the channels out in turn, as cards.": _dealt_out,
    "The values are right; return them as (n, channels).": (
        lambda *case: _normed(_grouped(*case)),
        lambda *case: _normed(_grouped(*case)).reshape(len(case[0]) * case[1], -1),
    ),
    "The 0.001 is missing: a group that hardly varies is blown up.": (
        _spoilt(lambda x, mean, variance: (x - mean) / np.sqrt(variance))
    ),
    "The 0.001 is added to the variance, under the root.": (
        _spoilt(lambda x, mean, variance: (x - mean) / (np.sqrt(variance) + 0.001))
    ),
    "Divide by the square root of the variance.": (
        _spoilt(lambda x, mean, variance: (x - mean) / (variance + 0.001))
    ),
    "Divide the squares by the size of the group, not by one less: leave ddof at 0.": (
        lambda *case: _normed(_grouped(*case), ddof=1).reshape(case[0].shape)
    ),
    "The mean is taken away, but nothing is divided.": _spoilt(lambda x, mean, _: x - mean),
    "The mean is not taken away.": _spoilt(lambda x, _, variance: x / np.sqrt(variance + 0.001)),
}
