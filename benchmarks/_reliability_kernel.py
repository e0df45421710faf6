"""For a kernel, before a lesson: every `medkit.load` and every training leaves a line in a log.

The log says which data a lesson asked for and what it got, so that a later run can be compared,
and when a training began, so that the kernel can be killed in its middle.
"""

import hashlib
import io
import json
import os
import time
from dataclasses import fields

import numpy as np

import medkit
from medkit import datasets


def digest(data):
    """Return a SHA-256 over all arrays of an ImageSet, types and shapes included."""
    found = hashlib.sha256()
    for field in fields(data)[1:]:
        value = getattr(data, field.name)
        for array in value if isinstance(value, list) else [value]:
            array = np.asarray(array)
            found.update(f"{field.name} {array.dtype} {array.shape}".encode())
            found.update(array.tobytes() if array.dtype != object else b"")
    return found.hexdigest()[:16]


def note(path, **line):
    """Add one line to the log; `repr` keeps tuples and can be read back without `eval`."""
    with open(path, "a", encoding="utf-8") as log:
        log.write(json.dumps({key: repr(value) for key, value in line.items()}) + "\n")


def watch(path):
    """Have `load` and `fit` write to the log at `path`."""
    load = datasets.load

    def noted_load(name, split=None, **options):
        note(path, begun=name)
        data = load(name, split, **options)
        note(path, name=name, split=split, options=options, digest=digest(data))
        return data

    medkit.load = datasets.load = noted_load


def watch_fit(path):
    """Have each training say when it begins."""
    import keras

    fit = keras.Model.fit

    def noted_fit(self, *arguments, **options):
        note(path, fit=time.time())
        return fit(self, *arguments, **options)

    keras.Model.fit = noted_fit


def write_slowly(piece=2**14, rest=0.02):
    """Have `np.savez` write a stream in pieces with rests between: a moment to be killed in."""
    savez = np.savez

    def slow(file, *arrays, **named):
        if not hasattr(file, "write"):
            return savez(file, *arrays, **named)
        whole = io.BytesIO()
        savez(whole, *arrays, **named)
        for start in range(0, whole.tell(), piece):
            file.write(whole.getvalue()[start : start + piece])
            file.flush()
            time.sleep(rest)

    np.savez = slow


if __name__ == "__main__":  # run by a lesson's kernel alone
    watch(os.environ["RELIABILITY_LOG"])
    if os.environ.get("RELIABILITY_KILL") == "training":
        watch_fit(os.environ["RELIABILITY_LOG"])
    if os.environ.get("RELIABILITY_KILL") == "writing":
        write_slowly()
