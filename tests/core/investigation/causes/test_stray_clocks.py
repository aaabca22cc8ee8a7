"""Whose clock is off, by where the logs end that were fetched together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.evidence.model import DataType
from core.investigation.causes.stray_clocks import stray_clock
from tests.core.investigation.sample_situations import T0, a_file, a_situation

if TYPE_CHECKING:
    from core.investigation.decision import Situation

pytestmark = pytest.mark.unit

OTHERS = {"shop": 900.0, "orders": 903.0, "stock": 898.0, "books": 901.0}


def situation(ends: dict[str, float], *, lines: int = 900) -> Situation:
    files = [
        a_file(f"{name}.log", name, first=T0, last=T0 + timedelta(seconds=end), lines=lines)
        for name, end in ends.items()
    ]
    return a_situation(*((replace(file, data_type=DataType.LOG), ()) for file in files))


@pytest.mark.parametrize(
    ("end", "lines", "whose"),
    [
        pytest.param(1000.0, 900, "tokens", id="ahead"),
        pytest.param(1000.0, 3, "tokens", id="ahead, in a few lines"),
        pytest.param(780.0, 900, "tokens", id="behind, and talks all the time"),
        pytest.param(780.0, 9, None, id="earlier, and says little"),
        pytest.param(910.0, 900, None, id="with the others"),
    ],
)
def test_a_log_that_ends_at_another_time_is_of_another_clock(
    end: float, lines: int, whose: str | None
) -> None:
    known = situation(OTHERS)
    stray = situation({"tokens": end}, lines=lines)
    both = replace(known, files=(*known.files, *stray.files))
    assert stray_clock(both) == whose


def test_where_no_logs_end_together_nothing_is_known() -> None:
    assert stray_clock(situation({"shop": 0.0, "orders": 300.0, "stock": 600.0})) is None
    assert stray_clock(situation({})) is None
    assert stray_clock(situation({**OTHERS, "tokens": 1000.0, "mail": 1100.0})) is None
