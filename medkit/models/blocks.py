"""Pieces that several networks are built of."""

from keras import layers


def conv(x, width, size=3, stride=1, rate=1, relu=True, momentum=0.97):
    """Return a convolution without bias, its batch normalisation, and perhaps a ReLU.

    Args:
        x: maps (n, height, width, channels).
        width: channels of the result.
        size: side of the kernel, in pixels.
        stride: step of the kernel; the result is so many times smaller.
        rate: distance of neighbouring weights (dilation).
        relu: whether negative values become 0.
        momentum: of the running mean and variance; short trainings need a lower one.

    Returns:
        maps (n, height / stride, width / stride, width).
    """
    look = {"strides": stride, "dilation_rate": rate, "padding": "same", "use_bias": False}
    x = layers.BatchNormalization(momentum=momentum)(layers.Conv2D(width, size, **look)(x))
    return layers.ReLU()(x) if relu else x


def residual(x):
    """Return what two convolutions add to maps (n, height, width, channels), in the same shape.

    Reference:
        He, Zhang, Ren, Sun, Deep residual learning for image recognition, 2015, arXiv:1512.03385.
    """
    width = x.shape[-1]
    return layers.ReLU()(layers.Add()([x, conv(conv(x, width), width, relu=False)]))
