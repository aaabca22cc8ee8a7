"""A folder of many small files: the logs of a night's containers, one of which says what broke."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SERVICES = ("checkout", "payments", "cart", "search", "auth", "orders", "stock", "mail")
START = datetime(2026, 11, 20, 10, tzinfo=UTC)
APART = timedelta(seconds=2)  # from one file's first line to that of the next
DECISIVE = "java.lang.OutOfMemoryError: Java heap space"
DECISIVE_LINE = 2


def write_many_files(folder: Path, count: int, *, decisive: int) -> Path:
    """Writes `count` logs of three lines below `folder`; returns the one with the decisive line.

    decisive: its number, from 0.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path(folder, number).write_text(_log(number, is_decisive=number == decisive))
    return path(folder, decisive)


def path(folder: Path, number: int) -> Path:
    """The path of the file of this number."""
    return folder / f"{SERVICES[number % len(SERVICES)]}-{number:04}.log"


def _log(number: int, *, is_decisive: bool) -> str:
    service, began = SERVICES[number % len(SERVICES)], START + number * APART
    request = f"request_id=r{number // 4:08}ab"
    messages = [
        f"INFO {service} order {number * 7 % 991} stored in {number % 40 + 3} ms {request}",
        f"INFO {service} cache refreshed with {number % 17} entries {request}",
        f"INFO {service} health check passed on node-{number % 5}",
    ]
    if is_decisive:
        messages[DECISIVE_LINE - 1] = f"FATAL {service} {DECISIVE}"
    times = (began + timedelta(milliseconds=300 * place) for place in range(len(messages)))
    lines = (
        f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z {line}"
        for at, line in zip(times, messages, strict=True)
    )
    return "".join(f"{line}\n" for line in lines)
