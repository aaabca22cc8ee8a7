"""Results of a model's tools in words: counts of lines, spans, parts of long lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.line_quotes import shorten
from core.investigation.causes.scored_cause import name_of
from core.investigation.memory.prompt_context import EvidenceLine
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.events.line_search import Distribution, LineCounts
    from core.evidence.model import EvidenceFile
    from core.investigation.consultation.evidence_reader import TracedSpan

say = sentences("investigation.tools")

WIDTH = 240  # characters of a line
_BEFORE, _HEAD = 60, 100  # characters before the words in a part of a long line, and of its start
_VALUE = 80  # characters of a value that is counted


def counted(file: EvidenceFile, counts: LineCounts, by: str) -> Iterator[RedactedText]:
    """How many lines a file has of those asked for, their statuses, durations and values."""
    name = "lines" if counts.is_all else "more_lines"
    yield say(name, name=file.name.line(), n=counts.lines, first=counts.first, last=counts.last)
    if counts.statuses:
        each = [say("count_of_status", status=status, n=n) for status, n in counts.statuses]
        yield say("statuses", counts=RedactedText.join(", ", each))
    if counts.durations:
        yield say("durations", numbers=_numbers(counts.durations))
    if by and not (counts.values or counts.groups):
        yield say("no_such_field", field=name_of(by))
    if by and counts.values:
        yield say("numbers", field=name_of(by), numbers=_numbers(counts.values))
    if by and counts.groups:
        each = [say("count", value=value.cut(_VALUE), n=n) for value, n in counts.groups]
        if counts.others:
            each.append(say("others", n=counts.others))
        yield say("values", field=name_of(by), counts=RedactedText.join(", ", each))


def _numbers(numbers: Distribution) -> RedactedText:
    return say(
        "distribution",
        least=_figure(numbers.least),
        median=_figure(numbers.median),
        p95=_figure(numbers.p95),
        most=_figure(numbers.most),
        unit=say("ms") if numbers.unit else RedactedText.EMPTY,
        n=numbers.count,
    )


def _figure(number: float) -> float:
    rounded = float(f"{number:.4g}")
    return int(rounded) if rounded.is_integer() else rounded


def excerpt(line: RedactedText, words: str) -> RedactedText:
    """The line; of one longer than WIDTH its start, and the part around the first of the words."""
    text = line.text.casefold()
    at = min((place for word in words.split() if (place := text.find(word)) >= 0), default=0)
    if len(line.text) <= WIDTH or at < WIDTH - _BEFORE:
        return shorten(line, room=WIDTH) if not words else line.cut(WIDTH)
    start = at - _BEFORE
    part = line.part(start, len(line.text)).cut(WIDTH - _HEAD)
    return RedactedText.join(" … ", [line.part(0, _HEAD), part])


def span_line(span: TracedSpan) -> EvidenceLine:
    """A span in words, with its place."""
    text = say(
        "span",
        depth=span.depth,
        service=span.service,
        operation=span.operation.cut(WIDTH // 2),
        at=span.start,
        took=span.took,
        status=say("failed") if span.failed else say("ok"),
        says=say("saying", text=span.says.cut(WIDTH // 2)) if span.says else RedactedText.EMPTY,
        parent=say("part_of", parent=span.parent.cut(WIDTH // 2)) if span.parent else say("root"),
    )
    return EvidenceLine(text=text, locus=span.locus)
