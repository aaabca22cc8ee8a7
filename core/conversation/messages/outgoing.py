"""Cards on their way to a place, and what places show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.conversation.cards.card import Card
from core.places import Destination, Place
from core.text.redacted import Clean


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What the place of a case is made from: its number, a few words for its name, and its card.

    `invited` are the platform's ids of those who should be there from the beginning.
    """

    number: int
    title: Clean
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
    handle: shown to the one person alone who asked with it; see `Utterance.handle`.
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
    """What a place shows now: one row per card key. `seq` grows with every post and edit."""

    id: str
    tenant_id: str
    place: Place
    card: Card
    ref: str  # the platform's own name of the message
    seq: int
    shown_at: datetime
