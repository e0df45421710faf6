"""The parts of `benchmarks.reliability`: each must notice what it is there to notice."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import _reliability_cache as cache  # noqa: E402
from benchmarks import _reliability_conditions as conditions  # noqa: E402
from benchmarks import _reliability_kills as kills  # noqa: E402
from benchmarks import _reliability_lesson as lesson  # noqa: E402
from benchmarks import _reliability_names as names  # noqa: E402
from benchmarks import reliability  # noqa: E402
from benchmarks._reliability_conditions import Outcome, Place  # noqa: E402

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the script is for Linux")
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A cache with four generated sets, and the log of the loads that made them."""
    place = Place(tmp_path / "kept")
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MEDKIT_DATA_MIRROR", raising=False)
    wanted = {("'brains'", "'train'", f"{{'n': {n}, 'size': 24}}"): "" for n in (1, 2, 3, 4)}
    said = subprocess.run(
        [sys.executable, "-c", RELOAD, repr(wanted)], cwd=ROOT, capture_output=True, text=True
    )
    assert said.stdout.strip() == "[]", said.stderr
    return place


RELOAD = """
import ast, sys
from benchmarks._reliability_cache import reload_all
print(reload_all(ast.literal_eval(sys.argv[1])))
"""


def mini(path, *sections):
    """Save a notebook with an opening cell and one section for each list of sources."""
    cells = [new_markdown_cell("# 99 · Test"), new_code_cell("bag = [1, 2]")]
    for number, sources in enumerate(sections):
        cells += [new_markdown_cell(f"## Section {number}"), *map(new_code_cell, sources)]
    nbformat.write(new_notebook(cells=cells), path)
    return path


# ---- the cache ----------------------------------------------------------------------------------


