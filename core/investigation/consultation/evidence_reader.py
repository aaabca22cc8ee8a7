"""The port through which a model's tools read the files of a case: redacted, bounded, numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from core.evidence.model import Locus
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.evidence.events.line_clocks import ClockSpan
    from core.evidence.events.line_query import LineQuery
    from core.evidence.events.line_search import LineCounts
    from core.evidence.model import EvidenceFile


@dataclass(frozen=True)
class NumberedLine:
    """A line of a file. number: from 1."""

    number: int
    text: RedactedText


@dataclass(frozen=True, kw_only=True)
class TracedSpan:
    """A span of one trace, as a model is shown it.

    parent: the operation that it is part of; empty for a root. depth: 0 for a root. took: in words.
    """

    service: RedactedText
    operation: RedactedText
    parent: RedactedText
    depth: int
    start: datetime
    took: RedactedText
    failed: bool
    says: RedactedText
    locus: Locus


@dataclass(frozen=True, kw_only=True)
class ShownTrace:
    """A trace, by its id. spans: how many it has; those shown are the first, in order of start."""

    id: RedactedText
    file: RedactedText
    spans: int
    shown: Sequence[TracedSpan]


class EvidenceReader(Protocol):
    """The redacted lines and spans of a case's files."""

    async def around(self, file: EvidenceFile, line: int, *, each: int) -> Sequence[NumberedLine]:
        """A line and `each` before and after it; nothing where the text is gone."""

    async def containing(
        self, files: Sequence[EvidenceFile], query: LineQuery, *, most: int, within: ClockSpan
    ) -> Sequence[tuple[EvidenceFile, NumberedLine]]:
        """Lines that are asked for, the first of each file first.

        within: what the clock of a line may show.
        """

    async def counts(
        self, files: Sequence[EvidenceFile], query: LineQuery, *, by: str, within: ClockSpan
    ) -> Sequence[tuple[EvidenceFile, LineCounts]]:
        """Of each file with such lines, how many, and what they carry. by: a field, or none."""

    async def trace(
        self, files: Sequence[EvidenceFile], wanted: str, *, most: int
    ) -> ShownTrace | None:
        """The trace of this id, or the `slowest` or a `failed` one; None where there is none."""
