"""A command, understood: what is wanted, of which case, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversation.arguments import Arguments
from core.conversation.model import Command
from core.evidence.receive import Stored
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from core.clean import Clean


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
