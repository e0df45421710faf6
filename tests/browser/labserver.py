"""A JupyterLab of our own on the loopback, and a Chromium to open it: for tests and benchmarks."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--no-first-run",
]
KERNEL_IDLE = (
    "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
)

NOTEBOOK = "window.jupyterapp.shell.currentWidget.content"
NO_CELL_WAITS = f"{NOTEBOOK}.widgets.every((cell) => cell.model.executionState !== 'running')"


def free_port():
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder):
    """Return the environment of a JupyterLab that reads and writes no settings but its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return {
        **kept,
        "JUPYTER_CONFIG_DIR": f"{folder}/config",
        "JUPYTER_RUNTIME_DIR": f"{folder}/runtime",
        "JUPYTER_DATA_DIR": f"{folder}/data",
        "JUPYTERLAB_WORKSPACES_DIR": f"{folder}/workspaces",
        "JUPYTERLAB_SETTINGS_DIR": f"{folder}/settings",
        "IPYTHONDIR": f"{folder}/ipython",
        "PYTHONPATH": os.pathsep.join(paths),
    }


def write_settings(folder, theme):
    """Write the settings file of each JupyterLab extension that would otherwise get in the way."""
    settings = {
        "notification": {"fetchNews": "false", "checkForUpdates": False},
        "themes": {"theme": theme},
    }
    for name, values in settings.items():
        path = Path(
            folder, "settings/@jupyterlab/apputils-extension", f"{name}.jupyterlab-settings"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


@contextlib.contextmanager
def jupyterlab(root, theme="JupyterLab Light", timeout=60):
    """Serve a folder with JupyterLab; yield a function that turns a path into its address."""
    folder, port, token = tempfile.mkdtemp(prefix="medkit-lab-"), free_port(), secrets.token_hex(16)
    write_settings(folder, theme)
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={root}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
    ]
    log = Path(folder, "lab.log")
    with log.open("w") as output:
        server = subprocess.Popen(
            command, env=environment(folder), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_until_up(server, f"http://127.0.0.1:{port}/api/status?token={token}", log, timeout)
        yield lambda path: f"http://127.0.0.1:{port}/doc/tree/{path}?reset&token={token}"
    finally:
        stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_up(server, address, log, timeout):
    """Wait until the server answers; RuntimeError with its log if it does not."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2):
            return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start within {timeout} s:\n{log.read_text()[-3000:]}")


def stop(server):
    """End the server, its kernels with it; one that hangs is killed."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def find_chromium():
    """Return the path of a Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright):
    """Start Chromium: the one on the PATH, else the one that Playwright installed."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses root
    flags = [*FLAGS, "--no-sandbox"] if root else FLAGS
    return playwright.chromium.launch(executable_path=find_chromium(), args=flags)


def watch(page):
    """Collect in page.problems what the page's scripts complain about."""
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on(
        "console",
        lambda message: page.problems.append(message.text) if message.type == "error" else None,
    )
    return page


def save_screenshot(page, name):
    """Save what a page shows as build/screenshots/<name>.png."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def open_notebook(page, address, before=None):
    """Open a notebook; `before` is the path of a Python file that its kernel reads first."""
    page.goto(address)
    page.wait_for_function(KERNEL_IDLE, timeout=60_000)
    if before:
        run = f"import runpy; runpy.run_path({str(before)!r}, run_name='__main__')"
        assert ask_kernel(page, run) == ""


def run_all(page, address, timeout=60, before=None):
    """Open a notebook, run all its cells and wait until they are done; timeout in seconds."""
    open_notebook(page, address, before)
    page.evaluate(
        "() => { window.ran = false; window.jupyterapp.commands.execute('notebook:run-all-cells')"
        ".finally(() => { window.ran = true; }); }"
    )
    page.wait_for_function("window.ran", timeout=timeout * 1000)


def run_by_keys(page, address, timeout=60, before=None):
    """Do as `run_all` does, but as a reader without a mouse: Shift and Enter for each cell.

    Keys do not wait: cells queue in the kernel. The last cell gets Control and Enter, because
    Shift and Enter would add one behind it.
    """
    open_notebook(page, address, before)
    for _ in range(page.evaluate(f"{NOTEBOOK}.widgets.length") - 1):
        page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"{KERNEL_IDLE} && {NO_CELL_WAITS}", timeout=timeout * 1000)


def execution_counts(page):
    """Return the number in the brackets of each code cell, None for one that did not run."""
    return page.evaluate(
        f"{NOTEBOOK}.widgets.filter(({{ model }}) => model.type === 'code')"
        ".map(({ model }) => model.executionCount)"
    )


def focus_cell(page, number):
    """Give the keys to a cell, as a click beside it does."""
    page.evaluate(f"{NOTEBOOK}.activeCellIndex = {number}")
    page.locator(".jp-Notebook .jp-Cell").nth(number).focus()


def active_cell(page):
    """Return the number of the cell that keys go to, counted from 0."""
    return page.evaluate(f"{NOTEBOOK}.activeCellIndex")


def change_theme(page, theme):
    """Change the theme of an open JupyterLab, and of what it opens from now on."""
    name = f"JupyterLab {theme}"
    page.evaluate(
        "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name
    )
    page.wait_for_function("(name) => document.body.dataset.jpThemeName === name", arg=name)


def ask_kernel(page, code):
    """Run code in the notebook's kernel, beside its cells; return what it printed."""
    return page.evaluate(
        """async (code) => {
          const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          let text = '';
          const asked = kernel.requestExecute({ code, store_history: false });
          asked.onIOPub = (m) => { text += m.content.text ?? m.content.evalue ?? ''; };
          await asked.done;
          return text.trim();
        }""",
        code,
    )


def shut_down_kernel(page):
    """End the kernel of the notebook that is open, so that kernels do not pile up."""
    page.evaluate(
        "async () => { await window.jupyterapp?.shell.currentWidget?.sessionContext?.shutdown(); }"
    )


def write_notebook(path, *cells):
    """Write a notebook of code cells."""
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)
    return path
