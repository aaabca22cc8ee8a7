"""Cards of evidence and files. Pure functions, no state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.cases.evidence_files import PASTE
from core.conversation.cards import quotes
from core.conversation.cards.card import Action, Card, Mark, RankedRow, Row, fold_rows
from core.conversation.cards.case_rows import link_rows
from core.conversation.cards.correlation_rows import SHOWN, correlation_rows
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
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from core.alerts.model import Occurrence
    from core.cases.model import Case
    from core.evidence.correlation.shared import SharedIdentifiers
    from core.redaction.engine import Redactor

FILE_CARD = "file:"  # what the key of a file's card begins with
NOTHING_YET = RedactedText.format(
    "No evidence yet. Drop a file here, or paste lines after `evidence`."
)
TOGETHER = timedelta(seconds=30)  # between two files that were dropped in one go
_CANCELLED_BY_TAP = 3  # of several files; for the others there is `cancel e7`
_BATCH_LABELS = {
    "Nothing unusual": RedactedText.format("Nothing unusual"),
    "Being read": RedactedText.format("Being read"),
}
_STATES_WITHOUT_FINDINGS = (FileState.RECEIVED, FileState.CANCELLED)
_KINDS_SHOWN = (
    FindingKind.FIRST_ERROR,
    FindingKind.SIGNAL,
    FindingKind.ERROR_RATE,
    FindingKind.BURST,
    FindingKind.STACK_TRACE,
    FindingKind.CHANGE,
    FindingKind.METRIC,
    FindingKind.THREADS,
    FindingKind.PROFILE,
    FindingKind.HAZARD,
)
# What stands for a file among several: the nearer to a cause, the earlier.
_LOUD_KINDS = (
    FindingKind.SIGNAL,
    FindingKind.FIRST_ERROR,
    FindingKind.STACK_TRACE,
    FindingKind.THREADS,
    FindingKind.METRIC,
    FindingKind.PROFILE,
    FindingKind.BURST,
    FindingKind.CHANGE,
    FindingKind.HAZARD,
)


def evidence_card(
    case: Case,
    *,
    occurrences: Sequence[Occurrence],
    files: Sequence[EvidenceFile],
    now: datetime,
    redactor: Redactor,
    shared: Sequence[SharedIdentifiers] = (),
) -> Card:
    """All that the case rests on: files by their short names, what joins them, then alerts."""
    counts = quotes.evidence(files, alerts=case.alerts)
    if not files:
        rows = [Row(text=NOTHING_YET)]
    else:
        title = RedactedText.format("{tag} evidence · {held}", tag=case.tag, held=counts)
        rows = [Row(text=title, strong=True), *(Row(text=file_line(file)) for file in files)]
    together = correlation_rows(shared, files)
    rows += together[:SHOWN]
    rows += [
        Row(text=alert_line(occurrence, now=now, redactor=redactor)) for occurrence in occurrences
    ]
    rows += link_rows(occurrences, redactor=redactor)
    return Card(
        key=f"evidence:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=tuple(together[SHOWN:]),
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
    if not file.is_unpacked and (
        findings or not details
    ):  # what could be read of a damaged file counts, too
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


def dropped_together(file: EvidenceFile, files: Sequence[EvidenceFile]) -> tuple[EvidenceFile, ...]:
    """The files of one person that came in one go with it, by number. files: of its case."""
    batch = list[EvidenceFile]()
    for other in sorted(files, key=lambda other: other.number):
        if batch and not _follows(batch[-1], other):
            if file.id in {member.id for member in batch}:
                break
            batch.clear()
        batch.append(other)
    return tuple(batch)


def batch_card(
    case: Case, batch: Sequence[EvidenceFile], findings: Mapping[str, Sequence[Finding]]
) -> Card:
    """What was found in files that came together, the loud ones first; each by itself is folded.

    It grows while they are read. One file has the card of its own.
    """
    first, waiting = batch[0], [file for file in batch if file.state is FileState.RECEIVED]
    if len(batch) == 1:
        if waiting:
            return reading_card(case.number, first, version=case.version if first.data_type else 0)
        alone = file_again(first, findings.get(first.id, ()))
        return replace(alone, version=case.version, case_number=case.number)
    ranked = [RankedRow(row=Row(text=_batch_text(batch, waiting), strong=True), rank=0)]
    ranked += _batch_rows(batch, findings)
    rows, _ = fold_rows(ranked)
    return Card(
        key=f"{FILE_CARD}{first.id}",
        version=case.version,
        mark=Mark.PROGRESS if waiting else Mark.ANSWER,
        rows=tuple(rows),
        fold=tuple(_details(batch, findings)),
        actions=tuple(_cancel_action(file) for file in waiting[:_CANCELLED_BY_TAP]),
        case_number=case.number,
    )


def _follows(before: EvidenceFile, file: EvidenceFile) -> bool:
    """Whether it came right after the other, from the same hand; pasted lines stand alone."""
    is_pasted = PASTE in (before.name.text, file.name.text)
    is_soon = file.received_at - before.received_at <= TOGETHER
    return is_soon and not is_pasted and file.received_from == before.received_from


def _batch_text(batch: Sequence[EvidenceFile], waiting: Sequence[EvidenceFile]) -> RedactedText:
    """`5 files: 2 logs, 3 configs`; while they are read, how many are."""
    if waiting:
        done = len(batch) - len(waiting)
        return RedactedText.format("Reading {n} files: {done} read", n=len(batch), done=done)
    kept = [file for file in batch if file.state is not FileState.DELETED]
    kinds = quotes.evidence(kept, alerts=0)
    return RedactedText.format("{n} files: {kinds}", n=len(kept), kinds=kinds)


def _batch_rows(
    batch: Sequence[EvidenceFile], findings: Mapping[str, Sequence[Finding]]
) -> Iterator[RankedRow]:
    """A row for each file that says something, one for all that do not."""
    quiet, waiting = list[RedactedText](), list[RedactedText]()
    for file in batch:
        name = RedactedText.format("{tag} {name}", tag=file.tag, name=file.name.line().cut(40))
        if file.state is FileState.RECEIVED:
            waiting.append(name)
        elif file.state is FileState.DELETED:
            yield RankedRow(
                row=Row(text=RedactedText.format("{name} · deleted", name=name)), rank=1
            )
        elif file.is_unpacked or file.coverage is Coverage.NONE:
            yield RankedRow(row=Row(text=file_line(file)), rank=1)
        elif (loudest := _loudest(findings.get(file.id, ()))) is not None:
            text = RedactedText.format("{tag}: {what}", tag=file.tag, what=told(loudest, room=72))
            rank = 2 + _LOUD_KINDS.index(loudest.kind)
            yield RankedRow(row=Row(text=text, citation=loudest.locus.label), rank=rank)
        else:
            quiet.append(name)
    for label, names in (("Nothing unusual", quiet), ("Being read", waiting)):
        if names:
            text = RedactedText.format(
                "{what}: {names}", what=_BATCH_LABELS[label], names=quantities.listed(names, most=3)
            )
            yield RankedRow(row=Row(text=text), rank=1)


def _details(
    batch: Sequence[EvidenceFile], findings: Mapping[str, Sequence[Finding]]
) -> Iterator[Row]:
    """Each file as its own card would tell of it."""
    for file in batch:
        if file.state is not FileState.DELETED:
            yield from file_again(file, findings.get(file.id, ())).rows


def _loudest(findings: Sequence[Finding]) -> Finding | None:
    shown = [finding for finding in findings if finding.kind in _LOUD_KINDS]
    return min(shown, key=lambda finding: _LOUD_KINDS.index(finding.kind), default=None)


def _cancel_action(file: EvidenceFile) -> Action:
    label = RedactedText.format("Cancel {tag}", tag=file.tag)
    return Action(verb="cancel", argument=file.tag.text, label=label)


def file_line(file: EvidenceFile) -> RedactedText:
    """`e7 api.log · log, 12,345 lines (2.1 MB), 1,204 errors, 02:30 UTC to 03:10 UTC`.

    `e1 bundle.zip · archive, 14 files (2.1 MB), read in part`.
    """
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
    parts = [
        quotes.kind(file.data_type),
        RedactedText.format(
            "{lines} ({size})", lines=_extent(file), size=quantities.size(file.size)
        ),
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


def _extent(file: EvidenceFile) -> RedactedText:
    """Its lines; of an archive its files."""
    if file.is_unpacked:
        return quantities.counted(file.events, "file", "files")
    return quantities.counted(file.lines, "line", "lines")


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
    if file.is_unpacked:
        return gap
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
