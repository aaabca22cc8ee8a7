"""How do hypotheses, evidence, files and answers become cards? Pure functions, no state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.hypotheses import Citation, Hypothesis, HypothesisState
from core.conversation.cards import evidence_counts
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.case_card import confidence
from core.conversation.cards.next_step import open_hypotheses
from core.conversation.cards.quotes import argued, told
from core.evidence.model import EvidenceFile, Extraction, FileState, Finding, FindingKind
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from core.alerts.model import Occurrence
    from core.cases.events import CaseView
    from core.cases.model import Case
    from core.redaction.engine import Redactor

FILE_CARD = "file:"  # what the key of a file's card begins with
LINES_SHOWN = 4  # for, and as many against; the rest is folded
NOTHING_YET = Clean.say("No evidence yet. Drop a file here, or paste lines after `evidence`.")

_NOT_TOLD = (FileState.RECEIVED, FileState.CANCELLED)
_TOLD = (
    FindingKind.FIRST_ERROR,
    FindingKind.SIGNAL,
    FindingKind.ERROR_RATE,
    FindingKind.BURST,
    FindingKind.STACK_TRACE,
    FindingKind.CHANGE,
    FindingKind.METRIC,
)


def hypotheses_card(view: CaseView, *, redactor: Redactor) -> Card:
    """Every hypothesis with its confidence, lines for and against, and the check that decides."""
    case = view.case
    alive = open_hypotheses(view)
    rejected = [one for one in view.hypotheses if one.state is HypothesisState.REJECTED]
    rows = [Row(text=_how_many(case, alive, rejected), strong=True)]
    fold: list[Row] = []
    for one in alive:
        rows += _argued(one, redactor=redactor)
        fold += _further_lines(one)
    if alive and not any(one.state is HypothesisState.VALIDATED for one in alive):
        rows.append(_something_else(view.hypotheses))
    for one in rejected:
        rows += _rejected(one, redactor=redactor)
    return Card(
        key=f"hypotheses:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        fold=tuple(fold),
        actions=tuple(_judging(alive)),
        case_number=case.number,
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
    held = evidence_counts.evidence(files, alerts=case.alerts)
    if not files:
        rows = [Row(text=NOTHING_YET)]
    else:
        title = Clean.say("{tag} evidence · {held}", tag=case.tag, held=held)
        rows = [Row(text=title, strong=True), *(Row(text=file_line(file)) for file in files)]
    rows += [Row(text=alert_line(one, now=now, redactor=redactor)) for one in occurrences]
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
    if file.state is FileState.FAILED:
        return _unreadable(file)
    told = [Row(text=file.problem.line())] if file.problem else []
    if findings or not told:  # what could be read of a damaged file counts, too
        told += _told(findings)
    if file.state in _NOT_TOLD:
        told = []
    rows = (Row(text=file_line(file), strong=True), *told)
    return Card(key=f"{FILE_CARD}{file.id}", version=1, mark=Mark.ANSWER, rows=rows)


def ended_card(file: EvidenceFile, *, by: Clean, version: int) -> Card:
    """In place of what the card said before: it was stopped, or deleted, by a person."""
    name = Clean.say("{tag} {name}", tag=file.tag, name=file.name.line())
    if file.state is FileState.DELETED:
        said = Clean.say("{by} deleted {name}, and all that was found in it.", name=name, by=by)
        rows = [Row(text=said)]
    else:
        said = Clean.say("{by} stopped the reading of {name}.", name=name, by=by)
        step = Clean.say("To read it after all: evidence again {tag}", tag=file.tag)
        rows = [Row(text=said), Row(text=step)]
    return Card(key=f"{FILE_CARD}{file.id}", version=version, mark=Mark.ANSWER, rows=tuple(rows))


def reading_card(case_number: int, file: EvidenceFile, *, version: int = 0) -> Card:
    """The file is stored; a worker reads it. `file_card` takes this card's place."""
    name, size = file.name.line(), quantities.size(file.size)
    said = Clean.say("Reading {tag} {name} ({size})", tag=file.tag, name=name, size=size)
    row = Row(text=said)
    return Card(
        key=f"{FILE_CARD}{file.id}",
        version=version,
        mark=Mark.PROGRESS,
        rows=(row,),
        actions=(Action(verb="cancel", argument=file.tag.text, label=Clean.say("Cancel")),),
        case_number=case_number,
    )


