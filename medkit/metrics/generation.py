"""How well generated images match real ones, told from their features.

A feature is what a network says of an image shortly before its answer: n images are an array of
shape (n, d). All features of one comparison must come from the same network.
"""

import numpy as np

BLOCK = 256  # rows held against all others at once: 40 MB of distances to 20,000 rows


def kernel_distance(real, fake, subset=None, subsets=10, seed=0):
    """Return the KID: the unbiased squared maximum mean discrepancy with a cubic kernel.

    k(x, y) = (x·y / d + 1)³
    mean of k(real, other real) + mean of k(fake, other fake) - 2 * mean of k(real, fake)

    Unbiased: over many samples the mean is the true distance, however few rows each has. It
    takes n² numbers of memory; from some 5,000 rows on, take the mean over subsets.

    Args:
        real: (n, d) features of real images.
        fake: (m, d) features of generated images.
        subset: rows drawn from each, without replacement, int ≥ 2; None for all rows, once.
        subsets: number of such draws, int ≥ 1.
        seed: of the draws.

    Returns:
        float in the sixth power of the features' unit; about 0, and often below, where both come
        from the same source. Numbers from two networks cannot be compared.

    Raises:
        ValueError: one of the two is no (n, d) array of finite numbers with the other's d and at
            least 2 rows, or subset or subsets is out of range.

    Example:
        >>> kernel_distance([[0.0], [1.0]], [[1.0], [2.0]])  # 1 + 27 - 2 * (1 + 1 + 8 + 27) / 4
        9.5

    Reference:
        Bińkowski et al., Demystifying MMD GANs, ICLR 2018, arXiv:1801.01401.

    Taught in: notebooks/22_gans.ipynb
    """
    real, fake = _features(real, fake, 2)
    if subset is None:
        return _unbiased(real, fake)
    rows = min(len(real), len(fake))
    if subset not in range(2, rows + 1) or subsets < 1:
        raise ValueError(
            f"Expected a subset of 2 to {rows} rows, which both have, and at least 1 of them. "
            f"Received subset={subset}, subsets={subsets}. Change the one that is out of range."
        )
    rng = np.random.default_rng(seed)
    draws = [[rng.permutation(x)[: int(subset)] for x in (real, fake)] for _ in range(subsets)]
    return float(np.mean([_unbiased(*drawn) for drawn in draws]))


def frechet_distance(real, fake):
    """Return the Fréchet distance of the two Gaussians that fit the features: the FID's formula.

    |mean_r - mean_f|² + trace(C_r + C_f - 2 (C_r C_f)^½), with the covariances C over n - 1

    The FID itself takes the features of an Inception network. It is biased: on average too large,
    by something that falls about as 1 / n, so that two samples of one source are apart as well.
    Compare only at the same n, and prefer `kernel_distance` where n is small.

    Args:
        real: (n, d) features of real images.
        fake: (m, d) features of generated images.

    Returns:
        float ≥ 0, in the square of the features' unit.

    Raises:
        ValueError: one of the two is no (n, d) array of finite numbers with the other's d and at
            least 2 rows.

    Example:
        >>> print(round(frechet_distance([[0.0], [2.0]], [[3.0], [9.0]]), 6))  # 25 + (√2 - √18)²
        33.0

    Reference:
        Heusel et al., GANs trained by a two time-scale update rule converge to a local Nash
        equilibrium, NeurIPS 2017, arXiv:1706.08500.

    Taught in: notebooks/22_gans.ipynb
    """
    real, fake = _features(real, fake, 2)
    # With C = RᵀR, the trace of the root is the sum of the singular values of R_r R_fᵀ: no root
    # of a matrix, so nothing turns complex, even with fewer rows than features.
    roots = [
        np.linalg.qr((x - x.mean(axis=0)) / np.sqrt(len(x) - 1), mode="r") for x in (real, fake)
    ]
    spread = sum(np.sum(root**2) for root in roots)
    common = np.linalg.norm(roots[0] @ roots[1].T, "nuc")
    between = np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2)
    return float(between + max(spread - 2 * common, 0.0))


def precision_recall(real, fake, neighbours=3):
    """Return how many fakes lie among the real images, and how many real ones among the fakes.

    Each row reaches as far as its k-th nearest other row of the same kind. A row of the other
    kind lies among them if at least one of them reaches it.

    Both depend on n and m, so compare at the same numbers.

    Args:
        real: (n, d) features of real images.
        fake: (m, d) features of generated images.
        neighbours: k, int ≥ 1, less than n and m.

    Returns:
        precision: float from 0 to 1, the share of the fakes that lie among the real images: low
            where a generator makes what does not exist.
        recall: float from 0 to 1, the share of the real images that lie among the fakes: low
            where a generator leaves out what exists.

    Raises:
        ValueError: one of the two is no (n, d) array of finite numbers with the other's d, or
            neighbours is out of range.

    Example:
        >>> real, fake = [[0.0], [1.0], [2.0], [9.0]], [[0.5], [1.0]]
        >>> precision_recall(real, fake, neighbours=1)  # fakes reach 0.5 far: not to 2 and 9
        (1.0, 0.5)

    Reference:
        Kynkäänniemi et al., Improved precision and recall metric for assessing generative
        models, NeurIPS 2019, arXiv:1904.06991.

    Taught in: notebooks/22_gans.ipynb
    """
    real, fake = _features(real, fake)
    if neighbours not in range(1, min(len(real), len(fake))):
        raise ValueError(
            "Expected neighbours to be a whole number of at least 1, and more rows than that of "
            f"both kinds. Received neighbours={neighbours} with {len(real)} real and {len(fake)} "
            "fake rows. Take fewer neighbours, or more images."
        )
    return _share_among(real, fake, int(neighbours)), _share_among(fake, real, int(neighbours))


