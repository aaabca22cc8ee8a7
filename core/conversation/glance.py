"""What does the case card say, in every state? Pure functions; a renderer only draws it.

It is read at a glance: at most six rows, each of at most `LINE` characters, so that what matters
(numbers, times, the line it rests on) is still there on a narrow screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.model import Case, Severity
from core.clean import Clean
from core.conversation import words
from core.conversation.model import Action, Card, Mark, Row
from core.evidence.model import EvidenceFile, FileState
from core.investigation.model import Hypothesis, HypothesisState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from core.alerts.model import Occurrence
    from core.cases.events import CaseView
    from core.redaction.engine import Redactor

LINE = 76  # characters of one row of a case card, its citation included
_BRING = Clean.say("drop a file here, or paste lines after `evidence`")


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
    case, believed = view.case, open_hypotheses(view)
    if not case.state.is_open:
        rows = _resolved(view, now=now, redactor=redactor)
    else:
        rows = [_title(case, occurrences, now=now)]
        affects = _affects(
            case, occurrences, now=now, resolve_after=resolve_after, redactor=redactor
        )
        if believed:
            owner = _owner(case, files, redactor=redactor)
            rows += [affects, *map(_belief, believed[:2]), _next(believed[0]), owner]
        elif any(file.state is FileState.PROCESSED for file in files):
            owner = _owner(case, files, redactor=redactor)
            rows += [affects, _nothing_known(view, files), owner]
        else:
            rows.append(_gathering(affects, files))
    return Card(
        key=f"case:{case.id}",
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
    return (
        (_action("hypotheses", "Hypotheses"), evidence, *talk)
        if view.hypotheses
        else (evidence, *talk)
    )


def open_hypotheses(view: CaseView) -> list[Hypothesis]:
    """What is still believed possible, a confirmed one first, then by rank."""
    alive = [one for one in view.hypotheses if one.state is not HypothesisState.REJECTED]
    return sorted(alive, key=lambda one: (one.state is not HypothesisState.VALIDATED, one.rank))


def headline(case: Case, rest: Clean) -> Clean:
    """`#128 High · checkout: 5xx 8 % · …`, the title cut so that the rest is still read."""
    name = case.tag
    if case.severity is not Severity.UNKNOWN:
        name = Clean.say("{tag} {grade}", tag=case.tag, grade=GRADES[case.severity])
    room = LINE - len(name.text) - len(rest.text) - 6
    title = case.title.line().cut(max(room, 12))
    return Clean.say("{name} · {title} · {rest}", name=name, title=title, rest=rest)


def standing(case: Case, now: datetime, *, began: datetime | None = None) -> Clean:
    """`firing since 02:41 UTC (12 min)`: the state in words, and for how long."""
    if not case.state.is_open:
        return Clean.say("resolved {at}", at=words.when(case.resolved_at or now, now))
    if case.firing:
        return Clean.say("firing {since}", since=words.since(began or case.opened_at, now))
    if case.quiet_since is not None:
        return Clean.say("quiet {since}", since=words.since(case.quiet_since, now))
    return Clean.say("open {since}", since=words.since(case.opened_at, now))


def confidence(one: Hypothesis, redactor: Redactor) -> Clean:
    """`72 %`, or the verdict of the person who gave one."""
    by = Clean.say(" by {by}", by=redactor.clean(one.verdict_by)) if one.verdict_by else Clean.EMPTY
    match one.state:
        case HypothesisState.VALIDATED:
            return Clean.say("confirmed{by}", by=by)
        case HypothesisState.REJECTED:
            return Clean.say("rejected{by}", by=by)
        case _:
            return words.percent(one.confidence)


def citation_of(one: Hypothesis) -> str | None:
    """The strongest line for it."""
    loci = [line.locus for line in one.supporting if line.locus is not None]
    return loci[0].label if loci else None


def _title(case: Case, occurrences: Sequence[Occurrence], *, now: datetime) -> Row:
    began = min((one.starts_at for one in occurrences if one.firing), default=None)
    return Row(text=headline(case, standing(case, now, began=began)), strong=True)


def _affects(
    case: Case,
    occurrences: Sequence[Occurrence],
    *,
    now: datetime,
    resolve_after: timedelta,
    redactor: Redactor,
) -> Row:
    services = _services(case, occurrences, redactor=redactor)
    where = Clean.say("Affects {services} · ", services=services) if services else Clean.EMPTY
    what = _alerts(case, now=now, resolve_after=resolve_after)
    return Row(text=Clean.say("{where}{what}", where=where, what=what))


def _alerts(case: Case, *, now: datetime, resolve_after: timedelta) -> Clean:
    if not case.alerts:
        return Clean.say("opened by hand, no alert")
    total = words.counted(case.alerts, "alert", "alerts")
    if case.firing:
        return Clean.say("{n} of {total} firing", n=case.firing, total=total)
    ended = Clean.say("{total} ended", total=total)
    if case.quiet_since is None or case.spoken_at is not None:
        return Clean.say("{ended} · `resolve` closes the case", ended=ended)
    due = words.clock(case.quiet_since + resolve_after, now)
    return Clean.say("{ended} · resolves by itself at {due}", ended=ended, due=due)


def _services(case: Case, occurrences: Sequence[Occurrence], *, redactor: Redactor) -> Clean:
    firing = [one.service for one in occurrences if one.firing and one.service]
    names = list(dict.fromkeys([*([case.service] if case.service else []), *firing]))
    return words.listed([redactor.clean(name).line() for name in names], most=2)


def _gathering(affects: Row, files: Sequence[EvidenceFile]) -> Row:
    reading = [file for file in files if file.state is FileState.RECEIVED]
    if reading:
        newest = reading[-1]
        words_ = Clean.say("{name} ({size})", name=newest.name.line(), size=words.size(newest.size))
        return Row(text=Clean.say("{affects} · reading {file}", affects=affects.text, file=words_))
    return Row(
        text=Clean.say("{affects} · no evidence yet: {bring}", affects=affects.text, bring=_BRING)
    )


def _nothing_known(view: CaseView, files: Sequence[EvidenceFile]) -> Row:
    read = words.evidence((one for one in files if one.state is FileState.PROCESSED), alerts=0)
    rejected = len(view.hypotheses)
    if rejected:
        said = words.counted(rejected, "hypothesis", "hypotheses")
        return Row(
            text=Clean.say("No cause yet: {said} rejected. Next: {bring}", said=said, bring=_BRING)
        )
    return Row(
        text=Clean.say(
            "No cause yet: {read} show no known failure. {bring}", read=read, bring=_BRING
        )
    )


def _belief(one: Hypothesis) -> Row:
    citation = citation_of(one)
    share = words.percent(one.confidence)
    if one.state is HypothesisState.VALIDATED:
        share = Clean.say("confirmed")
    room = LINE - len(citation or "") - len(share.text) - 9
    statement = one.statement.line().cut(max(room, 16))
    text = Clean.say("{n}. {statement} — {share}", n=one.number, statement=statement, share=share)
    return Row(text=text, citation=citation)


def _next(best: Hypothesis) -> Row:
    if best.state is HypothesisState.VALIDATED:
        return Row(text=Clean.say("Next: fix it, then `resolve` with what fixed it"))
    return Row(text=Clean.say("Next: {check}", check=best.check.line()))


def _owner(case: Case, files: Sequence[EvidenceFile], *, redactor: Redactor) -> Row:
    owner = Clean.say("Nobody owns this yet")
    if case.owner:
        owner = Clean.say("Owner {name}", name=redactor.clean(case.owner).line())
    evidence = words.evidence(files, alerts=case.alerts)
    return Row(
        text=Clean.say("{owner} · {evidence} · no model used", owner=owner, evidence=evidence)
    )


def _resolved(view: CaseView, *, now: datetime, redactor: Redactor) -> list[Row]:
    case = view.case
    ended = case.resolved_at or now
    took = Clean.say(
        "resolved {at} after {span}",
        at=words.clock(ended, now),
        span=words.span(ended - case.opened_at),
    )
    return [
        Row(text=headline(case, took), strong=True),
        _cause(view, redactor=redactor),
        Row(text=Clean.say("Fix: {fix}", fix=_fix(case, redactor=redactor))),
    ]


def _cause(view: CaseView, *, redactor: Redactor) -> Row:
    best = next(iter(open_hypotheses(view)), None)
    if best is None:
        return Row(text=Clean.say("Cause: not found"))
    said: Clean = confidence(best, redactor)
    if best.state is not HypothesisState.VALIDATED:
        said = Clean.say("{share}, not confirmed", share=said)
    citation = citation_of(best)
    room = LINE - len(citation or "") - len(said.text) - 13
    statement = best.statement.line().cut(max(room, 16))
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
