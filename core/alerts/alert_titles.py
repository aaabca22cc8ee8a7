"""What do people read of an alert? Its severity on one scale, and a title saying what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from core.alerts.model import Severity, worst
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.alerts.model import Alert, Notification

Redact = Callable[[str], RedactedText]

LONGEST_TITLE = 120
LONGEST_TEXT = 1000
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
SEVERITY_LABELS = ("severity", "priority", "level")
SEVERITIES = {
    **dict.fromkeys(
        ("critical", "crit", "page", "fatal", "emergency", "p0", "p1", "sev0", "sev1"),
        Severity.CRITICAL,
    ),
    **dict.fromkeys(("high", "error", "major", "p2", "sev2"), Severity.HIGH),
    **dict.fromkeys(("warning", "warn", "medium", "minor", "p3", "sev3"), Severity.WARNING),
    **dict.fromkeys(
        ("info", "informational", "low", "none", "p4", "p5", "sev4", "sev5"), Severity.INFO
    ),
}


def severity_of(alert: Alert) -> Severity:
    """The alert's own word for it, on our scale; UNKNOWN where it has none that we know."""
    for label in SEVERITY_LABELS:
        found = SEVERITIES.get(alert.labels.get(label, "").strip().lower())
        if found is not None:
            return found
    return Severity.UNKNOWN


def severity_of_all(alerts: Iterable[Alert]) -> Severity:
    """The gravest of them."""
    gravest = Severity.UNKNOWN
    for alert in alerts:
        gravest = worst(gravest, severity_of(alert))
    return gravest


def service_of_all(alerts: Sequence[Alert]) -> str | None:
    """The one service that all of them are about; None where they name several, or none."""
    services = {alert.service for alert in alerts}
    return services.pop() if len(services) == 1 else None


def title_of(
    notification: Notification, alerts: Sequence[Alert], *, redact: Redact
) -> RedactedText:
    """`checkout: 5xx over 8 %`, or `checkout: HighErrorRate` where the alerts tell no one story."""
    said = notification.common_annotations.get("summary") or _shared(alerts)
    return title_from(said, service_of_all(alerts), redact=redact)


def title_from(said: str, service: str | None, *, redact: Redact) -> RedactedText:
    """What is wrong, with the service in front where it does not name that itself."""
    said = said[:LONGEST_TEXT]
    what = redact(said).line()
    if not service or service.lower() in said.lower():
        return what.cut(LONGEST_TITLE)
    title = RedactedText.format("{service}: {what}", service=redact(service).line(), what=what)
    return title.cut(LONGEST_TITLE)


def summary_of(alert: Alert, *, redact: Redact) -> RedactedText:
    """What its author wrote for people, else its name."""
    return redact((written_in(alert.annotations) or alert.name)[:LONGEST_TEXT])


def written_in(annotations: Mapping[str, str]) -> str:
    """What an alert's author wrote for people; empty where that is nothing."""
    written = (annotations.get(name) for name in ("summary", "description", "message"))
    return next(filter(None, written), "")


def clean_labels(labels: Mapping[str, str], *, redact: Redact) -> dict[str, str]:
    """Labels with redacted values; a value is judged with its name, as in `password=…`."""
    return {
        _clean_name(name, redact): _clean_value(name, value[:LONGEST_TEXT], redact)
        for name, value in sorted(labels.items())
    }


def _shared(alerts: Sequence[Alert]) -> str:
    """What they have in common when no annotation says it: a summary, else their names."""
    summaries = {alert.annotations.get("summary", "") for alert in alerts}
    if len(summaries) == 1 and (only := summaries.pop()):
        return only
    return ", ".join(dict.fromkeys(alert.name for alert in alerts))


def _clean_name(name: str, redact: Redact) -> str:
    return name if PLAIN_NAME.fullmatch(name) else redact(name).text


def _clean_value(name: str, value: str, redact: Redact) -> str:
    prefix = f"{name}="
    judged = redact(prefix + value).text
    return judged.removeprefix(prefix) if judged.startswith(prefix) else redact(value).text
