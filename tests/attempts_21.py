"""Functions that a learner may write for the exercises of lesson 21, right and wrong."""

import numpy as np


def orders(image, seed=0):
    """Return two different orders of the pixels."""
    rng = np.random.default_rng(seed)
    return rng.permutation(image[..., 0].size), rng.permutation(image[..., 0].size)


def reordered(image, order):
    return image.reshape(-1, image.shape[-1])[order].reshape(image.shape)


def same_gap(one, other, limit=1e-4):
    return one.shape == other.shape and np.abs(one - other).max() < limit


def alone_by_order(network, image):
    order, _ = orders(image)
    answer = network(image[None])[0]
    return np.allclose(network(reordered(image, order)[None])[0], reordered(answer, order))


def alone_by_predict(network, image):
    flat = image.reshape(-1, 1, image.shape[-1])
    order = np.argsort(np.random.default_rng().random(len(flat)))
    before = network.predict(flat[order].reshape(image.shape)[None], verbose=0)
    after = network.predict(image[None], verbose=0).reshape(len(flat), -1)[order]
    return np.abs(before.reshape(len(flat), -1) - after).max() < 1e-3


def alone_by_numpy(network, image):
    order, _ = orders(image)
    answer = network(image[None], training=False).numpy()[0]
    after = network(reordered(image, order)[None], training=False)[0].numpy()
    return np.allclose(after, reordered(answer, order))


def alone_in_a_loop(network, image):
    height, width, _ = image.shape
    places = list(np.ndindex(height, width))
    moved = np.random.default_rng(3).permutation(len(places))
    shuffled = np.zeros_like(image)
    for (y, x), place in zip(places, moved, strict=True):
        shuffled[y, x] = image[places[place]]
    one, other = network(shuffled[None]), network(image[None])
    gaps = [
        np.abs(one[0][here] - other[0][places[i]]).max()
        for here, i in zip(places, moved, strict=True)
    ]
    return int(max(gaps) < 1e-6)


def alone_turned_round(network, image):
    return not alone_by_order(network, image)


def alone_with_answer_as_it_is(network, image):
    order, _ = orders(image)
    return same_gap(network(reordered(image, order)[None])[0], network(image[None])[0])


def alone_with_two_orders(network, image):
    order, other = orders(image)
    after = reordered(network(image[None])[0], other)
    return same_gap(network(reordered(image, order)[None])[0], after)


def alone_with_order_undone(network, image):
    order, _ = orders(image)
    after = reordered(network(image[None])[0], np.argsort(order))
    return same_gap(network(reordered(image, order)[None])[0], after)


def alone_beside_input(network, image):
    order, _ = orders(image)
    shuffled = reordered(image, order)
    return same_gap(network(shuffled[None])[0], shuffled)


def alone_beside_image(network, image):
    order, _ = orders(image)
    return same_gap(network(reordered(image, order)[None])[0], image)


def alone_by(change, limit=1e-4):
    """Return a function that changes image and answer in this way before it compares."""

    def changed(network, image):
        return same_gap(network(change(image)[None])[0], change(network(image[None])[0]), limit)

    return changed


def rows_shuffled(image):
    return image[np.random.default_rng(0).permutation(len(image))]


def columns_shuffled(image):
    return image[:, np.random.default_rng(0).permutation(image.shape[1])]


def numbers_shuffled(image):
    return np.random.default_rng(0).permutation(image.ravel()).reshape(image.shape)


def channels_apart(image):
    rng = np.random.default_rng(0)
    planes = [rng.permutation(image[..., c].ravel()) for c in range(image.shape[-1])]
    return np.stack(planes, -1).reshape(image.shape)


def alone_exactly(network, image):
    order, _ = orders(image)
    after = reordered(network(image[None])[0], order)
    return np.array_equal(network(reordered(image, order)[None])[0], after)


def alone_number_by_number(network, image):
    order, _ = orders(image)
    after = reordered(network(image[None])[0], order)
    return np.isclose(network(reordered(image, order)[None])[0], after)


def alone_gap(network, image):
    order, _ = orders(image)
    after = reordered(network(image[None])[0], order)
    return np.abs(network(reordered(image, order)[None])[0] - after).max() + 0.5


