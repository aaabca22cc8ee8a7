"""The deterministic reasoner: no model, no randomness, no clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from core.cases.investigation_state import TurnPart
from core.cases.lifecycle import foresee
from core.cases.model import EvidenceKind, Hypothesis
from core.evidence.model import FileState
from core.investigation.alerted_outcomes import tells_of_failures
from core.investigation.answering.answers import answer_question
from core.investigation.causes.broken_by_change import BROKEN_BY_CHANGE
from core.investigation.causes.scored_cause import broken_by, name_of, statement
from core.investigation.consequences import consequences
from core.investigation.decision import (
    Decision,
    RankedCause,
    Reply,
    Situation,
    Sufficiency,
    Verdict,
    undecided,
)
from core.investigation.isolation import Isolation
from core.investigation.precedents import by_experience, like_case
from core.investigation.service_names import one_name_each
from core.investigation.survey import survey
from core.investigation.verdict.asked_checks import with_arrivals
from core.investigation.verdict.hypotheses import form_hypotheses, is_confirmed, leading_cause
from core.investigation.verdict.impact import contained, impact, is_harmless, measured_well
from core.investigation.verdict.missing_evidence import missing_evidence, next_question
from core.investigation.verdict.model_grounds import vouched_service
from core.investigation.verdict.next_checks import next_checks
from core.investigation.verdict.predictions import predict, weighed_down
from core.investigation.verdict.set_off import with_what_set_off
from core.investigation.verdict.sufficiency import judge
from core.investigation.verdict.triggers import changed_nearby, trigger
from core.investigation.worded_change import WordedChange
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.cases.model import Check, Citation, Prediction
    from core.investigation.causes.scored_cause import ScoredCause
    from core.investigation.ports import TurnInProgress
    from core.investigation.survey import Survey
    from core.text.redacted import RedactedText

    _Predictions = dict[str, tuple[Prediction, ...]]

Result = TypeVar("Result")

say = sentences("investigation.reasoner")

_TESTED = 12  # candidates whose predictions are tested: nobody hears of the rest
_MISSING_MAX = 5
_NAMED = 40  # characters of a question whose answer failed
_NOT_JUDGED = (Verdict.NO_ROOT_CAUSE_YET, Sufficiency(enough=False))


def decide(situation: Situation) -> Decision:
    """Ranks the causes, tests their predictions, shares one posterior and reaches a verdict.

    A part that fails is left out and named among the defects; what does not need it stands.
    """
    isolation = Isolation()
    surveyed = look(situation, isolation)
    return (
        conclude(surveyed, isolation)
        if surveyed
        else undecided(situation, tuple(isolation.defects))
    )


def look(situation: Situation, isolation: Isolation) -> Survey | None:
    """Ranks the causes, with answers to checks that came; None where nothing can be ranked."""
    answers = say("part_answers")
    situation = isolation.attempt(
        TurnPart.CHECK, answers, lambda: with_arrivals(situation), otherwise=situation
    )
    return survey(situation, isolation)


def decide_and_answer(situation: Situation) -> Decision:
    """The decision with the answers to all questions of the situation."""
    return answered(situation, decide(situation))


def answered(situation: Situation, decision: Decision) -> Decision:
    """The decision with the engine's answers to all questions of the situation."""
    if not situation.questions:
        return decision
    isolation = Isolation()
    foreseen = isolation.attempt(
        TurnPart.ANSWER,
        say("part_names"),
        lambda: one_name_each(situation),
        otherwise=situation,
    )
    foreseen = foresee_decision(foreseen, decision)
    answers = isolation.each(
        TurnPart.ANSWER,
        situation.questions,
        lambda question: Reply(
            question=question.id, response=answer_question(question.text, foreseen, decision)
        ),
        named=lambda question: say("part_answer", text=question.text.line().cut(_NAMED)),
    )
    defects = (*decision.defects, *isolation.defects)
    return replace(decision, answers=tuple(answers), defects=defects)


class Aside(Protocol):
    """Runs work of the processor somewhere."""

    def __call__(self, work: Callable[[], Result], /) -> Awaitable[Result]: ...


async def at_once(work: Callable[[], Result], /) -> Result:
    """Runs the work in the calling task, without a thread or another process."""
    return work()


@dataclass(frozen=True)
class Deterministic:
    """The reasoner that needs nothing but the situation.

    aside: runs the work away from the event loop, if given.
    """

    aside: Aside = at_once

    async def decide(self, situation: Situation, turn: TurnInProgress) -> Decision:
        """Reports unread files, then decides and answers."""
        unread = sum(file.state is FileState.RECEIVED for file in situation.files)
        if unread:
            await turn.report(say("reading_files", n=unread, all=len(situation.files)))
        return await self.aside(partial(decide_and_answer, situation))


