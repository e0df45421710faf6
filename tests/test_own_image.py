"""The button for a visitor's own file: what it shows, what it refuses, what it leaves as it was."""

import json
from datetime import datetime, timezone
from pathlib import Path

import nibabel
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as open_widgets
from malformed import dicom, nifti, picture
from traitlets import TraitError

from medkit.images import MedicalImage, apply_window
from medkit.widgets import ConvolutionExplorer, Explorer, OwnImage, WindowExplorer, as_grey
from medkit.widgets.own import LARGEST, _planes

ROOT = Path(__file__).resolve().parents[1]
UTC = timezone.utc
RNG = np.random.default_rng(8)


def convolution():
    """Return a convolution explorer with the button."""
    return OwnImage(lambda image: ConvolutionExplorer(image and as_grey(image)))


def give(own, content, name="own.png"):
    """Upload a file as the browser does."""
    facts = {"name": name, "type": "", "size": len(content), "last_modified": datetime.now(UTC)}
    own.upload.value = ({**facts, "content": memoryview(content)},)


def test_an_upload_takes_the_place_of_the_picture_and_ours_comes_back():
    own = convolution()
    first = own.explorer.image
    assert own.back.disabled
    give(own, picture("PNG"))
    assert own.explorer.image.shape == (48, 48)
    assert own.children[-1] is own.explorer
    assert own.upload.value == ()
    assert not own.back.disabled
    own.back.click()
    np.testing.assert_array_equal(own.explorer.image, first)
    assert own.image is None
    assert own.back.disabled


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an upload, which is empty"),
        (b"a letter", "whose first bytes are of none of them"),
        (dicom()[:-50], "cut off or damaged"),
        (bytes(65 * 2**20), "Expected an upload of at most 64 MB. Received 65 MB."),
    ],
)
def test_what_is_no_image_is_said_and_changes_nothing(content, words):
    own = convolution()
    give(own, picture("PNG"))
    before = own.explorer
    give(own, content)
    assert 'role="alert"' in own.message.value
    assert words in own.message.value
    assert own.explorer is before
    give(own, picture("PNG"))
    assert own.message.value == "<p>48 × 48 pixels</p>"
    own.show(None)
    assert own.message.value == ""


def test_what_an_explorer_refuses_is_said():
    def window(image):
        if image is not None and image.unit != "HU":
            raise ValueError("Expected a CT file <in HU>. Received other numbers. Choose another.")
        return WindowExplorer(image and image.pixels)

    own = OwnImage(window)
    before = own.explorer
    give(own, picture("PNG"))
    assert "a CT file &lt;in HU&gt;" in own.message.value
    assert own.explorer is before


def test_whatever_else_goes_wrong_is_said_too():
    def only_large(image):
        if image is not None and image.pixels.size < 10_000:
            raise TraitError("Expected a larger image. Received 48 × 48. Choose another.")
        return ConvolutionExplorer()

    own = OwnImage(only_large)
    give(own, picture("PNG"))
    assert "Expected a larger image" in own.message.value


def test_a_slider_chooses_the_slice(tmp_path):
    volume = RNG.random((5, 6, 7)).astype("float32")
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([1, 2, 3, 1])), tmp_path / "head.nii.gz")
    own = OwnImage(
        lambda image: Explorer(lambda: np.zeros((4, 4)) if image is None else image.pixels)
    )
    assert own.plane.layout.display == "none"
    give(own, (tmp_path / "head.nii.gz").read_bytes())
    assert own.plane.layout.display is None
    assert (own.plane.value, own.plane.max) == (3, 6)
    assert own.image.pixels.shape == (6, 5)
    assert own.image.spacing_mm == (2.0, 1.0)
    np.testing.assert_allclose(np.sort(own.image.pixels, None), np.sort(volume[:, :, 3], None))
    own.plane.value = 6
    np.testing.assert_allclose(np.sort(own.image.pixels, None), np.sort(volume[:, :, 6], None))
    assert own.message.value == "<p>6 × 5 pixels, 2 × 1 mm each</p>"
    give(own, nifti())
    assert own.plane.value == own.plane.max // 2


def test_the_explorer_that_is_replaced_is_closed():
    own = convolution()
    first = own.explorer
    give(own, picture("PNG"))
    assert first.comm is None


@pytest.mark.parametrize("build", [WindowExplorer, ConvolutionExplorer])
def test_leafing_through_the_slices_leaves_no_widget_behind(build):
    def show(image):
        grey = np.zeros((4, 4)) if image is None else np.asarray(image.pixels, float)
        return build(grey)

    own = OwnImage(show)
    give(own, nifti(np.arange(210, dtype=np.int16).reshape(5, 6, 7)))
    own.plane.value = 1
    before = len(open_widgets)
    for plane in (2, 3, 4, 5, 6):
        own.plane.value = plane
    assert len(open_widgets) == before


def test_a_colour_picture_of_16_bits_is_one_picture():
    colour = MedicalImage(np.zeros((40, 50, 3), np.uint16))
    assert _planes(colour).shape == (1, 40, 50, 3)


def test_grey_is_the_mean_of_colours_and_the_window_of_hounsfield_units():
    colour = RNG.integers(0, 256, (5, 6, 3), np.uint8)
    grey = as_grey(MedicalImage(colour))
    assert grey.dtype == np.uint8
    np.testing.assert_array_equal(grey, colour.mean(-1).astype(np.uint8))
    hounsfield = RNG.normal(0, 500, (5, 6)).astype("float32")
    ct = MedicalImage(hounsfield, None, "CT", "HU", 40.0, 80.0)
    np.testing.assert_array_equal(as_grey(ct), apply_window(hounsfield, 40, 80))
    np.testing.assert_array_equal(as_grey(MedicalImage(hounsfield)), hounsfield)


def test_a_page_without_kernel_shows_the_picture_of_the_explorer():
    own = convolution()
    shown = own.explorer._repr_mimebundle_()[0]["image/png"]
    assert own._repr_mimebundle_()["image/png"] == shown
    assert repr(own).startswith("OwnImage(ConvolutionExplorer(")


@pytest.mark.parametrize("server", ["jupyter_server_config.json:ServerApp", "voila.json:Voila"])
def test_both_servers_take_an_upload_of_the_largest_size_as_one_message(server):
    name, application = server.split(":")
    text = (ROOT / "tools" / "jupyter" / name).read_text(encoding="utf-8")
    settings = json.loads(text)[application]["tornado_settings"]
    assert settings["websocket_max_message_size"] > 1.1 * LARGEST
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert makefile.count("JUPYTER_CONFIG_PATH=tools/jupyter ") == 2  # lab and demos


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("README.md", "python -m jupyter lab --config=tools/jupyter/jupyter_server_config.json "),
        ("binder/postBuild", "cp tools/jupyter/jupyter_server_config.json "),
        ("tools/jupyterhub/jupyterhub_config.py", '"JUPYTER_CONFIG_PATH": f"{KIT}/tools/jupyter"'),
    ],
)
def test_wherever_jupyterlab_is_started_it_takes_such_uploads(file, words):
    assert words in (ROOT / file).read_text(encoding="utf-8")
