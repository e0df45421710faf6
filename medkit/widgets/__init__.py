"""Explorers: pictures that answer at once when a control is moved."""

from medkit.widgets.convolution import ConvolutionExplorer
from medkit.widgets.explorer import Explorer
from medkit.widgets.pooling import PoolingExplorer
from medkit.widgets.window import WindowExplorer

__all__ = ["ConvolutionExplorer", "Explorer", "PoolingExplorer", "WindowExplorer"]
