"""One order of two: how well the words of a document fit, and how near its meaning is.

Both are stretched over what fits best of each, so that neither scale counts. Weight and formula
were chosen on one half of the answers of the retrieval data; see
docs/decisions/0055-vectors-beside-words.md.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.knowledge.vectors import Neighbour

if TYPE_CHECKING:
    from collections.abc import Mapping


CANDIDATES = 100  # of each order that are looked at
OF_MEANING = 0.7  # what meaning counts, beside words


@dataclass(frozen=True, kw_only=True)
class Neighbourhood:
    """What is near in meaning, nearest first.

    embedded: the ids of all that could have been; what is not in it is judged by its words alone.
    """

    neighbours: Sequence[Neighbour] = ()
    embedded: Container[str] = field(default_factory=frozenset)


NOWHERE = Neighbourhood()


def fused(by_words: Mapping[str, float], near: Neighbourhood) -> dict[str, float]:
    """The score of each, by id, best first. by_words: those that fit best, and their scores."""
    if not near.neighbours:
        return dict(sorted(by_words.items(), key=lambda entry: -entry[1]))
    words = _stretched(by_words)
    meanings = _stretched({near.document_id: near.similarity for near in near.neighbours})
    scores = {
        document_id: words.get(document_id, 0.0)
        + OF_MEANING * _of_meaning(document_id, words, meanings, near.embedded)
        for document_id in dict.fromkeys((*words, *meanings))
    }
    return dict(sorted(scores.items(), key=lambda entry: -entry[1]))


def _of_meaning(
    document_id: str,
    words: Mapping[str, float],
    meanings: Mapping[str, float],
    embedded: Container[str],
) -> float:
    """What is not embedded yet keeps its place: its words count for both."""
    if document_id in meanings or document_id in embedded:
        return meanings.get(document_id, 0.0)
    return words.get(document_id, 0.0)


def _stretched(scores: Mapping[str, float]) -> dict[str, float]:
    """From 0, for the last candidate or for nothing in common, to 1 for the best."""
    if not scores:
        return {}
    highest = max(scores.values())
    lowest = max(0.0, min(scores.values())) if len(scores) >= CANDIDATES else 0.0
    width = highest - lowest
    if width <= 0:
        return dict.fromkeys(scores, 1.0 if highest > 0 else 0.0)
    return {known: max(0.0, (score - lowest) / width) for known, score in scores.items()}
