"""How do we write amounts, times and places in an order?"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.text.redacted import Clean

A_DAY = timedelta(hours=20)  # of a file: from here on its times are told with their date


def amount(value: float, unit: str = "") -> Clean:
    """Four significant figures: more is noise to a reader. unit: `/s` or nothing."""
    said = _scaled(value)
    return Clean.say("{said}/s", said=said) if unit == "/s" else said


def place(at: int, of: int, *, peers: int) -> Clean:
    """In the order of series that moved. at: from 1. peers: that moved at the same time."""
    if at == 1 and not peers:
        return Clean.say("first of {n} series to move", n=of)
    if at == 1:
        others = Clean.say("1 other") if peers == 1 else Clean.say("{p} others", p=peers)
        return Clean.say("with {others} first of {n} series to move", others=others, n=of)
    return Clean.say("number {k} of {n} series to move", k=at, n=of)


def spell(at: datetime, *, dated: bool) -> Clean:
    """A time; with its date where a file spans days."""
    return Clean.at(at, "%Y-%m-%d %H:%M UTC") if dated else Clean.at(at, "%H:%M:%S UTC")


def whole(value: float) -> float:
    """An integer where it is one."""
    return int(value) if value == int(value) else value


def _scaled(value: float) -> Clean:
    size = abs(value)
    if size >= 1e15:  # noqa: PLR2004 - no prefix that people know
        return Clean.say("{n}", n=float(f"{value:.3g}"))
    if size >= 1e12:  # noqa: PLR2004
        return Clean.say("{n} T", n=_rounded(value / 1e12))
    if size >= 1e9:  # noqa: PLR2004
        return Clean.say("{n} G", n=_rounded(value / 1e9))
    if size >= 1e6:  # noqa: PLR2004
        return Clean.say("{n} M", n=_rounded(value / 1e6))
    return Clean.say("{n}", n=_rounded(value))


def _rounded(value: float) -> float:
    return whole(float(f"{value:.4g}"))
