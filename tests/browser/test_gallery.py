"""The gallery: one HTML file without Python or a network, and served by Voila to two visitors."""

import secrets
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import labserver
import pytest
from PIL import Image

pytestmark = pytest.mark.slow
GALLERY = labserver.ROOT / "notebooks" / "90_widget_gallery.ipynb"
MOVES = {  # explorer → what to focus, the key, and what it changes on the screen
    ".mk-kernel": ("input >> nth=0", "ArrowUp"),
    ".mk-map": ("", "ArrowRight"),
    ".mk-overlap-picture": ("", "ArrowRight"),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Return the path of the page, written as `make page` writes it."""
    target = tmp_path_factory.mktemp("page") / "gallery.html"
    tool = labserver.ROOT / "tools" / "static_page.py"
    command = [sys.executable, str(tool), str(GALLERY), "--to", str(target)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.endswith("MB, open it in any browser\n")
    assert target.stat().st_size < 4e6
    return target


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_the_file_works_without_python_and_without_a_network(new_page, file, size):
    page = new_page(offline=True)
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.goto(file.as_uri())
    page.locator(".mk").nth(7).wait_for()
    assert page.locator(".mk").count() == 8
    pictures = page.locator("img[alt*='needs Python']")
    assert pictures.count() == 3  # the window, the codes, and the function with sliders
    widths = pictures.evaluate_all("(all) => all.map((image) => image.naturalWidth)")
    assert min(widths) > 300
    for place, (inner, key) in MOVES.items():
        part = page.locator(place).first
        part.scroll_into_view_if_needed()
        explorer = page.locator(f".mk:has({place})").first
        page.wait_for_timeout(300)
        before = pixels(explorer)
        (part.locator(inner) if inner else part).focus()
        page.keyboard.press(key)
        page.wait_for_timeout(300)
        assert pixels(explorer) != before, place
    wide = page.evaluate("[document.body.scrollWidth, document.body.clientWidth]")
    assert wide[0] <= wide[1]
    page.evaluate("scrollTo(0, 0)")
    labserver.save_screenshot(page, f"gallery-page-{size[0]}")
    assert not page.problems


def pixels(explorer):
    """Return what all canvases of an explorer show, as one text."""
    return explorer.locator("canvas").evaluate_all(
        "(all) => all.map((canvas) => canvas.toDataURL()).join()"
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Return the address of the gallery as `make demos` serves it, and its token."""
    port, token = labserver.free_port(), secrets.token_hex(8)
    folder = tmp_path_factory.mktemp("voila")
    command = [sys.executable, "-m", "voila", "--no-browser", "--Voila.ip=127.0.0.1"]
    command += [f"--port={port}", f"--token={token}", "--template=medkit", "--strip_sources=True"]
    log = folder / "voila.log"
    with log.open("w") as output:
        ours = str(labserver.ROOT / "tools" / "jupyter")
        templates = {"JUPYTER_PATH": ours, "JUPYTER_CONFIG_PATH": ours}
        server = subprocess.Popen(
            [*command, str(GALLERY)],
            env=labserver.environment(folder) | templates,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        labserver.wait_until_up(server, f"{address}static/dist/index.js", log, 60)
        yield address, token
    finally:
        labserver.stop(server)


def test_visitors_need_the_token_and_share_nothing(new_page, served, tmp_path):
    address, token = served
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert "/login?" in answer.url
    visitors = [new_page(), new_page()]
    for page in visitors:
        page.goto(f"{address}?token={token}", timeout=120_000)
        page.locator(".mk-kernel input").first.wait_for(timeout=120_000)
    first, second = visitors
    before = second.locator(".mk-kernel input").first.input_value()
    first.locator(".mk-kernel input").first.fill("0.25")
    first.wait_for_timeout(500)
    assert second.locator(".mk-kernel input").first.input_value() == before

    stored = set(Path(tempfile.gettempdir()).iterdir())
    bad, good, large = (tmp_path / name for name in ("letter.dcm", "own.png", "large.tif"))
    bad.write_bytes(b"a letter")
    Image.linear_gradient("L").save(good)
    Image.new("RGB", (3000, 2000)).save(large)  # 18 MB, uncompressed
    chooser = first.locator(".jupyter-widgets-upload, .widget-upload, input[type=file]")
    assert chooser.count() >= 6
    upload(first, bad)
    refused = first.locator("[role=alert]", has_text="whose first bytes are of none of them")
    refused.wait_for()
    upload(first, large)
    first.get_by_text("2000 × 3000 pixels").wait_for()
    upload(first, good)
    first.get_by_text("256 × 256 pixels", exact=True).wait_for()
    first.get_by_role("button", name="ours again").nth(1).wait_for()
    refused.wait_for(state="detached")
    assert set(Path(tempfile.gettempdir()).iterdir()) == stored
    labserver.save_screenshot(first, "gallery-voila")
    assert not [line for page in visitors for line in page.problems]


def upload(page, path, number=1):
    """Give a file to one of the upload buttons; number 1 is that of the convolution."""
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name="your own image").nth(number).click()
    opened.value.set_files(path)
