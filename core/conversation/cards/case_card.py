"""What does the case card say, in every state? Pure functions; a renderer only draws it.

It is read at a glance: at most six rows, each of at most `LINE` columns, so that what matters
(numbers, times, the line it rests on) is in sight. A terminal, which does not wrap them, cuts
further and keeps their ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.alerts.model import Severity
from core.cases.hypotheses import Hypothesis, HypothesisState
from core.conversation.cards import evidence_counts
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.next_step import next_actions, next_row, open_hypotheses
from core.evidence.model import EvidenceFile, FileState
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from core.alerts.model import Occurrence
    from core.cases.events import CaseView
    from core.cases.investigation_state import Spent
    from core.cases.model import Case
    from core.redaction.engine import Redactor

CASE_CARD = "case:"  # what the key of a case's own card begins with
LINE = 112  # columns of one row of a case card, its citation included: two lines at most
_SHORT = 76  # of what is better told whole, or in whole clauses, where lines are shorter
LONGEST_CITATION = _SHORT // 3  # longer ones keep their end: the file's own name and the line


def case_card(
    view: CaseView,
    *,
    occurrences: Sequence[Occurrence],
    files: Sequence[EvidenceFile],
    now: datetime,
    resolve_after: timedelta,
    redactor: Redactor,
) -> Card:
    """The card that stands for the case in every place, edited as the case goes on."""
    case = view.case
    if case.state.is_open:
        alerts = _alerts(case, occurrences, now=now, resolve_after=resolve_after)
        if not case.alerts:
            alerts = _began(case, files, now)
        services = affected(case, occurrences, redactor=redactor)
        rows = [Row(text=headline(case), strong=True)]
        rows += _under_way(view, files, alerts=alerts, services=services, redactor=redactor)
    else:
        rows = _resolved(view, now=now, redactor=redactor)
    return Card(
        key=f"{CASE_CARD}{case.id}",
        version=case.version,
        mark=_mark(case),
        rows=tuple(rows),
        actions=case_actions(view),
        case_number=case.number,
    )


def case_actions(view: CaseView) -> tuple[Action, ...]:
    """What one would do next with the case as it is."""
    if not view.case.state.is_open:
        return (_action("report", "Report"), _action("reopen", "Reopen"))
    evidence = _action("evidence", "Evidence")
    talk = (_action("ask", "Ask"), _action("resolve", "Resolve"))
    if not view.hypotheses:
        return (evidence, *talk)
    believed = (_action("hypotheses", "Hypotheses"), *next_actions(view))
    return (*believed, evidence, *talk)


def headline(case: Case, rest: Clean = Clean.EMPTY) -> Clean:
    """`Firing #128 High · checkout: 5xx 8 %`: the state first, then the number, then what it is."""
    name = Clean.say("{state} {tag}", state=_state(case), tag=case.tag)
    if case.severity is not Severity.UNKNOWN:
        name = Clean.say("{name} {grade}", name=name, grade=GRADES[case.severity])
    if not rest:
        return Clean.say("{name} · {title}", name=name, title=case.title.line())
    title = quantities.fit(
        case.title.line(), LINE - quantities.width(name) - quantities.width(rest) - 6
    )
    return Clean.say("{name} · {title} · {rest}", name=name, title=title, rest=rest)


def affected(case: Case, occurrences: Sequence[Occurrence], *, redactor: Redactor) -> list[Clean]:
    """The services that it is about, as far as alerts say."""
    firing = [one.service for one in occurrences if one.firing and one.service]
    names = dict.fromkeys([*([case.service] if case.service else []), *firing])
    return [redactor.clean(name).line() for name in names]


def confidence(one: Hypothesis, redactor: Redactor) -> Clean:
    """`72 %`, or the verdict of the person who gave one."""
    by = Clean.say(" by {by}", by=redactor.clean(one.verdict_by)) if one.verdict_by else Clean.EMPTY
    match one.state:
        case HypothesisState.VALIDATED:
            return Clean.say("confirmed{by}", by=by)
        case HypothesisState.REJECTED:
            return Clean.say("rejected{by}", by=by)
        case _:
            return quantities.percent(one.confidence)


def citation_of(one: Hypothesis) -> str:
    """The strongest line for it; what rests on none says so."""
    loci = [line.locus for line in one.supporting if line.locus is not None]
    if loci:
        return _short(loci[0].label)
    return "alert" if one.supporting else "unsupported"


def _state(case: Case) -> Clean:
    if not case.state.is_open:
        return Clean.say("Resolved")
    if case.firing:
        return Clean.say("Firing")
    return Clean.say("Quiet" if case.quiet_since else "Open")


def _under_way(
    view: CaseView,
    files: Sequence[EvidenceFile],
    *,
    alerts: Clean,
    services: list[Clean],
    redactor: Redactor,
) -> list[Row]:
    """All rows below the first, while the case is open."""
    believed = open_hypotheses(view)
    blamed = dict.fromkeys(one.cause.service for one in believed if one.cause.service)
    suspects = [redactor.clean(name).line() for name in blamed]
    named = quantities.listed(services or suspects, most=2)
    affects = alerts
    if named:
        affects = Clean.say("{alerts} · affects {named}", alerts=alerts, named=named)
    owner = _owner(view, files, redactor=redactor)
    if believed:
        return [Row(text=affects), *map(_belief, believed[:2]), next_row(view, believed[0]), owner]
    if any(file.state is FileState.PROCESSED for file in files):
        return [Row(text=affects), _no_cause(view, files, services), owner]
    return [_gathering(alerts, files), *([owner] if view.case.owner and view.case.alerts else [])]


def _alerts(
    case: Case, occurrences: Sequence[Occurrence], *, now: datetime, resolve_after: timedelta
) -> Clean:
    """`2 of 3 alerts firing since 02:41 UTC (12 min)`, or what became of them."""
    total = quantities.counted(case.alerts, "alert", "alerts")
    if case.firing:
        began = min((one.starts_at for one in occurrences if one.firing), default=case.opened_at)
        some = Clean.say("{n} of ", n=case.firing) if case.firing < case.alerts else Clean.EMPTY
        since = quantities.since(began, now)
        return Clean.say("{some}{total} firing {since}", some=some, total=total, since=since)
    if case.quiet_since is None:
        return Clean.say("{total} ended", total=total)
    ended = Clean.say("{total} ended {at}", total=total, at=quantities.when(case.quiet_since, now))
    if case.spoken_at is not None:
        return Clean.say("{ended} · `resolve` ends the case", ended=ended)
    due = quantities.clock(case.quiet_since + resolve_after, now)
    return Clean.say("{ended} · resolves by itself {due}", ended=ended, due=due)


def _began(case: Case, files: Sequence[EvidenceFile], now: datetime) -> Clean:
    """Of a case without alerts: when somebody opened it, and since when files tell of it."""
    opened = Clean.say("Opened by hand {at}", at=quantities.when(case.opened_at, now))
    onsets = [file.onset for file in files if file.onset is not None]
    if not onsets:
        return opened
    return Clean.say("{opened} · began {at}", opened=opened, at=quantities.clock(min(onsets), now))


def _gathering(alerts: Clean, files: Sequence[EvidenceFile]) -> Row:
    reading = [file for file in files if file.state is FileState.RECEIVED]
    if not reading:
        return Row(text=Clean.say("{alerts} · no evidence: drop a log here", alerts=alerts))
    name, size = (
        quantities.fit(reading[-1].name.line(), _SHORT // 3),
        quantities.size(reading[-1].size),
    )
    file = Clean.say("{name} ({size})", name=name, size=size)
    return Row(text=Clean.say("Reading {file} · {alerts}", file=file, alerts=alerts))


def _no_cause(view: CaseView, files: Sequence[EvidenceFile], services: list[Clean]) -> Row:
    """Ignorance, admitted with what would end it."""
    brought = {file.service for file in files}
    missing = [name for name in services if name.text not in brought]
    wanted = Clean.say("the logs and metrics of what it calls")
    if missing:
        wanted = Clean.say("the log of {names}", names=quantities.listed(missing, most=2))
    read = evidence_counts.evidence(
        (one for one in files if one.state is FileState.PROCESSED), alerts=0
    )
    told = Clean.say("{read} read, no known failure", read=read)
    if view.hypotheses:
        told = Clean.say("{n} rejected", n=len(view.hypotheses))
    return Row(text=Clean.say("No cause yet: {told}. Missing: {wanted}", told=told, wanted=wanted))


def _belief(one: Hypothesis) -> Row:
    share = quantities.percent(one.confidence)
    if one.state is HypothesisState.VALIDATED:
        share = Clean.say("confirmed")
    citation = citation_of(one)
    statement = quantities.fit(one.statement.line(), _room(citation, share, beside="12.  — "))
    text = Clean.say("{n}. {statement} — {share}", n=one.number, statement=statement, share=share)
    return Row(text=text, citation=citation)


def _short(label: str) -> str:
    """`booking-api/booking-api.log:1375` is `booking-api.log:1375` where room is dear."""
    short = label.rpartition("/")[2] if len(label) > LONGEST_CITATION else label
    return short if len(short) <= LONGEST_CITATION else f"…{short[1 - LONGEST_CITATION :]}"


def _room(citation: str, share: Clean, *, beside: str) -> int:
    """Columns left for a statement beside its confidence and the line it rests on."""
    return LINE - len(citation) - 2 - quantities.width(share) - len(beside)


def models(spent: Spent) -> Clean:
    """`no model used`, or `3 model calls, 1,204 tokens`."""
    if not spent.calls:
        return Clean.say("no model used")
    calls = quantities.counted(spent.calls, "model call", "model calls")
    return Clean.say("{calls}, {n} tokens", calls=calls, n=spent.tokens)


def _owner(view: CaseView, files: Sequence[EvidenceFile], *, redactor: Redactor) -> Row:
    case, used = view.case, models(view.course.spent)
    owner = Clean.say("Nobody owns this yet")
    if case.owner:
        owner = Clean.say("Owner {name}", name=redactor.clean(case.owner).line())
    evidence = evidence_counts.evidence(files, alerts=case.alerts)
    return Row(text=Clean.join(" · ", [owner, used, evidence]))


def _resolved(view: CaseView, *, now: datetime, redactor: Redactor) -> list[Row]:
    case = view.case
    ended = case.resolved_at or now
    span, at = quantities.span(ended - case.opened_at), quantities.clock(ended, now)
    took = Clean.say("after {span}, {at}", span=span, at=at)
    return [
        Row(text=headline(case, took), strong=True),
        _cause(view, redactor=redactor),
        Row(text=Clean.say("Fix: {fix}", fix=_fix(case, redactor=redactor))),
    ]


def _cause(view: CaseView, *, redactor: Redactor) -> Row:
    best = next(iter(open_hypotheses(view)), None)
    if best is None:
        return Row(text=Clean.say("Cause: not found"))
    said = confidence(best, redactor)
    if best.state is not HypothesisState.VALIDATED:
        said = Clean.say("{share}, not confirmed", share=said)
    citation = citation_of(best)
    statement = quantities.fit(best.statement.line(), _room(citation, said, beside="Cause:  — "))
    text = Clean.say("Cause: {statement} — {said}", statement=statement, said=said)
    return Row(text=text, citation=citation)


def _fix(case: Case, *, redactor: Redactor) -> Clean:
    if case.solution is not None:
        return case.solution.line()
    if case.resolved_by == "system":
        return Clean.say("none recorded; every alert ended and nobody spoke")
    by = redactor.clean(case.resolved_by or "").line()
    return Clean.say("not said by {by}", by=by)


def _mark(case: Case) -> Mark:
    if not case.state.is_open:
        return Mark.RESOLVED
    return Mark.FIRING if case.firing else Mark.WATCHING


def _action(verb: str, label: str) -> Action:
    return Action(verb=verb, argument="", label=_LABELS[label])


_LABELS = {
    "Report": Clean.say("Report"),
    "Reopen": Clean.say("Reopen"),
    "Evidence": Clean.say("Evidence"),
    "Hypotheses": Clean.say("Hypotheses"),
    "Ask": Clean.say("Ask"),
    "Resolve": Clean.say("Resolve"),
}
GRADES = {
    Severity.CRITICAL: Clean.say("Critical"),
    Severity.HIGH: Clean.say("High"),
    Severity.WARNING: Clean.say("Warning"),
    Severity.INFO: Clean.say("Info"),
    Severity.UNKNOWN: Clean.say("Unknown"),
}
