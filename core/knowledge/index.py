"""The index of a tenant's documents, in memory: derived from their chunks, and made anew of them.

Postings are arrays of entry numbers and of what a term adds to an entry's score, so that a query is
a few additions of numpy arrays. Who may read which entry is part of the query: what is outside the
reach neither has a score nor counts towards how rare a term is. What is removed is masked, and
thrown out when half of all entries are.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from core.knowledge.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from core.knowledge.model import Chunk, Document, Reach

    Mask = npt.NDArray[np.bool_]
    Scores = npt.NDArray[np.float32]

K1 = 1.2


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A document that was found, and its chunks that fit best, best first."""

    document_id: str
    score: float
    positions: tuple[int, ...]


class Postings:
    """Entries by term, with what each term is worth in each entry."""

    def __init__(self) -> None:
        self._entries: dict[str, array[int]] = {}
        self._worths: dict[str, array[float]] = {}

    def add(self, entry: int, worths: Mapping[str, float]) -> None:
        for term, worth in worths.items():
            self._entries.setdefault(term, array("i")).append(entry)
            self._worths.setdefault(term, array("f")).append(worth)

    def scores(self, query: Mapping[str, float], mask: Mask) -> Scores:
        """Of each entry; 0 outside the mask. Rare terms count more."""
        total, size = np.zeros(len(mask), np.float32), int(mask.sum())
        for term, weight in query.items():
            if term not in self._entries:
                continue
            entries = np.frombuffer(self._entries[term], np.int32)
            having = int(mask[entries].sum())
            rarity = log(1 + (size - having + 0.5) / (having + 0.5))
            total[entries] += np.float32(weight * rarity) * np.frombuffer(
                self._worths[term], np.float32
            )
        total[~mask] = 0
        return total

    def keep(self, mask: Mask) -> None:
        """Throw out the entries outside the mask, and number the others anew."""
        numbers = np.cumsum(mask, dtype=np.int32) - 1
        for term in list(self._entries):
            entries = np.frombuffer(self._entries[term], np.int32)
            inside = mask[entries]
            kept, worths = numbers[entries[inside]], np.frombuffer(self._worths[term], np.float32)
            if len(kept):
                self._worths[term] = array("f", worths[inside].tobytes())
                self._entries[term] = array("i", kept.tobytes())
            else:
                del self._entries[term], self._worths[term]


class SearchIndex:
    """Documents and their chunks, as of a revision of the tables."""

    def __init__(self) -> None:
        self.revision = 0
        self._scopes: dict[str, int] = {}
        self._documents = Postings()
        self._chunks = Postings()
        self._ids: list[str] = []  # of documents, by entry
        self._tags: list[frozenset[str]] = []
        self._entry_of: dict[str, int] = {}
        self._scope_of = array("i")  # of documents, by entry; -1 of those that are gone
        self._document_of = array("i")  # of chunks, by entry
        self._position_of = array("i")

    def __len__(self) -> int:
        return len(self._entry_of)

    def replace(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Put a document in the place of what was known of it."""
        self.remove(document.id)
        entry = len(self._ids)
        self._ids.append(document.id)
        self._tags.append(frozenset(document.tags))
        self._entry_of[document.id] = entry
        self._scope_of.append(self._scopes.setdefault(document.scope, len(self._scopes)))
        whole = Counter[str]()
        title = Counter(terms(document.title.text))
        for chunk in chunks:
            text, headings = Counter(terms(chunk.text.text)), Counter(terms(chunk.headings.text))
            whole += text + headings
            self._chunks.add(len(self._document_of), _worths(text + headings + title, 150))
            self._document_of.append(entry)
            self._position_of.append(chunk.position)
        for term, count in title.items():
            whole[term] += 3 * count
        self._documents.add(entry, _worths(whole, 300))

    def remove(self, document_id: str) -> None:
        """No change where it is not there."""
        entry = self._entry_of.pop(document_id, None)
        if entry is None:
            return
        self._scope_of[entry] = -1
        if len(self._ids) > 2 * len(self._entry_of) + 100:
            self._compact()

    def search(
        self,
        query: Mapping[str, float],
        reach: Reach,
        *,
        tags: frozenset[str] = frozenset(),
        limit: int,
    ) -> list[Hit]:
        """The documents that fit best, best first. tags: one of them, where any are given."""
        mask = self._mask(reach)
        if tags:
            mask &= np.fromiter((bool(tags & own) for own in self._tags), np.bool_, len(mask))
        if not mask.any():
            return []
        document_of = np.frombuffer(self._document_of, np.int32)
        scores = self._documents.scores(query, mask)
        chunk_scores = self._chunks.scores(query, mask[document_of])
        best = np.zeros_like(scores)
        np.maximum.at(best, document_of, chunk_scores)
        total = scores + best
        order = _highest(total, limit)
        return [self._hit(int(entry), float(total[entry]), chunk_scores) for entry in order]

    def _hit(self, entry: int, score: float, chunk_scores: Scores) -> Hit:
        mine = np.flatnonzero(np.frombuffer(self._document_of, np.int32) == entry)
        ranked = mine[np.argsort(-chunk_scores[mine], kind="stable")]
        positions = tuple(
            self._position_of[chunk] for chunk in ranked[:3] if chunk_scores[chunk] > 0
        )
        return Hit(document_id=self._ids[entry], score=score, positions=positions)

    def _mask(self, reach: Reach) -> Mask:
        """The documents within the reach."""
        allowed = np.zeros(len(self._scopes) + 1, np.bool_)  # the last: of those that are gone
        allowed[[self._scopes[scope] for scope in reach.scopes if scope in self._scopes]] = True
        mask: Mask = allowed[np.frombuffer(self._scope_of, np.int32)]
        return mask

    def _compact(self) -> None:
        scope_of = np.frombuffer(self._scope_of, np.int32)
        document_of = np.frombuffer(self._document_of, np.int32)
        kept = scope_of >= 0
        kept_chunks = kept[document_of]
        numbers = np.cumsum(kept, dtype=np.int32) - 1
        position_of = np.frombuffer(self._position_of, np.int32)
        self._documents.keep(kept)
        self._chunks.keep(kept_chunks)
        self._position_of = array("i", position_of[kept_chunks].tobytes())
        self._document_of = array("i", numbers[document_of[kept_chunks]].tobytes())
        self._scope_of = array("i", scope_of[kept].tobytes())
        self._ids = [known for known, stays in zip(self._ids, kept, strict=True) if stays]
        self._tags = [tags for tags, stays in zip(self._tags, kept, strict=True) if stays]
        self._entry_of = {known: entry for entry, known in enumerate(self._ids)}


def _worths(counts: Mapping[str, int], usual_length: float) -> dict[str, float]:
    length = sum(counts.values()) / usual_length
    shape = K1 * (0.25 + 0.75 * length)
    return {term: count * (K1 + 1) / (count + shape) for term, count in counts.items()}


def _highest(scores: Scores, limit: int) -> Iterable[np.intp]:
    """Entries with a score, highest first; of equal ones the earlier first."""
    some = np.flatnonzero(scores > 0)
    if len(some) > limit:
        least = np.partition(scores[some], -limit)[-limit]
        some = some[scores[some] >= least]
    return some[np.argsort(-scores[some], kind="stable")][:limit]
