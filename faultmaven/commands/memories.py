"""`faultmaven memories`: what cases taught. Works on the database, beside a server or alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.case_memories import memory_answer
from core.errors import WrongUsage
from core.text import quantities
from core.workflows.case_memories import (
    forget_memory,
    list_memories,
    read_memory,
    rebuild_memories,
)
from faultmaven.output import print_json, print_line, print_table
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from core.cases.memories import CaseMemory
    from core.workflows.services import Services

NOTHING = "Nothing was learned yet: resolve a case with what fixed it, `resolve pool set to 40`."
WIDTH = 60  # characters of a fix in a table
NONE = "-"


def run(*, action: str, case: str = "", limit: int = 50, as_json: bool = False) -> int:
    """List, show, forget or rebuild. Raises WrongUsage, NotFound."""
    memories = asyncio.run(_do(action, case, limit))
    if as_json:
        print_json([memory_answer(memory).model_dump(mode="json") for memory in memories])
    elif action == "forget":
        print_line(f"Forgotten: what #{memories[0].number} taught.")
    elif not memories:
        print_line(NOTHING)
    elif action == "show":
        for line in _lines(memories[0]):
            print_line(line)
    else:
        columns = ["case", "service", "cause", "fix", "open for", "doubted"]
        print_table(columns, [_cells(memory) for memory in memories])
    return 0


async def _do(action: str, case: str, limit: int) -> tuple[CaseMemory, ...]:
    async with wire(load_settings(), audiences=()) as installation:
        services = installation.services
        if action == "rebuild":
            await rebuild_memories(services=services)
        if action in {"list", "rebuild"}:
            return (await list_memories(limit=limit, services=services)).memories
        memory = await read_memory(await _id_of(case, services=services), services=services)
        if action == "forget":
            await forget_memory(memory.case_id, services=services)
        return (memory,)


async def _id_of(case: str, *, services: Services) -> str:
    """Of `12`, `#12` or an id. Raises WrongUsage, NotFound."""
    number = case.removeprefix("#")
    if not number.isascii() or not case:
        message = f"`{case}` names no case"
        raise WrongUsage(message, next_step="For example: faultmaven memories show 12")
    if not number.isdecimal():
        return case
    async with services.reading() as unit:
        return (await unit.cases.by_number(int(number))).id


def _cells(memory: CaseMemory) -> list[str]:
    last = memory.fixes[-1].text.cut(WIDTH).text if memory.fixes else NONE
    took = quantities.span(memory.took).text if memory.took is not None else NONE
    doubt = "yes" if memory.is_doubted else "no"
    return [f"#{memory.number}", memory.service or NONE, memory.fault or NONE, last, took, doubt]


def _lines(memory: CaseMemory) -> list[str]:
    took = quantities.span(memory.took).text if memory.took is not None else NONE
    rejected = [f"{cause.fault} at {cause.service or NONE}" for cause in memory.rejected]
    facts = {
        "alerts": ", ".join(alert.text for alert in memory.alerts),
        "cause": f"{memory.fault or NONE} at {memory.service or NONE}",
        "signs": ", ".join(memory.signs),
        "checks that decided": ", ".join(memory.checks),
        "rejected": ", ".join(rejected),
        "open for": took,
    }
    lines = [f"#{memory.number} {memory.title.text}"]
    lines += [f"{name}: {what or NONE}" for name, what in facts.items()]
    return lines + [f"{fix.outcome}: {fix.text.text}" for fix in memory.fixes]
