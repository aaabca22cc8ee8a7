"""The terminal as a chat platform: cards rest in the `messages` table, from which screens read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.conversation.cards.card import Card
from core.conversation.messages.message import Opened, Opening
from core.errors import ChatRefused

if TYPE_CHECKING:
    from core.places import Destination, Place

PLATFORM, WORKSPACE = "terminal", "local"  # as in `core.context.HOME`
_REMEMBERED = 1000  # markers of this process; after a crash the screens are gone as well

Watcher = Callable[[Card], None]


class TerminalChat:
    """Hands cards to the screens of this process; the marker is the message's own name.

    Posting twice is harmless: a screen draws each version of a card once.
    """

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []
        self._markers: deque[str] = deque(maxlen=_REMEMBERED)

    @property
    def platform(self) -> str:
        return PLATFORM

    @property
    def workspace_id(self) -> str:
        return WORKSPACE

    def watch(self, watcher: Watcher) -> None:
        """`watcher` is called with each card as it is posted or edited."""
        self._watchers.append(watcher)

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        self._markers.append(marker)
        self._show(card)
        return marker

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        self._show(card)

    async def find(self, place: Place, *, marker: str) -> str | None:
        return marker if marker in self._markers else None

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        ref = await self.post(destination.place, opening.card, marker=marker)
        return Opened(place=destination.place, ref=ref)

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        self._show(card)

    async def send_file(self, place: Place, name: str, content: bytes) -> None:
        message = "a terminal takes no file"
        raise ChatRefused(message, next_step="Use: faultmaven evidence CASE e1 --out FILE")

    def _show(self, card: Card) -> None:
        for watcher in self._watchers:
            watcher(card)
