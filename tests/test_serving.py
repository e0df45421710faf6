"""The set-ups of docs/serving.md: the files it names are there, agree, and stay safe."""

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
SERVING = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
BINDER, HUB = ROOT / "binder", ROOT / "tools" / "jupyterhub"
FITS_BINDER_GB = 1.8  # of mybinder.org's 2 GB, 0.2 are left for JupyterLab


def lines(path):
    """The lines of a file that are neither empty nor a comment."""
    text = path.read_text(encoding="utf-8")
    return [line.split("#")[0].strip() for line in text.splitlines() if line.split("#")[0].strip()]


def blocks(text):
    """The commands of a page: what stands in its fenced blocks and between its backticks."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [*fenced, *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]


def peak_memory():
    """Number of each lesson and its peak memory in GB, from the README's table."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d\d) .*\| ([\d.]+) GB \|", readme, re.MULTILINE)
    assert len(rows) >= 10
    return {number: float(memory) for number, memory in rows}


def hub_config():
    """What the hub's configuration sets."""
    path, found = HUB / "jupyterhub_config.py", Config()
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    exec(code, {"get_config": lambda: found, "__file__": str(path)})
    return found


# ---- Binder ---------------------------------------------------------------------------------


def test_binder_installs_the_kit_in_its_tested_versions():
    wanted = lines(BINDER / "requirements.txt")
    named = {line.split()[0]: (BINDER / line.split()[1]).resolve() for line in wanted[:2]}
    assert named == {"-c": ROOT / "constraints.txt", "-r": ROOT / "requirements.txt"}
    assert "-e ." in wanted  # its weights lie beside the package, not in it


def test_binder_has_a_python_that_the_kit_serves_and_tests():
    name, version = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().split("-")
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    served = re.search(r'requires-python = "(.*)"', pyproject)[1]
    assert name == "python"
    assert version in SpecifierSet(served)
    assert f'"{version}"' in (ROOT / ".github/workflows/cpu.yml").read_text(encoding="utf-8")


def test_binder_copies_settings_that_are_there():
    script = (BINDER / "postBuild").read_text(encoding="utf-8")
    assert script.startswith("#!")
    assert (ROOT / re.search(r"^cp (\S+)", script, re.MULTILINE)[1]).is_file()
    assert os.name == "nt" or os.access(BINDER / "postBuild", os.X_OK)


def test_lessons_said_to_fit_into_binder_do():
    said = re.search(r"<!-- fit Binder -->(.*)<!-- end of fit Binder -->", SERVING)[1]
    small = {number for number, memory in peak_memory().items() if memory <= FITS_BINDER_GB}
    assert set(re.findall(r"\d\d", said)) == small


# ---- JupyterHub -----------------------------------------------------------------------------


def test_hub_listens_on_this_machine_alone():
    assert hub_config().JupyterHub.bind_url.startswith("http://127.0.0.1:")


def test_hub_lets_in_nobody_by_default():
    config = hub_config()
    assert config.JupyterHub.authenticator_class == "pam"
    assert config.LocalAuthenticator.allowed_groups == {"students", "lecturers"}
    assert config.PAMAuthenticator.admin_groups == {"lecturers"}
    text = (HUB / "jupyterhub_config.py").read_text(encoding="utf-8")
    assert not re.search(r"dummy|password\s*=|allow_all|allow_any|token\s*=", text, re.IGNORECASE)


def test_hub_limits_are_enforced_and_hold_the_hungriest_lesson():
    config = hub_config()
    assert config.JupyterHub.spawner_class == "systemd"
    assert config.Spawner.mem_limit.endswith("G")
    assert int(config.Spawner.mem_limit[:-1]) >= max(peak_memory().values()) + 0.5
    assert config.Spawner.environment["TF_NUM_INTRAOP_THREADS"] == str(config.Spawner.cpu_limit)
    shown = f"**Limits**: {config.Spawner.mem_limit[:-1]} GB and {config.Spawner.cpu_limit} cores"
    assert shown in SERVING


