"""Does the posterior stay one, and do verdicts move it the right way?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clean import redacted
from core.evidence.model import Level
from core.investigation.hypotheses import posterior
from core.investigation.model import HypothesisState, Verdict
from core.investigation.reasoner import decide
from tests.core.investigation.scenes import Line, a_log, a_situation

if TYPE_CHECKING:
    from core.investigation.decision import Decision, Situation

TEXTS = (
    "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
    "java.lang.OutOfMemoryError: Java heap space",
    "write /data/wal: no space left on device",
    "connect ECONNREFUSED 10.2.0.7:6379",
    "java.net.SocketTimeoutException: Read timed out",
    "psycopg.errors.UndefinedColumn: column total does not exist",
    "missing required environment variable STRIPE_API_BASE",
    "inventory said no",
)
LINES = st.builds(
    Line,
    text=st.sampled_from(TEXTS),
    at=st.floats(0, 800),
    lasting=st.floats(0, 100),
    count=st.integers(1, 5000),
    level=st.sampled_from([Level.WARNING, Level.ERROR, Level.FATAL]),
)
LOGS = st.lists(
    st.tuples(st.sampled_from(["api", "ledger", "orders-db", None]), st.lists(LINES, max_size=4)),
    max_size=3,
    unique_by=lambda log: log[0],
)
SCORES = st.lists(st.floats(-50, 50), max_size=8)


@given(SCORES)
def test_shares_sum_to_one(scores: list[float]) -> None:
    shares, rest = posterior(scores)
    assert math.fsum([*shares, rest]) == pytest.approx(1.0)
    assert all(0 <= share <= 1 for share in shares)


@given(SCORES.filter(bool), st.floats(0.1, 5))
def test_more_evidence_is_a_larger_share(scores: list[float], more: float) -> None:
    before, rest_before = posterior(scores)
    after, rest_after = posterior([scores[0] + more, *scores[1:]])
    assert after[0] >= before[0]
    assert rest_after <= rest_before


@given(LOGS)
def test_a_decision_sums_to_one(logs: list[tuple[str | None, list[Line]]]) -> None:
    decision = decide(a_situation(*(a_log(service, *lines) for service, lines in logs)))
    shares = [one.confidence for one in decision.hypotheses]
    assert math.fsum([*shares, decision.something_else]) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)
    assert [one.rank for one in decision.hypotheses] == list(range(1, len(shares) + 1))


@given(LOGS, st.sampled_from([HypothesisState.VALIDATED, HypothesisState.REJECTED]))
def test_a_verdict_moves_it_the_right_way(
    logs: list[tuple[str | None, list[Line]]], verdict: HypothesisState
) -> None:
    confirmed = verdict is HypothesisState.VALIDATED
    situation = a_situation(*(a_log(service, *lines) for service, lines in logs))
    before = decide(situation)
    for one in before.hypotheses:
        after = decide(judged(situation, before, one.number, confirmed=confirmed))
        again = next(other for other in after.hypotheses if other.number == one.number)
        if confirmed:
            assert again.confidence >= one.confidence
            assert after.verdict is Verdict.ROOT_CAUSE
        else:
            assert again.confidence <= one.confidence
            assert again.state is HypothesisState.REJECTED


def test_numbers_stay_when_ranks_change() -> None:
    pool, memory = Line(text=TEXTS[0]), Line(text=TEXTS[1], count=3, at=1)
    first = a_situation(a_log("api", pool, memory))
    before = decide(first)
    assert [one.number for one in before.hypotheses] == [1, 2]
    later = a_situation(a_log("api", replace(pool, count=1), replace(memory, count=900)))
    after = decide(replace(later, hypotheses=before.hypotheses))
    numbers = {one.cause.fault: one.number for one in after.hypotheses}
    assert numbers == {one.cause.fault: one.number for one in before.hypotheses}


def test_a_rejected_one_gives_way_to_its_rival() -> None:
    situation = a_situation(a_log("api", Line(text=TEXTS[0]), Line(text=TEXTS[2], count=2)))
    before = decide(situation)
    after = decide(judged(situation, before, before.hypotheses[0].number, confirmed=False))
    assert after.hypotheses[0].number == before.hypotheses[1].number
    assert after.hypotheses[0].confidence > before.hypotheses[1].confidence


def test_what_a_person_judged_stays_without_evidence() -> None:
    situation = a_situation(a_log("api", Line(text=TEXTS[0])))
    told = judged(situation, decide(situation), 1, confirmed=True)
    after = decide(replace(told, files=(), findings={}))
    assert after.verdict is Verdict.ROOT_CAUSE
    assert after.hypotheses[0].verdict_by == "dana"


def judged(situation: Situation, decision: Decision, number: int, *, confirmed: bool) -> Situation:
    """The situation of the next turn, after a person's verdict on one hypothesis."""
    state = HypothesisState.VALIDATED if confirmed else HypothesisState.REJECTED
    told = tuple(
        replace(one, state=state, verdict_by="dana", verdict_why=redacted("looked"))
        if one.number == number
        else one
        for one in decision.hypotheses
    )
    return replace(situation, hypotheses=told)
