"""What is in the fake Discord: people, channels, messages. Ids are strings, as on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

Wire = dict[str, Any]  # one JSON object as Discord writes it


class Kind(IntEnum):
    """Channel types. Discord: resources/channel, "Channel Types"."""

    TEXT = 0
    DM = 1
    CATEGORY = 4
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = (Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD)


class GatewayIntent(IntFlag):
    """Those of the gateway that something here depends on. Discord: events/gateway."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = (
    GatewayIntent.GUILD_MEMBERS | GatewayIntent.GUILD_PRESENCES | GatewayIntent.MESSAGE_CONTENT
)


class Flag(IntFlag):
    """Message flags. Discord: resources/message, "Message Flags"."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


REQUIRE_TAG = 1 << 4  # flag of a forum: each post needs a tag


@dataclass(eq=False)
class User:
    """Somebody, or a bot. `accepts_dms` False: direct messages to them are refused (50007)."""

    id: str
    name: str
    bot: bool = False
    accepts_dms: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class Role:
    id: str
    name: str
    permissions: int
    position: int = 0


@dataclass(eq=False)
class GuildMember:
    """A user in the guild. `pending`: has not passed its membership screening."""

    user: User
    joined_at: float
    roles: list[str] = field(default_factory=list)
    nick: str | None = None
    pending: bool = False

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def mention(self) -> str:
        return self.user.mention


@dataclass(eq=False)
class Overwrite:
    """For a role (type 0) or a member (type 1) in one channel."""

    id: str
    type: int
    allow: int = 0
    deny: int = 0


@dataclass(eq=False)
class Channel:
    """A text channel, forum, thread or direct conversation; the later fields are of some kinds."""

    id: str
    kind: Kind
    name: str = ""
    parent: str = ""
    topic: str | None = None
    flags: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    tags: list[Wire] = field(default_factory=list)  # a forum's
    recipients: list[User] = field(default_factory=list)  # of direct messages
    owner: str = ""  # from here on: a thread's
    archived: bool = False
    locked: bool = False
    archive_after: int = 1440  # minutes
    changed_at: float = 0.0  # when it was archived or taken back
    joined: dict[str, float] = field(default_factory=dict)
    applied_tags: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    @property
    def in_guild(self) -> bool:
        return self.kind != Kind.DM

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"


@dataclass(eq=False)
class File:
    """An attachment, as the CDN keeps it."""

    id: str
    name: str
    data: bytes = field(repr=False)
    media_type: str = "application/octet-stream"
    description: str | None = None


@dataclass(eq=False)
class Message:
    """One message. `only_for`: the user who alone sees it (an ephemeral one)."""

    id: str
    channel: str
    author: User
    at: float
    content: str = ""
    embeds: list[Wire] = field(default_factory=list)
    components: list[Wire] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    nonce: str | None = None
    edited_at: float | None = None
    reply_to: str | None = None
    pings: list[User] = field(default_factory=list)
    pings_everyone: bool = False
    pinned: bool = False
    only_for: str | None = None
    asked_with: Wire | None = None  # `interaction_metadata`
    webhook: str | None = None
    forwards: Message | None = None
    reactions: dict[str, set[str]] = field(default_factory=dict)

    @property
    def buttons(self) -> list[Wire]:
        """Every button of it, however deep, in reading order."""
        return [part for part in walk(self.components) if part.get("type") == 2]

    @property
    def text(self) -> str:
        """Everything a person can read in it, a line each: content, embeds, components."""
        parts = [self.content]
        for embed in self.embeds:
            parts += [embed.get("title", ""), embed.get("description", "")]
            for item in embed.get("fields", ()):
                parts += [item["name"], item["value"]]
            parts.append(embed.get("footer", {}).get("text", ""))
        parts += [str(part.get("content", "")) for part in walk(self.components)]
        parts += [str(part.get("label") or "") for part in self.buttons]
        return "\n".join(filter(None, parts))


def walk(components: list[Wire]) -> list[Wire]:
    """Components and what is inside of them. Discord: components/reference."""
    flat = list[Wire]()
    for part in components:
        flat.append(part)
        inside = list(part.get("components", ()))
        inside += [part[name] for name in ("accessory", "component") if part.get(name)]
        flat += walk(inside)
    return flat
