"""PagerDuty as a service that we ask, over its REST API v2, with PagerDuty's own client.

The client waits and tries again by itself, without end where it is told that we ask too often; here
both have an end. It is synchronous, so that it works in threads.
Source: developer.pagerduty.com, docs/rest-api-v2 (Rate Limits, Pagination); pagerduty 7.2.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pagerduty
from pagerduty.api_client import TransportError  # type: ignore[attr-defined] # it has no __all__
from pydantic import BaseModel, Field, TypeAdapter

from core.errors import SourceUnavailable, Unauthorised, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT_S = 10
RETRIES = {429: 3, 502: 2, 503: 2}
FIRST_PAUSE_S = 0.5  # doubled before every try
PAGE = 100  # records: the most that PagerDuty gives at once
MOST_LISTED = 9_900  # a list can be read up to 10,000 records, and no further
REFUSED = frozenset({401, 403})
# Those of the HTTP library below the client, too: it is the client's choice, no dependency of ours.
NO_ANSWER: tuple[type[Exception], ...] = (
    pagerduty.Error,
    pagerduty.UrlError,
    *(
        kind
        for kind in TransportError.__mro__
        if issubclass(kind, Exception) and kind.__module__.startswith("httpx")
    ),
)

Result = TypeVar("Result")


class PagerDuty:
    """One account, as a key sees it; implements `Pager`. Raises WrongUsage without https://."""

    def __init__(self, key: str, *, api_url: str, pause_s: float = FIRST_PAUSE_S) -> None:
        self._url = api_url.rstrip("/")
        try:
            self._client = pagerduty.RestApiV2Client(key, base_url=self._url)
        except pagerduty.UrlError as error:
            message = "FAULTMAVEN_PAGERDUTY_API_URL has to begin with https://"
            step = "Write https://api.pagerduty.com, of Europe https://api.eu.pagerduty.com."
            raise WrongUsage(message, next_step=step) from error
        self._client.timeout = TIMEOUT_S
        self._client.retry = dict(RETRIES)
        self._client.max_network_attempts = 2
        self._client.sleep_timer = pause_s / self._client.sleep_timer_base

    @property
    def url(self) -> str:
        return self._url

    async def open_incidents(self) -> frozenset[str]:
        # Without `date_range` incidents older than a month would be left out.
        asked = {"statuses[]": ["triggered", "acknowledged"], "date_range": "all"}
        records = await self._list("/incidents", asked)
        with errors_of(self._url):
            return frozenset(incident.id for incident in _INCIDENTS.validate_python(records))

    async def bodies(self, incident_id: str) -> list[str]:
        records = await self._list(
            f"/incidents/{incident_id}/alerts", {"sort_by": "created_at:asc"}
        )
        with errors_of(self._url):
            alerts = _ALERTS.validate_python(records)
        return [json.dumps(alert.body) for alert in alerts if alert.body is not None]

    async def check(self) -> None:
        """Check the key and the region. Raises SourceUnavailable, Unauthorised."""
        await self._in_thread(lambda: self._client.rget("/incidents", params={"limit": 1}))

    def close(self) -> None:
        """Give back its connections."""
        self._client.close()

    async def _list(self, path: str, params: dict[str, Any]) -> list[Any]:
        records = await self._in_thread(lambda: list(self._pages(path, params)))
        if len(records) >= MOST_LISTED:
            message = f"PagerDuty at {self._url} has more of {path} than it lists"
            raise SourceUnavailable(message)
        return records

    def _pages(self, path: str, params: dict[str, Any]) -> Iterator[Any]:
        """All records, page by page, up to MOST_LISTED.

        Not with the client's own loop: a page that says `more` and holds nothing keeps that for
        ever.
        """
        offset = 0
        while offset < MOST_LISTED:
            limit = min(PAGE, MOST_LISTED - offset)
            page = self._client.jget(path, params=params | {"limit": limit, "offset": offset})
            records = _Page.validate_python(page).get(path.rpartition("/")[2]) or []
            yield from records
            offset += len(records)
            if not page.get("more"):
                return
            if not records:
                message = (
                    f"PagerDuty at {self._url} says that there is more of {path}, and gives none"
                )
                raise SourceUnavailable(message)

    async def _in_thread(self, ask: Callable[[], Result]) -> Result:
        with errors_of(self._url):
            return await asyncio.to_thread(ask)


class _Incident(BaseModel):
    id: str = Field(min_length=1)


class _IncidentAlert(BaseModel):
    body: dict[str, Any] | None = None


_Page = TypeAdapter(dict[str, Any])
_INCIDENTS = TypeAdapter(list[_Incident])
_ALERTS = TypeAdapter(list[_IncidentAlert])


@contextmanager
def errors_of(url: str) -> Iterator[None]:
    """What the client raises, and answers that make no sense, as our errors; none quotes a key."""
    source = f"PagerDuty at {url}"
    try:
        yield
    except pagerduty.HttpError as error:
        raise _of_answer(error, source) from error
    except NO_ANSWER as error:
        message = f"{source} does not answer: {type(_root_of(error)).__name__}"
        raise SourceUnavailable(message) from error
    except ValueError as error:  # pydantic's, too
        message = f"{source} answered something else than its API says"
        raise SourceUnavailable(message) from error


def _root_of(error: BaseException) -> BaseException:
    """The cause of an error that PagerDuty's client has wrapped."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error


def _of_answer(error: pagerduty.HttpError, source: str) -> Exception:
    answer: Any = error.response
    message = f"{source} answered {answer.status_code}"
    if answer.status_code in REFUSED:
        step = (
            "Compare FAULTMAVEN_PAGERDUTY_API_KEY, and FAULTMAVEN_PAGERDUTY_API_URL with the "
            "region of the account."
        )
        return Unauthorised(message, next_step=step)
    # Seconds until we may ask again, where the answer says so.
    reset = str(answer.headers.get("ratelimit-reset", ""))
    return SourceUnavailable(message, retry_after_s=float(reset) if reset.isdecimal() else None)
