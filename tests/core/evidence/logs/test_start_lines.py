"""A service that starts with other values than before says what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.start_lines import STARTED_OTHERWISE
from tests.core.evidence.logs.test_changes import changes

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

AT = "2026-03-02T09:{:02}:01Z"


def otherwise(tmp_path: Path, *texts: str) -> list[int]:
    """The lines of starts with other values."""
    lines = [f"{AT.format(minute)} {text}" for minute, text in enumerate(texts)]
    logged = changes(tmp_path / "orders.log", lines)
    return [change.line for change in logged if STARTED_OTHERWISE in change.signals]


@pytest.mark.parametrize(
    ("before", "since"),
    [
        (
            "orders 2.1.0 starting, stock timeout 2000ms",
            "orders 2.1.0 starting, stock timeout 250ms",
        ),
        ("starting version=2.1.0 pool=8", "starting version=2.2.0 pool=8"),
        ("starting, stock=http://stock:8010", "starting, stock=http://stock:8020"),
        ('flags loaded: {"split": false}', 'flags loaded: {"split": true}'),
    ],
)
def test_another_value_is_told(tmp_path: Path, before: str, since: str) -> None:
    assert otherwise(tmp_path, before, "took order 7", since) == [3]


@pytest.mark.parametrize(
    ("before", "since"),
    [
        ("orders[311] starting version=2.1.0", "orders[899] starting version=2.1.0"),
        ("starting, pid=311, ready in 3.1 s", "starting, pid=899, ready in 2.9 s"),
        ("container orders-1 started", "container stock-1 started"),
        ("ERROR starting failed after 3 tries", "ERROR starting failed after 5 tries"),
    ],
)
def test_what_differs_at_each_start_is_not(tmp_path: Path, before: str, since: str) -> None:
    assert otherwise(tmp_path, before, since) == []


def test_what_starts_all_day_with_another_number_is_work(tmp_path: Path) -> None:
    assert otherwise(tmp_path, *(f"round {n} started" for n in range(30))) == []
