"""Interactions: commands, buttons and forms in one shape, whether from the gateway or over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Any

import discord

from bot.discord.handles import InteractionHandle
from bot.discord.rooms import id_in, place_in, place_of
from core.places import Place

_TOKEN = re.compile(r"[A-Za-z0-9._=-]{1,500}")


class Kind(IntEnum):
    """Kinds of interactions, numbered by Discord."""

    PING = 1
    COMMAND = 2
    COMPONENT = 3
    COMPLETION = 4
    FORM = 5


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """An interaction (Discord: interactions/receiving-and-responding, "Interaction Object").

    data: what was chosen, pressed or typed, as Discord sends it. message_id: of the card whose
    button it was; "" for none.
    """

    id: str
    kind: Kind
    handle: InteractionHandle
    place: Place
    by: str
    said_at: datetime
    data: dict[str, Any] = field(repr=False)
    message_id: str = ""

    def within(self, workspace: str) -> Interaction:
        """The same in a workspace of ours, which no payload names."""
        return replace(self, place=self.place.within(workspace))


def from_payload(payload: dict[str, Any]) -> Interaction:
    """An interaction as Discord posts it.

    What is none raises AttributeError, KeyError, OverflowError, TypeError, ValueError or
    UnparsableDelivery.
    """
    user = (payload.get("member") or payload)["user"]
    channel = payload.get("channel") or {"id": payload["channel_id"]}
    message = payload.get("message")
    return Interaction(
        id=id_in(payload["id"]),
        kind=Kind(payload["type"]),
        handle=InteractionHandle(
            application=id_in(payload["application_id"]), token=_token(payload["token"])
        ),
        place=place_of(channel, person=id_in(user["id"])),
        by=id_in(user["id"]),
        said_at=discord.utils.snowflake_time(int(payload["id"])),
        data=payload.get("data") or {},
        message_id=id_in(message["id"]) if message else "",
    )


def _token(value: str) -> str:
    """Raises ValueError for what could not be a part of an address."""
    if not _TOKEN.fullmatch(value):
        message = "a token has letters and digits"
        raise ValueError(message)
    return value


def from_gateway(interaction: discord.Interaction) -> Interaction:
    """The interaction as discord.py hands it on from the gateway."""
    person = str(interaction.user.id)
    return Interaction(
        id=str(interaction.id),
        kind=Kind(interaction.type.value),
        handle=InteractionHandle(
            application=str(interaction.application_id), token=interaction.token
        ),
        place=_place(interaction.channel, person, interaction.channel_id),
        by=person,
        said_at=interaction.created_at,
        data=dict(interaction.data or {}),
        message_id=str(interaction.message.id) if interaction.message else "",
    )


def _place(channel: object, person: str, channel_id: int | None) -> Place:
    if isinstance(channel, discord.DMChannel):
        return place_in(f"@{person}")
    if isinstance(channel, discord.Thread):
        return place_in(str(channel.parent_id), str(channel.id))
    return place_in(str(channel_id or ""))
