"""A call of the Web API: its arguments, its refusal, and the table of methods."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tests.fakes.slack.model import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.slack.stage import SlackStage


class SlackRefused(Exception):
    """`{"ok": false, "error": ...}`. Slack: docs.slack.dev/apis/web-api/#slack-web-api__responses.

    `retry_after_s` makes it HTTP 429.
    """

    def __init__(self, error: str, *, retry_after_s: int = 0, **more: Any) -> None:
        super().__init__(error)
        self.error, self.retry_after_s, self.more = error, retry_after_s, more


def invalid_arguments(*messages: str) -> SlackRefused:
    """As for a missing argument (docs.slack.dev/reference/methods/conversations.setTopic)."""
    return SlackRefused(
        "invalid_arguments",
        response_metadata={"messages": [f"[ERROR] {message}" for message in messages]},
    )


@dataclass(frozen=True)
class CallArguments:
    """As they came: strings from a form or a query, or JSON values."""

    given: Json

    def text(self, name: str) -> str:
        value = self.given.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        return str(self.given.get(name) or "").lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        return int(self.text(name)) if self.text(name).isdigit() else default

    def names(self, name: str) -> list[str]:
        """A comma-separated list."""
        value = self.given.get(name) or ""
        listed = value if isinstance(value, list) else str(value).split(",")
        return [str(name).strip() for name in listed if str(name).strip()]

    def json(self, name: str, *, otherwise: str) -> Any:
        """Raises SlackRefused(otherwise) for text that is no JSON."""
        value = self.given.get(name)
        if not isinstance(value, str) or not value:
            return value or None
        try:
            return json.loads(value)
        except ValueError as error:
            raise SlackRefused(otherwise) from error


@dataclass
class MethodCall:
    """One call that an app made. `at` is by the monotonic clock.

    in_url: some of its arguments stood in the address, where whoever carries it reads them.
    """

    method: str
    arguments: Json
    at: float
    in_url: bool = False
    status: int = 0
    answer: Json = field(default_factory=dict)

    @property
    def error(self) -> str:
        return str(self.answer.get("error", ""))


Run: TypeAlias = "Callable[[SlackStage, CallArguments], Json]"


class Method(NamedTuple):
    """`scopes`: one of them is needed; () where none is, or where it depends on the channel.

    tier: 0 where limits of another kind hold.
    """

    name: str
    run: Run
    tier: int
    scopes: tuple[str, ...]
    required: tuple[str, ...]
    tokens: tuple[str, ...]


METHODS: dict[str, Method] = {}


def method(
    name: str,
    *,
    tier: int,
    scopes: tuple[str, ...] = (),
    required: tuple[str, ...] = (),
    tokens: tuple[str, ...] = ("xoxb",),
) -> Callable[[Run], Run]:
    """Enter a function in the table. Tiers and scopes: docs.slack.dev/reference/methods/NAME."""

    def enter(run: Run) -> Run:
        METHODS[name] = Method(name, run, tier, scopes, required, tokens)
        return run

    return enter


def need(stage: SlackStage, *scopes: str) -> None:
    """Raises SlackRefused(missing_scope), `needed` and `provided`, unless one of them is there."""
    if scopes and not stage.app.scopes.intersection(scopes):
        raise SlackRefused(
            "missing_scope", needed=",".join(scopes), provided=",".join(sorted(stage.app.scopes))
        )
