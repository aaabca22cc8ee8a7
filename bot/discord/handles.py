"""How is one person answered alone? With the token of what they did, for a quarter of an hour."""

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
class Handle:
    """Where an interaction is answered (Discord: interactions/receiving-and-responding)."""

    application: str
    token: str = field(repr=False)

    def __str__(self) -> str:
        return json.dumps({"application": self.application, "token": self.token})


def handle_of(written: str) -> Handle:
    """Reads back what `str` wrote."""
    read = json.loads(written)
    return Handle(application=read["application"], token=read["token"])


def awaits_an_answer(original: dict[str, Any]) -> bool:
    """Is the first reply to the person still one that an answer should take the place of?"""
    if int(original.get("flags") or 0) & LOADING:
        return True
    return not original.get("embeds") and str(original.get("content")).startswith(HEARD)


@dataclass
class Acknowledgements:
    """Tokens whose first reply is on its way: Discord knows nothing of them before it is there.

    What was heard is committed before it is acknowledged, so its answer can be quicker.
    """

    _pending: dict[str, asyncio.Event] = field(default_factory=dict, repr=False)

    @contextmanager
    def under_way(self, token: str) -> Iterator[None]:
        """The block acknowledges it."""
        self.begin(token)
        try:
            yield
        finally:
            self.end(token)

    def begin(self, token: str) -> None:
        self._pending[token] = asyncio.Event()

    def end(self, token: str) -> None:
        if (done := self._pending.pop(token, None)) is not None:
            done.set()

    async def settled(self, token: str) -> None:
        """Returns when it is acknowledged, or when it is too late for that."""
        if (done := self._pending.get(token)) is None:
            return
        try:
            await asyncio.wait_for(done.wait(), timeout=_ACKNOWLEDGED_WITHIN_S)
        except TimeoutError:
            self.end(token)
