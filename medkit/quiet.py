"""Keeps TensorFlow's start-up chatter out of a lesson; errors still come through."""

import os
import sys
import tempfile
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder


def hush_tensorflow():
    """Make the first import of TensorFlow silent, whoever asks for it.

    TensorFlow 2.21 writes to the process's standard error before it reads its own setting
    for it, so the setting alone is not enough. What an import that fails wrote is shown.
    """
    # Errors that matter arrive as exceptions; the rest is what was not found and is not needed.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds TensorFlow once, and wraps how it is loaded."""

    def find_spec(self, name, path=None, target=None):
        """Return how TensorFlow is found, with a loader that holds its messages back."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def load_silently(module):
                with _standard_error_held_back():
                    load(module)

            spec.loader.exec_module = load_silently
        return spec


@contextmanager
def _standard_error_held_back():
    """Hold back what C++ writes to file descriptor 2; hand it on if the block fails."""
    sys.stderr.flush()
    before = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(before, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(before, 2)
            os.close(before)
