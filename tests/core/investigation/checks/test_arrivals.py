"""A file that arrives later answers the open check, and only what it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.investigation_state import AskedCheck, InvestigationState
from core.cases.investigation_state import asked as fold_asked
from core.cases.investigation_state import scored as fold_scored
from core.cases.model import PredictionOutcome
from core.investigation.verdict.asked_checks import (
    arrivals,
    arrived,
    ask_changes,
    asked,
    open_checks,
    read_output,
    scored,
    with_arrivals,
)
from tests.core.investigation.checks.test_outcomes import DISK, PRINTED
from tests.core.investigation.sample_situations import T0, LogLines, a_log, a_situation

if TYPE_CHECKING:
    from core.investigation.decision import Situation

SHOWS_IT = a_log("db", LogLines(text="/dev/vda1 100% /var", count=1))
SHOWS_NOTHING = a_log("db", LogLines(text="connection refused", count=1))
ASKED = InvestigationState(checks=(AskedCheck(check=DISK, asked_at=T0),))


def after(*logs: object, investigation: InvestigationState = ASKED) -> Situation:
    return replace(a_situation(*logs), investigation=investigation)  # type: ignore[arg-type]


def test_a_file_that_shows_it_answers() -> None:
    (arrival,) = arrivals(after(SHOWS_IT))
    assert arrival.file == SHOWS_IT[0].id
    assert arrival.seen.citation.locus == SHOWS_IT[1][0].locus


def test_a_file_that_shows_nothing_of_it_answers_nothing() -> None:
    assert not arrivals(after(SHOWS_NOTHING))


def test_what_was_there_before_it_was_asked_does_not_answer() -> None:
    later = InvestigationState(checks=(AskedCheck(check=DISK, asked_at=T0 + timedelta(minutes=1)),))
    assert not arrivals(after(SHOWS_IT, investigation=later))


def test_it_counts_in_the_turn_that_sees_it() -> None:
    counted = with_arrivals(after(SHOWS_IT))
    (check,) = counted.investigation.checks
    assert dict(check.scores)[1] is PredictionOutcome.HELD
    assert with_arrivals(counted) == counted
    assert with_arrivals(after(SHOWS_NOTHING)) == after(SHOWS_NOTHING)


def test_its_events_fold_into_the_same_course() -> None:
    situation = after(SHOWS_IT)
    (change,) = arrived(situation)
    assert change.kind is EventKind.CHECK_SCORED
    texts = {text.digest: text for text in change.texts}
    folded = fold_scored(ASKED, change.data, situation.at, "system", texts)
    assert folded == with_arrivals(situation).investigation


def test_what_is_asked_folds_into_an_open_check() -> None:
    change = asked(DISK)
    texts = {text.digest: text for text in change.texts}
    folded = fold_asked(InvestigationState(), change.data, T0, "system", texts)
    assert [check.check for check in open_checks(folded)] == [DISK]


def test_the_same_is_not_asked_twice_whatever_it_is_worth_now() -> None:
    assert ask_changes(InvestigationState(), [DISK])
    assert not ask_changes(ASKED, [replace(DISK, gain=0.1)])
    assert ask_changes(ASKED, [replace(DISK, name="db/disk_full/refute")])
    assert not ask_changes(ASKED, [])


def test_a_text_is_kept_by_its_digest_only() -> None:
    change = scored(DISK, read_output(DISK, PRINTED, file="r.txt"), answered_by="file_1")
    assert "100%" not in str(change.data)
    assert any("100%" in text.text for text in change.texts)
