"""What the engine's events fold into, and what is left of it when a file is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.cases.events import EventKind, seal
from core.cases.evidence_files import lines_of
from core.cases.investigation_state import (
    CHECK,
    CITATIONS,
    CONCLUSION,
    SOLUTION,
    SPENT,
    InvestigationState,
    SolutionState,
    Usage,
)
from core.cases.lifecycle import Change
from core.cases.model import (
    CaseState,
    Check,
    EvidenceKind,
    Expectation,
    PredictionOutcome,
    Trust,
    WorkingConclusion,
)
from core.cases.projection import cited, fold
from core.conversation.reports.case_history import history
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText, redacted
from tests.core.cases.test_events import opened, ranked
from tests.core.investigation.sample_views import a_citation, a_hypothesis, a_solution, minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.cases.events import CaseEvent
    from core.cases.projection import CaseView

GONE, KEPT = a_citation("gone.log"), a_citation("kept.log")
WHY = RedactedText.format("the fix of 1 did not help")
NAME = redacted("gone.log")
CHECKED = Check(
    name="db/pool/confirm",
    ask=RedactedText.format("look at the pool"),
    command=RedactedText.format("show pool"),
    kind=EvidenceKind.CHECK,
    gain=0.5,
    expectations=(
        Expectation(
            hypothesis=1, says=RedactedText.format("it is full"), pattern="full", likely=0.9
        ),
    ),
)


def spelt(kind: EventKind, key: str, shape: Any, value: Any, **data: Any) -> Change:
    texts: dict[str, RedactedText] = {}
    plain = shape.dump_python(value, mode="json", context={"texts": texts})
    return Change(kind=kind, data={key: plain, **data}, texts=list(texts.values()))


def concluded() -> Change:
    drawn = WorkingConclusion(
        conclusion=RedactedText.format("No root cause yet"),
        confidence=Trust.LOW,
        supporting=(GONE, KEPT),
        next_steps=(RedactedText.format("Bring a log"),),
        updated_at=minutes(1),
    )
    return spelt(EventKind.CONCLUDED, "conclusion", CONCLUSION, drawn)


def ended(weighed: str | None = None) -> Change:
    data: dict[str, Any] = {"spent": SPENT.dump_python(Usage(rounds=1, tokens=5), mode="json")}
    if weighed is not None:
        data["weighed"] = weighed
    return Change(kind=EventKind.TURN_ENDED, data=data)


def entered(phase: CaseState, hypothesis: int | None = None) -> Change:
    data = {"phase": phase, "why": WHY.digest, "hypothesis": hypothesis}
    return Change(kind=EventKind.PHASE_ENTERED, data=data, texts=[WHY])


PROPOSED = spelt(EventKind.SOLUTION_PROPOSED, "solution", SOLUTION, a_solution())
CONFIRMED = Change(kind=EventKind.SOLUTION_CONFIRMED, data={"number": 1})
SETTLED = spelt(
    EventKind.SOLUTION_SETTLED, "citations", CITATIONS, (GONE, KEPT), number=1, worked=False
)
ASKED = spelt(EventKind.CHECK_ASKED, "check", CHECK, CHECKED)
SCORED = spelt(
    EventKind.CHECK_SCORED,
    "citations",
    CITATIONS,
    (GONE,),
    name=CHECKED.name,
    answered_by="lee",
    scores=[[1, PredictionOutcome.HELD]],
)
ESCALATED = Change(kind=EventKind.ESCALATED, data={"why": WHY.digest}, texts=[WHY])
DELETED = Change(
    kind=EventKind.FILE_DELETED,
    data={"file_id": "file_1", "number": 1, "name": NAME.digest},
    texts=[NAME],
)
RANKED = ranked(a_hypothesis(supporting=(GONE, KEPT)))


def log_of(*changes: Change) -> tuple[list[CaseEvent], dict[str, RedactedText]]:
    """One event a minute, by dana."""
    events: list[CaseEvent] = []
    texts: dict[str, RedactedText] = {}
    for place, change in enumerate([opened(), *changes], start=1):
        previous = events[-1].hash if events else ""
        events.append(
            seal(
                "case_1",
                place,
                change.kind,
                at=minutes(place),
                actor="dana",
                data=change.data,
                previous=previous,
            )
        )
        texts |= {text.digest: text for text in change.texts}
    return events, texts


def view_of(*changes: Change) -> CaseView:
    return fold(*log_of(*changes))


def told(*changes: Change) -> list[str]:
    events, texts = log_of(*changes)
    lines: Iterable[Any] = history(events, texts, (), redactor=Redactor(b"k" * 32))
    return [text.text for _, text in lines]


class TestFolding:
    def test_phases_are_entered_by_whatever_changes_the_state(self) -> None:
        investigation = view_of(RANKED, entered(CaseState.ANALYZING, 1)).investigation
        assert [(entry.phase, entry.hypothesis) for entry in investigation.phases] == [
            (CaseState.DIAGNOSING, None),
            (CaseState.ANALYZING, 1),
        ]
        assert investigation.phases[-1].why == WHY

    def test_only_turns_that_weighed_new_evidence_are_iterations(self) -> None:
        investigation = view_of(RANKED, ended("a"), ended(), ended("b")).investigation
        assert (investigation.iterations, investigation.weighed) == (2, "b")
        assert investigation.spent == Usage(rounds=3, tokens=15)

    def test_a_new_phase_counts_from_the_start(self) -> None:
        investigation = view_of(
            RANKED, ended("a"), entered(CaseState.ANALYZING), ended("b")
        ).investigation
        assert investigation.iterations == 1

    def test_a_fix_goes_from_proposed_to_settled(self) -> None:
        (solution,) = view_of(PROPOSED, CONFIRMED, SETTLED).investigation.solutions
        assert solution.state is SolutionState.FAILED
        assert (solution.confirmed_by, solution.confirmed_at) == ("dana", minutes(3))
        assert (solution.settled_at, solution.citations) == (minutes(4), (GONE, KEPT))

    def test_a_check_is_asked_and_scored(self) -> None:
        (check,) = view_of(ASKED, SCORED).investigation.checks
        assert (check.answered_by, check.scores) == ("lee", ((1, PredictionOutcome.HELD),))

    def test_a_case_from_before_the_engine_has_an_empty_course(self) -> None:
        assert view_of().investigation == InvestigationState()


class TestDeletedFiles:
    @pytest.mark.parametrize(
        "changes",
        [(RANKED,), (concluded(),), (ASKED, SCORED), (PROPOSED, CONFIRMED, SETTLED)],
        ids=["ranked", "concluded", "scored", "settled"],
    )
    def test_nothing_cites_it_any_more(self, changes: tuple[Change, ...]) -> None:
        assert GONE in list(cited(view_of(*changes)))
        after = list(cited(view_of(*changes, DELETED)))
        assert GONE not in after
        assert KEPT in after or changes == (ASKED, SCORED)

    @pytest.mark.parametrize("change", [RANKED, concluded(), SCORED, SETTLED])
    def test_every_event_that_quotes_it_is_known_to(self, change: Change) -> None:
        events, texts = log_of(change)
        assert GONE in list(lines_of(events[-1], texts))


class TestHistory:
    def test_each_step_reads_as_what_happened(self) -> None:
        lines = told(RANKED, ASKED, SCORED, PROPOSED, CONFIRMED, SETTLED, ESCALATED)
        assert lines[2:] == [
            "Asked for: look at the pool",
            "dana answered look at the pool: for 1. Pool exhausted 1",
            "Fix proposed: set the pool to 40",
            "dana made the fix: set the pool to 40",
            "The fix did not help: set the pool to 40",
            "FaultMaven cannot go on alone: the fix of 1 did not help",
        ]

    def test_phases_read_as_what_they_mean(self) -> None:
        lines = told(entered(CaseState.ANALYZING), entered(CaseState.DIAGNOSING))
        assert lines[1:] == [
            "Root cause named: the fix of 1 did not help",
            "Looking for the cause again: the fix of 1 did not help",
        ]

    def test_what_a_turn_took_and_believes_is_no_news_of_the_case(self) -> None:
        assert len(told(concluded(), ended("a"))) == 1

    def test_a_check_that_is_asked_again_is_told_once(self) -> None:
        assert len(told(ASKED, ASKED)) == 2
