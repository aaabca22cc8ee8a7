"""What people do in Slack is heard once, and acknowledged after it is committed.

Real slack-bolt, over Socket Mode and over HTTP, from a fake Slack.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from bot.slack import catch_up
from core.conversation.cards.card import Action, Row
from core.conversation.messages.message import Message, MessageKind
from core.errors import StoreUnavailable
from core.text.redacted import redacted
from tests.bot.slack.desk import SlackDesk, a_card, a_desk, until
from tests.fakes.slack import FakeSlack, words
from tests.fakes.slack import Message as Shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.places import Place

pytestmark = pytest.mark.integration


@pytest.fixture(params=["socket mode", "http"])
async def either(people: FakeSlack, request: pytest.FixtureRequest) -> AsyncIterator[SlackDesk]:
    """The same by both ways that Slack has to reach us."""
    async with AsyncExitStack() as stack:
        if request.param == "http":
            desk = await stack.enter_async_context(a_desk(people, socket_mode=False))
            await stack.enter_async_context(desk.posted_to())
        else:
            desk = await stack.enter_async_context(a_desk(people))
            await stack.enter_async_context(desk.attending())
        yield desk


async def a_case(desk: SlackDesk, text: str = "Firing #128", **more: object) -> Shown:
    """Its card in the channel, with the case at home in the thread below."""
    card = a_card(text, **more)
    ref = await desk.slack.chat.post(desk.place(), card, marker="out_case")
    place = desk.place(thread=ref)
    await desk.settle(place)
    await kept(desk, place, ref, card)
    return desk.people.team.channel("#incidents").messages[ref]


async def kept(desk: SlackDesk, place: Place, ref: str, card: object) -> None:
    async with desk.services.unit() as unit:
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


def whispered(desk: SlackDesk, user: str = "dana") -> list[str]:
    return [
        words(message) for message in desk.people.seen_by(user, "#incidents") if message.only_for
    ]


async def test_a_mention_is_heard_once(either: SlackDesk) -> None:
    message = await either.people.mention("dana", "#incidents", "status")
    assert message.acked
    assert len(message.deliveries) == 2, "as a message and as a mention"
    (utterance,) = either.heard()
    assert (utterance.heard.manner, utterance.heard.text) == (MessageKind.MENTION, "status")
    assert utterance.heard.place == either.place(thread=message.ts)


async def test_the_thread_of_a_case_goes_on_without_a_mention(either: SlackDesk) -> None:
    card = await a_case(either)
    await either.people.say("dana", "#incidents", "why 1?", thread=card.ts)
    await either.people.upload("dana", "#incidents", "db.log", b"ERROR", thread=card.ts)
    await either.people.say("dana", "#incidents", "lunch?")
    asked, file = either.heard()
    assert (asked.heard.text, asked.heard.manner) == ("why 1?", MessageKind.MESSAGE)
    assert [attachment.name for attachment in file.heard.attachments] == ["db.log"]


async def test_direct_messages(either: SlackDesk) -> None:
    await either.people.direct("dana", "status")
    (utterance,) = either.heard()
    assert (utterance.heard.manner, utterance.heard.place.thread) == (MessageKind.MENTION, "")


async def test_what_bots_say_is_not_heard(either: SlackDesk) -> None:
    card = await a_case(either)
    await either.slack.chat.post(either.place(thread=card.ts), a_card("an answer"), marker="out_2")
    message = await either.people.say("dana", "#incidents", "hm", thread=card.ts)
    await either.people.edit(message.message, "hmm")
    await either.people.delete(message.message)
    await either.people.office.quiet()
    assert either.texts() == ["hm"]
    assert all(delivery.acked for delivery in either.people.office.deliveries)


async def test_a_command_is_acknowledged_and_heard(either: SlackDesk) -> None:
    done = await either.people.command("/fm", "#128 confirm 1", "dana", "#incidents")
    assert done.delivery.acked
    (utterance,) = either.heard()
    assert (utterance.heard.manner, utterance.heard.text) == (MessageKind.COMMAND, "#128 confirm 1")
    await either.slack.chat.send_ephemeral(
        utterance.heard.place, a_card("Done"), handle=utterance.heard.handle
    )
    assert "Done" in whispered(either)[0]


async def test_a_button_is_heard(either: SlackDesk) -> None:
    confirm = Action(verb="confirm", argument="1", label=redacted("Confirm 1"))
    card = await a_case(either, actions=(confirm,))
    done = await either.people.press("dana", card, "Confirm 1")
    assert done.delivery.acked
    (utterance,) = either.heard()
    assert (utterance.heard.verb, utterance.heard.text) == ("confirm", "1")
    assert utterance.heard.case_number == 128
    assert utterance.heard.place == either.place(thread=card.ts)


async def test_a_button_that_needs_words_opens_a_form(either: SlackDesk) -> None:
    resolve = Action(verb="resolve", argument="", label=redacted("Resolve"))
    card = await a_case(either, actions=(resolve,))
    await either.people.press("dana", card, "Resolve")
    await until(lambda: either.people.modal_of("dana"))
    assert either.heard() == []
    view = either.people.modal_of("dana")
    assert view is not None
    done = await either.people.submit(view, {"What fixed it?": "pool back to 40, ok?"})
    assert done.delivery.acked
    assert not view.open
    (utterance,) = either.heard()
    assert (utterance.heard.verb, utterance.heard.text) == ("resolve", "pool back to 40, ok?")
    assert utterance.heard.manner is MessageKind.FORM
    assert utterance.heard.place == either.place(thread=card.ts)


async def test_a_command_without_its_words_opens_a_form(either: SlackDesk) -> None:
    await either.people.command("/faultmaven", "open", "dana", "#incidents")
    await until(lambda: either.people.modal_of("dana"))
    view = either.people.modal_of("dana")
    assert view is not None
    await either.people.submit(view, {"What is wrong?": "checkout is slow"})
    (utterance,) = either.heard()
    assert (utterance.heard.verb, utterance.heard.text) == ("open", "checkout is slow")


async def test_a_form_that_is_too_late_is_apologised_for(either: SlackDesk) -> None:
    either.people.trigger_s = 0.0
    done = await either.people.command("/fm", "ask", "dana", "#incidents")
    assert done.delivery.acked
    await until(lambda: whispered(either))
    assert "too long" in whispered(either)[0]


async def test_more_shows_what_is_folded(either: SlackDesk) -> None:
    card = await a_case(either, fold=(Row(text=redacted("a further line")),))
    await either.people.press("dana", card, "More")
    await until(lambda: either.people.modal_of("dana"))
    view = either.people.modal_of("dana")
    assert view is not None
    assert "a further line" in str(view.content)
    assert either.heard() == []


async def test_more_of_a_card_that_is_not_kept(either: SlackDesk) -> None:
    card = a_card(key="note:x", fold=(Row(text=redacted("a further line")),))
    ref = await either.slack.chat.post(either.place(), card, marker="out_2")
    await either.people.press(
        "dana", either.people.team.channel("#incidents").messages[ref], "More"
    )
    await until(lambda: either.people.modal_of("dana"))
    assert "not kept" in str(either.people.modal_of("dana"))


async def test_a_message_is_added_to_a_case(either: SlackDesk) -> None:
    message = await either.people.say(
        "kim", "#incidents", "#7 ERROR <no> slot, why?", files=[("db.log", b"x")]
    )
    done = await either.people.shortcut("dana", message.message, "Add to case")
    assert done.delivery.acked
    (utterance,) = either.heard()
    assert utterance.heard.verb == "evidence"
    assert utterance.heard.text == "#7 ERROR <no> slot, why?"
    assert [attachment.name for attachment in utterance.heard.attachments] == ["db.log"]
    assert utterance.heard.by == either.people.team.person("dana").id


async def test_a_message_of_another_program_is_added_with_what_its_blocks_say(
    either: SlackDesk,
) -> None:
    message = await either.people.say("kim", "#incidents", "alert")
    message.message.text, message.message.extra = "", {"bot_id": "B7"}
    message.message.blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "ERROR in blocks only"}}
    ]
    await either.people.shortcut("dana", message.message, "Add to case")
    (utterance,) = either.heard()
    assert (utterance.heard.verb, utterance.heard.text) == ("evidence", "ERROR in blocks only")


async def test_who_adds_what_holds_nothing_is_told_so(either: SlackDesk) -> None:
    message = await either.people.say("kim", "#incidents", "a picture")
    message.message.text, message.message.blocks = (
        "",
        [{"type": "image", "image_url": "https://x/y"}],
    )
    done = await either.people.shortcut("dana", message.message, "Add to case")
    assert done.delivery.acked
    await until(lambda: whispered(either))
    assert "nothing was added" in whispered(either)[0]
    assert either.heard() == []


class FailingStore:
    """A store that takes nothing at one of its seams, as long as a test wants."""

    def __init__(self, seam: str) -> None:
        self.seam = seam

    async def __call__(self, seam: str) -> None:
        if seam == self.seam:
            message = "the disk is full"
            raise StoreUnavailable(message)


@pytest.mark.parametrize("seam", ["reading", "begin", "commit", "committed"])
async def test_nothing_is_acknowledged_unless_it_is_known_to_be_committed(
    either: SlackDesk, caplog: pytest.LogCaptureFixture, seam: str
) -> None:
    card = await a_case(either)
    either.store.seam = trouble = FailingStore(seam)
    either.people.office.patience_s, either.people.office.pace = 0.1, 0.003
    with caplog.at_level(logging.INFO):
        message = await either.people.say("dana", "#incidents", "the secret word", thread=card.ts)
        done = await either.people.command("/fm", "status", "dana", "#incidents")
    assert not message.acked
    assert bool(done.problem) is (seam != "reading"), "a command needs no look at homes"
    assert "the disk is full" in caplog.text
    assert "secret word" not in caplog.text
    trouble.seam, either.people.office.patience_s = "", 3.0
    await either.people.office.quiet()
    assert all(delivery.acked for delivery in message.deliveries)
    assert either.texts().count("the secret word") == 1, "delivered again, heard once"


async def test_what_the_store_cannot_take_is_read_again_once_it_can(
    people: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack gives up after a few tries, and the store may be away for longer than that."""
    monkeypatch.setattr(catch_up, "_FIRST_WAIT_S", 0.5)
    monkeypatch.setattr(catch_up, "_LONGEST_WAIT_S", 0.5)
    async with a_desk(people) as desk, desk.attending():
        card = await a_case(desk)
        desk.store.seam = trouble = FailingStore("commit")
        people.office.patience_s, people.office.pace = 0.1, 0.0001
        message = await people.say("dana", "#incidents", "a word in between", thread=card.ts)
        await people.office.quiet()
        assert not message.acked
        trouble.seam = ""
        await until(lambda: desk.texts().count("a word in between") == 1)


