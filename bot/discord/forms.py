"""Forms: the modal that a button opens, and what was typed into it.

A form's id says what it is about, as a button's does. discord.py keeps the modals of its own
classes in memory; ours are documents, so one that was opened before a restart is understood
after it.
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


def form_of(button: Pressed, label: str) -> dict[str, Any]:
    """The modal that a button opens, with one text of several lines."""
    about = f" #{button.case_number}" if button.case_number is not None else ""
    field = {
        "type": _TEXT_INPUT,
        "style": _PARAGRAPH,
        "custom_id": _FIELD,
        "label": label[:_LONGEST_TITLE],
        "required": _needs_text(button),
        "max_length": LONGEST,
    }
    return {
        "custom_id": button.custom_id,
        "title": f"{button.verb.capitalize()}{about}"[:_LONGEST_TITLE],
        "components": [{"type": _ACTION_ROW, "components": [field]}],
    }


def typed_into(data: dict[str, Any]) -> str:
    """The text of a form that was sent; "" where it was left empty."""
    texts = (text_input.get("value") or "" for text_input in _fields(data.get("components") or []))
    return "\n".join(texts).strip()


def _fields(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Text inputs, in action rows or in labels (Discord's documentation has both)."""
    for component in components:
        if component.get("type") == _TEXT_INPUT:
            yield component
        inner = (
            [component["component"]]
            if "component" in component
            else component.get("components") or []
        )
        yield from _fields(inner)


def _needs_text(button: Pressed) -> bool:
    """Whether the form needs a text: not where the verb with the button's argument is enough."""
    try:
        VERBS[button.verb].read(button.argument)
    except WrongUsage:
        return True
    return False
