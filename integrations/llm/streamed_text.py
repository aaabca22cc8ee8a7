"""What a person sees of an answer while it is written, also when its model breaks off."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.investigation.language_model import OnText
    from integrations.llm.placeholders import Placeholders


class StreamedText:
    """Hands on the text so far. It never becomes shorter on screen.

    When another model begins anew, the screen stays as it is until the new text is longer. What
    was shown and is not how the answer begins is `withdrawn`, so that it can be said.
    """

    def __init__(self, on_text: OnText, names: Placeholders) -> None:
        self._on_text = on_text
        self._names = names
        self._text = ""
        self._shown = ""
        self._abandoned: list[str] = []

    async def add(self, delta: str) -> None:
        """The next piece of the model that writes now."""
        self._text += delta
        await self._show(self._names.complete_part(self._text))

    def restart(self) -> None:
        """The model that wrote broke off: what comes next begins anew."""
        self._text = ""
        self._abandoned.append(self._shown)

    async def finish(self, text: str) -> None:
        """The whole answer; shown where it goes on from what is on screen."""
        await self._show(text)

    def withdrawn(self, text: str) -> str:
        """What was shown and the answer does not begin with."""
        shown = (*self._abandoned, self._shown)
        return max((part for part in shown if not text.startswith(part)), key=len, default="")

    async def _show(self, text: str) -> None:
        if len(text) > len(self._shown):
            self._shown = text
            await self._on_text(text)
