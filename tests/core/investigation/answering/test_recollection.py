"""Recollection finds what was said and tried about a question, and by whom."""

from __future__ import annotations

from datetime import timedelta

from core.cases.investigation_state import InvestigationState
from core.investigation.answering.answers import recollect
from core.investigation.memory.messages import CaseMessage
from core.investigation.verdict.asked_checks import read_output
from core.text.redacted import redacted
from tests.core.investigation.checks.test_outcomes import DISK, PRINTED, course_after
from tests.core.investigation.sample_situations import T0

TALK = tuple(
    CaseMessage(seq=nth, at=T0 + timedelta(minutes=nth), by=by, text=redacted(text))
    for nth, (by, text) in enumerate(
        (
            ("@dana", "the connection pool of checkout went from 40 to 10 this morning"),
            ("@kim", "lunch is at noon"),
            ("@kim", "I rolled the mailer back, no change in the queue"),
            ("@dana", "marketing asks when it is over"),
            ("system", "First error: 02:41:07 UTC, checkout."),
        ),
        start=1,
    )
)


def test_what_somebody_said_about_something() -> None:
    recall = recollect("what did dana say about the pool?", TALK, InvestigationState(), ())
    assert [message.seq for message in recall.messages] == [1]


def test_only_what_that_person_said() -> None:
    recall = recollect("what did kim say?", TALK, InvestigationState(), ())
    assert {message.by for message in recall.messages} == {"@kim"}


def test_what_was_tried_is_what_checks_came_to() -> None:
    investigation = course_after(read_output(DISK, PRINTED, file="r.txt"))
    recall = recollect("what was tried?", TALK, investigation, ())
    assert [text.text for text in recall.tried] == ["look at the disk: a disk at 100 %"]


def test_a_summary_is_the_newest_and_what_was_tried() -> None:
    recall = recollect("catch me up", TALK, InvestigationState(), ())
    assert [message.seq for message in recall.messages] == [1, 2, 3, 4, 5]


def test_nothing_comes_to_mind() -> None:
    assert not recollect("what did dana say about kafka?", (), InvestigationState(), ())


def test_who_said_nothing_is_not_quoted_by_others() -> None:
    assert not recollect(
        "what did lee say about the pool?", TALK, InvestigationState(), ()
    ).messages


def test_we_are_not_quoted_for_a_person_who_said_nothing_of_it() -> None:
    recall = recollect("what did dana say about the first error?", TALK, InvestigationState(), ())
    assert {message.by for message in recall.messages} <= {"@dana"}