async def test_what_is_said_is_heard_in_its_order(either: SlackDesk) -> None:
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


async def test_odd_envelopes_are_not_sent_again(people: FakeSlack) -> None:
    async with a_desk(people) as desk, desk.attending():
        odd: list[dict[str, Any]] = [
            {"type": "event_callback", "event": None},
            {"type": "view_closed"},
        ]
        sent = [people.office.deliver("events_api", envelope) for envelope in odd]
        await people.office.told(*sent)
        assert all(delivery.acked for delivery in sent)


async def test_a_form_with_nothing_in_it_stays_open_and_says_so(either: SlackDesk) -> None:
    """Slack itself lets blanks pass."""
    people = either.people
    await people.command("/fm", "open", "dana", "#incidents")
    await until(lambda: people.modal_of("dana"))
    view = people.modal_of("dana")
    assert view is not None
    done = await people.submit(view, {"What is wrong?": " \n "})
    assert done.errors == {"said": "There is nothing here yet."}
    assert either.heard() == []
    assert people.modal_of("dana") is view
    assert not (await people.submit(view, {"What is wrong?": "checkout is slow"})).errors
    assert either.texts() == ["checkout is slow"]


async def test_a_file_of_a_shared_channel_is_called_what_people_call_it(either: SlackDesk) -> None:
    card = await a_case(either)
    people = either.people
    await people.say("dana", "#incidents", thread=card.ts, files=[("db.log", b"E")], stub=True)
    (heard,) = [message.heard for message in either.heard()]
    assert [attachment.name for attachment in heard.attachments] == ["db.log"]
