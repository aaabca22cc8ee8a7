"""What do people read of a PagerDuty event? One line of the case's history, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.alerts.alert_titles import LONGEST_TEXT, Redact, clean_labels
from core.alerts.pagerduty import Incident, PagerEvent
from core.text.redacted import Clean

NOTED = "incident.annotated"


def retell(event: PagerEvent, *, redact: Redact) -> Clean:
    """`Dana Ruiz escalated it to Lee Chen`; of a note what it says, without who wrote it."""
    telling = _Telling(event, redact)
    tell = _STATE.get(event.type) if event.incident is not None else _REST.get(event.type)
    if tell is None:
        return Clean.say("PagerDuty: {type}", type=telling.word(event.type))
    return tell(telling)


@dataclass(frozen=True)
class _Telling:
    """One event, with the redaction that its words go through."""

    event: PagerEvent
    redact: Redact

    @property
    def by(self) -> Clean:
        return self.word(self.event.agent or "PagerDuty")

    @property
    def incident(self) -> Incident:
        if self.event.incident is None:
            message = f"{self.event.type} carries no state"
            raise ValueError(message)
        return self.event.incident

    @property
    def text(self) -> Clean:
        """What a person wrote, as `: text`; empty where they wrote nothing."""
        written = self.written
        return Clean.say(": {text}", text=written) if written else written

    @property
    def written(self) -> Clean:
        detail = self.event.detail
        said = self.redact(detail.text[:LONGEST_TEXT]).line()
        return Clean.say("{said} (cut by PagerDuty)", said=said) if detail.trimmed else said

    @property
    def who(self) -> Clean:
        return self.word(self.event.detail.who)

    @property
    def what(self) -> Clean:
        return self.word(self.event.detail.what)

    @property
    def state(self) -> Clean:
        return self.word(self.event.detail.state)

    @property
    def assignees(self) -> Clean:
        return Clean.join(", ", [self.word(one) for one in self.incident.assignees])

    def word(self, said: str) -> Clean:
        return self.redact(said).line().cut(200)


def _triggered(one: _Telling) -> Clean:
    incident = one.incident
    parts = [one.word(f"{incident.urgency} urgency")] if incident.urgency else []
    parts += [one.word(incident.priority)] if incident.priority else []
    if incident.assignees:
        parts.append(Clean.say("assigned to {names}", names=one.assignees))
    how = Clean.say(" ({parts})", parts=Clean.join(", ", parts)) if parts else Clean.EMPTY
    number = Clean.say(" {n}", n=one.word(str(incident.number))) if incident.number else Clean.EMPTY
    url = Clean.say(": {url}", url=one.redact(incident.url).line()) if incident.url else Clean.EMPTY
    return Clean.say("PagerDuty incident{n} triggered{how}{url}", n=number, how=how, url=url)


def _acknowledged(one: _Telling) -> Clean:
    return Clean.say("{by} acknowledged it in PagerDuty", by=one.by)


def _unacknowledged(one: _Telling) -> Clean:
    if one.event.agent is None:
        return Clean.say("The acknowledgement in PagerDuty ran out")
    return Clean.say("{by} took back the acknowledgement in PagerDuty", by=one.by)


def _resolved(one: _Telling) -> Clean:
    if one.incident.merged_into:
        into = one.word(one.incident.merged_into)
        return Clean.say("{by} merged it in PagerDuty into {into}", by=one.by, into=into)
    return Clean.say("{by} resolved it in PagerDuty", by=one.by)


def _reopened(one: _Telling) -> Clean:
    return Clean.say("{by} reopened it in PagerDuty", by=one.by)


def _escalated(one: _Telling) -> Clean:
    return Clean.say("{by} escalated it to {names}", by=one.by, names=one.assignees)


def _reassigned(one: _Telling) -> Clean:
    return Clean.say("{by} reassigned it to {names}", by=one.by, names=one.assignees)


def _delegated(one: _Telling) -> Clean:
    policy = one.word(one.incident.escalation_policy or "another escalation policy")
    names = one.assignees
    to = Clean.say(" ({names})", names=names) if names else names
    return Clean.say("{by} handed it to {policy}{to}", by=one.by, policy=policy, to=to)


def _priority(one: _Telling) -> Clean:
    if one.incident.priority is None:
        return Clean.say("{by} took away the priority", by=one.by)
    priority = one.word(one.incident.priority)
    return Clean.say("{by} set the priority to {priority}", by=one.by, priority=priority)


def _service(one: _Telling) -> Clean:
    service = one.word(one.incident.service or "another service")
    return Clean.say("{by} moved it to {service} in PagerDuty", by=one.by, service=service)


def _type(one: _Telling) -> Clean:
    kind = one.word(one.incident.kind or "another one")
    return Clean.say("{by} changed the incident's type to {kind}", by=one.by, kind=kind)


def _noted(one: _Telling) -> Clean:
    return one.written


def _published(one: _Telling) -> Clean:
    return Clean.say("{by} published a status update{text}", by=one.by, text=one.text)


def _asked(one: _Telling) -> Clean:
    return Clean.say("{by} asked {who} to help{text}", by=one.by, who=one.who, text=one.text)


def _replied(one: _Telling) -> Clean:
    text = one.text
    return Clean.say("{who} answered: {state}{text}", who=one.who, state=one.state, text=text)


def _bridge(one: _Telling) -> Clean:
    url = one.redact(one.event.detail.url).line()
    where = [part for part in (url, one.what) if part]
    return Clean.say("Conference bridge: {where}", where=Clean.join(", ", where))


def _fields(one: _Telling) -> Clean:
    cleaned = clean_labels(dict(one.event.detail.fields), redact=one.redact)
    said = Clean.join(", ", [one.redact(f"{name} = {cleaned[name]}").line() for name in cleaned])
    return Clean.say("{by} set {fields}", by=one.by, fields=said.cut(LONGEST_TEXT))


def _role(one: _Telling) -> Clean:
    if not one.event.detail.who:
        return Clean.say("Nobody is {role} any more", role=one.what)
    return Clean.say("{who} is {role} now", who=one.who, role=one.what)


def _task(one: _Telling) -> Clean:
    verbs = {"created": Clean.say("created"), "completed": Clean.say("completed")}
    did = verbs.get(one.event.type.rpartition(".")[2], Clean.say("changed"))
    state = Clean.say(" ({state})", state=one.state) if one.state else Clean.EMPTY
    who = Clean.say(" for {who}", who=one.who) if one.who else Clean.EMPTY
    return Clean.say(
        "{by} {did} the task {what}{who}{state}",
        by=one.by,
        did=did,
        what=one.what,
        who=who,
        state=state,
    )


def _action(one: _Telling) -> Clean:
    return Clean.say("Automation action {what}: {state}", what=one.what, state=one.state)


def _started(one: _Telling) -> Clean:
    return Clean.say("Workflow {what} started", what=one.what)


def _completed(one: _Telling) -> Clean:
    return Clean.say("Workflow {what} is done", what=one.what)


_Tell = Callable[[_Telling], Clean]

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
KNOWN = frozenset(_STATE) | frozenset(_REST)
"""Event types of incidents that have words of their own."""
OF_STATE = frozenset(_STATE)
"""Those of them that carry the incident's whole state."""
