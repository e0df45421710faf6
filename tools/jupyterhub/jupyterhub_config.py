"""JupyterHub for a class on one Linux server with systemd; docs/serving.md says how to use it.

What a lecturer may want to change stands at the top.
"""

import sys
from pathlib import Path

KIT = Path(__file__).resolve().parents[2]  # one environment for all: root writes it, students read
MIRROR = "/srv/medkit-data"  # the public data sets, one copy that all read
MEMORY, CORES = "4G", 2  # at most, for one student's server and kernels together
IDLE_SECONDS = 3600  # a server that nobody used for so long is stopped; files are kept

c = get_config()  # noqa: F821 (JupyterHub defines it)

# Reached from this machine alone: a web server with a certificate passes HTTPS on to it.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# Who may log in: accounts of this server, with their passwords, that are in one of these groups.
c.JupyterHub.authenticator_class = "pam"
c.LocalAuthenticator.allowed_groups = {"students", "lecturers"}
c.PAMAuthenticator.admin_groups = {"lecturers"}

# systemd enforces the limits. JupyterHub's default spawner takes them and does not enforce them.
c.JupyterHub.spawner_class = "systemd"
c.Spawner.mem_limit = MEMORY
c.Spawner.cpu_limit = CORES
c.SystemdSpawner.unit_extra_properties = {"OOMPolicy": "continue"}  # too much ends the kernel only
c.SystemdSpawner.isolate_tmp = True

c.Spawner.cmd = [f"{KIT}/.venv/bin/jupyterhub-singleuser"]
c.Spawner.default_url = "/lab"
c.Spawner.environment = {
    "MEDKIT_DATA_MIRROR": MIRROR,
    "JUPYTER_CONFIG_PATH": f"{KIT}/tools/jupyter",  # uploads of up to 64 MB
    # As many threads as a student has cores; otherwise one for each core of the server.
    "OMP_NUM_THREADS": str(CORES),
    "TF_NUM_INTRAOP_THREADS": str(CORES),
    "TF_NUM_INTEROP_THREADS": str(CORES),
}
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # a whole class starts at one moment

c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE_SECONDS}"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
