"""Pictures of a case over the API: what happened when, and which service set off which."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.ports import gather
from core.conversation.cards.verdict_rows import root_cause
from core.conversation.reports.timeline import whole_timeline
from core.evidence.pictures.style import Form, Picture
from core.evidence.pictures.timeline import draw_timeline
from core.investigation.causes_picture import boxes
from core.investigation.causes_svg import draw_causes_svg
from core.investigation.decision import Decision, Situation, Verdict, undecided
from core.investigation.joined_files import with_joined_files
from core.investigation.service_names import one_name_each
from core.investigation.situation import topology
from core.workflows.case_access import visible_case

if TYPE_CHECKING:
    from datetime import datetime

    from core.accounts.model import Account
    from core.cases.ports import Dossier
    from core.cases.projection import CaseView
    from core.workflows.services import Services

_WORTH_A_GRAPH = 2  # services


async def timeline_picture(
    case_id: str, account: Account, *, form: Form, services: Services
) -> Picture:
    """A lane for each service, with what happened in it. Raises NotFound."""
    async with services.reading() as unit:
        await visible_case(unit, case_id, account)
        dossier = await gather(unit, case_id)
    redactor = services.redactor(case_id)
    return await asyncio.to_thread(
        lambda: draw_timeline(whole_timeline(dossier, redactor=redactor), form)
    )


async def causes_picture(
    case_id: str, account: Account, *, form: Form, services: Services
) -> Picture:
    """The services with their causes, callers left of what they call. Raises NotFound."""
    async with services.reading() as unit:
        await visible_case(unit, case_id, account)
        dossier = await gather(unit, case_id)
    return await asyncio.to_thread(_draw_causes, dossier, services.now, form)


def _draw_causes(dossier: Dossier, at: datetime, form: Form) -> Picture:
    from core.investigation.verdict_picture import draw_verdict  # noqa: PLC0415 - loads numpy

    situation = situation_of(dossier, at=at)
    decision = decision_of(situation, dossier.view)
    if form == "svg" and (drawn := draw_causes_svg(decision, situation)):
        return Picture(form, drawn)
    return draw_verdict(decision, situation, series={}, form=form)


def draw_report_causes(dossier: Dossier, *, at: datetime) -> bytes:
    """The graph for a report, as SVG; empty where there are no two services to tell apart."""
    situation = situation_of(dossier, at=at)
    decision = decision_of(situation, dossier.view)
    if len(boxes(decision, situation)) < _WORTH_A_GRAPH:
        return b""
    return draw_causes_svg(decision, situation)


def situation_of(dossier: Dossier, *, at: datetime) -> Situation:
    """What a case knows, each service by one name."""
    findings = chain.from_iterable(dossier.findings.values())
    situation = Situation(
        at=at,
        occurrences=dossier.occurrences,
        files=dossier.files,
        findings=dossier.findings,
        hypotheses=dossier.view.hypotheses,
        calls=topology(findings),
    )
    return one_name_each(with_joined_files(situation))


def decision_of(situation: Situation, view: CaseView) -> Decision:
    """What the case came to, as its hypotheses say: no reasoner is asked for a picture."""
    decision = undecided(situation, ())
    ranked = sorted(decision.hypotheses, key=lambda hypothesis: hypothesis.rank)
    verdict = Verdict.ROOT_CAUSE if root_cause(view) is not None else decision.verdict
    return replace(decision, hypotheses=tuple(ranked), verdict=verdict)