def coverage(labels, modes, least=0.01):
    """Count the modes that a generator makes, and say how unevenly it makes them.

    divergence = sum over modes of share * ln(share * modes), with 0 ln 0 = 0

    This is the Kullback–Leibler divergence of the shares from the uniform distribution.

    Args:
        labels: (n,) whole numbers from 0 to modes - 1: the mode of each generated image, mostly
            as a classifier tells it, whose mistakes are then counted too.
        modes: number of modes there are, int ≥ 1.
        least: share of the images from which on a mode counts as covered, above 0, at most 1.

    Returns:
        covered: int from 0 to modes.
        divergence: float from 0, all modes equally often, to ln(modes), one mode alone.

    Raises:
        ValueError: labels is empty, not (n,) or holds anything but these whole numbers, or modes
            or least is out of range.

    Example:
        >>> covered, divergence = coverage([0, 0, 1, 1], modes=4)
        >>> print(covered, round(divergence, 3))  # half of the modes: ln 2
        2 0.693
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or not labels.size or modes < 1 or modes % 1 or not 0 < least <= 1:
        raise ValueError(
            "Expected one label for each image, a whole number of modes, at least 1, and least "
            f"above 0 and at most 1. Received labels of shape {labels.shape}, modes={modes}, "
            f"least={least}. Turn probabilities into labels with probabilities.argmax(axis=1)."
        )
    known = np.isin(labels, np.arange(modes))
    if not known.all():
        raise ValueError(
            f"Expected labels from 0 to {modes - 1}. Received {labels[~known][0]}. Number the "
            "modes from 0 on, and give the number of all modes, missing ones included."
        )
    counts = np.bincount(labels.astype(np.int64), minlength=int(modes))
    shares = counts / len(labels)
    some = shares[counts > 0]
    divergence = np.sum(some * np.log(some * modes))
    return int(np.sum(shares >= least)), float(max(divergence, 0.0))


def nearest(features, among):
    """Find the nearest neighbour of each row, for example the training image closest to a fake.

    Fakes that lie closer to training images than new real images do are a sign of memorising.

    Args:
        features: (n, d) features.
        among: (m, d) features in which to look.

    Returns:
        indices: (n,) int64, rows of `among`.
        distances: (n,) float64 ≥ 0, Euclidean, in the features' unit; 0 for a copy.

    Raises:
        ValueError: one of the two is no (n, d) array of finite numbers with the other's d.

    Example:
        >>> indices, distances = nearest([[0.0, 0.0], [3.0, 4.0]], [[3.0, 0.0], [0.0, 1.0]])
        >>> print(indices, distances)
        [1 0] [1. 4.]
    """
    from sklearn.metrics import pairwise_distances_argmin

    features, among = _features(features, among)
    # It adds up squares and products, which loses digits: so around 0, and distances afresh.
    middle = among.mean(axis=0)
    indices = pairwise_distances_argmin(features - middle, among - middle).astype(np.int64)
    return indices, np.linalg.norm(features - among[indices], axis=1)


def _features(first, second, fewest=1):
    """Return two sets of features as float64 arrays, or say what is wrong with them."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    shapes = f"{first.shape} and {second.shape}"
    if first.ndim != 2 or second.ndim != 2 or not first.shape[1] == second.shape[1] > 0:
        raise ValueError(
            "Expected two arrays of features, (n, d) and (m, d), with the same d of at least 1. "
            f"Received shapes {shapes}. Take both from the same network; make rows of images "
            "with images.reshape(len(images), -1)."
        )
    if min(len(first), len(second)) < fewest:
        raise ValueError(
            f"Expected at least {fewest} row{'s' * (fewest > 1)} of each. Received shapes "
            f"{shapes}. Take more images."
        )
    for features in (first, second):
        if not np.isfinite(features).all():
            raise ValueError(
                f"Expected finite features. Received {np.sum(~np.isfinite(features))} numbers "
                "that are nan or infinite. See whether training diverged."
            )
    return first, second


def _unbiased(real, fake):
    """Return the squared discrepancy, each row held against all rows but itself."""
    within = sum(
        (kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1))
        for kernel in (_cubic(real, real), _cubic(fake, fake))
    )
    return float(within - 2 * _cubic(real, fake).mean())


def _cubic(x, y):
    """Return the kernel of each row of x with each of y."""
    linear = x @ y.T / x.shape[1] + 1
    return linear * linear * linear  # a tenth of the time of ** 3


def _share_among(centres, points, neighbours):
    """Return the share of the points that the balls around the centres hold."""
    reaches = [
        # the smallest of all, 0, is that to the row itself; a view would keep the whole block
        np.partition(block, neighbours, axis=1)[:, neighbours].copy()
        for block in _distances(centres, centres)
    ]
    reach = np.concatenate(reaches)
    held = [(block <= reach).any(axis=1) for block in _distances(points, centres)]
    return float(np.concatenate(held).mean())


def _distances(x, y):
    """Yield the Euclidean distances of all rows of y to a few rows of x at a time."""
    from scipy.spatial.distance import cdist

    for start in range(0, len(x), BLOCK):
        yield cdist(x[start : start + BLOCK], y)
