"""What spans say: faults, paths, calls and clocks as findings, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level
from core.evidence.signatures import match
from core.evidence.spans.descriptions import Behaviours, Paths, SpanWords, moment, took
from core.evidence.spans.faults import Study
from core.evidence.spans.traces import find_calls
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.spans.faults import FaultEntry, Operation
    from core.redaction.engine import Redactor

MAX_OPERATIONS = 30
MAX_CALLS = 1_000
_MAX_SKEWS = 10
_MAX_ENTRIES = 3


def tell_spans(study: Study, *, file: str, redactor: Redactor) -> Iterator[Finding]:
    """Where the fault enters first, then the paths, operations, calls and clocks."""
    words = SpanWords(file, redactor)
    yield from _entries(study, Entries(words, study))
    paths = Paths(words, study)
    yield paths.path(study.slowest, RedactedText.format("Slowest"))
    if study.typical is not study.slowest:
        yield paths.path(study.typical, RedactedText.format("Typical"))
    behaviours = Behaviours(words, study)
    yield from map(behaviours.operation, _notable(study))
    yield from map(behaviours.call, find_calls(study.traces)[:MAX_CALLS])
    yield from map(behaviours.skew, study.skews[:_MAX_SKEWS])


def _entries(study: Study, entries: Entries) -> Iterator[Finding]:
    """Of the fault, and of delays elsewhere."""
    failures = study.failures[:_MAX_ENTRIES]
    yield from map(entries.failure, failures)
    told = {(one.service, one.operation) for one in failures}
    slow = [one for one in study.delays if (one.service, one.operation) not in told]
    yield from map(entries.delay, slow[:_MAX_ENTRIES])


def _notable(study: Study) -> Sequence[Operation]:
    """Operations that fail, or that became slow."""
    found = [
        one
        for one in study.operations
        if one.failed or (one.slow_since is not None and one.after > one.limit)
    ]
    return found[:MAX_OPERATIONS]


@dataclass(frozen=True)
class Entries:
    """Tells where the fault and the delay of a study enter."""

    words: SpanWords
    study: Study

    def failure(self, one: FaultEntry) -> Finding:
        peer = self.words.name(one.peer)
        to = RedactedText.format(" calling {peer}", peer=peer) if one.peer else RedactedText.EMPTY
        text = RedactedText.format(
            "The fault enters at {at}{to}: in {n} of {all} failing traces"
            " nothing below it fails{more}{says}",
            at=self.words.at(one.service, one.operation),
            to=to,
            n=one.here,
            all=one.traces,
            more=self._delayed(one),
            says=self.words.quoted(one.example.says),
        )
        return self._entry(one, text, Level.ERROR)

    def _delayed(self, one: FaultEntry) -> RedactedText:
        """What a place that fails also takes."""
        place = (one.service, one.operation)
        extra = [
            late.extra for late in self.study.delays if (late.service, late.operation) == place
        ]
        return (
            RedactedText.format(", and it takes {by} longer", by=took(extra[0]))
            if extra
            else RedactedText.EMPTY
        )

    def delay(self, one: FaultEntry) -> Finding:
        to = (
            RedactedText.format(" (to {peer})", peer=self.words.name(one.peer))
            if one.peer
            else RedactedText.EMPTY
        )
        text = RedactedText.format(
            "The delay enters at {at}{to}: {extra} more of its own time in each slow trace,"
            " in {n} of {all}",
            at=self.words.at(one.service, one.operation),
            to=to,
            extra=took(one.extra),
            n=one.here,
            all=one.traces,
        )
        return self._entry(one, text, Level.WARNING)

    def _entry(self, one: FaultEntry, text: RedactedText, level: Level) -> Finding:
        known = next(
            other
            for other in self.study.operations
            if (other.service, other.operation) == (one.service, one.operation)
        )
        since = known.since if level is Level.ERROR else known.slow_since
        return Finding(
            kind=FindingKind.SPAN,
            level=level,
            text=text,
            locus=self.words.locus(one.example),
            count=one.here,
            first=moment(since or one.first),
            last=moment(known.last),
            service=self.words.service(one.service),
            signals=match(one.example.says, level) if one.example.says else (),
            data={
                "entry": True,
                "service": self.words.name(one.service).text,
                "operation": self.words.name(one.operation).text,
                "peer": self.words.name(one.peer).text if one.peer else None,
                "traces": one.traces,
                "extra_ms": one.extra / 1000,
                **self.study.clock_of(one.example),
            },
        )
