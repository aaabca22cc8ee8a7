"""The time of lines that tell none: the latest that was told before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


class LatestTime:
    """Sees the times of a log's lines in order, a block at a time."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def fill(self, times: pl.Series) -> pl.Series:
        """With the latest time for lines that tell none, those of earlier blocks too."""
        if times.null_count():
            times = times.fill_null(strategy="forward")
            times = times if self._latest is None else times.fill_null(self._latest)
        if len(times):
            latest = times[-1]
            self._latest = latest if isinstance(latest, datetime) else None
        return times
