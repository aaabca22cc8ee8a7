"""What a reasoner is given, its situation, and what it concludes, its decision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from core.alerts.model import Occurrence
from core.cases.feedback import Feedback
from core.cases.investigation_state import Defect, InvestigationState, Usage
from core.cases.memories import CaseMemory
from core.cases.model import Cause, Check, Citation, EvidenceKind, Hypothesis, Question
from core.cases.opinion import Opinion
from core.cases.projection import CaseView
from core.context import RootCauseRule
from core.evidence.model import EvidenceFile, Finding, Locus
from core.investigation.answering.responses import Response
from core.investigation.budget import Budget
from core.investigation.memory.messages import CaseMessage
from core.investigation.service_graph import ServiceGraph
from core.text.redacted import RedactedText


@dataclass(frozen=True, kw_only=True)
class Sufficiency:
    """Whether the rule allows "root cause" for the leader; `lacking` lists what is missing if not.

    `posterior` is the leader's share, `kinds` the independent kinds of evidence that support it,
    `tested` how many falsifiable predictions held.
    """

    enough: bool
    posterior: float = 0.0
    kinds: tuple[EvidenceKind, ...] = ()
    tested: int = 0
    lacking: tuple[RedactedText, ...] = ()


class Verdict(StrEnum):
    """Whether a root cause was found, or nothing that it would be the cause of."""

    ROOT_CAUSE = "root_cause"
    NO_IMPACT_FOUND = "no_impact_found"
    NO_ROOT_CAUSE_YET = "no_root_cause_yet"


@dataclass(frozen=True, kw_only=True)
class RankedCause:
    """One row of the ranking, before it becomes a hypothesis. `score` in log-odds (nats)."""

    cause: Cause
    score: float


@dataclass(frozen=True, kw_only=True)
class CaseMoment:
    """One entry of a case's timeline."""

    at: datetime
    text: RedactedText
    locus: Locus | None = None


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Everything known when a round begins. The reasoner sees nothing else.

    `calls` are (caller, callee) pairs of the topology, if one was given; `calls_told` are further
    ones that lines name, which are not all. `addresses` maps an address, such as `10.0.3.7:5432`,
    to the service that listens there. `findings` maps a file's id to its findings.
    `hypotheses` are those of the last turn, so that numbers and people's verdicts are kept. `at` is
    the moment the question is about. `investigation` is the state of the investigation, `budget`
    what the turn may still spend. `messages` are the newest messages, in order. `questions` wait
    for an answer, oldest first. `case` is the case itself, if there is one, and `hold` how long it
    must be quiet after a fix before the fix counts as a success. `rule` says when "root cause" may
    be said. `memories` are those of past cases that everyone who sees this one may see: they order
    what is suggested and are no evidence; so does `feedback`, what people said of it.
    """

    at: datetime
    occurrences: tuple[Occurrence, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]]
    hypotheses: tuple[Hypothesis, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()
    calls_told: tuple[tuple[str, str], ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    investigation: InvestigationState = field(default_factory=InvestigationState)
    budget: Budget = field(default_factory=Budget, compare=False, repr=False)
    messages: tuple[CaseMessage, ...] = ()
    questions: tuple[Question, ...] = ()
    case: CaseView | None = field(default=None, compare=False, repr=False)
    hold: timedelta = timedelta(minutes=10)
    rule: RootCauseRule = field(default_factory=RootCauseRule)
    memories: tuple[CaseMemory, ...] = field(default=(), compare=False, repr=False)
    feedback: tuple[Feedback, ...] = field(default=(), compare=False, repr=False)

    @property
    def all_calls(self) -> tuple[tuple[str, str], ...]:
        """Those of the topology, and those that lines name."""
        return (*self.calls, *self.calls_told)

    @cached_property
    def graph(self) -> ServiceGraph:
        """Who calls whom, by the topology and by lines."""
        return ServiceGraph(self.all_calls)

    @property
    def onset(self) -> datetime | None:
        """When the earliest alert began."""
        return min((occurrence.starts_at for occurrence in self.occurrences), default=None)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The response to one question, by the question's id; None if it could not be answered."""

    question: str
    response: Response | None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a reasoner concludes from a situation, whichever reasoner it is.

    `something_else` is the posterior's share of causes nobody has named. `missing` lists evidence
    that would help; `next_question` is the one question to ask of people now. `sufficiency`
    explains the verdict; `checks` would separate the rivals, best first; `spent` is what the
    decision used. `defects` are the parts that failed: all else was concluded without them.
    `answers` are to the questions of the situation, in their order; `done` is False if another
    round would tell more and the budget allows one. `impact` says who suffers and since when,
    `trigger` which change set the leading cause off; each with its line, None where none shows it.
    `nearby` is then the last change before it began, which nothing ties to the cause.
    `opinion` is a language model's, where one was asked anew.
    """

    verdict: Verdict
    hypotheses: tuple[Hypothesis, ...]
    something_else: float
    causes: tuple[RankedCause, ...]
    missing: tuple[RedactedText, ...]
    next_question: RedactedText | None
    sufficiency: Sufficiency = field(default_factory=lambda: Sufficiency(enough=False))
    checks: tuple[Check, ...] = ()
    spent: Usage = field(default_factory=Usage)
    defects: tuple[Defect, ...] = ()
    answers: tuple[Reply, ...] = ()
    done: bool = True
    impact: Citation | None = None
    trigger: Citation | None = None
    nearby: Citation | None = None
    opinion: Opinion | None = None


def undecided(situation: Situation, defects: tuple[Defect, ...]) -> Decision:
    """The decision if no reasoner finished: the previous hypotheses and no root cause yet."""
    hypotheses = situation.hypotheses
    return Decision(
        verdict=Verdict.NO_ROOT_CAUSE_YET,
        hypotheses=hypotheses,
        something_else=1.0 - math.fsum(hypothesis.confidence for hypothesis in hypotheses),
        causes=(),
        missing=(),
        next_question=None,
        defects=defects,
    )


def with_all_questions(decision: Decision, situation: Situation) -> Decision:
    """The decision with a reply, empty if necessary, to every question of the situation."""
    replied = {reply.question for reply in decision.answers}
    left = [question.id for question in situation.questions if question.id not in replied]
    empty = [Reply(question=question, response=None) for question in left]
    return replace(decision, answers=(*decision.answers, *empty))
