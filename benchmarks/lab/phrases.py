"""How each team words what went wrong: a service has one wording of each, drawn with its plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

WORDINGS = {
    "lost": (
        "call to {target} failed after {took}s: {error}",
        "upstream {target} error after {ms} ms: {error}",
        "request to {target} gave up ({error}, {took}s)",
    ),
    "answered": (
        "{target} answered {status}",
        "upstream {target} returned HTTP {status}",
        "unexpected status {status} from {target}",
    ),
    "busy": (
        "no database connection within {wait}s",
        "timed out after {wait}s waiting for a pooled connection",
        "could not get a connection from the pool in {wait}s",
    ),
    "late": (
        "query took too long: {error}",
        "statement exceeded its deadline: {error}",
        "database call timed out ({error})",
    ),
    "refused": (
        "query failed: {error}",
        "database error: {error}",
        "sql error {error}",
    ),
}


def wording(rng: random.Random) -> dict[str, str]:
    """The wording of one service."""
    return {name: rng.choice(choices) for name, choices in WORDINGS.items()}


def worded(*names: str, **known: str) -> str:
    """A pattern for lines in any wording of these; `known` is what stands in a gap."""
    gaps = {"target": r"\S+", **{key: re.escape(value) for key, value in known.items()}}
    texts = [re.escape(text) for name in names for text in WORDINGS[name]]
    return "|".join(
        re.sub(r"\\{(\w+)\\}", lambda match: gaps.get(match[1], ".*"), text) for text in texts
    )


def missed(target: str) -> str:
    """A pattern for lines of a caller that got no good answer of a part."""
    return worded("lost", "answered", target=target)


NOBODY_LISTENS = r"Connect call failed|Cannot connect to host|ECONNREFUSED|Connection refused"
NO_NAME = r"Name or service not known|No address associated|ENOTFOUND|EAI_AGAIN|UnknownHost"
NO_NAME += r"|Temporary failure in name resolution"
SLOW_QUERY = worded("late", "busy", "refused")
NO_CONNECTION = worded("busy")
SLOW_REQUEST = r"\b[2-9]\d{3}ms|duration_ms\W{1,3}[2-9]\d{3}|\btook [2-9]\d{3} ms"
