"""The API as a chat platform: cards rest in the `messages` table, from which answers are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.messages.exchange import WORKSPACE
from core.conversation.messages.message import Opened
from core.errors import ChatRefused
from core.places import API

if TYPE_CHECKING:
    from core.conversation.cards.card import Card
    from core.conversation.messages.message import Opening
    from core.places import Destination, Place


class ApiChat:
    """Has nobody to call: the marker is the message's own name, and nothing is ever lost."""

    @property
    def platform(self) -> str:
        return API

    @property
    def workspace_id(self) -> str:
        return WORKSPACE

    async def post(self, place: Place, card: Card, *, marker: str) -> str:
        return marker

    async def edit(self, place: Place, ref: str, card: Card) -> None:
        """What is read next is the new version."""

    async def find(self, place: Place, *, marker: str) -> str | None:
        return marker

    async def open(
        self, destination: Destination, opening: Opening, *, marker: str, again: bool
    ) -> Opened:
        message = "a case is opened by POST /api/v1/cases"
        raise ChatRefused(message)

    async def send_ephemeral(self, place: Place, card: Card, *, handle: str) -> None:
        """Every place is one account's alone."""

    async def send_file(self, place: Place, name: str, content: bytes) -> None:
        message = "a file is handed out by GET /api/v1/evidence/{id}/download"
        raise ChatRefused(message)
