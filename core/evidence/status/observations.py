"""What a status tells: one thing each, and the finding that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.signatures import Role, match, signals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.redaction.engine import Redactor

MAX_OBSERVATIONS = 300  # of one file
_MAX_MESSAGE = 600


@dataclass(frozen=True, kw_only=True)
class StatusObservation:
    """One thing that was seen of an object. line: 1-based; count: how often.

    until: its last line, where it is told in more than one.

    words: plain text, which is redacted when it becomes a finding. is_summary: whether it is worth
    a note although it is no trouble.
    """

    words: str
    line: int
    level: Level = Level.ERROR
    count: int = 1
    first: datetime | None = None
    last: datetime | None = None
    service: str | None = None
    is_summary: bool = False
    until: int = 0


def observation_findings(
    observations: Iterable[StatusObservation],
    *,
    file: str,
    starts: Sequence[int],
    redactor: Redactor,
) -> Iterator[Finding]:
    """A finding each; what is neither trouble nor a change is left out."""
    count = 0
    for seen in observations:
        finding = _finding(seen, file=file, starts=starts, redactor=redactor)
        if finding is not None:
            yield finding
            count += 1
        if count >= MAX_OBSERVATIONS:
            return


def _finding(
    seen: StatusObservation, *, file: str, starts: Sequence[int], redactor: Redactor
) -> Finding | None:
    text = redactor.clean(" ".join(seen.words.split())[: 2 * _MAX_MESSAGE]).cut(_MAX_MESSAGE)
    names = match(seen.words, seen.level)
    kind = FindingKind.NOTE if seen.is_summary else _kind_of(names, seen.level)
    if kind is None:
        return None
    first, last = (min(line, len(starts) - 1) for line in (seen.line, max(seen.line, seen.until)))
    place = Locus.of_line(file, first, starts=starts)
    minutes = {int(at.timestamp()) // 60 for at in (seen.first, seen.last) if at}
    return Finding(
        kind=kind,
        level=seen.level,
        text=text,
        locus=place.through(Locus.of_line(file, last, starts=starts)),
        count=seen.count,
        first=seen.first,
        last=seen.last,
        service=redactor.clean(seen.service).text if seen.service else None,
        signals=names,
        buckets={minute: max(1, seen.count // len(minutes)) for minute in minutes},
    )


def _kind_of(names: Sequence[str], level: Level) -> FindingKind | None:
    if any(signals()[name].role is Role.CHANGE for name in names):
        return FindingKind.CHANGE
    if level is Level.INFO:
        return None
    return FindingKind.SIGNAL if names else FindingKind.TEMPLATE
