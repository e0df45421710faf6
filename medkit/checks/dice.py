"""The Dice loss of a batch, and mistakes in it."""

import numpy as np


def _sums(t, s, axis=(1, 2)):
    """Return Σ(t·s), Σt and Σs, of each image if no other axes are given."""
    t, s = t.astype(float), s.astype(float)
    return (t * s).sum(axis), t.sum(axis), s.sum(axis)


def _smooth(shared, true, scored, above=1.0, below=1.0):
    """Return Dice with so much added above and below."""
    return (2 * shared + above) / (true + scored + below)


def _bare(shared, true, scored):
    """Return Dice with nothing added; no case here is without any score."""
    return _smooth(shared, true, scored, above=0, below=0)


def _loss(dice, take=np.mean, axis=(1, 2)):
    """Return the loss that takes 1 − Dice, of these sums, together in this way."""
    return lambda t, s: take(1 - dice(*_sums(t, s, axis)))


loss = _loss(_smooth)


def _case(n, height, width):
    """Return masks, the last of them empty, and scores for them."""
    rng = np.random.default_rng(n * height)
    y_true = rng.random((n, height, width)) < 0.4
    y_true[-1] = False
    y_score = np.clip(0.6 * y_true + rng.uniform(0.02, 0.6, y_true.shape), 0, 0.98)
    return y_true.astype("float32"), y_score.astype("float32")


CASES = [_case(3, 4, 5), _case(2, 6, 3), _case(4, 5, 7)]
NOTHING = np.zeros((2, 2, 3, 4), "float32")  # truth and scores


def _of_found(t, s):
    """Leave out the images without a mask."""
    return loss(t[t.any((1, 2))], s[t.any((1, 2))])


def _of_squares(above):
    def squared(t, s):
        shared, true, _ = _sums(t, s)
        return np.mean(1 - _smooth(shared, true, _sums(s, s)[0], above, above))

    return squared


def _of_means(t, s):
    """Return the loss from means over the pixels in place of sums."""
    return np.mean(1 - _smooth(*(part / t[0].size for part in _sums(t, s))))


AXES = (
    "The sums run over height and width, axes 1 and 2, so that each image has its own Dice; axis 0 "
    "is the images."
)
WRONG_LOSSES = {
    "This is Dice itself, and training makes a loss small. The loss is 1 − Dice.": (
        lambda t, s: 1 - loss(t, s),
        lambda t, s: 1 - _loss(_bare)(t, s),
    ),
    "This is −Dice. It has the same slope, but the loss was to be 1 − Dice, from 0 to 1.": (
        lambda t, s: loss(t, s) - 1,
        lambda t, s: _loss(_bare)(t, s) - 1,
    ),
    "Add 1 above and below the fraction: yours has nothing there, or much less than 1, so an image "
    "without a mask costs 1 however small its scores are.": _loss(_bare),
    "1 is added above, but not below.": _loss(lambda *sums: _smooth(*sums, below=0)),
    "1 is added below, but not above: an image without a mask would never be right.": (
        _loss(lambda *sums: _smooth(*sums, above=0))
    ),
    "The + 1 comes after the times 2, once above and once below; you add 2.": (
        _loss(lambda *sums: _smooth(*sums, above=2)),
        _loss(lambda *sums: _smooth(*sums, below=2)),
        _loss(lambda *sums: _smooth(*sums, above=2, below=2)),
    ),
    "You took the whole batch as one mask: a large object would outweigh all small ones. Each "
    "image has its own Dice; then take the mean.": (
        _loss(_smooth, axis=None),
        _loss(_bare, axis=None),
    ),
    "The factor 2 is missing: a perfect mask would cost one half.": (
        _loss(lambda shared, *areas: _smooth(shared / 2, *areas)),
        _loss(lambda shared, *areas: _bare(shared / 2, *areas)),
    ),
    "You made 0 and 1 of the scores first. A step has no slope, so nothing could be learned: take "
    "the scores as they are.": (
        lambda t, s: loss(t, s >= 0.5),
        lambda t, s: loss(t, np.round(s)),
    ),
    "This is the sum over the images; a larger batch would cost more. Take the mean.": (
        _loss(_smooth, np.sum),
        _loss(_bare, np.sum),
    ),
    "One loss for each image is there; take their mean.": (
        _loss(_smooth, np.asarray),
        _loss(_bare, np.asarray),
    ),
    "You squared the scores below the fraction, as V-Net does; here the plain sums stand there.": (
        _of_squares(1),
        _of_squares(0),
    ),
    "This is 1 − IoU: you take what both share off the sum of both areas.": (
        _loss(lambda shared, true, scored: (shared + 1) / (true + scored - shared + 1)),
        _loss(lambda shared, true, scored: shared / (true + scored - shared)),
    ),
    "Images without a mask are left out; the + 1 is there so that they can be counted.": _of_found,
    "You took means over the pixels, against which the 1 is huge. Take sums.": _of_means,
    AXES: tuple(
        _loss(dice, axis=axis) for dice in (_smooth, _bare) for axis in (0, 1, 2, (0, 1), (0, 2))
    ),
}
