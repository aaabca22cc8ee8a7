from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.discord.interactions import Kind, from_payload
from bot.discord.rooms import place_in
from core.errors import UnparsableDelivery

AT = datetime(2026, 3, 4, 2, 53, tzinfo=UTC)
# Discord: reference, "Snowflakes": milliseconds since 2015, and 22 bits below.
ID = str((int(AT.timestamp() * 1000) - 1_420_070_400_000) << 22)


def payload(**parts: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "application_id": "7",
        "type": 2,
        "token": "a-token.of_tests",
        "channel_id": "11",
        "channel": {"id": "11", "type": 0},
        "member": {"user": {"id": "42"}},
        "data": {"name": "fm"},
    } | parts


def test_a_command_says_who_where_and_when() -> None:
    asked = from_payload(payload())
    assert (asked.kind, asked.by, asked.place) == (Kind.COMMAND, "42", place_in("11"))
    assert (asked.said_at, asked.data, asked.message_id) == (AT, {"name": "fm"}, "")
    assert (asked.handle.application, asked.handle.token) == ("7", "a-token.of_tests")
    assert "a-token.of_tests" not in repr(asked)


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"channel": {"id": "12", "type": 11, "parent_id": "11"}}, place_in("11", "12")),
        (
            {"channel": {"id": "13", "type": 1}, "member": None, "user": {"id": "42"}},
            place_in("@42"),
        ),
        ({"channel": None}, place_in("11")),
    ],
)
def test_a_thread_and_a_direct_conversation_are_places(parts: dict[str, Any], place: Any) -> None:
    asked = from_payload(payload(**parts))
    assert (asked.place, asked.by) == (place, "42")


def test_a_button_names_the_message_it_stands_below() -> None:
    asked = from_payload(payload(type=3, message={"id": "99"}))
    assert (asked.kind, asked.message_id) == (Kind.COMPONENT, "99")


SAID = f"{ID} my secret"  # ids rest and are shown as they are


@pytest.mark.parametrize(
    "parts",
    [
        {"type": 9},
        {"id": "x"},
        {"member": {}},
        {"id": SAID},
        {"application_id": SAID},
        {"token": "a token / elsewhere"},
        {"channel": {"id": SAID, "type": 0}},
        {"channel": {"id": "12", "type": 11, "parent_id": SAID}},
        {"channel": None, "channel_id": SAID},
        {"member": {"user": {"id": SAID}}},
        {"message": {"id": SAID}},
    ],
)
def test_what_is_no_interaction_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, UnparsableDelivery)):
        from_payload(payload(**parts))
