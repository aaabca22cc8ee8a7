"""What people say, where they say it, and what they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from core.clean import Clean

CASE_LINES = 6  # of a case's own card, at most
INSTALLATION = "main"  # the workspace or guild whose token is in the settings


class Mark(StrEnum):
    """What a card's first glance says; renderers choose icon and colour, never colour alone."""

    FIRING = "firing"
    WATCHING = "watching"
    RESOLVED = "resolved"
    ANSWER = "answer"
    REFUSED = "refused"
    PROGRESS = "progress"

    @property
    def is_glanced(self) -> bool:
        """Is it a case's own card, which is read at a glance?"""
        return self in (Mark.FIRING, Mark.WATCHING, Mark.RESOLVED)


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button, or the words that do the same where there are no buttons: `confirm 1`."""

    verb: str
    argument: str
    label: Clean


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a card. `citation` is what the line rests on, drawn at its end.

    code: a command, to be copied as it stands. struck: it was said, and does not hold.
    """

    text: Clean
    citation: str | None = None
    strong: bool = False
    code: bool = False
    struck: bool = False

    @property
    def is_document(self) -> bool:
        """A text of many lines, such as a report, stands by itself."""
        return not self.code and "\n" in self.text.text


@dataclass(frozen=True, kw_only=True)
class Card:
    """One message, on any platform. The same `key` with a higher `version` edits it in place.

    `rows` are the card itself (a case's own has at most `CASE_LINES`); `fold` is what long things
    are folded into: a thread, a file, or lines below. `case_number` is the case it is about.
    """

    key: str
    version: int
    mark: Mark
    rows: tuple[Row, ...]
    actions: tuple[Action, ...] = ()
    fold: tuple[Row, ...] = ()
    case_number: int | None = None

    def emptied(self) -> Card:
        """What is left of it when nothing that it said may be."""
        return replace(self, rows=(), actions=(), fold=())


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in chat. `thread` is empty for the channel itself.

    `channel` is the platform's id of it; `@ID` is the direct conversation with a person.
    """

    platform: str
    workspace: str
    channel: str
    thread: str = ""

    @property
    def lane(self) -> str:
        return f"send:{self.platform}:{self.workspace}:{self.channel}"

    @property
    def is_direct(self) -> bool:
        """Is it between one person and us?"""
        return self.channel.startswith("@")

    @property
    def whole_channel(self) -> Place:
        """The channel that a thread is in."""
        return Place(platform=self.platform, workspace=self.workspace, channel=self.channel)


class Room(StrEnum):
    """What a case gets for itself where it opens."""

    THREAD = "thread"  # below its card in the configured channel; a post in a forum
    CHANNEL = "channel"  # a channel of its own


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a case is to be at home, before anything of it is there.

    `channel` is an id or a `#name`, as people write it; for a case with a channel of its own it
    is where that one is announced. invited: the platform's ids of whom that is made for.
    """

    platform: str
    channel: str
    room: Room = Room.THREAD
    workspace: str = INSTALLATION
    invited: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it begins: the channel itself."""
        return Place(platform=self.platform, workspace=self.workspace, channel=self.channel)


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

    `case_number` is what the person said or what the place is bound to. plain: the verb was chosen,
    not typed: it is meant, and its argument is nothing but its argument. by_id: the platform's id
    of the person, where it has one.
    """

    verb: str
    argument: str
    by: str
    place: Place
    case_number: int | None = None
    plain: bool = False
    by_id: str = ""


class Manner(StrEnum):
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
class Heard:
    """What a person said or did, as a listener translates it; nothing of it is redacted yet.

    key: the platform's own name of it, the same however often it is delivered: `C1/1700.01`.
    by: the platform's id of the person.
    verb: what was chosen from a menu, a button or a form, which is not to be guessed at; "" where a
    person typed a line.
    text: that line as it would be typed in the terminal (`confirm 1`), without our name; with a
    `verb`, what goes with it and nothing else (`1`, lines of a log).
    ref: the platform's name of the message, from which a catch-up goes on; "" for none.
    handle: what the platform needs to answer this person alone; "" where all may see the reply.
    to_another: it addresses somebody else by name.
    """

    place: Place
    key: str
    by: str
    manner: Manner
    text: str = field(repr=False)
    said_at: datetime
    ref: str = ""
    case_number: int | None = None
    attachments: tuple[Attachment, ...] = ()
    handle: str = field(default="", repr=False)
    to_another: bool = False
    verb: str = ""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """What was heard, journaled before it is acknowledged; a `chat.hear` job does what it asks."""

    id: str
    tenant_id: str
    heard_at: datetime
    heard: Heard
