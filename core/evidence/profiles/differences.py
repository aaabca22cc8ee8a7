"""What grew between two profiles of one kind: functions, or classes, by themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.profiles.digests import MAX_FUNCTIONS, StoredShares
from core.evidence.profiles.model import WeightUnit
from core.evidence.profiles.words import amount, share_text, what_of
from core.redaction.engine import Redactor
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.jobs.model import Scalar
    from core.text.redacted import RedactedText

say = sentences("evidence.profile_differences")

MOST_GROWN = 5  # of two profiles
_LEAST = 0.05  # of all of the newer profile that it must have gained
_SAME_PROGRAM = 0.2  # of the older one's weight that functions of the newer one have
_KEPT = Redactor(b"what was redacted when it was read")


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A function whose weight grew, in the profile's unit. place: its line or stack in the newer.

    gained: the part of the newer profile, from 0 to 1, that it gained.
    """

    function: str
    before: float
    after: float
    gained: float
    place: int


@dataclass(frozen=True, kw_only=True)
class ProfilePair:
    """Two profiles of one service, of one kind and unit, with the names of their files."""

    older: StoredShares
    newer: StoredShares
    older_file: str
    newer_file: str
    service: str | None


def grown(older: StoredShares, newer: StoredShares) -> list[Growth]:
    """What gained most, at most MOST_GROWN; nothing where they are hardly of one program.

    Memory is compared as it is; of time the shares, for one profile may have taken longer.
    """
    common = math.fsum(older.own[name] for name in older.own.keys() & newer.own.keys())
    if older.whole <= 0 or newer.whole <= 0 or common < _SAME_PROGRAM * older.whole:
        return []
    scale = 1.0 if newer.unit is WeightUnit.BYTES else newer.whole / older.whole
    rows = [
        Growth(
            function=name,
            before=scale * older.own.get(name, 0.0),
            after=after,
            gained=(after - scale * older.own.get(name, 0.0)) / newer.whole,
            place=newer.places[name],
        )
        for name, after in newer.own.items()
    ]
    gained = [row for row in rows if row.gained >= _LEAST]
    return sorted(gained, key=lambda row: (-row.gained, row.function))[:MOST_GROWN]


def growth_finding(growth: Growth, pair: ProfilePair) -> Finding:
    """A finding of the newer file: what grew, from what to what."""
    data: dict[str, Scalar] = {
        "profile": pair.newer.kind.value,
        "role": "grown",
        "function": growth.function,
        "share": growth.gained,
    }
    return Finding(
        kind=FindingKind.PROFILE,
        level=Level.WARNING,
        text=_sentence(growth, pair),
        locus=Locus(file=pair.newer_file, line_start=growth.place, line_end=growth.place),
        service=pair.service,
        data=data,
    )


def _sentence(growth: Growth, pair: ProfilePair) -> RedactedText:
    name, what = _kept(growth.function), what_of(pair.newer.kind)
    older = _kept(pair.older_file)
    after = _amount(growth.after, pair.newer)
    if growth.before <= 0 and len(pair.older.own) < MAX_FUNCTIONS:
        return say("new", name=name, after=after, what=what, older=older)
    before = _amount(growth.before, pair.newer)
    return say("grown", name=name, before=before, after=after, what=what, older=older)


def _amount(value: float, profile: StoredShares) -> RedactedText:
    if profile.unit is WeightUnit.BYTES:
        return amount(value, profile.unit)
    return share_text(value / profile.whole)


def _kept(text: str) -> RedactedText:
    return _KEPT.clean(text).line()
