"""Functions that a learner may write for the exercises of lesson 13, right and wrong."""

import math

import numpy as np


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


def best_of_a_grid(curvatures):
    rates = np.linspace(0, 2 / max(curvatures), 50_001)
    slowest = np.abs(1 - rates[:, None] * curvatures).max(axis=1)
    return rates[slowest.argmin()]


def best_by_halving(curvatures):
    low, high = 0, 2 / max(curvatures)
    for _ in range(40):
        rate = (low + high) / 2
        flattest, steepest = 1 - rate * min(curvatures), abs(1 - rate * max(curvatures))
        low, high = (rate, high) if flattest > steepest else (low, rate)
    return rate


def norm_in_a_loop(batch, groups, epsilon=0.001):
    size = batch.shape[1] // groups
    out = np.empty(batch.shape)
    for image, channel in np.ndindex(*batch.shape):
        first = channel // size * size
        group = batch[image, first : first + size]
        out[image, channel] = (batch[image, channel] - group.mean()) / (
            group.var() + epsilon
        ) ** 0.5
    return out


def norm_of_keras(batch, groups):
    import keras

    return keras.layers.GroupNormalization(groups, epsilon=0.001)(batch)


def norm_in_parts(batch, groups):
    parts = [part - part.mean(axis=1)[:, None] for part in np.split(batch, groups, axis=1)]
    return np.hstack([part / np.hypot(part.std(axis=1), 0.001**0.5)[:, None] for part in parts])


def norm_with(change, ddof=0):
    """Return a group norm with another formula for a group, its mean and its variance."""

    def norm(batch, groups):
        parts = [np.split(image, groups) for image in batch]
        return [np.hstack([change(g, g.mean(), g.var(ddof=ddof)) for g in row]) for row in parts]

    return norm


def norm_of_batch(batch, groups):
    return (batch - batch.mean(0)) / np.sqrt(batch.var(0) + 0.001)


def norm_by_turns(batch, groups):
    order = np.argsort(np.arange(batch.shape[1]) % groups, kind="stable")
    return norm_in_a_loop(batch[:, order], groups)[:, np.argsort(order)]


def norm_of_parts(batch, groups):
    parts = np.split(batch, groups, axis=1)
    return np.hstack([(part - part.mean()) / (part.var() + 0.001) ** 0.5 for part in parts])
