"""Bindings, cards on their way, and cards shown, in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.conversation.messages.message import Message, Outbound, OutboundState
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from core.conversation.messages.message import Binding
    from core.places import Place


@dataclass(frozen=True)
class MemoryConversation:
    """What is said and shown, and where."""

    tables: Tables

    async def bind(self, binding: Binding) -> None:
        refuse_strangers(self.tables.tenant_id, binding)
        if self._bound(binding, binding.place) is None:
            self.tables.bindings.put(self.tables.next("binding"), binding)

    async def rebind(self, binding: Binding, place: Place) -> None:
        refuse_strangers(self.tables.tenant_id, binding)
        made = replace(binding, place=place, opens=None, made_from=binding.opens)
        opening = self._bound(binding, binding.place, opening=True)
        known = self._bound(binding, place)
        if opening is not None and known not in (None, opening):
            self.tables.bindings.remove(opening)
        self.tables.bindings.put(known or opening or self.tables.next("binding"), made)

    async def bindings(self, case_id: str) -> list[Binding]:
        return [binding for binding in self.tables.bindings if binding.case_id == case_id]

    async def case_places(self, platform: str) -> list[Binding]:
        return [
            binding
            for binding in self._made()
            if binding.place.platform == platform and self._open_number(binding.case_id)
        ]

    async def case_at(self, place: Place) -> str | None:
        bound = [binding.case_id for binding in self._made() if binding.place == place]
        still_open = [case_id for case_id in bound if self._open_number(case_id)]
        if still_open:
            return still_open[0] if len(still_open) == 1 else None
        return bound[-1] if bound else None

    async def open_cases_in(self, place: Place) -> list[str]:
        channel = place.whole_channel
        numbers = {
            binding.case_id: number
            for binding in self._made()
            if binding.place.whole_channel == channel
            and (number := self._open_number(binding.case_id))
        }
        return sorted(numbers, key=numbers.__getitem__)

    async def put_outbound(self, outbound: Outbound) -> list[str]:
        refuse_strangers(self.tables.tenant_id, outbound)
        older = [message for message in self.tables.outbound if _overtakes(outbound, message)]
        for message in older:
            self.tables.outbound.put(message.id, replace(message, state=OutboundState.STALE))
        self.tables.outbound.add(outbound.id, outbound)
        return [message.id for message in older]

    async def outbound(self, outbound_id: str) -> Outbound:
        return self.tables.outbound.require(outbound_id, "outbound card")

    async def mark_outbound(self, outbound_id: str, state: OutboundState) -> None:
        outbound = await self.outbound(outbound_id)
        handle = "" if state.is_final else outbound.handle
        self.tables.outbound.put(outbound_id, replace(outbound, state=state, handle=handle))

    async def forget_sent(self, place: Place, *, case_number: int) -> None:
        for outbound in [*self.tables.outbound]:
            mine = outbound.place == place and outbound.card.case_number == case_number
            if mine and outbound.state.is_final:
                self.tables.outbound.put(
                    outbound.id, replace(outbound, card=outbound.card.emptied())
                )

    async def shown(self, place: Place, key: str) -> Message | None:
        messages = (
            message
            for message in self.tables.messages
            if message.place == place and message.card.key == key
        )
        return next(messages, None)

    async def show(self, message: Message) -> None:
        refuse_strangers(self.tables.tenant_id, message)
        earlier = await self.shown(message.place, message.card.key)
        if earlier:
            self.tables.messages.remove(earlier.id)
        seq = self.tables.next(f"message:{message.place}")
        self.tables.messages.add(message.id, replace(message, seq=seq))

    async def messages(self, place: Place, *, after: int = 0) -> list[Message]:
        messages = [
            message
            for message in self.tables.messages
            if message.place == place and message.seq > after
        ]
        return sorted(messages, key=lambda message: message.seq)

    def _made(self) -> list[Binding]:
        return [binding for binding in self.tables.bindings if binding.opens is None]

    def _bound(self, binding: Binding, place: Place, *, opening: bool = False) -> int | None:
        """The key of the case's binding to the place; `opening`, only one yet to be made."""
        wanted = (binding.case_id, place)
        for key, bound in self.tables.bindings.items():
            if (bound.case_id, bound.place) == wanted and (bound.opens or not opening):
                return key
        return None

    def _open_number(self, case_id: str) -> int | None:
        """The number of a case that is open."""
        view = self.tables.views.get(case_id)
        return view.case.number if view is not None and view.case.state.is_open else None


def _overtakes(newer: Outbound, older: Outbound) -> bool:
    """True if the older is a version of the same card that need not be sent any more.

    Cards for one person are independent of those that the place shows.
    """
    return (
        older.state is OutboundState.PENDING
        and not (newer.handle or older.handle)
        and (older.place, older.card.key) == (newer.place, newer.card.key)
        and older.card.version <= newer.card.version
    )
