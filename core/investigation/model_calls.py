"""What language models may cost: each call is reserved before it is made, and settled after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.errors import BudgetSpent

if TYPE_CHECKING:
    from core.investigation.ports import ModelCalls

MILLION = 1_000_000
# No deadline of a call is longer. What is reserved for longer belongs to nobody any more.
RESERVED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class ModelUsage:
    """What a call took, or may take. cost: in millionths of a dollar; None: no price is known."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelCall:
    """One call of a model. channel: where its case is at home in chat; "" for none.

    While it is reserved, its tokens and cost are the most it may take, and it counts until `until`.
    """

    id: str
    tenant_id: str
    case_id: str | None
    channel: str
    role: str
    model: str
    at: datetime
    until: datetime
    is_settled: bool = False
    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0
    is_priced: bool = True


@dataclass(frozen=True, kw_only=True)
class Spent:
    """A sum over calls. cost: in millionths of a dollar, of those that have a price."""

    calls: int = 0
    tokens: int = 0
    cost: int = 0


class SpendingGroup(StrEnum):
    """By what calls are summed up."""

    DAY = "day"
    MODEL = "model"
    CASE = "case"


@dataclass(frozen=True, kw_only=True)
class SpendingRow:
    """The calls of a day (`2026-11-20`), a model or a case (its id; "" for trial calls)."""

    key: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: int
    unpriced: int


@dataclass(frozen=True, kw_only=True)
class SpendingLimit:
    """The most that may be spent. cost: in millionths of a dollar. None is no limit."""

    cost: int | None = None
    tokens: int | None = None

    def allows(self, spent: Spent, call: ModelCall) -> bool:
        """Whether the call fits on top of what was spent. Without a price its tokens count."""
        if self.cost is not None and spent.cost + call.cost > self.cost and call.cost:
            return False
        tokens = spent.tokens + call.tokens_in + call.tokens_out
        return self.tokens is None or tokens <= self.tokens


NO_LIMIT = SpendingLimit()


@dataclass(frozen=True, kw_only=True)
class SpendingLimits:
    """For a case as long as it lives; for a channel, and for all, on one day in UTC."""

    case: SpendingLimit = NO_LIMIT
    day: SpendingLimit = NO_LIMIT
    channel: SpendingLimit = NO_LIMIT


def start_of_day(moment: datetime) -> datetime:
    """Midnight in UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


async def reserve_call(calls: ModelCalls, call: ModelCall, limits: SpendingLimits) -> None:
    """Add the call where every limit allows it. Raises BudgetSpent that names the one which not."""
    await calls.lock()
    day = start_of_day(call.at)
    if not limits.day.allows(await calls.spent(at=call.at, since=day), call):
        raise BudgetSpent("the limit of today is spent", next_step=_advice("DAY"))
    if call.case_id is not None:
        spent = await calls.spent(at=call.at, case_id=call.case_id)
        if not limits.case.allows(spent, call):
            raise BudgetSpent("the limit of this case is spent", next_step=_advice("CASE"))
    if call.channel:
        spent = await calls.spent(at=call.at, since=day, channel=call.channel)
        if not limits.channel.allows(spent, call):
            message = "the limit of this channel for today is spent"
            raise BudgetSpent(message, next_step=_advice("CHANNEL"))
    await calls.add(call)


def settled(call: ModelCall, usage: ModelUsage) -> ModelCall:
    """The call with what it took."""
    return replace(
        call,
        is_settled=True,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        cost=usage.cost or 0,
        is_priced=usage.cost is not None,
    )


def _advice(scope: str) -> str:
    return f"See `faultmaven spend`; the limit is FAULTMAVEN_MODEL_{scope}_LIMIT."
