"""The endpoint of the command line: the verbs, cards and files of any chat, for operators.

A running server has it for the command line on its own machine, which finds a token in the data
directory, and for that of admins elsewhere, who make one with the scope `operator`. Without a
server the command line serves it to itself in process. There is one implementation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, TypeAdapter

from api.bounded_routes import BoundedRouter, counted_by_reader
from api.bundles import add_bundles
from api.events import add_events
from api.guard import OPERATORS, Operator
from api.originals import add_originals
from api.parameters import Moment, Number, Text
from api.proof import LONGEST_CHALLENGE, PROOF_PATH, proof_of
from api.timeline import add_timeline
from core.clock import wire_time
from core.conversation.cards.card import Card
from core.conversation.commands.command import Command
from core.conversation.commands.parsing import take_apart
from core.conversation.messages.message import Message
from core.errors import NotFound, TooLarge
from core.evidence.model import EvidenceFile
from core.jobs.model import Job, JobState
from core.places import Place
from core.workflows.command_dispatch import dispatch
from core.workflows.delivery_intake import replay
from core.workflows.evidence_intake import receive_file
from core.workflows.operations import drop_jobs, list_cases, list_jobs, retry_jobs
from core.workflows.services import Services

CARDS = TypeAdapter(tuple[Card, ...])
MESSAGES = TypeAdapter(tuple[Message, ...])
FILE = TypeAdapter(EvidenceFile | None)  # None: the case has this very file already
LONGEST_WAIT_S = 25.0
LOOK_EVERY_S = 0.1
LONGEST_LINE = 20_000  # characters: what is longer is a file
MOST_CASES = 10_000
MOST_JOBS = 10_000
MOST_DIGITS = 16  # of a size


class TypedLine(BaseModel):
    """A typed line. `case` is the number it is about, where the line names none."""

    text: Text
    case: Number | None = None


class Replay(BaseModel):
    """Which deliveries to drive again: one by its id, or all since a time."""

    delivery: Text | None = None
    since: Moment | None = None


def operator_router(services: Services, *, stopping: asyncio.Event | None = None) -> APIRouter:
    """Everything under `/api/v1/operator`, for callers with the scope `operator`.

    stopping: once set, waiting requests are answered at once, so that the server can stop.
    """
    router = BoundedRouter(prefix="/api/v1/operator", dependencies=[OPERATORS])
    _add_commands(router, services)
    _add_messages(router, services, stopping or asyncio.Event())
    _add_files(router, services)
    _add_upkeep(router, services)
    add_events(router, services)
    add_timeline(router, services)
    add_originals(router, services)
    add_bundles(router, services)
    return router


def proof_router(token: str) -> APIRouter:
    """`GET /api/v1/operator/proof`: for whoever has to know whether this server has the token."""
    router = APIRouter()

    @router.get(PROOF_PATH)
    async def proof(
        challenge: Annotated[str, Query(max_length=LONGEST_CHALLENGE)],
    ) -> dict[str, str]:
        return {"proof": proof_of(token, challenge)}

    return router


def _add_commands(router: APIRouter, services: Services) -> None:
    @router.post("/commands")
    async def command(typed: TypedLine, call: Operator) -> dict[str, Any]:
        if len(typed.text) > LONGEST_LINE:
            message = f"a line of {len(typed.text):,} characters; {LONGEST_LINE:,} are understood"
            raise TooLarge(message, next_step="Drop it as a file: `drop PATH`.")
        spoken = take_apart(typed.text)
        wanted = Command(
            verb=spoken.verb,
            argument=spoken.argument,
            by=call.by,
            place=services.rules.home,
            case_number=spoken.case_number or typed.case,
            by_id=call.by_id,
            account_id=call.account_id,
            is_hidden=True,
        )
        cards = await dispatch(wanted, services=services)
        return {"cards": CARDS.dump_python(cards, mode="json")}


def _add_messages(router: APIRouter, services: Services, stopping: asyncio.Event) -> None:
    home = services.rules.home

    @router.get("/messages")
    async def messages(
        request: Request,
        after: Number = 0,
        wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
    ) -> dict[str, Any]:
        deadline = asyncio.get_running_loop().time() + wait
        changed = await _changed(services, home, after=after)
        while not changed and asyncio.get_running_loop().time() < deadline:
            if stopping.is_set() or await request.is_disconnected():
                break
            await asyncio.sleep(LOOK_EVERY_S)
            changed = await _changed(services, home, after=after)
        return {
            "messages": MESSAGES.dump_python(tuple(changed), mode="json"),
            "after": max((message.seq for message in changed), default=after),
        }


def _add_files(router: APIRouter, services: Services) -> None:
    @router.put("/cases/{number}/files")
    async def upload(
        number: int,
        request: Request,
        name: str,
        call: Operator,
        service: str | None = None,
    ) -> dict[str, Any]:
        async with services.reading() as unit:
            case = await unit.cases.by_number(number)
        file = await receive_file(
            case.id,
            _body(request),
            name=name,
            by=call.by,
            service=service or None,
            size=_size(request),
            services=services,
        )
        return {"file": FILE.dump_python(file, mode="json")}


def _add_upkeep(router: APIRouter, services: Services) -> None:
    @router.get("/cases")
    async def cases(
        limit: Annotated[int, Query(ge=1, le=MOST_CASES)] = 200,
    ) -> list[dict[str, Any]]:
        return await list_cases(most=limit, services=services)

    @router.get("/jobs")
    async def jobs(
        state: JobState = JobState.DEAD, limit: Annotated[int, Query(ge=1, le=MOST_JOBS)] = 100
    ) -> list[dict[str, Any]]:
        return _rows(await list_jobs(services=services, state=state, limit=limit))

    @router.post("/jobs/{job_id}/retry")
    async def retry(job_id: Text) -> list[dict[str, Any]]:
        return _rows(await retry_jobs([job_id], services=services))

    @router.post("/jobs/{job_id}/drop")
    async def drop(job_id: Text) -> list[dict[str, Any]]:
        return _rows(await drop_jobs([job_id], services=services))

    @router.post("/replay")
    async def replay_deliveries(which: Replay) -> dict[str, Any]:
        if which.delivery is None and which.since is None:
            message = "nothing to replay: name a delivery or a time"
            raise NotFound(message)
        ids = await replay(
            ids=[which.delivery] if which.delivery else None, since=which.since, services=services
        )
        return {"deliveries": ids}


def _rows(jobs: list[Job]) -> list[dict[str, Any]]:
    return [
        {
            "id": job.id,
            "kind": job.kind,
            "lane": job.lane,
            "state": job.state,
            "attempts": job.attempts,
            "problem": job.problem,
            "created_at": wire_time(job.created_at),
        }
        for job in jobs
    ]


async def _changed(services: Services, place: Place, *, after: int) -> list[Message]:
    async with services.reading() as unit:
        return await unit.conversation.messages(place, after=after)


def _size(request: Request) -> int:
    """As the sender names it; 0 where it does not."""
    named = request.headers.get("content-length", "")
    return int(named) if named.isdecimal() and len(named) < MOST_DIGITS else 0


async def _body(request: Request) -> AsyncIterator[bytes]:
    counted_by_reader(request)  # where it is stored
    async for chunk in request.stream():
        if chunk:
            yield chunk
