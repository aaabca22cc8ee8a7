"""The index of a tenant's documents, in memory: derived from their chunks, and made anew of them.

A document scores by its fields (BM25F: Robertson, Zaragoza: The Probabilistic Relevance Framework,
2009, section 3.6), by its best chunk, and by how much of its name is asked for: a runbook is named
for what it is about.

Postings are arrays of entry numbers and of what a term adds to an entry's score, so that a query is
a few additions of numpy arrays. Who may read which entry is part of the query: what is outside the
reach neither has a score nor counts towards how rare a term is. What is removed is masked, and
thrown out when half of all entries are.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from core.knowledge.chunks import PATH
from core.knowledge.entries import DocumentEntries
from core.knowledge.fusion import CANDIDATES, NOWHERE, Neighbourhood, fused
from core.knowledge.search_filter import EVERY_DOCUMENT
from core.knowledge.tags import is_by_rules
from core.knowledge.terms import pairs, parts, synonyms, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from core.knowledge.entries import Mask
    from core.knowledge.model import Chunk, Document, Reach
    from core.knowledge.search_filter import SearchFilter
    from core.knowledge.vectors import Neighbour

    Scores = npt.NDArray[np.float32]

_SUFFIX = re.compile(r"\.\w{1,8}$")
K1 = 2.0  # from how often a term hardly counts more
B = 0.75  # how much a long text is held against it
OF_CHUNK = 0.7  # what the best chunk counts, beside the document
OF_NAME = 0.6  # of the best score of all: what a document gets all of whose name is asked for
BEST_CHUNKS = 3


@dataclass(frozen=True)
class Field:
    """A part of a document. usual: how many terms it has, of most documents."""

    weight: float
    usual: float
    b: float = 0.3


NAME = Field(3, 6)
TITLE = Field(2, 6)
HEADINGS = Field(1, 20)
LEAD = Field(3, 60)  # the first chunk says what it is about
BODY = Field(0.7, 300, B)
CHUNK_TEXT = Field(1, 100, B)
CHUNK_HEADINGS = Field(1, 8)


@dataclass(frozen=True, kw_only=True)
class DocumentHit:
    """A document that was found, and its chunks that fit best, best first."""

    document_id: str
    score: float
    share: float  # of what is asked for, 0 to 1: how much the document has
    similarity: float = 0.0  # of its nearest chunk, where it is near in meaning
    positions: tuple[int, ...]


@dataclass(frozen=True)
class _Description:
    """What is said of a hit, besides its score: worked out for those that are shown."""

    query: Mapping[str, float]
    rarities: Mapping[str, float]
    chunk_scores: Scores
    near: Neighbourhood

    def neighbour(self, document_id: str) -> Neighbour | None:
        those = (near for near in self.near.neighbours if near.document_id == document_id)
        return next(those, None)


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
            if term in self._entries:
                entries = self._with(term)
                rarity = _rarity(size, int(mask[entries].sum()))
                total[entries] += np.float32(weight * rarity) * self._worth(term)
        total[~mask] = 0
        return total

    def rarities(self, query: Iterable[str], mask: Mask) -> dict[str, float]:
        """Of each of these terms, also those that nothing has."""
        size = int(mask.sum())
        return {
            term: _rarity(size, int(mask[self._with(term)].sum()) if term in self._entries else 0)
            for term in query
        }

    def has(self, term: str, entry: int) -> bool:
        if term not in self._entries:
            return False
        entries = self._with(term)  # ascending
        at = int(np.searchsorted(entries, entry))
        return at < len(entries) and int(entries[at]) == entry

    def _with(self, term: str) -> npt.NDArray[np.int32]:
        return np.frombuffer(self._entries[term], np.int32)

    def _worth(self, term: str) -> Scores:
        return np.frombuffer(self._worths[term], np.float32)

    def keep(self, mask: Mask) -> None:
        """Throw out the entries outside the mask, and number the others anew."""
        numbers = np.cumsum(mask, dtype=np.int32) - 1
        for term in list(self._entries):
            entries, inside = self._with(term), mask[self._with(term)]
            kept, worths = numbers[entries[inside]], self._worth(term)[inside]
            if len(kept):
                self._worths[term] = array("f", worths.tobytes())
                self._entries[term] = array("i", kept.tobytes())
            else:
                del self._entries[term], self._worths[term]


class SearchIndex:
    """Documents and their chunks, as of a revision of the tables."""

    def __init__(self) -> None:
        self.revision = 0
        self._entries = DocumentEntries()
        self._documents = Postings()
        self._names = Postings()
        self._terms_of_name: list[tuple[str, ...]] = []  # by entry
        self._chunks = Postings()
        self._document_of = array("i")  # of chunks, by entry; ascending
        self._position_of = array("i")

    def __len__(self) -> int:
        return len(self._entries)

    def replace(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Put a document in the place of what was known of it."""
        self.remove(document.id)
        entry = self._entries.add(document)
        for chunk in chunks:
            texts = ((CHUNK_TEXT, terms(chunk.text.text)),)
            above = terms(f"{document.title.text} {chunk.headings.text}")
            self._chunks.add(len(self._document_of), _worths(*texts, (CHUNK_HEADINGS, above)))
            self._document_of.append(entry)
            self._position_of.append(chunk.position)
        self._documents.add(entry, _worths(*_fields(document, chunks)))
        name = dict.fromkeys(parts(name_of(document)), 1.0)
        self._names.add(entry, name)
        self._terms_of_name.append(tuple(name))

    def remove(self, document_id: str) -> None:
        """No change where it is not there."""
        self._entries.remove(document_id)
        if self._entries.is_mostly_dead:
            self._compact()

    def search(
        self,
        query: Mapping[str, float],
        reach: Reach,
        *,
        only: SearchFilter = EVERY_DOCUMENT,
        near: Neighbourhood = NOWHERE,
        limit: int,
    ) -> list[DocumentHit]:
        """The documents that fit best, best first.

        only: what it is held to. near: what is near in meaning, within the reach.
        """
        mask = self._entries.mask(reach, only)
        if not mask.any():
            return []
        document_of = np.frombuffer(self._document_of, np.int32)
        chunk_scores = self._chunks.scores(query, mask[document_of])
        best = np.zeros(len(mask), np.float32)
        np.maximum.at(best, document_of, chunk_scores)
        total = self._documents.scores(query, mask) + np.float32(OF_CHUNK) * best
        candidates = _highest(total, max(limit, CANDIDATES))
        named = self._named(candidates, query, mask)
        by_words = {
            self._entries.ids[entry]: float(total[entry] + OF_NAME * total.max() * share)
            for entry, share in zip(candidates, named, strict=True)
        }
        scores = fused(by_words, self._inside(near, mask))
        rarities = self._documents.rarities(query, mask)
        described = _Description(query, rarities, chunk_scores, near)
        return [
            self._hit(document_id, score, described)
            for document_id, score in list(scores.items())[:limit]
        ]

    def _named(self, entries: Sequence[int], query: Mapping[str, float], mask: Mask) -> list[float]:
        """How much of the name of each is asked for."""
        names = [self._terms_of_name[entry] for entry in entries]
        rarities = self._names.rarities({term for name in names for term in name}, mask)
        return [share_of_name(name, query, rarities) for name in names]

    def _inside(self, near: Neighbourhood, mask: Mask) -> Neighbourhood:
        """What of it is there, and within the mask."""
        inside = [
            neighbour
            for neighbour in near.neighbours
            if neighbour.document_id in self._entries
            and mask[self._entries.entry(neighbour.document_id)]
        ]
        return Neighbourhood(neighbours=inside, embedded=near.embedded)

    def _hit(self, document_id: str, score: float, described: _Description) -> DocumentHit:
        entry = self._entries.entry(document_id)
        neighbour = described.neighbour(document_id)
        positions = self._best_chunks(entry, described.chunk_scores)
        if neighbour is not None:
            positions = tuple(dict.fromkeys((*positions, neighbour.position)))[:BEST_CHUNKS]
        return DocumentHit(
            document_id=document_id,
            score=score,
            share=self._share(entry, described.query, described.rarities),
            similarity=neighbour.similarity if neighbour else 0.0,
            positions=positions,
        )

    def _share(
        self, entry: int, query: Mapping[str, float], rarities: Mapping[str, float]
    ) -> float:
        """Of the words themselves: a word by another name counts as half of one."""
        asked = {term: rarities[term] for term, weight in query.items() if weight >= 1}
        if not asked:
            return 0.0
        had = sum(
            rarity
            if self._documents.has(term, entry)
            else rarity / 2 * self._has_synonym(term, entry)
            for term, rarity in asked.items()
        )
        return had / sum(asked.values())

    def _has_synonym(self, term: str, entry: int) -> bool:
        return any(self._documents.has(other, entry) for other in synonyms().get(term, ()))

    def _best_chunks(self, entry: int, scores: Scores) -> tuple[int, ...]:
        document_of = np.frombuffer(self._document_of, np.int32)
        first, end = np.searchsorted(document_of, [entry, entry + 1])
        ranked = first + np.argsort(-scores[first:end], kind="stable")[:BEST_CHUNKS]
        return tuple(self._position_of[chunk] for chunk in ranked if scores[chunk] > 0)

    def _compact(self) -> None:
        document_of = np.frombuffer(self._document_of, np.int32)
        position_of = np.frombuffer(self._position_of, np.int32)
        kept = self._entries.keep_alive()
        kept_chunks = kept[document_of]
        numbers = np.cumsum(kept, dtype=np.int32) - 1
        self._documents.keep(kept)
        self._names.keep(kept)
        names = zip(self._terms_of_name, kept, strict=True)
        self._terms_of_name = [name for name, stays in names if stays]
        self._chunks.keep(kept_chunks)
        self._position_of = array("i", position_of[kept_chunks].tobytes())
        self._document_of = array("i", numbers[document_of[kept_chunks]].tobytes())


