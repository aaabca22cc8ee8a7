"""Names in a text, and metrics in an expression."""

from __future__ import annotations

import pytest

from core.knowledge.names import known_in, metrics_in, names_in


def test_a_name_is_whole_and_in_any_case() -> None:
    names = names_in("Restart Orders, not orders-db; see `payments.default:8080`.")
    assert known_in(names, ["orders", "order", "orders-db", "payments", "db", "default"]) == [
        "default",
        "orders",
        "orders-db",
        "payments",
    ]


def test_a_name_of_two_characters_is_taken_for_a_word() -> None:
    assert known_in(names_in("go to db"), ["go", "db"]) == []


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        (
            'rate(http_requests_total{job="a_b"}[5m]) > 0.1',
            {"http_requests_total"},
        ),
        (
            "sum by (pod_name) (container_memory_bytes) / kube_limit",
            {"container_memory_bytes", "kube_limit"},
        ),
        ("histogram_quantile(0.9, latency_seconds_bucket)", {"latency_seconds_bucket"}),
        ("up == 0", set()),
    ],
)
def test_metrics_are_series_and_no_functions_or_labels(expression: str, metrics: set[str]) -> None:
    assert metrics_in(expression) == metrics
