"""Typical wrong answers to the exercises of lesson 21, by their hint, and the right ones."""

import math

import numpy as np

PIXELS = 96 * 96
CODE = 12 * 12 * 8


def _pairs(*codes):
    """Return the pairs of one who has this code length, with the ratio from it or the right one."""
    return [pair for code in codes for pair in ((code, PIXELS / code), (code, PIXELS / CODE))]


WRONG_CODES = {  # a hint → all pairs it fits
    "The two numbers are swapped: first the length of the code.": [(PIXELS / CODE, CODE)],
    "The second number is turned over: a number of the code stands for several pixels.": (
        [(CODE, CODE / PIXELS), (CODE, 100 * CODE / PIXELS)]
    ),
    "The channels are missing: at each place of the last map stand 8 numbers, not one.": (
        _pairs(12 * 12)
    ),
    "The length is right. So many pixels come to each place of the last map, and there its 8 "
    "numbers share them.": [(CODE, PIXELS / 12**2)],
    "This is a side of the last map; the code has all places and all channels.": _pairs(12),
    "Only one side of the map is there: it is as wide as it is high.": _pairs(12 * 8),
    "Each of the three convolutions halves height and width; you halved once.": (
        _pairs(48 * 48 * 8, 48**2)
    ),
    "Each of the three convolutions halves height and width; you halved twice.": (
        _pairs(24 * 24 * 8, 24**2)
    ),
    "Each of the three convolutions halves height and width; you halved four times.": (
        _pairs(6 * 6 * 8, 6**2)
    ),
    "You halved the number of pixels: stride 2 halves the height and the width, so a quarter "
    "is left each time.": _pairs(PIXELS),
    "Only the last convolution's channels are in the code: each convolution makes new ones "
    "from all before it, they do not multiply.": _pairs(12 * 12 * 8**3),
    "This is without padding. The lesson's convolutions pad, so stride 2 halves exactly.": (
        _pairs(11 * 11 * 8)
    ),
    "A slice is grey and has one number a pixel; you counted three colours.": (
        [(CODE, 3 * PIXELS / CODE), (3 * CODE, PIXELS / CODE / 3), (3 * CODE, PIXELS / CODE)]
    ),
    "The second number is all pixels; share them out among the numbers of the code.": (
        [(CODE, PIXELS)]
    ),
}


def _floored(taken, level=0.1):
    """Return √(m² − taken), or 0, of the three measured values."""
    return tuple(math.sqrt(max(m * m - taken, 0)) for m in (0.1, 0.2, 0.5))


FLOORED = _floored(2 * 0.1**2)


def _less(number):
    """Return m less a number, as it is and with 0 for what is negative."""
    left = np.array([0.1, 0.2, 0.5]) - number
    return left, np.maximum(left, 0)


WRONG_FLOORS = {  # a hint → all triples it fits
    "The root is missing: these are squares, and an image holds brightness.": (
        [(0, 0.02, 0.23), (-0.01, 0.02, 0.23)]
    ),
    "You took level² away once. Two parts are noisy, the real and the imaginary one, and each "
    "adds its own.": [_floored(0.1**2)],
    "Squares add, lengths do not: take squares from the square, and the root last.": (
        [_floored(2 * 0.1), *_less(2 * 0.1), *_less(math.sqrt(2) * 0.1)]
    ),
    "level · √(π / 2) is what black looks like. Elsewhere the noise lifts less, because it is "
    "the squares that add: work with them.": _less(0.1 * math.sqrt(math.pi / 2)),
    "You took the level away from the length. It is the squares that add.": [(0, 0.1, 0.4)],
    "The level is 0.1 here; 0.08 is the lesson's.": [_floored(2 * 0.08**2)],
    "Only the level is squared, the 2 is not: it counts the noisy parts.": [_floored(0.2**2)],
    "Noise has lifted the measured square, so its share must be taken away; you added it.": (
        [_floored(-2 * 0.1**2)]
    ),
    "The first square is smaller than the floor. Less than black there is not: put 0.": (
        [(0.1, *FLOORED[1:]), (-0.1, *FLOORED[1:])]
    ),
}


def _priced(term):
    """Return the sum over m, v = 1, 1 and 0, 0.25."""
    return term(1, 1) + term(0, 0.25)


def price(m, v):
    """Return what one number of the code costs."""
    return (m**2 + v - 1 - math.log(v)) / 2


