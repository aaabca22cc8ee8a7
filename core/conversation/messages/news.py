"""What is said with a new line in a case's place, and what becomes of the buttons of older lines.

Runs inside a unit of work, as `outbox` does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.conversation.cards.case_card import CASE_CARD
from core.conversation.cards.news_cards import (
    cause_card,
    response_card,
    turning_points,
    without_stale_actions,
)
from core.conversation.cards.quotes import with_shown_names
from core.conversation.cards.verdict_rows import proposed, root_cause
from core.conversation.messages.channels import channels_of_case
from core.conversation.messages.outbox import queue_case_card, replace_card
from core.investigation.answering.proposals import escalation, solution_ready
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.conversation.ports import Unit
    from core.investigation.decision import Decision, Situation


async def queue_turning_points(
    unit: Unit, before: CaseView, view: CaseView, *, by: RedactedText = RedactedText.EMPTY
) -> None:
    """Queue a line where the case is back or worse. by: who reopened it; empty for alerts."""
    for card in turning_points(before, view, now=unit.now, by=by):
        await queue_case_card(unit, view, card)


async def queue_turn_news(
    unit: Unit, before: CaseView, view: CaseView, situation: Situation, decision: Decision
) -> None:
    """Queue what the turn brought, to every place where the case is at home.

    before: the case when the turn began to act. view: the case with what it concluded.
    """
    updated = replace(situation, investigation=view.investigation)
    files = await unit.files.of_case(view.case.id)
    for card in news(before, view, updated, decision):
        await queue_case_card(unit, view, with_shown_names(card, files))
    if root_cause(view) is None and root_cause(before) is not None:
        await retire_actions(unit, view)


def news(before: CaseView, view: CaseView, situation: Situation, decision: Decision) -> list[Card]:
    """What came up between two states of a case: its cause or a fix, and a call for help.

    The first cause is a new line; another one takes its place.
    """
    cards: list[Card] = []
    if view.case.state.is_open and _subject(view) not in (_subject(before), (None, None)):
        ready = solution_ready(situation, decision) if proposed(view) else None
        cards += filter(None, [cause_card(view, ready)])
    if view.investigation.escalated_at != before.investigation.escalated_at:
        called = escalation(situation, decision)
        cards.append(response_card(view, f"help{view.case.version}", called))
    return cards


async def retire_actions(unit: Unit, view: CaseView) -> None:
    """Take the buttons off older cards of the case that offer what is decided by now.

    The case's own card follows from its events.
    """
    for home in await channels_of_case(unit, view.case):
        for message in await unit.conversation.messages(home.place):
            card = message.card
            if card.case_number != view.case.number or card.key.startswith(CASE_CARD):
                continue
            kept = without_stale_actions(card, view)
            if kept.actions != card.actions:
                await replace_card(unit, view.case, message, kept)


def _subject(view: CaseView) -> tuple[int | None, int | None]:
    """The numbers of the root cause and of the fix that waits."""
    cause, fix = root_cause(view), proposed(view)
    return (cause.number if cause else None, fix.number if fix else None)
