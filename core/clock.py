"""Time, randomness and the ids made of both. All three are inputs: tests give their own."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SystemClock:
    """The machine's clock, aware and in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemRandom:
    """The machine's randomness."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def bits(self, count: int) -> int:
        return self._random.getrandbits(count)

    def fraction(self) -> float:
        return self._random.random()


def micros(moment: datetime) -> int:
    """Microseconds since 1970, the form in which every time is stored."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    """The aware UTC time that `micros` made `value` from."""
    return EPOCH + timedelta(microseconds=value)


def wire_time(moment: datetime) -> str:
    """ISO 8601 in UTC ending in `Z`, the only form of a time that leaves us."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> datetime | None:
    """The aware UTC time that a text in ISO 8601 tells; None where it tells none, or year 0.

    A text without a zone is taken for UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


class Clock(Protocol):
    """The source of the time."""

    def now(self) -> datetime: ...


class Random(Protocol):
    """Chance, for ids and for spreading retries."""

    def bits(self, count: int) -> int: ...
    def fraction(self) -> float: ...


def new_id(prefix: str, *, clock: Clock, random: Random) -> str:
    """`prefix_` and a UUIDv7 (RFC 9562): ids sort by the time they were made."""
    milliseconds = micros(clock.now()) // 1000
    value = milliseconds << 80 | 0x7 << 76 | random.bits(12) << 64 | 0b10 << 62 | random.bits(62)
    return f"{prefix}_{value:032x}"
