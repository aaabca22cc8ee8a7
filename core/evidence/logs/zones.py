"""How far is a zone of a log's times from UTC, by its offset or by its name?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Hours from UTC. Of names that mean several zones the one that servers' logs mean most often.
_NAMED: Mapping[str, float] = {
    **dict.fromkeys(("UTC", "GMT", "Z", "WET", "UCT"), 0),
    **dict.fromkeys(("CET", "WEST", "BST", "MEZ", "WAT"), 1),
    **dict.fromkeys(("CEST", "EET", "MESZ", "SAST", "CAT"), 2),
    **dict.fromkeys(("EEST", "MSK", "EAT", "TRT"), 3),
    **dict.fromkeys(("IST",), 5.5),
    **dict.fromkeys(("PKT", "UZT"), 5),
    **dict.fromkeys(("WIB", "ICT"), 7),
    **dict.fromkeys(("SGT", "HKT", "AWST", "PHT", "MYT"), 8),
    **dict.fromkeys(("JST", "KST"), 9),
    **dict.fromkeys(("ACST",), 9.5),
    **dict.fromkeys(("AEST",), 10),
    **dict.fromkeys(("AEDT",), 11),
    **dict.fromkeys(("NZST",), 12),
    **dict.fromkeys(("NZDT",), 13),
    **dict.fromkeys(("BRT", "ART"), -3),
    **dict.fromkeys(("AST", "EDT"), -4),
    **dict.fromkeys(("EST", "CDT"), -5),
    **dict.fromkeys(("CST", "MDT"), -6),
    **dict.fromkeys(("MST", "PDT"), -7),
    **dict.fromkeys(("PST", "AKDT"), -8),
    **dict.fromkeys(("AKST",), -9),
    **dict.fromkeys(("HST",), -10),
}
_NAMES = "|".join(sorted(_NAMED, key=len, reverse=True))
# With the space that may stand before it.
ZONE = rf"(?:Z\b| ?(?:UTC|GMT)?[+-][0-9]{{2}}:?(?:[0-9]{{2}})?\b| ?\(?(?:{_NAMES})\b\)?)"
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})?$")
_FARTHEST = timedelta(hours=14)
_MAX_ZONES = 200  # that one block of a log tells; what goes beyond is garbage


def offset_of(zone: str) -> timedelta | None:
    """East of Greenwich is positive; None for a zone that is unknown."""
    bare = zone.strip(" ()")
    if found := _OFFSET.search(bare):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return None if offset > _FARTHEST else -offset if found[1] == "-" else offset
    hours = _NAMED.get(bare.upper())
    return None if hours is None else timedelta(hours=hours)


def offsets_of(zones: pl.Series) -> pl.Series:
    """The same for many; zero where there is no zone, or an unknown one."""
    known = {zone: offset_of(zone) or timedelta() for zone in _few(zones)}
    if not any(known.values()):
        return pl.Series([timedelta()], dtype=pl.Duration("us")).new_from_index(0, len(zones))
    return zones.replace_strict(
        list(known), list(known.values()), default=timedelta(), return_dtype=pl.Duration("us")
    )


def _few(zones: pl.Series) -> Iterable[str]:
    return zones.drop_nulls().unique().head(_MAX_ZONES).to_list()
