"""Cases in memory: the event log, the views it folds into, the texts it refers to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import NotFound
from storage.memory.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.cases.events import CaseView, Event, EventKind
    from core.cases.model import Case
    from core.text.redacted import Clean


@dataclass(frozen=True)
class MemoryCases:
    """Cases by id; a unit that writes is alone, so that `lock` has nothing to do."""

    tables: Tables

    async def next_number(self, tenant_id: str) -> int:
        return self.tables.next(f"case:{tenant_id}")

    async def append(self, events: Sequence[Event], view: CaseView) -> None:
        self._refuse_rivals(view.case)
        for event in events:
            self.tables.events.add((event.case_id, event.seq), event)
        self.tables.views.put(view.case.id, view)

    async def view(self, case_id: str, *, lock: bool = False) -> CaseView:
        return self.tables.views.require(case_id, "case")

    async def by_number(self, tenant_id: str, number: int) -> Case:
        for case in self._all():
            if (case.tenant_id, case.number) == (tenant_id, number):
                return case
        message = f"no case #{number}"
        raise NotFound(message)

    async def open_for_group(self, tenant_id: str, group_key: str) -> Case | None:
        found = self._of_group(tenant_id, group_key)
        return next((case for case in found if case.state.is_open), None)

    async def latest_for_group(self, tenant_id: str, group_key: str) -> Case | None:
        return max(self._of_group(tenant_id, group_key), key=lambda case: case.number, default=None)

    async def listing(self, tenant_id: str, *, only_open: bool = False) -> list[Case]:
        found = [
            case
            for case in self._all()
            if case.tenant_id == tenant_id and (case.state.is_open or not only_open)
        ]
        return sorted(found, key=lambda case: -case.number)

    async def events(self, case_id: str) -> list[Event]:
        found = [event for event in self.tables.events if event.case_id == case_id]
        return sorted(found, key=lambda event: event.seq)

    async def newest(self, case_id: str, kinds: Collection[EventKind], *, most: int) -> list[Event]:
        found = [event for event in await self.events(case_id) if event.kind in kinds]
        return found[max(0, len(found) - most) :]

    async def put_texts(self, case_id: str, texts: Sequence[Clean]) -> None:
        for text in texts:
            self.tables.texts.put((case_id, text.digest), text)

    async def erase_texts(self, case_id: str, digests: Collection[str]) -> None:
        for digest in digests:
            if (case_id, digest) in self.tables.texts:
                self.tables.texts.remove((case_id, digest))

    async def texts(self, case_id: str, *, of: Collection[str] | None = None) -> dict[str, Clean]:
        return {
            digest: text
            for (owner, digest), text in self.tables.texts.items()
            if owner == case_id and (of is None or digest in of)
        }

    def _all(self) -> list[Case]:
        return [view.case for view in self.tables.views]

    def _of_group(self, tenant_id: str, group_key: str) -> list[Case]:
        return [
            case
            for case in self._all()
            if group_key and case.group_key == group_key and case.tenant_id == tenant_id
        ]

    def _refuse_rivals(self, case: Case) -> None:
        """The unique constraints: one number, and one open case of a group."""
        for other in self._all():
            if other.id == case.id or other.tenant_id != case.tenant_id:
                continue
            if other.number == case.number:
                self.tables.refuse(f"#{case.number} is taken")
            same_group = case.group_key and other.group_key == case.group_key
            if same_group and case.state.is_open and other.state.is_open:
                self.tables.refuse(f"#{other.number} is open for this group")
