"""What opens above a conversation: a form for what a verb needs, and what a card has folded.

Limits: docs.slack.dev/reference/views: title 24, private_metadata 3,000, 100 blocks.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.slack.cards import Block, blocks_of, folded, pieces
from bot.slack.reading import PLATFORM, Json, id_in
from core.conversation.commands.parsing import Spoken, take_apart
from core.conversation.commands.vocabulary import VERBS, Verb
from core.conversation.messages.incoming import Heard, Manner
from core.places import INSTALLATION, Place
from core.text.legible import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.conversation.cards.card import Card

FORM = "fm:form"
_SAID, _TEXT = "said", "text"
_TITLE, _LABEL, _TYPED = 24, 2000, 3000
_BLOCKS = 100
_EMPTY = "There is nothing here yet."
_AT_ONCE = frozenset({"confirm", "evidence"})  # pressed, they mean what they say
_OPTIONAL = frozenset({"reject", "resolve"})  # pressed, one may say why; typed, one has
_NUMBER = frozenset({"reject", "result"})  # whose argument is a number, and then what one says


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a form was opened for; it travels in the form itself."""

    verb: str
    argument: str
    case_number: int | None
    channel: str
    thread: str
    handle: str


def wanted_form(heard: Heard) -> Asked | None:
    """The form that a button or a bare command opens; None for what can be done at once."""
    spoken = Spoken(verb=heard.verb, argument=heard.text) if heard.verb else take_apart(heard.text)
    verb = VERBS.get(spoken.verb.lower())
    if verb is None or verb.field is None or verb.name in _AT_ONCE:
        return None
    if heard.manner is not Manner.BUTTON and verb.name in _OPTIONAL:
        return None
    bare = spoken.argument.isdigit() if verb.name in _NUMBER else not spoken.argument
    if not bare or heard.attachments:
        return None
    return Asked(
        verb=verb.name,
        argument=spoken.argument,
        case_number=spoken.case_number or heard.case_number,
        channel=heard.place.channel,
        thread=heard.place.thread,
        handle=heard.handle,
    )


def form_view(asked: Asked) -> Json:
    """A modal with one text, as long as one likes."""
    verb = VERBS[asked.verb]
    label = verb.field.text if verb.field else verb.name
    element = {
        "type": "plain_text_input",
        "action_id": _TEXT,
        "multiline": True,
        "max_length": _TYPED,
        "focus_on_load": True,
    }
    said = {
        "type": "input",
        "block_id": _SAID,
        "label": _plain(label[:_LABEL]),
        "element": element,
        "optional": verb.name in _OPTIONAL,
    }
    return _modal(_title(verb, asked), [said]) | {
        "callback_id": FORM,
        "private_metadata": json.dumps(asdict(asked)),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
    }


def heard_in_form(body: Mapping[str, Any], *, now: datetime) -> Heard | None:
    """What was typed into a form and sent. None for a form that is none of ours."""
    view = body["view"]
    if view.get("callback_id") != FORM:
        return None
    try:
        asked = Asked(**json.loads(view.get("private_metadata") or ""))
    except (ValueError, TypeError):
        return None
    return Heard(
        place=Place(
            platform=PLATFORM,
            workspace=INSTALLATION,
            channel=asked.channel,
            thread=asked.thread,
        ),
        key=f"view/{view['id']}",
        by=id_in(body["user"]["id"]),
        manner=Manner.FORM,
        verb=asked.verb,
        text=" ".join(part for part in (asked.argument, _typed(view)) if part),
        said_at=now,
        case_number=asked.case_number,
        handle=asked.handle,
    )


def fault_in_form(body: Mapping[str, Any]) -> dict[str, str]:
    """What is to be mended before it is taken, by block: to Slack blanks are a text."""
    view = body["view"]
    needed = any(
        one.get("block_id") == _SAID and one.get("optional") is False
        for one in view.get("blocks") or ()
    )
    return {_SAID: _EMPTY} if needed and not _typed(view).strip() else {}


def fold_view(card: Card) -> Json:
    """A modal with all that the card has folded."""
    lines = [line for row in folded(card) for line in pieces(row)]
    blocks = blocks_of(lines) or [_note("Nothing more to show.")]
    if len(blocks) > _BLOCKS:
        rest = len(blocks) - _BLOCKS + 1
        blocks = [*blocks[: _BLOCKS - 1], _note(f"and {rest} times as much: type `report`")]
    number = f"#{card.case_number} " if card.case_number else ""
    return _modal(f"{number}More", blocks) | {"close": _plain("Close")}


def gone_view() -> Json:
    """For a card that is not kept any more."""
    note = _note("This card is not kept any more. Its newest version can be asked for: status")
    return _modal("More", [note]) | {"close": _plain("Close")}


def _typed(view: Mapping[str, Any]) -> str:
    return str(view["state"]["values"].get(_SAID, {}).get(_TEXT, {}).get("value") or "")


def _title(verb: Verb, asked: Asked) -> str:
    number = f" #{asked.case_number}" if asked.case_number else ""
    return f"{verb.name.capitalize()}{number}"


def _modal(title: str, blocks: list[Block]) -> Json:
    return {"type": "modal", "title": _plain(title[:_TITLE]), "blocks": blocks}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": one_line(text), "emoji": False}


def _note(text: str) -> Block:
    return {"type": "section", "text": _plain(text)}
