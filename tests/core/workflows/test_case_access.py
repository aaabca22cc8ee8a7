"""In chat a case that a person opened is seen in its channel, and by whoever was heard there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.alerts.model import Severity
from core.cases.lifecycle import SYSTEM, open_case
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.errors import NotFound
from core.text.redacted import RedactedText
from core.workflows.case_access import CaseReader, must_reach, only_reachable
from core.workflows.message_intake import hear_all
from tests.fakes.chat import LOFT, House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from core.places import Place

THREAD = replace(LOFT, thread="t1")
ELSEWHERE = replace(LOFT, channel="cellar")
DIRECT = replace(LOFT, channel="@P2")
BY_PERSON, BY_ALERT = 1, 2


@pytest.fixture
async def house(tmp_path: Path) -> House:
    """P1 opened a case in the loft, an alert another one."""
    house = in_memory(tmp_path)
    opening = IncomingMessage(
        place=THREAD,
        key="m1",
        by="P1",
        manner=MessageKind.MENTION,
        text="open the merger is slow",
        said_at=house.clock.now(),
        ref="m1",
    )
    await hear_all([opening], services=house.services)
    await house.work()
    async with house.services.unit() as unit:
        await open_case(
            unit,
            title=RedactedText.format("checkout fails"),
            severity=Severity.UNKNOWN,
            service=None,
            group_key="an alert",
            since=unit.now,
            actor=SYSTEM,
        )
    return house


async def reached(house: House, place: Place, reader: CaseReader) -> set[int]:
    """Numbers of the cases that may be named there, by their number and from a list."""
    async with house.services.reading() as unit:
        cases = await unit.cases.listing(only_open=True)
        listed = {case.number for case in await only_reachable(unit, cases, place, reader)}
        named = set()
        for case in cases:
            try:
                await must_reach(unit, case.id, place, reader, changes=False)
            except NotFound:
                continue
            named.add(case.number)
    assert listed == named
    return named


@pytest.mark.parametrize(
    ("place", "reader", "numbers"),
    [
        (THREAD, CaseReader(by_id="P2"), {BY_PERSON, BY_ALERT}),
        (LOFT, CaseReader(by_id="P2", is_guest=True), {BY_PERSON}),
        (ELSEWHERE, CaseReader(by_id="P2"), {BY_ALERT}),
        (ELSEWHERE, CaseReader(), {BY_ALERT}),
        (DIRECT, CaseReader(by_id="P2", is_alone=True), {BY_ALERT}),
        (ELSEWHERE, CaseReader(by_id="P1"), {BY_PERSON, BY_ALERT}),
        (ELSEWHERE, CaseReader(by_id="P1", is_guest=True), set()),
    ],
)
async def test_a_case_of_a_channel_is_told_to_who_is_in_it(
    house: House, place: Place, reader: CaseReader, numbers: set[int]
) -> None:
    assert await reached(house, place, reader) == numbers


async def test_at_the_terminal_every_case_may_be_named(house: House) -> None:
    home = house.services.rules.home
    assert await reached(house, home, CaseReader()) == {BY_PERSON, BY_ALERT}
