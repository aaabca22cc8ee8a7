"""What does a form ask, and what was typed into it? Its id says what it is about, as a button's.

discord.py keeps the modals of its own classes in memory. Ours are documents, so one that was
opened before a restart is understood after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.conversation.commands.vocabulary import VERBS
from core.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.discord.buttons import Pressed

LONGEST = 4_000  # Discord: components/reference, "Text Input"
_LONGEST_TITLE = 45
_ACTION_ROW, _TEXT_INPUT, _PARAGRAPH = 1, 4, 2
_FIELD = "text"


def form_of(meant: Pressed, label: str) -> dict[str, Any]:
    """The modal that a button opens: one text of several lines."""
    about = f" #{meant.case_number}" if meant.case_number is not None else ""
    field = {
        "type": _TEXT_INPUT,
        "style": _PARAGRAPH,
        "custom_id": _FIELD,
        "label": label[:_LONGEST_TITLE],
        "required": _must_say(meant),
        "max_length": LONGEST,
    }
    return {
        "custom_id": meant.custom_id,
        "title": f"{meant.verb.capitalize()}{about}"[:_LONGEST_TITLE],
        "components": [{"type": _ACTION_ROW, "components": [field]}],
    }


def typed_into(data: dict[str, Any]) -> str:
    """What a person typed into a form that was sent; "" where they left it empty."""
    texts = (one.get("value") or "" for one in _fields(data.get("components") or []))
    return "\n".join(texts).strip()


def _fields(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Text inputs, in action rows or in labels (both are in Discord's documentation)."""
    for one in components:
        if one.get("type") == _TEXT_INPUT:
            yield one
        inner = [one["component"]] if "component" in one else one.get("components") or []
        yield from _fields(inner)


def _must_say(meant: Pressed) -> bool:
    """May the form be sent empty? Where the verb alone, with what the button says, is enough."""
    try:
        VERBS[meant.verb].read(meant.argument)
    except WrongUsage:
        return True
    return False
