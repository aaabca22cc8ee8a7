from __future__ import annotations

import pytest

from core.investigation.causes.measurements import ServiceMeasurements
from core.investigation.causes.metric_features import MetricFeature
from core.investigation.causes.metric_grounds import MetricGround, grounds, says
from tests.core.investigation.causes.sample_system import USUAL, System, situation


def lines(service: str, system: System) -> list[MetricGround]:
    return list(grounds(service, ServiceMeasurements(situation(system))))


def weight(service: str, system: System, words: str) -> float:
    citations = (ground.citation for ground in lines(service, system))
    return sum(citation.weight for citation in citations if words in citation.why.text)


def test_the_stronger_a_sign_the_more_it_weighs() -> None:
    weights = [
        weight("ledger", System(changed={("ledger", "cpu_percent"): factor}), "CPU")
        for factor in (1.8, 3.0, 5.0)
    ]
    assert 0 < weights[0] < weights[1] < weights[2]


def test_who_answers_within_a_hundredth_of_a_second_is_hardly_late() -> None:
    """0.4 ms that become 3.6 weigh less than 40 that become 360, though both are nine times."""
    late = {("stock", "latency_p95_ms"): 9.0}
    quick = USUAL | {"latency_p95_ms": 0.4}
    words = "its latency rose"
    slow = weight("stock", System(changed=late), words)
    assert 0 < weight("stock", System(changed=late, usual=quick), words) < slow / 2


def test_what_a_callee_shows_as_well_takes_the_weight_away_again() -> None:
    both = {("stock", "latency_p95_ms"): 9.0, ("menu", "latency_p95_ms"): 9.0}
    own = weight("menu", System(changed=both), "its latency rose")
    taken = weight("menu", System(changed=both), "what it calls shows the same")
    assert own > 0
    assert taken == pytest.approx(-own)


def test_errors_weigh_more_where_the_alert_is_about_them() -> None:
    failing = System(changed={("menu", "error_ratio"): 20.0})
    silent = System(changed=failing.changed, alerted=None)
    words = "its error rate rose"
    assert weight("menu", failing, words) > weight("menu", silent, words)


@pytest.mark.parametrize(
    ("alert", "words"),
    [("HighErrorRate", "its latency rose"), ("SlowResponses", "its error rate rose")],
)
def test_what_an_alert_is_not_about_weighs_half(alert: str, words: str) -> None:
    changed = {("menu", "latency_p95_ms"): 9.0, ("menu", "error_ratio"): 20.0}
    other = System(changed=changed, alert=alert)
    plain = System(changed=changed, alert="SomethingIsWrong")
    assert weight("menu", other, words) == pytest.approx(weight("menu", plain, words) / 2)


def test_a_cause_explains_those_that_depend_on_it() -> None:
    both = System(changed={("stock", "latency_p95_ms"): 9.0, ("kiosk", "latency_p95_ms"): 9.0})
    assert weight("stock", both, "2 of 2 affected services") == pytest.approx(1.5)
    assert weight("kiosk", both, "1 of 2 affected services") < 1.0


def test_where_an_alert_is_about_is_seldom_where_it_begins() -> None:
    both = System(changed={("menu", "latency_p95_ms"): 2.0, ("kiosk", "latency_p95_ms"): 9.0})
    assert weight("kiosk", both, "it alerts, but what it calls") < 0
    assert weight("menu", both, "the alerting service depends on it") > 0


def test_few_requests_speak_against_it() -> None:
    rare = System(changed={("menu", "latency_p95_ms"): 9.0}, names={})
    assert weight("menu", rare, "little traffic") > -0.1


def test_every_sign_has_its_words() -> None:
    assert len({says(sign).text for sign in MetricFeature}) == len(MetricFeature)
