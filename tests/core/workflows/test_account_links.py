"""Somebody in chat becomes an account, by a code that is said once, and nothing more than that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from core.access import Standing
from core.accounts.link_codes import LETTERS, is_code, new_code
from core.accounts.model import Account, AccountRole, CaseMember, CaseRole, TokenKind
from core.conversation.messages.message import Attachment, MessageKind
from core.places import Place
from core.workflows.account_links import identities_of, make_link_code, unlink_identity
from core.workflows.accounts import AccountChange, Registration, change_account, make_account
from core.workflows.case_requests import CaseWish, open_case
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from core.conversation.cards.card import Card

CHANNEL = Place(platform="pigeon", workspace="main", channel="loft")
DIRECT = replace(CHANNEL, channel="@P1")
OTHERS = replace(CHANNEL, channel="@P2")


@dataclass
class Loft:
    """A product with people in chat, P1 and P2, and accounts, dana and lee."""

    house: House
    dana: Account
    lee: Account

    async def say(
        self,
        text: str,
        place: Place = DIRECT,
        *,
        by: str = "P1",
        manner: MessageKind = MessageKind.MENTION,
        handle: str = "",
        files: tuple[Attachment, ...] = (),
    ) -> str:
        """What is replied, wherever, to this one message."""
        pigeon = self.house.pigeon
        shown, whispered = dict(pigeon.messages), len(pigeon.whispers)
        await self.house.hear(text, place, by=by, manner=manner, handle=handle, attachments=files)
        await self.house.work()
        fresh = [card for ref, card in pigeon.messages.items() if shown.get(ref) != card]
        return words(*fresh, *(card for _, card in pigeon.whispers[whispered:]))

    async def code(self, account: Account | None = None) -> str:
        made = await make_link_code(account or self.dana, services=self.house.services)
        return made.code

    async def is_linked(self, account: Account | None = None) -> bool:
        return bool(await identities_of(account or self.dana, services=self.house.services))

    async def link(self, by: str = "P1", account: Account | None = None) -> None:
        place = replace(CHANNEL, channel=f"@{by}")
        assert "you are the account" in await self.say(
            f"link {await self.code(account)}", place, by=by
        )

    async def private_case(self, role: CaseRole | None = None) -> int:
        """Of lee's over the API; dana has that role in it, or owns it where there is none."""
        owner = self.lee if role else self.dana
        wish = CaseWish(key="k", digest="d", title="Payroll is late")
        case = (await open_case(wish, owner, services=self.house.services)).case
        if role:
            async with self.house.services.unit() as unit:
                member = CaseMember(
                    tenant_id=case.tenant_id,
                    case_id=case.id,
                    account_id=self.dana.id,
                    role=role,
                    since=unit.now,
                )
                await unit.members.put(member)
        return case.number


def words(*cards: Card) -> str:
    return " ".join(row.text.text for card in cards for row in card.rows)


@pytest.fixture
async def loft(tmp_path: Path) -> Loft:
    house = in_memory(tmp_path)
    accounts = [
        await make_account(
            Registration(username=name, password=None), role=role, services=house.services
        )
        for name, role in (("dana.ruiz", AccountRole.USER), ("lee.chen", AccountRole.ADMIN))
    ]
    return Loft(house, *accounts)


def test_a_code_is_eight_letters_that_make_no_word() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        assert is_code(code)
        assert is_code(code.lower().replace("-", ""))
        assert set(code) <= {*LETTERS, "-"}
    for word in ("database", "BCDF-GHJ", "BCDF-GHJK-", "BCDF-GHJKL", "", "BCD1-GHJK"):
        assert not is_code(word)


