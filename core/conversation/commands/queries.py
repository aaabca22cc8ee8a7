"""What does a person see who asks for it? Answered from the tables at once, nothing is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.dossier import gather
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.evidence_cards import evidence_card, file_again, hypotheses_card
from core.conversation.cards.handoff_cards import catch_up_card, handoff_card
from core.conversation.cards.status_card import Held, standing
from core.conversation.cards.timeline_cards import timeline_card
from core.conversation.cards.why_card import why_card
from core.conversation.commands.named_hypothesis import named
from core.conversation.messages.outbox import draw_case
from core.conversation.reports.report import report_of
from core.conversation.reports.timeline import whole_timeline
from core.errors import NotFound
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.model import Case
    from core.conversation.commands.command import Order
    from core.evidence.model import EvidenceFile
    from core.store import Unit
    from core.workflows.services import Services


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


async def why(unit: Unit, order: Order, *, services: Services) -> Card:  # noqa: ARG001
    """What speaks for a hypothesis and against it; of the one believed most where none is named."""
    view = await unit.cases.view(order.case_id)
    one = named(view, order.arguments.number)
    return why_card(view.case, one)


async def timeline(unit: Unit, order: Order, *, services: Services) -> Card:
    """What happened when: alerts, what files tell, what people did."""
    dossier = await gather(unit, order.case_id)
    return timeline_card(
        dossier.view.case,
        whole_timeline(dossier, redactor=order.redactor),
        window=order.arguments.window,
        now=services.clock.now(),
        redactor=order.redactor,
    )


async def handoff(unit: Unit, order: Order, *, services: Services) -> Card:
    """For the next shift: open questions, promises, the state."""
    return await draw_handoff(unit, order.case_id, services=services)


async def draw_handoff(unit: Unit, case_id: str, *, services: Services) -> Card:
    """The same, however it was asked for."""
    dossier = await gather(unit, case_id)
    return handoff_card(
        dossier,
        await draw_case(unit, dossier.view, services=services),
        now=services.clock.now(),
        resolve_after=services.rules.resolve_after,
        redactor=services.redactor(case_id),
    )


async def draw_catch_up(unit: Unit, case_id: str, *, services: Services) -> Card:
    """Five lines for who joins late."""
    view = await unit.cases.view(case_id)
    return catch_up_card(view, await draw_case(unit, view, services=services))


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
