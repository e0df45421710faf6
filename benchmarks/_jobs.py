"""What the trainings of lesson 21's networks share."""

from dataclasses import dataclass

import keras

SEED = 21


@dataclass(frozen=True)
class Job:
    """How to build, train and score one network."""

    build: callable
    train: callable
    score: callable


def optimiser(steps, rate=3e-3):
    """Return Adam with a cosine schedule over so many steps."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps))
