"""Right answers to the exercises of lesson 31, and wrong ones with words of their hint."""

from itertools import product

import numpy as np
from scipy.stats import rankdata
from sklearn import metrics as sk
from sklearn.model_selection import GroupShuffleSplit

from medkit.splits import split_by_patient

DENSE = 62 * 62 * 128 * 128 + 128


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
    flat = masks.reshape(len(masks), -1)
    hottest = heatmaps.reshape(len(masks), -1).argmax(1)
    return flat[np.arange(len(masks)), hottest][flat.sum(1) > 0].mean()


def point_by_largest(heatmaps, masks):
    inside = np.where(masks, heatmaps, -np.inf).max((1, 2))
    return (inside == heatmaps.max((1, 2))).sum() / np.isfinite(inside).sum()


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


RIGHT = [
    ("dense_parameters", [DENSE, 62_980_224.0, np.float32(DENSE)]),
    ("confusion_by_hand", [[[4, 2], [1, 3]], ((4, 2), (1, 3)), np.array([[4.0, 2], [1, 3]])]),
    ("f1_by_hand", [(1 / 3, 1 / 2, 0.4), [0.333, 0.5, 0.4], np.array([0.33, 0.5, 0.4])]),
    ("auc_by_pairs", [pairs_in_a_loop, pairs_by_rank, lambda t, s: sk.roc_auc_score(t, s)]),
    ("predictive_value", [by_bayes, by_counting, by_odds]),
    ("threshold_for", [threshold_by_trying, threshold_by_place, threshold_by_curve]),
    ("patient_split", [split_in_numpy, split_in_a_loop, split_in_sklearn, split_in_medkit]),
    ("pointing_game", [point_in_a_loop, point_flat, point_by_largest]),
]

