"""Write data/README.md, one card a data set, from what `medkit.registry` knows.

Run it after every change to the registry:  python tools/data_cards.py
"""

from pathlib import Path

from medkit.registry import SETS

README = Path(__file__).resolve().parents[1] / "data" / "README.md"
INTRODUCTION = """\
# The data, one card a set

For teaching, not for clinical use. Written by `python tools/data_cards.py` from
`medkit/registry.py`: change it there.

`medkit.load("name")` gives any of them. *Built in* comes with the installed packages and
*generated* is made on the spot: neither needs a network. *Public* is fetched once, verified by
its hash and kept in the folder that `medkit.downloads.cache_folder()` names (`MEDKIT_CACHE`
changes it). Without a network, put the files into a folder and let `MEDKIT_DATA_MIRROR` name it.

| set | what | tier | images | licence |
|---|---|---|---|---|
"""


def cards():
    """Return the whole text of data/README.md."""
    rows = [
        f"| [`{info.name}`](#{info.name}) | {info.title} | {info.tier} | {_how_many(info)} "
        f"| {info.licence} |\n"
        for info in SETS.values()
    ]
    return INTRODUCTION + "".join(rows) + "".join(_card(info) for info in SETS.values())


def _how_many(info):
    return f"{sum(info.counts.values()):,}" if info.counts else "as many as asked for"


def _card(info):
    lines = [f"\n## {info.name}\n", f"{info.title}. {info.about}\n"]
    lines += [f"- {name}: {value}" for name, value in _facts(info).items() if value]
    lines += [f"- Known fault: {fault}" for fault in info.faults]
    if info.notice:
        lines += [f"\nThe MNI notice:\n\n> {info.notice}"]
    return "\n".join(lines) + "\n"


def _facts(info):
    shape = " × ".join("any" if side is None else str(side) for side in info.shape)
    classes = ", ".join(f"{i} {name}" for i, name in enumerate(info.classes))
    return {
        "Modality": info.modality,
        "Task": info.task,
        "Shape of an image": f"{shape} (height, width, channels)",
        "Classes": classes,
        "Images": ", ".join(
            f"{name} {count:,}" for name, count in info.counts.items()
        ).removeprefix("all "),
        "Licence": info.licence,
        "Source": info.source,
        "Citation": info.citation,
        "File": info.file and _file(info.file),
    }


def _file(file):
    known = f"MD5 `{file.md5}`" if file.md5 else f"SHA-256 over its members `{file.digest}`"
    return f"`{file.name}`, {known}, from <{file.urls[0]}>"


if __name__ == "__main__":
    README.write_text(cards(), encoding="utf-8", newline="\n")
    print(f"Wrote {len(SETS)} cards to {README}")
