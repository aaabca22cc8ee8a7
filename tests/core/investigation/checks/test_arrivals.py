"""Does a file that comes later answer what was asked, and only what it shows?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.hypotheses import Outcome
from core.cases.investigation_events import asked as fold_asked
from core.cases.investigation_events import scored as fold_scored
from core.cases.investigation_state import AskedCheck, Course
from core.investigation.checks.arrivals import arrivals, open_checks, with_arrivals
from core.investigation.checks.asking import arrived, ask_changes, asked, scored
from core.investigation.checks.outcomes import read_output
from tests.core.investigation.checks.test_outcomes import DISK, PRINTED
from tests.core.investigation.scenes import T0, Line, a_log, a_situation

if TYPE_CHECKING:
    from core.investigation.decision import Situation

SHOWS_IT = a_log("db", Line(text="/dev/vda1 100% /var", count=1))
SHOWS_NOTHING = a_log("db", Line(text="connection refused", count=1))
ASKED = Course(checks=(AskedCheck(check=DISK, asked_at=T0),))


def after(*logs: object, course: Course = ASKED) -> Situation:
    return replace(a_situation(*logs), course=course)  # type: ignore[arg-type]


def test_a_file_that_shows_it_answers() -> None:
    (one,) = arrivals(after(SHOWS_IT))
    assert one.file == SHOWS_IT[0].id
    assert one.seen.citation.locus == SHOWS_IT[1][0].locus


def test_a_file_that_shows_nothing_of_it_answers_nothing() -> None:
    assert not arrivals(after(SHOWS_NOTHING))


def test_what_was_there_before_it_was_asked_does_not_answer() -> None:
    later = Course(checks=(AskedCheck(check=DISK, asked_at=T0 + timedelta(minutes=1)),))
    assert not arrivals(after(SHOWS_IT, course=later))


def test_it_counts_in_the_turn_that_sees_it() -> None:
    counted = with_arrivals(after(SHOWS_IT))
    (one,) = counted.course.checks
    assert dict(one.scores)[1] is Outcome.HELD
    assert with_arrivals(counted) == counted
    assert with_arrivals(after(SHOWS_NOTHING)) == after(SHOWS_NOTHING)


def test_its_events_fold_into_the_same_course() -> None:
    situation = after(SHOWS_IT)
    (change,) = arrived(situation)
    assert change.kind is EventKind.CHECK_SCORED
    texts = {text.digest: text for text in change.texts}
    folded = fold_scored(ASKED, change.data, situation.at, "system", texts)
    assert folded == with_arrivals(situation).course


def test_what_is_asked_folds_into_an_open_check() -> None:
    change = asked(DISK)
    texts = {text.digest: text for text in change.texts}
    folded = fold_asked(Course(), change.data, T0, "system", texts)
    assert [one.check for one in open_checks(folded)] == [DISK]


def test_the_same_is_not_asked_twice_whatever_it_is_worth_now() -> None:
    assert ask_changes(Course(), [DISK])
    assert not ask_changes(ASKED, [replace(DISK, gain=0.1)])
    assert ask_changes(ASKED, [replace(DISK, name="db/disk_full/refute")])
    assert not ask_changes(ASKED, [])


def test_a_text_is_kept_by_its_digest_only() -> None:
    change = scored(DISK, read_output(DISK, PRINTED, file="r.txt"), answered_by="file_1")
    assert "100%" not in str(change.data)
    assert any("100%" in text.text for text in change.texts)
