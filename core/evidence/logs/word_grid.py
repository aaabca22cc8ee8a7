"""Names that come with each of several messages: `[mail] Found *`, `[web] Found *`, `[web] Ban *`.

Two words in one place may be two messages. Where the same words are in that place of several
messages they name something, which is neither of them. Which words of such a grid are the names
is told by what stands around them: brackets, what a name follows, or a value that is glued to
them: of `get user:*`, `set user:*`, `get cart:*` and `set cart:*`, the keys are the names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from core.evidence.logs.levels import guess_level
from core.evidence.logs.notations import WILD
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    _Context = tuple[str, str]  # what stands before and after

_LEAST = 2  # messages that share as many words in such a place
_LEAST_GLUED = 3  # the same where a value is glued to the word, which may say what the value is
_MOST_PAIRED = 20
_KINDS = (
    "user|host|client|zone|group|topic|queue|pool|channel|db|database|table|index|job|task|worker"
    "|node|peer|server|backend|service|module|interface|volume|bucket|namespace|member|key"
)
_WORD = r"[A-Za-z][\w./@$-]{0,62}"
_PLACE = re.compile(
    rf"(?P<mark>\[(?={_WORD}\])|\((?={_WORD}\[)|^\((?={_WORD}\) )"
    rf"|\b(?:from|for|by|with|via|using|{_KINDS})[ =:])"
    rf"(?P<word>(?!(?:{_KINDS})[ =:]){_WORD})(?=(?P<after>[\s\]\[(),;]|$))"
)
_KEY = re.compile(r"(?P<mark>(?<=[a-z] ))(?P<word>[a-z_]{2,30})(?P<after>(?=:\*))")
_COUNTED = re.compile("[^s]s$")  # `bytes:*`: what there is so many of
_FIXED = frozenset(["true", "false", "null", "none", "nil", "yes", "no", "on", "off", "ok"])
_STATE = re.compile("(?:ed|ing)$")


def mask_grid_names(lines: Sequence[str]) -> list[str]:
    """The lines with `WILD` for names that come with several messages."""
    return _masked(_masked(lines, _AROUND), _GLUED)


class _Grid(NamedTuple):
    """Where names may stand, in how many messages at least, and which words may be one."""

    places: re.Pattern[str]
    least: int
    may_name: Callable[[str], bool]


def _may_name(word: str) -> bool:
    return word.lower() not in _FIXED and not _STATE.search(word)


def _may_be_key(word: str) -> bool:
    return _may_name(word) and not _COUNTED.search(word) and guess_level(word) is Level.INFO


_AROUND = _Grid(_PLACE, _LEAST, _may_name)
_GLUED = _Grid(_KEY, _LEAST_GLUED, _may_be_key)


def _masked(lines: Sequence[str], grid: _Grid) -> list[str]:
    names = _names(lines, grid)

    def masked(place: re.Match[str]) -> str:
        named = place["word"] in names.get(_context(place), ())
        return f"{place['mark']}{WILD}" if named else place[0]

    return [grid.places.sub(masked, line) for line in lines] if any(names.values()) else list(lines)


def _names(lines: Sequence[str], grid: _Grid) -> Mapping[_Context, set[str]]:
    """By context the words that come with several messages."""
    rivals: dict[_Context, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in lines:
        for place in grid.places.finditer(line):
            word = place["word"]
            if grid.may_name(word):
                around = line[: place.start("word")], line[place.end("word") :]
                rivals[_context(place)][hash(around)].add(word)  # lines may have many places
    return {
        context: set(_shared(list(frames.values()), grid.least))
        for context, frames in rivals.items()
    }


def _context(place: re.Match[str]) -> _Context:
    return place["mark"], place["after"]


def _shared(frames: Sequence[set[str]], least: int) -> Iterator[str]:
    """Words of frames that have two or more in common with enough others."""
    messages: dict[tuple[str, str], int] = defaultdict(int)
    varied = [words for words in frames if len(words) > 1]
    for words in varied:
        for pair in _pairs(words):
            messages[pair] += 1
    for words in varied:
        if any(messages[pair] >= least for pair in _pairs(words)):
            yield from words


def _pairs(words: set[str]) -> Iterator[tuple[str, str]]:
    """Each two of its first words; of many all are shared if any are."""
    return combinations(sorted(words)[:_MOST_PAIRED], 2)
