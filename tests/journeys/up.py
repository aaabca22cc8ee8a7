"""`faultmaven up` as a process that tests start, stop and kill, and whose tables they read."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from storage.database import ColumnSeal, SqlStore, open_store
from storage.sealing.keys import Keyring
from tests.fakes.context import CONTEXT
from tests.faultmaven.forked_programs import ForkedProcess, start_faultmaven
from tests.journeys.alertmanagers import TOKEN, until
from tests.servers import free_port
from webhooks.alertmanager import PATH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.cases.model import Case


@dataclass
class Up:
    """One installation in a folder; its port stays the same over restarts.

    `settings` are those beside the data directory and the webhook's secret.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    _process: ForkedProcess | None = None

    @property
    def webhook(self) -> str:
        return f"{self.url}{PATH}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Return when it is ready."""
        await self.launch()
        # One client: each loads all certificates, which takes from the start that is waited for.
        async with httpx.AsyncClient() as client:
            await until(lambda: self._is_ready(client))

    async def launch(self) -> None:
        """Return when the process is there, whatever becomes of it."""
        settings = {
            "FAULTMAVEN_DATA_DIR": str(self.folder / "data"),
            "FAULTMAVEN_ALERTMANAGER_TOKEN": TOKEN,
            **self.settings,
        }
        with (self.folder / "log").open("ab") as log, (self.folder / "out").open("wb") as out:
            self._process = await start_faultmaven(
                *("up", "--port", str(self.port), "--json"),
                folder=self.folder,
                environment=os.environ | settings,
                stdout=out,
                stderr=log,
            )

    async def takes(self, body: bytes, *, client: httpx.AsyncClient | None = None) -> bool:
        """Whether it takes what Alertmanager sends. client: one that is open already."""
        if client is None:
            async with httpx.AsyncClient() as opened:
                return await self.takes(body, client=opened)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return (await client.post(self.webhook, content=body, headers=headers)).is_success

    async def stop(self) -> int | None:
        """The exit code, once it has ended."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Freeze it (SIGSTOP), or let it go on (SIGCONT)."""
        assert self._process is not None
        self._process.send_signal(number)

    def limit_file_size(self, size: int) -> None:
        """No file of the process may grow past `size` bytes: its disk is full."""
        assert self._process is not None
        limits = (size, resource.RLIM_INFINITY)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, limits)

    def limit_descriptors(self, most: int) -> None:
        """It may have no more files and connections open than `most`."""
        assert self._process is not None
        resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE, (most, most))

    def resident_bytes(self) -> int:
        """What it holds of the machine's memory, without its readers."""
        assert self._process is not None
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * resource.getpagesize()

    @contextlib.asynccontextmanager
    async def store(self) -> AsyncIterator[SqlStore]:
        """Its tables, beside the running process."""
        data = self.folder / "data"
        async with open_store(f"sqlite:///{data / 'faultmaven.db'}", seal=seal_in(data)) as store:
            yield store

    async def cases(self) -> list[Case]:
        """Oldest first."""
        async with self.store() as store, store.reading(CONTEXT) as unit:
            return list(reversed(await unit.cases.listing()))

    async def is_alive(self, client: httpx.AsyncClient) -> bool:
        """Raises RuntimeError with its log where it has ended."""
        return await self._answers(client, "/health")

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        return await self._answers(client, "/readiness")

    async def _answers(self, client: httpx.AsyncClient, path: str) -> bool:
        assert self._process is not None
        if self._process.returncode is not None:
            raise RuntimeError((self.folder / "log").read_text())
        with contextlib.suppress(httpx.TransportError):
            return (await client.get(f"{self.url}{path}")).is_success
        return False

    async def _end(self, number: signal.Signals) -> int | None:
        if self._process is None or self._process.returncode is not None:
            return None
        self._process.send_signal(number)
        return await self._process.wait()


def seal_in(data: Path) -> ColumnSeal:
    """That of the installation whose secret lies in its data directory."""
    return ColumnSeal(Keyring((data / "secret.key").read_bytes()))


@contextlib.asynccontextmanager
async def launched_in(folder: Path, **settings: str) -> AsyncIterator[Up]:
    """As `up_in`, once it is alive: it may never be ready."""
    up = Up(folder, settings=settings)
    await up.launch()
    try:
        async with httpx.AsyncClient() as client:
            await until(lambda: up.is_alive(client))
        yield up
    finally:
        await up.stop()


@contextlib.asynccontextmanager
async def up_in(folder: Path, **settings: str) -> AsyncIterator[Up]:
    """Started in `folder`; whatever still runs at the end is stopped."""
    up = Up(folder, settings=settings)
    await up.start()
    try:
        yield up
    finally:
        await up.stop()
