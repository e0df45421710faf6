"""Downloads against a server that misbehaves: the right data or a clear error, nothing between."""

import errno
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
import zipfile

import pytest
from faulty_server import faulty_server

from medkit import downloads
from medkit.downloads import DataError, cache_folder, fetch, is_here, members_digest
from medkit.registry import RemoteFile

CONTENT = random.Random(0).randbytes(300_000)
MD5 = hashlib.md5(CONTENT).hexdigest()
FETCH = """
import sys
from medkit.downloads import fetch
from medkit.registry import RemoteFile
print(fetch(RemoteFile("set.npz", tuple(sys.argv[2:]), md5=sys.argv[1])))
"""


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """An own empty cache, no mirror, short waits, no proxy between us and our own server."""
    monkeypatch.setenv("MEDKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MEDKIT_DATA_MIRROR", raising=False)
    monkeypatch.setenv("MEDKIT_TIMEOUT", "1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(downloads, "PAUSES_S", (0, 0.02, 0.02))


def remote(*urls):
    return RemoteFile("set.npz", urls, md5=MD5)


def left_in_cache():
    return sorted(p.name for p in cache_folder().rglob("*")) if cache_folder().is_dir() else []


@pytest.mark.parametrize(
    ("behaviours", "asked"),
    [
        (["good"], 1),
        (["redirect"], 2),
        ([503, "good"], 2),
        ([429, 500, "good"], 3),
        (["stall", "good"], 2),
        (["cut", "good"], 2),
        (["cut", "stall", "good"], 3),
    ],
)
def test_right_data_in_the_end(behaviours, asked):
    with faulty_server(CONTENT, *behaviours) as server:
        path = fetch(remote(f"{server.url}/set.npz"))
        assert path.read_bytes() == CONTENT
        assert path == cache_folder() / "set.npz"
        assert len(server.requests) == asked
        assert fetch(remote(f"{server.url}/set.npz")) == path  # from the cache
        assert len(server.requests) == asked
    assert left_in_cache() == ["set.npz"]


@pytest.mark.parametrize(
    ("behaviour", "words", "asked"),
    [
        (404, "404 Not Found", 1),
        (503, "503 Service Unavailable", 3),
        ("stall", "no connection, or it broke off", 3),
        ("cut", "broke off", 3),
        ("short", "its MD5 is ", 1),
        ("wrong", f"not {MD5}", 1),
    ],
)
def test_clear_error_and_no_trace(behaviour, words, asked):
    with faulty_server(CONTENT, behaviour) as server:
        address = f"{server.url}/set.npz"
        with pytest.raises(DataError) as caught:
            fetch(remote(address))
        assert len(server.requests) == asked
        message = str(caught.value)
        assert message.startswith("Expected set.npz from one of 1 addresses. Received: ")
        assert words in message
        assert f'curl --create-dirs -L -o "{cache_folder() / "set.npz"}" "{address}"' in message
        assert "MEDKIT_DATA_MIRROR" in message
        assert left_in_cache() == []
        assert not is_here(remote(address))
        server.behaviours[:] = ["good"]  # it comes back
        assert fetch(remote(address)).read_bytes() == CONTENT


def test_addresses_in_turn():
    with faulty_server(CONTENT, 404, "wrong", "good") as server:
        urls = [f"{server.url}/{place}/set.npz" for place in "abc"]
        assert fetch(remote(*urls)).read_bytes() == CONTENT
        assert server.requests == [f"/{place}/set.npz" for place in "abc"]


def test_nobody_listens():
    with faulty_server(CONTENT, "good") as server:
        address = f"{server.url}/set.npz"
    with pytest.raises(DataError, match="no connection"):
        fetch(remote(address))
    assert left_in_cache() == []


def test_timeout_must_be_a_number(monkeypatch):
    monkeypatch.setenv("MEDKIT_TIMEOUT", "soon")
    with pytest.raises(DataError, match=r"Expected in MEDKIT_TIMEOUT a number.*Received 'soon'"):
        fetch(remote("http://127.0.0.1:9/set.npz"))


def test_damaged_cache_is_fetched_anew():
    cache_folder().mkdir()
    (cache_folder() / "set.npz").write_bytes(CONTENT[:-1])
    assert not is_here(remote())
    with faulty_server(CONTENT, "good") as server:
        assert fetch(remote(f"{server.url}/set.npz")).read_bytes() == CONTENT
    assert is_here(remote())


@pytest.mark.parametrize("behaviour", ["good", "short"])
def test_progress_bar_leaves_nothing_behind(monkeypatch, capsys, behaviour):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with faulty_server(CONTENT, behaviour, "good") as server:
        urls = (f"{server.url}/a/set.npz", f"{server.url}/b/set.npz")
        assert fetch(remote(*urls)).read_bytes() == CONTENT
    said = capsys.readouterr()
    assert said.out + said.err.strip("\r ") == ""


def processes(number, *urls):
    command = [sys.executable, "-c", FETCH, MD5, *urls]
    return [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(number)
    ]


def test_eight_processes_at_once(monkeypatch):
    monkeypatch.setenv("MEDKIT_TIMEOUT", "20")
    with faulty_server(CONTENT, "gather", together=8) as server:
        started = processes(8, f"{server.url}/set.npz")
        said = [process.communicate(timeout=60)[0].strip() for process in started]
        assert len(server.requests) == 8  # all were under way at the same time
    assert said == [str(cache_folder() / "set.npz")] * 8
    assert left_in_cache() == ["set.npz"]
    assert (cache_folder() / "set.npz").read_bytes() == CONTENT


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_in_the_middle(monkeypatch):
    monkeypatch.setenv("MEDKIT_TIMEOUT", "20")
    with faulty_server(CONTENT, "stall", "good") as server:
        (process,) = processes(1, f"{server.url}/set.npz")
        deadline = time.monotonic() + 20
        while not any(p.stat().st_size > 60_000 for p in cache_folder().glob(".*.part")):
            assert time.monotonic() < deadline, process.communicate()
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (half,) = cache_folder().iterdir()  # what it had got so far, under another name
        assert half.name.startswith(".set.npz.")
        assert not is_here(remote())
        assert fetch(remote(f"{server.url}/set.npz")).read_bytes() == CONTENT
        assert half.exists()  # so young that it might belong to a process at work
        os.utime(half, (0, 0))
        (cache_folder() / "set.npz").unlink()
        fetch(remote(f"{server.url}/set.npz"))
    assert left_in_cache() == ["set.npz"]


def test_cache_is_not_a_folder(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MEDKIT_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(DataError, match=r"Expected to keep set.npz in .*set MEDKIT_CACHE"):
        fetch(remote("http://127.0.0.1:9/set.npz"))
    assert not is_here(remote())


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_cache_cannot_be_written(monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(downloads.os, "replace", refuse)
    with (
        faulty_server(CONTENT, "good") as server,
        pytest.raises(DataError, match=f"Received the error: .*{os.strerror(number)}"),
    ):
        fetch(remote(f"{server.url}/set.npz"))
    assert left_in_cache() == []


def test_disk_is_full(monkeypatch):
    """A limit of 100 kB a file stands in for the full disk: the write itself fails."""
    pytest.importorskip("resource")

    monkeypatch.setenv("MEDKIT_TIMEOUT", "20")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
    with faulty_server(CONTENT, "good") as server:
        command = [sys.executable, "-c", limit + FETCH, MD5, f"{server.url}/set.npz"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "DataError: Expected to keep set.npz in " in done.stderr
    assert "Free some space there, or set MEDKIT_CACHE" in done.stderr
    assert left_in_cache() == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux and the right to mount")
def test_disk_is_really_full(tmp_path, monkeypatch):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(small)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        monkeypatch.setenv("MEDKIT_CACHE", str(small))
        with (
            faulty_server(CONTENT, "good") as server,
            pytest.raises(DataError, match=f"{os.strerror(errno.ENOSPC)}.*Free some space"),
        ):
            fetch(remote(f"{server.url}/set.npz"))
        assert left_in_cache() == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


# ---- the mirror -------------------------------------------------------------------------------


def test_mirror_folder_comes_first(tmp_path, monkeypatch):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "set.npz").write_bytes(CONTENT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDKIT_DATA_MIRROR", "mirror")  # relative to where we are
    assert is_here(remote("http://127.0.0.1:9/set.npz"))
    assert fetch(remote("http://127.0.0.1:9/set.npz")) == tmp_path / "mirror" / "set.npz"
    assert left_in_cache() == []


def test_mirror_folder_relative_to_the_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(downloads, "PROJECT", tmp_path / "project")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "mirror" / "set.npz").write_bytes(CONTENT)
    monkeypatch.setenv("MEDKIT_DATA_MIRROR", "../mirror")
    assert fetch(remote()).read_bytes() == CONTENT


def test_wrong_file_in_the_mirror_is_refused(tmp_path, monkeypatch):
    (tmp_path / "set.npz").write_bytes(CONTENT[:-1])
    monkeypatch.setenv("MEDKIT_DATA_MIRROR", str(tmp_path))
    with faulty_server(CONTENT, "good") as server:
        with pytest.raises(DataError, match=r"MEDKIT_DATA_MIRROR names. Received .*its MD5 is"):
            fetch(remote(f"{server.url}/set.npz"))
        assert not server.requests
    assert not is_here(remote())


def test_mirror_without_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDKIT_DATA_MIRROR", str(tmp_path))
    with faulty_server(CONTENT, "good") as server:
        assert fetch(remote(f"{server.url}/set.npz")) == cache_folder() / "set.npz"


@pytest.mark.parametrize("behaviour", ["good", 404, "wrong"])
def test_mirror_address(monkeypatch, behaviour):
    with faulty_server(CONTENT, behaviour, "good") as server:
        monkeypatch.setenv("MEDKIT_DATA_MIRROR", f"{server.url}/class/")
        assert fetch(remote(f"{server.url}/set.npz")).read_bytes() == CONTENT
        assert server.requests == ["/class/set.npz", "/set.npz"][: 1 + (behaviour != "good")]


# ---- archives ---------------------------------------------------------------------------------

PATTERN = r"data/[^/]+\.txt"


def archive(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as made:
        for name, text in members.items():
            made.writestr(name, text)
    return path


def test_digest_is_of_the_members_used_alone(tmp_path):
    used = {"top-1a2b/data/b.txt": "two", "top-1a2b/data/a.txt": "one"}
    digest = members_digest(archive(tmp_path / "a.zip", used), PATTERN)
    assert digest == hashlib.sha256(b"data/a.txt\x003\0onedata/b.txt\x003\0two").hexdigest()
    packed = {"top/README": "more", **dict(reversed(used.items())), "top/data/deep/c.txt": ""}
    again = archive(tmp_path / "b.zip", packed, compression=zipfile.ZIP_DEFLATED)
    assert members_digest(again, PATTERN) == digest
    for change in ({"top-1a2b/data/b.txt": "twO"}, {"top-1a2b/data/c.txt": ""}):
        other = archive(tmp_path / "c.zip", {**used, **change})
        assert members_digest(other, PATTERN) != digest


def test_wrong_digest(tmp_path, monkeypatch):
    content = archive(tmp_path / "set.zip", {"top/data/a.txt": "one"}).read_bytes()
    with faulty_server(content, "good") as server:
        file = RemoteFile("set.zip", (f"{server.url}/set.zip",), members=PATTERN, digest="0" * 64)
        with pytest.raises(DataError, match="the digest of its members is"):
            fetch(file)
    assert left_in_cache() == []


@pytest.mark.parametrize(
    "name", ["../evil.txt", "top/../../evil.txt", "/evil.txt", "C:/evil.txt", "top\\..\\evil.txt"]
)
def test_members_outside_the_folder_are_refused(tmp_path, name):
    info = zipfile.ZipInfo("x")
    info.filename = name  # past the tidying that ZipInfo does when it is made
    path = archive(tmp_path / "set.zip", {"top/data/a.txt": "one"})
    digest = members_digest(path, PATTERN)
    with zipfile.ZipFile(path, "a") as made:
        made.writestr(info, "evil")
    with faulty_server(path.read_bytes(), "good") as server:
        file = RemoteFile("set.zip", (f"{server.url}/set.zip",), members=PATTERN, digest=digest)
        with pytest.raises(DataError, match=r"unsafe .*members stay inside its folder"):
            fetch(file)
    assert left_in_cache() == []
    assert not list(tmp_path.rglob("evil*"))


def test_cut_and_swollen_archives(tmp_path, monkeypatch):
    path = archive(tmp_path / "set.zip", {"top/data/a.txt": "one" * 999})
    file = RemoteFile("set.zip", (), members=PATTERN, digest=members_digest(path, PATTERN))
    assert not downloads.why_wrong(path, file)
    (tmp_path / "half.zip").write_bytes(path.read_bytes()[:1500])
    assert "damaged or unsafe" in downloads.why_wrong(tmp_path / "half.zip", file)
    flipped = bytearray(path.read_bytes())
    flipped[100] ^= 1
    (tmp_path / "flipped.zip").write_bytes(flipped)
    assert "damaged or unsafe (Bad CRC-32" in downloads.why_wrong(tmp_path / "flipped.zip", file)
    monkeypatch.setattr(downloads, "LARGEST_ARCHIVE", 2000)
    with pytest.raises(DataError, match=r"Expected at most 2,000 bytes.*Received 2,997"):
        members_digest(path, PATTERN)
