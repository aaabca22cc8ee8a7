"""Cards that stand as new lines in a case's place: it is back, it is worse, its cause is known.

Whatever else happens edits what is shown already.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.alerts.model import Severity
from core.cases.investigation_state import SolutionState
from core.cases.model import CaseState
from core.conversation.cards.answer_cards import body_of
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.case_card import GRADES, citation_of, headline
from core.conversation.cards.verdict_rows import (
    belief_text,
    impact_rows,
    next_row,
    root_cause,
    shown_rows,
    trigger_rows,
)
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from core.cases.model import Hypothesis
    from core.cases.projection import CaseView
    from core.investigation.answering.responses import Response, SolutionReady

NEWS = "news:"
QUIET_LONG = timedelta(minutes=10)  # after which alerts that fire again are worth a line
_VERDICT_ROWS = 6


def turning_points(
    before: CaseView, view: CaseView, *, now: datetime, by: RedactedText
) -> Iterator[Card]:
    """What of the change between two states of a case is said with a line of its own.

    by: who reopened it; empty where alerts did.
    """
    if not before.case.state.is_open and view.case.state.is_open:
        yield _return_card(before, view, now=now, by=by)
        return
    if not view.case.state.is_open:
        return
    quiet_since = before.case.quiet_since
    if quiet_since and view.case.firing > before.case.firing and now - quiet_since >= QUIET_LONG:
        span = quantities.span(now - quiet_since)
        what = RedactedText.format("It was quiet for {span}.", span=span)
        yield _line_card(view, "back", headline(view.case), what, broadcast=True)
    order, was, severity = list(Severity), before.case.severity, view.case.severity
    if was is not Severity.UNKNOWN and order.index(severity) < order.index(was):
        change = RedactedText.format(
            "Worse: {was} before, {now} now", was=GRADES[was], now=GRADES[severity]
        )
        alerts = quantities.counted(view.case.firing, "alert", "alerts")
        firing = RedactedText.format("{change} · {alerts} firing", change=change, alerts=alerts)
        yield _line_card(view, "worse", headline(view.case), firing)


def cause_card(view: CaseView, ready: SolutionReady | None) -> Card | None:
    """The verdict in six lines, with the fix where one is proposed; None without either."""
    cause = root_cause(view)
    if cause is None and ready is None:
        return None
    body = body_of(ready, hypotheses=view.hypotheses) if ready is not None else None
    rows = _verdict_rows(view, cause) if cause is not None else ()
    fold = (*body.rows[1:], *body.fold) if body else ()
    return Card(
        key=f"{NEWS}{view.case.id}:cause{_times_resolved(view)}",
        version=view.case.version,
        mark=Mark.ANSWER,
        rows=rows or (body.rows if body else ()),
        fold=fold if rows else (body.fold if body else ()),
        actions=body.actions if body else tuple(_verdict_actions(cause)),
        case_number=view.case.number,
    )


def response_card(view: CaseView, name: str, response: Response) -> Card:
    """A response to the case as a whole, such as a call for help."""
    body = body_of(response, hypotheses=view.hypotheses)
    return Card(
        key=f"{NEWS}{view.case.id}:{name}",
        version=view.case.version,
        mark=body.mark,
        rows=body.rows,
        fold=body.fold,
        actions=body.actions,
        case_number=view.case.number,
    )


def without_stale_actions(card: Card, view: CaseView) -> Card:
    """The card without buttons for what is decided: a rejected cause, a fix that was made."""
    alive = {str(hypothesis.number) for hypothesis in view.hypotheses if hypothesis.is_alive}
    waiting = {
        str(solution.number)
        for solution in view.investigation.solutions
        if solution.state is SolutionState.PROPOSED and str(solution.hypothesis) in alive
    }
    offered = {"confirm": alive, "reject": alive, "result": alive, "fixed": waiting}
    kept = tuple(action for action in card.actions if _is_offered(action, offered))
    return replace(card, actions=kept)


def _is_offered(action: Action, offered: dict[str, set[str]]) -> bool:
    number = action.argument.partition(" ")[0]
    return action.verb not in offered or (number in offered[action.verb])


def _return_card(before: CaseView, view: CaseView, *, now: datetime, by: RedactedText) -> Card:
    """`Firing #128 High · checkout: 5xx`, `Back after 12 min: alerts fire again.`."""
    resolved_at = before.case.resolved_at or now
    span = quantities.span(now - resolved_at)
    if by:
        what = RedactedText.format("Reopened by {by} after {span}.", by=by, span=span)
    else:
        what = RedactedText.format("Back after {span}: its alerts fire again.", span=span)
    if before.case.solution is not None:
        fix = before.case.solution.line().cut(80)
        what = RedactedText.format("{what} Resolved before with: {fix}", what=what, fix=fix)
    return _line_card(view, "back", headline(view.case), what, broadcast=True)


def _line_card(
    view: CaseView, name: str, title: RedactedText, what: RedactedText, *, broadcast: bool = False
) -> Card:
    return Card(
        key=f"{NEWS}{view.case.id}:{name}{view.case.version}",
        version=view.case.version,
        mark=Mark.FIRING if view.case.firing else Mark.WATCHING,
        rows=(Row(text=title, strong=True), Row(text=what)),
        case_number=view.case.number,
        broadcast=broadcast,
    )


def _verdict_rows(view: CaseView, cause: Hypothesis) -> tuple[Row, ...]:
    title = RedactedText.format("{tag} {belief}", tag=view.case.tag, belief=belief_text(cause))
    rows = [
        Row(text=title, citation=citation_of(cause), strong=True),
        *impact_rows(view),
        *(row for row, _ in trigger_rows(view)),
        *(row for row, _ in shown_rows(view)),
    ]
    return (*rows[: _VERDICT_ROWS - 1], next_row(view, cause))


def _verdict_actions(cause: Hypothesis | None) -> Iterator[Action]:
    if cause is not None:
        number = str(cause.number)
        confirm = RedactedText.format("Confirm {n}", n=cause.number)
        yield Action(verb="confirm", argument=number, label=confirm)
        yield Action(verb="reject", argument=number, label=RedactedText.format("Not it"))


def _times_resolved(view: CaseView) -> int:
    """A cause that is known again after the case was over is news again."""
    return sum(entry.phase is CaseState.RESOLVED for entry in view.investigation.phases)
