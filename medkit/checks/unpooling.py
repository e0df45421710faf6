"""Unpooling by the places of the maxima, as SegNet does it, and mistakes in it."""

import numpy as np


def _largest(block):
    """Return row and column of the largest number of a block."""
    return np.unravel_index(block.argmax(), block.shape)


def _placed(where=_largest, what=lambda block, value: value, rest=np.zeros_like):
    """Return an unpooling that puts what(block, value) at where(block), and the rest elsewhere."""

    def placed(image, values):
        out = rest(image)
        for (i, j), value in np.ndenumerate(values):
            block = image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            y, x = where(block)
            out[2 * i + y, 2 * j + x] = what(block, value)
        return out

    return placed


unpool = _placed()


def _case(height, width, seed):
    """Return an image without ties, of which some numbers are negative, and values for it."""
    rng = np.random.default_rng(seed)
    image = rng.permutation(height * width).reshape(height, width) / 2 - height * width / 4 + 0.3
    return image, rng.uniform(20, 60, (height // 2, width // 2)).round(1)


BY_HAND = (
    np.array([[1, 5, 0, 2], [2, 3, 4, 1], [6, 0, 1, 1.5], [2, 3, 0, 7]]),
    np.array([[10.0, 20], [30, 40]]),
)
SQUARE = [BY_HAND, _case(6, 6, seed=1), _case(4, 4, seed=2)]
# zeros, as behind a ReLU, and other pixels that are equally large
TIED = [(np.array([[0, 0, 1, 3], [0, 0, 3, 2]]), np.array([[10.0, 20]]))]
OBLONG = [_case(4, 6, seed=3), _case(8, 4, seed=4), _case(2, 6, seed=5)]


def _fill(values):
    """Return each value in its whole block."""
    return np.kron(values, np.ones((2, 2)))


def _by_mask(image, values):
    """Fill the places of the maxima in reading order, as a mask does, whatever their block."""
    out = np.zeros(image.shape)
    out[unpool(image, np.ones_like(values)) > 0] = values.ravel()
    return out


def _to_blocks(image):
    """Return the blocks of an image, each as a row of four."""
    height, width = image.shape
    return image.reshape(height // 2, 2, width // 2, 2).swapaxes(1, 2).reshape(-1, 4)


def _cut(to_blocks):
    """Return an unpooling that forgets on its way back that a block has two rows."""

    def cut(image, values):
        blocks = to_blocks(image)
        out = np.zeros(blocks.shape)
        out[np.arange(len(blocks)), blocks.argmax(1)] = values.ravel()
        return out.reshape(image.shape)

    return cut


WRONG_TIES = {
    "Where several pixels of a block are the largest, you write the value to each of them. Only "
    "the first gets it, row by row, as argmax has it.": _placed(
        where=lambda block: np.nonzero(block == block.max())
    ),
    "Where several pixels of a block are the largest, you take the last; the first counts.": (
        _placed(where=lambda block: [1 - at for at in _largest(block[::-1, ::-1])])
    ),
}
WRONG_PLACES = {
    "You wrote each value into its whole block. Only one of the four pixels gets it, the others "
    "stay 0.": (
        lambda image, values: _fill(values),
        lambda image, values: _fill(values) / 4,
    ),
    "Each value stands in the same corner of its block. Look into the image: which pixel of the "
    "block was the largest?": tuple(
        _placed(where=lambda block, y=y, x=x: (y, x)) for y in (0, 1) for x in (0, 1)
    ),
    "You put the image's own maximum there. The image only says where; what comes there is in "
    "values.": _placed(what=lambda block, value: block.max()),
    "You marked the places with 1; put the value there.": _placed(what=lambda block, value: 1),
    "You multiplied the value by the image. The image only says where.": (
        _placed(what=lambda block, value: block.max() * value),
        lambda image, values: _fill(values) * image,
    ),
    "All pixels without a value are 0; you left the image in them.": (
        _placed(rest=np.copy),
        lambda image, values: image + unpool(image, values),
    ),
    "The values have lost their decimals: an array of whole numbers, such as np.zeros(shape, int) "
    "or np.zeros_like of one, cannot hold them.": lambda image, values: np.trunc(
        unpool(image, values)
    ),
    "Row and column are swapped in the whole image: a place is [row, column].": (
        lambda image, values: unpool(image, values).T
    ),
    "Row and column are swapped within the block: argmax counts four pixels row by row, so its "
    "row is argmax // 2 and its column argmax % 2.": _placed(where=lambda b: _largest(b)[::-1]),
    "Rows and columns of values are swapped: values[i, j] belongs to the block of the rows 2i and "
    "2i + 1.": lambda image, values: unpool(image, values.T),
    "You took the smallest pixel of each block.": _placed(where=lambda block: _largest(-block)),
    "You took the pixel that is farthest from 0. −3 is smaller than 1.": (
        _placed(where=lambda block: _largest(np.abs(block)))
    ),
    "The places are right, but some values went to the wrong block: a mask fills pixels row by "
    "row, and the blocks of one row have their maxima in different rows.": _by_mask,
    "Your reshape makes blocks of four pixels side by side. A block has two rows: reshape to "
    "(h / 2, 2, w / 2, 2), where axes 1 and 3 are the block's, and the same way back.": (
        _cut(lambda image: image.reshape(-1, 4)),
        _cut(_to_blocks),
    ),
}
