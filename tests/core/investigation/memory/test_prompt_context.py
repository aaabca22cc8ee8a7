"""Lines that a reasoner reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import AskedCheck, InvestigationState, Solution, SolutionState
from core.cases.model import (
    Cause,
    Check,
    Citation,
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    Prediction,
    PredictionOutcome,
    Trust,
    WorkingConclusion,
)
from core.evidence.model import DataType, Level, Locus
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.memory import prompt_context
from core.investigation.memory.messages import estimate
from core.text.redacted import redacted
from tests.core.investigation.sample_situations import (
    REDACTOR,
    T0,
    LogLines,
    a_log,
    a_situation,
    an_alert,
    recorded,
)

if TYPE_CHECKING:
    from pathlib import Path

    from core.investigation.decision import Situation


def cites(text: str, line: int = 1, *, resolves: bool = True) -> Citation:
    locus = Locus(file="db.log", line_start=line, line_end=line)
    why = redacted("seen")
    return Citation(text=redacted(text), locus=locus, weight=1, why=why, resolves=resolves)


def believed(number: int, *supporting: Citation, **more: object) -> Hypothesis:
    hypothesis = Hypothesis(
        number=number,
        cause=Cause(service="db", signal="s", fault=f"fault_{number}"),
        statement=redacted(f"cause {number}"),
        state=HypothesisState.TESTING,
        confidence=0.5,
        rank=number,
        supporting=supporting,
    )
    return replace(hypothesis, **more)  # type: ignore[arg-type]


def beliefs(*hypotheses: Hypothesis, investigation: InvestigationState | None = None) -> list[str]:
    case = replace(
        a_situation(), hypotheses=hypotheses, investigation=investigation or InvestigationState()
    )
    return [line.text for line in prompt_context.beliefs(case)]


def test_what_two_hypotheses_cite_is_told_once() -> None:
    assert beliefs(believed(1, cites("full")), believed(2, cites("full"), cites("slow", 2))) == [
        "1. cause 1, 50 %",
        "+ c1 db.log:1 full",
        "2. cause 2, 50 %",
        "+ c2 db.log:2 slow",
        "+ c1",
    ]


def test_lines_against_and_predictions_are_told() -> None:
    prediction = Prediction(
        text=redacted("memory grows"),
        kind=EvidenceKind.METRIC,
        outcome=PredictionOutcome.FAILED,
        citations=(cites("flat", 3),),
    )
    untested = replace(prediction, outcome=PredictionOutcome.UNTESTED)
    hypothesis = believed(1, contradicting=(cites("calm"),), predictions=(prediction, untested))
    assert beliefs(hypothesis) == [
        "1. cause 1, 50 %",
        "- c1 db.log:1 calm",
        "predicted, failed: memory grows",
        "- c2 db.log:3 flat",
    ]


def test_of_the_rejected_only_what_speaks_against_them() -> None:
    rejected = believed(
        1,
        cites("full"),
        state=HypothesisState.REJECTED,
        contradicting=(cites("empty", 2),),
    )
    assert beliefs(rejected) == ["1. cause 1, 50 %, rejected", "- c1 db.log:2 empty"]


def test_what_does_not_resolve_is_not_told() -> None:
    assert beliefs(believed(1, cites("made up", resolves=False))) == ["1. cause 1, 50 %"]


def test_a_long_line_is_cut() -> None:
    assert max(map(len, beliefs(believed(1, cites("x" * 9000))))) < 300


def test_the_conclusion_comes_first() -> None:
    conclusion = WorkingConclusion(
        conclusion=redacted("the pool, probably"),
        confidence=Trust.MEDIUM,
        supporting=(cites("full"),),
        next_steps=(),
        updated_at=T0,
    )
    assert beliefs(investigation=InvestigationState(conclusion=conclusion)) == [
        "So far: the pool, probably",
        "+ c1 db.log:1 full",
    ]


def steps(investigation: InvestigationState) -> list[str]:
    return [
        line.text
        for line in prompt_context.steps(replace(a_situation(), investigation=investigation))
    ]


def test_checks_and_solutions_that_are_open_are_told() -> None:
    check = Check(
        name="c",
        ask=redacted("Run top"),
        command=None,
        kind=EvidenceKind.CHECK,
        gain=1,
        expectations=(),
    )
    solution = Solution(
        number=1,
        hypothesis=1,
        text=redacted("Raise the limit"),
        expects=redacted("calm"),
        state=SolutionState.CONFIRMED,
        proposed_at=T0,
    )
    open_check = AskedCheck(check=check, asked_at=T0)
    investigation = InvestigationState(
        checks=(open_check, replace(open_check, answered_by="file_1")),
        solutions=(solution, replace(solution, number=2, state=SolutionState.FAILED)),
    )
    assert steps(investigation) == [
        "Asked for: Run top",
        "Answered: Run top",
        "Solution 1: Raise the limit",
    ]


def test_of_many_alerts_the_newest_are_told() -> None:
    alerts = tuple(replace(an_alert("db", T0), name=f"Alert{nth}") for nth in range(9))
    lines = list(prompt_context.alerts(_alerted(*alerts), redactor=REDACTOR))
    assert len(lines) == 6
    assert lines[-1].text == "and 4 alerts before"


def _alerted(*alerts: object) -> Situation:
    return replace(a_situation(), occurrences=alerts)  # type: ignore[arg-type]


def handed(case: Situation, *, room: int = 4_000) -> list[str]:
    lines = prompt_context.evidence(ServiceHealth(case), suffered=None, room=room)
    return [line.text.text for line in lines]


def test_what_is_new_is_handed_over_whatever_a_rule_makes_of_it() -> None:
    new = LogLines(text="waiting for lock visit:seq", at=600, level=Level.INFO)
    old = LogLines(text="request served", at=0, lasting=900, level=Level.INFO)
    lines = handed(a_situation(a_log("orders", new, old), alert="orders"))
    assert lines == ["orders, 40 times since 09:10:00 UTC: waiting for lock visit:seq"]


def test_what_a_command_printed_is_handed_over_line_by_line(tmp_path: Path) -> None:
    printed = tmp_path / "df.txt"
    printed.write_text("$ df -h /srv\nFilesystem Size Used Avail\n\ntmpfs 40M 40M 0 100% /srv\n")
    read = recorded(printed, None)
    text = tuple(replace(file, data_type=DataType.TEXT) for file in read.files)
    case = replace(read, files=text)
    lines = prompt_context.evidence(ServiceHealth(case), suffered=None, room=4_000)
    places = {line.text.text: line.locus.label for line in lines if line.locus}
    assert places["tmpfs 40M 40M 0 100% /srv"] == "df.txt:4"
    assert "Filesystem Size Used Avail" in places


def test_a_small_file_of_settings_is_handed_over_as_well(tmp_path: Path) -> None:
    crontab = tmp_path / "crontab.txt"
    crontab.write_text("# m h dom mon dow command\n*/1 * * * * /srv/bin/archive.sh\n")
    read = recorded(crontab, None)
    settings = tuple(replace(file, data_type=DataType.CONFIG) for file in read.files)
    health = ServiceHealth(replace(read, files=settings))
    lines = prompt_context.evidence(health, suffered=None, room=4_000)
    assert "*/1 * * * * /srv/bin/archive.sh" in [line.text.text for line in lines]


def test_of_a_trace_what_was_raised_is_handed_over(tmp_path: Path) -> None:
    log, frames = (
        tmp_path / "menu.log",
        '  File "/srv/menu.py", line 9, in get\n    raise Bad(key)\n',
    )
    log.write_text(
        "2026-03-02 09:00:00,000 INFO menu: started\n"
        "2026-03-02 09:10:00,000 ERROR menu: Exception on /search [GET]\n"
        f"Traceback (most recent call last):\n{frames}cache.KeyError: Key has whitespace: b'a b'\n"
        "2026-03-02 09:10:01,000 INFO menu: GET /search 500\n"
    )
    lines = prompt_context.evidence(ServiceHealth(recorded(log, "menu")), suffered=None, room=4_000)
    assert any("cache.KeyError: Key has whitespace" in line.text.text for line in lines)


def test_services_take_turns_and_the_most_serious_line_goes_first() -> None:
    texts = [LogLines(text=f"warned of {word}", level=Level.WARNING) for word in ("ash", "oak")]
    loud = LogLines(text="payment refused")
    case = a_situation(a_log("orders", *texts, loud), a_log("cart", *texts), alert="cart")
    assert [line.split(",")[0] for line in handed(case)] == [
        "orders",
        "cart",
        "orders",
        "cart",
        "orders",
    ]
    assert "payment refused" in handed(case)[0]


def test_no_more_is_handed_over_than_there_is_room_for() -> None:
    texts = [LogLines(text=f"payment {'x' * 100} refused by {n}") for n in range(40)]
    case = a_situation(a_log("orders", *texts), alert="orders")
    lines = handed(case, room=500)
    assert 0 < sum(estimate(line) for line in lines) <= 500
