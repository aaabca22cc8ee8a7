"""What a model may look up in the evidence of a case. Nothing is changed, and all is bounded.

A tool answers in redacted lines, each with its place, so that what a model cites can be found
again. What it is asked with comes from outside: it is checked, and a wrong argument is answered
with how to ask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from core.evidence.model import FindingKind, Level, Locus
from core.evidence.series.moves import read_moves
from core.evidence.signatures import signatures
from core.investigation.causes.scores import name_of
from core.investigation.decision import Situation
from core.investigation.language_model import ToolCall, ToolSpec
from core.investigation.memory.prompt_context import EvidenceLine
from core.investigation.verdict.hypotheses import lines_of
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from core.evidence.model import EvidenceFile, Finding

say = sentences("investigation.tools")

MOST_LINES, WIDTH = 30, 240  # of a result
MOST_SINGLE = 12  # lines of a search, beside the kinds
_VARIES = re.compile(r"\S*\d\S*")
AROUND, MOST_AROUND = 8, 25  # lines on each side
_NEAR, _DAY = timedelta(minutes=5), timedelta(days=1)
_SHOWN = (FindingKind.TEMPLATE, FindingKind.SIGNAL, FindingKind.STACK_TRACE, FindingKind.SPAN)
_TEXT = {"type": "string"}
_TIME = {"type": "string", "description": "a time of the day of the incident: 07:42:10"}
_NUMBER = {"type": "integer"}


class LineReader(Protocol):
    """The redacted lines of a case's files."""

    async def around(self, file: EvidenceFile, line: int, *, each: int) -> Sequence[NumberedLine]:
        """A line and `each` before and after it. Raises NotFound where the text is gone."""

    async def containing(
        self, files: Sequence[EvidenceFile], words: str, *, most: int
    ) -> Sequence[tuple[EvidenceFile, NumberedLine]]:
        """Lines that contain all the words, whatever their case, the first of each file first."""


@dataclass(frozen=True)
class NumberedLine:
    """A line of a file. number: from 1."""

    number: int
    text: RedactedText


