"""Which functions the stack traces of a case end in, where it holds their code.

Here traces and code meet: a turn sees the innermost function that the case has the text of as a
finding of its file. Nothing is stored of it, so that it goes with its files, whichever came first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.evidence.code.digests import read_code
from core.evidence.code.places import CodePlace, Version
from core.evidence.logs.stack_frames import kept_frames
from core.evidence.model import Finding, FindingKind, Level, Locus
from core.redaction.engine import Redactor
from core.text.quantities import counted
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.evidence.code.digests import CodeFile
    from core.evidence.code.places import CodeIndex
    from core.investigation.decision import Situation

say = sentences("investigation.code_frames")

MAX_FUNCTIONS = 20  # of a case, those with the most traces
_KEPT = Redactor(b"names of code that were kept")  # they were redacted when they were stored


@dataclass(kw_only=True)
class TracedFunction:
    """A function, or a file, that traces end in. lines: how many traces name each of its lines.

    depth: of the frame that names it, 0 for that of the error itself. below: what its innermost
    trace calls from there, where that is no code of the case.
    """

    place: CodePlace
    depth: int
    lines: Counter[int] = field(default_factory=Counter)
    traces: list[Finding] = field(default_factory=list)
    services: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many traces end in it."""
        return self.lines.total()

    @property
    def line(self) -> int:
        """The line that most of them name."""
        return self.lines.most_common(1)[0][0]

    @property
    def service(self) -> str | None:
        """Whose traces most of them are."""
        return next((name for name, _ in self.services.most_common(1)), None)


def with_functions(situation: Situation, index: CodeIndex) -> Situation:
    """The situation with the functions that its stack traces end in among its findings."""
    names, findings = file_names(situation), dict(situation.findings)
    for traced in traced_functions(situation, index)[:MAX_FUNCTIONS]:
        file_id = traced.place.file.file
        finding = function_finding(traced, names[file_id])
        findings[file_id] = (*findings[file_id], finding)
    return replace(situation, findings=findings)


def traced_functions(situation: Situation, index: CodeIndex) -> list[TracedFunction]:
    """The functions that traces end in, that of the most traces first."""
    traced: dict[tuple[str, str, Version], TracedFunction] = {}
    owners = {file.id: file.service for file in situation.files}
    for file_id, trace in stack_traces(situation):
        depth, place = _innermost(trace, index)
        if place is None:
            continue
        name = place.function.name if place.function else place.frame.function
        key = place.file.file, name, place.version
        function = traced.setdefault(key, TracedFunction(place=place, depth=depth))
        function.depth = min(function.depth, depth)
        function.lines[place.frame.line] += trace.count
        function.traces.append(trace)
        if service := trace.service or owners.get(file_id):
            function.services[service] += trace.count
    return sorted(traced.values(), key=lambda each: -each.count)


def code_files(situation: Situation) -> Iterator[CodeFile]:
    """What the code files of a case define."""
    known = file_names(situation)
    for file_id, findings in situation.findings.items():
        for finding in findings:
            if finding.kind is FindingKind.CODE and file_id in known:
                yield read_code(finding, file=file_id)


def file_names(situation: Situation) -> Mapping[str, str]:
    """The names of the files of a case, by id."""
    return {file.id: file.name.text for file in situation.files}


def stack_traces(situation: Situation) -> Iterator[tuple[str, Finding]]:
    """The stack traces of a case, each with the id of its file."""
    known = file_names(situation)
    for file_id, findings in situation.findings.items():
        if file_id in known:
            yield from (
                (file_id, finding)
                for finding in findings
                if finding.kind is FindingKind.STACK_TRACE
            )


def _innermost(trace: Finding, index: CodeIndex) -> tuple[int, CodePlace | None]:
    """The innermost frame whose code the case has, and how deep it is."""
    for depth, frame in enumerate(kept_frames(trace.data)):
        if (place := index.place_of(frame)) is not None:
            return depth, place
    return 0, None


def function_finding(traced: TracedFunction, name: str) -> Finding:
    """`render_cart` (cart/views.py:41) is the innermost frame of 318 traces."""
    place, traces = traced.place, traced.traces
    function = place.function
    line = traced.line if place.version is Version.SAME else (function.first if function else 1)
    text = _words(traced, name)
    firsts = [trace.first for trace in traces if trace.first]
    lasts = [trace.last or trace.first for trace in traces if trace.first]
    return Finding(
        kind=FindingKind.FUNCTION,
        level=Level.ERROR,
        text=text,
        locus=Locus(file=name, line_start=line, line_end=line),
        count=traced.count,
        first=min(firsts, default=None),
        last=max(filter(None, lasts), default=None),
        service=traced.service,
        data={
            "function": function.name if function else "",
            "function_first": function.first if function else 0,
            "function_last": function.last if function else 0,
            "is_same_version": place.version is Version.SAME,
            "is_innermost": traced.depth == 0,
        },
    )


def _words(traced: TracedFunction, name: str) -> RedactedText:
    place = traced.place
    called = place.function.name if place.function else place.frame.function
    function = kept(called).code() if called else say("top_level")
    traces = counted(traced.count, "trace", "traces")
    line = RedactedText.tag("", traced.line)
    if place.version is Version.OTHER:
        return say("not_in_it", function=function, file=kept(name), line=line, traces=traces)
    if place.version is Version.MOVED and place.function:
        now = RedactedText.tag("", place.function.first)
        until = RedactedText.tag("", place.function.last)
        return say(
            "moved",
            function=function,
            file=kept(name),
            line=line,
            now=now,
            until=until,
            traces=traces,
        )
    sentence = "innermost" if traced.depth == 0 else "innermost_known"
    return say(sentence, function=function, file=kept(name), line=line, traces=traces)


def kept(text: str) -> RedactedText:
    """A name that was redacted when it was stored, for our sentences."""
    return _KEPT.clean(text).line()
