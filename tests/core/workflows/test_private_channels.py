"""A case that a person opens where not everybody reads is told to who reads there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.accounts.model import AccountRole, CaseMember, CaseRole
from core.cases.rows import CaseFilter
from core.conversation.case_memories import of_same_readers
from core.conversation.commands.command import Command
from core.conversation.messages.exchange import api_place
from core.conversation.messages.message import MessageKind
from core.errors import NotFound, NotPermitted
from core.places import CaseRoom, Place
from core.workflows.account_links import make_link_code
from core.workflows.accounts import Registration, make_account
from core.workflows.case_access import must_reach, role_in, seen_by
from core.workflows.case_requests import CaseWish
from core.workflows.case_requests import open_case as open_over_the_api
from core.workflows.command_dispatch import dispatch
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from core.accounts.model import Account
    from core.cases.model import Case

VAULT = Place(platform="pigeon", workspace="main", channel="vault")  # a private channel
LOFT = replace(VAULT, channel="loft")
DIRECT = replace(VAULT, channel="@P1")
POOL = (
    "2026-11-25T08:00:00Z ERROR orders: FATAL: remaining connection slots are reserved for"
    " superusers\n"
) * 3
FIX = "the merger ended"


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = in_memory(tmp_path)
    house.pigeon.closed.add(VAULT.channel)
    return house


async def says(house: House, text: str, place: Place, *, by: str = "P1", handle: str = "") -> str:
    """What is shown after it that was not before, to everybody or to one."""
    shown, whispered = dict(house.pigeon.messages), len(house.pigeon.whispers)
    manner = MessageKind.COMMAND if handle else MessageKind.MENTION
    await house.hear(text, place, by=by, manner=manner, handle=handle)
    await house.work()
    cards = [card for ref, card in house.pigeon.messages.items() if shown.get(ref) != card]
    cards += [card for _, card in house.pigeon.whispers[whispered:]]
    return " ".join(row.text.text for card in cards for row in (*card.rows, *card.fold))


async def case_of(house: House, number: int) -> Case:
    async with house.services.reading() as unit:
        return await unit.cases.by_number(number)


async def an_account(house: House, name: str, role: AccountRole = AccountRole.USER) -> Account:
    registration = Registration(username=name, password=None)
    return await make_account(registration, role=role, services=house.services)


async def sees(house: House, account: Account, case: Case) -> bool:
    """Whether the account reads it over the API, and has it in its list."""
    async with house.services.reading() as unit:
        rows = await unit.case_rows.page(seen_by(account, CaseFilter()), limit=9)
        try:
            await role_in(unit, case.id, account)
        except NotFound:
            assert case.id not in {row.case.id for row in rows}
            return False
    assert case.id in {row.case.id for row in rows}
    return True


@pytest.mark.parametrize(
    ("place", "is_closed"),
    [
        (VAULT, True),
        (replace(VAULT, thread="t1"), True),
        (DIRECT, True),
        (LOFT, False),
        (replace(LOFT, thread="t1"), False),
    ],
)
async def test_over_the_api_it_is_seen_by_who_opened_it_and_by_admins(
    house: House, place: Place, *, is_closed: bool
) -> None:
    dana, lee = await an_account(house, "dana.ruiz"), await an_account(house, "lee.chen")
    admin = await an_account(house, "ada.king", AccountRole.ADMIN)
    code = (await make_link_code(dana, services=house.services)).code
    await says(house, f"link {code}", DIRECT)
    await says(house, "open the merger is slow", place)
    case = await case_of(house, 1)
    assert bool(case.closed_to) is is_closed
    assert await sees(house, dana, case)
    assert await sees(house, admin, case)
    assert await sees(house, lee, case) is not is_closed


async def test_where_nobody_can_say_who_reads_there_it_is_told_to_nobody_else(
    house: House,
) -> None:
    house.pigeon.unknowable.add(LOFT.channel)
    await says(house, "open the merger is slow", LOFT)
    assert (await case_of(house, 1)).closed_to == LOFT.key


async def taught(house: House, place: Place, number: int) -> None:
    await says(house, "open the merger is slow", place)
    await says(house, f"#{number} evidence {POOL}", place)
    await says(house, f"#{number} confirm 1 anyway", place)


async def test_what_it_taught_is_told_in_the_same_channel_alone(house: House) -> None:
    await taught(house, VAULT, 1)
    house.clock.advance(600)
    await says(house, f"#1 resolve {FIX}", VAULT)
    await taught(house, LOFT, 2)
    for question in ("#2 related", "#2 what next?", "#2 status", "#2 anything like this before?"):
        assert FIX not in await says(house, question, LOFT, by="P2")
    await taught(house, VAULT, 3)
    assert FIX in await says(house, "#3 related", VAULT)


async def test_it_gets_a_thread_where_others_get_a_channel_of_their_own(house: House) -> None:
    rules = replace(house.services.rules, room=CaseRoom.CHANNEL)
    services = replace(house.services, rules=rules)
    for place, is_closed, room in ((VAULT, True, CaseRoom.THREAD), (LOFT, False, CaseRoom.CHANNEL)):
        command = Command(
            verb="open",
            argument="x",
            by="dana",
            place=place,
            closed_to=place.key if is_closed else "",
        )
        await dispatch(command, services=services)
        async with services.reading() as unit:
            case = (await unit.cases.listing())[0]
            bound = [each.opens for each in await unit.conversation.bindings(case.id) if each.opens]
        assert [opens.room for opens in bound] == [room]


async def test_in_a_direct_conversation_it_stays_there(house: House) -> None:
    """Slack names them by an id of their own."""
    direct = Place(platform="slack", workspace="main", channel="D0DIRECT")
    command = Command(verb="open", argument="x", by="dana", place=direct, closed_to=direct.key)
    await dispatch(command, services=house.services)
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        homes = [each.place for each in await unit.conversation.bindings(case.id) if not each.opens]
    assert direct in homes


async def test_a_private_thread_is_not_the_channel_around_it(house: House) -> None:
    thread = replace(LOFT, thread="p1")
    house.pigeon.closed.add("p1")
    await says(house, "open the merger is slow", thread)
    assert (await case_of(house, 1)).closed_to == thread.key
    await says(house, "open checkout is slow", replace(LOFT, thread="t1"), by="P2")
    assert "no case #1" in await says(house, "#1 status", LOFT, by="P2")
    assert "merger" not in await says(house, "status", LOFT, by="P2")
    assert "no case #1" in await says(house, "#1 status", LOFT, by="P1"), "may be out of it by now"
    assert "merger" in await says(house, "#1 status", thread, by="P3")
    await says(house, "open the other merger", thread)
    async with house.services.reading() as unit:
        homes = await unit.conversation.bindings((await unit.cases.by_number(3)).id)
    assert thread in {home.place for home in homes}, "not in a thread that others read"


async def test_a_channel_that_becomes_private_closes_its_case(house: House) -> None:
    lee = await an_account(house, "lee.chen")
    thread = replace(LOFT, thread="t1")
    await says(house, "open the merger is slow", thread)
    await says(house, "so far everybody may know", thread)
    assert await sees(house, lee, await case_of(house, 1))
    house.pigeon.closed.add(LOFT.channel)
    await says(house, "the board must not know", thread)
    assert (await case_of(house, 1)).closed_to == "", "asked a moment ago"
    house.clock.advance(70)
    await says(house, "the board must not know either", thread)
    assert (await case_of(house, 1)).closed_to == LOFT.key
    assert not await sees(house, lee, await case_of(house, 1))


async def test_over_the_api_a_case_tells_nothing_of_one_that_others_of_it_do_not_see(
    house: House,
) -> None:
    dana, lee = await an_account(house, "dana.ruiz"), await an_account(house, "lee.chen")
    for nth, owner in enumerate((dana, dana, lee)):
        wish = CaseWish(key=f"k{nth}", digest="d", title=f"case {nth}")
        await open_over_the_api(wish, owner, services=house.services)
    await says(house, "open checkout is slow", LOFT)
    mine, also_mine, theirs, public = [await case_of(house, n) for n in (1, 2, 3, 4)]
    async with house.services.reading() as unit:
        at = api_place(dana.id, public.id)
        with pytest.raises(NotPermitted):
            await must_reach(unit, mine.id, at, changes=False)
        await must_reach(unit, mine.id, api_place(dana.id, also_mine.id), changes=False)
        with pytest.raises(NotFound):
            await must_reach(unit, theirs.id, at, changes=False)
        await must_reach(unit, public.id, api_place(dana.id, mine.id), changes=False)


async def test_no_other_channel_learns_that_it_is_there(house: House) -> None:
    await says(house, "open the merger is slow", VAULT)
    refused = [await says(house, f"report #{n}", LOFT, by="P2", handle=f"h{n}") for n in (1, 9)]
    assert refused[0].replace("#1", "#9") == refused[1]
    assert [handle for handle, _ in house.pigeon.whispers] == ["h1", "h9"], "told to nobody else"
    assert not house.pigeon.shown("reply")


async def test_a_question_that_names_it_in_another_thread_is_not_about_that_one(
    house: House,
) -> None:
    await says(house, "open the merger is slow", VAULT)
    thread = replace(LOFT, thread="t1")
    await says(house, "open checkout is slow", thread, by="P2")
    shown = set(house.pigeon.messages)
    await house.hear("#1 what changed?", thread, by="P2", manner=MessageKind.MESSAGE)
    await house.work()
    (answer,) = [card for ref, card in house.pigeon.messages.items() if ref not in shown]
    assert "no case #1" in answer.rows[0].text.text


async def test_a_button_repeats_nothing_that_was_said_in_another_channel(house: House) -> None:
    await says(house, "open the merger is slow", VAULT)
    async with house.services.reading() as unit:
        heard = await unit.incoming.newest(VAULT)
    assert heard is not None
    await house.hear(f"again {heard.id} #1", LOFT, by="P2", manner=MessageKind.BUTTON)
    await house.work()
    with pytest.raises(NotFound):
        await case_of(house, 2)


@pytest.mark.parametrize("line", ["#1 resolve it is the merger", "resolve it is the merger"])
async def test_it_is_closed_before_what_is_said_elsewhere_in_the_channel(
    house: House, line: str
) -> None:
    """A slash command cannot be given in a thread of Slack, and Discord's buttons are outside."""
    lee = await an_account(house, "lee.chen")
    await says(house, "open the merger is slow", replace(LOFT, thread="t1"))
    house.pigeon.closed.add(LOFT.channel)
    house.clock.advance(70)
    await says(house, line, LOFT)
    case = await case_of(house, 1)
    assert (case.closed_to, await sees(house, lee, case)) == (LOFT.key, False)


