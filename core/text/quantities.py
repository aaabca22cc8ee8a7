"""Formats times, spans, counts and sizes: absolute and relative, with units and zone."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, LiteralString

from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

say = sentences("text.quantities")

_LEAST = 12  # columns below which a text says nothing any more


_STEP = 1000  # between units of size


_ONE_DIGIT = 10  # below it a decimal is worth its place


_SIZES = ("bytes", "kilobytes", "megabytes", "gigabytes", "terabytes")


def when(moment: datetime, now: datetime) -> RedactedText:
    """`02:41 UTC (12 min ago)`; with its day where that is another one."""
    return RedactedText.format("{clock} ({ago})", clock=clock(moment, now), ago=ago(now - moment))


def since(moment: datetime, now: datetime) -> RedactedText:
    """`since 02:41 UTC (12 min)`."""
    return say("since", clock=clock(moment, now), span=span(now - moment))


def clock(moment: datetime, now: datetime) -> RedactedText:
    """`02:41 UTC`; `19 Nov 02:41 UTC` on another day."""
    same = moment.date() == now.date()
    return RedactedText.at(moment, "%H:%M UTC" if same else "%d %b %H:%M UTC")


def ago(past: timedelta) -> RedactedText:
    """`12 min ago`; a time to come is `in 12 min`."""
    if past < timedelta(0):
        return say("in_future", span=span(-past))
    return say("ago", span=span(past))


def span(length: timedelta) -> RedactedText:
    """`40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`: two units are enough to act on."""
    seconds = max(0, round(length.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes == 0:
        return say("seconds", n=seconds)
    if hours == 0:
        return say("minutes", n=minutes)
    if days == 0:
        return _pair(
            say("hours", n=hours), say("minutes", n=minutes % 60) if minutes % 60 else None
        )
    return _pair(say("days", n=days), say("hours", n=hours % 24) if hours % 24 else None)


def counted(number: int, singular: LiteralString, plural: LiteralString) -> RedactedText:
    """`1 alert`, `1,204 alerts`."""
    noun: LiteralString = singular if number == 1 else plural
    return RedactedText.format("{n} {noun}", n=number, noun=RedactedText.format(noun))


def percent(share: float) -> RedactedText:
    """`72 %`. What is not certain is never said to be: above 99 and below 1 stay there."""
    whole = min(99, max(1, round(share * 100)))
    return RedactedText.format("{n} %", n=whole)


def size(number: int) -> RedactedText:
    """`212 MB`, in powers of ten."""
    value, unit = float(number), 0
    while value >= _STEP and unit < len(_SIZES) - 1:
        value, unit = value / _STEP, unit + 1
    shown = round(value) if unit == 0 or value >= _ONE_DIGIT else round(value, 1)
    return say(_SIZES[unit], n=shown)


def width(text: RedactedText) -> int:
    """Columns that the text takes in fixed width: two for what East Asian scripts write wide."""
    return sum(_columns(character) for character in text.text)


def fit(text: RedactedText, room: int) -> RedactedText:
    """The text in at most `room` columns (but some of it in any case), cut at the end."""
    if width(text) <= room:
        return text
    taken = 0
    for index, character in enumerate(text.text):
        taken += _columns(character)
        if taken > max(room, _LEAST) - 1:
            return text.cut(index + 1)
    return text


def listed(parts: Sequence[RedactedText], *, most: int = 3) -> RedactedText:
    """`checkout, payments and 3 more`."""
    shown = RedactedText.join(", ", list(parts[:most]))
    left = len(parts) - most
    return say("and_more", shown=shown, n=left) if left > 0 else shown


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _pair(many: RedactedText, few: RedactedText | None) -> RedactedText:
    return RedactedText.join(" ", [many, few]) if few else many
