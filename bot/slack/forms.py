"""Modals: a form for the text that a verb needs, and a view of what a card has folded.

Limits: docs.slack.dev/reference/views: title 24, private_metadata 3,000, 100 blocks.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.slack.cards import Block, blocks_of, folded, pieces
from bot.slack.payloads import Json, id_in, place_in
from core.conversation.commands.parsing import Spoken, take_apart
from core.conversation.commands.vocabulary import VERBS, Verb
from core.conversation.messages.message import IncomingMessage, MessageKind
from core.text.redacted import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.conversation.cards.card import Card

FORM = "fm:form"
_TEXT_BLOCK, _TEXT = "said", "text"
_TITLE, _LABEL, _MAX_TEXT = 24, 2000, 3000
_BLOCKS = 100
_EMPTY = "There is nothing here yet."
_AT_ONCE = frozenset({"confirm", "evidence"})  # pressed, they mean what they say
_OPTIONAL = frozenset({"reject", "resolve"})  # pressed, one may say why; typed, one has
_NUMBER = frozenset({"reject", "result"})  # whose argument is a number, and then what one says


@dataclass(frozen=True, kw_only=True)
class FormPrefill:
    """What a form is about; it travels in the form itself."""

    verb: str
    argument: str
    case_number: int | None
    channel: str
    thread: str
    handle: str


def wanted_form(message: IncomingMessage) -> FormPrefill | None:
    """The form that a button or a bare command opens; None where none is needed."""
    spoken = (
        Spoken(verb=message.verb, argument=message.text)
        if message.verb
        else take_apart(message.text)
    )
    verb = VERBS.get(spoken.verb.lower())
    if verb is None or verb.field is None or verb.name in _AT_ONCE:
        return None
    if message.manner is not MessageKind.BUTTON and verb.name in _OPTIONAL:
        return None
    bare = spoken.argument.isdigit() if verb.name in _NUMBER else not spoken.argument
    if not bare or message.attachments:
        return None
    return FormPrefill(
        verb=verb.name,
        argument=spoken.argument,
        case_number=spoken.case_number or message.case_number,
        channel=message.place.channel,
        thread=message.place.thread,
        handle=message.handle,
    )


def form_view(prefill: FormPrefill) -> Json:
    """A modal with one text of several lines."""
    verb = VERBS[prefill.verb]
    label = verb.field.text if verb.field else verb.name
    element = {
        "type": "plain_text_input",
        "action_id": _TEXT,
        "multiline": True,
        "max_length": _MAX_TEXT,
        "focus_on_load": True,
    }
    text_input = {
        "type": "input",
        "block_id": _TEXT_BLOCK,
        "label": _plain(label[:_LABEL]),
        "element": element,
        "optional": verb.name in _OPTIONAL,
    }
    return _modal(_title(verb, prefill), [text_input]) | {
        "callback_id": FORM,
        "private_metadata": json.dumps(asdict(prefill)),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
    }


def heard_in_form(body: Mapping[str, Any], *, now: datetime) -> IncomingMessage | None:
    """The message that a sent form makes. None for a form that is not ours."""
    view = body["view"]
    if view.get("callback_id") != FORM:
        return None
    try:
        prefill = FormPrefill(**json.loads(view.get("private_metadata") or ""))
    except (ValueError, TypeError):
        return None
    return IncomingMessage(
        place=place_in(prefill.channel, prefill.thread),
        key=f"view/{id_in(view['id'])}",
        by=id_in(body["user"]["id"]),
        manner=MessageKind.FORM,
        verb=prefill.verb,
        text=" ".join(part for part in (prefill.argument, _typed(view)) if part),
        said_at=now,
        case_number=prefill.case_number,
        handle=prefill.handle,
    )


def fault_in_form(body: Mapping[str, Any]) -> dict[str, str]:
    """What to correct before the form is taken, by block: Slack accepts blanks as a text."""
    view = body["view"]
    needed = any(
        block.get("block_id") == _TEXT_BLOCK and block.get("optional") is False
        for block in view.get("blocks") or ()
    )
    return {_TEXT_BLOCK: _EMPTY} if needed and not _typed(view).strip() else {}


def fold_view(card: Card) -> Json:
    """A modal with all that the card has folded."""
    lines = [line for row in folded(card) for line in pieces(row)]
    blocks = blocks_of(lines) or [_note("Nothing more to show.")]
    if len(blocks) > _BLOCKS:
        remaining = len(blocks) - _BLOCKS + 1
        blocks = [*blocks[: _BLOCKS - 1], _note(f"and {remaining} times as much: type `report`")]
    number = f"#{card.case_number} " if card.case_number else ""
    return _modal(f"{number}More", blocks) | {"close": _plain("Close")}


def gone_view() -> Json:
    """A modal for a card that is not kept any more."""
    note = _note("This card is not kept any more. Its newest version can be asked for: status")
    return _modal("More", [note]) | {"close": _plain("Close")}


def _typed(view: Mapping[str, Any]) -> str:
    return str(view["state"]["values"].get(_TEXT_BLOCK, {}).get(_TEXT, {}).get("value") or "")


def _title(verb: Verb, prefill: FormPrefill) -> str:
    number = f" #{prefill.case_number}" if prefill.case_number else ""
    return f"{verb.name.capitalize()}{number}"


def _modal(title: str, blocks: list[Block]) -> Json:
    return {"type": "modal", "title": _plain(title[:_TITLE]), "blocks": blocks}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": one_line(text), "emoji": False}


def _note(text: str) -> Block:
    return {"type": "section", "text": _plain(text)}