PRICE = _priced(price)
WRONG_PRICES = {  # a hint → all numbers it fits
    "The half is missing: each number of the code costs half of its bracket.": [2 * PRICE],
    "This is the mean; the code costs what its numbers cost together, so add them.": [PRICE / 2],
    "ln is the natural logarithm, np.log; you took np.log10.": (
        [_priced(lambda m, v: (m**2 + v - 1 - math.log10(v)) / 2)]
    ),
    "ln is the natural logarithm, np.log; you took np.log2.": (
        [_priced(lambda m, v: (m**2 + v - 1 - math.log2(v)) / 2)]
    ),
    "v is the variance as it stands; you took its root, the spread.": (
        [
            _priced(lambda m, v: price(m, v**0.5)),
            _priced(lambda m, v: (m**2 + v - 1 - math.log(v**0.5)) / 2),
            _priced(lambda m, v: (m**2 + v**0.5 - 1 - math.log(v)) / 2),
        ]
    ),
    "v is the variance already; you squared it.": [_priced(lambda m, v: price(m, v**2))],
    "The logarithm is taken away: ln of a small v is negative, so to be exact costs more. "
    "You added it.": [_priced(lambda m, v: (m**2 + v - 1 + math.log(v)) / 2)],
    "This is the price of the first number of the code alone; the second has one, too.": (
        [price(1, 1)]
    ),
    "This is the price of the second number alone: the first pays for its mean.": [price(0, 0.25)],
    "The −1 is missing: without it even a cloud that tells nothing would cost something.": (
        [_priced(lambda m, v: price(m, v) + 0.5)]
    ),
    "The −1 is there once; each number of the code has its own.": [PRICE + 0.5],
    "The logarithm is missing: without it a cloud could shrink to a point for nothing.": (
        [_priced(lambda m, v: (m**2 + v - 1) / 2)]
    ),
    "A price is never negative: the sign is turned.": [-PRICE],
}


def draw(mean, log_variance, noise):
    """Return the code that this noise draws."""
    return mean + np.exp(log_variance / 2) * noise


WRONG_DRAWS = {  # m: mean, s: log_variance, e: noise
    "You stretched the noise by the variance; a normal cloud is as wide as its spread.": (
        lambda m, s, e: m + np.exp(s) * e
    ),
    "What you are given is a logarithm, which can be negative; a spread cannot.": (
        lambda m, s, e: m + s * e,
        lambda m, s, e: m + s / 2 * e,
    ),
    "The root of v has half the logarithm of v; you doubled it.": (
        lambda m, s, e: m + np.exp(2 * s) * e
    ),
    "This is the root of exp of half the logarithm: the root is taken twice.": (
        lambda m, s, e: m + np.exp(s / 4) * e
    ),
    "The spread is turned over: a larger variance must give a wider cloud.": (
        lambda m, s, e: m + np.exp(-s / 2) * e
    ),
    "The mean is missing: every cloud would lie at 0.": lambda m, s, e: np.exp(s / 2) * e,
    "The mean comes as it is; only of the variance are you given the logarithm.": (
        lambda m, s, e: np.exp(m) + np.exp(s / 2) * e,
        lambda m, s, e: np.exp(m + s / 2 * e),
        lambda m, s, e: np.exp(m) + np.exp(s) * e,
    ),
    "The noise is added twice: it goes through the spread alone.": (
        lambda m, s, e: m + e + np.exp(s / 2) * e,
        lambda m, s, e: m + e + np.exp(s / 2) + e,
    ),
    "The noise is added to the spread. Stretch it instead: multiply.": (
        lambda m, s, e: m + np.exp(s / 2) + e,
        lambda m, s, e: m + np.exp(s) + e,
    ),
    "The mean is stretched too: then the middle of the cloud would be thrown about.": (
        lambda m, s, e: (m + np.exp(s / 2)) * e,
        lambda m, s, e: m * e + np.exp(s / 2),
        lambda m, s, e: np.exp(s / 2) * (m + e),
    ),
    "The variance is not used: every cloud would be equally wide.": lambda m, s, e: m + e,
    "This is the mean. It is right when nothing trains; here the noise is wanted.": (
        lambda m, s, e: m
    ),
    "The noise is taken away; add it.": lambda m, s, e: m - np.exp(s / 2) * e,
    "The logarithm is the natural one: turn it back with np.exp, not with a power of 10.": (
        lambda m, s, e: m + 10 ** (s / 2) * e
    ),
}
WRONG_DRAWS_ABOVE_0 = {  # where a logarithm is negative these are nan
    "You took the root of the logarithm. First comes the variance, then its root; and a "
    "logarithm can be negative, which has no root.": (lambda m, s, e: m + s**0.5 * e,),
    "np.log takes the logarithm of the logarithm. What turns a logarithm back is np.exp.": (
        lambda m, s, e: m + np.log(s) * e,
        lambda m, s, e: m + np.log(s) / 2 * e,
        lambda m, s, e: m + np.log(s / 2) * e,
        lambda m, s, e: m + np.log(s) ** 0.5 * e,
        lambda m, s, e: m + np.log(s**0.5) * e,
    ),
}


