"""Whose log a file is: asked once, answered with a tap or a line, remembered by its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.conversation.messages.message import Attachment, Binding, MessageKind
from tests.core.conversation.commands.test_check_commands import kinds
from tests.core.workflows.test_command_dispatch import house
from tests.fakes.chat import LOFT, House, words_of

if TYPE_CHECKING:
    from core.conversation.cards.card import Card
    from core.evidence.model import EvidenceFile

__all__ = ["house"]

TOPOLOGY = json.dumps({"calls": [["storefront", "booking"], ["booking", "ledger"]]})


def a_log(word: str) -> bytes:
    return "".join(
        f"2026-01-01 00:0{minute}:05,000 ERROR {word} could not be written to the shelf\n"
        for minute in range(6)
    ).encode()


async def in_channel(house: House, title: str = "bookings fail") -> None:
    """A case at home in a channel that knows three services, each of which may write logs."""
    await house.say(f"open {title}")
    async with house.services.unit() as unit:
        case = (await unit.cases.listing())[0]
        binding = Binding(tenant_id=case.tenant_id, case_id=case.id, place=LOFT)
        await unit.conversation.bind(binding)
    await drop(house, {"topology.json": TOPOLOGY.encode()})


async def drop(house: House, files: dict[str, bytes]) -> None:
    """Files dropped in one go, read, and their turn taken."""
    attachments = []
    for name, content in files.items():
        source = f"{name}/{len(house.pigeon.files)}"
        house.pigeon.files[source] = content
        attachments.append(Attachment(id=source, name=name, size=len(content), source=source))
    await house.hear("", LOFT, manner=MessageKind.MESSAGE, attachments=tuple(attachments))
    await house.work()
    house.clock.advance(60)


def asked(house: House) -> list[Card]:
    return [card for card in house.pigeon.shown("news") if ":owner" in card.key]


async def files_of(house: House, number: int = 1) -> dict[str, EvidenceFile]:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(number)
        return {file.tag.text: file for file in await unit.files.of_case(case.id)}


async def test_an_unsure_log_is_asked_about_once_with_buttons(house: House) -> None:
    await in_channel(house)
    await drop(house, {"app.log": a_log("seat")})
    (card,) = asked(house)
    assert "#1 which service is e2 app.log? Nothing in it says." in words_of(card)
    assert [action.argument for action in card.actions] == [
        "e2 is storefront",
        "e2 is booking",
        "e2 is ledger",
        "e2 is none",
    ]
    await house.say("ask what changed?")
    await house.work()
    assert len(asked(house)) == 1


async def test_a_tap_says_whose_it_is_and_the_next_file_of_that_name_is_known(
    house: House,
) -> None:
    await in_channel(house)
    await drop(house, {"app.log": a_log("seat")})
    await house.hear("e2 is booking", LOFT, verb="evidence", manner=MessageKind.BUTTON)
    await house.work()
    assert (await files_of(house))["e2"].service == "booking"
    await drop(house, {"app.log": a_log("row")})
    assert (await files_of(house))["e3"].service == "booking"
    shown = words_of(*house.pigeon.shown("file"))
    assert "e3 is of booking, as people said of 2/app.log. Wrong? `e3 is none`" in shown
    assert len(asked(house)) == 1


async def test_a_later_case_of_the_workspace_knows_it_too(house: House) -> None:
    await in_channel(house)
    await drop(house, {"app.log": a_log("seat")})
    await house.say("e2 is booking")
    await house.work()
    await house.say("resolve done")
    await house.say("open it is back")
    await house.say(f"#2 evidence {TOPOLOGY}")
    async with house.services.unit() as unit:
        second = await unit.cases.by_number(2)
        binding = Binding(tenant_id=second.tenant_id, case_id=second.id, place=LOFT)
        await unit.conversation.bind(binding)
    await drop(house, {"app.log": a_log("aisle")})
    services = [file.service for file in (await files_of(house, 2)).values()]
    assert "booking" in services


@pytest.mark.parametrize(
    "line", ["e2 is booking", "e2 is the booking service", "E2 belongs to booking", "e2 = booking"]
)
async def test_a_typed_answer_works_in_the_thread_and_at_the_terminal(
    house: House, line: str
) -> None:
    await in_channel(house)
    await drop(house, {"app.log": a_log("seat")})
    await house.hear(line, LOFT, manner=MessageKind.MESSAGE)
    await house.work()
    assert (await files_of(house))["e2"].service == "booking"
    assert "e2 app.log is of booking" in words_of(*await house.say(line))


async def test_an_answer_is_corrected_and_taken_away(house: House) -> None:
    await in_channel(house)
    await drop(house, {"app.log": a_log("seat")})
    for line, service in (
        ("e2 is booking", "booking"),
        ("e2 is ledger", "ledger"),
        ("e2 is none", None),
    ):
        await house.say(line)
        await house.work()
        assert (await files_of(house))["e2"].service == service
    await drop(house, {"app.log": a_log("row")})
    assert (await files_of(house))["e3"].service is None


async def test_files_that_are_unsure_together_make_one_question(house: House) -> None:
    await in_channel(house)
    await drop(house, {"app.log": a_log("seat"), "server.log": a_log("row")})
    (card,) = asked(house)
    assert "e2 app.log, e3 server.log" in words_of(card)
    assert {action.argument.split()[0] for action in card.actions} == {"e2", "e3"}


async def test_where_one_service_is_known_nobody_is_asked(house: House) -> None:
    await house.say("open bookings fail")
    await house.say("evidence " + a_log("seat").decode())
    await house.work()
    assert EventKind.FILE_UNOWNED not in await kinds(house)


async def test_a_service_that_the_case_does_not_know_is_refused_with_those_it_does(
    house: House,
) -> None:
    await in_channel(house)
    await drop(house, {"app.log": a_log("seat")})
    reply = words_of(*await house.say("e2 is nonsense"))
    assert "knows no service nonsense" in reply
    assert "storefront, booking, ledger" in reply


async def test_the_timeline_tells_who_said_whose_it_is(house: House) -> None:
    await in_channel(house)
    await drop(house, {"app.log": a_log("seat")})
    await house.say("e2 is booking", by="lee")
    assert "lee said that e2 is of booking" in words_of(*await house.say("timeline"))
