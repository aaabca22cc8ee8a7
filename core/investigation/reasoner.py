"""What do we conclude? The deterministic reasoner: no model, no chance, no clock."""

from __future__ import annotations

from core.investigation.causes import rank_causes
from core.investigation.conclusion import missing_evidence, next_question, verdict_on
from core.investigation.decision import Decision, Situation
from core.investigation.hypotheses import form_hypotheses
from core.investigation.model import RankedCause


def decide(situation: Situation) -> Decision:
    """Rank the causes, share one posterior among them, and say what may be said."""
    ranked = rank_causes(situation)
    hypotheses, something_else = form_hypotheses(ranked, situation.hypotheses)
    verdict = verdict_on(hypotheses, ranked)
    missing = missing_evidence(situation, hypotheses, ranked)
    return Decision(
        verdict=verdict,
        hypotheses=hypotheses,
        something_else=something_else,
        causes=tuple(RankedCause(cause=one.candidate.cause, score=one.score) for one in ranked),
        missing=missing,
        next_question=next_question(hypotheses, missing, verdict),
    )


class Deterministic:
    """The reasoner that needs nothing but the situation."""

    async def decide(self, situation: Situation) -> Decision:
        return decide(situation)
