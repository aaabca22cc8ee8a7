"""PagerDuty incidents and events in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.alerts.model import (
    LONGEST_TEXT,
    SEVERITIES,
    Alert,
    AlertSource,
    AlertStatus,
    Redact,
    Severity,
    clean_labels,
)
from core.alerts.pagerduty import Incident, PagerEvent
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from datetime import datetime

say = sentences("alerts.pagerduty")

NOTED = "incident.annotated"


def describe_event(event: PagerEvent, *, redact: Redact) -> RedactedText:
    """`Dana Ruiz escalated it to Lee Chen`; of a note what it says, without who wrote it."""
    telling = _EventWriter(event, redact)
    tell = _STATE.get(event.type) if event.incident is not None else _REST.get(event.type)
    if tell is None:
        return say("unknown_event", type=telling.word(event.type))
    return tell(telling)


@dataclass(frozen=True)
class _EventWriter:
    """One event, with the redaction that its words go through."""

    event: PagerEvent
    redact: Redact

    @property
    def by(self) -> RedactedText:
        return self.word(self.event.agent or "PagerDuty")

    @property
    def incident(self) -> Incident:
        if self.event.incident is None:
            message = f"{self.event.type} carries no state"
            raise ValueError(message)
        return self.event.incident

    @property
    def text(self) -> RedactedText:
        """Return what a person wrote, as `: text`; empty where they wrote nothing."""
        written = self.written
        return RedactedText.format(": {text}", text=written) if written else written

    @property
    def written(self) -> RedactedText:
        detail = self.event.detail
        words = self.redact(detail.text[:LONGEST_TEXT]).line()
        return say("cut_by_pagerduty", said=words) if detail.trimmed else words

    @property
    def who(self) -> RedactedText:
        return self.word(self.event.detail.who)

    @property
    def what(self) -> RedactedText:
        return self.word(self.event.detail.what)

    @property
    def state(self) -> RedactedText:
        return self.word(self.event.detail.state)

    @property
    def assignees(self) -> RedactedText:
        return RedactedText.join(
            ", ", [self.word(assignee) for assignee in self.incident.assignees]
        )

    def word(self, text: str) -> RedactedText:
        return self.redact(text).line().cut(200)


def _triggered(writer: _EventWriter) -> RedactedText:
    incident = writer.incident
    parts = [writer.word(f"{incident.urgency} urgency")] if incident.urgency else []
    parts += [writer.word(incident.priority)] if incident.priority else []
    if incident.assignees:
        parts.append(say("assigned_to", names=writer.assignees))
    how = (
        RedactedText.format(" ({parts})", parts=RedactedText.join(", ", parts))
        if parts
        else RedactedText.EMPTY
    )
    number = (
        RedactedText.format(" {n}", n=writer.word(str(incident.number)))
        if incident.number
        else RedactedText.EMPTY
    )
    url = (
        RedactedText.format(": {url}", url=writer.redact(incident.url).line())
        if incident.url
        else RedactedText.EMPTY
    )
    return say("triggered", n=number, how=how, url=url)


def _acknowledged(writer: _EventWriter) -> RedactedText:
    return say("acknowledged", by=writer.by)


def _unacknowledged(writer: _EventWriter) -> RedactedText:
    if writer.event.agent is None:
        return say("acknowledgement_ran_out")
    return say("took_back_acknowledgement", by=writer.by)


def _resolved(writer: _EventWriter) -> RedactedText:
    if writer.incident.merged_into:
        into = writer.word(writer.incident.merged_into)
        return say("merged_into", by=writer.by, into=into)
    return say("resolved", by=writer.by)


def _reopened(writer: _EventWriter) -> RedactedText:
    return say("reopened", by=writer.by)


def _escalated(writer: _EventWriter) -> RedactedText:
    return say("escalated_to", by=writer.by, names=writer.assignees)


def _reassigned(writer: _EventWriter) -> RedactedText:
    return say("reassigned_to", by=writer.by, names=writer.assignees)


def _named(writer: _EventWriter, name: str | None) -> RedactedText:
    return writer.word(name or "")


def _delegated(writer: _EventWriter) -> RedactedText:
    policy = _named(writer, writer.incident.escalation_policy) or say("another_policy")
    names = writer.assignees
    to = RedactedText.format(" ({names})", names=names) if names else names
    return say("handed_to", by=writer.by, policy=policy, to=to)


def _priority(writer: _EventWriter) -> RedactedText:
    if writer.incident.priority is None:
        return say("took_away_priority", by=writer.by)
    priority = writer.word(writer.incident.priority)
    return say("set_priority", by=writer.by, priority=priority)


def _service(writer: _EventWriter) -> RedactedText:
    service = _named(writer, writer.incident.service) or say("another_service")
    return say("moved_to_service", by=writer.by, service=service)


def _type(writer: _EventWriter) -> RedactedText:
    kind = _named(writer, writer.incident.kind) or say("another_type")
    return say("changed_type", by=writer.by, kind=kind)


def _noted(writer: _EventWriter) -> RedactedText:
    return writer.written


def _published(writer: _EventWriter) -> RedactedText:
    return say("published_update", by=writer.by, text=writer.text)


def _asked(writer: _EventWriter) -> RedactedText:
    return say("asked_to_help", by=writer.by, who=writer.who, text=writer.text)


def _replied(writer: _EventWriter) -> RedactedText:
    text = writer.text
    return say("answered", who=writer.who, state=writer.state, text=text)


def _bridge(writer: _EventWriter) -> RedactedText:
    url = writer.redact(writer.event.detail.url).line()
    where = [part for part in (url, writer.what) if part]
    return say("conference_bridge", where=RedactedText.join(", ", where))


def _fields(writer: _EventWriter) -> RedactedText:
    cleaned = clean_labels(dict(writer.event.detail.fields), redact=writer.redact)
    changes = RedactedText.join(
        ", ", [writer.redact(f"{name} = {cleaned[name]}").line() for name in cleaned]
    )
    return say("set_fields", by=writer.by, fields=changes.cut(LONGEST_TEXT))


def _role(writer: _EventWriter) -> RedactedText:
    if not writer.event.detail.who:
        return say("nobody_has_role", role=writer.what)
    return say("has_role", who=writer.who, role=writer.what)


def _task(writer: _EventWriter) -> RedactedText:
    event = writer.event.type.rpartition(".")[2]
    words = "task_created" if event == "created" else "task_changed"
    words = "task_completed" if event == "completed" else words
    state = (
        RedactedText.format(" ({state})", state=writer.state)
        if writer.state
        else RedactedText.EMPTY
    )
    who = say("for_person", who=writer.who) if writer.who else RedactedText.EMPTY
    return say(words, by=writer.by, what=writer.what, who=who, state=state)


def _action(writer: _EventWriter) -> RedactedText:
    return say("automation_action", what=writer.what, state=writer.state)


def _started(writer: _EventWriter) -> RedactedText:
    return say("workflow_started", what=writer.what)


def _completed(writer: _EventWriter) -> RedactedText:
    return say("workflow_done", what=writer.what)


_Tell = Callable[[_EventWriter], RedactedText]

# Events that carry the incident's whole state, and the others.
_STATE: Mapping[str, _Tell] = {
    "incident.triggered": _triggered,
    "incident.acknowledged": _acknowledged,
    "incident.unacknowledged": _unacknowledged,
    "incident.resolved": _resolved,
    "incident.reopened": _reopened,
    "incident.escalated": _escalated,
    "incident.reassigned": _reassigned,
    "incident.delegated": _delegated,
    "incident.priority_updated": _priority,
    "incident.service_updated": _service,
    "incident.incident_type.changed": _type,
}
_REST: Mapping[str, _Tell] = {
    NOTED: _noted,
    "incident.status_update_published": _published,
    "incident.responder.added": _asked,
    "incident.responder.replied": _replied,
    "incident.conference_bridge.updated": _bridge,
    "incident.custom_field_values.updated": _fields,
    "incident.role.assigned": _role,
    "incident.task.created": _task,
    "incident.task.updated": _task,
    "incident.task.completed": _task,
    "incident.action_invocation.created": _action,
    "incident.action_invocation.updated": _action,
    "incident.action_invocation.terminated": _action,
    "incident.workflow.started": _started,
    "incident.workflow.completed": _completed,
}
KNOWN_EVENT_TYPES = frozenset(_STATE) | frozenset(_REST)
"""Event types of incidents that have words of their own."""
STATE_EVENT_TYPES = frozenset(_STATE)
"""Those of them that carry the incident's whole state."""


