"""Past fixes are ranked by how often they worked, in how alike a case, and how long ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from core.cases.estimates import HALF_LIFE
from core.cases.feedback import Feedback, SuggestionKey, SuggestionKind
from core.cases.memories import FixOutcome, TriedFix
from core.cases.model import Cause, Check, EvidenceKind
from core.investigation.precedents import (
    CaseLikeness,
    LikeCase,
    by_experience,
    check_suggestion,
    likeness,
    precedents,
    suggestion,
)
from core.text.redacted import RedactedText, redacted
from tests.contracts.samples import NOON, a_memory, later

if TYPE_CHECKING:
    from core.cases.memories import CaseMemory

WORKED, FAILED, REOPENED = FixOutcome.WORKED, FixOutcome.FAILED, FixOutcome.REOPENED
CAUSE = Cause(service="db", signal="pool_timeout", fault="connection_pool_exhausted")
HERE = LikeCase(cause=CAUSE, alerts=frozenset({"PoolFull"}), at=later(0))
ORDER = count(1)


def a_past_case(*tried: tuple[str, FixOutcome], at: datetime = NOON, **changes: Any) -> CaseMemory:
    number = next(ORDER)
    fixes = tuple(
        TriedFix(text=redacted(text), outcome=outcome, at=at + timedelta(seconds=number))
        for text, outcome in tried
    )
    return a_memory(f"case_{number}", number=number, fixes=fixes, at=at, **changes)


def texts(memories: list[CaseMemory], case: LikeCase = HERE) -> list[str]:
    return [each.text.text for each in precedents(memories, case)]


def test_one_fix_in_other_words_is_one_fix_and_shows_its_numbers() -> None:
    memories = [
        a_past_case(("set the pool size to 40", WORKED)),
        a_past_case(("restart it", FAILED), ("pool size of db set to 40", WORKED)),
    ]
    first, second = precedents(memories, HERE)
    assert first.estimate == pytest.approx(3 / 4, abs=1e-3)
    assert first.line.text == (
        f"Fixed before: pool size of db set to 40 (#{memories[1].number}, 14 min; worked 2 of 2)"
    )
    assert (second.text.text, second.is_doubted) == ("restart it", True)
    assert second.line.text.startswith("Doubted, look before you do it: restart it (")


@pytest.mark.parametrize(
    ("changes", "cause", "expected"),
    [
        ({}, CAUSE, CaseLikeness.SAME_SERVICE),
        ({"service": "other"}, CAUSE, CaseLikeness.SAME_FAULT),
        ({"fault": "disk_full"}, CAUSE, None),
        ({"fault": None}, CAUSE, CaseLikeness.SAME_ALERT),
        ({}, None, CaseLikeness.SAME_ALERT),
        ({"alerts": ()}, None, None),
    ],
)
def test_another_cause_under_the_same_alert_is_no_precedent(
    changes: dict[str, Any], cause: Cause | None, expected: CaseLikeness | None
) -> None:
    assert likeness(a_past_case(**changes), replace(HERE, cause=cause)) is expected


def test_the_same_service_counts_more_than_the_fault_elsewhere_and_than_the_alert() -> None:
    alike = [
        a_past_case(("alert words", WORKED), fault=None),
        a_past_case(("fault words", WORKED), service="other"),
        a_past_case(("service words here", WORKED)),
    ]
    estimates = {
        each.text.text: each.estimate for memory in alike for each in precedents([memory], HERE)
    }
    assert sorted(estimates, key=lambda text: -estimates[text]) == [
        "service words here",
        "fault words",
        "alert words",
    ]


def feedback_on(
    memory: CaseMemory, *, helped: bool, by: str = "dana", case_id: str = "here"
) -> Feedback:
    return Feedback(
        case_id=case_id,
        tenant_id=memory.tenant_id,
        seq=next(ORDER),
        suggestion=SuggestionKey(SuggestionKind.FIX, memory.case_id),
        by=by,
        helped=helped,
        at=HERE.at,
    )


def test_what_people_say_of_a_fix_counts_for_it_and_against_it_and_is_shown() -> None:
    memory = a_past_case(("a larger pool", WORKED))
    (plain,) = precedents([memory], HERE)
    praised = replace(
        HERE,
        feedback=(feedback_on(memory, helped=True), feedback_on(memory, helped=True, by="lee")),
    )
    (better,) = precedents([memory], praised)
    (worse,) = precedents([memory], replace(HERE, feedback=(feedback_on(memory, helped=False),)))
    assert better.estimate > plain.estimate > worse.estimate
    assert better.estimate == pytest.approx(3 / 4, abs=1e-2), "two people of one case are one try"
    assert (plain.is_suggested, worse.is_suggested) == (True, False)
    assert better.line.text.endswith("worked 1 of 1; helped 2, did not 0)")


def test_what_came_of_a_fix_in_a_case_counts_before_what_people_say_there() -> None:
    memory, other = (a_past_case(("a larger pool", WORKED)) for _ in range(2))
    (plain,) = precedents([memory, other], HERE)
    feedback = (feedback_on(memory, helped=True, case_id=other.case_id),)
    (same,) = precedents([memory, other], replace(HERE, feedback=feedback))
    assert (same.estimate, same.record) == (plain.estimate, plain.record)


def test_what_is_long_ago_counts_less_and_then_nothing() -> None:
    memory = a_past_case(("a larger pool", WORKED))
    (new,) = precedents([memory], HERE)
    (older,) = precedents([memory], replace(HERE, at=later(0) + HALF_LIFE))
    (ancient,) = precedents([memory], replace(HERE, at=later(0) + 40 * HALF_LIFE))
    assert new.estimate > older.estimate > ancient.estimate
    assert older.estimate == pytest.approx(1.5 / 2.5, abs=1e-3)
    assert not ancient.is_suggested


def test_what_failed_last_or_came_back_is_not_suggested() -> None:
    worked = [a_past_case(("a larger pool", WORKED)) for _ in range(4)]
    assert suggestion(worked, HERE)
    assert not suggestion([*worked, a_past_case(("a larger pool", REOPENED))], HERE)
    switched = a_past_case(("a larger pool", FAILED), ("moved to pgbouncer", WORKED))
    assert texts([*worked, switched])[0] == "moved to pgbouncer"
    elsewhere = a_past_case(("a larger pool", FAILED), service="other")
    assert suggestion([*worked, elsewhere], HERE), "it failed at another service only"


def test_one_note_that_disagrees_with_what_worked_changes_nothing_until_it_worked_twice() -> None:
    known, poison = a_past_case(("a larger pool", WORKED)), ("delete every replica now", WORKED)
    first, second = precedents([known, a_past_case(poison)], HERE)
    assert (first.text.text, second.is_doubted) == ("a larger pool", True)
    twice = [known, a_past_case(poison), a_past_case(poison)]
    assert texts(twice)[0] == poison[0]


def test_without_memories_nothing_is_suggested_and_no_check_moves() -> None:
    checks = (a_check("db/connection_pool_exhausted/log", 0.6), a_check("x/y/confirm", 0.5))
    assert suggestion([], HERE) is None
    assert by_experience(checks, [], HERE) == checks


def test_a_check_that_decided_before_goes_before_one_worth_about_as_much() -> None:
    log = a_check("db/connection_pool_exhausted/log", 0.60)
    confirm = a_check("web/connection_pool_exhausted/confirm", 0.55)
    little = a_check("db/connection_pool_exhausted/refute", 0.01)
    memories = [a_past_case(checks=("db/connection_pool_exhausted/confirm",)) for _ in range(3)]
    assert by_experience((log, confirm, little), memories, HERE) == (confirm, log, little)
    other = [replace(memory, fault="disk_full") for memory in memories]
    assert by_experience((log, confirm), other, HERE) == (log, confirm)


def a_check(name: str, gain: float) -> Check:
    return Check(
        name=name,
        ask=RedactedText.EMPTY,
        command=None,
        kind=EvidenceKind.CHECK,
        gain=gain,
        expectations=(),
    )


def test_a_check_that_people_say_helped_goes_first_and_one_that_did_not_goes_back() -> None:
    log = a_check("db/connection_pool_exhausted/log", 0.60)
    confirm = a_check("web/connection_pool_exhausted/confirm", 0.55)
    word = replace(
        feedback_on(a_past_case(), helped=True), suggestion=check_suggestion(confirm.name)
    )
    assert by_experience((log, confirm), [], replace(HERE, feedback=(word,))) == (confirm, log)
    against = replace(word, suggestion=check_suggestion(log.name), helped=False)
    assert by_experience((log, confirm), [], replace(HERE, feedback=(against,)))[0] == confirm
