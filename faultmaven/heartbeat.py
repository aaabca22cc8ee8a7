"""The heartbeat of `worker` and `bot`: a file in the data directory, for those who cannot be asked.

They listen on no port, so whoever watches over them looks at a file. It is renewed by the loop that
does the work, and holds what keeps the process from working: nothing, where it is ready.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from core.errors import FaultMavenError, SourceUnavailable
from faultmaven.operator_endpoint import errors_of_data_dir

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from faultmaven.wiring import Check

BEAT_S = 5.0
CHECKED_WITHIN_S = 10.0  # where packets are lost nothing answers, and nothing fails
SILENT_S = 30.0  # a loop that is held up for so long does not work
NEXT_STEP = "Look at its log; `faultmaven doctor` says more."


@asynccontextmanager
async def beating(process: str, data_dir: Path, checks: Mapping[str, Check]) -> AsyncIterator[None]:
    """Renew the file of `process` for as long as the block runs; there is none afterwards.

    checks: as of `/readiness`, by the name of the part.
    """
    path = _file_of(process, data_dir)
    beat = asyncio.create_task(_beat(path, checks), name="heartbeat")
    try:
        yield
    finally:
        beat.cancel()
        await asyncio.wait({beat})
        path.unlink(missing_ok=True)


def check_heartbeat(process: str, data_dir: Path) -> None:
    """Raises SourceUnavailable where no process of this data directory is ready to work."""
    path = _file_of(process, data_dir)
    with errors_of_data_dir(data_dir):
        try:
            age_s, problem = time.time() - path.stat().st_mtime, path.read_text(encoding="utf-8")
        except FileNotFoundError:
            message = f"no `{process}` works on {data_dir}"
            raise SourceUnavailable(message, next_step=NEXT_STEP) from None
    if age_s > SILENT_S:
        message = f"`{process}` has been silent for {age_s:.0f} s"
        raise SourceUnavailable(message, next_step=NEXT_STEP)
    if problem:
        cause, _, next_step = problem.partition("\n")
        message = f"`{process}` is not ready: {cause}"
        raise SourceUnavailable(message, next_step=next_step or NEXT_STEP)


def _file_of(process: str, data_dir: Path) -> Path:
    return data_dir / f"{process}.alive"


async def _beat(path: Path, checks: Mapping[str, Check]) -> None:
    while True:
        _renew(path, await _problem(checks))
        await asyncio.sleep(BEAT_S)


def _renew(path: Path, problem: str) -> None:
    with suppress(OSError):  # on a full disk the file grows old, which says enough
        path.write_text(problem, encoding="utf-8")


async def _problem(checks: Mapping[str, Check]) -> str:
    """What the first part that is not ready says, and below it what to do; empty where all are."""
    for part, check in checks.items():
        try:
            async with asyncio.timeout(CHECKED_WITHIN_S):
                await check()
        except FaultMavenError as error:
            return f"{part}: {error}\n{error.next_step}"
        except TimeoutError:
            return f"{part}: no answer within {CHECKED_WITHIN_S:.0f} s\n{NEXT_STEP}"
    return ""
