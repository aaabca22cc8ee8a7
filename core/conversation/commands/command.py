"""Commands as given by people, and the decision whether a message is one.

Said to us by name, typed as a command or pressed as a button, any line is meant for us. In a case's
own thread people mostly talk with each other: there only a plain command, a correction or a
question is for us, and the rest is kept as a note of the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.commands.arguments import (
    Arguments,
    attention,
    file_or_lines,
    judgement,
    moments,
    nothing,
    number_or_nothing,
)
from core.conversation.commands.parsing import Spoken, reads, take_apart
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.errors import NotAllowedNow, NotFound
from core.evidence.model import StoredContent
from core.investigation.answering.lookups import lookup_in
from core.places import Place
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from core.cases.model import Hypothesis
    from core.cases.projection import CaseView
    from core.text.redacted import RedactedText

# `open`, `fixed` and `cancel` are everyday words: among people they need our name in front.
_NEVER_OVERHEARD = frozenset({"open", "resolve", "cancel", "help", "listen", "fixed"})
# `no, thanks` and `actually, lunch` are said among people: only what says so corrects us.
_CORRECTION = re.compile(r"(?:correction|wrong)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
# A question of more than one word, or one of the ways to ask without a question mark. `ok?` is
# said among people; to ask us so, our name is needed.
_QUESTION = re.compile(
    r"\S+\s.*\?\s*"
    r"|(?:why|show me|explain|summari[sz]e|catch me up|fill me in|recap"
    r"|bring me up to speed|what did i miss)\b.*"
    r"|(?:what|which|when|where|how)\s(?:is|are|was|were|did|does|do|has|have|changed|happened)\b.*",
    re.IGNORECASE | re.DOTALL,
)
# Among people "errors since 13:40" is news; with one of these in front somebody is to look it up.
_LOOKUP_REQUEST = re.compile(r"(?:show|list|find|give me|which|what)\s", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Command:
    """One request of a person on any platform: `hypotheses`, `ask why 1?`, `confirm 2`.

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


@dataclass(frozen=True, kw_only=True)
class CaseCommand:
    """A command for one case. `redactor` is the case's own; `pasted` is stored in Files."""

    case_id: str
    arguments: Arguments
    command: Command
    redactor: Redactor
    pasted: StoredContent | None = None

    @property
    def text(self) -> RedactedText:
        """What the person wrote after the verb, redacted, on one line."""
        return self.redactor.clean(self.arguments.text).line()


def named(view: CaseView, number: int | None) -> Hypothesis:
    """Give the hypothesis of that number; without one, the most likely.

    Raises NotAllowedNow where the case has none, NotFound where it has others.
    """
    by_number = {hypothesis.number: hypothesis for hypothesis in view.hypotheses}
    if not by_number:
        message = f"#{view.case.number} has no hypotheses yet"
        raise NotAllowedNow(message, next_step="Bring evidence: drop a file, or paste lines.")
    if number is None:
        return next(iter(open_hypotheses(view)), view.hypotheses[0])
    if number not in by_number:
        listed = ", ".join(map(str, sorted(by_number)))
        message = f"#{view.case.number} has no hypothesis {number}; there is {listed}"
        raise NotFound(message, next_step="Type `hypotheses` for what each says.")
    return by_number[number]


@dataclass(frozen=True, kw_only=True)
class Note:
    """A message between people in the thread of a case."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A verb from a menu, a button or a form; it is taken as it is, never guessed."""

    verb: str
    argument: str
    case_number: int | None = None


def wanted(message: IncomingMessage) -> Chosen | Spoken | Note | None:
    """Classify a message: a request, a note between people, or None where it is empty."""
    text = message.text.strip()
    if message.verb:
        return Chosen(verb=message.verb, argument=text)
    if message.manner is not MessageKind.MESSAGE:
        return _parse_addressed(text, message)
    if not text:
        return None
    if message.to_another:
        return Note(text=text)
    return _parse_overheard(text) or Note(text=text)


def _parse_addressed(text: str, message: IncomingMessage) -> Chosen | Spoken | None:
    if not text:
        # A bare mention wants to know how things stand; a dropped file speaks for itself.
        return None if message.attachments else Spoken(verb="status", argument="")
    spoken = take_apart(text)
    if message.manner is MessageKind.COMMAND and spoken.verb in VERBS:
        # Whoever types `/fm open is checkout slow?` opens, and does not ask.
        number = spoken.case_number
        return Chosen(verb=spoken.verb, argument=spoken.argument, case_number=number)
    return spoken


def _parse_overheard(text: str) -> Spoken | None:
    """The request in a message that is not addressed to us, or None."""
    if match := _CORRECTION.fullmatch(text):
        return Spoken(verb="correct", argument=match[1].strip())
    line = take_apart(text)
    if _is_command(line):
        return line
    asks = _QUESTION.fullmatch(text) or (_LOOKUP_REQUEST.match(text) and lookup_in(text))
    return Spoken(verb="ask", argument=text) if asks else None


def _is_command(line: Spoken) -> bool:
    """True where the whole line is a command and could not be talk between people."""
    verb = VERBS.get(line.verb.lower())
    if verb is None or verb.name in _NEVER_OVERHEARD:
        return False
    if verb.read is nothing:
        return not line.argument
    if verb.read in (judgement, attention, number_or_nothing, moments):
        return reads(verb, line.argument)
    if verb.read is file_or_lines:
        return not line.argument or "\n" in line.argument or _names_a_file(line.argument)
    return verb.name in ("ask", "correct") and bool(line.argument)


def _names_a_file(argument: str) -> bool:
    return file_or_lines(argument).file is not None
