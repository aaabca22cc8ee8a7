"""In which words are spans told: names, places, times?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.evidence.model import Locus
from core.redaction.engine import Redactor
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.evidence.spans.model import Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Words:
    """The words of one file, redacted."""

    file: str
    redactor: Redactor

    def quoted(self, says: str) -> Clean:
        """`: "timeout"`, or nothing."""
        said = self.redactor.clean(says).line()
        return Clean.say(': "{said}"', said=said) if said else Clean.EMPTY

    def name(self, text: str) -> Clean:
        return self.redactor.clean(text).line() if text else Clean.say("(unnamed)")

    def at(self, service: str, operation: str) -> Clean:
        return Clean.say("{service} {what}", service=self.name(service), what=self.name(operation))

    def locus(self, span: Span) -> Locus:
        return Locus(
            file=self.file,
            line_start=span.place.line_start,
            line_end=span.place.line_end,
            byte_start=span.place.byte_start,
            byte_end=span.place.byte_end,
            first=moment(span.start),
            last=moment(span.end),
            span=self.redactor.clean(span.id).text,
        )

    def service(self, name: str) -> str | None:
        return self.redactor.clean(name).line().text or None


def moment(micros: int) -> datetime:
    """A time of µs since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def took(micros: int) -> Clean:
    """`2.3 s`, `45 ms`, `3 min 20 s`: to the figure that matters."""
    if micros < 1_000:  # noqa: PLR2004
        return Clean.say("{n} µs", n=micros)
    if micros < 1_000_000:  # noqa: PLR2004
        return Clean.say("{n} ms", n=_figure(micros / 1e3))
    if micros < 120_000_000:  # noqa: PLR2004
        return Clean.say("{n} s", n=_figure(micros / 1e6))
    minutes, seconds = divmod(round(micros / 1e6), 60)
    return Clean.say("{m} min {s} s", m=minutes, s=seconds)


def _figure(value: float) -> float:
    rounded = float(f"{value:.3g}")
    return int(rounded) if rounded == int(rounded) else rounded


def times(count: int) -> Clean:
    """`once`, `12 times`."""
    return Clean.say("once") if count == 1 else Clean.say("{n} times", n=count)


def since(micros: int | None) -> Clean:
    """` since 14:05:00 UTC`; nothing where that is not known."""
    return Clean.EMPTY if micros is None else Clean.say(" since {at}", at=moment(micros))
