"""What is wrong with blocks or a view, and where; Slack names all of it in one answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.slack.calls import SlackRefused

if TYPE_CHECKING:
    from tests.fakes.slack.model import Json


@dataclass
class ValidationFaults:
    faults: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        self.faults.append(f"{what} [json-pointer:{where}]")

    def length(self, holder: Json, name: str, where: str, *, most: int, least: int = 0) -> None:
        """A text that may be absent, but not too long or too short."""
        value = holder.get(name)
        if value is None:
            return
        if not isinstance(value, str):
            self.add(f"{where}/{name}", "must be a string")
        elif not least <= len(value) <= most:
            self.add(f"{where}/{name}", f"must be {least} to {most} characters")

    def refuse(self, error: str) -> None:
        """Raises SlackRefused(error) if anything is wrong."""
        if self.faults:
            messages = [f"[ERROR] {fault}" for fault in self.faults]
            raise SlackRefused(error, errors=self.faults, response_metadata={"messages": messages})
