"""One request with one model: retries, a repair of what does not fit, weaker means for JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ModelRefused
from core.investigation.language_model import ModelRequest
from integrations.llm.answers import ModelAnswer, read_answer
from integrations.llm.arguments import arguments_of, weaker
from integrations.llm.failures import PASSING, Fault, ModelFault
from integrations.llm.paid_calls import Tally
from integrations.llm.placeholders import Placeholders
from integrations.llm.streamed_text import StreamedText

if TYPE_CHECKING:
    from core.clock import Random
    from integrations.llm.paid_calls import PaidCalls
    from integrations.llm.seam import Completion
    from integrations.llm.targets import ModelTarget, SchemaMeans

TRIES = 3
FIRST_PAUSE_S = 0.5  # doubled before every try, and spread
LONGEST_WAIT_S = 2.0  # where another model could be asked instead
SHARE = 0.6  # of the time that is left, while another model could still be asked
SHORTEST_S = 0.05  # with less left, nobody is asked


@dataclass(kw_only=True)
class Errand:
    """A request under way. deadline: by `now`, a monotonic clock in seconds."""

    request: ModelRequest
    names: Placeholders
    streamed: StreamedText | None
    tally: Tally
    deadline: float
    now: Callable[[], float]

    @property
    def left_s(self) -> float:
        return self.deadline - self.now()


@dataclass(frozen=True, kw_only=True)
class Result:
    """A usable answer. is_cut: it ended where no more tokens were allowed."""

    answer: ModelAnswer
    is_cut: bool


class Exchange:
    """Asks one model at a time; remembers by which means each gives JSON."""

    def __init__(self, calls: PaidCalls, random: Random) -> None:
        self._calls = calls
        self._random = random
        self._means: dict[str, SchemaMeans] = {}

    async def hold(self, target: ModelTarget, errand: Errand, *, is_last: bool) -> Result:
        """Its answer. Raises ModelFault, ModelRefused, BudgetSpent."""
        means = self._means.get(target.name, target.means)
        tries, repair = 0, ""
        while True:
            try:
                completion = await self._call(target, errand, means, repair, is_last=is_last)
            except ModelFault as fault:
                other = weaker(means) if _is_about_means(fault, errand.request, target) else None
                if other is not None:
                    means = other
                    continue
                tries += 1
                await self._pause(fault, errand, tries, is_last=is_last)
                continue
            if completion.is_filtered:
                raise _refused(target)
            answer = read_answer(completion, errand.request, means, errand.names)
            if not answer.problem:
                self._means[target.name] = means
                return Result(answer=answer, is_cut=completion.finish == "length")
            if repair:
                raise ModelFault(Fault.UNFIT)
            repair = answer.repair

    async def _call(
        self,
        target: ModelTarget,
        errand: Errand,
        means: SchemaMeans,
        repair: str,
        *,
        is_last: bool,
    ) -> Completion:
        left = errand.left_s
        if left < SHORTEST_S:
            raise ModelFault(Fault.TIMED_OUT)
        mine = left if is_last else left * SHARE
        if errand.streamed is not None:
            errand.streamed.restart()
        try:
            return await self._calls.make(
                target,
                errand.request,
                arguments_of(errand.request, target, means, repair=repair),
                limit_s=left if errand.streamed else mine,
                first_byte_s=mine,
                tally=errand.tally,
                streamed=errand.streamed,
            )
        except ModelFault as fault:
            if fault.fault is Fault.FILTERED:
                raise _refused(target) from fault
            raise

    async def _pause(self, fault: ModelFault, errand: Errand, tries: int, *, is_last: bool) -> None:
        """Wait until it may be asked again. Raises the fault where that is not worth while."""
        spread = FIRST_PAUSE_S * 2**tries * self._random.fraction()
        pause = max(fault.retry_after_s or 0.0, spread)
        patience = errand.left_s if is_last else min(LONGEST_WAIT_S, errand.left_s)
        has_begun = fault.fault is Fault.CUT and not is_last
        if fault.fault not in PASSING or tries >= TRIES or pause >= patience or has_begun:
            raise fault
        await asyncio.sleep(pause)


def _is_about_means(fault: ModelFault, request: ModelRequest, target: ModelTarget) -> bool:
    """Servers of one's own refuse what they do not know with 400, 422 or even 500."""
    refused = fault.fault is Fault.REQUEST
    return request.schema is not None and (
        refused or (fault.fault is Fault.OVERLOADED and bool(target.base_url))
    )


def _refused(target: ModelTarget) -> ModelRefused:
    return ModelRefused(f"{target.name} refuses to answer this")
