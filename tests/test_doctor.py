"""The doctor, before machines that are well and machines that are not."""

import socket
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import matplotlib
import pytest

from medkit import doctor
from medkit.doctor import Finding, checkup, report

REALLY_ANSWERS = doctor._answers


@pytest.fixture(autouse=True)
def healthy(monkeypatch, tmp_path):
    """Replace what lies outside by a machine on which all is well; tests then break one thing."""
    gigabytes = SimpleNamespace(available=8 * 2**30, total=16 * 2**30)
    disk = SimpleNamespace(free=50 * 2**30)
    downloads = SimpleNamespace(
        cache_folder=lambda: tmp_path / "not" / "made" / "yet", mirror=lambda: (None, None)
    )
    public = {"breastmnist": "https://zenodo.org/1", "bccd": "https://github.com/2"}
    monkeypatch.setitem(sys.modules, "medkit.downloads", downloads)
    monkeypatch.setitem(
        sys.modules,
        "medkit.registry",
        SimpleNamespace(
            SETS={
                name: SimpleNamespace(tier="public", file=SimpleNamespace(urls=(url,)))
                for name, url in public.items()
            }
        ),
    )
    datasets = SimpleNamespace(available=lambda name: name == "bccd")
    monkeypatch.setitem(sys.modules, "medkit.datasets", datasets)
    monkeypatch.setattr("psutil.virtual_memory", lambda: gigabytes)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: disk)
    monkeypatch.setattr(doctor, "_answers", lambda host, port: True)
    monkeypatch.setattr(doctor, "_cores", lambda: 8)
    monkeypatch.delenv("MEDKIT_DATA_MIRROR", raising=False)
    monkeypatch.setattr(doctor, "_tested_versions", dict)
    monkeypatch.delenv("MEDKIT_REQUIRE_GPU", raising=False)
    return SimpleNamespace(memory=gigabytes, disk=disk, downloads=downloads)


def finding(name, **options):
    return next(each for each in checkup(**options) if each.name == name)


def pretend(monkeypatch, **versions):
    """Make importlib.metadata answer other versions; None for a library that is not there."""
    real = metadata.version

    def version(name):
        answer = versions.get(name.replace("-", "_"), "as it is")
        if answer is None:
            raise metadata.PackageNotFoundError(name)
        return real(name) if answer == "as it is" else answer

    monkeypatch.setattr(doctor.metadata, "version", version)


def pretend_tensorflow(monkeypatch, devices, **details):
    config = SimpleNamespace(
        list_physical_devices=lambda kind: devices if kind == "GPU" else [],
        experimental=SimpleNamespace(get_device_details=lambda device: details),
    )
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(config=config))


def test_a_healthy_machine_has_no_finding_to_mend():
    findings = checkup()
    assert [each.name for each in findings] == [
        *("Python", "libraries", "widgets", "fonts", "machine", "disk", "public data"),
    ]
    assert {each.state for each in findings} == {"ok"}
    assert not any(each.remedy for each in findings)
    assert all("\n" not in each.text for each in findings)


def test_the_network_is_asked_on_request_only():
    assert "network" not in [each.name for each in checkup()]
    assert finding("network", network=True).state == "ok"


def test_report_prints_every_finding_and_returns_nothing(capsys, healthy):
    healthy.memory.available = 2**30
    assert report() is None
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*["ok"] * 4, "warning", "→", *["ok"] * 2]
    assert "about 1 of 16 GB memory free" in lines[4]
    assert "A lesson may need 3 GB: shut down other kernels and programs." in lines[5]


@pytest.mark.parametrize("version", [(3, 9, 1), (3, 14, 0)])
def test_python_that_tensorflow_does_not_serve(monkeypatch, version):
    monkeypatch.setattr(doctor.sys, "version_info", version)
    found = finding("Python")
    assert found.state == "problem"
    assert found.remedy.startswith("Install Python 3.10 to 3.13")


def test_missing_library(monkeypatch):
    pretend(monkeypatch, pydicom=None, scikit_image=None)
    found = finding("libraries")
    assert (found.state, found.text) == ("problem", "not installed: scikit-image, pydicom")
    assert "pip install -r requirements.txt -c constraints.txt" in found.remedy


def test_versions_are_compared_with_the_tested_ones(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "medkit" / "doctor.py"))
    pins = [
        "# a comment",
        "numpy==1.0 ; python_full_version < '3'",
        f"numpy=={metadata.version('numpy')} ; python_full_version >= '3'",
        "pillow==99.1",
    ]
    (tmp_path / "constraints.txt").write_text("\n".join(pins), encoding="utf-8")
    found = finding("libraries")
    assert found.state == "warning"
    pillow = metadata.version("pillow")
    assert found.text == f"not the tested versions: pillow {pillow} (tested ==99.1)"
    (tmp_path / "constraints.txt").write_text("\n".join(pins[:3]), encoding="utf-8")
    assert finding("libraries").text.startswith(f"{len(doctor.LIBRARIES)} as tested, among them")


def test_without_constraints_there_is_nothing_to_compare(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "medkit" / "doctor.py"))
    monkeypatch.chdir(tmp_path)
    assert finding("libraries").text.startswith(f"{len(doctor.LIBRARIES)} installed, among them")


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ({"anywidget": None}, "anywidget missing"),
        ({"jupyterlab_widgets": None}, "jupyterlab-widgets missing"),
        ({"ipywidgets": "7.7.5"}, "ipywidgets 7.7.5"),
        ({"ipywidgets": None}, "ipywidgets missing"),
    ],
)
def test_widget_manager(monkeypatch, versions, words):
    pretend(monkeypatch, **versions)
    found = finding("widgets")
    assert found.state == "problem"
    assert words in found.text
    assert found.remedy.endswith("then restart JupyterLab and reload the page")


