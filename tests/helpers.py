"""What several test files do alike."""

import numpy as np
import pytest
from traitlets import TraitError


def check_refused(build, values, words):
    """A bad value of one trait is refused in these words, first and later, and changes nothing.

    `build` makes an explorer from settings; `values` is the trait's name and the bad value.
    """
    with pytest.raises(TraitError, match=words):
        build(**values)
    explorer = build()
    ((name, value),) = values.items()
    before = getattr(explorer, name)
    with pytest.raises(TraitError, match=words):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def afresh(rng):
    """Return a fixture that sets `rng` and Keras back before each test, whatever ran before."""
    import keras

    start = rng.bit_generator.state

    @pytest.fixture(autouse=True)
    def _afresh():
        rng.bit_generator.state = start
        keras.utils.set_random_seed(21)

    return _afresh


def answers(network, given, training=False):
    """What a network makes of numbers, as an array."""
    return np.asarray(network(np.asarray(given, "float32"), training=training))
