from __future__ import annotations

from typing import Any

import pytest

from bot.discord.channel_permissions import overwrites_like
from bot.discord.permissions import EVERYTHING, MANAGE_ROLES, PERMISSIONS
from core.errors import ChatRefused

VIEW, SEND = PERMISSIONS["VIEW_CHANNEL"].bit, PERMISSIONS["SEND_MESSAGES"].bit
FILES, SPEAK = PERMISSIONS["ATTACH_FILES"].bit, 1 << 21
EVERYONE, RESPONDERS, BOT, ANA = "1", "2", "3", "4"


def a_channel(*overwrites: tuple[str, int, int]) -> dict[str, Any]:
    """Each overwrite is who, what is allowed and what is denied."""
    return {
        "id": "9",
        "permission_overwrites": [
            {"id": who, "type": 0, "allow": str(allow), "deny": str(deny)}
            for who, allow, deny in overwrites
        ],
    }


PRIVATE = a_channel(
    (EVERYONE, 0, VIEW | SPEAK), (RESPONDERS, VIEW | SPEAK | MANAGE_ROLES, 0), (BOT, VIEW, FILES)
)


def made(held: int) -> dict[str, tuple[int, int]]:
    drawn = overwrites_like(PRIVATE, people=[BOT, ANA], held=held)
    assert len({document["id"] for document in drawn}) == len(drawn)
    return {document["id"]: (int(document["allow"]), int(document["deny"])) for document in drawn}


def test_whoever_sees_the_configured_channel_sees_the_one_of_the_case() -> None:
    held = VIEW | SEND | FILES
    like = made(held)
    assert like[EVERYONE] == (0, VIEW)
    assert like[RESPONDERS] == (VIEW, 0)
    assert like[BOT] == like[ANA] == (held, 0)


def test_nothing_is_set_that_the_bot_does_not_have_itself() -> None:
    for held in (VIEW, VIEW | SEND | MANAGE_ROLES, VIEW | SPEAK):
        bits = [bit for pair in made(held).values() for bit in pair]
        assert all(bit & ~held == 0 for bit in bits)
        assert all(bit & MANAGE_ROLES == 0 for bit in bits)
    assert made(EVERYTHING)[RESPONDERS] == (VIEW | SPEAK | MANAGE_ROLES, 0)


def test_what_cannot_be_kept_private_is_not_made() -> None:
    with pytest.raises(ChatRefused, match="View Channels") as refused:
        overwrites_like(PRIVATE, people=[BOT], held=SEND | FILES)
    assert "Server Settings" in refused.value.next_step
