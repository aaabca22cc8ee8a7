"""What a model may look up in the evidence of a case. Nothing is changed, and all is bounded.

A tool answers in redacted lines, each with its place, so that what a model cites can be found
again. What it is asked with comes from outside: it is checked, and a wrong argument is answered
with how to ask.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, count, islice
from typing import TYPE_CHECKING

from core.evidence.events.line_query import LineQuery
from core.evidence.line_quotes import shorten
from core.evidence.model import DataType, FindingKind, Level, Locus
from core.evidence.series.moves import read_moves
from core.evidence.signatures import signatures
from core.investigation.causes.scored_cause import name_of
from core.investigation.consultation.evidence_reader import EvidenceReader, NumberedLine
from core.investigation.consultation.file_comparison import (
    MOST_SETTINGS,
    ComparedFile,
    Difference,
    compare_files,
)
from core.investigation.consultation.small_files import WIDTH as WHOLE_WIDTH
from core.investigation.consultation.small_files import read_small_files
from core.investigation.consultation.time_spans import TimeSpan, clock_ahead, span_near
from core.investigation.consultation.tool_results import WIDTH, counted, excerpt, span_line
from core.investigation.consultation.tool_specs import OF_TEXT, SPECS
from core.investigation.decision import Situation
from core.investigation.memory.prompt_context import EvidenceLine
from core.investigation.verdict.hypotheses import lines_of
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from core.evidence.model import EvidenceFile, Finding
    from core.investigation.language_model import ToolCall, ToolSpec

say = sentences("investigation.tools")

MOST_LINES = 30  # of a result
MOST_COUNTS, MOST_TOLD = 4, 10  # files whose lines are counted, and lines that say so
MOST_WHOLE = 7  # lines that are read as a whole: more of them are cut short
_ALL_OF = 5  # single lines are shown each
_LAST_LINE = 2**40  # no text has more
_LONGEST_FIELD = 60  # characters of its name
MOST_SINGLE = 12  # lines of a search, beside the kinds
_VARIES = re.compile(r"(?<!\S)\S*\d\S*")
AROUND, MOST_AROUND = 8, 30  # lines on each side
MOST_READ = 2 * MOST_AROUND  # lines of one file in one result
_NEAR = timedelta(minutes=5)
_SHOWN = (
    FindingKind.TEMPLATE,
    FindingKind.SIGNAL,
    FindingKind.STACK_TRACE,
    FindingKind.SPAN,
    FindingKind.THREADS,
    FindingKind.PROFILE,
)


@dataclass(frozen=True)
class EvidenceTools:
    """The tools of one case at one moment.

    reader: None where no text is at hand. allowed: the names of tools; empty: all. shown: what the
    model has been shown so far, by place.
    """

    situation: Situation
    reader: EvidenceReader | None = None
    allowed: frozenset[str] = frozenset()
    shown: dict[str, EvidenceLine] = field(default_factory=dict)

    def show(self, line: EvidenceLine) -> RedactedText:
        """The line with its place in front, which the model may cite from now on."""
        if line.locus is None:
            return line.text
        place = self._place(line.locus)
        self.shown.setdefault(place, line)
        return say("line", place=name_of(place), text=line.text)

    def _place(self, locus: Locus) -> str:
        """Its file and lines; of several series on one line, also which of them it is."""
        if locus.series is None:
            return locus.label
        places = chain([locus.label], (f"{locus.label}#{nth}" for nth in count(2)))
        return next(
            place
            for place in places
            if place not in self.shown or _is_of(self.shown[place], locus.series)
        )

    async def small_files(self, *, room: int) -> list[RedactedText]:
        """Of each small file its name, then its numbered lines, which may be cited from now on."""
        if self.reader is None or room <= 0:
            return []
        read = await read_small_files(self.situation.files, self.reader, room=room)
        return [
            line
            for file, lines in read
            for line in (
                say("all_of", name=file.name.line()),
                *(self._bare(file, line) for line in lines),
            )
        ]

    def _bare(self, file: EvidenceFile, line: NumberedLine) -> RedactedText:
        text = line.text.line().cut(WHOLE_WIDTH)
        self.show(EvidenceLine(text=text, locus=_line_of(file, line)))
        return say("bare", n=line.number, text=text)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """As a model is told of them."""
        at_hand = (spec for spec in SPECS if self.reader or spec.name not in OF_TEXT)
        return tuple(spec for spec in at_hand if not self.allowed or spec.name in self.allowed)

    async def answer(self, call: ToolCall) -> RedactedText:
        """The result of a call, or how to make it right."""
        arguments = call.arguments
        spec = next((each for each in self.specs if each.name == call.name), None)
        if spec is None:
            return say("no_such_tool")
        lines: Sequence[RedactedText]
        if call.name in self._readings:
            lines = await self._readings[call.name](arguments)
        else:
            lines = list(islice(self._tables[call.name](arguments), MOST_LINES))
        nothing = say("no_lines") if call.name == "find_lines" else say("nothing")
        most = MOST_READ + 1 if call.name == "read_lines" else MOST_LINES  # and how many there are
        shown = list(lines[:most]) or [nothing]
        return RedactedText.join("\n", [*_not_asked(spec, arguments), *shown])

    @property
    def _readings(
        self,
    ) -> Mapping[str, Callable[[Mapping[str, object]], Awaitable[Sequence[RedactedText]]]]:
        """Tools that read text of files, where it is at hand."""
        return {
            "find_lines": self._find,
            "read_lines": self._read,
            "compare_files": self._compare,
            "spans": self._spans,
        }

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
        files = figures_last(self.situation.files)
        shown = files if len(files) <= MOST_LINES else files[: MOST_LINES - 1]
        for file in shown:
            yield say(
                "file",
                name=file.name.line(),
                service=name_of(file.service),
                n=file.lines,
                first=file.first,
                last=file.last,
            )
        if rest := files[len(shown) :]:
            yield say(
                "files_left", names=RedactedText.join(", ", [each.name.line() for each in rest])
            )

    async def _find(self, arguments: Mapping[str, object]) -> list[RedactedText]:
        """Kinds of lines that contain the words, with how often; then single lines."""
        words, service = _word(arguments, "words").casefold(), _word(arguments, "service")
        level, span = _level(_word(arguments, "level")), self._span(arguments)
        query = LineQuery(words, level)
        name = _word(arguments, "file")
        only = self._file(name)
        if name and only is None:
            return [say("no_such_file")]
        searched = [only] if only else self.situation.files
        findings = [
            finding
            for file, finding in self._findings(searched)
            if finding.kind in _SHOWN
            and (not service or service == (finding.service or file.service))
            and (level is None or _ORDER.index(finding.level) >= _ORDER.index(level))
            and span.touches(finding)
            and query.is_in(finding.text.text)
        ]
        findings.sort(key=self._relevance)
        kinds = [self._counted(finding) for finding in findings[: MOST_LINES // 2]]
        by = _word(arguments, "count_by")[:_LONGEST_FIELD]
        if self.reader is None:
            return kinds
        if not (query or by or span):
            # A file that was asked for alone and has no kinds of lines is shown from its beginning.
            return kinds or (await self._read({"file": name, "line": 1}) if only else [])
        files = [file for file in searched if service in ("", file.service)]
        summary, shown = list[RedactedText](), list[RedactedText]()
        for ahead, of_clock in self._by_clock(files).items():
            within = span.clocks(ahead)
            counts = await self.reader.counts(of_clock, query, by=by, within=within)
            for file, each in counts[:MOST_COUNTS]:
                summary += counted(file, each, by)
            if query or span:
                single = await self.reader.containing(
                    of_clock, query, most=MOST_LINES, within=within
                )
                shown += [self._numbered(file, line, words) for file, line in _few(single)]
        # What was asked for at a time is told of that time before where its kind begins.
        single_first = [*shown[:MOST_LINES], *kinds] if span else [*kinds, *shown[:MOST_LINES]]
        return [*summary[:MOST_TOLD], *single_first]

    def _by_clock(self, files: Sequence[EvidenceFile]) -> dict[timedelta, list[EvidenceFile]]:
        """Files by how far the clocks that their lines show are ahead of UTC."""
        groups: defaultdict[timedelta, list[EvidenceFile]] = defaultdict(list)
        for file in files:
            groups[clock_ahead(self.situation.findings.get(file.id, ()))].append(file)
        return groups

    async def _read(self, arguments: Mapping[str, object]) -> list[RedactedText]:
        file, line = self._file(_word(arguments, "file")), arguments.get("line")
        if self.reader is None or file is None or not isinstance(line, int):
            return [say("which_file")]
        line = min(line, _LAST_LINE)
        each = arguments.get("around")
        each = min(MOST_AROUND, each) if isinstance(each, int) and each > 0 else AROUND
        read = await self.reader.around(file, line, each=each)
        nearest = sorted(read, key=lambda each: abs(each.number - line))[:MOST_READ]
        all_whole = len(nearest) <= MOST_WHOLE
        shown = sorted(nearest, key=lambda each: each.number)
        lines = [
            self._whole(file, each)
            if all_whole or each.number == line
            else self._numbered(file, each)
            for each in shown
        ]
        if not shown or len(shown) >= file.lines:
            return lines
        first, last = shown[0].number, shown[-1].number
        return [say("lines_shown", first=first, last=last, all=file.lines), *lines]

    async def _compare(self, arguments: Mapping[str, object]) -> list[RedactedText]:
        """What differs between two files, each with the lines that show it."""
        file, other = (self._file(_word(arguments, name)) for name in ("file", "other"))
        if file is None or other is None or file is other:
            return [say("which_files")]
        left, right = await self._compared(file), await self._compared(other)
        return [
            line
            for difference in islice(compare_files(left, right), MOST_LINES)
            for line in self._difference(difference)
        ]

    async def _compared(self, file: EvidenceFile) -> ComparedFile:
        half = MOST_SETTINGS // 2
        lines = await self.reader.around(file, half + 1, each=half) if self.reader else ()
        return ComparedFile(file, self.situation.findings.get(file.id, ()), lines)

    def _difference(self, difference: Difference) -> Iterator[RedactedText]:
        yield difference.text.cut(2 * WIDTH)
        for file, line in difference.lines:
            self._numbered(file, line)  # so that it may be cited; its words are told above
        yield from map(self._counted, difference.findings)

    async def _spans(self, arguments: Mapping[str, object]) -> list[RedactedText]:
        service = _word(arguments, "service")
        files = [file for file in self.situation.files if service in ("", file.service)]
        wanted = _word(arguments, "trace").removeprefix("trace ")
        trace = await self.reader.trace(files, wanted, most=MOST_LINES - 1) if self.reader else None
        if trace is None:
            return [say("no_such_trace")]
        head = say("trace", id=trace.id, name=trace.file.line(), n=trace.spans)
        return [head, *(self.show(span_line(span)) for span in trace.shown)]

    def _file(self, name: str) -> EvidenceFile | None:
        """By its name, or by the tag that people call it by."""
        files = self.situation.files
        return next((file for file in files if name in (file.name.text, file.tag.text)), None)

    def _series(self, arguments: Mapping[str, object]) -> Iterator[RedactedText]:
        """What moved of a service, the nearest to the onset first; of none, of anything.

        Also what is measured of it by somebody else, whose series name it.
        """
        service = _word(arguments, "service")
        moves = [
            (move, finding.locus)
            for file, finding in self._findings()
            if finding.kind is FindingKind.MOVES
            for move in read_moves(finding.data)
            if service in ("", finding.service or file.service) or service in move.series
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
            place = replace(locus, line_start=first, line_end=last, series=move.series)
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
                text=shorten(line.text, room=WIDTH),
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
        # A line may be a change, and of a kind of its own: it happened once.
        findings = list({(each.locus, each.text): each for each in findings}.values())
        findings.sort(key=lambda finding: abs((finding.first or onset) - onset))
        for finding in sorted(findings[:MOST_LINES], key=lambda finding: finding.first or onset):
            yield self._counted(finding)

    def _span(self, arguments: Mapping[str, object]) -> TimeSpan:
        """Between `since` and `until`, which are times of the day of the onset."""
        day = self.situation.onset or self.situation.at
        return span_near(day, _word(arguments, "since"), _word(arguments, "until"))

    def _counted(self, finding: Finding) -> RedactedText:
        words = shorten(finding.text, room=WIDTH)
        text = say("single", first=finding.first, text=words)
        if finding.count > 1 and finding.last:
            text = say(
                "finding", n=finding.count, first=finding.first, last=finding.last, text=words
            )
        return self.show(EvidenceLine(text=text, locus=finding.locus))

    def _numbered(self, file: EvidenceFile, line: NumberedLine, words: str = "") -> RedactedText:
        """The line with its place; of a long one the part that holds the words, too."""
        text = excerpt(line.text.line(), words)
        return self.show(EvidenceLine(text=text, locus=_line_of(file, line)))

    def _whole(self, file: EvidenceFile, line: NumberedLine) -> RedactedText:
        """The line that was asked for, as long as the reader hands it out."""
        return self.show(EvidenceLine(text=line.text.line(), locus=_line_of(file, line)))

    def _findings(
        self, files: Sequence[EvidenceFile] | None = None
    ) -> Iterator[tuple[EvidenceFile, Finding]]:
        """Of these files, or of all."""
        for file in self.situation.files if files is None else files:
            for finding in self.situation.findings.get(file.id, ()):
                yield file, finding

    def _relevance(self, finding: Finding) -> tuple[bool, int, float]:
        """What began near the onset, then what is serious, first."""
        onset = self.situation.onset or self.situation.at
        gap = abs((finding.first or onset) - onset)
        return gap > _NEAR, -_ORDER.index(finding.level), gap.total_seconds()


def _is_of(line: EvidenceLine, series: str) -> bool:
    return line.locus is not None and line.locus.series == series


def _line_of(file: EvidenceFile, line: NumberedLine) -> Locus:
    return Locus(file=file.name.text, line_start=line.number, line_end=line.number)


def _few(
    lines: Sequence[tuple[EvidenceFile, NumberedLine]],
) -> Iterable[tuple[EvidenceFile, NumberedLine]]:
    """All where they are few: of two settings alike each is one to cite."""
    return lines if len(lines) <= _ALL_OF else _unlike(lines)


def _unlike(
    lines: Sequence[tuple[EvidenceFile, NumberedLine]],
) -> list[tuple[EvidenceFile, NumberedLine]]:
    """The first line of each kind: alike but for numbers and ids."""
    kinds = {_VARIES.sub("", line.text.text): (file, line) for file, line in reversed(lines)}
    return list(kinds.values())[::-1][:MOST_SINGLE]


_ORDER = list(Level)


def _signature(arguments: Mapping[str, object]) -> Iterable[RedactedText]:
    signature = signatures().get(_word(arguments, "fault"))
    if signature is not None:
        yield say(
            "known",
            title=signature.title,
            check=signature.check.line(),
            mend=signature.mend.line(),
        )


def _not_asked(spec: ToolSpec, arguments: Mapping[str, object]) -> list[RedactedText]:
    """That arguments which it does not have changed nothing: a model takes them for heeded."""
    properties = spec.parameters["properties"]
    taken = list(properties) if isinstance(properties, dict) else []
    if not set(arguments) - set(taken):
        return []
    known = RedactedText.join(", ", [name_of(each) for each in taken])
    return [say("unknown_argument", known=known) if taken else say("no_arguments")]


def figures_last(files: Sequence[EvidenceFile]) -> list[EvidenceFile]:
    """In their order, but that files of figures, which `series` tells of, are named last."""
    return sorted(files, key=lambda file: file.data_type is DataType.METRIC)


def _word(arguments: Mapping[str, object], name: str) -> str:
    value = arguments.get(name)
    return value.strip() if isinstance(value, str) else ""


def _level(name: str) -> Level | None:
    return next((level for level in Level if level.value == name.lower()), None)
