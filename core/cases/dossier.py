"""Dossier: everything that the tables hold of one case, read in one consistent view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.alerts.model import Occurrence
from core.cases.events import CaseEvent, CaseView
from core.cases.model import Question
from core.evidence.model import EvidenceFile, Finding
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.cases.ports import CasesUnit


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """One case with everything that belongs to it; `texts` by digest, `findings` by file id."""

    view: CaseView
    events: tuple[CaseEvent, ...] = ()
    texts: Mapping[str, RedactedText] = field(default_factory=dict)
    occurrences: tuple[Occurrence, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()


async def gather(unit: CasesUnit, case_id: str) -> Dossier:
    """The dossier of a case. Raises NotFound."""
    return Dossier(
        view=await unit.cases.view(case_id),
        events=tuple(await unit.cases.events(case_id)),
        texts=await unit.cases.texts(case_id),
        occurrences=tuple(await unit.occurrences.of_case(case_id)),
        files=tuple(await unit.files.of_case(case_id)),
        findings=await unit.files.findings(case_id),
        questions=tuple(await unit.questions.of_case(case_id)),
    )
