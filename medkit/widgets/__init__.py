"""Explorers: pictures that answer at once when a control is moved."""

from medkit.widgets.boxes import BoxExplorer
from medkit.widgets.convolution import ConvolutionExplorer
from medkit.widgets.detection import DetectionExplorer
from medkit.widgets.explorer import Explorer
from medkit.widgets.latent import LatentExplorer
from medkit.widgets.optimiser import OptimiserExplorer
from medkit.widgets.overlap import OverlapExplorer
from medkit.widgets.own import OwnImage, as_grey
from medkit.widgets.pooling import PoolingExplorer
from medkit.widgets.theatre import GANTheatre
from medkit.widgets.threshold import ThresholdExplorer
from medkit.widgets.window import WindowExplorer

__all__ = [
    "BoxExplorer",
    "ConvolutionExplorer",
    "DetectionExplorer",
    "Explorer",
    "GANTheatre",
    "LatentExplorer",
    "OptimiserExplorer",
    "OverlapExplorer",
    "OwnImage",
    "PoolingExplorer",
    "ThresholdExplorer",
    "WindowExplorer",
    "as_grey",
]
