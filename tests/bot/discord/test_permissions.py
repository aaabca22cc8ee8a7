from __future__ import annotations

import discord

from bot.discord.client import intents
from bot.discord.permissions import INTENTS, PERMISSIONS, invite_url, needed, number_of
from core.places import CaseRoom


def test_bits_are_those_of_the_library() -> None:
    for name, permission in PERMISSIONS.items():
        assert discord.Permissions(**{name.lower(): True}).value == permission.bit


def test_intents_are_those_that_are_explained() -> None:
    assert {name for name, on in intents() if on} == set(INTENTS)


def test_only_channels_of_their_own_need_to_manage_channels() -> None:
    assert set(PERMISSIONS) - set(needed(CaseRoom.THREAD)) == {"MANAGE_CHANNELS"}
    assert not number_of(needed(CaseRoom.THREAD)) & PERMISSIONS["MANAGE_CHANNELS"].bit


def test_the_invite_asks_for_what_is_needed() -> None:
    url = invite_url("42", CaseRoom.CHANNEL)
    assert f"permissions={number_of(PERMISSIONS)}" in url
    assert "client_id=42&scope=bot%20applications.commands" in url
