"""Which words of a text carry it, which two texts share, and which days and times it names.

Stems are Snowball's for English, so that `deploys`, `deployed` and `deploying` are one word, after
a table of the irregular forms that chat is full of. What they miss (`timeout`, `timed out`;
`replica`, `replicas-2`) the n-grams catch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from threading import local
from typing import TYPE_CHECKING, Self

from Stemmer import Stemmer  # type: ignore[import-not-found]

from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GRAM = 5  # characters


_MOST = 500  # words of one message that count


_WORD = re.compile(r"[^\W_]{1,64}")


_CONTRACTED = re.compile(r"(?<=[a-z])['\u2019](?:s|t|d|ll|m|re|ve)\b")


_SAID_OF_ANYTHING = (
    "a an the and or but if then else of to in on at by for from with without into onto about"
    " over under as is am are was were be been being do does did doing done has have had having"
    " will would shall should can could may might must i you he she it we they me him her us"
    " them my your his its our their mine yours this that these those there here what which who"
    " whom whose when where why how not no nor so than too very just also any some all both"
    " each few more most other such only own same up down out off again once because while"
    " during before after between through don didn doesn isn wasn aren weren won wouldn couldn"
    " shouldn hasn haven hadn"
)


_STOP = frozenset(_SAID_OF_ANYTHING.split())


_IRREGULAR = {
    form: forms.split()[0]
    for forms in (
        "begin began begun",
        "break broke broken",
        "bring brought",
        "build built",
        "buy bought",
        "catch caught",
        "child children kid kids",
        "choose chose chosen",
        "come came",
        "create creation",
        "draw drew drawn",
        "drink drank drunk",
        "drive drove driven",
        "eat ate eaten",
        "fall fell fallen",
        "feel felt",
        "fight fought",
        "find found",
        "fly flew flown",
        "foot feet",
        "forget forgot forgotten",
        "freeze froze frozen",
        "get got gotten",
        "give gave given",
        "go went gone",
        "grow grew grown",
        "hear heard",
        "hide hid hidden",
        "hold held",
        "keep kept",
        "know knew known",
        "lead led",
        "learn learnt learned",
        "leave left",
        "life lives",
        "lose lost",
        "make made",
        "man men",
        "mean meant",
        "meet met",
        "mouse mice",
        "pay paid",
        "person people",
        "ride rode ridden",
        "rise rose risen",
        "run ran",
        "say said",
        "see saw seen",
        "sell sold",
        "send sent",
        "show showed shown",
        "sing sang sung",
        "sit sat",
        "sleep slept",
        "speak spoke spoken",
        "spend spent",
        "stand stood",
        "steal stole stolen",
        "swim swam swum",
        "take took taken",
        "teach taught",
        "tell told",
        "think thought",
        "throw threw thrown",
        "tooth teeth",
        "understand understood",
        "wake woke woken",
        "wear wore worn",
        "win won",
        "woman women",
        "write wrote written",
    )
    for form in forms.split()
}


_stemmers = local()  # one of a thread: a stemmer keeps what it works on


def spoken(text: str, *, without: frozenset[str] = frozenset()) -> list[str]:
    """The words that carry something, as written but in lower case, in order."""
    plain = _CONTRACTED.sub(" ", text.casefold())
    words = _WORD.findall(plain)[:_MOST]
    return [word for word in words if word not in _STOP and word not in without]


def names(text: str) -> frozenset[str]:
    """The parts of a name as they are compared: `Dana Levi` is `dana` and `levi`."""
    return frozenset(_WORD.findall(text.casefold()))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The word without its endings; `word` is lower case."""
    stemmed: str = _stemmer().stemWord(_IRREGULAR.get(word, word))
    return stemmed


@lru_cache(maxsize=65_536)
def grams(word: str) -> tuple[str, ...]:
    """Its character n-grams; where it begins and ends is marked."""
    marked = f"^{word}$"
    return tuple(marked[at : at + GRAM] for at in range(max(1, len(marked) - GRAM + 1)))


def _stemmer() -> Stemmer:
    if not hasattr(_stemmers, "english"):
        _stemmers.english = Stemmer("english", 0)  # `stem` has a cache of its own
    english: Stemmer = _stemmers.english
    return english


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"


_ISO = re.compile(r"\b\d{4}-(\d{2})-(\d{2})\b")


_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}\b")


_MONTH_FIRST = re.compile(rf"\b{_MONTH}\.? (\d{{1,2}})(?:st|nd|rd|th)?\b")


_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")


_ABOUT = timedelta(minutes=5)


