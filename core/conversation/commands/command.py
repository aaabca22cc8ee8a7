"""Commands as given by people, and the decision whether a message is one.

Said to us by name, typed as a command or pressed as a button, any line is meant for us. In a case's
own thread people talk with each other, too: there a command as help spells it, a question that is
like those of the intents, a correction and lines of a log are for us; the rest is kept as a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.commands.arguments import (
    OWNED,
    Arguments,
    file_or_lines,
    file_or_nothing,
    nothing,
)
from core.conversation.commands.parsing import Spoken, reads, take_apart
from core.conversation.commands.vocabulary import ASK, VERBS, Verb
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.errors import NotAllowedNow, NotFound
from core.evidence.model import StoredContent
from core.investigation.answering.intents import IntentKind, heads_of, vocabulary
from core.investigation.answering.questions import (
    CERTAIN,
    NO_WORDS,
    AskedQuestion,
    CaseWords,
    read_question,
)
from core.investigation.answering.typos import fold, word_list
from core.places import Place
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from core.cases.model import Hypothesis
    from core.cases.projection import CaseView
    from core.text.redacted import RedactedText

# `no, thanks` and `actually, lunch` are said among people: only what says so corrects us.
_CORRECTION = re.compile(
    r"(?:(?:correction|wrong)\s*:\s*|(?:no|nope),\s+(?=(?:since|it (?:began|started)) ))(.+)",
    re.IGNORECASE | re.DOTALL,
)
# `bob, what changed in your deploy?`, `hey kim, ...`, `@lee can you ...`: a name, and a comma.
_CALLED = re.compile(
    r"(?:(?:hey|hi|hello|yo|ok|and)\s+)?@?([a-z][\w.'-]{1,24})\s*[,:]\s+\S.*", re.DOTALL
)
_AT_SOMEBODY = re.compile(r"(?:(?:hey|hi|hello|ok|thanks)\s+)?@[\w.'-]+")
_ASKING = re.compile(
    r".*\?\s*|(?:what|which|who|whose|when|where|why|how|is|are|was|were|did|does|do|has|have|can"
    r"|could|should|any|show|list|find|give|search|grep|explain|tell)\b.*",
    re.DOTALL,
)
_FREELY_WORDED = frozenset({"resolve", "open"})
_ALIKE = 0.85  # likeness from which a line that begins with a verb of free words is something else
# Likeness from which it is ours what asks nothing, and what asks; between them what asks people.
_PLAIN, _ASKED = 0.9, 0.45


@dataclass(frozen=True, kw_only=True)
class Command:
    """One request of a person on any platform: `hypotheses`, `ask why 1?`, `confirm 2`.

    `case_number` is what the person said or what the place is bound to. plain: the verb was chosen,
    not typed: it is meant, and its argument is nothing but its argument. by_id: the platform's id
    of the person, where it has one. message_id: of the journaled message that gave it, if any.
    account_id: of the account that they are, "" for none. is_hidden: the platform shows neither it
    nor its reply to anybody else. is_of_guest: whoever gave it is no member of the workspace.
    closed_to: the key of the place whose readers alone read what is said; "" where everybody may.
    is_presumed: it is its own because the platform could not say who reads there.
    """

    verb: str
    argument: str
    by: str
    place: Place
    case_number: int | None = None
    plain: bool = False
    by_id: str = ""
    message_id: str = ""
    account_id: str = ""
    is_hidden: bool = False
    is_of_guest: bool = False
    closed_to: str = ""
    is_presumed: bool = False

    @property
    def is_private(self) -> bool:
        """Whether nobody else reads it."""
        return self.is_hidden or self.place.is_private


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


def wanted(message: IncomingMessage, words: CaseWords = NO_WORDS) -> Chosen | Spoken | Note | None:
    """Route a message: a request, a note between people, or None where it is empty.

    words: those that only the case of the place knows.
    """
    text = message.text.strip()
    if message.verb:
        return Chosen(verb=message.verb, argument=text)
    if message.manner is not MessageKind.MESSAGE:
        return _parse_addressed(text, message)
    if not text:
        return None
    is_correction = _CORRECTION.fullmatch(text) is not None
    if message.to_another or (not is_correction and _calls_somebody(text, words)):
        return Note(text=text)
    return _parse_overheard(text, words) or Note(text=text)


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


def _parse_overheard(text: str, words: CaseWords) -> Spoken | None:
    """The request in a message that is not addressed to us, or None."""
    if match := _CORRECTION.fullmatch(text):
        return Spoken(verb="correct", argument=match[1].strip())
    line = take_apart(text)
    if OWNED.fullmatch(text):
        return Spoken(verb="evidence", argument=text)
    question = read_question(text, words)
    if _is_command(line, question):
        return line
    if is_pasted(text):
        return Spoken(verb="evidence", argument=text)
    return _asked(text, line) if _is_for_us(text, question) else None


def _asked(text: str, line: Spoken) -> Spoken:
    """A question: about the case of the place, or the one whose number it begins with."""
    if line.case_number is None or not text.startswith("#"):
        return Spoken(verb=ASK, argument=text)
    question = f"{line.verb} {line.argument}".strip()
    return Spoken(verb=ASK, argument=question, case_number=line.case_number)


def _is_for_us(text: str, question: AskedQuestion) -> bool:
    """True for a question that can be answered, or nearly, and for a command in a sentence."""
    folded = fold(text)
    if question.language is not None:
        return question.language.asks(text)
    if question.is_among_people or _is_remark(folded, question):
        return False
    return question.certainty >= _least_certainty(folded, question)


def _least_certainty(folded: str, question: AskedQuestion) -> float:
    """How much a text must be like an example to be for us, by what it looks like."""
    words = re.findall(r"[\w']+", folded)
    is_begun_so = (
        bool(words) and question.intent is not None and words[0] in heads_of(question.intent)
    )
    if question.kind is IntentKind.VERB or not (is_begun_so or _ASKING.fullmatch(folded)):
        return _PLAIN
    if word_list("people") & {*words} and not word_list("bot") & {*words}:
        return _ALIKE
    is_of_the_case = question.kind in (IntentKind.FACT, IntentKind.LINES)
    return _ASKED if is_of_the_case and _ASKING.fullmatch(folded) else CERTAIN


def _is_remark(folded: str, question: AskedQuestion) -> bool:
    """Talk that has the words of a request: a claim that nothing is asked in."""
    return question.is_about(*_CLAIMS) and "?" not in folded


# `it was 2`, `it's fixed now`, `case closed`: said among people more often than to us.
_CLAIMS = ("fixed", "cancel", "listen")


def _calls_somebody(text: str, words: CaseWords) -> bool:
    """True where a text begins with the name of a person: who has one is not us."""
    folded = fold(text)
    if _AT_SOMEBODY.match(folded):
        return True
    match = _CALLED.fullmatch(folded)
    return (
        match is not None
        and match[1] not in vocabulary() | VERBS.keys()
        and not words.knows(match[1])
    )


def is_pasted(text: str) -> bool:
    """True where every line of a text is one of a log, and not something that people say."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or all(_LOG_LINE.match(line) is None for line in lines):
        return False
    timed = sum(_LOG_LINE.match(line) is not None for line in lines)
    return timed * 2 >= len(lines) or len(lines) > _FEW_LINES


