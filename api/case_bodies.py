"""Bodies of requests and answers about cases, as the browser extension knows them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.bodies import ApiAnswer, ApiBody, WireTime
from api.extension_words import NEXT_STATES, PRIORITY_OF, STAGES, STATES
from api.parameters import Text
from core.accounts.model import CaseRole
from core.cases.model import Case, CaseState
from core.workflows.case_requests import CaseStatus, CaseSummary

Title = Annotated[Text, Field(max_length=500)]
Words = Annotated[Text, Field(max_length=20_000)]
Name = Annotated[Text, Field(max_length=254)]


class NewCase(ApiBody):
    """title: null for one that is made up. priority: its severity."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"examples": [{"title": None, "priority": "low"}]},
    )

    title: Title | None = None
    priority: Name | None = None
    description: Words | None = None
    initial_message: Words | None = None


class CaseChange(ApiBody):
    """What is null stays as it is. state: `closed`, or what the extension calls it."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"examples": [{"title": "Checkout pool exhausted"}]}
    )

    title: Title | None = None
    description: Words | None = None
    priority: Name | None = None
    service: Name | None = None
    state: Name | None = None


class CaseRow(ApiAnswer):
    """A case in a list."""

    case_id: str
    number: int
    title: str
    state: str
    phase: CaseState
    stage: str | None
    description: str = ""
    priority: str
    service: str | None
    created_at: WireTime
    updated_at: WireTime
    last_activity_at: WireTime
    current_turn: int
    turns_without_progress: int = 0
    is_terminal: bool
    resolved_at: WireTime | None
    closed_at: WireTime | None
    closure_reason: str | None
    user_id: str | None
    role: CaseRole
    organization_id: str
    enterprise_id: str
    source: str
    shared_team_ids: tuple[str, ...] = ()
    valid_next_states: list[str]
    is_archived: bool
    version: int


class CaseDetail(CaseRow):
    """A case, and how far it is."""

    current_stage: str | None
    milestones_completed: list[str]
    pending_milestones: list[str]
    evidence_count: int
    hypothesis_count: int
    solution_count: int
    escalated: bool


class CasePageAnswer(ApiAnswer):
    """Some cases, newest first. total_count: of all that match. next_cursor: of the next page."""

    cases: list[CaseRow]
    total_count: int
    limit: int
    offset: int
    has_more: bool
    next_cursor: str | None


class TitleWish(ApiBody):
    """max_words: of the title."""

    max_words: Annotated[int, Field(ge=1, le=30)] | None = None
    hint: Words | None = None


class TitleAnswer(ApiAnswer):
    """The title that the case has by now."""

    schema_version: str = "3.1.0"
    title: str


class Search(ApiBody):
    """query: words of the title, or a number. What else is given narrows it down."""

    query: Words = ""
    state: Name | None = None
    priority: Name | None = None
    service: Name | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


# As far as a case has come, each phase of ours is so many of the extension's indicators.
_INDICATORS = (
    "symptom_verified",
    "scope_assessed",
    "timeline_established",
    "changes_identified",
    "root_cause_identified",
    "solution_proposed",
)


def indicators(summary: CaseStatus) -> list[str]:
    """Those that are reached, in the order in which the extension shows them."""
    view = summary.view
    conclusion, fixes = view.investigation.conclusion, view.investigation.solutions
    reached = (
        bool(view.hypotheses),
        conclusion is not None and conclusion.impact is not None,
        any(hypothesis.supporting for hypothesis in view.hypotheses),
        conclusion is not None and conclusion.trigger is not None,
        view.case.state in (CaseState.ANALYZING, CaseState.RESOLVED),
        bool(fixes) or view.case.solution is not None,
    )
    return [name for name, is_reached in zip(_INDICATORS, reached, strict=True) if is_reached]


def row_values(summary: CaseSummary) -> dict[str, Any]:
    """The fields of a row."""
    case = summary.case
    state = STATES[case.state]
    return {
        "case_id": case.id,
        "number": case.number,
        "title": case.title.text,
        "state": state,
        "phase": case.state,
        "stage": STAGES[case.state],
        "priority": PRIORITY_OF[case.severity],
        "service": case.service,
        "created_at": case.opened_at,
        "updated_at": summary.row.updated_at,
        "last_activity_at": summary.row.updated_at,
        "current_turn": summary.last_turn,
        "turns_without_progress": summary.row.idle_turns,
        "is_terminal": not case.state.is_open,
        "resolved_at": case.resolved_at,
        "closed_at": summary.row.closed_at,
        "closure_reason": closure_reason(case),
        "user_id": summary.owner_id or None,
        "role": summary.role,
        "organization_id": case.tenant_id,
        "enterprise_id": case.tenant_id,
        "source": "copilot" if summary.owner_id else "slack",
        "valid_next_states": NEXT_STATES[state],
        "is_archived": case.archived_at is not None,
        "version": case.version,
    }


def detail_values(summary: CaseStatus) -> dict[str, Any]:
    """The fields of a case by itself."""
    view, reached = summary.view, indicators(summary)
    return row_values(summary) | {
        "current_stage": STAGES[view.case.state],
        "milestones_completed": reached,
        "pending_milestones": [name for name in _INDICATORS if name not in reached],
        "evidence_count": view.case.files,
        "hypothesis_count": len(view.hypotheses),
        "solution_count": len(view.investigation.solutions),
        "escalated": view.investigation.escalated_at is not None,
    }


def closure_reason(case: Case) -> str | None:
    """Why it was closed without a solution, in the extension's words."""
    if case.state is not CaseState.CLOSED:
        return None
    return "closed_insufficient_evidence" if case.turns else "inquiry_only"
