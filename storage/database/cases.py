"""Cases in tables: the event log, what it folds into, and the texts it refers to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Text, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.cases.events import UNSHOWN, CaseEvent
from core.cases.investigation_state import InvestigationState
from core.cases.model import Case, CaseState
from core.cases.projection import CaseView
from core.cases.rows import next_row
from core.errors import NotFound
from storage.database.case_rows import put_row
from storage.database.repository import Repository
from storage.database.rows import asked, excluded, insert_into, read, read_each, values_of
from storage.database.tables import case_events, cases, hypotheses, investigations, tenants, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, RowMapping, Select, Table

    from core.cases.events import EventKind
    from core.cases.model import Hypothesis
    from core.text.redacted import RedactedText
    from storage.database.engine import Work

OVER = [state for state in CaseState if not state.is_open]

AT_ONCE = 500  # parameters that every database takes in one statement

LARGEST = 2**31 - 1  # number of a case that there can be


class SqlCases(Repository):
    """Every change is events and the rows that readers use, together."""

    def __init__(self, work: Work, tenant_id: str) -> None:
        super().__init__(work, tenant_id)
        self.due_cards: set[str] = set()
        # Cases that this unit holds, as they are now: nobody else writes them meanwhile.
        self._held: dict[str, CaseView] = {}

    async def next_number(self) -> int:
        """The tenant's row stays locked until the unit ends, so that no number is given twice."""
        first = insert_into(self._work, tenants).values(id=self._tenant_id, last_case_number=1)
        given = await self._work.execute(
            first.on_conflict_do_update(
                index_elements=["id"], set_={"last_case_number": tenants.c.last_case_number + 1}
            ).returning(tenants.c.last_case_number)
        )
        number: int = given.scalar_one()
        return number

    async def append(self, events: Sequence[CaseEvent], view: CaseView) -> None:
        case = view.case
        self._refuse_strangers(case)
        is_new = events[0].seq == 1
        await self._put_case(case, is_new=is_new)
        rows = [values_of(event) | {"tenant_id": self._tenant_id} for event in events]
        await self._work.execute(INSERT_EVENTS, rows)
        row = next_row(None, events, view)  # what it would keep of the row before, it keeps
        await put_row(self._work, row, events, is_new=is_new)
        await self._put_hypotheses(view, is_new=is_new)
        await self._put_course(view)
        self._held[case.id] = view
        if any(event.kind not in UNSHOWN for event in events):
            self.due_cards.add(case.id)

    async def view(self, case_id: str, *, lock: bool = False) -> CaseView:
        if case_id in self._held:
            return self._held[case_id]
        if lock and not self._work.is_sqlite:  # which has one writer at a time
            await self._work.execute(LOCKED, self._of_case(case_id))
        result = await self._work.execute(VIEWED, self._of_case(case_id))
        rows = result.mappings().all()
        if not rows:
            raise _no_case(case_id)
        view = _view(rows)
        if lock:
            self._held[case_id] = view
        return view

    async def by_number(self, number: int) -> Case:
        # A driver raises for what fits into no column.
        possible = min(max(number, 0), LARGEST)
        numbered = select(cases).where(self._mine(cases), cases.c.number == possible)
        return await self._one(numbered, f"#{number}")

    async def open_for_group(self, group_key: str) -> Case | None:
        return await self._first(OPEN_OF_GROUP, self._of(group_index=group_key))

    async def latest_for_group(self, group_key: str) -> Case | None:
        return await self._first(LATEST_OF_GROUP, self._of(group_index=group_key))

    async def listing(self, *, only_open: bool = False, most: int | None = None) -> list[Case]:
        query = self._newest_first().limit(most)
        if only_open:
            query = query.where(cases.c.state.not_in(OVER))
        return await self._all(query)

    async def events(self, case_id: str) -> list[CaseEvent]:
        rows = await self._work.execute(
            select(case_events)
            .where(self._mine(case_events), case_events.c.case_id == case_id)
            .order_by(case_events.c.seq)
        )
        return await read_each(rows.mappings(), partial(read, CaseEvent))

    async def newest(
        self, case_id: str, kinds: Collection[EventKind], *, most: int
    ) -> list[CaseEvent]:
        asked_for = self._of(case_id=case_id, kinds=[*kinds]) | {"most": most}
        rows = await self._work.execute(NEWEST_EVENTS, asked_for)
        newest_first = await read_each(rows.mappings(), partial(read, CaseEvent))
        return newest_first[::-1]

    async def since(self, kind: EventKind, moment: datetime) -> list[CaseEvent]:
        rows = await self._work.execute(
            select(case_events)
            .where(case_events.c.tenant_id == self._tenant_id, case_events.c.kind == kind)
            .where(case_events.c.at >= moment)
            .order_by(case_events.c.at, case_events.c.case_id, case_events.c.seq)
        )
        return await read_each(rows.mappings(), partial(read, CaseEvent))

    async def put_texts(self, case_id: str, texts_: Sequence[RedactedText]) -> None:
        if not texts_:
            return
        if case_id not in self._held:
            await self._require(case_id)
        of_case = {"case_id": case_id, "tenant_id": self._tenant_id}
        rows = [of_case | {"digest": text.digest, "text": text} for text in texts_]
        await self._work.execute(INSERT_TEXTS[self._work.is_sqlite], rows)

    async def erase_texts(self, case_id: str, digests: Collection[str]) -> None:
        wanted = sorted(digests)
        for start in range(0, len(wanted), AT_ONCE):
            some = texts.c.digest.in_(wanted[start : start + AT_ONCE])
            await self._work.execute(
                delete(texts).where(self._mine(texts), texts.c.case_id == case_id, some)
            )

    async def texts(
        self, case_id: str, *, of: Collection[str] | None = None
    ) -> dict[str, RedactedText]:
        mine = [self._mine(texts), texts.c.case_id == case_id]
        of_case = select(texts.c.digest, texts.c.text).where(*mine)
        if of is None:
            return dict(await read_each(await self._work.execute(of_case), _digest_and_text))
        wanted = sorted(of)
        texts_: dict[str, RedactedText] = {}
        for start in range(0, len(wanted), AT_ONCE):
            some = of_case.where(texts.c.digest.in_(wanted[start : start + AT_ONCE]))
            texts_ |= await read_each(await self._work.execute(some), _digest_and_text)
        return texts_

    async def _put_case(self, case: Case, *, is_new: bool) -> None:
        values = values_of(case) | {"group_index": case.group_key}
        if is_new:
            await self._work.execute(INSERT_CASE, values)
            return
        if not (await self._work.execute(CHANGED, values | self._of_case(case.id))).rowcount:
            raise _no_case(case.id)

    async def _put_hypotheses(self, view: CaseView, *, is_new: bool) -> None:
        case_id, ranked = view.case.id, view.hypotheses
        if case_id in self._held:
            stored = self._held[case_id].hypotheses
        else:
            stored = () if is_new else await self._hypotheses(case_id)
        if stored == ranked:
            return
        await self._work.execute(
            delete(hypotheses).where(self._mine(hypotheses), hypotheses.c.case_id == case_id)
        )
        rows = [
            {
                "case_id": case_id,
                "tenant_id": self._tenant_id,
                "number": hypothesis.number,
                "position": position,
                "body": hypothesis,
            }
            for position, hypothesis in enumerate(ranked)
        ]
        if rows:
            await self._work.execute(hypotheses.insert(), rows)

    async def _hypotheses(self, case_id: str) -> tuple[Hypothesis, ...]:
        rows = await self._work.execute(RANKED, self._of_case(case_id))
        return tuple(rows.scalars())

    async def _put_course(self, view: CaseView) -> None:
        held = self._held.get(view.case.id)
        if view.investigation == (held.investigation if held else InvestigationState()):
            return
        row = {"case_id": view.case.id, "tenant_id": self._tenant_id, "body": view.investigation}
        await self._work.execute(PUT_INVESTIGATION[self._work.is_sqlite], row)

    async def _one(self, query: Select[Any], name: str) -> Case:
        cases_ = await self._all(query)
        if not cases_:
            raise _no_case(name)
        return cases_[0]

    async def _require(self, case_id: str) -> None:
        rows = await self._work.execute(
            select(cases.c.id).where(self._mine(cases), cases.c.id == case_id)
        )
        if rows.first() is None:
            raise _no_case(case_id)

    async def _all(self, query: Select[Any]) -> list[Case]:
        rows = await self._work.execute(query)
        return [read(Case, row) for row in rows.mappings()]

    def _of_case(self, case_id: str) -> dict[str, str]:
        return {"tenant": self._tenant_id, "case": case_id}

    async def _first(self, query: Select[Any], asked_for: dict[str, object]) -> Case | None:
        row = (await self._work.execute(query, asked_for)).mappings().first()
        return None if row is None else read(Case, row)

    def _newest_first(self) -> Select[Any]:
        return select(cases).where(self._mine(cases)).order_by(cases.c.number.desc())


