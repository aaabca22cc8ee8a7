"""What a Slack workspace consists of: people, channels, messages, files, modals.

Plain state without rules about who may do what; those are in the `*_methods` modules.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Kind(StrEnum):
    """What somebody is. Slack: docs.slack.dev/reference/objects/user-object."""

    MEMBER = "member"
    ADMIN = "admin"
    GUEST = "guest"  # is_restricted: several channels
    SINGLE_GUEST = "single channel guest"  # is_ultra_restricted
    BOT = "bot"
    STRANGER = "stranger"  # from another workspace, in a shared channel
    DELETED = "deleted"


class Room(StrEnum):
    """Kinds of conversation, as `message` events and `types` arguments tell them apart."""

    PUBLIC = "public_channel"
    PRIVATE = "private_channel"
    IM = "im"


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    kind: Kind
    team_id: str
    email: str = ""


@dataclass(eq=False)
class StoredFile:
    id: str
    name: str
    user: str
    content: bytes = field(repr=False)
    title: str = ""
    announced: int = 0  # the length that files.getUploadURLExternal was told
    complete: bool = True
    deleted: bool = False
    stub: bool = False  # Slack Connect: the message carries only `file_access: check_file_info`
    created: int = field(default_factory=lambda: int(time.time()))
    shares: dict[str, list[str]] = field(default_factory=dict)  # channel id -> ts of messages


@dataclass(eq=False)
class Message:
    """`only_for` is whose eyes an ephemeral message is for; "" for everybody's."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    by_app: bool = False
    subtype: str = ""
    metadata: Json | None = None
    files: list[StoredFile] = field(default_factory=list)
    edited: str = ""
    broadcast: bool = False
    only_for: str = ""
    shown: bool = True  # an ephemeral message in a thread without replies is never shown
    client_msg_id: str = ""
    extra: Json = field(default_factory=dict)
    arguments: Json = field(default_factory=dict, repr=False)  # of the call that posted it


@dataclass(eq=False)
class Channel:
    id: str
    name: str
    room: Room = Room.PUBLIC
    members: set[str] = field(default_factory=set)
    creator: str = ""
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    messages: dict[str, Message] = field(default_factory=dict)  # by ts, oldest first
    ephemeral: list[Message] = field(default_factory=list)

    def replies(self, ts: str) -> list[Message]:
        """Below a message, oldest first, without the message itself."""
        return [m for m in self.messages.values() if m.thread_ts == ts and m.ts != ts]


@dataclass(eq=False)
class View:
    """A modal that somebody has before them. `below` is the view that it was pushed upon."""

    id: str
    user: str
    content: Json
    hash: str
    below: View | None = None
    open: bool = True


@dataclass(eq=False)
class Team:
    """One workspace."""

    id: str = "T0FAULTMVN"
    name: str = "Example Works"
    domain: str = "example-works"
    members_may_create_channels: bool = True
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _last_ts: float = 0.0

    def new_id(self, letter: str) -> str:
        """`C0000000001`: the kinds of id are told apart by their first letter."""
        return f"{letter}{next(self._numbers):010d}"

    def new_ts(self) -> str:
        """A `ts` is unique in its channel, and later ones are greater.

        Slack: docs.slack.dev/messaging/retrieving-messages: ts is the unique per-channel timestamp.
        """
        self._last_ts = max(time.time(), self._last_ts + 0.000001)
        return f"{self._last_ts:.6f}"

    def add_person(self, name: str, kind: Kind = Kind.MEMBER) -> Person:
        team = self.id if kind is not Kind.STRANGER else "T0ELSEWHERE"
        person = Person(self.new_id("U"), name, kind, team, email=f"{name}@example.com")
        self.people[person.id] = person
        return person

    def add_channel(self, name: str, *members: str, room: Room = Room.PUBLIC) -> Channel:
        letter = "D" if room is Room.IM else "C"
        channel = Channel(self.new_id(letter), name, room, members=set(members))
        self.channels[channel.id] = channel
        return channel

    def person(self, name_or_id: str) -> Person:
        named = (
            person for person in self.people.values() if name_or_id in (person.id, person.name)
        )
        return next(named)

    def channel(self, name_or_id: str) -> Channel:
        wanted = name_or_id.removeprefix("#")
        return next(
            channel for channel in self.channels.values() if wanted in (channel.id, channel.name)
        )

    def im_of(self, *members: str) -> Channel:
        """The direct conversation of two; made when they first talk."""
        pair = set(members)
        for channel in self.channels.values():
            if channel.room is Room.IM and channel.members == pair:
                return channel
        return self.add_channel("", *members, room=Room.IM)
