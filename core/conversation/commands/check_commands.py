"""What is to be tried next, and what came of it? The verbs `run` and `result`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.cases.lifecycle import Change, investigate, record, speak
from core.conversation.cards.check_cards import check_card, nothing_to_check, scored_card
from core.conversation.commands.named_hypothesis import named
from core.conversation.messages.outbox import publish_case
from core.errors import NotAllowedNow, WrongUsage
from core.investigation.checks.arrivals import open_checks
from core.investigation.checks.asking import asked, scored
from core.investigation.checks.choosing import next_checks
from core.investigation.checks.outcomes import found_something, read_output, told
from core.investigation.situation import observe
from core.workflows.evidence_intake import add_file

if TYPE_CHECKING:
    from core.cases.events import CaseView
    from core.cases.hypotheses import Check, Hypothesis
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import Order
    from core.investigation.checks.outcomes import Seen
    from core.store import Unit
    from core.workflows.services import Services

YES = frozenset({"yes", "y", "shown", "true"})
NO = frozenset({"no", "n", "not", "false"})


async def run(unit: Unit, order: Order, *, services: Services) -> Card:
    """The check that separates the rivals best; of the hypothesis that is named, its own."""
    view = await unit.cases.view(order.case_id)
    checks = await _checks(unit, view, services=services)
    if order.arguments.number is not None:
        one = named(view, order.arguments.number)
        checks = [check for check in checks if _is_of(check, one)]
    if not checks:
        return nothing_to_check(view.case, None)
    number = _about(view, checks[0])
    return check_card(view.case, checks, number, hypotheses=view.hypotheses)


async def result(unit: Unit, order: Order, *, services: Services) -> Card:
    """A person tried the check of a hypothesis: what they saw is scored, and kept as evidence."""
    view = await unit.cases.view(order.case_id, lock=True)
    one = named(view, order.arguments.number or 0)
    checks = [check for check in await _checks(unit, view, services=services) if _is_of(check, one)]
    if not checks:
        message = f"no check of {one.number} is open in #{view.case.number}"
        raise NotAllowedNow(message, next_step="Type `run` for what to try next.")
    check, seen = _read(checks, order, one)
    by = order.command.by
    view, answered_by = await _keep(unit, view, order, services=services)
    view = await speak(unit, view, by=by, services=services)
    changes: list[Change] = []
    if not any(is_open.check == check for is_open in open_checks(view.course)):
        changes.append(asked(check))
    changes.append(scored(check, seen, answered_by=answered_by))
    now = services.clock.now()
    view = await record(unit, view, view.case.id, changes, at=now, actor=by)
    await investigate(unit, view, services=services)
    await publish_case(unit, view, services=services)
    return scored_card(view.case, check, seen)


def is_tap(text: str) -> bool:
    """Does somebody say what they saw, rather than bring it?"""
    return text.strip().lower().rstrip(".!") in YES | NO


def result_name(number: int) -> str:
    """What the file is called that holds what a check printed."""
    return f"result-{number}.txt"


async def _checks(unit: Unit, view: CaseView, *, services: Services) -> list[Check]:
    situation = await observe(unit, view, clock=services.clock)
    left = 1 - math.fsum(one.confidence for one in view.hypotheses)
    return list(next_checks(situation, view.hypotheses, max(0.0, left)))


def _read(checks: list[Check], order: Order, one: Hypothesis) -> tuple[Check, Seen]:
    """The check that is answered, and how. Raises WrongUsage where nothing is said."""
    said = order.arguments.text
    if not said:
        message = "what did it print? Nothing came with it"
        raise WrongUsage(message, next_step=f"For example: result {one.number} yes")
    if is_tap(said):
        shown = said.strip().lower().rstrip(".!") in YES
        by = order.redactor.clean(order.command.by).line()
        return checks[0], told(checks[0], shown=shown, by=by)
    text, name = order.redactor.clean(said), result_name(one.number)
    readings = [(check, read_output(check, text, file=name)) for check in checks]
    return next((pair for pair in readings if found_something(*pair)), readings[0])


async def _keep(
    unit: Unit, view: CaseView, order: Order, *, services: Services
) -> tuple[CaseView, str]:
    """What was pasted is a file of the case; the id of whatever answers the check."""
    by = order.command.by
    if order.pasted is None:
        return view, by
    name = result_name(order.arguments.number or 0)
    file = await add_file(unit, view, order.pasted, name=name, by=by, services=services)
    if file is None:
        return view, by
    return await unit.cases.view(view.case.id, lock=True), file.id


def _is_of(check: Check, one: Hypothesis) -> bool:
    return check.name.startswith(f"{one.cause.key}/")


def _about(view: CaseView, check: Check) -> int:
    return next(one.number for one in view.hypotheses if _is_of(check, one))
