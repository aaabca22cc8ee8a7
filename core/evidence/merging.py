"""Which masked lines are the same message with other words in it?

Lines of the same shape (number of words, punctuation) are told apart where few words compete for
a place, and merged where many do while the rest of the line stays the same. At last, what fits
into the wild places of another template joins it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from core.evidence.masks import WILD, mask_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_VARIED = 5  # this many different words in one place are values; fewer are different messages
_VARIED_CONSTANTS = 25  # the same for words in capitals, which programs use for states
_FAMILIAR = 0.5  # share of a line's words that must stay the same for it to be one message
_MOST_TEXT = 1_500_000  # characters of all lines together that are looked at, a share of each
_LEAST_TEXT = 200  # of a line
_MAX_PEERS = 300  # templates of one length that are compared with each other

_SEPARATOR = re.compile(r"([\s=:,;()\[\]{}<>\"'|]+)")
_FIXED = frozenset({"true", "false", "null", "none", "nil", "yes", "no", "on", "off", "ok"})
_WORD = re.compile("[A-Za-z]{2,}")
_NAME = re.compile(r"[./_-]|[a-z][A-Z]")
_NAMED = re.compile(
    r"(?i)\b(?:user|username|account|host|hostname|node|pod|container|database)[ =:'\"]+$"
)


def merge_patterns(patterns: Sequence[str]) -> list[str]:
    """For each masked line its template: equal templates are the same message."""
    share = max(_LEAST_TEXT, _MOST_TEXT // max(1, len(patterns)))
    lines = [mask_names(pattern[:share]) for pattern in patterns]
    shapes: dict[tuple[str, ...], dict[str, list[str]]] = defaultdict(dict)
    for line in lines:
        parts = _SEPARATOR.split(line)
        shapes[tuple(parts[1::2])][line] = parts[0::2]
    templates: dict[str, str] = {}
    for separators, words in shapes.items():
        templates.update(_Shape(separators, words).templates(list(words)))
    joined = _absorbed(set(templates.values()))
    return [joined[templates[line]] for line in lines]


class _Shape:
    """Lines with the same number of words and the same punctuation between them."""

    def __init__(self, separators: tuple[str, ...], words: dict[str, list[str]]) -> None:
        self.separators = (*separators, "")
        self.words = words

    def templates(self, lines: list[str]) -> Iterable[tuple[str, str]]:
        columns = list(zip(*(self.words[line] for line in lines), strict=True))
        values = [set(column) for column in columns]
        differing = [place for place, found in enumerate(values) if len(found) > 1]
        few = [place for place in differing if not self._varied(place, values[place], lines[0])]
        if few:
            place = min(few, key=lambda place: (len(values[place]), place))
            yield from self._split(lines, place)
        elif differing and not _familiar(values):
            yield from self._split(lines, differing[0])
        else:
            template = self._written(self.words[lines[0]], frozenset(differing))
            yield from ((line, template) for line in lines)

    def _split(self, lines: list[str], place: int) -> Iterable[tuple[str, str]]:
        groups: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            groups[self.words[line][place]].append(line)
        for group in groups.values():
            yield from self.templates(group)

    def _varied(self, place: int, found: set[str], example: str) -> bool:
        """Are these words values, rather than what tells messages apart?"""
        if WILD in found:
            return True
        if all(word.isupper() for word in found):
            return len(found) >= _VARIED_CONSTANTS
        if len(found) >= _VARIED:
            return True
        before = self._written(self.words[example][:place], frozenset())
        if _NAMED.search(before):
            return not before.endswith("=")
        return before.endswith("=") and _are_names(found)

    def _written(self, words: Sequence[str], wild: frozenset[int]) -> str:
        shown = (WILD if place in wild else word for place, word in enumerate(words))
        return "".join(word + after for word, after in zip(shown, self.separators, strict=False))


def _familiar(values: Sequence[set[str]]) -> bool:
    """Do enough words stay the same for these lines to be one message?"""
    same = sum(len(found) == 1 and any(map(str.isalpha, *found)) for found in values)
    return same >= _FAMILIAR * (same + sum(len(found) > 1 for found in values))


def _are_names(words: set[str]) -> bool:
    """Classes, packages, hosts: some look it, and none is a flag or nothing."""
    plain = {word.lower() for word in words}
    return not plain & _FIXED and any(_NAME.search(word) for word in words)


def _absorbed(templates: set[str]) -> dict[str, str]:
    """Each template, or the one whose wild places it fits into."""
    lengths: dict[int, list[str]] = defaultdict(list)
    for template in sorted(templates):
        lengths[template.count(" ")].append(template)
    found = {template: template for template in templates}
    for peers in lengths.values():
        hosts = [peer for peer in peers if WILD in peer and len(_WORD.findall(peer)) > 1]
        for host in hosts[:_MAX_PEERS]:
            fits = re.compile(r"\S+".join(map(re.escape, host.split(WILD))))
            for peer in peers[:_MAX_PEERS]:
                if peer != host and found[peer] == peer and fits.fullmatch(peer):
                    found[peer] = host
    return {template: _root(found, template) for template in templates}


def _root(found: dict[str, str], template: str) -> str:
    seen = {template}
    while (above := found[template]) not in seen:
        seen.add(above)
        template = above
    return template