async def test_a_code_that_is_said_makes_one_person_of_two(loft: Loft) -> None:
    reply = await loft.say(f"link {(await loft.code()).lower().replace('-', ' ')}")
    assert "On Pigeon you are the account dana.ruiz from now on" in reply
    (identity,) = await identities_of(loft.dana, services=loft.house.services)
    assert (identity.platform, identity.external_id) == ("pigeon", "P1")
    assert "Your account is dana.ruiz." in await loft.say("whoami")
    assert "You are @dana.ruiz on Pigeon" in await loft.say("whoami")
    assert "No account is linked" in await loft.say("whoami", OTHERS, by="P2")


async def test_what_they_do_is_done_by_the_account(loft: Loft) -> None:
    await loft.say("open checkout is slow", CHANNEL)
    await loft.link()
    await loft.say("#1 resolve pool set to 40", CHANNEL)
    async with loft.house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        actors = {event.actor for event in await unit.cases.events(case.id)}
    assert case.owner == "@dana"
    assert "@dana.ruiz" in actors


async def test_a_file_that_they_drop_is_the_accounts(loft: Loft) -> None:
    await loft.say("open checkout is slow", CHANNEL)
    await loft.link()
    loft.house.pigeon.files["a"] = b"2026-01-01T00:00:00Z ERROR pool exhausted\n"
    dropped = Attachment(id="F1", name="db.log", size=42, source="a")
    await loft.say("#1", CHANNEL, files=(dropped,))
    async with loft.house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        (file,) = await unit.files.of_case(case.id)
    assert file.received_from == "@dana.ruiz"


async def test_a_code_is_good_once_and_the_last_one_alone(loft: Loft) -> None:
    first, second = await loft.code(), await loft.code()
    assert "leads nowhere" not in await loft.say(f"link {first}", OTHERS, by="P2")
    assert not await loft.is_linked()
    await loft.say(f"link {second}")
    assert await loft.is_linked()
    assert "was used" in await loft.say(f"link {second}", OTHERS, by="P2")
    assert len(await identities_of(loft.dana, services=loft.house.services)) == 1


async def test_a_code_lasts_ten_minutes(loft: Loft) -> None:
    code = await loft.code()
    loft.house.clock.advance(600)
    assert "has expired" in await loft.say(f"link {code}")
    assert not await loft.is_linked()


async def test_the_database_does_not_hold_it(loft: Loft) -> None:
    code = await loft.code()
    async with loft.house.services.reading() as unit:
        (token,) = await unit.tokens.of_account(loft.dana.id, TokenKind.LINK)
    assert code not in repr(token)
    assert code.replace("-", "") not in token.digest.upper()


@pytest.mark.parametrize("manner", [MessageKind.MENTION, MessageKind.MESSAGE])
async def test_one_that_others_read_is_used_up_and_links_nobody(
    loft: Loft, manner: MessageKind
) -> None:
    await loft.say("open checkout is slow", CHANNEL)
    code = await loft.code()
    place = replace(CHANNEL, thread=next(iter(loft.house.pigeon.messages)))
    reply = await loft.say(f"link {code}", place, manner=manner, handle="T1")
    assert "good no more" in reply
    assert not await loft.is_linked()
    assert "was used" in await loft.say(f"link {code}")


async def test_whoever_says_it_openly_and_however_they_stand_it_is_used_up(loft: Loft) -> None:
    """Who is linked already, who guessed too often, and guests, who may give no such command."""
    await loft.link()
    await loft.say("open checkout is slow", CHANNEL)
    for by in ("P1", "G1"):
        code = await loft.code(loft.lee)
        await loft.say(f"link {code}", CHANNEL, by=by)
        assert "was used" in await loft.say(f"link {code}", OTHERS, by="P2")


@pytest.mark.parametrize(
    "words",
    ["link {}", "{}", "hi, my code is {}, please link me", "lnik {}", "`link {}`", "#1 link {}"],
)
@pytest.mark.parametrize("manner", [MessageKind.MENTION, MessageKind.MESSAGE])
async def test_however_it_is_said_openly_it_is_used_up(
    loft: Loft, words: str, manner: MessageKind
) -> None:
    """An attack: another person says it again in a direct message."""
    code = await loft.code()
    await loft.say(words.format(code.lower()), CHANNEL, manner=manner)
    assert "you are the account" not in await loft.say(f"link {code}", OTHERS, by="P2")
    assert not await loft.is_linked()


