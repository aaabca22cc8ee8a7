from __future__ import annotations

from core.investigation.causes.measurements import ServiceMeasurements
from core.investigation.causes.metric_features import MetricFeature
from tests.core.investigation.causes.sample_system import ONSET, System, situation

BOTH = System(changed={("stock", "latency_p95_ms"): 9.0, ("menu", "latency_p95_ms"): 9.0})


def test_the_onset_is_the_alert_s_else_what_files_say() -> None:
    assert ServiceMeasurements(situation(BOTH, "metrics")).onset == ONSET
    untold = System(changed=BOTH.changed, alerted=None)
    onset = ServiceMeasurements(situation(untold, "metrics")).onset
    assert onset is not None
    assert abs((onset - ONSET).total_seconds()) <= 60


def test_a_callee_that_grew_as_much_explains_its_caller() -> None:
    field = ServiceMeasurements(situation(BOTH, "metrics"))
    assert field.explained("menu", MetricFeature.LATENCY) == (1.0, "stock")
    assert field.explained("stock", MetricFeature.LATENCY) == (0.0, None)


def test_a_callee_that_grew_a_little_explains_little() -> None:
    little = {("stock", "latency_p95_ms"): 1.6, ("menu", "latency_p95_ms"): 12.0}
    share, _ = ServiceMeasurements(situation(System(changed=little), "metrics")).explained(
        "menu", MetricFeature.LATENCY
    )
    assert 0 < share < 0.3


def test_what_depends_on_a_service_and_what_an_alert_reaches() -> None:
    field = ServiceMeasurements(situation(BOTH, "metrics"))
    assert field.graph.dependants("ledger") == {"orders", "kiosk"}
    assert field.reached == {"kiosk", "orders", "menu", "stock", "ledger"}
    elsewhere = System(changed=BOTH.changed, alerted="orders")
    assert "menu" not in ServiceMeasurements(situation(elsewhere, "metrics")).reached


def test_circles_of_calls_end() -> None:
    circle = System(changed=BOTH.changed, calls=(("menu", "stock"), ("stock", "menu")))
    field = ServiceMeasurements(situation(circle, "metrics"))
    assert field.explained("menu", MetricFeature.LATENCY) == (0.0, None)
    assert field.graph.dependants("menu") == {"stock"}


def test_without_any_time_there_is_no_portrait() -> None:
    quiet = ServiceMeasurements(situation(System(alerted=None), "logs"))
    assert quiet.onset is None
    assert quiet.portraits == {}
