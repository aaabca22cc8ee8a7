"""The services' processes: start, stop, deploy, and where their output goes."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.recordings.scripts import world
from tests.recordings.scripts.limits import MemoryLimit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PORT = 8000
_AS_HOST = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"')


@dataclass
class Fleet:
    """The running processes by service name. Each appends to LOGS/NAME/LOG as it would anywhere.

    limited: services that may not use more than so much memory.
    """

    apps: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    limited: dict[str, MemoryLimit] = field(default_factory=dict)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        log: str | None = None,
    ) -> None:
        """Start `command` with host name `name`; both of its streams go to its log, as written."""
        place = world.LOGS / name / (log or f"{name}.log")
        place.parent.mkdir(exist_ok=True)
        within = self.limited[name].within if name in self.limited else ()
        with place.open("ab") as out:
            self.running[name] = subprocess.Popen(
                [*within, *_AS_HOST, name, *command],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=world.SERVICES,
                env={"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8", **(env or {})},
            )

    def start_service(self, name: str, version: str, settings: Mapping[str, str]) -> None:
        """Start one of our Python services and keep its settings beside its log."""
        if not (world.SERVICES / name).exists():
            world.install(self._app(name), name)
        self._keep_settings(name, version, settings)
        env = {"SERVICE": name, "VERSION": version, "PYTHONUNBUFFERED": "1", **settings}
        self.start(name, [str(world.PYTHON), str(world.SERVICES / name / "app.py")], env=env)

    def deploy(self, name: str, version: str, settings: Mapping[str, str], note: str) -> None:
        """Replace a running service; the harness writes the deploy line, see the README."""
        log_change(f'service={name} version={version} status=started by=release-bot note="{note}"')
        self.stop(name)
        self.start_service(name, version, settings)
        self.wait_ready(name)
        log_change(f"service={name} version={version} status=finished by=release-bot")

    def wait_ready(self, *names: str, timeout_s: float = 60) -> None:
        """Return when each of these services listens. Raises TimeoutError."""
        until = time.monotonic() + timeout_s
        for name in names:
            while not _listens(name):
                if time.monotonic() > until:
                    raise TimeoutError(f"{name} does not listen")
                time.sleep(0.1)

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def check(self) -> None:
        """Raise RuntimeError naming the services that ended by themselves."""
        ended = [name for name, process in self.running.items() if process.poll() is not None]
        if ended:
            raise RuntimeError(f"ended by themselves: {ended}")

    def _app(self, name: str) -> Path:
        own = self.apps / f"{name.replace('-', '_')}.py"
        return own if own.exists() else world.SCRIPTS / "apps" / own.name

    def _keep_settings(self, name: str, version: str, settings: Mapping[str, str]) -> None:
        folder = world.LOGS / name
        folder.mkdir(exist_ok=True)
        text = "".join(f"{key}={value}\n" for key, value in settings.items())
        (folder / f"{name}-{version}.env").write_text(text)


def _listens(name: str) -> bool:
    try:
        socket.create_connection((name, PORT), timeout=1).close()
    except OSError:
        return False
    return True


def log_change(text: str) -> None:
    """Append one line to the deploy log, the only log that the harness writes."""
    folder = world.LOGS / "deploys"
    folder.mkdir(exist_ok=True)
    with (folder / "deploys.log").open("a") as out:
        out.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} deploy {text}\n")
