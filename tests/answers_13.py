"""Right answers to the exercises of lesson 13, and wrong ones with words of their hint."""

import math

import numpy as np

WAVY = [0.9, 0.7, 0.5, 0.6, 0.55, 0.52, 0.4, 0.8, 0.7]


def cosine_if(step, steps, warm_up, peak):
    if step < warm_up:
        return peak * step / warm_up
    return peak / 2 * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up)))


def cosine_where(step, steps, warm_up, peak):
    done = (step - warm_up) / (steps - warm_up)
    return np.where(step < warm_up, peak * step / warm_up, peak * np.cos(np.pi / 2 * done) ** 2)


def cosine_of_arrays(step, steps, warm_up, peak):
    rate = peak * step / warm_up
    later = step >= warm_up
    rate[later] = peak * (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, later.sum())))
    return rate


def schedule(later, first=lambda s, n, w, p: p * s / w):
    """Return a schedule made of what comes after the warm-up and what comes first."""
    return lambda s, n, w, p: first(s, n, w, p) if s < w else later(s, n, w, p)


def wave(done, peak, width=math.pi):
    return peak * (1 + math.cos(width * done)) / 2


def stop_waiting(val_losses, patience):
    best, best_epoch, wait = math.inf, 0, 0
    for epoch, loss in enumerate(val_losses):
        if loss < best:
            best, best_epoch, wait = loss, epoch, 0
        else:
            wait += 1
            if wait == patience:
                break
    return epoch, best_epoch


def stop_looking_back(val_losses, patience):
    for epoch in range(patience, len(val_losses)):
        if min(val_losses[: epoch - patience + 1]) <= min(
            val_losses[epoch - patience + 1 :][:patience]
        ):
            return [epoch, val_losses.index(min(val_losses[: epoch + 1]))]
    return [len(val_losses) - 1, val_losses.index(min(val_losses))]


def stop_in_numpy(val_losses, patience):
    best = np.array([val_losses[: i + 1].argmin() for i in range(val_losses.size)])
    old = np.flatnonzero(np.arange(val_losses.size) - best >= patience)
    stop = old[0] if old.size else val_losses.size - 1
    return np.array([stop, best[stop]])


def stop_on_rise(val_losses, patience):
    rises, stop = 0, len(val_losses) - 1
    for epoch in range(1, len(val_losses)):
        rises = rises + 1 if val_losses[epoch] > val_losses[epoch - 1] else 0
        if rises == patience:
            stop = epoch
            break
    return stop, int(np.argmin(val_losses[: stop + 1]))


def stop_without_reset(val_losses, patience):
    best, best_epoch, wait = math.inf, 0, 0
    for epoch, loss in enumerate(val_losses):
        if loss < best:
            best, best_epoch = loss, epoch
        else:
            wait += 1
            if wait == patience:
                break
    return epoch, best_epoch


def stop_with(change):
    return lambda losses, patience: change(stop_waiting(losses, patience), losses)


def norm_by_channel(batch):
    columns = [(c - c.mean()) * (c.var() + 0.001) ** -0.5 for c in batch.T]
    return np.stack(columns, axis=1)


def norm_in_einsum(batch):
    centred = batch - np.ones((len(batch), len(batch))) @ batch / len(batch)
    return centred / (np.einsum("nc,nc->c", centred, centred) / len(batch) + 1e-3) ** 0.5


RIGHT = [
    ("neuron_by_hand", [(math.log(2), 2, 0.5), [0.69, 2.0, 0.5], np.array([0.693, 2, 0.5])]),
    ("momentum_by_hand", [(0.8, 0.54, 0.302), [0.8, 0.54, 0.3], np.float32([0.8, 0.54, 0.302])]),
    (
        "largest_learning_rate",
        [
            lambda curvatures: 2 / max(curvatures),
            lambda curvatures: (2 / curvatures).min(),
            lambda curvatures: [2 / float(curvature) for curvature in sorted(curvatures)][-1],
        ],
    ),
    ("warm_up_cosine", [cosine_if, cosine_where, cosine_of_arrays]),
    ("early_stopping", [stop_waiting, stop_looking_back, stop_in_numpy]),
    (
        "batch_norm",
        [
            norm_by_channel,
            norm_in_einsum,
            lambda b: ((b - b.mean(0)) / np.sqrt(((b - b.mean(0)) ** 2).mean(0) + 1e-3)).tolist(),
        ],
    ),
    ("forgiven", [(False, True, False, True, False), [0, 1, 0, 1, 0], np.arange(5) % 2 == 1]),
]

