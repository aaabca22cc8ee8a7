"""How one person is answered: alone by the token of an interaction, else by a reply to a message.

Discord hides a message from others only as an answer to an interaction, for 15 minutes
(interactions/receiving-and-responding). What was typed into a channel has no such answer.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HEARD = "Heard"  # how the words begin that an answer takes the place of
EPHEMERAL = 1 << 6
LOADING = 1 << 7  # the message that says that we are thinking
_ACKNOWLEDGED_WITHIN_S = 3.0


@dataclass(frozen=True, kw_only=True)
class InteractionHandle:
    """Where to answer an interaction (Discord: interactions/receiving-and-responding)."""

    application: str
    token: str = field(repr=False)

    def __str__(self) -> str:
        return json.dumps({"application": self.application, "token": self.token})


@dataclass(frozen=True, kw_only=True)
class MessageHandle:
    """A message that can only be replied to where everyone sees it."""

    channel: str
    message: str

    def __str__(self) -> str:
        return json.dumps({"channel": self.channel, "message": self.message})


def handle_of(written: str) -> InteractionHandle | MessageHandle:
    """The handle that `str` wrote."""
    fields = json.loads(written)
    if "message" in fields:
        return MessageHandle(channel=fields["channel"], message=fields["message"])
    return InteractionHandle(application=fields["application"], token=fields["token"])


def awaits_an_answer(original: dict[str, Any]) -> bool:
    """Whether the first reply is still the placeholder that an answer replaces."""
    if int(original.get("flags") or 0) & LOADING:
        return True
    return not original.get("embeds") and str(original.get("content")).startswith(HEARD)


@dataclass
class Acknowledgements:
    """Tokens whose first reply is under way: until it arrives Discord does not know them.

    What was heard is committed before it is acknowledged, so its answer can be quicker.
    """

    _pending: dict[str, asyncio.Event] = field(default_factory=dict, repr=False)

    @contextmanager
    def under_way(self, token: str) -> Iterator[None]:
        """Within the block the interaction is being acknowledged."""
        self.begin(token)
        try:
            yield
        finally:
            self.end(token)

    def begin(self, token: str) -> None:
        self._pending[token] = asyncio.Event()

    def end(self, token: str) -> None:
        if (acknowledged := self._pending.pop(token, None)) is not None:
            acknowledged.set()

    async def settled(self, token: str) -> None:
        """Wait until the interaction is acknowledged, or until it is too late for that."""
        if (acknowledged := self._pending.get(token)) is None:
            return
        try:
            await asyncio.wait_for(acknowledged.wait(), timeout=_ACKNOWLEDGED_WITHIN_S)
        except TimeoutError:
            self.end(token)
