"""Networks that answer with boxes."""

import keras
from keras import layers

from medkit.models.blocks import conv, residual


def cell_detector(shape=(240, 320, 3), classes=3, widths=(32, 48, 96)):
    """Return a network that finds cells: a map of centres with their boxes, in steps of 8 pixels.

    Residual blocks at 1/16 and 1/32 of the image, and back up to 1/8.

    Args:
        shape: (height, width, channels) of an image, height and width multiples of 16.
        classes: number of heat maps.
        widths: channels at 1/4, 1/8 and below.

    Returns:
        keras.Model: images (n, *shape), 0..255 → (n, height / 8, width / 8, classes + 4): heat maps
            before the sigmoid; y and x of the centre from the middle of the place, in places; the
            logarithms of height and width in units of 32 pixels.

    Example:
        >>> cell_detector().output_shape
        (None, 30, 40, 7)

    Taught in: notebooks/32_detection.ipynb
    """
    larger = layers.UpSampling2D(2, interpolation="bilinear")
    image = keras.Input(shape)
    x = conv(layers.Rescaling(1 / 127.5, -1)(image), widths[0], 8, 4)  # 1/4
    fine = conv(conv(x, widths[1], stride=2), widths[1])  # 1/8
    x = residual(residual(conv(fine, widths[2], stride=2)))  # 1/16
    wide = larger(residual(conv(x, widths[2], stride=2)))
    x = conv(layers.Add()([x, wide[:, : x.shape[1], : x.shape[2]]]), widths[1])
    x = conv(layers.Add()([larger(x), fine]), widths[1])
    x = conv(x, widths[1])
    rare = keras.initializers.Constant(-3.0)
    heat = layers.Conv2D(classes, 1, bias_initializer=rare)(x)
    return keras.Model(image, layers.Concatenate()([heat, layers.Conv2D(4, 1)(x)]))
