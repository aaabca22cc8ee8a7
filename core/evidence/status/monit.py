"""Reads `monit status` and `monit summary`: what failed, and what nobody watches.

Three layouts: blocks with fields, a table with or without its lines, and rows of before 5.20.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.evidence.model import Level
from core.evidence.status.observations import StatusObservation
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

say = sentences("evidence.monit")

_KINDS = "Process|File|Directory|Filesystem|System|Program|Network|Remote Host|Fifo"
_OPENED = re.compile(rf"^(?P<kind>{_KINDS}) '(?P<name>[^']{{1,200}})'(?:\s+(?P<status>\S.*))?$")
_ROW = re.compile(
    rf"^[\s│|]*(?P<name>\S.{{0,200}}?)(?:\s*[│|]\s*|\s{{2,}})(?P<status>\S.{{0,200}}?)"
    rf"(?:\s*[│|]\s*|\s{{2,}})(?P<kind>{_KINDS})[\s│|]*$"
)
_FIELD = re.compile(r"^ {2}(?P<name>\w[\w ]{0,40}?) {2,}(?P<value>\S.*)$")
_WELL = re.compile(
    r"(?i)^(?:ok|up|running|accessible|online(?: with all services)?|status ok|initializing"
    r"|waiting)$"
)
_UNMONITORED = re.compile(r"(?i)^not monitored")
# Fields that say how bad it is.
_TELLING = (
    *("exit value", "last exit value", "last output", "space usage", "inodes usage", "cpu"),
    *("memory", "memory usage", "swap usage", "load average", "link", "ping response time"),
)
_MAX_TELLING = 3


@dataclass(kw_only=True)
class _WatchedService:
    """A service that monit watches. line: of its status (1-based)."""

    kind: str
    name: str
    line: int
    status: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def is_unmonitored(self) -> bool:
        return bool(_UNMONITORED.match(self.status))

    @property
    def is_failed(self) -> bool:
        return bool(self.status) and not self.is_unmonitored and not _WELL.match(self.status)

    def take(self, name: str, value: str, line: int) -> None:
        """A field of its block."""
        if name == "status":
            self.status, self.line = value, line
        else:
            self.fields[name] = value

    def observation(self) -> StatusObservation:
        return StatusObservation(
            words=self._words(),
            line=self.line,
            level=Level.WARNING if self.is_unmonitored else Level.ERROR,
            service=self.name if self.kind == "Process" else None,
        )

    def _words(self) -> str:
        if self.is_unmonitored:
            return say.raw("unmonitored", kind=self.kind, name=self.name)
        details = [f"{name} {self.fields[name]}" for name in _TELLING if name in self.fields]
        status = "; ".join((self.status, *details[:_MAX_TELLING]))
        return say.raw("failed", kind=self.kind, name=self.name, status=status)


def read_monit(lines: Sequence[str]) -> Iterator[StatusObservation]:
    """Services that failed, then those that are not monitored; then their number, as a note."""
    services = _services(lines)
    failed = [service for service in services if service.is_failed]
    unmonitored = [service for service in services if service.is_unmonitored]
    for service in (*failed, *unmonitored):
        yield service.observation()
    words = say.raw("summary", n=len(services), failed=len(failed), unmonitored=len(unmonitored))
    yield StatusObservation(words=words, line=1, level=Level.INFO, is_summary=True)


def _services(lines: Sequence[str]) -> list[_WatchedService]:
    services = list[_WatchedService]()
    for number, line in enumerate(map(str.rstrip, lines), 1):
        if opened := _OPENED.match(line) or _ROW.match(line):
            service = _WatchedService(kind=opened["kind"], name=opened["name"], line=number)
            service.status = opened["status"] or ""
            services.append(service)
        elif services and (pair := _FIELD.match(line)):
            services[-1].take(pair["name"], pair["value"], number)
    return services
