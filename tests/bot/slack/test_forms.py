"""Which form opens, what it looks like, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.models.views import View

from bot.slack.forms import FORM, FormPrefill, form_view, gone_view, heard_in_form, wanted_form
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.places import Place

NOW = datetime(2026, 3, 4, 2, 53, tzinfo=UTC)
PLACE = Place(platform="slack", workspace="", channel="C1", thread="1.1")


def said(
    text: str, manner: MessageKind = MessageKind.BUTTON, case_number: int | None = 128
) -> IncomingMessage:
    """A button's verb is by itself; a command is a line."""
    verb, _, argument = text.partition(" ") if manner is MessageKind.BUTTON else ("", "", text)
    return IncomingMessage(
        place=PLACE,
        key="trigger/1",
        by="U1",
        manner=manner,
        verb=verb,
        text=argument,
        said_at=NOW,
        case_number=case_number,
        handle='{"user": "U1"}',
    )


@pytest.mark.parametrize("text", ["resolve", "ask", "reject 1", "correct", "open"])
def test_a_button_that_opens_a_form(text: str) -> None:
    assert wanted_form(said(text)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "confirm 1",
        "confirm",
        "evidence",
        "status",
        "hypotheses",
        "ask why 1?",
        "reject 1 disk is empty",
        "again utt_1 #128",
        "cancel",
        "nonsense",
    ],
)
def test_a_button_that_acts_at_once(text: str) -> None:
    assert wanted_form(said(text)) is None


@pytest.mark.parametrize(
    ("text", "opens"),
    [("ask", True), ("#128 ask", True), ("open", True), ("resolve", False), ("reject 1", False)],
)
def test_a_command_opens_a_form_only_where_it_means_nothing_without(
    text: str,
    opens: bool,  # noqa: FBT001
) -> None:
    assert (wanted_form(said(text, MessageKind.COMMAND)) is not None) is opens


def test_a_case_that_is_named_goes_before_that_of_the_card() -> None:
    asked = wanted_form(said("ask #127", MessageKind.COMMAND, case_number=None))
    assert asked is not None
    assert asked.case_number == 127


def submission(view: dict[str, Any], typed: str | None) -> dict[str, Any]:
    block = view["blocks"][0]
    values = {block["block_id"]: {block["element"]["action_id"]: {"value": typed}}}
    return {
        "type": "view_submission",
        "user": {"id": "U7"},
        "view": view | {"id": "V1", "state": {"values": values}},
    }


def test_what_is_typed_follows_the_verb() -> None:
    asked = wanted_form(said("reject 1"))
    assert asked is not None
    message = heard_in_form(submission(form_view(asked), "disk is\nempty"), now=NOW)
    assert message == IncomingMessage(
        place=PLACE,
        key="view/V1",
        by="U7",
        manner=MessageKind.FORM,
        verb="reject",
        text="1 disk is\nempty",
        said_at=NOW,
        case_number=128,
        handle='{"user": "U1"}',
    )


def test_nothing_need_be_typed_where_it_is_optional() -> None:
    asked = wanted_form(said("resolve"))
    assert asked is not None
    view = form_view(asked)
    assert view["blocks"][0]["optional"] is True
    message = heard_in_form(submission(view, None), now=NOW)
    assert message is not None
    assert (message.verb, message.text) == ("resolve", "")


@pytest.mark.parametrize("metadata", ["", "{}", "[1]", "x", '{"verb": "ask"}'])
def test_a_form_that_is_none_of_ours(metadata: str) -> None:
    view = {"id": "V1", "callback_id": FORM, "private_metadata": metadata}
    body = {"user": {"id": "U1"}, "view": view | {"state": {"values": {}}}}
    assert heard_in_form(body, now=NOW) is None


@pytest.mark.parametrize("typed", ["pool set to 40, ok?", "#2 is not the cause", "e1"])
def test_what_is_typed_into_a_form_is_no_line_to_be_understood(typed: str) -> None:
    asked = wanted_form(said("correct"))
    assert asked is not None
    message = heard_in_form(submission(form_view(asked), typed), now=NOW)
    assert message is not None
    assert (message.verb, message.text, message.case_number) == ("correct", typed, 128)


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS.values() if verb.field])
def test_every_form_is_one_that_slack_takes(verb: str) -> None:
    asked = FormPrefill(
        verb=verb,
        argument="x" * 1000,
        case_number=10**9,
        channel="C" * 20,
        thread="1" * 17,
        handle="h" * 300,
    )
    view = form_view(asked)
    View(**view).validate_json()
    assert len(view["private_metadata"]) <= 3000
    assert len(view["title"]["text"]) <= 24


def test_a_card_that_is_gone() -> None:
    View(**gone_view()).validate_json()