def foresee_decision(situation: Situation, decision: Decision) -> Situation:
    """The situation after this decision: answers refer to that investigation state."""
    if situation.case is None:
        return situation
    at, hold = situation.at, situation.hold
    isolation = Isolation()  # what fails in it fails again where it is recorded, and is named there
    changes = consequences(
        situation.case, situation, decision, at=at, hold=hold, isolation=isolation
    )
    return replace(situation, investigation=foresee(situation.case, changes, at=at).investigation)


def conclude(surveyed: Survey, isolation: Isolation) -> Decision:
    """The decision from a survey: hypotheses, verdict, missing evidence and checks."""
    situation = surveyed.situation
    surveyed = replace(surveyed, ranked=_ranked(surveyed, isolation))
    ranked, predictions = _test_predictions(surveyed, isolation)
    vouched = isolation.attempt(
        TurnPart.MODEL, say("part_verdict"), lambda: _vouched(surveyed, ranked), otherwise=None
    )
    believed = isolation.attempt(
        TurnPart.RANKING,
        say("part_hypotheses"),
        lambda: form_hypotheses(ranked, situation, predictions, isolation, vouched=vouched),
        otherwise=None,
    )
    if believed is None:
        return undecided(situation, tuple(isolation.defects))
    hypotheses, something_else = believed
    suffered = isolation.attempt(
        TurnPart.VERDICT, say("part_impact"), lambda: impact(surveyed.watch), otherwise=None
    )
    verdict, sufficiency = _verdict(
        surveyed, hypotheses, ranked, suffered, isolation, vouched=vouched
    )
    if verdict is Verdict.NO_IMPACT_FOUND:
        suffered = isolation.attempt(
            TurnPart.VERDICT,
            say("part_impact"),
            lambda: contained(surveyed.watch) or measured_well(surveyed.watch),
            otherwise=None,
        )
    changed = _trigger(surveyed, hypotheses, suffered, isolation)
    hypotheses = _in_words_of(changed, hypotheses)
    is_open = changed is None and verdict is not Verdict.NO_IMPACT_FOUND
    nearby = _nearby(surveyed, hypotheses, isolation) if is_open else None
    advice = _Advice(situation, hypotheses, something_else, isolation)
    missing, checks = advice.missing(ranked, sufficiency), advice.checks()
    return Decision(
        verdict=verdict,
        hypotheses=hypotheses,
        something_else=something_else,
        causes=tuple(
            RankedCause(cause=scored.candidate.cause, score=scored.score) for scored in ranked
        ),
        missing=missing[:_MISSING_MAX],
        next_question=advice.question(missing, verdict, checks),
        sufficiency=sufficiency,
        checks=checks,
        defects=tuple(isolation.defects),
        impact=suffered,
        trigger=changed,
        nearby=nearby,
    )


def _ranked(surveyed: Survey, isolation: Isolation) -> tuple[ScoredCause, ...]:
    """The ranking, with what set the leading causes off."""
    return isolation.attempt(
        TurnPart.RANKING,
        say("part_trigger"),
        lambda: with_what_set_off(surveyed.ranked, surveyed.watch),
        otherwise=surveyed.ranked,
    )


def _trigger(
    surveyed: Survey,
    hypotheses: tuple[Hypothesis, ...],
    suffered: Citation | None,
    isolation: Isolation,
) -> Citation | None:
    return isolation.attempt(
        TurnPart.VERDICT,
        say("part_trigger"),
        lambda: trigger(hypotheses, surveyed.watch, suffered, opinion=surveyed.opinion),
        otherwise=None,
    )


def _in_words_of(
    changed: Citation | None, hypotheses: tuple[Hypothesis, ...]
) -> tuple[Hypothesis, ...]:
    """A leader that a change broke tells of the change in the words of its best line."""
    leader = next((each for each in hypotheses if each.is_alive), None)
    if changed is None or leader is None or leader.cause.fault != BROKEN_BY_CHANGE:
        return hypotheses
    words = broken_by(WordedChange.of(changed.text), name_of(leader.cause.service))
    return tuple(replace(each, statement=words) if each is leader else each for each in hypotheses)


def _nearby(
    surveyed: Survey, hypotheses: tuple[Hypothesis, ...], isolation: Isolation
) -> Citation | None:
    return isolation.attempt(
        TurnPart.VERDICT,
        say("part_trigger"),
        lambda: changed_nearby(hypotheses, surveyed.watch),
        otherwise=None,
    )


