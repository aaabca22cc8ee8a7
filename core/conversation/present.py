"""How do hypotheses, evidence, files and answers become cards? Pure functions, no state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clean import Clean
from core.conversation import words
from core.conversation.glance import confidence, open_hypotheses
from core.conversation.model import Action, Card, Mark, Question, Row
from core.evidence.model import EvidenceFile, Extraction, FileState, Finding, FindingKind
from core.investigation.model import Answer, Citation, Hypothesis, HypothesisState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.alerts.model import Occurrence
    from core.cases.events import CaseView
    from core.cases.model import Case
    from core.redaction.engine import Redactor

LINES_SHOWN = 3  # for, and as many against; the rest is folded
NOTHING_YET = Clean.say("No evidence yet. Drop a file here, or paste lines after `evidence`.")

_TOLD = (
    FindingKind.SIGNAL,
    FindingKind.FIRST_ERROR,
    FindingKind.ERROR_RATE,
    FindingKind.BURST,
    FindingKind.STACK_TRACE,
    FindingKind.CHANGE,
    FindingKind.METRIC,
)
KINDS = {
    FindingKind.SIGNAL: Clean.say("Known sign"),
    FindingKind.FIRST_ERROR: Clean.say("First error"),
    FindingKind.ERROR_RATE: Clean.say("Error rate"),
    FindingKind.BURST: Clean.say("Burst"),
    FindingKind.STACK_TRACE: Clean.say("Stack trace"),
    FindingKind.CHANGE: Clean.say("Change"),
    FindingKind.METRIC: Clean.say("Metric"),
    FindingKind.TEMPLATE: Clean.say("Most common"),
    FindingKind.NOTE: Clean.say("Note"),
}


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
    rows += [_rejected(one, redactor=redactor) for one in rejected]
    if not view.hypotheses:
        rows.append(Row(text=_no_hypotheses(case)))
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
    held = words.evidence(files, alerts=case.alerts)
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


def file_card(file: EvidenceFile, extraction: Extraction | None) -> Card:
    """What was found in a file, or why it could not be read (`extraction` is None)."""
    return file_again(file, extraction.findings if extraction else ())


def file_again(file: EvidenceFile, findings: Sequence[Finding]) -> Card:
    """The same card, from the tables, for a person who asks for a file later (`evidence e7`)."""
    if file.state is FileState.FAILED:
        return _unreadable(file)
    rows = (Row(text=file_line(file), strong=True), *_told(findings))
    return Card(key=f"file:{file.id}", version=1, mark=Mark.ANSWER, rows=rows)


def reading_card(case_number: int, file: EvidenceFile) -> Card:
    """The file is stored; a worker reads it. `file_card` takes this card's place."""
    name, size = file.name.line(), words.size(file.size)
    said = Clean.say("Reading {tag} {name} ({size})", tag=file.tag, name=name, size=size)
    row = Row(text=said)
    return Card(
        key=f"file:{file.id}",
        version=0,
        mark=Mark.PROGRESS,
        rows=(row,),
        case_number=case_number,
    )


def answer_card(case: Case, question: Question, reply: Answer, *, redactor: Redactor) -> Card:
    """The answer to one question, with the lines it rests on."""
    asked = Clean.say(
        "{tag} {by} asked: {text}",
        tag=case.tag,
        by=redactor.clean(question.asked_by).line(),
        text=question.text.line(),
    )
    cited = [_cited(line) for line in reply.citations]
    unsupported = Clean.say(" (unsupported: no line says so)")
    backed = not reply.known or any(line.locus for line in reply.citations)
    text = Clean.say("{text}{mark}", text=reply.text, mark=Clean.EMPTY if backed else unsupported)
    return Card(
        key=f"answer:{question.id}",
        version=1,
        mark=Mark.ANSWER,
        rows=(Row(text=asked), Row(text=text, strong=True), *cited[:LINES_SHOWN]),
        fold=tuple(cited[LINES_SHOWN:]),
        case_number=case.number,
    )


def looking_card(case: Case, question: Question) -> Card:
    """The question is in the inbox. `answer_card` takes this card's place."""
    row = Row(text=Clean.say("{tag} Looking: {text}", tag=case.tag, text=question.text.line()))
    return Card(
        key=f"answer:{question.id}",
        version=0,
        mark=Mark.PROGRESS,
        rows=(row,),
        case_number=case.number,
    )


def file_line(file: EvidenceFile) -> Clean:
    """`e7 api.log · log, 12,345 lines (2.1 MB), 1,204 errors, 02:30 UTC to 03:10 UTC`."""
    name = Clean.say("{tag} {name}", tag=file.tag, name=file.name.line())
    if file.state is FileState.FAILED:
        return Clean.say("{name} · could not be read", name=name)
    if file.data_type is None:
        return Clean.say("{name} · {size}, being read", name=name, size=words.size(file.size))
    lines = words.counted(file.lines, "line", "lines")
    parts = [
        words.kind(file.data_type),
        Clean.say("{lines} ({size})", lines=lines, size=words.size(file.size)),
    ]
    if file.errors:
        parts.append(words.counted(file.errors, "error", "errors"))
    if file.first and file.last:
        last = words.clock(file.last, file.first)
        parts.append(Clean.say("{a} to {b}", a=Clean.at(file.first, "%d %b %H:%M"), b=last))
    return Clean.say("{name} · {rest}", name=name, rest=Clean.join(", ", parts))


