"""Where do the fault and the delay enter, in words?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level
from core.evidence.spans.study import Study
from core.evidence.spans.wording import Words, moment, took
from core.signatures import match
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.evidence.spans.faults import Entry


@dataclass(frozen=True)
class Entries:
    """Tells where the fault and the delay of a study enter."""

    words: Words
    study: Study

    def failure(self, one: Entry) -> Finding:
        peer = self.words.name(one.peer)
        to = Clean.say(" calling {peer}", peer=peer) if one.peer else Clean.EMPTY
        text = Clean.say(
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

    def _delayed(self, one: Entry) -> Clean:
        """What a place that fails also takes."""
        place = (one.service, one.operation)
        extra = [
            late.extra for late in self.study.delays if (late.service, late.operation) == place
        ]
        return Clean.say(", and it takes {by} longer", by=took(extra[0])) if extra else Clean.EMPTY

    def delay(self, one: Entry) -> Finding:
        to = Clean.say(" (to {peer})", peer=self.words.name(one.peer)) if one.peer else Clean.EMPTY
        text = Clean.say(
            "The delay enters at {at}{to}: {extra} more of its own time in each slow trace,"
            " in {n} of {all}",
            at=self.words.at(one.service, one.operation),
            to=to,
            extra=took(one.extra),
            n=one.here,
            all=one.traces,
        )
        return self._entry(one, text, Level.WARNING)

    def _entry(self, one: Entry, text: Clean, level: Level) -> Finding:
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
