"""Vectors of chunks: how they rest, and which documents are nearest to one.

A vector of length 1 rests as one byte a number and a scale, a quarter of its size; the cosine of
it and of what it was is above 0.9999. All of a tenant's are one matrix in memory, and a query is
its product with the matrix, block by block: exact, and with nothing beside it to keep in step.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.knowledge.entries import DocumentEntries
from core.knowledge.search_filter import EVERY_DOCUMENT

if TYPE_CHECKING:
    import numpy.typing as npt

    from core.knowledge.entries import Mask
    from core.knowledge.model import Document, Reach
    from core.knowledge.search_filter import SearchFilter

    Vectors = npt.NDArray[np.float32]
    Bytes = npt.NDArray[np.int8]

LARGEST = 127
BLOCK = 1024  # rows that are multiplied at once: what they become fits into a cache of 2 MB
_SCALE_BYTES = 4
_FIRST_ROWS = 1024  # that there is room for, before it is doubled


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A document near a vector. similarity: the cosine of its nearest chunk, -1 to 1."""

    document_id: str
    similarity: float
    position: int  # of that chunk


def pack(vectors: Vectors) -> bytes:
    """Rows of length 1, in their order: of each its scale and then a byte a number."""
    scales = np.maximum(np.abs(vectors).max(axis=1, initial=0), 1e-9) / LARGEST
    rows = np.rint(vectors / scales[:, None]).astype(np.int8)
    spelt = scales.astype("<f4").view(np.int8).reshape(len(rows), _SCALE_BYTES)
    return np.hstack([spelt, rows]).tobytes()


def unpack(packed: bytes, size: int) -> tuple[Bytes, Vectors]:
    """The rows, size numbers each, and their scales."""
    whole = np.frombuffer(packed, np.int8).reshape(-1, _SCALE_BYTES + size)
    scales = np.ascontiguousarray(whole[:, :_SCALE_BYTES]).view("<f4").reshape(-1)
    return whole[:, _SCALE_BYTES:], scales.astype(np.float32)


class MatrixIndex:
    """A `VectorIndex` of one matrix: vectors of `size` numbers each."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._documents = DocumentEntries()
        self._starts = array("q")  # of each document, by entry: its first row
        self._rows: Bytes = np.empty((_FIRST_ROWS, size), np.int8)
        self._scales: Vectors = np.empty(_FIRST_ROWS, np.float32)
        self._count = 0  # rows that are in use

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, document_id: object) -> bool:
        return document_id in self._documents

    def replace(self, document: Document, packed: bytes) -> None:
        """Put its vectors in the place of those it had."""
        self.remove(document.id)
        rows, scales = unpack(packed, self._size)
        if not len(rows):
            return
        self._reserve(self._count + len(rows))
        self._documents.add(document)
        self._starts.append(self._count)
        self._rows[self._count : self._count + len(rows)] = rows
        self._scales[self._count : self._count + len(rows)] = scales
        self._count += len(rows)

    def remove(self, document_id: str) -> None:
        """No change where it is not there."""
        self._documents.remove(document_id)
        if self._documents.is_mostly_dead:
            self._compact()

    def nearest(
        self,
        vector: Vectors,
        reach: Reach,
        *,
        only: SearchFilter = EVERY_DOCUMENT,
        limit: int,
    ) -> list[Neighbour]:
        """The documents whose nearest chunk is nearest, nearest first. vector: of length 1."""
        mask = self._documents.mask(reach, only)
        if not mask.any():
            return []
        starts = np.frombuffer(self._starts, np.int64)
        similarities = self._similarities(vector, self._allowed(mask))
        best = np.maximum.reduceat(similarities, starts)
        best[~mask] = -np.inf
        allowed = int(mask.sum())
        order = np.argsort(-best, kind="stable")[: min(limit, allowed)]
        return [self._neighbour(int(entry), similarities, best[entry]) for entry in order]

    def _neighbour(self, entry: int, similarities: Vectors, similarity: float) -> Neighbour:
        first, end = self._starts[entry], self._end(entry)
        position = int(np.argmax(similarities[first:end]))
        document_id = self._documents.ids[entry]
        return Neighbour(document_id=document_id, similarity=float(similarity), position=position)

    def _similarities(self, vector: Vectors, allowed: Mask) -> Vectors:
        """Of each row; those of a block in which nothing is allowed are never looked at."""
        similarities = np.full(self._count, -1, np.float32)
        room = np.empty((BLOCK, self._size), np.float32)
        for first in range(0, self._count, BLOCK):
            end = min(first + BLOCK, self._count)
            if allowed[first:end].any():
                block = room[: end - first]
                np.copyto(block, self._rows[first:end])
                similarities[first:end] = (block @ vector) * self._scales[first:end]
        return similarities

    def _allowed(self, mask: Mask) -> Mask:
        """By row, what the mask says by document."""
        starts = np.frombuffer(self._starts, np.int64)
        return np.repeat(mask, np.diff(starts, append=self._count))

    def _end(self, entry: int) -> int:
        return self._starts[entry + 1] if entry + 1 < len(self._starts) else self._count

    def _reserve(self, count: int) -> None:
        if count <= len(self._rows):
            return
        room = max(count, 2 * len(self._rows))
        rows, scales = np.empty((room, self._size), np.int8), np.empty(room, np.float32)
        rows[: self._count], scales[: self._count] = (
            self._rows[: self._count],
            self._scales[: self._count],
        )
        self._rows, self._scales = rows, scales

    def _compact(self) -> None:
        starts = np.frombuffer(self._starts, np.int64)
        lengths = np.diff(starts, append=self._count)
        kept = self._documents.keep_alive()
        rows_kept = np.repeat(kept, lengths)
        self._rows = self._rows[: self._count][rows_kept]
        self._scales = self._scales[: self._count][rows_kept]
        self._count = len(self._rows)
        self._starts = array("q", (np.cumsum(lengths[kept]) - lengths[kept]).tobytes())