@pytest.mark.parametrize("is_put_out", [True, False])
@pytest.mark.parametrize("manner", [MessageKind.FORM, MessageKind.BUTTON])
async def test_a_form_or_a_button_of_who_was_put_out_does_nothing(
    house: House, manner: MessageKind, *, is_put_out: bool
) -> None:
    """An attack: it was opened while they were in the channel, and sent afterwards."""
    await says(house, "open the merger is slow", VAULT)
    if is_put_out:
        house.pigeon.put_out.add((VAULT.channel, "P2"))
    shown = len(house.pigeon.messages)
    await house.hear("it was nothing", VAULT, by="P2", manner=manner, verb="resolve", handle="f1")
    await house.work()
    assert ((await case_of(house, 1)).resolved_at is None) is is_put_out
    if is_put_out:
        (_, card) = house.pigeon.whispers[-1]
        assert "not in that channel" in " ".join(row.text.text for row in card.rows)
        assert len(house.pigeon.messages) == shown


async def test_the_platform_is_asked_once_a_minute(house: House) -> None:
    for nth in range(5):
        await says(house, f"open checkout {nth} is slow", LOFT)
    assert house.pigeon.calls.count("closed_to") == 1


def test_threads_of_slack_have_the_readers_of_their_channel() -> None:
    thread = Place(platform="slack", workspace="main", channel="C1", thread="1.1")
    assert thread.audience == thread.whole_channel
    other = replace(thread, platform="discord")
    assert other.audience == other


