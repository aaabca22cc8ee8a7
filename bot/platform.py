"""What a process needs of a chat platform: the same few things of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.conversation.cards.card import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from fastapi import APIRouter

    from core.ports import Chat, Ear
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
    """What `faultmaven doctor` says of one thing. `advice` is empty where all is well."""

    check: str
    says: str
    advice: str = ""


class Platform(Protocol):
    """One chat platform, connected with the tokens of the settings."""

    @property
    def name(self) -> str: ...
    @property
    def chat(self) -> Chat: ...
    @property
    def ear(self) -> Ear: ...

    def router(self, services: Services) -> APIRouter:
        """The platform's own door for events, commands and interactions over HTTP."""

    def attending(self, services: Services) -> AbstractAsyncContextManager[None]:
        """While the block runs: catch up on what was said meanwhile, then listen.

        A lost connection is made again; nothing that goes wrong here ends the block.
        """

    async def examine(self, channels: Sequence[str]) -> list[Checked]:
        """Is the token good, is each scope, intent and permission there, and each channel?"""
