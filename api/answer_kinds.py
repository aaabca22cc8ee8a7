"""What kind of answer a turn got, in the nine words of the agent's door."""

from __future__ import annotations

from enum import StrEnum

from core.conversation.cards.card import Card, Mark
from core.conversation.cards.verdict_rows import proposed
from core.conversation.commands.vocabulary import VERBS
from core.workflows.exchange_answers import ExchangeAnswer


class AnswerKind(StrEnum):
    """What whoever asked is to make of it."""

    ANSWER = "ANSWER"
    PLAN_PROPOSAL = "PLAN_PROPOSAL"  # commands to run, to tell the causes apart
    CLARIFICATION_REQUEST = "CLARIFICATION_REQUEST"  # which of several is meant
    CONFIRMATION_REQUEST = "CONFIRMATION_REQUEST"  # it would change something: yes or no
    SOLUTION_READY = "SOLUTION_READY"  # a fix is proposed, or was found
    NEEDS_MORE_DATA = "NEEDS_MORE_DATA"  # nothing to weigh yet
    ESCALATION_REQUIRED = "ESCALATION_REQUIRED"  # the engine gets no further alone
    STATUS_UPDATE = "STATUS_UPDATE"  # nothing was asked: what came of what was brought
    ERROR = "ERROR"  # it was refused, or failed; the text says what to do


def answer_kind(answer: ExchangeAnswer) -> AnswerKind:
    """The first that holds, from what must be seen to what may be."""
    return _of_reply(answer.cards) or _of_case(answer) or _of_exchange(answer)


def _of_reply(cards: tuple[Card, ...]) -> AnswerKind | None:
    if any(card.mark is Mark.REFUSED for card in cards):
        return AnswerKind.ERROR
    if any(row.code for card in cards for row in card.rows):
        return AnswerKind.PLAN_PROPOSAL
    return _asks_back(cards)


def _of_case(answer: ExchangeAnswer) -> AnswerKind | None:
    """What the case has come to, whatever was said."""
    view, escalated_at = answer.view, answer.view.investigation.escalated_at
    if escalated_at is not None and escalated_at >= answer.exchange.asked_at:
        return AnswerKind.ESCALATION_REQUIRED
    if proposed(view) is not None or view.case.solution is not None:
        return AnswerKind.SOLUTION_READY
    return None if view.case.files else AnswerKind.NEEDS_MORE_DATA


def _of_exchange(answer: ExchangeAnswer) -> AnswerKind:
    return AnswerKind.ANSWER if answer.exchange.message_id else AnswerKind.STATUS_UPDATE


def _asks_back(cards: tuple[Card, ...]) -> AnswerKind | None:
    """A single reply with nothing but buttons that change something, or that say which is meant."""
    if len(cards) != 1 or cards[0].mark is not Mark.ANSWER or not cards[0].actions:
        return None
    verbs = [action.verb for action in cards[0].actions]
    if len(verbs) > 1 and len(set(verbs)) == 1:
        return AnswerKind.CLARIFICATION_REQUEST
    changing = all(VERBS[verb].changes for verb in verbs)
    return AnswerKind.CONFIRMATION_REQUEST if changing else None
