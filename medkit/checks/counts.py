"""Mistakes in choosing the score threshold at which the cells of images are counted best."""

import numpy as np


def _errors(scores, counts, threshold, reached=np.greater_equal):
    """Return the predicted number of each image less the true one."""
    return np.array([np.sum(reached(image, threshold)) for image in scores]) - counts


def mean_count_error(scores, counts, threshold):
    """Return the mean absolute error of how many scores of each image reach the threshold."""
    return np.mean(np.abs(_errors(scores, counts, threshold)))


def _first(tied):
    return tied[0]


def _last(tied):
    return tied[-1]


def _least(error, pick):
    """Return the function that picks one of the candidates of the least error(…, threshold)."""

    def choose(scores, counts, candidates):
        found = np.array([error(scores, counts, threshold) for threshold in candidates])
        return pick(candidates[found == found.min()])

    return choose


def _either(*errors):
    """Return the functions that choose by these errors; of equally good ones they take any."""
    picks = (np.max, np.min, _first, _last)
    return tuple(_least(error, pick) for error in errors for pick in picks)


def _of_errors(measure, **rule):
    """Return the error that measures the errors of the images in another way."""
    return lambda *given: measure(_errors(*given, **rule))


def _mean_absolute(errors):
    return np.mean(np.abs(errors))


def _of_sums(scores, counts, threshold):
    """Return the error of one who adds the scores in place of counting them."""
    sums = [image[image >= threshold].sum() for image in scores]
    return np.mean(np.abs(np.array(sums) - counts))


def _shares(scores, counts, threshold):
    """Return the mean of the errors as shares of the true numbers."""
    return np.mean(np.abs(_errors(scores, counts, threshold)) / np.maximum(counts, 1))


def _all_errors(scores, counts, candidates):
    return np.array([mean_count_error(scores, counts, threshold) for threshold in candidates])


def _place(pick):
    """Return the function that gives the place of the threshold in place of the threshold."""
    return lambda *given: pick(np.flatnonzero(_all_errors(*given) == _all_errors(*given).min()))


def _places_of_sorted(order):
    """Return the functions that order the candidates, and look the place up among the unordered."""
    return tuple(
        lambda scores, counts, candidates, pick=pick: candidates[
            _place(pick)(scores, counts, np.sort(candidates)[::order])
        ]
        for pick in (_first, _last)
    )


def _best_of_scores(scores, counts, candidates):
    """Try all scores in place of the candidates."""
    return best_threshold(scores, counts, np.unique(np.concatenate(scores)))


best_threshold = _least(mean_count_error, np.max)


def _case(scores, counts, candidates):
    return list(map(np.array, scores)), np.array(counts), np.array(candidates)


COUNTED = [  # scores, counts, candidates; chosen so that no two of the mistakes give the same
    _case(
        [[0.95, 0.2, 0.15], [0.75, 0.2, 0.3, 0.65, 0.1], [0.5, 0.15]],
        [3, 1, 2],
        [0.15, 0.1, 0.2, 0.6, 0.7],
    ),
    _case(
        [[0.5, 0.65, 0.3, 0.2], [0.45, 0.65, 0.2], [0.85, 0.3], [0.6, 0.7, 0.75, 0.05, 0.45]],
        [5, 1, 2, 1],
        [0.75, 0.1, 0.8, 0.3, 0.2],
    ),
    _case(
        [[0.1, 0.6, 0.95, 0.9], [0.75, 0.4, 0.25, 0.15], [0.15, 0.3], [0.9]],
        [2, 5, 2, 5],
        [0.35, 0.85, 0.55, 0.75],
    ),
]
WITHOUT_SCORES = _case(
    [[0.7, 0.75], [0.15, 0.3, 0.2, 0.65, 0.95], [0.95, 0.6], []],
    [2, 2, 4, 1],
    [0.85, 0.5, 0.15, 0.55, 0.45],
)
WRONG_THRESHOLDS = {
    "Of several thresholds that are equally good this is the smallest; give the largest.": (
        _least(mean_count_error, np.min),
    ),
    "Of several that are equally good you take the first, as np.argmin does; give the largest, "
    "wherever it stands.": (_least(mean_count_error, _first),),
    "Of several that are equally good you take the last. It is the largest only if the candidates "
    "rise, and they may come in any order.": (_least(mean_count_error, _last),),
    "This is a place in the list; give the threshold that stands there.": (
        _place(_first),
        _place(_last),
        lambda *given: np.flatnonzero(given[2] == best_threshold(*given))[0],
    ),
    "This is the error; give the threshold at which it is so small.": (
        lambda *given: _all_errors(*given).min(),
    ),
    "The candidates may come in any order. You sorted them, and looked the place up among those "
    "that are not sorted.": (*_places_of_sorted(1), *_places_of_sorted(-1)),
    "A score of exactly the threshold counts, too: >=, not >.": _either(
        _of_errors(_mean_absolute, reached=np.greater)
    ),
    "Too many in one image and too few in another cancel: take the absolute value of each image, "
    "then the mean.": _either(_of_errors(lambda errors: abs(np.sum(errors)))),
    "Without absolute values the smallest error is the one farthest below 0, which is no good "
    "one.": _either(_of_errors(np.sum), _of_errors(lambda errors: -np.sum(errors))),
    "This threshold has the largest error; look for the smallest.": _either(
        _of_errors(lambda errors: -_mean_absolute(errors))
    ),
    "You squared the errors; take their absolute values.": _either(
        _of_errors(lambda errors: np.sum(errors**2))
    ),
    "This is the best by the median of the errors; take their mean.": _either(
        _of_errors(lambda errors: np.median(np.abs(errors)))
    ),
    "This looks at the worst image alone; take the mean over all.": _either(
        _of_errors(lambda errors: np.max(np.abs(errors)))
    ),
    "This asks in how many images the count is wrong; ask by how many cells.": _either(
        _of_errors(np.count_nonzero)
    ),
    "You count the scores below the threshold.": _either(
        _of_errors(_mean_absolute, reached=np.less),
        _of_errors(_mean_absolute, reached=np.less_equal),
    ),
    "You added the scores; count them.": _either(_of_sums),
    "Each error is divided by the true number; leave it in cells.": _either(_shares),
    "This is a score of one of the images; only the candidates are asked.": (_best_of_scores,),
}


def shortfall(threshold, scores, counts, candidates):
    """Return in words what is wrong with a threshold that is not the best of the candidates."""
    if not np.isclose(candidates, threshold).any():
        return f"{threshold:.6g} is none of the candidates {candidates.tolist()}."
    error = mean_count_error(scores, counts, threshold)
    better = _all_errors(scores, counts, candidates).min() < error
    return (
        f"Of the candidates {candidates.tolist()} you chose {threshold:.6g}. There the count is "
        f"wrong by {error:.4g} cells an image, on the mean; another one "
        + ("has a smaller error." if better else "is as good, and larger.")
    )
