from __future__ import annotations

import json
from typing import Any

from prometheus_client import REGISTRY

from core.alerts.model import AlertSource
from core.errors import Overloaded
from webhooks.answers import OUTCOMES, AnswerCounts, answer


class SendRecorder:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def __call__(self, message: Any) -> None:
        self.sent.append(message)


async def test_an_answer_is_whole_json() -> None:
    wire = SendRecorder()
    await answer(wire, 202, {"delivery": "d"}, (b"x-more", b"1"))
    start, body = wire.sent
    headers = dict(start["headers"])
    assert (start["status"], headers[b"x-more"]) == (202, b"1")
    assert headers[b"content-type"] == b"application/json"
    assert int(headers[b"content-length"]) == len(body["body"])
    assert json.loads(body["body"]) == {"delivery": "d"}


async def test_what_is_put_off_is_told_when_to_come_back() -> None:
    wire = SendRecorder()
    await AnswerCounts(AlertSource.PAGERDUTY).put_off(
        wire, Overloaded("more wait than are accepted")
    )
    assert wire.sent[0]["status"] == 503
    assert (b"retry-after", b"5") in wire.sent[0]["headers"]


def test_every_outcome_is_there_before_it_happens() -> None:
    AnswerCounts(AlertSource.PAGERDUTY)
    for outcome in OUTCOMES:
        labels = {"source": "pagerduty", "outcome": outcome}
        assert REGISTRY.get_sample_value("faultmaven_deliveries_total", labels) is not None
