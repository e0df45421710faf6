"""Ask a learner's function which networks treat each pixel alone, and name its mistake."""

import numpy as np

from medkit.checks.answers import WrongAnswerError, as_array, call


class Answer(np.ndarray):
    """An array that answers to `.numpy()` too, as what a network of Keras gives does."""

    def numpy(self):
        """Return it as a plain array."""
        return np.asarray(self)


class Network:
    """A network to be tried: what it does to images, as a function and in words."""

    def __init__(self, function, words):
        self.function, self.words = function, words

    def __call__(self, images, **_):
        """Return its answer to images (n, height, width, channels)."""
        images = np.asarray(images)
        if images.ndim != 4:
            raise ValueError(
                "Expected images of shape (n, height, width, channels). Received "
                f"{images.shape}. Give the network image[None], a batch of one."
            )
        return self.function(images).view(Answer)

    def predict(self, images, **_):
        """Return the same as a plain array, as a network of Keras does."""
        return self(images).numpy()


def _ramp(images):
    """Return pictures of the images' shape that know nothing of them, 0..1.5."""
    _, height, width, _ = images.shape
    ramp = np.linspace(0, 1, height)[:, None] + np.linspace(0, 0.5, width)
    return np.zeros(images.shape) + ramp[..., None]


def _with_neighbours(images, axis):
    """Return the mean of each pixel and the two beside it; the first is beside the last."""
    return (np.roll(images, 1, axis) + np.roll(images, -1, axis) + images) / 3


ALONE = {
    "copies": lambda x: x,
    "squares every number": np.square,
    "mixes the colours of each pixel": lambda x: x + x[..., ::-1] / 2,
    "answers grey to everything": lambda x: np.full(x.shape, 0.5),
    "halves each number, within a ten-millionth": lambda x: 1 + x / 2 + 1e-7 * _ramp(x),
}
TOGETHER = {
    "blurs from side to side": lambda x: _with_neighbours(x, 2),
    "blurs up and down": lambda x: _with_neighbours(x, 1),
    "blurs": lambda x: _with_neighbours(_with_neighbours(x, 1), 2),
    "takes the left neighbour away": lambda x: x - np.roll(x, 1, 2),
    "adds a ramp": lambda x: x + _ramp(x),
    "answers the same ramp to everything": _ramp,
}
NETWORKS = [Network(function, words) for words, function in (ALONE | TOGETHER).items()]
COPY, _, MIX, GREY, ROUNDED, SIDEWAYS, UPRIGHT, BLUR, GRADIENT, RAMP, PICTURE = ALONE | TOGETHER
_EVEN = {SIDEWAYS, UPRIGHT, BLUR}

WRONG_PASSES = {  # a hint → all sets of networks of which it says True
    "Turned round: True is for the networks that treat each pixel alone.": [set(TOGETHER)],
    "You say True of every network, even of one that blurs.": [{*ALONE, *TOGETHER}],
    "You say False of every network, even of one that copies. Compare two of its answers, not "
    "its answer and the image.": [set()],
    "You compare the answer with the image. A network may change each pixel as it likes, if it "
    "only looks at no other.": [{COPY}],
    "Shuffle the answer to the image, too: the pixels of the other answer now stand elsewhere.": (
        [{GREY, PICTURE}]
    ),
    "Even a network that copies fails: image and answer are shuffled in two different orders.": (
        [{GREY}]
    ),
    "Only rows, or only columns, are shuffled: a network that looks along them is not caught.": (
        [{*ALONE, SIDEWAYS, GRADIENT}, {*ALONE, UPRIGHT}]
    ),
    "To mirror, turn or roll leaves neighbours beside each other, so a blur is not caught.": (
        [{*ALONE, *_EVEN}, {*ALONE, *_EVEN, GRADIENT}, {*ALONE, BLUR}]
    ),
    "Keep the colours of a pixel together: you shuffled numbers, and a network that mixes the "
    "colours of one pixel looks at no other.": [{*ALONE} - {MIX}],
    "Do not compare with ==: sums are rounded, and differ in the last digit.": (
        [{*ALONE} - {ROUNDED}]
    ),
    "A network that adds a picture of its own is not caught: one that treats pixels by their "
    "place knows where they are. Shuffle all of them.": [{*ALONE, RAMP, PICTURE}],
}


def passes(function, network, image):
    """Return what a learner's function says of a network.

    Raises:
        WrongAnswerError: it is neither True nor False.
    """
    answer = as_array(call(function, network, image))
    if answer.size != 1:
        raise WrongAnswerError(
            f"Expected one True or False. Received an array of shape {answer.shape}. np.all makes "
            "one out of many."
        )
    if answer.item() not in (0, 1):
        raise WrongAnswerError(
            f"Expected True or False. Received {answer.item()!r}. Return whether the largest "
            "difference is small."
        )
    return bool(answer.item())


def refuse_passes(passed):
    """Stop with the likely reason unless these are the names of the networks in ALONE."""
    if passed == set(ALONE):
        return
    for hint, sets in WRONG_PASSES.items():
        if passed in sets:
            raise WrongAnswerError(hint)
    words = next(words for words in ALONE | TOGETHER if (words in passed) != (words in ALONE))
    raise WrongAnswerError(f"You say {words in passed} of a network that {words}.")
