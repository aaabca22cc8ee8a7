"""The models of each role behind the port: in their order, the next where one does not answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import BudgetSpent, ModelRefused, ModelUnavailable
from core.investigation.language_model import ModelReply
from integrations.llm import measures
from integrations.llm.breakers import Breaker
from integrations.llm.exchange import Errand, Exchange
from integrations.llm.failures import OF_THE_MODEL, Fault, ModelFault
from integrations.llm.paid_calls import PaidCalls, Patience, Tally
from integrations.llm.placeholders import Placeholders
from integrations.llm.spans import ModelSpans
from integrations.llm.streamed_text import StreamedText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.clock import Random
    from core.investigation.language_model import (
        ModelRequest,
        ModelRole,
        OnText,
        SpendingLedger,
    )
    from integrations.llm.exchange import Result
    from integrations.llm.reply_cache import ReplyCache
    from integrations.llm.spans import RequestSpan
    from integrations.llm.targets import ModelTarget


@dataclass
class _Attempts:
    """What came of the models that were asked, or not asked, in vain."""

    tried: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    over_budget: BudgetSpent | None = None

    def failed(self, target: ModelTarget, fault: ModelFault) -> None:
        self.tried.append(target.name)
        self.reasons.append(f"{target.name}: {fault.fault}")
        if fault.retry_after_s is not None:
            self.waits.append(fault.retry_after_s)

    def skipped(self, target: ModelTarget, breaker: Breaker) -> None:
        self.reasons.append(f"{target.name}: left alone after failures")
        self.waits.append(breaker.waits_s)

    def error(self) -> Exception:
        if self.over_budget is not None and not self.reasons:
            return self.over_budget
        message = f"no model answered ({'; '.join(self.reasons)})"
        return ModelUnavailable(message, retry_after_s=min(self.waits, default=None))


class Gateway:
    """Implements `LanguageModel`. targets: the models of each role, in order."""

    def __init__(
        self,
        targets: Mapping[ModelRole, Sequence[ModelTarget]],
        *,
        ledger: SpendingLedger,
        random: Random,
        patience: Patience | None = None,
        cache: ReplyCache | None = None,
        spans: ModelSpans | None = None,
    ) -> None:
        self._targets = targets
        self._patience = patience or Patience()
        self._spans = spans or ModelSpans()
        self._exchange = Exchange(PaidCalls(ledger, self._patience, self._spans), random)
        self._cache = cache
        self._breakers: dict[str, Breaker] = {}

    async def complete(self, request: ModelRequest, *, on_text: OnText | None = None) -> ModelReply:
        with self._spans.request(request) as span:
            reply = await self._find_or_ask(request, on_text, span)
            span.answer(reply)
        return reply

    async def _find_or_ask(
        self, request: ModelRequest, on_text: OnText | None, span: RequestSpan
    ) -> ModelReply:
        if self._cache is not None and (cached := self._cache.find(request)):
            if on_text is not None and request.schema is None and cached.text:
                await on_text(cached.text)
            return cached
        reply = await self._ask(request, on_text, span)
        if self._cache is not None:
            self._cache.keep(request, reply)
        return reply

    async def _ask(
        self, request: ModelRequest, on_text: OnText | None, span: RequestSpan
    ) -> ModelReply:
        began, attempts = time.monotonic(), _Attempts()
        deadline = began + min(request.deadline_s, self._patience.deadline_s)
        errand = _errand(request, on_text, deadline)
        try:
            target, result = await self._ask_in_order(errand, attempts)
        finally:
            span.sum_up(errand.tally, attempts.tried)
        return await _reply(target, result, errand, attempts, began)

    async def _ask_in_order(
        self, errand: Errand, attempts: _Attempts
    ) -> tuple[ModelTarget, Result]:
        """The first model that answers, and its answer."""
        role = errand.request.role
        targets = self._targets.get(role, ())
        for target in targets:
            breaker = self._breaker(target)
            if not breaker.enter():
                attempts.skipped(target, breaker)
                continue
            try:
                result = await self._exchange.hold(target, errand, is_last=target is targets[-1])
            except ModelFault as fault:
                _fail(breaker, fault)
                attempts.failed(target, fault)
                measures.FALLBACKS.labels(target.name, role.value).inc()
                continue
            except ModelRefused:
                breaker.succeed()
                raise
            except BudgetSpent as error:  # the next may cost less
                attempts.over_budget = error
                continue
            finally:
                breaker.leave()
                measures.OPEN.labels(target.name).set(breaker.is_open)
            breaker.succeed()
            measures.OPEN.labels(target.name).set(0)
            return target, result
        raise attempts.error()

    def _breaker(self, target: ModelTarget) -> Breaker:
        return self._breakers.setdefault(target.name, Breaker(now=time.monotonic))


def _errand(request: ModelRequest, on_text: OnText | None, deadline: float) -> Errand:
    names = Placeholders(message.text.text for message in request.messages)
    is_shown = on_text is not None and request.schema is None
    return Errand(
        request=request,
        names=names,
        streamed=StreamedText(on_text, names) if is_shown and on_text else None,
        tally=Tally(),
        deadline=deadline,
        now=time.monotonic,
    )


def _fail(breaker: Breaker, fault: ModelFault) -> None:
    """Being asked too often says when to come back; other faults of the model are counted."""
    if fault.retry_after_s is not None:
        breaker.hold(fault.retry_after_s)
    if fault.fault in OF_THE_MODEL and fault.fault is not Fault.LIMITED:
        breaker.fail()


async def _reply(
    target: ModelTarget, result: Result, errand: Errand, attempts: _Attempts, began: float
) -> ModelReply:
    answer, streamed = result.answer, errand.streamed
    if streamed is not None and answer.text:
        await streamed.finish(answer.text)
    return ModelReply(
        model=target.name,
        text=answer.text,
        calls=answer.calls,
        tokens_in=errand.tally.tokens_in,
        tokens_out=errand.tally.tokens_out,
        cost=errand.tally.cost,
        seconds=time.monotonic() - began,
        fallbacks=tuple(attempts.tried),
        withdrawn=streamed.withdrawn(answer.text) if streamed is not None else "",
        is_cut=result.is_cut,
    )
