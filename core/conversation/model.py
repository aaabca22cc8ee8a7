"""What people say, where they say it, and what they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.clean import Clean


class Mark(StrEnum):
    """What a card's first glance says; renderers choose icon and colour, never colour alone."""

    FIRING = "firing"
    WATCHING = "watching"
    RESOLVED = "resolved"
    ANSWER = "answer"
    REFUSED = "refused"
    PROGRESS = "progress"


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button, or the words that do the same where there are no buttons: `confirm 1`."""

    verb: str
    argument: str
    label: Clean


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a card. `citation` is what the line rests on, drawn at its end."""

    text: Clean
    citation: str | None = None
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Card:
    """One message, on any platform. The same `key` with a higher `version` edits it in place.

    `rows` are the card itself (a case card has at most six); `fold` is what long things are
    folded into: a thread, a file, or lines below. `case_number` is the case it is about.
    """

    key: str
    version: int
    mark: Mark
    rows: tuple[Row, ...]
    actions: tuple[Action, ...] = ()
    fold: tuple[Row, ...] = ()
    case_number: int | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in chat. `thread` is empty for the channel itself."""

    platform: str
    workspace: str
    channel: str
    thread: str = ""

    @property
    def lane(self) -> str:
        return f"send:{self.platform}:{self.workspace}:{self.channel}"


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A case is at home in a place."""

    tenant_id: str
    case_id: str
    place: Place


class OutboundState(StrEnum):
    """How far a card for a place has come."""

    PENDING = "pending"
    SENDING = "sending"  # handed to the platform; after a crash, look before posting again
    SENT = "sent"
    STALE = "stale"  # a newer version of the same card was sent or waits
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """One version of one card on its way to one place. `id` travels in the message."""

    id: str
    tenant_id: str
    case_id: str | None
    place: Place
    card: Card
    created_at: datetime
    state: OutboundState = OutboundState.PENDING


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a place shows now: one row per card key. `seq` grows with every post and edit."""

    id: str
    tenant_id: str
    place: Place
    card: Card
    ref: str  # the platform's own name of the message
    seq: int
    shown_at: datetime


@dataclass(frozen=True, kw_only=True)
class Question:
    """An entry of a case's inbox: what a person asked, and where the answer belongs."""

    id: str
    tenant_id: str
    case_id: str
    asked_by: str
    asked_at: datetime
    text: Clean
    place: Place
    answered_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Command:
    """One thing a person wants, on any platform: `hypotheses`, `ask why 1?`, `confirm 2`.

    `case_number` is what the person said or what the place is bound to.
    """

    verb: str
    argument: str
    by: str
    place: Place
    case_number: int | None = None
