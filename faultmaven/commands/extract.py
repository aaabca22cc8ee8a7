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
    found = extract(PlainFile(path), name=path.name, service=None, redactor=redactor)
    if picture is not None:
        _draw_picture(picture, found, PlainFile(path), redactor)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(_document(found), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _draw(found)
    return 0


def _draw_picture(
    picture: Path, found: Extraction, original: PlainFile, redactor: Redactor
) -> None:
    if found.extractor != "metric":
        message = f"a picture shows metrics, and this file is {found.data_type}"
        raise WrongUsage(message, next_step="Leave --picture out.")
    series = prepare_series(read_series(original).series)
    form = _PICTURES[picture.suffix.lower()]
    drawn = draw(series, found.findings, redactor=redactor, onset=found.onset, form=form)
    try:
        picture.write_bytes(drawn.content)
    except OSError as error:
        message = f"the picture could not be written: {error.strerror}"
        raise WrongUsage(message, next_step="Name a file in a folder you may write to.") from error


def _document(found: Extraction) -> dict[str, Any]:
    return {
        "data_type": found.data_type,
        "extractor": found.extractor,
        "confidence": found.confidence,
        "reason": found.reason,
        "events": found.events,
        "lines": found.lines,
        "errors": found.errors,
        "first": wire_time(found.first) if found.first else None,
        "last": wire_time(found.last) if found.last else None,
        "onset": wire_time(found.onset) if found.onset else None,
        "service": found.service,
        "problem": found.problem,
        "findings": [_row(finding) for finding in found.findings if not finding.is_digest],
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
    """Where it stands: lines, bytes where they are known; of a metric its series, a span its id."""
    told = {
        "byte_start": locus.byte_start if locus.byte_end else None,
        "byte_end": locus.byte_end or None,
        "series": locus.series,
        "span": locus.span,
    }
    return {
        "file": locus.file,
        "line_start": locus.line_start,
        "line_end": locus.line_end,
        **{name: value for name, value in told.items() if value is not None},
    }


def _draw(found: Extraction) -> None:
    console = Terminal()
    counts = f"{found.lines:,} lines, {found.events:,} records, {found.errors:,} errors"
    console.print(Text(" · ".join(filter(None, (found.data_type, counts, found.problem)))))
    console.print(Text(f"taken for {found.data_type}: {found.reason}", style="dim"))
    told = _told_once([one for one in found.findings if not one.is_digest])
    for finding, kinds in told[:SHOWN]:
        line = Text(f"{finding.kind:<12}{finding.count:>8,}  ")
        line.append(finding.text.text.splitlines()[0] if finding.text else "")
        line.append(f"  {' '.join([finding.locus.label, *kinds])}", style="dim")
        # What goes into a file or another program is whole.
        overflow: OverflowMethod = "ellipsis" if console.is_terminal else "ignore"
        console.print(line, no_wrap=True, overflow=overflow, crop=console.is_terminal)
    if len(told) > SHOWN:
        console.print(f"{len(told) - SHOWN} more: --json shows all", highlight=False)


def _told_once(findings: Sequence[Finding]) -> list[tuple[Finding, list[str]]]:
    """Each line or span once, with what else it is: the first error is often new and rare, too."""
    told: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}
    for finding in findings:
        key = (finding.locus.label, finding.text.text if finding.text else "")
        if key not in told:
            told[key] = (finding, [])
        elif finding.kind is not FindingKind.TEMPLATE:
            told[key][1].append(finding.kind.replace("_", " "))
    return list(told.values())