def file_line(file: EvidenceFile) -> Clean:
    """`e7 api.log · log, 12,345 lines (2.1 MB), 1,204 errors, 02:30 UTC to 03:10 UTC`."""
    name = Clean.say("{tag} {name}", tag=file.tag, name=file.name.line())
    if file.state is FileState.FAILED:
        return Clean.say("{name} · could not be read", name=name)
    if file.state is FileState.CANCELLED:
        return Clean.say("{name} · {size}, not read", name=name, size=quantities.size(file.size))
    if file.data_type is None or file.state is FileState.RECEIVED:
        return Clean.say("{name} · {size}, being read", name=name, size=quantities.size(file.size))
    lines = quantities.counted(file.lines, "line", "lines")
    parts = [
        evidence_counts.kind(file.data_type),
        Clean.say("{lines} ({size})", lines=lines, size=quantities.size(file.size)),
    ]
    if file.errors:
        parts.append(quantities.counted(file.errors, "error", "errors"))
    if file.first and file.last:
        parts.append(_covered(file.first, file.last, file.received_at))
    if file.let_go_at:
        parts.append(Clean.say("original gone since {day}", day=Clean.at(file.let_go_at, "%d %b")))
    return Clean.say("{name} · {rest}", name=name, rest=Clean.join(", ", parts))


def alert_line(one: Occurrence, *, now: datetime, redactor: Redactor) -> Clean:
    """`Alert HighErrorRate, checkout · firing since 02:41 UTC (12 min)`."""
    about = [redactor.clean(name).line() for name in (one.name, one.service) if name]
    if one.ended_at is None:
        state = Clean.say("firing {since}", since=quantities.since(one.starts_at, now))
    else:
        first, last = quantities.clock(one.starts_at, now), quantities.clock(one.ended_at, now)
        state = Clean.say("fired {first} to {last}", first=first, last=last)
    return Clean.say("Alert {about} · {state}", about=Clean.join(", ", about), state=state)


def _covered(first: datetime, last: datetime, received: datetime) -> Clean:
    """`02:35 to 02:53 UTC`, with the day where it is not that on which the file came."""
    if first.date() == last.date() == received.date():
        return Clean.say("{a} to {b}", a=Clean.at(first, "%H:%M"), b=Clean.at(last))
    same = first.date() == last.date()
    a = Clean.at(first, "%d %b %H:%M")
    b = Clean.at(last, "%H:%M UTC" if same else "%d %b %H:%M UTC")
    return Clean.say("{a} to {b}", a=a, b=b)


def _how_many(case: Case, alive: list[Hypothesis], rejected: list[Hypothesis]) -> Clean:
    if not alive and not rejected:
        return Clean.say("{tag} no hypotheses yet: {what}", tag=case.tag, what=_what_would(case))
    counts = [quantities.counted(len(alive), "hypothesis", "hypotheses")]
    if rejected:
        counts.append(Clean.say("{n} rejected", n=len(rejected)))
    return Clean.say("{tag} {counts}", tag=case.tag, counts=Clean.join(", ", counts))


def _what_would(case: Case) -> Clean:
    if case.files:
        return Clean.say("nothing read so far shows a known failure. Bring another log.")
    return Clean.say("drop a log here, from 10 min before it began.")


