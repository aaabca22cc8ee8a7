"""What people say, as a listener translates it and the journal keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.places import Place


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
