"""`evidence e1 file`: the original, to whoever asks and may have it, in a direct message."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.accounts.model import AccountRole, CaseMember, CaseRole
from core.cases.events import EventKind
from core.conversation.messages.message import Attachment, MessageKind
from core.places import Place
from core.workflows.account_links import make_link_code
from core.workflows.accounts import Registration, make_account
from core.workflows.original_delivery import MOST_BYTES
from tests.fakes.chat import LOFT, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.cases.events import CaseEvent

THREAD = replace(LOFT, thread="t1")
SECRET = "hunter2-s3cr3t-value"  # noqa: S105  # pragma: allowlist secret - planted
LOG = f"2026-03-04T02:41:07Z ERROR refused password={SECRET}\n".encode() * 3
WAYS = ["evidence e1 file", "evidence file e1", "evidence e1 original"]


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    await house.hear("open checkout is slow", THREAD)
    await house.work()
    house.pigeon.files["api"] = LOG
    file = Attachment(id="F1", name="api.log", size=len(LOG), source="api")
    await house.hear("", THREAD, manner=MessageKind.MESSAGE, attachments=(file,))
    await house.work()
    return house


async def ask(
    house: House,
    text: str = WAYS[0],
    *,
    by: str = "P1",
    manner: MessageKind = MessageKind.MENTION,
) -> str:
    """What is answered, redacted as all cards are."""
    before = len(house.pigeon.messages)
    await house.hear(text, THREAD, by=by, manner=manner)
    await house.work()
    return words_of(*list(house.pigeon.messages.values())[before:])


async def handed_out(house: House) -> list[CaseEvent]:
    async with house.services.reading() as unit:
        (case,) = await unit.cases.listing()
        events = await unit.cases.events(case.id)
    return [event for event in events if event.kind is EventKind.FILE_HANDED_OUT]


@pytest.mark.parametrize("text", WAYS)
async def test_it_comes_as_it_was_to_who_asked_alone(house: House, text: str) -> None:
    reply = await ask(house, text)
    direct = Place(platform=THREAD.platform, workspace=THREAD.workspace, channel="@P1")
    assert house.pigeon.handed_out == [(direct, "api.log", LOG)]
    assert "e1 api.log comes to you in a direct message" in reply
    assert SECRET not in words_of(*house.pigeon.messages.values())


async def test_the_history_of_the_case_says_to_whom(house: House) -> None:
    await ask(house)
    (event,) = await handed_out(house)
    assert event.actor == "@dana"


async def test_guests_may_not_have_it(house: House) -> None:
    assert "may read along, but not command" in await ask(house, by="G1")
    assert (house.pigeon.handed_out, await handed_out(house)) == ([], [])


@pytest.mark.parametrize("role", [None, CaseRole.VIEWER, CaseRole.RESPONDER])
async def test_of_a_case_with_members_those_have_it_who_respond(
    house: House, role: CaseRole | None
) -> None:
    """role: of the account that dana linked; None where she linked none."""
    async with house.services.reading() as unit:
        (case,) = await unit.cases.listing()
    wish = Registration(username="dana.ruiz", password=None)
    account = await make_account(wish, role=AccountRole.USER, services=house.services)
    async with house.services.unit() as unit:
        await unit.members.put(
            CaseMember(
                tenant_id=case.tenant_id,
                case_id=case.id,
                account_id=account.id,
                role=role or CaseRole.OWNER,
                since=unit.now,
            )
        )
    if role is not None:
        code = (await make_link_code(account, services=house.services)).code
        await house.hear(f"link {code}", replace(LOFT, channel="@P1"))
        await house.work()
    await ask(house)
    assert bool(house.pigeon.handed_out) == (role is CaseRole.RESPONDER)
    assert len(await handed_out(house)) == (role is CaseRole.RESPONDER)


async def test_a_platform_that_is_away_is_asked_again_and_the_history_says_it_once(
    house: House,
) -> None:
    await house.hear(WAYS[0], THREAD)
    house.pigeon.dying = 1
    for _ in range(3):
        await house.work()
        house.clock.advance(60)
    assert house.pigeon.handed_out
    assert len(await handed_out(house)) == 1


async def test_who_takes_no_messages_is_told_in_the_thread(house: House) -> None:
    house.pigeon.refusing.add("file")
    await ask(house)
    assert house.pigeon.handed_out == []
    assert "Not done: #1: the scope for `file` is missing" in words_of(
        *house.pigeon.messages.values()
    )


async def test_what_is_too_large_for_chat_is_refused_with_the_command(house: House) -> None:
    large = bytes(MOST_BYTES + 1)
    house.pigeon.files["core"] = large
    file = Attachment(id="F2", name="core", size=len(large), source="core")
    await house.hear("", THREAD, manner=MessageKind.MESSAGE, attachments=(file,))
    await house.work()
    assert "faultmaven evidence 1 e2 --out FILE" in await ask(house, "evidence e2 file")
    assert (house.pigeon.handed_out, await handed_out(house)) == ([], [])


async def test_a_file_that_is_not_there_is_refused(house: House) -> None:
    assert "#1 has no evidence e7" in await ask(house, "evidence e7 file")
    await house.say("#1 evidence delete e1")
    await house.work()
    assert "#1 has no evidence e1" in await ask(house)
    assert house.pigeon.handed_out == []


async def test_at_the_terminal_the_command_is_told(house: House) -> None:
    reply = words_of(*await house.say("#1 evidence e1 file"))
    assert "`faultmaven evidence 1 e1 --out FILE`" in reply
    assert await handed_out(house) == []


async def test_words_about_a_file_are_lines_still(house: House) -> None:
    await ask(house, "evidence e1 file not found, says the disk")
    assert house.pigeon.handed_out == []


async def test_typed_among_people_in_the_thread_it_is_a_command(house: House) -> None:
    await ask(house, manner=MessageKind.MESSAGE)
    assert len(house.pigeon.handed_out) == 1
