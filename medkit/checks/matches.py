"""Mistakes in matching predictions with truths one to one."""

import numpy as np


def _in_order(overlaps):
    return range(len(overlaps))


def _greedy(choose, order=_in_order):
    """Return the matcher in which each row takes choose(overlaps, free, threshold), if any."""

    def match(overlaps, threshold):
        matched, free = np.full(len(overlaps), -1), np.ones(overlaps.shape[1], bool)
        for row in order(overlaps):
            for truth in choose(overlaps[row], free, threshold)[:1]:
                matched[row], free[truth] = truth, False
        return matched

    return match


def _best_if(allowed):
    """Return a function that names the best of all truths, or none if it is not allowed."""
    return lambda overlaps, *rest: [
        truth for truth in [np.argmax(overlaps)] if allowed(overlaps, *rest)[truth]
    ]


def _best_of(allowed):
    """Return a function that names the truths allowed(overlaps, free, threshold), best first."""
    return lambda overlaps, *rest: [
        truth for truth in np.argsort(-overlaps) if allowed(overlaps, *rest)[truth]
    ]


def _may_take(overlaps, free, threshold):
    return free & (overlaps >= threshold)


def _may_take_above(overlaps, free, threshold):
    return free & (overlaps > threshold)


def _enough(overlaps, free, threshold):
    return overlaps >= threshold


match = _greedy(_best_if(_may_take))


def _first_if_free(overlaps, free, threshold):
    """Choose the first truth above the threshold, or none if it is taken."""
    return [truth for truth in np.flatnonzero(overlaps >= threshold)[:1] if free[truth]]


def _taken_below(overlaps, threshold):
    """Let a row below the threshold take its best truth, too, though -1 is told."""
    best = overlaps.argmax(axis=1)
    first = np.isin(np.arange(len(best)), np.unique(best, return_index=True)[1])
    return np.where(first & (overlaps.max(axis=1) >= threshold), best, -1)


def _truths_choose(again):
    """Return the matcher in which each truth takes its best row, one that is taken again or not."""

    def matcher(overlaps, threshold):
        matched = np.full(len(overlaps), -1)
        for truth, column in enumerate(overlaps.T):
            row = column.argmax()
            if column[row] >= threshold and (again or matched[row] < 0):
                matched[row] = truth
        return matched

    return matcher


def _told(tell):
    """Return the function that tells something else of the right matches."""
    return lambda overlaps, threshold: tell(match(overlaps, threshold), overlaps)


def _rows_of_truths(matched, overlaps):
    truths = range(overlaps.shape[1])
    return [int(np.argmax(matched == t)) if t in matched else -1 for t in truths]


def _of_rows(matched, overlaps):
    return overlaps[np.arange(len(matched)), matched]


CROWDED = np.random.default_rng(32).permutation(np.arange(5, 95, 3) / 100).reshape(6, 5)
MATCHED = [  # overlaps (predictions, truths), threshold
    (np.array([[0.6, 0.8, 0], [0.7, 0.75, 0.1], [0.55, 0.5, 0.2], [0, 0.1, 0.5]]), 0.5),
    (np.array([[0.6, 0.1], [0.9, 0.65], [0.3, 0.8]]), 0.5),
    (np.array([[0.25, 0.4, 0.35, 0.1], [0.1, 0.7, 0.3, 0.05], [0.2, 0.6, 0.1, 0.15]]), 0.3),
    (np.array([[0.45, 0.1], [0.7, 0.55], [0.2, 0.6]]), 0.5),
    (CROWDED, 0.35),
    (CROWDED.T[:, ::-1], 0.6),
]
WRONG_MATCHES = {
    "A truth is taken twice: once it is matched, it is no longer free.": (
        _greedy(_best_if(_enough)),
        _greedy(lambda *given: np.flatnonzero(_enough(*given))),
        _greedy(_best_if(lambda overlaps, free, threshold: overlaps >= 0)),
    ),
    "An IoU of exactly the threshold is enough: at least, not more than.": (
        _greedy(_best_if(_may_take_above))
    ),
    "If the best truth is taken, this goes on to another free one. That is COCO's rule, built in "
    "the lesson; VOC calls the prediction a duplicate: -1.": (
        _greedy(_best_of(_may_take)),
        _greedy(_best_of(_may_take_above)),
    ),
    "This looks at the first truth above the threshold; look at the one of the highest IoU.": (
        _greedy(lambda *given: np.flatnonzero(_may_take(*given))),
        _greedy(_first_if_free),
    ),
    "A prediction below the threshold takes nothing: its truth stays free for the next row.": (
        _taken_below
    ),
    "Here each truth chooses its best prediction. The predictions choose, the first row first, "
    "even if a later one fits better.": (
        _truths_choose(again=True),
        _truths_choose(again=False),
    ),
    "The prediction of the largest IoU wins the truth here. The scores decide who chooses: the "
    "first row first.": (
        _greedy(_best_if(_may_take), order=lambda overlaps: np.argsort(-overlaps.max(axis=1)))
    ),
    "The last row chooses first; the first one has the best score.": (
        _greedy(_best_if(_may_take), order=lambda overlaps: reversed(range(len(overlaps))))
    ),
    "The threshold is not used: below it nothing is matched.": (
        _greedy(_best_if(lambda overlaps, free, threshold: free))
    ),
    "A prediction without a truth is left out here; it stays in its place, as -1.": _told(
        lambda matched, overlaps: matched[matched >= 0]
    ),
    "A prediction without a truth gets -1; your 0 is the first truth.": _told(
        lambda matched, overlaps: np.maximum(matched, 0)
    ),
    "An index begins at 0: yours are one too large.": (
        _told(lambda matched, overlaps: matched + 1),
        _told(lambda matched, overlaps: np.where(matched < 0, -1, matched + 1)),
    ),
    "This says whether something is matched; say what: the index of the truth, or -1.": _told(
        lambda matched, overlaps: matched >= 0
    ),
    "These are the overlaps; give the index of the truth.": (
        _told(lambda matched, overlaps: np.where(matched < 0, 0, _of_rows(matched, overlaps))),
        _told(lambda matched, overlaps: np.where(matched < 0, -1, _of_rows(matched, overlaps))),
    ),
    "This says for each truth who took it; say for each prediction what it takes.": _told(
        _rows_of_truths
    ),
}
NOTHING_TO_MATCH = {  # shape of the overlaps → what to say if a function stumbles over it
    (3, 0): "Right where there are truths. But an image may have none: `overlaps` has the shape "
    "(3, 0), no columns, and no row has a best one. All its predictions get -1.",
    (0, 3): "Right where there are predictions. But an image may have none: `overlaps` has the "
    "shape (0, 3), no rows. Give an array of none back.",
}
