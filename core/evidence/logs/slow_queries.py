"""How the log of slow queries of MySQL and MariaDB tells its records: in lines of a head.

MySQL tells the time of each query. MariaDB and older ones tell it where the second is another one,
so that a query begins where its user is told, after that time.

Source: the reference manuals of MySQL ("The Slow Query Log") and of MariaDB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.logs.timestamps import TimeFormat, find_format

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIME, _USER = "^# Time: +", "^# User@Host: "
_COST = "^# Query_time: "


@dataclass(frozen=True)
class SlowQueries:
    """`begins` matches the first line of a record, `time` has a group around its time."""

    format: TimeFormat
    time: str
    begins: str


def find_slow_queries(lines: Sequence[str]) -> SlowQueries | None:
    """None where it is another log, or where no line tells the time."""
    times, users, costs = (_matching(start, lines) for start in (_TIME, _USER, _COST))
    time_format = find_format([re.sub(_TIME, "", line) for line in times])
    if not costs or time_format is None:
        return None
    begins = _TIME if len(times) >= len(users) else _USER
    return SlowQueries(time_format, f"{_TIME}({time_format.pattern})", begins)


def _matching(start: str, lines: Sequence[str]) -> list[str]:
    return [line for line in lines if re.match(start, line)]
