"""Checks of lesson 22: GANs."""

import numpy as np

from medkit.checks.answers import (
    WrongAnswerError,
    as_array,
    call,
    check,
    close,
    difference,
)
from medkit.checks.cases import same_on_cases
from medkit.checks.losses import refuse_losses
from medkit.checks.mistakes_22 import (
    GAME,
    GROWN,
    WRONG_GAMES,
    WRONG_GROWN,
    WRONG_PENALTIES,
    penalty,
)
from medkit.checks.modes import refuse_modes
from medkit.checks.pairs import returning_arrays

FAILURE_STEMS = {  # how a word of the four begins or goes on → the word
    "collaps": "collapse",
    "vanish": "vanishing gradient",
    "oscillat": "oscillation",
    "memoris": "memorising",
    "memoriz": "memorising",
}
FAILURES = (  # the right word, and why none of the others
    (
        "memorising",
        {
            "collapse": "(a) Samples of all kinds are no collapse. Where do the twins come from?",
            "vanishing gradient": "(a) The samples are good, so gradients did reach the generator. "
            "Where do the twins come from?",
            "oscillation": "(a) Nothing swings here. Where do the twins come from?",
        },
    ),
    (
        "collapse",
        {
            "memorising": "(b) Nothing is said of the training set, and who learns it by heart "
            "makes more than one image.",
            "vanishing gradient": "(b) The samples change from 2,000 to 3,000 steps, and near 1.39 "
            "the discriminator only guesses: the gradient is there.",
            "oscillation": "(b) The samples move on, too, but look at one moment: all of them are "
            "alike. A collapsed generator is chased from one kind to the next.",
        },
    ),
    (
        "vanishing gradient",
        {
            "memorising": "(c) Who memorises has learned; this generator stands still. What does "
            "so small a loss pass on to it?",
            "collapse": "(c) That the samples are alike is not said, only that they stay as they "
            "are. What does so small a loss pass on to the generator?",
            "oscillation": "(c) Nothing swings: the samples do not change at all.",
        },
    ),
    (
        "oscillation",
        {
            "memorising": "(d) Who memorises settles, on the training images; these never settle.",
            "collapse": "(d) That all samples look alike is not said. Both losses swing, and "
            "neither side wins.",
            "vanishing gradient": "(d) What changes all the time does get a gradient.",
        },
    ),
)
MEASURE_STEMS = {
    "qualit": "quality",
    "variet": "variety",
    "few": "too few",
    "copi": "copies",
    "copy": "copies",
}
MEASURES = (
    (
        "variety",
        {
            "quality": "(a) Precision is as high as that of real heads: the fakes are good one by "
            "one.",
            "too few": "(a) Real heads, measured in the same way, reach 0.82. What share of them "
            "has a fake nearby?",
            "copies": "(a) No distance to a training head is given, and only that would show "
            "copies. What does recall count?",
        },
    ),
    (
        "quality",
        {
            "variety": "(b) Recall is near that of real heads: few kinds are missing. What does "
            "precision count?",
            "too few": "(b) Recall comes from the same images and is near that of real heads. Only "
            "precision is low: what does it count?",
            "copies": "(b) Copies of real heads look real: precision would be high.",
        },
    ),
    (
        "too few",
        {
            "quality": "(c) Even real heads have 14, and nothing is bad about them. What do both "
            "numbers share?",
            "variety": "(c) Even real heads have 14, and they lack no variety. What do both "
            "numbers share?",
            "copies": "(c) FID compares means and covariances, never two images: it sees no "
            "copies. And why do even real heads have 14?",
        },
    ),
    (
        "copies",
        {
            "quality": "(d) Precision is as real heads have it: the fakes look real. What are they "
            "so near to?",
            "variety": "(d) Recall is as real heads have it: no kind is missing. What are the "
            "fakes so near to?",
            "too few": "(d) Unseen real heads, measured in the same way, lie twice as far off. "
            "What brings a fake so near to a training head?",
        },
    ),
)