async def test_a_channel_of_which_the_platform_says_nothing_yet_opens_once_it_does(
    house: House,
) -> None:
    lee, dana = await an_account(house, "lee.chen"), await an_account(house, "dana.ruiz")
    code = (await make_link_code(dana, services=house.services)).code
    await says(house, f"link {code}", DIRECT)
    house.pigeon.unknowable |= {LOFT.channel, VAULT.channel}
    await says(house, "open checkout is slow", LOFT)
    await says(house, "open the merger is slow", VAULT)
    assert [(await case_of(house, n)).closed_to for n in (1, 2)] == [LOFT.key, VAULT.key]
    house.pigeon.unknowable.clear()
    house.clock.advance(600)
    await house.work()
    public, private = await case_of(house, 1), await case_of(house, 2)
    assert (public.closed_to, private.closed_to) == ("", VAULT.key)
    assert [await sees(house, lee, case) for case in (public, private)] == [True, False]
    assert await sees(house, dana, private)


async def test_what_was_private_when_it_was_opened_stays_so(house: House) -> None:
    await says(house, "open the merger is slow", VAULT)
    house.pigeon.unknowable.add(VAULT.channel)
    house.clock.advance(70)
    await says(house, "open the till is slow", VAULT)
    house.pigeon.unknowable.clear()
    house.pigeon.closed.clear()  # for whoever joins now
    house.clock.advance(600)
    await house.work()
    assert [(await case_of(house, n)).closed_to for n in (1, 2)] == [VAULT.key, ""]


