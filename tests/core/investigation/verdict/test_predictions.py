"""A hypothesis says what must be seen, and evidence of others tests it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.cases.model import Prediction, PredictionOutcome
from core.evidence.model import Level
from core.investigation.causes.scores import rank_causes
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.verdict.predictions import FAILED, contradictions, predict, weighed_down
from tests.core.investigation.causes.sample_system import System, read_text
from tests.core.investigation.causes.sample_system import situation as measured
from tests.core.investigation.sample_situations import (
    INCIDENTS,
    T0,
    LogLines,
    a_log,
    a_situation,
    incident,
)

if TYPE_CHECKING:
    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.decision import Situation

POOL = LogLines(
    text="QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30"
)
FELT = "orders answered 500 for /pay"
ALSO = LogLines(text="no payment could be made", at=615, count=40)
CALLS = [("gateway", "orders"), ("orders", "orders-db"), ("search", "search-db")]
CALLEES = "what orders calls is healthy"
EFFECTS = "callers of orders, or the alerting service, fail or slow down"
ORDER = "what depends on orders fails after it, not before"
NEAR, ONGOING = "it begins near the alert", "it continues while the alert fires"


def predictions(situation: Situation, service: str = "orders") -> dict[str, Prediction]:
    """By the beginning of their words, of the best candidate of a service."""
    cause = next(
        cause for cause in rank_causes(situation) if cause.candidate.cause.service == service
    )
    return {
        prediction.text.text.partition(",")[0]: prediction
        for prediction in predict(cause, ServiceHealth(situation))
    }


def outcome(situation: Situation, text: str) -> PredictionOutcome | None:
    prediction = predictions(situation).get(text.partition(",")[0])
    return prediction.outcome if prediction else None


def a_scene(*others: tuple[str, *tuple[LogLines, ...]], alert_at: float = 660) -> Situation:
    logs = [a_log("orders", POOL), *(a_log(name, *lines) for name, *lines in others)]
    return a_situation(*logs, calls=CALLS, alert="gateway", alert_at=alert_at)


def test_callers_that_fail_with_it_hold() -> None:
    """By another line than the one that the ranking cites."""
    felt = a_scene(("gateway", LogLines(text=FELT, at=615, count=90), ALSO))
    assert outcome(felt, EFFECTS) is PredictionOutcome.HELD
    (line,) = predictions(felt)[EFFECTS.partition(",")[0]].citations
    assert line.text.text in {FELT, ALSO.text}
    assert line.resolves


def test_callers_that_nobody_measures_tell_nothing() -> None:
    assert outcome(a_scene(), EFFECTS) is PredictionOutcome.UNTESTED
    warned = a_scene(("gateway", LogLines(text=FELT, at=615, level=Level.WARNING)))
    assert outcome(warned, EFFECTS) is PredictionOutcome.UNTESTED


def test_callers_whose_trouble_proposed_it_refute_nothing() -> None:
    """`its caller is affected too` speaks for it: the same series must not speak against it."""
    ratio = "latency_p95_ms"
    slow = System(changed={("orders", ratio): 9.0, ("kiosk", ratio): 9.0})
    known = measured(slow)
    (effects,) = (
        prediction
        for text, prediction in predictions(known).items()
        if text.startswith("callers of orders")
    )
    assert effects.outcome is not PredictionOutcome.FAILED


def test_where_nobody_tells_who_calls_it_whoever_suffers_may() -> None:
    """The kiosk is measured and well; the till fails, and nobody tells whom it calls."""
    well = measured(System(), "metrics")

    def outcome_with(
        *logs: tuple[EvidenceFile, tuple[Finding, ...]], calls: tuple[tuple[str, str], ...] = ()
    ) -> PredictionOutcome | None:
        scene = a_situation(a_log("orders", POOL), *logs, calls=calls, alert="kiosk")
        files, findings = (*scene.files, *well.files), {**scene.findings, **well.findings}
        return outcome(replace(scene, files=files, findings=findings), EFFECTS)

    failing = a_log("till", ALSO)
    assert outcome_with() is PredictionOutcome.FAILED
    assert outcome_with(failing) is PredictionOutcome.UNTESTED
    assert outcome_with(failing, calls=(("kiosk", "orders"),)) is PredictionOutcome.FAILED


@pytest.mark.parametrize(
    ("line", "became"),
    [
        ("ERROR order not placed", PredictionOutcome.HELD),
        ("ERROR write failed: No space left on device", PredictionOutcome.UNTESTED),
    ],
)
def test_whoever_suffers_bears_it_out_where_nobody_is_known_to(
    line: str, became: PredictionOutcome
) -> None:
    """The alert is of a service that nothing is known of; what has a reason of its own does not."""
    other = a_log("till", LogLines(text=line, at=605, count=40))
    assert outcome(a_situation(a_log("orders", POOL), other, alert="unseen"), EFFECTS) is became


@pytest.mark.parametrize(
    ("heap", "became"), [(80.0, PredictionOutcome.HELD), (1.0, PredictionOutcome.FAILED)]
)
def test_work_that_piles_up_where_it_reads_is_felt(heap: float, became: PredictionOutcome) -> None:
    """Nobody calls the packer; the shop, which sends it work, is measured and well."""
    died = a_log("packer", LogLines(text="FATAL Segmentation fault (core dumped)", count=40))
    rows = ["time,rabbitmq|queue_depth,shop|latency_ms,shop|error_ratio"]
    for at in range(0, 900, 20):
        waits = heap * (at - 580) / 20 if at >= 600 else 0
        moment = T0 + timedelta(seconds=at)
        rows.append(f"{moment.isoformat()},{waits},{40 + at % 3},{0.01 + at % 3 / 1000}")
    metrics = read_text("metrics.csv", "\n".join(rows) + "\n")
    calls = (("shop", "rabbitmq"), ("packer", "rabbitmq"))
    scene = a_situation(died, metrics, calls=calls, alert="packer")
    effects = predictions(scene, "packer")[EFFECTS.partition(",")[0].replace("orders", "packer")]
    assert effects.outcome is became


@pytest.mark.parametrize(
    ("alerted", "became"),
    [("orders", PredictionOutcome.UNTESTED), ("till", PredictionOutcome.FAILED)],
)
def test_an_alert_about_its_own_answers_is_not_refuted_by_a_caller_that_is_well(
    alerted: str, became: PredictionOutcome
) -> None:
    """Whom it fails may stand outside, where nobody watches."""
    rows = ["time,orders|error_ratio,till|latency_ms,till|error_ratio"]
    for at in range(0, 900, 20):
        moment, scatter = T0 + timedelta(seconds=at), at % 3 / 1000
        failing = 0.6 if at >= 600 else 0.01
        rows.append(f"{moment.isoformat()},{failing + scatter},{40 + at % 3},{0.01 + scatter}")
    metrics = read_text("metrics.csv", "\n".join(rows) + "\n")
    calls = (("till", "orders"),)
    scene = a_situation(a_log("orders", POOL), metrics, calls=calls, alert=alerted)
    assert outcome(scene, EFFECTS) is became


@pytest.mark.parametrize(("called", "became"), [(False, None), (True, PredictionOutcome.FAILED)])
def test_a_job_that_nobody_calls_harms_who_shares_what_it_calls(
    called: bool,  # noqa: FBT001
    became: PredictionOutcome | None,
) -> None:
    """The shops wait for the database that the job has locked."""
    shops = [f"shop-{n}" for n in range(3)]
    failing = [a_log(shop, LogLines(text=FELT, at=605, count=90)) for shop in shops]
    calls = [("job", "orders-db"), *((shop, "orders-db") for shop in shops)]
    known = [*calls, ("cron", "job")] if called else calls
    scene = a_situation(a_log("job", POOL), *failing, calls=known, alert="shop-0")
    others = predictions(scene, "job").get("services that do not depend on job stay healthy")
    assert (others.outcome if others else None) is became


def test_an_effect_before_its_cause_fails() -> None:
    early = a_scene(("gateway", LogLines(text=FELT, at=300, count=90)))
    assert outcome(early, ORDER) is PredictionOutcome.FAILED
    in_time = a_scene(("gateway", LogLines(text=FELT, at=605, count=90), ALSO))
    assert outcome(in_time, ORDER) is PredictionOutcome.HELD


@pytest.mark.parametrize(
    ("at", "became"), [(300.0, PredictionOutcome.FAILED), (1.0, PredictionOutcome.HELD)]
)
def test_what_it_calls_must_be_well(at: float, became: PredictionOutcome) -> None:
    """Errors that were there all along are none."""
    lasting = 890.0 - at
    broken = LogLines(text="could not do it", at=at, lasting=lasting, count=200)
    assert outcome(a_scene(("orders-db", broken)), CALLEES) is became


@pytest.mark.parametrize(
    ("alert_at", "failed"), [(660.0, None), (-1200.0, NEAR), (90_000.0, ONGOING)]
)
def test_it_must_be_about_the_time_of_the_alert(alert_at: float, failed: str | None) -> None:
    scene = a_scene(alert_at=alert_at)
    for text in (NEAR, ONGOING):
        assert outcome(scene, text) is (PredictionOutcome.FAILED if text == failed else None)


def test_what_failed_is_a_line_against_it() -> None:
    early = a_scene(("gateway", LogLines(text=FELT, at=300, count=90)))
    cause = next(cause for cause in rank_causes(early) if cause.candidate.cause.service == "orders")
    tested = predict(cause, ServiceHealth(early))
    (against,) = [line for each in tested for line in contradictions(each)]
    assert against.weight == FAILED < 0
    assert against.text.text == FELT
    assert (
        against.why.text
        == "expected: what depends on orders fails after it, not before \u2014 not seen"
    )
    assert weighed_down(cause, tested).score == pytest.approx(cause.score + FAILED)
    assert weighed_down(cause, ()) is cause


def test_what_proposed_it_does_not_test_it() -> None:
    """A caller that the ranking has cited already is no new evidence."""
    felt = a_scene(("gateway", LogLines(text=FELT, at=615, count=90)))
    cause = next(cause for cause in rank_causes(felt) if cause.candidate.cause.service == "orders")
    finding = next(
        finding
        for file in felt.files
        for finding in felt.findings[file.id]
        if FELT in finding.text.text
    )
    cited = replace(cause.citations[0], text=finding.text, locus=finding.locus)
    tested = predict(replace(cause, citations=(*cause.citations, cited)), ServiceHealth(felt))
    assert not [
        each for each in tested if each.outcome is PredictionOutcome.HELD and FELT in _texts(each)
    ]


def test_nobody_knows_what_a_nameless_service_does() -> None:
    situation = a_situation(a_log(None, POOL))
    (cause, *_) = rank_causes(situation)
    assert predict(cause, ServiceHealth(situation)) == ()


def test_recorded_incidents_pass_their_tests_and_a_shifted_alert_fails_them() -> None:
    for folder in INCIDENTS:
        whole = incident(folder)
        best = rank_causes(whole)[0]
        tested = predict(best, ServiceHealth(whole))
        assert [prediction for prediction in tested if prediction.outcome is PredictionOutcome.HELD]
        assert not [
            prediction for prediction in tested if prediction.outcome is PredictionOutcome.FAILED
        ]
        later = tuple(
            replace(occurrence, starts_at=occurrence.starts_at + timedelta(days=1))
            for occurrence in whole.occurrences
        )
        late = replace(whole, occurrences=later)
        outcomes = [
            prediction.outcome for prediction in predict(rank_causes(late)[0], ServiceHealth(late))
        ]
        assert PredictionOutcome.FAILED in outcomes


def _texts(prediction: Prediction) -> list[str]:
    return [line.text.text for line in prediction.citations]
