"""Networks that turn an image into a code and back, or mend it, and two layers of theirs."""

import keras
import numpy as np
from keras import layers


def article_autoencoder(shape=(224, 224, 3)):
    """Return the "autoencoder" of the article that the kit grew from, with all that is wrong in it.

    Dense layers of 64, 32, 16 (the code), 32 and 64 numbers and one of as many as the image has
    channels, straight on the image: each acts on one pixel at a time, as a convolution 1×1 does.

    Args:
        shape: (height, width, channels) of an image; height and width may be None.

    Returns:
        keras.Model: images (n, *shape) → images (n, *shape), 0..1.

    Example:
        >>> article_autoencoder().count_params()
        5715

    Taught in: notebooks/21_autoencoders.ipynb
    """
    network = [keras.Input(shape)]
    network += [layers.Dense(width, activation="relu") for width in (64, 32, 16, 32, 64)]
    return keras.Sequential([*network, layers.Dense(shape[-1], activation="sigmoid")])


def encoder(size, codes, widths=(32, 64, 128), normalise=True):
    """Return a network that turns an image into a few numbers, its code.

    For each width: a convolution 3×3 with stride 2, which halves the image, and one without, each
    with ReLU, and before it batch normalisation. Then one Dense layer.

    Args:
        size: height and width of an image, a multiple of 2 ** len(widths).
        codes: numbers in a code.
        widths: channels at each resolution.
        normalise: False leaves the batch normalisation out.

    Returns:
        keras.Model: images (n, size, size, 1) → codes (n, codes).

    Example:
        >>> encoder(32, codes=2).output_shape
        (None, 2)

    Taught in: notebooks/21_autoencoders.ipynb
    """
    network = [keras.Input((size, size, 1))]
    for width in widths:
        for stride in (2, 1):
            look = {"strides": stride, "padding": "same", "use_bias": not normalise}
            network += [layers.Conv2D(width, 3, **look)]
            network += [layers.BatchNormalization(momentum=0.9)] * normalise + [layers.ReLU()]
    return keras.Sequential([*network, layers.Flatten(), layers.Dense(codes)])


def decoder(size, codes, widths=(32, 64, 128), normalise=True):
    """Return a network that turns a code into an image: `encoder` the other way round.

    One Dense layer makes the smallest map; transposed convolutions 4×4 with stride 2 double it.

    Args:
        size: height and width of an image, a multiple of 2 ** len(widths).
        codes: numbers in a code.
        widths: channels at each resolution, as for `encoder`.
        normalise: False leaves the batch normalisation out.

    Returns:
        keras.Model: codes (n, codes) → images (n, size, size, 1), any number, float32.

    Example:
        >>> decoder(32, codes=2).output_shape
        (None, 32, 32, 1)

    Taught in: notebooks/21_autoencoders.ipynb
    """
    small = size // 2 ** len(widths)
    network = [keras.Input((codes,)), layers.Dense(small * small * widths[-1], activation="relu")]
    network += [layers.Reshape((small, small, widths[-1]))]
    look = {"padding": "same", "use_bias": not normalise}
    for width in widths[-2::-1]:
        network += [layers.Conv2DTranspose(width, 4, strides=2, **look)]
        network += [layers.BatchNormalization(momentum=0.9)] * normalise + [layers.ReLU()]
        network += [layers.Conv2D(width, 3, **look)]
        network += [layers.BatchNormalization(momentum=0.9)] * normalise + [layers.ReLU()]
    return keras.Sequential(
        [*network, layers.Conv2DTranspose(1, 4, strides=2, padding="same", dtype="float32")]
    )


