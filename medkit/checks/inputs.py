"""Inputs on which a function stumbles that is right elsewhere: none at all, and a second use."""

import numpy as np

from medkit.checks.answers import UnansweredError, WrongAnswerError, as_array, call, close


def answer_to_nothing(function, hint, *arguments):
    """Return what a function answers where there is nothing to work on.

    Args:
        function: the learner's.
        hint: what to say if it stops, or returns nothing.
        *arguments: what it is given.

    Raises:
        WrongAnswerError: with the hint.
    """
    try:
        return as_array(call(function, *arguments))
    except (WrongAnswerError, UnansweredError) as error:
        raise WrongAnswerError(hint) from error


def refuse_no_boxes(function, *rest):
    """Stop unless a function of boxes answers no boxes with no boxes, as [] or shape (0, 4)."""
    hint = "An image without objects has boxes of shape (0, 4): give as many back, none."
    if answer_to_nothing(function, hint, np.zeros((0, 4)), *rest).size:
        raise WrongAnswerError(hint)


def refuse_changed_input(function, boxes, *rest):
    """Stop if a function, right on these boxes, changes them."""
    given = boxes.copy()
    function(given, *rest)
    if not close(given, boxes):
        raise WrongAnswerError(
            "The result is right, but the boxes that were given are changed, and who uses them "
            "again, as the next epoch does, would have them changed twice. Make a new array."
        )
