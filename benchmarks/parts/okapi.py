"""Okapi BM25 over whole words, the usual baseline of text search.

With the parameters that the usual Python package has (k1 1.5, b 0.75, and a quarter of the mean
idf for words that are in more than half of the documents).
"""

from __future__ import annotations

import math
import re
from collections import Counter

_WORD = re.compile(r"[a-z0-9]+")
_K1, _B, _COMMON = 1.5, 0.75, 0.25


class Okapi:
    """Documents to be ranked. copies: of each, to see how long many take."""

    def __init__(self, documents: list[str], *, copies: int = 1) -> None:
        counts = [Counter(_WORD.findall(document.lower())) for document in documents]
        self._counts = counts * copies
        self._lengths = [count.total() for count in self._counts]
        self._usual = sum(self._lengths) / max(1, len(self._counts))
        with_it = Counter(word for count in self._counts for word in count)
        n = len(self._counts)
        rarity = {word: math.log((n - df + 0.5) / (df + 0.5)) for word, df in with_it.items()}
        common = _COMMON * sum(rarity.values()) / max(1, len(rarity))
        self._rarity = {word: value if value >= 0 else common for word, value in rarity.items()}

    def ranked(self, question: str) -> list[int]:
        """Numbers of the documents, the best first, later ones before earlier ones."""
        asked = _WORD.findall(question.lower())
        scores = [self._score(asked, place) for place in range(len(self._counts))]
        return sorted(range(len(scores)), key=lambda place: (-scores[place], -place))

    def _score(self, asked: list[str], place: int) -> float:
        count, length = self._counts[place], self._lengths[place]
        damping = _K1 * (1 - _B + _B * length / self._usual)
        return sum(
            self._rarity[word] * count[word] * (_K1 + 1) / (count[word] + damping)
            for word in asked
            if word in count
        )
