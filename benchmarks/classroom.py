"""A class on one server: how much memory and CPU, if everybody presses Run All at one moment.

Each student has a JupyterLab server, a kernel and a cache of their own, as under JupyterHub, and
no browser. All kernels run the lesson's code cells at the same time. Memory is the proportional
set size (PSS) of all servers and kernels: a page that several share counts once. CPU seconds
count from the start of the server to the last cell.

`python -m benchmarks.classroom --students 1 2 4 8 --lesson notebooks/11_convolution.ipynb`
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import statistics
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import psutil

from tests.browser import labserver

LESSON = labserver.ROOT / "notebooks" / "11_convolution.ipynb"
CELL_TIMEOUT_S = int(os.environ.get("MEDKIT_CELL_TIMEOUT") or 600)
CLASS_SIZE, CLASS_MINUTES = 40, 90
HEAD = ("students", "memory, GB", "each, GB", "CPU s each", "median, s", "slowest, s")
ROW = "{:>8}{:>12}{:>10}{:>12}{:>11}{:>12}"


class Student:
    """A kernel on a server of its own, spoken to as JupyterLab does: through the server."""

    def __init__(self, address, path):
        import websocket

        self.path = path
        parts = urlsplit(address(path.name))
        token = parse_qs(parts.query)["token"][0]
        asked = {"path": path.name, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        request = urllib.request.Request(
            f"{parts.scheme}://{parts.netloc}/api/sessions",
            json.dumps(asked).encode(),
            {"Authorization": f"token {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            kernel = json.load(answer)["kernel"]["id"]
        self.socket = websocket.create_connection(
            f"ws://{parts.netloc}/api/kernels/{kernel}/channels?token={token}",
            timeout=CELL_TIMEOUT_S,
        )
        self.run("kernel's first", "pass")  # the kernel is up

    def send(self, code):
        """Ask the kernel to run code; return the number of the message."""
        header = {"msg_id": secrets.token_hex(16), "msg_type": "execute_request", "version": "5.3"}
        header |= {"username": "student", "session": "classroom", "date": ""}
        content = {"code": code, "silent": False, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self.socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))
        return header["msg_id"]

    def run(self, name, code):
        """Run code and wait for its end; RuntimeError if it fails or the kernel dies."""
        asked = self.send(code)
        while True:
            received = self.socket.recv()
            if isinstance(received, bytes):  # a widget's picture: only text carries an answer
                continue
            message = json.loads(received)
            content = message["content"]
            if content.get("execution_state") in ("restarting", "autorestarting", "dead"):
                raise RuntimeError(f"{name} cell: the kernel died")
            mine = message["parent_header"].get("msg_id") == asked
            if mine and message["msg_type"] == "execute_reply":
                if content["status"] != "ok":
                    raise RuntimeError(f"{name} cell: {content['ename']}: {content['evalue']}")
                return

    def run_all(self, together):
        """Run the code cells of the lesson as soon as all are ready; return the seconds."""
        cells = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        together.wait()
        start = time.perf_counter()
        for number, source in enumerate(sources, 1):
            self.run(f"code {number}", source)
        return time.perf_counter() - start


class Meter(threading.Thread):
    """Samples the memory of this process's children and theirs, and sums up their CPU time."""

    def __init__(self):
        super().__init__()
        self.done, self.peak = threading.Event(), 0

    def run(self):
        """Keep the largest sum of PSS seen, in bytes, until the class is over."""
        while not self.done.wait(0.5):
            self.peak = max(self.peak, self.total(lambda process: process.memory_full_info().pss))

    @staticmethod
    def total(measure):
        """Return the sum of a measure over the servers and kernels that are there now."""
        result = 0
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended since it was listed
                result += measure(process)
        return result

    def cpu_seconds(self):
        """Return the CPU time so far, that of processes which have ended included."""
        return self.total(lambda process: sum(process.cpu_times()[:4]))


@contextlib.contextmanager
def classroom(count, lesson):
    """Start a server and a kernel for each student; yield the students."""
    with contextlib.ExitStack() as stack:
        students = []
        for _ in range(count):
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="medkit-student-")))
            path = Path(shutil.copy(lesson, home))
            with mock.patch.dict(os.environ, MEDKIT_CACHE=str(home / "cache")):
                address = stack.enter_context(labserver.jupyterlab(home))
            students.append(Student(address, path))
            stack.callback(students[-1].socket.close)
        yield students


def measure(count, lesson):
    """Return peak memory in GB, CPU seconds a student, and the students' wall times."""
    meter = Meter()
    with classroom(count, lesson) as students, ThreadPoolExecutor(count) as pool:
        meter.start()
        try:
            together = threading.Barrier(count)
            runs = [pool.submit(student.run_all, together) for student in students]
            failed = [f"  {run.exception()!r}" for run in runs if run.exception()]
            if failed:
                raise RuntimeError("\n".join(["not every student got through:", *failed]))
            cpu = meter.cpu_seconds() / count
        finally:
            meter.done.set()
            meter.join()
    return meter.peak / 1e9, cpu, [run.result() for run in runs]


def outlook(counts, memories, cpu, cores):
    """Return what a whole class needs, and what that takes for granted."""
    import numpy as np

    work = cpu * CLASS_SIZE
    busy = (
        f"{CLASS_SIZE} students: {work / (60 * CLASS_MINUTES):.1f} cores on average, if each runs "
        f"the lesson once in {CLASS_MINUTES} minutes ({cpu:.0f} CPU s × {CLASS_SIZE} / "
        f"{60 * CLASS_MINUTES} s). All at one moment: {work / 60:.0f} core-minutes of work, "
        f"{work / 60 / cores:.0f} minutes on {cores} cores like these.\n"
    )
    if len(set(counts)) < 2:
        return busy + "Memory: a straight line needs two rows; measure two numbers of students."
    each, base = np.polyfit(counts, memories, 1)
    return busy + (
        f"Memory: {base + CLASS_SIZE * each:.0f} GB by a straight line through the rows "
        f"({base:.2f} GB + {each:.2f} GB a student), if all are at their peak at one moment."
    )


def main(arguments=()):
    """Print the table and what it means for a class of 40; without arguments up to 8 students."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--lesson", type=Path, default=LESSON)
    options = parser.parse_args(arguments)
    if not psutil.LINUX:
        raise SystemExit("Expected Linux, which alone tells PSS. Run this on the class's server.")
    print(f"{options.lesson.name}, {len(os.sched_getaffinity(0))} cores")
    print(ROW.format(*HEAD), flush=True)
    memories = []
    for count in options.students:
        memory, cpu, walls = measure(count, options.lesson)
        memories.append(memory)
        numbers = (memory, memory / count, cpu, statistics.median(walls), max(walls))
        shown = [f"{x:.{digits}f}" for x, digits in zip(numbers, (2, 2, 1, 1, 1), strict=True)]
        print(ROW.format(count, *shown), flush=True)
    print(outlook(options.students, memories, cpu, len(os.sched_getaffinity(0))))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
