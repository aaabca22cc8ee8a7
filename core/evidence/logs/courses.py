"""What follows from all findings of a log together: its onset, and what is new, gone or rare."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from core.evidence.logs.minutes import minute_of
from core.evidence.logs.novelty import Course, began_late, is_rare, stopped
from core.evidence.logs.onset import find_onset
from core.evidence.logs.prominence import RANK, SERIOUS
from core.evidence.model import Extraction, Finding, FindingKind, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KINDS = frozenset({FindingKind.TEMPLATE, FindingKind.SIGNAL})
_MAX_NEW = 20
_MAX_GONE = 10
_MAX_RARE = 10
_QUIET = frozenset({Level.DEBUG, Level.INFO})
_LEAST_QUIET = 10  # lines of a new kind that is nothing bad


def onset_of(extraction: Extraction) -> datetime | None:
    """When errors began to be unusual: to the second where a kind of error was new then."""
    rates = [one for one in extraction.findings if one.kind is FindingKind.ERROR_RATE]
    if not rates or extraction.first is None or extraction.last is None:
        return None
    step = max(1, int(rates[0].data.get("minutes_per_bucket") or 1))
    first, last = (minute_of(moment, step) for moment in (extraction.first, extraction.last))
    minute = find_onset(rates[0].buckets, first=first, last=last, step=step)
    if minute is None:
        return None
    since = datetime.fromtimestamp(60 * minute, tz=UTC)
    new = [
        one.first
        for one in extraction.findings
        if one.level in SERIOUS and one.first and 0 <= minute_of(one.first) - minute < step
    ]
    return min(new, default=since)


def course_findings(extraction: Extraction) -> Iterator[Finding]:
    """New, gone and rare kinds of lines, the most serious of each first."""
    kinds = [one for one in extraction.findings if one.kind in _KINDS]
    ranked = sorted(kinds, key=lambda one: -RANK[one.level])
    timed = [one for one in ranked if one.buckets]
    course = Course.of(one.buckets for one in timed)
    yield from islice(_new(timed, course), _MAX_NEW)
    yield from islice(_gone(timed, course), _MAX_GONE)
    rare = (one for one in ranked if is_rare(one.count, records=extraction.events))
    told = (one for one in rare if one.level not in _QUIET)
    yield from (replace(one, kind=FindingKind.RARE, signals=()) for one in islice(told, _MAX_RARE))


def _new(kinds: Sequence[Finding], course: Course) -> Iterator[Finding]:
    """Signals are told by their own findings, so that nothing is counted twice."""
    for one in kinds:
        if one.level in _QUIET and one.count < _LEAST_QUIET:
            continue
        if began_late(one.buckets, course, serious=one.level in SERIOUS):
            yield replace(one, kind=FindingKind.FIRST_SEEN, signals=())


def _gone(kinds: Sequence[Finding], course: Course) -> Iterator[Finding]:
    """`first` is when the last of them came: since then it is gone."""
    for one in kinds:
        if stopped(one.buckets, course):
            yield replace(one, kind=FindingKind.VANISHED, signals=(), first=one.last)
