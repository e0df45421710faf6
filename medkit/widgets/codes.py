"""What the latent explorer needs of codes: their plane, what models return, own images."""

import numpy as np

from medkit.plots import COLOURS
from medkit.widgets.pictures import prepare


class CodePlane:
    """The plane in which codes are shown: the codes themselves, or their two principal axes.

    place = (code - origin) @ axes.T, with the axes at right angles and of length 1

    Args:
        codes: (n, k) array, k >= 2.

    Example:
        >>> plane = CodePlane(np.array([[0.0, 2, 7], [8, 2, 7], [4, 3, 7], [4, 1, 7]]))
        >>> plane.place(np.array([5, 5, 5])).round(2).tolist()
        [1.0, 3.0]
    """

    def __init__(self, codes):
        size = codes.shape[1]
        self.origin, self.axes = np.zeros(size), np.eye(2, size)
        if size > 2:
            self.origin = codes.mean(0, dtype=np.float64)
            self.axes = np.linalg.svd(codes - self.origin, full_matrices=False)[2][:2]
            largest = np.abs(self.axes).argmax(1)[:, None]
            self.axes = self.axes * np.sign(np.take_along_axis(self.axes, largest, 1))  # never -0.3

    def place(self, codes):
        """Return where codes (..., k) stand in the plane: (..., 2) float64."""
        return (codes - self.origin) @ self.axes.T

    def code(self, place):
        """Return the codes (..., k) of places (..., 2), with nothing besides the plane in them."""
        return self.origin + np.asarray(place) @ self.axes

    def rest(self, code):
        """Return what a code has besides its place in the plane: (k,) float64."""
        return code - self.code(self.place(code))


def check_codes(codes):
    """Return codes as a finite (n, k) float32 array, n and k at least 2, or say what is wrong."""
    codes = np.asarray(codes)
    if codes.ndim != 2 or min(codes.shape) < 2 or codes.dtype.kind not in "buif":
        raise ValueError(
            "Expected codes of shape (n, k), n and k at least 2. Received shape "
            f"{codes.shape}, {codes.dtype}. Give one row of numbers for each patient."
        )
    return _finite("codes", codes.astype(np.float32))


def check_labels(labels, count):
    """Return labels as (count,) uint8 of 0 and 1, or say what is wrong."""
    labels = np.asarray(labels)
    if labels.shape != (count,) or not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"Expected labels of shape ({count},), each 0 or 1, one for each code. Received shape "
            f"{labels.shape} with values {np.unique(labels)[:4].tolist()}. Turn other labels into "
            "these, for example labels == 2."
        )
    return labels.astype(np.uint8)


def check_images(images, count, size):
    """Return images as (count, height, width) float32 in 0..1, or say what is wrong."""
    images = _without_channel(np.asarray(images))
    if images.shape != (count, *size):
        raise ValueError(
            f"Expected images of shape {(count, *size)}, one for each code and of the size that "
            f"decode returns. Received shape {images.shape}. Give those whose codes these are."
        )
    images = _finite("images", images.astype(np.float32))
    if images.min() < 0 or images.max() > 1:
        raise ValueError(
            "Expected images from 0 to 1, as the decoded ones. Received "
            f"{images.min():g} to {images.max():g}. Scale them as for the training."
        )
    return images


def check_direction(direction, size):
    """Return the direction as (size,) float64, or say what is wrong."""
    direction = np.asarray(direction, np.float64)
    if direction.shape != (size,):
        raise ValueError(
            f"Expected a direction of shape ({size},), as a code has. Received shape "
            f"{direction.shape}. Take for example the mean code of one group minus the other's."
        )
    return _finite("direction", direction)


def decoded(decode, codes, size=None):
    """Return decode(codes) as (n, height, width) float32, or say what is wrong.

    Args:
        decode: function (n, k) → (n, height, width) or (n, height, width, 1).
        codes: (n, k) float32.
        size: (height, width) that is expected, None if any is.
    """
    made = _without_channel(_called("decode", decode, codes))
    good = made.ndim == 3 and len(made) == len(codes) and made.size
    if not good or size not in (None, made.shape[1:]):
        sides = ", ".join(map(str, size or ("height", "width")))
        raise ValueError(
            f"Expected decode to turn codes of shape {codes.shape} into pictures of shape "
            f"({len(codes)}, {sides}) or ({len(codes)}, {sides}, 1). Received shape {made.shape}. "
            "Reshape what it returns."
        )
    return _finite("what decode returns", made)