class TimeSpan(NamedTuple):
    """A span of time; without an end on a side where it has None."""

    since: datetime | None
    until: datetime | None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies in it."""
        return (self.since is None or self.since <= moment) and (
            self.until is None or moment <= self.until
        )

    def touches(self, finding: Finding) -> bool:
        """Whether a line that the finding stands for may lie in it."""
        if not self or finding.first is None or finding.last is None:
            return not self
        return (self.until is None or finding.first <= self.until) and (
            self.since is None or finding.last >= self.since
        )


@dataclass(frozen=True)
class EvidenceTools:
    """The tools of one case at one moment.

    reader: None where no text is at hand. allowed: the names of tools; empty: all. shown: what the
    model has been shown so far, by place.
    """

    situation: Situation
    reader: LineReader | None = None
    allowed: frozenset[str] = frozenset()
    shown: dict[str, EvidenceLine] = field(default_factory=dict)

    def show(self, line: EvidenceLine) -> RedactedText:
        """The line with its place in front, which the model may cite from now on."""
        if line.locus is None:
            return line.text
        place = line.locus.label
        self.shown.setdefault(place, line)
        return say("line", place=name_of(place), text=line.text)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """As a model is told of them."""
        at_hand = (spec for spec in SPECS if self.reader or spec.name not in _OF_TEXT)
        return tuple(spec for spec in at_hand if not self.allowed or spec.name in self.allowed)

    async def answer(self, call: ToolCall) -> RedactedText:
        """The result of a call, or how to make it right."""
        arguments = call.arguments
        if call.name not in {spec.name for spec in self.specs}:
            return say("no_such_tool")
        lines: Sequence[RedactedText]
        if call.name == "find_lines":
            lines = await self._find(arguments)
        elif call.name == "read_lines" and self.reader is not None:
            lines = await self._read(arguments, self.reader)
        else:
            lines = list(islice(self._tables[call.name](arguments), MOST_LINES))
        return RedactedText.join("\n", list(lines[:MOST_LINES]) or [say("nothing")])

    @property
    def _tables(self) -> Mapping[str, Callable[[Mapping[str, object]], Iterable[RedactedText]]]:
        """Tools that need no text of a file."""
        return {
            "list_files": self._files,
            "series": self._series,
            "changes": self._changes,
            "timeline": self._timeline,
            "hypothesis": self._hypothesis,
            "known_failure": _signature,
        }

    def _files(self, _arguments: Mapping[str, object]) -> Iterator[RedactedText]:
        for file in self.situation.files:
            yield say(
                "file",
                name=file.name.line(),
                service=name_of(file.service),
                n=file.lines,
                first=file.first,
                last=file.last,
            )

    async def _find(self, arguments: Mapping[str, object]) -> list[RedactedText]:
        """Kinds of lines that contain the words, with how often; then single lines."""
        words, service = _word(arguments, "words").casefold(), _word(arguments, "service")
        level, span = _level(_word(arguments, "level")), self._span(arguments)
        findings = [
            finding
            for file, finding in self._findings()
            if finding.kind in _SHOWN
            and (not service or service == (finding.service or file.service))
            and (level is None or _ORDER.index(finding.level) >= _ORDER.index(level))
            and span.touches(finding)
            and all(word in finding.text.text.casefold() for word in words.split())
        ]
        findings.sort(key=self._relevance)
        lines = [self._counted(finding) for finding in findings[: MOST_LINES // 2]]
        if self.reader is not None and words:
            files = [file for file in self.situation.files if service in ("", file.service)]
            single = await self.reader.containing(files, words, most=MOST_LINES)
            lines += [self._numbered(file, line) for file, line in _unlike(single)]
        return lines

    async def _read(
        self, arguments: Mapping[str, object], reader: LineReader
    ) -> list[RedactedText]:
        name, line = _word(arguments, "file"), arguments.get("line")
        file = next((file for file in self.situation.files if file.name.text == name), None)
        if file is None or not isinstance(line, int):
            return [say("which_file")]
        each = arguments.get("around")
        each = min(MOST_AROUND, each) if isinstance(each, int) and each > 0 else AROUND
        return [self._numbered(file, read) for read in await reader.around(file, line, each=each)]

    def _series(self, arguments: Mapping[str, object]) -> Iterator[RedactedText]:
        """What moved of a service, the nearest to the onset first."""
        service = _word(arguments, "service")
        moves = [
            (move, finding.locus)
            for file, finding in self._findings()
            if finding.kind is FindingKind.MOVES and service == (finding.service or file.service)
            for move in read_moves(finding.data)
        ]
        onset = self.situation.onset or self.situation.at
        moves.sort(key=lambda pair: abs(pair[0].at - onset.timestamp()))
        nearest = {move.series: (move, locus) for move, locus in reversed(moves)}
        for move, locus in list(nearest.values())[::-1]:
            text = say(
                "moved",
                series=name_of(move.series).cut(WIDTH),
                before=float(f"{move.before:.4g}"),
                after=float(f"{move.after:.4g}"),
                at=datetime.fromtimestamp(move.at, onset.tzinfo),
            )
            first, last = move.lines
            place = replace(locus, line_start=first, line_end=last)
            yield self.show(EvidenceLine(text=text, locus=place))

    def _changes(self, _arguments: Mapping[str, object]) -> Iterator[RedactedText]:
        findings = [
            finding for _, finding in self._findings() if finding.kind is FindingKind.CHANGE
        ]
        onset = self.situation.onset or self.situation.at
        for finding in sorted(findings, key=lambda each: abs((each.first or onset) - onset)):
            yield self._counted(finding)

    def _hypothesis(self, arguments: Mapping[str, object]) -> Iterator[RedactedText]:
        number = arguments.get("number")
        hypothesis = next((h for h in self.situation.hypotheses if h.number == number), None)
        if hypothesis is None:
            return
        for line in lines_of(hypothesis):
            text = say(
                "weighed",
                weight=round(line.weight, 1),
                why=line.why.line(),
                text=line.text.line().cut(WIDTH),
            )
            yield self.show(EvidenceLine(text=text, locus=line.locus))

    def _timeline(self, arguments: Mapping[str, object]) -> Iterator[RedactedText]:
        """What began when, in order; within the span asked for, else near the onset."""
        onset = self.situation.onset or self.situation.at
        span = self._span(arguments)
        if not span:
            span = TimeSpan(onset - _NEAR, onset + _NEAR)
        findings = [
            finding
            for _, finding in self._findings()
            if finding.kind in _SHOWN or finding.kind is FindingKind.CHANGE
            if finding.first is not None and span.holds(finding.first)
        ]
        findings.sort(key=lambda finding: abs((finding.first or onset) - onset))
        for finding in sorted(findings[:MOST_LINES], key=lambda finding: finding.first or onset):
            yield self._counted(finding)

    def _span(self, arguments: Mapping[str, object]) -> TimeSpan:
        """Between `since` and `until`, which are times of the day of the onset."""
        day = self.situation.onset or self.situation.at
        return TimeSpan(
            _moment(_word(arguments, "since"), day), _moment(_word(arguments, "until"), day)
        )

    def _counted(self, finding: Finding) -> RedactedText:
        words = finding.text.line().cut(WIDTH)
        text = say("single", first=finding.first, text=words)
        if finding.count > 1 and finding.last:
            text = say(
                "finding", n=finding.count, first=finding.first, last=finding.last, text=words
            )
        return self.show(EvidenceLine(text=text, locus=finding.locus))

    def _numbered(self, file: EvidenceFile, line: NumberedLine) -> RedactedText:
        locus = Locus(file=file.name.text, line_start=line.number, line_end=line.number)
        return self.show(EvidenceLine(text=line.text.line().cut(WIDTH), locus=locus))

    def _findings(self) -> Iterator[tuple[EvidenceFile, Finding]]:
        for file in self.situation.files:
            for finding in self.situation.findings.get(file.id, ()):
                yield file, finding

    def _relevance(self, finding: Finding) -> tuple[bool, int, float]:
        """What began near the onset, then what is serious, first."""
        onset = self.situation.onset or self.situation.at
        gap = abs((finding.first or onset) - onset)
        return gap > _NEAR, -_ORDER.index(finding.level), gap.total_seconds()


def _unlike(
    lines: Sequence[tuple[EvidenceFile, NumberedLine]],
) -> list[tuple[EvidenceFile, NumberedLine]]:
    """The first line of each kind: alike but for numbers and ids."""
    kinds = {_VARIES.sub("", line.text.text): (file, line) for file, line in reversed(lines)}
    return list(kinds.values())[::-1][:MOST_SINGLE]


_ORDER = list(Level)
_OF_TEXT = frozenset({"read_lines"})


def _spec(name: str, purpose: str, **arguments: Mapping[str, object]) -> ToolSpec:
    needed = [each for each in arguments if each in _NEEDED.get(name, ())]
    return ToolSpec(
        name=name,
        purpose=purpose,
        parameters={"type": "object", "properties": dict(arguments), "required": needed},
    )


_NEEDED = {
    "read_lines": ("file", "line"),
    "series": ("service",),
    "hypothesis": ("number",),
    "known_failure": ("fault",),
}
SPECS = (
    _spec("list_files", "The files, whose they are, and which time they cover."),
    _spec(
        "find_lines",
        "Kinds of lines and single lines that contain all the words, nearest to the onset first.",
        words=_TEXT,
        service=_TEXT,
        since=_TIME,
        until=_TIME,
        level={"type": "string", "enum": [level.value for level in Level]},
    ),
    _spec(
        "read_lines",
        "The lines of a file around one line.",
        file=_TEXT,
        line=_NUMBER,
        around=_NUMBER,
    ),
    _spec("series", "What is measured of a service and moved, nearest first.", service=_TEXT),
    _spec("changes", "What was deployed, configured, started or pushed, nearest first."),
    _spec(
        "timeline",
        "What began when in all files, in order; near the onset unless it is asked for a span.",
        since=_TIME,
        until=_TIME,
    ),
    _spec("hypothesis", "All lines for and against one of the engine's causes.", number=_NUMBER),
    _spec("known_failure", "What is known of a failure: its check and its remedy.", fault=_TEXT),
)


def _signature(arguments: Mapping[str, object]) -> Iterable[RedactedText]:
    signature = signatures().get(_word(arguments, "fault"))
    if signature is not None:
        yield say(
            "known",
            title=signature.title,
            check=signature.check.line(),
            mend=signature.mend.line(),
        )


def _word(arguments: Mapping[str, object], name: str) -> str:
    value = arguments.get(name)
    return value.strip() if isinstance(value, str) else ""


def _level(name: str) -> Level | None:
    return next((level for level in Level if level.value == name.lower()), None)


def _moment(words: str, day: datetime) -> datetime | None:
    """A time of the day that is nearest to `day`; None where it is none."""
    try:
        clock = time.fromisoformat(words.removesuffix("Z").strip())
    except ValueError:
        return None
    moment = day.replace(
        hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=clock.microsecond
    )
    nearby = (moment - _DAY, moment, moment + _DAY)
    return min(nearby, key=lambda each: abs(each - day))
