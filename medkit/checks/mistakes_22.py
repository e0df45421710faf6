"""Typical wrong answers to the exercises of lesson 22, by their hint, and the right ones."""

import math

import numpy as np

GAME = {  # the number's name → what it is
    "The first number, D": 0.3 / (0.3 + 0.1),
    "The second number, the loss": 2 * math.log(2),
    "The third number, LSGAN's loss": 0.5,
}
WRONG_GAMES = (  # for each of the three: a hint → all numbers it fits
    {
        "D is the share of the real data; this is the share of the fakes.": [0.25],
        "This is the ratio of the two densities. D is a share: divide by their sum.": [3, 1 / 3],
        "D is 0.5 at the end of the game. At this place real data are still three times as "
        "dense.": [0.5],
        "This is a density, or what two of them make. D is a share: real / (real + fake).": (
            [0.3, 0.1, 0.4, 0.2, 0.03]
        ),
        "D is a share from 0 to 1, not percent.": [75],
        "D is a share from 0 to 1, no logarithm.": [math.log(3), math.log(0.75), -math.log(0.75)],
    },
    {
        "The loss has two terms, one of real data and one of fakes: add both.": [math.log(2)],
        "The loss takes the natural logarithm; this is the one to base 10.": (
            [2 * math.log10(2), math.log10(2)]
        ),
        "The loss takes the natural logarithm; this is the one to base 2.": [2, 1],
        "The loss is not negative: the logarithm of 0.5 is, and the minus turns it.": (
            [-2 * math.log(2), -math.log(2), -2 * math.log10(2), -2]
        ),
        "Both logarithms of the loss are taken away. Yours cancel each other.": [0],
        "The loss is asked for at the end of the game, where D is 0.5 and no longer 0.75.": (
            [-2 * math.log(0.75), -math.log(0.75 * 0.25), -math.log(0.75)]
        ),
    },
    {
        "LSGAN's loss has two terms, (0.5 − 1)² and 0.5²: add them.": [0.25],
        "LSGAN squares both distances: 0.5² is 0.25.": [1, 0],
        "LSGAN's loss adds the two squares: nothing in it is negative.": [-0.5, -0.25],
        "LSGAN's loss is asked for at the end, where it answers 0.5 on real data and on fakes.": (
            [0.25**2 + 0.75**2, 2 * 0.25**2]
        ),
        "LSGAN's loss has no logarithm: only squares.": [2 * math.log(2), math.log(2)],
    },
)

GROWN = {"The first side, (a)": 28, "The second side, (b)": 6, "The third side, (c)": 1}


def _unpadded(side, kernel):
    """Return the sides after the two steps and the last one, without padding or with its end."""
    for _ in range(2):
        side = (side - 1) * 2 + kernel
    return side, side + kernel - 1


WRONG_GROWN = (
    {
        "(a) The third convolution has stride 1, so it keeps the size; you doubled three times.": (
            [56]
        ),
        "(a) Two of them have stride 2; you doubled once.": [14],
        "(a) A transposed convolution of stride 2 doubles; you kept the size.": [7],
        "(a) A transposed convolution makes the grid larger; you made it smaller.": (
            [7 / 4, 3.5, 4, 2, 1]
        ),
        "(a) Doubled means times 2, and then times 2 again; you added.": [21, 9, 11],
        "(a) Times 2 for each of the two steps, 2 · 2 in all; you multiplied by more.": [112, 42],
        "(a) The pixels along one side were asked for, not all of them.": [28 * 28],
        '(a) With padding "same", each step makes exactly stride times as many; no kernel is added '
        "or taken away.": [
            27,
            29,
            24,
            25,
            26,
            30,
            32,
            *(s for k in (2, 3, 4, 5) for s in _unpadded(7, k) if s != 28),
        ],
    },
    {
        "(b) Four doublings, so halve four times; you halved three times.": [12],
        "(b) Four doublings make 2 · 2 · 2 · 2 = 16 times as many, not 4.": [24],
        "(b) Four doublings, so halve four times; you halved once.": [48],
        "(b) Four doublings, so halve four times; you halved five times.": [3],
        "(b) The start is smaller than the head: divide by 16, do not multiply.": (
            [1536, 768, 384, 192]
        ),
        "(b) A doubling multiplies, so divide by 2 four times; you took something away.": (
            [88, 92, 80]
        ),
        "(b) The pixels along one side were asked for, not all of them.": [36],
    },
    {
        "(c) Three convolutions, so halve three times; you halved twice.": [2],
        "(c) Three convolutions, so halve three times; you halved once.": [4],
        '(c) Padding "same" rounds up, so at least one pixel is always left; without padding '
        "nothing would be.": [0],
        "(c) These are no transposed convolutions: stride 2 halves here. That is what is wrong "
        "with the article's generator.": [64, 16, 32, 128],
        "(c) There are no parts of pixels, and the start is 8 here, not the article's 7.": (
            [7 / 8, 7 / 4, 3.5]
        ),
        "(c) Stride 2 halves a side; you made it smaller than that.": [1 / 8, 0.5, 0.25],
        "(c) A convolution of stride 2 halves; you kept the size.": [8],
    },
)


