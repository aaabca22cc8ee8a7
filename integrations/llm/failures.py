"""What goes wrong with a model, by its kind alone: messages of providers may quote keys."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Kinds of failure, in words for the reader."""

    LIMITED = "asked too often"
    OVERLOADED = "failed"
    UNREACHABLE = "not reachable"
    TIMED_OUT = "too slow"
    STALLED = "stopped answering"
    CUT = "answer broke off"
    UNREADABLE = "answered something unreadable"
    UNFIT = "answer does not fit what was asked"
    WRONG_KEY = "key refused"
    UNKNOWN_MODEL = "no such model"
    TOO_LONG = "prompt too long for it"
    REQUEST = "request refused"
    FILTERED = "filtered by its provider"


# The same model may answer the same request a moment later.
PASSING = {Fault.LIMITED, Fault.OVERLOADED, Fault.UNREACHABLE, Fault.UNREADABLE, Fault.CUT}
# The model is at fault, not the request: these open its circuit breaker.
OF_THE_MODEL = PASSING | {Fault.TIMED_OUT, Fault.STALLED, Fault.WRONG_KEY, Fault.UNKNOWN_MODEL}
BY_STATUS = {
    401: Fault.WRONG_KEY,
    402: Fault.WRONG_KEY,
    403: Fault.WRONG_KEY,
    404: Fault.UNKNOWN_MODEL,
    408: Fault.TIMED_OUT,
    413: Fault.TOO_LONG,
    429: Fault.LIMITED,
}
BY_NAME = {
    "ContextWindowExceededError": Fault.TOO_LONG,
    "ContentPolicyViolationError": Fault.FILTERED,
    "Timeout": Fault.TIMED_OUT,
    "APITimeoutError": Fault.TIMED_OUT,
    "MidStreamFallbackError": Fault.CUT,
    "APIConnectionError": Fault.UNREACHABLE,
    "APIResponseValidationError": Fault.UNREADABLE,
    "JSONSchemaValidationError": Fault.UNREADABLE,
}
CLIENT_ERROR, SERVER_ERROR = 400, 500


class ModelFault(Exception):
    """One attempt with one model failed. retry_after_s: where the provider said when to return."""

    def __init__(self, fault: Fault, *, retry_after_s: float | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.retry_after_s = retry_after_s


def fault_of(error: Exception) -> ModelFault:
    """The failure that an exception of litellm or of the HTTP client below it tells of."""
    return ModelFault(_kind_of(error), retry_after_s=_retry_after(error))


def _kind_of(error: Exception) -> Fault:
    names = [kind.__name__ for kind in type(error).__mro__]
    # The most specific name first; a subclass of BadRequestError may be a filter.
    for name in names:
        if name in BY_NAME:
            return BY_NAME[name]
    status = getattr(error, "status_code", None)
    if status in BY_STATUS:
        return BY_STATUS[status]
    if isinstance(status, int) and CLIENT_ERROR <= status < SERVER_ERROR:
        return Fault.REQUEST
    return Fault.OVERLOADED if isinstance(status, int) else Fault.UNREADABLE


def _retry_after(error: Exception) -> float | None:
    """Seconds, from the header in either of its forms (RFC 9110, section 10.2.3)."""
    for holder in (error, getattr(error, "response", None)):
        for headers in ("litellm_response_headers", "headers"):
            values: Any = getattr(holder, headers, None) or {}
            seconds = _seconds(values.get("retry-after") or values.get("Retry-After"))
            if seconds is not None:
                return seconds
    return None


def _seconds(value: str | None) -> float | None:
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(
        0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    )
