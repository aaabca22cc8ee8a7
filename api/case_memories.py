"""What cases taught: `/api/v1/knowledge/memories`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response, status

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.cases import CaseId, Limit
from api.guard import Reader, TheServices, Writer
from core.cases.memories import CaseMemory, FixOutcome
from core.workflows import case_memories

router = api_router("/api/v1/knowledge/memories", "knowledge")

MINUTE_S = 60


class TriedFixAnswer(ApiAnswer):
    """A fix as people worded it, and what came of it."""

    text: str
    outcome: FixOutcome
    at: WireTime


class CaseMemoryAnswer(ApiAnswer):
    """What a case taught. doubted: it came back after its last fix, or that did not help."""

    memory_id: str
    number: int
    title: str
    service: str | None
    fault: str | None
    alerts: list[str]
    signs: list[str]
    checks: list[str]
    fixes: list[TriedFixAnswer]
    minutes_to_end: int | None
    doubted: bool
    learned_at: WireTime


class MemoriesAnswer(ApiAnswer):
    """Some memories, those of the newest cases first. next_before: null where none follow."""

    memories: list[CaseMemoryAnswer]
    next_before: int | None


@router.get("", summary="What the cases that I see taught, the newest first")
async def list_memories(
    caller: Reader,
    services: TheServices,
    limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> MemoriesAnswer:
    page = await case_memories.list_memories(
        caller.account, before=before, limit=limit, services=services
    )
    return MemoriesAnswer(
        memories=[memory_answer(memory) for memory in page.memories], next_before=page.next
    )


@router.get("/{memory_id}", summary="What one case taught")
async def get_memory(memory_id: CaseId, caller: Reader, services: TheServices) -> CaseMemoryAnswer:
    memory = await case_memories.read_memory(memory_id, caller.account, services=services)
    return memory_answer(memory)


@router.delete(
    "/{memory_id}",
    summary="Forget what a case taught so far; its log keeps who wanted that",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def delete_memory(memory_id: CaseId, caller: Writer, services: TheServices) -> Response:
    await case_memories.forget_memory(memory_id, caller.account, services=services)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def memory_answer(memory: CaseMemory) -> CaseMemoryAnswer:
    """As it is sent."""
    took = memory.took
    return CaseMemoryAnswer(
        memory_id=memory.case_id,
        number=memory.number,
        title=memory.title.text,
        service=memory.service,
        fault=memory.fault,
        alerts=[alert.text for alert in memory.alerts],
        signs=list(memory.signs),
        checks=list(memory.checks),
        fixes=[
            TriedFixAnswer(text=fix.text.text, outcome=fix.outcome, at=fix.at)
            for fix in memory.fixes
        ],
        minutes_to_end=int(took.total_seconds() // MINUTE_S) if took is not None else None,
        doubted=memory.is_doubted,
        learned_at=memory.at,
    )