def _of_the_case(table: Table) -> ColumnElement[bool]:
    return and_(table.c.tenant_id == cases.c.tenant_id, table.c.case_id == cases.c.id)


# Made once: they are run for every change of a case, and making them takes longer than that.
TENANT, OF_CASE = bindparam("tenant", type_=Text), bindparam("case", type_=Text)
INSERT_CASE, INSERT_EVENTS = cases.insert(), case_events.insert()
INSERT_TEXTS = {
    True: sqlite.insert(texts).on_conflict_do_nothing(),
    False: postgresql.insert(texts).on_conflict_do_nothing(),
}
# None for an empty key: cases that people opened are no group.
LATEST_OF_GROUP = (
    select(cases)
    .where(asked(cases.c.tenant_id), asked(cases.c.group_index), cases.c.group_key != "")
    .order_by(cases.c.number.desc())
    .limit(1)
)
OPEN_OF_GROUP = LATEST_OF_GROUP.where(cases.c.state.not_in(OVER))
NEWEST_EVENTS = (
    select(case_events)
    .where(
        asked(case_events.c.tenant_id),
        asked(case_events.c.case_id),
        case_events.c.kind.in_(
            bindparam("of_kinds", expanding=True, type_=case_events.c.kind.type)
        ),
    )
    .order_by(case_events.c.seq.desc())
    .limit(bindparam("most", type_=Integer))
)


