"""Bodies of PagerDuty's V3 webhooks, made from the shapes that its documentation describes.

Source: developer.pagerduty.com, docs/webhooks (Overview, Early Access Webhook Events); names, ids
and texts are ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

BEGAN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SITE = "https://harbour.pagerduty.com"
API = "https://api.pagerduty.com"
DANA = ("PDANA01", "Dana Ruiz")
LEE = ("PLEE002", "Lee Chen")

# Every event type of incidents in the documentation, with the type of its data.
OF_STATE = (
    "incident.triggered",
    "incident.acknowledged",
    "incident.unacknowledged",
    "incident.resolved",
    "incident.reopened",
    "incident.escalated",
    "incident.delegated",
    "incident.reassigned",
    "incident.priority_updated",
    "incident.service_updated",
    "incident.incident_type.changed",
)
OF_SERVICES = (
    "service.created",
    "service.updated",
    "service.deleted",
    "service.custom_field_values.updated",
)
STATUS = {
    "incident.acknowledged": "acknowledged",
    "incident.resolved": "resolved",
}


def wire_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def reference(kind: str, identity: str, summary: str | None, **more: Any) -> dict[str, Any]:
    """How PagerDuty names another thing of its own."""
    return {
        "html_url": f"{SITE}/{kind}s/{identity}",
        "id": identity,
        "self": f"{API}/{kind}s/{identity}",
        "summary": summary,
        "type": f"{kind}_reference",
        **more,
    }


def person(who: tuple[str, str]) -> dict[str, Any]:
    return reference("user", *who)


@dataclass
class PagerIncident:
    """One incident at PagerDuty, and the bodies it sends as it goes on. Times are after BEGAN."""

    id: str = "Q2HARBOUR7"
    number: int = 4711
    title: str = "5xx of checkout above 8 %"
    service: str = "Checkout (production)"
    urgency: str = "high"
    priority: str | None = "P2"
    policy: str = "Payments on-call"
    team: str | None = "Payments"
    assignees: tuple[tuple[str, str], ...] = (DANA,)
    kind: str = "incident_default"
    status: str = "triggered"
    reopened_at: datetime | None = None
    resolve_reason: dict[str, Any] | None = None
    sent: int = field(default=0, init=False)

    def state(self) -> dict[str, Any]:
        """`data` of type incident, as it is now."""
        return {
            "id": self.id,
            "type": "incident",
            "self": f"{API}/incidents/{self.id}",
            "html_url": f"{SITE}/incidents/{self.id}",
            "number": self.number,
            "status": self.status,
            "incident_key": f"key-of-{self.id}",
            "created_at": wire_time(BEGAN)[:-5] + "Z",
            "reopened_at": wire_time(self.reopened_at) if self.reopened_at else None,
            "title": self.title,
            "incident_type": {"name": self.kind},
            "service": reference("service", "PSVC001", self.service),
            "assignees": [person(assignee) for assignee in self.assignees],
            "escalation_policy": reference("escalation_policy", "PPOL001", self.policy),
            "teams": [reference("team", "PTEAM01", self.team)] if self.team else [],
            "priority": reference("priority", "PPRI001", self.priority) if self.priority else None,
            "urgency": self.urgency,
            "conference_bridge": None,
            "resolve_reason": self.resolve_reason,
        }

    def happens(
        self,
        event_type: str,
        *,
        after: float = 0,
        by: tuple[str, str] | None = DANA,
        **changes: Any,
    ) -> bytes:
        """The body of one event, `after` seconds on; changes are of the incident from now on."""
        at = BEGAN + timedelta(seconds=after)
        self.status = STATUS.get(event_type, self.status)
        if event_type in {"incident.unacknowledged", "incident.reopened"}:
            self.status = "triggered"
        if event_type == "incident.reopened":
            self.reopened_at = at
        for name, value in changes.items():
            setattr(self, name, value)
        return self.body(event_type, self.state(), at=at, by=by)

    def tells(
        self,
        event_type: str,
        *,
        after: float = 0,
        by: tuple[str, str] | None = DANA,
        **data: Any,
    ) -> bytes:
        """The body of an event that does not carry the state; see DETAILS for its data."""
        at = BEGAN + timedelta(seconds=after)
        naming = reference("incident", self.id, self.title)
        given = {**DETAILS[event_type], **data}
        if given["type"] == "incident_role_assignment":
            for assignment in given["incident_role_assignments"]:
                assignment["incident"] = naming
        else:
            given["incident"] = naming
        return self.body(event_type, given, at=at, by=by)

    def body(
        self,
        event_type: str,
        data: dict[str, Any],
        *,
        at: datetime,
        by: tuple[str, str] | None,
    ) -> bytes:
        self.sent += 1
        return a_body(event_type, data, at=at, by=by, event_id=f"01{self.id}{self.sent:04}")


def a_body(
    event_type: str,
    data: dict[str, Any],
    *,
    at: datetime = BEGAN,
    by: tuple[str, str] | None = None,
    event_id: str = "01EVENTOFNOINCIDENT",
) -> bytes:
    """One webhook's body."""
    event = {
        "id": event_id,
        "event_type": event_type,
        "resource_type": event_type.partition(".")[0],
        "occurred_at": wire_time(at),
        "agent": person(by) if by else None,
        "client": {"name": "Website"} if by else None,
        "data": data,
    }
    return json.dumps({"event": event}).encode()


