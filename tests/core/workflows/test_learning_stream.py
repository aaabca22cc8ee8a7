"""A short stream of incidents: what mended the last case of a fault is suggested in the next."""

from __future__ import annotations

from benchmarks.learning import GATE_POINTS, measured
from benchmarks.parts.incident_stream import RECURRING, Note, stream


async def test_the_first_suggestion_gets_right_more_often_than_without_learning() -> None:
    result = await measured(seed=6, cases=8, causes=RECURRING[1:4])
    assert result["ours"] >= GATE_POINTS
    assert result["quarters"]["control"] == [0.0] * 4, "the engine knows none of these fixes itself"
    assert result["poison_suggested"] == 0
    assert result["diagnosed"] == result["n"] == 8


def test_a_stream_repeats_and_holds_what_makes_learning_hard() -> None:
    incidents = list(stream(7, 96))
    assert incidents == list(stream(7, 96)) != list(stream(8, 96))
    assert len({each.fault for each in incidents if each.recurs}) >= 12
    assert len({each.service for each in incidents if each.recurs}) >= 12
    assert {each.note for each in incidents} == set(Note)
    assert any(each.tries_suggestion for each in incidents)
    assert any(not each.recurs for each in incidents)
    pool = [each.right for each in incidents if each.fault == RECURRING[0].fault]
    assert pool[0] != pool[-1], "its right fix changes halfway"
