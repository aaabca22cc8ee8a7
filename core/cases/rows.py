"""The row of a case: what lists and figures need of it, kept beside its events and made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.alerts.model import Severity
from core.cases.events import CaseEvent, EventKind
from core.cases.model import Case, CaseState, HypothesisState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.projection import CaseView

ACKNOWLEDGED = "incident.acknowledged"  # type of an event of PagerDuty
OPEN = frozenset(state.value for state in CaseState if state.is_open)
OVER = frozenset(state.value for state in CaseState if not state.is_open)


@dataclass(frozen=True, kw_only=True)
class ListedCase:
    """A case in a list.

    closed_at: of a closed case. idle_turns: turns since it made progress. acknowledged_at: when a
    person first took part. cause: the fault of the confirmed hypothesis. confirmed_rank: the rank
    of the hypothesis that a person confirmed, when they did.
    """

    case: Case
    updated_at: datetime
    closed_at: datetime | None = None
    idle_turns: int = 0
    acknowledged_at: datetime | None = None
    cause: str | None = None
    confirmed_rank: int | None = None

    @property
    def words(self) -> str:
        """The number and the title, folded, so that a search finds either."""
        return folded(f"#{self.case.number} {self.case.title.text}")


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    """Which cases are listed or counted. Empty fields hold nobody back.

    viewer: the account whose cases they are: those of the team, and those of which it is a member;
    None for everyone's. ids: of these cases only. opened_from, opened_before: when the case was
    opened.
    """

    viewer: str | None = None
    ids: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    severity: Severity | None = None
    service: str = ""
    text: str = ""
    is_archived: bool = False
    opened_from: datetime | None = None
    opened_before: datetime | None = None

    def takes(self, case: Case) -> bool:
        """Whether the case matches, whoever may see it."""
        return (
            (self.is_archived or case.archived_at is None)
            and (not self.ids or case.id in self.ids)
            and (not self.states or case.state in self.states)
            and (self.severity is None or case.severity is self.severity)
            and (not self.service or self.service == case.service)
            and folded(self.text) in folded(f"#{case.number} {case.title.text}")
            and (self.opened_from is None or case.opened_at >= self.opened_from)
            and (self.opened_before is None or case.opened_at < self.opened_before)
        )


def folded(text: str) -> str:
    """As it is compared: without regard to upper and lower case."""
    return text.casefold()


def next_row(row: ListedCase | None, events: Sequence[CaseEvent], view: CaseView) -> ListedCase:
    """The row after further events, at least one, and the view that they fold into."""
    advanced = ListedCase(
        case=view.case,
        updated_at=events[-1].at,
        closed_at=_closed_at(view, events[-1]),
        idle_turns=view.investigation.iterations,
        acknowledged_at=row.acknowledged_at if row else None,
        cause=_confirmed_cause(view),
        confirmed_rank=row.confirmed_rank if row else None,
    )
    for event in events:
        advanced = _noted(advanced, event, view)
    return advanced


def _noted(row: ListedCase, event: CaseEvent, view: CaseView) -> ListedCase:
    """What follows from one event alone."""
    if row.acknowledged_at is None and _acknowledges(event):
        row = replace(row, acknowledged_at=event.at)
    if is_verdict(event):
        row = replace(row, confirmed_rank=_confirmed_rank(view))
    return row


def _acknowledges(event: CaseEvent) -> bool:
    if event.kind is EventKind.PAGED:
        return event.data.get("type") == ACKNOWLEDGED
    return event.kind is EventKind.SPOKEN


def is_verdict(event: CaseEvent) -> bool:
    """Whether a person judges a hypothesis by it, or takes that back."""
    if event.kind is EventKind.TAKEN_BACK:
        return event.data.get("kind") == EventKind.JUDGED
    return event.kind is EventKind.JUDGED


def _confirmed_rank(view: CaseView) -> int | None:
    ranks = [
        hypothesis.rank
        for hypothesis in view.hypotheses
        if hypothesis.state is HypothesisState.VALIDATED and hypothesis.verdict_by is not None
    ]
    return min(ranks, default=None)


def _confirmed_cause(view: CaseView) -> str | None:
    confirmed = (
        hypothesis.cause.fault
        for hypothesis in sorted(view.hypotheses, key=lambda hypothesis: hypothesis.rank)
        if hypothesis.state is HypothesisState.VALIDATED
    )
    return next(confirmed, None)


def _closed_at(view: CaseView, last: CaseEvent) -> datetime | None:
    if view.case.state is not CaseState.CLOSED:
        return None
    phases = view.investigation.phases
    return phases[-1].at if phases else last.at
