"""Reads what kubectl writes for people: tables of events, and descriptions of objects.

An age (`2m13s`) is no time: nobody knows when the table was made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from core.evidence.configuration.cluster_dumps import (
    LEVELS,
    SETTLED,
    STARTING,
    event_words,
    service_of_event,
)
from core.evidence.configuration.marks import ClusterText
from core.evidence.pods import workload_of
from core.evidence.status.observations import StatusObservation
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

say = sentences("evidence.cluster_status")

_EVENT_ROW = re.compile(
    r"^(?:(?P<namespace>[a-z0-9-]+)\s{2,})?(?P<age>\S+(?: \(x\d+ over \S+\))?|<unknown>)\s+"
    r"(?P<type>Normal|Warning)\s+(?P<reason>[A-Z]\w+)\s+(?P<object>\w+/\S+)\s+(?P<message>\S.*)$"
)
_DESCRIBED_EVENT = re.compile(
    r"^\s+(?P<type>Normal|Warning)\s{2,}(?P<reason>[A-Z]\w+)\s{2,}(?P<age>\S+(?: \S+){0,6})\s{2,}"
    r"(?P<source>\S+)\s{2,}(?P<message>\S.*)$"
)
_REPEATED = re.compile(r"\(x(\d+) over")
_FIELD = re.compile(r"^(?P<indent>\s*)(?P<name>[A-Z][\w ./-]{0,40}):\s*(?P<value>.*?)\s*$")
_CONTAINER = re.compile(r"^ {2}(?P<name>[a-z0-9][\w.-]*):\s*$")


def read_cluster_text(form: ClusterText, lines: Sequence[str]) -> Iterator[StatusObservation]:
    """What the output tells, in its order."""
    return event_table(lines) if form is ClusterText.EVENTS else description(lines)


def event_table(lines: Sequence[str]) -> Iterator[StatusObservation]:
    """The rows of `kubectl get events`."""
    for number, line in enumerate(lines, 1):
        row = _EVENT_ROW.match(line)
        if row is None:
            continue
        kind, _, name = row["object"].partition("/")
        repeated = _REPEATED.search(row["age"])
        yield StatusObservation(
            words=event_words(kind, name, row["reason"], row["message"]),
            line=number,
            level=LEVELS[row["type"]],
            count=int(repeated[1]) if repeated else 1,
            service=service_of_event(kind.capitalize(), name),
        )


def description(lines: Sequence[str]) -> Iterator[StatusObservation]:
    """What `kubectl describe` tells of one object after the other."""
    reader = _DescriptionReader()
    for number, line in enumerate(lines, 1):
        if row := _DESCRIBED_EVENT.match(line):
            yield reader.event(row, number)
        elif opened := _CONTAINER.match(line):
            reader.container = opened["name"]
        elif pair := _FIELD.match(line):
            yield from reader.take(pair, number)


@dataclass
class _DescriptionReader:
    """Where in a description a line is: of which object, container and state.

    start: the line (1-based) of the state; ended: what was read of it.
    """

    name: str = ""
    container: str = ""
    state: str = ""
    start: int = 0
    ended: dict[str, str] = field(default_factory=dict)

    @property
    def _label(self) -> str:
        return f"Pod {self.name}: {self.container}"

    def take(self, pair: re.Match[str], line: int) -> Iterator[StatusObservation]:
        """Take a field; one that ends a state tells of it."""
        name, value = pair["name"], pair["value"]
        if name == "Name" and not pair["indent"]:
            self.name, self.state = value, ""
        elif name in ("State", "Last State"):
            self.state, self.start, self.ended = value, line, {}
        elif self.state == "Waiting" and name == "Reason":
            yield from self._waiting(value)
        elif self.state == "Terminated":
            self.ended[name] = value
            if name == "Finished":
                yield from self._end()

    def event(self, event: re.Match[str], line: int) -> StatusObservation:
        """A row of the table of events."""
        repeated = _REPEATED.search(event["age"])
        return StatusObservation(
            words=event_words("Pod", self.name, event["reason"], event["message"]),
            line=line,
            level=LEVELS[event["type"]],
            count=int(repeated[1]) if repeated else 1,
            service=workload_of(self.name) or None,
        )

    def _waiting(self, reason: str) -> Iterator[StatusObservation]:
        self.state = ""
        if reason not in STARTING:
            words = say.raw("waiting", name=self._label, reason=reason)
            yield StatusObservation(words=words, line=self.start, service=workload_of(self.name))

    def _end(self) -> Iterator[StatusObservation]:
        reason, code = self.ended.get("Reason", "?"), self.ended.get("Exit Code", "?")
        if reason in SETTLED or code == "0":
            return
        words = say.raw("terminated", name=self._label, reason=reason, code=code)
        at = _described_moment(self.ended["Finished"])
        yield StatusObservation(
            words=words, line=self.start, first=at, last=at, service=workload_of(self.name)
        )


def _described_moment(text: str) -> datetime | None:
    """`Mon, 11 May 2026 07:20:05 +0000`, as mails have it (RFC 5322)."""
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
