from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.alerts.pagerduty import read_event
from core.alerts.pagerduty_text import KNOWN_EVENT_TYPES, describe_event
from core.redaction.engine import Redactor
from tests.fakes.pagerduty.events import BEGAN, DETAILS, LEE, OF_STATE, PagerIncident

REDACT = Redactor(b"").clean


def told(body: bytes) -> str:
    return describe_event(
        read_event(body, received_at=BEGAN + timedelta(hours=1)), redact=REDACT
    ).text


@pytest.mark.parametrize(
    ("event_type", "changes", "line"),
    [
        ("incident.acknowledged", {}, "Dana Ruiz acknowledged it in PagerDuty"),
        ("incident.unacknowledged", {}, "Dana Ruiz took back the acknowledgement in PagerDuty"),
        ("incident.resolved", {}, "Dana Ruiz resolved it in PagerDuty"),
        ("incident.reopened", {}, "Dana Ruiz reopened it in PagerDuty"),
        ("incident.escalated", {"assignees": (LEE,)}, "Dana Ruiz escalated it to Lee Chen"),
        ("incident.reassigned", {"assignees": (LEE,)}, "Dana Ruiz reassigned it to Lee Chen"),
        ("incident.delegated", {}, "Dana Ruiz handed it to Payments on-call (Dana Ruiz)"),
        ("incident.priority_updated", {"priority": "P1"}, "Dana Ruiz set the priority to P1"),
        (
            "incident.service_updated",
            {"service": "Mail"},
            "Dana Ruiz moved it to Mail in PagerDuty",
        ),
        (
            "incident.incident_type.changed",
            {"kind": "major"},
            "Dana Ruiz changed the incident's type to major",
        ),
    ],
)
def test_a_change_of_state_is_one_line(event_type: str, changes: dict[str, Any], line: str) -> None:
    assert told(PagerIncident().happens(event_type, **changes)) == line


def test_what_nobody_did_was_pagerduty() -> None:
    line = told(PagerIncident().happens("incident.unacknowledged", by=None))
    assert line == "The acknowledgement in PagerDuty ran out"
    assert told(PagerIncident().happens("incident.escalated", by=None)).startswith("PagerDuty esc")


def test_a_bare_incident_still_reads() -> None:
    incident = PagerIncident(urgency="", priority=None, assignees=(), team=None)
    assert told(incident.happens("incident.triggered")).startswith(
        "PagerDuty incident 4711 triggered: https://"
    )


def test_an_unassigned_role_is_nobodys() -> None:
    given = {**DETAILS["incident.role.assigned"]["incident_role_assignments"][0], "assignee": None}
    body = PagerIncident().tells("incident.role.assigned", incident_role_assignments=[given])
    assert told(body) == "Nobody is Incident Commander any more"


def test_fields_that_hold_secrets_are_hidden() -> None:
    fields = [{"name": "password", "value": "kiwi-banana-7"}, {"name": "env", "value": 3}]
    body = PagerIncident().tells(
        "incident.custom_field_values.updated", custom_fields=fields, changed_custom_fields=fields
    )
    line = told(body)
    assert "kiwi" not in line
    assert "env = 3" in line


@pytest.mark.parametrize("event_type", sorted(KNOWN_EVENT_TYPES))
def test_every_line_is_one_line(event_type: str) -> None:
    incident = PagerIncident(title="two\nlines")
    of_state = event_type in OF_STATE
    body = incident.happens(event_type) if of_state else incident.tells(event_type)
    assert "\n" not in told(body)
    assert told(body).strip()


def test_known_is_what_is_documented() -> None:
    assert {*OF_STATE, *DETAILS} == KNOWN_EVENT_TYPES
