"""Memory limits of services: a memory cgroup, and an exporter of its figures."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.recordings.scripts import world

if TYPE_CHECKING:
    from tests.recordings.scripts.fleet import Fleet

EXPORTER_PORT = 9101
_CGROUPS = Path("/sys/fs/cgroup/memory")  # version 1, as mounted where we record
_ENTER = 'echo 0 > "$0/cgroup.procs" && exec "$@"'


@dataclass(frozen=True)
class MemoryLimit:
    """Processes started `within` it are killed by the kernel when they pass it together."""

    folder: Path

    @property
    def within(self) -> tuple[str, ...]:
        """What to put before a command."""
        return ("sh", "-c", _ENTER, str(self.folder))


def limit_memory(fleet: Fleet, service: str, size: int) -> None:
    """From its next start on, `service` has `size` bytes and no swap. Needs a cgroup v1 mount."""
    folder = _CGROUPS / f"fleet-{service}"
    folder.mkdir(exist_ok=True)
    (folder / "memory.limit_in_bytes").write_text(str(size))
    (folder / "memory.swappiness").write_text("0")
    fleet.limited[service] = MemoryLimit(folder)


def start_exporter(fleet: Fleet, service: str) -> None:
    """Tell Prometheus, in the words of cAdvisor, what the cgroup of `service` counts."""
    home = world.SERVICES / "container-exporter"
    home.mkdir()
    shutil.copy(world.SCRIPTS / "apps" / "container_exporter.py", home / "app.py")
    env = {
        "FOLDER": str(fleet.limited[service].folder),
        "NAME": service,
        "BIND": service,
        "PORT": str(EXPORTER_PORT),
    }
    fleet.start("container-exporter", [str(world.PYTHON), str(home / "app.py")], env=env)


def lift(fleet: Fleet, service: str) -> None:
    """Remove the cgroup, once the service has ended."""
    fleet.limited.pop(service).folder.rmdir()
