"""Incoming messages as the journal keeps them, and cards on their way to a place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.conversation.cards.card import Card
from core.places import Destination, Place
from core.text.redacted import RedactedText


class MessageKind(StrEnum):
    """How something reached us; it decides whether we are meant, and who sees the reply."""

    MESSAGE = "message"  # said in a channel or thread, to nobody in particular
    MENTION = "mention"  # said to us by name, or in a direct conversation with us
    COMMAND = "command"  # a slash command, or an entry of a message's menu
    BUTTON = "button"  # pressed on one of our cards
    FORM = "form"  # a modal, filled in and sent


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that a person dropped. `source` is for the platform alone: how it is fetched."""

    id: str
    name: str
    size: int
    source: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class IncomingMessage:
    """What a person said or did, as a listener translates it; nothing of it is redacted yet.

    key: the platform's own name of it, the same however often it is delivered: `C1/1700.01`.
    by: the platform's id of the person.
    verb: what was chosen from a menu, a button or a form, which is not to be guessed at; "" where a
    person typed a line.
    text: that line as it would be typed in the terminal (`confirm 1`), without our name; with a
    `verb`, what goes with it and nothing else (`1`, lines of a log).
    ref: the platform's name of the message, from which a catch-up goes on; "" for none.
    handle: what the platform needs to answer this person alone, or by a reply to this message where
    it can hide nothing; "" where all may see the reply.
    to_another: it addresses somebody else by name.
    """

    place: Place
    key: str
    by: str
    manner: MessageKind
    text: str = field(repr=False)
    said_at: datetime
    ref: str = ""
    case_number: int | None = None
    attachments: tuple[Attachment, ...] = ()
    handle: str = field(default="", repr=False)
    to_another: bool = False
    verb: str = ""

    @property
    def is_hidden(self) -> bool:
        """Whether the platform shows neither it nor its reply to anybody else."""
        is_overheard = self.manner in (MessageKind.MESSAGE, MessageKind.MENTION)
        return bool(self.handle) and not is_overheard


@dataclass(frozen=True, kw_only=True)
class JournaledMessage:
    """What was heard, journaled before it is acknowledged; a `chat.hear` job does what it asks."""

    id: str
    tenant_id: str
    heard_at: datetime
    heard: IncomingMessage


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What the place of a case is made from: its number, a few words for its name, and its card.

    `invited` are the platform's ids of those who should be there from the beginning.
    """

    number: int
    title: RedactedText
    card: Card
    invited: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The place that was made for a case, and the message in it that shows the case's card."""

    place: Place
    ref: str


class OutboundState(StrEnum):
    """How far a card for a place has come."""

    PENDING = "pending"
    SENDING = "sending"  # handed to the platform; after a crash, look before posting again
    SENT = "sent"
    STALE = "stale"  # a newer version of the same card was sent or waits
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Nothing is sent any more."""
        return self not in (OutboundState.PENDING, OutboundState.SENDING)


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """One version of one card on its way to one place. `id` travels in the message.

    opens: the place is yet to be made, and the card is the first thing in it.
    handle: shown to the one person alone who asked with it; see `IncomingMessage.handle`.
    """

    id: str
    tenant_id: str
    case_id: str | None
    place: Place
    card: Card
    created_at: datetime
    state: OutboundState = OutboundState.PENDING
    opens: Destination | None = None
    handle: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a place shows now: one row per card key. `seq` grows with every post and edit.

    What one person alone was shown has no `ref`: nobody can edit it, and `More` reads it here.
    """

    id: str
    tenant_id: str
    place: Place
    card: Card
    ref: str  # the platform's own name of the message
    seq: int
    shown_at: datetime

    @property
    def is_ephemeral(self) -> bool:
        """Whether one person alone was shown it."""
        return not self.ref


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A case is at home in a place. `opens` is set until that place has been made.

    `made_from` is what it was made from, so that cards that were on their way there still find it.
    """

    tenant_id: str
    case_id: str
    place: Place
    opens: Destination | None = None
    made_from: Destination | None = None
