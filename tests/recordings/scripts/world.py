"""Namespaces of a recording's own, so that its logs say nothing of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LOGS = Path("/var/log/fleet")
SERVICES = Path("/srv")
PYTHON = Path("/opt/venv/bin/python")
SCRIPTS = Path(__file__).parent
INSIDE = "RECORDING_INSIDE"

_OURS = (
    "/srv",
    "/var/log",
    "/var/lib/postgresql/15",
    "/var/lib/prometheus",
    "/var/lib/redis",
)
_UNSHARE = ("unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child")


def enter(environment: Path) -> None:
    """Run this command again in private namespaces and exit with its code; no-op inside them.

    environment: a Python environment with what the services import, seen as /opt/venv inside.
    Needs root. When the command ends, every process it started ends too.
    """
    if os.environ.get(INSIDE):
        _furnish(environment)
        return
    again = [*_UNSHARE, "--mount-proc", sys.executable, *sys.orig_argv[1:]]
    sys.exit(subprocess.call(again, env=os.environ | {INSIDE: "1"}))


def _furnish(environment: Path) -> None:
    _run("ip", "link", "set", "lo", "up")
    _run("hostname", "recorder")
    for folder in _OURS:
        _tmpfs(folder, "512m")
    LOGS.mkdir()
    PYTHON.parent.parent.mkdir(exist_ok=True)
    _run("mount", "--bind", str(environment), "/opt/venv")


def name_hosts(addresses: Mapping[str, str]) -> None:
    """Give each service its own name: `addresses` maps host name to a 127.0.x.y address."""
    hosts = Path("/srv/hosts")
    hosts.write_text("".join(f"{ip} {name}\n" for name, ip in addresses.items()))
    _run("mount", "--bind", str(hosts), "/etc/hosts")


def small_disk(folder: str, size: str) -> None:
    """Mount a file system of `size` (such as "64m") at `folder`."""
    _tmpfs(folder, size)


def grow_disk(folder: str, size: str) -> None:
    _run("mount", "-o", f"remount,size={size}", folder)


def install(app: Path, name: str) -> Path:
    """Copy a service to /srv/NAME/app.py with telemetry and tracing beside it; gives the folder."""
    home = SERVICES / name
    home.mkdir()
    shutil.copy(app, home / "app.py")
    for module in ("telemetry.py", "tracing.py"):
        shutil.copy(SCRIPTS / "apps" / module, home)
    return home


def _tmpfs(folder: str, size: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", folder)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
