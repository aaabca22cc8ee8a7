"""The Markdown report of a case, in which every claim has its line.

Text that came from outside stands in code spans, where Markdown has no meaning. Times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

from core.cases.model import Citation, Hypothesis, HypothesisState
from core.conversation.cards import quotes
from core.conversation.cards.case_card import GRADES
from core.conversation.cards.evidence_cards import file_line
from core.conversation.cards.quotes import argued, told
from core.conversation.cards.story_cards import telling
from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.reports.timeline import highlights, onset_said, said, whole_timeline
from core.evidence.model import Coverage, EvidenceFile, Finding, Locus
from core.investigation.checklist import SOLUTION_STATES, checklist
from core.redaction.engine import Redactor
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.cases.investigation_state import Usage
    from core.cases.model import Case
    from core.cases.ports import Dossier
    from core.cases.projection import CaseView
    from core.evidence.timeline import Timeline

FINDINGS_SHOWN = 2  # of one file; the rest is counted
# Four printed pages at most; `faultmaven export` has everything.
_FILES_SHOWN = 15  # with their findings; of the others the names
_ENTRIES = 30  # of the timeline
_LINES_FOR, _LINES_AGAINST = 3, 2  # of one hypothesis
_LINES_OF_STEP = 2
_HYPOTHESES_SHOWN = 4  # with their lines
_LINE_WIDTH = 80  # characters of one quoted line
_DIGEST = 12  # characters of a SHA-256 that name a file; `export` has all of it
_TIME: LiteralString = "%Y-%m-%d %H:%M:%S"


def report_of(dossier: Dossier, *, now: datetime, redactor: Redactor) -> RedactedText:
    """The whole report, ready to be sent or stored."""
    case, pen = dossier.view.case, _Formatter(redactor)
    sections = [
        [RedactedText.format("# Case {tag}: {title}", tag=case.tag, title=case.title.code())],
        _summary_section(dossier, pen, now=now),
        _checklist_section(dossier, pen),
        _timeline_section(whole_timeline(dossier, redactor=redactor), pen),
        _evidence_section(dossier, pen),
        _hypotheses_section(dossier.view.hypotheses, pen),
        _solution_section(dossier.view, pen),
        _follow_ups_section(dossier),
    ]
    return RedactedText.join(
        "\n", _space_headings([line for section in sections for line in section])
    )


@dataclass(frozen=True)
class _Formatter:
    """How names and places in files are written down."""

    redactor: Redactor

    def name(self, text: str) -> RedactedText:
        return self.redactor.clean(text).code()

    def at(self, locus: Locus | None) -> RedactedText:
        """` (`db.log:4182`)`, or nothing."""
        return (
            RedactedText.format(" ({label})", label=self.name(locus.label))
            if locus
            else RedactedText.EMPTY
        )


def _space_headings(lines: Sequence[RedactedText]) -> list[RedactedText]:
    """One empty line around headings, never two."""
    spaced: list[RedactedText] = []
    for line in lines:
        if line.text.startswith("#"):
            spaced += [RedactedText.EMPTY, line, RedactedText.EMPTY]
        else:
            spaced.append(line)
    pairs = zip([RedactedText.EMPTY, *spaced], spaced, strict=False)
    return [line for before, line in pairs if before or line]


def _summary_section(dossier: Dossier, pen: _Formatter, *, now: datetime) -> list[RedactedText]:
    case = dossier.view.case
    names = dict.fromkeys(
        name
        for name in [case.service, *(occurrence.service for occurrence in dossier.occurrences)]
        if name
    )
    services = RedactedText.join(", ", [pen.name(name) for name in names]) or RedactedText.format(
        "not known"
    )
    lines = [
        RedactedText.format("- State: {state}", state=_state_text(case, now=now)),
        RedactedText.format("- Severity: {grade}", grade=GRADES[case.severity]),
        RedactedText.format("- Services: {services}", services=services),
        RedactedText.format("- Cause: {cause}", cause=_cause_text(dossier, pen)),
        RedactedText.format("- Fix: {fix}", fix=_fix_text(case)),
        RedactedText.format("- Evidence: {held}", held=_evidence_counts(dossier)),
        RedactedText.format("- Model: {took}", took=_usage_text(dossier.view.investigation.spent)),
    ]
    if case.owner:
        lines.insert(2, RedactedText.format("- Owner: {owner}", owner=pen.name(case.owner)))
    return _section(RedactedText.format("Summary"), lines)


def _usage_text(spent: Usage) -> RedactedText:
    if not spent.calls:
        return RedactedText.format("none used; confidence is computed from the lines below")
    calls = quantities.counted(spent.calls, "call", "calls")
    return RedactedText.format(
        "{calls}, {tokens} tokens, ${cost}; confidence is computed from the lines below",
        calls=calls,
        tokens=spent.tokens,
        cost=round(spent.cost / 1_000_000, 4),
    )


def _state_text(case: Case, *, now: datetime) -> RedactedText:
    began = RedactedText.at(case.opened_at, _TIME)
    if case.resolved_at is None or case.state.is_open:
        took = quantities.span(now - case.opened_at)
        return RedactedText.format("open since {began} UTC ({took})", began=began, took=took)
    ended, took = (
        RedactedText.at(case.resolved_at, _TIME),
        quantities.span(case.resolved_at - case.opened_at),
    )
    return RedactedText.format(
        "resolved after {took} ({began} to {ended} UTC)", took=took, began=began, ended=ended
    )


def _cause_text(dossier: Dossier, pen: _Formatter) -> RedactedText:
    best = next(iter(open_hypotheses(dossier.view)), None)
    if best is None:
        return RedactedText.format("no root cause found")
    line = pen.at(next((citation.locus for citation in best.supporting if citation.locus), None))
    standing = _standing_text(best, pen)
    return RedactedText.format(
        "{text} — {said}{line}", text=best.statement.code(), said=standing, line=line
    )


def _fix_text(case: Case) -> RedactedText:
    return case.solution.code() if case.solution else RedactedText.format("not recorded")


def _evidence_counts(dossier: Dossier) -> RedactedText:
    return quotes.evidence(dossier.files, alerts=dossier.view.case.alerts) or RedactedText.format(
        "none"
    )


def _checklist_section(dossier: Dossier, pen: _Formatter) -> list[RedactedText]:
    """The five steps of an investigation: done with their lines, or open with what is wanted."""
    lines: list[RedactedText] = []
    for step in checklist(dossier.view, dossier):
        box = RedactedText.format("[x]") if step.filled else RedactedText.format("[ ]")
        answer = step.says.code() if step.says else RedactedText.format("open")
        lines.append(
            RedactedText.format("- {box} {title}: {said}", box=box, title=step.title, said=answer)
        )
        if step.wants:
            lines.append(RedactedText.format("  - wanted: {wants}", wants=step.wants.code()))
        lines += [
            RedactedText.format(
                "  - {text}{at}", text=text.cut(_LINE_WIDTH).code(), at=pen.at(line.locus)
            )
            for line, text in list(argued(step.citations))[:_LINES_OF_STEP]
        ]
    return [RedactedText.format("### Checklist"), *lines]


def _timeline_section(timeline: Timeline, pen: _Formatter) -> list[RedactedText]:
    notes = [RedactedText.format("Times are UTC.")]
    if timeline.onset is not None:
        notes.append(onset_said(timeline.onset, redactor=pen.redactor).code())
    notes += [note.code() for note in timeline.notes]
    lines = [
        RedactedText.format(
            "- {at} {text}{line}",
            at=RedactedText.at(entry.at, _TIME),
            text=said(entry).line().cut(_LINE_WIDTH).code(),
            line=pen.at(entry.locus),
        )
        for entry in telling(timeline.entries, most=_ENTRIES)
    ]
    if len(timeline.entries) > len(lines):
        left = len(timeline.entries) - len(lines)
        lines.append(RedactedText.format("- and {n} more: `timeline`", n=left))
    head = [
        RedactedText.format("{line}  ", line=line) for line in notes
    ]  # two spaces: a line break
    return _section(RedactedText.format("Timeline"), [*head, RedactedText.EMPTY, *lines])


def _times(number: int) -> RedactedText:
    """`once`, `3 times`."""
    if number == 1:
        return RedactedText.format("once")
    return RedactedText.format("{n} times", n=number)


def _evidence_section(dossier: Dossier, pen: _Formatter) -> list[RedactedText]:
    lines: list[RedactedText] = []
    for occurrence in dossier.occurrences:
        alert = RedactedText.format(
            "- Alert {summary}, delivered {times}",
            summary=pen.name(occurrence.summary or occurrence.name),
            times=_times(occurrence.fires),
        )
        lines.append(alert)
    findings_of = {
        file.id: [finding for finding in dossier.findings.get(file.id, ()) if not finding.is_digest]
        for file in dossier.files
    }
    loud = sorted(dossier.files, key=lambda file: not highlights(findings_of[file.id]))
    shown = {file.id for file in loud[:_FILES_SHOWN]}
    for file in dossier.files:
        if file.id in shown:
            lines += _file_lines(file, findings_of[file.id], pen)
    others = [file.tag for file in dossier.files if file.id not in shown]
    if others:
        named = quantities.listed(others, most=60)
        lines.append(RedactedText.format("- Nothing unusual or not listed: {files}", files=named))
    return _section(
        RedactedText.format("Evidence"), lines or [RedactedText.format("None was brought.")]
    )


def _file_lines(
    file: EvidenceFile, findings: Sequence[Finding], pen: _Formatter
) -> list[RedactedText]:
    digest = RedactedText.EMPTY
    if file.was_stored:
        digest = RedactedText.format(", SHA-256 {digest}", digest=pen.name(file.blob[:_DIGEST]))
    lines = [RedactedText.format("- {name}{digest}", name=file_line(file).code(), digest=digest)]
    why = file.problem.code() if file.problem else RedactedText.format("unknown")
    if file.coverage is Coverage.NONE:
        return [*lines, RedactedText.format("  - Not read: {why}", why=why)]
    if file.coverage is Coverage.PART:
        lines.append(RedactedText.format("  - Read in part: {why}", why=why))
    shown = highlights(findings)[:FINDINGS_SHOWN]
    lines += [_finding_line(finding, pen) for finding in shown]
    if shown and len(findings) > len(shown):
        more = quantities.counted(len(findings) - len(shown), "finding", "findings")
        lines.append(RedactedText.format("  - and {more} not listed", more=more))
    return lines


def _finding_line(finding: Finding, pen: _Formatter) -> RedactedText:
    what = told(finding, room=_LINE_WIDTH).code()
    return RedactedText.format("  - {told}{at}", told=what, at=pen.at(finding.locus))


def _hypotheses_section(hypotheses: Sequence[Hypothesis], pen: _Formatter) -> list[RedactedText]:
    lines: list[RedactedText] = []
    ranked = sorted(hypotheses, key=lambda hypothesis: hypothesis.rank)
    for place, hypothesis in enumerate(ranked):
        standing = _standing_text(hypothesis, pen)
        title = RedactedText.format(
            "### {n}. {text} — {said}",
            n=hypothesis.number,
            text=hypothesis.statement.code(),
            said=standing,
        )
        lines += [title, *_verdict_lines(hypothesis)]
        if place >= _HYPOTHESES_SHOWN:
            continue
        lines += _citation_lines(RedactedText.format("For"), hypothesis.supporting, pen)
        against = RedactedText.format("Against")
        lines += _citation_lines(against, hypothesis.contradicting, pen, most=_LINES_AGAINST)
        if not hypothesis.supporting:
            lines.append(RedactedText.format("- For: no line, unsupported"))
        if hypothesis.check:
            lines.append(RedactedText.format("- Check: {check}", check=hypothesis.check.code()))
    return _section(
        RedactedText.format("Hypotheses"),
        lines or [RedactedText.format("None: the evidence shows no known failure.")],
    )


def _verdict_lines(hypothesis: Hypothesis) -> list[RedactedText]:
    """Why a person confirmed or rejected it, as far as anybody said."""
    if hypothesis.is_alive:
        if not hypothesis.verdict_why:
            return []
        why = hypothesis.verdict_why.code()
        return [RedactedText.format("- Why confirmed: {why}", why=why)]
    if hypothesis.verdict_why:
        return [RedactedText.format("- Why rejected: {why}", why=hypothesis.verdict_why.code())]
    if hypothesis.contradicting:
        return [RedactedText.format("- Why rejected: the lines against it, below")]
    return [RedactedText.format("- Why rejected: no reason was given")]


def _citation_lines(
    side: RedactedText, lines: Sequence[Citation], pen: _Formatter, *, most: int = _LINES_FOR
) -> list[RedactedText]:
    arguments = list(argued(lines, room=_LINE_WIDTH))
    shown = [
        RedactedText.format(
            "- {side}: {text}{at}", side=side, text=text.code(), at=pen.at(line.locus)
        )
        for line, text in arguments[:most]
    ]
    if left := len(arguments) - len(shown):
        shown.append(RedactedText.format("- {side}: {n} more lines", side=side, n=left))
    return shown


def _solution_section(view: CaseView, pen: _Formatter) -> list[RedactedText]:
    """What fixed it, as it was said or shown; then what was proposed, and what came of that."""
    case, title = view.case, RedactedText.format("Solution")
    lines: list[RedactedText] = []
    for solution in view.investigation.solutions:
        by = (
            pen.name(solution.confirmed_by)
            if solution.confirmed_by
            else RedactedText.format("nobody yet")
        )
        state = SOLUTION_STATES[solution.state]()
        line = RedactedText.format(
            "- {text} — {state}; by {by}", text=solution.text.code(), state=state, by=by
        )
        lines += [line, *_citation_lines(RedactedText.format("Shown by"), solution.citations, pen)]
    if case.solution is None:
        text = RedactedText.format("Not recorded.")
        if case.resolved_by == "system":
            text = RedactedText.format("Not recorded: every alert ended and nobody spoke.")
        return _section(title, [text, *lines])
    if case.resolved_by == "system":  # a fix that evidence shows to have helped
        return _section(title, lines or [case.solution.code()])
    by = pen.name(case.resolved_by or "") if case.resolved_by else RedactedText.format("nobody")
    text = RedactedText.format("{text}, said by {by}", text=case.solution.code(), by=by)
    return _section(title, [text, *lines])


def _follow_ups_section(dossier: Dossier) -> list[RedactedText]:
    """What is left to do, as far as the tables know."""
    case, best = dossier.view.case, next(iter(open_hypotheses(dossier.view)), None)
    tasks: list[RedactedText] = []
    if best is not None and best.state is not HypothesisState.VALIDATED and best.check:
        check = best.check.code()
        tasks.append(
            RedactedText.format(
                "Confirm or refute hypothesis {n}: {check}", n=best.number, check=check
            )
        )
    if best is None:
        tasks.append(RedactedText.format("Find the cause: bring the logs of the time it began"))
    if case.firing:
        tasks.append(
            RedactedText.format(
                "{n} firing",
                n=quantities.counted(case.firing, "alert is still", "alerts are still"),
            )
        )
    if not case.state.is_open and case.solution is None:
        tasks.append(RedactedText.format("Write down what fixed it"))
    tasks += [
        RedactedText.format("Bring {name} again in a form that can be read", name=file.name.code())
        for file in dossier.files
        if file.coverage in (Coverage.NONE, Coverage.PART)
    ]
    tasks += [
        RedactedText.format("Answer what was asked: {text}", text=question.text.code())
        for question in dossier.questions
        if question.answered_at is None
    ]
    lines = [RedactedText.format("- [ ] {todo}", todo=task) for task in tasks]
    return _section(RedactedText.format("Follow-ups"), lines or [RedactedText.format("None.")])


def _standing_text(hypothesis: Hypothesis, pen: _Formatter) -> RedactedText:
    by = RedactedText.EMPTY
    if hypothesis.verdict_by:
        by = RedactedText.format(" by {by}", by=pen.name(hypothesis.verdict_by))
    if hypothesis.state is HypothesisState.VALIDATED:
        return RedactedText.format("confirmed{by}", by=by)
    if hypothesis.state is HypothesisState.REJECTED:
        return RedactedText.format("rejected{by}", by=by)
    return RedactedText.format(
        "{share}, not confirmed", share=quantities.percent(hypothesis.confidence)
    )


def _section(title: RedactedText, lines: Sequence[RedactedText]) -> list[RedactedText]:
    return [RedactedText.format("## {title}", title=title), *lines]
