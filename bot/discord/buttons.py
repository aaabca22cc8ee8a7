"""What does a button stand for? All of it is in its id, so that it means the same for ever.

`fm:confirm:128:1` is `confirm 1` about case 128. Nothing is remembered between a card and the
press of its button, so a restart in between is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.conversation.commands.arguments import judgement
from core.conversation.commands.vocabulary import VERBS
from core.text.legible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.conversation.cards.card import Action

MORE = "more"
LONGEST_ID = 100
LONGEST_LABEL = 80
_PREFIX = "fm"
_IN_A_ROW = 5
MOST_BUTTONS = _IN_A_ROW * 5
_ACTION_ROW, _BUTTON = 1, 2
_PRIMARY, _SECONDARY, _SUCCESS, _DANGER = 1, 2, 3, 4
_STYLES = {"confirm": _SUCCESS, "reject": _DANGER, "hypotheses": _PRIMARY, "run": _PRIMARY}


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """What the id of a button, or of a form that it opened, says."""

    verb: str
    argument: str = ""
    case_number: int | None = None

    @property
    def custom_id(self) -> str:
        number = "" if self.case_number is None else self.case_number
        return f"{_PREFIX}:{self.verb}:{number}:{self.argument}"

    def order(self, typed: str = "") -> tuple[str, str]:
        """The verb of the vocabulary, and what goes with it: an argument, and what was typed.

        "" and a line for a verb that only the core knows: `again utt_0198 #128`.
        """
        if self.verb in VERBS:
            return self.verb, f"{self.argument} {typed}".strip()
        return "", f"{self.verb} {self.argument}".strip()

    @property
    def asks(self) -> str | None:
        """The label of the form that it opens; None where it acts at once.

        `confirm 1` and `result 1 yes` need no more words, and `evidence` shows what there is.
        """
        verb = VERBS.get(self.verb)
        if verb is None or verb.field is None or verb.name in ("confirm", "evidence"):
            return None
        if self.argument and not (verb.read is judgement and self.argument.isdecimal()):
            return None
        return verb.field.text


def pressed(custom_id: str) -> Pressed | None:
    """None for an id that is not ours."""
    prefix, verb, number, argument = (*custom_id.split(":", 3), "", "", "")[:4]
    if prefix != _PREFIX or not verb or not (number.isdecimal() or not number):
        return None
    return Pressed(verb=verb, argument=argument, case_number=int(number) if number else None)


def button(meant: Pressed, label: str) -> dict[str, Any] | None:
    """The component; None where its id would be too long to mean anything (Discord: 100)."""
    if len(meant.custom_id) > LONGEST_ID:
        return None
    return {
        "type": _BUTTON,
        "style": _STYLES.get(meant.verb, _SECONDARY),
        "label": (one_line(label) or meant.verb)[:LONGEST_LABEL],
        "custom_id": meant.custom_id,
    }


def button_of(action: Action, case_number: int | None) -> dict[str, Any] | None:
    """The button of a card's action."""
    meant = Pressed(verb=action.verb, argument=action.argument, case_number=case_number)
    return button(meant, action.label.text)


def rows_of(buttons: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """At most five rows of five, each id once (Discord: components/reference)."""
    distinct = {one["custom_id"]: one for one in buttons if one is not None}
    drawn = list(distinct.values())[:MOST_BUTTONS]
    return [
        {"type": _ACTION_ROW, "components": drawn[start : start + _IN_A_ROW]}
        for start in range(0, len(drawn), _IN_A_ROW)
    ]
