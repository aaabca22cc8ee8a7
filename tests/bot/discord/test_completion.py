from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.discord.completion import MOST, choices
from bot.discord.handles import InteractionHandle
from bot.discord.interactions import Interaction, Kind
from bot.discord.rooms import place_in
from core.conversation.messages.message import Binding
from core.text.redacted import restore_redacted
from tests.examples import CASE, KNOWN, opening_of
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.places import Place
    from core.workflows.services import Services

HERE = place_in("11", "12")


def typing(option: str, typed: str, *, place: Place = HERE, **others: int) -> Interaction:
    """Somebody has got so far with `/fm confirm`."""
    given = [{"name": name, "value": value} for name, value in others.items()]
    focused = {"name": option, "value": typed, "focused": True}
    return Interaction(
        id="1",
        kind=Kind.COMPLETION,
        handle=InteractionHandle(application="7", token="t"),  # noqa: S106
        place=place,
        by="42",
        said_at=datetime.now(UTC),
        data={
            "name": "fm",
            "options": [{"type": 1, "name": "confirm", "options": [*given, focused]}],
        },
    )


async def services_with(*views: CaseView, home: Place | None = None) -> Services:
    services = memory_services()
    async with services.unit() as unit:
        for view in views:
            await unit.cases.append([opening_of(view)], view)
        if home is not None:
            binding = Binding(tenant_id=CASE.tenant_id, case_id=CASE.id, place=home)
            await unit.conversation.bind(binding)
    return services


def a_case(number: int, title: str) -> CaseView:
    case = replace(
        CASE, id=f"case_{number}", number=number, title=restore_redacted(title), group_key=""
    )
    return replace(KNOWN, case=case, hypotheses=())


def names(offers: list[dict[str, Any]]) -> list[str]:
    return [offer["name"] for offer in offers]


async def test_a_case_is_found_by_its_number_and_by_a_word() -> None:
    services = await services_with(a_case(127, "disk\u202e full"), a_case(128, "checkout\n5xx"))
    assert names(await choices(typing("case", "#12"), services=services)) == [
        "#128 checkout 5xx",
        "#127 disk\ufffd full",
    ]
    assert await choices(typing("case", "CHECK"), services=services) == [
        {"name": "#128 checkout 5xx", "value": 128}
    ]
    assert await choices(typing("case", "127 "), services=services)
    assert not await choices(typing("case", "nothing such"), services=services)


async def test_no_more_is_offered_than_discord_takes() -> None:
    services = await services_with(*(a_case(number, "x" * 300) for number in range(1, 40)))
    offers = await choices(typing("case", ""), services=services)
    assert len(offers) == MOST
    assert all(len(name) <= 100 for name in names(offers))


async def test_hypotheses_are_those_of_the_case_that_is_meant() -> None:
    other = a_case(129, "disk full")
    services = await services_with(KNOWN, other, home=HERE)
    here = await choices(typing("number", ""), services=services)
    assert [offer["value"] for offer in here] == [1, 2]
    assert here[0]["name"] == "1. The connection pool of checkout is exhausted since deploy 2f9c"
    elsewhere = typing("number", "", place=place_in("99"))
    assert not await choices(elsewhere, services=services)
    named = typing("number", "slow", place=place_in("99"), case=128)
    assert [choice["value"] for choice in await choices(named, services=services)] == [2]
    assert not await choices(typing("number", "", case=129), services=services)
    assert not await choices(typing("number", "", case=77), services=services)


async def test_the_only_case_is_meant_where_none_is_at_home() -> None:
    services = await services_with(KNOWN)
    asked = typing("number", "1", place=place_in("99"))
    assert [choice["value"] for choice in await choices(asked, services=services)] == [1]


async def test_words_are_typed_freely() -> None:
    services = await services_with(KNOWN)
    assert await choices(typing("text", "po"), services=services) == []
