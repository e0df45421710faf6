"""Checks of lesson 11: convolution."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, check, close, difference, same
from medkit.filters import correlate2d, receptive_field

WRONG_SIZES = {
    hint: [int(size) for size in sizes.split()]
    for hint, sizes in {
        "These sizes come from convolutions with padding. Without it each takes 2 pixels "
        "off.": "224 112 112 56 56 28",
        "A 3 × 3 kernel takes 2 pixels off, not 3: it fits in size − 3 + 1 places.": "221 110 107 "
        "53 50 25",
        "You rounded 54.5 up; a row that no whole window covers is dropped.": "222 111 109 55 53 "
        "27",
        "You rounded 54.5 up, and 26.5 down; both are rounded down.": "222 111 109 55 53 26",
    }.items()
}
WRONG_BORDERS = {
    "constant": "The border is filled with zeros; repeat the outermost pixels.",
    "reflect": "The border is mirrored; repeat the outermost pixels.",
    "wrap": "The map wraps round: the left border was filled from the right one.",
}
TURNED = "The kernel was turned by half a turn: that is the mathematicians' convolution."
NO_PADDING = "The map is smaller than the picture: the padding is missing."
RANDOM = np.random.default_rng(0).normal(size=(9, 11))


@check
def one_sum(answer):
    """Multiply each pixel by the weight at its place, add up, and put the sum for the dots."""
    same(
        answer,
        -12,
        wrong={
            "The middle weight is −4, not 4: mind its sign.": 28,
            "This is the sum of the neighbours alone; the middle counts −4 times 5.": 8,
            "This adds the middle once; its weight is −4.": 13,
            "This is the sum of all nine pixels; multiply by the weights first.": 18,
            "This is the middle alone; the four neighbours count 1 each.": -20,
            "Right but for the sign: −20 is more than the neighbours add.": 12,
        },
    )
    return "0 + 3 − 20 + 1 + 4 = −12: the middle is brighter than its neighbours."


@check
def six_sizes(answer):
    """Put six whole numbers for the dots, the first after the first convolution."""
    if np.any(as_array(answer) % 1):
        raise WrongAnswerError("There are no half pixels: what no whole window covers is dropped.")
    same(answer, [222, 111, 109, 54, 52, 26], wrong=WRONG_SIZES)
    return "26 × 26 × 128 channels: lesson 31 shows what that does to the next layer."


@check
def move_down(answer):
    """Put a 3 × 3 list of weights for the dots; only one of them is not 0."""
    kernel = _three_by_three(answer)
    wrong = {
        "It moves the picture up. The window looks at the neighbours: to move down, each output "
        "must copy the pixel above it.": _single(2, 1),
        "It moves the picture to the right; a kernel is [row, column].": _single(1, 0),
        "It moves the picture to the left; a kernel is [row, column].": _single(1, 2),
        "It leaves the picture where it is: the single 1 stands in the middle.": _single(1, 1),
    }
    same(kernel, _single(0, 1), wrong=wrong)
    return "Each output copies the pixel above it, so everything comes one row lower."


@check
def blind_to_slopes(answer):
    """Put a 3 × 3 list of weights for the dots; think of what a straight line leaves at 0."""
    kernel = _three_by_three(answer)
    if not np.abs(kernel).max() > 1e-6:
        raise WrongAnswerError("All weights are 0: this kernel is blind to everything.")
    rows, columns = np.mgrid[-1:2, -1:2]
    if abs(kernel.sum()) > 1e-6:
        raise WrongAnswerError(
            f"On a flat picture of ones it answers {kernel.sum():.3g}. The weights must sum to 0."
        )
    for name, ramp in (("to the right", columns), ("downwards", rows)):
        if abs((kernel * ramp).sum()) > 1e-6:
            raise WrongAnswerError(
                f"On a slope that rises {name} it answers {(kernel * ramp).sum():.3g}. Opposite "
                "sides must have equal weights, so that what one adds the other takes away."
            )
    return "Only bends are left: this is what a second derivative measures."


@check
def see_far(answer):
    """Put a list of at most five (kernel_size, stride, dilation) for the dots."""
    layers = _layers(answer)
    if len(layers) > 5:
        raise WrongAnswerError(f"These are {len(layers)} layers; at most five, please.")
    if (layers[:, 0] != 3).any() or (layers[:, 1:] < 1).any():
        raise WrongAnswerError("Every kernel is 3, every stride and dilation at least 1.")
    if layers[:, 2].max() > 8:
        raise WrongAnswerError(
            f"A dilation of {layers[:, 2].max():.0f} leaves too many pixels unseen between two "
            "weights; at most 8, please."
        )
    if np.prod(layers[:, 1]) > 4:
        raise WrongAnswerError(
            f"The strides multiply to {np.prod(layers[:, 1]):.0f}: more than 4 loses small "
            "findings. Try dilation in place of a stride."
        )
    field, _ = receptive_field([tuple(int(v) for v in layer) for layer in layers])
    if field < 41:
        raise WrongAnswerError(
            f"It sees {field} pixels, not yet 41. A stride early in the stack makes every later "
            "layer reach further; so does dilation."
        )
    return f"It sees {field} pixels."


@check
def same_size(function):
    """Write the function: pad by repeating the border, then slide."""
    for shape in ((3, 3), (5, 3), (1, 7)):
        kernel = np.random.default_rng(1).normal(size=shape)
        border = [(side // 2, side // 2) for side in shape]
        truth = correlate2d(np.pad(RANDOM, border, mode="edge"), kernel)
        answer = as_array(call(function, RANDOM, kernel))
        wrong = {
            hint: correlate2d(np.pad(RANDOM, border, mode=mode), kernel)
            for mode, hint in WRONG_BORDERS.items()
        }
        wrong |= {TURNED: correlate2d(np.pad(RANDOM, border, mode="edge"), kernel[::-1, ::-1])}
        wrong |= {NO_PADDING: correlate2d(RANDOM, kernel)}
        if answer.shape != truth.shape and shape != (3, 3):
            raise WrongAnswerError(
                f"Right for 3 × 3, but a kernel of {shape[0]} × {shape[1]} needs its own padding "
                "for rows and for columns: half of each side. " + difference(answer, truth)
            )
        same(answer, truth, wrong=wrong)
    return "No invented zeros, so no invented edges."


def _three_by_three(answer):
    kernel = as_array(answer)
    if kernel.shape != (3, 3):
        flat = " Put brackets round each row." if close(np.array(kernel.size), np.array(9)) else ""
        raise WrongAnswerError(f"Expected 3 × 3 weights. Received the shape {kernel.shape}.{flat}")
    return kernel.astype(float)


def _single(row, column):
    kernel = np.zeros((3, 3))
    kernel[row, column] = 1
    return kernel


def _layers(answer):
    layers = as_array(answer)
    if layers.ndim != 2 or layers.shape[1] != 3:
        raise WrongAnswerError(
            "Expected a list of layers, each (kernel_size, stride, dilation). Received the shape "
            f"{layers.shape}."
        )
    return layers
