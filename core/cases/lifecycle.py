"""The lifecycle of a case: opening, quieting, resolving and reopening, by events in one unit.

Starts and ends of alert occurrences, and the changes they make to their case, belong to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.alerts.model import (
    Alert,
    AlertSource,
    Occurrence,
    Redact,
    clean_labels,
    service_name,
    severity_of,
    summary_of,
)
from core.alerts.notes import notes_of
from core.cases.events import CaseEvent, EventKind, seal
from core.cases.feedback import keep_feedback
from core.cases.investigation_state import SolutionState
from core.cases.memories import REVISING, remember
from core.cases.model import CaseState
from core.cases.projection import CaseView, apply
from core.clock import micros
from core.errors import CaseOver, NotAllowedNow, NotFound
from core.jobs.kinds import follow_up_case, investigation_job, later_settling_job, settling_job
from core.knowledge.documents import forget_documents
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from datetime import datetime

    from core.alerts.model import Severity
    from core.cases.model import Case
    from core.cases.ports import CasesUnit

SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Change:
    """An event to be recorded; `data` may refer to `texts` by their digests."""

    kind: EventKind
    data: Mapping[str, Any] = field(default_factory=dict)
    texts: Sequence[RedactedText] = ()


async def record(
    unit: CasesUnit,
    view: CaseView | None,
    case_id: str,
    changes: Sequence[Change],
    *,
    at: datetime,
    actor: str,
) -> CaseView:
    """Appends the changes to the case's log and read models; the caller holds the case's lock."""
    was_closed = view is not None and view.case.state is CaseState.CLOSED
    events, view, texts = _fold_changes(view, case_id, changes, at=at, actor=actor)
    await unit.cases.append(events, view)
    await unit.cases.put_texts(case_id, list(texts.values()))
    if any(event.kind is EventKind.FEEDBACK_GIVEN for event in events):
        await keep_feedback(unit, events)
    if any(event.kind in REVISING for event in events):
        await remember(unit, view, events)
    if view.case.state is CaseState.CLOSED and not was_closed:
        await forget_documents(unit, case_id)
    return view


def foresee(view: CaseView, changes: Sequence[Change], *, at: datetime) -> CaseView:
    """The case as it would be after the changes, which are not recorded."""
    if not changes:
        return view
    return _fold_changes(view, view.case.id, changes, at=at, actor=SYSTEM)[1]


def _fold_changes(
    view: CaseView | None, case_id: str, changes: Sequence[Change], *, at: datetime, actor: str
) -> tuple[list[CaseEvent], CaseView, dict[str, RedactedText]]:
    texts = {text.digest: text for change in changes for text in change.texts}
    events = []
    for change in changes:
        event = seal(
            case_id,
            view.case.version + 1 if view else 1,
            change.kind,
            at=at,
            actor=actor,
            data=change.data,
            previous=view.case.head if view else "",
        )
        view = apply(view, event, texts)
        events.append(event)
    if view is None:
        message = "a case is made by at least one event"
        raise ValueError(message)
    return events, view, texts


async def open_case(  # noqa: PLR0913 - each of them is a fact of the case
    unit: CasesUnit,
    *,
    title: RedactedText,
    severity: Severity,
    service: str | None,
    group_key: str,
    since: datetime,
    actor: str,
    case_id: str | None = None,
    closed_to: str = "",
) -> CaseView:
    """Opens a case and plans its first turn. since: when the trouble began.

    case_id: given where the title was already redacted under the new case's key. closed_to: the
    channel (`Place.key`) whose readers alone it is told to.
    """
    tenant_id = unit.context.tenant_id
    case_id = case_id or unit.new_id("case")
    opened = Change(
        kind=EventKind.OPENED,
        data={
            "tenant_id": tenant_id,
            "number": await unit.cases.next_number(),
            "title": title.digest,
            "severity": severity,
            "service": service,
            "group_key": group_key,
            "opened_at": micros(since),
            **({"closed_to": closed_to} if closed_to else {}),
        },
        texts=[title],
    )
    view = await record(unit, None, case_id, [opened], at=unit.now, actor=actor)
    await investigate(unit, view)
    return view


async def investigate(unit: CasesUnit, view: CaseView) -> None:
    """Plans a turn, unless one is pending already."""
    await unit.jobs.add(investigation_job(view.case.id, unit.context))


async def follow_up(unit: CasesUnit, view: CaseView) -> None:
    """Plans a turn on what alerts brought to a case that had its first turn already.

    It runs when no delivery waits. Until then the case's card shows the alerts.
    """
    await unit.jobs.add(follow_up_case(view.case.id, unit.context))


async def quieten(unit: CasesUnit, view: CaseView) -> CaseView:
    """Marks the case quiet, as no alert fires, and plans to settle it after `resolve_after`."""
    now = unit.now
    view = await record(
        unit, view, view.case.id, [Change(kind=EventKind.QUIETENED)], at=now, actor=SYSTEM
    )
    await _settle_later(unit, view, quiet_since=now)
    return view


async def _settle_later(unit: CasesUnit, view: CaseView, *, quiet_since: datetime) -> None:
    """Plan to look when it has been quiet for long enough, unless that is planned already."""
    await unit.jobs.add(
        settling_job(
            view.case.id,
            quiet_since=quiet_since,
            due=quiet_since + unit.rules.resolve_after,
            context=unit.context,
        )
    )


async def settle_later(unit: CasesUnit, view: CaseView) -> None:
    """Plan to settle a case that is quiet already: nothing else would start the job then."""
    if view.case.quiet_since is None:
        return
    await unit.jobs.add(
        later_settling_job(
            view.case.id,
            quiet_since=view.case.quiet_since,
            due=unit.now + unit.rules.resolve_after,
            context=unit.context,
        )
    )


async def settle(unit: CasesUnit, view: CaseView, *, quiet_since: datetime) -> CaseView:
    """Resolves a case that stayed quiet since `quiet_since`, unless a person has spoken in it.

    One that fired meanwhile and is quiet again is looked at later. Where a person has made a fix, a
    turn looks whether it is what helped.
    """
    case = view.case
    if not case.state.is_open or case.quiet_since is None:
        return view
    if case.quiet_since > quiet_since:
        await _settle_later(unit, view, quiet_since=case.quiet_since)
        return view
    if any(solution.state is SolutionState.CONFIRMED for solution in view.investigation.solutions):
        await investigate(unit, view)
        return view
    if case.spoken_at is not None:
        return view
    return await resolve(unit, view, by=SYSTEM, solution=None)


async def resolve(
    unit: CasesUnit, view: CaseView, *, by: str, solution: RedactedText | None
) -> CaseView:
    """Resolves the case. Raises NotAllowedNow where it is resolved already."""
    must_be_open(view.case)
    change = Change(
        kind=EventKind.RESOLVED,
        data={"solution": solution.digest if solution else None},
        texts=[solution] if solution else [],
    )
    return await record(unit, view, view.case.id, [change], at=unit.now, actor=by)


async def close(unit: CasesUnit, view: CaseView, *, by: str, why: RedactedText) -> CaseView:
    """Closes the case without a solution. Raises NotAllowedNow where it is over already."""
    must_be_open(view.case)
    data = {"phase": CaseState.CLOSED, "why": why.digest}
    change = Change(kind=EventKind.PHASE_ENTERED, data=data, texts=[why])
    return await record(unit, view, view.case.id, [change], at=unit.now, actor=by)


async def archive(unit: CasesUnit, view: CaseView, *, by: str) -> CaseView:
    """Takes the case out of the lists, until it is reopened; nothing of it is lost."""
    if view.case.archived_at is not None:
        return view
    change = Change(kind=EventKind.ARCHIVED)
    return await record(unit, view, view.case.id, [change], at=unit.now, actor=by)


def must_be_open(case: Case) -> None:
    """Raises CaseOver."""
    if not case.state.is_open:
        message = f"#{case.number} is {case.state} already"
        raise CaseOver(message)


async def reopen(unit: CasesUnit, view: CaseView, *, by: str) -> CaseView:
    """Reopens the case and plans a turn. Raises NotAllowedNow where it is open."""
    if view.case.state.is_open:
        message = f"#{view.case.number} is open"
        raise NotAllowedNow(message, next_step="Type `status` to see it.")
    change = Change(kind=EventKind.REOPENED)
    view = await record(unit, view, view.case.id, [change], at=unit.now, actor=by)
    await investigate(unit, view)
    return view


async def speak(unit: CasesUnit, view: CaseView, *, by: str, owns: bool = True) -> CaseView:
    """Records, once, that a person takes part in the case.

    owns: make the person the owner of a case that has none.
    """
    changes = []
    if view.case.spoken_at is None:
        changes.append(Change(kind=EventKind.SPOKEN))
    if owns and view.case.owner is None:
        changes.append(Change(kind=EventKind.OWNED, data={"owner": by}))
    if not changes:
        return view
    return await record(unit, view, view.case.id, changes, at=unit.now, actor=by)


def is_recent(unit: CasesUnit, view: CaseView) -> bool:
    """Whether the case was resolved recently enough for a new fire of its group to reopen it."""
    resolved_at = view.case.resolved_at
    return (
        view.case.state is CaseState.RESOLVED
        and resolved_at is not None
        and unit.now - resolved_at <= unit.rules.reopen_within
    )


async def confirm_solution(unit: CasesUnit, view: CaseView, number: int, *, by: str) -> CaseView:
    """Records that a person applied the solution; later turns look whether it worked.

    `view` is locked. Raises NotFound, and NotAllowedNow where the solution was confirmed before or
    the case is over.
    """
    solution = next(
        (solution for solution in view.investigation.solutions if solution.number == number), None
    )
    if solution is None:
        message = f"#{view.case.number} has no solution {number}"
        raise NotFound(message, next_step="Type `status` for what is proposed.")
    if solution.state is not SolutionState.PROPOSED or not view.case.state.is_open:
        message = f"solution {number} of #{view.case.number} is {solution.state} already"
        raise NotAllowedNow(message, next_step="Type `status` to see what came of it.")
    now = unit.now
    change = Change(kind=EventKind.SOLUTION_CONFIRMED, data={"number": number})
    view = await record(unit, view, view.case.id, [change], at=now, actor=by)
    await investigate(unit, view)
    await settle_later(unit, view)
    return view


def beginning(
    unit: CasesUnit,
    alert: Alert,
    case_id: str,
    *,
    source: AlertSource,
    again: bool = False,
    seen_at: datetime,
    redact: Redact | None = None,
) -> tuple[Occurrence, Change]:
    """The occurrence of a firing alert, and the event for its case's log.

    again: it fired in this case before, and is not counted as a further alert. redact: the case's
    own redaction, by default that of the unit.
    """
    redact = redact or unit.redactor(case_id).clean
    name, summary = redact(alert.name), summary_of(alert, redact=redact)
    occurrence = Occurrence(
        id=unit.new_id("occ"),
        tenant_id=unit.context.tenant_id,
        source=source,
        fingerprint=alert.fingerprint,
        case_id=case_id,
        name=name.text,
        service=service_name(alert.service, redact=redact),
        severity=severity_of(alert),
        labels=clean_labels(alert.labels, redact=redact),
        summary=summary.text,
        notes=notes_of(alert, source, redact=redact),
        starts_at=alert.starts_at,
        ended_at=None,
        last_seen_at=seen_at,
    )
    data = {
        "occurrence_id": occurrence.id,
        "fingerprint": occurrence.fingerprint,
        "severity": occurrence.severity,
        "service": occurrence.service,
        "name": name.digest,
        "summary": summary.digest,
        "starts_at": micros(occurrence.starts_at),
        "again": again,
    }
    return occurrence, Change(kind=EventKind.ALERT_FIRED, data=data, texts=[name, summary])


def ending(occurrence: Occurrence, *, ended_at: datetime, reason: str) -> tuple[Occurrence, Change]:
    """The ended occurrence, and the event for its case's log. reason: in our own words."""
    data = {
        "occurrence_id": occurrence.id,
        "fingerprint": occurrence.fingerprint,
        "ended_at": micros(ended_at),
        "reason": reason,
    }
    ended = replace(occurrence, ended_at=ended_at, missing_since=None)
    return ended, Change(kind=EventKind.ALERT_RESOLVED, data=data)


async def write_changes(
    unit: CasesUnit,
    view: CaseView,
    changes: Sequence[Change],
    *,
    all_known: bool,
    by: str,
) -> CaseView:
    """Records the changes to a case's alerts, and marks the case quiet when none fires.

    all_known: False while the source may hold alerts of the case that it did not list.
    """
    if changes:
        view = await record(unit, view, view.case.id, changes, at=unit.now, actor=by)
    case = view.case
    silent = case.state.is_open and case.alerts > 0 and case.firing == 0
    if silent and case.quiet_since is None and all_known:
        view = await quieten(unit, view)
    return view
