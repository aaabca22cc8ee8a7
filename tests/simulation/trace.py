"""What happened in a run, line by line: the same seed gives the same lines."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field


@dataclass
class RunTrace:
    """Lines with the second of virtual time they happened at, and promises seen broken."""

    lines: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def note(self, who: str, what: str) -> None:
        self.lines.append(f"{asyncio.get_running_loop().time():9.3f}  {who:<10} {what}")

    def accuse(self, what: str) -> None:
        """A promise of the product is broken."""
        self.note("BROKEN", what)
        self.broken.append(what)

    @property
    def digest(self) -> str:
        """SHA-256 of all lines."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()
