"""What an alert says besides its summary, and where it says to look."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.alerts.model import Alert, AlertSource, AlertStatus
from core.alerts.notes import links_of, notes_of
from core.redaction.engine import Redactor
from tests.contracts.samples import NOON, an_occurrence

if TYPE_CHECKING:
    from collections.abc import Mapping

REDACT = Redactor(b"key of these tests").clean
TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ456789"  # noqa: S105 # pragma: allowlist secret
GRAPH = "http://prometheus.example.net:9090/graph?g0.expr=CheckoutErrors&g0.tab=1"


def notes(
    annotations: Mapping[str, str],
    *,
    graph: str = "",
    source: AlertSource = AlertSource.ALERTMANAGER,
) -> dict[str, str]:
    alert = Alert(
        fingerprint="f1",
        status=AlertStatus.FIRING,
        labels={},
        annotations=annotations,
        starts_at=datetime(2026, 11, 20, tzinfo=UTC),
        generator_url=graph,
    )
    return notes_of(alert, source, redact=REDACT)


def test_the_description_is_kept_beside_the_summary_and_links_by_their_kind() -> None:
    annotations = {
        "summary": "5xx over 8 %",
        "description": "Carts are lost.",
        "runbook_url": "https://wiki.example.com/5xx",
        "dashboard_url": "https://grafana.example.com/d/1",
    }
    assert notes(annotations, graph=GRAPH) == {
        "description": "Carts are lost.",
        "runbook": "https://wiki.example.com/5xx",
        "dashboard": "https://grafana.example.com/d/1",
        "graph": GRAPH,
    }


def test_what_stands_for_the_summary_is_not_said_twice() -> None:
    assert notes({"description": "5xx over 8 %"}) == {}


def test_the_link_of_an_incident_is_named_after_pagerduty() -> None:
    url = "https://example.pagerduty.com/incidents/Q1"
    assert notes({}, graph=url, source=AlertSource.PAGERDUTY) == {"pagerduty": url}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://files.example.com/x",
        "https://",
        "https://wiki.example.com@evil.example/",
        f"https://dana:{TOKEN}@wiki.example.com/",
        f"https://wiki.example.com/x?token={TOKEN}",
        "see the wiki",
        "https://wiki.example.com/a b",
    ],
)
def test_what_is_no_plain_address_is_no_link(url: str) -> None:
    assert notes({"runbook_url": url}, graph=url) == {}


def test_a_secret_in_the_description_is_hidden() -> None:
    written = notes({"summary": "x", "description": "log in with password=hunter2hunter2"})
    assert "hunter2hunter2" not in written["description"]


def test_the_links_of_an_alert_that_ended_are_kept_when_it_fires_again() -> None:
    ended = an_occurrence("case_1", ended_at=NOON, severity="critical")
    again = an_occurrence("case_1", notes={"graph": GRAPH}, severity="warning")
    assert links_of([again, ended]) == {"runbook": "https://wiki.example.com/pool", "graph": GRAPH}
    newer = {"runbook": "https://wiki.example.com/new"}
    assert links_of([ended, an_occurrence("case_1", notes=newer)]) == newer
    assert links_of([an_occurrence("case_1", notes={"runbook": "see the wiki"})]) == {}
