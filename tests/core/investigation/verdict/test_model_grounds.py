"""When what a model cites accuses somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.investigation.verdict.model_grounds import _surely_by
from tests.core.investigation.sample_situations import T0, LogLines, a_log

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("early", "later"), [(1, timedelta(minutes=4, seconds=59)), (20, timedelta(seconds=5))]
)
def test_a_few_lines_well_before_the_rest_do_not_say_when_it_began(
    early: int, later: timedelta
) -> None:
    _, (finding,) = a_log("shop", LogLines(text="connection refused", at=5, count=100))
    minute = int(T0.timestamp()) // 60
    known = replace(finding, buckets={minute: early, minute + 4: 100 - early})
    assert _surely_by(known) == T0 + later
