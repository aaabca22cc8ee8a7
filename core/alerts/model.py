"""Alerts, deliveries, occurrences, and what people read of an alert: its severity and title.

Unknown keys of a body are ignored, and no text of ours quotes anything of a body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from core.clock import EPOCH
from core.errors import UnparsableDelivery
from core.text.redacted import RedactedText, storable

DEFAULT_TENANT = "default"
Redact = Callable[[str], RedactedText]
LONGEST_TITLE = 120
LONGEST_TEXT = 1000
LONGEST_SERVICE = 120
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
SEVERITY_LABELS = ("severity", "priority", "level")


class AlertSource(StrEnum):
    """The systems that deliver alerts."""

    ALERTMANAGER = "alertmanager"
    PAGERDUTY = "pagerduty"


class AlertStatus(StrEnum):
    """The status of an alert, as its source states it."""

    FIRING = "firing"
    RESOLVED = "resolved"


class DeliveryState(StrEnum):
    """How far a journaled delivery has come."""

    PENDING = "pending"  # committed and acknowledged, its job has not finished
    DONE = "done"  # its effects are in the tables
    UNPARSABLE = "unparsable"  # kept and reported; it changes nothing
    OVERSIZED = "oversized"  # hash and first 64 KiB kept and reported; it changes nothing


# By which teams say what an alert is about, the surest first.
SERVICE_LABELS = ("service", "svc", "app", "application", "job", "container", "deployment")


def service_in(labels: Mapping[str, str]) -> str | None:
    """The service that labels are about, by those teams use for that; None when none is there."""
    for label in SERVICE_LABELS:
        if labels.get(label):
            return labels[label]
    return None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One body that a machine sent us, exactly as it came.

    `group` names the lane that its effects keep order in. `size` and `sha256` are those of the
    whole body, also where only its beginning was kept. `name` is the sender's own of it (of
    PagerDuty, `X-Webhook-Id`), the same however often it is sent; empty where it gives none.
    """

    id: str
    tenant_id: str
    source: AlertSource
    group: str
    received_at: datetime
    body: bytes = field(repr=False)
    size: int
    sha256: str
    state: DeliveryState = DeliveryState.PENDING
    problem: str | None = None
    processed_at: datetime | None = None
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert as a notification carries it.

    `fingerprint` is the source's hash of the labels. `ends_at` is None while it fires.
    """

    fingerprint: str
    status: AlertStatus
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None
    generator_url: str = ""

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "alert")

    @property
    def service(self) -> str | None:
        return service_in(self.labels)


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One delivery, understood: a group of alerts of one receiver.

    `truncated` counts alerts that are missing here; what it says of the whole group is then void.
    `left_out` of them are in the body, `labels_left_out` too: more than is worked on. `texts_cut`
    of it are shorter than they were sent, or annotations that are not there.
    """

    source: AlertSource
    receiver: str
    group_key: str
    status: AlertStatus
    alerts: tuple[Alert, ...]
    group_labels: Mapping[str, str]
    common_labels: Mapping[str, str]
    common_annotations: Mapping[str, str]
    external_url: str = ""
    truncated: int = 0
    left_out: int = 0
    labels_left_out: int = 0
    texts_cut: int = 0


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One firing of one alert, from its first fire to its end; at most one is open a fingerprint.

    `fires` counts the deliveries that said it fires: repeats and HA twins change only this
    and `last_seen_at`. `notes` are what `notes_of` gives; None where earlier versions began it.
    """

    id: str
    tenant_id: str
    source: AlertSource
    fingerprint: str
    case_id: str
    name: str
    service: str | None
    severity: str | None
    labels: Mapping[str, str]  # values redacted
    summary: str  # redacted
    starts_at: datetime
    ended_at: datetime | None
    last_seen_at: datetime
    fires: int = 1
    missing_since: datetime | None = None  # first poll in which every Alertmanager lacked it
    restarted_at: datetime | None = None  # latest start its source named, where after starts_at
    notes: Mapping[str, str] | None = None  # redacted

    @property
    def firing(self) -> bool:
        return self.ended_at is None

    @property
    def latest_start(self) -> datetime:
        """The start of its latest firing, where it fired again before anyone reported an end."""
        return self.restarted_at or self.starts_at


@dataclass(frozen=True, kw_only=True)
class CaseAlert:
    """That an alert of this name fired in a case. at: when it began."""

    case_id: str
    name: str
    service: str | None
    at: datetime


# What a source may change of an occurrence after it began.
VARYING = ("ended_at", "last_seen_at", "fires", "missing_since", "restarted_at")


class Severity(StrEnum):
    """The severity of an alert for people; what sources say is mapped onto these."""

    CRITICAL = "critical"
    HIGH = "high"
    WARNING = "warning"
    INFO = "info"
    UNKNOWN = "unknown"


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


def worst(one: Severity, other: Severity) -> Severity:
    """The graver of two severities; unknown is graver than nothing."""
    order = list(Severity)
    return min(one, other, key=order.index)


DEEPEST_NAME = 3  # of `alerts.0.startsAt`; below that, names are the sender's own


def _in_utc(value: datetime) -> datetime | None:
    """None for Go's zero time, which stands for "not known"."""
    if value.year < EPOCH.year:
        return None
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        message = "beyond the year 9999"
        raise ValueError(message) from error


