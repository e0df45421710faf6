"""Functions that a learner may write for the exercises of lesson 33, right and wrong."""

import math

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist, directed_hausdorff


def corner(i, j):
    return slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2)


def unpool_in_a_loop(image, values):
    out = np.zeros(image.shape)
    for i, j in np.ndindex(*values.shape):
        block = image[corner(i, j)]
        row, column = divmod(int(np.argmax(block)), 2)
        out[2 * i + row, 2 * j + column] = values[i, j]
    return out


def unpool_by_compare(image, values):
    height, width = values.shape
    largest = image.reshape(height, 2, width, 2).max(axis=(1, 3))
    return np.where(image == largest.repeat(2, 0).repeat(2, 1), np.kron(values, [[1, 1]] * 2), 0)


def unpool_by_order(image, values):
    rank = image - 1e-6 * np.arange(image.size).reshape(image.shape)  # the first of equal ones
    return unpool_by_compare(rank, values)


def unpool_to_whole_numbers(image, values):
    return np.asarray(unpool_in_a_loop(image, values), int)


def unpool_in_blocks(image, values):
    height, width = values.shape
    blocks = image.reshape(height, 2, width, 2).transpose(0, 2, 1, 3).reshape(-1, 4)
    out = np.zeros_like(blocks)
    np.put_along_axis(out, blocks.argmax(1)[:, None], values.reshape(-1, 1), 1)
    return out.reshape(height, width, 2, 2).transpose(0, 2, 1, 3).reshape(image.shape)


def unpool_as_list(image, values):
    return unpool_in_a_loop(image, values).tolist()


def unpool_with(put):
    """Return an unpooling that writes put(out block, image block, value) block by block."""

    def unpool(image, values):
        out = np.zeros(image.shape)
        for i, j in np.ndindex(*values.shape):
            put(out[corner(i, j)], image[corner(i, j)], values[i, j])
        return out

    return unpool


def put_all(out, block, value):
    out[:] = value


def put_share(out, block, value):
    out[:] = value / 4


def put_first(out, block, value):
    out[0, 0] = value


def put_last(out, block, value):
    out[1, 1] = value


def put_maximum(out, block, value):
    out[block == block.max()] = block.max()


def put_last_of_equals(out, block, value):
    out.flat[np.flatnonzero(block == block.max())[-1]] = value


def put_one(out, block, value):
    out[block == block.max()] = 1


def put_product(out, block, value):
    out[block == block.max()] = value * block.max()


def put_into_image(out, block, value):
    out[:] = block
    out[block == block.max()] = value


def put_added(out, block, value):
    out[:] = block + value * (block == block.max())


def put_swapped(out, block, value):
    out[np.transpose(block == block.max())] = value


def put_smallest(out, block, value):
    out[block == block.min()] = value


def put_farthest(out, block, value):
    out.flat[np.abs(block).argmax()] = value


def put_plus_one(out, block, value):
    out[block == block.max()] = value + 1


def unpool_turned(image, values):
    """Write to [column, row]; outside of a square image this stops with an error."""
    out = np.zeros(image.shape)
    for i, j in np.ndindex(*values.shape):
        row, column = divmod(int(np.argmax(image[corner(i, j)])), 2)
        out[2 * j + column, 2 * i + row] = values[i, j]
    return out


def unpool_turned_values(image, values):
    return unpool_in_a_loop(image, np.transpose(values))


def unpool_by_mask(image, values):
    height, width = values.shape
    largest = image.reshape(height, 2, width, 2).max(axis=(1, 3))
    out = np.zeros(image.shape)
    out[image == largest.repeat(2, 0).repeat(2, 1)] = values.ravel()
    return out


def unpool_four_in_a_row(image, values):
    fours = image.reshape(*values.shape, 4)
    out = np.where(fours == fours.max(-1, keepdims=True), values[..., None], 0)
    return out.reshape(image.shape)


def unpool_not_turned_back(image, values):
    height, width = values.shape
    blocks = image.reshape(height, 2, width, 2).transpose(0, 2, 1, 3)
    out = np.where(blocks == blocks.max(axis=(2, 3), keepdims=True), values[..., None, None], 0)
    return out.reshape(image.shape)


def unpool_in_place(image, values):
    image[:] = unpool_in_a_loop(image, values)
    return image


def unpool_values_changed(image, values):
    out = unpool_in_a_loop(image, values)
    values[:] = 0
    return out


def unpool_without_return(image, values):
    unpool_in_a_loop(image, values)


def unpool_small(image, values):
    return values


def unpool_flat(image, values):
    return unpool_in_a_loop(image, values).ravel()


def dice_in_numpy(y_true, y_score):
    shared = np.sum(y_true * y_score, axis=(1, 2))
    both = np.sum(y_true, axis=(1, 2)) + np.sum(y_score, axis=(1, 2))
    return np.mean(1 - (2 * shared + 1) / (both + 1))


def dice_in_a_loop(y_true, y_score):
    losses = []
    for truth, scores in zip(y_true, y_score, strict=True):
        pairs = list(zip(truth.ravel().tolist(), scores.ravel().tolist(), strict=True))
        shared, both = sum(t * s for t, s in pairs), sum(t + s for t, s in pairs)
        losses.append(1 - (2 * shared + 1) / (both + 1))
    return sum(losses) / len(losses)


