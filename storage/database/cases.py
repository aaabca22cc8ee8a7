"""Cases in tables: the event log, what it folds into, and the texts it refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from core.cases.events import CaseView, Event
from core.cases.investigation_state import Course
from core.cases.model import Case, CaseState
from core.errors import NotFound
from storage.database.rows import insert_into, read, values_of
from storage.database.tables import case_events, cases, hypotheses, investigations, tenants, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Select

    from core.cases.events import EventKind
    from core.cases.hypotheses import Hypothesis
    from core.text.redacted import Clean
    from storage.database.engine import Work

OVER = [state for state in CaseState if not state.is_open]

AT_ONCE = 500  # parameters that every database takes in one statement

LARGEST = 2**31 - 1  # number of a case that there can be


class SqlCases:
    """Every change is events and the rows that readers use, together."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def next_number(self, tenant_id: str) -> int:
        """The tenant's row stays locked until the unit ends, so that no number is given twice."""
        first = insert_into(self._work, tenants).values(id=tenant_id, last_case_number=1)
        given = await self._work.execute(
            first.on_conflict_do_update(
                index_elements=["id"], set_={"last_case_number": tenants.c.last_case_number + 1}
            ).returning(tenants.c.last_case_number)
        )
        number: int = given.scalar_one()
        return number

    async def append(self, events: Sequence[Event], view: CaseView) -> None:
        case = view.case
        rows = [values_of(event) | {"tenant_id": case.tenant_id} for event in events]
        await self._work.execute(case_events.insert(), rows)
        await self._put_case(case, is_new=events[0].seq == 1)
        await self._put_hypotheses(case, view.hypotheses)
        if view.course != Course():
            await self._put_course(case, view.course)

    async def view(self, case_id: str, *, lock: bool = False) -> CaseView:
        query = select(cases).where(cases.c.id == case_id)
        if lock:
            # FOR NO KEY UPDATE: rows that merely refer to the case may still be written.
            query = query.with_for_update(key_share=True)
        return CaseView(
            case=await self._one(query, case_id),
            hypotheses=await self._hypotheses(case_id),
            course=await self._course(case_id),
        )

    async def by_number(self, tenant_id: str, number: int) -> Case:
        at_most = min(number, LARGEST)  # a driver raises for what fits into no column
        numbered = select(cases).where(cases.c.tenant_id == tenant_id, cases.c.number == at_most)
        return await self._one(numbered, f"#{number}")

    async def open_for_group(self, tenant_id: str, group_key: str) -> Case | None:
        still_open = _of_group(tenant_id, group_key).where(cases.c.state.not_in(OVER))
        return next(iter(await self._all(still_open)), None)

    async def latest_for_group(self, tenant_id: str, group_key: str) -> Case | None:
        return next(iter(await self._all(_of_group(tenant_id, group_key).limit(1))), None)

    async def listing(self, tenant_id: str, *, only_open: bool = False) -> list[Case]:
        query = _newest_first().where(cases.c.tenant_id == tenant_id)
        if only_open:
            query = query.where(cases.c.state.not_in(OVER))
        return await self._all(query)

    async def events(self, case_id: str) -> list[Event]:
        found = await self._work.execute(
            select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.seq)
        )
        return [read(Event, row) for row in found.mappings()]

    async def newest(self, case_id: str, kinds: Collection[EventKind], *, most: int) -> list[Event]:
        found = await self._work.execute(
            select(case_events)
            .where(case_events.c.case_id == case_id, case_events.c.kind.in_([*kinds]))
            .order_by(case_events.c.seq.desc())
            .limit(most)
        )
        return [read(Event, row) for row in found.mappings()][::-1]

    async def put_texts(self, case_id: str, texts_: Sequence[Clean]) -> None:
        if not texts_:
            return
        found = await self._work.execute(select(cases.c.tenant_id).where(cases.c.id == case_id))
        tenant_id = found.scalar_one()
        rows = [
            {"case_id": case_id, "digest": one.digest, "tenant_id": tenant_id, "text": one}
            for one in texts_
        ]
        once = insert_into(self._work, texts).on_conflict_do_nothing()
        await self._work.execute(once, rows)

    async def erase_texts(self, case_id: str, digests: Collection[str]) -> None:
        wanted = sorted(digests)
        for start in range(0, len(wanted), AT_ONCE):
            some = texts.c.digest.in_(wanted[start : start + AT_ONCE])
            await self._work.execute(delete(texts).where(texts.c.case_id == case_id, some))

    async def texts(self, case_id: str, *, of: Collection[str] | None = None) -> dict[str, Clean]:
        of_case = select(texts.c.digest, texts.c.text).where(texts.c.case_id == case_id)
        if of is None:
            return {row.digest: row.text for row in await self._work.execute(of_case)}
        wanted = sorted(of)
        found: dict[str, Clean] = {}
        for start in range(0, len(wanted), AT_ONCE):
            some = of_case.where(texts.c.digest.in_(wanted[start : start + AT_ONCE]))
            found |= {row.digest: row.text for row in await self._work.execute(some)}
        return found

    async def _put_case(self, case: Case, *, is_new: bool) -> None:
        values = values_of(case) | {"group_index": case.group_key}
        if is_new:
            await self._work.execute(cases.insert().values(values))
        else:
            await self._work.execute(update(cases).where(cases.c.id == case.id).values(values))

    async def _put_hypotheses(self, case: Case, ranked: Sequence[Hypothesis]) -> None:
        stored = await self._hypotheses(case.id)
        if stored == tuple(ranked):
            return
        await self._work.execute(delete(hypotheses).where(hypotheses.c.case_id == case.id))
        rows = [
            {
                "case_id": case.id,
                "tenant_id": case.tenant_id,
                "number": one.number,
                "position": position,
                "body": one,
            }
            for position, one in enumerate(ranked)
        ]
        if rows:
            await self._work.execute(hypotheses.insert(), rows)

    async def _hypotheses(self, case_id: str) -> tuple[Hypothesis, ...]:
        found = await self._work.execute(
            select(hypotheses.c.body)
            .where(hypotheses.c.case_id == case_id)
            .order_by(hypotheses.c.position)
        )
        return tuple(found.scalars())

    async def _put_course(self, case: Case, course: Course) -> None:
        row = {"case_id": case.id, "tenant_id": case.tenant_id, "body": course}
        put = insert_into(self._work, investigations).values(row)
        await self._work.execute(
            put.on_conflict_do_update(index_elements=["case_id"], set_={"body": put.excluded.body})
        )

    async def _course(self, case_id: str) -> Course:
        found = await self._work.execute(
            select(investigations.c.body).where(investigations.c.case_id == case_id)
        )
        course: Course | None = found.scalar_one_or_none()
        return course or Course()

    async def _one(self, query: Select[Any], name: str) -> Case:
        found = await self._all(query)
        if not found:
            message = f"no case {name}"
            raise NotFound(message)
        return found[0]

    async def _all(self, query: Select[Any]) -> list[Case]:
        found = await self._work.execute(query)
        return [read(Case, row) for row in found.mappings()]


def _newest_first() -> Select[Any]:
    return select(cases).order_by(cases.c.number.desc())


def _of_group(tenant_id: str, group_key: str) -> Select[Any]:
    """None for an empty key: cases that people opened are no group."""
    return _newest_first().where(
        cases.c.tenant_id == tenant_id, cases.c.group_index == group_key, cases.c.group_key != ""
    )