_FEW_LINES = 2
_LOG_LINE = re.compile(
    r"\s*(?:[\[({\"]*(?:ts|time|timestamp|@timestamp)?[\"]?[=: ]*[\"]?"
    r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d"
    r"|(?:[A-Z][a-z]{2}\s+\d{1,2}|\d{1,2}/[A-Z][a-z]{2}/\d{4})[ :]\d\d:\d\d:\d\d"
    r"|\[?\d\d:\d\d(?::\d\d)?[.,\d]*\]?\s+\[?"
    r"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b"
    r"|\[?(?:ERROR|FATAL|WARN|WARNING|CRITICAL|PANIC)\b[\]:]?\s+\S+"
    r"|Traceback \(most recent call last\)|Caused by: \S|Exception in thread |panic: "
    r"|\s+at [\w$.]+\()"
)


def _is_command(line: Spoken, question: AskedQuestion) -> bool:
    """True where the whole line is a command and could not be talk between people."""
    verb = VERBS.get(line.verb.lower())
    if verb is None or not line.argument.strip(" !."):
        return verb is not None
    if verb.read in (file_or_lines, file_or_nothing):
        is_pasted = verb.read is file_or_lines and "\n" in line.argument
        return is_pasted or (reads(verb, line.argument) and _names_a_file(line.argument))
    if verb.name in _FREELY_WORDED:
        return _is_free_command(verb, line.argument, question)
    if verb.name == ASK and question.is_among_people:  # `ask dana`
        return False
    return verb.read is not nothing and reads(verb, line.argument)


def _is_free_command(verb: Verb, argument: str, question: AskedQuestion) -> bool:
    """`resolve pool set to 40`, and not `resolve it` or `open grafana`: those are like others."""
    is_alike = question.certainty >= _ALIKE and bool(argument)
    return reads(verb, argument) and not is_alike and not argument.endswith(("?", "please"))


def _names_a_file(argument: str) -> bool:
    return file_or_lines(argument).file is not None
