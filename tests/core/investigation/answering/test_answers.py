"""Answers say what the evidence says, with the lines they rest on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import FileState, Level
from core.investigation.answering.answers import answer_question
from core.investigation.answering.responses import is_known
from core.investigation.reasoner import decide
from core.text.redacted import redacted
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation, incident

if TYPE_CHECKING:
    from core.investigation.answering.responses import Response
    from core.investigation.decision import Situation

POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
DEPLOY = "deploying checkout 1.15.0 (commit 2f9c41d)"
SITUATION = a_situation(
    a_log(
        "checkout",
        LogLines(text=DEPLOY, at=560, lasting=0, count=1, level=Level.INFO),
        LogLines(text="unhandled error on GET /orders/7", at=599, count=90),
        LogLines(text=POOL, at=600, count=1204),
        LogLines(text="payments: Read timed out", at=640, lasting=250, count=30),
    ),
    alert="checkout",
)


def ask(question: str, situation: Situation = SITUATION) -> Response:
    return answer_question(redacted(question), situation, decide(situation))


def lines_of(answer: Response) -> list[str]:
    return [line.text.text for line in answer.citations]


def test_why() -> None:
    answer = ask("why?")
    assert "Connection pool exhausted at checkout" in answer.text.text
    assert "%" in answer.text.text
    assert POOL in lines_of(answer)


def test_why_a_certain_one() -> None:
    answer = ask("why the connection timeout?")
    assert "time out" in answer.text.text or "seen by" in answer.text.text
    assert "payments: Read timed out" in lines_of(answer)


def test_why_one_that_does_not_exist() -> None:
    """Never another one in its place, as if it had been asked for."""
    answer = ask("why 9?")
    assert answer.text.text.startswith("There is no hypothesis 9 here, only 1, ")
    assert not is_known(answer)
    assert not answer.citations


def test_what_no_hypothesis_names_may_be_what_lines_speak_of() -> None:
    refused = "org.postgresql.util.PSQLException: FATAL: too many connections"
    log = a_log("checkout", LogLines(text=POOL, at=600, count=90), LogLines(text=refused, at=601))
    situation = a_situation(log, alert="checkout")
    rivals = [cause.cause.fault for cause in decide(situation).hypotheses]
    assert not any(fault.startswith("database") for fault in rivals), rivals
    answer = ask("is it the database?", situation)
    assert "error lines speak of database, from checkout" in answer.text.text
    assert "Leading: 1." in answer.text.text
    assert refused in lines_of(answer)


@pytest.mark.parametrize(
    "question",
    [
        "why does checkout answer 500?",
        "why is checkout returning 500s?",
        "checkout is down, why?",
        "checkout is slow, why?",
    ],
)
def test_why_of_a_symptom_is_a_question_for_the_cause(question: str) -> None:
    assert ask(question).text.text.startswith("1. Connection pool exhausted at checkout")
    assert ask(question, a_situation(alert="checkout")).text.text.startswith("No hypothesis yet")


def test_nothing_is_offered_that_has_no_answer_yet() -> None:
    refused = ask("qwertz the flurb?", a_situation()).text.text
    assert refused.startswith("Not understood. What works here: ")
    assert not {"`why 1?`", "`what contradicts it?`", "`is it the database?`"} & set(
        refused.split(": ")[1].split(" · ")
    )


def test_where_a_file_is_still_being_read_that_is_said() -> None:
    file, _ = a_log("checkout")
    unread = replace(file, state=FileState.RECEIVED)
    answer = ask("what is the cause?", a_situation((unread, ())))
    assert answer.text.text == (
        f"No hypothesis yet: {unread.name.text} is still being read. I go on when it is."
    )
    assert not is_known(answer)


def test_what_contradicts_it() -> None:
    answer = ask("what contradicts the connection timeout?")
    assert answer.text.text.startswith("Against")
    assert answer.citations


def test_nothing_contradicts_it_says_how_it_would_be_refuted() -> None:
    answer = ask("what contradicts it?")
    assert answer.text.text.startswith("Nothing against ")


def test_what_changed() -> None:
    answer = ask("what changed?")
    assert lines_of(answer) == [DEPLOY]
    assert "09:09:20 UTC" in answer.text.text


def test_first_error() -> None:
    answer = ask("what was the first error?")
    assert "09:09:59 UTC" in answer.text.text
    assert lines_of(answer) == ["unhandled error on GET /orders/7"]


def test_how_often() -> None:
    answer = ask("how often?")
    assert answer.text.text.startswith("1,204 times")
    assert lines_of(answer) == [POOL]


def test_when() -> None:
    answer = ask("since when?")
    assert "09:10:00 UTC" in answer.text.text
    assert answer.citations


def test_what_next() -> None:
    assert "pool" in ask("what next?").text.text


def test_cause_lists_shares() -> None:
    answer = ask("what happened?")
    assert answer.text.text.startswith("1. Connection pool exhausted at checkout")
    assert "something else" in answer.text.text


def test_it_says_what_it_can_answer() -> None:
    answer = ask("which quantum flux is it that sings?")
    assert not is_known(answer)
    assert answer.text.text.startswith("Not understood. What works here: `")
    assert answer.text.text.count("`") == 6


@pytest.mark.parametrize(
    "question",
    ["why?", "what contradicts it", "what changed", "first error", "how often", "since when"],
)
def test_without_evidence_nothing_is_claimed(question: str) -> None:
    answer = ask(question, a_situation())
    assert not is_known(answer)
    assert answer.citations == ()


def test_a_misspelt_question_is_answered() -> None:
    assert ask("waht chnaged").text.text.startswith("Changes: ")


def test_a_time_that_is_not_understood_is_not_passed_over_in_silence() -> None:
    text = ask("what changed before 14:05 the day before yesterday").text.text
    assert text.startswith("Understood as: what changed. ")


def test_a_cause_may_be_named_by_a_word_of_it() -> None:
    assert "Is that the cause?" in ask("is it the pool?").text.text


RECORDINGS = Path(__file__).parents[3] / "recordings"
CULPRITS = {
    "cinema-seats": ("ticket-gateway: 19.7 % of requests fail since 17:53:58 UTC", "3.4.0"),
    "library-loans": ("desk-api: 18.3 % of requests fail since 17:54:11 UTC", "8.3.0"),
}


@pytest.mark.parametrize("name", CULPRITS)
@pytest.mark.parametrize(
    "question", ["who is affected?", "what is the impact", "who suffers", "blast radius?"]
)
def test_who_is_affected_since_when_and_how_much(name: str, question: str) -> None:
    answer = ask(question, incident(RECORDINGS / name))
    assert CULPRITS[name][0] in answer.text.text
    assert answer.citations


@pytest.mark.parametrize("name", CULPRITS)
@pytest.mark.parametrize(
    "question",
    [
        "did a deploy cause this?",
        "was it the deploy?",
        "what triggered it?",
        "is the release to blame",
        "was this because of a change?",
    ],
)
def test_whether_a_change_set_it_off(name: str, question: str) -> None:
    answer = ask(question, incident(RECORDINGS / name))
    assert "Probably: " in answer.text.text
    assert CULPRITS[name][1] in answer.text.text
    assert CULPRITS[name][1] in lines_of(answer)[0]


def test_a_release_that_fills_a_disk_minutes_later_is_named() -> None:
    answer = ask("did a deploy cause this?", incident(RECORDINGS / "parcel-scans"))
    assert "Probably: 08:16:50 UTC" in answer.text.text
    assert "label photo is kept" in answer.text.text


def test_without_a_change_before_it_none_is_blamed() -> None:
    whole = incident(RECORDINGS / "parcel-scans")
    files = tuple(file for file in whole.files if "deploys" not in file.name.text)
    answer = ask("did a deploy cause this?", replace(whole, files=files))
    assert "No change stands right before" in answer.text.text


def test_the_runbook_is_that_of_the_card_also_where_a_later_alert_names_none() -> None:
    (alert,) = SITUATION.occurrences
    runbook = "https://wiki.example.com/checkout-5xx"
    ended = replace(alert, ended_at=alert.last_seen_at, notes={"runbook": runbook})
    again = replace(SITUATION, occurrences=(replace(alert, id="occ_2"), ended))
    assert ask("is there a runbook?", again).text.text == f"Runbook: {runbook}"
    assert not is_known(ask("is there a runbook?"))
