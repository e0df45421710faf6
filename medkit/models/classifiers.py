"""Networks that answer with a class: the article's, and one for findings that may be anywhere."""

import keras
from keras import layers


def article_classifier(classes=10, shape=(224, 224, 3)):
    """Return the classifier of the article that the kit grew from, with all that is wrong in it.

    Three times convolution 3×3 (32, 64, 128 channels, no padding) and max pooling 2×2, then
    Flatten, Dense 128 and a softmax: 11,170,250 parameters for ten classes.

    Args:
        classes: int ≥ 2, number of probabilities.
        shape: (height, width, channels) of an image.

    Returns:
        keras.Model: images (n, *shape) → probabilities (n, classes) that add up to 1.

    Example:
        >>> article_classifier().count_params()
        11170250

    Taught in: notebooks/31_classification.ipynb
    """
    network = [keras.Input(shape)]
    for channels in (32, 64, 128):
        network += [layers.Conv2D(channels, 3, activation="relu"), layers.MaxPooling2D(2)]
    network += [layers.Flatten(), layers.Dense(128, activation="relu")]
    return keras.Sequential([*network, layers.Dense(classes, activation="softmax")])


def classifier(shape, classes=1, widths=(8, 16, 32)):
    """Return a small classifier for findings that are small and may be anywhere.

    For each width: convolution 3×3, batch normalisation, ReLU, and between them max pooling 2×2.
    Then the largest value of each channel, wherever it is (global max pooling), and one Dense
    layer. Images may have any size.

    Args:
        shape: (height, width, channels) of an image; mirrored at random while it trains.
        classes: number of scores; 1 for yes or no.
        widths: channels of each convolution.

    Returns:
        keras.Model: images (n, *shape), mean 0 and spread about 1 → scores (n, classes), any
            number; the loss must say `from_logits=True`.

    Example:
        >>> classifier((64, 64, 1)).count_params()
        6089

    Taught in: notebooks/31_classification.ipynb
    """
    network = [keras.Input(shape), layers.RandomFlip("horizontal")]
    for place, width in enumerate(widths):
        network += [layers.MaxPooling2D(2)] if place else []
        network += [layers.Conv2D(width, 3, padding="same", use_bias=False)]
        network += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    return keras.Sequential([*network, layers.GlobalMaxPooling2D(), layers.Dense(classes)])
