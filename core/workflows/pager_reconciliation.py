"""What PagerDuty itself is asked: which incidents are open, and what their alerts said.

Each body becomes evidence of the case. Alertmanager writes its alerts into what it sends to
PagerDuty: where they are, they name the service and what is wrong better than the incident does.
Source: Alertmanager docs/configuration.md (pagerduty_config, details), template/default.tmpl
(pagerduty.default.instances); newer versions write the same as JSON.

A webhook that it had to drop is never sent again. An incident counts as over when two polls lack
it. One that is open there and unknown here opens no case: a subscription tells of some services or
teams, a key sees them all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from core.alerts.model import (
    AlertSource,
    author_text,
    service_in,
    service_name,
    title_from,
    without_nul,
)
from core.cases.events import EventKind
from core.cases.lifecycle import SYSTEM, Change, record
from core.errors import FaultMavenError
from core.jobs import kinds
from core.jobs.kinds import PAGER_READ
from core.text.sentences import sentences
from core.workflows.alert_reconciliation import POLL_EVERY, Poll, conclude
from core.workflows.evidence_intake import receive_file

if TYPE_CHECKING:
    from core.alerts.ports import Pager
    from core.cases.projection import CaseView
    from core.jobs.model import Job
    from core.workflows.services import Services, Unit

say = sentences("workflows.pager_reconciliation")

# A list that is read in pages can skip what moves from one page to another; not twice.
APART = timedelta(minutes=2)

log = logging.getLogger(__name__)


async def reconcile_pager(job: Job, *, services: Services) -> None:
    """Handler of `pager.reconcile`: ask, conclude, and plan the next time."""
    if services.pager is None:
        return
    poll = await _ask(services.pager, services=services)
    async with services.unit() as unit:
        if poll is not None:
            await _count_unknown(unit, poll)
            await conclude(unit, poll)
        await unit.jobs.done(job, at=services.clock.now())
        await plan_pager_reconciliation(unit, after=POLL_EVERY, services=services)


async def plan_pager_reconciliation(
    unit: Unit, *, after: timedelta = timedelta(0), services: Services
) -> None:
    """Ask again after that long, where there is a key; also what starts it all."""
    if services.pager is None:
        return
    await unit.jobs.add(
        kinds.recurring(kinds.PAGER_RECONCILE, unit.context, run_at=services.clock.now() + after)
    )


async def _ask(pager: Pager, *, services: Services) -> Poll | None:
    """None where it cannot say; a wrong key is said by `doctor`, and stops nothing here."""
    began = services.clock.now()
    try:
        active = await pager.open_incidents()
    except FaultMavenError as error:
        log.warning("no incident is reconciled: %s", error)
        return None
    return Poll(
        source=AlertSource.PAGERDUTY,
        began=began,
        active=active,
        apart=APART,
        gone=say("gone_from_pagerduty").text,
    )


async def _count_unknown(unit: Unit, poll: Poll) -> None:
    known = {occurrence.fingerprint for occurrence in await unit.occurrences.all_open()}
    unknown = len(poll.active - known)
    if unknown:
        log.info("%d incidents are open in PagerDuty that no webhook told us of", unknown)


MOST_BODIES = 20  # of one incident: grouping may put hundreds of alike alerts into one
DEEPEST = 6
# Alertmanager's own names for the lists of its alerts.
LISTS = ("firing", "resolved")
HEADING = re.compile(r"(?P<name>Labels|Annotations|Source):")
PAIR = re.compile(r"\s*-\s+(?P<name>[A-Za-z_][A-Za-z0-9_]*) = (?P<value>.*)")


@dataclass(frozen=True, kw_only=True)
class AlertDetails:
    """What Alertmanager wrote of the first alert of a list."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


