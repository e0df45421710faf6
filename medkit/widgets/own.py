"""A button beside an explorer: a visitor's own file comes in the place of the kit's image."""

import html
from dataclasses import replace

import ipywidgets

from medkit.images import ImageError, apply_window, read_image
from medkit.widgets.explorer import alert

KINDS = ".dcm,.dicom,.nii,.gz,.png,.jpg,.jpeg,.tif,.tiff,.ima"
LARGEST = 64 * 2**20  # bytes of an upload: it travels as one message


def facts(image):
    """Return what is shown, in words: the size, and what else the file says.

    Example:
        >>> import numpy as np
        >>> from medkit.images import MedicalImage
        >>> facts(MedicalImage(np.zeros((20, 30)), (0.5, 0.5), "MR"))
        '20 × 30 pixels, 0.5 × 0.5 mm each, MR'
    """
    parts = [" × ".join(map(str, image.pixels.shape[:2])) + " pixels"]
    if image.spacing_mm:
        parts.append(" × ".join(f"{length:.3g}" for length in image.spacing_mm) + " mm each")
    return ", ".join([*parts, *filter(None, (image.modality, image.unit))])


def as_grey(image):
    """Return a `MedicalImage` of one plane as (height, width) numbers, colours averaged.

    Hounsfield units are shown through the window that the file proposes; other numbers stay.

    Example:
        >>> import numpy as np
        >>> from medkit.images import MedicalImage
        >>> as_grey(MedicalImage(np.array([[[0, 30, 60]]], np.uint8)))
        array([[30]], dtype=uint8)
    """
    pixels = image.pixels
    if image.window_width_hu:
        return apply_window(pixels, image.window_level_hu, image.window_width_hu)
    if pixels.ndim == 3:
        return pixels.mean(-1).astype(pixels.dtype)
    return pixels


class OwnImage(ipywidgets.VBox):
    """An explorer, and above it a button that shows a visitor's own file in it.

    The file is read in memory with `read_image`: nothing is written to disk, no tag is kept. What
    is no image, or does not fit the explorer, is said in words, and the explorer stays as it was.

    Args:
        build: called as build(image), with a `MedicalImage` of one plane, (height, width) or
            (height, width, 3), or with None for the explorer's own picture; returns a widget.

    Attributes:
        explorer: the widget that is shown.
        image: the plane that it shows, a `MedicalImage`; None for the explorer's own picture.
        plane: the slider that chooses one slice or frame of several.

    Example:
        >>> from medkit.widgets import ConvolutionExplorer
        >>> shown = OwnImage(lambda image: ConvolutionExplorer(image and as_grey(image)))
        >>> shown.show(b"a letter")
        >>> "whose first bytes are of none of them" in shown.message.value
        True
    """

    def __init__(self, build):
        self._build, self._whole, self.image = build, None, None
        self.upload = ipywidgets.FileUpload(
            accept=KINDS, description="your own image", layout={"width": "max-content"}
        )
        self.back = ipywidgets.Button(description="ours again", disabled=True)
        self.plane = ipywidgets.IntSlider(description="slice", min=0, max=0)
        self.plane.layout.display = "none"
        self.message = ipywidgets.HTML()
        bar = ipywidgets.HBox([self.upload, self.back, self.plane])
        self.explorer = build(None)
        super().__init__([bar, self.message, self.explorer])
        self.upload.observe(self._uploaded, names="value")
        self.plane.observe(lambda change: self._show_plane(), names="value")
        self.back.on_click(lambda button: self.show(None))

    def show(self, file):
        """Show a file, given by its path or its bytes; None brings the kit's own picture back."""
        try:
            whole = None if file is None else read_image(file)
            self._show(whole)
        except Exception as error:  # whatever an explorer says of it; a callback has no other place
            self._say(error)

    def _uploaded(self, change):
        if not self.upload.value:
            return
        (given,) = self.upload.value
        self.upload.value = ()  # the same file can be chosen again, and its bytes are let go
        if len(given["content"]) > LARGEST:
            self._say(
                ImageError(
                    f"Expected an upload of at most {LARGEST / 2**20:.0f} MB. Received "
                    f"{len(given['content']) / 2**20:.0f} MB. Choose one slice of it, or call "
                    "medkit.read_image in a notebook."
                )
            )
        else:
            self.show(given["content"])

    def _show(self, whole):
        planes = 1 if whole is None else len(_planes(whole))
        explorer = self._build(None if whole is None else _plane(whole, planes // 2))
        self._whole = None  # while the slider moves, nothing is drawn
        self.plane.max, self.plane.value = planes - 1, planes // 2
        self.plane.layout.display = "none" if planes == 1 else None
        self._whole = whole
        self.back.disabled = whole is None
        self._put(explorer, None if whole is None else _plane(whole, planes // 2))

    def _show_plane(self):
        if self._whole is None:
            return
        image = _plane(self._whole, self.plane.value)
        try:
            self._put(self._build(image), image)
        except Exception as error:
            self._say(error)

    def _put(self, explorer, image):
        old, self.explorer, self.image = self.explorer, explorer, image
        self.message.value = "" if image is None else f"<p>{html.escape(facts(image))}</p>"
        self.children = [*self.children[:2], explorer]
        _close(old)

    def _say(self, error):
        self.message.value = alert(html.escape(str(error)))

    def _repr_mimebundle_(self, **kwargs):
        data = super()._repr_mimebundle_(**kwargs)
        shown = self.explorer._repr_mimebundle_()
        shown = shown[0] if isinstance(shown, tuple) else shown
        data["text/plain"] = repr(self)
        if "image/png" in shown:
            data["image/png"] = shown["image/png"]
        return data

    def __repr__(self):
        return f"OwnImage({self.explorer!r})"


def _close(widget):
    """Close a widget and all that it is made of, or each new slice would leave some behind."""
    for part in getattr(widget, "children", ()):
        _close(part)
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, ipywidgets.Widget):
            part.close()
    widget.close()


def _planes(image):
    """Return the planes of an image: (n, height, width) or (n, height, width, 3)."""
    pixels = image.pixels
    inner = 3 if pixels.ndim >= 3 and pixels.shape[-1] == 3 else 2
    return pixels.reshape(-1, *pixels.shape[-inner:])


def _plane(image, number):
    """Return one plane of an image, with what the file says of all of them."""
    spacing = None if image.spacing_mm is None else image.spacing_mm[-2:]
    return replace(image, pixels=_planes(image)[number], spacing_mm=spacing)
