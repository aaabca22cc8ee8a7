from __future__ import annotations

import pytest

from core.alerts.pagerduty import read_event
from core.alerts.pagerduty_text import labels_of, severity_of_incident
from tests.fakes.pagerduty.events import BEGAN, PagerIncident


def test_labels_for_routes_are_pagerdutys_own_names() -> None:
    body = PagerIncident().happens("incident.triggered")
    event = read_event(body, received_at=BEGAN)
    assert event.incident is not None
    assert labels_of(event.incident) == {
        "source": "pagerduty",
        "service": "Checkout (production)",
        "severity": "high",
        "urgency": "high",
        "priority": "P2",
        "escalation_policy": "Payments on-call",
        "team": "Payments",
        "title": "5xx of checkout above 8 %",
    }


@pytest.mark.parametrize(
    ("priority", "urgency", "severity"),
    [
        ("P1", "low", "critical"),
        ("SEV-2", "low", "high"),
        ("Moonlight", "high", "high"),
        (None, "low", "warning"),
        (None, "", "unknown"),
    ],
)
def test_a_priority_counts_before_the_urgency(
    priority: str | None, urgency: str, severity: str
) -> None:
    incident = PagerIncident(priority=priority, urgency=urgency)
    event = read_event(incident.happens("incident.triggered"), received_at=BEGAN)
    assert event.incident is not None
    assert severity_of_incident(event.incident) == severity
