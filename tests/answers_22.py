"""Right answers to the exercises of lesson 22, and wrong ones with words of their hint."""

import attempts_22 as tried
import numpy as np

from medkit.metrics import coverage


class Tensor:
    """Stands for a tensor of any framework: it only knows how to become an array."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


def tensors(function):
    """Return a function whose pair comes as two tensors."""
    return lambda *arguments: tuple(Tensor(part) for part in function(*arguments))


RIGHT = [
    (
        "game_by_hand",
        [
            (0.75, 1.386, 0.5),
            [3 / 4, 1.39, 0.5],
            np.array([0.75, np.log(4), 0.5], np.float32),
            Tensor([0.3 / 0.4, -np.log(0.5) - np.log(1 - 0.5), 0.25 + 0.25]),
        ],
    ),
    (
        "grown",
        [
            (28, 6, 1),
            [28.0, 6.0, 1.0],
            np.array([7 * 2 * 2, 96 // 2**4, 8 >> 3]),
            Tensor([28, 6, 1]),
        ],
    ),
    (
        "least_squares",
        [
            lambda r, f: (np.mean((r - 1) ** 2) + np.mean(f**2), np.mean((f - 1) ** 2)),
            tried.squares_in_a_loop,
            tried.squares_of_lists,
            tried.squares_by_variance,
            tried.squares_in_keras,
            tensors(tried.squares_in_a_loop),
        ],
    ),
    (
        "gradient_penalty",
        [
            lambda g: np.mean((np.linalg.norm(g, axis=1) - 1) ** 2),
            lambda g: np.mean((1 - np.sqrt(np.sum(g**2, axis=-1, keepdims=True))) ** 2),
            tried.penalty_in_a_loop,
            tried.penalty_by_einsum,
            tried.penalty_in_keras,
            lambda g: Tensor(np.float32(tried.penalty_in_a_loop(g))),
        ],
    ),
    (
        "diagnose",
        [
            ["memorising", "collapse", "vanishing gradient", "oscillation"],
            ("memorizing", "mode collapse", "vanishing gradients", "oscillations"),
            np.array([" Memorisation", "COLLAPSE ", "Vanishing  Gradients", "oscillating"]),
            ["memorization", "Mode-Collapse", "vanishing_gradient", "Oscillation"],
            ["memorised", "collapsed", "vanished gradient", "oscillates"],
        ],
    ),
    (
        "measured",
        [
            ["variety", "quality", "too few", "copies"],
            ("Variety", "QUALITY ", "too-few", " copy"),
            np.array(["no variety", "bad quality", "Too  Few", "copied"]),
            ["varieties", "low-quality", "too_few_images", "Copying"],
        ],
    ),
    (
        "covered",
        [
            coverage,
            tried.covered_by_counter,
            tried.covered_by_scipy,
            tried.covered_with_where,
            tried.covered_by_entropy,
            tried.covered_with_a_little_more,
            tried.covered_in_keras,
            tensors(tried.covered_by_counter),
        ],
    ),
]

GAME = (0.75, 1.386, 0.5)
GROWN = (28, 6, 1)


def instead(right, place, *numbers):
    """Return right answers with another number at one place, for each of the numbers."""
    return [(*right[:place], number, *right[place + 1 :]) for number in numbers]


def tries(name, answers, words):
    """Return a triple for each answer, all of which are to get this hint."""
    return [(name, answer, words) for answer in answers]


def loss_d(discriminator):
    return tried.losses(discriminator, tried.good_generator)


def loss_g(generator):
    return tried.losses(tried.good_discriminator, generator)


def scaled(function, factor):
    return lambda *arguments: tuple(factor * part for part in function(*arguments))


mean = np.mean
MEMORISING, COLLAPSE, VANISHING, SWINGING = RIGHT[4][1][0]
VARIETY, QUALITY, FEW, COPIES = RIGHT[5][1][0]

WRONG = [
    *tries("game_by_hand", instead(GAME, 0, 0.25), "share of the fakes"),
    *tries("game_by_hand", instead(GAME, 0, 3, 0.333), "divide by their sum"),
    *tries("game_by_hand", instead(GAME, 0, 0.5), "still three times"),
    *tries("game_by_hand", instead(GAME, 0, 0.3, 0.1, 0.4, 0.2, 0.03), "This is a density"),
    *tries("game_by_hand", instead(GAME, 0, 75), "not percent"),
    *tries("game_by_hand", instead(GAME, 0, np.log(3), np.log(0.75)), "no logarithm"),
    *tries("game_by_hand", instead(GAME, 0, 0.6), "The first number, D: Your answer is 0.6, wh"),
    *tries("game_by_hand", instead(GAME, 1, 0.693, 0.69), "has two terms, one of real"),
    *tries("game_by_hand", instead(GAME, 1, 0.602, 0.301), "to base 10"),
    *tries("game_by_hand", instead(GAME, 1, 2.0, 1), "to base 2"),
    *tries("game_by_hand", instead(GAME, 1, -1.386, -0.693, -0.602, -2), "loss is not negative"),
    *tries("game_by_hand", instead(GAME, 1, 0), "cancel each other"),
    *tries("game_by_hand", instead(GAME, 1, 1.674, 0.575, 0.288), "no longer 0.75"),
    *tries("game_by_hand", instead(GAME, 1, 1.5), "the loss: Your answer is 1.5, which is too la"),
    *tries("game_by_hand", instead(GAME, 2, 0.25), "(0.5 − 1)² and 0.5²: add"),
    *tries("game_by_hand", instead(GAME, 2, 1, 0), "squares both distances"),
    *tries("game_by_hand", instead(GAME, 2, -0.5), "nothing in it is negative"),
    *tries("game_by_hand", instead(GAME, 2, 0.125, 0.625), "answers 0.5 on real data and"),
    *tries("game_by_hand", instead(GAME, 2, 1.386), "only squares"),
    *tries("game_by_hand", [(0.25, 0.693, 0.5)], "fakes. The loss has two terms"),
    *tries("game_by_hand", [(1.386, 0.75, 0.5), (0.5, 1.386, 0.75)], "another order"),
    *tries("game_by_hand", [(0.75, 1.386), 0.75, ("a", "b", "c")], "Expected three numbers"),
    *tries("grown", instead(GROWN, 0, 56), "has stride 1"),
    *tries("grown", instead(GROWN, 0, 14), "doubled once"),
    *tries("grown", instead(GROWN, 0, 7), "(a) A transposed convolution of stride 2 doubles"),
    *tries("grown", instead(GROWN, 0, 1.75, 2, 3.5, 4, 1), "you made it smaller"),
    *tries("grown", instead(GROWN, 0, 21), "you added"),
    *tries("grown", instead(GROWN, 0, 112), "multiplied by more"),
    *tries("grown", instead(GROWN, 0, 784), "(a) The pixels along one side"),
    *tries("grown", instead(GROWN, 0, 27, 29, 31, 33, 34, 37, 41, 26), "no kernel is added"),
    *tries("grown", instead(GROWN, 0, 20), "(a): Your answer is 20, which is too small"),
    *tries("grown", instead(GROWN, 1, 12), "halved three times"),
    *tries("grown", instead(GROWN, 1, 24), "not 4"),
    *tries("grown", instead(GROWN, 1, 48), "halved once"),
    *tries("grown", instead(GROWN, 1, 3), "five times"),
    *tries("grown", instead(GROWN, 1, 1536, 384), "do not multiply"),
    *tries("grown", instead(GROWN, 1, 88, 92), "took something away"),
    *tries("grown", instead(GROWN, 1, 36), "(b) The pixels along one side"),
    *tries("grown", instead(GROWN, 2, 2), "(c) Three convolutions, so halve three times; you h"),
    *tries("grown", instead(GROWN, 2, 4), "halved once"),
    *tries("grown", instead(GROWN, 2, 0), "rounds up"),
    *tries("grown", instead(GROWN, 2, 64), "no transposed convolutions"),
    *tries("grown", instead(GROWN, 2, 0.875), "not the article's 7"),
    *tries("grown", instead(GROWN, 2, 0.125, 0.5), "smaller than that"),
    *tries("grown", instead(GROWN, 2, 8), "you kept the size"),
    *tries("grown", [(56, 12, 1)], "three times. (b) Four"),
    *tries("grown", [(6, 28, 1), (1, 6, 28)], "another order"),
    *tries("grown", [((28, 28), (6, 6), (1, 1))], "Height and width are alike"),
    *tries("grown", [(28, 6), 28], "Expected three numbers"),
    *tries("least_squares", [lambda r, f: tried.squares_of_lists(r, f)[::-1]], "turned round: fi"),
    *tries(
        "least_squares",
        [loss_d(lambda r, f: mean(r**2) + mean((f - 1) ** 2))],
        "targets are turned round",
    ),
    *tries(
        "least_squares",
        [loss_d(lambda r, f: mean((r - 1) ** 2) + mean((f - 1) ** 2))],
        "the generator's wish",
    ),
    *tries("least_squares", [loss_d(lambda r, f: mean(r**2) + mean(f**2))], "you pull both to 0"),
    *tries(
        "least_squares",
        [loss_d(lambda r, f: mean((r - 1) ** 2) + mean((f + 1) ** 2))],
        "not 1 and −1",
    ),
    *tries("least_squares", [loss_d(lambda r, f: mean((r - 1) ** 2))], "the fakes are missing"),
    *tries("least_squares", [loss_d(lambda r, f: mean(f**2))], "the real data are missing"),
    *tries(
        "least_squares",
        [loss_d(lambda r, f: mean((r - 1) ** 2) - mean(f**2))],
        "you took one away",
    ),
    *tries(
        "least_squares",
        [
            scaled(tried.squares_in_a_loop, 0.5),
            loss_d(lambda r, f: mean([(r - 1) ** 2, f**2])),  # stops where lengths differ
            loss_d(lambda r, f: 0.5 * tried.good_discriminator(r, f)),
            loss_g(lambda r, f: 0.5 * mean((f - 1) ** 2)),
        ],
        "leaves out the paper's ½",
    ),
    *tries(
        "least_squares",
        [
            tried.squares_of_both_joined,
            loss_d(lambda r, f: mean([*(r - 1) ** 2, *f**2])),
            loss_d(lambda r, f: (sum((r - 1) ** 2) + sum(f**2)) / (len(r) + len(f))),
        ],
        "Take two means and add them: the batches may differ in length",
    ),
    *tries(
        "least_squares",
        [lambda r, f: (tried.squares_of_both_joined(r, f)[0], mean(f**2))],
        "counts as much. The generator pulls",
    ),
    *tries(
        "least_squares",
        [
            lambda r, f: (sum((r - 1) ** 2) + sum(f**2), sum((f - 1) ** 2)),
            loss_d(lambda r, f: sum((r - 1) ** 2) + sum(f**2)),
        ],
        "These are sums",
    ),
    *tries(
        "least_squares",
        [
            lambda r, f: (mean(r - 1) + mean(f), mean(f - 1)),
            lambda r, f: (mean(1 - r) + mean(f), mean(1 - f)),
            loss_g(lambda r, f: mean(f - 1)),
        ],
        "square is missing",
    ),
    *tries(
        "least_squares",
        [lambda r, f: (mean(abs(r - 1)) + mean(abs(f)), mean(abs(f - 1)))],
        "You took np.abs",
    ),
    *tries(
        "least_squares",
        [lambda r, f: ((mean(r) - 1) ** 2 + mean(f) ** 2, (mean(f) - 1) ** 2)],
        "You squared the mean",
    ),
    *tries(
        "least_squares",
        [lambda r, f: np.sqrt(tried.squares_of_lists(r, f))],
        "No root at the end",
    ),
    *tries(
        "least_squares",
        [
            lambda r, f: (-mean(np.log(r)) - mean(np.log(1 - f)), -mean(np.log(f))),
            lambda r, f: (
                mean(np.logaddexp(0, -r)) + mean(np.logaddexp(0, f)),
                mean(np.logaddexp(0, -f)),
            ),
        ],
        "This is the cross-entropy",
    ),
    *tries(
        "least_squares",
        [loss_g(lambda r, f: -mean(np.log(f))), loss_g(lambda r, f: mean(np.log(1 - f)))],
        "This is the cross-entropy",
    ),
    *tries("least_squares", [lambda r, f: (mean(f) - mean(r), -mean(f))], "a WGAN's critic"),
    *tries("least_squares", [loss_g(lambda r, f: mean(f**2))], "you pull them to 0"),
    *tries("least_squares", [loss_g(lambda r, f: mean((r - 1) ** 2))], "you took on_real"),
    *tries(
        "least_squares",
        [loss_g(lambda r, f: mean(r**2) + mean((f - 1) ** 2))],
        "no part in the real data",
    ),
    *tries(
        "least_squares",
        [loss_g(lambda r, f: -tried.good_discriminator(r, f)), loss_g(lambda r, f: -mean(f**2))],
        "a target of its own",
    ),
    *tries(
        "least_squares",
        [lambda r, f: (mean(r**2) + mean((f - 1) ** 2), mean(f**2))],
        "fakes 0. The generator pulls",
    ),
    *tries(
        "least_squares",
        [
            tried.squares_of_one_length,
            tried.squares_to_the_shorter,
            loss_d(lambda r, f: 2 * tried.squares_of_both_joined(r, f)[0]),
        ],
        "but they may differ",
    ),
    *tries("least_squares", [tried.squares_clipped], "do not clip"),
    *tries("least_squares", [tried.good_discriminator], "return both"),
    *tries(
        "least_squares",
        [lambda r, f: ((r - 1) ** 2 + f**2, (f - 1) ** 2)],
        "one number for the whole batch",
    ),
    *tries("least_squares", [tried.squares_without_return], "Write `return`"),
    *tries("least_squares", [(0.5, 0.25)], "Expected your function"),
    *tries("least_squares", [scaled(tried.squares_in_a_loop, 3)], "values are not"),
    *tries(
        "gradient_penalty",
        [
            lambda g: mean((np.linalg.norm(g, axis=1) ** 2 - 1) ** 2),
            lambda g: mean((np.sum(g**2, 1) - 1) ** 2),
        ],
        "root is missing",
    ),
    *tries(
        "gradient_penalty",
        [lambda g: (np.linalg.norm(g, axis=1).mean() - 1) ** 2],
        "mean of the lengths first",
    ),
    *tries(
        "gradient_penalty",
        [
            lambda g: (np.linalg.norm(g) - 1) ** 2,
            lambda g: mean((np.sqrt(np.sum(g**2)) - 1) ** 2),
            lambda g: (np.sum(g**2) ** 0.5 - 1) ** 2 / len(g),
        ],
        "one length of the whole batch",
    ),
    *tries(
        "gradient_penalty",
        [lambda g: mean(np.maximum(0, np.linalg.norm(g, axis=1) - 1) ** 2)],
        "one-sided variant",
    ),
    *tries(
        "gradient_penalty",
        [lambda g: mean(np.maximum(0, 1 - np.linalg.norm(g, axis=1)) ** 2)],
        "too long counts",
    ),
    *tries(
        "gradient_penalty",
        [lambda g: sum((np.linalg.norm(g, axis=1) - 1) ** 2)],
        "This is a sum",
    ),
    *tries(
        "gradient_penalty",
        [lambda g: mean(np.sum(g**2, 1)), lambda g: mean(np.sum(g**2, 1)) / 2],
        "another penalty, R1",
    ),
    *tries(
        "gradient_penalty",
        [lambda g: mean((np.linalg.norm(g, axis=0) - 1) ** 2)],
        "down the batch, axis 0",
    ),
    *tries(
        "gradient_penalty",
        [lambda g: mean((g - 1) ** 2), lambda g: mean(np.sum((g - 1) ** 2, axis=1))],
        "each number of the gradient against 1",
    ),
    *tries("gradient_penalty", [lambda g: mean(np.linalg.norm(g, axis=1) - 1)], "The square is m"),
    *tries("gradient_penalty", [lambda g: mean(abs(np.sum(g**2, 1) ** 0.5 - 1))], "took np.abs"),
    *tries("gradient_penalty", [lambda g: mean((abs(g).sum(1) - 1) ** 2)], "absolute numbers"),
    *tries("gradient_penalty", [lambda g: mean((abs(g).max(1) - 1) ** 2)], "largest number"),
    *tries(
        "gradient_penalty",
        [lambda g: mean((np.sqrt(mean(g**2, 1)) - 1) ** 2)],
        "you took their mean",
    ),
    *tries("gradient_penalty", [lambda g: tried.penalty_in_a_loop(g) ** 0.5], "root at the end"),
    *tries("gradient_penalty", [lambda g: 10 * tried.penalty_in_a_loop(g)], "The weight"),
    *tries("gradient_penalty", [lambda g: tried.penalty_in_a_loop(g) / 2], "No ½"),
    *tries(
        "gradient_penalty",
        [
            lambda g: (np.linalg.norm(g, axis=1) - 1) ** 2,
            lambda g: (np.linalg.norm(g, axis=1, keepdims=True) - 1) ** 2,
        ],
        "One number for each row",
    ),
    *tries("gradient_penalty", [tried.penalty_without_return], "Write `return`"),
    *tries("gradient_penalty", [lambda g: g.mean()], "Given [["),
    *tries("diagnose", [[COLLAPSE, MEMORISING, VANISHING, SWINGING]], "(a) Samples of all kinds"),
    *tries("diagnose", [[COLLAPSE, MEMORISING, VANISHING, SWINGING]], "(b) Nothing is said"),
    *tries("diagnose", [[VANISHING, COLLAPSE, MEMORISING, SWINGING]], "(a) The samples are good"),
    *tries("diagnose", [[VANISHING, COLLAPSE, MEMORISING, SWINGING]], "(c) Who memorises"),
    *tries("diagnose", [[SWINGING, COLLAPSE, VANISHING, MEMORISING]], "(a) Nothing swings"),
    *tries("diagnose", [[SWINGING, COLLAPSE, VANISHING, MEMORISING]], "(d) Who memorises"),
    *tries("diagnose", [[MEMORISING, VANISHING, COLLAPSE, SWINGING]], "(b) The samples change"),
    *tries("diagnose", [[MEMORISING, VANISHING, COLLAPSE, SWINGING]], "(c) That the samples"),
    *tries("diagnose", [[MEMORISING, SWINGING, VANISHING, COLLAPSE]], "(b) The samples move on"),
    *tries("diagnose", [[MEMORISING, SWINGING, VANISHING, COLLAPSE]], "(d) That all samples"),
    *tries("diagnose", [[MEMORISING, COLLAPSE, SWINGING, VANISHING]], "(c) Nothing swings"),
    *tries("diagnose", [[MEMORISING, COLLAPSE, SWINGING, VANISHING]], "(d) What changes"),
    *tries("diagnose", [[COLLAPSE] * 4], '"collapse" stands there four times'),
    *tries(
        "diagnose",
        [[MEMORISING, COLLAPSE, "overfitting", SWINGING], [MEMORISING, "", VANISHING, SWINGING]],
        "is none of the four. They are: collapse, vanishing gradient, oscillation, memorising.",
    ),
    *tries("diagnose", [["collapse or oscillation", *[COLLAPSE] * 3]], "none of the four"),
    *tries("diagnose", [[COLLAPSE], COLLAPSE, [1, 2, 3, 4]], "Expected a list of four words"),
    *tries("measured", [[QUALITY, VARIETY, FEW, COPIES]], "(a) Precision is as"),
    *tries("measured", [[QUALITY, VARIETY, FEW, COPIES]], "(b) Recall is near"),
    *tries("measured", [[FEW, QUALITY, VARIETY, COPIES]], "(a) Real heads, measured"),
    *tries("measured", [[FEW, QUALITY, VARIETY, COPIES]], "(c) Even real heads have 14, and they"),
    *tries("measured", [[COPIES, QUALITY, FEW, VARIETY]], "(a) No distance"),
    *tries("measured", [[COPIES, QUALITY, FEW, VARIETY]], "(d) Recall is as"),
    *tries("measured", [[VARIETY, FEW, QUALITY, COPIES]], "(b) Recall comes"),
    *tries("measured", [[VARIETY, FEW, QUALITY, COPIES]], "(c) Even real heads have 14, and noth"),
    *tries("measured", [[VARIETY, COPIES, FEW, QUALITY]], "(b) Copies of real"),
    *tries("measured", [[VARIETY, COPIES, FEW, QUALITY]], "(d) Precision is as"),
    *tries("measured", [[VARIETY, QUALITY, COPIES, FEW]], "(c) FID compares"),
    *tries("measured", [[VARIETY, QUALITY, COPIES, FEW]], "(d) Unseen real"),
    *tries("measured", [[FEW] * 4], '"too few" stands there four times'),
    *tries(
        "measured",
        [[VARIETY, "memorising", FEW, COPIES], [VARIETY, "", FEW, COPIES]],
        "is none of the four. They are: quality, variety, too few, copies.",
    ),
    *tries("measured", [["quality or variety", QUALITY, FEW, COPIES]], "none of the four"),
    *tries("measured", [[COPIES], COPIES, [1, 2, 3, 4]], "Expected a list of four words"),
    *tries("covered", [tried.counted(lambda s, k: np.sum(s > 0))], "appears at all"),
    *tries("covered", [tried.counted(lambda s, k: np.sum(s > 0.01))], "not more than"),
    *tries(
        "covered",
        [tried.counted(lambda s, k: np.sum(s >= 0.1)), tried.counted(lambda s, k: sum(s >= 1))],
        "your limit is higher",
    ),
    *tries("covered", [tried.counted(lambda s, k: np.sum(s < 0.01))], "modes that are missing"),
    *tries("covered", [tried.counted(lambda s, k: np.mean(s >= 0.01))], "you divided it"),
    *tries("covered", [tried.counted(lambda s, k: k)], "These are all modes"),
    *tries("covered", [lambda y, k: (len(y), tried.covered_by_scipy(y, k)[1])], "counted the la"),
    *tries("covered", [tried.diverging(lambda s, k: np.sum(s * np.log2(s * k)))], "to base 2"),
    *tries("covered", [tried.diverging(lambda s, k: np.sum(s * np.log10(s * k)))], "to base 10"),
    *tries("covered", [tried.covered_with_all_modes], "0 · log 0"),
    *tries(
        "covered",
        [
            tried.diverging(lambda s, k: np.sum(s * np.log(s * len(s)))),
            tried.covered_to_the_largest_label,
        ],
        "not only by those found",
    ),
    *tries("covered", [tried.diverging(lambda s, k: -np.sum(s * np.log(s * k)))], "sign is turned"),
    *tries("covered", [tried.covered_in_the_other_direction], "Infinity"),
    *tries(
        "covered",
        [tried.diverging(lambda s, k: np.sum(1 / k * np.log(1 / k / s)))],
        "the other direction: the share",
    ),
    *tries(
        "covered",
        [
            tried.diverging(lambda s, k: -np.sum(s * np.log(s))),
            tried.diverging(lambda s, k: np.sum(s * np.log(s))),
        ],
        "This is the entropy",
    ),
    *tries("covered", [tried.diverging(lambda s, k: np.sum(np.log(s * k)))], "only added the log"),
    *tries("covered", [tried.diverging(lambda s, k: mean(s * np.log(s * k)))], "This is the mean"),
    *tries("covered", [tried.diverging(lambda s, k: np.sum(s * np.log(s / k)))], "you divided."),
    *tries(
        "covered",
        [
            lambda y, k: (
                tried.covered_by_scipy(y, k)[0],
                sum(n * np.log(n * k) for n in np.unique(y, return_counts=True)[1]),
            )
        ],
        "These are counts",
    ),
    *tries(
        "covered",
        [tried.diverging(lambda s, k: sum(x * np.log(x * k) for x in s if x >= 0.01))],
        "for the count alone",
    ),
    *tries("covered", [lambda y, k: tried.covered_by_scipy(y, k)[::-1]], "turned round"),
    *tries(
        "covered",
        [lambda y, k: (len(set(y.tolist())), tried.covered_by_scipy(y, k)[1] / np.log(2))],
        "labels on. The logarithm is",
    ),
    *tries("covered", [lambda y, k: len(set(y.tolist()))], "return both"),
    *tries("covered", [tried.covered_without_return], "Write `return`"),
    *tries("covered", [lambda y, k: (3, 0.5)], "Given an array of shape (200,), 5: The shape is"),
]
