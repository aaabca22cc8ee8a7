"""What a line is asked for: its words, values of its fields, what it lacks, and its level.

`pool timeout`: both words. `status=500`: the field, as JSON and logfmt write it, or the letters as
they are. `500|503`: either. `!healthz`: without it. A word of digits is one of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from core.evidence.logs.levels import KEYED, STATED, read_level
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ORDER = list(Level)
_LEVEL_WITHIN = 300  # characters
_KEYED, _STATED = re.compile(KEYED), re.compile(STATED)
_NUMBERED = re.compile(r"\"level\"\s?:\s?(\d{2})\b")
_FIELD = re.compile(r"(?P<name>[\w.@-]{1,60})=(?P<value>[^=]{1,200})")


@dataclass(frozen=True)
class LineQuery:
    """words: as they are typed. least: the lowest level that a line may state, if that matters."""

    words: str = ""
    least: Level | None = None

    def __bool__(self) -> bool:
        return bool(self.words.split()) or self.least is not None

    def holds(self, line: str) -> bool:
        """Whether a line is what is asked for."""
        return self.is_in(line) and (self.least is None or _is_at_least(line, self.least))

    def is_in(self, text: str) -> bool:
        """Whether its words are in a text, whatever its level."""
        folded = text.casefold()
        return all(term(folded) for term in _terms(self.words))


@lru_cache(maxsize=64)  # a search asks of each line
def _terms(words: str) -> Sequence[Callable[[str], bool]]:
    return [_term(word) for word in words.casefold().split()]


def _term(word: str) -> Callable[[str], bool]:
    if word.startswith("!") and len(word) > 1:
        without = _term(word[1:])
        return lambda text: not without(text)
    choices = [_part(part) for part in word.split("|") if part]
    if len(choices) > 1:
        return lambda text: any(part(text) for part in choices)
    return _part(word)


def _part(word: str) -> Callable[[str], bool]:
    if word.isdigit():
        alone = re.compile(rf"(?<![\w.,])(?<![\w.]:){word}(?!\w|[.]\d)")  # `":500` of JSON is one
        return lambda text: word in text and alone.search(text) is not None
    if field := _FIELD.fullmatch(word):
        name, value = re.escape(field["name"]), re.escape(field["value"].strip("\"'"))
        pair = re.compile(rf"(?<![\w.-]){name}[\"']?\s?[=:]\s?[\"']?{value}(?![\w.-])")
        return lambda text: word in text or pair.search(text) is not None
    return lambda text: word in text


def _is_at_least(line: str, least: Level) -> bool:
    level = _level_of(line[:_LEVEL_WITHIN])
    return level is not None and _ORDER.index(level) >= _ORDER.index(least)


def _level_of(head: str) -> Level | None:
    """What the line states; None where it states none, as a line that goes on."""
    stated = _NUMBERED.search(head) or _KEYED.search(head) or _STATED.search(head)
    return read_level(stated[1]) if stated else None
