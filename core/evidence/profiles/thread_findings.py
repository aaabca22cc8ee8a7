"""The findings of thread dumps: deadlocks, locks that many want with who holds them, crowds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.model import Finding, FindingKind, Level, Locus
from core.evidence.profiles.threads import (
    LockQueue,
    ThreadGroup,
    deadlocks,
    lock_queues,
    own_frame,
    thread_groups,
)
from core.evidence.profiles.words import function_name
from core.evidence.signatures import match
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.profiles.model import ProfileReading, ReportedDeadlock, ThreadState
    from core.jobs.model import Scalar

say = sentences("evidence.thread_findings")

MOST_EACH = 10
_SHOWN = 4  # threads of a circle
# What a runtime writes of a deadlock; the signature of its signal knows the line.
_REPORTED = "Found one Java-level deadlock:"


@dataclass(frozen=True)
class ThreadFindingWriter:
    """Writes the findings of one dump, under its name and redacted."""

    file: str
    service: str | None
    redactor: Redactor

    def write(self, reading: ProfileReading) -> Iterator[Finding]:
        """Deadlocks first, then locks, then crowds."""
        threads = reading.threads
        circles = list(deadlocks(threads))[:MOST_EACH]
        yield from map(self._circle, circles)
        if not circles:
            yield from map(self._reported, reading.deadlocks[:MOST_EACH])
        total = sum(thread.count for thread in threads)
        yield from (self._queue(queue, total) for queue in lock_queues(threads)[:MOST_EACH])
        yield from (self._group(group, total) for group in thread_groups(threads)[:MOST_EACH])

    def _circle(self, circle: tuple[ThreadState, ...]) -> Finding:
        steps = [
            say(
                "waits_for",
                thread=self._name(thread),
                other=self._name(other),
                place=self._place(thread),
            )
            for thread, other in zip(circle, [*circle[1:], circle[0]], strict=True)
        ]
        text = say("deadlock", n=len(circle), steps=RedactedText.join("; ", steps[:_SHOWN]))
        return self._deadlock(text, circle[0].line, len(circle))

    def _reported(self, deadlock: ReportedDeadlock) -> Finding:
        names = [self.redactor.clean(name).line() for name in deadlock.threads[:_SHOWN]]
        text = say("reported", n=len(deadlock.threads), names=RedactedText.join(", ", names))
        return self._deadlock(text, deadlock.line, len(deadlock.threads))

    def _deadlock(self, text: RedactedText, line: int, count: int) -> Finding:
        data: dict[str, Scalar] = {"profile": "threads", "role": "deadlock"}
        return self._finding(text, line, Level.ERROR, count, data, signals=match(_REPORTED))

    def _queue(self, queue: LockQueue, total: int) -> Finding:
        count = len(queue.waiting)
        lock = self.redactor.clean(queue.lock_type or queue.lock).line()
        place = self._place(queue.waiting[0])
        if queue.holder is None:
            text = say("lock_wanted", n=count, lock=lock, place=place)
        else:
            text = say(
                "lock_held",
                n=count,
                lock=lock,
                place=place,
                holder=self._name(queue.holder),
                holds_at=self._place(queue.holder),
            )
        data: dict[str, Scalar] = {"profile": "lock", "role": "lock", "share": count / total}
        if queue.holder is not None:
            data["function"] = self._place(queue.holder).text
        return self._finding(text, queue.waiting[0].line, Level.WARNING, count, data)

    def _group(self, group: ThreadGroup, total: int) -> Finding:
        place = function_name(group.place, self.redactor)
        state = self.redactor.clean(group.lock_type or group.state).line()
        is_goroutine = group.threads[0].name.startswith("goroutine")
        counted = say("goroutines_of" if is_goroutine else "threads_of", n=group.count, all=total)
        if group.minutes:
            text = say(
                "at_place_for", counted=counted, place=place, state=state, minutes=group.minutes
            )
        elif state:
            text = say("in_state_at", counted=counted, place=place, state=state)
        else:
            text = say("at_place", counted=counted, place=place)
        is_lock = bool(group.lock_type)
        level = Level.WARNING if is_lock or group.minutes else Level.INFO
        data: dict[str, Scalar] = {
            "profile": "lock" if is_lock else "threads",
            "role": "crowd",
            "function": place.text,
            "share": group.count / total,
        }
        return self._finding(text, group.threads[0].line, level, group.count, data)

    def _finding(
        self,
        text: RedactedText,
        line: int,
        level: Level,
        count: int,
        data: dict[str, Scalar],
        *,
        signals: tuple[str, ...] = (),
    ) -> Finding:
        return Finding(
            kind=FindingKind.THREADS,
            level=level,
            text=text,
            locus=Locus(file=self.file, line_start=line, line_end=line),
            count=max(1, count),
            service=self.service,
            signals=signals,
            data=data,
        )

    def _name(self, thread: ThreadState) -> RedactedText:
        return self.redactor.clean(thread.name).line()

    def _place(self, thread: ThreadState) -> RedactedText:
        return function_name(own_frame(thread) or thread.state or "?", self.redactor)
