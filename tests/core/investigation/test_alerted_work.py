"""Who fails to do work that waits: nobody calls it, and nobody that alerts depends on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest

from core.investigation.alerted_work import does_alerted_work
from core.investigation.causes.service_directory import ServiceDirectory
from tests.core.investigation.sample_situations import LogLines, a_log, a_situation

if TYPE_CHECKING:
    from core.investigation.decision import Situation

pytestmark = pytest.mark.unit

CALLS = (("shop", "rabbitmq"), ("packer", "rabbitmq"), ("shop", "cart"))


def alerted(rule: str, service: str = "shop", name: str = "TooMany") -> Situation:
    seen = a_situation(a_log("packer", LogLines(text="it broke")), calls=CALLS, alert=service)
    [alert] = seen.occurrences
    graph = f"http://prometheus:9090/graph?g0.expr={quote_plus(rule)}"
    return replace(seen, occurrences=(replace(alert, name=name, notes={"graph": graph}),))


@pytest.mark.parametrize(
    ("situation", "service", "works"),
    [
        (alerted("rabbitmq_queue_messages > 25"), "packer", True),
        (alerted("rabbitmq_queue_messages > 25", service="rabbitmq"), "packer", True),
        (alerted("x > 1", name="ParcelBacklog"), "packer", True),
        (alerted("rabbitmq_queue_messages > 25"), "cart", False),
        (alerted("rate(http_errors_total[1m]) > 1"), "packer", False),
    ],
)
def test_it_shares_a_broker_with_whom_the_alert_is_about(
    situation: Situation, service: str, *, works: bool
) -> None:
    assert does_alerted_work(service, ServiceDirectory(situation)) is works