def _put_investigation(insert: Any) -> Any:
    return insert.on_conflict_do_update(index_elements=["case_id"], set_={"body": excluded("body")})


PUT_INVESTIGATION = {
    True: _put_investigation(sqlite.insert(investigations)),
    False: _put_investigation(postgresql.insert(investigations)),
}
CHANGED = update(cases).where(cases.c.tenant_id == TENANT, cases.c.id == OF_CASE)
HYPOTHESIS, INVESTIGATION = hypotheses.c.body.label("ranked"), investigations.c.body.label("course")
# A row for each hypothesis; one where there is none.
VIEWED = (
    select(cases, HYPOTHESIS, INVESTIGATION)
    .outerjoin(hypotheses, _of_the_case(hypotheses))
    .outerjoin(investigations, _of_the_case(investigations))
    .where(cases.c.tenant_id == TENANT, cases.c.id == OF_CASE)
    .order_by(hypotheses.c.position)
)
# Before the view, not with it: of a case that had to be waited for, the joined rows would be those
# of before. FOR NO KEY UPDATE: rows that merely refer to the case may still be written.
LOCKED = (
    select(cases.c.id)
    .where(cases.c.tenant_id == TENANT, cases.c.id == OF_CASE)
    .with_for_update(key_share=True)
)
RANKED = (
    select(hypotheses.c.body)
    .where(hypotheses.c.tenant_id == TENANT, hypotheses.c.case_id == OF_CASE)
    .order_by(hypotheses.c.position)
)


def _view(rows: Sequence[RowMapping]) -> CaseView:
    return CaseView(
        case=read(Case, rows[0]),
        hypotheses=tuple(row["ranked"] for row in rows if row["ranked"] is not None),
        investigation=rows[0]["course"] or InvestigationState(),
    )


def _digest_and_text(row: Row[*tuple[Any, ...]]) -> tuple[str, RedactedText]:
    digest, redacted = row
    return digest, redacted


def _no_case(name: str) -> NotFound:
    message = f"no case {name}"
    return NotFound(message)
