"""A heap of work that came at once and was worked off, and heaps that wait for somebody."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.evidence.series.backlogs import is_worked_off
from core.evidence.series.moves import make_move_findings, read_moves
from core.redaction.engine import Redactor
from tests.core.evidence.series.sample_series import series

QUIET = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
FALLS = [float(level) for level in range(500, 0, -50)]
BEGIN = len(QUIET)


@pytest.mark.parametrize(
    "heap",
    [
        pytest.param([*FALLS, 0.0, 1.0, 0.0], id="falls steadily"),
        pytest.param([480.0, *FALLS, 0.0, 2.0], id="is counted while it comes"),
        pytest.param([*FALLS[:4], 360.0, *FALLS[4:], 0.0], id="rises once between"),
    ],
)
def test_what_came_at_once_and_fell_until_it_was_gone_is_worked_off(heap: list[float]) -> None:
    assert is_worked_off(np.array([*QUIET, *heap]), BEGIN, 0.0)


@pytest.mark.parametrize(
    "heap",
    [
        pytest.param([*reversed(FALLS), *FALLS, 0.0], id="rises as work arrives"),
        pytest.param(FALLS[:6], id="is not gone yet"),
        pytest.param([500.0] * 8 + FALLS + [0.0], id="stands until somebody reads it"),
        pytest.param([500.0, 0.0, 0.0, 0.0, 0.0, 0.0], id="is a spike"),
        pytest.param([*FALLS, 0.0, 0.0, 400.0, 390.0], id="comes back"),
        pytest.param([], id="is nothing"),
    ],
)
def test_what_waits_for_somebody_is_not(heap: list[float]) -> None:
    assert not is_worked_off(np.array([*QUIET, *heap]), BEGIN, 0.0)


def test_a_move_is_kept_with_it() -> None:
    for heap, is_gone in ((FALLS[:6], False), ([*FALLS, 0.0, 0.0, 0.0], True)):
        every = [series([*QUIET, *QUIET, *heap], "queue_depth", service="mail")]
        (finding,) = make_move_findings(
            every, file="m.csv", service=None, redactor=Redactor(b"k" * 32)
        )
        rises = [move for move in read_moves(finding.data) if move.strength > 0]
        assert [move.is_worked_off for move in rises] == [is_gone]


def test_a_move_of_an_older_version_is_read() -> None:
    every = [series([*QUIET, *QUIET, *FALLS], "queue_depth", service="mail")]
    (finding,) = make_move_findings(every, file="m.csv", service=None, redactor=Redactor(b"k" * 32))
    older = [row[:-1] for row in json.loads(str(finding.data["moves"]))]
    assert not any(move.is_worked_off for move in read_moves({"moves": json.dumps(older)}))
