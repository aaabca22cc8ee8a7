"""Ids that sort by the time they were made."""

from __future__ import annotations

from core.clock import Clock, Random, micros


def new_id(prefix: str, *, clock: Clock, random: Random) -> str:
    """`prefix_` and a UUIDv7 (RFC 9562): ids sort by the time they were made."""
    milliseconds = micros(clock.now()) // 1000
    value = milliseconds << 80 | 0x7 << 76 | random.bits(12) << 64 | 0b10 << 62 | random.bits(62)
    return f"{prefix}_{value:032x}"
