"""Extracts any text that no closer reader knows: its words, and lines of known failures.

Prose of a person is a note. Lines that a program wrote are looked up like those of a log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from core.evidence.detection.configuration import configuration_likeness
from core.evidence.detection.dumps import score_dump
from core.evidence.detection.json_exports import find_export
from core.evidence.detection.log_lines import (
    score_measurements,
    score_span_table,
    score_text_table,
)
from core.evidence.detection.profiles import score_profile
from core.evidence.detection.programs import score_code
from core.evidence.detection.prose import score_prose
from core.evidence.detection.sample import Likeness, Sample, best
from core.evidence.detection.transcripts import score_transcript
from core.evidence.extractor import Detected
from core.evidence.lines import Block, read_blocks
from core.evidence.logs.changes import is_made
from core.evidence.logs.levels import guess_level
from core.evidence.logs.salt_states import changed_state
from core.evidence.logs.terminal import shown_command, was_done
from core.evidence.logs.terraform_plans import planned_change
from core.evidence.logs.told_times import on_day_of, own_moment, told_moment
from core.evidence.model import DataType, Extraction, Finding, FindingKind, Level, Locus
from core.evidence.signatures import is_change, literals, match
from core.redaction.engine import Redactor
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.extractor import Exhibit, Head
    from core.evidence.logs.salt_states import SaltState
    from core.evidence.logs.terminal import ShownCommand
    from core.evidence.logs.terraform_plans import PlannedChange

say = sentences("evidence.detection")

_MAX_KNOWN = 100
_SVG = re.compile(  # a page of the web may hold drawings: only at the beginning is it one itself
    r"(?:\s|<\?[^<>]{0,200}\?>|<!--[^<>]{0,400}-->|<!DOCTYPE svg\b[^<>]{0,300}>)*<svg\b"
)
_OF_REPOSITORY = re.compile(r"\s*commit [0-9a-f]{6,64}\b[^\n]*\n(?:Merge: [^\n]*\n)?Author: ")
_COMMITTED = re.compile(r"(?m)^(?:commit|From) [0-9a-f]{6,64}\b")
_MAX_ERRORS = 20
# `Error: …`, `npm ERR! …`, `│ Error: …`, `ERROR: Job failed`: a tool says that it broke.
_ERROR = r"(?i)^[^A-Za-z0-9]{0,12}(?:[a-z]{1,12} )?(?:error|err|fatal|panic|failed|failure)[:!] ?\S"
_MAX_LOOKED_AT = 5_000  # lines that hold a known word
_NOTE_LINES = 40
_MAX_TEXT = 1_000
_MAX_NOTE = 2_000


class TextExtractor:
    """Reads any text."""

    name = "text"

    def detect(self, head: Head) -> Detected:
        """Detect any readable file, such as a profile, code, configuration or prose."""
        export = find_export(head)
        if export is not None:
            return Detected(export.data_type, export.confidence, self.name, export.reason)
        sample = Sample.of(head)
        likenesses = {
            DataType.IMAGE: Likeness(0.97 * bool(_SVG.match(sample.text)), say.raw("svg")),
            DataType.TRACE: score_span_table(sample),
            DataType.METRIC: score_measurements(sample),
            DataType.PROFILE: score_profile(sample),
            DataType.CODE: score_code(sample),
            DataType.CONFIG: configuration_likeness(head),
            DataType.TEXT: best(
                Likeness(0.985 * _is_log_of_repository(sample.text), say.raw("commits")),
                score_prose(sample),
                score_dump(sample),
                score_transcript(sample),
                score_text_table(sample),
            ),
        }
        data_type = max(likenesses, key=lambda kind: likenesses[kind].score)
        claimed = likenesses[data_type].claim(data_type, self.name)
        return claimed or Detected(DataType.TEXT, 0.1, self.name, say.raw("readable"))

    def extract(self, exhibit: Exhibit) -> Extraction:
        """A note with the first lines, then lines that say an error or carry a signal.

        The commits of a repository's log are changes.
        """
        extraction = extract_text(exhibit, extractor=self.name)
        if not any(_COMMITTED.search(finding.text.text) for finding in extraction.findings[:1]):
            return extraction
        from core.evidence.code.findings import with_commits  # noqa: PLC0415 - few files are such

        return with_commits(extraction, exhibit)

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        return extraction


def _is_log_of_repository(text: str) -> bool:
    """Whether commits are told one by one, without what they changed."""
    return _OF_REPOSITORY.match(text) is not None and "\ndiff --git " not in text


def extract_text(exhibit: Exhibit, *, extractor: str) -> Extraction:
    """Extract what any text holds; extractor: in whose name."""
    written = exhibit.original.written
    writer = _FindingWriter(exhibit.name, exhibit.service, exhibit.redactor, written)
    return writer.of(exhibit, extractor)


@dataclass(frozen=True)
class _FindingWriter:
    """Writes the findings of one text, under its name and redacted."""

    name: str
    service: str | None
    redactor: Redactor
    written: datetime

    def of(self, exhibit: Exhibit, extractor: str) -> Extraction:
        detected = exhibit.detected
        lines = size = 0
        findings: list[Finding] = []
        for block in read_blocks(exhibit.original):
            if block.number == 1:
                findings.append(self._note(block))
            if detected.data_type is DataType.TEXT and len(findings) <= _MAX_KNOWN:
                findings += islice(self._told(block), _MAX_KNOWN)
            lines, size = lines + len(block.lines), int(block.starts[-1])
        return Extraction(
            data_type=detected.data_type,
            extractor=extractor,
            confidence=detected.confidence,
            events=lines,
            lines=lines,
            size=size,
            findings=tuple(findings),
            service=self.service,
        )

    def _note(self, block: Block) -> Finding:
        lines = block.lines.head(_NOTE_LINES).to_list()
        return Finding(
            kind=FindingKind.NOTE,
            level=Level.INFO,
            text=self.redactor.clean("\n".join(lines)[: 4 * _MAX_NOTE]).cut(_MAX_NOTE),
            locus=self._locus(block, 0, len(lines) - 1),
            service=self.service,
        )

    def _told(self, block: Block) -> Iterator[Finding]:
        errors = set(block.lines.str.contains(_ERROR).arg_true().head(_MAX_ERRORS))
        hits = block.lines.str.contains_any(list(literals()), ascii_case_insensitive=True)
        known = hits.fill_null(value=False).arg_true().head(_MAX_LOOKED_AT)
        for row in sorted(errors.union(known)):
            signals = match(block.lines[row])
            if any(map(is_change, signals)) and is_made(block.lines[row]):
                command = shown_command(block.lines, row)
                if was_done(command):
                    yield self._change(block, row, signals, command)
            elif signals or row in errors:
                yield self._line(block, row, signals)

    def _change(
        self, block: Block, row: int, signals: tuple[str, ...], command: ShownCommand | None
    ) -> Finding:
        """What was changed, and when: as the line says, what its command printed, or one above."""
        lines, written = block.lines, self.written
        if state := changed_state(lines, row):
            return self._salted(block, state, signals)
        at = own_moment(lines, row, reference=written)
        if command is not None and not at:
            at = command.moment_above(row) or own_moment(lines, command.row, reference=written)
            at = at or command.moment
        at = at or told_moment(lines, row, reference=written)
        line = self._planned(block, row, signals) or self._line(block, row, signals)
        return replace(line, kind=FindingKind.CHANGE, first=at, last=at)

    def _salted(self, block: Block, state: SaltState, signals: tuple[str, ...]) -> Finding:
        """What Salt changed, on the day of the text."""
        at = on_day_of(self.written, state.clock) if state.clock else None
        line = self._in_words(self._line(block, state.row, signals), block, state)
        return replace(line, kind=FindingKind.CHANGE, first=at, last=at)

    def _planned(self, block: Block, row: int, signals: tuple[str, ...]) -> Finding | None:
        """What Terraform changed, by its plan; None for any other line."""
        plan = planned_change(block.lines, row)
        if plan is None:
            return None
        return self._in_words(self._line(block, row, signals), block, plan)

    def _in_words(self, line: Finding, block: Block, whole: PlannedChange | SaltState) -> Finding:
        """The line with what several lines tell together, and where they stand."""
        text = self.redactor.clean(whole.text[: 4 * _MAX_TEXT]).cut(_MAX_TEXT)
        return replace(line, text=text, locus=self._locus(block, whole.row, whole.end))

    def _line(self, block: Block, row: int, signals: tuple[str, ...]) -> Finding:
        text = block.lines[row]
        return Finding(
            kind=FindingKind.SIGNAL if signals else FindingKind.TEMPLATE,
            level=guess_level(text) if signals else Level.ERROR,
            text=self.redactor.clean(text[: 4 * _MAX_TEXT]).cut(_MAX_TEXT),
            locus=self._locus(block, row, row),
            service=self.service,
            signals=signals,
        )

    def _locus(self, block: Block, first: int, last: int) -> Locus:
        return Locus(
            file=self.name,
            line_start=block.number + first,
            line_end=block.number + last,
            byte_start=int(block.starts[first]),
            byte_end=int(block.starts[last + 1]),
        )
