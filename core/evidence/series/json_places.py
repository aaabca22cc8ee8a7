"""Where points stand in a JSON document: each at its time, as the document spells it."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.evidence.series.model import FileRange, Places

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_MISSES = 100  # times that are spelt otherwise than they are searched for


class DocumentPlaces:
    """The document; places are byte offsets in it. Series are asked for in its order."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._feeds = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n"))
        self._at = self._misses = 0
        self._last = 0, np.zeros(0, dtype=np.int64)  # the list asked for last, by its identity
        self._given = [np.array([len(raw)], dtype=np.int64)]

    def span(self, first: int, last: int) -> FileRange:
        begin, end = min(first, last), self._end(max(first, last))
        return FileRange(self._line(begin), self._line(end - 1), begin, end)

    def of(self, times: Sequence[object]) -> Places:
        """Where each of these times stands, the first behind the last ones, or before them."""
        if id(times) != self._last[0]:
            self._last = id(times), self._places(times)
            self._given.append(self._last[1])
        return self._last[1]

    def _places(self, times: Sequence[object]) -> Places:
        start = self._find(times[0], self._at) if times else -1
        if start < 0:
            start = self._find(times[0], 0) if times else -1
        at = max(0, start)
        places = np.full(len(times), at, dtype=np.int64)
        for number, time in enumerate(times):
            following = self._find(time, at)
            at = following if following >= 0 else at
            places[number] = at
            at += following >= 0
        self._at = at
        return places

    def _find(self, time: object, since: int) -> int:
        if self._misses > _MOST_MISSES:
            return -1
        if isinstance(time, dict):
            time = next((each for each in time.values() if isinstance(each, str | int)), "")
        spelt = json.dumps(time).encode()
        at = self._raw.find(spelt, since)
        self._misses += at < 0
        return at

    def _end(self, start: int) -> int:
        """The end of the innermost bracket around a place, or what is before the next place."""
        following = int(self._all[np.searchsorted(self._all, start, side="right")])
        closing = (self._raw.find(mark, start, following) for mark in (b"}", b"]"))
        end = min((at + 1 for at in closing if at >= 0), default=following)
        return start + len(self._raw[start:end].rstrip(b' \t\r\n,[{"'))

    @cached_property
    def _all(self) -> Places:
        return np.unique(np.concatenate(self._given))

    def _line(self, at: int) -> int:
        return 1 + int(np.searchsorted(self._feeds, at))
