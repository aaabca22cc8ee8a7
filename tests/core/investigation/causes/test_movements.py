from __future__ import annotations

from datetime import timedelta

import pytest

from core.cases.model import EvidenceKind
from core.investigation.causes.metric_features import MetricFeature
from core.investigation.causes.shifts import movements, traffic
from tests.core.investigation.causes.sample_system import ONSET, SERVICES, System, situation

LATE = {("menu", "latency_p95_ms"): 10.0, ("menu", "error_ratio"): 20.0}


def test_what_moved_near_the_onset_is_told_with_its_window() -> None:
    measures = movements(situation(System(changed=LATE), "metrics"), ONSET)["menu"]
    latency = measures[MetricFeature.LATENCY]
    assert latency.strength > 1.5
    assert latency.change == pytest.approx(360, rel=0.1)
    assert latency.shown.kind is EvidenceKind.METRIC
    assert latency.shown.locus.series == "menu|latency_p95_ms"
    assert latency.shown.first == ONSET
    assert "menu|latency_p95_ms: 39.8" in latency.shown.text.text


def test_what_moved_at_another_time_is_not() -> None:
    measures = movements(situation(System(changed=LATE), "metrics"), ONSET - timedelta(minutes=20))
    assert MetricFeature.LATENCY not in measures.get("menu", {})


def test_what_falls_though_it_should_not_rise_is_no_sign() -> None:
    better = System(changed={("menu", "latency_p95_ms"): 0.2})
    assert MetricFeature.LATENCY not in movements(situation(better, "metrics"), ONSET).get(
        "menu", {}
    )


def test_what_all_services_do_is_load() -> None:
    every = {(service, "cpu_percent"): 2.5 for service in SERVICES}
    risen = {("menu", "cpu_percent"): 2.5}
    loaded = movements(situation(System(changed=every), "metrics"), ONSET)["menu"]
    alone = movements(situation(System(changed=risen), "metrics"), ONSET)["menu"]
    assert (
        loaded.get(MetricFeature.CPU) is None
        or loaded[MetricFeature.CPU].strength < alone[MetricFeature.CPU].strength / 3
    )


def test_traffic_is_known_of_every_service() -> None:
    of_service = traffic(situation(System(), "metrics"))
    assert set(of_service) == set(SERVICES)
    assert of_service["menu"] == pytest.approx(90, rel=0.1)
