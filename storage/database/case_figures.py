"""Figures of cases, computed by the database: counts by name, and times by the nearest rank.

Both databases have window functions; neither has the other's percentiles.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, case, func, literal, select, type_coerce

from core.cases.figures import (
    FIRST_MONDAY,
    NOTHING,
    WEEK,
    CaseFigures,
    Course,
    Durations,
    largest_first,
    monday,
)
from core.cases.model import CaseState
from storage.database.tables import case_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, CompoundSelect, Row, Select

    from storage.database.engine import Work

ROW = case_rows.c
_US = timedelta(microseconds=1)
_WHOLE = -1  # in place of a week; none of ours is before 1970


async def figures(work: Work, seen: ColumnElement[bool]) -> CaseFigures:
    """The figures of the rows that meet the condition."""
    total, confirmed, led = (await work.execute(_totals(seen))).one()
    return CaseFigures(
        total=total,
        confirmed=confirmed,
        led=led or 0,
        acknowledged=await _course(work, [seen, ROW.is_alerted], ROW.acknowledged_at),
        resolved=await _course(work, [seen, ROW.state == CaseState.RESOLVED], ROW.resolved_at),
        states=await _counted(work, seen, ROW.state),
        severities=await _counted(work, seen, ROW.severity),
        services=await _counted(work, seen, ROW.service),
        causes=await _counted(work, seen, ROW.cause),
    )


def _totals(seen: ColumnElement[bool]) -> Any:
    led = func.sum(case((ROW.confirmed_rank == 1, 1), else_=0))
    return select(func.count(), func.count(ROW.confirmed_rank), led).where(seen)


async def _counted(
    work: Work, seen: ColumnElement[bool], column: ColumnElement[Any]
) -> tuple[tuple[str, int], ...]:
    """By the column's value. Equal text is equal when it is sealed, so that it can be grouped."""
    rows = await work.execute(select(column, func.count()).where(seen).group_by(column))
    return largest_first((str(name or NOTHING), count) for name, count in rows)


async def _course(
    work: Work, conditions: Sequence[ColumnElement[bool]], end: ColumnElement[Any]
) -> Course:
    """The times from the opening to `end`, over all and by week."""
    ended, opened = _micros(end), _micros(ROW.opened_at)
    length = case((ended > opened, ended - opened), else_=0)
    week = (ended - FIRST_MONDAY // _US) // (WEEK // _US)
    lengths = (
        select(week.label("week"), length.label("length"))
        .where(*conditions, end.is_not(None))
        .cte("lengths")
    )
    rows = (await work.execute(_ranked(lengths))).all()
    times = {row.week: _times(row) for row in rows}
    whole = times.pop(_WHOLE, None)
    return Course(whole=whole, weeks=tuple((monday(each), times[each]) for each in sorted(times)))


def _ranked(lengths: Any) -> CompoundSelect[Any]:
    """For each week, and for all of them, how many, their sum, the median and the 90th percent."""
    each, whole = lengths.c.week, literal(_WHOLE, BigInteger)
    return _of_ranks(lengths, each).union_all(_of_ranks(lengths, whole))


def _of_ranks(lengths: Any, week: ColumnElement[Any]) -> Select[Any]:
    ranks = select(
        week.label("week"),
        lengths.c.length,
        func.row_number().over(partition_by=week, order_by=lengths.c.length).label("rank"),
        func.count().over(partition_by=week).label("many"),
    ).subquery()
    of = ranks.c
    return select(
        of.week,
        func.max(of.many).label("many"),
        func.sum(of.length).label("total"),
        func.min(case((of.rank * 2 >= of.many, of.length))).label("median"),
        func.min(case((of.rank * 10 >= of.many * 9, of.length))).label("p90"),
    ).group_by(of.week)


def _times(row: Row[Any]) -> Durations:
    return Durations(
        count=row.many,
        mean=int(row.total) * _US / row.many,
        median=row.median * _US,
        p90=row.p90 * _US,
    )


def _micros(column: ColumnElement[Any]) -> ColumnElement[int]:
    """A time as the number that rests there."""
    return type_coerce(column, BigInteger)
