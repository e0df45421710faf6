"""Networks that answer for each pixel, four ways to get the pixels back."""

import keras
from keras import layers, ops

from medkit.models.blocks import conv, residual


def fcn(shape=(64, 64, 3), classes=5, widths=(16, 32, 40)):
    """Return a fully convolutional network that answers at a few places and enlarges the answer.

    Args:
        shape: (height, width, channels) of an image, height and width multiples of
            2 ** len(widths), or None for any.
        classes: number of maps.
        widths: channels at full size, at half, and so on.

    Returns:
        keras.Model: images (n, *shape) → (n, height, width, classes), before any
            sigmoid or softmax.

    Example:
        >>> fcn().output_shape, fcn().count_params()
        ((None, 64, 64, 5), 57949)

    Reference:
        Long, Shelhamer, Darrell, Fully convolutional networks for semantic segmentation, 2014,
        arXiv:1411.4038.

    Taught in: notebooks/33_segmentation.ipynb
    """
    image = x = keras.Input(shape)
    for width in widths:
        x = layers.MaxPooling2D()(_conv(_conv(x, width), width))
    answer = layers.Conv2D(classes, 1)(_conv(x, widths[-1]))
    larger = layers.UpSampling2D(2 ** len(widths), interpolation="bilinear")
    return keras.Model(image, larger(answer))