@pytest.mark.parametrize(
    ("verb", "words"), [("ask", "link {}"), ("resolve", "{}"), ("", "#1 please link {} thanks")]
)
async def test_what_is_typed_into_a_form_may_be_shown_to_all(
    loft: Loft, verb: str, words: str
) -> None:
    code = await loft.code()
    manner = MessageKind.FORM if verb else MessageKind.COMMAND
    await loft.house.hear(words.format(code), CHANNEL, manner=manner, handle="h", verb=verb)
    assert "you are the account" not in await loft.say(f"link {code}", OTHERS, by="P2")


async def test_the_name_of_a_file_may_hold_it(loft: Loft) -> None:
    code = await loft.code()
    file = Attachment(id="f1", name=f"link {code}.log", size=3, source="s")
    await loft.say("see there", CHANNEL, files=(file,))
    assert "you are the account" not in await loft.say(f"link {code}", OTHERS, by="P2")


async def test_a_command_that_the_platform_hides_is_as_good_as_a_direct_message(
    loft: Loft,
) -> None:
    line = f"link {await loft.code()}"
    reply = await loft.say(line, CHANNEL, manner=MessageKind.COMMAND, handle="T1")
    assert "you are the account" in reply
    assert await loft.is_linked()


async def test_who_guesses_has_five_tries_an_hour(loft: Loft) -> None:
    for left in (4, 3, 2, 1, 0):
        assert f"{left} more tries" in await loft.say(f"link {new_code()}")
    code = await loft.code()
    assert "codes that lead nowhere" in await loft.say(f"link {code}")
    assert not await loft.is_linked()
    assert "you are the account" in await loft.say(f"link {code}", OTHERS, by="P2"), "but others"
    loft.house.clock.advance(3600)
    await loft.link(account=loft.lee)


async def test_a_code_that_is_taken_clears_no_tries(loft: Loft) -> None:
    """Else who has an account of their own could guess those of others without end."""
    for _ in range(4):
        await loft.say(f"link {new_code()}")
    await loft.link()
    await loft.say("unlink")
    assert "0 more tries" in await loft.say(f"link {new_code()}")
    assert "lead nowhere" in await loft.say(f"link {await loft.code()}")


async def test_who_is_somebody_already_becomes_nobody_else(loft: Loft) -> None:
    await loft.link()
    code = await loft.code(loft.lee)
    assert "linked to an account already" in await loft.say(f"link {code}")
    assert not await loft.is_linked(loft.lee)
    assert "you are the account" in await loft.say(f"link {code}", OTHERS, by="P2"), "still good"


async def test_it_ends_in_chat_and_over_the_api(loft: Loft) -> None:
    await loft.link()
    assert "linked to no account any more" in await loft.say("unlink")
    assert "You are @dana on Pigeon" in await loft.say("whoami")
    assert "linked to no account." in await loft.say("unlink")
    await loft.link()
    await unlink_identity(loft.dana, "pigeon:main:P1", services=loft.house.services)
    assert not await loft.is_linked()
    assert "You are @dana on Pigeon" in await loft.say("whoami")


async def test_a_disabled_account_is_nobody_in_chat(loft: Loft) -> None:
    number = await loft.private_case()
    await loft.link()
    code = await loft.code()
    await change_account(
        loft.dana.id, AccountChange(is_disabled=True), services=loft.house.services
    )
    assert "No account is linked" in await loft.say("whoami")
    assert "no case #" in await loft.say(f"#{number} status")
    assert "was used" in await loft.say(f"link {code}", OTHERS, by="P2")


async def test_a_guest_links_nothing(loft: Loft) -> None:
    code = await loft.code()
    assert "not command" in await loft.say(f"link {code}", replace(CHANNEL, channel="@G1"), by="G1")
    assert not await loft.is_linked()