def _verdict(
    surveyed: Survey,
    hypotheses: tuple[Hypothesis, ...],
    ranked: tuple[ScoredCause, ...],
    suffered: Citation | None,
    isolation: Isolation,
    *,
    vouched: str | None,
) -> tuple[Verdict, Sufficiency]:
    """What the rule allows; that there is no impact, unless a person confirmed a cause of one."""
    rule, watch = surveyed.situation.rule, surveyed.watch
    verdict, sufficiency = isolation.attempt(
        TurnPart.VERDICT,
        say("part_verdict"),
        lambda: judge(hypotheses, ranked, rule, watch, vouched=vouched),
        otherwise=_NOT_JUDGED,
    )
    harmless = isolation.attempt(
        TurnPart.VERDICT,
        say("part_impact"),
        lambda: is_harmless(surveyed.watch, suffered),
        otherwise=False,
    )
    if (
        harmless
        and not any(map(is_confirmed, hypotheses))
        and not (sufficiency.enough and _is_alerted(hypotheses[0], surveyed))
    ):
        return Verdict.NO_IMPACT_FOUND, replace(sufficiency, enough=False)
    return verdict, sufficiency


def _is_alerted(leader: Hypothesis, surveyed: Survey) -> bool:
    """Whether the alert is about the very service whose own log tells of the cause.

    Work that stops fails nobody whose requests are measured. So does an alert that names no service
    and says that work fails.
    """
    alerted = surveyed.watch.field.alerted
    is_told = any(line.kind is EvidenceKind.LOG and line.weight > 0 for line in leader.supporting)
    is_meant = leader.cause.service in alerted
    return is_told and (is_meant or (not alerted and tells_of_failures(surveyed.situation)))


def _vouched(surveyed: Survey, ranked: tuple[ScoredCause, ...]) -> str | None:
    """The service for whose fault a model vouches, where one was asked."""
    opinion = surveyed.opinion
    leader = ranked[0].candidate.cause if ranked else None
    return vouched_service(opinion, surveyed.situation, leader) if opinion else None


@dataclass(frozen=True)
class _Advice:
    """What people are asked to bring and to try, as far as it can be computed."""

    situation: Situation
    hypotheses: tuple[Hypothesis, ...]
    something_else: float
    isolation: Isolation

    def missing(
        self, ranked: tuple[ScoredCause, ...], sufficiency: Sufficiency
    ) -> tuple[RedactedText, ...]:
        """Evidence that would help: the most useful, what the verdict lacks, the rest."""
        helpful = self.isolation.attempt(
            TurnPart.ADVICE,
            say("part_missing"),
            lambda: missing_evidence(self.situation, self.hypotheses, ranked),
            otherwise=(),
        )
        return tuple(dict.fromkeys((*helpful[:1], *sufficiency.lacking, *helpful[1:])))

    def checks(self) -> tuple[Check, ...]:
        """The checks that separate the rivals, best first."""
        return self.isolation.attempt(
            TurnPart.CHECK, say("part_checks"), self._ordered_checks, otherwise=()
        )

    def _ordered_checks(self) -> tuple[Check, ...]:
        """By what they tell, and by how often they decided the like of this."""
        checks = next_checks(self.situation, self.hypotheses, self.something_else, self.isolation)
        leader = leading_cause(self.hypotheses)
        return by_experience(checks, self.situation.memories, like_case(self.situation, leader))

    def question(
        self, missing: tuple[RedactedText, ...], verdict: Verdict, checks: tuple[Check, ...]
    ) -> RedactedText | None:
        """The question to ask of people now."""
        return self.isolation.attempt(
            TurnPart.ADVICE,
            say("part_question"),
            lambda: next_question(self.hypotheses, missing, verdict, checks),
            otherwise=None,
        )


def _test_predictions(
    surveyed: Survey, isolation: Isolation
) -> tuple[tuple[ScoredCause, ...], _Predictions]:
    """The ranking less failed predictions, and the predictions by the cause's key."""
    ranked = surveyed.ranked
    tested = isolation.each(
        TurnPart.PREDICTION,
        ranked[:_TESTED],
        lambda scored: (scored.candidate.cause.key, predict(scored, surveyed.watch)),
        named=_predictions_of,
    )
    predictions = dict(tested)
    weighed = [
        weighed_down(scored, predictions.get(scored.candidate.cause.key, ())) for scored in ranked
    ]
    # Stable: what scores the same stays in the order of the ranking.
    return tuple(sorted(weighed, key=lambda scored: -scored.score)), predictions


def _predictions_of(scored: ScoredCause) -> RedactedText:
    return say("part_predictions", cause=statement(scored.candidate))
