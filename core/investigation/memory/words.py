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
from threading import local
from typing import Self

from Stemmer import Stemmer  # type: ignore[import-not-found]

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
