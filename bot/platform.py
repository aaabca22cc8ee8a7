"""What a process needs of a chat platform, the same for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.conversation.cards.card import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from fastapi import APIRouter

    from core.conversation.ports import Chat, ChatReader
    from core.workflows.services import Services


ICONS = {
    Mark.FIRING: "🔴",
    Mark.WATCHING: "🟡",
    Mark.RESOLVED: "✅",
    Mark.REFUSED: "⛔",
    Mark.PROGRESS: "⏳",
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The result of one check of `faultmaven doctor`. `advice` is empty where all is well.

    is_warning: it works as it is, and would be better otherwise.
    """

    check: str
    says: str
    advice: str = ""
    is_warning: bool = False


class Platform(Protocol):
    """One chat platform, connected with the tokens of the settings."""

    @property
    def name(self) -> str: ...
    @property
    def chat(self) -> Chat: ...
    @property
    def chat_reader(self) -> ChatReader: ...

    def router(self, services: Services) -> APIRouter:
        """The platform's own HTTP endpoint for events, commands and interactions."""

    def attending(self, services: Services) -> AbstractAsyncContextManager[None]:
        """While the block runs: catch up on earlier messages, then listen.

        A lost connection is made again; nothing that goes wrong here ends the block.
        """

    async def examine(self, channels: Sequence[str]) -> list[Checked]:
        """Checks of the token, of each scope, intent and permission, and of each channel."""
