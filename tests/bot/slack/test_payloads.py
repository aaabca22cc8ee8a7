"""Slack's payloads, translated. Shapes: docs.slack.dev/reference/events/message and others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.slack.payloads import (
    heard_in_action,
    heard_in_command,
    heard_in_message,
    heard_in_shortcut,
    said,
    time_of,
)
from bot.slack.response_handle import ResponseHandle
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.errors import NotFound
from core.places import Place

BOT = "U0BOT"
NOW = datetime(2026, 3, 4, 2, 53, tzinfo=UTC)
TS = "1772592780.000200"


def place(channel: str = "C1", thread: str = "") -> Place:
    return Place(platform="slack", workspace="", channel=channel, thread=thread)


def event(text: str = "why 1?", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "channel": "C1", "ts": TS, "text": text} | more


def heard(text: str = "why 1?", **more: Any) -> IncomingMessage:
    message = heard_in_message(event(text, **more), bot=BOT)
    assert message is not None
    return message


def test_a_message_in_a_thread() -> None:
    message = heard("why 1?", thread_ts="1772592000.000100")
    assert message == IncomingMessage(
        place=place(thread="1772592000.000100"),
        key=f"C1/{TS}",
        by="U1",
        manner=MessageKind.MESSAGE,
        text="why 1?",
        said_at=datetime(2026, 3, 4, 2, 53, 0, 200, tzinfo=UTC),
        ref=TS,
        handle=ResponseHandle(user="U1", thread="1772592000.000100").dump(),
    )


def test_a_mention_is_the_same_whichever_event_comes_first() -> None:
    as_message = event(f"<@{BOT}> status", channel_type="channel")
    as_mention = event(f"<@{BOT}> status", type="app_mention")
    first, second = (heard_in_message(event, bot=BOT) for event in (as_message, as_mention))
    assert first == second
    assert first is not None
    assert (first.manner, first.text) == (MessageKind.MENTION, "status")
    assert first.place == place(thread=TS), "answered in a thread below"


def test_a_mention_in_a_thread_stays_there() -> None:
    assert heard(f"hey <@{BOT}|fm>, help", thread_ts="1.1").place.thread == "1.1"


def test_another_bot_whose_id_begins_like_ours_is_not_us() -> None:
    assert heard(f"<@{BOT}2> status").manner is MessageKind.MESSAGE


def test_our_name_alone_asks_for_help() -> None:
    assert heard(f"<@{BOT}>").text == "help"


def test_what_is_said_directly_is_said_to_us() -> None:
    message = heard("<@U2> did it", channel="D1", channel_type="im")
    assert (message.manner, message.place, message.to_another) == (
        MessageKind.MENTION,
        place("D1"),
        False,
    )


def test_history_shows_the_first_message_of_a_thread_with_a_thread_of_its_own() -> None:
    assert heard("why?", thread_ts=TS).place == heard("why?").place == place()


@pytest.mark.parametrize(
    ("text", "to_another"),
    [
        ("<@U2> can you look?", True),
        ("  <@W2|dana> look", True),
        ("<!subteam^S1|@dba> look", True),
        ("is it what <@U2> said?", False),
        ("<!here> look", False),
        (f"<@U2> ask <@{BOT}> why", False),
    ],
)
def test_to_another(text: str, to_another: bool) -> None:  # noqa: FBT001
    assert heard(text).to_another is to_another


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message", "user": None},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic"},
        {"subtype": "something_new"},
        {"bot_id": "B1"},
        {"user": BOT},
        {"user": None},
        {"ts": ""},
        {"ts": "abc"},
        {"ts": "\u0661.1"},
        {"text": ""},
        {"text": None},
    ],
)
def test_what_no_person_said_is_nothing(more: dict[str, Any]) -> None:
    assert heard_in_message(event(**more), bot=BOT) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_genuine_subtypes(subtype: str) -> None:
    assert heard(subtype=subtype).text == "why 1?"


def test_files_come_with_their_message() -> None:
    files = [
        {"id": "F1", "name": "db.log", "size": 9, "url_private_download": "https://files/F1/d"},
        {"id": "F2", "mode": "file_access", "file_access": "check_file_info"},
        {"id": "F3", "mode": "tombstone"},
        {"id": "F4", "mode": "external", "name": "sheet"},
        {"id": "F5", "name": "odd.log", "size": "x"},
    ]
    message = heard("", subtype="file_share", files=files)
    assert [
        (attachment.id, attachment.name, attachment.size) for attachment in message.attachments
    ] == [
        ("F1", "db.log", 9),
        ("F2", "F2", 0),
        ("F5", "odd.log", 0),
    ]
    assert json.loads(message.attachments[0].source) == {"id": "F1", "url": "https://files/F1/d"}
    assert message.text == ""


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("5 &lt; 6 &amp;&amp; 7 &gt; 6", "5 < 6 && 7 > 6"),
        ("&amp;lt;!channel&amp;gt;", "&lt;!channel&gt;"),
        ("see <http://db.log|db.log>", "see db.log"),
        ("see <https://a.example/x?b=1&amp;c=2>", "see https://a.example/x?b=1&c=2"),
        ("<https://a.example/x|the graph>", "the graph https://a.example/x"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("ask <@U2|dana> in <#C2|ops> <#C3>", "ask @dana in #ops #C3"),
        ("<!here> <!subteam^S1|@dba> <!date^1^x|noon>", "@here @dba noon"),
        ("evidence ```\nERROR  a\n  b\n```", "evidence \n\nERROR  a\n  b"),
        ("`confirm 1`", "confirm 1"),
        ("is `a` or `b`", "is `a` or `b`"),
        ("  confirm   1 ", "confirm   1"),
    ],
)
def test_text_is_as_it_was_typed(sent: str, typed: str) -> None:
    assert said(sent) == typed


def test_a_time_has_micros() -> None:
    assert time_of("1772592780.000200").microsecond == 200
    assert time_of("1772592780").microsecond == 0


def command(text: str) -> dict[str, Any]:
    return {
        "command": "/fm",
        "text": text,
        "user_id": "U1",
        "channel_id": "C1",
        "trigger_id": "1.2.x",
        "response_url": "https://hooks.slack.com/commands/1",
    }


def test_a_command() -> None:
    message = heard_in_command(command("#128 confirm 1"), now=NOW)
    assert (message.key, message.by, message.manner) == ("trigger/1.2.x", "U1", MessageKind.COMMAND)
    assert (message.text, message.place, message.said_at) == ("#128 confirm 1", place(), NOW)
    handle = ResponseHandle.load(message.handle)
    assert (handle.user, handle.thread) == ("U1", "")
    assert handle.response_url == "https://hooks.slack.com/commands/1"
    assert "hooks" not in repr(message)


def test_a_command_alone_asks_for_help() -> None:
    assert heard_in_command(command(" "), now=NOW).text == "help"


def press(value: str = "128 1", action_id: str = "fm:confirm", **container: Any) -> dict[str, Any]:
    shown = {"type": "message", "message_ts": TS, "channel_id": "C1"} | container
    return {
        "type": "block_actions",
        "user": {"id": "U1"},
        "channel": {"id": shown["channel_id"]},
        "container": shown,
        "trigger_id": "1.2.x",
        "response_url": "https://hooks.slack.com/actions/1",
        "actions": [{"action_id": action_id, "value": value, "type": "button"}],
    }


def test_a_button_says_what_is_written_on_it() -> None:
    message = heard_in_action(press(), now=NOW)
    assert message is not None
    assert (message.verb, message.text, message.case_number) == ("confirm", "1", 128)
    assert message.manner is MessageKind.BUTTON
    assert message.key == "trigger/1.2.x"
    assert message.place == place(thread=TS), "below the card"
    assert ResponseHandle.load(message.handle).thread == "", "where the card itself is looked at"


def test_a_button_in_a_thread() -> None:
    message = heard_in_action(press(thread_ts="1.1"), now=NOW)
    assert message is not None
    assert message.place.thread == "1.1"
    assert ResponseHandle.load(message.handle).thread == "1.1"


def test_a_button_on_what_one_sees_alone_is_pressed_in_the_channel() -> None:
    message = heard_in_action(press(is_ephemeral=True), now=NOW)
    assert message is not None
    assert message.place == place()


@pytest.mark.parametrize(
    ("action_id", "value", "verb", "text", "case_number"),
    [
        ("fm:reject:3", "128 2", "reject", "2", 128),
        ("fm:hypotheses", "128", "hypotheses", "", 128),
        ("fm:hypotheses", "0 #127", "hypotheses", "", 127),
        ("fm:confirm", "0 #127 1", "confirm", "1", 127),
        ("fm:correct", "128 #2 is it", "correct", "#2 is it", 128),
        ("fm:again", "0 utt_1 #128", "", "again utt_1 #128", None),
        ("fm:again:2", "7 utt_1 #128", "", "again utt_1 #128", 7),
    ],
)
def test_what_buttons_say(
    action_id: str, value: str, verb: str, text: str, case_number: int | None
) -> None:
    message = heard_in_action(press(value, action_id), now=NOW)
    assert message is not None
    assert (message.verb, message.text, message.case_number) == (verb, text, case_number)


@pytest.mark.parametrize(
    ("action_id", "value"), [("other", "1"), ("fm:", "1"), ("fm:confirm", ""), ("fm:x", "one 1")]
)
def test_a_button_of_no_meaning(action_id: str, value: str) -> None:
    assert heard_in_action(press(value, action_id), now=NOW) is None


def test_a_message_becomes_evidence() -> None:
    body = {
        "type": "message_action",
        "trigger_id": "1.2.x",
        "response_url": "https://hooks.slack.com/app/1",
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "message": {
            "user": "U2",
            "bot_id": "B7",
            "ts": TS,
            "text": "pool &gt; 10",
            "attachments": [{"text": "ERROR no slot"}, {"fallback": "more"}, {}],
            "files": [{"id": "F1", "name": "db.log", "size": 9}],
        },
    }
    message = heard_in_shortcut(body, now=NOW)
    assert (message.verb, message.text) == ("evidence", "pool > 10\nERROR no slot\nmore")
    assert [attachment.id for attachment in message.attachments] == ["F1"]
    assert (message.by, message.manner, message.place) == (
        "U1",
        MessageKind.COMMAND,
        place(thread=TS),
    )


@pytest.mark.parametrize("text", ["", "x", "[]", '{"user": "U1", "who": 1}', "{}"])
def test_a_handle_that_is_none(text: str) -> None:
    with pytest.raises(NotFound):
        ResponseHandle.load(text)
