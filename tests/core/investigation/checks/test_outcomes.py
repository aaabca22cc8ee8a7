"""A result counts for the rival that predicted it, and against the one that did not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.investigation_state import AskedCheck, InvestigationState
from core.cases.model import Check, EvidenceKind, Expectation, PredictionOutcome
from core.evidence.signatures import signatures
from core.investigation.verdict.asked_checks import (
    MOST,
    SOMETHING_ELSE,
    Seen,
    check_citations,
    check_predictions,
    found_something,
    read_output,
    scores_of,
    told,
)
from core.investigation.verdict.next_checks import next_checks
from core.text.redacted import ERASED, RedactedText, redacted
from tests.core.investigation.checks.test_next_checks import NOTHING, a_rival
from tests.core.investigation.sample_situations import T0

FULL, ROOM = RedactedText.format("a disk at 100 %"), RedactedText.format("room on every disk")
NOT_THAT = RedactedText.format("none of that")


def _expect(number: int, says: RedactedText, pattern: str, likely: float) -> Expectation:
    return Expectation(hypothesis=number, says=says, pattern=pattern, likely=likely)


DISK = Check(
    name="db/disk_full/confirm",
    ask=RedactedText.format("look at the disk"),
    command=RedactedText.format("df -h"),
    kind=EvidenceKind.CHECK,
    gain=0.4,
    expectations=(
        _expect(1, FULL, r"\b100%", 0.85),
        _expect(2, ROOM, r"\b100%", 0.1),
        _expect(SOMETHING_ELSE, ROOM, r"\b100%", 0.1),
        _expect(1, NOT_THAT, r"\b[1-8]\d?%", 0.05),
        _expect(2, ROOM, r"\b[1-8]\d?%", 0.6),
        _expect(SOMETHING_ELSE, ROOM, r"\b[1-8]\d?%", 0.6),
    ),
)
PRINTED = redacted("Filesystem Use%\n/dev/vda1 100% /var\n/dev/vda2 12% /home")
HEALTHY = redacted("Filesystem Use%\n/dev/vda1 44% /var")


def course_after(seen: Seen, check: Check = DISK) -> InvestigationState:
    return InvestigationState(
        checks=(
            AskedCheck(
                check=check,
                asked_at=T0,
                answered_by="file_1",
                answered_at=T0,
                scores=scores_of(check, seen),
                citations=(seen.citation,),
            ),
        )
    )


def test_what_was_predicted_is_seen() -> None:
    seen = read_output(DISK, PRINTED, file="result.txt")
    assert seen.citation.text.text == "/dev/vda1 100% /var"
    assert seen.citation.locus is not None
    assert seen.citation.locus.label == "result.txt:2"
    assert scores_of(DISK, seen) == ((1, PredictionOutcome.HELD), (2, PredictionOutcome.FAILED))


def test_its_opposite_is_seen() -> None:
    seen = read_output(DISK, HEALTHY, file="result.txt")
    assert seen.citation.text.text == "/dev/vda1 44% /var"
    assert dict(scores_of(DISK, seen))[1] is PredictionOutcome.FAILED


def test_nothing_of_it_is_seen() -> None:
    seen = read_output(DISK, redacted("df: command not found"), file="result.txt")
    assert not found_something(DISK, seen)
    assert dict(scores_of(DISK, seen))[2] is PredictionOutcome.UNTESTED


@pytest.mark.parametrize(
    ("shown", "outcome"), [(True, PredictionOutcome.HELD), (False, PredictionOutcome.FAILED)]
)
def test_a_tap_says_it_too(shown: bool, outcome: PredictionOutcome) -> None:  # noqa: FBT001
    seen = told(DISK, shown=shown, by=RedactedText.format("@dana"))
    assert dict(scores_of(DISK, seen))[1] is outcome
    assert seen.citation.locus is None
    assert "says @dana" in seen.citation.text.text


def test_an_outcome_is_a_ground_of_its_own_kind() -> None:
    investigation = course_after(read_output(DISK, PRINTED, file="result.txt"))
    (line,) = check_citations(investigation, 1)
    assert line.kind is EvidenceKind.CHECK
    assert line.weight == pytest.approx(2.14, abs=0.01)
    assert check_citations(investigation, 2) == ()  # no likelier than under something else
    assert check_citations(investigation, 7) == ()


def test_a_refuted_one_loses_more_than_a_missing_sight_costs() -> None:
    (refuted,) = check_citations(course_after(read_output(DISK, HEALTHY, file="r")), 1)
    (missing,) = check_citations(course_after(read_output(DISK, redacted("?"), file="r")), 1)
    assert -MOST <= refuted.weight < missing.weight < 0


def test_the_same_sight_weighs_once() -> None:
    investigation = course_after(read_output(DISK, PRINTED, file="result.txt"))
    twice = replace(investigation, checks=investigation.checks * 2)
    assert len(check_citations(twice, 1)) == 1


def test_an_unanswered_check_weighs_nothing() -> None:
    asked = InvestigationState(checks=(AskedCheck(check=DISK, asked_at=T0),))
    assert check_citations(asked, 1) == ()
    (prediction,) = check_predictions(asked, 1)
    assert prediction.outcome is PredictionOutcome.UNTESTED
    assert "a disk at 100 %" in prediction.text.text


def test_a_prediction_says_what_became_of_it() -> None:
    investigation = course_after(read_output(DISK, PRINTED, file="result.txt"))
    assert [prediction.outcome for prediction in check_predictions(investigation, 1)] == [
        PredictionOutcome.HELD
    ]
    assert [prediction.outcome for prediction in check_predictions(investigation, 2)] == [
        PredictionOutcome.FAILED
    ]


def test_an_erased_outcome_counts_for_nothing() -> None:
    seen = read_output(DISK, PRINTED, file="result.txt")
    erased = replace(seen, citation=replace(seen.citation, why=ERASED))
    assert check_citations(course_after(erased), 1) == ()


def test_what_a_known_failure_shows_is_scored_either_way() -> None:
    for fault in set(signatures()) - {"change"}:
        checks = next_checks(NOTHING, [a_rival(1, fault, "checkout", 0.5)], 0.5)
        (own,) = (check for check in checks if check.name.endswith(("/confirm", "/asked")))
        yes, no = (
            told(own, shown=shown, by=RedactedText.format("@dana")) for shown in (True, False)
        )
        assert dict(scores_of(own, yes))[1] is PredictionOutcome.HELD, fault
        assert dict(scores_of(own, no))[1] is PredictionOutcome.FAILED, fault


@given(st.text(max_size=300))
def test_anything_may_come_back(printed: str) -> None:
    seen = read_output(DISK, redacted(printed), file="result.txt")
    assert 0 <= seen.sight <= 2
    assert {number for number, _ in scores_of(DISK, seen)} == {1, 2}
