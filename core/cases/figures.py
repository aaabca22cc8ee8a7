"""What cases add up to: how fast they are taken up and resolved, of what, and how often we lead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from core.cases.model import CaseState
from core.clock import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.cases.rows import ListedCase

WEEK = timedelta(weeks=1)
FIRST_MONDAY = timedelta(days=4)  # the first of 1970, after the epoch
NOTHING = ""  # the name under which cases without a service or a cause are counted


@dataclass(frozen=True, kw_only=True)
class Durations:
    """How long something took. median, p90: by the nearest rank, so each is a time of one case."""

    count: int
    mean: timedelta
    median: timedelta
    p90: timedelta


@dataclass(frozen=True, kw_only=True)
class Course:
    """How long something took. median, p90: by the nearest rank, so that each is of one case."""

    whole: Durations | None = None
    weeks: tuple[tuple[date, Durations], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CaseFigures:
    """Of the cases that a filter takes.

    acknowledged: from the opening until a person took part, of cases that alerts opened. resolved:
    from the opening to the end, of resolved cases. Counts go by name, the largest first. confirmed:
    cases in which a person confirmed a hypothesis; led: those in which it was ranked first then.
    """

    total: int = 0
    acknowledged: Course = field(default_factory=Course)
    resolved: Course = field(default_factory=Course)
    states: tuple[tuple[str, int], ...] = ()
    severities: tuple[tuple[str, int], ...] = ()
    services: tuple[tuple[str, int], ...] = ()
    causes: tuple[tuple[str, int], ...] = ()
    confirmed: int = 0
    led: int = 0

    @property
    def accuracy(self) -> float | None:
        """How often the first-ranked hypothesis was the confirmed one, 0 to 1."""
        return self.led / self.confirmed if self.confirmed else None


def figures_of(rows: Sequence[ListedCase]) -> CaseFigures:
    """The figures of these cases."""
    ranks = [row.confirmed_rank for row in rows if row.confirmed_rank is not None]
    return CaseFigures(
        total=len(rows),
        acknowledged=_course(
            (row.case.opened_at, row.acknowledged_at) for row in rows if row.case.group_key
        ),
        resolved=_course(
            (row.case.opened_at, row.case.resolved_at)
            for row in rows
            if row.case.state is CaseState.RESOLVED
        ),
        states=_counted(row.case.state for row in rows),
        severities=_counted(row.case.severity for row in rows),
        services=_counted(row.case.service or NOTHING for row in rows),
        causes=_counted(row.cause or NOTHING for row in rows),
        confirmed=len(ranks),
        led=ranks.count(1),
    )


def monday(week: int) -> date:
    """The first day of a week, counted from the first Monday after the epoch."""
    return (EPOCH + FIRST_MONDAY + week * WEEK).date()


def largest_first(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """By count, then by name."""
    return tuple(sorted(counts, key=lambda count: (-count[1], count[0])))


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return largest_first((str(name), count) for name, count in Counter(names).items())


def _course(spans: Iterable[tuple[datetime, datetime | None]]) -> Course:
    ended = [(start, end) for start, end in spans if end is not None]
    by_week: dict[int, list[timedelta]] = {}
    for start, end in ended:
        week = (end - EPOCH - FIRST_MONDAY) // WEEK
        by_week.setdefault(week, []).append(_length(start, end))
    if not ended:
        return Course()
    weeks = ((monday(week), _times(lengths)) for week, lengths in sorted(by_week.items()))
    return Course(whole=_times([_length(*span) for span in ended]), weeks=tuple(weeks))


def _length(start: datetime, end: datetime) -> timedelta:
    """None is negative: the clock of an alert's source may be ahead of ours."""
    return max(end - start, timedelta())


def _times(lengths: Sequence[timedelta]) -> Durations:
    ordered = sorted(lengths)
    count = len(ordered)
    return Durations(
        count=count,
        mean=sum(ordered, timedelta()) / count,
        median=ordered[-(-count // 2) - 1],
        p90=ordered[-(-count * 9 // 10) - 1],
    )
