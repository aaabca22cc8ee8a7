from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.evidence.series.families import Family
from core.evidence.series.moves import SeriesMove, make_move_findings, read_moves
from core.redaction.engine import Redactor
from tests.core.evidence.series.sample_series import START, series

if TYPE_CHECKING:
    from core.evidence.series.model import Series

STEP = 10.0
USUAL = [6.0, 6.2, 5.9, 6.1, 6.0] * 6  # five minutes
BEGINS = START + STEP * len(USUAL)
GIVES_WAY = [*USUAL, 1.1, 0.9, 1.0, 1.2, 1.0, 0.9]
TAKES_OVER = [4.9, 5.1, 5.0, 5.2, 4.8, 5.1]
LATER = [BEGINS + STEP * n for n in range(len(TAKES_OVER))]


def part(values: list[float], **labels: str) -> Series:
    """Of the tickets that a till sells, by what became of them; later ones begin with the fault."""
    times = LATER if len(values) == len(LATER) else None
    return series(values, "tickets_sold", step=STEP, times=times, **{"job": "till"} | labels)


def failing(*every: Series) -> list[SeriesMove]:
    findings = make_move_findings(
        every, file="m.json", service=None, redactor=Redactor(b"a key of a case")
    )
    moves = (move for finding in findings for move in read_moves(finding.data))
    return [move for move in moves if move.family == Family.ERRORS]


@pytest.mark.parametrize("label", ["rc", "outcome", "response_code", "reason"])
def test_an_outcome_that_takes_the_place_of_the_usual_one_is_a_failure(label: str) -> None:
    moves = failing(part(GIVES_WAY, **{label: "00"}), part(TAKES_OVER, **{label: "seat_gone"}))
    assert moves
    assert all(label in move.series and "seat_gone" in move.series for move in moves)
    assert (moves[0].before, moves[0].is_worse) == (0.0, True)
    assert abs(moves[0].at - BEGINS) <= STEP
    assert datetime.fromtimestamp(moves[0].at, UTC).minute == 5


def test_it_does_where_its_other_labels_differ_too() -> None:
    assert failing(part(GIVES_WAY, rc="00", route="card"), part(TAKES_OVER, rc="96", route="none"))


@pytest.mark.parametrize(
    ("usual", "rare"),
    [
        ({"rc": "200"}, {"rc": "304"}),  # as good as the usual one
        ({"color": "blue"}, {"color": "green"}),  # no outcome
        ({"rc": "00", "instance": "a"}, {"rc": "96", "instance": "b"}),  # of another whole
        ({"rc": "00"}, {"rc": "00"}),
    ],
)
def test_other_parts_may_come_and_go(usual: dict[str, str], rare: dict[str, str]) -> None:
    assert not failing(part(GIVES_WAY, **usual), part(TAKES_OVER, **rare))


def test_a_little_more_of_what_was_rare_is_no_failure() -> None:
    few = [0.2] * len(LATER)
    assert not failing(part([*USUAL, *USUAL[:6]], rc="00"), part(few, rc="51"))


def test_what_comes_besides_the_usual_one_displaces_nothing() -> None:
    assert not failing(part([*USUAL, *USUAL[:6]], rc="00"), part(TAKES_OVER, rc="51"))


def test_calls_that_a_service_makes_may_be_made_up_for() -> None:
    ok = series(GIVES_WAY, "outgoing_calls", step=STEP, job="till", outcome="ok")
    late = series(TAKES_OVER, "outgoing_calls", step=STEP, times=LATER, job="till", outcome="late")
    assert not failing(ok, late)


def test_a_part_without_points_was_nothing() -> None:
    """Where others of its whole were measured before, it did not just begin to be."""
    assert failing(part(GIVES_WAY, status="200"), part(TAKES_OVER, status="503"))
    assert not failing(part(TAKES_OVER, status="503"))
