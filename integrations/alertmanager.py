"""Client of Alertmanager's API v2: active alerts, and test alerts.

Source: Alertmanager api/v2/openapi.yaml; measured on 0.25.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from core.alerts.notification import (
    TEST_ALERT_ANNOTATIONS,
    TEST_ALERT_LABELS,
    TEST_ALERT_NAME,
    body_of_test_alert,
)
from core.clock import wire_time
from core.errors import SourceUnavailable, Unauthorised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.clock import Clock

TIMEOUT_S = 10.0
TRIAL_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class WebhookTarget:
    """Our own webhook, as whoever posts to it knows it."""

    url: str
    token: str | None = field(default=None, repr=False)


class Alertmanager:
    """One Alertmanager; implements `AlertView`. The URL may carry a user and a password."""

    def __init__(self, url: str, *, client: httpx.AsyncClient) -> None:
        self._base = httpx.URL(url.rstrip("/"))
        self._client = client

    @property
    def url(self) -> str:
        """The URL without its credentials."""
        return str(self._base.copy_with(username=None, password=None))

    async def active(self) -> frozenset[str]:
        every = dict.fromkeys(("active", "silenced", "inhibited", "unprocessed"), "true")
        with self._errors():
            answer = await self._get("/api/v2/alerts", every)
            return frozenset(alert.fingerprint for alert in _ALERTS.validate_json(answer))

    async def up_since(self) -> datetime:
        with self._errors():
            return _Status.model_validate_json(await self._get("/api/v2/status")).uptime

    async def fire(
        self,
        labels: Mapping[str, str],
        annotations: Mapping[str, str],
        *,
        starts_at: datetime,
        ends_at: datetime,
    ) -> None:
        """Post one alert, as Prometheus would. Raises SourceUnavailable."""
        alert = {
            "labels": dict(labels),
            "annotations": dict(annotations),
            "startsAt": wire_time(starts_at),
            "endsAt": wire_time(ends_at),
        }
        with self._errors():
            url = f"{self._base}/api/v2/alerts"
            answer = await self._client.post(url, json=[alert], timeout=TIMEOUT_S)
            answer.raise_for_status()

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        url = f"{self._base}{path}"
        answer = await self._client.get(url, params=params, timeout=TIMEOUT_S)
        return answer.raise_for_status().content

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with errors_of(f"Alertmanager at {self.url}"):
            yield


class _ActiveAlert(BaseModel):
    fingerprint: str = Field(min_length=1)


class _Status(BaseModel):
    uptime: AwareDatetime = Field(strict=True)


_ALERTS = TypeAdapter(list[_ActiveAlert])


@contextmanager
def errors_of(source: str) -> Iterator[None]:
    """What httpx raises, and answers that make no sense, as SourceUnavailable; no URL is quoted."""
    try:
        yield
    except httpx.HTTPStatusError as error:
        message = f"{source} answered {error.response.status_code}"
        raise SourceUnavailable(message) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError) as error:
        message = f"{source} does not answer: {type(error).__name__}"
        raise SourceUnavailable(message) from error
    except ValidationError as error:
        message = f"{source} answered something else than its API says"
        raise SourceUnavailable(message) from error


async def send_test_alert(
    *,
    alertmanagers: Sequence[Alertmanager],
    webhook: WebhookTarget,
    client: httpx.AsyncClient,
    clock: Clock,
    shown_in: str = "`faultmaven chat`",
) -> list[str]:
    """Send the test alert in from as far outside as can be reached; each line says where to look.

    shown_in: where the case of it will be seen. Raises SourceUnavailable, Unauthorised.
    """
    if not alertmanagers:
        delivery = await post_test_alert(webhook, client=client, clock=clock)
        return [
            f"Posted {TEST_ALERT_NAME} to {webhook.url}: journaled as {delivery}.",
            f"Its case opens within a second: look for {TEST_ALERT_NAME} in {shown_in}.",
        ]
    now = clock.now()
    for source in alertmanagers:
        await source.fire(
            TEST_ALERT_LABELS, TEST_ALERT_ANNOTATIONS, starts_at=now, ends_at=now + TRIAL_LASTS
        )
    return [
        *(f"Posted {TEST_ALERT_NAME} to Alertmanager at {source.url}." for source in alertmanagers),
        "It is delivered after its route's group_wait, 30 s where none is set, and ends in 5 min.",
        f"Look for {TEST_ALERT_NAME} in {shown_in}. If nothing comes, the route or the "
        "receiver is at fault: Alertmanager's log says which.",
    ]


async def post_test_alert(
    webhook: WebhookTarget, *, client: httpx.AsyncClient, clock: Clock, fires: bool = True
) -> str:
    """The same alert straight to our webhook, as Alertmanager would send it; says its delivery.

    fires: False tells of its end. Raises SourceUnavailable, Unauthorised.
    """
    headers = {"Authorization": f"Bearer {webhook.token}"} if webhook.token else {}
    body = body_of_test_alert(now=clock.now(), fires=fires)
    with errors_of(f"the webhook at {webhook.url}"):
        answer = await client.post(webhook.url, json=body, headers=headers, timeout=TIMEOUT_S)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            message = "the webhook refused our secret"
            raise Unauthorised(message, next_step="Compare FAULTMAVEN_ALERTMANAGER_TOKEN.")
        accepted = _Accepted.model_validate_json(answer.raise_for_status().content)
    return accepted.delivery


class _Accepted(BaseModel):
    delivery: str