def dice_by_einsum(y_true, y_score):
    shared = np.einsum("nij,nij->n", y_true, y_score)
    ones = np.ones(y_true.shape[1:], "float32")
    both = np.einsum("nij,ij->n", y_true + y_score, ones)
    return np.float32(1) - ((2 * shared + 1) / (both + 1)).mean()


def dice_of_flat(y_true, y_score):
    t, s = (y.reshape(len(y), -1) for y in (y_true, y_score))
    return ((t - s * (2 * t - 1)).sum(1) / (t.sum(1) + s.sum(1) + 1)).mean()


def dice_with(divide, take=np.mean, axis=(1, 2), scores=lambda s: s):
    """Return a loss that takes divide(Σts, Σt, Σs) together in this way."""

    def loss(y_true, y_score):
        s = scores(y_score)
        with np.errstate(all="ignore"):
            return take(divide((y_true * s).sum(axis), y_true.sum(axis), s.sum(axis)))

    return loss


def smooth_loss(shared, true, scored):
    return 1 - (2 * shared + 1) / (true + scored + 1)


def bare_loss(shared, true, scored):
    return 1 - 2 * shared / (true + scored)


def dice_of_squares(y_true, y_score, above=1):
    shared = (y_true * y_score).sum((1, 2))
    squares = (y_true**2).sum((1, 2)) + (y_score**2).sum((1, 2))
    return 1 - ((2 * shared + above) / (squares + above)).mean()


def dice_without_empty(y_true, y_score):
    losses = [
        dice_in_numpy(t[None], s[None]) for t, s in zip(y_true, y_score, strict=True) if t.any()
    ]
    return np.mean(losses)


def dice_of_means(y_true, y_score):
    sums = (y_true * y_score, y_true, y_score)
    return smooth_loss(*(part.mean((1, 2)) for part in sums)).mean()


def dice_stops_at_nothing(y_true, y_score):
    if not y_score.any():
        raise ZeroDivisionError("no scores")
    return dice_in_numpy(y_true, y_score)


def dice_one_at_nothing(y_true, y_score):
    return dice_in_numpy(y_true, y_score) if y_score.any() else 1.0


def dice_without_return(y_true, y_score):
    dice_in_numpy(y_true, y_score)


def tiles_by_ceil(length, tile, overlap):
    if length <= tile:
        return 1
    return math.ceil((length - overlap) / (tile - overlap))


def tiles_in_a_loop(length, tile, overlap):
    number, end = 1, tile
    while end < length:
        number, end = number + 1, end + tile - overlap
    return number


def tiles_in_whole_numbers(length, tile, overlap):
    return 1 + max(0, -(-(length - tile) // (tile - overlap)))


def tiles_by_starts(length, tile, overlap):
    starts = list(range(0, max(length - tile, 0), tile - overlap))
    return len([*starts, max(length - tile, 0)])


def tiles_in_numpy(length, tile, overlap):
    return np.maximum(np.ceil((length - overlap) / (tile - overlap)), 1)


def tiles_with(count, short=1):
    """Return the count for lengths above a tile, and what it says for shorter ones."""
    return lambda length, tile, overlap: short if length <= tile else count(length, tile, overlap)


def tiles_without_short(length, tile, overlap):
    return math.ceil((length - overlap) / (tile - overlap))


def tiles_strictly_short(length, tile, overlap):
    return 1 if length < tile else -(-(length - overlap) // (tile - overlap)) + (length == tile)


def tiles_without_return(length, tile, overlap):
    tiles_by_ceil(length, tile, overlap)


def tiles_none_if_short(length, tile, overlap):
    if length > tile:
        return tiles_by_ceil(length, tile, overlap)


def tiles_told_as_starts(length, tile, overlap):
    return list(range(0, length, tile - overlap))


def farthest_in_numpy(points_a, points_b):
    distances = np.linalg.norm(points_a[:, None] - points_b[None], axis=-1)
    return max(distances.min(axis=0).max(), distances.min(axis=1).max())


def farthest_in_a_loop(points_a, points_b):
    def one_way(these, those):
        return max(min(math.dist(p, q) for q in those) for p in these)

    return max(one_way(points_a, points_b), one_way(points_b, points_a))


def farthest_in_scipy(points_a, points_b):
    return max(directed_hausdorff(points_a, points_b)[0], directed_hausdorff(points_b, points_a)[0])


def farthest_by_trees(points_a, points_b):
    ways = [KDTree(points_a).query(points_b)[0], KDTree(points_b).query(points_a)[0]]
    return np.float32(np.concatenate(ways).max())


def farthest_with(take, metric="euclidean"):
    """Return take(nearest of each a, nearest of each b, all distances)."""

    def farthest(points_a, points_b):
        distances = cdist(points_a, points_b, metric)
        return take(distances.min(1), distances.min(0), distances)

    return farthest


def both_farthest(near_a, near_b, _):
    return max(near_a.max(), near_b.max())


def between_centres(points_a, points_b):
    return math.dist(points_a.mean(0), points_b.mean(0))


def farthest_without_return(points_a, points_b):
    farthest_in_numpy(points_a, points_b)
