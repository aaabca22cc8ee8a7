"""What people do in Slack is heard once, and acknowledged after it is committed.

Real slack-bolt, over Socket Mode and over HTTP, from a fake Slack.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from core.clean import redacted
from core.conversation.model import Action, Manner, Message, Place, Row
from core.errors import StoreUnavailable
from tests.bot.slack.desk import Desk, a_card, a_desk, until
from tests.fakes.slack import FakeSlack, words
from tests.fakes.slack import Message as Shown
from tests.fakes.slack.posting import signed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.integration


@pytest.fixture(params=["socket mode", "http"])
async def either(people: FakeSlack, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """The same by both ways that Slack has to reach us."""
    async with AsyncExitStack() as stack:
        if request.param == "http":
            desk = await stack.enter_async_context(a_desk(people, socket_mode=False))
            await stack.enter_async_context(desk.posted_to())
        else:
            desk = await stack.enter_async_context(a_desk(people))
            await stack.enter_async_context(desk.attending())
        yield desk


async def a_case(desk: Desk, text: str = "Firing #128", **more: object) -> Shown:
    """Its card in the channel, with the case at home in the thread below."""
    card = a_card(text, **more)
    ref = await desk.slack.chat.post(desk.place(), card, marker="out_case")
    place = desk.place(thread=ref)
    await desk.settle(place)
    await kept(desk, place, ref, card)
    return desk.people.team.channel("#incidents").messages[ref]


async def kept(desk: Desk, place: Place, ref: str, card: object) -> None:
    async with desk.services.store.transaction() as unit:
        await unit.conversation.show(
            Message(
                id=f"msg_{ref}",
                tenant_id="default",
                place=place,
                card=card,  # type: ignore[arg-type]
                ref=ref,
                seq=0,
                shown_at=desk.services.clock.now(),
            )
        )


def whispered(desk: Desk, user: str = "dana") -> list[str]:
    return [words(one) for one in desk.people.seen_by(user, "#incidents") if one.only_for]


async def test_a_mention_is_heard_once(either: Desk) -> None:
    said = await either.people.mention("dana", "#incidents", "status")
    assert said.acked
    assert len(said.deliveries) == 2, "as a message and as a mention"
    (utterance,) = either.heard()
    assert (utterance.heard.manner, utterance.heard.text) == (Manner.MENTION, "status")
    assert utterance.heard.place == either.place(thread=said.ts)


async def test_the_thread_of_a_case_goes_on_without_a_mention(either: Desk) -> None:
    card = await a_case(either)
    await either.people.say("dana", "#incidents", "why 1?", thread=card.ts)
    await either.people.upload("dana", "#incidents", "db.log", b"ERROR", thread=card.ts)
    await either.people.say("dana", "#incidents", "lunch?")
    asked, file = either.heard()
    assert (asked.heard.text, asked.heard.manner) == ("why 1?", Manner.MESSAGE)
    assert [one.name for one in file.heard.attachments] == ["db.log"]


async def test_direct_messages(either: Desk) -> None:
    await either.people.direct("dana", "status")
    (utterance,) = either.heard()
    assert (utterance.heard.manner, utterance.heard.place.thread) == (Manner.MENTION, "")


async def test_what_bots_say_is_not_heard(either: Desk) -> None:
    card = await a_case(either)
    await either.slack.chat.post(either.place(thread=card.ts), a_card("an answer"), marker="out_2")
    said = await either.people.say("dana", "#incidents", "hm", thread=card.ts)
    await either.people.edit(said.message, "hmm")
    await either.people.delete(said.message)
    await either.people.office.quiet()
    assert either.texts() == ["hm"]
    assert all(one.acked for one in either.people.office.deliveries)


async def test_a_command_is_acknowledged_and_heard(either: Desk) -> None:
    done = await either.people.command("/fm", "#128 confirm 1", "dana", "#incidents")
    assert done.delivery.acked
    (utterance,) = either.heard()
    assert (utterance.heard.manner, utterance.heard.text) == (Manner.COMMAND, "#128 confirm 1")
    await either.slack.chat.whisper(
        utterance.heard.place, a_card("Done"), handle=utterance.heard.handle
    )
    assert "Done" in whispered(either)[0]


async def test_a_button_is_heard(either: Desk) -> None:
    confirm = Action(verb="confirm", argument="1", label=redacted("Confirm 1"))
    card = await a_case(either, actions=(confirm,))
    done = await either.people.press("dana", card, "Confirm 1")
    assert done.delivery.acked
    (utterance,) = either.heard()
    assert (utterance.heard.text, utterance.heard.case_number) == ("confirm 1", 128)
    assert utterance.heard.place == either.place(thread=card.ts)


async def test_a_button_that_needs_words_opens_a_form(either: Desk) -> None:
    resolve = Action(verb="resolve", argument="", label=redacted("Resolve"))
    card = await a_case(either, actions=(resolve,))
    await either.people.press("dana", card, "Resolve")
    await until(lambda: either.people.modal_of("dana"))
    assert either.heard() == []
    view = either.people.modal_of("dana")
    assert view is not None
    done = await either.people.submit(view, {"What fixed it?": "pool back to 40"})
    assert done.delivery.acked
    assert not view.open
    (utterance,) = either.heard()
    assert (utterance.heard.manner, utterance.heard.text) == (
        Manner.FORM,
        "resolve pool back to 40",
    )
    assert utterance.heard.place == either.place(thread=card.ts)


async def test_a_command_without_its_words_opens_a_form(either: Desk) -> None:
    await either.people.command("/faultmaven", "open", "dana", "#incidents")
    await until(lambda: either.people.modal_of("dana"))
    view = either.people.modal_of("dana")
    assert view is not None
    await either.people.submit(view, {"What is wrong?": "checkout is slow"})
    assert either.texts() == ["open checkout is slow"]


async def test_a_form_that_is_too_late_is_apologised_for(either: Desk) -> None:
    either.people.trigger_s = 0.0
    done = await either.people.command("/fm", "ask", "dana", "#incidents")
    assert done.delivery.acked
    await until(lambda: whispered(either))
    assert "too long" in whispered(either)[0]


async def test_more_shows_what_is_folded(either: Desk) -> None:
    card = await a_case(either, fold=(Row(text=redacted("a further line")),))
    await either.people.press("dana", card, "More")
    await until(lambda: either.people.modal_of("dana"))
    view = either.people.modal_of("dana")
    assert view is not None
    assert "a further line" in str(view.content)
    assert either.heard() == []


async def test_more_of_a_card_that_is_not_kept(either: Desk) -> None:
    card = a_card(key="note:x", fold=(Row(text=redacted("a further line")),))
    ref = await either.slack.chat.post(either.place(), card, marker="out_2")
    await either.people.press(
        "dana", either.people.team.channel("#incidents").messages[ref], "More"
    )
    await until(lambda: either.people.modal_of("dana"))
    assert "not kept" in str(either.people.modal_of("dana"))


async def test_a_message_is_added_to_a_case(either: Desk) -> None:
    said = await either.people.say("kim", "#incidents", "ERROR <no> slot", files=[("db.log", b"x")])
    done = await either.people.shortcut("dana", said.message, "Add to case")
    assert done.delivery.acked
    (utterance,) = either.heard()
    assert utterance.heard.text == "evidence ERROR <no> slot"
    assert [one.name for one in utterance.heard.attachments] == ["db.log"]
    assert utterance.heard.by == either.people.team.person("dana").id


class Trouble:
    """A store that takes nothing at one of its seams, as long as a test wants."""

    def __init__(self, seam: str) -> None:
        self.seam = seam

    async def __call__(self, seam: str) -> None:
        if seam == self.seam:
            message = "the disk is full"
            raise StoreUnavailable(message)


@pytest.mark.parametrize("seam", ["reading", "begin", "commit", "committed"])
async def test_nothing_is_acknowledged_unless_it_is_known_to_be_committed(
    either: Desk, caplog: pytest.LogCaptureFixture, seam: str
) -> None:
    card = await a_case(either)
    either.store.seam = trouble = Trouble(seam)
    either.people.office.patience_s, either.people.office.pace = 0.1, 0.003
    with caplog.at_level(logging.INFO):
        said = await either.people.say("dana", "#incidents", "the secret word", thread=card.ts)
        done = await either.people.command("/fm", "status", "dana", "#incidents")
    assert not said.acked
    assert bool(done.problem) is (seam != "reading"), "a command needs no look at homes"
    assert "the disk is full" in caplog.text
    assert "secret word" not in caplog.text
    trouble.seam, either.people.office.patience_s = "", 3.0
    await either.people.office.quiet()
    assert all(one.acked for one in said.deliveries)
    assert either.texts().count("the secret word") == 1, "delivered again, heard once"


async def test_what_is_said_is_heard_in_its_order(either: Desk) -> None:
    card = await a_case(either)
    people = ["dana", "kim", "gus", "solo", "eve"]
    await asyncio.gather(
        *(
            either.people.say(people[nth % 5], "#incidents", f"line {nth}", thread=card.ts)
            for nth in range(100)
        )
    )
    if either.people.sockets.connections:  # over HTTP requests overtake each other
        assert either.texts() == [f"line {nth}" for nth in range(100)]
    assert sorted(either.texts()) == sorted(f"line {nth}" for nth in range(100))


# Over HTTP alone


@pytest.fixture
async def url(people: FakeSlack) -> AsyncIterator[tuple[Desk, str]]:
    async with a_desk(people, socket_mode=False) as desk, desk.posted_to() as url:
        yield desk, url


async def posted(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        async with session.post(url, data=body, headers=form | headers) as answer:
            return answer.status


BODY = (
    b"command=%2Ffm&text=status&user_id=U1&channel_id=C1&trigger_id=1.2.x&team_id=T0FAULTMVN"
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fx"
)


async def test_forged_stale_and_replayed(url: tuple[Desk, str]) -> None:
    desk, address = url
    good = signed(desk.people.app, BODY)
    assert await posted(address, BODY + b"x", good) == 401
    assert await posted(address, BODY, {}) == 401
    assert await posted(address, b"\xff\xfe", good) == 401
    mistimed = good | {"X-Slack-Request-Timestamp": "x"}
    assert await posted(address, BODY, mistimed) == 401
    stale = signed(desk.people.app, BODY, at=desk.services.clock.now().timestamp() - 301)
    assert await posted(address, BODY, stale) == 401
    assert desk.heard() == []
    assert await posted(address, BODY, good) == 200
    assert await posted(address, BODY, good) == 200
    assert len(desk.heard()) == 1


async def test_without_a_signing_secret_nothing_is_taken(people: FakeSlack) -> None:
    async with a_desk(people, socket_mode=False) as desk:
        access = replace(desk.slack.web.access, signing_secret=None)
        object.__setattr__(desk.slack.web, "access", access)
        with pytest.raises(AssertionError):
            async with desk.posted_to():
                pass


async def test_slack_says_that_it_left_something_out(url: tuple[Desk, str]) -> None:
    desk, address = url
    body = b'{"type": "app_rate_limited", "minute_rate_limited": 1518467820}'
    json = {"Content-Type": "application/json"}
    assert await posted(address, body, signed(desk.people.app, body) | json) == 200
    assert desk.slack._missed.is_set()


@pytest.mark.parametrize(
    "body",
    [
        b'{"type": "event_callback", "event": {"type": "team_join"}}',
        b'{"type": "event_callback", "event": {"type": "message", "user": "U1"}}',
    ],
)
async def test_what_has_no_meaning_is_no_failure(url: tuple[Desk, str], body: bytes) -> None:
    desk, address = url
    json = {"Content-Type": "application/json"}
    assert await posted(address, body, signed(desk.people.app, body) | json) == 200
    assert desk.heard() == []