def encoded(encode, image, size):
    """Return the code of one (height, width) image as (size,) float32, or say what is wrong."""
    codes = _called("encode", encode, image[None, :, :, None])
    if codes.shape != (1, size):
        raise ValueError(
            f"Expected encode to turn images of shape {(1, *image.shape, 1)} into codes of shape "
            f"(1, {size}). Received shape {codes.shape}. Take the encoder of the same model."
        )
    return _finite("what encode returns", codes)[0]


def as_grey(image, size):
    """Return an image of any size and range as the model takes it: (height, width), 0..1.

    Colours are weighted as the eye does. Black is added along two sides, so that the proportions
    stay, and then the image is resized.

    Args:
        image: (height, width), (height, width, 1) or (height, width, 3) array of numbers.
        size: (height, width) to make.

    Returns:
        (height, width) float32 array.
    """
    from skimage.transform import resize

    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 3:
        grey = image.astype(np.float64) @ (0.2125, 0.7154, 0.0721)
        image = grey / 255 if image.dtype == np.uint8 else grey
    pixels = prepare(_without_channel(image, 3))
    height, width = pixels.shape
    wide = max(width, round(height * size[1] / size[0]))
    high = max(height, round(width * size[0] / size[1]))
    spare = [(high - height) // 2, (wide - width) // 2]
    margins = [(spare[0], high - height - spare[0]), (spare[1], wide - width - spare[1])]
    return resize(np.pad(pixels, margins), size, anti_aliasing=True).clip(0, 1).astype(np.float32)


def draw(explorer, places, labels, pictures):
    """Return the plane of an explorer and some pictures {title: array} as a Figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.4), dpi=90, layout="constrained")
    plane, *others = figure.subplots(1, 1 + len(pictures))
    draw_plane(plane, places, labels, explorer)
    for axes, (title, picture) in zip(others, pictures.items(), strict=True):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axes.set_title(title, fontsize=12)
        axes.set_axis_off()
    figure.supxlabel(explorer.words, fontsize=12)
    return figure


def draw_plane(axes, places, labels, explorer):
    """Draw the dots, A and B, and the point of an explorer; latent_plane.js does the same."""
    count, names = explorer.facts["count"], explorer.names
    labels = np.full(count, 2) if labels is None else labels
    looks = (("first", "o", names[0]), ("second", "^", names[1]), ("neutral", "o", None))
    for label, (role, mark, name) in enumerate(looks):
        group = places[:count][labels == label]
        if len(group):
            axes.plot(*group.T, mark, color=COLOURS[role], markersize=5, alpha=0.8, label=name)
    if len(places) > count:
        axes.plot(*places[-1], "D", color=COLOURS["third"], markersize=9, label="your image")
    ends = places[[explorer.start, explorer.end]]
    axes.plot(*ends.T, "--", color=COLOURS["neutral"])
    for letter, place in zip("AB", ends, strict=True):
        axes.annotate(letter, place, (5, 5), weight="bold", textcoords="offset points")
    edge = {"markeredgecolor": "white", "markersize": 13}
    shifted = np.array(explorer.position) + explorer.amount * np.array(explorer.facts["direction"])
    axes.plot(*shifted, "o", color=COLOURS["prediction"], **edge)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
    kind = "code" if explorer.codes.shape[1] == 2 else "principal axis"
    axes.set(xlabel=f"{kind} 1", ylabel=f"{kind} 2")


def short(value):
    """Return a number as text with three digits that matter."""
    return f"{round(float(value), 3) + 0.0:.3g}"  # + 0.0: never -0


def _called(name, function, given):
    """Return what the learner's function makes of an array, as float32."""
    try:
        return np.asarray(function(given)).astype(np.float32)
    except Exception as error:  # whatever a model may raise
        raise ValueError(
            f"Expected {name} to take an array of shape {given.shape}. Received "
            f"{type(error).__name__}: {error} Call {name} on such an array in a cell of its own."
        ) from error


def _without_channel(array, dimensions=4):
    return array[..., 0] if array.ndim == dimensions and array.shape[-1] == 1 else array


def _finite(name, array):
    if not np.isfinite(array).all():
        raise ValueError(
            f"Expected finite numbers in {name}. Received {np.sum(~np.isfinite(array))} that are "
            "nan or infinite. See whether training diverged."
        )
    return array
