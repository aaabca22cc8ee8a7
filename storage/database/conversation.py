"""Bindings, cards on their way, and cards shown, in tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.cases.model import CaseState
from core.conversation.messages.message import Binding, Message, Outbound, OutboundState
from core.errors import NotFound
from core.places import Place
from storage.database.repository import Repository
from storage.database.rows import (
    asked,
    asked_place,
    at_channel,
    at_place,
    insert_into,
    names_of,
    place_values,
    read,
    upsert_values,
    values_of,
)
from storage.database.tables import bindings, cases, messages, outbound

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from core.conversation.cards.card import Card


class SqlConversation(Repository):
    """What is said and shown, and where."""

    async def bind(self, binding: Binding) -> None:
        self._refuse_strangers(binding)
        once = insert_into(self._work, bindings).on_conflict_do_nothing(
            index_elements=["tenant_id", "case_id", *place_values(binding.place)]
        )
        await self._work.execute(once.values(values_of(binding)))

    async def rebind(self, binding: Binding, place: Place) -> None:
        self._refuse_strangers(binding)
        made = replace(binding, place=place, opens=None, made_from=binding.opens)
        opening = [*_of_case(binding), bindings.c.opens.is_not(None)]
        changed = update(bindings).values(values_of(made))
        if place != binding.place and await self._is_bound(made):
            await self._work.execute(delete(bindings).where(*opening))
            await self._work.execute(changed.where(*_of_case(made)))
        elif not (await self._work.execute(changed.where(*opening))).rowcount:
            await self.bind(made)

    async def bindings(self, case_id: str) -> list[Binding]:
        rows = await self._work.execute(BOUND, self._of(case_id=case_id))
        return [read(Binding, row) for row in rows.mappings()]

    async def case_places(self, platform: str) -> list[Binding]:
        at_home = self._made(bindings).where(bindings.c.platform == platform, IS_OPEN)
        rows = await self._work.execute(at_home.order_by(bindings.c.seq))
        return [read(Binding, row) for row in rows.mappings()]

    async def case_at(self, place: Place) -> str | None:
        of_place = self._made(bindings.c.case_id).where(*at_place(bindings, place))
        bound = of_place.order_by(bindings.c.seq.desc())
        still_open = (await self._work.execute(bound.where(IS_OPEN).limit(2))).scalars().all()
        if still_open:
            return still_open[0] if len(still_open) == 1 else None
        return (await self._work.execute(bound.limit(1))).scalar()

    async def open_cases_in(self, place: Place) -> list[str]:
        in_channel = at_channel(bindings, place)
        numbered = self._made(cases.c.id, cases.c.number).where(*in_channel, IS_OPEN).distinct()
        rows = await self._work.execute(numbered.order_by(cases.c.number))
        return list(rows.scalars())

    async def put_outbound(self, queued: Outbound) -> list[str]:
        self._refuse_strangers(queued)
        # What one person alone is shown has nothing to do with what the place shows.
        overtaken = [] if queued.handle else await self._overtake(queued)
        values = values_of(queued) | _card_values(queued.card)
        await self._work.execute(INSERT_OUTBOUND, values)
        return overtaken

    async def _overtake(self, queued: Outbound) -> list[str]:
        card = _card_values(queued.card)
        rows = await self._work.execute(OVERTAKE, self._of(**place_values(queued.place), **card))
        return list(rows.scalars())

    async def outbound(self, outbound_id: str) -> Outbound:
        rows = await self._work.execute(OUTBOUND, self._of(id=outbound_id))
        row = rows.mappings().first()
        if row is None:
            message = f"no outbound card {outbound_id}"
            raise NotFound(message)
        return read(Outbound, row)

    async def mark_outbound(self, outbound_id: str, state: OutboundState) -> None:
        mark = MARK_FINAL if state.is_final else MARK_OUTBOUND
        marked = await self._work.execute(mark, self._of(id=outbound_id) | {"to": state})
        if not marked.rowcount:
            message = f"no outbound card {outbound_id}"
            raise NotFound(message)

    async def forget_sent(self, place: Place, *, case_number: int) -> None:
        final = [state for state in OutboundState if state.is_final]
        rows = await self._work.execute(
            select(outbound.c.id, outbound.c.card).where(
                self._mine(outbound), *at_place(outbound, place), outbound.c.state.in_(final)
            )
        )
        for row in rows.all():
            emptied = row.card.emptied()
            if row.card.case_number == case_number and row.card != emptied:
                mine = update(outbound).where(outbound.c.id == row.id)
                await self._work.execute(mine.values(card=emptied))

    async def shown(self, place: Place, key: str) -> Message | None:
        rows = await self._work.execute(SHOWN, self._of(**place_values(place), card_key=key))
        row = rows.mappings().first()
        return None if row is None else read(Message, row)

    async def show(self, message: Message) -> None:
        self._refuse_strangers(message)
        values = values_of(message) | {"card_key": message.card.key}
        del values["seq"]
        place = self._of(**place_values(message.place))
        await self._work.execute(SHOW[self._work.is_sqlite], values | place)

    async def messages(self, place: Place, *, after: int = 0) -> list[Message]:
        return await self._messages(self._shown_at(place).where(messages.c.seq > after))

    async def _is_bound(self, binding: Binding) -> bool:
        rows = await self._work.execute(select(bindings.c.seq).where(*_of_case(binding)))
        return rows.first() is not None

    async def _messages(self, query: Select[Any]) -> list[Message]:
        rows = await self._work.execute(query)
        return [read(Message, row) for row in rows.mappings()]

    def _made(self, *columns: Any) -> Select[Any]:
        """Of bindings whose place is there, with their cases."""
        joined = select(*columns).join_from(bindings, cases, cases.c.id == bindings.c.case_id)
        return joined.where(self._mine(bindings), self._mine(cases), bindings.c.opens.is_(None))

    def _shown_at(self, place: Place) -> Select[Any]:
        mine = [self._mine(messages), *at_place(messages, place)]
        return select(messages).where(*mine).order_by(messages.c.seq)


# Made once, as each change of a case runs them.
BOUND = (
    select(bindings)
    .where(asked(bindings.c.tenant_id), asked(bindings.c.case_id))
    .order_by(bindings.c.seq)
)
INSERT_OUTBOUND = outbound.insert()
OUTBOUND = select(outbound).where(asked(outbound.c.tenant_id), asked(outbound.c.id))
OVERTAKE = (
    update(outbound)
    .where(
        asked(outbound.c.tenant_id),
        *asked_place(outbound),
        asked(outbound.c.card_key),
        outbound.c.card_version <= bindparam("of_card_version", type_=outbound.c.card_version.type),
        outbound.c.state == OutboundState.PENDING,
        outbound.c.handle == "",
    )
    .values(state=OutboundState.STALE)
    .returning(outbound.c.id)
)
MARK_OUTBOUND = (
    update(outbound)
    .where(asked(outbound.c.tenant_id), asked(outbound.c.id))
    .values(state=bindparam("to", type_=outbound.c.state.type))
)
MARK_FINAL = MARK_OUTBOUND.values(handle="")
AT_PLACE = [asked(messages.c.tenant_id), *asked_place(messages)]
SHOWN = select(messages).where(*AT_PLACE, asked(messages.c.card_key))


def _show(insert: Any) -> Any:
    """Each change of a message is the newest of its place."""
    newest = select(func.coalesce(func.max(messages.c.seq), 0) + 1).where(*AT_PLACE)
    names = [column.name for column in messages.c]
    values: dict[str, Any] = {name: bindparam(name, type_=messages.c[name].type) for name in names}
    values["seq"] = newest.scalar_subquery()
    return insert.values(values).on_conflict_do_update(
        index_elements=["tenant_id", *names_of(Place), "card_key"], set_=upsert_values(values)
    )


SHOW = {True: _show(sqlite.insert(messages)), False: _show(postgresql.insert(messages))}
IS_OPEN = cases.c.state.not_in([state for state in CaseState if not state.is_open])


def _of_case(binding: Binding) -> list[ColumnElement[bool]]:
    """The conditions that a row binds the same case to the same place."""
    of_tenant = bindings.c.tenant_id == binding.tenant_id
    of_case = bindings.c.case_id == binding.case_id
    return [of_tenant, of_case, *at_place(bindings, binding.place)]


def _card_values(card: Card) -> dict[str, Any]:
    return {"card_key": card.key, "card_version": card.version}
