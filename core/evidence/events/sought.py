"""Which events does somebody want to see? What may be asked, whoever asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.errors import WrongUsage
from core.evidence.events.window import Window, read_edge
from core.evidence.model import Level

FEW = 50  # rows that are shown where nobody says how many
MOST = 1_000
_SPELT = {
    **{level.value: level for level in Level},
    "warn": Level.WARNING,
    "err": Level.ERROR,
    "critical": Level.FATAL,
    "trace": Level.DEBUG,
}


@dataclass(frozen=True, kw_only=True)
class Sought:
    """None and empty ask for nothing.

    at: what relative times count back from, else the newest event. level: at least that one.
    service: its name, or a part of it. templates: by their numbers in a file.
    """

    window: Window = field(default_factory=Window)
    at: datetime | None = None
    level: Level | None = None
    service: str | None = None
    host: str | None = None
    id: str | None = None
    templates: tuple[int, ...] = ()
    limit: int = FEW
    oldest_first: bool = False


@dataclass(frozen=True, kw_only=True)
class Spelt:
    """The same as people and scripts write it: `error`, `1h`, `14:05`, `2026-11-20T14:05Z`."""

    level: str | None = None
    since: str | None = None
    until: str | None = None
    at: str | None = None
    service: str | None = None
    host: str | None = None
    id: str | None = None
    kind: int | None = None
    limit: int = FEW
    oldest_first: bool = False

    def read(self) -> Sought:
        """Raises WrongUsage."""
        if not 1 <= self.limit <= MOST:
            step = "A window that is narrower shows the rest."
            raise WrongUsage(f"a limit is from 1 to {MOST}", next_step=step)
        return Sought(
            window=Window(
                since=read_edge(self.since) if self.since else None,
                until=read_edge(self.until) if self.until else None,
            ),
            at=_moment(self.at) if self.at else None,
            level=_level(self.level) if self.level else None,
            service=self.service or None,
            host=self.host or None,
            id=self.id or None,
            templates=() if self.kind is None else (self.kind,),
            limit=self.limit,
            oldest_first=self.oldest_first,
        )


def _level(said: str) -> Level:
    level = _SPELT.get(said.strip().lower())
    if level is None:
        step = f"One of: {', '.join(Level)}."
        raise WrongUsage(f"{said[:40]} is no level", next_step=step)
    return level


def _moment(said: str) -> datetime:
    edge = read_edge(said)
    if not isinstance(edge, datetime):
        step = "For example 2026-11-20T14:05Z."
        raise WrongUsage("what to count back from needs its date", next_step=step)
    return edge
