"""Say what this kernel sees, and what to do about each thing that is not as the lessons need it."""

import importlib
import math
import os
import platform
import shutil
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

LIBRARIES = (
    *("numpy", "scipy", "matplotlib", "scikit-image", "scikit-learn", "pillow", "pydicom"),
    *("nibabel", "nilearn", "pooch", "psutil", "tensorflow", "keras", "jupyterlab"),
)
PORTS = {"http": 80, "https": 443}
WIDGET_LIBRARIES = ("ipywidgets", "anywidget", "jupyterlab-widgets")
INSTALL = "Run `make lab`, or: python -m pip install -r requirements.txt -c constraints.txt"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: state is "ok", "warning" or "problem"."""

    name: str
    state: str
    text: str
    remedy: str = ""


def report(gpu=None, network=False):
    """Print what this kernel sees, with one line of remedy for what is amiss.

    Args:
        gpu: True looks for a GPU, which imports TensorFlow, and insists on one; False does not;
            None does if the environment variable MEDKIT_REQUIRE_GPU is 1.
        network: whether to ask the hosts of public data for an answer, which takes up to 2 s each.

    Raises:
        RuntimeError: a GPU was asked for and TensorFlow sees none.
    """
    findings = checkup(gpu, network)
    _show(findings)
    last = findings[-1]
    if last.name == "GPU" and last.state == "problem":
        raise RuntimeError(f"Expected a GPU in this kernel. Received: {last.text}. {last.remedy}")


def checkup(gpu=None, network=False):
    """Return the list of `Finding`s that `report` prints; see there."""
    checks = {"Python": _python, "libraries": _libraries, "widgets": _widgets, "fonts": _fonts}
    checks |= {"machine": _machine, "disk": _disk, "public data": _public_data}
    if network:
        checks["network"] = _network
    if os.environ.get("MEDKIT_REQUIRE_GPU") == "1" if gpu is None else gpu:
        checks["GPU"] = _gpu
    findings = []
    for name, check in checks.items():
        try:
            findings.append(Finding(name, *check()))
        except Exception as error:  # a doctor who faints helps nobody
            text = f"could not be looked at ({type(error).__name__}: {error})"
            findings.append(Finding(name, "problem", text, INSTALL))
    return findings


def _show(findings):
    for finding in findings:
        remedy = f"\n{'':<21} → {finding.remedy}" if finding.remedy else ""
        print(f"{finding.state:<8} {finding.name:<12} {finding.text}{remedy}")


def _python():
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if (3, 10) <= sys.version_info[:2] <= (3, 13):
        return "ok", text
    return "problem", text, "Install Python 3.10 to 3.13: TensorFlow is published for these."


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _tested_versions():
    """Return {name: specifier} for this Python from constraints.txt; {} if it is not at hand."""
    from packaging.requirements import Requirement

    folders = [Path(__file__).resolve().parents[1], Path.cwd(), *Path.cwd().parents]
    path = next((f / "constraints.txt" for f in folders if (f / "constraints.txt").exists()), None)
    lines = path.read_text(encoding="utf-8").splitlines() if path else []
    pins = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    return {p.name: p.specifier for p in pins if not p.marker or p.marker.evaluate()}


def _libraries():
    versions = {name: _version(name) for name in LIBRARIES}
    missing = [name for name in versions if versions[name] is None]
    if missing:
        return "problem", f"not installed: {', '.join(missing)}", INSTALL
    tested = _tested_versions()
    differ = [n for n in versions if n in tested and not tested[n].contains(versions[n])]
    if differ:
        named = ", ".join(f"{name} {versions[name]} (tested {tested[name]})" for name in differ)
        return "warning", f"not the tested versions: {named}", INSTALL
    text = ", ".join(f"{name} {versions[name]}" for name in ("tensorflow", "keras", "numpy"))
    return "ok", f"{len(versions)} {'as tested' if tested else 'installed'}, among them {text}"


def _widgets():
    versions = {name: _version(name) for name in WIDGET_LIBRARIES}
    text = ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())
    is_old = int((versions["ipywidgets"] or "0").split(".")[0]) < 8
    if is_old or None in versions.values():
        return "problem", text, f"{INSTALL}; then restart JupyterLab and reload the page"
    return "ok", text


def _fonts():
    from matplotlib import font_manager, rcParams

    wanted = rcParams["font.sans-serif"][0]
    try:
        font_manager.findfont(wanted, fallback_to_default=False)
    except ValueError:
        remedy = "Delete the folder that matplotlib.get_cachedir() names, and restart the kernel."
        return "warning", f"figures ask for {wanted}, which is not found", remedy
    return "ok", f"{wanted} for the figures"


def _machine():
    import psutil

    memory = psutil.virtual_memory()
    free, total = memory.available / 2**30, memory.total / 2**30
    cores = _cores()
    text = f"{cores} cores, about {_first_digit(free)} of {total:.0f} GB memory free"
    if free < 3:
        return "warning", text, "A lesson may need 3 GB: shut down other kernels and programs."
    if cores < 2:
        return "warning", text, "Trainings take about twice the minutes that a lesson states."
    return "ok", text


def _cores():
    """Return how many cores this kernel may use, which a container or a server may limit."""
    with suppress(AttributeError):  # macOS and Windows do not say
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _first_digit(gigabytes):
    """Return 76.3 as "70": as near as one needs to know, and the same a minute later."""
    unit = 10 ** math.floor(math.log10(max(gigabytes, 0.1)))
    return f"{math.floor(gigabytes / unit) * unit:g}"


def _disk():
    from medkit.downloads import cache_folder

    folder = Path(cache_folder()).absolute()
    standing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(standing).free / 2**30
    inside = folder.is_relative_to(Path.home())
    shown = Path("~") / folder.relative_to(Path.home()) if inside else folder
    text = f"about {_first_digit(free)} GB free for the cache, {shown}"
    if not os.access(standing, os.W_OK):
        remedy = f"Set MEDKIT_CACHE to a folder that you can write to, or get access to {standing}."
        return "problem", f"{text}, which cannot be written", remedy
    return ("problem", text, "Free at least 1 GB there.") if free < 1 else ("ok", text)


def _public_data():
    from medkit.datasets import available
    from medkit.registry import SETS

    public = [name for name, info in SETS.items() if info.tier == "public"]
    here = [name for name in public if available(name)]
    text = f"{len(here)} of {len(public)} sets at hand ({', '.join(here) or 'none'})"
    return "ok", f"{text}; medkit.load fetches the others"


def _network():
    """Say from where public sets can be fetched; nothing is sent but the wish to connect."""
    from medkit.downloads import mirror
    from medkit.registry import SETS

    folder, address = mirror()
    if folder:
        return "ok", f"MEDKIT_DATA_MIRROR is the folder {folder.name}"
    if os.environ.get("MEDKIT_DATA_MIRROR", "").strip() and not address:
        remedy = "Name a folder that exists, or an address that begins with https://."
        return "problem", "MEDKIT_DATA_MIRROR names a folder that is not there", remedy
    urls = [info.file.urls[0] for info in SETS.values() if info.tier == "public"]
    places = [urlsplit(url) for url in ([address] if address else urls)]
    ports = {place.hostname: place.port or PORTS[place.scheme] for place in places}
    hosts = sorted(ports)
    silent = [host for host in hosts if not _answers(host, ports[host])]
    if silent:
        remedy = "The lessons run without. For public data set MEDKIT_DATA_MIRROR to a folder."
        return "warning", f"no answer from {', '.join(silent)}", remedy
    return "ok", f"{', '.join(hosts)} answer"


def _answers(host, port, seconds=2):
    with suppress(OSError), socket.create_connection((host, port), seconds):
        return True
    return False


def _gpu():
    # By name: only `models` and `training` import TensorFlow, and this only on request.
    config = importlib.import_module("tensorflow").config
    devices = config.list_physical_devices("GPU")
    if devices:
        facts = config.experimental.get_device_details(devices[0])
        text = f"TensorFlow sees {len(devices)}: {facts.get('device_name', 'of unknown name')}"
        fast = facts.get("compute_capability", (0, 0)) >= (7, 0)
        return "ok", f"{text}, mixed precision {'is faster' if fast else 'brings nothing'} there"
    remedy = 'On Linux with an NVIDIA driver: pip install -c constraints.txt "tensorflow[and-cuda]"'
    return "problem", "TensorFlow sees no GPU", remedy


def main():
    """Print the findings and leave with 1 if there is a problem, for scripts."""
    findings = checkup(network=True)
    _show(findings)
    sys.exit(any(finding.state == "problem" for finding in findings))


if __name__ == "__main__":
    main()
