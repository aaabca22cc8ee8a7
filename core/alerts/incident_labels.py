"""What is an incident of PagerDuty called in our words: its group, its labels, how bad it is?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.alerts.alert_titles import SEVERITIES
from core.alerts.model import Alert, AlertStatus, Severity, Source

if TYPE_CHECKING:
    from datetime import datetime

    from core.alerts.pagerduty import Incident

URGENCIES = {"high": Severity.HIGH, "low": Severity.WARNING}


def group_of(incident_id: str) -> str:
    """What joins the events of one incident to one case."""
    return f"{Source.PAGERDUTY}:{incident_id}"


def labels_of(incident: Incident) -> dict[str, str]:
    """What routes match: PagerDuty's names for it, and our word for how bad it is."""
    labels = {
        "source": Source.PAGERDUTY.value,
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
    """By its priority where that has a name we know, else by its urgency."""
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
