"""Fixtures for tests that need a browser; `run_notebook` serves the lessons' tests too."""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import labserver
import pytest


def missing(reason):
    """Skip, saying why; fail where the browser tests must run."""
    if os.environ.get("MEDKIT_REQUIRE_BROWSER") == "1":
        pytest.fail(f"MEDKIT_REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        missing("playwright is not installed: pip install playwright")
    with sync_playwright() as playwright:
        try:
            chromium = labserver.launch(playwright)
        except Error as error:
            reason = str(error).splitlines()[0]
            missing(f"no Chromium starts ({reason}): python -m playwright install chromium")
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    """A function (**settings of Playwright's context) → a fresh page.

    page.problems lists what its scripts complained about.
    """
    with ExitStack() as stack:

        def new(**settings):
            context = browser.new_context(viewport={"width": 1280, "height": 900}, **settings)
            return labserver.watch(stack.enter_context(context).new_page())

        yield new


@pytest.fixture
def page(new_page):
    """A fresh page without special settings."""
    return new_page()


@pytest.fixture(scope="session")
def labs(browser, tmp_path_factory):
    """A function theme → (folder, address of a path in it); each JupyterLab is started once."""
    with ExitStack() as stack:
        started = {}

        def lab(theme="JupyterLab Light"):
            if theme not in started:
                folder = tmp_path_factory.mktemp("lab")
                started[theme] = folder, stack.enter_context(labserver.jupyterlab(folder, theme))
            return started[theme]

        yield lab


@pytest.fixture
def run_notebook(labs, page):
    """A function (path, timeout in s, theme, before) → page with that notebook, run to its end.

    `by_keys` presses the keys for each cell, instead of giving one command for all of them.
    page.problems lists the errors on the browser's console. The notebook is a copy: what is
    saved in JupyterLab does not touch the one given.
    """
    opened = []

    def run(path, timeout=120, theme="JupyterLab Light", before=None, by_keys=False):
        folder, address = labs(theme)
        copy = shutil.copy(path, folder)
        how = labserver.run_by_keys if by_keys else labserver.run_all
        opened.append(how(page, address(Path(copy).name), timeout, before))
        return page

    yield run
    if opened:
        labserver.shut_down_kernel(page)


@pytest.fixture
def run_cells(run_notebook, tmp_path):
    """A function (*cells, theme) → page with a notebook of these cells, run to its end."""

    def run(*cells, theme="Light"):
        path = labserver.write_notebook(tmp_path / f"{tmp_path.name}.ipynb", *cells)
        return run_notebook(path, theme=f"JupyterLab {theme}")

    return run


@pytest.fixture
def screenshot(page):
    """A function that saves the page as build/screenshots/<name>.png."""
    return lambda name: labserver.save_screenshot(page, name)
