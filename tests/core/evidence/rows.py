"""A table that can be looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from core.evidence.events.table import COLUMNS


@dataclass
class Rows:
    """Keeps what it is given."""

    parts: list[pl.DataFrame] = field(default_factory=list)
    kinds: dict[int, int] | None = None

    def add(self, events: pl.DataFrame) -> None:
        self.parts.append(events)

    def close(self, kinds: dict[int, int]) -> None:
        self.kinds = kinds

    @property
    def frame(self) -> pl.DataFrame:
        return pl.concat(self.parts) if self.parts else pl.DataFrame(schema=COLUMNS)
