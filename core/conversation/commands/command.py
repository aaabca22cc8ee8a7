"""A command as a person gave it, and with the case that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversation.commands.arguments import Arguments
from core.places import Place
from core.redaction.engine import Redactor
from core.workflows.evidence_intake import Stored

if TYPE_CHECKING:
    from core.text.redacted import Clean


@dataclass(frozen=True, kw_only=True)
class Command:
    """One thing a person wants, on any platform: `hypotheses`, `ask why 1?`, `confirm 2`.

    `case_number` is what the person said or what the place is bound to. plain: the verb was chosen,
    not typed: it is meant, and its argument is nothing but its argument. by_id: the platform's id
    of the person, where it has one.
    """

    verb: str
    argument: str
    by: str
    place: Place
    case_number: int | None = None
    plain: bool = False
    by_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a verb's function is handed. `redactor` is the case's own; `pasted` rests in Files."""

    case_id: str
    arguments: Arguments
    command: Command
    redactor: Redactor
    pasted: Stored | None = None

    @property
    def text(self) -> Clean:
        """What the person wrote after the verb, redacted, on one line."""
        return self.redactor.clean(self.arguments.text).line()
