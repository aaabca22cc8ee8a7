"""What does somebody want of us, if anything? Pure: from what was heard to a line, a note, or no.

Said to us by name, typed as a command or pressed as a button, any line is meant for us. In a case's
own thread people mostly talk with each other: there only a plain command, a correction or a
question is for us, and the rest is kept as a note of the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.conversation.commands.arguments import (
    attention,
    file_or_lines,
    judgement,
    moments,
    nothing,
    number_or_nothing,
)
from core.conversation.commands.parsing import Spoken, reads, take_apart
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.incoming import Heard, Manner
from core.investigation.answering.lookups import lookup_in

# `open`, `fixed` and `cancel` are everyday words: among people they need our name in front.
_NEVER_OVERHEARD = frozenset({"open", "resolve", "cancel", "help", "listen", "fixed"})
# `no, thanks` and `actually, lunch` are said among people: only what says so corrects us.
_CORRECTS = re.compile(r"(?:correction|wrong)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
# A question of more than one word, or one of the ways to ask without a question mark. `ok?` is
# said among people; to ask us so, our name is needed.
_ASKS = re.compile(
    r"\S+\s.*\?\s*"
    r"|(?:why|show me|explain|summari[sz]e|catch me up|fill me in|recap"
    r"|bring me up to speed|what did i miss)\b.*"
    r"|(?:what|which|when|where|how)\s(?:is|are|was|were|did|does|do|has|have|changed|happened)\b.*",
    re.IGNORECASE | re.DOTALL,
)
# Among people "errors since 13:40" is news; with one of these in front somebody is to look it up.
_BIDS = re.compile(r"(?:show|list|find|give me|which|what)\s", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something people said to each other in a case's thread."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A verb from a menu, a button or a form: nothing of it is guessed."""

    verb: str
    argument: str
    case_number: int | None = None


def wanted(heard: Heard) -> Chosen | Spoken | Note | None:
    """What is asked for; a note where people talk with each other; None where nothing is said."""
    text = heard.text.strip()
    if heard.verb:
        return Chosen(verb=heard.verb, argument=text)
    if heard.manner is not Manner.MESSAGE:
        return _asked(text, heard)
    if not text:
        return None
    if heard.to_another:
        return Note(text=text)
    return _overheard(text) or Note(text=text)


def _asked(text: str, heard: Heard) -> Chosen | Spoken | None:
    if not text:
        # A bare mention wants to know how things stand; a dropped file speaks for itself.
        return None if heard.attachments else Spoken(verb="status", argument="")
    spoken = take_apart(text)
    if heard.manner is Manner.COMMAND and spoken.verb in VERBS:
        # Whoever types `/fm open is checkout slow?` opens, and does not ask.
        number = spoken.case_number
        return Chosen(verb=spoken.verb, argument=spoken.argument, case_number=number)
    return spoken


def _overheard(text: str) -> Spoken | None:
    """What is plainly for us, though nobody said our name."""
    if match := _CORRECTS.fullmatch(text):
        return Spoken(verb="correct", argument=match[1].strip())
    spoken = take_apart(text)
    if _is_command(spoken):
        return spoken
    asks = _ASKS.fullmatch(text) or (_BIDS.match(text) and lookup_in(text))
    return Spoken(verb="ask", argument=text) if asks else None


def _is_command(spoken: Spoken) -> bool:
    """Is the whole line one of our commands, with nothing left over that people might mean?"""
    verb = VERBS.get(spoken.verb.lower())
    if verb is None or verb.name in _NEVER_OVERHEARD:
        return False
    if verb.read is nothing:
        return not spoken.argument
    if verb.read in (judgement, attention, number_or_nothing, moments):
        return reads(verb, spoken.argument)
    if verb.read is file_or_lines:
        return not spoken.argument or "\n" in spoken.argument or _names_a_file(spoken.argument)
    return verb.name in ("ask", "correct") and bool(spoken.argument)


def _names_a_file(argument: str) -> bool:
    return file_or_lines(argument).file is not None
