"""One lesson in one kernel, in an order of choice: `python -m benchmarks._reliability_lesson`.

Run by `benchmarks.reliability` under each condition; writes what happened to a JSON file. The
notebook is read and never saved.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell

from benchmarks import _reliability_cache as cache

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from lesson_form import heading_level, read  # noqa: E402

CELL_TIMEOUT_S = 900
MADE = "'brains'", "'blood_smears'"  # as they stand in the log
QUICK_S = 10  # seconds: only a cell that takes less is run twice in a row
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PRELUDE = "__import__('runpy').run_path({!r}, run_name='__main__') and None"
# One section alone, as if the kernel were fresh: what the section before defined is taken away.
REMEMBER = "__import__('builtins').remembered = dict(globals())"
FORGET = """\
for __name in [*globals()]:
    if __name[0] != "_" and __name not in __import__('builtins').remembered:
        del globals()[__name]
globals().update(__import__('builtins').remembered)"""


def sections(notebook):
    """Return lists of (number, cell): the opening group, then the code cells of each `##`."""
    found, number = [[]], 0
    for cell in notebook.cells:
        if heading_level(cell) == 2:
            found.append([])
        if cell.cell_type == "code":
            number += 1
            found[-1].append((number, cell))
    return [found[0], *filter(None, found[1:])]


def passes(groups, order):
    """Yield (name of the pass, group, how often each cell runs, hidden cell before the group).

    Args:
        groups: what `sections` returns.
        order: "straight": from top to bottom. "again": then the opening group anew, and each
            section from last to first, each quick cell twice. "alone": the opening group, and each
            section without the names of the others.
    """
    opening, *rest = groups
    yield "first", opening, 1, None
    if order == "alone":
        yield "first", [], 1, REMEMBER
        for group in rest:
            yield "alone", group, 1, FORGET
        return
    for group in rest:
        yield "first", group, 1, None
    if order == "again":
        yield "again", opening, 1, None
        for group in reversed(rest):
            yield "again", group, 2, None


class Guard(threading.Thread):
    """Samples the memory of a kernel and its children, and kills it above a limit."""

    def __init__(self, pid, limit):
        super().__init__(daemon=True)
        self.process, self.limit, self.peak, self.killed = psutil.Process(pid), limit, 0, False
        self.cpu_s = 0.0  # what the kernel itself computed, whatever else the machine was doing

    def run(self):
        """Sample until the kernel is gone."""
        while self.process.is_running():
            with contextlib.suppress(psutil.Error):  # a process ended before it was asked
                if self.process.status() == psutil.STATUS_ZOMBIE:
                    return
                family = (self.process, *self.process.children(recursive=True))
                self.peak = max(self.peak, sum(p.memory_info().rss for p in family))
                self.cpu_s = max(self.cpu_s, sum(sum(p.cpu_times()[:2]) for p in family))
            if self.limit and self.peak > self.limit:
                self.killed = True
                self.process.kill()
            time.sleep(0.2)


class Killer(threading.Thread):
    """Kills a kernel (SIGKILL) as soon as its moment has come."""

    def __init__(self, pid, moment, log):
        super().__init__(daemon=True)
        self.pid, self.moment, self.log, self.met = pid, moment, Path(log), False

    def run(self):
        """Wait for the moment, then kill."""
        while not self.met and not self.missed():
            time.sleep(0.005)
            self.met = self.come()
        os.kill(self.pid, signal.SIGKILL)

    def lines(self):
        """Return the whole lines of the log so far."""
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def missed(self):
        """Return whether the first generated set is there already: the moment was too short."""
        if self.moment not in ("making", "writing"):
            return False
        return any("digest" in line and line["name"] in MADE for line in self.lines())

    def come(self):
        """Return whether it is time."""
        if self.moment == "writing":
            return cache.largest(cache.parts(os.environ["MEDKIT_CACHE"])) > 30_000
        lines = self.lines()
        if self.moment == "making":  # a generated set was begun half a second ago
            last = lines[-1].get("begun", "") if lines else ""
            return last in MADE and time.time() - self.log.stat().st_mtime > 0.5
        begun = [float(line["fit"]) for line in lines if "fit" in line]
        return bool(begun) and time.time() - begun[0] > 1  # in the first training


class Lesson:
    """A lesson and its kernel."""

    def __init__(self, path, options):
        self.options, notebook = options, read(path)
        self.groups = sections(notebook)
        self.places = {id(cell): place for place, cell in enumerate(notebook.cells)}
        self.failures, self.seconds, self.said, self.reached = [], {}, [], 0
        self.client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT_S,
            kernel_name="python3",
            extra_arguments=["--log-level=CRITICAL"],
            resources={"metadata": {"path": str(path.resolve().parent)}},
        )

    def hidden(self, source):
        """Run a line of our own, which must not fail."""
        self.client.execute_cell(new_code_cell(source), 0)

    def cell(self, run, number, cell):
        """Run one cell; return whether it succeeded, and keep its time and what went wrong."""
        begun = time.perf_counter()
        try:
            self.client.execute_cell(cell, self.places[id(cell)])
        except (CellExecutionError, CellTimeoutError) as error:
            words = COLOUR.sub("", str(error)).strip().splitlines()
            fault = f"{error.ename}: {error.evalue}" if hasattr(error, "ename") else words[0]
            self.failures.append({"pass": run, "cell": number, "error": fault, "end": words[-12:]})
            return False
        if run == "first":
            self.seconds[number] = time.perf_counter() - begun
        for output in cell.outputs:
            if output.get("name") == "stderr":
                self.said.append({"cell": number, "text": output.text[-400:]})
        return True

    def run(self):
        """Run the cells in their order; after a failure go on with the next section."""
        for name, group, times, before in passes(self.groups, self.options.order):
            if before:
                self.hidden(before)
            for number, cell in group:
                self.reached = number
                print(f"\r  {name} {number} ", end="", file=sys.stderr, flush=True)
                if not self.cell(name, number, cell):
                    break
                if times > 1 and self.seconds.get(number, 0) < QUICK_S:
                    self.cell("twice in a row", number, cell)
                if name == "first" and number == self.options.until:
                    return

    def start(self):
        """Begin to guard the kernel, and give it what comes before the lesson."""
        pid = self.client.km.provisioner.pid
        if self.options.group:
            Path(self.options.group, "cgroup.procs").write_text(str(pid), encoding="ascii")
        self.guard = Guard(pid, self.options.limit)
        self.guard.start()
        preludes = [ROOT / "benchmarks" / "_reliability_kernel.py"]
        if self.options.brief:
            preludes.insert(0, ROOT / "tests" / "browser" / "brief.py")
        for prelude in preludes:
            self.hidden(PRELUDE.format(str(prelude)))
        if self.options.kill:
            self.killer = Killer(pid, self.options.kill, os.environ["RELIABILITY_LOG"])
            self.killer.start()

    def report(self):
        """Run all, and return what happened."""
        begun, dead, self.killer = time.perf_counter(), False, None
        with self.client.setup_kernel():
            try:
                self.start()
                self.run()
            except DeadKernelError:
                dead = True
        return {
            "failures": self.failures,
            "dead": dead,
            "too_large": self.guard.killed,
            "moment_met": bool(self.killer and self.killer.met),
            "reached": self.reached,
            "cpu_minutes": self.guard.cpu_s / 60,
            "minutes": (time.perf_counter() - begun) / 60,
            "slowest": max(((s, n) for n, s in self.seconds.items()), default=(0, 0)),
            "peak_gb": self.guard.peak / 1e9,
            "said": self.said,
            "cells": len(self.seconds),
        }


def main():
    """Run one lesson as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--to", type=Path, required=True, help="the JSON file")
    parser.add_argument("--order", choices=("straight", "again", "alone"), default="straight")
    parser.add_argument("--brief", action="store_true", help="trainings of one batch an epoch")
    parser.add_argument("--kill", choices=("making", "writing", "training"))
    parser.add_argument("--until", type=int, help="the last cell of a straight run")
    parser.add_argument("--limit", type=int, default=0, help="bytes of memory")
    parser.add_argument("--group", help="folder of a control group for the kernel")
    parser.add_argument("--loopback", action="store_true", help="raise it in a new namespace")
    options = parser.parse_args()
    if options.loopback:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    report = Lesson(options.path, options).report()
    options.to.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
