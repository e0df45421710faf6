"""Measure the kit: `python -m benchmarks` runs every part, `python -m benchmarks start work` two.

With `--keep` what each command prints replaces its block in benchmarks/RESULTS.md, with the date
and the machine; `lessons` fills the README's table, too. Nothing else should run meanwhile.
A single table: `python -m benchmarks.<name>`.
"""

import argparse

from benchmarks import _results

PARTS = {  # name: (heading, commands)
    "latency": (
        "Widgets: from a key press to changed pixels",
        ["widget_latency", "theatre_frames"],
    ),
    "start": ("How long a learner waits", ["start_and_data", "nms"]),
    "lessons": ("The lessons: minutes, memory, size", ["lessons --readme"]),
    "article": ("The article's programs beside ours", ["article_programs"]),
    "work": ("Share of the matrix-multiply rate", ["matmul_share"]),
    "classroom": (
        "A class on one machine",
        ["classroom", "classroom --students 1 2 --lesson notebooks/31_classification.ipynb"],
    ),
    "accuracy": (
        "What the networks reach, against the targets of the lessons",
        [
            "autoencoders score",
            "cells --test --seeds 1 2 3",
            "cells --set blood_smears --test --seeds 1 2 3",
            "medmnist --seeds 5",
            "nuclei --test --seeds 1 2 3",
            "nuclei --set all --test --seeds 1 2",
            "segmenters --seeds 1 2 3",
            "tissues --seeds 1 2 3",
            "few_labels --seeds 1 2 3",
            "gans play R1 WGAN-GP --seeds 1 2 3",
        ],
    ),
}


def main():
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; none: all")
    parser.add_argument("--keep", action="store_true", help="enter it into benchmarks/RESULTS.md")
    given = parser.parse_args()
    unknown = sorted(set(given.parts) - set(PARTS))
    if unknown:
        parser.error(f"expected parts among {', '.join(PARTS)}; received {', '.join(unknown)}")
    for part in given.parts or PARTS:
        heading, lines = PARTS[part]
        print(f"== {heading}")
        for line in lines:
            print(f"-- python -m benchmarks.{line}", flush=True)
            before = _results.load()
            text, seconds = _results.run(line if given.keep else line.removesuffix(" --readme"))
            if given.keep:
                _results.keep(heading, line, _results.block(line, text, seconds, before))
            print()


if __name__ == "__main__":
    main()
