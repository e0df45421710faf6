"""Files from the internet that can be trusted: mirror, cache, download, verification."""

import os
import re
import secrets
import sys
import time
import zipfile
import zlib
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).resolve().parents[1]
PAUSES_S = (0, 1, 3)  # before the first, second and third round through the addresses
CONNECT_TIMEOUT_S = 10
STALE_S = 600  # no download rests for so long and then goes on
LARGEST_ARCHIVE = 2**30  # bytes of the members used, unpacked
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class DataError(ValueError):
    """Data cannot be had; the message says what was expected, what came, and what to do."""


def cache_folder():
    """Return the folder for fetched and generated data: MEDKIT_CACHE, or the system's usual one.

    Returns:
        pathlib.Path, which need not exist yet.
    """
    named = os.environ.get("MEDKIT_CACHE", "").strip()
    if named:
        return Path(named).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("medkit"))


def mirror():
    """Return what MEDKIT_DATA_MIRROR names: (folder or None, address or None).

    A relative folder is looked for in the working directory, then in the project's own.
    """
    named = os.environ.get("MEDKIT_DATA_MIRROR", "").strip()
    if not named:
        return None, None
    if re.match("https?://", named, re.IGNORECASE):
        return None, named.rstrip("/")
    folder = Path(named).expanduser()
    there = next((p for p in (folder.absolute(), PROJECT / folder) if p.is_dir()), None)
    return there, None


def fetch(file):
    """Return the path of a verified file: from the mirror, the cache, or the internet.

    Args:
        file: a `registry.RemoteFile`.

    Returns:
        pathlib.Path of a file whose hash, or digest over its members, is as registered.

    Raises:
        DataError: no address gives the right file, the mirror's file is a wrong one, or the
            cache cannot be written. The message says how to fetch it by hand.
    """
    kept = cache_folder() / file.name
    try:
        here = _in_mirror(file) or kept
        if here.is_file():
            fault = why_wrong(here, file)
            if not fault:
                return here
            if here != kept:
                raise DataError(
                    f"Expected the right {file.name} in the folder that MEDKIT_DATA_MIRROR names. "
                    f"Received {here}: {fault}. Put the file from {file.urls[0]} in its place, or "
                    "take it away."
                )
        return _download(file, kept)
    except OSError as error:
        with suppress(OSError):  # another process may have been first
            if kept.is_file() and not why_wrong(kept, file):
                return kept
        raise DataError(
            f"Expected to keep {file.name} in {kept.parent}. Received the error: {error}. Free "
            "some space there, or set MEDKIT_CACHE to a folder that can be written to."
        ) from error


def is_here(file):
    """Return whether `fetch` would succeed without the internet."""
    try:
        here = _in_mirror(file) or cache_folder() / file.name
        return here.is_file() and not why_wrong(here, file)
    except OSError:
        return False


def _in_mirror(file):
    folder, _ = mirror()
    return folder / file.name if folder and (folder / file.name).is_file() else None


def why_wrong(path, file):
    """Return "" if a file is the registered one, or else what is wrong with it, in a few words."""
    facts = os.stat(path)
    return _why_wrong(str(path), facts.st_size, facts.st_mtime_ns, file)


@lru_cache(maxsize=64)  # by size and time of change: a large archive is hashed once a session
def _why_wrong(path, size, changed, file):
    import pooch

    if file.md5:
        found = pooch.file_hash(path, alg="md5")
        return "" if found == file.md5 else f"its MD5 is {found}, not {file.md5}"
    try:
        found = members_digest(path, file.members)
    except (DataError, *DAMAGED) as error:
        return f"as an archive it is damaged or unsafe ({error})"
    return (
        ""
        if found == file.digest
        else f"the digest of its members is {found[:12]}…, not " + (f"{file.digest[:12]}…")
    )


