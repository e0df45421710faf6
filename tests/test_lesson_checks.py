"""Each check takes different right answers, and has the fitting hint for each typical mistake."""

import answers_13
import answers_21
import answers_22
import answers_31
import answers_32
import answers_33
import attempts_32
import numpy as np
import pytest

from medkit import checks
from medkit.filters import correlate2d, pool2d


class Tensor:
    """Stands for a tensor of any framework: it only knows how to become an array."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


def windowed(hounsfield, level, width):
    grey = np.empty_like(hounsfield)
    for place, value in np.ndenumerate(hounsfield):
        grey[place] = min(max((value - (level - width / 2)) / width, 0), 1)
    return grey


def border_repeated(image, kernel):
    rows, columns = kernel.shape
    out = np.zeros(image.shape)
    for y, x in np.ndindex(*image.shape):
        for i, j in np.ndindex(rows, columns):
            row = min(max(y + i - rows // 2, 0), image.shape[0] - 1)
            column = min(max(x + j - columns // 2, 0), image.shape[1] - 1)
            out[y, x] += kernel[i, j] * image[row, column]
    return out


def label_by_counting(labels, size):
    blocks = labels.reshape(labels.shape[0] // size, size, -1, size).swapaxes(1, 2)
    return np.array([[np.bincount(block.ravel()).argmax() for block in row] for row in blocks])


def windows_of(labels, size):
    height, width = labels.shape[0] // size, labels.shape[1] // size
    blocks = labels.reshape(height, size, width, size).swapaxes(1, 2)
    return blocks.reshape(height, width, size**2)


def counts_of(labels, size):
    return np.max([(windows_of(labels, size) == k).sum(2) for k in range(labels.max() + 1)], 0)


def smallest(image, size):
    height, width = image.shape[0] // size, image.shape[1] // size
    return image.reshape(height, size, width, size).min((1, 3))


UP = [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
SIDE = [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
MEAN = lambda labels, size: pool2d(labels.astype(float), size, mode="average")  # noqa: E731

RIGHT = [
    ("third_row_second_column", [32, 32.0, np.int64(32), Tensor(32)]),
    ("ten_percent_less", [-100, -1e2, np.float32(-100)]),
    ("lung_window", [(-1350, 150), [-1350.0, 150.0], np.array([-1350, 150])]),
    ("lesion_area", [240, 240.0, Tensor(240.0)]),
    (
        "own_window",
        [
            windowed,
            lambda h, level, width: np.clip((h - level) / width + 0.5, 0, 1),
            lambda h, level, width: np.clip((h - level + width / 2) / width, 0, 1).tolist(),
        ],
    ),
    ("one_sum", [-12, -12.0, Tensor(-12)]),
    (
        "six_sizes",
        [
            [222, 111, 109, 54, 52, 26],
            (222.0, 111, 109, 54, 52, 26),
            np.array([222, 111, 109, 54, 52, 26]),
        ],
    ),
    ("move_down", [[[0, 1, 0], [0, 0, 0], [0, 0, 0]], np.eye(3)[[1, 0, 0]] * [[1], [0], [0]]]),
    (
        "blind_to_slopes",
        [
            [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
            [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
            [[0, 0, 0], [1, -2, 1], [0, 0, 0]],
            [[1, -2, 1], [-2, 4, -2], [1, -2, 1]],
        ],
    ),
    (
        "see_far",
        [
            [(3, 2, 1), (3, 2, 1), (3, 1, 2), (3, 1, 2), (3, 1, 1)],
            [(3, 1, 1), (3, 1, 2), (3, 1, 4), (3, 1, 8), (3, 1, 8)],
            np.array([(3, 4, 1), (3, 1, 5)]),
        ],
    ),
    (
        "same_size",
        [
            border_repeated,
            lambda image, kernel: correlate2d(
                np.pad(
                    image,
                    [(side // 2, side // 2) for side in kernel.shape],
                    mode="edge",
                ),
                kernel,
            ),
            lambda image, kernel: Tensor(border_repeated(image, kernel)),
        ],
    ),
    ("pool_by_hand", [[[4, 7], [6, -1]], np.array([[4.0, 7], [6, -1]]), ((4, 7), (6, -1))]),
    (
        "darkest",
        [
            lambda image, size: -pool2d(-image, size),
            smallest,
            lambda image, size: 1 - pool2d(1 - image, size),
        ],
    ),
    ("luck", [(9 / 16, 1 / 4), [0.56, 0.25], np.array([9, 4]) / 16]),
    ("pad_first", [(3, 7), [3, 7], np.array([3.0, 7.0])]),
    (
        "most_frequent_label",
        [
            label_by_counting,
            lambda labels, size: np.argmax(
                [MEAN(labels == label, size) for label in range(labels.max() + 1)], 0
            ),
            lambda labels, size: label_by_counting(labels, size).tolist(),
        ],
    ),
]

WRONG = [
    ("third_row_second_column", 23, "swapped"),
    ("third_row_second_column", 22, "second row"),
    ("third_row_second_column", 31, "first column"),
    ("third_row_second_column", 33, "begins at 0"),
    ("ten_percent_less", 100, "sign"),
    ("ten_percent_less", -0.1, "multiplied by 1000"),
    ("ten_percent_less", 900, "Water is 0"),
    ("ten_percent_less", -10, "10 % of 1000"),
    ("lung_window", (150, -1350), "swapped"),
    ("lung_window", (-2100, 900), "not the whole"),
    ("lung_window", (-600, 900), "middle of the window"),
    ("lung_window", (-150, 1350), "−600, not 600"),
    ("lesion_area", 120, "both count"),
    ("lesion_area", 60, "number of pixels"),
    ("lesion_area", 480, "A slice has two"),
    ("lesion_area", 15, "multiply"),
    ("own_window", lambda h, a, b: (h - a) / b + 0.5, "clip"),
    ("own_window", lambda h, a, b: np.clip((h - a) / b, 0, 1), "lower end"),
    ("own_window", lambda h, a, b: np.clip((h - a) / (2 * b) + 0.5, 0, 1), "you use the whole"),
    ("own_window", lambda h, a, b: 255 * windowed(h, a, b), "0 to 255"),
    ("own_window", lambda h, a, b: 1 - windowed(h, a, b), "swapped"),
    ("own_window", lambda h, a, b: h > a, "greys in between"),
    ("own_window", lambda h, a, b: h * np.nan, "divide by 0"),
    ("own_window", windowed(np.zeros((1, 1)), 0.0, 1.0), "Expected your function"),
    ("one_sum", 28, "sign"),
    ("one_sum", 12, "but for the sign"),
    ("six_sizes", [222, 111, 109, 54.5, 52.5, 26.25], "no half pixels"),
    ("third_row_second_column", [2, 1], "a place"),
    ("own_window", lambda h, a, b: 0 if h < a else 1, "np.clip"),
    ("luck", (1, 0), "7 others"),
    ("pad_first", (200, 240), "sizes afterwards"),
    ("one_sum", 8, "neighbours alone"),
    ("one_sum", 13, "adds the middle once"),
    ("one_sum", 18, "all nine"),
    ("one_sum", -20, "middle alone"),
    ("six_sizes", [224, 112, 112, 56, 56, 28], "padding"),
    ("six_sizes", [221, 110, 107, 53, 50, 25], "2 pixels off, not 3"),
    ("six_sizes", [222, 111, 109, 55, 53, 27], "54.5 up"),
    ("six_sizes", [222, 111, 109, 55, 53, 26], "both are rounded down"),
    ("move_down", UP, "moves the picture up"),
    ("move_down", SIDE, "to the right"),
    ("move_down", np.transpose(UP), "to the left"),
    ("move_down", [[0, 0, 0], [0, 1, 0], [0, 0, 0]], "where it is"),
    ("move_down", [0, 1, 0, 0, 0, 0, 0, 0, 0], "brackets round each row"),
    ("blind_to_slopes", np.zeros((3, 3)), "blind to everything"),
    ("blind_to_slopes", [[0, 1, 0], [1, -3, 1], [0, 1, 0]], "sum to 0"),
    ("blind_to_slopes", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "to the right it answers 8"),
    ("blind_to_slopes", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]], "downwards it answers 8"),
    ("see_far", [(3, 1, 1)] * 5, "11 pixels, not yet 41"),
    ("see_far", [(3, 2, 1)] * 5, "multiply to 32"),
    ("see_far", [(3, 1, 8)] * 6, "6 layers"),
    ("see_far", [(3, 1, 20)], "dilation of 20"),
    ("see_far", [(41, 1, 1)], "Every kernel is 3"),
    ("see_far", (3, 1, 20), "Expected a list of layers"),
    ("same_size", lambda i, k: correlate2d(i, k), "padding is missing"),
    ("same_size", lambda i, k: correlate2d(np.pad(i, 1), k), "zeros"),
    ("same_size", lambda i, k: correlate2d(np.pad(i, 1, mode="reflect"), k), "mirrored"),
    ("same_size", lambda i, k: correlate2d(np.pad(i, 1, mode="wrap"), k), "wraps round"),
    ("same_size", lambda i, k: border_repeated(i, k[::-1, ::-1]), "half a turn"),
    ("same_size", lambda i, k: correlate2d(np.pad(i, 1, mode="edge"), k), "Right for 3 × 3"),
    ("pool_by_hand", [[4, 6], [7, -1]], "swapped"),
    ("pool_by_hand", [[2.5, 2.5], [3, -2.5]], "means"),
    ("pool_by_hand", [[1, 0], [0, -4]], "smallest"),
    ("pool_by_hand", [[4, 7], [6, -4]], "nearest to 0"),
    ("pool_by_hand", [[4, 7], [6, 0]], "no 0 in it"),
    ("darkest", lambda i, s: pool2d(i, s), "largest values"),
    ("darkest", lambda i, s: pool2d(-i, s), "behind the pooling"),
    ("darkest", lambda i, s: -pool2d(i, s), "in front of the picture"),
    ("darkest", lambda i, s: pool2d(1 - i, s), "turn it back"),
    ("luck", (1 / 4, 9 / 16), "swapped"),
    ("luck", (1, 4 / 9), "16 pixels of the window"),
    ("luck", (9 / 16, 1 / 16), "2 + 1"),
    ("luck", (9 / 16, 6 / 16), "in both"),
    ("pad_first", (1, 1), "multiple of 8"),
    ("pad_first", (5, 1), "remainder"),
    ("pad_first", (11, 7), "four poolings"),
    ("pad_first", (7, 3), "swapped"),
    ("most_frequent_label", lambda v, s: np.round(MEAN(v, s)), "rounded"),
    ("most_frequent_label", MEAN, "mean label; labels"),
    ("most_frequent_label", lambda v, s: pool2d(v, s), "largest label"),
    ("most_frequent_label", lambda v, s: 3 - label_by_counting(3 - v, s), "keep the smallest"),
    ("most_frequent_label", lambda v, s: counts_of(v, s), "how often"),
    ("most_frequent_label", lambda v, s: counts_of(v, s) / s**2, "share"),
    ("most_frequent_label", lambda v, s: np.median(windows_of(v, s), 2), "median"),
    ("most_frequent_label", lambda v, s: v, "old size"),
]

for lesson in (answers_13, answers_21, answers_22, answers_31, answers_32, answers_33):
    RIGHT += lesson.RIGHT
    WRONG += lesson.WRONG


def test_a_function_that_changes_its_input_spoils_no_later_answer():
    """It returns nothing either: the check asks it a second time, to say so."""
    assert "`return`" in str(checks.turned_boxes(attempts_32.turn_in_place_only))
    (answers,) = (answers for name, answers in answers_32.RIGHT if name == "turned_boxes")
    assert [checks.turned_boxes(answer).state for answer in answers] == ["right"] * len(answers)


@pytest.mark.parametrize(("name", "answers"), RIGHT, ids=[name for name, _ in RIGHT])
def test_different_right_answers_are_right(name, answers):
    for answer in answers:
        feedback = getattr(checks, name)(answer)
        assert feedback.state == "right", feedback


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_each_mistake_gets_its_hint(name, answer, words):
    feedback = getattr(checks, name)(answer)
    assert feedback.state == "wrong", feedback
    assert words in feedback.message


@pytest.mark.parametrize("name", [name for name, _ in RIGHT])
@pytest.mark.parametrize(
    "odd", ["some words", np.full((3, 3), np.nan), [], {}, -1e9, len, [[1], [2, 3]]]
)
def test_no_answer_ends_in_a_traceback_or_passes_by_accident(name, odd):
    assert getattr(checks, name)(odd).state == "wrong"


@pytest.mark.parametrize("name", [name for name, _ in RIGHT])
def test_an_open_answer_is_not_attempted_and_told_what_to_do(name):
    for open_answer in (None, ..., (..., ...)):
        feedback = getattr(checks, name)(open_answer)
        assert feedback.state == "not attempted"
        assert feedback.message


def test_every_check_of_these_lessons_is_tested():
    assert {name for name, _ in RIGHT} == set(checks.lesson_checks())
    assert {name for name, _, _ in WRONG} == set(checks.lesson_checks())