WRONG = [
    ("dense_parameters", DENSE - 128, "biases"),
    ("dense_parameters", 64 * 64 * 128 * 128 + 128, "padding"),
    ("dense_parameters", 11_075_712, "224 × 224"),
    ("dense_parameters", 62 * 62 * 128 + 128, "you counted one"),
    ("dense_parameters", 62 * 62 * 128, "how many numbers Flatten gives"),
    ("dense_parameters", 62 * 128 * 128 + 128, "two sides"),
    ("dense_parameters", 124 * 124 * 128 * 128 + 128, "last pooling"),
    ("dense_parameters", 63 * 63 * 128 * 128 + 128, "odd row"),
    ("dense_parameters", 3 * 62 * 62 * 128 * 128 + 128, "No times 3"),
    ("dense_parameters", 128 * 128 + 128, "global pooling"),
    ("dense_parameters", DENSE + 896 + 18_496 + 73_856 + 1_290, "whole network"),
    ("dense_parameters", 63.0, "not millions"),
    ("confusion_by_hand", [[6, 0], [1, 3]], "exactly 0.5"),
    ("confusion_by_hand", [[4, 1], [2, 3]], "Truth and answer are swapped"),
    ("confusion_by_hand", [[3, 2], [1, 4]], "TN stands at the top left"),
    ("confusion_by_hand", [[3, 1], [2, 4]], "first row and column"),
    ("confusion_by_hand", [[2, 4], [3, 1]], "Each row is turned"),
    ("confusion_by_hand", [[0.4, 0.2], [0.1, 0.3]], "count the cases"),
    ("f1_by_hand", (1 / 2, 1 / 3, 0.4), "swapped"),
    ("f1_by_hand", (1 / 3, 1 / 2, 0.417), "arithmetic"),
    ("f1_by_hand", (1 / 3, 1 / 2, 0.408), "geometric"),
    ("f1_by_hand", (1 / 3, 1 / 2, 0.2), "factor 2"),
    ("f1_by_hand", (1 / 3, 1 / 2, 0.85), "accuracy"),
    ("f1_by_hand", (0.941, 0.889, 0.914), "healthy for the finding"),
    ("f1_by_hand", (0.889, 0.941, 0.914), "top left"),
    ("f1_by_hand", (0.333, 0.889, 0.485), "specificity"),
    ("f1_by_hand", (33.3, 50, 40), "not percent"),
    ("auc_by_pairs", lambda t, s: pairs_in_a_loop(t, s, tie=0), "count it as wrong"),
    ("auc_by_pairs", lambda t, s: pairs_in_a_loop(t, s, tie=1), "count it as right"),
    ("auc_by_pairs", lambda t, s: pairs_in_a_loop(t, -s), "Turned over"),
    ("auc_by_pairs", lambda t, s: sk.accuracy_score(t, s >= 0.5), "accuracy at 0.5"),
    ("auc_by_pairs", lambda t, s: won(t, s) / (len(t) * (len(t) - 1) / 2), "by all pairs"),
    ("auc_by_pairs", lambda t, s: won(t, s) / len(t) ** 2, "squared"),
    ("auc_by_pairs", won, "number of pairs"),
    ("auc_by_pairs", lambda t, s: 2 * pairs_by_rank(t, s) - 1, "less that ranked wrongly"),
    ("predictive_value", lambda se, sp, p: se, "This is the sensitivity"),
    ("predictive_value", lambda se, sp, p: by_bayes(se, sp, 0.5), "prevalence is missing"),
    ("predictive_value", lambda se, sp, p: se * p / (se * p + 1 - sp), "weigh them with 1"),
    ("predictive_value", lambda se, sp, p: by_bayes(sp, se, 1 - p), "negative predictive"),
    ("predictive_value", lambda se, sp, p: by_bayes(se, 1 - sp, p), "you took the specificity"),
    ("predictive_value", lambda se, sp, p: 1 - by_bayes(se, sp, p), "false alarms"),
    ("predictive_value", lambda se, sp, p: se * p, "of all people"),
    ("predictive_value", lambda se, sp, p: se * p / by_bayes(se, sp, p), "share of people"),
    ("threshold_for", lambda t, s, wanted: min(s), "calls all cases positive"),
    ("threshold_for", lambda t, s, wanted: min(s[t == 1]), "finds all"),
    (
        "threshold_for",
        lambda t, s, wanted: max(x for x in s[t == 1] if np.mean(s[t == 1] >= x) >= wanted) + 0.001,
        "none of the scores",
    ),
    (
        "threshold_for",
        lambda t, s, wanted: min(x for x in s[t == 1] if np.mean(s[t == 1] >= x) < wanted),
        "One too strict",
    ),
    (
        "threshold_for",
        lambda t, s, wanted: max(x for x in s if np.mean(s[t == 1] > x) >= wanted),
        "in place of ≥",
    ),
    (
        "threshold_for",
        lambda t, s, wanted: max(x for x in s if np.mean(s[t == 1] >= x) > wanted),
        "just reached",
    ),
    (
        "threshold_for",
        lambda t, s, wanted: max(x for x in s if np.mean(s[t == 0] >= x) >= wanted),
        "used those without",
    ),
    (
        "threshold_for",
        lambda t, s, wanted: max(x for x in s if np.mean(s >= x) >= wanted),
        "you used all",
    ),
    ("patient_split", split_slices, "you shuffled slices"),
    ("patient_split", split_with(lambda train, test: (train[1:], test)), "on neither side"),
    (
        "patient_split",
        split_with(lambda train, test: (np.append(train, train[0]), test)),
        "twice on their side",
    ),
    (
        "patient_split",
        split_with(lambda train, test: (np.append(train, test), test)),
        "in train and in test",
    ),
    ("patient_split", split_with(lambda train, test: (test, train)), "swapped"),
    ("patient_split", split_with(lambda train, test: (train[None], test[None])), "flat arrays"),
    ("patient_split", split_with(lambda train, test: (train, [])), "empty"),
    ("patient_split", split_with(lambda train, test: (train + 1, test)), "no position"),
    ("patient_split", split_with(lambda train, test: test), "return train, test"),
    ("patient_split", split_share_of_images, "share of the images"),
    ("patient_split", lambda i, share, rng: split_in_numpy(i, share / 2, rng), "Test has 6 of 40"),
    ("patient_split", split_patients, "These are patients"),
    ("patient_split", split_masks, "True and False"),
    (
        "patient_split",
        lambda ids, share, rng: split_in_numpy(ids, share, np.random.default_rng(0)),
        "same for every rng",
    ),
    (
        "patient_split",
        lambda ids, share, rng: split_in_numpy(ids, share, np.random.default_rng()),
        "one of your own",
    ),
    ("pointing_game", lambda h, m: point_all(h, m) / len(h), "leave them out"),
    ("pointing_game", hits_swapped, "Row and column"),
    ("pointing_game", lambda h, m: point_in_a_loop(1 - h, m), "coldest"),
    ("pointing_game", point_all, "number of hits"),
    ("pointing_game", lambda h, m: 1 - point_flat(h, m), "misses"),
    ("pointing_game", lambda h, m: np.mean(h[m]), "mean heat"),
    ("pointing_game", lambda h, m: (h * m).sum() / h.sum(), "how much of the heat"),
    ("pointing_game", lambda h, m: (m & (h > 0.5)).sum() / (h > 0.5).sum(), "warm pixels"),
    ("pointing_game", point_in_square, "Your answer is"),
]
