"""What does an Alertmanager body say? Its webhook, version 4, read once into our own types.

Unknown keys are ignored and optional ones may be missing; without a receiver, a group key, and
for each alert its status, labels and start, a body says nothing that could be acted on.
Source: Alertmanager docs/configuration.md (webhook_config), template/template.go (Data, Alert).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from pydantic import Field

from core.alerts.model import Alert, AlertStatus, Notification, Source
from core.alerts.wire import Moment, Sent, Text, Texts, read_sent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def read_notification(body: bytes, *, received_at: datetime) -> Notification:
    """The notification in a body. Raises UnparsableDelivery, whose text quotes nothing of the body.

    received_at: stands in for times that the source left at Go's zero, or that are yet to come.
    """
    sent = read_sent(_Body, body)
    return Notification(
        source=Source.ALERTMANAGER,
        receiver=sent.receiver,
        group_key=sent.groupKey,
        status=sent.status,
        alerts=tuple(_alert(one, received_at) for one in sent.alerts),
        group_labels=sent.groupLabels,
        common_labels=sent.commonLabels,
        common_annotations=sent.commonAnnotations,
        external_url=sent.externalURL,
        truncated=sent.truncatedAlerts,
    )


def read_group(body: bytes) -> str:
    """The group that a body belongs to, before anything else of it is believed.

    Raises UnparsableDelivery where it names none.
    """
    head = read_sent(_Head, body)
    return group_of(head.receiver, head.groupKey)


def group_of(receiver: str, group_key: str) -> str:
    """A short name for one group of one receiver.

    A digest, because a group key is made of label values: it may be longer than an index takes,
    and it would stand unredacted in lanes and in the event log.
    """
    return hashlib.sha256(f"{receiver}\0{group_key}".encode()).hexdigest()[:32]


def case_group(notification: Notification) -> str:
    """What joins later deliveries of this group to the same case."""
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


class _Head(Sent):
    receiver: Text
    groupKey: Text = Field(min_length=1)  # noqa: N815 - the wire's own names, here and below


class _Alert(Sent):
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


def _alert(sent: _Alert, received_at: datetime) -> Alert:
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
