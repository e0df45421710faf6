"""The conditions of `benchmarks.reliability`: each takes a lesson and says what became of it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import _reliability_cache as cache
from benchmarks import _reliability_names as written
from benchmarks._reliability_lesson import read, sections

ROOT = Path(__file__).resolve().parents[1]
MEMORY = 4 * 10**9  # bytes
DATA = "data"  # stands in the place of a lesson: every data set, without a lesson
TRAINING = ("13", "21", "22", "31", "32", "33")  # lessons whose trainings are cut short
WHOLE_AGAIN = ("31",)  # run on a damaged cache; the others only load
ROOM = "/sys/fs/cgroup/memory", "/sys/fs/cgroup"  # control groups, of the first and second kind
OWN = ("MEDKIT_", "JUPYTER", "XDG_", "IPYTHON", "MPL", "KERAS_", "RELIABILITY_")


@dataclass
class Outcome:
    """What became of a lesson under a condition."""

    passed: bool
    what: str
    details: list = field(default_factory=list)


class Place:
    """A folder of its own for one run: home, cache, log, temporary files."""

    def __init__(self, folder, mirror=None, **variables):
        self.folder, self.cache, self.log = folder, folder / "cache", folder / "log"
        self.home = folder / "home"
        for name in ("home", "tmp", "runtime"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(OWN)}
        self.environment = {
            **kept,
            "HOME": str(self.home),
            "TMPDIR": str(folder / "tmp"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "PYTHONPATH": str(ROOT),
            "RELIABILITY_LOG": str(self.log),
            "MEDKIT_CACHE": str(self.cache),
            "MEDKIT_TIMEOUT": "5",
            **({"MEDKIT_DATA_MIRROR": str(mirror)} if mirror else {}),
            **variables,
        }

    def python(self, *arguments, prefix=()):
        """Run a module of this Python; return what it printed."""
        command = [*prefix, sys.executable, "-m", *map(str, arguments)]
        with open(self.folder / "errors", "a", encoding="utf-8") as errors:
            done = subprocess.run(
                command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=errors
            )
        return done.stdout.decode(errors="replace")

    def lesson(self, path, *flags, prefix=()):
        """Run a lesson; return the report of `_reliability_lesson`."""
        to = self.folder / "report.json"
        to.unlink(missing_ok=True)
        brief = ["--brief"] if path.name[:2] in TRAINING and "--whole" not in flags else []
        flags = [flag for flag in flags if flag != "--whole"]
        arguments = (path, "--to", to, *brief, *flags)
        said = self.python("benchmarks._reliability_lesson", *arguments, prefix=prefix)
        if to.is_file():
            return json.loads(to.read_text(encoding="utf-8"))
        end = (self.folder / "errors").read_text(encoding="utf-8", errors="replace")[-600:]
        return {"failures": [{"pass": "start", "cell": 0, "error": said + end}], "dead": True}

    def data(self, *arguments, prefix=()):
        """Run `_reliability_cache`; return its faults and the names of what came."""
        said = self.python("benchmarks._reliability_cache", *arguments, prefix=prefix)
        try:
            answer = json.loads(said.splitlines()[-1])
        except (ValueError, IndexError):
            return [f"it stopped; see {self.folder / 'errors'}"], []
        return answer["faults"], answer["came"]


def told(report):
    """Return what went wrong in one run of a lesson, a line each."""
    lines = [
        f"cell {one['cell']}, {one['pass']}: {' '.join(one['error'].split())[:300]}"
        for one in report["failures"]
    ]
    lines += ["killed: over the limit of memory"] * bool(report.get("too_large"))
    return lines + ["the kernel died"] * (report["dead"] and not lines)


def judged(report, what=""):
    """Return the outcome of a run that should have gone well."""
    lines = told(report)
    said = [f"(cell {s['cell']} wrote: {s['text'].strip()[-160:]})" for s in report.get("said", [])]
    return Outcome(not lines, what if not lines else "; ".join(lines[:2]), lines + said)


def times(report):
    """Return how long a run took, and how long its kernel computed."""
    return f"{report.get('minutes', 0):.1f} min, {report.get('cpu_minutes', 0):.1f} computing"


def found(faults, came):
    """Return the outcome of a look at the data alone."""
    return Outcome(not faults, f"{len(came)} came" if not faults else faults[0][:200], faults)


@contextlib.contextmanager
def control_group(limit):
    """Make a control group with so much memory; yield its folder, or None where one may not."""
    name = f"medkit-reliability-{os.getpid()}"
    for folder, file in zip(ROOM, ("memory.limit_in_bytes", "memory.max"), strict=True):
        group = Path(folder, name)
        try:
            group.mkdir()
            (group / file).write_text(str(limit), encoding="ascii")
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
            continue
        try:
            yield group
        finally:
            with contextlib.suppress(OSError):
                group.rmdir()
        return
    yield None


def small(lesson, work, mirror):
    """4 GB and one core; trainings are whole."""
    if lesson == DATA:
        return Outcome(True, "–")
    place, core = Place(work, mirror), max(os.sched_getaffinity(0))
    with control_group(MEMORY) as group:
        flags = ["--whole", "--limit", MEMORY, *(["--group", group] if group else [])]
        report = place.lesson(lesson, *flags, prefix=("taskset", "-c", str(core)))
    seconds, cell = report.get("slowest", (0, 0))
    size = f"{report.get('peak_gb', 0):.1f} GB"
    return judged(report, f"{times(report)}, cell {cell}: {seconds:.0f} s, {size}")


def without(lesson, work, mirror, network=False, home=False):
    """Run where there is no network, no mirror and no cache, or no permission to write at home."""
    place, flags, prefix = Place(work), ["--loopback"] * network, ["unshare", "-rn"] * network
    words = ["curl", "MEDKIT_DATA_MIRROR"]
    if home:
        del place.environment["MEDKIT_CACHE"]
        place.home.chmod(0o555)
        words = ["MEDKIT_CACHE"]
        if os.geteuid() == 0:  # whom permissions bind only without these rights
            prefix += ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if lesson == DATA:
        with cache.serving(mirror if mirror and not network else work / "tmp") as address:
            if not network:
                place.environment["MEDKIT_DATA_MIRROR"] = address
            outcome = found(*place.data("every", *words, prefix=prefix))
    else:
        report = place.lesson(lesson, *flags, prefix=prefix)
        outcome = judged(report, times(report))
    if home and any(place.home.iterdir()):
        return Outcome(False, "the home was written to: this condition did not hold")
    return outcome


def offline(lesson, work, mirror):
    """Neither a network nor a mirror, and an empty cache."""
    return without(lesson, work, mirror, network=True)


def readonly(lesson, work, mirror):
    """A home without permission to write, and no cache named; root may not override it."""
    return without(lesson, work, mirror, home=True)


def isolated(lesson, work, mirror):
    """Both: offline and readonly in one run."""
    return without(lesson, work, mirror, network=True, home=True)


def reference(lesson, work, mirror):
    """Return place and report of a run with a good mirror and a cache of its own; made once.

    It is the run of `again`, whose first pass is undisturbed.
    """
    folder = work.parents[1] / "reference" / work.name
    place = Place(folder)
    done = folder / "done"
    if not done.exists():
        if lesson == DATA:  # by address, so that the files come to lie in the cache
            with cache.serving(mirror or folder / "tmp") as address:
                place.environment["MEDKIT_DATA_MIRROR"] = address
                report = {"failures": [], "dead": bool(place.data("every", "curl")[0])}
        else:  # as a folder: only then do the sections on real data run
            place = Place(folder, mirror)
            report = place.lesson(lesson, "--order", "again")
        done.write_text(json.dumps(report), encoding="utf-8")
    return place, json.loads(done.read_text(encoding="utf-8"))


def damaged(lesson, work, mirror):
    """A cache of which every second file is missing, and the others are cut in half."""
    first, report = reference(lesson, work, mirror)
    if any(one["pass"] == "first" for one in report["failures"]) or report["dead"]:
        return Outcome(False, f"undisturbed: {told(report)[0]}", told(report))
    place = Place(work, mirror)
    if first.cache.is_dir():
        shutil.copytree(first.cache, place.cache)
    before = [path.relative_to(place.cache) for path in cache.files(place.cache)]
    deleted, cut = cache.damage(place.cache)
    if lesson == DATA:
        with cache.serving(mirror or work / "tmp") as address:
            place.environment["MEDKIT_DATA_MIRROR"] = address
            faults, _ = place.data("every", "curl")
    elif lesson.name[:2] in WHOLE_AGAIN:
        faults = told(place.lesson(lesson))
    else:
        faults, _ = place.data("again", first.log)
    faults += cache.differing(cache.requests(first.log), cache.requests(place.log))
    after = [path.relative_to(place.cache) for path in cache.files(place.cache)]
    faults += [f"{path} was not kept again" for path in before if path not in after]
    faults += cache.unsound(place.cache)
    what = f"{len(deleted)} deleted, {len(cut)} cut" if before else "nothing in the cache"
    return Outcome(not faults, faults[0] if faults else what, faults)


def again(lesson, work, mirror):
    """Run whole; then, in this kernel, the opening and each section from last to first."""
    if lesson == DATA:
        return Outcome(True, "–")
    _, report = reference(lesson, work, mirror)
    return judged(report, times(report))


def names(lesson, work, mirror):
    """By reading: names that a later section writes over, so that a section cannot run again."""
    if lesson == DATA:
        return Outcome(True, "–")
    groups = sections(read(lesson))
    faults = written.overwritten(groups)
    need = f"{written.needing(groups)} of {len(groups) - 1} sections need another"
    return Outcome(not faults, "; ".join([need, *faults[:2]]), faults)


def alone(lesson, work, mirror):
    """Each section alone after the opening: how many need another one. Reported, no fault."""
    if lesson == DATA:
        return Outcome(True, "–")
    place, (first, _) = Place(work, mirror), reference(lesson, work, mirror)
    place.environment["MEDKIT_CACHE"] = str(first.cache)  # full: saves the time of making it
    report = place.lesson(lesson, "--order", "alone")
    names = [f for f in report["failures"] if "NameError" in f["error"]]
    others = [f for f in report["failures"] if f not in names]
    lines = told({**report, "failures": others})
    return Outcome(not lines, f"{len(names)} need another" + "; ".join(["", *lines]), told(report))


def killed(lesson, work, mirror):
    """The kernel killed while data are made, kept and fetched and while it trains; then anew."""
    from benchmarks._reliability_kills import killed as kill

    return kill(lesson, work, mirror)


CONDITIONS = {
    one.__name__: one
    for one in (names, isolated, offline, readonly, again, damaged, killed, alone, small)
}
# `isolated` is `offline` and `readonly` at once; `names` counts what `alone` tries.
USUAL = [name for name in CONDITIONS if name not in ("offline", "readonly", "alone")]