def test_hub_runs_what_its_requirements_install():
    config = hub_config()
    assert config.Spawner.cmd == [f"{ROOT}/.venv/bin/jupyterhub-singleuser"]
    (service,) = config.JupyterHub.services
    assert service["command"][:3] == [sys.executable, "-m", "jupyterhub_idle_culler"]
    (role,) = config.JupyterHub.load_roles
    assert role["services"] == [service["name"]]
    pins = dict(line.split("==") for line in lines(HUB / "requirements.txt"))
    assert {"jupyterhub", "jupyterhub-idle-culler", "jupyterhub-systemdspawner"} < set(pins)
    for name in ("jupyterhub", "nbgitpuller"):  # the page says which versions were tried
        assert re.search(rf"{name} {re.escape(pins[name])}\b", SERVING, re.IGNORECASE), name


def test_hub_unit_starts_the_configuration_of_the_kit():
    unit = (HUB / "medkit-hub.service").read_text(encoding="utf-8")
    program, flag, path = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1].split()
    assert (program, flag) == ("/opt/medkit/.venv/bin/jupyterhub", "-f")
    assert ROOT / Path(path).relative_to("/opt/medkit") == HUB / "jupyterhub_config.py"
    assert "git clone ADDRESS /opt/medkit" in SERVING


# ---- the page -------------------------------------------------------------------------------


def test_make_targets_that_the_page_names_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(VENV)", ".venv")
    targets = set(re.findall(r"^([\w./-]+):(?!=)", makefile, re.MULTILINE))
    named = {
        name
        for block in blocks(SERVING)
        for name in re.findall(r"(?:^|sudo )make ([\w./-]+)", block, re.MULTILINE)
    }
    assert len(named) >= 3
    assert named <= targets


def test_files_and_modules_that_the_page_names_exist():
    found = re.findall(r"\]\(([^)#:]+)\)|(?<= )((?:tools|binder)/[\w./-]+)", SERVING)
    paths = [ROOT / "docs" / link if link else ROOT / path for link, path in found]
    assert len(paths) >= 8
    assert [path for path in paths if not path.exists()] == []
    modules = re.findall(r"-m (benchmarks\.\w+|medkit\.\w+)", SERVING)
    assert modules
    assert all(importlib.util.find_spec(module) for module in modules)


def test_headings_that_the_page_links_to_exist():
    headings = re.findall(r"^#+ (.*)", SERVING, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", SERVING)) <= anchors


def test_colab_installs_nothing_that_the_kit_does_not_need():
    listed = re.search(r"^!pip install -q (.*)$", SERVING, re.MULTILINE)[1]
    needed = set(lines(ROOT / "requirements.txt"))
    needed |= {line.split(">=")[0] for line in needed}
    assert set(listed.replace('"', "").split()) < needed
    assert "git clone ADDRESS kit" in SERVING  # one called medkit would hide the package


# ---- the benchmark --------------------------------------------------------------------------


def test_class_of_40_has_its_place_with_the_benchmarks_columns():
    from benchmarks import classroom

    place = re.search(r"<!-- class of 40 -->(.*)<!-- end of class of 40 -->", SERVING, re.DOTALL)
    head = next(line for line in place[1].splitlines() if line.startswith("| "))
    assert tuple(cell.strip().lower() for cell in head.strip("| ").split("|")) == tuple(
        name.lower() for name in classroom.HEAD
    )


def test_outlook_by_hand():
    from benchmarks.classroom import outlook

    text = outlook([1, 2, 4], [0.9, 1.4, 2.4], cpu=27, cores=2)  # 0.4 GB + 0.5 GB a student
    assert "40 students: 0.2 cores on average" in text  # 27 × 40 / 5400
    assert "18 core-minutes of work, 9 minutes on 2 cores" in text
    assert "Memory: 20 GB by a straight line" in text  # 20.4
    assert "needs two rows" in outlook([4], [2.5], cpu=27, cores=2)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ('{"content": {"execution_state": "restarting"}}', "code 3 cell: the kernel died"),
        (
            '{"msg_type": "execute_reply", "parent_header": {"msg_id": "1"}, "content":'
            ' {"status": "error", "ename": "ValueError", "evalue": "no"}}',
            "code 3 cell: ValueError: no",
        ),
    ],
)
def test_a_students_error_is_told(monkeypatch, message, words):
    from benchmarks.classroom import Student

    student = object.__new__(Student)
    student.socket = type("Socket", (), {"recv": lambda self: message})()
    monkeypatch.setattr(student, "send", lambda code: "1", raising=False)
    with pytest.raises(RuntimeError, match=words):
        student.run("code 3", "x")
