"""What is particular to Zipkin's JSON."""

from __future__ import annotations

import pytest

from core.evidence.spans.json_formats import Zipkin
from core.evidence.spans.model import Span, SpanPlace, SpanReading

PLAIN = {"traceId": "1f", "id": "2e", "timestamp": 1_795_080_600_000_000, "duration": 5}


def taken(**other: object) -> Span:
    [span] = Zipkin(SpanReading()).take("span", {**PLAIN, **other}, SpanPlace(1, 1, 0, 9))
    return span


@pytest.mark.parametrize(
    ("tags", "failed", "says"),
    [
        ({"error": "timeout after 5 s"}, True, "timeout after 5 s"),
        ({"error": ""}, True, ""),
        ({"error": "false"}, False, ""),
        ({"error": "true", "http.status_code": "503"}, True, ""),
        ({"http.status_code": "503"}, True, ""),
        ({}, False, ""),
    ],
)
def test_an_error_is_a_tag(tags: dict[str, str], failed: bool, says: str) -> None:  # noqa: FBT001
    span = taken(tags=tags)
    assert (span.failed, span.says) == (failed, says)


def test_endpoints_say_whose_it_is_and_whom_it_calls() -> None:
    case_channel, far = {"serviceName": "api", "ipv4": "10.0.0.7"}, {"serviceName": "orders-db"}
    span = taken(kind="CLIENT", localEndpoint=case_channel, remoteEndpoint=far, shared=True)
    assert (span.service, span.clock, span.peer, span.shared) == (
        "api",
        "10.0.0.7",
        "orders-db",
        True,
    )


def test_what_has_no_time_is_no_span() -> None:
    with pytest.raises(ValueError, match="no time"):
        taken(timestamp=None)


def test_of_a_server_the_remote_endpoint_is_who_called() -> None:
    far = {"serviceName": "web"}
    assert taken(kind="SERVER", remoteEndpoint=far).peer == ""
    assert taken(kind="PRODUCER", remoteEndpoint=far).peer == "web"
