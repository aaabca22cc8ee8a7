"""A step is measured by how high the same figure stands at other services, too."""

from __future__ import annotations

import pytest

from core.evidence.series.families import Family
from core.evidence.series.moves import SeriesMove
from core.investigation.causes.peer_levels import PeerLevels

BUSY = {"api": 4.0, "cart": 3.0, "orders": 2.0, "users": 1.0}


def a_move(
    service: str, after: float, *, family: Family = Family.CPU, name: str = "cpu"
) -> SeriesMove:
    """From next to nothing, a thousand standard deviations up."""
    return SeriesMove(
        series=f"{service}|{name}",
        family=family,
        bad=1,
        of_host=False,
        unit="",
        usual=1.0,
        at=0.0,
        until=30.0,
        strength=1_000.0,
        before=0.0,
        after=after,
        lines=(1, 2),
        place=(0, 10),
    )


def strengths(levels: dict[str, float], **options: Family) -> dict[str, float]:
    moves = {service: a_move(service, after, **options) for service, after in levels.items()}
    peers = PeerLevels.of(moves.items())
    return {service: peers.strength(service, moved) for service, moved in moves.items()}


def test_who_wakes_up_a_little_moves_less_than_who_uses_most() -> None:
    assert strengths(BUSY) == pytest.approx(
        {"api": 6.7, "cart": 5.0, "orders": 3.3, "users": 1.7}, abs=0.04
    )


def test_a_figure_that_few_have_is_measured_by_itself() -> None:
    few = {"api": 4.0, "cart": 3.0, "orders": 2.0}
    assert set(strengths(few).values()) == {1_000.0}


@pytest.mark.parametrize("family", [Family.LATENCY, Family.ERRORS, Family.WAITING, Family.TRAFFIC])
def test_what_people_feel_is_a_services_own(family: Family) -> None:
    assert set(strengths(BUSY, family=family).values()) == {1_000.0}


def test_another_figure_is_no_peer() -> None:
    moves = {service: a_move(service, after) for service, after in BUSY.items()}
    peers = PeerLevels.of(moves.items())
    assert peers.strength("api", a_move("api", 0.1, name="cpu_throttled")) == 1_000.0
    assert peers.strength("api", a_move("api", 0.1)) < 1.0
