"""The case card in every state. Pure functions; a renderer only draws it.

It is read at a glance: at most six rows, each of at most `LINE` columns, so that what matters
(numbers, times, the line it rests on) is in sight. A terminal, which does not wrap them, cuts
further and keeps their ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.alerts.model import Occurrence, Severity
from core.cases.investigation_state import TurnPart
from core.cases.model import Hypothesis, HypothesisState
from core.cases.projection import CaseView
from core.conversation.cards import quotes
from core.conversation.cards.card import CASE_LINES, Action, Card, Mark, RankedRow, Row
from core.conversation.cards.case_rows import (
    author_row,
    left_out,
    link_rows,
    models,
    origin_text,
    reading_row,
    runbook_rows,
    stalled,
    surroundings,
    unread_rows,
)
from core.conversation.cards.verdict_rows import (
    belief_text,
    differing_rows,
    harmless_text,
    impact_rows,
    next_actions,
    next_row,
    open_hypotheses,
    root_cause,
    trigger_rows,
)
from core.evidence.model import EvidenceFile, FileState
from core.investigation.isolation import Isolation
from core.redaction.engine import Redactor
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from core.cases.model import Case

CASE_CARD = "case:"  # what the key of a case's own card begins with
LINE = 112  # columns of one row of a case card, its citation included: two lines at most
# Which rows go first where not all have room.
_STATE, _TRIGGER, _RIVAL, _ORIGIN = range(4)
_LEADING = 2  # hypotheses that are told
_SHORT = 76  # of what is better told whole, or in whole clauses, where lines are shorter
LONGEST_CITATION = _SHORT // 3  # longer ones keep their end: the file's own name and the line
_LABELS = {
    "Report": RedactedText.format("Report"),
    "Reopen": RedactedText.format("Reopen"),
    "Evidence": RedactedText.format("Evidence"),
    "Hypotheses": RedactedText.format("Hypotheses"),
    "Ask": RedactedText.format("Ask"),
    "Resolve": RedactedText.format("Resolve"),
}
GRADES = {
    Severity.CRITICAL: RedactedText.format("Critical"),
    Severity.HIGH: RedactedText.format("High"),
    Severity.WARNING: RedactedText.format("Warning"),
    Severity.INFO: RedactedText.format("Info"),
    Severity.UNKNOWN: RedactedText.format("Unknown"),
}


def case_card(
    view: CaseView,
    *,
    occurrences: Sequence[Occurrence],
    files: Sequence[EvidenceFile],
    now: datetime,
    resolve_after: timedelta,
    redactor: Redactor,
) -> Card:
    """The card that stands for the case in every place, edited as the case goes on.

    A section that cannot be drawn is left out, and a line says so.
    """
    case, isolation = view.case, Isolation()
    section = partial(isolation.attempt, TurnPart.SECTION)
    actions = section(RedactedText.format("the buttons"), lambda: case_actions(view), otherwise=())
    rows = [Row(text=headline(case), strong=True)]
    if case.state.is_open:
        rows += _open_rows(
            view,
            occurrences,
            files,
            isolation,
            now=now,
            resolve_after=resolve_after,
            redactor=redactor,
        )
    else:
        ended = RedactedText.format("how it ended")
        rows = section(
            ended, lambda: _resolved_rows(view, now=now, redactor=redactor), otherwise=rows
        )
        rows += left_out(isolation.defects)
    drawn = Card(
        key=f"{CASE_CARD}{case.id}",
        version=case.version,
        mark=_mark(case),
        rows=tuple(rows),
        actions=actions,
        case_number=case.number,
    )
    return quotes.with_shown_names(drawn, files)


def _open_rows(
    view: CaseView,
    occurrences: Sequence[Occurrence],
    files: Sequence[EvidenceFile],
    isolation: Isolation,
    *,
    now: datetime,
    resolve_after: timedelta,
    redactor: Redactor,
) -> list[Row]:
    """What matters most below the headline, while the case is open."""
    case, section = view.case, partial(isolation.attempt, TurnPart.SECTION)
    alerts = section(
        RedactedText.format("the alerts"),
        lambda: origin_text(case, occurrences, files, now=now, resolve_after=resolve_after),
        otherwise=quantities.counted(case.alerts, "alert", "alerts"),
    )
    services = section(
        RedactedText.format("the services"),
        lambda: affected(case, occurrences, redactor=redactor),
        otherwise=[],
    )
    page = _Page(view, files, occurrences, alerts, services, redactor, isolation)
    unread = RedactedText.format("what was not read")
    ranked = [
        *page.rows(),
        *_ranked(stalled(view.investigation.stalls), _STATE),
        *_ranked(section(unread, lambda: unread_rows(files), otherwise=[]), _TRIGGER),
        *_ranked(runbook_rows(view.investigation), _ORIGIN),
    ]
    failed = left_out([*view.investigation.defects, *isolation.defects])
    return _best([*ranked, *_ranked(failed, _STATE)], most=CASE_LINES - 1)


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


def headline(case: Case, rest: RedactedText = RedactedText.EMPTY) -> RedactedText:
    """`Firing #128 High · checkout: 5xx 8 %`: the state first, then the number, then what it is."""
    name = RedactedText.format("{state} {tag}", state=_state_word(case), tag=case.tag)
    if case.severity is not Severity.UNKNOWN:
        name = RedactedText.format("{name} {grade}", name=name, grade=GRADES[case.severity])
    if not rest:
        return RedactedText.format("{name} · {title}", name=name, title=case.title.line())
    title = quantities.fit(
        case.title.line(), LINE - quantities.width(name) - quantities.width(rest) - 6
    )
    return RedactedText.format("{name} · {title} · {rest}", name=name, title=title, rest=rest)


def affected(
    case: Case, occurrences: Sequence[Occurrence], *, redactor: Redactor
) -> list[RedactedText]:
    """The services that it is about, as far as alerts say."""
    firing = [
        occurrence.service for occurrence in occurrences if occurrence.firing and occurrence.service
    ]
    names = dict.fromkeys([*([case.service] if case.service else []), *firing])
    return [redactor.clean(name).line() for name in names]


def confidence(hypothesis: Hypothesis, redactor: Redactor) -> RedactedText:
    """`72 %`, or the verdict of the person who gave one."""
    by = (
        RedactedText.format(" by {by}", by=redactor.clean(hypothesis.verdict_by))
        if hypothesis.verdict_by
        else RedactedText.EMPTY
    )
    match hypothesis.state:
        case HypothesisState.VALIDATED:
            return RedactedText.format("confirmed{by}", by=by)
        case HypothesisState.REJECTED:
            return RedactedText.format("rejected{by}", by=by)
        case _:
            return quantities.percent(hypothesis.confidence)


def citation_of(hypothesis: Hypothesis) -> str:
    """The strongest line for it; what rests on none says so."""
    loci = [line.locus for line in hypothesis.supporting if line.locus is not None]
    if loci:
        return _shorten_label(loci[0].label)
    return "alert" if hypothesis.supporting else "unsupported"


def _state_word(case: Case) -> RedactedText:
    if not case.state.is_open:
        return RedactedText.format("Resolved")
    if case.firing:
        return RedactedText.format("Firing")
    return RedactedText.format("Quiet" if case.quiet_since else "Open")


@dataclass(frozen=True)
class _Page:
    """All rows below the first, while the case is open."""

    view: CaseView
    files: Sequence[EvidenceFile]
    occurrences: Sequence[Occurrence]
    alerts: RedactedText
    services: list[RedactedText]
    redactor: Redactor
    isolation: Isolation

    def rows(self) -> list[RankedRow]:
        believed = open_hypotheses(self.view)
        if believed:
            return self._belief_rows(believed)
        return [
            *_ranked(self._alert_rows(), _ORIGIN),
            *_ranked(self._unexplained_rows(), _STATE),
        ]

    def _alert_rows(self) -> list[Row]:
        """All that the alert says of itself: before any evidence there is nothing else."""
        is_any_read = any(file.state is FileState.PROCESSED for file in self.files)
        if is_any_read or not self.view.case.alerts:
            return []
        written = self._section(
            RedactedText.format("what the alert says"),
            lambda: author_row(self.view.case, self.occurrences, redactor=self.redactor),
        )
        links = self._section(
            RedactedText.format("the links"),
            lambda: link_rows(self.occurrences, redactor=self.redactor),
        )
        where = self._where()
        affects = [Row(text=RedactedText.format("Affects {where}", where=where))] if where else []
        return [*written, *affects, *links]

    def _where(self) -> RedactedText:
        """`checkout in cluster eu-1, prod`; empty where no service is known."""
        named = quantities.listed(self.services, most=2)
        around = surroundings(self.occurrences, redactor=self.redactor)
        if not named or not around:
            return named
        return RedactedText.format("{named} in {around}", named=named, around=around)

    def _belief_rows(self, believed: Sequence[Hypothesis]) -> list[RankedRow]:
        """Who suffers, since when, and why; of a case without a root cause the two likeliest."""
        cause = root_cause(self.view)
        impact = self._section(RedactedText.format("who suffers"), lambda: impact_rows(self.view))
        is_told = bool(impact) and self.view.case.firing > 0
        beliefs = self._section(
            RedactedText.format("the hypotheses"),
            lambda: _belief_rows(self.view, believed, cause),
        )
        trigger = self._section(
            RedactedText.format("the trigger"),
            lambda: [row for row, _ in trigger_rows(self.view)],
        )
        step = self._section(
            RedactedText.format("what is next"), lambda: [next_row(self.view, believed[0])]
        )
        return [
            *_ranked(self._affects(believed), _ORIGIN if is_told else _STATE),
            *_ranked([] if cause else impact, _STATE),
            *_ranked(beliefs[:1], _STATE),
            *_ranked(impact if cause else [], _STATE),
            *_ranked(trigger, _TRIGGER),
            *_ranked(beliefs[1:], _RIVAL),
            *_ranked(step, _STATE),
            *_ranked(self._owned(), _STATE),
        ]

    def _unexplained_rows(self) -> list[Row]:
        if any(file.state is FileState.PROCESSED for file in self.files):
            missing = self._section(
                RedactedText.format("what is missing"),
                lambda: [_no_cause_row(self.view, self.files, self.services)],
            )
            differing = self._section(
                RedactedText.format("what differs"), lambda: differing_rows(self.view)
            )
            return [*self._affects([]), *missing, *differing, *self._owned()]
        gathered = self._section(
            RedactedText.format("the files"),
            lambda: [reading_row(self.view, self.alerts, self.files)],
        )
        is_owned = self.view.case.owner and self.view.case.alerts
        return [*gathered, *(self._owned() if is_owned else [])]

    def _affects(self, believed: Sequence[Hypothesis]) -> list[Row]:
        service_names = dict.fromkeys(
            hypothesis.cause.service for hypothesis in believed if hypothesis.cause.service
        )
        suspects = [self.redactor.clean(name).line() for name in service_names]
        named = self._where() or quantities.listed(suspects, most=2)
        if not named:
            return [Row(text=self.alerts)]
        text = RedactedText.format("{alerts} · affects {named}", alerts=self.alerts, named=named)
        return [Row(text=text)]

    def _owned(self) -> list[Row]:
        return self._section(
            RedactedText.format("the owner"),
            lambda: [_owner_row(self.view, self.files, redactor=self.redactor)],
        )

    def _section(self, name: RedactedText, draw: Callable[[], list[Row]]) -> list[Row]:
        return self.isolation.attempt(TurnPart.SECTION, name, draw, otherwise=[])


def _ranked(rows: Sequence[Row], rank: int) -> list[RankedRow]:
    return [RankedRow(row=row, rank=rank) for row in rows]


def _best(ranked: Sequence[RankedRow], *, most: int) -> list[Row]:
    """The rows that matter most, in the order given: what matters is seen at a glance."""
    chosen = sorted(range(len(ranked)), key=lambda place: ranked[place].rank)[:most]
    return [ranked[place].row for place in sorted(chosen)]


def _belief_rows(
    view: CaseView, believed: Sequence[Hypothesis], cause: Hypothesis | None
) -> list[Row]:
    harmless = harmless_text(view)
    if harmless is not None:
        return [Row(text=harmless)]
    if cause is not None:
        return [Row(text=belief_text(cause), citation=citation_of(cause))]
    return [_hypothesis_row(hypothesis) for hypothesis in believed[:_LEADING]]


def _no_cause_row(
    view: CaseView, files: Sequence[EvidenceFile], services: list[RedactedText]
) -> Row:
    """Ignorance, admitted with what would end it; or that there is nothing to explain."""
    harmless = harmless_text(view)
    if harmless is not None:
        return Row(text=harmless)
    services_with_files = {file.service for file in files}
    missing = [name for name in services if name.text not in services_with_files]
    wanted = RedactedText.format("the logs and metrics of what it calls")
    if missing:
        wanted = RedactedText.format("the log of {names}", names=quantities.listed(missing, most=2))
    read = [file for file in files if file.is_read]
    reason = RedactedText.format("nothing could be read")
    if read:
        held = quotes.evidence(read, alerts=0)
        reason = RedactedText.format("{read} read, no known failure", read=held)
    if view.hypotheses:
        reason = RedactedText.format("{n} rejected", n=len(view.hypotheses))
    return Row(
        text=RedactedText.format(
            "No cause yet: {told}. Missing: {wanted}", told=reason, wanted=wanted
        )
    )


def _hypothesis_row(hypothesis: Hypothesis) -> Row:
    share = quantities.percent(hypothesis.confidence)
    if hypothesis.state is HypothesisState.VALIDATED:
        share = RedactedText.format("confirmed")
    citation = citation_of(hypothesis)
    statement = quantities.fit(
        hypothesis.statement.line(), _statement_width(citation, share, beside="12.  — ")
    )
    text = RedactedText.format(
        "{n}. {statement} — {share}", n=hypothesis.number, statement=statement, share=share
    )
    return Row(text=text, citation=citation)


def _shorten_label(label: str) -> str:
    """`booking-api/booking-api.log:1375` is `booking-api.log:1375` where room is dear.

    Of `booking/app.log:3` the folder alone says whose it is.
    """
    folder, _, name = label.rpartition("/")
    parent = folder.rpartition("/")[2]
    short = label if len(label) <= LONGEST_CITATION or parent not in name else name
    return short if len(short) <= LONGEST_CITATION else f"…{short[1 - LONGEST_CITATION :]}"


def _statement_width(citation: str, share: RedactedText, *, beside: str) -> int:
    """Columns left for a statement beside its confidence and the line it rests on."""
    return LINE - len(citation) - 2 - quantities.width(share) - len(beside)


def _owner_row(view: CaseView, files: Sequence[EvidenceFile], *, redactor: Redactor) -> Row:
    case, used = view.case, models(view.investigation.spent)
    owner = RedactedText.format("Nobody owns this yet")
    if case.owner:
        owner = RedactedText.format("Owner {name}", name=redactor.clean(case.owner).line())
    evidence = quotes.evidence(files, alerts=case.alerts)
    return Row(text=RedactedText.join(" · ", [owner, used, evidence]))


def _resolved_rows(view: CaseView, *, now: datetime, redactor: Redactor) -> list[Row]:
    case = view.case
    ended = case.resolved_at or now
    span, at = quantities.span(ended - case.opened_at), quantities.clock(ended, now)
    took = RedactedText.format("after {span}, {at}", span=span, at=at)
    return [
        Row(text=headline(case, took), strong=True),
        _cause_row(view, redactor=redactor),
        Row(text=RedactedText.format("Fix: {fix}", fix=_fix_text(case, redactor=redactor))),
    ]


def _cause_row(view: CaseView, *, redactor: Redactor) -> Row:
    hypothesis = next(iter(open_hypotheses(view)), None)
    if hypothesis is None:
        return Row(text=RedactedText.format("Cause: not found"))
    verdict = confidence(hypothesis, redactor)
    if hypothesis.state is not HypothesisState.VALIDATED:
        verdict = RedactedText.format("{share}, not confirmed", share=verdict)
    citation = citation_of(hypothesis)
    width = _statement_width(citation, verdict, beside=f"Cause: {hypothesis.number}.  — ")
    statement = quantities.fit(hypothesis.statement.line(), width)
    text = RedactedText.format(
        "Cause: {n}. {statement} — {said}", n=hypothesis.number, statement=statement, said=verdict
    )
    return Row(text=text, citation=citation)


def _fix_text(case: Case, *, redactor: Redactor) -> RedactedText:
    if case.solution is not None:
        return case.solution.line()
    if case.resolved_by == "system":
        return RedactedText.format("none recorded; every alert ended and nobody spoke")
    by = redactor.clean(case.resolved_by or "").line()
    return RedactedText.format("not recorded; resolved by {by}", by=by)


def _mark(case: Case) -> Mark:
    if not case.state.is_open:
        return Mark.RESOLVED
    return Mark.FIRING if case.firing else Mark.WATCHING


def _action(verb: str, label: str) -> Action:
    return Action(verb=verb, argument="", label=_LABELS[label])
