"""What do we conclude? The deterministic reasoner: no model, no chance, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.investigation.causes.troubles import Watch
from core.investigation.causes.weighing import rank_causes
from core.investigation.checks.arrivals import with_arrivals
from core.investigation.checks.choosing import next_checks
from core.investigation.conclusion import missing_evidence, next_question
from core.investigation.decision import Decision, Situation
from core.investigation.model import RankedCause
from core.investigation.verdict.hypotheses import form_hypotheses
from core.investigation.verdict.predictions import predict, weighed_down
from core.investigation.verdict.sufficiency import Rule, judge

if TYPE_CHECKING:
    from core.cases.hypotheses import Prediction
    from core.investigation.causes.weighing import Weighed

_TESTED = 12  # candidates whose predictions are tested: nobody hears of the rest
_MANY_MISSING = 5


def decide(situation: Situation, rule: Rule | None = None) -> Decision:
    """Rank the causes, test what they predict, share one posterior, and say what may be said."""
    situation = with_arrivals(situation)
    ranked, predictions = _tested(rank_causes(situation), Watch(situation))
    hypotheses, something_else = form_hypotheses(ranked, situation, predictions)
    verdict, sufficiency = judge(hypotheses, ranked, rule or Rule())
    helpful = missing_evidence(situation, hypotheses, ranked)
    missing = tuple(dict.fromkeys((*helpful[:1], *sufficiency.lacking, *helpful[1:])))
    checks = next_checks(situation, hypotheses, something_else)
    return Decision(
        verdict=verdict,
        hypotheses=hypotheses,
        something_else=something_else,
        causes=tuple(RankedCause(cause=one.candidate.cause, score=one.score) for one in ranked),
        missing=missing[:_MANY_MISSING],
        next_question=next_question(hypotheses, missing, verdict, checks),
        sufficiency=sufficiency,
        checks=checks,
    )


@dataclass(frozen=True)
class Deterministic:
    """The reasoner that needs nothing but the situation."""

    rule: Rule = field(default_factory=Rule)

    async def decide(self, situation: Situation) -> Decision:
        return decide(situation, self.rule)


def _tested(
    ranked: tuple[Weighed, ...], watch: Watch
) -> tuple[tuple[Weighed, ...], dict[str, tuple[Prediction, ...]]]:
    """The ranking after what failed was taken off, and the predictions by the cause's key."""
    predictions = {one.candidate.cause.key: predict(one, watch) for one in ranked[:_TESTED]}
    weighed = [weighed_down(one, predictions.get(one.candidate.cause.key, ())) for one in ranked]
    # Stable: what scores the same stays in the order of the ranking.
    return tuple(sorted(weighed, key=lambda one: -one.score)), predictions
