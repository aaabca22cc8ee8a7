"""Answers where in the code it fails: the function that most traces end in, with its lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.model import Citation
from core.evidence.code.changes import SIGNAL
from core.evidence.logs.stack_frames import kept_frames
from core.evidence.model import Finding, FindingKind
from core.investigation.answering.facts import QuestionContext, cite
from core.investigation.answering.responses import Answer
from core.investigation.code_frames import kept
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator


say = sentences("investigation.code_places")

_CHANGES = 2  # that touched it
_MARK = 2  # characters before the number of a quoted line


def in_code(ask: QuestionContext) -> Answer:
    """The function that most traces end in, its lines, and what changed it last."""
    functions = [each for each in ask.findings if each.kind is FindingKind.FUNCTION]
    top = max(functions, key=lambda each: each.count, default=None)
    if top is None:
        return _without_code(ask)
    changes = [each for each in ask.findings if SIGNAL in each.signals]
    latest = changes[-_CHANGES:]
    text = _sentence(top)
    if latest:
        text = say("touched", sentence=text, change=latest[-1].text.line())
    return Answer(text=text, citations=(*_lines(top), *map(cite, latest)))


def _sentence(finding: Finding) -> RedactedText:
    """Its first line: those below quote the code."""
    return finding.text.part(0, len(finding.text.text.partition("\n")[0]))


def _lines(finding: Finding) -> Iterator[Citation]:
    """The quoted lines of the function, each at its place; the finding itself where none are."""
    start = len(_sentence(finding).text) + 1
    quoted = finding.text.text[start:].split("\n") if finding.text.text[start:] else []
    if not quoted:
        yield cite(finding)
    for row in quoted:
        number = row[_MARK:].partition(" ")[0]
        locus = replace(finding.locus, line_start=int(number), line_end=int(number))
        text = finding.text.part(start + _MARK + len(number) + 1, start + len(row))
        text = say("marked", code=text) if row.startswith(">") else text
        yield Citation(text=text, locus=locus, weight=0.0, why=RedactedText.EMPTY)
        start += len(row) + 1


def _without_code(ask: QuestionContext) -> Answer:
    traces = [each for each in ask.findings if each.kind is FindingKind.STACK_TRACE]
    top = max(traces, key=lambda each: each.count, default=None)
    frame = next(kept_frames(top.data), None) if top else None
    if top is None or frame is None:
        return Answer(text=say("no_trace"), known=False)
    place = kept(f"{frame.function} {frame.path}:{frame.line}".strip())
    return Answer(text=say("no_code", place=place.code()), citations=(cite(top),), known=False)
