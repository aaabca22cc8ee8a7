"""What an investigation came to: the case, its first screen, and its JSON document."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.cases.ports import Dossier
from core.clock import wire_time
from core.conversation.cards.hypothesis_cards import hypotheses_card
from core.conversation.cards.quotes import gap_step
from core.conversation.reports.timeline import timeline_of
from core.evidence.model import Coverage
from core.investigation.answering.responses import Response
from core.investigation.causes.troubles import ServiceHealth
from core.investigation.checklist import ChecklistStep, checklist
from core.investigation.decision import Decision, Situation
from core.investigation.memory.prompt_context import EvidenceLine, evidence
from core.investigation.service_names import ServiceNames, one_name_each
from core.investigation.told_calls import with_calls_told
from core.investigation.verdict.conclusion import draw_conclusion
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Check, Citation, Hypothesis
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.evidence.model import EvidenceFile, Locus

MICRO = 1_000_000  # of a dollar
BRIEF_TOKENS = 4_000


@dataclass(frozen=True, kw_only=True)
class Investigation:
    """What the case holds at the end."""

    dossier: Dossier
    redactor: Redactor
    situation: Situation
    decision: Decision
    answer: Response | None
    seconds: float = 0.0

    @cached_property
    def view(self) -> CaseView:
        """The case with what was decided at the moment that the question is about."""
        view, decision = self.dossier.view, self.decision
        drawn = draw_conclusion(view.investigation, decision, at=self.situation.at)
        investigation = replace(view.investigation, conclusion=drawn)
        return replace(view, hypotheses=decision.hypotheses, investigation=investigation)

    @cached_property
    def brief(self) -> list[EvidenceLine]:
        """What a reasoner with a model would be handed of the evidence."""
        health = ServiceHealth(with_calls_told(one_name_each(self.situation)))
        return evidence(health, suffered=self.decision.impact, room=BRIEF_TOKENS)

    @property
    def screen(self) -> Card:
        """What is read first. Nobody can answer it: the case is gone with the command."""
        return hypotheses_card(
            self.view, files=self.dossier.files, redactor=self.redactor, is_kept=False
        )


def document(outcome: Investigation) -> dict[str, Any]:
    """All of it, as `--json` prints it."""
    decision = outcome.decision
    return {
        "verdict": decision.verdict,
        "screen": [
            {"text": row.text.text, "citation": row.citation} for row in outcome.screen.rows
        ],
        "impact": _citation(decision.impact) if decision.impact else None,
        "trigger": _citation(decision.trigger) if decision.trigger else None,
        "hypotheses": [_hypothesis(hypothesis) for hypothesis in decision.hypotheses],
        "timeline": [
            {
                "at": wire_time(moment.at),
                "text": moment.text.text,
                "locus": _locus(moment.locus),
            }
            for moment in timeline_of(outcome.dossier, redactor=outcome.redactor)
        ],
        "next_question": decision.next_question.text if decision.next_question else None,
        "missing": [item.text for item in decision.missing],
        "checks": [_check(check) for check in decision.checks],
        "causes": [
            {
                "service": scored.cause.service,
                "signal": scored.cause.signal,
                "fault": scored.cause.fault,
                "score": round(scored.score, 3),
            }
            for scored in decision.causes
        ],
        "answer": outcome.answer.text.text if outcome.answer else None,
        "checklist": [_step(step) for step in checklist(outcome.view, outcome.dossier)],
        "brief": [{"text": line.text.text, "locus": _locus(line.locus)} for line in outcome.brief],
        "services": _services(ServiceNames(outcome.situation)),
        "files": [_file(file) for file in outcome.dossier.files],
        "coverage": _coverage(outcome.dossier.files),
        "spent": _spent(outcome),
    }


def _file(file: EvidenceFile) -> dict[str, Any]:
    """state: `read`, `in_part`, or `not_read`, which `problem` gives the reason for."""
    return {
        "name": file.name.text,
        "state": file.coverage,
        "data_type": file.data_type if file.coverage is not Coverage.NONE else None,
        "lines": file.lines if file.coverage is not Coverage.NONE else 0,
        "size": file.size,
        "problem": file.problem.text if file.problem else None,
        "next_step": None if file.coverage is Coverage.WHOLE else gap_step(file),
    }


def _coverage(files: Sequence[EvidenceFile]) -> dict[str, int]:
    files = [file for file in files if not file.is_unpacked]  # its members count
    counts = Counter(file.coverage for file in files)
    states = (Coverage.WHOLE, Coverage.PART, Coverage.NONE)
    return {"files": len(files), **{state.value: counts[state] for state in states}}


def _services(names: ServiceNames) -> dict[str, Any]:
    return {
        "known": list(names.applied_names),
        "same": [
            {
                "name": alias.name,
                "alias": alias.alias,
                "why": alias.why.text,
                "locus": _locus(alias.locus),
            }
            for alias in names.same
        ],
        "conflicts": [
            {"alias": conflict.alias, "names": list(conflict.names)} for conflict in names.conflicts
        ],
    }


def _spent(outcome: Investigation) -> dict[str, Any]:
    spent = outcome.dossier.view.investigation.spent
    return {
        "rounds": spent.rounds,
        "calls": spent.calls,
        "tokens": spent.tokens,
        "cost": spent.cost / MICRO,
        "seconds": round(outcome.seconds, 3),
    }


def _step(step: ChecklistStep) -> dict[str, Any]:
    return {
        "step": step.name,
        "filled": step.filled,
        "says": step.says.text,
        "wants": step.wants.text,
        "citations": [_citation(line) for line in step.citations],
    }


def _check(check: Check) -> dict[str, Any]:
    """gain: expected bits. Hypothesis 0 is something else."""
    return {
        "ask": check.ask.text,
        "command": check.command.text if check.command else None,
        "gain": check.gain,
        "expectations": [
            {
                "hypothesis": expected.hypothesis,
                "says": expected.says.text,
                "likely": expected.likely,
            }
            for expected in check.expectations
        ],
    }


def _hypothesis(hypothesis: Hypothesis) -> dict[str, Any]:
    return {
        "statement": hypothesis.statement.text,
        "cause": {
            "service": hypothesis.cause.service,
            "signal": hypothesis.cause.signal,
            "fault": hypothesis.cause.fault,
        },
        "state": hypothesis.state,
        "confidence": round(hypothesis.confidence, 4),
        "supporting": [_citation(line) for line in hypothesis.supporting],
        "contradicting": [_citation(line) for line in hypothesis.contradicting],
        "check": hypothesis.check.text,
    }


def _citation(line: Citation) -> dict[str, Any]:
    return {
        "text": line.text.text,
        "why": line.why.text,
        "locus": _locus(line.locus),
    }


def _locus(locus: Locus | None) -> dict[str, Any] | None:
    if locus is None:
        return None
    return {"file": locus.file, "line_start": locus.line_start, "line_end": locus.line_end}