async def read_pager(job: Job, *, services: Services) -> None:
    """Handler of `pager.read`. Raises SourceUnavailable, Unauthorised."""
    if services.pager is None:
        return
    payload = PAGER_READ.read(job)
    case_id, incident_id = payload.case_id, payload.incident_id
    bodies = (await services.pager.bodies(incident_id))[:MOST_BODIES]
    details = next(filter(None, map(alert_in, bodies)), None)
    if details is not None:
        async with services.unit() as unit:
            view = await unit.cases.view(case_id, lock=True)
            await _improve(unit, view, incident_id, details)
    for number, body in enumerate(bodies, start=1):
        await receive_file(
            case_id,
            _whole(body),
            name=f"pagerduty-alert-{number}.json",
            by=SYSTEM,
            service=service_in(details.labels) if details else None,
            services=services,
        )
    async with services.unit() as unit:
        await unit.jobs.done(job, at=services.clock.now())


def alert_in(body: str) -> AlertDetails | None:
    """The first alert that Alertmanager wrote into an alert's details; None without any."""
    try:
        content = from_json(body)
    except ValueError:
        return None
    return next(filter(None, map(_read, _lists(content, DEEPEST))), None)


async def _improve(unit: Unit, view: CaseView, incident_id: str, details: AlertDetails) -> None:
    """An alert knows better than its incident what is wrong where."""
    case = view.case
    redact = unit.redactor(case.id).clean
    service, wording = service_in(details.labels), author_text(details.annotations)
    revised: dict[str, str] = {}
    title = title_from(wording, service, redact=redact) if wording else case.title
    if title != case.title:
        revised["title"] = title.digest
    named = service_name(service, redact=redact) or case.service
    if named and named != case.service:
        revised["service"] = named
    if not revised:
        return
    occurrence = await unit.occurrences.latest_of(incident_id)
    if occurrence is not None and occurrence.case_id == case.id:
        await unit.occurrences.update(replace(occurrence, service=named))
    change = Change(kind=EventKind.REVISED, data=revised, texts=[title])
    view = await record(unit, view, case.id, [change], at=unit.now, actor=SYSTEM)


def _lists(value: object, depth: int) -> Iterator[object]:
    """What stands under the names that Alertmanager lists its alerts by, wherever that is."""
    if depth == 0:
        return
    inner = value if isinstance(value, list) else []
    if isinstance(value, dict):
        yield from (value[name] for name in LISTS if value.get(name))
        inner = list(value.values())
    for element in inner:
        yield from _lists(element, depth - 1)


def _read(listed: object) -> AlertDetails | None:
    """The first alert of a list, which is text, JSON in a text, or JSON."""
    if isinstance(listed, str):
        try:
            listed = from_json(listed)
        except ValueError:
            return _read_text(without_nul(str(listed)))
    first = listed[0] if isinstance(listed, list) and listed else None
    labels = _texts(first, "labels")
    return AlertDetails(labels=labels, annotations=_texts(first, "annotations")) if labels else None


def _read_text(text: str) -> AlertDetails | None:
    """Sections with lines ` - name = value`, of which `Source` ends an alert."""
    sections: dict[str, dict[str, str]] = {"Labels": {}, "Annotations": {}, "": {}}
    section = ""
    for line in text.splitlines():
        heading = HEADING.match(line)
        if heading and heading["name"] == "Source":
            break
        if heading:
            section = heading["name"]
        elif pair := PAIR.fullmatch(line):
            sections[section][pair["name"]] = pair["value"].strip()
    labels = sections["Labels"]
    return AlertDetails(labels=labels, annotations=sections["Annotations"]) if labels else None


def _texts(alert: object, key: str) -> dict[str, str]:
    pairs: Any = alert.get(key) if isinstance(alert, dict) else None
    if not isinstance(pairs, dict):
        return {}
    return {
        without_nul(name): without_nul(value)
        for name, value in pairs.items()
        if isinstance(value, str)
    }


async def _whole(body: str) -> AsyncIterator[bytes]:
    yield body.encode("utf-8", "replace")
