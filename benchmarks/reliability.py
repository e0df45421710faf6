"""What becomes of each lesson when something goes wrong: `python -m benchmarks.reliability`.

    python -m benchmarks.reliability                        every condition, every lesson: hours
    python -m benchmarks.reliability offline killed         two conditions
    python -m benchmarks.reliability again --lessons 11 12  two lessons

Nothing is written into the repository: kernels, caches and homes live in a temporary folder. The
public data sets take part when MEDKIT_DATA_MIRROR names a folder that has them. Linux alone.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks._reliability_conditions import CONDITIONS, DATA, ROOT, USUAL, Outcome


def lessons(numbers):
    """Return the paths of the lessons with these numbers, all if none, and DATA in front."""
    paths = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    known = {path.name[:2]: path for path in paths}
    wrong = [number for number in numbers if number not in known and number != DATA]
    if wrong:
        sys.exit(
            f"Expected lessons among {', '.join(known)}, or {DATA}. Received {', '.join(wrong)}. "
            "Name those that are there."
        )
    return [known.get(number, DATA) for number in numbers] or [DATA, *paths]


def tried(condition, lesson, work, mirror):
    """Return the outcome of one condition for one lesson; a fault of this script is one, too."""
    folder = work / condition / name_of(lesson)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        return CONDITIONS[condition](lesson, folder, mirror)
    except OSError as error:  # a program such as unshare is missing, or may not be used
        return Outcome(False, f"not tried: {error}")


def name_of(lesson):
    """Return the row's name of a lesson."""
    return lesson if lesson == DATA else lesson.name[:2]


def table(outcomes):
    """Return the Markdown table: lessons down, conditions across.

    Args:
        outcomes: {(condition, row): Outcome}.
    """
    across = list(dict.fromkeys(condition for condition, _ in outcomes))
    lines = ["| | " + " | ".join(across) + " |", "|---" * (len(across) + 1) + "|"]
    for row in dict.fromkeys(row for _, row in outcomes):
        cells = []
        for condition in across:
            one = outcomes.get((condition, row), Outcome(True, "–"))
            word = "passed" if one.passed else "FAILED"
            text = one.what if one.what == "–" else f"{word}: {one.what}".rstrip(": ")
            cells.append(" ".join(text.split()).replace("|", r"\|"))
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def described():
    """Return what each condition is, a line each."""
    lines = [
        f"  {name:9} {(one.__doc__ or '').partition(chr(10))[0]}"
        for name, one in CONDITIONS.items()
    ]
    return "\n".join(["\nconditions:", *lines, "offline, readonly and alone only if asked for"])


def choices(arguments):
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__ + described(), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("conditions", nargs="*", help=", ".join(CONDITIONS))
    parser.add_argument("--lessons", nargs="+", default=[], metavar="11", help=f"or {DATA}")
    parser.add_argument("--work", type=Path, help="a folder to keep what the runs left")
    options = parser.parse_args(arguments)
    wrong = [name for name in options.conditions if name not in CONDITIONS]
    if wrong:
        parser.error(f"expected {', '.join(CONDITIONS)}; received {', '.join(wrong)}")
    return options


def main(arguments=None):
    """Try, print the table and what failed; return 1 if anything did."""
    options = choices(arguments)
    rows = lessons(options.lessons)
    mirror = os.environ.get("MEDKIT_DATA_MIRROR")
    mirror = Path(mirror).resolve() if mirror and Path(mirror).is_dir() else None
    work = (options.work or Path(tempfile.mkdtemp(prefix="medkit-reliability-"))).resolve()
    outcomes = {}
    for condition in options.conditions or USUAL:
        for lesson in rows:
            begun = time.monotonic()
            one = tried(condition, lesson, work, mirror)
            outcomes[condition, name_of(lesson)] = one
            (work / condition / f"{name_of(lesson)}.json").write_text(json.dumps(asdict(one)))
            word = "passed" if one.passed else "FAILED"
            took = time.monotonic() - begun
            print(f"{condition} {name_of(lesson)}: {word} in {took:.0f} s: {one.what}", flush=True)
    print(f"\n{table(outcomes)}")
    for (condition, row), one in outcomes.items():
        for line in one.details:
            print(f"{condition} {row}: {line}")
    if not options.work:
        shutil.rmtree(work, ignore_errors=True)
    return int(not all(one.passed for one in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
