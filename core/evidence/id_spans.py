"""When files saw which ids, kept of those read of late: each new file is compared with them.

Of a folder with thousands of files the same fifty tables would be opened for each of them, which
takes longer than reading it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

# Of a file by its id, as it was read: by another zone, it has other times.
SpansKey: TypeAlias = "tuple[str, int, datetime | None, datetime | None]"
MOST_ENTRIES = 1_000
MOST_ROWS = 500_000  # 24 bytes each, in all
MOST_ROWS_EACH = 20_000  # a larger one is opened again


class RecentIdSpans:
    """What `skew.id_spans` gave, of one process; None for a file that has too few ids to compare.

    Hashes of ids alone, under the keys of their cases.
    """

    def __init__(self) -> None:
        self._kept = OrderedDict[SpansKey, "pl.DataFrame | None"]()
        self._rows = 0

    def __contains__(self, key: SpansKey) -> bool:
        return key in self._kept

    def __getitem__(self, key: SpansKey) -> pl.DataFrame | None:
        """Raises KeyError."""
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: SpansKey, spans: pl.DataFrame | None) -> None:
        """In the place of what was kept of it; the least used ones go where there are too many."""
        self._drop(key)
        if spans is not None and len(spans) > MOST_ROWS_EACH:
            return
        self._kept[key] = spans
        self._rows += _rows_of(spans)
        while len(self._kept) > MOST_ENTRIES or self._rows > MOST_ROWS:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: SpansKey) -> None:
        self._rows -= _rows_of(self._kept.pop(key, None))


def _rows_of(spans: pl.DataFrame | None) -> int:
    return 0 if spans is None else len(spans)
