"""Right answers to the exercises of lesson 21, and wrong ones with words of their hint."""

import attempts_21 as tried
import numpy as np


class Tensor:
    """Stands for a tensor of any framework: it only knows how to become an array."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


def mean(codes):
    return codes.mean(0)


def nothing(codes):
    return 0


RIGHT = [
    (
        "code_size",
        [(1152, 8), [1152.0, 8.0], np.array([12 * 12 * 8, 96**2 / 1152]), Tensor([1152, 8])],
    ),
    (
        "acts_on_each_pixel_alone",
        [
            tried.alone_by_order,
            tried.alone_by_predict,
            tried.alone_in_a_loop,
            lambda network, image: np.array([tried.alone_by_order(network, image)]),
            lambda network, image: Tensor(tried.alone_by_order(network, image)),
            tried.alone_by(lambda image: tried.columns_shuffled(tried.rows_shuffled(image))),
        ],
    ),
    (
        "rician_floor",
        [
            (0, 0.02**0.5, 0.23**0.5),
            [0, 0.141, 0.480],
            np.array([0, 0.14, 0.48]),
            Tensor(np.sqrt(np.maximum(np.array([0.1, 0.2, 0.5]) ** 2 - 0.02, 0))),
        ],
    ),
    (
        "price_by_hand",
        [0.5 + (0.25 - 1 + np.log(4)) / 2, 0.818, 0.82, np.float32(0.8181), Tensor(0.818)],
    ),
    (
        "drawn_code",
        [
            lambda m, s, e: m + np.exp(s / 2) * e,
            tried.drawn_in_a_loop,
            tried.drawn_by_power,
            tried.drawn_in_keras,
            lambda m, s, e: tried.drawn_in_a_loop(m, s, e).tolist(),
        ],
    ),
    (
        "weight_of_price",
        [
            lambda s, n: 2 * s**2 / n,
            lambda s, n: np.float32(s * s / n * 2),
            lambda s, n: 1 / (n / (2 * s * s)),
            lambda s, n: Tensor(2 * s**2 / n),
        ],
    ),
    (
        "lesion_direction",
        [
            lambda c, y: c[y == 1].mean(axis=0) - c[y == 0].mean(axis=0),
            tried.towards_in_a_loop,
            tried.towards_by_weights,
            tried.towards_by_regression,
            lambda c, y: Tensor(c[y > 0].mean(0) - c[y < 1].mean(0)),
        ],
    ),
]

WRONG = [
    ("code_size", (144, 64), "channels are missing"),
    ("code_size", (144, 8), "channels are missing"),
    ("code_size", (1152, 64), "channels are missing"),
    ("code_size", (48 * 48 * 8, 0.5), "halved once"),
    ("code_size", (24 * 24 * 8, 2), "halved twice"),
    ("code_size", (6 * 6 * 8, 32), "four times"),
    ("code_size", (9216, 1), "a quarter"),
    ("code_size", (1152, 0.125), "turned over"),
    ("code_size", (1152, 12.5), "turned over"),
    ("code_size", (1152, 24), "three colours"),
    ("code_size", (3456, 8), "three colours"),
    ("code_size", (3456, 96 * 96 / 3456), "three colours"),
    ("code_size", (8, 1152), "swapped"),
    ("code_size", (12, 768), "side of the last map"),
    ("code_size", (96, 96), "one side"),
    ("code_size", (12 * 12 * 512, 0.125), "do not multiply"),
    ("code_size", (11 * 11 * 8, 96 * 96 / 968), "without padding"),
    ("code_size", (1152, 9216), "share them out"),
    ("code_size", 1152, "Expected the shape (2,)"),
    ("code_size", (1152, 7), "[1]: yours is 7"),
    ("acts_on_each_pixel_alone", tried.alone_turned_round, "Turned round"),
    ("acts_on_each_pixel_alone", tried.alone_with_answer_as_it_is, "Shuffle the answer"),
    ("acts_on_each_pixel_alone", tried.alone_with_two_orders, "two different orders"),
    ("acts_on_each_pixel_alone", tried.alone_with_order_undone, "two different orders"),
    ("acts_on_each_pixel_alone", lambda network, image: True, "even of one that blurs"),
    ("acts_on_each_pixel_alone", lambda network, image: False, "even of one that copies"),
    ("acts_on_each_pixel_alone", tried.alone_beside_input, "compare the answer with the image"),
    ("acts_on_each_pixel_alone", tried.alone_beside_image, "not its answer and the image"),
    ("acts_on_each_pixel_alone", tried.alone_by(tried.rows_shuffled), "Only rows"),
    ("acts_on_each_pixel_alone", tried.alone_by(tried.columns_shuffled), "Only rows"),
    ("acts_on_each_pixel_alone", tried.alone_by(tried.numbers_shuffled), "colours of a pixel"),
    ("acts_on_each_pixel_alone", tried.alone_by(tried.channels_apart), "colours of a pixel"),
    ("acts_on_each_pixel_alone", tried.alone_by(lambda i: i[::-1]), "To mirror"),
    ("acts_on_each_pixel_alone", tried.alone_by(lambda i: i[:, ::-1]), "To mirror"),
    ("acts_on_each_pixel_alone", tried.alone_by(lambda i: i[::-1, ::-1]), "To mirror"),
    ("acts_on_each_pixel_alone", tried.alone_by(lambda i: np.roll(i, (3, 2), (0, 1))), "To mirror"),
    ("acts_on_each_pixel_alone", tried.alone_by(lambda i: i.swapaxes(0, 1)), "To mirror"),
    ("acts_on_each_pixel_alone", tried.alone_exactly, "Do not compare with =="),
    ("acts_on_each_pixel_alone", tried.alone_by_one_pixel, "by their place"),
    ("acts_on_each_pixel_alone", tried.alone_number_by_number, "np.all makes one"),
    ("acts_on_each_pixel_alone", tried.alone_gap, "Return whether the largest"),
    ("acts_on_each_pixel_alone", lambda network, image: "yes", "Received 'yes'"),
    ("acts_on_each_pixel_alone", tried.alone_in_one_shape, "another number of channels"),
    ("acts_on_each_pixel_alone", tried.alone_without_batch, "a batch of one"),
    ("acts_on_each_pixel_alone", tried.alone_if_flat, "You say False of a network that copies."),
    ("acts_on_each_pixel_alone", True, "Expected your function"),
    ("rician_floor", (0, 0.02, 0.23), "root is missing"),
    ("rician_floor", (-0.01, 0.02, 0.23), "root is missing"),
    ("rician_floor", (0, 0.173, 0.490), "once"),
    ("rician_floor", (0, 0, 0.224), "Squares add"),
    ("rician_floor", (-0.1, 0, 0.3), "Squares add"),
    ("rician_floor", (0, 0, 0.3), "Squares add"),
    ("rician_floor", (0, 0.059, 0.359), "Squares add"),
    ("rician_floor", (-0.025, 0.075, 0.375), "what black looks like"),
    ("rician_floor", (0, 0.0747, 0.3747), "what black looks like"),
    ("rician_floor", (np.nan, 0.141, 0.480), "is no number"),
    ("rician_floor", [float("nan"), 0.02**0.5, 0.23**0.5], "is no number"),
    ("rician_floor", (0, 0.165, 0.487), "0.08 is the lesson's"),
    ("rician_floor", (0, 0, 0.458), "the 2 is not"),
    ("rician_floor", (0.173, 0.245, 0.520), "you added it"),
    ("rician_floor", (0.1, 0.141, 0.480), "put 0"),
    ("rician_floor", (-0.1, 0.141, 0.480), "put 0"),
    ("rician_floor", (0.02, 0.141, 0.480), "[0]: yours is 0.02"),
    ("price_by_hand", 1.636, "half is missing"),
    ("price_by_hand", 0.409, "This is the mean"),
    ("price_by_hand", 0.426, "np.log10"),
    ("price_by_hand", 1.125, "np.log2"),
    ("price_by_hand", 0.5 + (0.5 - 1 - np.log(0.5)) / 2, "the spread"),
    ("price_by_hand", 0.5 + (0.25 - 1 - np.log(0.5)) / 2, "the spread"),
    ("price_by_hand", 0.5 + (0.5 - 1 - np.log(0.25)) / 2, "the spread"),
    ("price_by_hand", 0.5 + (0.25**2 - 1 - 2 * np.log(0.25)) / 2, "squared it"),
    ("price_by_hand", -0.568, "You added it"),
    ("price_by_hand", 0.5, "first number of the code alone"),
    ("price_by_hand", 0.318, "second number alone"),
    ("price_by_hand", 1.818, "−1 is missing"),
    ("price_by_hand", 1.318, "there once"),
    ("price_by_hand", 0.125, "shrink to a point"),
    ("price_by_hand", -0.818, "never negative"),
    ("price_by_hand", (0.5, 0.318), "prices of the two"),
    ("price_by_hand", [0.318, 0.5], "prices of the two"),
    ("price_by_hand", 0.7, "too small"),
    ("drawn_code", lambda m, s, e: m + np.exp(s) * e, "by the variance"),
    ("drawn_code", lambda m, s, e: m + s * e, "can be negative; a spread"),
    ("drawn_code", lambda m, s, e: m + s / 2 * e, "can be negative; a spread"),
    ("drawn_code", lambda m, s, e: m + np.sqrt(s) * e, "has no root"),
    ("drawn_code", lambda m, s, e: m + np.exp(2 * s) * e, "you doubled it"),
    ("drawn_code", lambda m, s, e: m + np.sqrt(np.exp(s / 2)) * e, "root is taken twice"),
    ("drawn_code", lambda m, s, e: m + np.exp(-s / 2) * e, "spread is turned over"),
    ("drawn_code", tried.drawn_anew, "noise comes from you"),
    ("drawn_code", tried.drawn_from_seed, "noise comes from you"),
    ("drawn_code", lambda m, s, e: np.exp(s / 2) * e, "mean is missing"),
    ("drawn_code", lambda m, s, e: np.exp(m) + np.exp(s / 2) * e, "mean comes as it is"),
    ("drawn_code", lambda m, s, e: np.exp(m + s / 2 * e), "mean comes as it is"),
    ("drawn_code", lambda m, s, e: m + e + np.exp(s / 2) * e, "added twice"),
    ("drawn_code", lambda m, s, e: (m + e) + (np.exp(s / 2) + e), "added twice"),
    ("drawn_code", lambda m, s, e: m + np.exp(s / 2) + e, "added to the spread"),
    ("drawn_code", lambda m, s, e: (m + np.exp(s / 2)) * e, "stretched too"),
    ("drawn_code", lambda m, s, e: m + e, "variance is not used"),
    ("drawn_code", lambda m, s, e: m, "This is the mean"),
    ("drawn_code", lambda m, s, e: m - np.exp(s / 2) * e, "taken away"),
    ("drawn_code", lambda m, s, e: m + 10 ** (s / 2) * e, "power of 10"),
    ("drawn_code", lambda m, s: m, "stopped with TypeError"),
    ("weight_of_price", lambda s, n: s**2 / n, "The 2 is missing"),
    ("weight_of_price", lambda s, n: s**2 / (2 * n), "wrong side of the line"),
    ("weight_of_price", lambda s, n: 2 * s / n, "not squared"),
    ("weight_of_price", lambda s, n: (2 * s) ** 2 / n, "the 2 is not"),
    ("weight_of_price", lambda s, n: 2 * s**2, "pixels are missing"),
    ("weight_of_price", lambda s, n: n / (2 * s**2), "Upside down"),
    ("weight_of_price", lambda s, n: 1 / (2 * s**2 * n), "Upside down"),
    ("weight_of_price", lambda s, n: 1 / (2 * s**2), "what the error is multiplied by"),
    ("weight_of_price", lambda s, n: 2 * s**2 / n**0.5, "one side of the image"),
    ("weight_of_price", lambda s, n: 2 * s**2 * n, "you multiplied"),
    ("weight_of_price", lambda s, n: 2 * s**2 // n, "divide with /"),
    ("weight_of_price", lambda s, n: 2 * 0.1**2 / 1024, "number of the lesson"),
    ("weight_of_price", lambda s, n: 0.00002, "number of the lesson"),
    ("weight_of_price", lambda s, n: 3 * s**2 / n, "Given 10.0, 64: Your answer is 4.6875"),
    ("lesion_direction", lambda c, y: -tried.towards_by_weights(c, y), "Turned round"),
    ("lesion_direction", tried.towards(np.mean, np.mean), "mean over everything"),
    ("lesion_direction", lambda c, y: c[y == 1].mean(1) - c[y == 0].mean(1), "in each code"),
    ("lesion_direction", tried.towards(mean, nothing), "needs a start"),
    ("lesion_direction", lambda c, y: c[y == 0].mean(0), "needs two"),
    ("lesion_direction", lambda c, y: c[y == 1].mean(0) - c.mean(0), "mean of all codes"),
    ("lesion_direction", tried.towards(sum, sum), "These are sums"),
    (
        "lesion_direction",
        lambda c, y: (
            tried.towards_by_weights(c, y) / np.sqrt(sum(tried.towards_by_weights(c, y) ** 2))
        ),
        "You made it 1",
    ),
    ("lesion_direction", lambda c, y: tried.towards_by_weights(c, y) / c.std(0), "by the spread"),
    (
        "lesion_direction",
        tried.towards(lambda c: np.median(c, 0), lambda c: np.median(c, 0)),
        "These are medians",
    ),
    ("lesion_direction", lambda c, y: c[y].mean(0) - c[~y].mean(0), "taken as places"),
    ("lesion_direction", lambda c, y: c[y].mean(0) - c[1 - y].mean(0), "taken as places"),
    ("lesion_direction", lambda c, y: 2 * tried.towards_by_weights(c, y), "values are not"),
]
