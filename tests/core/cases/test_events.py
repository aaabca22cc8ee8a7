"""The log of a case: a chain that shows every change, and that folds into what the tables say."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.model import Severity, worst
from core.cases.events import CaseEvent, EventKind, seal, verify_chain
from core.cases.lifecycle import SYSTEM, Change, record
from core.cases.model import CaseState, HypothesisState
from core.cases.projection import HYPOTHESES, CaseView, fold
from core.clock import micros
from core.errors import Tampered
from core.text.redacted import ERASED, RedactedText
from storage.memory import MemoryStore
from tests.examples import POOL, SLOW
from tests.fakes.clock import SetClock
from tests.fakes.context import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CASE = "case_1"
START = SetClock().now()
TITLE = RedactedText.format("checkout answers with 5xx")
FIX = RedactedText.format("pool size 40")
WHY = RedactedText.format("seen it before")


def opened() -> Change:
    data = {
        "tenant_id": "default",
        "number": 128,
        "title": TITLE.digest,
        "severity": Severity.HIGH,
        "service": None,
        "group_key": "g",
        "opened_at": micros(START),
    }
    return Change(kind=EventKind.OPENED, data=data, texts=[TITLE])


def fired(severity: Severity = Severity.CRITICAL, service: str | None = "checkout") -> Change:
    return Change(kind=EventKind.ALERT_FIRED, data={"severity": severity, "service": service})


def ranked(*hypotheses: Any) -> Change:
    texts: dict[str, RedactedText] = {}
    rows = HYPOTHESES.dump_python(hypotheses, mode="json", context={"texts": texts})
    return Change(kind=EventKind.RANKED, data={"hypotheses": rows}, texts=list(texts.values()))


def judged(number: int, *, confirmed: bool) -> Change:
    data = {"number": number, "confirmed": confirmed, "why": WHY.digest}
    return Change(kind=EventKind.JUDGED, data=data, texts=[WHY])


def taken_back(kind: EventKind, number: int | None = None) -> Change:
    data = {
        "seq": 2,
        "kind": kind,
        "at": micros(START),
        "state": CaseState.DIAGNOSING,
        "number": number,
        "fixes": [],
        "withdrawn": [],
        "verdict": {"state": HypothesisState.TESTING, "by": "lee", "why": WHY.digest},
    }
    return Change(kind=EventKind.TAKEN_BACK, data=data, texts=[WHY])


def resolved(fix: RedactedText | None = FIX) -> Change:
    return Change(
        kind=EventKind.RESOLVED,
        data={"solution": fix.digest if fix else None},
        texts=[fix] if fix else [],
    )


def revised(**data: Any) -> Change:
    return Change(kind=EventKind.REVISED, data=data, texts=[WHY])


def plain(kind: EventKind) -> Change:
    return Change(kind=kind)


async def told(
    store: MemoryStore, changes: Sequence[Change], *, by: str = "dana"
) -> tuple[CaseView, list[CaseEvent], dict[str, RedactedText]]:
    """A case to which these happened after it was opened, a second apart: its tables and log."""
    view: CaseView | None = None
    for second, change in enumerate([opened(), *changes]):
        async with store.unit(CONTEXT) as unit:
            at = START + timedelta(seconds=second)
            view = await record(unit, view, CASE, [change], at=at, actor=by)
    async with store.reading(CONTEXT) as unit:
        return (
            await unit.cases.view(CASE),
            await unit.cases.events(CASE),
            await unit.cases.texts(CASE),
        )


async def after(*changes: Change) -> CaseView:
    view, events, texts = await told(MemoryStore(), changes)
    assert verify_chain(events) == view.case.head
    assert fold(events, texts) == view
    return view


CHANGES = st.sampled_from(
    [
        fired(),
        fired(Severity.INFO, None),
        plain(EventKind.ALERT_RESOLVED),
        plain(EventKind.QUIETENED),
        plain(EventKind.SPOKEN),
        Change(kind=EventKind.OWNED, data={"owner": "lee"}),
        Change(kind=EventKind.FILE_RECEIVED, data={"file_id": "f", "blob": "b", "size": 1}),
        Change(kind=EventKind.FILE_PROCESSED, data={"file_id": "f", "findings": 3}),
        Change(kind=EventKind.ASKED, data={"question_id": "q"}),
        Change(kind=EventKind.ANSWERED, data={"question_id": "q"}),
        ranked(),
        ranked(POOL),
        ranked(POOL, SLOW),
        judged(1, confirmed=True),
        judged(2, confirmed=False),
        resolved(),
        resolved(None),
        plain(EventKind.REOPENED),
        taken_back(EventKind.RESOLVED),
        taken_back(EventKind.JUDGED, 1),
        taken_back(EventKind.SOLUTION_CONFIRMED, 1),
        Change(kind=EventKind.PAGED, data={"event_id": "1", "text": WHY.digest}, texts=[WHY]),
        revised(severity=Severity.INFO),
        revised(title=WHY.digest, service=None),
    ]
)


@given(st.lists(CHANGES, max_size=12))
def test_whatever_happens_the_log_folds_into_the_tables(changes: list[Change]) -> None:
    view, events, texts = asyncio.run(told(MemoryStore(), changes))
    assert verify_chain(events) == view.case.head
    assert fold(events, texts) == view
    assert view.case.version == len(events) == len(changes) + 1


async def test_a_case_begins_with_what_opened_it() -> None:
    case = (await after()).case
    assert (case.title, case.number, case.state) == (TITLE, 128, CaseState.CONSULTING)
    assert (case.opened_at, case.version) == (START, 1)


async def test_alerts_are_counted_and_make_it_worse_never_better() -> None:
    case = (await after(fired(), fired(Severity.INFO, "search"))).case
    assert (case.firing, case.alerts) == (2, 2)
    assert (case.severity, case.service) == (Severity.CRITICAL, "checkout")
    ended = plain(EventKind.ALERT_RESOLVED)
    case = (await after(fired(), ended, ended)).case
    assert (case.firing, case.alerts) == (0, 1)


async def test_a_revision_changes_what_it_names_also_for_the_better() -> None:
    case = (await after(fired(), revised(severity=Severity.INFO))).case
    assert (case.severity, case.title, case.service) == (Severity.INFO, TITLE, "checkout")
    case = (await after(fired(), revised(title=WHY.digest, service="payments"))).case
    assert (case.severity, case.title, case.service) == (Severity.CRITICAL, WHY, "payments")


async def test_a_fire_ends_the_quiet() -> None:
    quiet = plain(EventKind.QUIETENED)
    assert (await after(fired(), quiet)).case.quiet_since == START + timedelta(seconds=2)
    assert (await after(fired(), quiet, fired())).case.quiet_since is None


async def test_a_confirmed_cause_moves_the_case_on_and_a_rejected_one_back() -> None:
    view = await after(ranked(POOL, SLOW), judged(1, confirmed=True))
    assert view.case.state is CaseState.ANALYZING
    assert [hypothesis.state for hypothesis in view.hypotheses] == [
        HypothesisState.VALIDATED,
        SLOW.state,
    ]
    assert (view.hypotheses[0].verdict_by, view.hypotheses[0].verdict_why) == ("dana", WHY)
    view = await after(ranked(POOL), judged(1, confirmed=True), judged(1, confirmed=False))
    assert view.case.state is CaseState.DIAGNOSING
    assert view.hypotheses[0].state is HypothesisState.REJECTED


async def test_a_case_that_comes_back_has_no_solution_any_more() -> None:
    case = (await after(ranked(POOL), plain(EventKind.QUIETENED), resolved())).case
    assert (case.state, case.solution, case.resolved_by) == (CaseState.RESOLVED, FIX, "dana")
    assert case.resolved_at == START + timedelta(seconds=3)
    case = (await after(resolved(), plain(EventKind.REOPENED))).case
    assert case.state is CaseState.DIAGNOSING
    assert (case.solution, case.resolved_by, case.resolved_at) == (None, None, None)


async def test_a_verdict_that_is_taken_back_is_as_it_was_before() -> None:
    judgement = judged(1, confirmed=True)
    view = await after(ranked(POOL), judgement, taken_back(EventKind.JUDGED, 1))
    (hypothesis,) = view.hypotheses
    assert (hypothesis.state, hypothesis.verdict_by) == (HypothesisState.TESTING, "lee")
    assert hypothesis.verdict_why == WHY
    assert view.case.state is CaseState.DIAGNOSING


async def test_an_erased_text_reads_as_erased_and_the_chain_still_holds() -> None:
    _, events, texts = await told(MemoryStore(), [resolved()])
    del texts[TITLE.digest], texts[FIX.digest]
    assert verify_chain(events)
    case = fold(events, texts).case
    assert (case.title, case.solution) == (ERASED, ERASED)


FORGERIES: dict[str, Callable[[CaseEvent], CaseEvent]] = {
    "actor": lambda event: replace(event, actor="eve"),
    "time": lambda event: replace(event, at=event.at + timedelta(microseconds=1)),
    "data": lambda event: replace(event, data={**event.data, "number": 2}),
    "kind": lambda event: replace(event, kind=EventKind.SPOKEN),
    "case": lambda event: replace(event, case_id="case_2"),
    "hash": lambda event: replace(event, hash="0" * 64),
    "previous": lambda event: replace(event, previous="0" * 64),
    "all of it, sealed again": lambda event: seal(
        event.case_id,
        event.seq,
        event.kind,
        at=event.at,
        actor="eve",
        data=event.data,
        previous=event.previous,
    ),
}


async def a_log() -> list[CaseEvent]:
    _, events, _ = await told(
        MemoryStore(), [fired(), ranked(POOL), judged(1, confirmed=True), resolved()]
    )
    return events


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("place", range(4))
async def test_a_forged_event_is_found(forgery: str, place: int) -> None:
    events = await a_log()
    head = verify_chain(events)
    events[place] = FORGERIES[forgery](events[place])
    with pytest.raises(Tampered):
        assert verify_chain(events) == head


async def test_a_missing_added_or_exchanged_event_is_found() -> None:
    events = await a_log()
    for forged in (
        events[1:],
        [*events[:2], *events[3:]],
        [*events[:2], events[1], *events[2:]],
        [events[0], events[2], events[1], *events[3:]],
    ):
        with pytest.raises(Tampered):
            verify_chain(forged)


async def test_an_end_that_was_cut_off_has_another_head() -> None:
    events = await a_log()
    assert verify_chain(events[:-1]) != verify_chain(events)


async def test_a_case_opens_once_and_at_all() -> None:
    with pytest.raises(Tampered, match="opens once"):
        await after(opened())
    with pytest.raises(ValueError, match="at least the event that opened it"):
        fold([], {})


async def test_nothing_recorded_is_no_case() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        async with MemoryStore().unit(CONTEXT) as unit:
            await record(unit, None, CASE, [], at=START, actor=SYSTEM)


@pytest.mark.parametrize("severity", Severity)
def test_the_graver_of_two(severity: Severity) -> None:
    assert worst(severity, Severity.CRITICAL) is Severity.CRITICAL
    assert worst(severity, severity) is severity
    assert worst(Severity.UNKNOWN, severity) is severity
