"""Cards of evidence and files. Pure functions, no state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.conversation.cards import quotes
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.quotes import told
from core.evidence.model import (
    Coverage,
    EvidenceFile,
    Extraction,
    FileState,
    Finding,
    FindingKind,
)
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from core.alerts.model import Occurrence
    from core.cases.model import Case
    from core.redaction.engine import Redactor

FILE_CARD = "file:"  # what the key of a file's card begins with
NOTHING_YET = RedactedText.format(
    "No evidence yet. Drop a file here, or paste lines after `evidence`."
)
_STATES_WITHOUT_FINDINGS = (FileState.RECEIVED, FileState.CANCELLED)
_KINDS_SHOWN = (
    FindingKind.FIRST_ERROR,
    FindingKind.SIGNAL,
    FindingKind.ERROR_RATE,
    FindingKind.BURST,
    FindingKind.STACK_TRACE,
    FindingKind.CHANGE,
    FindingKind.METRIC,
)


def evidence_card(
    case: Case,
    *,
    occurrences: Sequence[Occurrence],
    files: Sequence[EvidenceFile],
    now: datetime,
    redactor: Redactor,
) -> Card:
    """All that the case rests on: files by their short names, then alerts."""
    counts = quotes.evidence(files, alerts=case.alerts)
    if not files:
        rows = [Row(text=NOTHING_YET)]
    else:
        title = RedactedText.format("{tag} evidence · {held}", tag=case.tag, held=counts)
        rows = [Row(text=title, strong=True), *(Row(text=file_line(file)) for file in files)]
    rows += [
        Row(text=alert_line(occurrence, now=now, redactor=redactor)) for occurrence in occurrences
    ]
    return Card(
        key=f"evidence:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        case_number=case.number,
    )


def file_card(file: EvidenceFile, extraction: Extraction | None, *, version: int = 1) -> Card:
    """What was found in a file, or why it could not be read (`extraction` is None)."""
    return replace(file_again(file, extraction.findings if extraction else ()), version=version)


def file_again(file: EvidenceFile, findings: Sequence[Finding]) -> Card:
    """The same card, from the tables, for a person who asks for a file later (`evidence e7`)."""
    if file.coverage is Coverage.NONE and file.state is not FileState.CANCELLED:
        return _unreadable_card(file)
    details = [Row(text=_gap_text(file))] if file.problem else []
    if findings or not details:  # what could be read of a damaged file counts, too
        details += _finding_rows(findings)
    if file.state in _STATES_WITHOUT_FINDINGS:
        details = []
    rows = (Row(text=file_line(file), strong=True), *details)
    return Card(key=f"{FILE_CARD}{file.id}", version=1, mark=Mark.ANSWER, rows=rows)


def ended_card(file: EvidenceFile, *, by: RedactedText, version: int) -> Card:
    """In place of what the card said before: it was stopped, or deleted, by a person."""
    name = RedactedText.format("{tag} {name}", tag=file.tag, name=file.name.line())
    if file.state is FileState.DELETED:
        text = RedactedText.format(
            "{by} deleted {name}, and all that was found in it.", name=name, by=by
        )
        rows = [Row(text=text)]
    else:
        text = RedactedText.format("{by} stopped the reading of {name}.", name=name, by=by)
        step = RedactedText.format("To read it after all: evidence again {tag}", tag=file.tag)
        rows = [Row(text=text), Row(text=step)]
    return Card(key=f"{FILE_CARD}{file.id}", version=version, mark=Mark.ANSWER, rows=tuple(rows))


def reading_card(case_number: int, file: EvidenceFile, *, version: int = 0) -> Card:
    """The file is stored; a worker reads it. `file_card` takes this card's place."""
    name, size = file.name.line(), quantities.size(file.size)
    text = RedactedText.format("Reading {tag} {name} ({size})", tag=file.tag, name=name, size=size)
    row = Row(text=text)
    return Card(
        key=f"{FILE_CARD}{file.id}",
        version=version,
        mark=Mark.PROGRESS,
        rows=(row,),
        actions=(
            Action(verb="cancel", argument=file.tag.text, label=RedactedText.format("Cancel")),
        ),
        case_number=case_number,
    )


