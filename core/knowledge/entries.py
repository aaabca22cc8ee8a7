"""The documents of an index by number, and which of them somebody may read."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from core.knowledge.model import Document, Reach
    from core.knowledge.search_filter import SearchFilter

    Mask = npt.NDArray[np.bool_]

MOST_DEAD = 1_000  # entries that are gone are kept, where they are fewer
_GONE = -1


class DocumentEntries:
    """Each document has a number, in the order they came. What is removed keeps its own."""

    def __init__(self) -> None:
        self.ids: list[str] = []  # by entry
        self._scopes: dict[str, int] = {}
        self._tags: list[frozenset[str]] = []
        self._entry_of: dict[str, int] = {}
        self._scope_of = array("i")  # by entry
        self._dates = array("d")  # by entry, in seconds

    def __len__(self) -> int:
        """How many are there, without those that are gone."""
        return len(self._entry_of)

    def __contains__(self, document_id: object) -> bool:
        return document_id in self._entry_of

    @property
    def is_mostly_dead(self) -> bool:
        """Whether it is time to `keep` only what is there."""
        return len(self.ids) > 2 * len(self._entry_of) + MOST_DEAD

    def add(self, document: Document) -> int:
        """Its entry; one of the same id has to be removed before."""
        entry = len(self.ids)
        self.ids.append(document.id)
        self._tags.append(frozenset(document.tags))
        self._dates.append(document.date.timestamp())
        self._entry_of[document.id] = entry
        self._scope_of.append(self._scopes.setdefault(document.scope, len(self._scopes)))
        return entry

    def entry(self, document_id: str) -> int:
        """Raises KeyError where it is not there."""
        return self._entry_of[document_id]

    def remove(self, document_id: str) -> None:
        """No change where it is not there."""
        entry = self._entry_of.pop(document_id, None)
        if entry is not None:
            self._scope_of[entry] = _GONE

    def mask(self, reach: Reach, only: SearchFilter) -> Mask:
        """Those within the reach that the filter takes; never what is gone."""
        allowed = np.zeros(len(self._scopes) + 1, np.bool_)  # the last: of those that are gone
        allowed[[self._scopes[scope] for scope in reach.scopes if scope in self._scopes]] = True
        mask: Mask = allowed[np.frombuffer(self._scope_of, np.int32)]
        if only.tags:
            mask &= np.fromiter((bool(only.tags & own) for own in self._tags), np.bool_, len(mask))
        dates = np.frombuffer(self._dates, np.float64)
        if only.since:
            mask &= dates >= only.since.timestamp()
        if only.before:
            mask &= dates < only.before.timestamp()
        return mask

    def keep_alive(self) -> Mask:
        """Throw out those that are gone and number the others anew; which stayed, by old entry."""
        scope_of = np.frombuffer(self._scope_of, np.int32)
        kept: Mask = scope_of != _GONE
        self._scope_of = array("i", scope_of[kept].tobytes())
        self._dates = array("d", np.frombuffer(self._dates, np.float64)[kept].tobytes())
        self.ids = [known for known, stays in zip(self.ids, kept, strict=True) if stays]
        self._tags = [tags for tags, stays in zip(self._tags, kept, strict=True) if stays]
        self._entry_of = {known: entry for entry, known in enumerate(self.ids)}
        return kept
