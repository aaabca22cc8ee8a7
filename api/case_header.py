"""The header of a case as the browser extension shows it, and its hypotheses."""

from __future__ import annotations

from typing import Any

from api.bodies import ApiAnswer, WireTime
from api.bounded_routes import api_router
from api.case_bodies import closure_reason, indicators
from api.cases import CaseId
from api.extension_words import (
    CLOSED,
    HYPOTHESES,
    NEXT_STATES,
    PRIORITY_OF,
    RESOLVED,
    STAGES,
    STATES,
    cause_category,
    hypothesis_id,
)
from api.guard import Reader, TheServices
from core.cases.investigation_state import SolutionState
from core.cases.model import CaseState, Citation, Hypothesis, HypothesisState, Trust
from core.clock import wire_time
from core.conversation.cards.evidence_cards import file_line
from core.conversation.cards.verdict_rows import next_step, open_hypotheses, root_cause
from core.conversation.messages.exchange import DataOrigin
from core.evidence.line_quotes import quote
from core.text.redacted import RedactedText
from core.workflows.case_evidence import CaseFile, files_of_case
from core.workflows.case_requests import CaseStatus, case_status

router = api_router("/api/v1/cases", "cases")

LATEST = 5  # pieces of evidence
SURE = {Trust.LOW: 0.3, Trust.MEDIUM: 0.6, Trust.HIGH: 0.9}
MINUTE_S = 60


class CitationAnswer(ApiAnswer):
    """A line that speaks for or against. weight: in log-odds."""

    text: str
    locus: str | None
    weight: float
    why: str


class HypothesisAnswer(ApiAnswer):
    """A possible cause. confidence: its share, 0 to 1, among all and *something else*."""

    hypothesis_id: str
    number: int
    rank: int
    text: str
    state: str
    phase: HypothesisState
    confidence: float
    supporting: list[CitationAnswer]
    contradicting: list[CitationAnswer]
    check: str
    verdict_by: str | None
    proposed_at: WireTime | None
    updated_at: WireTime | None


class HypothesesAnswer(ApiAnswer):
    """The hypotheses of a case, the likeliest first. something_else: what is left to it."""

    hypotheses: list[HypothesisAnswer]
    something_else: float


@router.get("/{case_id}/hypotheses", summary="The possible causes, and what speaks for each")
async def list_hypotheses(
    case_id: CaseId, caller: Reader, services: TheServices
) -> HypothesesAnswer:
    summary = await case_status(case_id, caller.account, services=services)
    ranked = sorted(summary.view.hypotheses, key=lambda hypothesis: hypothesis.rank)
    alive = sum(known.confidence for known in open_hypotheses(summary.view))
    return HypothesesAnswer(
        hypotheses=[_hypothesis(hypothesis) for hypothesis in ranked],
        something_else=round(max(0.0, 1 - alive), 4),
    )


@router.get("/{case_id}/ui", summary="What the header of a case shows")
async def case_header(case_id: CaseId, caller: Reader, services: TheServices) -> dict[str, Any]:
    summary = await case_status(case_id, caller.account, services=services)
    _, files = await files_of_case(case_id, caller.account, services=services)
    match STATES[summary.case.state]:
        case "inquiry":
            return _common(summary) | _inquiry(summary)
        case "investigating":
            return _common(summary) | _investigating(summary, files)
        case _:
            return _common(summary) | _over(summary)


def _common(summary: CaseStatus) -> dict[str, Any]:
    case = summary.case
    state = STATES[case.state]
    return {
        "case_id": case.id,
        "title": case.title.text,
        "state": state,
        "created_at": wire_time(case.opened_at),
        "updated_at": wire_time(summary.row.updated_at),
        "current_turn": summary.last_turn,
        "uploaded_files_count": case.files,
        "valid_next_states": NEXT_STATES[state],
        "disposition_eligibility": _eligibility(summary),
    }


def _eligibility(summary: CaseStatus) -> dict[str, str]:
    """A case may always be closed, and resolved once it is looked into."""
    offered = NEXT_STATES[STATES[summary.case.state]]
    return {name: "ready" if name in offered else "not_eligible" for name in (RESOLVED, CLOSED)}


def _inquiry(summary: CaseStatus) -> dict[str, Any]:
    return {
        "inquiry": {
            "proposed_problem_statement": _impact(summary),
            "problem_statement_confirmed": False,
            "decided_to_investigate": False,
            "inquiry_turns": summary.last_turn,
            "problem_confirmation": {"severity_guess": PRIORITY_OF[summary.case.severity]},
        }
    }


def _investigating(summary: CaseStatus, files: list[CaseFile]) -> dict[str, Any]:
    view, conclusion = summary.view, summary.view.investigation.conclusion
    alive, best = open_hypotheses(view), next(iter(open_hypotheses(view)), None)
    return {
        "agent_status": view.case.state.value.capitalize(),
        "problem_statement": _impact(summary) or view.case.title.text,
        "progress": {
            "current_stage": STAGES[view.case.state],
            "completed_indicators": indicators(summary),
            "completed_stage_gates": [],
            "active_hypotheses": len(alive),
            "total_evidence": view.case.files,
            "turns_without_progress": view.investigation.iterations,
        },
        "active_hypotheses": [_active(hypothesis) for hypothesis in view.hypotheses],
        "latest_evidence": [_evidence(file) for file in files[: -LATEST - 1 : -1]],
        "working_conclusion": {
            "summary": conclusion.conclusion.line().text,
            "confidence": SURE[conclusion.confidence],
            "last_updated": wire_time(conclusion.updated_at),
        }
        if conclusion
        else None,
        "problem_verification": _verification(summary),
        "next_actions": [next_step(view, best).line().text] if best else _missing(summary),
        "progress_transparency": {
            "active": False,
            "pending_milestone": None,
            "milestone_description": None,
            "repair_type": None,
        },
    }


