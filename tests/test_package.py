"""The package alone: its wheel, what it says it needs, and that it works without TensorFlow."""

import ast
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from test_architecture import FILES, imported

import medkit

ROOT = Path(__file__).resolve().parents[1]
LESSONS_ONLY = {"jupyterlab", "nbval", "pywavelets", "tensorflow", "voila"}
# What an import is called where the library's own name differs.
LIBRARY_OF = {"PIL": "pillow", "skimage": "scikit-image", "sklearn": "scikit-learn"}
BROUGHT_ALONG = {
    "IPython": "ipywidgets",
    "packaging": "matplotlib",
    "traitlets": "ipywidgets",
    "pandas": "nilearn",
    "requests": "pooch",
    "tifffile": "scikit-image",
}


def needed(path):
    """Return {name: ranges} of a file of requirements."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and line[0].isalpha()]
    return {each.name.lower(): each.specifier for each in found}


def declared():
    """Return {name: ranges} of what the package itself asks for, without extras."""
    block = re.search(
        r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S
    )
    found = [Requirement(text) for text in re.findall(r'"(.+?)"', block[1])]
    return {each.name.lower(): each.specifier for each in found}


def test_the_package_asks_for_what_the_lessons_install_without_tensorflow():
    lessons = needed("requirements.txt")
    assert {name: lessons[name] for name in lessons if name not in LESSONS_ONLY} == declared()


def test_every_library_that_medkit_imports_is_declared():
    names = set()
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names |= {name.split(".")[0] for name in imported(tree)}
    outside = names - sys.stdlib_module_names - {"medkit", "keras", "tensorflow"}
    libraries = {BROUGHT_ALONG.get(name, LIBRARY_OF.get(name, name)).lower() for name in outside}
    assert "numpy" in libraries
    assert libraries <= set(declared())


def test_versions_agree():
    assert metadata.version("medkit") == medkit.__version__
    assert f"version: {medkit.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## [{medkit.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The path of a wheel, built without a network from a copy of what it is made of."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE", "LICENSE-TEXT"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    (source / "medkit").symlink_to(ROOT / "medkit")
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_each_file_of_the_explorers(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    kept = {".py", ".js", ".css"}
    files = [path for path in (ROOT / "medkit").rglob("*") if path.suffix in kept]
    assert len(files) > 100
    assert {path.relative_to(ROOT).as_posix() for path in files} <= inside


WITHOUT = """
import sys
for name in ("tensorflow", "keras", "jupyterlab", "nbval", "pywt", "voila"):
    sys.modules[name] = None  # an import of it fails, as where it is not installed
sys.path.insert(0, sys.argv[1])
import numpy as np
import medkit
assert medkit.__file__.startswith(sys.argv[1])
print(medkit.load("ct").images.shape)
from medkit import boxes, checks, doctor, filters, metrics, noise, optimisers, plots, widgets
print(repr(widgets.ConvolutionExplorer(np.eye(8))))
print(metrics.roc_auc([0, 1], [0.1, 0.3]))
for module in ("models", "training"):
    try:
        __import__(f"medkit.{module}")
    except ModuleNotFoundError as error:
        print(error)
"""


@pytest.mark.slow
def test_the_wheel_works_without_tensorflow_and_says_what_needs_it(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    command = [sys.executable, "-c", WITHOUT, str(tmp_path / "site")]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.stderr == ""
    shape, explorer, auc, *refused = told.stdout.splitlines()
    assert shape.startswith("(1, ")
    assert explorer.startswith("ConvolutionExplorer(8×8 image")
    assert float(auc) == 1
    assert len(refused) == 2
    assert all('python -m pip install "medkit[lessons]"' in line for line in refused)
