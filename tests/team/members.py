"""One process of the team on this machine, as its service in `docker-compose.yml` has it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import set_key

from tests.team.compose import Service

PROGRAM = Path(sys.executable).with_name("faultmaven")
INHERITED = ("HOME", "LANG", "PYTHONPATH", "TZ")
LOOK_S = 1.0
START_S = 120.0


class TeamFailed(Exception):
    """Somebody did not start, and this is the end of what it said."""


@dataclass
class Member:
    """`number` counts those of one service, from 1.

    here: what a text of the file is on this machine: paths, and addresses of other services.
    """

    service: Service
    number: int
    folder: Path
    here: Callable[[str], str]
    programs: Sequence[Path]
    process: Process | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        for name in ("data", "files"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def name(self) -> str:
        return f"{self.service.name}-{self.number}"

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    @property
    def environment(self) -> dict[str, str]:
        """What its container would see, and what any program here needs."""
        path = os.pathsep.join([*map(str, self.programs), os.environ["PATH"]])
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {**kept, "PATH": path, **self.settings}

    @property
    def settings(self) -> dict[str, str]:
        settings = {name: self.here(text) for name, text in self.service.environment.items()}
        for published in self.service.ports:
            settings["FAULTMAVEN_HOST"], settings["FAULTMAVEN_PORT"], _ = published.rsplit(":", 2)
        return settings

    async def start(self) -> None:
        """In a group of its own: Ctrl-C is for those who keep the team, who then end it."""
        entrypoint = (str(PROGRAM),) if self.service.is_ours else ()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *entrypoint,
                *map(self.here, self.service.command),
                cwd=self.folder,
                env=self.environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    async def ended(self) -> int:
        assert self.process is not None
        return await self.process.wait()

    async def until_healthy(self) -> None:
        """Raises TeamFailed where that takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                while not await self.is_healthy():  # noqa: ASYNC110 - it has to be asked
                    await asyncio.sleep(LOOK_S)
                return
        raise TeamFailed(self.last_words())

    async def is_healthy(self) -> bool:
        """What its health check says now."""
        if self.process is None or self.process.returncode is not None:
            return False
        return await asyncio.to_thread(self._asked)

    def _asked(self) -> bool:
        assert self.service.health is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                [self.here(word) for word in self.service.health.command],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                timeout=self.service.health.timeout_s,
                check=False,
            )
            return done.returncode == 0
        return False

    async def stop(self) -> None:
        """As Compose does it: SIGTERM, and after the grace period SIGKILL."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), self.service.stop_within_s)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def last_words(self) -> str:
        return f"{self.name}: {self.log.read_text(errors='replace')[-2000:]}"

    def keep_settings(self) -> None:
        """In its folder, for the command line of whoever may read them: the owner."""
        write_settings(self.folder / ".env", self.settings)


def write_settings(path: Path, settings: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    for name, value in settings.items():
        set_key(path, name, value, quote_mode="always")
