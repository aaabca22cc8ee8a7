"""The Markdown report of a case, in which every claim has its line. Times are UTC."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.cases.events import EventKind
from core.cases.model import HypothesisState
from core.conversation.cards import quotes
from core.conversation.cards.case_card import GRADES
from core.conversation.cards.quotes import argued
from core.conversation.cards.story_cards import telling
from core.conversation.cards.verdict_rows import harmless_text, open_hypotheses
from core.conversation.reports.markdown import (
    LINE_WIDTH,
    TIME,
    Formatter,
    items,
    section,
    spaced,
)
from core.conversation.reports.report_evidence import (
    citation_lines,
    evidence_section,
    hypotheses_section,
    standing_text,
)
from core.conversation.reports.timeline import onset_said, said, whole_timeline
from core.evidence.model import Coverage
from core.investigation.checklist import SOLUTION_STATES, ChecklistStepName, checklist
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from core.cases.investigation_state import Usage
    from core.cases.model import Case
    from core.cases.ports import Dossier
    from core.cases.projection import CaseView
    from core.evidence.timeline import Timeline, TimelineEntry
    from core.redaction.engine import Redactor

# Four printed pages at most; `faultmaven export` has everything.
_ENTRIES = 25  # of the timeline
_ENTRY_WIDTH = 100  # characters of one entry
_LINES_OF_STEP = 2
# By the name that the picture has, as data or beside the text.
PICTURES: Final = MappingProxyType(
    {
        "timeline": RedactedText.format("![The timeline as a picture][timeline]"),
        "causes": RedactedText.format("![The causes as a graph of services][causes]"),
    }
)
# What happened to the system and what people did about it, also to the evidence; who brought which
# file, and what was asked of FaultMaven, is told by `timeline`.
INCIDENT = frozenset(
    {
        EventKind.OPENED,
        EventKind.PAGED,
        EventKind.NOTED,
        EventKind.JUDGED,
        EventKind.FILE_DELETED,
        EventKind.PHASE_ENTERED,
        EventKind.SOLUTION_CONFIRMED,
        EventKind.SOLUTION_SETTLED,
        EventKind.RESOLVED,
        EventKind.REOPENED,
        EventKind.TAKEN_BACK,
    }
)
_NO_LINES: Mapping[str, RedactedText] = MappingProxyType({})


def report_of(
    dossier: Dossier,
    *,
    now: datetime,
    redactor: Redactor,
    lines: Mapping[str, RedactedText] = _NO_LINES,
    pictured: Collection[str] = (),
) -> RedactedText:
    """The whole report, ready to be sent or stored.

    lines: lines as they stand in their files, by label (`db.log:4182`). pictured: those of
    PICTURES that have a place; the entries of the timeline's are those of `listed_entries`.
    """
    case, pen = dossier.view.case, Formatter(redactor)
    timeline = incident_timeline(dossier, redactor=redactor)
    impact = impact_lines(dossier, timeline, pen)
    sections = [
        [RedactedText.format("# Case {tag}: {title}", tag=case.tag, title=case.title.code())],
        _summary_section(dossier, pen, now=now),
        _checklist_section(dossier, pen),
        section(RedactedText.format("Impact"), items(impact)),
        _timeline_section(timeline, pen, picture=_place_of("timeline", pictured)),
        evidence_section(dossier, pen, lines=lines),
        hypotheses_section(dossier.view.hypotheses, pen, picture=_place_of("causes", pictured)),
        section(RedactedText.format("Solution"), solution_lines(dossier.view, pen)),
        _follow_ups_section(dossier),
    ]
    return spaced([line for lines_of in sections for line in lines_of])


def title_of(case: Case) -> RedactedText:
    """What the document is called."""
    return RedactedText.format("Case {tag}: {title}", tag=case.tag, title=case.title.line())


def _place_of(name: str, pictured: Collection[str]) -> list[RedactedText]:
    return [RedactedText.EMPTY, PICTURES[name], RedactedText.EMPTY] if name in pictured else []


def with_pictures_beside(text: RedactedText, pictured: Collection[str]) -> RedactedText:
    """A report that is pictured, with the names of its pictures at its end."""
    files = {
        "timeline": RedactedText.format("[timeline]: timeline.svg"),
        "causes": RedactedText.format("[causes]: causes.svg"),
    }
    names = [file for name, file in files.items() if name in pictured]
    return RedactedText.join("\n\n", [text, RedactedText.join("\n", names)]) if names else text


def incident_timeline(dossier: Dossier, *, redactor: Redactor) -> Timeline:
    """What happened to the system and what people did about it."""
    return whole_timeline(dossier, redactor=redactor, kinds=INCIDENT)


def listed_entries(timeline: Timeline) -> list[TimelineEntry]:
    """The entries that a report lists, by their numbers from 1."""
    return telling(timeline.entries, most=_ENTRIES)


def timeline_lines(timeline: Timeline, pen: Formatter) -> list[RedactedText]:
    """The listed entries as a numbered list."""
    return [
        RedactedText.format(
            "{n}. {at} {text}{line}",
            n=number,
            at=RedactedText.at(entry.at, TIME),
            text=said(entry).line().cut(_ENTRY_WIDTH).code(),
            line=pen.at(entry.locus),
        )
        for number, entry in enumerate(listed_entries(timeline), 1)
    ]


def cause_text(dossier: Dossier, pen: Formatter) -> RedactedText:
    """The leading hypothesis with its standing and its first line."""
    best = next(iter(open_hypotheses(dossier.view)), None)
    if best is None:
        return RedactedText.format("no root cause found")
    line = pen.at(next((citation.locus for citation in best.supporting if citation.locus), None))
    standing = standing_text(best, pen)
    return RedactedText.format(
        "{text} — {said}{line}", text=best.statement.code(), said=standing, line=line
    )


def impact_lines(dossier: Dossier, timeline: Timeline, pen: Formatter) -> list[RedactedText]:
    """Who suffered, since when, and what is affected."""
    conclusion, harmless = dossier.view.investigation.conclusion, harmless_text(dossier.view)
    lines = [harmless.code()] if harmless else []
    if conclusion is not None and conclusion.impact is not None:
        impact = conclusion.impact
        lines.append(
            RedactedText.format("{why}{at}", why=impact.why.line().code(), at=pen.at(impact.locus))
        )
    if timeline.onset is not None:
        lines.append(_began_text(timeline.onset.at, dossier))
    radius = next(
        step
        for step in checklist(dossier.view, dossier)
        if step.name is ChecklistStepName.BLAST_RADIUS
    )
    if radius.says:
        lines.append(RedactedText.format("Affected: {what}", what=radius.says.code()))
    return lines or [RedactedText.format("Not known: nothing measured it.")]


def _began_text(onset: datetime, dossier: Dossier) -> RedactedText:
    """`Began 2026-11-20 08:19:55 UTC, 47 s before the first alert`."""
    began = RedactedText.at(onset, TIME)
    alerts = [occurrence.starts_at for occurrence in dossier.occurrences]
    if not alerts or min(alerts) < onset:
        return RedactedText.format("Began {at} UTC", at=began)
    before = quantities.span(min(alerts) - onset)
    return RedactedText.format(
        "Began {at} UTC, {before} before the first alert", at=began, before=before
    )


def _summary_section(dossier: Dossier, pen: Formatter, *, now: datetime) -> list[RedactedText]:
    case = dossier.view.case
    lines = [
        RedactedText.format("State: {state}", state=state_text(case, now=now)),
        RedactedText.format("Severity: {grade}", grade=GRADES[case.severity]),
        RedactedText.format("Services: {services}", services=services_text(dossier, pen)),
        RedactedText.format("Cause: {cause}", cause=cause_text(dossier, pen)),
        RedactedText.format("Fix: {fix}", fix=_fix_text(case)),
        RedactedText.format("Evidence: {held}", held=_evidence_counts(dossier)),
        RedactedText.format("Model: {took}", took=_usage_text(dossier.view.investigation.spent)),
    ]
    if case.owner:
        lines.insert(2, RedactedText.format("Owner: {owner}", owner=pen.name(case.owner)))
    return section(RedactedText.format("Summary"), items(lines))


def services_text(dossier: Dossier, pen: Formatter) -> RedactedText:
    """The services of the case and its alerts, by name."""
    names = dict.fromkeys(
        name
        for name in [
            dossier.view.case.service,
            *(occurrence.service for occurrence in dossier.occurrences),
        ]
        if name
    )
    known = RedactedText.join(", ", [pen.name(name) for name in names])
    return known or RedactedText.format("not known")


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


def state_text(case: Case, *, now: datetime) -> RedactedText:
    """Since when it is open, or how long it took."""
    began = RedactedText.at(case.opened_at, TIME)
    if case.resolved_at is None or case.state.is_open:
        took = quantities.span(now - case.opened_at)
        return RedactedText.format("open since {began} UTC ({took})", began=began, took=took)
    ended, took = (
        RedactedText.at(case.resolved_at, TIME),
        quantities.span(case.resolved_at - case.opened_at),
    )
    return RedactedText.format(
        "resolved after {took} ({began} to {ended} UTC)", took=took, began=began, ended=ended
    )


def _fix_text(case: Case) -> RedactedText:
    return case.solution.code() if case.solution else RedactedText.format("not recorded")


def _evidence_counts(dossier: Dossier) -> RedactedText:
    return quotes.evidence(dossier.files, alerts=dossier.view.case.alerts) or RedactedText.format(
        "none"
    )


def _checklist_section(dossier: Dossier, pen: Formatter) -> list[RedactedText]:
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
                "  - {text}{at}", text=text.cut(LINE_WIDTH).code(), at=pen.at(line.locus)
            )
            for line, text in list(argued(step.citations))[:_LINES_OF_STEP]
        ]
    return [RedactedText.format("### Checklist"), *lines]


def _timeline_section(
    timeline: Timeline, pen: Formatter, *, picture: Sequence[RedactedText]
) -> list[RedactedText]:
    notes = [RedactedText.format("Times are UTC.")]
    if timeline.onset is not None:
        notes.append(onset_said(timeline.onset, redactor=pen.redactor).code())
    notes += [note.code() for note in timeline.notes]
    lines = timeline_lines(timeline, pen)
    if len(timeline.entries) > len(lines):
        left = len(timeline.entries) - len(lines)
        lines += [RedactedText.EMPTY, RedactedText.format("And {n} more: `timeline`", n=left)]
    head = [
        RedactedText.format("{line}  ", line=line) for line in notes
    ]  # two spaces: a line break
    return section(RedactedText.format("Timeline"), [*head, *picture, RedactedText.EMPTY, *lines])


def solution_lines(view: CaseView, pen: Formatter) -> list[RedactedText]:
    """What fixed it, as it was said or shown; then what was proposed, and what came of that."""
    case = view.case
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
        lines += [line, *citation_lines(RedactedText.format("Shown by"), solution.citations, pen)]
    if case.solution is None:
        text = RedactedText.format("Not recorded.")
        if case.resolved_by == "system":
            text = RedactedText.format("Not recorded: every alert ended and nobody spoke.")
        return [text, RedactedText.EMPTY, *lines]
    if case.resolved_by == "system":  # a fix that evidence shows to have helped
        return lines or [case.solution.code()]
    by = pen.name(case.resolved_by or "") if case.resolved_by else RedactedText.format("nobody")
    text = RedactedText.format("{text}, said by {by}", text=case.solution.code(), by=by)
    return [text, RedactedText.EMPTY, *lines]


def follow_ups(dossier: Dossier) -> list[RedactedText]:
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
        firing = quantities.counted(case.firing, "alert is still", "alerts are still")
        tasks.append(RedactedText.format("{n} firing", n=firing))
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
    return tasks


def _follow_ups_section(dossier: Dossier) -> list[RedactedText]:
    lines = [RedactedText.format("- [ ] {todo}", todo=task) for task in follow_ups(dossier)]
    return section(RedactedText.format("Follow-ups"), lines or [RedactedText.format("None.")])
