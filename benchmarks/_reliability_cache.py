"""A mirror on this machine, a cache that is damaged on purpose, and what is read from it after."""

import ast
import contextlib
import json
import os
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHUNK = 2**16


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder, at most so many bytes a second."""

    def log_message(self, *_):
        """Say nothing."""

    def copyfile(self, source, outputfile):
        """Send a file in pieces, with rests between."""
        with contextlib.suppress(ConnectionError):  # the kernel was killed in the middle
            while piece := source.read(CHUNK):
                outputfile.write(piece)
                time.sleep(CHUNK / self.server.rate)


@contextlib.contextmanager
def serving(folder, rate=1e12):
    """Serve a folder on 127.0.0.1 and yield its address.

    Args:
        folder: what to serve.
        rate: bytes a second.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    server.daemon_threads, server.rate = True, rate
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def files(cache):
    """Return path → size of each file in a cache, half-written ones left out."""
    kept = sorted(p for p in Path(cache).rglob("*") if p.is_file() and p.suffix != ".part")
    return {path: path.stat().st_size for path in kept}


def parts(cache):
    """Return the half-written files in a cache."""
    return sorted(Path(cache).rglob(".*.part"))


def largest(paths):
    """Return the size of the largest of some files, of which any may be gone by now."""
    sizes = [0]
    for path in paths:
        with contextlib.suppress(OSError):
            sizes.append(path.stat().st_size)
    return max(sizes)


def damage(cache):
    """Delete every second file and cut the others to half their bytes; return (deleted, cut)."""
    deleted, cut = [], []
    for place, (path, size) in enumerate(files(cache).items()):
        if place % 2:
            path.unlink()
            deleted.append(path)
        else:
            os.truncate(path, size // 2)
            cut.append(path)
    return deleted, cut


def requests(log):
    """Return {(name, split, options as text): digest} of the loads that a log tells of."""
    found = {}
    for line in Path(log).read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):  # the kernel was killed while it wrote this line
            line = json.loads(line)
            if "digest" in line:
                found[line["name"], line["split"], line["options"]] = line["digest"]
    return found


def differing(before, after):
    """Return what came out differently in the second of two logs, or not at all, in words."""
    return [
        f"load({name}, {split}, {options}): other numbers than before, or not loaded"
        for name, split, options in before
        if before[name, split, options] != after.get((name, split, options))
    ]


def reload_all(wanted):
    """Load again what a log tells of, into the log of this run; return what failed, in words.

    Args:
        wanted: what `requests` returns.
    """
    from benchmarks._reliability_kernel import watch
    from medkit import datasets

    watch(os.environ["RELIABILITY_LOG"])
    faults = []
    for name, split, options in wanted:
        arguments = ast.literal_eval(name), ast.literal_eval(split)
        try:
            datasets.load(*arguments, **ast.literal_eval(options))
        except Exception as error:  # whatever it is, the learner would see it
            faults.append(f"load({name}, {split}, {options}): {type(error).__name__}: {error}")
    return faults


def unsound(cache):
    """Return the files of a cache that would not be read back whole, in words."""
    from medkit import datasets, downloads
    from medkit.registry import SETS

    public = {info.file.name: info.file for info in SETS.values() if info.file}
    faults = []
    for path in files(cache):
        try:
            if path.name in public:
                fault = downloads.why_wrong(path, public[path.name])
            else:
                fault = "" if datasets._unpack(path) else "empty"
        except Exception as error:  # a damaged file may fail in any way
            fault = f"{type(error).__name__}: {error}"
        if fault:
            faults.append(f"{path.name}: {fault}")
    return faults


def load_every(expected):
    """Load every set there is; return what went wrong, in words, and how many came.

    Args:
        expected: what the message of a public set that cannot be had must hold.
    """
    from benchmarks._reliability_kernel import watch
    from medkit import datasets
    from medkit.downloads import DataError
    from medkit.registry import SETS

    watch(os.environ["RELIABILITY_LOG"])
    faults, came = [], []
    for name, info in SETS.items():
        options = {"n": 4} if info.tier == "generated" else {}
        try:
            datasets.load(name, **options)
            came.append(name)
        except DataError as error:
            if info.built_in or not all(word in str(error) for word in expected):
                faults.append(f"load({name!r}): {error}")
        except Exception as error:  # no other kind of error may reach a learner
            faults.append(f"load({name!r}): {type(error).__name__}: {error}")
    return faults, came


def main():
    """Do one thing in the conditions that the caller made, and print the result as JSON."""
    action, *arguments = sys.argv[1:]
    if action == "every":
        faults, came = load_every(arguments)
    else:
        wanted = requests(arguments[0])
        faults, came = reload_all(wanted), list(wanted)
    folder = os.environ.get("MEDKIT_CACHE")
    faults += unsound(folder) if folder else []
    print(json.dumps({"faults": faults, "came": came}))


if __name__ == "__main__":
    main()