def share_of_name(
    name: Sequence[str], query: Mapping[str, float], rarities: Mapping[str, float]
) -> float:
    """How much of it is asked for, 0 to 1; what few are named for counts more."""
    asked = sum(rarities[term] * min(1.0, query.get(term, 0.0)) for term in name)
    return asked / sum(rarities[term] for term in name) if name else 0.0


def name_of(document: Document) -> str:
    """What it is called where it came from; else its title."""
    file = document.source.text.rstrip("/").rpartition("/")[2]
    return _SUFFIX.sub("", file) or document.title.text


def _fields(document: Document, chunks: Sequence[Chunk]) -> Iterator[tuple[Field, list[str]]]:
    """What of a document counts how much; neighbours are looked for where it says what it is."""
    headings = dict.fromkeys(part for c in chunks for part in c.headings.text.split(PATH))
    for field, text in (
        (NAME, name_of(document)),
        (TITLE, document.title.text),
        (HEADINGS, " . ".join(headings)),
        (LEAD, chunks[0].text.text if chunks else ""),
    ):
        own = terms(text)
        yield field, own
        yield field, pairs(own)
    yield BODY, [term for chunk in chunks for term in terms(chunk.text.text)]
    # What rules add says nothing that the text does not, and would weigh it twice.
    yield TITLE, terms(" ".join(tag for tag in document.tags if not is_by_rules(tag)))


def _worths(*fields: tuple[Field, Sequence[str]]) -> dict[str, float]:
    """What each term is worth, all fields together."""
    total: dict[str, float] = defaultdict(float)
    for field, own in fields:
        length = 1 - field.b + field.b * len(own) / field.usual
        for term, count in Counter(own).items():
            total[term] += field.weight * count / length
    return {term: worth * (K1 + 1) / (worth + K1) for term, worth in total.items()}


def _rarity(size: int, having: int) -> float:
    return log(1 + (size - having + 0.5) / (having + 0.5))


def _highest(scores: Scores, limit: int) -> list[int]:
    """Entries with a score, highest first; of equal ones the earlier first."""
    some = np.flatnonzero(scores > 0)
    if len(some) > limit:
        least = np.partition(scores[some], -limit)[-limit]
        some = some[scores[some] >= least]
    return [int(entry) for entry in some[np.argsort(-scores[some], kind="stable")][:limit]]
