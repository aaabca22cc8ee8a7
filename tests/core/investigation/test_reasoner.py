"""Recorded failures are recognised, healthy logs left alone, and rivals weighed the right way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.cases.model import EvidenceKind
from core.evidence.model import Level
from core.investigation.decision import Verdict
from core.investigation.reasoner import decide
from core.investigation.verdict.citations import unsupported
from tests.core.investigation.sample_situations import (
    HEALTHY,
    INCIDENTS,
    POSITIVES,
    T0,
    TRUTH,
    LogLines,
    a_log,
    a_situation,
    incident,
    recorded,
    renamed,
    sample_id,
    shifted,
    together,
)

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = "dial tcp 10.2.0.7:5432: connect: connection refused"
DISK = 'PANIC:  could not write to file "pg_wal/xlogtemp.12": No space left on device'
POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
DEPLOY = "deploying checkout 1.15.0 (commit 2f9c41d)"


def test_there_are_samples_of_every_fault() -> None:
    assert len(POSITIVES) >= 14
    assert {path.parent for path in POSITIVES} == {path.parent for path in HEALTHY}


@pytest.mark.parametrize("path", POSITIVES, ids=sample_id)
def test_recorded_failure_is_the_top_hypothesis(path: Path) -> None:
    decision = decide(recorded(path, "app"))
    best = decision.hypotheses[0]
    assert best.cause.fault == path.parent.name
    assert best.confidence > 0.45  # one log alone leaves much to what nobody thought of
    assert best.supporting
    assert all(line.locus is not None for line in best.supporting)


@pytest.mark.parametrize("path", HEALTHY, ids=sample_id)
def test_healthy_log_has_no_cause(path: Path) -> None:
    decision = decide(recorded(path, "app"))
    assert decision.verdict is Verdict.NO_ROOT_CAUSE_YET
    assert all(
        hypothesis.confidence < decision.something_else for hypothesis in decision.hypotheses
    )


@pytest.mark.parametrize("healthy", HEALTHY, ids=sample_id)
def test_a_healthy_log_beside_it_takes_no_blame(healthy: Path) -> None:
    failing = next(path for path in POSITIVES if path.parent != healthy.parent)
    situation = together(recorded(failing, "ledger"), recorded(healthy, "search"))
    best = decide(situation).hypotheses[0].cause
    assert (best.service, best.fault) == ("ledger", failing.parent.name)


@pytest.mark.parametrize("path", POSITIVES, ids=sample_id)
def test_other_names_and_times_change_nothing(path: Path) -> None:
    before = recorded(path, "app")
    after = shifted(renamed(before, {"app": "quokka"}), timedelta(days=-400, minutes=7))
    decision, other = decide(before), decide(after)
    assert [h.cause.fault for h in decision.hypotheses] == [h.cause.fault for h in other.hypotheses]
    assert decision.verdict is other.verdict
    assert [h.confidence for h in decision.hypotheses] == pytest.approx(
        [h.confidence for h in other.hypotheses]
    )


@pytest.mark.parametrize("folder", INCIDENTS, ids=lambda folder: folder.name)
def test_recorded_incident(folder: Path) -> None:
    truth = json.loads((TRUTH / f"{folder.name}.json").read_text())
    decision = decide(incident(folder))
    best = decision.hypotheses[0].cause
    assert (best.service, best.fault) == (truth["service"], truth["fault"])
    assert decision.verdict is Verdict.ROOT_CAUSE
    assert decision.sufficiency.enough
    assert decision.sufficiency.lacking == ()
    assert unsupported(decision) == 0


@pytest.mark.parametrize("folder", INCIDENTS, ids=lambda folder: folder.name)
def test_without_the_evidence_of_the_guilty_there_is_no_root_cause(folder: Path) -> None:
    truth = json.loads((TRUTH / f"{folder.name}.json").read_text())
    whole = incident(folder)
    kept = tuple(file for file in whole.files if file.service != truth["service"])
    findings = {
        file.id: tuple(
            finding for finding in whole.findings[file.id] if finding.service != truth["service"]
        )
        for file in kept
    }
    decision = decide(replace(whole, files=kept, findings=findings))
    if decision.verdict is Verdict.ROOT_CAUSE:  # a caller's log quotes what the guilty says
        assert (decision.hypotheses[0].cause.service, folder.name) == ("parcels-db", "parcel-scans")
    else:
        assert decision.sufficiency.lacking


@pytest.mark.parametrize("folder", INCIDENTS, ids=lambda folder: folder.name)
def test_recorded_incident_under_other_names(folder: Path) -> None:
    truth = json.loads((TRUTH / f"{folder.name}.json").read_text())
    before = incident(folder)
    services = {file.service for file in before.files if file.service} | {
        n for call in before.calls for n in call
    }
    names = {name: f"svc-{place:02}" for place, name in enumerate(sorted(services))}
    best = decide(shifted(renamed(before, names), timedelta(days=90))).hypotheses[0].cause
    assert (best.service, best.fault) == (names[truth["service"]], truth["fault"])


def test_the_fault_behind_the_refused_call_wins() -> None:
    situation = a_situation(
        a_log("checkout", LogLines(text=REFUSED, at=605, count=400)),
        a_log("orders-db", LogLines(text=DISK, at=600, lasting=10, count=3, level=Level.FATAL)),
        calls=[("gateway", "checkout"), ("checkout", "orders-db")],
        alert="gateway",
    )
    decision = decide(situation)
    best = decision.hypotheses[0]
    assert (best.cause.service, best.cause.fault) == ("orders-db", "disk_full")
    # Told by logs alone, but the log of another service shows what it does.
    assert decision.verdict is Verdict.ROOT_CAUSE


def test_one_log_alone_is_no_root_cause() -> None:
    situation = a_situation(
        a_log("orders-db", LogLines(text=DISK, at=600, lasting=10, count=3, level=Level.FATAL)),
        a_log("checkout"),
        calls=[("gateway", "checkout"), ("checkout", "orders-db")],
        alert="gateway",
    )
    decision = decide(situation)
    best = decision.hypotheses[0]
    assert (best.cause.service, best.cause.fault) == ("orders-db", "disk_full")
    assert decision.verdict is Verdict.NO_ROOT_CAUSE_YET
    assert [text.text for text in decision.sufficiency.lacking if "a second source" in text.text]


def test_a_refused_call_blames_whom_it_names() -> None:
    situation = a_situation(
        a_log("checkout", LogLines(text="connect ECONNREFUSED payments:8443", count=50)),
        a_log("payments"),
        a_log("search"),
    )
    best = decide(situation).hypotheses[0]
    assert best.cause.service == "payments"
    assert best.statement.text == "payments refuses connections"


def test_a_failed_call_and_a_failing_service_are_weighed_side_by_side() -> None:
    timeout = LogLines(text="upstream timeout: httpx.ReadTimeout")
    failed = LogLines(text="POST /pay 504")
    decision = decide(a_situation(a_log("checkout", timeout, failed), alert="checkout"))
    faults = {hypothesis.cause.fault for hypothesis in decision.hypotheses}
    assert faults == {"connection_timeout", "failing_by_itself"}
    assert decision.checks


def test_a_quoted_server_error_blames_the_server() -> None:
    quoted = (
        "redis.exceptions.OutOfMemoryError: command not allowed when used memory > 'maxmemory'."
    )
    situation = a_situation(a_log("cart", LogLines(text=quoted)), a_log("sessions-redis"))
    assert decide(situation).hypotheses[0].cause.service == "sessions-redis"


def test_a_warning_that_was_always_there_is_no_cause() -> None:
    old = LogLines(text="connect timed out calling geo", at=1, lasting=890, count=60)
    situation = a_situation(a_log("checkout", old, LogLines(text=POOL)), alert="checkout")
    best = decide(situation).hypotheses[0]
    assert best.cause.fault == "connection_pool_exhausted"
    assert best.confidence > 0.65  # all that one log alone can reach is 0.7


def test_errors_that_healed_are_no_cause() -> None:
    brief = LogLines(text=REFUSED, at=5, lasting=4, count=6)
    decision = decide(a_situation(a_log("checkout", brief)))
    assert decision.verdict is Verdict.NO_ROOT_CAUSE_YET
    assert decision.hypotheses[0].confidence < 0.1


def test_a_deploy_of_its_own_makes_new_errors_its_fault() -> None:
    broken = LogLines(text="TypeError: Cannot read properties of undefined (reading 'amount')")
    deploy = LogLines(text=DEPLOY, at=590, lasting=0, count=1, level=Level.INFO)
    failed = LogLines(text="checkout answered 500", at=605, count=80)
    calls = [("gateway", "checkout")]
    alone = decide(a_situation(a_log("checkout", broken), a_log("gateway", failed), calls=calls))
    after = decide(
        a_situation(a_log("checkout", deploy, broken), a_log("gateway", failed), calls=calls)
    )
    assert alone.verdict is Verdict.NO_ROOT_CAUSE_YET
    assert after.verdict is Verdict.ROOT_CAUSE
    assert after.hypotheses[0].cause.fault == "bad_deploy"
    assert after.sufficiency.kinds == (EvidenceKind.LOG, EvidenceKind.CHANGE)
    assert after.sufficiency.tested


def test_a_deploy_of_another_service_is_a_red_herring() -> None:
    broken = LogLines(text="TypeError: Cannot read properties of undefined (reading 'amount')")
    deploy = LogLines(
        text="deploying search 4.0.1 (commit 2f9c41d)", at=590, lasting=0, count=1, level=Level.INFO
    )
    situation = a_situation(a_log("checkout", broken), a_log("search", deploy))
    assert decide(situation).verdict is Verdict.NO_ROOT_CAUSE_YET


def test_one_line_gives_less_confidence_than_many() -> None:
    decision = decide(a_situation(a_log("api", LogLines(text=POOL, count=1, lasting=0, at=890))))
    many = decide(a_situation(a_log("api", LogLines(text=POOL, count=300))))
    assert decision.hypotheses[0].confidence < many.hypotheses[0].confidence
    assert decision.verdict is many.verdict is Verdict.NO_ROOT_CAUSE_YET  # told by one log alone


def test_what_began_long_after_the_alert_weighs_less() -> None:
    late = a_log("api", LogLines(text=POOL, at=700))
    before = decide(a_situation(late, alert="api", alert_at=720)).hypotheses[0].confidence
    after = decide(a_situation(late, alert="api", alert_at=60)).hypotheses[0].confidence
    assert after < before


def test_without_evidence_it_says_what_to_bring() -> None:
    decision = decide(a_situation(alert="checkout"))
    assert decision.verdict is Verdict.NO_ROOT_CAUSE_YET
    assert decision.hypotheses == ()
    assert decision.something_else == 1.0
    assert decision.missing[0].text.startswith("the log of checkout")
    assert decision.next_question is not None


def test_an_unread_callee_is_asked_for() -> None:
    situation = a_situation(
        a_log("checkout", LogLines(text=REFUSED)), calls=[("checkout", "orders-db")]
    )
    decision = decide(situation)
    assert decision.hypotheses[0].cause.service == "orders-db"
    assert decision.missing[0].text == "the log of orders-db"


def test_it_is_deterministic() -> None:
    situation = recorded(POSITIVES[0], "app")
    assert decide(situation) == decide(situation)
    assert situation.at == T0
