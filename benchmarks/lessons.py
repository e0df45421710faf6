"""What each lesson costs on two cores: seconds, slowest cell, peak memory, saved size.

Nothing is saved over a lesson. `--readme` enters the rows into the README's lesson table.
"""

import argparse
import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments=()):
    """Run the lessons, print what each costs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("numbers", nargs="*", help="of lessons, 11 12 …; none: all")
    parser.add_argument("--readme", action="store_true")
    given = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT / "tools"))
    tool, rows = importlib.import_module("notebooks"), []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        if not given.numbers or path.name[:2] in given.numbers:
            _, cost, *numbers = tool.measured(path)
            print(cost, flush=True)
            rows.append(tool.row_of(path, *numbers))
    if given.readme:  # when all have run: a lesson that fails leaves the table as it was
        tool.write(tool.README, tool.with_rows(tool.README.read_text(encoding="utf-8"), rows))


if __name__ == "__main__":
    main(sys.argv[1:])