async def test_a_case_that_opens_is_not_told_by_what_the_platform_said_before(house: House) -> None:
    """An attack: the channel became private since, and who was put out of it uses up the asking."""
    lee = await an_account(house, "lee.chen")
    await says(house, "open checkout is slow", LOFT)
    house.pigeon.closed.add(LOFT.channel)
    house.pigeon.unknowable.add(LOFT.channel)
    house.clock.advance(70)
    await says(house, "open the merger is slow", LOFT)
    assert not await sees(house, lee, await case_of(house, 2))
    house.pigeon.unknowable.clear()
    house.clock.advance(600)
    await house.work()
    assert not await sees(house, lee, await case_of(house, 2))


async def test_a_channel_that_closed_while_the_platform_said_nothing_closes_its_cases(
    house: House,
) -> None:
    lee = await an_account(house, "lee.chen")
    await says(house, "open checkout is slow", LOFT)
    house.pigeon.closed.add(LOFT.channel)
    house.pigeon.unknowable.add(LOFT.channel)
    house.clock.advance(70)
    await says(house, "is it the pool?", LOFT)
    assert not await sees(house, lee, await case_of(house, 1)), "before anything new is told"
    house.pigeon.unknowable.clear()
    house.clock.advance(600)
    await house.work()
    assert (await case_of(house, 1)).closed_to == LOFT.key


async def test_a_public_channel_is_so_again_once_the_platform_says_so(house: House) -> None:
    lee = await an_account(house, "lee.chen")
    await says(house, "open checkout is slow", LOFT)
    house.pigeon.unknowable.add(LOFT.channel)
    house.clock.advance(70)
    await says(house, "is it the pool?", LOFT)
    house.pigeon.unknowable.clear()
    house.clock.advance(600)
    await house.work()
    assert await sees(house, lee, await case_of(house, 1))


async def test_over_the_api_two_cases_of_one_channel_are_told_apart_by_their_members(
    house: House,
) -> None:
    lee = await an_account(house, "lee.chen")
    await says(house, "open the merger is slow", VAULT)
    await says(house, "open the till is slow", VAULT)
    secret, shared = await case_of(house, 1), await case_of(house, 2)
    dana = await an_account(house, "dana.ruiz")
    async with house.services.unit() as unit:
        for case, account in ((secret, dana), (shared, dana), (shared, lee)):
            member = CaseMember(
                tenant_id=case.tenant_id,
                case_id=case.id,
                account_id=account.id,
                role=CaseRole.OWNER,
                since=unit.now,
            )
            await unit.members.put(member)
        await must_reach(unit, shared.id, api_place(dana.id, secret.id), changes=False)
        with pytest.raises(NotPermitted):
            await must_reach(unit, secret.id, api_place(dana.id, shared.id), changes=False)
        assert await of_same_readers(unit, secret.id, {shared.id}) == {shared.id}
        assert await of_same_readers(unit, shared.id, {secret.id}) == set()