class KeepFirst(layers.Layer):
    """While a network trains, keep the first numbers of each code and set the others to 0.

    How many are kept is drawn anew for each image, from 2 up to all: 2 or 3 as often as 4 to 7 or
    8 to 15, and so on. So the first numbers must carry the most, and one network serves for every
    length of code. When it does not train, all are kept.

    Args:
        codes: numbers in a code, at least 2.
        **options: of every layer of Keras, such as its name.

    Reference:
        Rippel, Gelbart and Adams, Learning ordered representations with nested dropout, ICML 2014.

    Taught in: notebooks/21_autoencoders.ipynb
    """

    def __init__(self, codes, **options):
        super().__init__(**options)
        self.places = np.arange(codes, dtype="float32")
        self.seed = keras.random.SeedGenerator()

    def call(self, code, training=False):
        """Return the codes (n, codes), shortened at random while training."""
        if not training:
            return code
        most = np.log2(len(self.places))
        kept = keras.random.uniform((keras.ops.shape(code)[0], 1), 1, most + 1, seed=self.seed)
        return code * keras.ops.cast(self.places + 1 <= 2**kept, code.dtype)


class Sample(layers.Layer):
    """Draw a code near the one that the encoder found, and charge for what it tells.

    The first half of the numbers that come in is the mean m of each number of the code, the second
    half the logarithm of its variance v. While it trains, code = m + sqrt(v) * noise; otherwise
    code = m. The sum over the code of (m² + v − 1 − ln v) / 2, the Kullback–Leibler divergence
    from a standard normal distribution, is added to the loss.

    Args:
        weight: by which the divergence is multiplied, float ≥ 0.
        dtype: float32 whatever the policy, because losses are added up in it.
        **options: of every layer of Keras, such as its name.

    Reference:
        Kingma and Welling, Auto-encoding variational Bayes, ICLR 2014, arXiv:1312.6114.

    Taught in: notebooks/21_autoencoders.ipynb
    """

    def __init__(self, weight, dtype="float32", **options):
        super().__init__(dtype=dtype, **options)
        self.weight, self.seed = weight, keras.random.SeedGenerator()

    def call(self, numbers, training=False):
        """Return codes (n, k) for numbers (n, 2 k)."""
        mean, log_variance = keras.ops.split(numbers, 2, axis=-1)
        terms = (mean**2 + keras.ops.exp(log_variance) - 1 - log_variance) / 2
        self.add_loss(self.weight * keras.ops.mean(keras.ops.sum(terms, axis=-1)))
        if not training:
            return mean
        noise = keras.random.normal(keras.ops.shape(mean), dtype=mean.dtype, seed=self.seed)
        return mean + keras.ops.exp(log_variance / 2) * noise


def denoiser(widths=(32, 64, 128)):
    """Return a network that takes noise, blur or anything else off an image of any size.

    On the way down each step halves the image: a convolution 4×4 with stride 2 and one of 3×3. On
    the way up each step doubles it again and adds what the way down had at that size (a bridge),
    so that no detail need pass through the middle. What comes out is added to the image: the
    network learns the difference.

    Args:
        widths: channels at each resolution.

    Returns:
        keras.Model: images (n, height, width, 1), sides multiples of 2 ** len(widths) → images of
            the same shape.

    Example:
        >>> denoiser().output_shape
        (None, None, None, 1)

    Reference:
        Ronneberger, Fischer and Brox, U-Net, MICCAI 2015, arXiv:1505.04597.

    Taught in: notebooks/21_autoencoders.ipynb
    """
    look = {"padding": "same", "activation": "relu"}
    x = image = keras.Input((None, None, 1))
    bridges = []
    for width in widths:
        x = layers.Conv2D(width, 4, strides=2, **look)(x)
        x = layers.Conv2D(width, 3, **look)(x)
        bridges.append(x)
    for width, bridge in zip(widths[-2::-1], bridges[-2::-1], strict=True):
        x = layers.Add()([layers.Conv2DTranspose(width, 2, strides=2)(x), bridge])
        x = layers.Conv2D(width, 3, **look)(x)
        x = layers.Conv2D(width, 3, **look)(x)
    change = layers.Conv2DTranspose(1, 4, strides=2, padding="same", dtype="float32")(x)
    return keras.Model(image, layers.Add(dtype="float32")([image, change]))
