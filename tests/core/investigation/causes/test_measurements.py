from __future__ import annotations

import pytest

from core.investigation.causes.measurements import ServiceMeasurements
from core.investigation.causes.metric_features import MetricFeature
from tests.core.investigation.causes.sample_system import ONSET, USUAL, System, situation

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


def test_the_slowest_calls_of_a_callee_do_not_explain_that_all_of_its_caller_are_slow() -> None:
    slow = {("stock", "latency_p95_ms"): 9.0, ("menu", "latency_p95_ms"): 9.0}
    usual = {**USUAL, "latency_p50_ms": 20.0}
    of_all = {**slow, ("menu", "latency_p50_ms"): 9.0}
    some, every = (
        ServiceMeasurements(situation(System(changed=changed, usual=usual), "metrics"))
        for changed in (slow, of_all)
    )
    assert some.explained("menu", MetricFeature.LATENCY) == (1.0, "stock")
    assert every.explained("menu", MetricFeature.LATENCY) == (0.0, None)


@pytest.mark.parametrize(
    ("name", "explained"),
    [("shop-menu-1.eu-west-1.elb.amazonaws.com", (1.0, "menu")), ("ledger", (0.0, None))],
)
def test_what_the_address_of_a_balancer_shows_is_of_what_stands_behind_it(
    name: str, explained: tuple[float, str | None]
) -> None:
    slow = System(
        changed={("ledger", "latency_p95_ms"): 9.0, ("menu", "latency_p95_ms"): 9.0},
        calls=(("kiosk", "menu"), ("kiosk", "ledger")),
        names={"ledger": name},
    )
    field = ServiceMeasurements(situation(slow, "metrics"))
    assert field.explained(name, MetricFeature.LATENCY) == explained
    assert field.explained("menu", MetricFeature.LATENCY) == (0.0, None)


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
