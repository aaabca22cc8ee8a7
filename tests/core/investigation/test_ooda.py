"""Harder cases get more rounds, by a score that can be added up by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.investigation_state import InvestigationState
from core.cases.model import CaseState, HypothesisState
from core.investigation.budget import ROUNDS, Intensity, Load, budget_of, load_of
from tests.core.investigation.sample_situations import T0, LogLines, a_log, a_situation
from tests.core.investigation.sample_views import a_hypothesis, entries, nothing


@pytest.mark.parametrize(
    ("score", "intensity", "rounds"),
    [
        (0, Intensity.LIGHT, 1),
        (1, Intensity.LIGHT, 2),
        (3, Intensity.LIGHT, 2),
        (4, Intensity.MEDIUM, 3),
        (5, Intensity.MEDIUM, 4),
        (7, Intensity.MEDIUM, 5),
        (8, Intensity.FULL, 5),
        (11, Intensity.FULL, 8),
        (16, Intensity.FULL, 8),
    ],
)
def test_the_score_chooses_the_rounds(score: int, intensity: Intensity, rounds: int) -> None:
    budget = budget_of(Load(services=score))
    assert (budget.intensity, budget.rounds) == (intensity, rounds)


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_harder_case_never_gets_less(easier: int, harder: int) -> None:
    low, high = (budget_of(Load(failed=score)) for score in sorted((easier, harder)))
    assert low.rounds <= high.rounds
    least, most = ROUNDS[high.intensity]
    assert least <= high.rounds <= most


def test_a_quiet_case_has_no_points() -> None:
    assert load_of(nothing()).score == 0


def test_each_kind_of_trouble_adds_its_points() -> None:
    logs = [
        a_log(name, LogLines(text="ERROR x")) for name in ("api", "db", "cache", "queue", "mail")
    ]
    rejected = [a_hypothesis(n, state=HypothesisState.REJECTED) for n in (3, 4)]
    rivals = [a_hypothesis(1, confidence=0.5), a_hypothesis(2, confidence=0.3)]
    situation = replace(
        a_situation(*logs),
        hypotheses=(*rivals, *rejected),
        at=T0 + timedelta(hours=2),
        investigation=InvestigationState(phases=entries(CaseState.DIAGNOSING)),
    )
    load = load_of(situation)
    assert load == Load(services=3, rivals=1, failed=4, time=2, evidence=1)
    assert budget_of(load).intensity is Intensity.FULL