def test_damage_is_noticed_and_mended_by_loading(kept):
    before, log = cache.files(kept.cache), cache.requests(kept.log)
    assert len(before) == len(log) == 4
    assert cache.unsound(kept.cache) == []
    deleted, cut = cache.damage(kept.cache)
    assert [len(deleted), len(cut)] == [2, 2]
    assert all(path.stat().st_size == before[path] // 2 for path in cut)
    assert len(cache.unsound(kept.cache)) == 2
    kept.log.unlink()
    subprocess.run([sys.executable, "-c", RELOAD, repr(log)], cwd=ROOT, check=True)
    assert cache.unsound(kept.cache) == []
    assert cache.files(kept.cache) == before
    assert cache.differing(log, cache.requests(kept.log)) == []


def test_wrong_public_file_is_unsound(tmp_path):
    (tmp_path / "breastmnist.npz").write_bytes(b"half")
    (fault,) = cache.unsound(tmp_path)
    assert "MD5" in fault


def test_parts_are_no_files(tmp_path):
    (tmp_path / ".a.npz.1.part").write_bytes(b"half")
    assert cache.files(tmp_path) == {}
    assert [path.name for path in cache.parts(tmp_path)] == [".a.npz.1.part"]


def test_other_numbers_and_missing_loads_are_found():
    before = {("'a'", "None", "{}"): "'1'", ("'b'", "None", "{}"): "'2'"}
    assert cache.differing(before, dict(before)) == []
    changed = cache.differing(before, {**before, ("'a'", "None", "{}"): "'3'"})
    assert len(changed) == 1
    assert "load('a'" in changed[0]
    assert len(cache.differing(before, {})) == 2


def test_a_log_cut_in_a_line_is_read_as_far_as_it_goes(tmp_path):
    line = json.dumps({"name": "'a'", "split": "None", "options": "{}", "digest": "'1'"})
    (tmp_path / "log").write_text(f"{json.dumps({'begun': 'x'})}\n{line}\n{line[:20]}")
    assert cache.requests(tmp_path / "log") == {("'a'", "None", "{}"): "'1'"}


def test_slow_writing_writes_the_same(tmp_path, monkeypatch):
    from benchmarks import _reliability_kernel as kernel

    monkeypatch.setattr(np, "savez", np.savez)
    numbers = np.arange(10_000)
    kernel.write_slowly(rest=0.01)
    begun = time.monotonic()
    with open(tmp_path / "slow.npz", "wb") as stream:
        np.savez(stream, a=numbers)
    assert time.monotonic() - begun > 0.04
    np.savez(tmp_path / "named.npz", a=numbers)
    for name in ("slow.npz", "named.npz"):
        with np.load(tmp_path / name) as kept:
            assert np.array_equal(kept["a"], numbers)


def test_digest_sees_each_array(monkeypatch):
    from benchmarks._reliability_kernel import digest
    from medkit.datasets import ImageSet

    images, boxes = np.zeros((2, 4, 4, 1), np.uint8), [np.zeros((1, 4)), np.zeros((0, 4))]
    first = digest(ImageSet(None, images, boxes=boxes))
    assert digest(ImageSet(None, images.copy(), boxes=boxes)) == first
    others = [(images.astype(np.int8), boxes), (images + 1, boxes), (images, boxes[::-1])]
    assert all(digest(ImageSet(None, i, boxes=b)) != first for i, b in others)


def test_the_mirror_serves_whole_files_at_its_rate(tmp_path):
    content = os.urandom(3 * cache.CHUNK)
    (tmp_path / "set.npz").write_bytes(content)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with cache.serving(tmp_path, rate=20 * cache.CHUNK) as address:
        begun = time.monotonic()
        assert opener.open(f"{address}/set.npz").read() == content
    assert time.monotonic() - begun > 0.1


# ---- one lesson ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_sections_hold_every_code_cell_once(path):
    notebook = lesson.read(path)
    numbers = [number for group in lesson.sections(notebook) for number, _ in group]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == sum(cell.cell_type == "code" for cell in notebook.cells)
    assert len(lesson.sections(notebook)) > 5


def test_orders():
    groups = ["opening", "one", "two"]

    def order(name):
        return [(run, group, times) for run, group, times, _ in lesson.passes(groups, name)]

    straight = [("first", group, 1) for group in groups]
    assert order("straight") == straight
    backwards = [("again", "opening", 1), ("again", "two", 2), ("again", "one", 2)]
    assert order("again") == straight + backwards
    alone = [*lesson.passes(groups, "alone")]
    assert [before for *_, before in alone] == [None, lesson.REMEMBER, *[lesson.FORGET] * 2]


@pytest.mark.slow
def test_a_lesson_that_changes_its_variables_is_found_out(tmp_path):
    fine = ["total = sum(bag)"]
    path = mini(tmp_path / "99_test.ipynb", fine, ["bag.pop()", "bag.pop()"], ["bag = [3]"])
    report = Place(tmp_path / "run").lesson(path, "--order", "again")
    found = [(one["pass"], one["cell"], one["error"]) for one in report["failures"]]
    # Backwards, section 2 leaves one number in the bag, so that the second pop finds none.
    assert found == [
        ("twice in a row", 3, "IndexError: pop from empty list"),
        ("again", 4, "IndexError: pop from empty list"),
    ]
    assert report["cells"] == 5
    assert not conditions.judged(report).passed
    path = mini(tmp_path / "99_test.ipynb", fine, ["print(bag)"])
    report = Place(tmp_path / "run").lesson(path, "--order", "again")
    assert conditions.judged(report).passed


@pytest.mark.slow
def test_a_section_alone_misses_the_names_of_the_others(tmp_path):
    path = mini(tmp_path / "99_test.ipynb", ["new = 1"], ["print(new)"], ["print(bag)"])
    report = Place(tmp_path / "run").lesson(path, "--order", "alone")
    (fault,) = report["failures"]
    assert fault["cell"] == 3
    assert fault["error"].startswith("NameError")


@pytest.mark.slow
def test_a_kernel_over_the_limit_is_killed(tmp_path):
    path = mini(
        tmp_path / "99_test.ipynb", ["import time; b = bytes([1]) * 400_000_000; time.sleep(9)"]
    )
    report = Place(tmp_path / "run").lesson(path, "--limit", 300_000_000)
    assert report["too_large"]
    assert report["dead"]
    assert conditions.told(report) == ["killed: over the limit of memory"]


@pytest.mark.parametrize("moment", ["making", "writing", "training"])
def test_each_moment_comes_and_not_before(tmp_path, monkeypatch, moment):
    monkeypatch.setenv("MEDKIT_CACHE", str(tmp_path))
    killer = lesson.Killer(0, moment, tmp_path / "log")
    (tmp_path / "generated").mkdir()
    assert not killer.come()
    long_ago = time.time() - 9
    if moment == "making":
        (tmp_path / "log").write_text('{"begun": "\'retina\'"}\n')
        os.utime(tmp_path / "log", (long_ago, long_ago))
        assert not killer.come()
        (tmp_path / "log").write_text('{"begun": "\'brains\'"}\n')
        os.utime(tmp_path / "log", (long_ago, long_ago))
    elif moment == "writing":
        (tmp_path / "generated" / ".x.part").touch()
        assert not killer.come()
        (tmp_path / "generated" / ".x.part").write_bytes(bytes(40_000))
    else:
        (tmp_path / "log").write_text(json.dumps({"fit": repr(time.time())}) + "\n")
        assert not killer.come()
        (tmp_path / "log").write_text(json.dumps({"fit": repr(long_ago)}) + "\n")
    assert killer.come()


def test_moments_of_lessons():
    found = {path.name[:2]: kills.moments(path) for path in LESSONS}
    assert found["00"] == ["making", "writing"]
    assert found["31"] == ["making", "writing", "training"]


def groups_of(*sections):
    """Return groups as `lesson.sections` does, from the sources of one cell each."""
    return [[(k, new_code_cell(source))] for k, source in enumerate(sections, 1)]


@pytest.mark.parametrize(
    ("sources", "faults"),
    [
        (["a = 1", "b = a", "c = a + b"], []),
        (["a = 1", "b = a", "a = 2"], ["cell 2 reads a of cell 1; cell 3 binds it anew"]),
        (["a = 1", "a = 3\nb = a", "a = 2"], []),  # its own section binds it first
        (["a = 1", "a = a + 1"], ["cell 2 reads a of cell 1; cell 2 binds it anew"]),
        (["a = 1", "a += 1"], ["cell 2 reads a of cell 1; cell 2 binds it anew"]),
        (["a = 1", "def f():\n    return a", "for a in f(): pass"], 1),
        (["a = 1", "print(a)", "with open(a) as a: pass"], 2),
        (["a = 1", "print(a)", "if (a := 2): pass"], 1),
        (["a = 1", "print(a)", "b = [a for a in range(3)]"], []),  # that `a` is the list's own
        (["a = 1", "print(a)", "def f(a): return a"], []),
        (["a = 1", "print(a)", "import b as a"], 1),
        (["a = {}", "a[1] = 2"], []),
        (["a = 1", "del a"], ["cell 2 deletes a"]),
        (["a = 1", "b = 2\ndel b"], []),
    ],
)
def test_names_that_are_written_over(sources, faults):
    found = names.overwritten(groups_of(*sources))
    assert (len(found) if isinstance(faults, int) else found) == faults


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_lesson_writes_over_a_name_that_an_earlier_section_needs_again(path):
    assert names.overwritten(lesson.sections(lesson.read(path))) == []


def test_sections_that_need_another():
    assert names.needing(groups_of("a = 1", "b = a", "c = b", "print(c, a)", "print(a)")) == 2


# ---- the script ---------------------------------------------------------------------------------


def test_nothing_of_the_user_reaches_a_run(tmp_path, monkeypatch):
    for name in ("MEDKIT_CACHE", "MEDKIT_DATA_MIRROR", "XDG_CACHE_HOME", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "/of/the/user")
    place = Place(tmp_path)
    assert "/of/the/user" not in place.environment.values()
    assert place.environment["HOME"] == str(tmp_path / "home")
    assert place.environment["MEDKIT_CACHE"] == str(tmp_path / "cache")


def test_a_run_that_does_not_start_is_no_success(tmp_path):
    report = Place(tmp_path).lesson(tmp_path / "99_missing.ipynb")
    assert "Expected a notebook" in conditions.told(report)[0]


def test_outcomes():
    good = {"failures": [], "dead": False}
    assert conditions.judged(good, "1 min") == Outcome(True, "1 min", [])
    bad = {"failures": [{"pass": "again", "cell": 7, "error": "KeyError: 1"}], "dead": False}
    assert conditions.judged(bad).what == "cell 7, again: KeyError: 1"
    assert not conditions.judged({"failures": [], "dead": True}).passed
    assert not conditions.found(["x"], []).passed


def test_table_and_status(tmp_path, monkeypatch, capsys):
    outcomes = iter([Outcome(True, "1 min"), Outcome(False, "a | b", ["more"])])
    monkeypatch.setattr(reliability, "CONDITIONS", {"some": lambda *_: next(outcomes)})
    status = reliability.main(["some", "--lessons", "00", "11", "--work", str(tmp_path)])
    said = capsys.readouterr().out
    assert status == 1
    assert "| 00 | passed: 1 min |\n| 11 | FAILED: a \\| b |" in said
    assert "some 11: more" in said
    monkeypatch.setattr(reliability, "CONDITIONS", {"some": lambda *_: Outcome(True, "")})
    assert reliability.main(["some", "--lessons", "00", "--work", str(tmp_path)]) == 0


def test_a_missing_program_is_told(tmp_path, monkeypatch):
    def missing(*_):
        raise FileNotFoundError("unshare")

    monkeypatch.setattr(reliability, "CONDITIONS", {"some": missing})
    assert reliability.tried("some", reliability.DATA, tmp_path, None).what == "not tried: unshare"


def test_unknown_lesson_and_condition(capsys):
    with pytest.raises(SystemExit, match="Expected lessons among 00, 11"):
        reliability.lessons(["14"])
    with pytest.raises(SystemExit):
        reliability.choices(["upside-down"])
    assert "received upside-down" in capsys.readouterr().err


def test_a_control_group_holds_what_it_is_told_or_is_none():
    with conditions.control_group(10**9) as group:
        if group is None:
            pytest.skip("this user may make no control group")
        (limit,) = [
            p for p in map(group.joinpath, ("memory.limit_in_bytes", "memory.max")) if p.exists()
        ]
        assert abs(int(limit.read_text()) - 10**9) < 10**6
    assert not group.exists()


def test_a_home_that_was_written_to_is_no_success(tmp_path, monkeypatch):
    def write(place, *_, **__):
        (place.home / "x").touch()
        return [], ["retina"]

    monkeypatch.setattr(Place, "data", write)
    if os.geteuid():
        pytest.skip("only root can write there all the same")
    assert not conditions.readonly(conditions.DATA, tmp_path, None).passed
