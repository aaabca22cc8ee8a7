"""The rows that lists of cases look through: written with the events, asked with conditions."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean as SqlBoolean
from sqlalchemy import Integer as SqlInteger
from sqlalchemy import and_, bindparam, case, exists, func, or_, select, union_all, update

from core.cases.model import Case, CaseState
from core.cases.rows import ListedCase, folded, is_verdict
from core.errors import NotFound
from storage.database.case_figures import figures
from storage.database.columns import MomentColumn, storable
from storage.database.repository import Repository
from storage.database.rows import asked, read
from storage.database.tables import case_rows, cases, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement

    from core.cases.events import CaseEvent
    from core.cases.figures import CaseFigures
    from core.cases.rows import CaseFilter
    from storage.database.engine import Work
    from storage.database.recent_counts import RecentCounts

SERVICE = 200  # characters of a service that are compared: sealed, they fit an index
ROW = case_rows.c
OF_ROW = ("updated_at", "closed_at", "idle_turns", "acknowledged_at", "cause", "confirmed_rank")
LISTED = select(cases, *(ROW[name].label(f"row_{name}") for name in OF_ROW)).join_from(
    case_rows, cases, and_(cases.c.tenant_id == ROW.tenant_id, cases.c.id == ROW.case_id)
)
OF_CASE = LISTED.where(asked(ROW.tenant_id), asked(ROW.case_id))
INSERT = case_rows.insert()
HAS_MEMBERS = exists().where(members.c.tenant_id == ROW.tenant_id, members.c.case_id == ROW.case_id)
CHANGED = (
    update(case_rows)
    .where(asked(ROW.tenant_id), asked(ROW.case_id))
    .values(
        acknowledged_at=func.coalesce(
            ROW.acknowledged_at, bindparam("since_acknowledged", type_=MomentColumn)
        ),
        confirmed_rank=case(
            (bindparam("is_judged", type_=SqlBoolean), bindparam("rank", type_=SqlInteger)),
            else_=ROW.confirmed_rank,
        ),
        # As members are written: everybody may read a case again that was closed.
        is_private=or_(HAS_MEMBERS, bindparam("is_of_channel", type_=SqlBoolean)),
    )
)


class SqlCaseRows(Repository):
    """One row a case; `SqlCases` writes it with the case's events."""

    def __init__(self, work: Work, tenant_id: str, counts: RecentCounts) -> None:
        super().__init__(work, tenant_id)
        self._counts = counts

    async def of_case(self, case_id: str) -> ListedCase:
        rows = await self._work.execute(OF_CASE, self._of(case_id=case_id))
        row = rows.mappings().first()
        if row is None:
            message = f"no case {case_id}"
            raise NotFound(message)
        return _read(row)

    async def page(
        self, wanted: CaseFilter, *, limit: int, offset: int = 0, before: int | None = None
    ) -> list[ListedCase]:
        numbers = self._numbers(wanted, most=limit + offset, before=before)
        some = select(numbers.c.number).order_by(numbers.c.number.desc())
        selected = await self._work.execute(some.limit(limit).offset(offset))
        chosen = list(selected.scalars())
        if not chosen:
            return []
        listed = LISTED.where(self._mine(case_rows), ROW.number.in_(chosen))
        rows = await self._work.execute(listed.order_by(ROW.number.desc()))
        return [_read(row) for row in rows.mappings()]

    async def count(self, wanted: CaseFilter) -> int:
        """Of a long list, how many there were a moment ago."""
        theirs, *mine = self._ways(wanted)
        everyones = (self._tenant_id, wanted.viewer is None, replace(wanted, viewer=None))
        counts = [await self._counts.of(everyones, partial(self._count, theirs))]
        counts += [await self._count(way) for way in mine]
        return sum(counts)

    async def _count(self, conditions: Sequence[ColumnElement[bool]]) -> int:
        counted = select(func.count()).select_from(case_rows).where(*conditions)
        number: int = (await self._work.execute(counted)).scalar_one()
        return number

    async def figures(self, wanted: CaseFilter) -> CaseFigures:
        return await figures(self._work, or_(*(and_(*way) for way in self._ways(wanted))))

    def _ways(self, wanted: CaseFilter) -> list[list[ColumnElement[bool]]]:
        """The conditions of each way in which cases are seen; no case is seen in two ways.

        Two, not one with OR: each has its index.
        """
        matching = _matching(wanted)
        if wanted.viewer is None:
            return [[self._mine(case_rows), *matching]]
        mine = (
            select(members.c.case_id)
            .where(self._mine(members), members.c.account_id == wanted.viewer)
            .scalar_subquery()
        )
        # No plain column: SQLite would take the index of all cases, not the keys of these few.
        is_ours = ROW.tenant_id.concat("") == self._tenant_id
        return [
            [self._mine(case_rows), ROW.is_private.is_(False), *matching],
            [is_ours, ROW.case_id.in_(mine), *matching],  # which are private all of them
        ]

    def _numbers(self, wanted: CaseFilter, *, most: int, before: int | None) -> Any:
        """The numbers of the cases that come first in each way."""
        later = [] if before is None else [ROW.number < before]
        firsts = [
            select(ROW.number)
            .where(*conditions, *later)
            .order_by(ROW.number.desc())
            .limit(most)
            .subquery()
            for conditions in self._ways(wanted)
        ]
        return union_all(*(select(first.c.number) for first in firsts)).subquery()


