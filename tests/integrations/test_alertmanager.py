from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from core.alerts.model import AlertStatus
from core.alerts.notification import (
    TEST_ALERT_LABELS,
    body_of_test_alert,
    fingerprint_of,
    read_notification,
)
from core.errors import SourceUnavailable, Unauthorised
from integrations.alertmanager import (
    Alertmanager,
    WebhookTarget,
    errors_of,
    post_test_alert,
    send_test_alert,
)
from tests.fakes.clock import SetClock

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


VENDOR_ERRORS: set[type[Exception]] = {
    error
    for error in vars(httpx).values()
    if isinstance(error, type) and issubclass(error, Exception)
}


@pytest.mark.parametrize("kind", sorted(VENDOR_ERRORS, key=repr))
def test_every_error_of_httpx_is_one_of_ours(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    if isinstance(error, httpx.HTTPStatusError):
        error.response = httpx.Response(500)
    with pytest.raises(SourceUnavailable, match=r"^it ") as caught, errors_of("it"):
        raise error
    assert caught.value.__cause__ is error


def client_that(answer: httpx.Response | Exception) -> httpx.AsyncClient:
    def handle(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.AsyncClient(transport=httpx.MockTransport(handle))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>a login page</html>"),
        httpx.Response(200, json={"uptime": 3}),
        httpx.Response(200, json=[{"labels": {}}]),
        httpx.Response(200, json=[{"fingerprint": ""}]),
        httpx.Response(302, headers={"Location": "http://elsewhere.example.net"}),
        httpx.Response(503),
        httpx.ConnectError("no route"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_no_answer(
    answer: httpx.Response | Exception,
) -> None:
    async with client_that(answer) as client:
        source = Alertmanager("http://alertmanager.example.net:9093", client=client)
        with pytest.raises(SourceUnavailable, match=r"alertmanager\.example\.net"):
            await source.active()
        with pytest.raises(SourceUnavailable):
            await source.up_since()


async def test_a_password_in_the_url_is_sent_and_never_said() -> None:
    seen: list[str | None] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Authorization"))
        return httpx.Response(401)

    async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
        source = Alertmanager("https://me:kiwi@alertmanager.example.net/am/", client=client)
        assert source.url == "https://alertmanager.example.net/am"
        with pytest.raises(SourceUnavailable) as caught:
            await source.active()
    assert "kiwi" not in str(caught.value)
    assert seen == ["Basic bWU6a2l3aQ=="]  # pragma: allowlist secret


def test_the_test_alert_is_what_alertmanager_would_send() -> None:
    for fires in (True, False):
        body = httpx.Response(200, json=body_of_test_alert(now=NOW, fires=fires)).content
        notification = read_notification(body, received_at=NOW)
        (alert,) = notification.alerts
        assert alert.status is (AlertStatus.FIRING if fires else AlertStatus.RESOLVED)
        assert alert.fingerprint == fingerprint_of(TEST_ALERT_LABELS)
        assert alert.ends_at == (None if fires else NOW)


async def test_the_test_alert_says_where_to_look() -> None:
    async with client_that(httpx.Response(200, json={"delivery": "delivery_7"})) as client:
        webhook = WebhookTarget(url="http://127.0.0.1:8000/webhooks/alertmanager", token="kiwi")  # noqa: S106
        lines = await send_test_alert(
            alertmanagers=[], webhook=webhook, client=client, clock=SetClock(NOW)
        )
    assert "journaled as delivery_7" in lines[0]
    assert "FaultMavenTestAlert" in lines[1]
    assert "kiwi" not in repr(webhook) + "".join(lines)


async def test_a_wrong_secret_is_said_so() -> None:
    async with client_that(httpx.Response(401)) as client:
        with pytest.raises(Unauthorised):
            await post_test_alert(
                WebhookTarget(url="http://127.0.0.1:8000/x"), client=client, clock=SetClock(NOW)
            )
