"""How do candidate causes become hypotheses that share one posterior with *something else*?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from core.investigation.causes import PRIOR, Weighed, statement
from core.investigation.model import Citation, Hypothesis, HypothesisState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIRMED = 7.0  # nats: a person who looked outweighs what lines say
REFUSED = -9.0
SHOWN = 6  # hypotheses that are kept, besides those that people judged
_LEAST = 0.005  # share under which nothing new is listed
_SAME_LINE = 0.15  # nats under which a line is not worth showing


def posterior(scores: Sequence[float]) -> tuple[tuple[float, ...], float]:
    """Each cause's share and that of *something else* (whose score is 0); together they are 1."""
    top = max([0.0, *scores])
    weights = [math.exp(score - top) for score in scores]
    else_weight = math.exp(-top)
    total = math.fsum([*weights, else_weight])
    return tuple(weight / total for weight in weights), else_weight / total


def form_hypotheses(
    ranked: Sequence[Weighed], earlier: Sequence[Hypothesis]
) -> tuple[tuple[Hypothesis, ...], float]:
    """The hypotheses, best first, and the share of something else. Numbers, verdicts stay."""
    known = {one.cause.key: one for one in earlier}
    found = [_hypothesis(one, known.get(one.candidate.cause.key)) for one in ranked]
    found += [one for one in _judged(earlier) if one.cause.key not in {f.cause.key for f in found}]
    shares, _ = posterior([_score(one) for one in found])
    rated = [replace(one, confidence=share) for one, share in zip(found, shares, strict=True)]
    best = sorted(rated, key=lambda one: -one.confidence)
    kept = [one for place, one in enumerate(best) if one.number or _is_worth(one, place)]
    placed = tuple(replace(one, rank=rank, state=_state(one)) for rank, one in enumerate(kept, 1))
    return _numbered(placed, known), 1.0 - math.fsum(one.confidence for one in placed)


def judged(hypothesis: Hypothesis) -> bool:
    """Has a person confirmed or rejected it?"""
    return hypothesis.verdict_by is not None


def _hypothesis(one: Weighed, before: Hypothesis | None) -> Hypothesis:
    candidate = one.candidate
    lines = sorted(one.citations, key=lambda line: -abs(line.weight))
    fresh = Hypothesis(
        number=before.number if before else 0,
        cause=candidate.cause,
        statement=statement(candidate),
        state=before.state if before and judged(before) else HypothesisState.PROPOSED,
        confidence=0.0,
        rank=0,
        supporting=tuple(line for line in lines if line.weight > _SAME_LINE),
        contradicting=tuple(line for line in lines if line.weight < -_SAME_LINE),
        check=candidate.signature.check,
    )
    if before is None or not judged(before):
        return fresh
    return replace(fresh, verdict_by=before.verdict_by, verdict_why=before.verdict_why)


def _judged(earlier: Sequence[Hypothesis]) -> list[Hypothesis]:
    """What people judged stays, also when its evidence is gone."""
    return [one for one in earlier if judged(one)]


def _score(one: Hypothesis) -> float:
    lines = math.fsum(line.weight for line in (*one.supporting, *one.contradicting))
    return PRIOR + lines + _VERDICTS.get(one.state, 0.0) * judged(one)


_VERDICTS: Mapping[HypothesisState, float] = {
    HypothesisState.VALIDATED: CONFIRMED,
    HypothesisState.REJECTED: REFUSED,
}


def _state(one: Hypothesis) -> HypothesisState:
    """A person's verdict, or how far the evidence has taken it."""
    if judged(one):
        return one.state
    kinds = {line.why for line in one.supporting}
    return HypothesisState.TESTING if len(kinds) > 1 else HypothesisState.PROPOSED


def _is_worth(one: Hypothesis, place: int) -> bool:
    return place < SHOWN and one.confidence >= _LEAST


def _numbered(
    hypotheses: tuple[Hypothesis, ...], known: Mapping[str, Hypothesis]
) -> tuple[Hypothesis, ...]:
    """New ones get the next numbers, in their order."""
    last = max((one.number for one in known.values()), default=0)
    numbered = []
    for one in hypotheses:
        last += one.number == 0
        numbered.append(one if one.number else replace(one, number=last))
    return tuple(numbered)


def lines_of(hypothesis: Hypothesis) -> tuple[Citation, ...]:
    """All lines, for and against."""
    return (*hypothesis.supporting, *hypothesis.contradicting)