def weight(spread, pixels):
    """Return by what the price is multiplied when the error is a mean over the pixels."""
    return 2 * spread**2 / pixels


WRONG_WEIGHTS = {  # s: spread, n: pixels
    "The 2 is missing: the error counts sum of squares / (2 · spread²).": lambda s, n: s**2 / n,
    "The 2 stands on the wrong side of the line: what divides the error multiplies the price.": (
        lambda s, n: s**2 / (2 * n)
    ),
    "The spread is not squared, but errors are: the two would have different units.": (
        lambda s, n: 2 * s / n,
        lambda s, n: s / n,
    ),
    "Only the spread is squared, the 2 is not.": lambda s, n: 4 * s**2 / n,
    "The pixels are missing: this is for a sum over the pixels, the loss is a mean.": (
        lambda s, n: 2 * s**2,
        lambda s, n: s**2,
    ),
    "Upside down: the more noise is allowed, the less an error counts, and the more the price.": (
        lambda s, n: n / (2 * s**2),
        lambda s, n: n / s**2,
        lambda s, n: 1 / (2 * s**2 * n),
    ),
    "This is what the error is multiplied by; what is left for the price?": (
        lambda s, n: 1 / (2 * s**2)
    ),
    "You divided by one side of the image; the mean is over all its pixels.": (
        lambda s, n: 2 * s**2 / math.sqrt(n)
    ),
    "The mean divides by the pixels, so the price is divided too; you multiplied.": (
        lambda s, n: 2 * s**2 * n
    ),
    "// drops what is behind the point: divide with /.": lambda s, n: 2 * s**2 // n,
    "This is the number of the lesson; work with what the function is given.": (
        lambda s, n: weight(0.15, 1024),
        lambda s, n: weight(0.15, 64**2),
    ),
    "0.15 is the spread in the lesson; take the one that the function is given.": (
        lambda s, n: weight(0.15, n),
        lambda s, n: 0.15**2 / n,
        lambda s, n: 2 * 0.15 / n,
        lambda s, n: 2 * 0.15**2,
    ),
    "You took the pixels of an image of the lesson; take the number that the function is given.": (
        lambda s, n: weight(s, 1024),
        lambda s, n: weight(s, 64**2),
        lambda s, n: s**2 / 1024,
        lambda s, n: 2 * s / 1024,
    ),
}


def direction(codes, labels):
    """Return the mean code with a lesion less the mean code without one."""
    return codes[labels == 1].mean(0) - codes[labels == 0].mean(0)


def _unit(codes, labels):
    return direction(codes, labels) / np.linalg.norm(direction(codes, labels))


def _of_halves(value):
    """Return a function that takes the difference of some value of the two groups."""
    return lambda codes, labels: value(codes[labels == 1]) - value(codes[labels == 0])


WRONG_DIRECTIONS = {  # c: codes, y: labels
    "Turned round: this leads from the lesion to health.": lambda c, y: -direction(c, y),
    "You took the mean over everything: keep one number for each number of the code, axis 0.": (
        _of_halves(np.mean)
    ),
    "This is a place, the middle of the codes with a lesion. A direction needs a start: where "
    "do those without lie?": lambda c, y: c[y == 1].mean(0),
    "This is a place, the middle of the codes without a lesion; a direction needs two.": (
        lambda c, y: c[y == 0].mean(0)
    ),
    "You start at the mean of all codes. It has the lesions in it, so the step is too short.": (
        lambda c, y: c[y == 1].mean(0) - c.mean(0)
    ),
    "These are sums: a group of more patients would pull more. Take means.": (
        _of_halves(lambda codes: codes.sum(0))
    ),
    "Keep the length: one step is one lesion. You made it 1.": _unit,
    "Keep the length: one step is one lesion. You divided by the spread of the codes.": (
        lambda c, y: direction(c, y) / c.std(0),
        lambda c, y: direction(c, y) / c.std(0, ddof=1),
    ),
    "These are medians; the mean of the codes was asked for, which uses all of them.": (
        _of_halves(lambda codes: np.median(codes, 0))
    ),
    "Labels are taken as places, so two of the codes come again and again. Compare: labels == 1.": (
        lambda c, y: c[y].mean(0) - c[~y].mean(0),
        lambda c, y: c[y].mean(0) - c[1 - y].mean(0),
    ),
}