def members(archive, pattern):
    """Return those members of an open zip that are used, by their path inside its one folder.

    Args:
        archive: zipfile.ZipFile, laid out as GitHub does: everything in one top folder.
        pattern: regular expression that the path inside that folder matches in full.

    Returns:
        dict of path to zipfile.ZipInfo, sorted by path. Nothing is ever written to disk.

    Raises:
        DataError: a member would lie outside the folder, or they are too large.
    """
    used = {}
    for info in archive.infolist():
        parts = PurePosixPath(info.filename).parts
        if ".." in parts or info.filename.startswith("/") or re.search(r"[\\:]", info.filename):
            raise DataError(
                "Expected an archive whose members stay inside its folder. Received the member "
                f"{info.filename!r}. Do not use this archive."
            )
        inside = info.filename.partition("/")[2]
        if re.fullmatch(pattern, inside):
            used[inside] = info
    size = sum(info.file_size for info in used.values())
    if size > LARGEST_ARCHIVE:
        raise DataError(
            f"Expected at most {LARGEST_ARCHIVE:,} bytes in an archive. Received {size:,}. Do not "
            "use this archive."
        )
    return dict(sorted(used.items()))


def members_digest(path, pattern):
    """Return the SHA-256 over path, length and content of the members used, in order of path.

    GitHub may compress an archive anew, so that its bytes change; this digest then stays.
    """
    import hashlib

    digest = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        for inside, info in members(archive, pattern).items():
            content = archive.read(info)
            digest.update(f"{inside}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


@contextmanager
def replacing(path):
    """Give a name beside `path` to write to; it becomes `path` only if the block succeeds.

    So no other process, and no later one after a crash, ever sees half a file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _sweep(folder):
    """Delete what processes that were killed have left behind."""
    for part in folder.glob(".*.part"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_S:
                part.unlink()


def _download(file, path):
    _, address = mirror()
    urls = [f"{address}/{file.name}"] * bool(address) + list(file.urls)
    faults = {}
    with replacing(path) as part:
        for pause in PAUSES_S:
            time.sleep(pause)
            for url in [url for url in urls if faults.get(url, ("", True))[1]]:
                faults[url] = _try(url, part, file)
                if not faults[url][0]:
                    return path
            if not any(again for _, again in faults.values()):
                break
        tried = "; ".join(f"{fault} ({url})" for url, (fault, _) in faults.items())
        raise DataError(
            f"Expected {file.name} from one of {len(urls)} addresses. Received: {tried}. Check "
            "the network and try again; or fetch the file by hand, with\n"
            f'  curl --create-dirs -L -o "{path}" "{file.urls[0]}"\n'
            "or set MEDKIT_DATA_MIRROR to a folder that has it."
        )


def _try(url, part, file):
    """Download from one address; return what is wrong ("" if nothing) and if it may pass."""
    import requests

    words = {
        requests.exceptions.SSLError: "its certificate was refused",
        requests.Timeout: f"no answer within {_timeout_s():g} s",
        requests.exceptions.ChunkedEncodingError: "the transfer broke off",
        requests.ConnectionError: "no connection, or it broke off",
    }
    try:
        _http(url, part, file.name)
    except requests.HTTPError as error:
        status = error.response.status_code
        return f"{status} {error.response.reason}", status in (408, 429) or status >= 500
    except requests.RequestException as error:
        fault = next((w for kind, w in words.items() if isinstance(error, kind)), str(error))
        return fault, not isinstance(error, requests.ConnectTimeout)
    return why_wrong(part, file), False


def _http(url, part, name):
    import pooch
    from tqdm.auto import tqdm

    silent = "ipykernel" not in sys.modules and not sys.stderr.isatty()
    bar = tqdm(total=1, desc=name, unit="B", unit_scale=True, delay=1, leave=False, disable=silent)
    bar.reset = lambda: None  # pooch calls it at the end, and it would draw a bar that stays
    with bar:
        options = {"timeout": (min(CONNECT_TIMEOUT_S, _timeout_s()), _timeout_s())}
        pooch.HTTPDownloader(progressbar=bar, chunk_size=2**16, **options)(url, str(part), None)


def _timeout_s():
    named = os.environ.get("MEDKIT_TIMEOUT", "30")
    with suppress(ValueError):
        if float(named) > 0:
            return float(named)
    raise DataError(
        f"Expected in MEDKIT_TIMEOUT a number of seconds above 0. Received {named!r}. Set a "
        "number, for example MEDKIT_TIMEOUT=30."
    )
