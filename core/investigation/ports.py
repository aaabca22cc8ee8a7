"""What an investigation needs of the world: a reasoner, and what one may do in a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from core.cases.model import TurnStepName
    from core.investigation.decision import Decision, Situation
    from core.investigation.model_calls import ModelCall, SpendingGroup, SpendingRow, Spent
    from core.text.redacted import RedactedText


class TurnInProgress(Protocol):
    """What a reasoner may do besides deciding. Nothing it says here is the answer yet."""

    async def report(self, progress: RedactedText) -> None:
        """How far it is, for whoever waits; the newest takes the place of the one before."""

    async def stream(self, question_id: str, text: RedactedText) -> None:
        """The answer to a question, as far as it is written."""

    async def step(self, name: TurnStepName, key: str, take: Callable[[], Awaitable[str]]) -> str:
        """What `take` gives, which may cost: recorded, so that a killed turn takes it once.

        key: tells the steps of a turn apart.
        """


class Reasoner(Protocol):
    """What is concluded from what is known."""

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        """May take long, and is cancelled when the situation changes meanwhile."""


class ModelCalls(Protocol):
    """Calls of language models: what each took, or may take while it is under way."""

    async def lock(self) -> None:
        """Until the unit ends no other adds a call, so that a sum holds."""

    async def add(self, call: ModelCall) -> None: ...
    async def get(self, call_id: str) -> ModelCall:
        """Raises NotFound."""

    async def update(self, call: ModelCall) -> None:
        """Raises NotFound."""

    async def spent(
        self,
        *,
        at: datetime,
        since: datetime | None = None,
        case_id: str | None = None,
        channel: str | None = None,
    ) -> Spent:
        """The sum of what is settled, and of what is reserved beyond `at`."""

    async def totals(self, group: SpendingGroup, *, since: datetime) -> list[SpendingRow]:
        """Settled calls, summed up; by key."""

    async def purge(self, *, before: datetime) -> int:
        """Forget calls made before; says how many."""
