"""Extracts a log: its kinds of lines with counts and bursts, errors, traces and changes."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.detection import log_lines
from core.evidence.lines import FEW_LINES
from core.evidence.logs.access_series import AccessCounts
from core.evidence.logs.changes import ChangeFinder, lists_changes
from core.evidence.logs.findings import LogFindings, errors_of
from core.evidence.logs.lock_holders import LockHolders
from core.evidence.logs.origin import OriginFinder
from core.evidence.logs.records import RecordFinder
from core.evidence.logs.stack_traces import TraceFinder
from core.evidence.logs.templates import SERIOUS, Labels, MinedLog, mine_templates
from core.evidence.logs.trends import onset_of, trend_findings
from core.evidence.model import DataType, Extraction, FindingKind
from core.evidence.series.moves import make_move_findings
from core.evidence.signatures import is_change, literals, match

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.evidence.extractor import Detected, Exhibit, Head
    from core.evidence.lines import Block
    from core.evidence.model import Finding, Level

MAX_FINDINGS = 400


class LogExtractor:
    """Reads logs."""

    name = "log"

    def detect(self, head: Head) -> Detected | None:
        return log_lines.claim(head)

    def extract(self, exhibit: Exhibit) -> Extraction:
        """At most MAX_FINDINGS: what failed first and is known, what is common, then digests."""
        traces, origin = TraceFinder(), OriginFinder()
        changes, holders = ChangeFinder(lists_changes(exhibit.name)), LockHolders()
        records, requests = _records(exhibit), AccessCounts()

        def watch(block: Block, columns: pl.DataFrame) -> None:
            if not _is_blank(block):
                traces.watch(block, columns)
                changes.watch(block, columns)
                origin.watch(block)
                holders.watch(block)
                requests.watch(block, columns)
            records.watch(block, columns)

        mined = mine_templates(
            exhibit.original,
            reference=exhibit.original.written,
            owner=exhibit.service,
            notable=literals(),
            label=_labels,
            watch=watch,
        )
        records.close(mined.kinds)
        telling = LogFindings(exhibit.name, exhibit.service, exhibit.redactor)
        all_findings = telling.of(mined, traces.traces.values(), changes.found())
        findings = (holders.named_in(finding, exhibit.redactor) for finding in all_findings)
        service = exhibit.service or _main_service(mined) or records.program
        digests = [
            *_moves(requests, exhibit, service),
            origin.tell(exhibit.name, exhibit.service),
        ]
        return Extraction(
            data_type=DataType.LOG,
            extractor="log",
            confidence=exhibit.detected.confidence,
            events=mined.records,
            lines=mined.lines,
            size=mined.size,
            errors=sum(template.count for template in errors_of(mined)),
            findings=_limited((*islice(findings, MAX_FINDINGS), *digests)),
            first=mined.first,
            last=mined.last,
            service=service,
        )

    def enrich(self, extraction: Extraction, exhibit: Exhibit) -> Extraction:
        """With the onset, and what is new, gone or rare, before what is merely common."""
        findings = extraction.findings
        common = (
            next((at for at, finding in _backwards(findings) if not _is_common(finding)), -1) + 1
        )
        ordered = (*findings[:common], *trend_findings(extraction), *findings[common:])
        return replace(extraction, findings=_limited(ordered), onset=onset_of(extraction))


def _records(exhibit: Exhibit) -> RecordFinder:
    return RecordFinder(exhibit.table, exhibit.service, exhibit.identifiers)


def _moves(requests: AccessCounts, exhibit: Exhibit, service: str | None) -> list[Finding]:
    """What the requests of access lines did, for the ranking of causes."""
    series = requests.series()
    if not series:
        return []
    return make_move_findings(series, file=exhibit.name, service=service, redactor=exhibit.redactor)


def _is_blank(block: Block) -> bool:
    """Return whether it is line feeds alone: a gigabyte of them is a thousand million lines."""
    return int(block.starts[-1] - block.starts[0]) <= len(block.lines)


def _limited(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """At most MAX_FINDINGS, the digests among them: causes are ranked by these."""
    digests = [finding for finding in findings if finding.is_digest]
    others = (finding for finding in findings if not finding.is_digest)
    return (*islice(others, max(0, MAX_FINDINGS - len(digests))), *digests)


def _backwards(findings: Sequence[Finding]) -> Iterator[tuple[int, Finding]]:
    return zip(range(len(findings) - 1, -1, -1), reversed(findings), strict=True)


def _is_common(finding: Finding) -> bool:
    is_quiet = finding.kind is FindingKind.TEMPLATE and finding.level not in SERIOUS
    return is_quiet or finding.is_digest


def _labels(lines: Sequence[tuple[str, Level | None]]) -> list[Labels]:
    """Signals of failures; changes are told one by one."""
    if len(lines) <= FEW_LINES:
        return [_failures(text, level) for text, level in lines]
    texts = pl.Series([text for text, _ in lines], dtype=pl.String)
    may_matter = texts.str.contains_any(list(literals()), ascii_case_insensitive=True)
    return [
        _failures(text, level) if may else ()
        for (text, level), may in zip(lines, may_matter, strict=True)
    ]


def _failures(text: str, level: Level | None) -> Labels:
    return tuple(name for name in match(text, level) if not is_change(name))


def _main_service(mined: MinedLog) -> str | None:
    """The one service that the lines name; None where they name several."""
    named = {template.service for template in mined.templates if template.service}
    return named.pop() if len(named) == 1 else None
