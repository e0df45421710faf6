"""Who may import whom, how long a file and a function may be, and what `import medkit` loads."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "medkit"
FILES = sorted(PACKAGE.rglob("*.py"))
TOOLS = sorted([*(ROOT / "tools").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")])
LONGEST_FILE, LONGEST_FUNCTION = 300, 25

# module (a package counts as one): the modules of medkit that it may import
ALLOWED = {
    "__init__": {"datasets", "images", "quiet"},
    "quiet": set(),
    "registry": set(),
    "downloads": {"registry"},
    "phantoms": set(),
    "formats": set(),
    "dicom": {"formats"},
    "images": {"formats", "dicom"},
    "readers": {"registry", "downloads"},
    "datasets": {"registry", "downloads", "phantoms", "readers"},
    "boxes": set(),
    "filters": set(),
    "metrics": {"boxes"},
    "splits": set(),
    "optimisers": set(),
    "plots": {"metrics", "images"},
    "with_keras": set(),
    "models": {"with_keras"},
    "noise": set(),
    "weights": set(),
    "screens": set(),
    "training": {"plots", "screens", "with_keras"},
    "widgets": {"plots", "images", "metrics", "boxes", "filters", "datasets", "optimisers"},
    "checks": {"boxes", "filters", "metrics", "optimisers"},
    "doctor": {"registry", "downloads", "datasets"},
}
KERAS_MODULES = {"with_keras", "models", "training"}
LOADED_LATE = (
    *("tensorflow", "keras", "scipy", "matplotlib", "nibabel", "nilearn", "pydicom", "skimage"),
    *("sklearn", "ipywidgets", "anywidget", "pooch", "pandas", "IPython"),
)


def module_of(path):
    """Return the name of the module, or of the package inside medkit, that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree):
    """Yield the dotted name of everything that a piece of source imports, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{a.name}" for a in node.names)


def import_faults(module, source):
    """Yield what one module imports and should not."""
    for name in imported(ast.parse(source)):
        first, _, rest = name.partition(".")
        if not first:
            yield f"{module}: relative import {name}; write medkit.<module>"
        if first == "medkit":
            other = rest.split(".")[0]
            if other != module and other not in ALLOWED[module]:
                yield f"{module} may not import {name}"
        if first in ("keras", "tensorflow") and module not in KERAS_MODULES:
            yield f"{module} may not import {name}; only models and training may"
        if module == "widgets" and name.startswith(("matplotlib.pyplot", "pylab")):
            yield f"{module} may not import {name}: callbacks run outside the main thread"


def code_lines(function, lines):
    """Return how many lines a function's body has, without docstring and blank lines."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    if not body:
        return 0
    return sum(bool(line.strip()) for line in lines[body[0].lineno - 1 : function.end_lineno])


def length_faults(source):
    """Yield which functions are too long, and whether the file is."""
    lines = source.splitlines()
    if len(lines) > LONGEST_FILE:
        yield f"{len(lines)} lines, allowed are {LONGEST_FILE}; what does it do twice?"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = code_lines(node, lines)
            if length > LONGEST_FUNCTION:
                yield f"{node.name}: {length} lines of code, allowed are {LONGEST_FUNCTION}"


def docstring_faults(source):
    """Yield which public names a reader finds without a docstring."""
    tree = ast.parse(source)
    if source.strip() and ast.get_docstring(tree) is None:
        yield "the file has no docstring"
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        members = node.body if isinstance(node, ast.ClassDef) else []
        functions = [item for item in members if isinstance(item, ast.FunctionDef)]
        for item in [node, *functions]:
            if not item.name.startswith("_") and ast.get_docstring(item) is None:
                yield f"{item.name} has no docstring"


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def test_the_table_of_imports_has_no_circle():
    order = list(graphlib.TopologicalSorter(ALLOWED).static_order())
    assert set(order) == set(ALLOWED)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_run_one_way(path):
    module = module_of(path)
    assert module in ALLOWED, f"Enter {module} into the table ALLOWED, with what it may import."
    assert list(import_faults(module, path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", [*FILES, *TOOLS], ids=name_of)
def test_files_and_functions_are_short(path):
    assert list(length_faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", [*FILES, *TOOLS], ids=name_of)
def test_every_public_name_has_a_docstring(path):
    assert list(docstring_faults(path.read_text(encoding="utf-8"))) == []


def test_import_medkit_loads_nothing_heavy():
    code = "import sys, medkit; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = result.stdout.split()
    assert "numpy" in loaded
    assert [name for name in LOADED_LATE if name in loaded] == []


# ---- the rules themselves, each on a piece of source that breaks it -----------------------------


@pytest.mark.parametrize(
    ("module", "source", "words"),
    [
        ("boxes", "from medkit.metrics import iou", "boxes may not import medkit.metrics.iou"),
        ("boxes", "from medkit import plots", "boxes may not import medkit.plots"),
        ("boxes", "import medkit.plots as p", "boxes may not import medkit.plots"),
        ("boxes", "def f():\n    import medkit", "boxes may not import medkit"),
        ("boxes", "from . import plots", "relative import"),
        ("boxes", "def f():\n    from keras import layers", "only models and training"),
        ("doctor", "import tensorflow.math", "only models and training"),
        ("widgets", "def f():\n    import matplotlib.pyplot as plt", "outside the main thread"),
        ("widgets", "from matplotlib import pyplot", "outside the main thread"),
    ],
)
def test_a_forbidden_import_is_found(module, source, words):
    (fault,) = import_faults(module, source)
    assert words in fault


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("metrics", "from medkit.boxes import iou_matrix"),
        ("widgets", "from medkit.widgets.explorer import Explorer\nimport medkit.plots"),
        ("widgets", "from matplotlib.figure import Figure"),
        ("models", "import keras"),
    ],
)
def test_an_allowed_import_is_allowed(module, source):
    assert list(import_faults(module, source)) == []


def test_a_long_function_is_found_and_docstring_and_blank_lines_are_free():
    def source(lines):
        return "def f():\n    '''One.\n\n    Two.\n    '''\n\n" + "    x = 1\n\n" * lines

    assert list(length_faults(source(25))) == []
    assert list(length_faults(source(26))) == ["f: 26 lines of code, allowed are 25"]
    assert list(length_faults("class A:\n" + "    x = 1\n" * 299)) == []
    assert next(length_faults("x = 1\n" * 301)).startswith("301 lines, allowed are 300")


def test_a_missing_docstring_is_found():
    source = (
        "'''Module.'''\nclass A:\n    '''A.'''\n    def b(self): pass\n    def _c(self): pass\n"
    )
    assert list(docstring_faults(source)) == ["b has no docstring"]
    assert list(docstring_faults("def f(): pass")) == [
        *["the file has no docstring", "f has no docstring"]
    ]
