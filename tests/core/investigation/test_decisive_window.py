"""Decisive lines are those with the highest level that change over time."""

from __future__ import annotations

from core.investigation.reasoner import decide
from core.investigation.verdict_picture import MOST, deciding
from tests.core.investigation.sample_situations import a_situation
from tests.core.investigation.test_causes_picture import CASE, DECISION


def test_the_loudest_lines_of_the_leader() -> None:
    decidings = deciding(DECISION, CASE, {})
    assert 0 < len(decidings) <= MOST
    assert all(deciding.line in DECISION.hypotheses[0].supporting for deciding in decidings)
    weights = [deciding.line.weight for deciding in decidings]
    assert weights == sorted(weights, reverse=True)


def test_no_line_is_drawn_twice() -> None:
    loci = [
        (deciding.finding.locus.file, deciding.finding.locus.line_start)
        for deciding in deciding(DECISION, CASE, {})
    ]
    assert len(set(loci)) == len(loci)


def test_without_a_leader_nothing_decides() -> None:
    empty = a_situation()
    assert deciding(decide(empty), empty, {}) == ()
