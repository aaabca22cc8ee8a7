"""Reads lines and spans of a case's files for a model: redacted, bounded, by number or words."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, TypeVar

from core.errors import NotFound, StoreUnavailable, UnreadableEvidence
from core.evidence.model import DataType, EvidenceFile, FileState, Locus
from core.investigation.consultation.evidence_reader import (
    NumberedLine,
    ShownTrace,
    TracedSpan,
)
from core.text.redacted import RedactedText
from core.workflows.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.evidence.events.line_clocks import ClockSpan
    from core.evidence.events.line_query import LineQuery
    from core.evidence.events.line_search import LineCounts
    from core.evidence.model import Original
    from core.evidence.spans.choice import TraceSpan
    from core.evidence.spans.traces import Trace
    from core.redaction.engine import Redactor

Read = TypeVar("Read")

_ROOM = 1_000  # characters of a line
_NO_TEXT = frozenset({DataType.IMAGE, DataType.ARCHIVE, DataType.BINARY, DataType.EMPTY, None})


@dataclass(frozen=True)
class CaseLines:
    """Implements `EvidenceReader` for one case. A file whose text is gone has no lines."""

    case_id: str
    services: Services

    async def around(self, file: EvidenceFile, line: int, *, each: int) -> Sequence[NumberedLine]:
        def read(original: Original) -> list[tuple[int, RedactedText]]:
            from core.evidence.events.answers import read_numbered_lines  # noqa: PLC0415 - polars

            first = max(1, line - each)
            return read_numbered_lines(
                original, first, line + each, redactor=self._redactor, room=_ROOM
            )

        return [NumberedLine(*each) for each in await self._of_text(file, read) or ()]

    async def containing(
        self, files: Sequence[EvidenceFile], query: LineQuery, *, most: int, within: ClockSpan
    ) -> Sequence[tuple[EvidenceFile, NumberedLine]]:
        def read(original: Original) -> list[tuple[int, RedactedText]]:
            from core.evidence.events.line_search import find_lines  # noqa: PLC0415 - polars

            return find_lines(
                original, query, redactor=self._redactor, most=most, room=_ROOM, within=within
            )

        of_files = [
            [(file, NumberedLine(*line)) for line in await self._of_text(file, read) or ()]
            for file in files
        ]
        return [pair for pair in chain(*zip_longest(*of_files)) if pair][:most]

    async def counts(
        self, files: Sequence[EvidenceFile], query: LineQuery, *, by: str, within: ClockSpan
    ) -> Sequence[tuple[EvidenceFile, LineCounts]]:
        def count(original: Original) -> LineCounts | None:
            from core.evidence.events.line_search import count_lines  # noqa: PLC0415 - polars

            return count_lines(original, query, redactor=self._redactor, by=by, within=within)

        counted = [(file, await self._of_text(file, count)) for file in files]
        return [(file, counts) for file, counts in counted if counts is not None]

    async def trace(
        self, files: Sequence[EvidenceFile], wanted: str, *, most: int
    ) -> ShownTrace | None:
        from core.evidence.spans.choice import choose_trace, read_traces, took  # noqa: PLC0415

        def choose(original: Original) -> Trace | None:
            return choose_trace(read_traces(original), wanted, shown=self._shown)

        traces = [
            (file, trace)
            for file in files
            if file.data_type is DataType.TRACE
            and (trace := await self._of_text(file, choose)) is not None
        ]
        if not traces:
            return None
        file, trace = max(traces, key=lambda pair: took(pair[1]))
        return await asyncio.to_thread(_shown_trace, file, trace, self._redactor, most)

    @property
    def _redactor(self) -> Redactor:
        return self.services.redactor(self.case_id)

    def _shown(self, words: str) -> str:
        return self._redactor.clean(words).line().text

    async def _of_text(
        self, file: EvidenceFile, read: Callable[[Original], Read | None]
    ) -> Read | None:
        """What is read of the text of a file, in a thread; None where there is no text of it."""
        has_text = file.data_type not in _NO_TEXT or _was_transcribed(file)
        if file.state is not FileState.PROCESSED or not has_text or not file.is_kept:
            return None
        await asyncio.to_thread(importlib.import_module, "core.evidence.events.line_search")
        with suppress(NotFound, StoreUnavailable, UnreadableEvidence):
            original = await text_of(file, services=self.services)
            return await asyncio.to_thread(partial(read, original)) if original else None
        return None


def _was_transcribed(file: EvidenceFile) -> bool:
    """Whether it is a picture whose text was read."""
    return file.data_type is DataType.IMAGE and file.decoded


async def text_of(file: EvidenceFile, *, services: Services) -> Original | None:
    """The text that its line numbers and offsets are of; None where it was given up."""
    blob, case_id = file.blob, file.case_id
    try:
        if not file.decoded:
            return await services.files.original(blob, case_id=case_id)
        shelf = await services.files.shelf(blob, case_id=case_id, file_id=file.id)
    except NotFound:
        return None
    return shelf.rendition.original() if shelf.rendition is not None else None


def _shown_trace(file: EvidenceFile, trace: Trace, redactor: Redactor, most: int) -> ShownTrace:
    from core.evidence.spans.choice import spans_in_order  # noqa: PLC0415 - numpy

    return ShownTrace(
        id=redactor.clean(trace.spans[0].trace).line(),
        file=file.name,
        spans=len(trace.spans),
        shown=[_shown_span(file, each, redactor) for each in spans_in_order(trace)[:most]],
    )


def _shown_span(file: EvidenceFile, placed: TraceSpan, redactor: Redactor) -> TracedSpan:
    from core.evidence.spans.descriptions import format_duration, moment  # noqa: PLC0415

    span, above = placed.span, placed.parent
    return TracedSpan(
        service=redactor.clean(span.service).line(),
        operation=redactor.clean(span.operation).line(),
        parent=redactor.clean(f"{above.service} {above.operation}").line()
        if above
        else RedactedText.EMPTY,
        depth=placed.depth,
        start=moment(span.start),
        took=format_duration(span.duration),
        failed=span.failed,
        says=redactor.clean(span.says).line(),
        locus=Locus(
            file=file.name.text,
            line_start=span.place.line_start,
            line_end=span.place.line_end,
            byte_start=span.place.byte_start,
            byte_end=span.place.byte_end,
            first=moment(span.start),
            last=moment(span.end),
            span=redactor.clean(span.id).text,
        ),
    )
