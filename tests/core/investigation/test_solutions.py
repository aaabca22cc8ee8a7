"""A fix is proposed by the engine, done by people, and judged by what comes after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.cases.investigation_state import InvestigationState, SolutionState
from core.cases.lifecycle import confirm_solution
from core.cases.model import CaseState, EvidenceKind
from core.errors import NotAllowedNow, NotFound
from core.evidence.signatures import signatures
from core.investigation.phases import propose, settle
from tests.core.investigation.sample_situations import (
    LogLines,
    a_file,
    a_log,
    a_situation,
    an_alert,
)
from tests.core.investigation.sample_views import (
    a_citation,
    a_hypothesis,
    a_solution,
    a_view,
    entries,
    minutes,
    nothing,
)
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from core.alerts.model import Occurrence
    from core.cases.investigation_state import Solution
    from core.cases.projection import CaseView
    from core.investigation.decision import Situation

HOLD = timedelta(minutes=10)
CONFIRMED, VALIDATED, FAILED = (
    SolutionState.CONFIRMED,
    SolutionState.VALIDATED,
    SolutionState.FAILED,
)
POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"


def with_fix(state: SolutionState = CONFIRMED, *, quiet_at: float | None = None) -> CaseView:
    """The fix was made at minute 30; nothing fires since `quiet_at`."""
    view = a_view(
        CaseState.ANALYZING,
        InvestigationState(phases=entries(CaseState.ANALYZING), solutions=(a_solution(state),)),
        firing=0 if quiet_at is not None else 1,
        quiet_since=minutes(quiet_at) if quiet_at is not None else None,
    )
    return replace(view, hypotheses=(a_hypothesis(),))


def fired(*starts: float, ended: float | None = None) -> tuple[Occurrence, ...]:
    ends = minutes(ended) if ended is not None else None
    return tuple(replace(an_alert("db", minutes(start)), ended_at=ends) for start in starts)


def seen(at: float, *, alerts: tuple[Occurrence, ...] = (), log: float | None = None) -> Situation:
    """log: the minute of the last line that tells of the fault, of a log of an hour."""
    situation = nothing(minutes(at))
    if log is not None:
        log_file = a_log("db", LogLines(text=POOL, at=log * 60, lasting=0), minutes=60)
        situation = replace(a_situation(log_file), at=minutes(at))
    return replace(situation, occurrences=alerts)


def states(solved: tuple[Solution, ...]) -> list[SolutionState]:
    return [solution.state for solution in solved]


class TestProposing:
    def test_a_change_that_came_before_is_to_be_undone(self) -> None:
        changed = a_hypothesis(supporting=(a_citation(kind=EvidenceKind.CHANGE),))
        proposed = propose(changed, InvestigationState(), at=minutes(1))
        assert proposed is not None
        assert proposed.text.text.startswith("take back: line 7 of db.log; else ")
        assert (proposed.number, proposed.hypothesis) == (1, 1)

    def test_the_trigger_is_undone_before_a_change_that_weighs_more(self) -> None:
        deploy = a_citation("deploys.log", 3, weight=0.4, kind=EvidenceKind.CHANGE)
        setting = a_citation(weight=0.9, kind=EvidenceKind.CHANGE)
        changed = a_hypothesis(supporting=(setting, deploy))
        proposed = propose(changed, InvestigationState(), at=minutes(1), trigger=deploy)
        assert proposed is not None
        assert proposed.text.text.startswith("take back: line 3 of deploys.log; ")

    def test_it_says_what_is_to_be_mended(self) -> None:
        proposed = propose(a_hypothesis(), InvestigationState(), at=minutes(1))
        assert proposed is not None
        mend = signatures()["connection_pool_exhausted"].mend.text
        assert proposed.text.text == mend

    def test_once_for_each_cause(self) -> None:
        investigation = InvestigationState(solutions=(a_solution(FAILED),))
        assert propose(a_hypothesis(), investigation, at=minutes(1)) is None
        other = propose(a_hypothesis(2), investigation, at=minutes(1))
        assert other is not None
        assert other.number == 2


class TestSettling:
    def test_what_nobody_has_done_is_not_judged(self) -> None:
        view = with_fix(SolutionState.PROPOSED, quiet_at=31)
        assert settle(view, seen(90), hold=HOLD) == ()

    def test_quiet_that_lasts_shows_that_it_helped(self) -> None:
        view, ended = with_fix(quiet_at=32), fired(10, ended=32)
        assert settle(view, seen(40, alerts=ended), hold=HOLD) == ()
        (solution,) = settle(view, seen(42, alerts=ended), hold=HOLD)
        assert (solution.state, solution.settled_at) == (VALIDATED, minutes(42))
        assert [line.kind for line in solution.citations] == [EvidenceKind.ALERT]

    def test_quiet_from_before_the_fix_needs_as_long_after_it(self) -> None:
        view, ended = with_fix(quiet_at=5), fired(1, ended=5)
        assert settle(view, seen(39, alerts=ended), hold=HOLD) == ()
        assert states(settle(view, seen(40, alerts=ended), hold=HOLD)) == [VALIDATED]

    def test_while_it_still_fires_nothing_is_decided(self) -> None:
        assert settle(with_fix(), seen(90, alerts=fired(10)), hold=HOLD) == ()

    def test_the_alert_that_fires_again_shows_that_it_did_not_help(self) -> None:
        (solution,) = settle(with_fix(), seen(36, alerts=fired(10, 35)), hold=HOLD)
        assert solution.state is FAILED
        assert solution.citations[0].text.text == "the alert of db fires again"

    def test_an_alert_that_never_fired_before_says_nothing_of_it(self) -> None:
        new = replace(an_alert("mail", minutes(35)), fingerprint="other")
        assert settle(with_fix(), seen(36, alerts=(*fired(10), new)), hold=HOLD) == ()

    def test_lines_of_the_fault_after_the_fix_show_that_it_did_not_help(self) -> None:
        (solution,) = settle(with_fix(quiet_at=32), seen(61, log=50), hold=HOLD)
        assert solution.state is FAILED
        assert solution.citations[0].locus is not None

    def test_lines_from_before_it_took_effect_do_not(self) -> None:
        assert states(settle(with_fix(quiet_at=32), seen(61, log=31), hold=HOLD)) == [VALIDATED]

    def test_without_alerts_a_log_that_tells_of_the_time_after_shows_it(self) -> None:
        view = with_fix(quiet_at=None)
        view = replace(view, case=replace(view.case, firing=0))
        assert settle(view, seen(61), hold=HOLD) == ()
        (solution,) = settle(view, seen(61, log=29), hold=HOLD)
        assert solution.state is VALIDATED
        assert [line.locus.file for line in solution.citations if line.locus] == ["db.log"]

    def test_a_log_of_another_service_does_not(self) -> None:
        view = with_fix(quiet_at=None)
        view = replace(view, case=replace(view.case, firing=0))
        other = a_file("web.log", "web", first=minutes(0), last=minutes(60), lines=9)
        assert settle(view, replace(seen(61), files=(other,)), hold=HOLD) == ()

    def test_what_helped_may_fail_later_and_is_not_praised_twice(self) -> None:
        view = with_fix(VALIDATED, quiet_at=32)
        assert settle(view, seen(90, alerts=fired(10, ended=32)), hold=HOLD) == ()
        again = settle(view, seen(90, alerts=fired(10, 80)), hold=HOLD)
        assert states(again) == [FAILED]


@pytest.fixture
async def house(tmp_path: Path) -> House:
    """A case whose cause a person has confirmed."""
    house = in_memory(tmp_path)
    await house.say("open checkout is slow")
    await house.say(f"evidence {POOL_LOG}")
    await house.work()
    house.clock.advance(3600)  # past what the log tells of
    await house.say("confirm 1")
    await house.work()
    return house


async def view_of(house: House) -> CaseView:
    async with house.services.reading() as unit:
        return await unit.cases.view((await unit.cases.by_number(1)).id)


async def confirm(house: House, number: int) -> None:
    async with house.services.unit() as unit:
        view = await unit.cases.view((await view_of(house)).case.id, lock=True)
        await confirm_solution(unit, view, number, by="dana")


def pool_log(hour: int, lines: int) -> str:
    """Of ten minutes on another day than POOL_LOG, the fault in the last of them."""
    well = [f"2026-01-02 {hour:02}:0{n}:05,000 INFO db: checkpoint done" for n in range(10)]
    bad = [f"2026-01-02 {hour:02}:09:{n:02},000 ERROR db: {POOL}" for n in range(lines)]
    return "\n".join([*well, *bad])


class TestItsLife:
    async def test_it_is_proposed_where_a_cause_is_confirmed(self, house: House) -> None:
        view = await view_of(house)
        (proposed,) = view.investigation.solutions
        assert (proposed.state, view.case.state) == (
            SolutionState.PROPOSED,
            CaseState.ANALYZING,
        )

    async def test_a_file_from_after_it_without_the_fault_resolves_the_case(
        self, house: House
    ) -> None:
        await confirm(house, 1)
        house.clock.advance(36 * 3600)
        await house.say(f"evidence {pool_log(9, 0)}")
        await house.work()
        view = await view_of(house)
        assert states(view.investigation.solutions) == [VALIDATED]
        assert view.case.state is CaseState.RESOLVED
        assert view.case.solution == view.investigation.solutions[0].text

    async def test_a_file_from_after_it_with_the_fault_leads_back(self, house: House) -> None:
        await confirm(house, 1)
        house.clock.advance(36 * 3600)
        await house.say(f"evidence {pool_log(9, 8)}")
        await house.work()
        view = await view_of(house)
        assert states(view.investigation.solutions) == [FAILED]
        assert view.case.state is CaseState.DIAGNOSING
        assert view.investigation.phases[-1].why.text == "the fix of 1 did not help"

    async def test_it_is_done_once_and_only_where_it_is_known(self, house: House) -> None:
        with pytest.raises(NotFound):
            await confirm(house, 2)
        await confirm(house, 1)
        with pytest.raises(NotAllowedNow, match="confirmed already"):
            await confirm(house, 1)

    async def test_a_deleted_file_is_quoted_nowhere_in_its_course(self, house: House) -> None:
        await confirm(house, 1)
        house.clock.advance(36 * 3600)
        log = pool_log(9, 8).replace("size 5", "size 77")
        await house.say(f"evidence {log}")
        await house.work()
        (failed,) = (await view_of(house)).investigation.solutions
        assert "size 77" in failed.citations[0].text.text
        await house.say("evidence delete e2")
        view = await view_of(house)
        assert view.investigation.solutions[0].citations == ()
        async with house.services.reading() as unit:
            texts = await unit.cases.texts(view.case.id)
            events = await unit.cases.events(view.case.id)
        assert EventKind.SOLUTION_SETTLED in [event.kind for event in events]
        assert not any("size 77" in text.text for text in texts.values())
