"""Static figures: one colour a role, axes in millimetres or marked as pixels."""

import numpy as np

# One colour a role, told apart by every common kind of colour vision (Okabe and Ito), and one
# line style a role, for those who print in grey.
COLOURS = {
    "truth": "#009E73",
    "prediction": "#D55E00",
    "first": "#0072B2",
    "second": "#E69F00",
    "third": "#CC79A7",
    "neutral": "#555555",
}
LINES = {"first": "-", "second": "--", "third": ":", "neutral": "-."}


def show_images(
    images, titles=None, columns=None, spacing_mm=None, value_range=None, signed=False, height=2.8
):
    """Draw images side by side, large enough to be read from the last row.

    Args:
        images: list of (height, width) or (height, width, 3) arrays; a last axis of length 1
            is dropped.
        titles: list of str, one an image.
        columns: images in a row; all of them if None.
        spacing_mm: pixel size for axes in millimetres, one number or (row, column); None marks
            the axes as pixels.
        value_range: (black, white) for all images alike; each its own range if None.
        signed: show 0 as white, negative blue, positive red, over a symmetric range.
        height: of one row, in inches.

    Returns:
        The figure; the caller ends the cell with `plt.show()`.

    Raises:
        ValueError: there are no images, or not one title for each.
    """
    import matplotlib.pyplot as plt

    images = [np.asarray(image) for image in images]
    images = [x[..., 0] if x.ndim == 3 and x.shape[-1] == 1 else x for x in images]
    if not images or (titles is not None and len(titles) != len(images)):
        raise ValueError(
            "Expected at least one image, and one title for each or none at all. Received "
            f"{len(images)} images and {len(titles or [])} titles. Make the two lists equally long."
        )
    columns = min(columns or len(images), len(images))
    rows = -(-len(images) // columns)
    aspect = max(x.shape[1] / x.shape[0] for x in images) / np.divide(*_steps(spacing_mm))
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(min(13.0, columns * height * aspect * 0.95 + 0.3), rows * height),
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat[len(images) :]:
        axis.set_visible(False)
    for index, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        _draw(axis, image, spacing_mm, value_range, signed)
        if titles is not None:
            axis.set_title(titles[index], fontsize=13)
    return figure


def _draw(axis, image, spacing_mm, value_range, signed):
    down, across = _steps(spacing_mm)
    extent = (0, image.shape[1] * across, image.shape[0] * down, 0)
    if value_range is None and signed:
        limit = float(np.abs(image).max()) or 1.0
        value_range = (-limit, limit)
    black, white = value_range or (None, None)
    colours = None if image.ndim == 3 else ("RdBu_r" if signed else "gray")
    axis.imshow(image, cmap=colours, vmin=black, vmax=white, extent=extent, interpolation="nearest")
    if max(image.shape[:2]) < 10:  # weights, not a picture: nothing to measure
        axis.set(xticks=[], yticks=[])
        return
    axis.tick_params(labelsize=9)
    axis.locator_params(nbins=4)
    axis.set_xlabel("pixel" if spacing_mm is None else "mm", fontsize=10)


def _steps(spacing_mm):
    """Return how far apart rows and columns are, one of each."""
    steps = 1.0 if spacing_mm is None else np.ravel(spacing_mm)[-2:]
    return np.broadcast_to(steps, 2).astype(float)


def outline(axis, box, role="prediction", spacing_mm=1.0):
    """Draw a box round a part of an image, in the colour and line of its role.

    Args:
        axis: the matplotlib axes of the image.
        box: y_min, x_min, y_max, x_max in pixel edges.
        role: a key of `COLOURS`.
        spacing_mm: pixel size if the axes are in millimetres, one number or (row, column).
    """
    steps = np.tile(_steps(spacing_mm), 2)
    top, left, bottom, right = (steps * np.asarray(box, float)).tolist()
    axis.plot(
        [left, right, right, left, left],
        [top, top, bottom, bottom, top],
        color=COLOURS[role],
        linestyle=LINES.get(role, "-"),
        linewidth=2.5,
    )
