"""The inbox of questions in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from core.cases.model import Question
from core.errors import NotFound
from storage.database.repository import Repository
from storage.database.rows import asked, read, values_of
from storage.database.tables import case_inbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select


class SqlQuestions(Repository):
    """What people asked, in the order they asked."""

    async def add(self, question: Question) -> None:
        self._refuse_strangers(question)
        await self._work.execute(case_inbox.insert().values(values_of(question)))

    async def get(self, question_id: str) -> Question:
        mine = select(case_inbox).where(self._mine(case_inbox), case_inbox.c.id == question_id)
        question = next(iter(await self._all(mine)), None)
        if question is None:
            raise _no_question(question_id)
        return question

    async def open(self, case_id: str) -> list[Question]:
        rows = await self._work.execute(OPEN, self._of(case_id=case_id))
        return [read(Question, row) for row in rows.mappings()]

    async def of_case(self, case_id: str) -> list[Question]:
        return await self._all(self._asked(case_id))

    async def answered(self, question_id: str, *, at: datetime) -> None:
        mine = update(case_inbox).where(self._mine(case_inbox), case_inbox.c.id == question_id)
        marked = await self._work.execute(mine.values(answered_at=at))
        if not marked.rowcount:
            raise _no_question(question_id)

    async def _all(self, query: Select[Any]) -> list[Question]:
        rows = await self._work.execute(query)
        return [read(Question, row) for row in rows.mappings()]

    def _asked(self, case_id: str) -> Select[Any]:
        mine = [self._mine(case_inbox), case_inbox.c.case_id == case_id]
        return select(case_inbox).where(*mine).order_by(case_inbox.c.seq)


# Made once, as each turn runs it.
OPEN = (
    select(case_inbox)
    .where(asked(case_inbox.c.tenant_id), asked(case_inbox.c.case_id))
    .where(case_inbox.c.answered_at.is_(None))
    .order_by(case_inbox.c.seq)
)


def _no_question(question_id: str) -> NotFound:
    message = f"no question {question_id}"
    return NotFound(message)
