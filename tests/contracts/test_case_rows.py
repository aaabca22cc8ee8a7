"""Lists of cases and what they add up to, in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.accounts.model import CaseRole
from core.alerts.model import Severity
from core.cases.events import CaseEvent, EventKind, seal
from core.cases.figures import CaseFigures, Durations, figures_of
from core.cases.lifecycle import Change, record
from core.cases.model import CaseState, HypothesisState
from core.cases.projection import HYPOTHESES, CaseView, fold
from core.cases.rows import CaseFilter, ListedCase, next_row
from core.clock import micros
from core.context import DEFAULT_TENANT
from core.errors import NotFound
from core.text.redacted import RedactedText, redacted
from tests.contracts.samples import (
    CONTEXT,
    NOON,
    a_hypothesis,
    a_member,
    an_account,
    an_id,
    changes_of_a_life,
    later,
    put_case,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.workflows.services import Store, Unit

HOUR = 3600
EVERY = CaseFilter(is_archived=True)


async def a_case(
    unit: Unit,
    *changes: Change,
    title: str = "it burns",
    severity: str = "critical",
    service: str | None = "checkout",
    group: str = "",
    at: datetime = NOON,
) -> CaseView:
    """A case that was opened then, with these changes an hour apart."""
    text, case_id = redacted(title), an_id("case")
    data = {
        "tenant_id": DEFAULT_TENANT,
        "number": await unit.cases.next_number(),
        "title": text.digest,
        "severity": severity,
        "service": service,
        "group_key": group,
        "opened_at": micros(at),
    }
    opening = seal(case_id, 1, EventKind.OPENED, at=at, actor="system", data=data, previous="")
    view = fold([opening], {text.digest: text})
    await unit.cases.append([opening], view)
    await unit.cases.put_texts(case_id, [text])
    for number, change in enumerate(changes, start=1):
        moment = at + timedelta(hours=number)
        view = await record(unit, view, case_id, [change], at=moment, actor="ada")
    return view


def ranked(*faults: str) -> Change:
    """Hypotheses of these faults, the first ranked first."""
    texts: dict[str, RedactedText] = {}
    hypotheses = tuple(
        a_hypothesis(number=nth, rank=nth, cause=replace(a_hypothesis().cause, fault=fault))
        for nth, fault in enumerate(faults, start=1)
    )
    dumped = HYPOTHESES.dump_python(hypotheses, mode="json", context={"texts": texts})
    return Change(kind=EventKind.RANKED, data={"hypotheses": dumped}, texts=list(texts.values()))


def judged(number: int, *, confirmed: bool = True) -> Change:
    data = {"number": number, "confirmed": confirmed, "why": None}
    return Change(kind=EventKind.JUDGED, data=data)


def of_kind(kind: EventKind, **data: Any) -> Change:
    return Change(kind=kind, data=data)


SPOKEN = of_kind(EventKind.SPOKEN)
RESOLVED = of_kind(EventKind.RESOLVED, solution=None)
CLOSED = of_kind(EventKind.PHASE_ENTERED, phase="closed", why=None)
ARCHIVED = of_kind(EventKind.ARCHIVED)


async def numbers(unit: Unit, wanted: CaseFilter, **more: Any) -> list[int]:
    rows = await unit.case_rows.page(wanted, **{"limit": 100, **more})
    return [row.case.number for row in rows]


def folded_row(events: Sequence[CaseEvent], texts: dict[str, RedactedText]) -> ListedCase:
    """The row that the events make, one by one."""
    row: ListedCase | None = None
    for seq in range(1, len(events) + 1):
        row = next_row(row, [events[seq - 1]], fold(events[:seq], texts))
    assert row
    return row


class TestRows:
    async def test_a_row_is_what_the_events_fold_into(self, store: Store) -> None:
        life = changes_of_a_life(a_hypothesis())
        async with store.unit(CONTEXT) as unit:
            views = [
                await a_case(unit, *life, group="g1"),
                await a_case(unit, SPOKEN, CLOSED, ARCHIVED),
                await a_case(unit, ranked("a", "b"), judged(2), judged(2, confirmed=False)),
            ]
        async with store.reading(CONTEXT) as unit:
            for view in views:
                case_id = view.case.id
                events, texts = await unit.cases.events(case_id), await unit.cases.texts(case_id)
                row = await unit.case_rows.of_case(case_id)
                assert row == folded_row(events, texts)
                assert row.case == view.case
            with pytest.raises(NotFound):
                await unit.case_rows.of_case("case_other")

    async def test_changes_show(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            case_id = (await a_case(unit, SPOKEN, ranked("full_disk", "b"), judged(1))).case.id
            row = await unit.case_rows.of_case(case_id)
            assert (row.acknowledged_at, row.updated_at) == (later(HOUR), later(3 * HOUR))
            assert (row.cause, row.confirmed_rank, row.closed_at) == ("full_disk", 1, None)
            closed = await a_case(unit, SPOKEN, CLOSED)
            assert (await unit.case_rows.of_case(closed.case.id)).closed_at == later(2 * HOUR)

    async def test_a_verdict_keeps_the_rank_that_the_hypothesis_had(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            view = await a_case(unit, ranked("a", "b"), judged(2))
            (first, second) = view.hypotheses
            ours = replace(second, rank=1, state=HypothesisState.VALIDATED, verdict_by="ada")
            texts: dict[str, RedactedText] = {}
            dumped = HYPOTHESES.dump_python(
                (ours, replace(first, rank=2)), mode="json", context={"texts": texts}
            )
            again = Change(
                kind=EventKind.RANKED, data={"hypotheses": dumped}, texts=list(texts.values())
            )
            await record(unit, view, view.case.id, [again], at=later(9), actor="system")
            row = await unit.case_rows.of_case(view.case.id)
            assert (row.cause, row.confirmed_rank) == ("b", 2)


class TestPages:
    async def test_are_newest_first_and_go_on_where_one_ended(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            for _ in range(5):
                await put_case(unit)
        async with store.reading(CONTEXT) as unit:
            assert await numbers(unit, CaseFilter(), limit=2) == [5, 4]
            assert await numbers(unit, CaseFilter(), limit=2, before=4) == [3, 2]
            assert await numbers(unit, CaseFilter(), limit=2, offset=3) == [2, 1]
            assert await numbers(unit, CaseFilter(), limit=2, offset=1, before=4) == [2, 1]
            assert await numbers(unit, CaseFilter(), offset=5) == []
            assert await unit.case_rows.count(CaseFilter()) == 5

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (CaseFilter(), [4, 3, 2, 1]),
            (CaseFilter(is_archived=True), [5, 4, 3, 2, 1]),
            (CaseFilter(states=frozenset({"resolved"})), [2]),
            (CaseFilter(states=frozenset({"resolved", "consulting"})), [4, 2, 1]),
            (CaseFilter(severity=Severity.WARNING), [3]),
            (CaseFilter(service="search"), [4]),
            (CaseFilter(service="searc"), []),
            (CaseFilter(service="s" * 300), [1]),
            (CaseFilter(text="GRÖSSE"), [3]),
            (CaseFilter(text="#4"), [4]),
            (CaseFilter(text="100%"), [2]),
            (CaseFilter(text="1_0"), []),
            (CaseFilter(opened_from=later(0), opened_before=later(HOUR)), [4, 2, 1]),
            (CaseFilter(opened_before=later(0)), []),
            (CaseFilter(opened_from=later(HOUR)), [3]),
            (CaseFilter(states=frozenset({"consulting"}), text="burns", service="search"), [4]),
        ],
    )
    async def test_hold_what_the_filter_takes(
        self, store: Store, wanted: CaseFilter, expected: list[int]
    ) -> None:
        async with store.unit(CONTEXT) as unit:
            await a_case(unit, service="s" * 300)
            await a_case(unit, SPOKEN, RESOLVED, title="disk 100% full")
            await a_case(unit, ranked("a"), title="Größe", severity="warning", at=later(HOUR))
            await a_case(unit, service="search")
            await a_case(unit, SPOKEN, CLOSED, ARCHIVED)
            cases = {case.number: case for case in await unit.cases.listing()}
        async with store.reading(CONTEXT) as unit:
            assert await numbers(unit, wanted) == expected
            assert await unit.case_rows.count(wanted) == len(expected)
        taken = [number for number, case in cases.items() if wanted.takes(case)]
        assert sorted(taken, reverse=True) == expected

    async def test_hold_those_that_are_named_and_the_viewer_sees(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            dana = an_account()
            assert await unit.accounts.add(dana)
            ids = [(await put_case(unit)).case.id for _ in range(3)]
            await unit.members.put(a_member(ids[0], dana.id, role=CaseRole.OWNER))
        named = frozenset({ids[0], ids[2], "case_other"})
        async with store.reading(CONTEXT) as unit:
            assert await numbers(unit, CaseFilter(ids=named)) == [3, 1]
            assert await numbers(unit, CaseFilter(ids=named, viewer="")) == [3]
            assert await numbers(unit, CaseFilter(ids=named, viewer=dana.id)) == [3, 1]
            cases = {case.id: case for case in await unit.cases.listing()}
        assert [case_id in named for case_id in ids] == [
            CaseFilter(ids=named).takes(cases[case_id]) for case_id in ids
        ]

    async def test_hold_what_the_viewer_sees(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            dana, lee = an_account(), an_account(username="lee", email=None)
            for account in (dana, lee):
                assert await unit.accounts.add(account)
            ids = [(await put_case(unit)).case.id for _ in range(5)]
            await unit.members.put(a_member(ids[1], dana.id, role=CaseRole.OWNER))
            await unit.members.put(a_member(ids[2], lee.id, role=CaseRole.OWNER))
            await unit.members.put(a_member(ids[3], lee.id, role=CaseRole.OWNER))
            await unit.members.put(a_member(ids[3], dana.id, role=CaseRole.VIEWER))
        async with store.reading(CONTEXT) as unit:
            for viewer, seen in (
                (dana.id, [5, 4, 2, 1]),
                (lee.id, [5, 4, 3, 1]),
                (None, [5, 4, 3, 2, 1]),
                ("user_other", [5, 1]),
            ):
                wanted = CaseFilter(viewer=viewer)
                assert await numbers(unit, wanted) == seen
                assert await numbers(unit, wanted, limit=2, offset=1) == seen[1:3]
                assert await numbers(unit, wanted, before=4) == [n for n in seen if n < 4]
                assert await unit.case_rows.count(wanted) == len(seen)
                assert (await unit.case_rows.figures(wanted)).total == len(seen)
        async with store.unit(CONTEXT) as unit:
            assert await unit.members.remove(ids[2], lee.id)
            assert 3 in await numbers(unit, CaseFilter(viewer=dana.id))


class TestFigures:
    async def test_nothing_adds_up_to_nothing(self, store: Store) -> None:
        async with store.reading(CONTEXT) as unit:
            figures = await unit.case_rows.figures(EVERY)
        assert figures == CaseFigures()
        assert figures.accuracy is None

    async def test_are_those_of_the_rows(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            for day in range(12):
                at = later(day * 24 * HOUR)
                ends = [of_kind(EventKind.NOTED)] * (day * 7 % 5)
                await a_case(unit, SPOKEN, *ends, RESOLVED, group=f"g{day}", at=at)
            await a_case(unit, ranked("a", "b"), judged(2), service=None, at=later(-90))
            await a_case(unit, ranked("a", "b"), judged(1), RESOLVED, service="search")
            await a_case(unit, SPOKEN, CLOSED, ARCHIVED, group="quiet", severity="info")
            rows = await unit.case_rows.page(EVERY, limit=100)
        async with store.reading(CONTEXT) as unit:
            figures = await unit.case_rows.figures(EVERY)
            recent = CaseFilter(opened_from=later(5 * 24 * HOUR))
            assert (await unit.case_rows.figures(recent)).total == 7
        assert figures == figures_of(rows)
        assert (figures.total, figures.confirmed, figures.led) == (15, 2, 1)
        assert figures.accuracy == 0.5
        assert figures.states == (("resolved", 13), ("analyzing", 1), ("closed", 1))
        assert figures.services == (("checkout", 13), ("", 1), ("search", 1))
        assert figures.causes == (("", 13), ("a", 1), ("b", 1))

    async def test_times_are_of_cases(self, store: Store) -> None:
        """Ten cases that were resolved after 2 to 11 hours, in two weeks."""
        async with store.unit(CONTEXT) as unit:
            for hours in range(10):
                later_week = hours >= 7
                waits = [of_kind(EventKind.NOTED)] * hours
                at = later(7 * 24 * HOUR if later_week else 0)
                await a_case(unit, SPOKEN, *waits, RESOLVED, group=f"g{hours}", at=at)
            figures = await unit.case_rows.figures(EVERY)
        hour = timedelta(hours=1)
        assert figures.resolved.whole == Durations(
            count=10, mean=6.5 * hour, median=6 * hour, p90=10 * hour
        )
        assert figures.resolved.weeks == (
            (date(2026, 11, 16), Durations(count=7, mean=5 * hour, median=5 * hour, p90=8 * hour)),
            (
                date(2026, 11, 23),
                Durations(count=3, mean=10 * hour, median=10 * hour, p90=11 * hour),
            ),
        )
        assert figures.acknowledged.whole == Durations(count=10, mean=hour, median=hour, p90=hour)
        assert CaseState.RESOLVED in dict(figures.states)

    async def test_what_people_opened_is_not_acknowledged(self, store: Store) -> None:
        async with store.unit(CONTEXT) as unit:
            await a_case(unit, SPOKEN)
            assert (await unit.case_rows.figures(EVERY)).acknowledged.whole is None
