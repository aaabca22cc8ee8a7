"""Only the rule says "root cause"; otherwise the answer says what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.model import (
    Cause,
    Citation,
    EvidenceKind,
    Hypothesis,
    HypothesisState,
    Prediction,
    PredictionOutcome,
)
from core.context import RootCauseRule
from core.evidence.model import FindingKind, Level
from core.evidence.signatures import signatures
from core.investigation.causes.evidence_index import BY_MODEL, Candidate, feature_of
from core.investigation.causes.metric_features import MetricFeature, signal_of
from core.investigation.causes.scored_cause import ScoredCause
from core.investigation.causes.scores import rank_causes
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.decision import Verdict
from core.investigation.reasoner import decide
from core.investigation.verdict.citations import kinds_for
from core.investigation.verdict.sufficiency import hold_to_rule, is_cause, judge
from core.text.redacted import RedactedText, redacted
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation

if TYPE_CHECKING:
    from core.investigation.decision import Situation

BROKEN = LogLines(text="TypeError: Cannot read properties of undefined (reading 'amount')")
DEPLOY = LogLines(
    text="deploying checkout 1.15.0 (commit 2f9c41d)", at=590, lasting=0, count=1, level=Level.INFO
)
FELT = a_log("gateway", LogLines(text="checkout answered 500", at=605, count=80))
SCENE = a_situation(a_log("checkout", DEPLOY, BROKEN), FELT, calls=[("gateway", "checkout")])
RANKED: tuple[ScoredCause, ...] = rank_causes(SCENE)
LEADER: Hypothesis = decide(SCENE).hypotheses[0]


def verdict(leader: Hypothesis, rule: RootCauseRule | None = None) -> Verdict:
    return judge([leader], RANKED, rule or RootCauseRule())[0]


def lacking(leader: Hypothesis) -> str:
    return " / ".join(text.text for text in judge([leader], RANKED, RootCauseRule())[1].lacking)


def a_line(kind: EvidenceKind, weight: float = 1.0) -> Citation:
    return replace(LEADER.supporting[0], kind=kind, weight=weight)


def test_all_that_the_rule_asks_for_is_there() -> None:
    assert verdict(LEADER) is Verdict.ROOT_CAUSE
    assert lacking(LEADER) == ""


def test_a_share_just_under_the_rule_is_none() -> None:
    assert verdict(replace(LEADER, confidence=0.8)) is Verdict.ROOT_CAUSE
    unsure = replace(LEADER, confidence=0.79)
    assert verdict(unsure) is Verdict.NO_ROOT_CAUSE_YET
    assert "79 % now, 80 % needed" in lacking(unsure)


def test_one_kind_of_evidence_is_not_enough_and_an_alert_is_none() -> None:
    held = replace(LEADER.predictions[0], outcome=PredictionOutcome.HELD, citations=())
    for second in (EvidenceKind.LOG, EvidenceKind.ALERT):
        lines = (a_line(EvidenceKind.LOG), a_line(second))
        alone = replace(LEADER, supporting=lines, predictions=(held,))
        assert verdict(alone) is Verdict.NO_ROOT_CAUSE_YET
        assert "a second source about checkout: its metrics" in lacking(alone)


@pytest.mark.parametrize("kind", ["metric", "trace", "change", "check"])
def test_any_second_kind_is(kind: str) -> None:
    held = replace(LEADER.predictions[0], outcome=PredictionOutcome.HELD, citations=())
    lines = (a_line(EvidenceKind.LOG), a_line(EvidenceKind(kind)))
    hypothesis = replace(LEADER, supporting=lines, predictions=(held,))
    assert verdict(hypothesis) is Verdict.ROOT_CAUSE
    struck = (lines[0], replace(lines[1], resolves=False))
    assert verdict(replace(hypothesis, supporting=struck)) is Verdict.NO_ROOT_CAUSE_YET


def test_a_third_kind_stands_in_for_what_nobody_can_test() -> None:
    kinds = (EvidenceKind.LOG, EvidenceKind.METRIC, EvidenceKind.CHANGE)
    untested = replace(LEADER, supporting=tuple(map(a_line, kinds)), predictions=())
    assert verdict(untested) is Verdict.ROOT_CAUSE
    assert verdict(replace(untested, supporting=untested.supporting[:2])) is not Verdict.ROOT_CAUSE


def test_what_nobody_tested_is_not_enough() -> None:
    untested = tuple(
        replace(prediction, outcome=PredictionOutcome.UNTESTED, citations=())
        for prediction in LEADER.predictions
    )
    hypothesis = replace(LEADER, predictions=untested)
    assert verdict(hypothesis) is Verdict.NO_ROOT_CAUSE_YET
    assert f"logs or metrics that show whether {untested[0].text.text}" in lacking(hypothesis)


def test_one_failed_prediction_is_enough_to_wait() -> None:
    failed = Prediction(
        text=redacted("it rains"), kind=EvidenceKind.LOG, outcome=PredictionOutcome.FAILED
    )
    hypothesis = replace(LEADER, predictions=(*LEADER.predictions, failed))
    assert verdict(hypothesis) is Verdict.NO_ROOT_CAUSE_YET
    assert "logs or metrics that show whether it rains" in lacking(hypothesis)


def test_quiet_is_no_kind_of_evidence_for_it() -> None:
    quiet = replace(a_line(EvidenceKind.TRACE), weight=0.0)
    held = Prediction(
        text=redacted("others are well"),
        kind=EvidenceKind.TRACE,
        outcome=PredictionOutcome.HELD,
        citations=(quiet,),
    )
    hypothesis = replace(LEADER, predictions=(held,))
    assert EvidenceKind.TRACE not in kinds_for(hypothesis)
    shown = replace(held, citations=(replace(quiet, weight=0.1),))
    assert EvidenceKind.TRACE in kinds_for(replace(LEADER, predictions=(shown,)))


def test_a_person_who_looked_needs_no_rule() -> None:
    bare = replace(LEADER, supporting=(), predictions=(), confidence=0.01)
    hypothesis = replace(bare, state=HypothesisState.VALIDATED, verdict_by="dana")
    assert verdict(hypothesis) is Verdict.ROOT_CAUSE
    refused = replace(LEADER, state=HypothesisState.REJECTED, verdict_by="dana")
    assert verdict(refused) is Verdict.NO_ROOT_CAUSE_YET


def test_an_effect_is_no_cause() -> None:
    deeper = replace(RANKED[0], explained_by=RANKED[0].candidate)
    outcome, why = judge([LEADER], [deeper], RootCauseRule())
    assert outcome is Verdict.NO_ROOT_CAUSE_YET
    assert why.lacking[0].text.startswith("evidence of what causes ")


def test_nothing_at_all_lacks_everything() -> None:
    outcome, why = judge([], [], RootCauseRule())
    assert (outcome, why.enough) == (Verdict.NO_ROOT_CAUSE_YET, False)
    assert why.lacking


@given(st.floats(0.51, 0.99), st.integers(1, 5), st.integers(0, 5), st.floats(0, 1))
def test_it_is_said_where_all_numbers_are_reached(
    sure: float, kinds: int, tested: int, confidence: float
) -> None:
    hypothesis = replace(LEADER, confidence=confidence)
    held = sum(it.outcome is PredictionOutcome.HELD for it in hypothesis.predictions)
    reached = confidence >= sure and len(kinds_for(hypothesis)) >= kinds and held >= tested
    outcome = verdict(hypothesis, RootCauseRule(sure=sure, kinds=kinds, tested=tested))
    assert (outcome is Verdict.ROOT_CAUSE) is reached


def test_the_numbers_of_an_installation_count() -> None:
    strict = decide(replace(SCENE, rule=RootCauseRule(kinds=3)))
    assert decide(SCENE).verdict is Verdict.ROOT_CAUSE
    assert strict.verdict is Verdict.NO_ROOT_CAUSE_YET
    assert any("a second source" in text.text for text in strict.missing)


def test_deleting_the_decisive_evidence_takes_it_back() -> None:
    without: Situation = a_situation(
        a_log("checkout", DEPLOY), FELT, calls=[("gateway", "checkout")]
    )
    assert decide(without).verdict is Verdict.NO_ROOT_CAUSE_YET
    assert isinstance(decide(without).missing[0], RedactedText)


class TestAnyReasoner:
    """The turn holds the decision of whichever reasoner to the rule and to the evidence."""

    def test_ours_stays_as_it_is(self) -> None:
        decision = decide(SCENE)
        assert decision.verdict is Verdict.ROOT_CAUSE
        assert hold_to_rule(decision, SCENE) == decision

    def test_root_cause_by_one_kind_of_evidence_is_taken_back(self) -> None:
        alone = replace(LEADER, supporting=(a_line(EvidenceKind.LOG),), predictions=())
        held = hold_to_rule(replace(decide(SCENE), hypotheses=(alone,)), SCENE)
        assert held.verdict is Verdict.NO_ROOT_CAUSE_YET
        assert not held.sufficiency.enough
        assert "a second source about checkout" in held.missing[0].text

    def test_lines_that_nobody_wrote_are_struck_and_count_for_nothing(self) -> None:
        invented = tuple(
            replace(line, text=redacted("checkout is out of memory")) for line in LEADER.supporting
        )
        invented_leader = replace(LEADER, supporting=invented, predictions=(), confidence=1.0)
        held = hold_to_rule(replace(decide(SCENE), hypotheses=(invented_leader,)), SCENE)
        assert held.verdict is Verdict.NO_ROOT_CAUSE_YET
        assert not any(line.resolves for line in held.hypotheses[0].supporting)

    def test_a_root_cause_without_a_hypothesis_is_none(self) -> None:
        held = hold_to_rule(replace(decide(SCENE), hypotheses=()), SCENE)
        assert held.verdict is Verdict.NO_ROOT_CAUSE_YET

    def test_what_a_person_confirmed_stands(self) -> None:
        confirmed = replace(
            LEADER, state=HypothesisState.VALIDATED, verdict_by="U1", predictions=()
        )
        known = replace(SCENE, hypotheses=(confirmed,))
        held = hold_to_rule(replace(decide(SCENE), hypotheses=(confirmed,)), known)
        assert held.verdict is Verdict.ROOT_CAUSE

    def test_a_reasoner_cannot_confirm_in_the_name_of_a_person(self) -> None:
        confirmed = replace(LEADER, state=HypothesisState.VALIDATED, verdict_by="U1", supporting=())
        held = hold_to_rule(replace(decide(SCENE), hypotheses=(confirmed,)), SCENE)
        assert held.verdict is Verdict.NO_ROOT_CAUSE_YET


def test_who_is_slow_by_itself_has_callees_that_are_known_to_be_well() -> None:
    slow = replace(LEADER, cause=Cause(service="shop", signal="latency", fault="slow_by_itself"))
    files = [a_log(name, LogLines(text="GET / 200", level=Level.INFO)) for name in ("shop", "cart")]
    calls = (("shop", "cart"), ("shop", "acquirer"))
    health = ServiceHealth(a_situation(*files, calls=calls))
    _, sufficiency = judge((slow,), (), RootCauseRule(), health)
    wanted = "the logs or metrics of acquirer, which it calls"
    assert wanted in [text.text for text in sufficiency.lacking]
    full = replace(slow, cause=replace(slow.cause, fault="disk_full"))
    _, sufficiency = judge((full,), (), RootCauseRule(), health)
    assert wanted not in [text.text for text in sufficiency.lacking]


def test_what_two_services_report_at_once_is_nobodys_own() -> None:
    full = LogLines(text="FATAL: remaining connection slots are reserved", count=80)
    calls = [("gateway", "checkout"), ("gateway", "export")]
    felt = a_log("gateway", LogLines(text="checkout answered 500", at=605, count=80))
    alone = a_situation(a_log("checkout", full), felt, calls=calls)
    both = a_situation(a_log("checkout", full), a_log("export", full), felt, calls=calls)
    reasons = [" / ".join(text.text for text in decide(each).missing) for each in (alone, both)]
    assert ["what causes" in reason for reason in reasons] == [False, True]


def test_who_depends_on_the_cause_reports_it_at_the_same_time() -> None:
    gone = LogLines(text="giving up on api.weather.example, no answer in 3 s", count=60)
    felt = a_log("edge", LogLines(text="trips answered 503", at=603, count=80))
    calls = [("edge", "trips"), ("trips", "api.weather.example")]
    decision = decide(a_situation(a_log("trips", gone), felt, calls=calls, alert="edge"))
    assert decision.hypotheses[0].cause.service == "api.weather.example"
    assert decision.verdict is Verdict.ROOT_CAUSE


def test_whom_only_callers_accuse_is_not_the_root_cause_where_its_log_is_missing() -> None:
    refused = LogLines(text="call to checkout failed: Connection refused", count=200)
    calls = [("edge", "gateway"), ("gateway", "checkout"), ("checkout", "stock")]
    felt = a_log("edge", LogLines(text="gateway answered 502", at=605, count=80))
    known = a_situation(a_log("gateway", refused), felt, calls=calls, alert="edge")
    decision = decide(known)
    assert decision.hypotheses[0].cause.service == "checkout"
    assert decision.verdict is not Verdict.ROOT_CAUSE
    assert any("the log of checkout" in text.text for text in decision.sufficiency.lacking)


@pytest.mark.parametrize("kind", [FindingKind.CHANGE, FindingKind.TEMPLATE])
def test_a_release_that_a_model_names_is_a_cause_where_it_cites_the_release(
    kind: FindingKind,
) -> None:
    file, (finding,) = a_log("ledger", LogLines(text="2.0 -> 2.1 deployed"))
    signal = signal_of(MetricFeature.LATENCY, redacted("its latency rose"))
    feature = feature_of(replace(finding, kind=kind), signal, file=file, seen_by="ledger")
    cause = Cause(service="ledger", signal=BY_MODEL, fault="bad_deploy")
    candidate = Candidate(cause=cause, signature=signatures()["bad_deploy"], seen=(feature,))
    assert is_cause(ScoredCause(candidate=candidate, citations=())) is (kind is FindingKind.CHANGE)


def test_two_logs_that_tell_of_it_once_are_witnesses() -> None:
    full = LogLines(text="write failed: No space left on device", at=880, count=1, lasting=0)
    file, findings = a_log("orders-db", full)
    alone = a_situation((file, findings))
    (once,) = rank_causes(alone)
    assert not is_cause(once)
    other = replace(findings[0], locus=replace(findings[0].locus, file="orders-db/syslog"))
    beside = replace(file, id="file_9", name=redacted("orders-db/syslog"))
    both = replace(alone, files=(file, beside), findings={file.id: findings, "file_9": (other,)})
    assert is_cause(rank_causes(both)[0])


def test_who_waits_and_was_changed_last_waits_for_something_of_its_own() -> None:
    waits = a_line(EvidenceKind.LOG, weight=3.0)
    waits = replace(waits, text=redacted("pool timeout: no connection became free in 3 s"))
    feature = replace(RANKED[0].candidate.best, seen_by="checkout")
    signal = signal_of(MetricFeature.SATURATION, redacted("its pool is full"))
    cause = Cause(service="checkout", signal=signal.name, fault="saturation")
    candidate = replace(RANKED[0].candidate, cause=cause, seen=(replace(feature, signal=signal),))
    assert not is_cause(ScoredCause(candidate=candidate, citations=(waits,)))
    released = a_line(EvidenceKind.CHANGE, weight=2.0)
    assert is_cause(ScoredCause(candidate=candidate, citations=(waits, released)))


def test_what_a_server_says_of_itself_is_tested_by_a_caller_that_says_the_same() -> None:
    """One of the two alone proposes the cause, and then nothing is left that tests it."""
    used_up = 'nextval: reached maximum value of sequence "scans_id_seq" (2147483647)'
    server = a_log("scans-db", LogLines(text=f"ERROR:  {used_up}"))
    caller = a_log("scanner", LogLines(text=f"cannot store a scan: {used_up}", at=601))
    verdicts = {
        names: decide(a_situation(*logs, calls=[("scanner", "scans-db")], alert="scanner")).verdict
        for names, logs in {"one": [server], "other": [caller], "both": [server, caller]}.items()
    }
    assert verdicts == {
        "one": Verdict.NO_ROOT_CAUSE_YET,
        "other": Verdict.NO_ROOT_CAUSE_YET,
        "both": Verdict.ROOT_CAUSE,
    }
