"""Waiting, at the start of a process, for a database server that does not answer yet."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import structlog

from core.errors import DatabaseUnreachable
from faultmaven.wiring import reach_database

if TYPE_CHECKING:
    from faultmaven.http_listener import OpeningDoor
    from faultmaven.settings import Settings

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0

log = structlog.get_logger(__name__)


async def await_database(
    settings: Settings, stop: asyncio.Event, *, door: OpeningDoor | None = None
) -> bool:
    """Return True when the server takes connections, False when `stop` is set before.

    door: told what is waited for. Raises StoreUnavailable where waiting does not help: a wrong
    password, a database that is not there.
    """
    if settings.uses_sqlite:
        return True
    pause_s = FIRST_PAUSE_S
    while not stop.is_set():
        problem = await _problem(settings, stop)
        if problem is None:
            return not stop.is_set()
        log.warning(
            "waiting for the database",
            problem=str(problem),
            next_step=problem.next_step,
            next_try_s=pause_s,
        )
        if door is not None:
            door.waits_for, door.next_step = f"waiting: {problem}", problem.next_step
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
    return False


async def _problem(settings: Settings, stop: asyncio.Event) -> DatabaseUnreachable | None:
    """Why the server cannot be reached; None where it was, and where `stop` was set meanwhile."""
    reaching = asyncio.create_task(reach_database(settings))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({reaching, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not reaching.done():
        reaching.cancel()
    try:
        await reaching
    except DatabaseUnreachable as error:
        return error
    except asyncio.CancelledError:
        if not stop.is_set():  # we are, not it
            raise
    return None
