"""What learners may write in the exercises of lesson 22 that does not fit into one line."""

from collections import Counter

import numpy as np
from scipy.special import rel_entr
from scipy.stats import entropy


def squares_in_a_loop(on_real, on_fake):
    real = sum((answer - 1) ** 2 for answer in on_real) / len(on_real)
    fake = sum(answer**2 for answer in on_fake) / len(on_fake)
    return real + fake, sum((1 - answer) ** 2 for answer in on_fake) / len(on_fake)


def squares_of_lists(on_real, on_fake):
    on_real, on_fake = on_real.tolist(), on_fake.tolist()
    return list(squares_in_a_loop(on_real, on_fake))


def squares_by_variance(on_real, on_fake):
    """Return the losses by mean((x − t)²) = variance + (mean − t)²."""
    real, fake = (np.var(x) for x in (on_real, on_fake))
    discriminator = real + (on_real.mean() - 1) ** 2 + fake + on_fake.mean() ** 2
    return np.array([discriminator, fake + (on_fake.mean() - 1) ** 2])


def squares_in_keras(on_real, on_fake):
    from keras import ops

    on_real, on_fake = (ops.convert_to_tensor(x, "float32") for x in (on_real, on_fake))
    real, fake = ops.mean(ops.square(on_real - 1)), ops.mean(ops.square(on_fake))
    return real + fake, ops.mean(ops.square(on_fake - 1))


def squares_of_one_length(on_real, on_fake):
    return np.mean((on_real - 1) ** 2 + on_fake**2), np.mean((on_fake - 1) ** 2)


def squares_to_the_shorter(on_real, on_fake):
    both = list(zip(on_real, on_fake, strict=False))
    return np.mean([(r - 1) ** 2 + f**2 for r, f in both]), np.mean((on_fake - 1) ** 2)


def squares_of_both_joined(on_real, on_fake):
    answers = np.concatenate([on_real, on_fake])
    targets = np.concatenate([np.ones(len(on_real)), np.zeros(len(on_fake))])
    return ((answers - targets) ** 2).mean(), ((on_fake - 1) ** 2).mean()


def squares_clipped(on_real, on_fake):
    return squares_in_a_loop(np.clip(on_real, 0, 1), np.clip(on_fake, 0, 1))


def squares_without_return(on_real, on_fake):
    squares_in_a_loop(on_real, on_fake)


def losses(discriminator, generator):
    """Return a function of the two losses, each of which is a function of both batches."""
    return lambda on_real, on_fake: (discriminator(on_real, on_fake), generator(on_real, on_fake))


def good_discriminator(on_real, on_fake):
    return squares_in_a_loop(on_real, on_fake)[0]


def good_generator(on_real, on_fake):
    return squares_in_a_loop(on_real, on_fake)[1]


def penalty_in_a_loop(gradients):
    total = 0
    for row in gradients:
        total += (sum(number**2 for number in row) ** 0.5 - 1) ** 2
    return total / len(gradients)


def penalty_by_einsum(gradients):
    return np.square(np.einsum("nd,nd->n", gradients, gradients) ** 0.5 - 1).mean(keepdims=False)


def penalty_in_keras(gradients):
    from keras import ops

    gradients = ops.convert_to_tensor(gradients, "float32")
    lengths = ops.sqrt(ops.sum(ops.square(gradients), axis=1) + 1e-12)
    return ops.mean((lengths - 1.0) ** 2)


def penalty_without_return(gradients):
    penalty_in_a_loop(gradients)


def covered_by_counter(labels, modes):
    shares = [count / len(labels) for count in Counter(labels.tolist()).values()]
    divergence = sum(share * np.log(share * modes) for share in shares)
    return sum(share >= 0.01 for share in shares), divergence


def covered_by_scipy(labels, modes):
    shares = [np.mean(labels == mode) for mode in range(modes)]
    return np.count_nonzero(np.array(shares) >= 0.01), entropy(shares, np.full(modes, 1 / modes))


def covered_with_where(labels, modes):
    shares = np.bincount(labels, minlength=modes) / labels.size
    safe = np.where(shares > 0, shares, 1 / modes)
    return [np.sum(shares >= 0.01), np.sum(shares * np.log(safe * modes))]


def covered_by_entropy(labels, modes):
    _, counts = np.unique(labels, return_counts=True)
    return (100 * counts >= len(labels)).sum(), np.log(modes) - entropy(counts)


def covered_with_a_little_more(labels, modes):
    shares = np.array([(labels == mode).mean() for mode in range(modes)])
    return (shares >= 0.01).sum(), (shares * np.log(shares * modes + 1e-12)).sum()


def covered_in_keras(labels, modes):
    from keras import ops

    shares = ops.mean(ops.one_hot(labels, modes), axis=0)
    terms = ops.where(shares > 0, shares * ops.log(ops.maximum(shares, 1e-9) * modes), 0.0)
    return ops.sum(ops.cast(shares >= 0.01, "float32")), ops.sum(terms)


def covered_without_return(labels, modes):
    covered_by_counter(labels, modes)


def counted(count):
    """Return a function of labels and modes whose first number is count(shares, modes)."""

    def both(labels, modes):
        shares = np.bincount(labels, minlength=modes) / len(labels)
        return count(shares, modes), covered_by_scipy(labels, modes)[1]

    return both


def diverging(divergence):
    """Return a function whose second number is divergence(shares of the modes found, modes)."""

    def both(labels, modes):
        _, counts = np.unique(labels, return_counts=True)
        return covered_by_scipy(labels, modes)[0], divergence(counts / len(labels), modes)

    return both


def covered_in_the_other_direction(labels, modes):
    shares = np.bincount(labels, minlength=modes) / len(labels)
    return (shares >= 0.01).sum(), rel_entr(1 / modes, shares).sum()


def covered_with_all_modes(labels, modes):
    shares = np.bincount(labels, minlength=modes) / len(labels)
    return (shares >= 0.01).sum(), np.sum(shares * np.log(shares * modes))


def covered_to_the_largest_label(labels, modes):
    shares = np.bincount(labels) / len(labels)
    some = shares[shares > 0]
    return (shares >= 0.01).sum(), np.sum(some * np.log(some * len(shares)))
