"""Functions that a learner may write for the exercises of lesson 31, right and wrong."""

from itertools import product

import numpy as np
from scipy.stats import rankdata
from sklearn import metrics as sk
from sklearn.model_selection import GroupShuffleSplit

from medkit.splits import split_by_patient


def pairs_in_a_loop(y_true, y_score, tie=0.5):
    ill = [s for t, s in zip(y_true, y_score, strict=True) if t]
    healthy = [s for t, s in zip(y_true, y_score, strict=True) if not t]
    won = [1 if a > b else tie if a == b else 0 for a, b in product(ill, healthy)]
    return sum(won) / len(won)


def pairs_by_rank(y_true, y_score):
    ill = int(y_true.sum())
    ranks = rankdata(y_score)[y_true == 1].sum()
    return (ranks - ill * (ill + 1) / 2) / (ill * (len(y_true) - ill))


def won(y_true, y_score):
    return pairs_in_a_loop(y_true, y_score) * sum(y_true) * sum(1 - y_true)


def by_bayes(sensitivity, specificity, prevalence):
    ill_and_called = sensitivity * prevalence
    return ill_and_called / (ill_and_called + (1 - specificity) * (1 - prevalence))


def by_counting(sensitivity, specificity, prevalence):
    ill, healthy = 1e6 * prevalence, 1e6 * (1 - prevalence)
    found, alarms = sensitivity * ill, healthy - specificity * healthy
    return np.float32(found / (found + alarms))


def by_odds(sensitivity, specificity, prevalence):
    odds = prevalence / (1 - prevalence) * sensitivity / (1 - specificity)
    return [odds / (1 + odds)][0]


def threshold_by_trying(y_true, y_score, wanted):
    for threshold in sorted(y_score, reverse=True):
        if np.mean(y_score[y_true == 1] >= threshold) >= wanted:
            return threshold
    return None


def threshold_by_place(y_true, y_score, wanted):
    ill = np.sort(y_score[y_true == 1])[::-1]
    return ill[int(np.ceil(wanted * len(ill) - 1e-9)) - 1]


def threshold_by_int(y_true, y_score, wanted):
    ill = sorted(y_score[y_true == 1], reverse=True)
    return ill[int(wanted * len(ill)) - 1]


def threshold_by_round(y_true, y_score, wanted):
    ill = np.sort(y_score[y_true == 1])
    return ill[-round(wanted * len(ill))]


def threshold_on_grid(y_true, y_score, wanted, steps=101):
    for threshold in np.linspace(1, 0, steps):
        if (y_score[y_true == 1] >= threshold).mean() >= wanted:
            return threshold
    return 0.0


def threshold_by_curve(y_true, y_score, wanted):
    _, rates, thresholds = sk.roc_curve(y_true, y_score, drop_intermediate=False)
    return thresholds[np.argmax(rates >= wanted)]


def split_in_numpy(patient_ids, share, rng):
    patients = rng.permutation(np.unique(patient_ids))
    in_test = np.isin(patient_ids, patients[: round(share * len(patients))])
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def split_in_a_loop(patient_ids, share, rng):
    patients = sorted({int(patient) for patient in patient_ids})
    rng.shuffle(patients)
    chosen = set(patients[: int(share * len(patients)) + 1])
    train = [i for i, patient in enumerate(patient_ids) if patient not in chosen]
    return [train, [i for i, patient in enumerate(patient_ids) if patient in chosen]]


def split_in_sklearn(patient_ids, share, rng):
    splitter = GroupShuffleSplit(1, test_size=share, random_state=int(rng.integers(1000)))
    return next(splitter.split(patient_ids, groups=patient_ids))


def split_in_medkit(patient_ids, share, rng):
    return split_by_patient(patient_ids, (1 - share, share), seed=rng.integers(1000))


def split_slices(patient_ids, share, rng):
    order = rng.permutation(len(patient_ids))
    count = round(share * len(order))
    return order[count:], order[:count]


