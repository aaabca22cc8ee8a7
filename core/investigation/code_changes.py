"""Which changes of code touched a function that stack traces end in: those accuse it.

Diffs of a case and versions of a file tell what was changed; a turn joins them with its traces. A
commit has a time, which is when it was made and not when it went live.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from core.evidence.code.changes import (
    SIGNAL,
    CodeChange,
    is_of_code,
    read_change,
    version_finding,
)
from core.evidence.code.places import CodeIndex, is_installed, path_parts, shared_end
from core.evidence.configuration.versions import name_without_mark
from core.evidence.logs.stack_frames import StackFrame, kept_frames
from core.evidence.model import Finding, FindingKind
from core.investigation.code_frames import (
    code_files,
    file_names,
    kept,
    stack_traces,
    with_functions,
)
from core.investigation.decision import Situation
from core.text.quantities import counted
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from core.evidence.code.digests import CodeFile
    from core.text.redacted import RedactedText

say = sentences("investigation.code_frames")

_CODE = frozenset({FindingKind.STACK_TRACE, FindingKind.CODE})


def with_code(situation: Situation) -> Situation:
    """The situation with what its code says of its stack traces, and of what was changed."""
    every = list(chain.from_iterable(situation.findings.values()))
    if not any(finding.kind is FindingKind.CODE or is_of_code(finding) for finding in every):
        return situation
    versions = CodeVersions(situation)
    situation = replace(situation, findings=versions.with_differences())
    index = CodeIndex.of(versions.newest, file_names(situation))
    return with_functions(_with_accused(situation, index), index)


@dataclass(frozen=True)
class CodeVersions:
    """The files of code of a case, each with its older versions."""

    situation: Situation

    @cached_property
    def groups(self) -> list[list[CodeFile]]:
        """The versions of each file, the oldest first."""
        names = file_names(self.situation)
        by_base: defaultdict[str, list[CodeFile]] = defaultdict(list)
        for file in code_files(self.situation):
            by_base[name_without_mark(names[file.file], is_code=True)[0]].append(file)
        return [
            sorted(files, key=lambda file: name_without_mark(names[file.file], is_code=True)[1])
            for files in by_base.values()
        ]

    @property
    def newest(self) -> Iterator[CodeFile]:
        """Those that traces are looked up in; all of a group whose order nobody knows."""
        for group in self.groups:
            yield from group[-1:] if self._is_ordered(group) else group

    def with_differences(self) -> dict[str, tuple[Finding, ...]]:
        """All findings, and with those of a newer version what differs from the older one."""
        names, findings = file_names(self.situation), dict(self.situation.findings)
        for older, newer in self._pairs:
            changed = [kept(name) for name in _differing(older, newer)]
            if changed:
                finding = version_finding(
                    changed, older=kept(names[older.file]), newer=kept(names[newer.file])
                )
                findings[newer.file] = (*findings[newer.file], finding)
        return findings

    @property
    def _pairs(self) -> Iterator[tuple[CodeFile, CodeFile]]:
        for group in self.groups:
            if self._is_ordered(group):
                yield from pairwise(group)

    def _is_ordered(self, group: Sequence[CodeFile]) -> bool:
        names = file_names(self.situation)
        marks = [name_without_mark(names[file.file], is_code=True)[1] for file in group]
        return len(set(marks)) == len(marks)


def _differing(older: CodeFile, newer: CodeFile) -> list[str]:
    """The functions whose text is another one now, or that are new."""
    before = {each.name: each.digest for each in older.functions}
    return [
        each.name
        for each in newer.functions
        if each.digest and before.get(each.name, "") != each.digest
    ]


@dataclass(frozen=True, kw_only=True)
class _Accusation:
    """A change that touched a function of stack traces. is_end: whether any of them ends there."""

    function: str
    traces: int
    is_end: bool
    service: str | None


def _with_accused(situation: Situation, index: CodeIndex) -> Situation:
    """With the changes that touched a function of a trace marked, and said to have."""
    traces = list(_ours(situation, index))
    if not traces:
        return situation
    newest = _newest(situation)
    findings = {
        file_id: tuple(_accused(finding, traces, newest) for finding in of_file)
        for file_id, of_file in situation.findings.items()
    }
    return replace(situation, findings=findings)


def _newest(situation: Situation) -> Mapping[str, datetime | None]:
    """When each file was changed last, by its path; None where no change of it has a time."""
    newest: dict[str, datetime | None] = {}
    for finding in chain.from_iterable(situation.findings.values()):
        if is_of_code(finding):
            path = read_change(finding).path
            times = [at for at in (newest.get(path), finding.first) if at]
            newest[path] = max(times, default=None)
    return newest


@dataclass(frozen=True, kw_only=True)
class _OwnTrace:
    """A trace without the frames of libraries. frames: with the function of each, if known."""

    frames: tuple[tuple[StackFrame, str], ...]
    count: int
    service: str | None


def _ours(situation: Situation, index: CodeIndex) -> Iterator[_OwnTrace]:
    owners = {file.id: file.service for file in situation.files}
    for file_id, trace in stack_traces(situation):
        frames = (frame for frame in kept_frames(trace.data) if not is_installed(frame.path))
        named = tuple((frame, _function(frame, index)) for frame in frames)
        service = trace.service or owners.get(file_id)
        yield _OwnTrace(frames=named, count=trace.count, service=service)


def _function(frame: StackFrame, index: CodeIndex) -> str:
    place = index.place_of(frame)
    known = place.function.simple_name if place and place.function else ""
    return frame.function or known


def _accused(
    finding: Finding, traces: Sequence[_OwnTrace], newest: Mapping[str, datetime | None]
) -> Finding:
    if not is_of_code(finding):
        return finding
    change = read_change(finding)
    is_newest = finding.first == newest[change.path]
    accusation = _accusation(change, traces, is_newest=is_newest)
    if accusation is None:
        return finding
    text = _accusing_words(change, accusation)
    service = finding.service or accusation.service
    return replace(finding, text=text, signals=(SIGNAL,), service=service)


def _accusing_words(change: CodeChange, accusation: _Accusation) -> RedactedText:
    is_single = accusation.traces == 1
    commit, path = kept(change.commit), kept(change.path)
    function = kept(accusation.function).code()
    traces = counted(accusation.traces, "trace", "traces")
    if accusation.is_end:
        return say(
            "changed_at_end",
            change=commit,
            function=function,
            file=path,
            traces=traces,
            ends=say("ends_once") if is_single else say("ends"),
        )
    return say(
        "changed_on_way",
        change=commit,
        function=function,
        file=path,
        traces=traces,
        passes=say("passes_once") if is_single else say("passes"),
    )


def _accusation(
    change: CodeChange, traces: Sequence[_OwnTrace], *, is_newest: bool
) -> _Accusation | None:
    """The function of a change that most traces end in; where none does, that they pass."""
    ends: defaultdict[tuple[str, str | None], int] = defaultdict(int)
    passes: defaultdict[tuple[str, str | None], int] = defaultdict(int)
    for trace in traces:
        for depth, (frame, function) in enumerate(trace.frames):
            is_touched = change.touches(function, frame.line, is_newest=is_newest)
            if is_touched and _is_same_file(change.path, frame.path):
                counts = passes if depth else ends
                counts[function or f"line {frame.line}", trace.service] += trace.count
                break
    counts = ends or passes
    if not counts:
        return None
    (function, service), most = max(counts.items(), key=lambda item: item[1])
    return _Accusation(function=function, traces=most, is_end=bool(ends), service=service)


def _is_same_file(path: str, other: str) -> bool:
    """Whether two paths end alike, with a folder where both have one."""
    parts, others = path_parts(path), path_parts(other)
    return shared_end(parts, others) >= min(2, len(parts), len(others)) > 0