def test_newer_widgets_are_welcome(monkeypatch):
    pretend(monkeypatch, ipywidgets="10.0.1")
    assert finding("widgets").state == "ok"


def test_disk_that_is_full_or_closed(monkeypatch, healthy, tmp_path):
    assert finding("disk").text.startswith("about 50 GB free for the cache, ")
    healthy.disk.free = 2**29
    assert finding("disk").remedy == "Free at least 1 GB there."
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    found = finding("disk")
    assert found.state == "problem"
    advice = "Set MEDKIT_CACHE to a folder that you can write to, or get access to"
    assert found.remedy == f"{advice} {tmp_path}."


def test_public_data():
    text = finding("public data").text
    assert text == "1 of 2 sets at hand (bccd); medkit.load fetches the others"


def test_a_check_that_breaks_is_a_finding_too(healthy):
    def broken():
        raise OSError("no such drive")

    healthy.downloads.cache_folder = broken
    found = finding("disk")
    assert (found.state, found.remedy) == ("problem", doctor.INSTALL)
    assert found.text == "could not be looked at (OSError: no such drive)"


def test_gpu_is_looked_for_on_request_only(monkeypatch):
    pretend_tensorflow(monkeypatch, ["a GPU"], device_name="T4", compute_capability=(7, 5))
    assert "GPU" not in [each.name for each in checkup()]
    text = "TensorFlow sees 1: T4, mixed precision is faster there"
    assert finding("GPU", gpu=True) == Finding("GPU", "ok", text)
    monkeypatch.setenv("MEDKIT_REQUIRE_GPU", "1")
    assert finding("GPU").state == "ok"
    assert "GPU" not in [each.name for each in checkup(gpu=False)]


def test_an_old_gpu_gains_nothing_from_mixed_precision(monkeypatch):
    pretend_tensorflow(monkeypatch, ["a GPU"], compute_capability=(6, 1))
    text = "TensorFlow sees 1: of unknown name, mixed precision brings nothing there"
    assert finding("GPU", gpu=True).text == text


def test_one_core_and_no_font(monkeypatch):
    monkeypatch.setattr(doctor, "_cores", lambda: 1)
    assert finding("machine").remedy.startswith("Trainings take about twice")
    assert finding("fonts").text == "DejaVu Sans for the figures"
    with matplotlib.rc_context({"font.sans-serif": ["No Such Letters"]}):
        found = finding("fonts")
    assert found.state == "warning"
    assert found.text == "figures ask for No Such Letters, which is not found"


def test_network_and_mirrors(monkeypatch, healthy, tmp_path):
    assert finding("network", network=True).text == "github.com, zenodo.org answer"
    monkeypatch.setattr(doctor, "_answers", lambda host, port: (host, port) != ("zenodo.org", 443))
    found = finding("network", network=True)
    assert (found.state, found.text) == ("warning", "no answer from zenodo.org")
    assert found.remedy.startswith("The lessons run without.")
    monkeypatch.setenv("MEDKIT_DATA_MIRROR", "https://mirror.example/sets")
    healthy.downloads.mirror = lambda: (None, "https://mirror.example/sets")
    assert finding("network", network=True).text == "mirror.example answer"
    healthy.downloads.mirror = lambda: (None, "HTTP://mirror.example:8000/sets")
    monkeypatch.setattr(doctor, "_answers", lambda host, port: port == 8000)
    assert finding("network", network=True).text == "mirror.example answer"
    healthy.downloads.mirror = lambda: (None, "http://mirror.example/sets")
    assert finding("network", network=True).text == "no answer from mirror.example"
    healthy.downloads.mirror = lambda: (tmp_path, None)
    assert (
        finding("network", network=True).text == f"MEDKIT_DATA_MIRROR is the folder {tmp_path.name}"
    )
    healthy.downloads.mirror = lambda: (None, None)
    assert finding("network", network=True).state == "problem"


def test_a_host_answers_or_does_not():
    assert not REALLY_ANSWERS("nobody.invalid", 443, seconds=1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert REALLY_ANSWERS("127.0.0.1", server.getsockname()[1], seconds=1)


@pytest.mark.parametrize("options", [{"gpu": True}, {}])
def test_missing_gpu_fails_loudly_after_the_report(monkeypatch, capsys, options):
    pretend_tensorflow(monkeypatch, [])
    if not options:
        monkeypatch.setenv("MEDKIT_REQUIRE_GPU", "1")
    with pytest.raises(RuntimeError, match=r"Expected a GPU .* Received: .* no GPU\. .*and-cuda"):
        report(**options)
    assert "ok       Python" in capsys.readouterr().out


@pytest.mark.parametrize(("available", "code"), [(8 * 2**30, 0), (2**20, 0), (None, 1)])
def test_script_leaves_with_1_on_a_problem_alone(healthy, capsys, available, code):
    healthy.memory.available = available  # None breaks the check itself
    with pytest.raises(SystemExit) as caught:
        doctor.main()
    assert int(caught.value.code) == code
    assert "machine" in capsys.readouterr().out


def test_the_real_machine_in_a_fresh_python():
    """No fakes: the module runs as a script, prints a line each, and loads no TensorFlow."""
    code = (
        "import sys; from medkit import doctor; found = doctor.checkup(gpu=False); "
        "doctor._show(found); assert 'tensorflow' not in sys.modules; "
        "assert len(found) == 7, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, text=True)
    assert done.returncode == 0, done.stderr
    assert [w for w in ("Python", "libraries", "disk") if w not in done.stdout] == []
