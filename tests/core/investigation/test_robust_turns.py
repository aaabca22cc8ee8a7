"""A part of a turn that breaks fails alone, and no evidence breaks a turn."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.cases.investigation_state import Defect, TurnPart
from core.errors import StoreUnavailable
from core.investigation import reasoner
from core.investigation.causes import scores, suspects
from core.investigation.decision import Verdict
from core.investigation.isolation import Isolation
from core.investigation.reasoner import decide
from core.investigation.verdict import next_checks
from core.investigation.verdict.citations import CitableEvidence
from core.text.redacted import redacted
from tests.core.investigation.sample_situations import (
    INCIDENTS,
    POSITIVES,
    SAMPLES,
    T0,
    LogLines,
    a_log,
    a_situation,
    an_alert,
    incident,
    recorded,
    sample_id,
    together,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.investigation.decision import Decision, Situation

RECORDINGS = [
    *INCIDENTS,
    *(
        Path(__file__).parents[2] / "recordings" / name
        for name in ("bike-rides", "cinema-seats", "library-loans", "meter-quotes")
    ),
]
REFUSED = "dial tcp 10.2.0.7:5432: connect: connection refused"
DISK = 'PANIC:  could not write to file "pg_wal/xlogtemp.12": No space left on device'
POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
SECRET = "AKIAIOSFODNN7EXAMPLE"  # noqa: S105 - the text of an error, which nobody may read


def two_faults() -> Situation:
    return a_situation(
        a_log("checkout", LogLines(text=POOL), LogLines(text=REFUSED)),
        a_log("db", LogLines(text=DISK, at=590)),
        alert="checkout",
    )


def broken_for(whole: Callable[..., object], *words: str) -> Callable[..., object]:
    """The same function, with a bug for arguments in which these words are."""

    def broken(*given: object, **named: object) -> object:
        if all(word in repr(given[:1]) for word in words):
            raise KeyError(SECRET)
        return whole(*given, **named)

    return broken


def shares(decision: Decision) -> float:
    return decision.something_else + math.fsum(
        hypothesis.confidence for hypothesis in decision.hypotheses
    )


def faults(decision: Decision) -> set[str]:
    return {hypothesis.cause.fault for hypothesis in decision.hypotheses}


SEAMS = [
    (scores, "_score_candidate", TurnPart.CAUSE),
    (scores, "_compare", TurnPart.CAUSE),
    (reasoner, "predict", TurnPart.PREDICTION),
    (next_checks, "_checks_of", TurnPart.CHECK),
]


@pytest.mark.parametrize(
    ("module", "name", "part"), SEAMS, ids=lambda response: str(response)[-12:]
)
def test_what_breaks_for_one_cause_falls_out_alone(
    module: object, name: str, part: TurnPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, broken_for(getattr(module, name), "fault='disk_full'"))
    decision = decide(two_faults())
    assert {defect.part for defect in decision.defects} == {part}
    assert len(decision.defects) == 1
    assert "connection_pool_exhausted" in faults(decision)
    assert shares(decision) == pytest.approx(1.0)
    assert ("disk_full" in faults(decision)) == (part in (TurnPart.PREDICTION, TurnPart.CHECK))


def test_a_hypothesis_that_cannot_be_formed_falls_out_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = CitableEvidence.resolved

    def resolved(evidence: CitableEvidence, reference: object) -> object:
        return broken_for(lambda it: whole(evidence, it), "fault='disk_full'")(reference)

    monkeypatch.setattr(CitableEvidence, "resolved", resolved)
    decision = decide(two_faults())
    assert [defect.part for defect in decision.defects] == [TurnPart.HYPOTHESIS]
    assert "connection_pool_exhausted" in faults(decision)
    assert "disk_full" not in faults(decision)
    assert shares(decision) == pytest.approx(1.0)


def test_a_service_whose_measurements_break_falls_out_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timeout, failed = LogLines(text="upstream timeout: ReadTimeout"), LogLines(text="POST /pay 504")
    situation = a_situation(a_log("checkout", timeout, failed), alert="checkout")
    monkeypatch.setattr(suspects, "_suspect", broken_for(suspects._suspect, "checkout"))
    decision = decide(situation)
    assert faults(decision) == {"connection_timeout"}
    assert [defect.name.text for defect in decision.defects] == ["what was measured of checkout"]


@pytest.mark.parametrize("seam", ["judge", "missing_evidence", "next_checks", "next_question"])
def test_without_advice_or_verdict_the_hypotheses_stand(
    seam: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = decide(two_faults())
    monkeypatch.setattr(reasoner, seam, broken_for(getattr(reasoner, seam)))
    decision = decide(two_faults())
    assert decision.hypotheses == sound.hypotheses
    assert len(decision.defects) == 1
    assert decision.verdict is Verdict.NO_ROOT_CAUSE_YET


def test_a_file_whose_findings_break_the_ranking_falls_out_alone() -> None:
    sound = two_faults()
    bad = a_log("search", LogLines(text=REFUSED))
    broken = (bad[0], tuple(replace(finding, text=None) for finding in bad[1]))  # type: ignore[arg-type]
    situation = together(sound, a_situation(broken))
    decision = decide(situation)
    assert [(defect.part, defect.name.text) for defect in decision.defects] == [
        (TurnPart.FILE, f"{bad[0].tag.text} search.log")
    ]
    assert decision.hypotheses == decide(sound).hypotheses


def test_where_nothing_can_be_ranked_what_was_believed_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = decide(two_faults()).hypotheses
    monkeypatch.setattr("core.investigation.survey.rank_causes", broken_for(decide))
    decision = decide(replace(two_faults(), hypotheses=known))
    assert decision.verdict is Verdict.NO_ROOT_CAUSE_YET
    assert decision.hypotheses == known
    assert shares(decision) == pytest.approx(1.0)
    assert [defect.part for defect in decision.defects] == [TurnPart.RANKING]


def test_a_defect_names_type_and_place_of_an_error_never_its_text() -> None:
    isolation = Isolation()
    isolation.attempt(TurnPart.CHECK, redacted("a check"), broken_for(decide), otherwise=None)
    (defect,) = isolation.defects
    assert defect.problem.text.startswith("KeyError at test_robust_turns.py:")


def test_a_service_that_does_not_answer_is_no_defect() -> None:
    isolation = Isolation()
    with (
        pytest.raises(StoreUnavailable),
        isolation.guard(TurnPart.CHECK, redacted("the check of hypothesis 2")),
    ):
        raise StoreUnavailable("the database is away")
    assert isolation.defects == []


def no_defects(situation: Situation) -> tuple[Defect, ...]:
    """Asserts what is true of every turn."""
    decision = decide(situation)
    assert shares(decision) == pytest.approx(1.0)
    assert all(0 <= hypothesis.confidence <= 1 for hypothesis in decision.hypotheses)
    again = decide(replace(situation, hypotheses=decision.hypotheses))
    assert shares(again) == pytest.approx(1.0)
    return (*decision.defects, *again.defects)


@st.composite
def part_of(draw: st.DrawFn, whole: Situation) -> Situation:
    """Some of its files in any order, one of them twice, each with some of its findings."""
    files = draw(st.permutations(whole.files).map(lambda every: every[: 1 + len(every) // 2]))
    findings = {}
    for file in files:
        of_file = whole.findings[file.id]
        first = draw(st.integers(0, len(of_file)))
        findings[file.id] = of_file[first:] if draw(st.booleans()) else of_file[:first]
    twin = replace(files[0], id="twin", number=99)
    return replace(
        whole,
        files=(*files, twin),
        findings={**findings, twin.id: whole.findings[files[0].id]},
        occurrences=whole.occurrences if draw(st.booleans()) else (),
        calls=tuple(draw(st.permutations(whole.calls)))[: draw(st.integers(0, len(whole.calls)))],
    )


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_part_of_a_recorded_incident_breaks_a_turn(folder: Path, data: st.DataObject) -> None:
    assert no_defects(data.draw(part_of(incident(folder)))) == ()


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_no_recorded_incident_breaks_a_turn(folder: Path) -> None:
    assert no_defects(incident(folder)) == ()


@settings(max_examples=40, deadline=None)
@given(
    logs=st.lists(st.sampled_from(sorted(SAMPLES.glob("*/*.log"))), min_size=1, max_size=4),
    service=st.sampled_from(["app", "db", None]),
    alerted=st.booleans(),
)
def test_no_mixture_of_recorded_logs_breaks_a_turn(
    logs: list[Path], service: str | None, *, alerted: bool
) -> None:
    """Also where all are of the same service, which then shows many faults at once."""
    situation = together(*(recorded(path, service) for path in logs))
    occurrences = (an_alert(service or "app", T0),) if alerted else ()
    assert no_defects(replace(situation, occurrences=occurrences)) == ()


@pytest.mark.parametrize("path", POSITIVES, ids=sample_id)
def test_no_recorded_failure_of_what_the_alert_is_about_breaks_a_turn(path: Path) -> None:
    situation = recorded(path, "app")
    first = situation.files[0].first or T0
    assert no_defects(replace(situation, occurrences=(an_alert("app", first),))) == ()


def test_the_recordings_are_all_there() -> None:
    truth = Path(__file__).parents[2] / "recordings/truth"
    names = {path.stem for path in truth.glob("*.json")}
    assert names == {folder.name for folder in RECORDINGS}
    assert all(json.loads((truth / f"{name}.json").read_text()) for name in names)
