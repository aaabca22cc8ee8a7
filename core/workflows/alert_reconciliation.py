"""Ends alerts that ended without a notification: Alertmanager itself is asked what still fires.

An alert that fired, was silenced and then resolved sends nothing. It counts as gone when every
configured Alertmanager, up for longer than the resolve time-out, lacks it in two polls that far
apart. While one of them cannot be reached, or is young, nothing is concluded.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.alerts.model import AlertSource, Occurrence
from core.cases.lifecycle import Change, ending, write_changes
from core.errors import SourceUnavailable
from core.jobs.kinds import ALERTS_RECONCILE, recurring
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.alerts.ports import AlertView
    from core.jobs.model import Job
    from core.workflows.services import Services, Unit

say = sentences("workflows.alert_reconciliation")

ACTOR = "reconciliation"
POLL_EVERY = timedelta(seconds=60)
# Alertmanager's `resolve_timeout`: after a restart it holds nothing until Prometheus, or whoever
# posts to it, has sent again.
RESOLVE_TIMEOUT = timedelta(minutes=5)

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Poll:
    """What a source, all of it, holds open. `began`: before the first part of it was asked.

    What is missing in two polls that are `apart` is gone, and `gone` says so.
    """

    source: AlertSource
    began: datetime
    active: frozenset[str]
    apart: timedelta
    gone: str


async def reconcile(job: Job, *, services: Services) -> None:
    """Handler of `alerts.reconcile`: ask, conclude, and plan the next time."""
    if not services.alertmanagers:
        return
    poll = await _ask_all(services.alertmanagers, services=services)
    async with services.unit() as unit:
        if poll is not None:
            settled = await _unsettled(unit, poll)
            await conclude(unit, poll, settled=settled)
        await unit.jobs.done(job, at=services.clock.now())
        await plan_reconciliation(unit, after=POLL_EVERY, services=services)


async def plan_reconciliation(
    unit: Unit, *, after: timedelta = timedelta(0), services: Services
) -> None:
    """Ask again after that long, where there is anyone to ask; also what starts it all."""
    if not services.alertmanagers:
        return
    await unit.jobs.add(
        recurring(ALERTS_RECONCILE, unit.context, run_at=services.clock.now() + after)
    )


async def _ask_all(sources: Sequence[AlertView], *, services: Services) -> Poll | None:
    """None where one of them cannot say, or has not been up long enough to know."""
    began = services.clock.now()
    try:
        asked = await asyncio.gather(*(_ask(source) for source in sources))
    except SourceUnavailable as error:
        log.warning("nothing is reconciled: %s", error)
        return None
    if any(began - up_since <= RESOLVE_TIMEOUT for up_since, _ in asked):
        return None
    return Poll(
        source=AlertSource.ALERTMANAGER,
        began=began,
        active=frozenset().union(*(active for _, active in asked)),
        apart=RESOLVE_TIMEOUT,
        gone=say("gone_from_alertmanager").text,
    )


async def _ask(source: AlertView) -> tuple[datetime, frozenset[str]]:
    return await source.up_since(), await source.active()


async def conclude(unit: Unit, poll: Poll, *, settled: Collection[str] = ()) -> None:
    """End what is gone, and remember what is missing for the first time.

    settled: ids of cases of which everything is known by now, although nothing of them is missing.
    """
    suspects = {
        occurrence.case_id
        for occurrence in await _open_ones(unit, poll)
        if _is_suspect(occurrence, poll)
    }
    for case_id in sorted(suspects | set(settled)):
        view = await unit.cases.view(case_id, lock=True)
        of_case = await unit.occurrences.of_case(case_id)
        looked_at = [
            _look_at(occurrence, poll)
            for occurrence in of_case
            if occurrence.firing and occurrence.source is poll.source
        ]
        await unit.occurrences.update_all([seen.now for seen in looked_at if seen.now != seen.was])
        changes = [seen.change for seen in looked_at if seen.change is not None]
        await write_changes(
            unit,
            view,
            changes,
            all_known=bool(changes) or case_id in settled,
            by=ACTOR,
        )


async def _open_ones(unit: Unit, poll: Poll) -> list[Occurrence]:
    return [
        occurrence
        for occurrence in await unit.occurrences.all_open()
        if occurrence.source is poll.source
    ]


def _is_suspect(occurrence: Occurrence, poll: Poll) -> bool:
    """Whether the poll or an earlier one did not list it."""
    return occurrence.fingerprint not in poll.active or occurrence.missing_since is not None


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What a poll makes of an occurrence."""

    was: Occurrence
    now: Occurrence
    change: Change | None = None


def _look_at(occurrence: Occurrence, poll: Poll) -> _Seen:
    """The occurrence after the poll: missing, back, or ended because it was missing long enough."""
    since = occurrence.missing_since
    if occurrence.fingerprint in poll.active:
        return _Seen(was=occurrence, now=replace(occurrence, missing_since=None))
    if occurrence.last_seen_at >= poll.began:  # it was delivered while we asked
        return _Seen(was=occurrence, now=occurrence)
    if since is None:
        return _Seen(was=occurrence, now=replace(occurrence, missing_since=poll.began))
    if poll.began - since < poll.apart:
        return _Seen(was=occurrence, now=occurrence)
    ended, change = ending(occurrence, ended_at=since, reason=poll.gone)
    return _Seen(was=occurrence, now=ended, change=change)


async def _unsettled(unit: Unit, poll: Poll) -> set[str]:
    """Cases that are not quiet only because a truncated notification hid what else may fire.

    They are settled when Alertmanager holds no alert but those that we know to fire elsewhere.
    """
    if poll.active - {occurrence.fingerprint for occurrence in await _open_ones(unit, poll)}:
        return set()
    return {
        case.id
        for case in await unit.cases.listing(only_open=True)
        if case.alerts > 0
        and case.firing == 0
        and case.quiet_since is None
        and case.spoken_at is None
    }
