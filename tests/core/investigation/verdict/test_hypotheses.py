"""The posterior sums to 1, and verdicts move it the right way."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.model import (
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    Prediction,
    PredictionOutcome,
)
from core.evidence.model import Level
from core.investigation.causes.scores import rank_causes
from core.investigation.decision import Verdict
from core.investigation.reasoner import decide
from core.investigation.verdict.hypotheses import (
    PATIENCE,
    UNEXPLAINED,
    form_hypotheses,
    identity,
    posterior,
)
from core.text.redacted import redacted
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.causes.scored_cause import ScoredCause
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
    LogLines,
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
def test_a_decision_sums_to_one(logs: list[tuple[str | None, list[LogLines]]]) -> None:
    decision = decide(a_situation(*(a_log(service, *lines) for service, lines in logs)))
    shares = [hypothesis.confidence for hypothesis in decision.hypotheses]
    assert math.fsum([*shares, decision.something_else]) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)
    assert [hypothesis.rank for hypothesis in decision.hypotheses] == list(
        range(1, len(shares) + 1)
    )


@given(LOGS, st.sampled_from([HypothesisState.VALIDATED, HypothesisState.REJECTED]))
def test_a_verdict_moves_it_the_right_way(
    logs: list[tuple[str | None, list[LogLines]]], verdict: HypothesisState
) -> None:
    confirmed = verdict is HypothesisState.VALIDATED
    situation = a_situation(*(a_log(service, *lines) for service, lines in logs))
    before = decide(situation)
    for hypothesis in before.hypotheses:
        after = decide(judged(situation, before, hypothesis.number, confirmed=confirmed))
        again = next(other for other in after.hypotheses if other.number == hypothesis.number)
        if confirmed:
            assert again.confidence >= hypothesis.confidence
            assert after.verdict is Verdict.ROOT_CAUSE
        else:
            assert again.confidence <= hypothesis.confidence
            assert again.state is HypothesisState.REJECTED


def test_numbers_stay_when_ranks_change() -> None:
    pool, memory = LogLines(text=TEXTS[0]), LogLines(text=TEXTS[1], count=3, at=1)
    first = a_situation(a_log("api", pool, memory))
    before = decide(first)
    assert [hypothesis.number for hypothesis in before.hypotheses] == [1, 2]
    later = a_situation(a_log("api", replace(pool, count=1), replace(memory, count=900)))
    after = decide(replace(later, hypotheses=before.hypotheses))
    numbers = {hypothesis.cause.fault: hypothesis.number for hypothesis in after.hypotheses}
    assert numbers == {
        hypothesis.cause.fault: hypothesis.number for hypothesis in before.hypotheses
    }


def test_a_rejected_one_gives_way_to_its_rival() -> None:
    situation = a_situation(a_log("api", LogLines(text=TEXTS[0]), LogLines(text=TEXTS[2], count=2)))
    before = decide(situation)
    after = decide(judged(situation, before, before.hypotheses[0].number, confirmed=False))
    assert after.hypotheses[0].number == before.hypotheses[1].number
    assert after.hypotheses[0].confidence > before.hypotheses[1].confidence


def test_what_a_person_judged_stays_without_evidence() -> None:
    situation = a_situation(a_log("api", LogLines(text=TEXTS[0])))
    judged_by_person = judged(situation, decide(situation), 1, confirmed=True)
    after = decide(replace(judged_by_person, files=(), findings={}))
    assert after.verdict is Verdict.ROOT_CAUSE
    assert after.hypotheses[0].verdict_by == "dana"


def judged(situation: Situation, decision: Decision, number: int, *, confirmed: bool) -> Situation:
    """The situation of the next turn, after a person's verdict on one hypothesis."""
    state = HypothesisState.VALIDATED if confirmed else HypothesisState.REJECTED
    hypotheses = tuple(
        replace(hypothesis, state=state, verdict_by="dana", verdict_why=redacted("looked"))
        if hypothesis.number == number
        else hypothesis
        for hypothesis in decision.hypotheses
    )
    return replace(situation, hypotheses=hypotheses)


WEIGHTS = st.floats(0.2, 4)


def a_pool(*lines: LogLines) -> Situation:
    return a_situation(a_log("api", LogLines(text=TEXTS[0]), *lines))


def formed(ranked: Sequence[ScoredCause], situation: Situation) -> Hypothesis:
    return form_hypotheses(ranked, situation)[0][0]


@given(st.integers(0, 20))
def test_removing_a_line_lowers_it_and_a_line_against_lowers_it_more(nth: int) -> None:
    situation = a_pool()
    (cause,) = rank_causes(situation)
    lines = [line for line in cause.citations if line.weight > 0.2]
    line = lines[nth % len(lines)]
    rest = tuple(other for other in cause.citations if other is not line)
    against = replace(line, weight=-line.weight)
    before = formed([cause], situation).confidence
    without = formed([replace(cause, citations=rest)], situation).confidence
    opposed = formed([replace(cause, citations=(*rest, against))], situation).confidence
    assert before > without > opposed


@given(WEIGHTS)
def test_a_struck_line_moves_nothing(weight: float) -> None:
    situation = a_pool()
    (cause,) = rank_causes(situation)
    made_up = replace(cause.citations[0], weight=weight, text=redacted("nobody wrote this"))
    claimed = formed([replace(cause, citations=(*cause.citations, made_up))], situation)
    assert claimed.confidence == pytest.approx(formed([cause], situation).confidence)
    assert [line.resolves for line in claimed.supporting].count(False) == 1


