"""Figures have the axes and colours they promise."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib import pyplot as plt

from medkit import plots


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_axes_are_in_millimetres_or_marked_pixel():
    image = np.zeros((10, 20))
    (axis,) = plots.show_images([image], spacing_mm=0.5).axes
    assert axis.get_xlabel() == "mm"
    assert axis.images[0].get_extent() == [0, 10, 5, 0]
    (axis,) = plots.show_images([image]).axes
    assert axis.get_xlabel() == "pixel"
    figure = plots.show_images([image], spacing_mm=(5.0, 2.0, 0.25))  # slices, rows, columns
    assert figure.axes[0].images[0].get_extent() == [0, 5, 20, 0]
    width, height = figure.get_size_inches()
    assert width < height


def test_a_signed_image_shows_zero_in_the_middle():
    (axis,) = plots.show_images([np.array([[-1.0, 3.0]])], signed=True).axes
    assert axis.images[0].get_clim() == (-3, 3)


def test_one_title_for_each_image():
    with pytest.raises(ValueError, match="1 images and 2 titles"):
        plots.show_images([np.zeros((2, 2))], ["a", "b"])


def test_outline_goes_round_the_box():
    (axis,) = plots.show_images([np.zeros((8, 8))]).axes
    plots.outline(axis, (1, 2, 3, 6))
    x, y = axis.lines[0].get_data()
    assert (min(x), max(x), min(y), max(y)) == (2, 6, 1, 3)
    plots.outline(axis, (1, 2, 3, 6), spacing_mm=(3.0, 0.5))
    x, y = axis.lines[1].get_data()
    assert (min(x), max(x), min(y), max(y)) == (1, 3, 3, 9)
