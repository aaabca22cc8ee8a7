"""`faultmaven extract`: what one file holds, or one archive, without a case or a server."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Any

import orjson
from rich.text import Text

from bot.terminal.uploads import must_be_file, name_in_utf8
from core.clock import wire_time
from core.errors import UnreadableEvidence, WrongUsage
from core.evidence.extractor import HEAD_BYTES, Head
from core.evidence.lines import read_head
from core.evidence.model import DataType, FindingKind, PlainFile
from core.evidence.pictures.flame_graph import draw_flame_graph
from core.evidence.pictures.metric_plot import draw
from core.evidence.pictures.style import FORMS, Form, Picture
from core.evidence.pipeline import extract
from core.evidence.profiles.formats import detect_format
from core.evidence.profiles.readers import read_profile
from core.evidence.series.observations import prepare_series
from core.evidence.series.readers import read_series
from core.redaction.engine import Redactor
from faultmaven.output import Terminal
from faultmaven.redaction import read_redaction_rules
from faultmaven.scratch import scratch_folder
from faultmaven.settings import load_settings
from faultmaven.unpacked_files import FileReading, UnpackedFiles
from faultmaven.whole_file import write_picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console, OverflowMethod

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
    extraction = extract(
        PlainFile(path), name=name_in_utf8(path.name), service=None, redactor=redactor
    )
    if picture is not None:
        _draw_picture(picture, extraction, PlainFile(path), redactor)
    if extraction.data_type is DataType.ARCHIVE:
        _show_archive(path, redactor, as_json=as_json)
    elif as_json:
        _print_document(_document(extraction))
    else:
        _draw(extraction)
    return 0


def _show_archive(path: Path, redactor: Redactor, *, as_json: bool) -> None:
    """What each of its members holds, under the name that it would have in a case."""
    with scratch_folder() as scratch:
        files = UnpackedFiles(redactor=redactor, folder=scratch)
        archive, *members = files.read(PlainFile(path), name=name_in_utf8(path.name), service=None)
    if archive.extraction is None:
        raise UnreadableEvidence(archive.problem)
    if as_json:
        documents = [_member_document(member, redactor) for member in members]
        _print_document({**_document(archive.extraction), "members": documents})
        return
    _draw_counts(archive.extraction, Terminal())
    for member in members:
        _draw_member(member, redactor)


def _member_document(member: FileReading, redactor: Redactor) -> dict[str, Any]:
    name = redactor.clean(member.name).text
    if member.extraction is None:
        return {"name": name, "problem": member.problem}
    return {"name": name, **_document(member.extraction)}


def _draw_member(member: FileReading, redactor: Redactor) -> None:
    console = Terminal()
    console.print()
    console.print(redactor.clean(member.name).text, style="bold", markup=False, highlight=False)
    if member.extraction is None:
        console.print(Text(member.problem))
    else:
        _draw(member.extraction)


def _print_document(document: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


def _draw_picture(
    picture: Path, extraction: Extraction, original: PlainFile, redactor: Redactor
) -> None:
    form = _PICTURES[picture.suffix.lower()]
    if extraction.extractor == "metric":
        drawn = _metric_picture(extraction, original, redactor, form)
    elif extraction.extractor == "profile":
        drawn = _flame_graph(original, redactor, form)
    else:
        message = f"a picture shows metrics or a profile, and this file is {extraction.data_type}"
        raise WrongUsage(message, next_step="Leave --picture out.")
    write_picture(picture, drawn.content)


def _metric_picture(
    extraction: Extraction, original: PlainFile, redactor: Redactor, form: Form
) -> Picture:
    series = prepare_series(read_series(original).series)
    return draw(series, extraction.findings, redactor=redactor, onset=extraction.onset, form=form)


def _flame_graph(original: PlainFile, redactor: Redactor, form: Form) -> Picture:
    """Of the first profile that the file holds. Raises WrongUsage for a dump of threads."""
    head = Head(read_head(original, HEAD_BYTES), name_in_utf8(original.path.name))
    profile_format = detect_format(head)
    profiles = read_profile(original, profile_format).profiles if profile_format else ()
    if not profiles:
        message = "a flame graph shows a profile, and this file is a dump of threads"
        raise WrongUsage(message, next_step="Leave --picture out.")
    file = redactor.clean(name_in_utf8(original.path.name)).line()
    return draw_flame_graph(profiles[0], file=file, redactor=redactor, form=form)


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
    _draw_counts(extraction, console)
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


def _draw_counts(extraction: Extraction, console: Console) -> None:
    counts = (
        f"{extraction.lines:,} lines, {extraction.events:,} records, {extraction.errors:,} errors"
    )
    if extraction.data_type is DataType.ARCHIVE:
        counts = "" if extraction.problem else f"{extraction.events:,} files"
    console.print(
        Text(" · ".join(filter(None, (extraction.data_type, counts, extraction.problem))))
    )
    console.print(Text(f"taken for {extraction.data_type}: {extraction.reason}", style="dim"))


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
