"""Kernels that are killed in the middle, and what the next one finds."""

import os
import signal
import subprocess
import sys
import time

from benchmarks import _reliability_cache as cache
from benchmarks._reliability_conditions import DATA, ROOT, Outcome, Place, reference, told

SLOW = 1e6  # bytes a second: so that a download has a middle
FETCH = "import sys, medkit; medkit.load(sys.argv[1])"
PUBLIC = ("breastmnist", "retinamnist", "bccd", "dsb2018")


def moments(lesson):
    """Return the moments at which a lesson's kernel can be killed."""
    source = lesson.read_text(encoding="utf-8")
    generated = any(rf"\"{name}\"" in source for name in ("brains", "blood_smears"))
    found = ["making", "writing"] if generated else []
    return found + ["training"] * (".fit(" in source)


def killed(lesson, work, mirror):
    """Kill at each moment in turn, one cache for all; then run from the top to the last of them."""
    place, faults, met, reached = Place(work), [], [], 0
    with cache.serving(mirror or work / "tmp", SLOW) as slow:
        if lesson == DATA:
            met, faults = kill_downloads(place, slow)
        for moment in () if lesson == DATA else moments(lesson):
            place.environment["MEDKIT_DATA_MIRROR"] = slow
            place.environment["RELIABILITY_KILL"] = moment
            place.log.unlink(missing_ok=True)
            report = place.lesson(lesson, "--whole", "--kill", moment)
            met += [moment] * report.get("moment_met", False)
            reached = max(reached, report.get("reached", 0))
            if not report["dead"]:
                faults += told(report)
            faults += [f"after {moment}: {fault}" for fault in cache.unsound(place.cache)]
    left = cache.parts(place.cache)
    faults += restarted(lesson, place, (work, mirror), reached)
    size = sum(part.stat().st_size for part in left)
    what = f"while {', '.join(met) or 'nothing'}; {len(left)} .part of {size / 1e3:.0f} KB left"
    return Outcome(not faults, faults[0] if faults else what, faults)


def restarted(lesson, place, others, reached):
    """Run from the top on the cache that the killed ones left; return what went wrong.

    Args:
        lesson: its path, or DATA.
        place: of the kernels that were killed.
        others: (work, mirror), as a condition gets them.
        reached: the last cell that a killed kernel began; the run ends with it.
    """
    work, mirror = others
    place.environment["RELIABILITY_KILL"] = ""
    place.log.unlink(missing_ok=True)
    first, _ = reference(lesson, work, mirror)
    with cache.serving(mirror or work / "tmp") as address:
        place.environment["MEDKIT_DATA_MIRROR"] = address
        if lesson == DATA:
            faults, _ = place.data("every", "curl")
        else:
            faults = told(place.lesson(lesson, "--until", reached))
    got = cache.requests(place.log)
    wanted = {key: value for key, value in cache.requests(first.log).items() if key in got}
    faults += cache.differing(wanted, got) if wanted or not got else ["no load is comparable"]
    return faults + cache.unsound(place.cache)


def kill_downloads(place, address):
    """Kill a Python in the middle of each download; return which were met, and what is wrong."""
    place.environment["MEDKIT_DATA_MIRROR"] = address
    met = []
    for name in PUBLIC:
        before = cache.parts(place.cache)
        command = [sys.executable, "-c", FETCH, name]
        process = subprocess.Popen(command, cwd=ROOT, env=place.environment)
        while process.poll() is None:
            new = [part for part in cache.parts(place.cache) if part not in before]
            if cache.largest(new) > 200_000:
                os.kill(process.pid, signal.SIGKILL)
                met.append(f"fetching {name}")
                break
            time.sleep(0.005)
        process.wait()
    return met, cache.unsound(place.cache)