def _length(g, **options):
    """Return the length of each row."""
    return np.linalg.norm(g, axis=1, **options)


def penalty(g):
    """Return the gradient penalty of (n, d) gradients."""
    return np.mean((_length(g) - 1) ** 2)


WRONG_PENALTIES = {
    "The root is missing: the length is the root of the sum of squares.": (
        lambda g: np.mean((_length(g) ** 2 - 1) ** 2),
        lambda g: np.mean(_length(g) ** 2 - 1),
    ),
    "You took the mean of the lengths first: one too long and one too short would cancel. "
    "Square each row's distance from 1, then take the mean.": lambda g: (
        (np.mean(_length(g)) - 1) ** 2
    ),
    "This is one length of the whole batch: each input has a gradient, so take a length for "
    "each row, axis=1.": (
        lambda g: (np.linalg.norm(g) - 1) ** 2,
        lambda g: (np.linalg.norm(g) - 1) ** 2 / len(g),
    ),
    "Too short is punished too: (length − 1)² on both sides. Yours is the one-sided variant.": (
        lambda g: np.mean(np.maximum(_length(g) - 1, 0) ** 2)
    ),
    "This punishes only what is too short; too long counts as well.": (
        lambda g: np.mean(np.minimum(_length(g) - 1, 0) ** 2)
    ),
    "This is a sum: take the mean over the batch.": lambda g: np.sum((_length(g) - 1) ** 2),
    "The target of the length is 1 here; 0 is the target of another penalty, R1.": (
        lambda g: np.mean(_length(g) ** 2),
        lambda g: np.mean(_length(g) ** 2) / 2,
        lambda g: np.mean(_length(g)),
    ),
    "You took the lengths down the batch, axis 0; each row is the gradient of one input, so "
    "axis=1.": (
        lambda g: np.mean((np.linalg.norm(g, axis=0) - 1) ** 2),
        lambda g: (np.linalg.norm(g.mean(0)) - 1) ** 2,
    ),
    "You held each number of the gradient against 1. It is the length of the row that is to be "
    "1.": (
        lambda g: np.mean((g - 1) ** 2),
        lambda g: np.mean((np.abs(g) - 1) ** 2),
        lambda g: np.mean(np.sum((g - 1) ** 2, 1)),
    ),
    "The square is missing: (length − 1)².": lambda g: np.mean(_length(g) - 1),
    "You took np.abs of length − 1; square it.": lambda g: np.mean(np.abs(_length(g) - 1)),
    "This is the sum of the absolute numbers of a row. A length is the root of the sum of "
    "squares.": lambda g: np.mean((_length(g, ord=1) - 1) ** 2),
    "This is a row's largest number, not its length.": (
        lambda g: np.mean((_length(g, ord=np.inf) - 1) ** 2)
    ),
    "Under the root belongs the sum of the squares; you took their mean.": (
        lambda g: np.mean((np.sqrt(np.mean(g**2, axis=1)) - 1) ** 2)
    ),
    "You squared the mean, or took a root at the end: the mean of the squares is wanted.": (
        lambda g: penalty(g) ** 0.5,
        lambda g: penalty(g) ** 2,
    ),
    "The weight of the penalty, 10 in the paper, is multiplied outside of this function.": (
        lambda g: 10 * penalty(g)
    ),
    "No ½: the mean of the squares as it is.": lambda g: penalty(g) / 2,
}
