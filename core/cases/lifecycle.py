"""How does a case open, go quiet, resolve and come back? By events in one unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.cases.events import CaseView, EventKind, apply, seal
from core.cases.investigation_state import SolutionState
from core.cases.model import CaseState
from core.clock import micros
from core.errors import NotAllowedNow
from core.ids import new_id
from core.jobs.catalogue import investigate_case, settle_case
from core.text.redacted import Clean

if TYPE_CHECKING:
    from datetime import datetime

    from core.alerts.model import Severity
    from core.store import Unit
    from core.workflows.services import Services

SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One event to come: `data` may refer to `texts` by their digest."""

    kind: EventKind
    data: Mapping[str, Any] = field(default_factory=dict)
    texts: Sequence[Clean] = ()


async def record(
    unit: Unit,
    view: CaseView | None,
    case_id: str,
    changes: Sequence[Change],
    *,
    at: datetime,
    actor: str,
) -> CaseView:
    """Append `changes` to the case's log and its read models; the caller holds the case's lock."""
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
    await unit.cases.append(events, view)
    await unit.cases.put_texts(case_id, list(texts.values()))
    return view


async def open_case(  # noqa: PLR0913 - what a case begins with
    unit: Unit,
    *,
    title: Clean,
    severity: Severity,
    service: str | None,
    group_key: str,
    since: datetime,
    actor: str,
    services: Services,
    case_id: str | None = None,
) -> CaseView:
    """A new case with its first turn planned. `since` is when the trouble began.

    case_id: given where the title was redacted under the key of the case to come.
    """
    clock, chance, tenant_id = services.clock, services.chance, services.rules.tenant_id
    case_id = case_id or new_id("case", clock=clock, chance=chance)
    opened = Change(
        kind=EventKind.OPENED,
        data={
            "tenant_id": tenant_id,
            "number": await unit.cases.next_number(tenant_id),
            "title": title.digest,
            "severity": severity,
            "service": service,
            "group_key": group_key,
            "opened_at": micros(since),
        },
        texts=[title],
    )
    view = await record(unit, None, case_id, [opened], at=clock.now(), actor=actor)
    await investigate(unit, view, services=services)
    return view


async def investigate(unit: Unit, view: CaseView, *, services: Services) -> None:
    """Plan a turn, unless one is pending already."""
    await unit.jobs.add(
        investigate_case(
            view.case.id,
            tenant_id=view.case.tenant_id,
            clock=services.clock,
            chance=services.chance,
        )
    )


async def quieten(unit: Unit, view: CaseView, *, services: Services) -> CaseView:
    """Nothing fires any more: look again after `resolve_after`, and resolve if it stayed so."""
    clock = services.clock
    now = clock.now()
    view = await record(
        unit, view, view.case.id, [Change(kind=EventKind.QUIETENED)], at=now, actor=SYSTEM
    )
    await unit.jobs.add(
        settle_case(
            view.case.id,
            tenant_id=view.case.tenant_id,
            quiet_since=now,
            due=now + services.rules.resolve_after,
            clock=clock,
            chance=services.chance,
        )
    )
    return view


async def settle(
    unit: Unit, view: CaseView, *, quiet_since: datetime, services: Services
) -> CaseView:
    """Resolve a case that stayed quiet since `quiet_since`, unless a person has spoken in it.

    Where a person has made a fix, a turn looks whether it is what helped.
    """
    case = view.case
    if not case.state.is_open or case.quiet_since != quiet_since:
        return view
    if any(one.state is SolutionState.CONFIRMED for one in view.course.solutions):
        await investigate(unit, view, services=services)
        return view
    if case.spoken_at is not None:
        return view
    return await resolve(unit, view, by=SYSTEM, solution=None, services=services)


async def resolve(
    unit: Unit, view: CaseView, *, by: str, solution: Clean | None, services: Services
) -> CaseView:
    """Raises NotAllowedNow where it is resolved already."""
    if not view.case.state.is_open:
        message = f"#{view.case.number} is {view.case.state} already"
        raise NotAllowedNow(message, next_step="Type `reopen` if it is back.")
    change = Change(
        kind=EventKind.RESOLVED,
        data={"solution": solution.digest if solution else None},
        texts=[solution] if solution else [],
    )
    return await record(unit, view, view.case.id, [change], at=services.clock.now(), actor=by)


async def reopen(unit: Unit, view: CaseView, *, by: str, services: Services) -> CaseView:
    """Raises NotAllowedNow where it is open."""
    if view.case.state.is_open:
        message = f"#{view.case.number} is open"
        raise NotAllowedNow(message, next_step="Type `status` to see it.")
    change = Change(kind=EventKind.REOPENED)
    view = await record(unit, view, view.case.id, [change], at=services.clock.now(), actor=by)
    await investigate(unit, view, services=services)
    return view


async def speak(
    unit: Unit, view: CaseView, *, by: str, owns: bool = True, services: Services
) -> CaseView:
    """A person takes part; recorded once, the first time.

    owns: who does something for a case that nobody owns is its owner from then on.
    """
    changes = []
    if view.case.spoken_at is None:
        changes.append(Change(kind=EventKind.SPOKEN))
    if owns and view.case.owner is None:
        changes.append(Change(kind=EventKind.OWNED, data={"owner": by}))
    if not changes:
        return view
    return await record(unit, view, view.case.id, changes, at=services.clock.now(), actor=by)


def is_recent(view: CaseView, *, services: Services) -> bool:
    """May a new fire of its group bring this resolved case back?"""
    resolved_at = view.case.resolved_at
    return (
        view.case.state is CaseState.RESOLVED
        and resolved_at is not None
        and services.clock.now() - resolved_at <= services.rules.reopen_within
    )
