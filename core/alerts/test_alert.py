"""The test alert: nothing is wrong, it only tries the path that alerts take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.alerts.notification import fingerprint_of
from core.clock import EPOCH, wire_time

if TYPE_CHECKING:
    from datetime import datetime

TRIAL_NAME = "FaultMavenTestAlert"
TRIAL_LABELS = {
    "alertname": TRIAL_NAME,
    "service": "faultmaven",
    "severity": "info",
}
TRIAL_SUMMARY = "Test alert: nothing is wrong, this only tries the path"
TRIAL_ANNOTATIONS = {"summary": TRIAL_SUMMARY}


def trial_body(*, now: datetime, fires: bool) -> dict[str, Any]:
    """The body of a webhook delivery, version 4, with the test alert alone in its group."""
    status = "firing" if fires else "resolved"
    alert = {
        "status": status,
        "labels": TRIAL_LABELS,
        "annotations": TRIAL_ANNOTATIONS,
        "startsAt": wire_time(now if fires else EPOCH),
        "endsAt": "0001-01-01T00:00:00Z" if fires else wire_time(now),
        "generatorURL": "",
        "fingerprint": fingerprint_of(TRIAL_LABELS),
    }
    return {
        "version": "4",
        "receiver": "faultmaven-trial",
        "status": status,
        "alerts": [alert],
        "groupLabels": {"alertname": TRIAL_NAME},
        "commonLabels": TRIAL_LABELS,
        "commonAnnotations": TRIAL_ANNOTATIONS,
        "externalURL": "",
        "groupKey": f'{{}}:{{alertname="{TRIAL_NAME}"}}',
        "truncatedAlerts": 0,
    }
