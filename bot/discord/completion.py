"""Completion of a command that a person is typing, read from the tables alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.discord.commands import CASE, NUMBER, chosen, focused
from core.conversation.cards.verdict_rows import open_hypotheses
from core.errors import NotFound, NotPermitted
from core.text.redacted import one_line
from core.workflows.case_access import CaseReader, must_reach, only_reachable

if TYPE_CHECKING:
    from bot.discord.interactions import Interaction
    from core.cases.projection import CaseView
    from core.workflows.services import Services, Unit

MOST = 25  # Discord: application-commands, "Autocomplete"
_LONGEST_NAME = 100


async def choices(interaction: Interaction, *, services: Services) -> list[dict[str, Any]]:
    """Open cases for the option `case`; the case's hypotheses, or its fixes, for `number`."""
    option = focused(interaction.data)
    if option is None:
        return []
    typed = str(option.get("value") or "").strip().lstrip("#").lower()
    async with services.reading() as unit:
        if option["name"] == CASE:
            candidates = await _cases(unit, interaction)
        elif option["name"] == NUMBER:
            candidates = await _numbered(unit, interaction)
        else:
            candidates = []
    fitting = [(number, name) for number, name in candidates if _fits(typed, number, name)]
    return [{"name": name[:_LONGEST_NAME], "value": number} for number, name in fitting[:MOST]]


async def _cases(unit: Unit, interaction: Interaction) -> list[tuple[int, str]]:
    """Those that may be named there."""
    every = await unit.cases.listing(only_open=True)
    cases = await only_reachable(unit, every, interaction.place, _reader(interaction))
    return [(case.number, f"#{case.number} {one_line(case.title.text)}") for case in cases]


async def _numbered(unit: Unit, interaction: Interaction) -> list[tuple[int, str]]:
    view = await _case(unit, interaction)
    if view is None:
        return []
    if chosen(interaction.data)[0] == "fixed":
        return [
            (item.number, f"{item.number}. {one_line(item.text.text)}")
            for item in view.investigation.solutions
        ]
    return [
        (item.number, f"{item.number}. {one_line(item.statement.text)}")
        for item in open_hypotheses(view)
    ]


async def _case(unit: Unit, interaction: Interaction) -> CaseView | None:
    """The named case, else the case of that channel, else the only open one."""
    _, options = chosen(interaction.data)
    if options.get(CASE):
        try:
            case_id: str | None = (await unit.cases.by_number(int(options[CASE]))).id
            reader = _reader(interaction)
            await must_reach(unit, case_id or "", interaction.place, reader, changes=False)
        except (NotFound, NotPermitted, ValueError):
            return None
    else:
        case_id = await _case_of_place(unit, interaction)
    return await unit.cases.view(case_id) if case_id else None


async def _case_of_place(unit: Unit, interaction: Interaction) -> str | None:
    for place in (interaction.place, interaction.place.whole_channel):
        if case_id := await unit.conversation.case_at(place):
            return case_id
    every = await unit.cases.listing(only_open=True)
    open_cases = await only_reachable(unit, every, interaction.place, _reader(interaction))
    return open_cases[0].id if len(open_cases) == 1 else None


def _reader(interaction: Interaction) -> CaseReader:
    """What is completed is shown to nobody else."""
    return CaseReader(by_id=interaction.by, is_alone=True)


def _fits(typed: str, number: int, name: str) -> bool:
    return str(number).startswith(typed) or typed in name.lower()
