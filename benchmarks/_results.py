"""The dated results in benchmarks/RESULTS.md: a block a command, replaced when it runs again."""

import os
import platform
import re
import subprocess
import sys
import time
from datetime import date
from importlib import metadata
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS.md")
BLOCK = "### `python -m benchmarks.{}`"


def run(line):
    """Run one benchmark in a fresh Python, show what it prints as it comes; return it, and seconds.

    Raises RuntimeError if it fails: half a table is no result.
    """
    command = [sys.executable, "-u", "-m", *f"benchmarks.{line}".split()]
    began, kept = time.perf_counter(), []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        for row in process.stdout:
            print(row, end="", flush=True)
            kept.append(row)
    if process.returncode:
        raise RuntimeError(
            f"Expected {' '.join(command[3:])} to end well. Received exit status "
            f"{process.returncode}. Its message stands above; the kept results are as before."
        )
    return "".join(kept).strip("\n"), time.perf_counter() - began


def cpu():
    """Return the processor's name, as far as the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        return re.search(r"model name\s*: (.+)", text)[1].strip()
    except (OSError, TypeError):
        return platform.processor() or platform.machine()


def machine():
    """Return what a result was measured on, in one line."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory().total / 1e9
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("tensorflow", "keras"))
    return (
        f"{cores} cores of {cpu()}, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}, medkit {metadata.version('medkit')}"
    )


def load():
    """Return in words how busy the machine was in the minute before."""
    if not hasattr(os, "getloadavg"):
        return "load not known"
    busy = os.getloadavg()[0]
    return f"load before it {busy:.1f}"


def block(line, text, seconds, before):
    """Return the Markdown of one result."""
    minutes, rest = divmod(round(seconds), 60)
    took = f"{minutes} min {rest} s" if minutes else f"{rest} s"
    facts = f"{date.today().isoformat()}, {took}, {before}. {machine()}."
    return f"{BLOCK.format(line)}\n\n{facts}\n\n```text\n{text}\n```\n"


def sections(text):
    """Return {heading: [block, ...]} of the file; the first heading is the text above all."""
    found = {}
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE):
        head, *blocks = re.split(r"^(?=### )", part, flags=re.MULTILINE)
        found[head.strip("\n")] = [each.strip("\n") for each in blocks]
    return found


def with_block(text, heading, line, new):
    """Return the text with a block in place of the command's last one, or as a further one."""
    found = sections(text)
    blocks = found.setdefault(f"## {heading}", [])
    places = [k for k, each in enumerate(blocks) if each.startswith(BLOCK.format(line) + "\n")]
    place = places[0] if places else len(blocks)
    blocks[place : place + 1] = [new.strip("\n")]
    return "\n\n".join(piece for head, each in found.items() for piece in (head, *each)) + "\n"


def keep(heading, line, new):
    """Enter a block into benchmarks/RESULTS.md."""
    text = with_block(FILE.read_text(encoding="utf-8"), heading, line, new)
    part = FILE.with_suffix(".part")  # a stop in the middle leaves the old results
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(FILE)