def _over(summary: CaseStatus) -> dict[str, Any]:
    view, case = summary.view, summary.case
    closed = summary.row.closed_at
    ended_at = case.resolved_at or closed or summary.row.updated_at
    is_resolved = case.state is CaseState.RESOLVED
    return {
        "resolved_at": wire_time(ended_at),
        "closed_at": wire_time(closed) if closed else None,
        "closure_reason": closure_reason(case),
        "problem_statement": _impact(summary) or case.title.text,
        "root_cause": _root_cause(summary),
        "solution_applied": {
            "description": case.solution.line().text if case.solution else "",
            "applied_at": wire_time(ended_at),
            "applied_by": case.resolved_by or "",
        },
        "verification_status": {
            "verified": any(
                fix.state is SolutionState.VALIDATED for fix in view.investigation.solutions
            ),
            "verification_method": "evidence from after the fix" if is_resolved else "none",
            "details": "",
        },
        "resolution_summary": {
            "total_duration_minutes": int((ended_at - case.opened_at).total_seconds() // MINUTE_S),
            "milestones_completed": len(indicators(summary)),
            "hypotheses_tested": len(view.hypotheses),
            "evidence_collected": case.files,
            "key_insights": [],
        },
        "reports_available": [
            {
                "report_type": "resolution_summary" if is_resolved else "closure_summary",
                "status": "auto_generated" if is_resolved else "skipped",
                "reason": None if is_resolved else "closed without a solution",
            }
        ],
    }


def _root_cause(summary: CaseStatus) -> dict[str, Any]:
    """Never null: older builds of the extension read its fields without asking."""
    cause = root_cause(summary.view)
    graded = {"severity": PRIORITY_OF[summary.case.severity], "cause_overclaim": False}
    if cause is None:
        return graded | {
            "root_cause_id": "",
            "description": "",
            "category": "other",
            "cause_assurance": "no_root",
        }
    is_confirmed = cause.state is HypothesisState.VALIDATED
    return graded | {
        "root_cause_id": hypothesis_id(cause.number),
        "description": cause.statement.line().text,
        "category": cause_category(cause.cause.fault),
        "cause_assurance": "confirmed" if is_confirmed else "mechanistic",
    }


def _verification(summary: CaseStatus) -> dict[str, Any]:
    case, priority = summary.case, PRIORITY_OF[summary.case.severity]
    services = {
        hypothesis.cause.service
        for hypothesis in open_hypotheses(summary.view)
        if hypothesis.cause.service
    } | ({case.service} if case.service else set())
    return {
        "severity": priority,
        "urgency_level": priority,
        "user_impact": _impact(summary),
        "temporal_state": {
            "state": "ongoing" if case.quiet_since is None else "recovered",
            "started_at": wire_time(case.opened_at),
            "last_occurrence_at": wire_time(case.quiet_since) if case.quiet_since else None,
        },
        "impact": {
            "affected_services": sorted(services),
            "affected_users": None,
            "affected_regions": None,
        },
    }


def _impact(summary: CaseStatus) -> str | None:
    conclusion = summary.view.investigation.conclusion
    return conclusion.impact.why.line().text if conclusion and conclusion.impact else None


def _missing(summary: CaseStatus) -> list[str]:
    conclusion = summary.view.investigation.conclusion
    steps: tuple[RedactedText, ...] = conclusion.next_steps if conclusion else ()
    return [step.line().text for step in steps]


def _active(hypothesis: Hypothesis) -> dict[str, Any]:
    why = hypothesis.verdict_why
    return {
        "hypothesis_id": hypothesis_id(hypothesis.number),
        "text": hypothesis.statement.line().text,
        "likelihood": round(hypothesis.confidence, 4),
        "state": HYPOTHESES[hypothesis.state],
        "evidence_count": len(hypothesis.supporting) + len(hypothesis.contradicting),
        "refutation_reason": why.line().text if why and not hypothesis.is_alive else None,
    }


def _evidence(known: CaseFile) -> dict[str, Any]:
    file = known.file
    return {
        "evidence_id": file.id,
        "type": "log_file" if known.origin is DataOrigin.FILE else "user_input",
        "summary": file_line(file).text,
        "timestamp": wire_time(file.received_at),
        "relevance_score": 1.0 if known.findings else 0.0,
        "category": "SYMPTOM_EVIDENCE" if known.findings else "OTHER",
        "collected_at_turn": known.turn,
        "source_filename": file.name.text,
    }


def _hypothesis(hypothesis: Hypothesis) -> HypothesisAnswer:
    return HypothesisAnswer(
        hypothesis_id=hypothesis_id(hypothesis.number),
        number=hypothesis.number,
        rank=hypothesis.rank,
        text=hypothesis.statement.line().text,
        state=HYPOTHESES[hypothesis.state],
        phase=hypothesis.state,
        confidence=round(hypothesis.confidence, 4),
        supporting=[_citation(line) for line in hypothesis.supporting],
        contradicting=[_citation(line) for line in hypothesis.contradicting],
        check=hypothesis.check.line().text,
        verdict_by=hypothesis.verdict_by,
        proposed_at=hypothesis.proposed_at,
        updated_at=hypothesis.updated_at,
    )


def _citation(line: Citation) -> CitationAnswer:
    return CitationAnswer(
        text=quote(line.text).text,
        locus=line.label,
        weight=round(line.weight, 3),
        why=line.why.line().text,
    )
