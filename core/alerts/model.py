"""Alerts, deliveries, occurrences, and what holds for every body that a source sends.

Unknown keys are ignored, and no text of ours quotes anything of a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from core.clock import EPOCH
from core.errors import UnparsableDelivery

DEFAULT_TENANT = "default"


class AlertSource(StrEnum):
    """Who delivers alerts."""

    ALERTMANAGER = "alertmanager"
    PAGERDUTY = "pagerduty"


class AlertStatus(StrEnum):
    """What the source says of one alert."""

    FIRING = "firing"
    RESOLVED = "resolved"


class DeliveryState(StrEnum):
    """How far a journaled delivery has come."""

    PENDING = "pending"  # committed and acknowledged, its job has not finished
    DONE = "done"  # its effects are in the tables
    UNPARSABLE = "unparsable"  # kept and reported; it changes nothing
    OVERSIZED = "oversized"  # hash and first 64 KiB kept and reported; it changes nothing


def service_in(labels: Mapping[str, str]) -> str | None:
    """The service that labels are about, by those teams use for that; None when none is there."""
    for label in ("service", "app", "application", "job", "container", "deployment"):
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
    `left_out` of them are in the body, `labels_left_out` too: more than is worked on.
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


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One firing of one alert, from its first fire to its end; at most one is open a fingerprint.

    `fires` counts the deliveries that said it fires: repeats and HA twins change only this
    and `last_seen_at`.
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

    @property
    def firing(self) -> bool:
        return self.ended_at is None

    @property
    def latest_start(self) -> datetime:
        """Where it fired again before anyone told of an end, that start."""
        return self.restarted_at or self.starts_at


# What a source may change of an occurrence after it began.
VARYING = ("ended_at", "last_seen_at", "fires", "missing_since", "restarted_at")


class Severity(StrEnum):
    """How bad it is, for people; what sources say is mapped onto these."""

    CRITICAL = "critical"
    HIGH = "high"
    WARNING = "warning"
    INFO = "info"
    UNKNOWN = "unknown"


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
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


Text = Annotated[str, AfterValidator(without_nul)]
# Go writes an empty map as null where nobody made it.
Texts = Annotated[dict[Text, Text], BeforeValidator(lambda value: {} if value is None else value)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Sent(BaseModel):
    """The base of what is read from a body."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


Model = TypeVar("Model", bound=Sent)


def read_sent(model: type[Model], body: bytes) -> Model:
    """Raises UnparsableDelivery, which names the place that is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"][:DEEPEST_NAME])
        message = f"{where}: {first['msg']}" if where else first["msg"]
        raise UnparsableDelivery(message) from None
