"""What takes the time of a request, in words?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level
from core.evidence.spans.calls import calls_the_unseen
from core.evidence.spans.critical import Step, critical_path
from core.evidence.spans.study import Study
from core.evidence.spans.wording import Words, moment, took
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.evidence.spans.forest import Trace
    from core.evidence.spans.model import Span

_STEPS_TOLD = 4  # shares of services, in words
_STEPS_KEPT = 50


@dataclass(frozen=True)
class Paths:
    """Tells the critical paths of a study."""

    words: Words
    study: Study

    def path(self, trace: Trace, which: Clean) -> Finding:
        steps = critical_path(trace)
        root, parts = trace.spans[trace.root], self._parts(trace, steps)
        total = max(1, root.duration)
        shares = [
            Clean.say("{name} {took}", name=name, took=took(own))
            for name, own in parts[:_STEPS_TOLD]
        ]
        heaviest = trace.spans[max(steps, key=lambda step: step.own).at]
        text = Clean.say(
            "{which} {at}: {took}; its own work on the critical path: {parts}",
            which=which,
            at=self.words.at(root.service, root.operation),
            took=took(root.duration),
            parts=Clean.join(", ", shares),
        )
        told = steps[:_STEPS_KEPT]
        path = Clean.join(" > ", [self._step(trace.spans[step.at]) for step in told])
        return Finding(
            kind=FindingKind.PATH,
            level=Level.ERROR if root.failed else Level.INFO,
            text=text,
            locus=self.words.locus(heaviest),
            count=len(steps),
            first=moment(root.start),
            last=moment(root.end),
            service=self.words.service(heaviest.service),
            data={
                "trace": self.words.redactor.clean(root.trace).text,
                "which": which.text.lower(),
                "duration_ms": root.duration / 1000,
                "service": parts[0][0].text,
                "own_ms": parts[0][1] / 1000,
                "share": round(parts[0][1] / total, 3),
                "path": path.text,
            },
        )

    def _step(self, span: Span) -> Clean:
        return self.words.at(span.service, span.operation)

    def _parts(self, trace: Trace, steps: Sequence[Step]) -> list[tuple[Clean, int]]:
        """µs of own work by service, the most first. A call to the unseen is its peer's."""
        own: dict[str, int] = {}
        for step in steps:
            span = trace.spans[step.at]
            is_unseen = calls_the_unseen(trace, step.at)
            name = f"{span.service} > {span.peer}" if is_unseen else span.service
            own[name] = own.get(name, 0) + step.own
        ranked = sorted(own.items(), key=lambda part: -part[1])
        return [(self.words.name(name), micros) for name, micros in ranked]
