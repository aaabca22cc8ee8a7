"""The check that is suggested is the one that tells the rivals apart."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.investigation_state import AskedCheck, InvestigationState
from core.cases.model import Cause, Expectation, Hypothesis, HypothesisState
from core.evidence.signatures import signatures
from core.investigation.causes.metric_features import FAULTS
from core.investigation.decision import Situation
from core.investigation.verdict.asked_checks import SOMETHING_ELSE, expected_bits, outcomes_of
from core.investigation.verdict.next_checks import next_checks, shares_of
from core.text.redacted import RedactedText
from tests.core.investigation.sample_situations import T0, LogLines, a_log, a_situation

NOTHING = Situation(at=T0, findings={})


def a_rival(number: int, fault: str, service: str | None, share: float) -> Hypothesis:
    return Hypothesis(
        number=number,
        cause=Cause(service=service, signal="", fault=fault),
        statement=RedactedText.format("it is {n}", n=number),
        state=HypothesisState.TESTING,
        confidence=share,
        rank=number,
    )


POOL = a_rival(1, "connection_pool_exhausted", "checkout", 0.5)
DISK = a_rival(2, "disk_full", "db", 0.3)


def test_it_asks_for_what_separates_the_best_two() -> None:
    best = next_checks(NOTHING, [POOL, DISK], 0.2)[0]
    assert best.name.startswith(POOL.cause.key)
    assert best.gain > 0


def test_of_a_sure_leader_only_the_best_check_is_told() -> None:
    sure = replace(POOL, confidence=0.999)
    (check,) = next_checks(NOTHING, [sure], 0.001)
    assert check.name.startswith(POOL.cause.key)


def test_a_closer_call_is_worth_more() -> None:
    close = next_checks(NOTHING, [replace(POOL, confidence=0.4), DISK], 0.3)
    clear = next_checks(NOTHING, [replace(POOL, confidence=0.95)], 0.05)
    assert max(check.gain for check in close) > max(check.gain for check in clear)


def test_what_was_answered_is_not_asked_again() -> None:
    first, *others = next_checks(NOTHING, [POOL, DISK], 0.2)
    answered = AskedCheck(check=first, asked_at=T0, answered_by="file_1", answered_at=T0)
    investigation = InvestigationState(checks=(answered,))
    again = next_checks(replace(NOTHING, investigation=investigation), [POOL, DISK], 0.2)
    assert first.name not in {check.name for check in again}
    assert {check.name for check in others} <= {check.name for check in again}


def test_what_people_rejected_is_no_rival() -> None:
    rejected = replace(DISK, state=HypothesisState.REJECTED, verdict_by="@dana")
    names = {check.name for check in next_checks(NOTHING, [POOL, rejected], 0.4)}
    assert not any("disk_full" in name for name in names)


def test_the_log_of_an_unread_service_is_asked_for() -> None:
    asked = next_checks(NOTHING, [POOL], 0.5)
    assert any("log of checkout" in check.ask.text for check in asked)
    read = a_situation(a_log("checkout", LogLines(text="all is well")))
    assert not any("log of checkout" in check.ask.text for check in next_checks(read, [POOL], 0.5))


@pytest.mark.parametrize("name", ["checkout-api", "a; rm -rf /", "$(reboot)", "`id`", "x y"])
def test_a_command_holds_no_name_that_a_shell_would_obey(name: str) -> None:
    for fault in signatures():
        for check in next_checks(NOTHING, [a_rival(1, fault, name, 0.5)], 0.5):
            if check.command is not None:
                assert "{service}" not in check.command.text
                assert name == "checkout-api" or name not in check.command.text


def test_every_known_failure_can_be_asked_about() -> None:
    for fault in set(signatures()) - {"change"}:
        rival = a_rival(1, fault, "checkout", 0.5)
        best = next_checks(a_situation(a_log("checkout")), [rival], 0.5)[0]
        assert best.gain > 0.1, fault
        assert best.ask, fault


@pytest.mark.parametrize("measured", sorted(FAULTS))
@pytest.mark.parametrize("logged", sorted(signatures()))
def test_what_only_measurements_show_is_a_rival_like_any_other(measured: str, logged: str) -> None:
    rivals = [a_rival(1, logged, "checkout", 0.5), a_rival(2, measured, "checkout", 0.3)]
    for order in (rivals, rivals[::-1]):
        checks = next_checks(NOTHING, order, 0.2)
        assert any(check.name.startswith(order[0].cause.key) for check in checks)


def test_a_deeper_measured_fault_would_bring_about_the_failed_call_that_is_seen_there() -> None:
    symptom = a_rival(1, "connection_timeout", "checkout", 0.5)
    shown = signatures()[symptom.cause.fault].confirm
    assert shown
    likely = []
    for fault in ("cpu_saturation", "disk_full"):
        rivals = [symptom, a_rival(2, fault, "checkout", 0.3)]
        checks = {check.name: check for check in next_checks(NOTHING, rivals, 0.2)}
        expected = checks[f"{symptom.cause.key}/confirm"].expectations
        likely += [
            expectation.likely
            for expectation in expected
            if (expectation.hypothesis, expectation.pattern) == (2, shown.pattern.pattern)
        ]
    assert likely == [0.5, 0.5]


def test_renaming_services_changes_nothing() -> None:
    renamed = [
        replace(hypothesis, cause=replace(hypothesis.cause, service=name))
        for hypothesis, name in ((POOL, "zz-9"), (DISK, "aa-1"))
    ]
    before = next_checks(NOTHING, [POOL, DISK], 0.2)
    after = next_checks(NOTHING, renamed, 0.2)
    assert [check.gain for check in before] == [check.gain for check in after]
    faults = [check.name.split("/", 1)[1] for check in before]
    assert faults == [check.name.split("/", 1)[1] for check in after]


likely = st.floats(min_value=0, max_value=1)


@given(
    shares=st.lists(st.floats(min_value=0.01, max_value=1), min_size=1, max_size=5),
    table=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b"]), likely), max_size=12),
)
def test_bits_are_between_none_and_what_is_open(
    shares: list[float], table: list[tuple[int, str, float]]
) -> None:
    total = math.fsum(shares)
    known = {number: share / total for number, share in enumerate(shares)}
    expected = [
        Expectation(hypothesis=number, says=RedactedText.EMPTY, pattern=pattern, likely=share)
        for number, pattern, share in table
    ]
    open_bits = -math.fsum(share * math.log2(share) for share in known.values())
    assert -1e-9 <= expected_bits(known, expected) <= open_bits + 1e-9
    for number in known:
        assert math.isclose(math.fsum(outcomes_of(number, expected)), 1.0)


def test_what_every_rival_predicts_alike_tells_nothing() -> None:
    alike = [
        Expectation(hypothesis=number, says=RedactedText.EMPTY, pattern="x", likely=0.9)
        for number in (SOMETHING_ELSE, 1, 2)
    ]
    assert expected_bits({0: 0.2, 1: 0.4, 2: 0.4}, alike) < 1e-9


def test_shares_sum_to_one() -> None:
    shares = shares_of([POOL], [POOL, DISK], 0.2)
    assert math.isclose(math.fsum(shares.values()), 1.0)
    assert math.isclose(shares[SOMETHING_ELSE], 0.5)
