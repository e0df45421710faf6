"""The general explorer: controls above one picture that Python draws."""

import html
import threading
from base64 import b64encode

import ipywidgets

from medkit.widgets.pictures import enlarge, to_png, to_uint8

# for a screen reader only
UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"


def make_control(name, given):
    """Return the widget that fits what was given for a control.

    Args:
        name: the label; underscores become spaces.
        given: (low, high, start) or (low, high, start, step) for a slider, a list of strings to
            choose from, True or False for a checkbox, or a widget that has a `value`.

    Raises:
        TypeError: it is none of these.

    Example:
        >>> type(make_control("blur_mm", (0.0, 5.0, 1.0))).__name__
        'FloatSlider'
    """
    label = {"description": name.replace("_", " "), "style": {"description_width": "initial"}}
    if isinstance(given, bool):
        return ipywidgets.Checkbox(given, indent=False, **label)
    if isinstance(given, tuple) and len(given) in (3, 4):
        low, high, start, *step = given
        whole = all(isinstance(number, int) for number in given)
        kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        step = step[0] if step else (1 if whole else (high - low) / 100)
        return kind(start, min=low, max=high, step=step, continuous_update=True, **label)
    if isinstance(given, list) and given and all(isinstance(item, str) for item in given):
        # Not a drop-down list: JupyterLab takes the arrow keys away from it.
        layout = {"max_width": "100%"}
        return ipywidgets.ToggleButtons(options=given, value=given[0], layout=layout, **label)
    if isinstance(given, ipywidgets.Widget) and given.has_trait("value"):
        return given
    raise TypeError(
        f"Expected for {name}: a tuple (low, high, start) or (low, high, start, step), a list of "
        f"strings, True or False, or a widget with a value. Received {given!r}. Write for example "
        f"{name}=(0, 10, 5)."
    )


def in_words(error):
    """Return HTML that says what went wrong in draw, and what to do."""
    words = html.escape(f"{type(error).__name__}: {error}")
    return alert(
        f"<b>This picture could not be drawn.</b> {words}<br>The picture above is the last "
        "good one. Move a control, or mend the draw function."
    )


def alert(words):
    """Return HTML that marks words, HTML themselves, as something that went wrong."""
    return (
        '<div role="alert" style="max-width:60em;padding:6px 12px;line-height:1.4;'
        f'border-left:4px solid var(--jp-error-color1,#c62828)">{words}</div>'
    )


class Explorer(ipywidgets.VBox):
    """Controls above one picture, which `draw` makes anew whenever a control moves.

    Args:
        draw: called as draw(**values); returns an array (height, width) or (height, width, 3),
            float 0..1 or uint8, which is the fast way, or a matplotlib Figure. It may run off the
            main thread, so make figures with `matplotlib.figure.Figure`, not with pyplot.
        alt: what the picture shows, in words, for those who cannot see it.
        picture_width: about how wide to show an array, in pixels; each of its pixels
            becomes a whole square.
        **controls: see `make_control`.

    Attributes:
        controls: {name: widget}; moving one from Python redraws: controls["x"].value = 3.
        values: {name: value} now.
        picture: the ipywidgets.Image.
        error: what the last call of draw raised, None if nothing. It is also shown in words.

    Example:
        >>> import numpy as np
        >>> explorer = Explorer(lambda x: np.full((4, 4), x / 10), x=(0, 10, 5))
        >>> explorer.set(x=7)
        >>> explorer
        Explorer(x=7)
    """

    def __init__(self, draw, *, alt="", picture_width=512, **controls):
        self._draw, self._picture_width = draw, picture_width
        self._lock, self._busy, self._stale = threading.RLock(), False, False
        self.error = None
        self.controls = {name: make_control(name, given) for name, given in controls.items()}
        self.picture = ipywidgets.Image(format="png")  # with a tooltip it would not be shown
        self.picture.layout.max_width = "100%"
        self.picture.layout.align_self = "flex-start"
        self._alt = f'<span style="{UNSEEN}">Picture: {html.escape(alt)}</span>' if alt else ""
        self.message = ipywidgets.HTML(self._alt)
        bar = ipywidgets.HBox(list(self.controls.values()))
        bar.layout.flex_flow = "row wrap"
        bar.layout.grid_gap = "2px 16px"
        bar.layout.align_items = "center"
        super().__init__([bar, self.picture, self.message])
        for control in self.controls.values():
            control.observe(self._redraw, names="value")
        self._redraw()

    @property
    def values(self):
        """The value of every control: {name: value}."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values):
        """Set several controls and draw once.

        Raises:
            ValueError: there is no control of that name.
        """
        unknown = set(values) - set(self.controls)
        if unknown:
            raise ValueError(
                f"Expected controls among {', '.join(self.controls)}. "
                f"Received {', '.join(sorted(unknown))}. Check the spelling."
            )
        with self._lock:
            was, self._busy = self._busy, True
            try:
                for name, value in values.items():
                    self.controls[name].value = value
            finally:
                self._busy = was
            self._redraw()

    def _redraw(self, change=None):
        """Draw; a control that is moved meanwhile (by `set` or by draw) asks for one more time."""
        with self._lock:
            self._stale = True
            if self._busy:
                return
            self._busy = True
            try:
                for _ in range(3):  # draw may move its own controls, but not for ever
                    if self._stale:
                        self._stale = False
                        self._draw_once()
            finally:
                self._busy = False

    def _draw_once(self):
        try:
            picture = self._draw(**self.values)
            if not hasattr(picture, "savefig"):
                picture = enlarge(to_uint8(picture), self._picture_width)
            self.picture.value = to_png(picture)
        except Exception as error:  # shown under the picture: a callback has no other place
            self._tell(error)
        else:
            self._tell(None)

    def _tell(self, error):
        if error is None and self.error is None:
            return
        self.error = error
        self.message.value = self._alt if error is None else self._alt + in_words(error)

    def _repr_mimebundle_(self, **kwargs):
        data = super()._repr_mimebundle_(**kwargs)
        data["text/plain"] = repr(self)
        if self.picture.value:
            data["image/png"] = b64encode(self.picture.value).decode()
        return data

    def __repr__(self):
        values = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{type(self).__name__}({values})"
