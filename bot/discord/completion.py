"""What could a person mean who is typing a command? Read from the tables, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.discord.commands import CASE, NUMBER, chosen, focused
from core.conversation.cards.next_step import open_hypotheses
from core.errors import NotFound
from core.text.legible import one_line

if TYPE_CHECKING:
    from bot.discord.asked import Asked
    from core.cases.events import CaseView
    from core.store import Unit
    from core.workflows.services import Services

MOST = 25  # Discord: application-commands, "Autocomplete"
_LONGEST_NAME = 100


async def choices(asked: Asked, *, services: Services) -> list[dict[str, Any]]:
    """Open cases for the option `case`; for `number` the case's hypotheses, or its fixes."""
    option = focused(asked.data)
    if option is None:
        return []
    typed = str(option.get("value") or "").strip().lstrip("#").lower()
    async with services.store.reading() as unit:
        if option["name"] == CASE:
            found = await _cases(unit, services.rules.tenant_id)
        elif option["name"] == NUMBER:
            found = await _numbered(unit, asked, services.rules.tenant_id)
        else:
            found = []
    fitting = [(n, name) for n, name in found if _fits(typed, n, name)]
    return [{"name": name[:_LONGEST_NAME], "value": n} for n, name in fitting[:MOST]]


async def _cases(unit: Unit, tenant_id: str) -> list[tuple[int, str]]:
    cases = await unit.cases.listing(tenant_id, only_open=True)
    return [(one.number, f"#{one.number} {one_line(one.title.text)}") for one in cases]


async def _numbered(unit: Unit, asked: Asked, tenant_id: str) -> list[tuple[int, str]]:
    view = await _case(unit, asked, tenant_id)
    if view is None:
        return []
    if chosen(asked.data)[0] == "fixed":
        return [
            (one.number, f"{one.number}. {one_line(one.text.text)}")
            for one in view.course.solutions
        ]
    return [
        (one.number, f"{one.number}. {one_line(one.statement.text)}")
        for one in open_hypotheses(view)
    ]


async def _case(unit: Unit, asked: Asked, tenant_id: str) -> CaseView | None:
    """The one that is named, else the one at home there, else the only one."""
    _, given = chosen(asked.data)
    if given.get(CASE):
        try:
            case_id: str | None = (await unit.cases.by_number(tenant_id, int(given[CASE]))).id
        except (NotFound, ValueError):
            return None
    else:
        case_id = await _at_home(unit, asked, tenant_id)
    return await unit.cases.view(case_id) if case_id else None


async def _at_home(unit: Unit, asked: Asked, tenant_id: str) -> str | None:
    for place in (asked.place, asked.place.whole_channel):
        if case_id := await unit.conversation.case_at(place):
            return case_id
    only = await unit.cases.listing(tenant_id, only_open=True)
    return only[0].id if len(only) == 1 else None


def _fits(typed: str, number: int, name: str) -> bool:
    return str(number).startswith(typed) or typed in name.lower()