def _argued(one: Hypothesis, *, redactor: Redactor) -> list[Row]:
    said = confidence(one, redactor)
    title = Clean.say("{n}. {text} — {said}", n=one.number, text=one.statement.line(), said=said)
    lines = [
        *_lines(Clean.say("for"), one.supporting)[:LINES_SHOWN],
        *_lines(Clean.say("against"), one.contradicting)[:LINES_SHOWN],
    ]
    if not one.supporting:
        lines.insert(0, Row(text=Clean.say("for: no line yet, unsupported")))
    check = [Row(text=Clean.say("check: {check}", check=one.check.line()))] if one.check else []
    return [Row(text=title, strong=True), *lines, *check]


def _further_lines(one: Hypothesis) -> list[Row]:
    return [
        *_lines(Clean.say("{n} for", n=one.number), one.supporting)[LINES_SHOWN:],
        *_lines(Clean.say("{n} against", n=one.number), one.contradicting)[LINES_SHOWN:],
    ]


def _lines(side: Clean, lines: Sequence[Citation]) -> list[Row]:
    return [
        Row(text=Clean.say("{side}: {text}", side=side, text=text), citation=_place(line))
        for line, text in argued(lines)
    ]


def _place(line: Citation) -> str | None:
    return line.locus.label if line.locus else None


def _something_else(hypotheses: Sequence[Hypothesis]) -> Row:
    """The posterior's share of causes that nobody has named (it sums to 1 with the named ones)."""
    left = 1 - sum(one.confidence for one in hypotheses)
    text = Clean.say("Something else — {share}", share=quantities.percent(left))
    return Row(text=text, strong=True)


def _rejected(one: Hypothesis, *, redactor: Redactor) -> list[Row]:
    said = confidence(one, redactor)
    title = Clean.say("{n}. {text} — {said}", n=one.number, text=one.statement.line(), said=said)
    rows = [Row(text=title, strong=True)]
    if one.verdict_why:
        rows.append(Row(text=Clean.say("why: {why}", why=one.verdict_why.line())))
    return rows


def _judging(alive: list[Hypothesis]) -> list[Action]:
    if not alive or alive[0].state is HypothesisState.VALIDATED:
        return []
    number = alive[0].number
    return [
        Action(verb="confirm", argument=str(number), label=Clean.say("Confirm {n}", n=number)),
        Action(verb="reject", argument=str(number), label=Clean.say("Reject {n}", n=number)),
    ]


def _told(findings: Sequence[Finding]) -> list[Row]:
    """The first finding of each kind worth telling; else the loudest template."""
    firsts = {kind: next((one for one in findings if one.kind is kind), None) for kind in _TOLD}
    worth = [one for one in firsts.values() if one is not None]
    if worth:
        return list(_found(worth[:5]))
    if calls := sum(one.kind is FindingKind.CALL for one in findings):
        return [
            Row(text=quantities.counted(calls, "call between services", "calls between services"))
        ]
    templates = [one for one in findings if one.kind is FindingKind.TEMPLATE]
    quiet = Row(text=Clean.say("Nothing unusual: no error, no burst, no known sign of a failure."))
    loudest = max(templates, key=lambda one: one.count, default=None)
    return [quiet, *_found([loudest] if loudest else [])]


def _found(findings: Sequence[Finding]) -> Iterator[Row]:
    """Each with its place; a line that several findings are about is quoted once."""
    quoted = set[Clean]()
    for one in findings:
        yield Row(text=told(one, quoted=one.text not in quoted), citation=one.locus.label)
        quoted.add(one.text)


def _unreadable(file: EvidenceFile) -> Card:
    problem = file.problem.line() if file.problem else Clean.say("no reader knows what it is")
    said = Clean.say(
        "Could not read {name} ({tag}): {why}", name=file.name.line(), tag=file.tag, why=problem
    )
    safe = Clean.say("The case goes on without it; the file is kept.")
    step = Clean.say(
        "Next: paste the lines that matter after `evidence`, or try again: evidence again {tag}",
        tag=file.tag,
    )
    return Card(
        key=f"{FILE_CARD}{file.id}",
        version=1,
        mark=Mark.REFUSED,
        rows=(Row(text=said, strong=True), Row(text=safe), Row(text=step)),
    )
