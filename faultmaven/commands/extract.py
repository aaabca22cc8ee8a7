"""`faultmaven extract`: what one file holds, without a case or a server."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Any

import orjson
from rich.text import Text

from bot.terminal.uploads import must_be_file
from core.clock import wire_time
from core.errors import WrongUsage
from core.evidence.model import FindingKind, PlainFile
from core.evidence.pictures.metric_plot import draw
from core.evidence.pictures.style import FORMS, Form
from core.evidence.pipeline import extract
from core.evidence.series.observations import prepare_series
from core.evidence.series.readers import read_series
from core.redaction.engine import Redactor
from faultmaven.output import Terminal
from faultmaven.redaction import read_redaction_rules
from faultmaven.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import OverflowMethod

    from core.evidence.model import Extraction, Finding, Locus

SHOWN = 20
_PICTURES: dict[str, Form] = {f".{form}": form for form in FORMS}


def run(*, path: Path, picture: Path | None = None, as_json: bool) -> int:
    """Extract, redact, print; draw `picture` if asked to."""
    if picture is not None and picture.suffix.lower() not in _PICTURES:
        message = f"a picture is a .png or a .svg, not {picture.name}"
        raise WrongUsage(message, next_step="For example: --picture metric.png")
    must_be_file(path)
    redactor = Redactor(secrets.token_bytes(32), rules=read_redaction_rules(load_settings()))
    extraction = extract(PlainFile(path), name=path.name, service=None, redactor=redactor)
    if picture is not None:
        _draw_picture(picture, extraction, PlainFile(path), redactor)
    if as_json:
        sys.stdout.buffer.write(
            orjson.dumps(_document(extraction), option=orjson.OPT_INDENT_2) + b"\n"
        )
    else:
        _draw(extraction)
    return 0


def _draw_picture(
    picture: Path, extraction: Extraction, original: PlainFile, redactor: Redactor
) -> None:
    if extraction.extractor != "metric":
        message = f"a picture shows metrics, and this file is {extraction.data_type}"
        raise WrongUsage(message, next_step="Leave --picture out.")
    series = prepare_series(read_series(original).series)
    form = _PICTURES[picture.suffix.lower()]
    drawn = draw(series, extraction.findings, redactor=redactor, onset=extraction.onset, form=form)
    try:
        picture.write_bytes(drawn.content)
    except OSError as error:
        message = f"the picture could not be written: {error.strerror}"
        raise WrongUsage(message, next_step="Name a file in a folder you may write to.") from error


def _document(extraction: Extraction) -> dict[str, Any]:
    return {
        "data_type": extraction.data_type,
        "extractor": extraction.extractor,
        "confidence": extraction.confidence,
        "reason": extraction.reason,
        "events": extraction.events,
        "lines": extraction.lines,
        "errors": extraction.errors,
        "first": wire_time(extraction.first) if extraction.first else None,
        "last": wire_time(extraction.last) if extraction.last else None,
        "onset": wire_time(extraction.onset) if extraction.onset else None,
        "service": extraction.service,
        "problem": extraction.problem,
        "findings": [_row(finding) for finding in extraction.findings if not finding.is_digest],
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
        "locus": _locus(finding.locus),
    }


def _locus(locus: Locus) -> dict[str, Any]:
    """The locus as JSON: lines, bytes where known, the series of a metric, the id of a span."""
    position = {
        "byte_start": locus.byte_start if locus.byte_end else None,
        "byte_end": locus.byte_end or None,
        "series": locus.series,
        "span": locus.span,
    }
    return {
        "file": locus.file,
        "line_start": locus.line_start,
        "line_end": locus.line_end,
        **{name: value for name, value in position.items() if value is not None},
    }


def _draw(extraction: Extraction) -> None:
    console = Terminal()
    counts = (
        f"{extraction.lines:,} lines, {extraction.events:,} records, {extraction.errors:,} errors"
    )
    console.print(
        Text(" · ".join(filter(None, (extraction.data_type, counts, extraction.problem))))
    )
    console.print(Text(f"taken for {extraction.data_type}: {extraction.reason}", style="dim"))
    rows = _grouped_findings([finding for finding in extraction.findings if not finding.is_digest])
    for finding, kinds in rows[:SHOWN]:
        line = Text(f"{finding.kind:<12}{finding.count:>8,}  ")
        line.append(finding.text.text.splitlines()[0] if finding.text else "")
        line.append(f"  {' '.join([finding.locus.label, *kinds])}", style="dim")
        # What goes into a file or another program is whole.
        overflow: OverflowMethod = "ellipsis" if console.is_terminal else "ignore"
        console.print(line, no_wrap=True, overflow=overflow, crop=console.is_terminal)
    if len(rows) > SHOWN:
        console.print(f"{len(rows) - SHOWN} more: --json shows all", highlight=False)


def _grouped_findings(findings: Sequence[Finding]) -> list[tuple[Finding, list[str]]]:
    """Each line or span once, with all its kinds: the first error is often new and rare, too."""
    rows: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}
    for finding in findings:
        key = (finding.locus.label, finding.text.text if finding.text else "")
        if key not in rows:
            rows[key] = (finding, [])
        elif finding.kind is not FindingKind.TEMPLATE:
            rows[key][1].append(finding.kind.replace("_", " "))
    return list(rows.values())