WRONG = [
    ("neuron_by_hand", (0.693, -2, -0.5), "sign of the gradients"),
    ("neuron_by_hand", (0.693, 0.5, 0.5), "the x is missing"),
    ("neuron_by_hand", (0.693, 0.5, 2), "by w and by b are swapped"),
    ("neuron_by_hand", (0.693, 1, 0.25), "slope of p alone"),
    ("neuron_by_hand", (0.693, 0.5, 0.125), "squared error"),
    ("neuron_by_hand", (-0.693, 2, 0.5), "minus before the logarithm"),
    ("neuron_by_hand", (0.5, 2, 0.5), "first number is p"),
    ("neuron_by_hand", (0.301, 2, 0.5), "np.log10"),
    ("neuron_by_hand", (1, 2, 0.5), "np.log2"),
    ("neuron_by_hand", (0.7, 2, 0.5), "[0]: yours is 0.7"),
    ("momentum_by_hand", (0.8, 0.64, 0.512), "plain SGD"),
    ("momentum_by_hand", (0.9, 0.76, 0.614), "half as long"),
    ("momentum_by_hand", (0.8, 0.5, 0.15), "anew at each place"),
    ("momentum_by_hand", (-0.2, -0.26, -0.238), "velocities"),
    ("momentum_by_hand", (1.2, 1.54, 2.018), "uphill"),
    ("momentum_by_hand", (1, 0.8, 0.54), "not the start"),
    ("momentum_by_hand", (0.8, 0.44, -0.008), "whole velocity"),
    ("momentum_by_hand", (0.8, 0.74, 0.622), "added, not taken away"),
    ("momentum_by_hand", (0.7, 0.44, 0.248), "Nesterov"),
    ("largest_learning_rate", lambda h: 1 / max(h), "right to the bottom"),
    ("largest_learning_rate", lambda h: 2 / min(h), "already diverges"),
    ("largest_learning_rate", lambda h: 2 * len(h) / sum(h), "mean does not protect"),
    ("largest_learning_rate", lambda h: 2 / sum(h), "do not add up"),
    ("largest_learning_rate", lambda h: max(h) / 2, "Turned over"),
    ("largest_learning_rate", lambda h: 2 / h[0], "first curvature"),
    ("largest_learning_rate", lambda h: 2 / h, "not one for each"),
    ("largest_learning_rate", lambda h: 3 / max(h), "Given [1.0, 30.0, 4.0]: Your answer is 0.1"),
    (
        "warm_up_cosine",
        schedule(lambda s, n, w, p: wave((s - w) / (n - w), p), first=lambda s, n, w, p: p),
        "peak at once",
    ),
    ("warm_up_cosine", lambda s, n, w, p: wave(s / n, p), "cosine begins at step 0"),
    ("warm_up_cosine", schedule(lambda s, n, w, p: wave(s / n, p)), "so the rate jumps"),
    ("warm_up_cosine", schedule(lambda s, n, w, p: wave((s - w) / n, p)), "last step"),
    ("warm_up_cosine", schedule(lambda s, n, w, p: 2 * wave((s - w) / (n - w), p)), "Twice"),
    (
        "warm_up_cosine",
        schedule(lambda s, n, w, p: p * math.cos(math.pi * (s - w) / (n - w))),
        "falls below 0",
    ),
    ("warm_up_cosine", schedule(lambda s, n, w, p: p * (n - s) / (n - w)), "straight line"),
    ("warm_up_cosine", schedule(lambda s, n, w, p: wave((s - w) / (n - w), p, 180)), "radians"),
    (
        "warm_up_cosine",
        schedule(lambda s, n, w, p: wave((s - w) / (n - w), p, 2 * math.pi)),
        "whole wave",
    ),
    (
        "warm_up_cosine",
        schedule(lambda s, n, w, p: p * math.cos(math.pi / 2 * (s - w) / (n - w))),
        "quarter",
    ),
    (
        "warm_up_cosine",
        schedule(lambda s, n, w, p: p - wave((s - w) / (n - w), p)),
        "upside down",
    ),
    (
        "warm_up_cosine",
        schedule(
            lambda s, n, w, p: wave((s - w) / (n - w), p), first=lambda s, n, w, p: p * (s + 1) / w
        ),
        "one step ahead",
    ),
    ("warm_up_cosine", lambda s, n, w, p: cosine_if(s, n, w, 1), "peak is missing"),
    ("warm_up_cosine", lambda s, n: s / n, "stopped with TypeError"),
    ("early_stopping", stop_with(lambda found, _: found[::-1]), "swapped"),
    (
        "early_stopping",
        stop_with(lambda found, losses: (found[0], losses.index(min(losses)))),
        "whole list",
    ),
    ("early_stopping", lambda losses, patience: stop_waiting(losses, patience + 1), "late"),
    (
        "early_stopping",
        lambda losses, patience: stop_waiting(losses, max(patience - 1, 1)),
        "an epoch early",
    ),
    ("early_stopping", stop_on_rise, "one before"),
    ("early_stopping", stop_without_reset, "begins anew"),
    ("early_stopping", stop_with(lambda found, _: (found[0], found[0])), "not the last"),
    ("early_stopping", stop_with(lambda found, _: (found[0] + 1, found[1] + 1)), "begin at 1"),
    ("early_stopping", stop_with(lambda found, _: found[0]), "Expected the shape (2,)"),
    ("early_stopping", (4, 2), "Expected your function"),
    ("batch_norm", lambda b: norm_by_channel(b.T).T, "over the channels of each image"),
    ("batch_norm", lambda b: (b - b.mean()) / (b.var() + 1e-3) ** 0.5, "own mean"),
    ("batch_norm", lambda b: (b - b.mean(0)) / (b.var(0) + 1e-3), "square root of the variance"),
    ("batch_norm", lambda b: (b - b.mean(0)) / b.std(0), "blown up"),
    ("batch_norm", lambda b: (b - b.mean(0)) / (b.std(0) + 1e-3), "under the root"),
    ("batch_norm", lambda b: (b - b.mean(0)) / (b.var(0, ddof=1) + 1e-3) ** 0.5, "n − 1"),
    ("batch_norm", lambda b: b - b.mean(0), "nothing is divided"),
    ("batch_norm", lambda b: b / (b.var(0) + 1e-3) ** 0.5, "mean is not taken away"),
    ("forgiven", (True, True, False, True, False), "heart"),
    ("forgiven", (False, False, False, True, False), "up and down"),
    ("forgiven", (False, True, True, True, False), "Hounsfield"),
    ("forgiven", (False, True, False, False, False), "MR has no unit"),
    ("forgiven", (False, True, False, True, True), "side marker"),
    ("forgiven", (True, False, True, False, True), "All five"),
    ("forgiven", (False, True), "Expected five"),
    ("forgiven", (0.5, 1, 0, 1, 0), "nothing in between"),
]
