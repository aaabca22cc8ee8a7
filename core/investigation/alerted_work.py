"""Alerts about work that piles up: who fails to do it calls nobody that alerts, nor is called.

`rabbitmq_queue_messages{queue="orders"} > 25` is an alert of the queue, or of whoever fills it. The
work waits for those who read from the same broker.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.alerts.expression import expression_of
from core.investigation.causes.server_kinds import BROKER, CACHE

if TYPE_CHECKING:
    from core.alerts.model import Occurrence
    from core.investigation.causes.service_directory import ServiceDirectory

_WAITS = re.compile(
    r"(?i)queue(?!ry)|backlog|(?<![a-z])lag(?![a-z])|pending|messages_ready|waiting|unacked|dlq"
    r"|dead_?letter|key_size|list_length"
)
_QUEUES = frozenset({BROKER, CACHE})


def does_alerted_work(service: str, directory: ServiceDirectory) -> bool:
    """Whether it shares a broker with whom an alert about waiting work is about, or asks that."""
    situation = directory.situation
    alerted = {alert.service for alert in situation.occurrences if _is_of_work(alert)} - {None}
    brokers = {
        callee for callee in situation.graph.callees(service) if directory.kind(callee) in _QUEUES
    }
    sharing = brokers.union(*map(situation.graph.callers, brokers)) - {service}
    return not alerted.isdisjoint(sharing)


def _is_of_work(alert: Occurrence) -> bool:
    rule = expression_of((alert.notes or {}).get("graph", ""))
    return bool(_WAITS.search(f"{rule} {alert.name}"))
