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

if TYPE_CHECKING:
    from datetime import datetime

NOTED = "incident.annotated"


def describe_event(event: PagerEvent, *, redact: Redact) -> RedactedText:
    """`Dana Ruiz escalated it to Lee Chen`; of a note what it says, without who wrote it."""
    telling = _EventWriter(event, redact)
    tell = _STATE.get(event.type) if event.incident is not None else _REST.get(event.type)
    if tell is None:
        return RedactedText.format("PagerDuty: {type}", type=telling.word(event.type))
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
        return (
            RedactedText.format("{said} (cut by PagerDuty)", said=words)
            if detail.trimmed
            else words
        )

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
        parts.append(RedactedText.format("assigned to {names}", names=writer.assignees))
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
    return RedactedText.format(
        "PagerDuty incident{n} triggered{how}{url}", n=number, how=how, url=url
    )


def _acknowledged(writer: _EventWriter) -> RedactedText:
    return RedactedText.format("{by} acknowledged it in PagerDuty", by=writer.by)


def _unacknowledged(writer: _EventWriter) -> RedactedText:
    if writer.event.agent is None:
        return RedactedText.format("The acknowledgement in PagerDuty ran out")
    return RedactedText.format("{by} took back the acknowledgement in PagerDuty", by=writer.by)


def _resolved(writer: _EventWriter) -> RedactedText:
    if writer.incident.merged_into:
        into = writer.word(writer.incident.merged_into)
        return RedactedText.format(
            "{by} merged it in PagerDuty into {into}", by=writer.by, into=into
        )
    return RedactedText.format("{by} resolved it in PagerDuty", by=writer.by)


def _reopened(writer: _EventWriter) -> RedactedText:
    return RedactedText.format("{by} reopened it in PagerDuty", by=writer.by)


def _escalated(writer: _EventWriter) -> RedactedText:
    return RedactedText.format("{by} escalated it to {names}", by=writer.by, names=writer.assignees)


def _reassigned(writer: _EventWriter) -> RedactedText:
    return RedactedText.format(
        "{by} reassigned it to {names}", by=writer.by, names=writer.assignees
    )


def _delegated(writer: _EventWriter) -> RedactedText:
    policy = writer.word(writer.incident.escalation_policy or "another escalation policy")
    names = writer.assignees
    to = RedactedText.format(" ({names})", names=names) if names else names
    return RedactedText.format("{by} handed it to {policy}{to}", by=writer.by, policy=policy, to=to)


def _priority(writer: _EventWriter) -> RedactedText:
    if writer.incident.priority is None:
        return RedactedText.format("{by} took away the priority", by=writer.by)
    priority = writer.word(writer.incident.priority)
    return RedactedText.format(
        "{by} set the priority to {priority}", by=writer.by, priority=priority
    )


def _service(writer: _EventWriter) -> RedactedText:
    service = writer.word(writer.incident.service or "another service")
    return RedactedText.format(
        "{by} moved it to {service} in PagerDuty", by=writer.by, service=service
    )


def _type(writer: _EventWriter) -> RedactedText:
    kind = writer.word(writer.incident.kind or "another one")
    return RedactedText.format(
        "{by} changed the incident's type to {kind}", by=writer.by, kind=kind
    )


def _noted(writer: _EventWriter) -> RedactedText:
    return writer.written


def _published(writer: _EventWriter) -> RedactedText:
    return RedactedText.format(
        "{by} published a status update{text}", by=writer.by, text=writer.text
    )


def _asked(writer: _EventWriter) -> RedactedText:
    return RedactedText.format(
        "{by} asked {who} to help{text}", by=writer.by, who=writer.who, text=writer.text
    )


def _replied(writer: _EventWriter) -> RedactedText:
    text = writer.text
    return RedactedText.format(
        "{who} answered: {state}{text}", who=writer.who, state=writer.state, text=text
    )


def _bridge(writer: _EventWriter) -> RedactedText:
    url = writer.redact(writer.event.detail.url).line()
    where = [part for part in (url, writer.what) if part]
    return RedactedText.format("Conference bridge: {where}", where=RedactedText.join(", ", where))


def _fields(writer: _EventWriter) -> RedactedText:
    cleaned = clean_labels(dict(writer.event.detail.fields), redact=writer.redact)
    changes = RedactedText.join(
        ", ", [writer.redact(f"{name} = {cleaned[name]}").line() for name in cleaned]
    )
    return RedactedText.format("{by} set {fields}", by=writer.by, fields=changes.cut(LONGEST_TEXT))


def _role(writer: _EventWriter) -> RedactedText:
    if not writer.event.detail.who:
        return RedactedText.format("Nobody is {role} any more", role=writer.what)
    return RedactedText.format("{who} is {role} now", who=writer.who, role=writer.what)


def _task(writer: _EventWriter) -> RedactedText:
    verbs = {
        "created": RedactedText.format("created"),
        "completed": RedactedText.format("completed"),
    }
    did = verbs.get(writer.event.type.rpartition(".")[2], RedactedText.format("changed"))
    state = (
        RedactedText.format(" ({state})", state=writer.state)
        if writer.state
        else RedactedText.EMPTY
    )
    who = RedactedText.format(" for {who}", who=writer.who) if writer.who else RedactedText.EMPTY
    return RedactedText.format(
        "{by} {did} the task {what}{who}{state}",
        by=writer.by,
        did=did,
        what=writer.what,
        who=who,
        state=state,
    )


def _action(writer: _EventWriter) -> RedactedText:
    return RedactedText.format(
        "Automation action {what}: {state}", what=writer.what, state=writer.state
    )


def _started(writer: _EventWriter) -> RedactedText:
    return RedactedText.format("Workflow {what} started", what=writer.what)


def _completed(writer: _EventWriter) -> RedactedText:
    return RedactedText.format("Workflow {what} is done", what=writer.what)


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
