"""The commands `run`, `result` and `fixed`: propose a check, score its result, confirm a fix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.cases.evidence_files import add_file
from core.cases.investigation_state import SolutionState
from core.cases.lifecycle import Change, confirm_solution, investigate, record, speak
from core.conversation.cards.card import Action, Card
from core.conversation.cards.check_cards import check_card, nothing_to_check, scored_card
from core.conversation.cards.reply_cards import note
from core.conversation.commands.command import CaseCommand, named
from core.conversation.commands.verdict_commands import UNDO_HINT, undo_action
from core.conversation.messages.news import retire_actions
from core.errors import NotAllowedNow, WrongUsage
from core.investigation.situation import observe
from core.investigation.verdict.asked_checks import (
    Seen,
    asked,
    found_something,
    open_checks,
    read_output,
    scored,
    told,
)
from core.investigation.verdict.next_checks import next_checks
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.cases.model import Check, Hypothesis
    from core.cases.projection import CaseView
    from core.conversation.ports import Unit

YES = frozenset({"yes", "y", "shown", "true"})
NO = frozenset({"no", "n", "not", "false"})


async def run(unit: Unit, order: CaseCommand) -> Card:
    """Show the check that separates the hypotheses best, or that of the named hypothesis."""
    view = await unit.cases.view(order.case_id)
    checks = await _rank_checks(unit, view)
    if order.arguments.number is not None:
        hypothesis = named(view, order.arguments.number)
        checks = [check for check in checks if _is_check_of(check, hypothesis)]
    if not checks:
        return nothing_to_check(view.case, None)
    number = _hypothesis_number(view, checks[0])
    return check_card(view.case, checks, number, hypotheses=view.hypotheses)


async def result(unit: Unit, order: CaseCommand) -> Card:
    """Score what a person saw of the check of a hypothesis, and keep it as evidence."""
    view = await unit.cases.view(order.case_id, lock=True)
    hypothesis = named(view, order.arguments.number or 0)
    checks = [check for check in await _rank_checks(unit, view) if _is_check_of(check, hypothesis)]
    if not checks:
        message = f"no check of {hypothesis.number} is open in #{view.case.number}"
        raise NotAllowedNow(message, next_step="Type `run` for what to try next.")
    check, seen = _read_answer(checks, order, hypothesis)
    by = order.command.by
    view, answered_by = await _store_answer(unit, view, order)
    view = await speak(unit, view, by=by)
    changes: list[Change] = []
    if not any(is_open.check == check for is_open in open_checks(view.investigation)):
        changes.append(asked(check))
    changes.append(scored(check, seen, answered_by=answered_by))
    now = unit.now
    view = await record(unit, view, view.case.id, changes, at=now, actor=by)
    await investigate(unit, view)
    return scored_card(view.case, check, seen)


def is_tap(text: str) -> bool:
    """True where the text is a plain yes or no, not the output of a check."""
    return text.strip().lower().rstrip(".!") in YES | NO


def result_name(number: int) -> str:
    """The name of the file that holds the output of a check."""
    return f"result-{number}.txt"


async def fixed(unit: Unit, order: CaseCommand) -> Card:
    """Confirm that a solution was carried out; without a number, the newest proposed one."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    number = order.arguments.number or _newest_solution_number(view)
    view = await speak(unit, view, by=by)
    view = await confirm_solution(unit, view, number, by=by)
    await retire_actions(unit, view)
    (confirmed_solution,) = (
        solution for solution in view.investigation.solutions if solution.number == number
    )
    text = RedactedText.format("{tag} fix {n} marked as done.", tag=view.case.tag, n=number)
    expects = RedactedText.format("It worked if {what}.", what=confirmed_solution.expects.line())
    step = RedactedText.format(
        "What comes after now decides; bring a log of it, or wait for the alerts."
    )
    resolve = Action(verb="resolve", argument="", label=RedactedText.format("Resolve"))
    rows = (text, expects, step, UNDO_HINT)
    return note("fixed", *rows, case=view.case, actions=(resolve, undo_action("fixed", number)))


async def checks_of(unit: Unit, view: CaseView, number: int) -> list[Check]:
    """Those that were or would be suggested for a hypothesis, the next one first."""
    hypothesis = named(view, number)
    asked_before = [asked_check.check for asked_check in reversed(view.investigation.checks)]
    checks = [*await _rank_checks(unit, view), *asked_before]
    return [check for check in checks if _is_check_of(check, hypothesis)]


async def _rank_checks(unit: Unit, view: CaseView) -> list[Check]:
    situation = await observe(unit, view)
    unexplained = 1 - math.fsum(hypothesis.confidence for hypothesis in view.hypotheses)
    return list(next_checks(situation, view.hypotheses, max(0.0, unexplained)))


def _read_answer(
    checks: list[Check], order: CaseCommand, hypothesis: Hypothesis
) -> tuple[Check, Seen]:
    """The check that is answered, and how. Raises WrongUsage where nothing is said."""
    answer = order.arguments.text
    if not answer:
        message = "what did it print? Nothing came with it"
        raise WrongUsage(message, next_step=f"For example: result {hypothesis.number} yes")
    if is_tap(answer):
        shown = answer.strip().lower().rstrip(".!") in YES
        by = order.redactor.clean(order.command.by).line()
        return checks[0], told(checks[0], shown=shown, by=by)
    text, name = order.redactor.clean(answer), result_name(hypothesis.number)
    readings = [(check, read_output(check, text, file=name)) for check in checks]
    return next((pair for pair in readings if found_something(*pair)), readings[0])


async def _store_answer(unit: Unit, view: CaseView, order: CaseCommand) -> tuple[CaseView, str]:
    """Add pasted output to the case; give the view and the id of what answers the check."""
    by = order.command.by
    if order.pasted is None:
        return view, by
    name = result_name(order.arguments.number or 0)
    file = await add_file(unit, view, order.pasted, name=name, by=by)
    if file is None:
        return view, by
    return await unit.cases.view(view.case.id, lock=True), file.id


def _is_check_of(check: Check, hypothesis: Hypothesis) -> bool:
    return check.name.startswith(f"{hypothesis.cause.key}/")


def _hypothesis_number(view: CaseView, check: Check) -> int:
    return next(
        hypothesis.number for hypothesis in view.hypotheses if _is_check_of(check, hypothesis)
    )


def _newest_solution_number(view: CaseView) -> int:
    waiting = [
        solution.number
        for solution in view.investigation.solutions
        if solution.state is SolutionState.PROPOSED
    ]
    if not waiting:
        message = f"no fix is proposed in #{view.case.number}"
        step = "To say what fixed it: resolve pool set to 40"
        raise NotAllowedNow(message, next_step=step)
    return waiting[-1]
