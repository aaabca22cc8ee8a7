"""What is known when a turn begins? Read from the tables, in one consistent view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind
from core.investigation.decision import Situation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.cases.events import CaseView
    from core.ports import Clock, Unit


async def observe(unit: Unit, view: CaseView, *, clock: Clock) -> Situation:
    """Alerts, files and findings of one case, with the hypotheses and verdicts so far."""
    findings = await unit.files.findings(view.case.id)
    return Situation(
        at=clock.now(),
        occurrences=tuple(await unit.occurrences.of_case(view.case.id)),
        files=tuple(await unit.files.of_case(view.case.id)),
        findings=findings,
        hypotheses=view.hypotheses,
        course=view.course,
        calls=topology(finding for found in findings.values() for finding in found),
    )


def topology(findings: Iterable[Finding]) -> tuple[tuple[str, str], ...]:
    """(caller, callee) pairs that files of the case tell of."""
    return tuple(
        (str(finding.data["caller"]), str(finding.data["callee"]))
        for finding in findings
        if finding.kind is FindingKind.CALL
    )
