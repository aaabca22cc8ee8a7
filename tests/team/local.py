"""The team of `docker-compose.yml` on this machine, without Docker.

Services of ours and Redis are started with the commands, settings and health checks of the file,
in its order, and again when they end, where it says so. What cannot be the same: PostgreSQL is a
server of this machine that starts empty and knows no password, folders stand for volumes, and no
process is locked up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from tests.servers import an_own_postgres, free_port, program
from tests.team.compose import services, wanted
from tests.team.members import PROGRAM, Member, TeamFailed

RESTART_PAUSE_S = 1.0
POSTGRES = "postgres"


@dataclass
class LocalTeam:
    """say: told what starts, ends and is well."""

    folder: Path
    members: list[Member]
    say: Callable[[str], None]
    _ended_well: dict[str, asyncio.Event] = field(default_factory=dict, init=False)
    _healthy: dict[str, asyncio.Event] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for member in self.members:
            self._ended_well[member.service.name] = asyncio.Event()
            self._healthy[member.name] = asyncio.Event()

    def of(self, service: str) -> list[Member]:
        return [member for member in self.members if member.service.name == service]

    @property
    def url(self) -> str:
        settings = self.of("api")[0].settings
        return f"http://{settings['FAULTMAVEN_HOST']}:{settings['FAULTMAVEN_PORT']}"

    async def keep(self) -> None:
        """Run everybody until cancelled. Raises TeamFailed where somebody cannot be started."""
        try:
            async with asyncio.TaskGroup() as group:
                for member in self.members:
                    group.create_task(self._keep(member), name=member.name)
        finally:
            await self._stop()

    async def until_healthy(self) -> None:
        for member in self.members:
            if member.service.health is not None:
                await self._healthy[member.name].wait()

    async def _keep(self, member: Member) -> None:
        """One member's life: after those it needs, and again when it ends."""
        for name, condition in member.service.after.items():
            await self._reached(name, condition)
        while True:
            await member.start()
            code = await self._lived(member)
            if member.service.restart == "no":
                if code:
                    raise TeamFailed(member.last_words())
                self.say(f"{member.name} is done")
                self._ended_well[member.service.name].set()
                return
            self.say(f"{member.name} ended with {code}, and is started again")
            await asyncio.sleep(RESTART_PAUSE_S)

    async def _reached(self, name: str, condition: str) -> None:
        if condition == "service_completed_successfully":
            await self._ended_well[name].wait()
            return
        for member in self.of(name):  # of PostgreSQL there is none: it is well before all
            await self._healthy[member.name].wait()

    async def _lived(self, member: Member) -> int:
        """How it ended; on the way it was healthy, in time. Raises TeamFailed."""
        if member.service.health is None:
            return await member.ended()
        watching = asyncio.create_task(self._watch(member))
        ending = asyncio.create_task(member.ended())
        try:
            await asyncio.wait({watching, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                await watching
            return await ending
        finally:
            watching.cancel()
            ending.cancel()
            self._healthy[member.name].clear()

    async def _watch(self, member: Member) -> None:
        await member.until_healthy()
        self._healthy[member.name].set()
        assert member.process is not None
        self.say(f"{member.name} is healthy, pid {member.process.pid}")

    async def _stop(self) -> None:
        """Ours together, then what they need."""
        for is_ours in (True, False):
            going = [member for member in self.members if member.service.is_ours == is_ours]
            await asyncio.gather(*(member.stop() for member in going))


@asynccontextmanager
async def a_local_team(
    folder: Path,
    *,
    variables: Mapping[str, str],
    scale: Mapping[str, int] | None = None,
    say: Callable[[str], None],
) -> AsyncIterator[LocalTeam]:
    """Everybody, yet to be kept, and a PostgreSQL that runs.

    variables: as in `.env`; passwords and secrets that it lacks are made up.
    """
    made_up = {name: token_hex(32) for name, says in wanted().items() if says}
    known = services(made_up | {name: value for name, value in variables.items() if value})
    with contextlib.ExitStack() as stack:
        _, url = await asyncio.to_thread(stack.enter_context, an_own_postgres())
        here = partial(_here, folder, urlsplit(url).netloc.rpartition("@")[2], free_port())
        programs = (PROGRAM.parent, program("redis-server").parent, program("redis-cli").parent)
        members = [
            Member(
                service, number, folder / f"{name}-{number}", partial(here, name, number), programs
            )
            for name, service in known.items()
            if name != POSTGRES
            for number in range(1, (scale or {}).get(name, 1) + 1)
        ]
        for member in members:
            if member.service.is_ours:
                member.keep_settings()
        yield LocalTeam(folder, members, say)
        await asyncio.to_thread(stack.close)


def _here(folder: Path, postgres: str, redis_port: int, name: str, number: int, text: str) -> str:
    """The text of a service, with this machine's addresses and paths."""
    changes = {
        "@postgres:5432/faultmaven": f"@{postgres}/postgres",
        "@redis:6379": f"@127.0.0.1:{redis_port}",
        "redis-server -": f"redis-server - --bind 127.0.0.1 --port {redis_port}",
        "redis-cli ": f"redis-cli -p {redis_port} ",
        "file:///files": f"file://{folder / 'files'}",
        "dir /data": f"dir {folder / f'{name}-{number}' / 'data'}",
    }
    for written, local in changes.items():
        text = text.replace(written, local)
    return str(folder / f"{name}-{number}" / "data") if text == "/data" else text
