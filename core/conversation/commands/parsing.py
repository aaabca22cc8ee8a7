"""Parsing of a typed line into its case, verb and arguments, or a question.

A misspelt verb is taken for the nearest right one (and the reply says so); a line that begins with
no verb is a question.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from core.conversation.commands.arguments import (
    NUMBERED,
    OWNED,
    Arguments,
    attention,
    moments,
    nothing,
    number_or_nothing,
)
from core.conversation.commands.vocabulary import ASK, VERBS, Verb
from core.errors import WrongUsage
from core.evidence.events.window import Window
from core.investigation.answering.intents import IntentKind
from core.investigation.answering.questions import read_question

_CORRECT = VERBS["correct"]
_COURTEOUS_PHRASES = "thanks thank you worries problem it's fine ok okay lol sorry never mind"
_COURTEOUS_WORDS = frozenset(_COURTEOUS_PHRASES.split())
_PLAINLY = 0.9  # likeness of a sentence that wishes for a verb
_MIN_SIMILARITY = 0.75  # similarity of two words (difflib), 1 is equal


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A line split into the case it names, its first word and the rest."""

    verb: str
    argument: str
    case_number: int | None = None


@dataclass(frozen=True, kw_only=True)
class ParsedCommand:
    """A verb with its arguments. `typed` is the word, where it was taken for another verb."""

    verb: Verb
    arguments: Arguments
    typed: str | None = None


def take_apart(line: str) -> Spoken:
    """`#128 confirm 1 …`, `hypotheses #128`, or no number; a number alone asks for its card."""
    words = line.split(maxsplit=1)
    first, rest = (*words, "", "")[:2]
    if number := _case_number(first):
        while _case_number(rest.partition(" ")[0]):  # the first one counts
            rest = rest.partition(" ")[2].lstrip()
        inner = take_apart(rest) if rest else Spoken(verb="status", argument="")
        return Spoken(verb=inner.verb, argument=inner.argument, case_number=number)
    second, *others = rest.split(maxsplit=1) or [""]
    after = others[0] if others else ""
    if (number := _case_number(second)) and not _means_a_hypothesis(first, after):
        return Spoken(verb=first, argument=after, case_number=number)
    return Spoken(verb=first, argument=rest)


def understand(verb: str, argument: str, *, plain: bool = False) -> ParsedCommand:
    """Parse a verb and its argument. Raises WrongUsage where its arguments make no sense.

    plain: the verb was chosen, not typed: it is meant, whatever its argument looks like.
    """
    argument = argument.strip()
    line = f"{verb} {argument}".strip()
    if not plain and OWNED.fullmatch(line):  # `e3 is booking`
        return ParsedCommand(verb=VERBS["evidence"], arguments=VERBS["evidence"].read(line))
    word = verb.strip().lower().lstrip("/").rstrip("?!.:,")
    known_verb = VERBS.get(word)
    if not plain and _is_objection(verb, word, argument):
        return ParsedCommand(verb=_CORRECT, arguments=_CORRECT.read(argument), typed=verb)
    if word == ASK:
        return _shown_by(argument) or _asked(argument)
    if known_verb is not None and known_verb.or_asks and not reads(known_verb, argument):
        return _asked(line)
    if known_verb is not None and (plain or not _is_question(line, argument)):
        return ParsedCommand(verb=known_verb, arguments=known_verb.read(argument))
    return _nearly(verb, word, argument) or _shown_by(line) or _asked(line)


def _asked(question: str) -> ParsedCommand:
    return ParsedCommand(verb=VERBS[ASK], arguments=VERBS[ASK].read(question))


def _nearly(typed: str, word: str, argument: str) -> ParsedCommand | None:
    """The verb that a misspelt word was taken for."""
    guess = None if _is_question(f"{word} {argument}", argument) else _nearest_verb(word, argument)
    if guess is None:
        return None
    return ParsedCommand(verb=guess, arguments=guess.read(argument), typed=typed)


def _shown_by(line: str) -> ParsedCommand | None:
    """A verb that only shows something, wished for in a sentence: `show me the timeline`."""
    question = read_question(line)
    if question.intent is None or question.kind is not IntentKind.VERB:
        return None
    if question.certainty < _PLAINLY:
        return None
    window = question.lookup.window
    arguments = Arguments(window=None if window == Window() else window)
    return ParsedCommand(verb=VERBS[question.intent.name], arguments=arguments)


def reads(verb: Verb, argument: str) -> bool:
    """True where the verb accepts the argument."""
    try:
        verb.read(argument)
    except WrongUsage:
        return False
    return True


def _is_objection(verb: str, word: str, argument: str) -> bool:
    """`no, since 14:05`, `wrong: it is the db`; not `no, thanks` and not `no, why?`."""
    starts_objection = word in ("wrong", "nope", "incorrect") or (
        word in ("no", "actually") and verb.rstrip().endswith(",")
    )
    words = {*re.findall(r"[a-z']+", argument.lower())}
    return (
        starts_objection
        and not argument.endswith("?")
        and bool(argument)
        and not words <= _COURTEOUS_WORDS
    )


def _is_question(line: str, argument: str) -> bool:
    """`open connections keep growing?` opens nothing: whoever ends in `?` asks."""
    return bool(argument) and line.endswith("?")


def _nearest_verb(word: str, argument: str) -> Verb | None:
    names = [verb.name for verb in VERBS.values() if verb.guessed]
    matches = difflib.get_close_matches(word, names, n=1, cutoff=_MIN_SIMILARITY)
    verb = VERBS[matches[0]] if matches else None
    if verb is None or not _fits_misspelling(verb, argument):
        return None
    return verb


def _fits_misspelling(verb: Verb, argument: str) -> bool:
    """`reports are slow today` is no misspelt `report`: after it nothing is expected."""
    if verb.read is nothing:
        return not argument
    if verb.read in (*NUMBERED, number_or_nothing):
        numbered = argument[:1].isdigit() or argument[:1] == "#"
        return numbered or (verb.read is number_or_nothing and not argument and not verb.or_asks)
    if verb.read is moments:  # `timelines differ` is no misspelt `timeline`
        return reads(verb, argument)
    if verb.read is attention:  # `list errors` is no misspelt `listen`
        return argument.lower().rstrip("s") in ("", "all", "mention")
    return True


def _case_number(word: str) -> int | None:
    match = re.fullmatch(r"#(\d{1,9})", word)
    return int(match[1]) if match else None


def _means_a_hypothesis(verb: str, after: str) -> bool:
    """In `confirm #1` the number is the hypothesis; in `confirm #128 1` it is the case."""
    known_verb = VERBS.get(verb.lower())
    return known_verb is not None and known_verb.read in NUMBERED and not after[:1].isdigit()
