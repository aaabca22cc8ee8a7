"""Reads what a person asks: which intent it is like, and what fills its slots.

Words that only this case or nobody knows (services, times, numbers, names) become marks, as they
are in the examples of the intents; what is left is compared with those. Which words are services
and files is known from the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from core.errors import WrongUsage
from core.evidence.events.window import Window
from core.evidence.model import EvidenceFile, Level
from core.investigation.answering.clauses import Lookup, Subject, with_slots, without_times
from core.investigation.answering.intents import (
    FAULT,
    ID,
    NAME,
    NUMBER,
    TIME,
    WORD,
    Intent,
    IntentKind,
    IntentMatch,
    bare,
    catalogue,
    likenesses,
    suspects,
    vocabulary,
    vocabulary_of,
)
from core.investigation.answering.languages import Language, language_of
from core.investigation.answering.typos import fold, joined, nearest, word_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 300  # characters; a longer text is a story, not a question
CERTAIN, LIKELY = 0.6, 0.42  # likeness of what is answered, and of what is worth an offer
OFFERED = 3
_EXAMPLE = 0.95  # likeness of what is an example but for a letter
_STARTERS = ("why", "changed", "still")  # offered to whom nothing else is offered
_QUOTED = re.compile(
    r"[\"\u201c\u201e`]([^\"\u201c\u201d`]{2,80})[\"\u201d\u201c`]|(?<!\w)'([^']{2,80})'(?!\w)"
)
_HYPOTHESIS = re.compile(
    r"(?:#|\b(?:why|why not|confirm|reject|run|hypothesis|number|explain)\s#?)(\d{1,2})(?![\w:.%])"
    r"|\b(?:for|against|contradicts?|about|is it|was it)\s#?(\d{1,2})\s*[?.!]*$"
    r"|^\s*#?(\d{1,2})\s*\?*$"
)
_ID = re.compile(r"(?=[^\d]*\d)(?=[^a-z]*[a-z])[\w.:/-]{5,128}|[0-9a-f]{16,64}")
_SHORT_ID = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{4}")  # the beginning of one
_TAG = re.compile(r"e\d{1,6}")
_PART = re.compile(r"[-_./ ]+")
_ID_OWNERS = {"request", "trace", "session"}
_AT_A_NAME = {"in", "of", "from", "on", "by"}
_TIME_WORDS = re.compile(
    r"\b(?:since|before|after|between|until|till|at|around|yesterday|today)\s+(?:the\s)?"
    rf"(?:[{WORD}{NUMBER}{ID}]|noon|lunch|midnight)|{TIME}\s+(?:at|[a-z]{{3,4}}$)"
)
_ZONE = re.compile(rf"{TIME}\s+(?:[cemp][ds]t|[cew]es?t|bst|ist|jst|sgt|aest)\b")
_SLOT = re.compile(
    r"\s(?:(?:in|of|from|on|for|with|by|at)\s)?(?:the\s)?(?:(?:request|trace)\s)?"
    rf"(?:(?:id|host|service|file)\s)?[{TIME}{NAME}{ID}](?!\S)"
)
_SOUGHT = re.compile(r"\b(?:show|grep|find|search|look|lines?|logs?|errors?|containing|count)\b")
_THE_ALERT = re.compile(r"\b(before|after|since|around)\s(?:the|this)\s(?:first\s)?alert\b")
_MINUTES_FROM = re.compile(
    r"\b(\d{1,3})\s?(?:m|min|mins|minutes)\s(before|after)\s(?:the|this)\s(?:first\s)?alert\b"
)
_STATUSES = re.compile(r"\b([45]\d\d)s\b")  # of HTTP, and no seconds
_LEVELS: Mapping[Level, frozenset[str]] = {
    Level.FATAL: frozenset({"fatal", "fatals", "critical", "criticals", "panic", "panics"}),
    Level.ERROR: frozenset(
        {"error", "errors", "failure", "failures", "exception", "exceptions", "fail", "failed"}
        | {"failing", "erroring", "fails", "wrong"}
    ),
    Level.WARNING: frozenset({"warn", "warns", "warning", "warnings"}),
    Level.INFO: frozenset({"info"}),
    Level.DEBUG: frozenset({"debug"}),
}
_SINGLE = frozenset({"error", "warning", "failure", "exception", "line", "event"})


@dataclass(frozen=True, kw_only=True)
class CaseWords:
    """The words that only this case knows: its services and files, in lower case.

    onset: when its first alert began, which is what `before the alert` is about.
    """

    services: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    onset: datetime | None = None

    def knows(self, word: str) -> bool:
        """Whether a service or file is called so, or has it as a part of its name."""
        return bool(_TAG.fullmatch(word)) or word in self.all or word in self.parts

    @property
    def all(self) -> frozenset[str]:
        return self.services | self.files

    @property
    def parts(self) -> frozenset[str]:
        """`db` of `ferry-db`, `storefront` of `storefront.log`."""
        parts = (part for name in self.all for part in _PART.split(name))
        return frozenset(part for part in parts if len(part) > 1 and part.isalpha()) - _COMMON


def case_words(
    services: Iterable[str | None],
    files: Iterable[EvidenceFile],
    *,
    onset: datetime | None = None,
) -> CaseWords:
    """The names of services and files as they are compared: in lower case, without folders."""
    listed = list(files)
    named = {*services, *(file.service for file in listed)}
    return CaseWords(
        services=frozenset(name.casefold() for name in named if name),
        files=frozenset(file.name.text.casefold().rpartition("/")[2] for file in listed),
        onset=onset,
    )


_COMMON = word_list("parts")
NO_WORDS = CaseWords()


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """A text, read. `certainty`, 0 to 1: how much it is like an example of its intent.

    language: of a text that is not English, which is like no intent.
    names: services and files it names, as it spells them; unknown: names that the case does not
    know; suspects: words for what may be broken; number: of a hypothesis; phrase: words that lines
    must hold; lookup: which lines; offers: the intents it is likest, for who is not understood.
    """

    text: str
    intent: Intent | None = None
    certainty: float = 0.0
    names: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    number: int | None = None
    lookup: Lookup = field(default_factory=Lookup)
    offers: tuple[Intent, ...] = ()
    has_unread_time: bool = False
    language: Language | None = None

    @property
    def kind(self) -> IntentKind | None:
        return self.intent.kind if self.intent else None

    @property
    def is_certain(self) -> bool:
        """Whether it may be answered without saying how it was taken."""
        return self.certainty >= CERTAIN

    @property
    def is_likely(self) -> bool:
        """Whether it is worth an answer or an offer at all."""
        return self.certainty >= LIKELY

    @property
    def is_among_people(self) -> bool:
        """Whether it is like what people say to each other."""
        return self.kind in (IntentKind.CHATTER, IntentKind.COURTESY)

    def is_about(self, *names: str) -> bool:
        return self.intent is not None and self.intent.name in names


@dataclass(frozen=True, kw_only=True)
class _Marked:
    """A text with marks in place of what only the case knows, and these words, in their order."""

    text: str
    words: tuple[tuple[str, str], ...]  # as it stands, and its mark or the word that it is

    def of(self, mark: str) -> tuple[str, ...]:
        return tuple(word for word, shown in self.words if shown == mark)


def read_question(text: str, words: CaseWords = NO_WORDS) -> AskedQuestion:
    """What a text asks; any text is read as something."""
    folded = _with_onset(_STATUSES.sub(r"\1", fold(text[:LONGEST])), words.onset)
    phrases = [next(filter(None, match.groups())) for match in _QUOTED.finditer(folded)]
    unquoted = _QUOTED.sub(f" {WORD} ", folded)
    spelt = " ".join(_spelt(word, words) for word in unquoted.replace(",", " ").split())
    spelt = joined(spelt, words.services)
    try:
        rest, lookup = without_times(bare(spelt.replace("@", " @ ")), mark=TIME)
        has_unread_time = False
    except WrongUsage:
        rest, lookup, has_unread_time = f" {bare(spelt)} ", Lookup(), True
    marked = _mark(rest, words)
    likest = _likest(marked.text)
    is_example = bool(likest) and likest[0].certainty > _EXAMPLE and not marked.of(WORD)
    language = None if is_example else language_of(text)
    best = likest[0] if likest and language is None else None
    question = AskedQuestion(
        text=text,
        intent=_of_its_time(best.intent, lookup) if best else None,
        certainty=best.certainty * _coverage(marked, best.intent) if best else 0.0,
        names=marked.of(NAME),
        unknown=marked.of(WORD),
        suspects=marked.of(FAULT),
        number=number_in(folded),
        language=language,
        offers=_offers([each.intent for each in likest]),
        has_unread_time=has_unread_time or _leaves_a_time(marked, rest),
    )
    return _with_lookup(question, lookup, rest, marked, phrases)


def _with_onset(folded: str, onset: datetime | None) -> str:
    """`before the alert` with its time, `5 min before the alert` as a span."""
    if onset is None:
        return folded
    at = onset.astimezone(UTC)

    def span(match: re.Match[str]) -> str:
        length = timedelta(minutes=int(match[1]))
        ends = (at - length, at) if match[2] == "before" else (at, at + length)
        return f"between {ends[0]:%H:%M:%S} and {ends[1]:%H:%M:%S}"

    return _THE_ALERT.sub(rf"\1 {at:%H:%M:%S}", _MINUTES_FROM.sub(span, folded))


def _likest(text: str) -> list[IntentMatch]:
    """What a text is like; of one with many slots also what it is like with one alone."""
    likest = likenesses(text)
    if likest and likest[0].certainty >= CERTAIN:
        return likest
    slots = [match.group() for match in _SLOT.finditer(text)]
    if len(slots) < 2:  # noqa: PLR2004 - many
        return likest
    without = _SLOT.sub("", text)
    shorter = [likenesses(f"{without}{slot}") for slot in dict.fromkeys(slots)]
    return max(likest, *shorter, key=lambda each: each[0].certainty if each else 0)


# What is told for all time, and with a window is looked up.
_LOOKED_UP = {"changed": "changes_at", "trigger": "changes_at", "first_error": "lines"}


def _of_its_time(intent: Intent, lookup: Lookup) -> Intent:
    """The intent that answers for the time that is asked for."""
    if lookup.window == Window() or intent.name not in _LOOKED_UP:
        return intent
    return catalogue()[_LOOKED_UP[intent.name]]


def _leaves_a_time(marked: _Marked, rest: str) -> bool:
    """Whether a time is told that nobody read, such as `since lunch` or `14:05 CET`."""
    return bool(_TIME_WORDS.search(marked.text) or _ZONE.search(rest))


def number_in(folded: str) -> int | None:
    """The hypothesis that a folded text names by its number.

    A number is one only after a word that speaks of hypotheses, or alone.
    """
    numbers = (
        number for match in _HYPOTHESIS.finditer(folded) for number in match.groups() if number
    )
    return next(map(int, numbers), None)


def _spelt(word: str, words: CaseWords) -> str:
    """The word, or the known one that it nearly is; names of the case stay."""
    core = word.strip("?!.,;:()[]")
    if not core or words.knows(core) or core in suspects() or core in vocabulary():
        return word
    known = nearest(core, _spellable(words))
    return word.replace(core, known) if known else word


@cache
def _spellable(words: CaseWords) -> frozenset[str]:
    names = {name for name in (*words.services, *words.parts) if name.isalpha()}
    return vocabulary() | _TIME_VOCABULARY | frozenset(suspects()) | names


_TIME_VOCABULARY = word_list("time")


def _mark(rest: str, words: CaseWords) -> _Marked:
    """Marks for names, suspicions, numbers, ids and strange words; repeated marks are one."""
    pairs = list[tuple[str, str]]()
    for word in rest.split():
        before = pairs[-1][0] if pairs else ""
        pairs.append((word, _mark_of(word, before, words)))
    shown = [mark for _, mark in pairs]
    text = " ".join(
        mark for at, mark in enumerate(shown) if not (at and mark == shown[at - 1] and mark in _ALL)
    )
    return _Marked(text=text, words=tuple(pairs))


_ALL = frozenset({NAME, FAULT, WORD, NUMBER, ID, TIME})


def _mark_of(word: str, before: str, words: CaseWords) -> str:  # noqa: PLR0911 - one each
    if word in _ALL:
        return word
    if word in suspects() and word not in words.services:
        return FAULT
    if words.knows(word) and (word not in vocabulary() or word in words.services):
        return NAME
    if re.fullmatch(rf"{NUMBER}|#?\d+%?|\d{{3}}s", word):
        return NUMBER
    if _ID.fullmatch(word) and not word.endswith((".log", ".json", ".txt", ".env")):
        return ID
    if word in vocabulary():
        return word
    if before == "id" or (before in _ID_OWNERS and _SHORT_ID.fullmatch(word)):
        return ID
    return NAME if before in _AT_A_NAME else WORD


def _coverage(marked: _Marked, intent: Intent) -> float:
    """How much of the text is known: a strange word takes something off, up to a half.

    Nothing where strange words are what is looked for, and that is said.
    """
    if intent.name == "search" and _SOUGHT.search(marked.text):
        return 1.0
    strange = sum(mark == WORD for _, mark in marked.words)
    return 1 - 0.5 * strange / max(len(marked.words), 1)


def _offers(likest: list[Intent]) -> tuple[Intent, ...]:
    """The nearest sentences that work, and the usual ones where there are too few."""
    offered = [
        intent for intent in likest if intent.sentence and intent.kind is not IntentKind.GUARDED
    ]
    usual = [catalogue()[name] for name in _STARTERS]
    return tuple(dict.fromkeys([*offered[:OFFERED], *usual]))[:OFFERED]


def _with_lookup(
    question: AskedQuestion, lookup: Lookup, rest: str, marked: _Marked, phrases: list[str]
) -> AskedQuestion:
    """The question with the lines that it asks for, where its intent asks for lines."""
    if question.kind is not IntentKind.LINES:
        return replace(question, lookup=lookup)
    try:
        lookup = with_slots(lookup, rest)
    except WrongUsage:
        return replace(question, has_unread_time=True)
    called = [word for word in question.suspects if suspects()[word][1]]
    names = tuple(dict.fromkeys((*lookup.within, *question.names, *called)))
    lookup = replace(
        lookup,
        subject=_subject(question),
        level=_level(marked),
        within=tuple(name for name in names if name not in (lookup.on, lookup.id)),
        id=_id(lookup, question, marked),
        every_file=question.is_about("shared_ids") and bool({"all", "every"} & {*rest.split()}),
        limit=lookup.limit or _limit(lookup, marked),
    )
    lookup = replace(lookup, text=_phrase(question, lookup, marked, phrases))
    return replace(question, lookup=lookup)


def _subject(question: AskedQuestion) -> Subject:
    if question.is_about("changes_at"):
        return Subject.CHANGES
    return Subject.SHARED_IDS if question.is_about("shared_ids") else Subject.EVENTS


def _level(marked: _Marked) -> Level | None:
    words = {shown for _, shown in marked.words}
    levels = [level for level, spelt in _LEVELS.items() if words & spelt]
    pick = min if words & {"and", "or"} else max  # fatal errors; errors and warnings
    return pick(levels, key=list(Level).index, default=None)


def _limit(lookup: Lookup, marked: _Marked) -> int | None:
    is_single = any(shown in _SINGLE for _, shown in marked.words)
    return 1 if is_single and lookup.oldest_first is not None else None


def _id(lookup: Lookup, question: AskedQuestion, marked: _Marked) -> str | None:
    """The id that is named as one; in a search for words any word may be sought."""
    if question.is_about("lines") and lookup.on is None:
        return lookup.id or next(iter(marked.of(ID)), None)
    is_called_one = any(word in ("id", "ids", "trace", "request") for word, _ in marked.words)
    return lookup.id if is_called_one or lookup.on or lookup.within else None


def _phrase(question: AskedQuestion, lookup: Lookup, marked: _Marked, phrases: list[str]) -> str:
    """The words that lines must hold: what is quoted; else what the intent does not know."""
    if phrases:
        return phrases[0]
    own = vocabulary_of("search") | vocabulary_of("lines")
    taken = {*question.names, *lookup.within, lookup.id, lookup.on}
    sought = [
        word
        for word, shown in marked.words
        if shown in (WORD, FAULT)
        or (question.is_about("search") and shown in (ID, NUMBER))
        or (question.is_about("search") and shown not in own and shown not in _ALL)
    ]
    words = [word for word in sought if word not in taken]
    while words and words[0] in _SAYS_NOTHING:
        words.pop(0)
    while words and words[-1] in _SAYS_NOTHING:
        words.pop()
    return " ".join(re.sub(r"^(\d{3})s$", r"\1", word) for word in words)


_SAYS_NOTHING = word_list("nothing")
