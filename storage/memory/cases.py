"""Cases in memory: the event log, the views it folds into, the texts it refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.cases.events import UNSHOWN
from core.cases.rows import next_row
from core.errors import NotFound
from storage.memory.tables import Tables
from storage.tenancy import refuse_strangers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from core.cases.events import CaseEvent, EventKind
    from core.cases.model import Case
    from core.cases.projection import CaseView
    from core.text.redacted import RedactedText


@dataclass(frozen=True)
class MemoryCases:
    """Cases by id. Units that write run alone, so that `lock` has no effect."""

    tables: Tables
    due_cards: set[str] = field(default_factory=set)

    async def next_number(self) -> int:
        return self.tables.next("case")

    async def append(self, events: Sequence[CaseEvent], view: CaseView) -> None:
        case = view.case
        refuse_strangers(self.tables.tenant_id, case)
        if events and events[0].seq > 1:
            self.tables.views.require(case.id, "case")
        self._refuse_rivals(case)
        for event in events:
            self.tables.events.add((event.case_id, event.seq), event)
        self.tables.views.put(case.id, view)
        row = next_row(self.tables.case_rows.get(case.id), events, view)
        self.tables.case_rows.put(case.id, row)
        if any(event.kind not in UNSHOWN for event in events):
            self.due_cards.add(case.id)

    async def view(self, case_id: str, *, lock: bool = False) -> CaseView:
        return self.tables.views.require(case_id, "case")

    async def by_number(self, number: int) -> Case:
        for case in self._all():
            if case.number == number:
                return case
        message = f"no case #{number}"
        raise NotFound(message)

    async def open_for_group(self, group_key: str) -> Case | None:
        cases = self._of_group(group_key)
        return next((case for case in cases if case.state.is_open), None)

    async def latest_for_group(self, group_key: str) -> Case | None:
        return max(self._of_group(group_key), key=lambda case: case.number, default=None)

    async def listing(self, *, only_open: bool = False, most: int | None = None) -> list[Case]:
        cases = [case for case in self._all() if case.state.is_open or not only_open]
        return sorted(cases, key=lambda case: -case.number)[:most]

    async def events(self, case_id: str) -> list[CaseEvent]:
        events = [event for event in self.tables.events if event.case_id == case_id]
        return sorted(events, key=lambda event: event.seq)

    async def newest(
        self, case_id: str, kinds: Collection[EventKind], *, most: int
    ) -> list[CaseEvent]:
        events = [event for event in await self.events(case_id) if event.kind in kinds]
        return events[max(0, len(events) - most) :]

    async def since(self, kind: EventKind, moment: datetime) -> list[CaseEvent]:
        events = [event for event in self.tables.events if event.kind is kind]
        ours = {case.id for case in self._all()}
        recent = [event for event in events if event.at >= moment and event.case_id in ours]
        return sorted(recent, key=lambda event: (event.at, event.case_id, event.seq))

    async def put_texts(self, case_id: str, texts: Sequence[RedactedText]) -> None:
        if texts:
            self.tables.views.require(case_id, "case")
        for text in texts:
            self.tables.texts.put((case_id, text.digest), text)

    async def erase_texts(self, case_id: str, digests: Collection[str]) -> None:
        for digest in digests:
            if (case_id, digest) in self.tables.texts:
                self.tables.texts.remove((case_id, digest))

    async def texts(
        self, case_id: str, *, of: Collection[str] | None = None
    ) -> dict[str, RedactedText]:
        return {
            digest: text
            for (owner, digest), text in self.tables.texts.items()
            if owner == case_id and (of is None or digest in of)
        }

    def _all(self) -> list[Case]:
        return [view.case for view in self.tables.views]

    def _of_group(self, group_key: str) -> list[Case]:
        return [case for case in self._all() if group_key and case.group_key == group_key]

    def _refuse_rivals(self, case: Case) -> None:
        """The unique constraints: one number, and one open case of a group."""
        for other in self._all():
            if other.id == case.id:
                continue
            if other.number == case.number:
                self.tables.refuse(f"#{case.number} is taken")
            same_group = case.group_key and other.group_key == case.group_key
            if same_group and case.state.is_open and other.state.is_open:
                self.tables.refuse(f"#{other.number} is open for this group")