def a_ping(*, at: datetime = BEGAN, event_id: str = "01PING") -> bytes:
    """What PagerDuty's test of a subscription sends."""
    data = {"message": "Hello from your friend Pagey!", "type": "ping"}
    return a_body("pagey.ping", data, at=at, event_id=event_id)


def of_a_service(event_type: str, *, event_id: str = "01SERVICE") -> bytes:
    """What is sent when a service changes, which concerns no incident."""
    named = reference("service", "PSVC001", "Checkout (production)")
    data = {**named, "type": "service", "alert_creation": "create_alerts_and_incidents"}
    if event_type.startswith("service.custom"):
        data = {"service": named, "type": "service_field_values", "custom_fields": []}
    return a_body(event_type, data, event_id=event_id)


def _task(status: str) -> dict[str, Any]:
    return {
        "id": "PTASK01",
        "type": "incident_task",
        "name": "Call the payment provider",
        "summary": "Call the payment provider",
        "description": "They may have throttled us",
        "status": status,
        "assignees": [person(LEE)],
    }


def _action(state: str) -> dict[str, Any]:
    action = reference("action", "01ACTION", "Collect thread dumps")
    return {"id": "01CALL", "action": action, "state": state, "type": "incident_action_invocation"}


def _workflow() -> dict[str, Any]:
    return {
        "id": "PFLOW01",
        "type": "incident_workflow_instance",
        "summary": "Major incident, run 7",
        "incident_workflow": reference("incident_workflow", "PFLOW00", "Major incident"),
        "workflow_trigger": reference("workflow_trigger", "trigger-1", "priority is P1"),
        "service": reference("service", "PSVC001", "Checkout (production)"),
    }


def _field(name: str, value: Any) -> dict[str, Any]:
    return {
        "data_type": "string",
        "field_type": "single_value",
        "id": f"PF{name.upper()[:5]}",
        "name": name,
        "namespace": "incidents",
        "type": "field_value",
        "value": value,
    }


# `data` of each event that does not carry the incident's state, but for the incident itself.
DETAILS: dict[str, dict[str, Any]] = {
    "incident.annotated": {
        "id": "PNOTE01",
        "type": "incident_note",
        "content": "The pool was cut to 10 in this morning's deploy",
        "trimmed": False,
    },
    "incident.status_update_published": {
        "id": "PSTAT01",
        "type": "incident_status_update",
        "message": "Some payments fail; we are on it",
        "trimmed": False,
    },
    "incident.responder.added": {
        "type": "incident_responder",
        "user": person(LEE),
        "escalation_policy": None,
        "message": "Please look at the database",
        "state": "pending",
    },
    "incident.responder.replied": {
        "type": "incident_responder",
        "user": person(LEE),
        "escalation_policy": None,
        "message": "At my desk in five minutes",
        "state": "accepted",
    },
    "incident.conference_bridge.updated": {
        "type": "incident_conference_bridge",
        "conference_numbers": [{"label": "", "number": "+49 30 5550 1234"}],
        "conference_url": "https://meet.example.net/checkout-5xx",
    },
    "incident.custom_field_values.updated": {
        "type": "incident_field_values",
        "custom_fields": [_field("environment", "production"), _field("region", ["eu", "us"])],
        "changed_custom_fields": [_field("region", ["eu", "us"])],
    },
    "incident.role.assigned": {
        "type": "incident_role_assignment",
        "incident_role_assignments": [
            {
                "id": "role-1",
                "assignee": person(LEE),
                "old_assignee": None,
                "role": reference("role", "PROLE01", "Incident Commander"),
                "status": "active",
                "type": "role_assignment_reference",
            }
        ],
    },
    "incident.task.created": _task("todo"),
    "incident.task.updated": _task("in_progress"),
    "incident.task.completed": _task("complete"),
    "incident.action_invocation.created": _action("created"),
    "incident.action_invocation.updated": _action("running"),
    "incident.action_invocation.terminated": _action("completed"),
    "incident.workflow.started": _workflow(),
    "incident.workflow.completed": _workflow(),
}
EVERY_TYPE = (*OF_STATE, *DETAILS, *OF_SERVICES, "pagey.ping")
