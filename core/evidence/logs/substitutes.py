"""Words that stand for each other in several messages: they name something.

Of `found the lamp here`, `found the door here`, `a new lamp`, `a new door`, `lost its lamp` and
`lost its door`, what is told of either is the message. Two words in one place alone may be two
messages, so it takes two words in three of these, or three in two. They are counted by where the
words stand in them, as what differs in one word may be one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations, islice
from typing import TYPE_CHECKING, NamedTuple

from core.evidence.logs.levels import guess_level
from core.evidence.logs.notations import WILD
from core.evidence.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_GRIDS = ((2, 3), (3, 2))  # so many words that so many messages have
_MOST_WORDS = 40  # of a line that are looked at
_MOST_RIVALS = 12  # in one place
_LEAST_AROUND = 2  # words besides
_WORD = re.compile(r"(?<![\w*])[A-Za-z][\w.-]{0,62}(?![\w*=-])")
_TELLS = re.compile("(?:ed|ing)$|^[A-Z][A-Z_-]+$")  # what happened, or which command it is
_FIXED = frozenset(["true", "false", "null", "none", "nil", "yes", "no", "on", "off", "ok"])


class _Place(NamedTuple):
    """Of a word. `around` is what stands around it, as a hash: lines have many places."""

    start: int
    end: int
    around: int
    message: tuple[int, int]  # words before and after


def mask_substitutes(lines: Sequence[str]) -> list[str]:
    """The lines with `WILD` for such words, but for a first one, which says what happens."""
    rivals: dict[int, set[str]] = defaultdict(set)
    messages: dict[int, tuple[int, int]] = {}
    for line in set(lines):
        for place in _places(line):
            rivals[place.around].add(line[place.start : place.end])
            messages[place.around] = place.message
    names = _names({around: words for around, words in rivals.items() if len(words) > 1}, messages)
    return [_masked(line, names) for line in lines] if names else list(lines)


def _places(line: str) -> Iterator[_Place]:
    words = list(islice(_WORD.finditer(line), _MOST_WORDS))
    if len(words) <= _LEAST_AROUND:
        return
    for number, word in enumerate(words):
        if number and not _TELLS.search(word[0]) and word[0].lower() not in _FIXED:
            around = hash((line[: word.start()], line[word.end() :]))
            yield _Place(word.start(), word.end(), around, (number, len(words) - number))


def _names(
    rivals: Mapping[int, set[str]], messages: Mapping[int, tuple[int, int]]
) -> dict[int, set[str]]:
    """By what stands around them, the words that are names."""
    return {
        around: words
        for size, least in _GRIDS
        for around, words in _in_grid(rivals, messages, size=size, least=least)
    }


def _in_grid(
    rivals: Mapping[int, set[str]],
    messages: Mapping[int, tuple[int, int]],
    *,
    size: int,
    least: int,
) -> Iterator[tuple[int, set[str]]]:
    """Those of which enough messages share as many words as `size`."""
    shared: dict[tuple[str, ...], set[tuple[int, int]]] = defaultdict(set)
    for around, words in rivals.items():
        for group in _groups(words, size):
            shared[group].add(messages[around])
    alike = {
        group
        for group, places in shared.items()
        if len(places) >= least and all(guess_level(word) is Level.INFO for word in group)
    }
    for around, words in rivals.items():
        if not alike.isdisjoint(_groups(words, size)):
            yield around, words


def _groups(words: set[str], size: int) -> Iterator[tuple[str, ...]]:
    return combinations(sorted(words)[:_MOST_RIVALS], size)


def _masked(line: str, names: Mapping[int, set[str]]) -> str:
    parts, at = [], 0
    for place in _places(line):
        if line[place.start : place.end] in names.get(place.around, ()):
            parts += [line[at : place.start], WILD]
            at = place.end
    return "".join([*parts, line[at:]]) if parts else line
