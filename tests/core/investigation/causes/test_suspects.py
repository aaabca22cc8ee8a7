from __future__ import annotations

import pytest

from core.evidence.signatures import measured_signatures
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.measurements import ServiceMeasurements
from core.investigation.causes.metric_features import FAULT_OF
from core.investigation.causes.suspects import suspects
from tests.core.investigation.causes.sample_system import ONSET, USUAL, System, situation


@pytest.mark.parametrize(
    ("changed", "fault", "signal"),
    [
        ({"latency_p95_ms": 8.0}, "slow_by_itself", "latency"),
        ({"error_ratio": 20.0}, "failing_by_itself", "errors"),
        ({"cpu_percent": 4.5, "latency_p95_ms": 8.0}, "cpu_saturation", "cpu"),
    ],
)
def test_what_tells_why_is_the_fault_before_how_it_shows(
    changed: dict[str, float], fault: str, signal: str
) -> None:
    system = System(changed={("menu", what): factor for what, factor in changed.items()})
    candidates = {
        suspect.candidate.cause.service: suspect.candidate
        for suspect in suspects(ServiceMeasurements(situation(system)))
    }
    assert (candidates["menu"].cause.fault, candidates["menu"].cause.signal) == (fault, signal)


def test_what_was_seen_is_as_good_as_a_line_of_a_log() -> None:
    system = System(changed={("menu", "latency_p95_ms"): 8.0})
    (suspect,) = (
        suspect
        for suspect in suspects(ServiceMeasurements(situation(system)))
        if suspect.candidate.cause.service == "menu"
    )
    best = suspect.candidate.best
    assert suspect.candidate.told_by_itself
    assert (suspect.candidate.first, best.locus.series) == (ONSET, "menu|latency_p95_ms")
    assert best.signal.fault == "slow_by_itself"
    assert "menu|latency_p95_ms: 39.8" in best.text.text


def test_traffic_alone_makes_nobody_a_suspect() -> None:
    busy = System(changed={("menu", "requests_per_s"): 3.0})
    assert "menu" not in {
        suspect.candidate.cause.service
        for suspect in suspects(ServiceMeasurements(situation(busy)))
    }


def test_who_only_asks_others_is_no_suspect() -> None:
    probed = {"probe_duration_ms": 40.0, "probe_errors": 0.01, "cpu_percent": 20.0}
    changed = {("menu", "probe_duration_ms"): 9.0, ("menu", "probe_errors"): 50.0}
    watching = ServiceMeasurements(situation(System(changed=changed, usual=probed)))
    assert "menu" in watching.portraits
    assert not suspects(watching)


@pytest.mark.parametrize("proxy", ["varnish", "traefik", "edge"])
def test_the_threads_of_a_proxy_fill_up_where_those_behind_it_are_slow(proxy: str) -> None:
    usual = {**USUAL, "threads_busy": 10.0}
    full = {("kiosk", "threads_busy"): 9.0}
    for behind, is_suspect in ({("orders", "latency_p95_ms"): 9.0}, False), ({}, True):
        system = System(changed={**full, **behind}, usual=usual, names={"kiosk": proxy})
        faults = {
            suspect.candidate.cause.service: suspect.candidate.cause.fault
            for suspect in suspects(ServiceMeasurements(situation(system)))
        }
        assert (faults.get(proxy) == "saturation") is is_suspect


def test_every_fault_has_its_signature() -> None:
    assert {*FAULT_OF.values(), BROKEN_BY_CHANGE} == set(measured_signatures())
    for fault, signature in measured_signatures().items():
        assert signature.fault == fault
        assert signature.check
        assert signature.bring