def alone_by_one_pixel(network, image):
    changed = image.copy()
    changed[5, 5] += 1
    gaps = np.abs(network(changed[None])[0] - network(image[None])[0]).max(-1)
    gaps[5, 5] = 0
    return gaps.max() < 1e-6


def alone_in_one_shape(network, image):
    order, _ = orders(image)
    after = network(image[None])[0].reshape(-1, 3)[order].reshape(image.shape)
    return same_gap(network(reordered(image, order)[None])[0], after)


def alone_without_batch(network, image):
    return same_gap(network(image), image)


def alone_if_flat(network, image):
    return np.ptp(network(image[None])) < 0.6  # no reason at all


def alone_without_return(network, image):
    alone_by_order(network, image)


def drawn_without_return(mean, log_variance, noise):
    mean + np.exp(log_variance / 2) * noise


def drawn_in_a_loop(mean, log_variance, noise):
    code = np.zeros(mean.shape)
    for place, m in np.ndenumerate(mean):
        code[place] = m + np.sqrt(np.exp(log_variance[place])) * noise[place]
    return code


def drawn_by_power(mean, log_variance, noise):
    return (mean + noise * (np.e**log_variance) ** 0.5).astype("float32")


def drawn_in_keras(mean, log_variance, noise):
    from keras import ops

    return mean + ops.exp(0.5 * ops.convert_to_tensor(log_variance)) * noise


def drawn_anew(mean, log_variance, noise):
    return mean + np.exp(log_variance / 2) * np.random.normal(size=mean.shape)


def drawn_from_seed(mean, log_variance, noise):
    return mean + np.exp(log_variance / 2) * np.random.default_rng(0).normal(size=mean.shape)


def towards_in_a_loop(codes, labels):
    ill = [c for c, label in zip(codes.tolist(), labels, strict=True) if label]
    healthy = [c for c, label in zip(codes.tolist(), labels, strict=True) if not label]
    return [
        sum(a) / len(ill) - sum(b) / len(healthy)
        for a, b in zip(zip(*ill, strict=True), zip(*healthy, strict=True), strict=True)
    ]


def towards_by_weights(codes, labels):
    return (labels / labels.sum() - (1 - labels) / (1 - labels).sum()) @ codes


def towards_by_regression(codes, labels):
    design = np.stack([np.ones(len(labels)), labels], 1)
    return np.linalg.lstsq(design, codes, rcond=None)[0][1]


def towards(first, second):
    """Return the difference of what two functions make of the codes with and without a lesion."""
    return lambda codes, labels: first(codes[labels == 1]) - second(codes[labels == 0])


def threshold_by_trying(scores, share):
    for threshold in sorted(set(scores.tolist())):
        if np.mean(scores > threshold) <= share:
            return threshold


def threshold_from_above(scores, share):
    scores.sort()
    return scores[::-1][int(share * len(scores))]


def threshold_halfway(scores, share):
    """Return the middle between the score that raises no alarm and the next larger one."""
    low = threshold_by_trying(scores, share)
    return (low + min(scores[scores > low], default=low)) / 2


def threshold_below_next(scores, share):
    low = threshold_by_trying(scores, share)
    return np.nextafter(min(scores[scores > low], default=low + 1), -np.inf)


def threshold_below_lowest(scores, share):
    return np.nextafter(np.float32(threshold_by_trying(scores, share)), np.float32(-np.inf))


def threshold_wrong_with_ties(scores, share):
    """Return a little less than the smallest score that may raise an alarm."""
    return np.sort(scores)[-int(share * len(scores))] - 0.01 if share else scores.max()


def threshold_a_little_too_low(scores, share):
    return threshold_by_trying(scores, share) - 0.05


def threshold_of_sorted(place):
    """Return a function that takes the score at place(share, n) of the sorted scores."""
    return lambda scores, share: np.sort(scores)[place(share, len(scores))]


def threshold_unsorted(place):
    """Return the same without the sorting."""
    return lambda scores, share: scores[place(share, len(scores))]


def threshold_without_return(scores, share):
    np.sort(scores)[int(share * len(scores))]
