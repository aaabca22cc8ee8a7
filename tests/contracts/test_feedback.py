"""What people say of suggestions, in every store; written with the event that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.feedback import SuggestionKey, SuggestionKind
from core.cases.lifecycle import Change, record
from tests.contracts.samples import CONTEXT, later, put_case, some_feedback

if TYPE_CHECKING:
    from core.workflows.services import Store

DISK = SuggestionKey(SuggestionKind.RUNBOOK, "doc_2")
CHECK = SuggestionKey(SuggestionKind.CHECK, "disk_full/confirm")


async def test_the_last_word_of_a_person_takes_the_place_of_the_one_before(store: Store) -> None:
    async with store.unit(CONTEXT) as unit:
        mine, other = [(await put_case(unit)).case.id for _ in range(2)]
        first = some_feedback(mine)
        kept = [
            some_feedback(mine, seq=8, by="lee", at=later(1)),
            some_feedback(mine, seq=9, helped=False, at=later(2)),
            some_feedback(mine, seq=10, suggestion=DISK, at=later(3)),
            some_feedback(other, at=later(4)),
            some_feedback(other, seq=8, suggestion=CHECK, at=later(5)),
        ]
        for word in (first, *kept):
            await unit.feedback.put(word)
    async with store.reading(CONTEXT) as unit:
        assert await unit.feedback.of_case(mine) == kept[:3]
        assert await unit.feedback.about([first.suggestion, CHECK]) == [*kept[:2], *kept[3:]]
        assert await unit.feedback.about([]) == []
        assert await unit.feedback.newest({SuggestionKind.RUNBOOK}, most=2) == kept[3:1:-1]
        assert await unit.feedback.newest({SuggestionKind.CHECK}, most=9) == kept[4:]


async def test_it_is_written_with_its_event(store: Store) -> None:
    data = {"suggestion": DISK.text, "helped": False, "what": ""}
    async with store.unit(CONTEXT) as unit:
        view = await put_case(unit)
        case_id = view.case.id
        change = Change(kind=EventKind.FEEDBACK_GIVEN, data=data)
        view = await record(unit, view, case_id, [change], at=later(1), actor="dana")
    expected = some_feedback(
        case_id, seq=view.case.version, suggestion=DISK, helped=False, at=later(1)
    )
    async with store.reading(CONTEXT) as unit:
        (kept,) = await unit.feedback.of_case(case_id)
    assert replace(kept, tenant_id=expected.tenant_id) == expected
