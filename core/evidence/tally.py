"""How often does each kind of line occur, in a log of any size and in bounded memory?

The work per line is vectorised. Where a log has more distinct masked lines than are kept, words
that vary in their context become wild; at last the rarest lines are counted by their length alone.
Lines that may matter (errors, and what `notable` matches) are the last to go.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from core.evidence.lines import Block
from core.evidence.masks import VALUES, WILD

MAX_KINDS = 5_000  # distinct masked lines that are kept
MAX_MINUTES = 200_000  # rows of (masked line, minute) that are kept
_LOOK_AT = 2_000  # characters of a message that are masked
_EXAMPLE = 8_000  # characters of an example that are kept
_VARIED = 30  # words that compete for one place, beyond which they are values
_SERIOUS = "(?i)error|fatal|fail|critical|panic|severe|exception|emerg|refused|denied"
_STEPS = (1, 5, 15, 60, 240, 1440, 10080)  # minutes per bucket, as the log grows longer
_KEYS = ["masked", "level", "service", "start"]


class Tally:
    """Counts per distinct masked line, and per minute of each."""

    def __init__(self, notable: str = "") -> None:
        self.lines = self.records = self.size = 0
        self.step = _STEPS[0]
        self._notable = notable or r"[^\s\S]"
        self._time: datetime | None = None
        self._kinds: list[pl.DataFrame] = []
        self._minutes: list[pl.DataFrame] = []

    def add(self, block: Block, read: pl.DataFrame) -> None:
        """Count the lines of a block; `read` is what the layout made of them."""
        self.lines += len(block.lines)
        self.records += int(read["start"].sum())
        self.size = int(block.starts[-1])
        frame = self._keyed(read)
        counts = frame.group_by("key", "minute").agg(
            pl.col(*_KEYS).first(),
            count=pl.len(),
            row=pl.col("row").min(),
            last_row=pl.col("row").max(),
            first=pl.col("time").min(),
            last=pl.col("time").max(),
        )
        self._minutes.append(counts.select("key", "minute", "count").drop_nulls("minute"))
        self._kinds.append(self._exemplified(counts, block))
        self._compact()

    def groups(self) -> pl.DataFrame:
        """One row per distinct masked line, by first line."""
        self._compact(force=True)
        return self._kinds[0].sort("line") if self._kinds else pl.DataFrame()

    def minutes(self) -> pl.DataFrame:
        """Rows of key, minute since 1970, count."""
        return self._minutes[0] if self._minutes else pl.DataFrame()

    def span(self) -> tuple[datetime | None, datetime | None]:
        """The first and last time of the log."""
        if not self._kinds:
            return None, None
        first, last = self._kinds[0].select(pl.col("first").min(), pl.col("last").max()).row(0)
        return first, last

    def _keyed(self, read: pl.DataFrame) -> pl.DataFrame:
        """With the masked message, its key, and a time for lines that tell none."""
        message = read["message"]
        if (message.str.len_bytes().max() or 0) > _LOOK_AT:
            message = message.str.slice(0, _LOOK_AT)
        time = read["time"].fill_null(strategy="forward")
        if self._time is not None:
            time = time.fill_null(self._time)
        self._time = time.drop_nulls().last() if time.null_count() < len(time) else self._time
        frame = read.select("level", "service", "start").with_columns(
            message.str.replace_all(VALUES, WILD).alias("masked"),
            time.alias("time"),
            (time.dt.epoch("s") // (60 * self.step) * self.step).alias("minute"),
            pl.int_range(pl.len()).alias("row"),
        )
        return frame.with_columns(_key(frame))

    def _exemplified(self, counts: pl.DataFrame, block: Block) -> pl.DataFrame:
        """Per kind of the block: totals, and its first line with where that is."""
        kinds = counts.group_by("key").agg(
            pl.col(*_KEYS).first(),
            pl.col("count").sum(),
            pl.col("row", "first").min(),
            pl.col("last_row", "last").max(),
        )
        rows = kinds["row"]
        return kinds.select(
            "key",
            *_KEYS,
            "count",
            "first",
            "last",
            line=pl.col("row") + block.number,
            last_line=pl.col("last_row") + block.number,
            example=block.lines.gather(rows).str.slice(0, _EXAMPLE),
            byte_start=pl.Series(block.starts[rows.to_numpy()]),
            byte_end=pl.Series(block.starts[rows.to_numpy() + 1]),
        )

    def _compact(self, *, force: bool = False) -> None:
        if sum(map(len, self._minutes)) > MAX_MINUTES or force:
            self._merge_minutes()
        if sum(map(len, self._kinds)) > 4 * MAX_KINDS or force:
            self._merge_kinds()
