"""Buttons, whose ids say all that they do, so that they mean the same after a restart.

`fm:confirm:128:1` is `confirm 1` about case 128. Nothing is remembered between a card and the
press of its button.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.conversation.commands.arguments import NUMBERED
from core.conversation.commands.vocabulary import VERBS
from core.text.redacted import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.conversation.cards.card import Action

MORE = "more"
LONGEST_ID = 100
LONGEST_LABEL = 80
_NUMBER = re.compile(r"[0-9]{0,9}")  # of a case; "" for none
_PREFIX = "fm"
_IN_A_ROW = 5
MOST_BUTTONS = _IN_A_ROW * 5
_ACTION_ROW, _BUTTON = 1, 2
_PRIMARY, _SECONDARY, _SUCCESS, _DANGER = 1, 2, 3, 4
_STYLES = {"confirm": _SUCCESS, "reject": _DANGER, "hypotheses": _PRIMARY, "run": _PRIMARY}


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """What the id of a button, or of the form that the button opens, says."""

    verb: str
    argument: str = ""
    case_number: int | None = None

    @property
    def custom_id(self) -> str:
        number = "" if self.case_number is None else self.case_number
        return f"{_PREFIX}:{self.verb}:{number}:{self.argument}"

    def order(self, typed: str = "") -> tuple[str, str]:
        """The verb of the vocabulary, and its argument with the typed text after it.

        "" and a line for a verb that only the core knows: `again utt_0198 #128`.
        """
        if self.verb in VERBS:
            return self.verb, f"{self.argument} {typed}".strip()
        return "", f"{self.verb} {self.argument}".strip()

    @property
    def asks(self) -> str | None:
        """The label of the form that the button opens; None where it acts at once.

        `confirm 1` and `result 1 yes` need no more words, and `evidence` shows what there is.
        """
        verb = VERBS.get(self.verb)
        if verb is None or verb.field is None or verb.name in ("confirm", "evidence"):
            return None
        if self.argument and not (verb.read in NUMBERED and self.argument.isdecimal()):
            return None
        return verb.field.text


def pressed(custom_id: str) -> Pressed | None:
    """The meaning of a button's id; None for an id that is not ours."""
    prefix, verb, number, argument = (*custom_id.split(":", 3), "", "", "")[:4]
    if prefix != _PREFIX or not verb or not _NUMBER.fullmatch(number):
        return None
    return Pressed(verb=verb, argument=argument, case_number=int(number) if number else None)


def button(pressed_button: Pressed, label: str) -> dict[str, Any] | None:
    """The button component; None where its id would exceed Discord's 100 characters."""
    if len(pressed_button.custom_id) > LONGEST_ID:
        return None
    return {
        "type": _BUTTON,
        "style": _STYLES.get(pressed_button.verb, _SECONDARY),
        "label": (one_line(label) or pressed_button.verb)[:LONGEST_LABEL],
        "custom_id": pressed_button.custom_id,
    }


def button_of(action: Action, case_number: int | None) -> dict[str, Any] | None:
    """The button component of a card's action."""
    pressed_button = Pressed(verb=action.verb, argument=action.argument, case_number=case_number)
    return button(pressed_button, action.label.text)


def rows_of(buttons: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """Rows of buttons: at most five of five, each id once (Discord: components/reference)."""
    distinct = {component["custom_id"]: component for component in buttons if component is not None}
    drawn = list(distinct.values())[:MOST_BUTTONS]
    return [
        {"type": _ACTION_ROW, "components": drawn[start : start + _IN_A_ROW]}
        for start in range(0, len(drawn), _IN_A_ROW)
    ]
