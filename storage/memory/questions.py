"""The inbox of questions in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.model import Question


@dataclass(frozen=True)
class MemoryQuestions:
    """What people asked, in the order they asked."""

    tables: Tables

    async def add(self, question: Question) -> None:
        refuse_strangers(self.tables.tenant_id, question)
        self.tables.questions.add(question.id, question)

    async def get(self, question_id: str) -> Question:
        return self.tables.questions.require(question_id, "question")

    async def open(self, case_id: str) -> list[Question]:
        return [
            question for question in await self.of_case(case_id) if question.answered_at is None
        ]

    async def of_case(self, case_id: str) -> list[Question]:
        return [question for question in self.tables.questions if question.case_id == case_id]

    async def answered(self, question_id: str, *, at: datetime) -> None:
        question = await self.get(question_id)
        self.tables.questions.put(question_id, replace(question, answered_at=at))
