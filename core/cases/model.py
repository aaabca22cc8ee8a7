"""The records of a case: itself, its questions, steps of its turns, causes, hypotheses, checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.alerts.model import Severity
from core.evidence.model import Locus
from core.places import Place
from core.text.redacted import RedactedText


class CaseState(StrEnum):
    """The five phases of a case's life."""

    CONSULTING = "consulting"  # opened; there is no hypothesis yet
    DIAGNOSING = "diagnosing"  # evidence is being gathered and hypotheses compete
    ANALYZING = "analyzing"  # a cause is confirmed; solution and follow-ups are worked out
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        return self not in (CaseState.RESOLVED, CaseState.CLOSED)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One incident under investigation, as its events fold into it.

    number: per tenant, the number people use. version: how many events it has, so that the newest
    card wins. quiet_since: set while none of its alerts fires. group_key: joins later deliveries of
    the same alert group to the case; empty where a person opened it. closed_to: the channel or
    thread of chat (`Place.key`) whose readers alone it is told to; empty where it is told to more.
    """

    id: str
    tenant_id: str
    number: int
    title: RedactedText
    state: CaseState
    severity: Severity
    service: str | None
    group_key: str
    opened_at: datetime
    version: int
    owner: str | None = None
    firing: int = 0
    alerts: int = 0
    quiet_since: datetime | None = None
    spoken_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    solution: RedactedText | None = None
    archived_at: datetime | None = None
    files: int = 0
    turns: int = 0
    head: str = ""  # hash of the newest event
    closed_to: str = ""

    @property
    def tag(self) -> RedactedText:
        return RedactedText.tag("#", self.number)

    @property
    def is_of_person(self) -> bool:
        """Whether a person opened it, and no alert. It stays so, whatever comes to it later."""
        return not self.group_key


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question in a case's inbox: who asked what, and where the answer belongs."""

    id: str
    tenant_id: str
    case_id: str
    asked_by: str
    asked_at: datetime
    text: RedactedText
    place: Place
    answered_at: datetime | None = None


class TurnStepName(StrEnum):
    """The steps of a turn whose outcome is stored; a turn's effects are in the case's log."""

    DECIDED = "decided"  # the version of the case that was read, and the decision
    ACTED = "acted"  # the effects of a round are committed; the usage so far
    CALL = "call"  # the result of one model call
    TOOL = "tool"  # the result of one tool call
    CHECK = "check"  # the result of a check that the turn ran itself
    PROGRESS = "progress"  # the progress in words, for people who wait


@dataclass(frozen=True, kw_only=True)
class TurnStep:
    """One step of one turn.

    turn: the id of its job. number: its position in the turn, from 1. outcome: JSON with redacted
    texts.
    """

    case_id: str
    tenant_id: str
    turn: str
    number: int
    name: TurnStepName
    outcome: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Service, observed signal and fault: `checkout`, `pool_timeout`, `connection_pool_exhausted`.

    `service` is None where the evidence names no service.
    """

    service: str | None
    signal: str
    fault: str

    @property
    def key(self) -> str:
        """The identity of a cause: service and fault, whatever signal it was seen by."""
        return f"{self.service or '?'}/{self.fault}"


class EvidenceKind(StrEnum):
    """The kind of source that a citation comes from; sources of one kind may share their errors."""

    LOG = "log"
    METRIC = "metric"
    TRACE = "trace"
    CHANGE = "change"  # a deploy or a change of configuration
    CHECK = "check"  # the outcome of a deliberate test
    ALERT = "alert"  # shows that something is wrong, not what: supports no cause


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A piece of evidence for or against a hypothesis, and its place in a file.

    weight: in log-odds (nats). why: the reason for the weight. resolves: False where the cited
    place does not hold the text; the citation is then struck through and counts for nothing.
    """

    text: RedactedText
    locus: Locus | None
    weight: float
    why: RedactedText
    kind: EvidenceKind = EvidenceKind.LOG
    resolves: bool = True

    @property
    def label(self) -> str | None:
        """Its place, as people read it: file and line."""
        return self.locus.label if self.locus else None

    def is_from(self, file: str) -> bool:
        """Whether the citation lies in the file of this name."""
        return self.locus is not None and self.locus.file == file


class PredictionOutcome(StrEnum):
    """The outcome of testing a prediction."""

    UNTESTED = "untested"  # no evidence so far could have contradicted it
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """An observation that must follow if a hypothesis is right, and could have come out otherwise.

    kind: the kind of evidence that decides it. citations: that evidence, none of which was used to
    propose the hypothesis.
    """

    text: RedactedText
    kind: EvidenceKind
    outcome: PredictionOutcome = PredictionOutcome.UNTESTED
    citations: tuple[Citation, ...] = ()


class HypothesisState(StrEnum):
    """The state of a hypothesis, from proposal to verdict."""

    PROPOSED = "proposed"
    TESTING = "testing"
    VALIDATED = "validated"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """A possible cause with its computed confidence.

    number: its permanent number in the case. rank: from 1 for the best at present.
    confidence: its share (0 to 1) of a posterior over all hypotheses and *something else*.
    check: the one check that would confirm or refute it.
    verdict_by, verdict_why: set where a person confirmed or rejected it.
    """

    number: int
    cause: Cause
    statement: RedactedText
    state: HypothesisState
    confidence: float
    rank: int
    supporting: tuple[Citation, ...] = ()
    contradicting: tuple[Citation, ...] = ()
    check: RedactedText = RedactedText.EMPTY
    verdict_by: str | None = None
    verdict_why: RedactedText | None = None
    predictions: tuple[Prediction, ...] = ()
    proposed_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def changes(self) -> tuple[Citation, ...]:
        """The lines for it that tell of a change, as far as they are there."""
        lines = (line for line in self.supporting if line.kind is EvidenceKind.CHANGE)
        return tuple(line for line in lines if line.resolves)

    @property
    def is_alive(self) -> bool:
        """Whether neither a person nor the evidence has rejected it."""
        return self.state is not HypothesisState.REJECTED


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """The result that one hypothesis predicts for a check: `says` in words, `pattern` as a pattern.

    likely: the probability, 0 to 1, of seeing the pattern if the hypothesis is right.
    """

    hypothesis: int
    says: RedactedText
    pattern: str
    likely: float


@dataclass(frozen=True, kw_only=True)
class Check:
    """A command, file or question whose result separates hypotheses.

    name: stable: the same check of the same hypotheses has it in every turn. gain: the expected
    information in bits.
    """

    name: str
    ask: RedactedText
    command: RedactedText | None
    kind: EvidenceKind
    gain: float
    expectations: tuple[Expectation, ...]


class Trust(StrEnum):
    """The degree to which a working conclusion can be relied on."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True)
class WorkingConclusion:
    """The conclusion after a turn, and the proposed next steps.

    impact: who suffers and since when. trigger: the change that set the cause off; where it is not
    tied to the cause, the nearest change. about: the number of the hypothesis that leads. harmless:
    failures and slowness are measured around the alert, and nobody suffers of either.
    """

    conclusion: RedactedText
    confidence: Trust
    supporting: tuple[Citation, ...]
    next_steps: tuple[RedactedText, ...]
    updated_at: datetime
    impact: Citation | None = None
    trigger: Citation | None = None
    is_tied: bool = True
    about: int | None = None
    harmless: bool = False

    @property
    def lines(self) -> tuple[Citation, ...]:
        """All lines that it cites."""
        return (*self.supporting, *filter(None, (self.impact, self.trigger)))
