"""The same messages under headers of other kinds than those they came with."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_START = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
_STEP = timedelta(milliseconds=730)
_LEVELS = ("INFO", "INFO", "INFO", "WARN", "INFO", "ERROR", "INFO")
_WRITERS = ("worker", "intake", "store")


def _json(at: datetime, level: str, writer: str, message: str) -> str:
    fields = {"ts": at.isoformat(), "level": level.lower(), "logger": writer, "message": message}
    return json.dumps(fields, ensure_ascii=False)


def _glog(at: datetime, level: str, writer: str, message: str) -> str:
    thread, place = 4000 + at.second, f"{writer}.cc:{77 + at.minute}"
    return f"{level[0]}{at:%m%d %H:%M:%S.%f} {thread:>7} {place}] {message}"


def _pipe(at: datetime, level: str, writer: str, message: str) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} | {level:5} | {writer} | {message}"


def _none(_at: datetime, _level: str, _writer: str, message: str) -> str:
    return message


KINDS: dict[str, Callable[[datetime, str, str, str], str]] = {
    "json": _json,
    "glog": _glog,
    "pipe": _pipe,
    "none": _none,
}


def under_header(kind: str, content: Sequence[str]) -> list[str]:
    """Each message as a line of one of KINDS; times go on, levels and writers take turns."""
    return [
        KINDS[kind](
            _START + number * _STEP,
            _LEVELS[number % len(_LEVELS)],
            _WRITERS[number % len(_WRITERS)],
            message,
        )
        for number, message in enumerate(content)
    ]