def alert_line(one: Occurrence, *, now: datetime, redactor: Redactor) -> Clean:
    """`Alert HighErrorRate, checkout · firing since 02:41 UTC (12 min)`."""
    about = [redactor.clean(name).line() for name in (one.name, one.service) if name]
    if one.ended_at is None:
        state = Clean.say("firing {since}", since=words.since(one.starts_at, now))
    else:
        first, last = words.clock(one.starts_at, now), words.clock(one.ended_at, now)
        state = Clean.say("fired {first} to {last}", first=first, last=last)
    return Clean.say("Alert {about} · {state}", about=Clean.join(", ", about), state=state)


def _how_many(case: Case, alive: list[Hypothesis], rejected: list[Hypothesis]) -> Clean:
    counts = [words.counted(len(alive), "hypothesis", "hypotheses")]
    if rejected:
        counts.append(Clean.say("{n} rejected", n=len(rejected)))
    return Clean.say("{tag} {counts}", tag=case.tag, counts=Clean.join(", ", counts))


def _argued(one: Hypothesis, *, redactor: Redactor) -> list[Row]:
    said = confidence(one, redactor)
    title = Clean.say("{n}. {text} — {said}", n=one.number, text=one.statement.line(), said=said)
    rows = [Row(text=title, strong=True)]
    rows += [_line(Clean.say("for"), line) for line in one.supporting[:LINES_SHOWN]]
    if not one.supporting:
        rows.append(Row(text=Clean.say("for: no line yet, unsupported")))
    rows += [_line(Clean.say("against"), line) for line in one.contradicting[:LINES_SHOWN]]
    if one.check:
        rows.append(Row(text=Clean.say("check: {check}", check=one.check.line())))
    return rows


def _further_lines(one: Hypothesis) -> list[Row]:
    return [
        *(_line(Clean.say("{n} for", n=one.number), line) for line in one.supporting[LINES_SHOWN:]),
        *(
            _line(Clean.say("{n} against", n=one.number), line)
            for line in one.contradicting[LINES_SHOWN:]
        ),
    ]


def _line(side: Clean, line: Citation) -> Row:
    said = _cited(line)
    return Row(text=Clean.say("{side}: {text}", side=side, text=said.text), citation=said.citation)


def _cited(line: Citation) -> Row:
    text = line.text.line()
    if line.why and line.why != line.text:
        text = Clean.say("{why}: {text}", why=line.why.line(), text=text)
    return Row(text=text, citation=line.locus.label if line.locus else None)


def _something_else(hypotheses: Sequence[Hypothesis]) -> Row:
    """The posterior's share of causes that nobody has named (it sums to 1 with the named ones)."""
    left = 1 - sum(one.confidence for one in hypotheses)
    return Row(text=Clean.say("Something else — {share}", share=words.percent(left)))


def _rejected(one: Hypothesis, *, redactor: Redactor) -> Row:
    why = Clean.say(": {why}", why=one.verdict_why.line()) if one.verdict_why else Clean.EMPTY
    text = Clean.say(
        "{n}. {text} — {said}{why}",
        n=one.number,
        text=one.statement.line(),
        said=confidence(one, redactor),
        why=why,
    )
    return Row(text=text)


def _no_hypotheses(case: Case) -> Clean:
    if case.files:
        return Clean.say("None yet: nothing read so far shows a failure that is known here.")
    return Clean.say("None yet. A log of the time it began would do: drop it here.")


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
    told = [_found(one) for one in firsts.values() if one is not None]
    if told:
        return told[:5]
    templates = [one for one in findings if one.kind is FindingKind.TEMPLATE]
    quiet = Clean.say("Nothing unusual: no errors, no bursts, no known sign of a failure.")
    loudest = max(templates, key=lambda one: one.count, default=None)
    return [Row(text=quiet), *([_found(loudest)] if loudest else [])]


def _found(one: Finding) -> Row:
    parts = [Clean.say("{kind}: ", kind=KINDS[one.kind])]
    if one.first is not None and one.kind is not FindingKind.TEMPLATE:
        parts.append(Clean.say("{at} ", at=one.first))
    parts.append(one.text.line())
    if one.count > 1:
        parts.append(Clean.say(" ({n} times)", n=one.count))
    return Row(text=Clean.join("", parts), citation=one.locus.label)


def _unreadable(file: EvidenceFile) -> Card:
    problem = file.problem.line() if file.problem else Clean.say("no reader knows what it is")
    said = Clean.say(
        "Could not read {name} ({tag}): {why}", name=file.name.line(), tag=file.tag, why=problem
    )
    safe = Clean.say("The case goes on without it; the file is kept.")
    step = Clean.say("Next: send it as text, or paste the lines that matter after `evidence`.")
    return Card(
        key=f"file:{file.id}",
        version=1,
        mark=Mark.REFUSED,
        rows=(Row(text=said, strong=True), Row(text=safe), Row(text=step)),
    )
