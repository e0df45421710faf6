"""Networks that a lesson has built line by line; from then on they come from here."""

from medkit import with_keras  # noqa: F401 - first: without Keras it says what to do
from medkit.models.autoencoders import (
    KeepFirst,
    Sample,
    article_autoencoder,
    decoder,
    denoiser,
    encoder,
)
from medkit.models.classifiers import article_classifier, classifier
from medkit.models.detectors import cell_detector
from medkit.models.segmentation import (
    MaxPoolIndices,
    MaxUnpool,
    deeplab,
    fcn,
    nucleus_segmenter,
    segnet,
    unet,
)

__all__ = [
    "KeepFirst",
    "MaxPoolIndices",
    "MaxUnpool",
    "Sample",
    "article_autoencoder",
    "article_classifier",
    "cell_detector",
    "classifier",
    "decoder",
    "deeplab",
    "denoiser",
    "encoder",
    "fcn",
    "nucleus_segmenter",
    "segnet",
    "unet",
]
