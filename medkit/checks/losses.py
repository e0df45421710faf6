"""Judge the two losses of a GAN by least squares, and name what is wrong with them."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, close
from medkit.checks.cases import same_on_cases
from medkit.checks.pairs import pairs, refuse_no_pair


def _batches(low, high, *sizes):
    """Return a discriminator's answers on batches of these sizes."""
    rng = np.random.default_rng(22 + sum(sizes))
    return tuple(rng.uniform(low, high, size).round(2) for size in sizes)


INSIDE = _batches(0.05, 0.95, 4, 4)  # where logarithms are numbers
ALIKE = [_batches(-2, 3, 4, 4), _batches(-2, 3, 3, 3)]
ALIKE.append(tuple(batch.astype(np.float32) for batch in _batches(-2, 3, 5, 5)))
UNLIKE = [_batches(-2, 3, 5, 3), _batches(-2, 3, 2, 6)]

HALF = "This is half of it: the lesson leaves out the paper's ½, and each batch has its own mean."
JOINED = (
    "This is one mean of both batches joined. Take two means and add them: the batches may differ "
    "in length, and the shorter one counts as much."
)
SUMS = "These are sums: a larger batch would pull more. Take means."
BARE = "The square is missing: what is too small and what is too large would cancel each other."
ABSOLUTE = "You took np.abs. Least squares squares: what is far off counts most."
LATE = "You squared the mean. Square each answer's distance first, then take the mean."
ROOT = "No root at the end: the mean of the squares is the loss."
ENTROPY = "This is the cross-entropy of the first GAN; least squares needs no logarithm."
CRITIC = "This is what a WGAN's critic and its generator take; here a distance is squared."


def _softplus(x):
    """Return log(1 + eˣ), the cross-entropy of an answer before the sigmoid."""
    return np.log1p(np.exp(x))


def _discriminator(r, f):
    """Return LSGAN's loss of the discriminator, from its answers on real data and on fakes."""
    return np.mean((r - 1) ** 2) + np.mean(f**2)


def _generator(r, f):
    """Return LSGAN's loss of the generator."""
    return np.mean((f - 1) ** 2)


def _both(r, f):
    return _discriminator(r, f), _generator(r, f)


