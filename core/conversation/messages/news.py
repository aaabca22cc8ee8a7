"""What does the engine say in a case without being asked? What people must act on, once.

A fix that is ready to be made, and a call for help. Everything else is on the case's card.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.conversation.cards.card import Card
from core.conversation.cards.response_cards import body_of
from core.conversation.messages.outbox import tell_case
from core.investigation.answering.proposals import escalation, solution_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cases.events import CaseView
    from core.investigation.answering.responses import Response
    from core.investigation.decision import Decision, Situation
    from core.store import Unit
    from core.workflows.services import Services


async def announce(
    unit: Unit,
    before: CaseView,
    view: CaseView,
    situation: Situation,
    decision: Decision,
    *,
    services: Services,
) -> None:
    """Queue what the turn brought, to every place where the case is at home.

    before: the case when the turn began to act. view: the case with what it concluded.
    """
    known = replace(situation, course=view.course)
    for name, response in news(before, view, known, decision):
        await tell_case(unit, view, _card(view, name, response), services=services)


def news(
    before: CaseView, view: CaseView, situation: Situation, decision: Decision
) -> Iterator[tuple[str, Response]]:
    """(name, response) of what came up between two states of a case."""
    numbers = {one.number for one in before.course.solutions}
    proposed = [one for one in view.course.solutions if one.number not in numbers]
    ready = solution_ready(situation, decision) if proposed else None
    if ready is not None:
        yield f"fix{ready.solution.number}", ready
    if view.course.escalated_at != before.course.escalated_at:
        yield f"help{view.case.version}", escalation(situation, decision)


def _card(view: CaseView, name: str, response: Response) -> Card:
    body = body_of(response, hypotheses=view.hypotheses)
    return Card(
        key=f"news:{view.case.id}:{name}",
        version=view.case.version,
        mark=body.mark,
        rows=body.rows,
        fold=body.fold,
        actions=body.actions,
        case_number=view.case.number,
    )
