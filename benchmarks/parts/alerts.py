"""Alerts as Alertmanager delivers them, one by one; each group of them is a case."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.journeys.alertmanagers import TOKEN

if TYPE_CHECKING:
    import httpx

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


async def fire(client: httpx.AsyncClient, group: str, instance: str) -> None:
    """One more alert of a group begins to fire, as Alertmanager delivers it."""
    answer = await client.post(
        "/webhooks/alertmanager", content=body(group, instance), headers=HEADERS
    )
    answer.raise_for_status()


def body(group: str, instance: str) -> bytes:
    """A delivery of one alert. Every instance is an alert of its own."""
    labels = {"alertname": "Slow", "service": group, "severity": "warning", "instance": instance}
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    alert: dict[str, Any] = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"{group} is slow"},
        "startsAt": now,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": f"{hash((group, instance)) & 0xFFFFFFFFFFFFFFFF:016x}",
    }
    return json.dumps(
        {
            "receiver": "faultmaven",
            "status": "firing",
            "alerts": [alert],
            "groupLabels": {"alertname": "Slow", "service": group},
            "commonLabels": labels,
            "commonAnnotations": alert["annotations"],
            "externalURL": "http://alertmanager.local",
            "version": "4",
            "groupKey": f'{{}}:{{alertname="Slow", service="{group}"}}',
            "truncatedAlerts": 0,
        }
    ).encode()
