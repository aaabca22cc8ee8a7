"""One call of one model: reserved, made, settled, counted and logged, however it ends."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import FaultMavenError
from core.investigation.model_calls import MILLION, ModelUsage
from integrations.llm import measures, seam
from integrations.llm.arguments import BYTES_A_TOKEN, estimated_tokens
from integrations.llm.failures import Fault, ModelFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.investigation.language_model import ModelRequest, SpendingLedger
    from integrations.llm.content import Message
    from integrations.llm.spans import ModelSpans
    from integrations.llm.streamed_text import StreamedText
    from integrations.llm.targets import ModelTarget

# The provider has worked, whether or not we hear of it.
MAY_COST = {Fault.CUT, Fault.STALLED, Fault.TIMED_OUT, Fault.UNREADABLE}


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a model may be silent, in seconds: until the first piece, and between two.

    deadline_s: the most for one request, whatever it asks for.
    """

    first_byte_s: float = 20.0
    gap_s: float = 10.0  # with the next model's own time, people wait less than 15 s
    deadline_s: float = 120.0


@dataclass
class Tally:
    """What all calls of one request took."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0

    def add(self, usage: ModelUsage) -> None:
        """One call more."""
        self.tokens_in += usage.tokens_in
        self.tokens_out += usage.tokens_out
        self.cost += usage.cost or 0


class PaidCalls:
    """Makes calls, and keeps the books."""

    def __init__(self, ledger: SpendingLedger, patience: Patience, spans: ModelSpans) -> None:
        self._ledger = ledger
        self._patience = patience
        self._spans = spans

    async def make(
        self,
        target: ModelTarget,
        request: ModelRequest,
        arguments: Mapping[str, Any],
        *,
        limit_s: float,
        tally: Tally,
        streamed: StreamedText | None = None,
        first_byte_s: float,
    ) -> seam.Completion:
        """The answer. Raises ModelFault, BudgetSpent.

        limit_s: for all of it. first_byte_s: for a stream to begin, if that is less than usual.
        """
        await seam.load()
        tokens = estimated_tokens(arguments)
        most = usage_of(target, tokens, request.max_tokens)
        reserved = await self._ledger.reserve(request, model=target.name, most=most)
        completion, outcome, began = seam.Completion(), "cancelled", time.monotonic()
        may_cost, message = True, None
        span = self._spans.call(target, request, arguments, is_streamed=streamed is not None)
        try:
            if streamed is None:
                completion = await seam.ask(target, arguments, limit_s=limit_s)
            else:
                await self._stream(target, arguments, completion, streamed, limit_s, first_byte_s)
            outcome = measures.ANSWERED
            message = await self._spans.content.answered(completion, request.case_id)
            span.answer(completion, message)
        except ModelFault as fault:
            outcome, may_cost = fault.fault.name.lower(), fault.fault in MAY_COST
            raise
        finally:
            usage = _taken(target, completion, tokens) if may_cost else ModelUsage(cost=0)
            tally.add(usage)
            span.end(completion, usage, "" if outcome == measures.ANSWERED else outcome)
            _note(target, request, usage, outcome, time.monotonic() - began, message)
            await asyncio.shield(self._settle(reserved, usage, request.tenant_id))
        return completion

    async def _stream(
        self,
        target: ModelTarget,
        arguments: Mapping[str, Any],
        completion: seam.Completion,
        streamed: StreamedText,
        limit_s: float,
        first_byte_s: float,
    ) -> None:
        try:
            async with asyncio.timeout(limit_s):
                await seam.stream(
                    target,
                    arguments,
                    streamed.add,
                    into=completion,
                    first_byte_s=min(first_byte_s, self._patience.first_byte_s),
                    gap_s=self._patience.gap_s,
                )
        except TimeoutError as error:
            raise ModelFault(Fault.TIMED_OUT) from error

    async def _settle(self, reserved: str, usage: ModelUsage, tenant_id: str) -> None:
        """An answer that was paid for is not lost because its price could not be written down."""
        try:
            await self._ledger.settle(reserved, usage, tenant_id=tenant_id)
        except FaultMavenError as error:
            measures.log.warning("model call not settled", problem=type(error).__name__)


def usage_of(target: ModelTarget, tokens_in: int, tokens_out: int) -> ModelUsage:
    """So many tokens with their price."""
    prices = seam.prices_of(target)
    if prices is None:
        return ModelUsage(tokens_in=tokens_in, tokens_out=tokens_out)
    cost = round((tokens_in * prices[0] + tokens_out * prices[1]) * MILLION)
    return ModelUsage(tokens_in=tokens_in, tokens_out=tokens_out, cost=cost)


def _taken(target: ModelTarget, completion: seam.Completion, estimated: int) -> ModelUsage:
    """As its provider counts, or as we estimate where it does not say."""
    written = completion.text + "".join(call.arguments for call in completion.calls.values())
    tokens_in, tokens_out = completion.tokens_in, completion.tokens_out
    return usage_of(
        target,
        estimated if tokens_in is None else tokens_in,
        len(written.encode()) // BYTES_A_TOKEN if tokens_out is None else tokens_out,
    )


def _note(
    target: ModelTarget,
    request: ModelRequest,
    usage: ModelUsage,
    outcome: str,
    seconds: float,
    message: Message | None,
) -> None:
    labels = (target.name, request.role.value)
    measures.CALLS.labels(*labels, outcome).inc()
    measures.TOKENS.labels(*labels, "in").inc(usage.tokens_in)
    measures.TOKENS.labels(*labels, "out").inc(usage.tokens_out)
    measures.COST.labels(*labels).inc((usage.cost or 0) / MILLION)
    measures.SECONDS.labels(*labels).observe(seconds)
    measures.log.info(
        "model asked",
        model=target.name,
        role=request.role.value,
        outcome=outcome,
        case=request.case_id,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        cost=usage.cost,
        seconds=round(seconds, 3),
        **({"output": message["parts"]} if message is not None else {}),
    )
