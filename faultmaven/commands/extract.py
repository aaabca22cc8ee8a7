"""`faultmaven extract`: what one file holds, without a case or a server."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.text import Text

from core.clock import wire_time
from core.evidence.original import PlainFile
from core.evidence.pipeline import extract
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction, Finding

SHOWN = 20


def run(*, path: Path, as_json: bool) -> int:
    """Extract, redact, print."""
    redactor = Redactor(secrets.token_bytes(32))
    found = extract(PlainFile(path), name=path.name, service=None, redactor=redactor)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(_document(found), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _draw(found)
    return 0


def _document(found: Extraction) -> dict[str, Any]:
    return {
        "data_type": found.data_type,
        "extractor": found.extractor,
        "confidence": found.confidence,
        "events": found.events,
        "lines": found.lines,
        "errors": found.errors,
        "first": wire_time(found.first) if found.first else None,
        "last": wire_time(found.last) if found.last else None,
        "service": found.service,
        "problem": found.problem,
        "findings": [_row(finding) for finding in found.findings],
    }


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "severity": finding.level,
        "text": finding.text.text,
        "count": finding.count,
        "first": wire_time(finding.first) if finding.first else None,
        "last": wire_time(finding.last) if finding.last else None,
        "signals": list(finding.signals),
        "locus": {
            "file": finding.locus.file,
            "line_start": finding.locus.line_start,
            "line_end": finding.locus.line_end,
        },
    }


def _draw(found: Extraction) -> None:
    console = Console()
    counts = f"{found.lines:,} lines, {found.events:,} records, {found.errors:,} errors"
    console.print(Text(" · ".join(filter(None, (found.data_type, counts, found.problem)))))
    for finding in found.findings[:SHOWN]:
        line = Text(f"{finding.kind:<12}{finding.count:>8,}  ")
        line.append(finding.text.text.splitlines()[0] if finding.text else "")
        line.append(f"  {finding.locus.label}", style="dim")
        console.print(line, no_wrap=True, overflow="ellipsis")
    if len(found.findings) > SHOWN:
        console.print(f"{len(found.findings) - SHOWN} more: --json shows all", highlight=False)
