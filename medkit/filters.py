"""Convolution and pooling in plain numpy, as lessons 11 and 12 build them."""

from math import comb

import numpy as np

POOLING_MODES = ("max", "average", "L2", "blur")


def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    """Return how many steps a window makes along one axis.

    floor((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1

    Args:
        size: pixels along the axis, int ≥ 1.
        kernel_size: weights along the axis, int ≥ 1.
        stride: pixels from one step to the next, int ≥ 1.
        padding: zeros added on each side, int ≥ 0.
        dilation: pixels from one weight to the next, int ≥ 1.

    Returns:
        The number of outputs, int ≥ 1.

    Raises:
        ValueError: the window is larger than the padded image, or an argument is out of range.

    Example:
        >>> output_size(224, kernel_size=3, stride=2, padding=1)
        112

    Taught in: notebooks/11_convolution.ipynb
    """
    if min(size, kernel_size, stride, dilation) < 1 or padding < 0:
        raise ValueError(
            "Expected size, kernel_size, stride and dilation of at least 1 and padding of at least "
            f"0. Received size={size}, kernel_size={kernel_size}, stride={stride}, "
            f"padding={padding}, dilation={dilation}. Change the one that is too small."
        )
    reach = dilation * (kernel_size - 1) + 1
    if reach > size + 2 * padding:
        raise ValueError(
            f"Expected a window that fits into the image. Received a reach of {reach} pixels "
            f"(kernel_size={kernel_size}, dilation={dilation}) on {size + 2 * padding} pixels "
            "(padding included). Use a smaller kernel or dilation, or more padding."
        )
    return (size + 2 * padding - reach) // stride + 1


def correlate2d(image, kernel, stride=1, padding=0, dilation=1):
    """Slide a kernel over an image and sum the products: what deep learning calls convolution.

    out[y, x] = sum over i, j of kernel[i, j] * image[y * stride + i * dilation - padding, ...]

    Args:
        image: (height, width) array of numbers.
        kernel: (rows, columns) array of weights.
        stride: pixels from one step to the next, int ≥ 1.
        padding: zeros added on each side, int ≥ 0.
        dilation: pixels from one weight to the next, int ≥ 1.

    Returns:
        (out_height, out_width) float array; float64 if the image is float64, else float32.

    Raises:
        ValueError: image or kernel is not two-dimensional, or the window does not fit.

    Example:
        >>> correlate2d(np.array([[1.0, 2.0, 4.0]]), np.array([[-1.0, 1.0]]))
        array([[1., 2.]])

    Taught in: notebooks/11_convolution.ipynb
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    if kernel.dtype.kind in "biu":
        kernel = kernel.astype(float)  # or products of bytes would wrap
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(
            "Expected an image (height, width) and a kernel (rows, columns). Received shapes "
            f"{image.shape} and {kernel.shape}. Pick one channel, for example image[..., 0]."
        )
    rows, columns = kernel.shape
    height = output_size(image.shape[0], rows, stride, padding, dilation)
    width = output_size(image.shape[1], columns, stride, padding, dilation)
    padded = np.pad(image, padding)
    out = np.zeros((height, width), np.float64 if image.dtype == np.float64 else np.float32)
    for i in range(rows):  # a loop over the few weights; each adds one shifted image
        for j in range(columns):
            y, x = i * dilation, j * dilation
            shifted = padded[y : y + stride * height : stride, x : x + stride * width : stride]
            out += kernel[i, j] * shifted
    return out


def binomial(size):
    """Return a row of Pascal's triangle as weights that sum to 1.

    Example:
        >>> binomial(3)
        array([0.25, 0.5 , 0.25])
    """
    weights = np.array([comb(size - 1, k) for k in range(size)], float)
    return weights / weights.sum()


def pool2d(image, size=2, stride=None, mode="max"):
    """Summarise each window of an image by one number.

    Args:
        image: (height, width) array of numbers.
        size: side of the square window in pixels, int ≥ 1.
        stride: pixels from one window to the next; the window's size if None.
        mode: "max", "average", "L2" (root of the mean square) or "blur" (average with
            binomial weights, which damps what would alias).

    Returns:
        (out_height, out_width) float array; rows and columns that no whole window covers are
        left out, as in Keras with padding="valid".

    Raises:
        ValueError: the mode is unknown, the image is not two-dimensional, or no window fits.

    Example:
        >>> pool2d(np.array([[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 0.0]]), 2, mode="max")
        array([[4., 7.]])

    Reference:
        The blur: R. Zhang, Making convolutional networks shift-invariant again, ICML 2019.
    Taught in: notebooks/12_pooling.ipynb
    """
    image = np.asarray(image)
    image = image if image.dtype == np.float64 else image.astype(np.float32)
    stride = size if stride is None else stride
    if mode not in POOLING_MODES or image.ndim != 2:
        raise ValueError(
            f"Expected an image (height, width) and one of the modes {', '.join(POOLING_MODES)}. "
            f"Received shape {image.shape} and mode {mode!r}. Change the one that differs."
        )
    for length in image.shape:
        output_size(length, size, stride)  # says clearly when no window fits
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))[::stride, ::stride]
    if mode == "max":
        return windows.max((2, 3))
    if mode == "average":
        return windows.mean((2, 3))
    if mode == "L2":
        return np.sqrt((windows**2).mean((2, 3)))
    weights = binomial(size).astype(image.dtype)
    return np.einsum("yxij,i,j->yx", windows, weights, weights)


def receptive_field(layers):
    """Return how many input pixels one output pixel of a stack of layers can see.

    For each layer in turn: field += (kernel_size - 1) * dilation * jump, then jump *= stride.

    Args:
        layers: list of (kernel_size, stride, dilation), input side first.

    Returns:
        field: side of the square of input pixels, int ≥ 1.
        jump: input pixels between two neighbouring outputs, int ≥ 1.

    Example:
        >>> receptive_field([(3, 1, 1), (3, 1, 1)])
        (5, 1)
        >>> receptive_field([(3, 2, 1), (3, 1, 2)])
        (11, 2)

    Reference:
        Araujo, Norris, Sim, Computing receptive fields of convolutional neural networks,
        Distill 2019, doi:10.23915/distill.00021.
    Taught in: notebooks/11_convolution.ipynb
    """
    field, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        field += (kernel_size - 1) * dilation * jump
        jump *= stride
    return field, jump
