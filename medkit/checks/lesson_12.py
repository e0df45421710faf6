"""Checks of lesson 12: pooling."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call, check, same
from medkit.filters import pool2d

RANDOM = np.random.default_rng(0).normal(size=(12, 18))


@check
def pool_by_hand(answer):
    """Put two rows of two numbers for the dots, for example [[1, 2], [3, 4]]."""
    same(
        answer,
        [[4, 7], [6, -1]],
        wrong={
            "Rows and columns are swapped.": [[4, 6], [7, -1]],
            "These are the means; take the largest of each window.": [[2.5, 2.5], [3, -2.5]],
            "These are the smallest; take the largest.": [[1, 0], [0, -4]],
            "Of four negative numbers the largest is the one nearest to 0: −1.": [[4, 7], [6, -4]],
            "The last window has no 0 in it: its largest is −1.": [[4, 7], [6, 0]],
        },
    )
    return "The largest of four negative numbers is −1."


@check
def darkest(function):
    """Write the function: what does pool2d give for the picture with its sign turned?"""
    for size in (2, 3):
        truth = -pool2d(-RANDOM, size)
        wrong = {
            "These are the largest values: turn the sign before pooling and after it.": pool2d(
                RANDOM, size
            ),
            "The minus sign behind the pooling is missing.": pool2d(-RANDOM, size),
            "The minus sign in front of the picture is missing.": -pool2d(RANDOM, size),
            "1 − picture turns the sign, but then 1 − result must turn it back.": pool2d(
                1 - RANDOM, size
            ),
        }
        same(call(function, RANDOM, size), truth, wrong=wrong)
    return "Dark findings survive this one, bright ones do not."


@check
def luck(answer):
    """Put two numbers for the dots; how many of the nine pixels can one window hold?"""
    same(
        answer,
        (9 / 16, 4 / 16),
        tolerance=0.005,  # 0.56 is as right as 0.5625
        wrong={
            "Best and worst are swapped.": (4 / 16, 9 / 16),
            "Divide by the 16 pixels of the window, not by the 9 of the finding.": (1, 4 / 9),
            "A window has 16 pixels: even the best cell mixes the finding with 7 others.": (1, 0),
            "At worst it is split 2 + 1 in both directions; the best cell then holds 2 · 2.": (
                9 / 16,
                1 / 16,
            ),
            "Split in one direction only, a cell holds 6; it can be split in both.": (
                9 / 16,
                6 / 16,
            ),
        },
    )
    return "0.56 or 0.25: more than half of the contrast depends on where the patient lay."


@check
def pad_first(answer):
    """Put two whole numbers for the dots: what is missing to a multiple of …?"""
    same(
        answer,
        (3, 7),
        wrong={
            "Even sides are enough for one pooling; here are three, so a multiple of 8.": (1, 1),
            "This is the remainder; what is missing to the next multiple of 8?": (5, 1),
            "A multiple of 16 would be for four poolings.": (11, 7),
            "The two are swapped: the first is for 197.": (7, 3),
            "These are the sizes afterwards; how many were added?": (200, 240),
        },
    )
    return "200 × 240: 25 × 30 cells after three poolings."


@check
def most_frequent_label(function):
    """Write the function: for each label, which share of the window has it?"""
    labels = np.random.default_rng(4).integers(0, 4, (12, 18))
    for size in (2, 3):
        windows = labels.reshape(12 // size, size, 18 // size, size).swapaxes(1, 2)
        windows = windows.reshape(12 // size, 18 // size, size**2)
        counts = np.stack([(windows == label).sum(2) for label in range(4)])
        truth = counts.argmax(0)
        mean, rounded = windows.mean(2), np.round(windows.mean(2))
        wrong = {
            "This is the mean label, rounded: labels are names, do not average them.": rounded,
            "This is the mean label; labels are names, do not average them.": mean,
            "This is the largest label of each window.": windows.max(2),
            "This is the median label: the middle of an order that names do not have.": np.median(
                windows, 2
            ),
            "Of equally frequent labels you keep the largest; keep the smallest.": 3
            - counts[::-1].argmax(0),
            "This is how often the winner occurs, not which label it is.": counts.max(0),
            "This is the winner's share, not which label it is.": counts.max(0) / size**2,
        }
        answer = as_array(call(function, labels, size))
        if answer.shape == labels.shape:
            raise WrongAnswerError("The map has its old size: one label a window, please.")
        same(answer, truth, wrong=wrong)
    return "Every label in the small map occurs in its window."