async def put_row(
    work: Work, row: ListedCase, events: Sequence[CaseEvent], *, is_new: bool
) -> None:
    """Write the row of a case whose events, from the first of these on, changed it."""
    values, is_of_channel = row_values(row), bool(row.case.closed_to)
    if is_new:
        await work.execute(INSERT, values | {"is_private": is_of_channel})
        return
    acknowledged, rank = values.pop("acknowledged_at"), values.pop("confirmed_rank")
    values |= {"since_acknowledged": acknowledged, "rank": rank}
    values["is_judged"] = any(is_verdict(event) for event in events)
    values["is_of_channel"] = is_of_channel
    key = {"of_tenant_id": row.case.tenant_id, "of_case_id": row.case.id}
    await work.execute(CHANGED, values | key)


def row_values(row: ListedCase) -> dict[str, Any]:
    """The columns of a row that events change; that a case has members is not for them to say."""
    of_case = row.case
    return {
        "case_id": of_case.id,
        "tenant_id": of_case.tenant_id,
        "number": of_case.number,
        "words": storable(row.words),
        "state": of_case.state,
        "severity": of_case.severity,
        "service": _cut(of_case.service),
        "opened_at": of_case.opened_at,
        "resolved_at": of_case.resolved_at,
        "is_alerted": bool(of_case.group_key),
        "is_archived": of_case.archived_at is not None,
        **{name: getattr(row, name) for name in OF_ROW},
    }


def _matching(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """The conditions of the fields that are not empty."""
    conditions: list[ColumnElement[bool]] = []
    if not wanted.is_archived:
        conditions.append(ROW.is_archived.is_(False))
    if wanted.ids:
        conditions.append(ROW.case_id.in_(sorted(wanted.ids)))
    if wanted.states:
        conditions.append(ROW.state.in_([CaseState(state) for state in sorted(wanted.states)]))
    if wanted.severity is not None:
        conditions.append(ROW.severity == wanted.severity)
    if wanted.service:
        conditions.append(ROW.service == _cut(wanted.service))
    if wanted.text:
        conditions.append(ROW.words.contains(storable(folded(wanted.text)), autoescape=True))
    return [*conditions, *_opened(wanted)]


def _opened(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.opened_from is not None:
        yield ROW.opened_at >= wanted.opened_from
    if wanted.opened_before is not None:
        yield ROW.opened_at < wanted.opened_before


def _cut(service: str | None) -> str | None:
    return service[:SERVICE] if service else None


def _read(row: Any) -> ListedCase:
    return ListedCase(case=read(Case, row), **{name: row[f"row_{name}"] for name in OF_ROW})
