"""What the explorers that compute in the browser have in common: traits, image, static picture."""

from base64 import b64encode
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from medkit.widgets.pictures import head_slice, prepare, to_png

FOLDER = Path(__file__).parent


def script(*names):
    """Return the text of some JavaScript or CSS files of this folder as one."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


class Whole(traitlets.Int):
    """A trait that holds a whole number between two limits."""

    def limits(self, obj):
        """Return the smallest and the largest number that the widget takes now."""
        return self.min, self.max

    def validate(self, obj, value):
        """Return the number, or say what was expected."""
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        low, high = self.limits(obj)
        if not whole or not low <= value <= high:
            raise traitlets.TraitError(
                f"Expected {self.name} to be a whole number from {low} to {high}. "
                f"Received {value!r}. Choose a number in that range."
            )
        return int(value)


class Number(traitlets.Float):
    """A trait that holds a number between two limits."""

    def validate(self, obj, value):
        """Return the number as a float, or say what was expected."""
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not number or not np.isfinite(value) or not self.min <= value <= self.max:
            limits = (self.min, self.max)
            range_ = " from {:g} to {:g}".format(*limits) if np.isfinite(limits).all() else ""
            raise traitlets.TraitError(
                f"Expected {self.name} to be a number{range_}. Received {value!r}. "
                f"Choose a {'number in that range' if range_ else 'finite number'}."
            )
        return float(value)


class Choice(traitlets.Unicode):
    """A trait that holds one of some names."""

    def __init__(self, names, default, **kwargs):
        self.names = tuple(names)
        super().__init__(default, **kwargs)

    def choices(self, obj):
        """Return the names that the widget takes now."""
        return self.names

    def validate(self, obj, value):
        """Return the name, or say which there are."""
        names = self.choices(obj)
        if value not in names:
            raise traitlets.TraitError(
                f"Expected {self.name} to be one of {', '.join(names)}. "
                f"Received {value!r}. Choose one of these names."
            )
        return value


class Switch(traitlets.Bool):
    """A trait that is on or off."""

    def validate(self, obj, value):
        """Return True or False, or say what was expected."""
        if not isinstance(value, bool | np.bool_):
            raise traitlets.TraitError(
                f"Expected {self.name} to be True or False. Received {value!r}. Choose one of them."
            )
        return bool(value)


class Pair(traitlets.List):
    """A trait that holds two numbers of one kind, int or float, between two limits."""

    def __init__(self, kind, low, high, words, example):
        self.kind, self.low, self.high = kind, low, high
        self.words, self.example = words, example
        super().__init__()

    def validate(self, obj, value):
        """Return the two numbers as a list, or say what was expected."""
        try:
            given = list(value)
            pair = [self.kind(number) for number in given]
            good = pair == given and all(self.low <= number <= self.high for number in pair)
        except (TypeError, ValueError, OverflowError):
            good = False
        if not good or len(pair) != 2:
            raise traitlets.TraitError(
                f"Expected {self.name} to be {self.words}. Received {value!r}. "
                f"Write for example {self.name} = {self.example}."
            )
        return pair


class Names(traitlets.List):
    """A trait that holds two names: those of the classes 0 and 1, if nothing else is said."""

    def __init__(self, default, first="label 0", example='("benign", "malignant")'):
        self.first, self.example = first, example
        super().__init__(default_value=default)

    def validate(self, obj, value):
        """Return the two names as a list, or say what was expected."""
        names = list(value) if isinstance(value, list | tuple) else []
        good = {name for name in names if isinstance(name, str) and name}
        if len(names) != 2 or len(good) != 2:
            raise traitlets.TraitError(
                f"Expected {self.name} to be two different names, that of {self.first} first. "
                f"Received {value!r}. Write for example {self.name} = {self.example}."
            )
        return names


class BrowserWidget(anywidget.AnyWidget):
    """A widget whose state is in traits and whose arithmetic runs in the browser."""

    _css = script("common.css")
    needs_python = False  # does it stand still on a page without a kernel?

    def __init__(self, **state):
        unknown = set(state) - set(self.trait_names())
        if unknown:
            raise TypeError(
                f"Expected settings among {', '.join(self.settings())}. "
                f"Received {', '.join(sorted(unknown))}. Check the spelling."
            )
        super().__init__(**state)

    @classmethod
    def settings(cls):
        """Return the names of the traits that a reader may set."""
        own = cls.class_own_traits().items()
        hidden = traitlets.Bytes  # data, made by the constructor
        return [n for n, t in own if n[0] != "_" and not t.read_only and not isinstance(t, hidden)]

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["text/plain"] = repr(self)
        data["image/png"] = b64encode(self._png()).decode()
        return data, metadata

    def _png(self):
        return to_png(self.figure())


class BrowserExplorer(BrowserWidget):
    """An explorer of an image."""

    pixels = traitlets.Bytes().tag(sync=True)  # float32, row by row
    shape = traitlets.List(traitlets.Int()).tag(sync=True)
    cursor = Pair(
        int, 0, np.inf, "a row and a column, whole numbers of at least 0", "[40, 52]"
    ).tag(sync=True)

    def __init__(self, image=None, **state):
        super().__init__(**self._packed(image), **state)

    @traitlets.default("cursor")
    def _place_cursor(self):
        """Return an output pixel a little above and left of the middle."""
        try:
            height, width = self.output_shape
        except ValueError:
            return [0, 0]
        return [int(0.37 * height), int(0.45 * width)]

    @staticmethod
    def _packed(image):
        pixels = head_slice() if image is None else prepare(image)
        return {"pixels": pixels.astype("<f4").tobytes(), "shape": list(pixels.shape)}

    @classmethod
    def settings(cls):
        """Return the names of the traits that a reader may set."""
        return [*super().settings(), "cursor"]

    @property
    def image(self):
        """The image as the explorer uses it: (height, width) float32, 0..1."""
        return np.frombuffer(self.pixels, "<f4").reshape(self.shape)

    @image.setter
    def image(self, image):
        """Show another image, in every view at once."""
        with self.hold_sync():
            for name, value in self._packed(image).items():
                setattr(self, name, value)

    @staticmethod
    def _panels(titles, pictures):
        """Return a Figure with grey pictures side by side; a picture is (array, low, high)."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(4 * len(titles), 4.3), dpi=90, layout="constrained")
        for axes, title, (picture, low, high) in zip(
            figure.subplots(1, len(titles)), titles, pictures, strict=True
        ):
            axes.set_title(title, fontsize=13)
            axes.set_axis_off()
            if picture is not None:
                axes.imshow(picture, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
        return figure
