"""What is written down about a case? One Markdown document, in which every claim has its line.

Text that came from outside stands in code spans, where Markdown has no meaning. Times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

from core.cases.hypotheses import Citation, Hypothesis, HypothesisState
from core.conversation.cards import evidence_counts
from core.conversation.cards.case_card import GRADES
from core.conversation.cards.evidence_cards import file_line
from core.conversation.cards.next_step import open_hypotheses
from core.conversation.cards.quotes import argued, told
from core.conversation.reports.highlights import highlights
from core.conversation.reports.timeline import onset_said, said, whole_timeline
from core.evidence.model import EvidenceFile, FileState, Finding, Locus
from core.investigation.doctrine import SOLUTION_STATES, doctrine
from core.redaction.engine import Redactor
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.dossier import Dossier
    from core.cases.events import CaseView
    from core.cases.investigation_state import Spent
    from core.cases.model import Case
    from core.evidence.timeline.model import Timeline

FINDINGS_SHOWN = 8  # of one file; the rest is counted
_TIME: LiteralString = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class _Pen:
    """How names and places in files are written down."""

    redactor: Redactor

    def name(self, text: str) -> Clean:
        return self.redactor.clean(text).code()

    def at(self, locus: Locus | None) -> Clean:
        """` (`db.log:4182`)`, or nothing."""
        return Clean.say(" ({label})", label=self.name(locus.label)) if locus else Clean.EMPTY


def report_of(dossier: Dossier, *, now: datetime, redactor: Redactor) -> Clean:
    """The whole report, ready to be sent or stored."""
    case, pen = dossier.view.case, _Pen(redactor)
    sections = [
        [Clean.say("# Case {tag}: {title}", tag=case.tag, title=case.title.code())],
        _summary(dossier, pen, now=now),
        _by_the_book(dossier, pen),
        _timeline(whole_timeline(dossier, redactor=redactor), pen),
        _evidence(dossier, pen),
        _hypotheses(dossier.view.hypotheses, pen),
        _solution(dossier.view, pen),
        _follow_ups(dossier),
    ]
    return Clean.join("\n", _spaced([line for section in sections for line in section]))


def _spaced(lines: Sequence[Clean]) -> list[Clean]:
    """One empty line around headings, never two."""
    spaced: list[Clean] = []
    for line in lines:
        if line.text.startswith("#"):
            spaced += [Clean.EMPTY, line, Clean.EMPTY]
        else:
            spaced.append(line)
    pairs = zip([Clean.EMPTY, *spaced], spaced, strict=False)
    return [line for before, line in pairs if before or line]


def _summary(dossier: Dossier, pen: _Pen, *, now: datetime) -> list[Clean]:
    case = dossier.view.case
    names = dict.fromkeys(
        name for name in [case.service, *(one.service for one in dossier.occurrences)] if name
    )
    services = Clean.join(", ", [pen.name(name) for name in names]) or Clean.say("not known")
    lines = [
        Clean.say("- State: {state}", state=_state(case, now=now)),
        Clean.say("- Severity: {grade}", grade=GRADES[case.severity]),
        Clean.say("- Services: {services}", services=services),
        Clean.say("- Cause: {cause}", cause=_cause(dossier, pen)),
        Clean.say("- Fix: {fix}", fix=_fix(case)),
        Clean.say("- Evidence: {held}", held=_held(dossier)),
        Clean.say("- Model: {took}", took=_took(dossier.view.course.spent)),
    ]
    if case.owner:
        lines.insert(2, Clean.say("- Owner: {owner}", owner=pen.name(case.owner)))
    return _section(Clean.say("Summary"), lines)


def _took(spent: Spent) -> Clean:
    if not spent.calls:
        return Clean.say("none used; confidence is computed from the lines below")
    calls = quantities.counted(spent.calls, "call", "calls")
    return Clean.say(
        "{calls}, {tokens} tokens, ${cost}; confidence is computed from the lines below",
        calls=calls,
        tokens=spent.tokens,
        cost=round(spent.cost / 1_000_000, 4),
    )


def _state(case: Case, *, now: datetime) -> Clean:
    began = Clean.at(case.opened_at, _TIME)
    if case.resolved_at is None or case.state.is_open:
        took = quantities.span(now - case.opened_at)
        return Clean.say("open since {began} UTC ({took})", began=began, took=took)
    ended, took = (
        Clean.at(case.resolved_at, _TIME),
        quantities.span(case.resolved_at - case.opened_at),
    )
    return Clean.say(
        "resolved after {took} ({began} to {ended} UTC)", took=took, began=began, ended=ended
    )


def _cause(dossier: Dossier, pen: _Pen) -> Clean:
    best = next(iter(open_hypotheses(dossier.view)), None)
    if best is None:
        return Clean.say("no root cause found")
    line = pen.at(next((one.locus for one in best.supporting if one.locus), None))
    said = _standing(best, pen)
    return Clean.say("{text} — {said}{line}", text=best.statement.code(), said=said, line=line)


def _fix(case: Case) -> Clean:
    return case.solution.code() if case.solution else Clean.say("not recorded")


def _held(dossier: Dossier) -> Clean:
    return evidence_counts.evidence(dossier.files, alerts=dossier.view.case.alerts) or Clean.say(
        "none"
    )


def _by_the_book(dossier: Dossier, pen: _Pen) -> list[Clean]:
    """The five steps of an investigation: done with their lines, or open with what is wanted."""
    lines: list[Clean] = []
    for step in doctrine(dossier.view, dossier):
        box = Clean.say("[x]") if step.filled else Clean.say("[ ]")
        said = step.says.code() if step.says else Clean.say("open")
        lines.append(Clean.say("- {box} {title}: {said}", box=box, title=step.title, said=said))
        if step.wants:
            lines.append(Clean.say("  - wanted: {wants}", wants=step.wants.code()))
        lines += [
            Clean.say("  - {text}{at}", text=text.code(), at=pen.at(line.locus))
            for line, text in argued(step.citations)
        ]
    return [Clean.say("### Checklist"), *lines]


def _timeline(timeline: Timeline, pen: _Pen) -> list[Clean]:
    stated = [Clean.say("Times are UTC.")]
    if timeline.onset is not None:
        stated.append(onset_said(timeline.onset, redactor=pen.redactor).code())
    stated += [note.code() for note in timeline.notes]
    lines = [
        Clean.say(
            "- {at} {text}{line}",
            at=Clean.at(one.at, _TIME),
            text=said(one).code(),
            line=pen.at(one.locus),
        )
        for one in timeline.entries
    ]
    head = [Clean.say("{line}  ", line=line) for line in stated]  # two spaces: a line break
    return _section(Clean.say("Timeline"), [*head, Clean.EMPTY, *lines])


def _evidence(dossier: Dossier, pen: _Pen) -> list[Clean]:
    lines: list[Clean] = []
    for one in dossier.occurrences:
        alert = Clean.say(
            "- Alert {summary}, delivered {n} times",
            summary=pen.name(one.summary or one.name),
            n=one.fires,
        )
        lines.append(alert)
    for file in dossier.files:
        found = [one for one in dossier.findings.get(file.id, ()) if not one.is_digest]
        lines += _file(file, found, pen)
    return _section(Clean.say("Evidence"), lines or [Clean.say("None was brought.")])


def _file(file: EvidenceFile, findings: Sequence[Finding], pen: _Pen) -> list[Clean]:
    lines = [
        Clean.say("### {name}", name=file_line(file).code()),
        Clean.say("SHA-256 {digest}", digest=pen.name(file.blob)),
        Clean.EMPTY,
    ]
    if file.state is FileState.FAILED:
        why = file.problem.code() if file.problem else Clean.say("unknown")
        return [*lines, Clean.say("- Not read: {why}", why=why)]
    shown = highlights(findings)[:FINDINGS_SHOWN] or list(findings[:1])
    lines += [_finding(one, pen) for one in shown]
    if len(findings) > len(shown):
        more = quantities.counted(len(findings) - len(shown), "finding", "findings")
        lines.append(Clean.say("- and {more} not listed", more=more))
    return lines


def _finding(one: Finding, pen: _Pen) -> Clean:
    return Clean.say("- {told}{at}", told=told(one).code(), at=pen.at(one.locus))


def _hypotheses(hypotheses: Sequence[Hypothesis], pen: _Pen) -> list[Clean]:
    lines: list[Clean] = []
    for one in sorted(hypotheses, key=lambda one: one.rank):
        said = _standing(one, pen)
        title = Clean.say(
            "### {n}. {text} — {said}", n=one.number, text=one.statement.code(), said=said
        )
        lines += [title, *_why_rejected(one)]
        lines += _arguments(Clean.say("For"), one.supporting, pen)
        lines += _arguments(Clean.say("Against"), one.contradicting, pen)
        if not one.supporting:
            lines.append(Clean.say("- For: no line, unsupported"))
        if one.check:
            lines.append(Clean.say("- Check: {check}", check=one.check.code()))
    return _section(
        Clean.say("Hypotheses"),
        lines or [Clean.say("None: the evidence shows no known failure.")],
    )


def _why_rejected(one: Hypothesis) -> list[Clean]:
    if one.is_alive:
        return []
    if one.verdict_why:
        return [Clean.say("- Why rejected: {why}", why=one.verdict_why.code())]
    if one.contradicting:
        return [Clean.say("- Why rejected: the lines against it, below")]
    return [Clean.say("- Why rejected: no reason was given")]


def _arguments(side: Clean, lines: Sequence[Citation], pen: _Pen) -> list[Clean]:
    return [
        Clean.say("- {side}: {text}{at}", side=side, text=text.code(), at=pen.at(line.locus))
        for line, text in argued(lines)
    ]


def _solution(view: CaseView, pen: _Pen) -> list[Clean]:
    """What fixed it, as it was said or shown; then what was proposed, and what came of that."""
    case, title = view.case, Clean.say("Solution")
    lines: list[Clean] = []
    for one in view.course.solutions:
        by = pen.name(one.confirmed_by) if one.confirmed_by else Clean.say("nobody yet")
        state = SOLUTION_STATES[one.state]
        told = Clean.say("- {text} — {state}; by {by}", text=one.text.code(), state=state, by=by)
        lines += [told, *_arguments(Clean.say("Shown by"), one.citations, pen)]
    if case.solution is None:
        said = Clean.say("Not recorded.")
        if case.resolved_by == "system":
            said = Clean.say("Not recorded: every alert ended and nobody spoke.")
        return _section(title, [said, *lines])
    if case.resolved_by == "system":  # a fix that evidence shows to have helped
        return _section(title, lines or [case.solution.code()])
    by = pen.name(case.resolved_by or "") if case.resolved_by else Clean.say("nobody")
    said = Clean.say("{text}, said by {by}", text=case.solution.code(), by=by)
    return _section(title, [said, *lines])


def _follow_ups(dossier: Dossier) -> list[Clean]:
    """What is left to do, as far as the tables know."""
    case, best = dossier.view.case, next(iter(open_hypotheses(dossier.view)), None)
    todo: list[Clean] = []
    if best is not None and best.state is not HypothesisState.VALIDATED and best.check:
        check = best.check.code()
        todo.append(
            Clean.say("Confirm or refute hypothesis {n}: {check}", n=best.number, check=check)
        )
    if best is None:
        todo.append(Clean.say("Find the cause: bring the logs of the time it began"))
    if case.firing:
        todo.append(Clean.say("{n} alerts still fire", n=case.firing))
    if not case.state.is_open and case.solution is None:
        todo.append(Clean.say("Write down what fixed it"))
    todo += [
        Clean.say("Bring {name} again in a form that can be read", name=file.name.code())
        for file in dossier.files
        if file.state is FileState.FAILED
    ]
    todo += [
        Clean.say("Answer what was asked: {text}", text=question.text.code())
        for question in dossier.questions
        if question.answered_at is None
    ]
    lines = [Clean.say("- [ ] {todo}", todo=one) for one in todo]
    return _section(Clean.say("Follow-ups"), lines or [Clean.say("None.")])


def _standing(one: Hypothesis, pen: _Pen) -> Clean:
    by = Clean.EMPTY
    if one.verdict_by:
        by = Clean.say(" by {by}", by=pen.name(one.verdict_by))
    if one.state is HypothesisState.VALIDATED:
        return Clean.say("confirmed{by}", by=by)
    if one.state is HypothesisState.REJECTED:
        return Clean.say("rejected{by}", by=by)
    return Clean.say("{share}, not confirmed", share=quantities.percent(one.confidence))


def _section(title: Clean, lines: Sequence[Clean]) -> list[Clean]:
    return [Clean.say("## {title}", title=title), *lines]
