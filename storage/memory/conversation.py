"""Bindings, cards on their way, cards shown, and questions, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.conversation.model import Binding, Message, Outbound, OutboundState, Place, Question
from storage.memory.tables import Tables

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class MemoryConversation:
    """What is said and shown, and where."""

    tables: Tables

    async def bind(self, binding: Binding) -> None:
        self.tables.bindings.put(binding, binding)

    async def bindings(self, case_id: str) -> list[Binding]:
        return [one for one in self.tables.bindings if one.case_id == case_id]

    async def case_at(self, place: Place) -> str | None:
        bound = [one.case_id for one in self.tables.bindings if one.place == place]
        still_open = [
            case_id
            for case_id in bound
            if (view := self.tables.views.get(case_id)) is not None and view.case.state.is_open
        ]
        if still_open:
            return still_open[0] if len(still_open) == 1 else None
        return bound[-1] if bound else None

    async def put_outbound(self, outbound: Outbound) -> None:
        older = [
            one
            for one in self.tables.outbound
            if one.state is OutboundState.PENDING
            and (one.tenant_id, one.place, one.card.key)
            == (outbound.tenant_id, outbound.place, outbound.card.key)
            and one.card.version <= outbound.card.version
        ]
        for one in older:
            self.tables.outbound.put(one.id, replace(one, state=OutboundState.STALE))
        self.tables.outbound.add(outbound.id, outbound)

    async def outbound(self, outbound_id: str) -> Outbound:
        return self.tables.outbound.require(outbound_id, "outbound card")

    async def mark_outbound(self, outbound_id: str, state: OutboundState) -> None:
        outbound = await self.outbound(outbound_id)
        self.tables.outbound.put(outbound_id, replace(outbound, state=state))

    async def shown(self, place: Place, key: str) -> Message | None:
        found = (one for one in self.tables.messages if one.place == place and one.card.key == key)
        return next(found, None)

    async def show(self, message: Message) -> None:
        earlier = await self.shown(message.place, message.card.key)
        if earlier:
            self.tables.messages.remove(earlier.id)
        seq = self.tables.next(f"message:{message.place}")
        self.tables.messages.add(message.id, replace(message, seq=seq))

    async def messages(self, place: Place, *, after: int = 0) -> list[Message]:
        found = [one for one in self.tables.messages if one.place == place and one.seq > after]
        return sorted(found, key=lambda message: message.seq)

    async def ask(self, question: Question) -> None:
        self.tables.questions.add(question.id, question)

    async def open_questions(self, case_id: str) -> list[Question]:
        return [one for one in await self.questions(case_id) if one.answered_at is None]

    async def questions(self, case_id: str) -> list[Question]:
        return [one for one in self.tables.questions if one.case_id == case_id]

    async def answered(self, question_id: str, *, at: datetime) -> None:
        question = self.tables.questions.require(question_id, "question")
        self.tables.questions.put(question_id, replace(question, answered_at=at))
