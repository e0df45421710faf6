"""Checks of lesson 00: pictures as numbers, Hounsfield units, windows."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, check, same


@check
def third_row_second_column(answer):
    """Put table[row, column] for the dots; counting begins at 0."""
    same(
        answer,
        32,
        wrong={
            "Row and column are swapped: the row comes first.": 23,
            "Counting begins at 0: the third row is number 2, the second column number 1.": 33,
            "This is the second row; the third has the number 2.": 22,
            "This is the first column; the second has the number 1.": 31,
            "This is a place, not what stands there: put table[row, column].": [2, 1],
        },
    )
    return "table[2, 1]: first down, then across, counted from 0."


@check
def ten_percent_less(answer):
    """Put a number for the dots: HU = 1000 · (μ − μ of water) / μ of water."""
    same(
        answer,
        -100,
        wrong={
            "Less than water means below 0: mind the sign.": 100,
            "This is the share itself; it is multiplied by 1000.": -0.1,
            "10 % of 1000 is 100.": -10,
            "This is relative to air. Water is 0 on this scale.": 900,
        },
    )
    return "Fat lies there."


@check
def lung_window(answer):
    """Put two numbers for the dots: half of the width lies on each side of the level."""
    same(
        answer,
        (-1350, 150),
        wrong={
            "Black and white are swapped.": (150, -1350),
            "Half of the width lies on each side, not the whole.": (-2100, 900),
            "The level is the middle of the window, not its lower end.": (-600, 900),
            "The level is −600, not 600.": (-150, 1350),
        },
    )
    return "Everything from −1350 to 150 HU gets a grey; dense bone is white."


@check
def lesion_area(answer):
    """Put a number for the dots: what is the area of one pixel?"""
    same(
        answer,
        240,
        wrong={
            "A pixel is 2 mm long and 2 mm wide: both count.": 120,
            "This is the number of pixels; each covers 2 mm × 2 mm.": 60,
            "Three sides? A slice has two.": 480,
            "Divide or multiply? A pixel covers more than 1 mm².": 15,
        },
    )
    return "240 mm², as much as a round spot of 17 mm across."


@check
def own_window(function):
    """Write the function: which value do level − width / 2 and level + width / 2 get?"""
    hounsfield = np.array([[-1000.0, -150.0, -50.0], [50.0, 200.0, 1200.0]])
    for level, width in ((50.0, 400.0), (-600.0, 1500.0)):
        grey = (hounsfield - level) / width + 0.5
        truth = np.clip(grey, 0, 1)
        wrong = {
            "Below black and above white there is nothing: clip to 0 and 1.": grey,
            "The level is the middle of the window; you use it as its lower end.": np.clip(
                (hounsfield - level) / width, 0, 1
            ),
            "Half of the width lies on each side; you use the whole.": np.clip(
                (hounsfield - level) / (2 * width) + 0.5, 0, 1
            ),
            "These are 0 to 255; return 0 to 1.": 255 * truth,
            "Black and white are swapped.": 1 - truth,
            "Only black and white: the greys in between are missing.": np.round(truth),
        }
        answer = as_array(call(function, hounsfield, level, width))
        if not np.isfinite(answer.astype(float)).all():
            raise WrongAnswerError("The answer holds NaN or infinity: do you divide by 0?")
        same(answer, truth, wrong=wrong)
    return "The same as medkit.images.apply_window."