def file_line(file: EvidenceFile) -> RedactedText:
    """`e7 api.log · log, 12,345 lines (2.1 MB), 1,204 errors, 02:30 UTC to 03:10 UTC`."""
    name = RedactedText.format("{tag} {name}", tag=file.tag, name=file.name.line())
    if file.state is FileState.CANCELLED:
        return RedactedText.format(
            "{name} · {size}, not read", name=name, size=quantities.size(file.size)
        )
    if file.state is FileState.RECEIVED:
        return RedactedText.format(
            "{name} · {size}, being read", name=name, size=quantities.size(file.size)
        )
    if file.coverage is Coverage.NONE:
        return RedactedText.format("{name} · {why}", name=name, why=quotes.gap_text(file).cut(120))
    lines = quantities.counted(file.lines, "line", "lines")
    parts = [
        quotes.kind(file.data_type),
        RedactedText.format("{lines} ({size})", lines=lines, size=quantities.size(file.size)),
    ]
    if file.errors:
        parts.append(quantities.counted(file.errors, "error", "errors"))
    if file.first and file.last:
        parts.append(_period_text(file.first, file.last, file.received_at))
    if file.coverage is Coverage.PART:
        parts.append(RedactedText.format("read in part"))
    if file.let_go_at:
        parts.append(
            RedactedText.format(
                "original gone since {day}", day=RedactedText.at(file.let_go_at, "%d %b")
            )
        )
    return RedactedText.format("{name} · {rest}", name=name, rest=RedactedText.join(", ", parts))


def alert_line(occurrence: Occurrence, *, now: datetime, redactor: Redactor) -> RedactedText:
    """`Alert HighErrorRate, checkout · firing since 02:41 UTC (12 min)`."""
    names = [redactor.clean(name).line() for name in (occurrence.name, occurrence.service) if name]
    if occurrence.ended_at is None:
        state = RedactedText.format(
            "firing {since}", since=quantities.since(occurrence.starts_at, now)
        )
    else:
        first, last = (
            quantities.clock(occurrence.starts_at, now),
            quantities.clock(occurrence.ended_at, now),
        )
        state = RedactedText.format("fired {first} to {last}", first=first, last=last)
    return RedactedText.format(
        "Alert {about} · {state}", about=RedactedText.join(", ", names), state=state
    )


def _period_text(first: datetime, last: datetime, received: datetime) -> RedactedText:
    """`02:35 to 02:53 UTC`, with the day where it is not that on which the file came."""
    if first.date() == last.date() == received.date():
        return RedactedText.format(
            "{a} to {b}", a=RedactedText.at(first, "%H:%M"), b=RedactedText.at(last)
        )
    same = first.date() == last.date()
    a = RedactedText.at(first, "%d %b %H:%M")
    b = RedactedText.at(last, "%H:%M UTC" if same else "%d %b %H:%M UTC")
    return RedactedText.format("{a} to {b}", a=a, b=b)


def _finding_rows(findings: Sequence[Finding]) -> list[Row]:
    """The first finding of each kind worth telling; else the loudest template."""
    firsts = {
        kind: next((finding for finding in findings if finding.kind is kind), None)
        for kind in _KINDS_SHOWN
    }
    first_findings = [finding for finding in firsts.values() if finding is not None]
    if first_findings:
        return list(_quoted_rows(first_findings[:5]))
    if calls := sum(finding.kind is FindingKind.CALL for finding in findings):
        return [
            Row(text=quantities.counted(calls, "call between services", "calls between services"))
        ]
    templates = [finding for finding in findings if finding.kind is FindingKind.TEMPLATE]
    quiet = Row(
        text=RedactedText.format("Nothing unusual: no error, no burst, no known sign of a failure.")
    )
    loudest = max(templates, key=lambda finding: finding.count, default=None)
    return [quiet, *_quoted_rows([loudest] if loudest else [])]


def _quoted_rows(findings: Sequence[Finding]) -> Iterator[Row]:
    """Each with its place; a line that several findings are about is quoted once."""
    quoted = set[RedactedText]()
    for finding in findings:
        yield Row(
            text=told(finding, quoted=finding.text not in quoted), citation=finding.locus.label
        )
        quoted.add(finding.text)


def _gap_text(file: EvidenceFile) -> RedactedText:
    """Why not all of it was read, or why what an earlier reading found still stands."""
    gap = quotes.gap_text(file)
    return RedactedText.format("Read {gap}", gap=gap) if gap else RedactedText.EMPTY


def _unreadable_card(file: EvidenceFile) -> Card:
    problem = (
        file.problem.line() if file.problem else RedactedText.format("no reader knows what it is")
    )
    text = RedactedText.format(
        "Could not read {name} ({tag}): {why}", name=file.name.line(), tag=file.tag, why=problem
    )
    safe = RedactedText.format("The case goes on without it; the file is kept.")
    step = RedactedText.format(
        "Next: paste the lines that matter after `evidence`, or try again: evidence again {tag}",
        tag=file.tag,
    )
    if not file.was_stored:
        safe = RedactedText.format("The case goes on without it; nothing of the file was kept.")
        step = RedactedText.format(
            "Next: send a part of it, or paste the lines that matter after `evidence`"
        )
    return Card(
        key=f"{FILE_CARD}{file.id}",
        version=1,
        mark=Mark.REFUSED,
        rows=(Row(text=text, strong=True), Row(text=safe), Row(text=step)),
    )