def _refuse_numbers(answer, truth, wrong, tolerance):
    """Stop with a hint for each number that is wrong; truth is its name → what it is."""
    answer, right = as_array(answer), np.array(list(truth.values()))
    if answer.shape != right.shape or answer.dtype.kind == "U":
        asked = "Expected three numbers, one for each question, in their order."
        raise WrongAnswerError(f"{asked} {difference(answer, right)}")
    if not close(answer, right, tolerance) and close(np.sort(answer), np.sort(right), tolerance):
        raise WrongAnswerError("The three numbers are right, but stand in another order.")
    hints = []
    for number, name, mistakes in zip(answer, truth, wrong, strict=True):
        if not close(number, np.array(truth[name]), tolerance):
            other = f"{name}: {difference(number, np.array(truth[name]))}"
            fitting = (
                hint
                for hint, values in mistakes.items()
                if any(close(number, np.array(value), tolerance) for value in values)
            )
            hints.append(next(fitting, other))
    if hints:
        raise WrongAnswerError(" ".join(hints))


@check
def game_by_hand(answer):
    """Put three numbers for the dots: D at this place, its loss at the end, and LSGAN's there."""
    _refuse_numbers(answer, GAME, WRONG_GAMES, tolerance=0.005)  # two decimals will do
    return "A loss near 1.39 says that D can only guess; it does not say that the fakes are good."


@check
def grown(answer):
    """Put three numbers for the dots: the sides (a), (b) and (c), in pixels."""
    if as_array(answer).shape == (3, 2):
        raise WrongAnswerError("Height and width are alike: put one number for each, the side.")
    _refuse_numbers(answer, GROWN, WRONG_GROWN, tolerance=1e-6)
    return "A generator must grow; the article's shrinks its code to a single pixel."


@check
def least_squares(function):
    """Write the function: return the discriminator's loss and the generator's, as means."""
    function = returning_arrays(function)
    refuse_losses(function)
    return "The further off an answer is, the harder it pulls: nothing is flat where D is sure."


@check
def gradient_penalty(function):
    """Write the function: how far is the length of each row from 1, squared, on the mean?"""
    rng = np.random.default_rng(7)
    cases = [  # some rows are shorter than 1, some longer
        ((rng.normal(size=(n, d)) * rng.uniform(0.3, 1.2, (n, 1))).round(2),)
        for n, d in ((3, 2), (6, 3), (4, 8))
    ]
    cases.append((cases[1][0].astype(np.float32),))
    if as_array(call(function, *cases[1])).shape[:1] == (6,):
        raise WrongAnswerError("One number for each row is there; take the mean over the batch.")
    same_on_cases(function, cases, penalty, WRONG_PENALTIES)
    return "A critic that rises by 1 for each unit of way has a slope everywhere, never a cliff."


def _meant(word, stems):
    """Return which of the four a learner's word is."""
    found = {meant for stem, meant in stems.items() if stem in word.lower()}
    if len(found) != 1:
        raise WrongAnswerError(
            f"{word!r} is none of the four. They are: {', '.join(dict.fromkeys(stems.values()))}."
        )
    return found.pop()


def _refuse_words(answer, asked, stems):
    """Stop with a hint for each word that is wrong; asked is the right one and hints, by place."""
    answer = as_array(answer)
    if answer.shape != (4,) or answer.dtype.kind != "U":
        raise WrongAnswerError("Expected a list of four words, in quotes, in the order (a) to (d).")
    said = [_meant(str(word), stems) for word in answer]
    if len(set(said)) == 1:
        raise WrongAnswerError(f'"{said[0]}" stands there four times: each word fits only once.')
    hints = [why[word] for word, (right, why) in zip(said, asked, strict=True) if word != right]
    if hints:
        raise WrongAnswerError(" ".join(hints))


@check
def diagnose(answer):
    """Put four words for the dots: what has failed in (a), (b), (c) and (d)?"""
    _refuse_words(answer, FAILURES, FAILURE_STEMS)
    return "A loss near 1.39 hid a collapse in (b): look at the samples, not at the loss alone."


@check
def measured(answer):
    """Put four words for the dots: what is missing or wrong in (a), (b), (c) and (d)?"""
    _refuse_words(answer, MEASURES, MEASURE_STEMS)
    return "No one number sees all four: put several side by side, and real heads next to each."


@check
def covered(function):
    """Write the function: how many modes have one percent, and how uneven are the shares?"""
    function = returning_arrays(function)
    with np.errstate(divide="ignore", invalid="ignore"):  # a hint tells it, no warning is printed
        refuse_modes(function)
    return "Nine of nine, and a divergence near 0: only then are all kinds made, and equally often."
