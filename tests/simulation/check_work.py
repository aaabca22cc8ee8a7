"""Nothing is lost or doubled of what machines sent, of jobs, and of the cases they led to."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from core.alerts.model import AlertSource, DeliveryState
from core.cases.events import EventKind, verify_chain
from core.cases.lifecycle import SYSTEM
from core.cases.projection import fold
from core.errors import Tampered
from core.jobs.model import JobState
from tests.simulation.ledger import Ledger, events_of, texts_of
from tests.simulation.platform import REFUSES

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_always(ledger: Ledger) -> None:
    """After every commit: what no moment may show."""
    ledger.commits += 1
    running = Counter(job.lane for job in ledger.tables.waiting if job.state is JobState.RUNNING)
    for lane, count in running.items():
        if count > 1:
            ledger.trace.accuse(f"{count} jobs of {lane} run at once")


def deliveries(ledger: Ledger) -> Iterator[str]:
    """Every accepted delivery is journaled, and no longer pending."""
    for delivery_id in ledger.accepted:
        delivery = ledger.tables.deliveries.get(delivery_id)
        if delivery is None:
            yield f"lost: {delivery_id} was accepted"
    for delivery in ledger.tables.deliveries:
        if delivery.state is DeliveryState.PENDING:
            yield f"never processed: {delivery.id}"


def jobs(ledger: Ledger) -> Iterator[str]:
    """None waits; dead are only those that the platform refused."""
    for job in ledger.tables.settled:
        if job.state is JobState.DEAD and not (job.problem or "").endswith(REFUSES):
            yield f"dead: {job.kind} ({job.problem})"


def occurrences(ledger: Ledger) -> Iterator[str]:
    """What fires at last is open once, what has ended is not, and nothing began twice."""
    fires = Counter(
        occurrence.fingerprint for occurrence in ledger.tables.occurrences if occurrence.firing
    )
    begun = Counter(occurrence.fingerprint for occurrence in ledger.tables.occurrences)
    homes = {
        (occurrence.fingerprint, occurrence.case_id) for occurrence in ledger.tables.occurrences
    }
    # After people have resolved its case, an alert that goes on begins anew.
    resolved = Counter(
        event.case_id for event in ledger.tables.events if event.kind is EventKind.RESOLVED
    )
    for truth in ledger.truths:
        name = truth.fingerprint
        if fires[name] != truth.fires_at_last:
            yield f"{fires[name]} open of {name}, not {int(truth.fires_at_last)}"
        again = sum(resolved[case_id] for alert, case_id in homes if alert == name)
        if begun[name] > truth.begins + again:
            yield f"{name} began {begun[name]} times, not {truth.begins}"


def events_of_incidents(ledger: Ledger) -> Iterator[str]:
    """What PagerDuty told of stands once in the log of a case, however often it was delivered."""
    counts = Counter(
        (event.case_id, event.data["event_id"])
        for event in ledger.tables.events
        if "event_id" in event.data
    )
    yield from (f"{event_id} is told {n} times" for (_, event_id), n in counts.items() if n > 1)
    ids = {event_id for _, event_id in counts}
    began = {occurrence.fingerprint for occurrence in ledger.tables.occurrences}
    for incident_id, events in _sent_of_incidents(ledger).items():
        for event in events if incident_id in began else ():
            if hashlib.sha256(event["id"].encode()).hexdigest() not in ids:
                yield f"never told: {event['event_type']} {event['id']}"


def _sent_of_incidents(ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
    """The events that were delivered of each incident, as their bodies say."""
    sent: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for delivery in ledger.tables.deliveries:
        if delivery.source is AlertSource.PAGERDUTY and delivery.body:
            event = json.loads(delivery.body)["event"]
            data = event["data"]
            incident = data if data["type"] == "incident" else data["incident"]
            sent[incident["id"]].append(event)
    return sent


def logs_of_alerts(ledger: Ledger) -> Iterator[str]:
    """Each case's log and read model say of its alerts what their own table says."""
    for view in ledger.tables.views:
        mine = [
            occurrence
            for occurrence in ledger.tables.occurrences
            if occurrence.case_id == view.case.id
        ]
        kinds = Counter(event.kind for event in events_of(ledger, view))
        firing = sum(occurrence.firing for occurrence in mine)
        fired, resolved = kinds[EventKind.ALERT_FIRED], kinds[EventKind.ALERT_RESOLVED]
        if (fired, fired - resolved, view.case.firing) != (len(mine), firing, firing):
            tally = f"{fired} fired, {resolved} ended, {view.case.firing} firing"
            yield f"#{view.case.number}: {tally}; {firing} of {len(mine)} occurrences are open"


def ends(ledger: Ledger) -> Iterator[str]:
    """A case that nothing fires in resolves by itself, unless a person has spoken in it by then."""
    for view in ledger.tables.views:
        case, spoken = view.case, False
        if case.state.is_open and case.alerts and not case.firing and case.spoken_at is None:
            yield f"#{case.number} is quiet, and never resolved"
        for event in events_of(ledger, view):
            spoken = spoken or event.kind is EventKind.SPOKEN
            if event.kind is EventKind.RESOLVED and event.actor == SYSTEM and spoken:
                yield f"#{case.number} was resolved under people who spoke in it"


def cases(ledger: Ledger) -> Iterator[str]:
    """Numbers and groups are alone, chains verify, and events fold into the tables."""
    numbers = [view.case.number for view in ledger.tables.views]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        yield f"case numbers {numbers}"
    groups = Counter(
        view.case.group_key
        for view in ledger.tables.views
        if view.case.state.is_open and view.case.group_key
    )
    yield from (f"{count} open cases of one group" for count in groups.values() if count > 1)
    for view in ledger.tables.views:
        events = events_of(ledger, view)
        try:
            head = verify_chain(events)
        except Tampered as error:
            yield str(error)
            continue
        if head != view.case.head or fold(events, texts_of(ledger, view.case.id)) != view:
            yield f"the events of #{view.case.number} do not fold into its tables"
