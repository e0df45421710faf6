"""How long a learner waits: for the import, for the first picture, for made-up patients."""

import os
import subprocess
import sys
import tempfile
import time

REPEATS = 5


def fresh(code):
    """Return the seconds that a piece of code takes in a fresh Python, the best of some runs.

    The Python's own start is not counted; the code prints its seconds.
    """
    timed = f"import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
    runs = [
        subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
        for _ in range(REPEATS)
    ]
    return min(float(run.stdout.split()[-1]) for run in runs)


def seconds(function):
    """Return the seconds that one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main():
    """Print the table."""
    import medkit

    rows = [
        ("import medkit", fresh("import medkit"), 0.3),
        ("import medkit, tensorflow", fresh("import medkit, tensorflow"), None),
        (
            "first picture: load('mni152_head')",
            fresh("import medkit; medkit.load('mni152_head')"),
            None,
        ),
    ]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MEDKIT_CACHE"] = folder
        for name, options, goal in [
            ("brains", {"n": 1000, "size": 96}, 20),
            ("blood_smears", {"n": 100}, None),
        ]:

            def load(name=name, options=options):
                return medkit.load(name, "train", **options)

            shown = f"{name}, {options}"
            rows.append((f"{shown}, made", seconds(load), goal))
            rows.append((f"{shown}, from cache", seconds(load), 1))
    print(f"{'what':56}{'seconds':>10}{'goal':>8}")
    for what, took, goal in rows:
        print(f"{what:56}{took:10.2f}{goal if goal is not None else '':>8}")


if __name__ == "__main__":
    main()