URGENCIES = {"high": Severity.HIGH, "low": Severity.WARNING}


def group_of(incident_id: str) -> str:
    """Return the group that joins the events of one incident to one case."""
    return f"{AlertSource.PAGERDUTY}:{incident_id}"


def labels_of(incident: Incident) -> dict[str, str]:
    """Return the labels that routes match: PagerDuty's names, and our word for how bad it is."""
    labels = {
        "source": AlertSource.PAGERDUTY.value,
        "service": incident.service or "",
        "severity": severity_of_incident(incident).value,
        "urgency": incident.urgency,
        "priority": incident.priority or "",
        "escalation_policy": incident.escalation_policy or "",
        "team": incident.teams[0] if incident.teams else "",
        "title": incident.title,
    }
    return {name: value for name, value in labels.items() if value}


def severity_of_incident(incident: Incident) -> Severity:
    """Map the priority where it has a name we know, else the urgency, to a severity."""
    name = (incident.priority or "").lower().replace("-", "").replace(" ", "")
    return SEVERITIES.get(name) or URGENCIES.get(incident.urgency, Severity.UNKNOWN)


def alert_of(incident: Incident, starts_at: datetime) -> Alert:
    """The incident as an alert that fires."""
    labels = {"alertname": incident.title, **labels_of(incident)}
    if incident.url:
        labels["url"] = incident.url
    return Alert(
        fingerprint=incident.id,
        status=AlertStatus.FIRING,
        labels=labels,
        annotations={"summary": incident.title},
        starts_at=starts_at,
        generator_url=incident.url,
    )
