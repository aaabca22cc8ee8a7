"""When did it begin? The earliest moment on which files agree, and what in them says so."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TOGETHER = timedelta(minutes=2)  # one fault reaches the files of an incident within this time
_LEAST_GAIN = 6.0  # nats by which a rate that rose must beat a steady one
_LEAST_RATIO = 2.0
_SERIOUS = frozenset({Level.ERROR, Level.FATAL})
_MINUTE = timedelta(minutes=1)
_SERIES = 5  # of one file: the first ones to move
_BEGINNING = 0.05  # of the time that a file tells of
_FILLED = 0.5  # of the errors that are due since a moment came, if it began then


@dataclass(frozen=True, kw_only=True)
class OnsetSign:
    """One reason to think that it began at `at` (by the one clock of the timeline).

    `is_exact` where it is the time of a line or span; series are sampled.
    """

    at: datetime
    text: RedactedText
    locus: Locus
    is_exact: bool = True


@dataclass(frozen=True, kw_only=True)
class Onset:
    """When it began: `signs` agree on it, one a file, of `of` files that tell an onset at all."""

    at: datetime
    signs: tuple[OnsetSign, ...]
    of: int

    @property
    def is_agreed(self) -> bool:
        return len(self.signs) > 1


@dataclass(frozen=True)
class Rise:
    """In the minute `at` a rate rose to `rate` a minute.

    `before` and `within` count what came in the minute before, and in that one.
    """

    at: datetime
    rate: float
    before: int
    within: int


def find_onset(files: Iterable[Sequence[OnsetSign]]) -> Onset | None:
    """The earliest moment about which at least half of the files that tell one agree.

    Where no half does, the moment of the most files. None where no file tells any. Series alone
    say when only where no line and no span does.
    """
    told = [sorted(signs, key=lambda sign: sign.at) for signs in files if signs]
    exact = any(sign.is_exact for signs in told for sign in signs)
    moments = sorted({sign.at for signs in told for sign in signs if sign.is_exact or not exact})
    agreed = [(at, _agreeing(told, at)) for at in moments]
    if not agreed:
        return None
    enough = min(max(2, math.ceil(len(told) / 2)), max(len(signs) for _, signs in agreed))
    at, signs = next((at, signs) for at, signs in agreed if len(signs) >= enough)
    return Onset(at=at, signs=tuple(sorted(signs, key=lambda sign: sign.at)), of=len(told))


def _agreeing(told: Sequence[Sequence[OnsetSign]], at: datetime) -> list[OnsetSign]:
    """The first sign of each file within TOGETHER of a moment."""
    close_together = ([sign for sign in signs if at <= sign.at <= at + TOGETHER] for signs in told)
    return [signs[0] for signs in close_together if signs]


def signs_of(
    findings: Iterable[Finding],
    *,
    began: datetime | None = None,
    onset: datetime | None = None,
    ahead: timedelta = timedelta(),
) -> list[OnsetSign]:
    """What one file's findings say of its onset.

    began: when the file did. onset: what its extractor says. ahead: how far its clock is ahead of
    the timeline's.
    """
    found = list(findings)
    signs = [sign for one in _rates(found) if (sign := _of_rate(one, found, onset)) is not None]
    if began is not None:  # errors that were there from the beginning tell no onset
        signs = [sign for sign in signs if sign.at >= began + _MINUTE]
    if not signs:
        signs += _signs(one for one in found if _bursts(one))
    signs += _signs(one for one in found if one.kind is FindingKind.SPAN and one.data.get("entry"))
    series = _signs(_since_later(found, began))
    first = sorted(series, key=lambda sign: sign.at)[:_SERIES]
    signs += [replace(one, is_exact=False) for one in first]
    return [replace(one, at=one.at - ahead) for one in signs]


def _since_later(found: Sequence[Finding], began: datetime | None) -> list[Finding]:
    """Series that moved; those that did so from a file's beginning drift, and tell no onset."""
    moved = [one for one in found if one.kind is FindingKind.METRIC]
    ends = [one.last for one in moved if one.last is not None]
    if began is None or not ends:
        return moved
    earliest = began + _BEGINNING * (max(ends) - began)
    return [one for one in moved if one.first is None or one.first >= earliest]


def rose(
    buckets: Mapping[int, int], *, first: datetime | None, last: datetime | None
) -> Rise | None:
    """The minute in which a rate rose, as the likeliest split of counts per minute (Poisson).

    buckets: counts by minutes since 1970. first, last: of what is counted. What came at one rate
    from its first to its last began with its first.
    """
    if first is None or last is None:
        return None
    minutes, total = sorted(buckets), sum(buckets.values())
    split = _split(buckets, minutes, total)
    if split is None:
        return Rise(first, total / max(1, len(minutes)), 0, total)
    later = [buckets[minute] for minute in minutes if minute > split]
    within = buckets[split]
    return Rise(
        datetime.fromtimestamp(split * 60, tz=UTC),
        sum(later) / (minutes[-1] - split) if later else within,
        buckets.get(split - 1, 0),
        within,
    )


def _split(buckets: Mapping[int, int], minutes: Sequence[int], total: int) -> int | None:
    """None where one rate explains the counts as well as two."""
    best, split, before = _LEAST_GAIN, None, 0
    for last_one, minute in pairwise(minutes):
        before += buckets[last_one]
        past, rest = minute - minutes[0], minutes[-1] + 1 - minute
        gain = (
            _log_likelihood(before, past)
            + _log_likelihood(total - before, rest)
            - _log_likelihood(total, past + rest)
        )
        if gain > best and (total - before) / rest > _LEAST_RATIO * before / past:
            best, split = gain, minute
    return split


def _rates(found: Iterable[Finding]) -> list[Finding]:
    return [one for one in found if one.kind is FindingKind.ERROR_RATE]


def _of_rate(rate: Finding, found: Sequence[Finding], onset: datetime | None) -> OnsetSign | None:
    """The first error from which on they came as often as they did then."""
    rise = rose(rate.buckets, first=rate.first, last=rate.last)
    if rise is None:
        return None
    errors = _signs(one for one in found if one.level in _SERIOUS and one is not rate)
    errors.sort(key=lambda sign: sign.at)
    possible = [one for one in errors if _may_be_first(one.at, rise)]
    best = possible[0] if possible else OnsetSign(at=rise.at, text=rate.text, locus=rate.locus)
    # An extractor that counts by minutes says the same, less exactly.
    is_other = onset is not None and abs(onset - best.at) > _MINUTE
    return replace(best, at=onset) if onset is not None and is_other else best


def _may_be_first(at: datetime, rise: Rise) -> bool:
    """Did as many come in what is left of its minute as are due if it began then?"""
    left = (rise.at - at) / _MINUTE  # of the minute before
    if 0 < left <= 1:
        return rise.before >= _FILLED * rise.rate * left
    return -1 < left <= 0 and rise.within >= _FILLED * rise.rate * (left + 1)


def _bursts(one: Finding) -> bool:
    return one.kind is FindingKind.BURST and one.level in _SERIOUS


def _signs(findings: Iterable[Finding]) -> list[OnsetSign]:
    timed = ((one.first, one) for one in findings)
    return [OnsetSign(at=at, text=one.text, locus=one.locus) for at, one in timed if at is not None]


def _log_likelihood(count: int, minutes: int) -> float:
    return count * math.log(count / minutes) - count if count and minutes else 0.0
