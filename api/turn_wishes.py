"""What is meant by a turn: presses become our verbs, lines of a log evidence, the rest is asked.

The sentence that comes with a press is not read: it may be in any language.
"""

from __future__ import annotations

import re
from dataclasses import replace

from api.extension_words import (
    CLOSED,
    HYPOTHESIS_VERBS,
    INVESTIGATING,
    ORIGINS,
    RESOLVED,
    hypothesis_number,
)
from api.turn_forms import TurnForm, pasted
from core.conversation.cards.card import Action
from core.conversation.commands.command import is_pasted
from core.conversation.commands.vocabulary import ASK
from core.conversation.messages.exchange import DataOrigin
from core.errors import WrongUsage
from core.text.redacted import RedactedText
from core.workflows.exchange_intake import Wish

LEAST_LINES = 3  # of what is typed and is lines of a log: it is evidence, and no question
CONFIRMATION = "confirmation"
WHAT_NEXT = "what next?"
WHAT_HAPPENED = "what is going on?"
_ANALYZE = re.compile(r"(?:please )?analy[sz]e (?:this|these|the|attached)\b", re.IGNORECASE)
_CLOSED = RedactedText.format("Closed without a solution. To go on, type `reopen`.")
_NOTHING_ASKED = RedactedText.format("Nothing waits for a yes or a no. Type `status`.")
_NOT_DONE = RedactedText.format("Nothing was changed.")


def wish_of(form: TurnForm, *, key: str, offer: Action | None) -> Wish:
    """offer: what the answer before offers, for a press of Yes. Raises WrongUsage."""
    wish = Wish(
        key=key,
        digest=form.digest,
        text=form.query,
        data=form.data,
        origin=_origin(form),
    )
    match form.intent_type:
        case "status_transition":
            return _transition(wish, str(form.intent.get("to_state") or ""))
        case kind if kind == CONFIRMATION:
            return _confirmation(wish, offer, is_yes=form.intent.get("confirmation_value") is True)
        case "hypothesis_action":
            return _judgement(wish, form)
        case "" | "conversation":
            return _with_lines_as_data(_about_data(wish))
    message = "intent_type is none that is known"
    raise WrongUsage(message, next_step="Send conversation, or none.")


def _transition(wish: Wish, to_state: str) -> Wish:
    match to_state:
        case state if state == INVESTIGATING:
            return replace(wish, verb=ASK, argument=WHAT_NEXT)
        case state if state == RESOLVED:
            return replace(wish, verb="resolve")
        case state if state == CLOSED:
            return replace(wish, reply=_CLOSED, closes=True)
    message = "to_state is none that a case can be brought to"
    raise WrongUsage(message, next_step="Send investigating, resolved or closed.")


def _confirmation(wish: Wish, offer: Action | None, *, is_yes: bool) -> Wish:
    if offer is None:
        return replace(wish, reply=_NOTHING_ASKED)
    if not is_yes:
        return replace(wish, reply=_NOT_DONE)
    return replace(wish, verb=offer.verb, argument=offer.argument)


def _judgement(wish: Wish, form: TurnForm) -> Wish:
    """Raises WrongUsage."""
    verb = HYPOTHESIS_VERBS.get(str(form.intent.get("action") or ""))
    number = hypothesis_number(str(form.intent.get("hypothesis_id") or ""))
    if verb is None or not number.isascii() or not number.isdecimal():
        message = "intent_data names no hypothesis, or no action"
        raise WrongUsage(message, next_step="Send a hypothesis_id, and validate or refute.")
    return replace(wish, verb=verb, argument=number)


def _about_data(wish: Wish) -> Wish:
    """`Analyze these logs`: what clients say where nobody typed a question to the data."""
    if not wish.data or not _ANALYZE.match(wish.text):
        return wish
    return replace(wish, verb=ASK, argument=WHAT_HAPPENED)


def _with_lines_as_data(wish: Wish) -> Wish:
    """Whoever types lines of a log asks nothing."""
    lines = wish.text.count("\n") + 1
    if wish.data or lines < LEAST_LINES or not is_pasted(wish.text):
        return wish
    return replace(wish, text="", data=(pasted(wish.text),), origin=DataOrigin.PASTE)


def _origin(form: TurnForm) -> DataOrigin:
    usual = DataOrigin.PASTE if form.is_pasted else DataOrigin.FILE
    return ORIGINS.get(form.input_type, usual)
