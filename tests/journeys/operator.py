"""A person at the command line of a running `up`: says lines, drops files, reads what is shown."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from api.operator import MOST_JOBS
from bot.terminal.operator_backend import OperatorBackend
from bot.terminal.uploads import chunks, uploads
from core.jobs.kinds import (
    CASE_INVESTIGATE,
    CHAT_FETCH,
    CHAT_HEAR,
    CHAT_SEND,
    DELIVERY_PROCESS,
    EVIDENCE_PROCESS,
)
from faultmaven.operator_client import answer_of, client_of
from faultmaven.operator_endpoint import read_endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from pathlib import Path

    from core.conversation.cards.card import Card
    from tests.journeys.up import Up

BUSY = {
    CASE_INVESTIGATE.name,
    CHAT_FETCH.name,
    CHAT_HEAR.name,
    CHAT_SEND.name,
    DELIVERY_PROCESS.name,
    EVIDENCE_PROCESS.name,
}
QUIET_WITHIN_S = 150.0
FAR_AHEAD = 10**6


@dataclass(frozen=True)
class Operator:
    """Everything goes through the operator's endpoint, as the command line does it."""

    client: httpx.AsyncClient

    async def say(self, line: str, *, case: int | None = None) -> tuple[Card, ...]:
        """What is answered at once."""
        return await OperatorBackend(self.client).dispatch(line, case)

    async def drop(self, *paths: Path, case: int) -> None:
        """Upload files, and folders as their files; read or not, they are kept."""
        for upload in uploads(paths):
            answer_of(
                await self.client.put(
                    f"/api/v1/operator/cases/{case}/files",
                    params={"name": upload.name, "service": upload.service or ""},
                    content=chunks(upload.path),
                )
            )

    async def shown(self, kind: str) -> list[Card]:
        """Cards whose key begins with `kind:`, as the incident channel shows them now."""
        cards, _ = await OperatorBackend(self.client).messages(after=0, wait_s=0)
        return [card for card in cards if card.key.startswith(f"{kind}:")]

    async def next_message(self) -> list[Card]:
        """What changes from now on, as a chat that stays open waits for it; none after a while."""
        backend = OperatorBackend(self.client)
        _, now = await backend.messages(after=0, wait_s=0)
        cards, _ = await backend.messages(after=now + FAR_AHEAD, wait_s=20)
        return cards

    async def settled(self) -> None:
        """Return when nothing is left to be done that could change what is shown."""
        async with asyncio.timeout(QUIET_WITHIN_S):
            while await self._busy():  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.1)

    async def heard(self) -> int:
        """How many messages and presses came in since the beginning."""
        states = ("pending", "running", "done")
        jobs = {job for state in states for job in await self._jobs(state, {CHAT_HEAR.name})}
        return len(jobs)

    async def hears_more_than(self, count: int) -> None:
        """Return when a further one came in."""
        async with asyncio.timeout(QUIET_WITHIN_S):
            while await self.heard() <= count:  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.1)

    async def _busy(self) -> bool:
        """Whether work is left. What ends between two answers causes more, and may hide it.

        So nothing is left only where nothing ended meanwhile.
        """
        if await self._jobs("running") or await self._jobs("pending"):
            return True
        ended = await self._jobs("done")
        if await self._jobs("pending") or await self._jobs("running"):
            return True
        return await self._jobs("done") != ended

    async def _jobs(self, state: str, kinds: Collection[str] = BUSY) -> list[str]:
        """The ids of those of these kinds; by default of all that could change what is shown."""
        params = httpx.QueryParams(state=state, limit=MOST_JOBS)
        answer = await self.client.get("/api/v1/operator/jobs", params=params)
        return [job["id"] for job in answer_of(answer) if job["kind"] in kinds]


@contextlib.asynccontextmanager
async def an_operator(up: Up) -> AsyncIterator[Operator]:
    """With the token that `up` left in its data directory."""
    endpoint = read_endpoint(up.folder / "data")
    assert endpoint is not None
    async with client_of(endpoint) as client:
        yield Operator(client)
