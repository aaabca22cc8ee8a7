"""What a reasoner may do in a turn: say how far it is, stream, and take steps that cost once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.investigation.steps import PROGRESS, Recalled, remember_outcome, remember_progress
from core.text.redacted import RedactedText
from core.workflows.card_delivery import show_first_words
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.cases.model import TurnStepName
    from core.investigation.ports import TurnInProgress


@dataclass(frozen=True, kw_only=True)
class TurnRecorder:
    """The turn of one job. recalled: what it had recorded when it was killed.

    begun: ids of the questions whose answers are being written.
    """

    turn: str
    case_id: str
    services: Services
    recalled: Recalled
    begun: set[str] = field(default_factory=set)

    async def report(self, progress: RedactedText) -> None:
        await self._show(PROGRESS, progress)

    async def stream(self, question_id: str, text: RedactedText) -> None:
        await self._show(question_id, text)
        if question_id not in self.begun:
            self.begun.add(question_id)
            async with self.services.unit() as unit:
                await show_first_words(unit, question_id)

    async def step(self, name: TurnStepName, key: str, take: Callable[[], Awaitable[str]]) -> str:
        if key in self.recalled.outcomes:
            return self.recalled.outcomes[key]
        outcome = await take()
        async with self.services.unit() as unit:
            await remember_outcome(
                unit, self.turn, self.case_id, name=name, key=key, outcome=outcome
            )
        return outcome

    async def _show(self, about: str, text: RedactedText) -> None:
        async with self.services.unit() as unit:
            await remember_progress(unit, self.case_id, about=about, text=text)


@dataclass
class _Unrecorded:
    """A turn of no job: whoever asked waits for the decision itself."""

    reported: list[RedactedText] = field(default_factory=list)

    async def report(self, progress: RedactedText) -> None:
        self.reported.append(progress)

    async def stream(self, question_id: str, text: RedactedText) -> None:
        self.reported.append(text)

    async def step(self, name: TurnStepName, key: str, take: Callable[[], Awaitable[str]]) -> str:
        return await take()


def unrecorded() -> TurnInProgress:
    """For a decision that nothing follows from."""
    return _Unrecorded()
