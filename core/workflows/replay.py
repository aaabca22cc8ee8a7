"""Models compared on a case that is over: each weighs once more what was weighed then.

A round is rebuilt from what the case recorded (`replay_rounds`), the engine decides as ever, and a
model gives its opinion beside it. The opinion that was recorded is the baseline, weighed by the
same engine, so that what differs is the model's doing. Nothing of the case changes; calls are paid.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from core.cases.investigation_state import TurnPart, Usage
from core.cases.model import Case, Hypothesis
from core.cases.opinion import Opinion
from core.cases.ports import gather
from core.errors import WrongUsage
from core.investigation.budget import budget_of, load_of
from core.investigation.decision import Decision, Verdict
from core.investigation.phases import weighed
from core.investigation.reasoner import Deterministic
from core.investigation.verdict.hypotheses import is_confirmed
from core.investigation.verdict.sufficiency import hold_to_rule
from core.text.redacted import RedactedText
from core.text.sentences import sentences
from core.workflows.replay_rounds import RecordedRound, recorded_rounds
from core.workflows.turn_recorder import unrecorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.investigation.decision import Situation
    from core.investigation.ports import Reasoner
    from core.workflows.services import Services

say = sentences("workflows.replay")


class Flip(StrEnum):
    """How a verdict differs from another of the same evidence."""

    GAINED = "gained"  # a root cause is said, where none was
    LOST = "lost"  # none is said, where one was
    SERVICE = "service"  # another service is the root cause
    FAULT = "fault"  # the same service, by another fault
    IMPACT = "impact"  # whether anybody suffers
    LEADER = "leader"  # no root cause either way, and another cause leads


@dataclass(frozen=True, kw_only=True)
class ReplayedVerdict:
    """What follows from the word of one model; with `model` None, from the engine alone.

    leader: the cause that leads, if one does. opinion: None where none was given, for `problem`.
    """

    model: str | None
    verdict: Verdict
    leader: Hypothesis | None
    opinion: Opinion | None = None
    spent: Usage = field(default_factory=Usage)
    problem: RedactedText = RedactedText.EMPTY

    @property
    def text(self) -> RedactedText:
        """The verdict as people say it."""
        if self.verdict is Verdict.NO_IMPACT_FOUND:
            return say("harmless")
        if self.leader is None:
            return say("nothing_leads")
        name = "root_cause" if self.verdict is Verdict.ROOT_CAUSE else "leads"
        share = round(100 * self.leader.confidence)
        return say(name, cause=self.leader.statement.line(), share=share)


@dataclass(frozen=True, kw_only=True)
class ReplayedRound:
    """One round as it was recorded, and as each model sees it now."""

    recorded: RecordedRound
    engine: ReplayedVerdict
    then: ReplayedVerdict | None
    now: tuple[ReplayedVerdict, ...]

    @property
    def baseline(self) -> ReplayedVerdict:
        """What the new verdicts are compared with."""
        return self.then or self.engine

    def flip(self, verdict: ReplayedVerdict) -> Flip | None:
        """How it differs from the baseline; None where it does not, or no model said it."""
        return None if verdict.problem else flip(self.baseline, verdict)


@dataclass(frozen=True, kw_only=True)
class ModelComparison:
    """A case as several models see it. confirmed: what people confirmed as its cause."""

    case: Case
    rounds: tuple[ReplayedRound, ...]
    confirmed: RedactedText | None = None


async def replay(
    number: int, reasoners: Mapping[str, Reasoner], *, services: Services
) -> ModelComparison:
    """The case's rounds once more. reasoners: each with one model, by its name.

    Raises NotFound for an unknown case, WrongUsage for one without evidence to weigh.
    """
    async with services.reading() as unit:
        case = await unit.cases.by_number(number)
        dossier = await gather(unit, case.id)
        rounds = recorded_rounds(dossier, unit.rules)
    if not rounds:
        message = f"no evidence was weighed in case #{number}"
        raise WrongUsage(message, next_step="Name a case with files: `faultmaven cases`.")
    replayed = [await _replayed(round_, reasoners) for round_ in rounds]
    confirmed = [each for each in dossier.view.hypotheses if is_confirmed(each)]
    return ModelComparison(
        case=case,
        rounds=tuple(replayed),
        confirmed=confirmed[0].statement if confirmed else None,
    )


async def _replayed(recorded: RecordedRound, reasoners: Mapping[str, Reasoner]) -> ReplayedRound:
    """One model after the other: they would make each other slow."""
    situation = recorded.situation
    engine = _verdict(await _decided(Deterministic(asyncio.to_thread), situation), None)
    now = [await _asked(name, reasoner, situation) for name, reasoner in reasoners.items()]
    first = next(iter(reasoners.values()))
    return ReplayedRound(
        recorded=recorded, engine=engine, then=await _then(recorded, first), now=tuple(now)
    )


async def _then(recorded: RecordedRound, reasoner: Reasoner) -> ReplayedVerdict | None:
    """What follows from the opinion that was recorded. Nobody is asked: it is of this evidence."""
    if recorded.opinion is None:
        return None
    situation = recorded.situation
    opinion = replace(recorded.opinion, weighed=weighed(situation))
    standing = replace(situation.investigation, opinion=opinion)
    decision = await _decided(reasoner, replace(situation, investigation=standing))
    verdict = _verdict(replace(decision, opinion=opinion), opinion.model)
    return replace(verdict, spent=recorded.spent)


async def _asked(name: str, reasoner: Reasoner, situation: Situation) -> ReplayedVerdict:
    """What follows from the opinion that this model gives now."""
    budget = budget_of(load_of(situation))
    budget.take_round()
    began = asyncio.get_running_loop().time()
    decision = await _decided(reasoner, replace(situation, budget=budget))
    took = asyncio.get_running_loop().time() - began
    return replace(_verdict(decision, name), spent=budget.spent + Usage(seconds=took))


async def _decided(reasoner: Reasoner, situation: Situation) -> Decision:
    return hold_to_rule(await reasoner.decide(situation, unrecorded()), situation)


def _verdict(decision: Decision, model: str | None) -> ReplayedVerdict:
    return ReplayedVerdict(
        model=model,
        verdict=decision.verdict,
        leader=next((each for each in decision.hypotheses if each.is_alive), None),
        opinion=decision.opinion,
        problem=_problem(decision) if model and decision.opinion is None else RedactedText.EMPTY,
    )


def _problem(decision: Decision) -> RedactedText:
    failed = [defect for defect in decision.defects if defect.part is TurnPart.MODEL]
    return failed[0].problem if failed else say("unsaid")


def flip(was: ReplayedVerdict, now: ReplayedVerdict) -> Flip | None:
    """How `now` differs from `was`; None where both say the same, whatever their shares."""
    return next(_flips(was, now), None)


def _flips(was: ReplayedVerdict, now: ReplayedVerdict) -> Iterator[Flip]:
    before, after = was.verdict, now.verdict
    if before is not after:
        if Verdict.NO_IMPACT_FOUND in (before, after):
            yield Flip.IMPACT
        yield Flip.GAINED if after is Verdict.ROOT_CAUSE else Flip.LOST
    elif was.leader is None or now.leader is None or was.leader.cause.key == now.leader.cause.key:
        return
    elif after is not Verdict.ROOT_CAUSE:
        yield Flip.LEADER
    elif was.leader.cause.service != now.leader.cause.service:
        yield Flip.SERVICE
    else:
        yield Flip.FAULT
