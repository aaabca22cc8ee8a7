"""A budget ends what goes over it."""

from __future__ import annotations

import pytest

from core.cases.investigation_state import Usage
from core.errors import OutOfLimits
from core.investigation.budget import Budget


def test_rounds_end() -> None:
    budget = Budget(rounds=2)
    budget.take_round()
    budget.take_round()
    assert budget.left == 0
    with pytest.raises(OutOfLimits, match="2 rounds"):
        budget.take_round()


def test_a_round_may_call_once_and_repair_once() -> None:
    budget = Budget(rounds=2)
    with pytest.raises(OutOfLimits):
        budget.take_call()
    budget.take_round()
    budget.take_call()
    budget.take_call()
    with pytest.raises(OutOfLimits):
        budget.take_call()
    budget.take_round()
    budget.take_call()
    budget.pay(tokens=900, cost=1200)
    assert budget.spent == Usage(rounds=2, calls=3, tokens=900, cost=1200)
