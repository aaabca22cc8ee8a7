"""`make team`: what docker-compose.yml starts, on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests.house.tree import ROOT
from tests.team.local import LocalTeam, a_local_team
from tests.team.members import PROGRAM, TeamFailed


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what a person waits for


def main() -> int:
    arguments = _parser().parse_args()
    variables = {**_of_file(arguments.env_file), **os.environ}
    scale = dict(arguments.scale)
    failures: list[BaseException] = []
    try:
        with tempfile.TemporaryDirectory(prefix="faultmaven-team-") as folder:
            asyncio.run(_run(Path(folder), variables, scale))
    except* (TeamFailed, pytest.skip.Exception) as group:
        failures += group.exceptions
    for failure in failures:
        say(str(failure))
    return 1 if failures else 0


async def _run(folder: Path, variables: dict[str, str], scale: dict[str, int]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with a_local_team(folder, variables=variables, scale=scale, say=say) as team:
        await _until(stop, team)
    say("stopped")


async def _until(stop: asyncio.Event, team: LocalTeam) -> None:
    """Keep the team until then. Raises TeamFailed, in a group, where it cannot be kept."""
    stopping = asyncio.create_task(stop.wait())
    keeping = asyncio.create_task(team.keep())
    telling = asyncio.create_task(_tell(team))
    await asyncio.wait({stopping, keeping}, return_when=asyncio.FIRST_COMPLETED)
    say("stopping")
    for task in (stopping, telling, keeping):
        task.cancel()
    await asyncio.wait({stopping, telling, keeping})
    if not keeping.cancelled():
        keeping.result()


async def _tell(team: LocalTeam) -> None:
    await team.until_healthy()
    home = team.of("api")[0].folder
    say(f"The team is up: {team.url}")
    say(f"Make the first admin: cd {home} && {PROGRAM} user add NAME --admin")
    say(f"Its settings, with the token for Alertmanager: {home / '.env'}")
    say(f"Logs: {team.folder}/*.log")
    say("Ctrl-C stops all, and takes the data with it.")


def _of_file(path: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make team", description=__doc__)
    parser.add_argument("--env-file", type=Path, default=ROOT / ".env", help="as of Compose")
    parser.add_argument("--scale", type=_scale, action="append", default=[], help="worker=3")
    return parser


def _scale(text: str) -> tuple[str, int]:
    name, _, count = text.partition("=")
    return name, int(count)


if __name__ == "__main__":
    sys.exit(main())
