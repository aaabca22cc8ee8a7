"""Reads the body of an Alertmanager webhook, version 4, as far as there is room, and writes one.

A body is journaled whole. What one delivery may cost the event loop and the database's only
writer is bounded here: alerts, labels and the length of what they say. Measured by
`benchmarks/lag.py`; storms of hundreds of alerts a group stay far below.

Unknown keys are ignored and optional ones may be missing; without a receiver, a group key, and
for each alert its status, labels and start, a body says nothing that could be acted on.
Source: Alertmanager docs/configuration.md (webhook_config), template/template.go (Data, Alert).

The body written is that of the test alert: nothing is wrong, it only tries the path of alerts.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic import Field
from pydantic_core import from_json, to_json

from core.alerts.model import (
    SERVICE_LABELS,
    Alert,
    AlertSource,
    AlertStatus,
    Moment,
    Notification,
    Text,
    Texts,
    WireModel,
    read_wire_model,
)
from core.clock import EPOCH, wire_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SMALL_BODY = 64 * 2**10  # bytes: whatever is in it costs little
MOST_ALERTS = 1000  # of a body
MOST_LABELS = 20_000  # of a body
MOST_CHARACTERS = 2**20  # of all labels and annotations of a body
MOST_PAIRS = 100  # of one set of labels or annotations
LONGEST_VALUE = 4000  # characters
LABEL_SETS = ("groupLabels", "commonLabels", "commonAnnotations")
# What we read of an alert ourselves, whatever else has to go.
FIRST_LABELS = (
    *("alertname", "severity", "priority", "level"),
    *SERVICE_LABELS,
    *("summary", "description", "message"),
)
TEST_ALERT_NAME = "FaultMavenTestAlert"
TEST_ALERT_LABELS = {
    "alertname": TEST_ALERT_NAME,
    "service": "faultmaven",
    "severity": "info",
}
TEST_ALERT_SUMMARY = "Test alert: nothing is wrong, this only tries the path"
TEST_ALERT_ANNOTATIONS = {"summary": TEST_ALERT_SUMMARY}


@dataclass(frozen=True)
class BoundedBody:
    """A body within the bounds. alerts, labels: how many were left out of it.

    texts: how many values were shortened, and annotations left out.
    """

    body: bytes
    alerts: int = 0
    labels: int = 0
    texts: int = 0


def bound_body(body: bytes) -> BoundedBody:
    """The body itself where it is small; else one that says the same, as far as there is room.

    What is no JSON, or not of the form that is expected, is left to whoever reads it.
    """
    if len(body) <= SMALL_BODY:
        return BoundedBody(body)
    try:
        content = from_json(body)
    except ValueError:
        return BoundedBody(body)
    if not isinstance(content, dict) or not isinstance(content.get("alerts"), list):
        return BoundedBody(body)
    sent = content["alerts"]
    kept, labels = _alerts(sent[:MOST_ALERTS])
    short = {name: _short(content[name]) for name in LABEL_SETS if name in content}
    texts = sum(map(_cut_texts, sent, kept)) + _cut_texts(content, short)
    content |= short
    content["alerts"] = kept
    left_out = len(sent) - len(kept)
    return BoundedBody(to_json(content), alerts=left_out, labels=labels, texts=texts)


def _cut_texts(sent: object, short: object) -> int:
    """How many values are shorter than they were sent, and annotations that are not there."""
    if not isinstance(sent, dict) or not isinstance(short, dict):
        return 0
    cut = 0
    for name, kept in short.items():
        value = sent.get(name)
        if not isinstance(value, dict) or not isinstance(kept, dict):
            cut += name in sent and value != kept
            continue
        cut += sum(value.get(key, text) != text for key, text in kept.items())
        cut += max(0, len(value) - len(kept)) * (name != "labels")
    return cut


def _alerts(sent: list[Any]) -> tuple[list[Any], int]:
    """Those that there is room for, and how many labels were left out of them."""
    kept: list[Any] = []
    labels = characters = left_out = 0
    for alert in sent:
        short = _alert(alert)
        labels += len(_labels(short))
        characters += len(to_json(short))
        if labels > MOST_LABELS or characters > MOST_CHARACTERS:
            break
        kept.append(short)
        left_out += len(_labels(alert)) - len(_labels(short))
    return kept, left_out


def _alert(alert: object) -> object:
    if not isinstance(alert, dict):
        return alert
    short = {name: _short(value) for name, value in alert.items()}
    if short != alert and not alert.get("fingerprint"):
        # Two alerts that differ only in what was left out are two.
        short["fingerprint"] = hashlib.sha256(to_json(_labels(alert))).hexdigest()[:16]
    return short


def _labels(alert: object) -> dict[str, Any]:
    labels = alert.get("labels") if isinstance(alert, dict) else None
    return labels if isinstance(labels, dict) else {}


def _short(value: object) -> object:
    """A set of pairs, or a text, within the bounds; anything else as it is."""
    match value:
        case str():
            return value[:LONGEST_VALUE]
        case dict():
            names = dict.fromkeys((*(name for name in FIRST_LABELS if name in value), *value))
            kept = islice(names, MOST_PAIRS)
            return {name[:LONGEST_VALUE]: _short_text(value[name]) for name in kept}
        case _:
            return value


def _short_text(value: object) -> object:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value


FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def read_notification(body: bytes, *, received_at: datetime) -> Notification:
    """The notification in a body. Raises UnparsableDelivery, whose text quotes nothing of the body.

    received_at: stands in for times that the source left at Go's zero, or that are yet to come.
    """
    within = bound_body(body)
    sent = read_wire_model(_Body, within.body)
    return Notification(
        source=AlertSource.ALERTMANAGER,
        receiver=sent.receiver,
        group_key=sent.groupKey,
        status=sent.status,
        alerts=tuple(_alert_notification(alert, received_at) for alert in sent.alerts),
        group_labels=sent.groupLabels,
        common_labels=sent.commonLabels,
        common_annotations=sent.commonAnnotations,
        external_url=sent.externalURL,
        truncated=sent.truncatedAlerts + within.alerts,
        left_out=within.alerts,
        labels_left_out=within.labels,
        texts_cut=within.texts,
    )


def read_group(body: bytes) -> str:
    """The group that a body belongs to, before anything else of it is believed.

    Raises UnparsableDelivery where it names none.
    """
    head = read_wire_model(_Head, body)
    return group_of(head.receiver, head.groupKey)


def group_of(receiver: str, group_key: str) -> str:
    """A short name for one group of one receiver.

    A digest, because a group key is made of label values: it may be longer than an index takes,
    and it would stand unredacted in lanes and in the event log.
    """
    return hashlib.sha256(f"{receiver}\0{group_key}".encode()).hexdigest()[:32]


def case_group(notification: Notification) -> str:
    """Return the key that joins later deliveries of this group to the same case."""
    return f"{notification.source}:{group_of(notification.receiver, notification.group_key)}"


def fingerprint_of(labels: Mapping[str, str]) -> str:
    """Alertmanager's own hash of a label set: FNV-1a, 64 bits, over sorted names and values.

    Source: prometheus/common model/fnv.go and signature.go (labelSetToFingerprint).
    """
    value = 0xCBF29CE484222325
    for name in sorted(labels):
        for byte in (*name.encode(), 0xFF, *labels[name].encode(), 0xFF):
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


class _Head(WireModel):
    receiver: Text
    groupKey: Text = Field(min_length=1)  # noqa: N815 - the wire's own names, here and below


class _Alert(WireModel):
    status: AlertStatus
    labels: Texts
    annotations: Texts = Field(default_factory=dict)
    startsAt: Moment | None  # noqa: N815
    endsAt: Moment | None = None  # noqa: N815
    generatorURL: Text = ""  # noqa: N815
    fingerprint: Text = ""


class _Body(_Head):
    status: AlertStatus
    alerts: list[_Alert]
    groupLabels: Texts = Field(default_factory=dict)  # noqa: N815
    commonLabels: Texts = Field(default_factory=dict)  # noqa: N815
    commonAnnotations: Texts = Field(default_factory=dict)  # noqa: N815
    externalURL: Text = ""  # noqa: N815
    truncatedAlerts: int = Field(default=0, ge=0)  # noqa: N815


def _alert_notification(sent: _Alert, received_at: datetime) -> Alert:
    """Nothing starts or ends after we hear of it.

    Alertmanager gives an alert that was posted without a start the start of its end, which is in
    the future while it fires (api/v2/api.go); taken at its word, no end would ever count.
    """
    fires = sent.status is AlertStatus.FIRING
    known = FINGERPRINT.fullmatch(sent.fingerprint)
    return Alert(
        # Alertmanager before 0.20 sends none; other senders of this format may send anything.
        fingerprint=sent.fingerprint if known else fingerprint_of(sent.labels),
        status=sent.status,
        labels=sent.labels,
        annotations=sent.annotations,
        starts_at=min(sent.startsAt or received_at, received_at),
        ends_at=None if fires else min(sent.endsAt or received_at, received_at),
        generator_url=sent.generatorURL,
    )


def body_of_test_alert(*, now: datetime, fires: bool) -> dict[str, Any]:
    """The body of a webhook delivery, version 4, with the test alert alone in its group."""
    status = "firing" if fires else "resolved"
    alert = {
        "status": status,
        "labels": TEST_ALERT_LABELS,
        "annotations": TEST_ALERT_ANNOTATIONS,
        "startsAt": wire_time(now if fires else EPOCH),
        "endsAt": "0001-01-01T00:00:00Z" if fires else wire_time(now),
        "generatorURL": "",
        "fingerprint": fingerprint_of(TEST_ALERT_LABELS),
    }
    return {
        "version": "4",
        "receiver": "faultmaven-trial",
        "status": status,
        "alerts": [alert],
        "groupLabels": {"alertname": TEST_ALERT_NAME},
        "commonLabels": TEST_ALERT_LABELS,
        "commonAnnotations": TEST_ALERT_ANNOTATIONS,
        "externalURL": "",
        "groupKey": f'{{}}:{{alertname="{TEST_ALERT_NAME}"}}',
        "truncatedAlerts": 0,
    }
