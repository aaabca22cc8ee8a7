"""What does a person see who asks for it? Answered from the tables at once, nothing is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.dossier import gather
from core.cases.reports import report_of
from core.clean import Clean
from core.conversation.model import Card, Mark, Row
from core.conversation.outbox import draw_case
from core.conversation.present import evidence_card, file_again, hypotheses_card
from core.conversation.standing import Held, standing
from core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Case
    from core.conversation.order import Order
    from core.evidence.model import EvidenceFile
    from core.services import Services
    from core.store import Unit


async def status(unit: Unit, order: Order, *, services: Services) -> Card:
    """The case card; folded, what is believed, the five steps, and what it took."""
    view = await unit.cases.view(order.case_id)
    held = Held(
        occurrences=tuple(await unit.occurrences.of_case(order.case_id)),
        files=tuple(await unit.files.of_case(order.case_id)),
        findings=await unit.files.findings(order.case_id),
    )
    card = await draw_case(unit, view, services=services)
    return replace(card, fold=standing(view, held, now=services.clock.now()))


async def hypotheses(unit: Unit, order: Order, *, services: Services) -> Card:  # noqa: ARG001
    """Every hypothesis with its lines."""
    return hypotheses_card(await unit.cases.view(order.case_id), redactor=order.redactor)


async def report(unit: Unit, order: Order, *, services: Services) -> Card:
    """The Markdown report, folded."""
    dossier = await gather(unit, order.case_id)
    case = dossier.view.case
    text = report_of(dossier, now=services.clock.now(), redactor=order.redactor)
    lines = text.text.count("\n") + 1
    title = Clean.say("{tag} report, {n} lines of Markdown", tag=case.tag, n=lines)
    return Card(
        key=f"report:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=(Row(text=title, strong=True),),
        fold=(Row(text=text),),
        case_number=case.number,
    )


async def evidence(unit: Unit, order: Order, *, services: Services) -> Card:
    """All that the case rests on; one file of it where the person named one."""
    case = (await unit.cases.view(order.case_id)).case
    files = await unit.files.of_case(case.id)
    if order.arguments.file is not None:
        return await _one_file(unit, case, files, order.arguments.file)
    return evidence_card(
        case,
        occurrences=await unit.occurrences.of_case(case.id),
        files=files,
        now=services.clock.now(),
        redactor=order.redactor,
    )


async def _one_file(unit: Unit, case: Case, files: Sequence[EvidenceFile], number: int) -> Card:
    findings = await unit.files.findings(case.id)
    for file in files:
        if file.number == number:
            card = file_again(file, findings.get(file.id, ()))
            return replace(card, case_number=case.number)
    message = f"#{case.number} has no evidence e{number}"
    raise NotFound(message, next_step="Type `evidence` for what there is.")
