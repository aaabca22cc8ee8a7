"""Which of many rules a text may match, without looking for each of their hints in it.

A hint of three letters or more is in a text only where each three letters of it are: under the
rarest of these its rule is filed, and the threes of a text are looked up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.redaction.rules import RedactionRule

_PART = 3  # letters


class HintIndex:
    """The places of rules, under a part of each of their hints."""

    def __init__(self, rules: tuple[RedactionRule, ...]) -> None:
        common = Counter(part for rule in rules for hint in rule.hints for part in _parts(hint))
        self._by_part: defaultdict[str, set[int]] = defaultdict(set)
        self._by_short: defaultdict[str, set[int]] = defaultdict(set)
        self._always = {place for place, rule in enumerate(rules) if not rule.hints}
        for place, rule in enumerate(rules):
            for hint in rule.hints:
                if len(hint) < _PART:
                    self._by_short[hint].add(place)
                else:
                    self._by_part[min(_parts(hint), key=common.__getitem__)].add(place)

    def possible(self, lowered: str) -> list[int]:
        """The places of the rules that the text in lower case may match, in their order."""
        places = set(self._always)
        for part in self._by_part.keys() & set(_parts(lowered)):
            places |= self._by_part[part]
        for hint, of_hint in self._by_short.items():
            if hint in lowered:
                places |= of_hint
        return sorted(places)


@lru_cache(maxsize=16)
def index_of(rules: tuple[RedactionRule, ...]) -> HintIndex:
    """That of these rules, which are compared as objects."""
    return HintIndex(rules)


def _parts(text: str) -> Iterator[str]:
    return (text[at : at + _PART] for at in range(len(text) - _PART + 1))
