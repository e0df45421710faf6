"""The core of the exercise checks. Each lesson's own checks are tested in their own file."""

import sys

import numpy as np
import pytest

from medkit import checks
from medkit.checks.answers import Feedback, WrongAnswerError, call, check, same

IMAGE = np.arange(6.0).reshape(2, 3)


@check
def sum_of_rows(function):
    """Write a function that adds up each row."""
    same(
        call(function, IMAGE),
        IMAGE.sum(1),
        wrong={"You added up the columns: axis 1 runs along a row.": IMAGE.sum(0)},
    )
    return "One number a row."


class Tensor:
    """Stands for a tensor of Keras or TensorFlow: it can become an array, and that is all."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


@pytest.mark.parametrize(
    "function",
    [
        lambda image: image.sum(axis=1),
        lambda image: [sum(row) for row in image],
        lambda image: image @ np.ones(3, np.float32),
        lambda image: Tensor([3.0, 12.0]),
        lambda image: image.sum(axis=1) + 1e-7,
    ],
)
def test_different_right_answers_are_right(function):
    feedback = sum_of_rows(function)
    assert feedback.state == "right"
    assert repr(feedback) == "Right. One number a row."


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda image: image.sum(axis=0), "You added up the columns"),
        (lambda image: image.sum(), "Expected the shape (2,). Received (). Did you sum over too"),
        (lambda image: image.sum(1)[:1], "Look at the first and the last position"),
        (lambda image: image.sum(1, keepdims=True), "an axis is missing, extra or moved"),
        (lambda image: image.sum(1) - [0, 4], "difference is at [1]: yours is 8, which is too sm"),
        (lambda image: image.sum(1) * np.nan, "NaN or infinity"),
        (lambda image: ["three", "twelve"], "Expected a number, not words"),
        (lambda image: object(), "Expected numbers. Received object"),
        (lambda image: [[1], [1, 2]], "Your answer is not an array: ValueError"),
        (lambda image: image.sums(), "Your function stopped with AttributeError: 'numpy.ndarray' "),
        (lambda: 1, "It was given an array of shape (2, 3)."),
        (np.ones(2), "Give the check its name, without brackets"),
        (lambda image: None, "returns nothing, that is None. Write `return`"),
    ],
)
def test_each_wrong_answer_gets_its_own_hint(function, words):
    feedback = sum_of_rows(function)
    assert feedback.state == "wrong"
    assert repr(feedback).startswith("Not yet. ")
    assert words in feedback.message


@pytest.mark.parametrize(
    ("answer", "truth", "words"),
    [
        ((0, 73), 0.73, r"Expected 1 number\. Received 2\. If you meant 0\.73: Python .* point"),
        ((-3, 5), -3.5, r"If you meant -3\.5"),
        ((0, 5, 0, 25), (0.5, 0.25), r"Expected 2 numbers\. Received 4\. If you meant 0\.5, 0\.25"),
        ((0.5, 3), 0.5, r"Did you sum"),
        ((1, -2), 0.5, r"Did you sum"),
        (np.arange(8), np.arange(0.0, 8, 2), r"Expected the shape \(4,\)"),
        (np.arange(4), np.ones((2, 1)), r"Expected the shape \(2, 1\)\. Received \(4,\)"),
    ],
)
def test_decimals_with_a_comma_are_told_apart_from_other_shapes(answer, truth, words):
    with pytest.raises(WrongAnswerError, match=words):
        same(answer, truth)


def test_a_function_that_returns_a_pair_is_not_told_of_commas():
    feedback = checks.pointing_game(lambda heat, masks: (2, 4))
    assert feedback.state == "wrong"
    assert "decimals" not in feedback.message


@pytest.mark.parametrize("answer", [None, ..., lambda image: ...])
def test_an_open_answer_is_not_called_wrong(answer):
    feedback = sum_of_rows(answer)
    assert feedback.state == "not attempted"
    assert repr(feedback) == "Not attempted yet. Write a function that adds up each row."


def test_a_tuple_with_one_open_part_is_not_attempted():
    @check
    def pair(answer):
        """Give height and width."""
        same(answer, (2, 3))

    assert pair((2, ...)).state == "not attempted"
    assert pair((2, 3)).state == "right"
    assert pair(np.array([3, 2])).state == "wrong"


def test_swapped_axes_are_named():
    with pytest.raises(WrongAnswerError, match="Are height and width swapped"):
        same(IMAGE.T, IMAGE)
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(WrongAnswerError, match="rows and columns are swapped"):
        same(square.T, square)


def test_the_tolerance_is_relative_to_the_largest_value_and_absolute_below_one():
    same(1_000_001.0, 1e6)
    same(1e-6, 0.0)
    with pytest.raises(WrongAnswerError, match=r"Your answer is 1000\.1, which is too large"):
        same(1000.1, 1000.0)
    with pytest.raises(WrongAnswerError, match="too small"):
        same(0.9999, 1.0)


def test_integers_and_booleans_are_compared_as_numbers():
    same(np.array([0, 1, 1]), np.array([False, True, True]))
    same(np.uint8(3), 3)
    with pytest.raises(WrongAnswerError, match="too large"):
        same(np.uint8(255), np.uint8(0))  # 0 - 255 would wrap to 1 in eight bits


def test_words_are_compared_as_words():
    same("max", "max")
    with pytest.raises(WrongAnswerError, match=r"Expected words\. Received 'mean'"):
        same("mean", "max")


def test_a_function_that_changes_its_input_does_not_change_the_check():
    def careless(image):
        image += 1
        return (image - 1).sum(1)

    assert sum_of_rows(careless).state == "right"
    assert sum_of_rows(careless).state == "right"
    assert IMAGE[0, 0] == 0


def test_what_no_check_foresaw_ends_in_a_hint():
    @check
    def length(answer):
        """Give a list."""
        return str(len(answer))

    assert length(3) == Feedback(
        "wrong", "The answer could not be checked: TypeError: object of type 'int' has no len()"
    )


def test_feedback_is_text_only_because_saved_outputs_are_compared_as_text():
    assert not hasattr(Feedback("right"), "_repr_html_")
    assert repr(Feedback("right")) == "Right."


def test_expect_prints_the_claim_without_the_number(capsys):
    checks.expect("the network beats guessing.", np.float32(0.8123), low=0.73, high=1)
    checks.expect("the ends of the band belong to it", Tensor([0.5]), 0.5, 0.5)
    out = capsys.readouterr().out
    assert out == (
        "As claimed: the network beats guessing.\nAs claimed: the ends of the band belong to it.\n"
    )


@pytest.mark.parametrize("value", [0.72, 1.01, np.nan, np.inf])
def test_expect_stops_outside_the_band_and_says_what_was_claimed(value):
    with pytest.raises(AssertionError) as caught:
        checks.expect("the network beats guessing", value, 0.73, 1)
    assert "Expected that the network beats guessing: a value from 0.73 to 1." in str(caught.value)
    assert f"Received {value:.6g}. Run all cells again" in str(caught.value)


@pytest.mark.parametrize("band", [{}, {"low": 2, "high": 1}, {"low": np.nan}])
def test_expect_refuses_a_band_that_tests_nothing(band):
    with pytest.raises(ValueError, match="Expected a band that some numbers leave"):
        checks.expect("anything", 1.5, **band)


def test_expect_refuses_more_than_one_number():
    with pytest.raises(ValueError, match="size 1"):
        checks.expect("both are small", [0.1, 0.2], high=1)


def test_expect_error_prints_a_short_line_that_is_the_same_in_every_run(capsys):
    def stops():
        raise ValueError(f"\x1b[1mBad\x1b[0m layer <Conv at {hex(id(IMAGE))}> {'x' * 300}\nmore")

    checks.expect_error(stops, ValueError, "Bad layer")
    line = capsys.readouterr().out
    assert line.startswith("As expected, it stops: ValueError: Bad layer <Conv> xxx")
    assert line.count("\n") == 1
    assert len(line) == len("As expected, it stops: ValueError: ") + 300 + 1


def test_expect_error_fails_when_nothing_or_something_else_stops():
    with pytest.raises(AssertionError, match=r"Received no error\. If you changed nothing"):
        checks.expect_error(lambda: 1, ValueError, "shape")
    with pytest.raises(AssertionError, match=r"with the words 'shape'\. Received ValueError: int"):
        checks.expect_error(lambda: int("size", 37), (TypeError, ValueError), "shape")
    with pytest.raises(
        AssertionError, match=r"Expected TypeError or KeyError .* Received ValueErr"
    ):
        checks.expect_error(lambda: int("a"), (TypeError, KeyError), "invalid")


@pytest.fixture
def two_lessons(tmp_path, monkeypatch):
    """Make the package look into a folder with two lessons' checks."""
    names = ("lesson_98", "lesson_99")
    for name in names:
        (tmp_path / f"{name}.py").write_text(
            "import numpy as np\nfrom medkit.checks.answers import check, same\n\n"
            f"@check\ndef sum_of_{name}(answer):\n    'Add.'\n    same(answer, {name[-2:]})\n\n"
            "def _helper(): pass\n"
        )
    monkeypatch.setattr(checks, "__path__", [str(tmp_path)])
    checks.lesson_checks.cache_clear()
    yield tmp_path
    checks.lesson_checks.cache_clear()
    for name in names:
        sys.modules.pop(f"medkit.checks.{name}", None)
        vars(checks).pop(name, None)


@pytest.mark.usefixtures("two_lessons")
def test_checks_of_all_lessons_are_found_by_name():
    assert checks.sum_of_lesson_98(98).state == "right"
    assert checks.sum_of_lesson_99(98).state == "wrong"
    lessons = ["sum_of_lesson_98", "sum_of_lesson_99"]
    assert dir(checks) == ["Feedback", "expect", "expect_error", *lessons]
    with pytest.raises(
        AttributeError, match=r"Received 'sum_of_lesson98'\. Did you mean 'sum_of_l"
    ):
        _ = checks.sum_of_lesson98
    with pytest.raises(AttributeError, match=r"dir\(checks\) lists them all"):
        _ = checks.zzz


def test_two_lessons_cannot_share_the_name_of_a_check(two_lessons):
    first = two_lessons / "lesson_98.py"
    first.write_text(first.read_text().replace("sum_of_lesson_98", "sum_of_lesson_99"))
    with pytest.raises(ImportError, match="Two lessons have a check 'sum_of_lesson_99'"):
        checks.lesson_checks()
