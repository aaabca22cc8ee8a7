"""Reads a PagerDuty webhook, version 3, once into types of our own.

A body holds one event, never several; `data.type` decides what its data is. New types of events
are added without notice, so one that we do not know is an event like any other. Without an id, a
type, a time and data an event says nothing that could be acted on.
Source: developer.pagerduty.com, docs/webhooks (Overview, Behavior, Early Access Webhook Events).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import Field, TypeAdapter, ValidationError

from core.alerts.model import Moment, Text, WireModel, read_wire_model, without_nul
from core.errors import UnparsableDelivery

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PING = "pagey.ping"  # what the test of a subscription sends
INCIDENT = "incident"
LONGEST_TEXT = 4000
MOST_NAMED = 100  # teams, people, fields: of each list
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
FAMILY = re.compile(r"[a-z_]{1,32}")
EVENT_TYPE = re.compile(r"[a-z_]{1,32}(?:\.[a-z_]{1,32}){1,3}")
UNKNOWN = "unknown"
# Clocks differ by seconds; an event from further ahead cannot be put in order with others.
MOST_CLOCK_SKEW = timedelta(hours=1)


class IncidentStatus(StrEnum):
    """The status of an incident."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, kw_only=True)
class Incident:
    """An incident as an event shows it: all of its state, whatever the event is about.

    `priority` and what else is named are the names people gave; `kind` is the incident's type.
    """

    id: str
    status: IncidentStatus
    title: str
    created_at: datetime
    reopened_at: datetime | None = None
    number: int | None = None
    service: str | None = None
    urgency: str = ""
    priority: str | None = None
    escalation_policy: str | None = None
    teams: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    kind: str | None = None
    url: str = ""
    merged_into: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status is not IncidentStatus.RESOLVED


@dataclass(frozen=True, kw_only=True)
class EventDetail:
    """The data of an event beside the incident's state; which is there depends on its type.

    `text` is what a person wrote, `trimmed` where PagerDuty cut it; `who` it is about; `what` (a
    task, a role, a workflow, an action) and its `state`; `fields` are names with values.
    """

    text: str = ""
    trimmed: bool = False
    who: str = ""
    what: str = ""
    state: str = ""
    url: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PagerEvent:
    """One delivery, understood. `agent` is who did it; None where PagerDuty itself did.

    id: a digest, as whoever sends may choose the id; former_id: PagerDuty's own, which older log
    entries have. agent_id: PagerDuty's id of them, by which changes of our own will be known when
    they come back.
    `incident` is there where the event carries the incident's whole state.
    """

    id: str
    type: str
    occurred_at: datetime
    agent: str | None = None
    agent_id: str | None = None
    incident_id: str | None = None
    incident: Incident | None = None
    detail: EventDetail = field(default_factory=EventDetail)
    former_id: str = field(default="", repr=False)

    def is_among(self, ids: Collection[str]) -> bool:
        """Whether the ids of log entries hold its own, in either form."""
        return self.id in ids or self.former_id in ids


def read_event(body: bytes, *, received_at: datetime) -> PagerEvent:
    """The event in a body. Raises UnparsableDelivery, whose text quotes nothing of the body.

    received_at: stands in for a time that PagerDuty left out, or that is far ahead of ours.
    """
    sent = read_wire_model(_Body, body).event
    data = sent.data
    occurred_at = _at(sent.occurred_at, received_at) or received_at
    is_state = data.get("type") == INCIDENT
    return PagerEvent(
        id=hashlib.sha256(sent.id.encode()).hexdigest(),
        former_id=sent.id,
        type=sent.event_type if EVENT_TYPE.fullmatch(sent.event_type) else UNKNOWN,
        occurred_at=occurred_at,
        agent=_name(sent.agent),
        agent_id=_text(_of({"agent": sent.agent}, "agent").get("id")) or None,
        incident_id=_incident_id(data),
        incident=_incident(data, occurred_at, received_at) if is_state else None,
        detail=_detail(data),
    )


def read_group(body: bytes) -> str:
    """The incident that a body is about, else the family of its event. Raises UnparsableDelivery.

    Order is kept within it.
    """
    sent = read_wire_model(_Body, body).event
    family = sent.event_type.partition(".")[0]
    return _incident_id(sent.data) or (family if FAMILY.fullmatch(family) else "other")


class _Event(WireModel):
    id: Text = Field(min_length=1, max_length=200)
    event_type: Text = Field(min_length=1, max_length=200)
    occurred_at: Moment | None = None
    agent: Any = None
    data: dict[Text, Any]


class _Body(WireModel):
    event: _Event


_MOMENT = TypeAdapter[datetime | None](Moment | None)


def _incident_id(data: Mapping[str, Any]) -> str | None:
    """Raises UnparsableDelivery where it names one in a way that PagerDuty does not."""
    match data.get("type"):
        case "incident":
            incident_id = data.get("id")
        case "incident_role_assignment":
            incident_id = _of(_first(data.get("incident_role_assignments")), "incident").get("id")
        case _:
            incident_id = _of(data, "incident").get("id")
    if incident_id is None:
        return None
    if not isinstance(incident_id, str) or not ID.fullmatch(incident_id):
        message = "event.data: the incident's id is none"
        raise UnparsableDelivery(message)
    return incident_id


