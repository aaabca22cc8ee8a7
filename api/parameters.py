"""Types of request parameters, limited to numbers, times and texts that a database can hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from core.clock import EPOCH

_UNKEPT = re.compile("[\0\ud800-\udfff]")
DEEPEST = 20  # levels of an object: an answer that repeats it is written level by level
_LARGEST = 2**63 - 1  # of an integer, in SQLite and in PostgreSQL


def _since_the_epoch(value: datetime) -> datetime:
    """Convert to UTC, which is also assumed where no zone is given."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        moment = aware.astimezone(UTC)
    except OverflowError as error:
        message = "beyond the years that there are"
        raise ValueError(message) from error
    if moment < EPOCH:
        message = f"before {EPOCH.year}, when nothing was kept yet"
        raise ValueError(message)
    return moment


def _whole(value: str) -> str:
    """Refuse lone surrogates, which UTF-8 cannot encode, and NUL, which PostgreSQL refuses."""
    if _UNKEPT.search(value):
        message = "it holds NUL or half a character"
        raise ValueError(message)
    return value


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse what no answer could repeat: half a character anywhere in it, or too many levels."""
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        for text in filter(_is_text, level):
            _whole(text)
        level = [inner for outer in level for inner in _parts(outer)]
    if level:
        message = f"it nests deeper than {DEEPEST} levels"
        raise ValueError(message)
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


Number = Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)]
Moment = Annotated[datetime, AfterValidator(_since_the_epoch)]
Text = Annotated[str, AfterValidator(_whole)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_plain)]
