"""How every refusal looks over HTTP, for the description of the API."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from api.bodies import ApiAnswer
from core.errors import (
    FaultMavenError,
    NotAllowedNow,
    NotFound,
    NotPermitted,
    Outdated,
    OutOfLimits,
    Refused,
    TooLarge,
    TooMany,
    Unauthorised,
    Unavailable,
    Unreadable,
    WrongUsage,
)


class ProblemAnswer(ApiAnswer):
    """What is wrong, and what to do. code: where a program is to act on it."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "detail": "Case not found",
                    "next_step": "See GET /api/v1/cases for yours.",
                }
            ]
        },
    )

    detail: str
    next_step: str
    code: str | None = None


_WORDS = {
    400: "the request is refused as it stands",
    401: "nobody is signed in, or not any more",
    403: "whoever signed in may not do that",
    404: "there is no such thing, or none that the account sees",
    408: "nothing of the body came for too long",
    409: "not as things are now",
    413: "it is too large",
    422: "it is not what this expects",
    429: "too often: come again after `Retry-After` seconds",
    503: "not now, by no fault of the request",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemAnswer, "description": words} for status, words in _WORDS.items()
}

# The first that fits counts.
STATUS: dict[type[FaultMavenError], int] = {
    Unauthorised: 401,
    NotPermitted: 403,
    NotFound: 404,
    NotAllowedNow: 409,
    Outdated: 412,
    TooLarge: 413,
    WrongUsage: 422,
    Unreadable: 422,
    OutOfLimits: 422,
    TooMany: 429,
    Unavailable: 503,
    Refused: 400,
}


def status_of(error: Exception) -> int:
    """Of the answer to a request that it ended."""
    kinds = (status for kind, status in STATUS.items() if isinstance(error, kind))
    return next(kinds, 500)