def _incident(data: Mapping[str, Any], occurred_at: datetime, received_at: datetime) -> Incident:
    incident_id, status = _incident_id(data), data.get("status")
    if incident_id is None or status not in list(IncidentStatus):
        message = "event.data: an incident has an id and a status"
        raise UnparsableDelivery(message)
    number, merged = data.get("number"), _of(data, "resolve_reason")
    return Incident(
        id=incident_id,
        status=IncidentStatus(status),
        title=_text(data.get("title")) or _text(data.get("summary")) or f"Incident {incident_id}",
        created_at=min(_time(data.get("created_at"), received_at) or occurred_at, occurred_at),
        reopened_at=_time(data.get("reopened_at"), received_at),
        number=number if isinstance(number, int) and 0 < number < 2**53 else None,
        service=_name(data.get("service")),
        urgency=_text(data.get("urgency")),
        priority=_name(data.get("priority")),
        escalation_policy=_name(data.get("escalation_policy")),
        teams=_names(data.get("teams")),
        assignees=_names(data.get("assignees")),
        kind=_name(data.get("incident_type")),
        url=_text(data.get("html_url")),
        merged_into=_name(merged.get("incident")),
    )


def _detail(data: Mapping[str, Any]) -> EventDetail:
    match data.get("type"):
        case "incident_note":
            return EventDetail(text=_text(data.get("content")), trimmed=data.get("trimmed") is True)
        case "incident_status_update":
            return EventDetail(text=_text(data.get("message")), trimmed=data.get("trimmed") is True)
        case "incident_responder":
            who = _name(data.get("user")) or _name(data.get("escalation_policy")) or ""
            text, state = _text(data.get("message")), _text(data.get("state"))
            return EventDetail(who=who, text=text, state=state)
        case "incident_field_values":
            return EventDetail(fields=_fields(data))
        case "incident_conference_bridge":
            numbers = ", ".join(_numbers(data.get("conference_numbers")))
            return EventDetail(url=_text(data.get("conference_url")), what=numbers)
        case _:
            return _work(data)


def _work(data: Mapping[str, Any]) -> EventDetail:
    """Roles, tasks, actions and workflows: something, its state, and whose it is."""
    match data.get("type"):
        case "incident_role_assignment":
            given = _first(data.get("incident_role_assignments"))
            who = _name(given.get("assignee")) or ""
            return EventDetail(who=who, what=_name(given.get("role")) or "", state=_state(given))
        case "incident_task":
            who = ", ".join(_names(data.get("assignees")))
            what = _text(data.get("name")) or _text(data.get("summary"))
            return EventDetail(who=who, what=what, state=_state(data))
        case "incident_action_invocation":
            return EventDetail(what=_name(data.get("action")) or "", state=_text(data.get("state")))
        case "incident_workflow_instance":
            what = _name(data.get("incident_workflow")) or _text(data.get("summary"))
            return EventDetail(what=what)
        case _:
            return EventDetail()


def _state(data: Mapping[str, Any]) -> str:
    return _text(data.get("status"))


def _fields(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Those that changed, with the values they have now."""
    now = {
        _text(entry.get("name")): entry.get("value") for entry in _each(data.get("custom_fields"))
    }
    changed = [_text(entry.get("name")) for entry in _each(data.get("changed_custom_fields"))]
    return tuple((name, _text(now[name])) for name in changed or now if name and name in now)


def _numbers(value: object) -> list[str]:
    return [_text(number.get("number")) for number in _each(value) if number.get("number")]


def _of(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _each(value: object) -> list[Mapping[str, Any]]:
    several = value[:MOST_NAMED] if isinstance(value, list) else []
    return [item for item in several if isinstance(item, dict)]


def _first(value: object) -> Mapping[str, Any]:
    return next(iter(_each(value)), {})


def _name(value: object) -> str | None:
    """Return the name that people call the thing of a reference by."""
    if not isinstance(value, dict):
        return None
    return next(filter(None, (_text(value.get(key)) for key in ("summary", "name", "id"))), None)


def _names(value: object) -> tuple[str, ...]:
    return tuple(filter(None, map(_name, _each(value))))


def _text(value: object) -> str:
    """Text, or a plain value as text; empty for anything else."""
    match value:
        case str():
            return without_nul(value[:LONGEST_TEXT]).strip()
        case bool() | float():
            return str(value)
        case int():
            return str(value) if abs(value) < 2**63 else ""
        case list():
            return ", ".join(filter(None, map(_text, value)))[:LONGEST_TEXT]
        case _:
            return ""


def _time(value: object, received_at: datetime) -> datetime | None:
    try:
        return _at(_MOMENT.validate_python(value), received_at)
    except ValidationError:
        return None


def _at(moment: datetime | None, received_at: datetime) -> datetime | None:
    return moment if moment is None or moment - received_at <= MOST_CLOCK_SKEW else received_at
