"""Commands, buttons, forms and menus, pressed by people in a Discord in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.hypothesis_cards import hypotheses_card
from core.conversation.commands.command import Chosen, wanted
from core.conversation.messages.message import MessageKind, Opening
from core.errors import StoreUnavailable
from core.places import Destination
from core.text.redacted import RedactedText
from tests.examples import KNOWN, REDACTOR, card

if TYPE_CHECKING:
    from simcord.results import InteractionResult

    from tests.bot.discord.conftest import DiscordServer

pytestmark = pytest.mark.integration

ANSWER = Card(
    key="reply:1",
    version=1,
    mark=Mark.ANSWER,
    rows=(Row(text=RedactedText.format("#128 is open")),),
)
CASE_CARD = replace(card(KNOWN), case_number=128)
OPENING = Opening(number=128, title=RedactedText.format("checkout: 5xx 8 %"), card=CASE_CARD)


def said(result: InteractionResult) -> str:
    message = result.response
    assert message is not None
    return message.embeds[0].description or "" if message.embeds else message.content


async def test_a_command_is_committed_and_answered_to_one_person(server: DiscordServer) -> None:
    result = await server.dana.slash(server.channel, "fm status", case=128)
    (heard,) = server.heard()
    assert (heard.verb, heard.text, heard.case_number) == ("status", "", 128)
    assert heard.manner is MessageKind.COMMAND
    assert heard.place == server.place()
    assert heard.ref == ""
    assert (result.deferred, result.ephemeral) == (True, True)
    await server.discord.chat.send_ephemeral(heard.place, ANSWER, handle=heard.handle)
    assert said(result) == "#128 is open"
    await server.discord.chat.send_ephemeral(heard.place, ANSWER, handle=heard.handle)
    assert [message.ephemeral for message in result.followups] == [True]
    assert server.channel.history() == []


async def test_what_is_not_sure_to_be_answered_is_acknowledged_in_words(
    server: DiscordServer,
) -> None:
    result = await server.dana.slash(server.channel, "faultmaven ask", text="`what` @everyone?")
    assert (result.deferred, result.ephemeral) == (False, True)
    assert said(result) == "Heard `ask 'what' @everyone?`."
    (heard,) = server.heard()
    await server.discord.chat.send_ephemeral(heard.place, ANSWER, handle=heard.handle)
    assert said(result) == "#128 is open"


async def test_what_is_for_everyone_has_no_handle(server: DiscordServer) -> None:
    result = await server.dana.slash(server.channel, "fm report")
    (heard,) = server.heard()
    assert heard.handle == ""
    assert said(result) == "Heard `report`."


@pytest.mark.parametrize(
    ("verb", "text"), [("open", "is checkout slow?"), ("resolve", "ok?"), ("ask", "#9 why?")]
)
async def test_what_was_chosen_is_not_guessed_at(
    server: DiscordServer, verb: str, text: str
) -> None:
    """`open …?` typed in a thread asks; from the menu of commands it opens."""
    result = await server.dana.slash(server.channel, f"fm {verb}", text=text)
    (heard,) = server.heard()
    assert wanted(heard) == Chosen(verb=verb, argument=text)
    assert heard.case_number is None
    assert said(result) == f"Heard `{verb} {text}`."


async def test_number_and_words_of_a_command_go_with_its_verb(server: DiscordServer) -> None:
    await server.dana.slash(server.channel, "fm reject", number=2, text="disk is empty", case=128)
    (heard,) = server.heard()
    assert (heard.verb, heard.text, heard.case_number) == ("reject", "2 disk is empty", 128)


async def test_a_command_in_a_thread_is_about_the_thread(server: DiscordServer) -> None:
    destination_place = await _thread(server)
    (thread,) = server.channel.threads
    await server.dana.slash(thread, "fm hypotheses")
    assert server.heard()[-1].place == destination_place


async def test_a_button_acts_after_a_restart(server: DiscordServer) -> None:
    await server.discord.chat.post(server.place(), CASE_CARD, marker="out_1")
    message = server.channel.last_message
    assert message is not None
    await server.restart()
    result = await server.dana.click(message, label="Hypotheses")
    (heard,) = server.heard()
    assert (heard.verb, heard.text, heard.manner) == ("hypotheses", "", MessageKind.BUTTON)
    assert (heard.case_number, heard.place) == (128, server.place())
    assert result.deferred
    await server.discord.chat.send_ephemeral(heard.place, ANSWER, handle=heard.handle)
    assert said(result) == "#128 is open"


async def test_a_form_that_was_open_during_a_restart_is_taken(server: DiscordServer) -> None:
    await server.discord.chat.post(server.place(), CASE_CARD, marker="out_1")
    message = server.channel.last_message
    assert message is not None
    shown = await server.dana.click(message, label="Resolve")
    assert (shown.modal or {})["title"] == "Resolve #128"
    assert server.heard() == []
    await server.restart()
    result = await server.dana.submit_modal(shown, {"text": "pool set to 40"})
    (heard,) = server.heard()
    assert (heard.verb, heard.text) == ("resolve", "pool set to 40")
    assert heard.manner is MessageKind.FORM
    assert heard.case_number == 128
    assert (result.acknowledged, result.ephemeral) == (True, True)


async def test_a_form_adds_to_what_its_button_says(server: DiscordServer) -> None:
    await server.discord.chat.post(server.place(), _hypotheses(), marker="out_1")
    message = server.channel.last_message
    assert message is not None
    shown = await server.dana.click(message, label="Reject 1")
    await server.dana.submit_modal(shown, {"text": "#2 is not\nthe cause"})
    await server.dana.click(message, label="Confirm 1")
    rejected, confirmed = server.heard()
    assert wanted(rejected) == Chosen(verb="reject", argument="1 #2 is not\nthe cause")
    assert wanted(confirmed) == Chosen(verb="confirm", argument="1")


def _hypotheses() -> Card:
    return hypotheses_card(KNOWN, redactor=REDACTOR)


async def test_more_shows_the_fold_to_one_person(server: DiscordServer) -> None:
    folded = replace(_hypotheses(), fold=(Row(text=RedactedText.format("1 for: one more line")),))
    ref = await server.discord.chat.post(server.place(), folded, marker="out_1")
    await server.show(server.place(), folded, ref)
    message = server.channel.last_message
    assert message is not None
    result = await server.dana.click(message, label="More")
    assert (said(result), result.ephemeral) == ("1 for: one more line", True)
    assert server.heard() == []


async def test_more_of_a_card_that_is_gone_says_so(server: DiscordServer) -> None:
    folded = replace(_hypotheses(), fold=(Row(text=RedactedText.format("1 for: one more line")),))
    await server.discord.chat.post(server.place(), folded, marker="out_1")
    message = server.channel.last_message
    assert message is not None
    result = await server.dana.click(message, label="More")
    assert "not shown here any more" in said(result)


async def test_a_message_is_added_to_the_case_with_its_files(server: DiscordServer) -> None:
    message = await server.dana.send(
        server.channel, "timeout at 02:41", attachments=[("api.log", b"02:41 timeout")]
    )
    result = await server.dana.context_menu(server.channel, "Add to case", message)
    heard = server.heard()[-1]
    assert (heard.verb, heard.text) == ("evidence", "timeout at 02:41")
    assert heard.manner is MessageKind.COMMAND
    (file,) = heard.attachments
    assert (file.name, file.size) == ("api.log", 13)
    assert result.ephemeral


async def test_a_question_that_is_added_to_the_case_is_evidence(server: DiscordServer) -> None:
    message = await server.dana.send(server.channel, "ERROR pool exhausted, why?")
    result = await server.dana.context_menu(server.channel, "Add to case", message)
    heard = server.heard()[-1]
    assert wanted(heard) == Chosen(verb="evidence", argument="ERROR pool exhausted, why?")
    assert said(result) == "Heard `evidence ERROR pool exhausted, why?`."


async def test_a_command_is_answered_with_an_apology_while_the_database_is_away(
    server: DiscordServer,
) -> None:
    async def away(_: str) -> None:
        message = "no"
        raise StoreUnavailable(message)

    server.store.seam = away
    result = await server.dana.slash(server.channel, "fm status")
    assert (result.deferred, result.ephemeral) == (False, True)
    assert "the database is away" in said(result)


@pytest.mark.parametrize(
    ("typed", "numbers"), [("", [128]), ("12", [128]), ("checkout", [128]), ("7", [])]
)
async def test_cases_are_offered_while_one_types(
    server: DiscordServer, typed: str, numbers: list[int]
) -> None:
    await server.bind(server.place())
    offered = await _offered(server, "fm status", "case", typed)
    assert [choice["value"] for choice in offered] == numbers
    assert all(choice["name"].startswith("#128 HighErrorRate") for choice in offered)


async def test_hypotheses_of_the_channels_case_are_offered(server: DiscordServer) -> None:
    await server.bind(server.place())
    offered = await _offered(server, "fm confirm", "number", "")
    assert [choice["value"] for choice in offered] == [1, 2]


async def _offered(
    server: DiscordServer, name: str, option: str, typed: str
) -> list[dict[str, Any]]:
    return await server.dana.autocomplete(server.channel, name, option, typed)


async def _thread(server: DiscordServer) -> Any:
    destination = Destination(platform="discord", channel="#incidents")
    opened = await server.discord.chat.open(destination, OPENING, marker="out_1", again=False)
    await server.env.settle()
    return opened.place
