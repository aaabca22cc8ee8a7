"""How the log of slow queries of MySQL and MariaDB tells its queries: below lines of a head.

MySQL tells the time of each query. MariaDB and older ones tell it where the second is another one.
A query is told by its statement, so that queries of one kind are told together; what it cost stands
above it.

Source: the reference manuals of MySQL ("The Slow Query Log") and of MariaDB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.logs.timestamps import TimeFormat, find_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

_TIME, _COST = "^# Time: +", "^# Query_time: "
_OF_HEAD = r"^(?:#|use |SET timestamp=|SET (?:last_)?insert_id=)"


@dataclass(frozen=True)
class SlowQueries:
    """`time` has a group around the time of a head."""

    format: TimeFormat
    time: str


def find_slow_queries(lines: Sequence[str]) -> SlowQueries | None:
    """None where it is another log, or where no line tells the time."""
    times, costs = (_matching(start, lines) for start in (_TIME, _COST))
    time_format = find_format([re.sub(_TIME, "", line) for line in times])
    if not costs or time_format is None:
        return None
    return SlowQueries(time_format, f"{_TIME}({time_format.pattern})")


def statements(lines: pl.Series) -> pl.Series:
    """Whether each line is the first of a statement: what stands below a head."""
    of_head = lines.str.contains(_OF_HEAD)
    return ~of_head & of_head.shift(1, fill_value=False)


def _matching(start: str, lines: Sequence[str]) -> list[str]:
    return [line for line in lines if re.match(start, line)]
