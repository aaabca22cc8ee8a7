"""A case, the questions that people asked in it, and the recorded steps of its turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.alerts.model import Severity
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
    the same alert group to the case; empty where a person opened it.
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
    files: int = 0
    turns: int = 0
    head: str = ""  # hash of the newest event

    @property
    def tag(self) -> RedactedText:
        return RedactedText.tag("#", self.number)


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