OF_GENERATOR = {
    "": _generator,
    "The generator pulls its fakes to 1, so that they pass as real; you pull them to 0.": (
        lambda r, f: np.mean(f**2)
    ),
    "The generator's loss is of the fakes, on_fake; you took on_real.": (
        lambda r, f: np.mean((r - 1) ** 2),
        lambda r, f: np.mean(r**2),
    ),
    "The generator has no part in the real data: its loss is of the fakes alone.": (
        lambda r, f: np.mean((r - 1) ** 2) + np.mean((f - 1) ** 2),
        lambda r, f: np.mean(r**2) + np.mean((f - 1) ** 2),
    ),
    "The generator's loss is not the discriminator's with a minus: it has a target of its "
    "own, 1.": (
        lambda r, f: -np.mean(f**2),
        lambda r, f: -_discriminator(r, f),
        lambda r, f: -np.mean((f - 1) ** 2),
    ),
    HALF: lambda r, f: _generator(r, f) / 2,
    SUMS: lambda r, f: np.sum((f - 1) ** 2),
    BARE: (lambda r, f: np.mean(f - 1), lambda r, f: np.mean(1 - f)),
    ABSOLUTE: lambda r, f: np.mean(np.abs(f - 1)),
    LATE: lambda r, f: (np.mean(f) - 1) ** 2,
    ROOT: lambda r, f: _generator(r, f) ** 0.5,
    CRITIC: lambda r, f: -np.mean(f),
}
WRONG_LOSSES = pairs(
    {
        "": _discriminator,
        "The discriminator's targets are turned round: real data are to be 1, fakes 0.": (
            lambda r, f: np.mean(r**2) + np.mean((f - 1) ** 2)
        ),
        "For the discriminator fakes are to be 0; that they be 1 is the generator's wish.": (
            lambda r, f: np.mean((r - 1) ** 2) + np.mean((f - 1) ** 2)
        ),
        "For the discriminator real data are to be 1; you pull both to 0.": (
            lambda r, f: np.mean(r**2) + np.mean(f**2)
        ),
        "The discriminator's targets are 1 and 0 here, not 1 and −1.": (
            lambda r, f: np.mean((r - 1) ** 2) + np.mean((f + 1) ** 2)
        ),
        "The discriminator's loss has two terms; the fakes are missing.": (
            lambda r, f: np.mean((r - 1) ** 2)
        ),
        "The discriminator's loss has two terms; the real data are missing.": lambda r, f: np.mean(
            f**2
        ),
        "Both terms of the discriminator's loss are added; you took one away.": (
            lambda r, f: np.mean((r - 1) ** 2) - np.mean(f**2),
            lambda r, f: np.mean(f**2) - np.mean((r - 1) ** 2),
        ),
        HALF: lambda r, f: _discriminator(r, f) / 2,
        SUMS: lambda r, f: np.sum((r - 1) ** 2) + np.sum(f**2),
        BARE: (lambda r, f: np.mean(r - 1) + np.mean(f), lambda r, f: np.mean(1 - r) + np.mean(f)),
        ABSOLUTE: lambda r, f: np.mean(np.abs(r - 1)) + np.mean(np.abs(f)),
        LATE: lambda r, f: (np.mean(r) - 1) ** 2 + np.mean(f) ** 2,
        ROOT: (
            lambda r, f: np.mean((r - 1) ** 2) ** 0.5 + np.mean(f**2) ** 0.5,
            lambda r, f: _discriminator(r, f) ** 0.5,
        ),
        CRITIC: (lambda r, f: np.mean(f) - np.mean(r), lambda r, f: np.mean(r) - np.mean(f)),
    },
    OF_GENERATOR,
)
WRONG_LOSSES |= {
    "The pair is turned round: first the discriminator's loss, then the generator's.": (
        lambda r, f: _both(r, f)[::-1]
    ),
    "Right from 0 to 1, but these answers have no sigmoid and no bounds: do not clip them.": (
        lambda r, f: _both(np.clip(r, 0, 1), np.clip(f, 0, 1))
    ),
}

WRONG_JOINED = pairs(  # told from half of the right loss where lengths differ
    {JOINED: lambda r, f: np.mean(np.concatenate([(r - 1) ** 2, f**2]))}, OF_GENERATOR
)
WRONG_ENTROPIES = pairs(  # between 0 and 1 alone
    {
        "": _discriminator,
        ENTROPY: (
            lambda r, f: -np.mean(np.log(r)) - np.mean(np.log(1 - f)),
            lambda r, f: -(np.mean(np.log(r)) + np.mean(np.log(1 - f))) / 2,
            lambda r, f: np.mean(_softplus(-r)) + np.mean(_softplus(f)),
        ),
    },
    {
        "": _generator,
        ENTROPY: (
            lambda r, f: -np.mean(np.log(f)),
            lambda r, f: np.mean(np.log(1 - f)),
            lambda r, f: np.mean(_softplus(-f)),
        ),
    },
)


def _refuse(answer, batches, wrong):
    """Stop with the hint of the first mistake that gives this answer on these batches."""
    for hint, mistakes in wrong.items():
        if hint and any(close(answer, np.array(mistake(*batches))) for mistake in mistakes):
            raise WrongAnswerError(hint)


def refuse_losses(function):
    """Stop with the likely reason unless a function returns LSGAN's two losses.

    Args:
        function: the learner's, of the answers on real data (n,) and on fakes (k,).

    Raises:
        WrongAnswerError: with the hint of the mistake.
    """
    refuse_no_pair(function, *INSIDE)
    _refuse(as_array(call(function, *INSIDE)), INSIDE, WRONG_ENTROPIES)
    try:
        unlike = as_array(call(function, *UNLIKE[0]))
    except WrongAnswerError:  # it takes one length alone: said below, if that is all
        unlike = np.array([])
    _refuse(unlike, UNLIKE[0], WRONG_JOINED)
    same_on_cases(function, ALIKE, _both, WRONG_LOSSES)
    try:
        same_on_cases(function, UNLIKE, _both, {})
    except WrongAnswerError as error:
        raise WrongAnswerError(
            "Right if both batches have one length, but they may differ. Take a mean of each and "
            "add the two."
        ) from error