def test_two_spellings_of_one_cause_are_one_hypothesis() -> None:
    situation = a_pool()
    (merged,) = rank_causes(situation)
    cause = replace(merged.candidate.cause, service="API-7d9f8c6b5-x2x4z")
    pod = replace(merged, candidate=replace(merged.candidate, cause=cause))
    (alone,) = form_hypotheses([merged, pod], situation)[0]
    assert alone.cause.service in {"api", cause.service}
    assert identity(merged.candidate.cause) == identity(cause)
    known = replace(situation, hypotheses=(replace(alone, cause=cause),))
    (again,) = decide(known).hypotheses
    assert again.number == alone.number


@pytest.mark.parametrize("other", ["api2", "api-gateway", "web"])
def test_two_causes_are_two(other: str) -> None:
    (cause,) = rank_causes(a_pool())
    assert identity(replace(cause.candidate.cause, service=other)) != identity(
        cause.candidate.cause
    )


def test_what_is_contradicted_and_has_hardly_anything_rejects_itself_and_comes_back() -> None:
    situation = a_pool(LogLines(text=TEXTS[2], count=400))
    (weak,) = rank_causes(a_pool())
    rest = [
        cause for cause in rank_causes(situation) if cause.candidate.cause != weak.candidate.cause
    ]
    against = replace(weak.citations[0], weight=-5.0)
    beaten = replace(weak, citations=(*weak.citations, against))
    formed_then, _ = form_hypotheses([beaten, *rest], situation)
    hypothesis = next(it for it in formed_then if it.cause.fault == "connection_pool_exhausted")
    assert (hypothesis.state, hypothesis.verdict_by) == (HypothesisState.REJECTED, None)
    alone = replace(a_pool(), hypotheses=formed_then)
    back = next(it for it in form_hypotheses([weak], alone)[0] if it.number == hypothesis.number)
    assert back.state is not HypothesisState.REJECTED


def test_evidence_alone_validates_nothing() -> None:
    states = {hypothesis.state for hypothesis in decide(a_pool(LogLines(text=TEXTS[1]))).hypotheses}
    assert HypothesisState.VALIDATED not in states


def test_it_ages_where_later_files_say_nothing_for_it() -> None:
    situation = a_pool()
    first = decide(situation)
    assert first.hypotheses[0].proposed_at == first.hypotheses[0].updated_at == situation.at
    after, now = [], situation.at + timedelta(hours=1)
    for count in (PATIENCE, PATIENCE + 1, PATIENCE + 2, PATIENCE + 40):
        files = [
            replace(a_log(f"other{n}")[0], received_at=now, id=f"later{n}") for n in range(count)
        ]
        later = replace(situation, at=now, files=(*situation.files, *files))
        after.append(decide(replace(later, hypotheses=first.hypotheses)).hypotheses[0])
    shares = [hypothesis.confidence for hypothesis in after]
    assert shares[0] == first.hypotheses[0].confidence
    assert shares == sorted(shares, reverse=True)
    assert len(set(shares)) == len(shares)
    assert {hypothesis.updated_at for hypothesis in after} == {situation.at}


def test_what_only_measurements_show_leaves_more_to_something_else() -> None:
    """And less where its predictions held."""
    situation = a_pool()
    (cause,) = rank_causes(situation)
    fault = replace(cause.candidate.cause, fault="cpu_saturation")
    measured = replace(cause, candidate=replace(cause.candidate, cause=fault))
    held = Prediction(text=redacted("so"), kind=EvidenceKind.LOG, outcome=PredictionOutcome.HELD)
    named = formed([cause], situation).confidence
    bare, _ = form_hypotheses([measured], situation)
    tested, _ = form_hypotheses([measured], situation, {fault.key: (held,)})
    assert named > tested[0].confidence > bare[0].confidence


def test_who_is_borne_out_by_others_leaves_less_to_what_nobody_thought_of() -> None:
    full = a_log("db", LogLines(text=TEXTS[2], at=600, count=300, level=Level.FATAL))
    failing = a_log("api", LogLines(text="call to db failed", at=605, count=300))
    calls = [("web", "api"), ("api", "db")]
    alone = decide(a_situation(full, calls=calls, alert="web")).hypotheses[0]
    witnessed = decide(a_situation(full, failing, calls=calls, alert="web")).hypotheses[0]
    assert alone.cause == witnessed.cause
    assert alone.confidence <= 0.7
    assert 0.9 < witnessed.confidence <= 0.95


def test_a_log_that_nothing_known_explains_leaves_most_to_what_nobody_thought_of() -> None:
    """However much else speaks for it: whoever fails of another complains as loudly."""
    situation = a_pool()
    (cause,) = rank_causes(situation)
    shown = replace(cause.candidate.cause, fault="failing_by_itself")
    complaining = replace(cause, candidate=replace(cause.candidate, cause=shown))
    held = Prediction(text=redacted("so"), kind=EvidenceKind.METRIC, outcome=PredictionOutcome.HELD)
    tested, something_else = form_hypotheses([complaining], situation, {shown.key: (held,) * 3})
    assert tested[0].confidence <= UNEXPLAINED
    assert something_else > 0.5