class TestCasesOfMembers:
    """A number typed in chat leads to a case of the account's, and of nobody else's."""

    async def test_its_owner_sees_it_and_works_in_it(self, loft: Loft) -> None:
        number = await loft.private_case()
        assert "no case #" in await loft.say(f"#{number} status")
        await loft.link()
        assert "Payroll is late" in await loft.say(f"#{number} status")
        assert "Payroll is late" in await loft.say("status"), "the only one that is open"
        await loft.say(f"#{number} resolve ran it again")
        async with loft.house.services.reading() as unit:
            assert not (await unit.cases.by_number(number)).state.is_open

    async def test_nobody_else_does(self, loft: Loft) -> None:
        number = await loft.private_case()
        await loft.link()
        assert "no case #" in await loft.say(f"#{number} status", OTHERS, by="P2")
        # An admin over the API is none in chat.
        await loft.link("P2", loft.lee)
        assert "no case #" in await loft.say(f"#{number} status", OTHERS, by="P2")
        assert "no case is open" in await loft.say("status", OTHERS, by="P2")
        await loft.say("unlink")
        assert "no case #" in await loft.say(f"#{number} status")

    async def test_a_file_that_names_it_is_its_evidence_where_nobody_else_looks(
        self, loft: Loft
    ) -> None:
        number = await loft.private_case()
        loft.house.pigeon.files["a"] = b"2026-01-01T00:00:00Z ERROR pool exhausted\n"
        dropped = Attachment(id="F1", name="db.log", size=42, source="a")

        async def drop(place: Place) -> int:
            await loft.house.hear("", place, attachments=(dropped,), case=number)
            await loft.house.work()
            async with loft.house.services.reading() as unit:
                case = await unit.cases.by_number(number)
                return len(await unit.files.of_case(case.id))

        assert await drop(DIRECT) == 0, "of somebody who is not linked"
        await loft.link()
        assert await drop(CHANNEL) == 0
        assert await drop(DIRECT) == 1

    async def test_a_viewer_reads(self, loft: Loft) -> None:
        number = await loft.private_case(CaseRole.VIEWER)
        await loft.link()
        assert "Payroll is late" in await loft.say(f"#{number} status")
        for line in ("resolve done", "ask why?", "evidence 2026-01-01 ERROR x"):
            assert "a viewer reads" in await loft.say(f"#{number} {line}")

    async def test_where_others_read_along_nothing_of_it_is_said(self, loft: Loft) -> None:
        number = await loft.private_case()
        await loft.link()
        for line in ("status", "report", "ask why?", "resolve done"):
            reply = await loft.say(f"#{number} {line}", CHANNEL)
            assert "Payroll" not in reply
            assert "direct message" in reply

    async def test_a_hidden_command_shows_and_does_nothing_that_others_would_see(
        self, loft: Loft
    ) -> None:
        number = await loft.private_case()
        await loft.link()

        async def command(line: str) -> str:
            manner = MessageKind.COMMAND
            return await loft.say(f"#{number} {line}", CHANNEL, manner=manner, handle="T1")

        assert "Payroll is late" in await command("status")
        shown = words(*loft.house.pigeon.messages.values())
        assert "Payroll" not in shown
        for line in ("report", "handoff", "ask why?", "resolve done"):
            assert "direct message" in await command(line)
        assert "Payroll" not in words(*loft.house.pigeon.messages.values())

    async def test_rights_in_chat_stay_what_they_are(self, loft: Loft) -> None:
        """Whoever becomes a guest of the workspace reads there, whatever their account may."""
        number = await loft.private_case()
        await loft.link()
        guest = replace(loft.house.pigeon.people["P1"], standing=Standing.GUEST)
        loft.house.pigeon.people["P1"] = guest
        loft.house.clock.advance(90_000)
        assert "Payroll is late" in await loft.say(f"#{number} status")
        assert "not command" in await loft.say(f"#{number} resolve done")
