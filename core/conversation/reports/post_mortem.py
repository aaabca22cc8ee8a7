"""The draft of a post-mortem, from the record of a case.

Blameless: people stand in it by what they did to help, and no fault has a person as its subject.
What somebody did before the onset, or who was wrong about a cause, is told without a name, and
what people wrote about each other is not told at all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.investigation_state import SolutionState
from core.cases.model import CaseState, Hypothesis, HypothesisState
from core.conversation.cards.case_card import GRADES
from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.reports.case_history import is_deed
from core.conversation.reports.markdown import TIME, Formatter, items
from core.conversation.reports.report import (
    follow_ups,
    impact_lines,
    services_text,
    state_text,
    timeline_lines,
)
from core.conversation.reports.report_evidence import citation_lines, rejection_text
from core.conversation.reports.timeline import whole_timeline
from core.evidence.model import Coverage
from core.text import quantities
from core.text.redacted import ERASED, RedactedText
from core.text.templates import fill, templates_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jinja2 import Environment

    from core.cases.events import CaseEvent
    from core.cases.model import Citation
    from core.cases.ports import Dossier
    from core.evidence.timeline import Timeline
    from core.redaction.engine import Redactor

# What the case's own events tell without saying whose fault anything was.
_TOLD = frozenset(
    {EventKind.OPENED, EventKind.PHASE_ENTERED, EventKind.SOLUTION_SETTLED, EventKind.REOPENED}
)
_SOON = timedelta(minutes=5)  # an alert or a cause that came so soon came well
_MACHINES = frozenset({"system", "alertmanager", "pagerduty"})
_HELPERS_SHOWN = 8
_REJECTED_SHOWN = 4
_WORDS = 160  # characters of what somebody wrote
# What deploy logs and audit lines say of who did something.
_DOER = re.compile(
    r"(?i)[\s,]{0,2}\"?\b(?:by|user|username|author|actor|owner|committer|deployed_by|triggered_by)\b"
    r"\"?\s{0,2}[=:]\s{0,2}(?:\"[^\"]{0,80}\"|[^\s,}\"]{1,80})"
)
_TEMPLATE = "post-mortem.md.j2"


def post_mortem_of(dossier: Dossier, *, now: datetime, redactor: Redactor) -> RedactedText:
    """The draft as Markdown: what the record knows, and what is left to the team to write."""
    pen, case = Formatter(redactor), dossier.view.case
    timeline = _unnamed_timeline(whole_timeline(dossier, redactor=redactor, kinds=_TOLD))
    return _render(
        tag=case.tag,
        title=case.title.code(),
        written_at=RedactedText.at(now, "%Y-%m-%d %H:%M UTC"),
        services=services_text(dossier, pen),
        severity=GRADES[case.severity],
        state=state_text(case, now=now),
        cause=_cause_text(dossier),
        impact=_list(impact_lines(dossier, timeline, pen)),
        detection=_list(list(_detection(dossier, timeline, pen))),
        timeline=RedactedText.join("\n", timeline_lines(timeline, pen)),
        root_cause=RedactedText.join("\n", _root_cause(dossier, pen)),
        rejected=_list(list(_rejected(dossier, pen))),
        went_well=_list([*_went_well(dossier, timeline), *_help(dossier, timeline, pen)]),
        went_poorly=_list(list(_went_poorly(dossier, timeline))),
        actions=RedactedText.join("\n", list(_actions(dossier))),
    )


def unnamed(text: RedactedText) -> RedactedText:
    """The text without who did it: `deploy version=2`, for `deploy version=2 by=dana`."""
    parts, at = [], 0
    for named in _DOER.finditer(text.text):
        parts.append(text.part(at, named.start()))
        at = named.end()
    return RedactedText.join("", [*parts, text.part(at, len(text.text))])


def _unnamed_timeline(timeline: Timeline) -> Timeline:
    entries = tuple(replace(entry, text=unnamed(entry.text)) for entry in timeline.entries)
    return replace(timeline, entries=entries)


def _list(lines: Sequence[RedactedText]) -> RedactedText:
    return RedactedText.join("\n", items(lines))


def _leader(dossier: Dossier) -> Hypothesis | None:
    leader = next(iter(open_hypotheses(dossier.view)), None)
    return _unnamed_hypothesis(leader) if leader else None


def _unnamed_hypothesis(hypothesis: Hypothesis) -> Hypothesis:
    return replace(
        hypothesis,
        supporting=tuple(map(_unnamed_citation, hypothesis.supporting)),
        contradicting=tuple(map(_unnamed_citation, hypothesis.contradicting)),
    )


def _unnamed_citation(citation: Citation) -> Citation:
    return replace(citation, text=unnamed(citation.text), why=unnamed(citation.why))


def _cause_text(dossier: Dossier) -> RedactedText:
    """The cause without who confirmed it: `Pool exhausted, 95 %, not confirmed`."""
    leader = _leader(dossier)
    if leader is None:
        return RedactedText.format("not found")
    if leader.state is HypothesisState.VALIDATED:
        return RedactedText.format("{said}, confirmed", said=leader.statement.code())
    share = quantities.percent(leader.confidence)
    statement = leader.statement.code()
    return RedactedText.format("{said}, {share}, not confirmed", said=statement, share=share)


def _root_cause(dossier: Dossier, pen: Formatter) -> list[RedactedText]:
    leader, conclusion = _leader(dossier), dossier.view.investigation.conclusion
    lines = [RedactedText.format("- Cause: {cause}", cause=_cause_text(dossier))]
    if leader is not None:
        lines += citation_lines(RedactedText.format("Shown by"), leader.supporting, pen)
    trigger = conclusion.trigger if conclusion else None
    if trigger is None:
        lines.append(
            RedactedText.format("- To write: what set it off; the record shows no trigger")
        )
        return lines
    setting_off = RedactedText.format(
        "- Trigger, {when}: {what}{at}",
        when=trigger.why.line(),
        what=unnamed(trigger.text.line()).cut(_WORDS).code(),
        at=pen.at(trigger.locus),
    )
    return [*lines, setting_off]


def _rejected(dossier: Dossier, pen: Formatter) -> Iterator[RedactedText]:
    rejected = [known for known in dossier.view.hypotheses if not known.is_alive]
    for hypothesis in rejected[:_REJECTED_SHOWN]:
        yield RedactedText.format(
            "{said}: {why}",
            said=hypothesis.statement.code(),
            why=rejection_text(_unnamed_hypothesis(hypothesis), pen),
        )


def _detection(dossier: Dossier, timeline: Timeline, pen: Formatter) -> Iterator[RedactedText]:
    alerts = sorted(dossier.occurrences, key=lambda occurrence: occurrence.starts_at)
    if not alerts:
        yield RedactedText.format("No alert told of it: somebody noticed it and opened the case")
    for occurrence in alerts[:1]:
        name, at = pen.name(occurrence.name), RedactedText.at(occurrence.starts_at, TIME)
        yield RedactedText.format("First alert: {name} at {at} UTC", name=name, at=at)
    delay = _delay(dossier, timeline)
    if delay is not None:
        yield RedactedText.format("{delay} after the onset", delay=quantities.span(delay))
    yield RedactedText.format("To write: would another alert have told of it sooner?")


def _delay(dossier: Dossier, timeline: Timeline) -> timedelta | None:
    """From the onset to the first alert; None where the alert came first, or either is unknown."""
    starts = [occurrence.starts_at for occurrence in dossier.occurrences]
    if timeline.onset is None or not starts or min(starts) < timeline.onset.at:
        return None
    return min(starts) - timeline.onset.at


def _went_well(dossier: Dossier, timeline: Timeline) -> Iterator[RedactedText]:
    delay, case = _delay(dossier, timeline), dossier.view.case
    if delay is not None and delay <= _SOON:
        yield RedactedText.format(
            "An alert told of it {delay} after it began", delay=quantities.span(delay)
        )
    named = [event.at for event in dossier.events if _names_cause(event)]
    if named and named[0] - case.opened_at <= timedelta(hours=1):
        yield RedactedText.format(
            "The cause was named {after} after the case was opened",
            after=quantities.span(named[0] - case.opened_at),
        )
    for solution in dossier.view.investigation.solutions:
        if solution.state is SolutionState.VALIDATED:
            yield RedactedText.format(
                "The fix helped, as the evidence shows: {fix}", fix=solution.text.line().code()
            )


def _names_cause(event: CaseEvent) -> bool:
    return (
        event.kind is EventKind.PHASE_ENTERED and event.data["phase"] == CaseState.ANALYZING
    ) or (event.kind is EventKind.JUDGED and bool(event.data["confirmed"]))


def _help(dossier: Dossier, timeline: Timeline, pen: Formatter) -> Iterator[RedactedText]:
    """What people did to help: each thing once, by name."""
    onset = timeline.onset.at if timeline.onset else dossier.view.case.opened_at
    deeds = (
        (event, _help_text(event, dossier))
        for event in dossier.events
        if event.actor not in _MACHINES and event.at >= onset
    )
    lines = [
        RedactedText.format("{who} {did}", who=pen.name(event.actor), did=did)
        for event, did in deeds
        if did is not None
    ]
    yield from list(dict.fromkeys(lines))[:_HELPERS_SHOWN]


def _help_text(event: CaseEvent, dossier: Dossier) -> RedactedText | None:
    match event.kind:
        case EventKind.NOTED:
            return _deed_text(dossier.texts.get(str(event.data.get("text")), ERASED))
        case EventKind.FILE_RECEIVED:
            return RedactedText.format("brought evidence")
        case EventKind.JUDGED if event.data["confirmed"]:
            return RedactedText.format("confirmed the cause")
        case EventKind.SOLUTION_CONFIRMED:
            return RedactedText.format("applied the fix")
        case EventKind.RESOLVED:
            return RedactedText.format("brought the case to its end")
        case _:
            return None


def _deed_text(text: RedactedText) -> RedactedText | None:
    """What somebody says that they did, in their own words."""
    if not is_deed(text):
        return None
    return RedactedText.format("wrote: {words}", words=text.line().cut(_WORDS).code())


def _went_poorly(dossier: Dossier, timeline: Timeline) -> Iterator[RedactedText]:
    delay = _delay(dossier, timeline)
    if delay is not None and delay > _SOON:
        yield RedactedText.format(
            "It had gone on for {delay} before an alert told of it", delay=quantities.span(delay)
        )
    if not dossier.occurrences:
        yield RedactedText.format("No alert told of it")
    for solution in dossier.view.investigation.solutions:
        if solution.state is SolutionState.FAILED:
            yield RedactedText.format("A fix did not help: {fix}", fix=solution.text.line().code())
    if any(event.kind is EventKind.REOPENED for event in dossier.events):
        yield RedactedText.format("It came back after the case was closed")
    unread = [file.name.code() for file in dossier.files if file.coverage is Coverage.NONE]
    if unread:
        names = quantities.listed(unread)
        yield RedactedText.format("Evidence could not be read: {names}", names=names)
    if dossier.view.case.firing:
        yield RedactedText.format("Alerts still fire as this is written")


def _actions(dossier: Dossier) -> Iterator[RedactedText]:
    wanted = [
        *follow_ups(dossier),
        RedactedText.format("To write: what keeps this cause from coming back"),
        RedactedText.format("To write: what would have shown it sooner"),
    ]
    for task in wanted:
        yield RedactedText.format("- [ ] {task} (owner: …, due: …)", task=task)


def _render(**slots: RedactedText) -> RedactedText:
    """The template with its slots filled. Raises TypeError for anything that is not redacted."""
    return fill(_templates(), _TEMPLATE, slots, into="a post-mortem")


@cache
def _templates() -> Environment:
    return templates_of(_source)


def _source(name: str) -> str:
    return (files("core.conversation.reports") / name).read_text(encoding="utf-8")
