from __future__ import annotations

from dataclasses import replace

from core.evidence.series.model import spell_series
from core.redaction.engine import Redactor
from tests.core.evidence.series.sample_series import series


def test_names_are_written_as_prometheus_does() -> None:
    assert spell_series("up", {"job": "a", "pod": "b"}) == 'up{job="a", pod="b"}'
    assert (spell_series("up", {}), spell_series("", {"a": "1"})) == ("up", '{a="1"}')


def test_titles_are_redacted() -> None:
    title = series([1.0], owner="dana@example.com").title(Redactor(b"k"))
    assert "dana" not in title.text


def test_whose_it_is() -> None:
    assert series([1.0], job="j", service="s").service == "s"
    assert series([1.0], job="j").service == "j"
    assert series([1.0], pod="p").service is None
    assert series([1.0], pod="orders-6d9f7c5b8-tq9wl").service == "orders"
    assert series([1.0], pod="orders-6d9f7c5b8-tq9wl", job="j").service == "j"


def test_whom_an_exporter_measures_is_named_by_its_address() -> None:
    assert series([1.0], job="exporters", instance="orders-db:9187").service == "orders-db"
    assert series([1.0], job="node", instance="web-1.shop.internal:9100").service == "web-1"
    assert series([1.0], job="exporters", instance="10.0.0.7:9187").service is None
    assert series([1.0], job="orders-db-exporter", instance="10.0.0.7:9187").service == "orders-db"
    assert series([1.0], job="probes", instance="blackbox:9115").service is None
    assert series([1.0], job="nodejs-shop", instance="web-1:9100").service == "nodejs-shop"
    load = replace(series([1.0], job="db-host", instance="web-1:9100"), name="node_load1")
    assert load.service == "web-1"


def test_an_instance_alone_names_a_service_unless_it_is_a_machine() -> None:
    assert series([1.0], instance="acceso:7000").service == "acceso"
    assert series([1.0], instance="10.0.0.7:7000").service is None
    assert series([1.0], instance="rack-7:9100").service is None