class MaxPoolIndices(layers.Layer):
    """Keep the largest of each 2 × 2 block, and where in its block it was.

    (n, height, width, maps), height and width even → the maxima (n, height / 2, width / 2, maps),
    and (…, maps, 4) with a 1 at the place of each maximum, the first of equal ones.

    Taught in: notebooks/33_segmentation.ipynb
    """

    def call(self, x):
        """Return the maxima and their places."""
        height, width, maps = x.shape[1:]
        blocks = ops.reshape(x, (-1, height // 2, 2, width // 2, 2, maps))
        blocks = ops.transpose(blocks, (0, 1, 3, 5, 2, 4))
        four = ops.reshape(blocks, (-1, height // 2, width // 2, maps, 4))
        return ops.max(four, axis=-1), ops.one_hot(ops.argmax(four, axis=-1), 4, dtype=x.dtype)


class MaxUnpool(layers.Layer):
    """Put each value where `MaxPoolIndices` found the maximum; the other three are 0.

    (n, height, width, maps) and its places (…, maps, 4) → (n, 2 height, 2 width, maps).

    Taught in: notebooks/33_segmentation.ipynb
    """

    def call(self, x, where):
        """Return the values, spread out."""
        height, width, maps = x.shape[1:]
        blocks = ops.reshape(x[..., None] * where, (-1, height, width, maps, 2, 2))
        blocks = ops.transpose(blocks, (0, 1, 4, 2, 5, 3))
        return ops.reshape(blocks, (-1, 2 * height, 2 * width, maps))


def segnet(shape=(64, 64, 3), classes=5, widths=(10, 20, 42)):
    """Return a network that puts its values back where the maxima were when it pooled.

    Args:
        shape: (height, width, channels) of an image, height and width multiples of
            2 ** len(widths).
        classes: number of maps.
        widths: channels at full size, at half, and so on.

    Returns:
        keras.Model: images (n, *shape) → (n, height, width, classes), before any
            sigmoid or softmax.

    Example:
        >>> segnet().output_shape, segnet().count_params()
        ((None, 64, 64, 5), 61721)

    Reference:
        Badrinarayanan, Kendall, Cipolla, SegNet, 2015, arXiv:1511.00561.

    Taught in: notebooks/33_segmentation.ipynb
    """
    image = x = keras.Input(shape)
    places = []
    for width in widths:
        x, where = MaxPoolIndices()(_conv(_conv(x, width), width))
        places.append(where)
    for width, narrower in zip(widths[::-1], (*widths[-2::-1], widths[0]), strict=True):
        x = MaxUnpool()(x, places.pop())
        x = _conv(_conv(x, width), narrower)
    return keras.Model(image, layers.Conv2D(classes, 1)(x))


def unet(shape=(64, 64, 3), classes=5, widths=(8, 16, 32), bottom=40):
    """Return a network that lays copies of its fine maps beside the enlarged coarse ones.

    Args:
        shape: (height, width, channels) of an image, height and width multiples of
            2 ** len(widths), or None for any.
        classes: number of maps.
        widths: channels at full size, at half, and so on.
        bottom: channels at the smallest size.

    Returns:
        keras.Model: images (n, *shape) → (n, height, width, classes), before any
            sigmoid or softmax.

    Example:
        >>> unet().output_shape, unet().count_params()
        ((None, 64, 64, 5), 59845)

    Reference:
        Ronneberger, Fischer, Brox, U-Net, 2015, arXiv:1505.04597.

    Taught in: notebooks/33_segmentation.ipynb
    """
    image = x = keras.Input(shape)
    copies = []
    for width in widths:
        x = _conv(_conv(x, width), width)
        copies.append(x)
        x = layers.MaxPooling2D()(x)
    x = _conv(x, bottom)
    for width in widths[::-1]:
        x = layers.Concatenate()([layers.UpSampling2D()(x), copies.pop()])
        x = _conv(x, width)
    return keras.Model(image, layers.Conv2D(classes, 1)(x))


def deeplab(shape=(64, 64, 3), classes=5, widths=(16, 32), rates=(1, 2, 4)):
    """Return a network that sees far with dilated kernels instead of further pooling.

    Args:
        shape: (height, width, channels) of an image, height and width multiples of
            2 ** len(widths), or None for any.
        classes: number of maps.
        widths: channels at full size, at half, and so on.
        rates: of the dilated kernels that look side by side.

    Returns:
        keras.Model: images (n, *shape) → (n, height, width, classes), before any
            sigmoid or softmax.

    Example:
        >>> deeplab().output_shape
        (None, 64, 64, 5)

    Reference:
        Chen, Papandreou, Kokkinos, Murphy, Yuille, DeepLab, 2016, arXiv:1606.00915.

    Taught in: notebooks/33_segmentation.ipynb
    """
    image = x = keras.Input(shape)
    for width in widths:
        x = layers.MaxPooling2D()(_conv(_conv(x, width), width))
    x = _conv(x, widths[-1], rate=2)
    views = [_conv(x, widths[0], rate) for rate in rates]
    answer = layers.Conv2D(classes, 1)(_conv(layers.Concatenate()(views), 40))
    larger = layers.UpSampling2D(2 ** len(widths), interpolation="bilinear")
    return keras.Model(image, larger(answer))


def nucleus_segmenter(shape=(256, 256, 2), answers=2, widths=(24, 48, 96, 128)):
    """Return a U-Net of residual blocks that begins and ends at half the size.

    Each of its finest places answers for 2 × 2 pixels.

    What the smallest maps say of the whole image is added to them: how people drew the outlines
    differs from one kind of photograph to the next.

    Args:
        shape: (height, width, channels) of an image, height and width multiples of
            2 ** len(widths), or None for any.
        answers: number of maps.
        widths: channels at half size, at a quarter, and so on.

    Returns:
        keras.Model: images (n, *shape) → (n, height, width, answers), before any sigmoid.

    Example:
        >>> nucleus_segmenter().output_shape
        (None, 256, 256, 2)

    Taught in: notebooks/33_segmentation.ipynb
    """
    image = keras.Input(shape)
    x = residual(conv(image, widths[0], 4, 2))
    copies = []
    for width in widths[1:]:
        copies.append(x)
        x = residual(conv(x, width, stride=2))
    whole = layers.Dense(64, activation="relu")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Add()([x, layers.Dense(widths[-1])(whole)])
    for width in widths[-2::-1]:
        x = layers.UpSampling2D(interpolation="bilinear")(conv(x, width, 1))
        x = residual(conv(layers.Concatenate()([x, copies.pop()]), width))
    return keras.Model(image, layers.Conv2DTranspose(answers, 2, strides=2)(x))


def _conv(x, width, rate=1):
    return conv(x, width, rate=rate, momentum=0.9)