def without_nul(text: str) -> str:
    """PostgreSQL cannot store NUL in text, and one of it would make its delivery fail for ever."""
    return storable(text)


Text = Annotated[str, AfterValidator(without_nul)]


# Go writes an empty map as null where nobody made it.
Texts = Annotated[dict[Text, Text], BeforeValidator(lambda value: {} if value is None else value)]


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class WireModel(BaseModel):
    """The base of what is read from a body."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


Model = TypeVar("Model", bound=WireModel)


def read_wire_model(model: type[Model], body: bytes) -> Model:
    """Raises UnparsableDelivery, which names the place that is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"][:DEEPEST_NAME])
        message = f"{where}: {first['msg']}" if where else first["msg"]
        raise UnparsableDelivery(message) from None


def severity_of(alert: Alert) -> Severity:
    """The alert's own word for it, on our scale; UNKNOWN where it has none that we know."""
    for label in SEVERITY_LABELS:
        severity = SEVERITIES.get(alert.labels.get(label, "").strip().lower())
        if severity is not None:
            return severity
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


def service_name(service: str | None, *, redact: Redact) -> str | None:
    """The name as cases and tables bear it; None where there is none."""
    if not service:
        return None
    return redact(service[:LONGEST_TEXT]).line().cut(LONGEST_SERVICE).text


def title_of(
    notification: Notification, alerts: Sequence[Alert], *, redact: Redact
) -> RedactedText:
    """`checkout: 5xx over 8 %`, or `checkout: HighErrorRate` where the alerts tell no one story."""
    statement = notification.common_annotations.get("summary") or _shared(alerts)
    return title_from(statement, service_of_all(alerts), redact=redact)


def title_from(statement: str, service: str | None, *, redact: Redact) -> RedactedText:
    """Return what is wrong, with the service in front where the text does not name it."""
    statement = statement[:LONGEST_TEXT]
    what = redact(statement).line()
    if not service or service.lower() in statement.lower():
        return what.cut(LONGEST_TITLE)
    title = RedactedText.format(
        "{service}: {what}", service=redact(service[:LONGEST_TEXT]).line(), what=what
    )
    return title.cut(LONGEST_TITLE)


def summary_of(alert: Alert, *, redact: Redact) -> RedactedText:
    """Return what the alert's author wrote for people, else its name."""
    return redact((author_text(alert.annotations) or alert.name)[:LONGEST_TEXT])


def author_text(annotations: Mapping[str, str]) -> str:
    """Return what an alert's author wrote for people; empty where that is nothing."""
    written = (annotations.get(name) for name in ("summary", "description", "message"))
    return next(filter(None, written), "")


def clean_labels(labels: Mapping[str, str], *, redact: Redact) -> dict[str, str]:
    """Labels with redacted values; a value is judged with its name, as in `password=…`."""
    return {
        _clean_name(name, redact): _clean_value(name, value[:LONGEST_TEXT], redact)
        for name, value in sorted(labels.items())
    }


def _shared(alerts: Sequence[Alert]) -> str:
    """Return what alerts share when no annotation says it: a summary, else their names."""
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


def labels_of(notification: Notification) -> dict[str, str]:
    """Return the labels by which the case of a notification is routed.

    The labels that all firing alerts share, those of the group, and ours, which win: `source`,
    `receiver`, `severity` on our scale, and `service` by whichever label the team says it with.
    """
    firing = [alert for alert in notification.alerts if alert.status is AlertStatus.FIRING]
    alerts = firing or notification.alerts
    service = service_of_all(alerts)
    return {
        **_shared_labels(alerts),
        **notification.common_labels,
        **notification.group_labels,
        **({"service": service} if service else {}),
        "severity": severity_of_all(alerts).value,
        "source": notification.source.value,
        "receiver": notification.receiver,
    }


def _shared_labels(alerts: Sequence[Alert]) -> dict[str, str]:
    """Some senders leave out the common labels, and ended alerts count in them."""
    sets = [set(alert.labels.items()) for alert in alerts]
    return dict(set.intersection(*sets)) if sets else {}