_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Days as (month, day), times of day in minutes; UTC."""

    days: frozenset[tuple[int, int]]
    minutes: frozenset[int]

    @classmethod
    def of(cls, question: str) -> Self:
        """Those that the question names."""
        folded = question.casefold()
        days = {(int(month), int(day)) for month, day in _ISO.findall(folded)}
        days |= {(_MONTHS.index(month) + 1, int(day)) for day, month in _DAY_FIRST.findall(folded)}
        days |= {
            (_MONTHS.index(month) + 1, int(day)) for month, day in _MONTH_FIRST.findall(folded)
        }
        minutes = {int(hour) * 60 + int(minute) for hour, minute in _CLOCK.findall(folded)}
        return cls(days=frozenset(days), minutes=frozenset(minutes))

    def names(self, at: datetime) -> bool:
        """Whether the moment is on one of the days, about one of the times."""
        if not self.days and not self.minutes:
            return False
        moment = at.astimezone(UTC)
        on_day = not self.days or (moment.month, moment.day) in self.days
        return on_day and (not self.minutes or self._is_about(moment.hour * 60 + moment.minute))

    def _is_about(self, minute: int) -> bool:
        about = int(_ABOUT.total_seconds() // 60)
        apart = (abs(minute - named) for named in self.minutes)
        return any(min(gap, _DAY_MINUTES - gap) <= about for gap in apart)


_TELLING = re.compile(r"[a-z][a-z]{3,}|\b(?!(?:19|20)\d\d\b)\d{4,5}\b")
_IDENTIFIER = re.compile(r"(?<![\w.-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w.-])")  # `strict_ordering`
_IN_PARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+")
# Words that changes and failures are told with, whatever they are about.
_COMMON = frozenset(
    word
    for words in (
        "about after again answer apply before change changed client config connect connection",
        "could deploy deployed error errors failed failure flag flags from handler info instance",
        "level list message more none other over path port release released request response",
        "restart rolled rollout server service start started status stderr stdout target than this",
        "timeout until update upstream value version warn warning what when with",
        "maintenance maintain migration rotation feature network firewall failover",
    )
    for word in words.split()
)
_LEAST_WORD, _STEM = 5, 4  # letters


def telling_words(text: str) -> frozenset[str]:
    """Words that tell what a line is about, not those that all changes and failures have."""
    parts = " ".join(_IN_PARTS.split(text)).lower()
    words = {word for word in _TELLING.findall(parts) if len(word) >= _LEAST_WORD or word.isdigit()}
    return frozenset(words | set(_IDENTIFIER.findall(text))) - _COMMON


def shared_word(words: frozenset[str], others: frozenset[str]) -> str | None:
    """A word of both, or the beginning of two long ones."""
    same = sorted(words & others, key=lambda word: (-len(word), word))
    if same:
        return same[0]
    stems = {word[:_STEM] for word in words if len(word) > _STEM + 2}
    alike = sorted(word for word in others if len(word) > _STEM + 2 and word[:_STEM] in stems)
    return next(iter(alike), None)


# What the record of a change says of itself, not of the change.
_ABOUT_RECORD = {"time", "ts", "timestamp", "at", "date", "ref", "id", "ticket", "key", "who", "by"}
_ABOUT_RECORD |= {"author", "user", "actor", "node", "host"}
_RECORDED = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?"
    r"(?:Z| [A-Z]{3,4}\b| ?[+-]\d\d:?\d\d)?\]?"
    r"(?: (?:\[\d{1,9}\] )?(?:\S{1,80} )?(?:\[local\] )?LOG: {1,2}statement:)?"
    r"(?: p=\d{1,9} u=\S{1,40} n=ansible [A-Z]{0,8}\|)?"
    r"|^[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?: \S{1,80}"
    r"(?: \w{1,20}\[\d{1,9}\]: \(\S{1,40}\) CMD| sudo(?:\[\d{1,9}\])?: .{1,300}? ; COMMAND=)?)?"
    r"|\b\d{1,2}[./-]\d{1,2}[./-]20\d\d[;, T]{1,3}\d\d:\d\d(?::\d\d)?"
    r"|(?<![\w-])[A-Z]{2,8}-\d{1,7}(?![\w-])|(?<![\w.])(?:by|author|user|status)=[^\s:,]{1,40}"
    r"|[|,;]\s?[a-z][a-z.\d]{1,30}\s?\|?$"
)
# What a database was told to do, as PostgreSQL, an audit and a general log record it.
_STATEMENT = re.compile(r"(?i)(?:\bLOG: {1,2}statement: |,QUERY,[\w.-]{0,64},'|\bQuery\t)(\w[^']*)")
_EDGES = ' |,;:"\t'
_NEARLY_FULL = 0.75
_KIND = 20  # letters of the name of a kind of change
_KINDS = frozenset({"what", "type", "kind", "event", "action", "category"})
# Of the audit of a platform: what was done, to which thing, and which values tell of it.
_DEEDS = ("operation", "methodname", "eventname", "operationname", "verb", "method")
_THINGS = (
    "endpoint",
    "resourcename",
    "featurename",
    "resource",
    "requesturi",
    "path",
    "key",
    "name",
)
_VALUES = frozenset({"from", "to", "old", "new", "value", "before", "after"})
_TABLE = re.compile(r"^\||^[^\s,]{8,40},[^\s,]{1,40},|\d,[A-Za-z]")
_CELL = re.compile(r'"[^"]*"|[^,|]+')
_TARGET = r"\b(?:target|service|component|app)="
_MESSAGES = ("msg", "message")
_MESSAGE = re.compile(rf"(?<![\w.-])(?:{'|'.join(_MESSAGES)})=")
_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]{0,40})=("(?:[^"\\]|\\.)*"|[^\s"]\S*)')
_ABOUT_LINE = _ABOUT_RECORD | {"level", "lvl", "severity", "logger", "caller", "pid", "thread"}
_ABOUT_LINE |= {"app", "service", "component", "request_id", "trace_id", "span_id"}
_RECORD_FIELD = re.compile(r'"([A-Za-z_.]{1,40})"\s{0,4}:\s{0,4}"((?:[^"\\]|\\.)*)"')
_RECORD_VALUE = re.compile(
    r'"(?:value|to|from|new|old|before|after|replicas|percent|enabled)"\s{0,4}:\s{0,4}'
    r"(true|false|-?\d{1,15}(?:\.\d{1,9})?)"
)
# Also where a container's runtime wrote its own time before it.
_RECORD = re.compile(r'^(?:\S{10,40} std(?:out|err) [FP] )?\{\s?"')


def changed_what(text: RedactedText, *, room: int, besides: str | None = None) -> RedactedText:
    """What was changed: without when, by whom and under which number it was recorded.

    The kind of change goes first: `config: pool 20 -> 5`. besides: the service, where it is named
    already.
    """
    line = text.line()
    if ran := _STATEMENT.search(line.text):
        spans = [ran.span(1)]
    elif _RECORD.match(line.text):
        spans = _fields(line.text)
    elif _MESSAGE.search(line.text):
        spans = _pairs(line.text)
    else:
        spans = list(_cells(line.text, besides or ""))
    trimmed = (_trimmed(line.text, *span) for span in spans)
    parts = [
        line.part(start, end)
        for start, end in trimmed
        if start < end and line.text[start:end] != besides
    ]
    if len(parts) > 1 and len(parts[0].text) <= _KIND:
        parts = [RedactedText.format("{kind}:", kind=parts[0]), *parts[1:]]
    whole, every = (RedactedText.join(" ", shown) for shown in (parts[:-1], parts))
    if len(every.text) > room >= len(whole.text) >= _NEARLY_FULL * room:
        return whole  # what would be left of the last part tells little
    return (every if parts else line).cut(room)


def _fields(record: str) -> list[tuple[int, int]]:
    """The values of a JSON record that tell of the change, its kind before the rest."""
    fields = [
        match
        for match in _RECORD_FIELD.finditer(record)
        if match[2] and match[1].lower() not in _ABOUT_LINE
    ]
    fields.sort(key=lambda match: match[1].lower() not in _KINDS)
    values = [match.span(1) for match in _RECORD_VALUE.finditer(record)]
    deed, target = (_first_of(names, fields) for names in (_DEEDS, _THINGS))
    if deed and target:  # of an audit, which tells much besides
        fields = [deed, target, *(match for match in fields if match[1].lower() in _VALUES)]
    return [*(match.span(2) for match in fields), *values]


def _first_of(names: Sequence[str], fields: Iterable[re.Match[str]]) -> re.Match[str] | None:
    """The field that bears the first of the names, if one bears any."""
    by_name = {match[1].lower(): match for match in reversed([*fields])}
    return next((by_name[name] for name in names if name in by_name), None)


def _pairs(line: str) -> list[tuple[int, int]]:
    """Of a line of fields in a program's own log, its message before the fields that add to it."""
    pairs = [match for match in _PAIR.finditer(line) if match[1].lower() not in _ABOUT_LINE]
    messages = [match.span(2) for match in pairs if match[1] in _MESSAGES]
    return [*messages, *(match.span() for match in pairs if match[1] not in _MESSAGES)]


def _cells(record: str, besides: str) -> Iterator[tuple[int, int]]:
    """What lies between the parts that tell of the record; of a table, each cell for itself."""
    edges = [0, *chain.from_iterable(each.span() for each in _RECORDED.finditer(record))]
    edges.append(len(record))
    is_table = bool(_TABLE.search(record))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if is_table:
            yield from (each.span() for each in _CELL.finditer(record, start, end))
        elif besides and (target := re.search(_TARGET + re.escape(besides), record[start:end])):
            yield start, start + target.start()
            yield start + target.end(), end
        else:
            yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the edges of a cell and the commas between words."""
    inside = text[start:end]
    start += len(inside) - len(inside.lstrip(_EDGES))
    return start, start + len(inside.strip(_EDGES))