def split_share_of_images(patient_ids, share, rng):
    chosen = []
    for patient in rng.permutation(np.unique(patient_ids)):
        if np.isin(patient_ids, chosen).sum() < share * len(patient_ids):
            chosen.append(patient)
    in_test = np.isin(patient_ids, chosen)
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def split_patients(patient_ids, share, rng):
    patients = rng.permutation(np.unique(patient_ids))
    count = round(share * len(patients))
    return patients[count:], patients[:count]


def split_with_replacement(patient_ids, share, rng):
    patients = np.unique(patient_ids)
    in_test = np.isin(patient_ids, rng.choice(patients, round(share * len(patients))))
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def split_by_coin(patient_ids, share, rng):
    patients, which = np.unique(patient_ids, return_inverse=True)
    in_test = (rng.random(len(patients)) < share)[which]
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def split_masks(patient_ids, share, rng):
    in_test = np.zeros(len(patient_ids), bool)
    in_test[split_in_numpy(patient_ids, share, rng)[1]] = True
    return ~in_test, in_test


def split_with(change):
    """Return a split that spoils the right one."""
    return lambda ids, share, rng: change(*split_in_numpy(ids, share, rng))


def point_in_a_loop(heatmaps, masks):
    hits = []
    for heat, mask in zip(heatmaps, masks, strict=True):
        if mask.any():
            y, x = np.unravel_index(np.argmax(heat), heat.shape)
            hits.append(bool(mask[y, x]))
    return sum(hits) / len(hits)


def point_flat(heatmaps, masks):
    flat = masks.reshape(len(masks), -1) > 0
    hottest = heatmaps.reshape(len(masks), -1).argmax(1)
    return flat[np.arange(len(masks)), hottest][flat.sum(1) > 0].mean()


def point_by_largest(heatmaps, masks):
    inside = np.where(masks, heatmaps, -np.inf).max((1, 2))
    return (inside == heatmaps.max((1, 2))).sum() / np.isfinite(inside).sum()


def point_first(heatmaps, masks):
    return np.mean([h.argmax() == m.argmax() for h, m in zip(heatmaps, masks, strict=True)])


def point_first_of_masked(heatmaps, masks):
    pairs = [(h, m) for h, m in zip(heatmaps, masks, strict=True) if m.any()]
    places = [(np.argwhere(h == h.max())[0], np.argwhere(m)[0]) for h, m in pairs]
    return np.mean([hottest.tolist() == first.tolist() for hottest, first in places])


def point_value(heatmaps, masks):
    pairs = [(h, m) for h, m in zip(heatmaps, masks, strict=True) if m.any()]
    return sum(float(m[np.unravel_index(h.argmax(), h.shape)]) for h, m in pairs) / len(pairs)


def point_label_one(heatmaps, masks):
    return point_all(heatmaps, masks == 1) / masks.any((1, 2)).sum()


def heat_inside(heatmaps, masks):
    pairs = zip(heatmaps, masks, strict=True)
    return np.mean([h[m > 0].sum() / h.sum() for h, m in pairs if m.any()])


def mean_heat_inside(heatmaps, masks):
    pairs = zip(heatmaps, masks, strict=True)
    return np.mean([h[m > 0].mean() for h, m in pairs if m.any()])


def point_all(heatmaps, masks, swap=False):
    hits = 0
    for heat, mask in zip(heatmaps, masks, strict=True):
        y, x = np.unravel_index(heat.argmax(), heat.shape)
        hits += int(mask[x, y] if swap else mask[y, x])
    return hits


def hits_swapped(heatmaps, masks):
    return point_all(heatmaps, masks, swap=True) / masks.any((1, 2)).sum()


def point_in_square(heatmaps, masks):
    y, x = np.divmod(heatmaps.reshape(len(masks), -1).argmax(1), heatmaps.shape[1])
    hit = masks[np.arange(len(masks)), y % masks.shape[1], x]
    return hit[masks.any((1, 2))].mean()
