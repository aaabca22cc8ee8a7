"""Whatever PagerDuty says of an incident, in whatever order: what becomes of its case."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alerts.model import AlertSource, DeliveryState, Severity
from core.alerts.routing import Matcher, Policy, Route
from core.cases.events import EventKind, verify_chain
from core.cases.model import Case, CaseState
from core.cases.ports import gather
from core.cases.projection import fold
from core.conversation.reports.timeline import timeline_of
from core.places import Destination
from core.redaction.engine import Redactor, case_key
from core.workflows.delivery_intake import replay
from core.workflows.signature_failures import last_ping
from tests.core.alerts.desk import START, AlertDesk
from tests.fakes.pagerduty.events import (
    BEGAN,
    DANA,
    DETAILS,
    EVERY_TYPE,
    LEE,
    OF_SERVICES,
    PagerIncident,
    a_body,
    a_ping,
    of_a_service,
)

MINUTES = 60


def at(minutes: float) -> float:
    return minutes * MINUTES


@pytest.fixture
def desk() -> AlertDesk:
    return AlertDesk()


@pytest.fixture
def incident() -> PagerIncident:
    return PagerIncident()


async def history(desk: AlertDesk, case: Case) -> list[str]:
    """What people read of the case, oldest first."""
    async with desk.services.reading() as unit:
        dossier = await gather(unit, case.id)
    redactor = Redactor(case_key(desk.services.secret, case.id))
    return [moment.text.text for moment in timeline_of(dossier, redactor=redactor)]


async def check(desk: AlertDesk) -> None:
    """What holds after everything: an unbroken log that folds into what the tables say."""
    async with desk.services.reading() as unit:
        for case in await desk.cases():
            view = await unit.cases.view(case.id)
            events = await unit.cases.events(case.id)
            assert verify_chain(events) == view.case.head
            assert fold(events, await unit.cases.texts(case.id)) == view
            firing = [
                occurrence
                for occurrence in await unit.occurrences.of_case(case.id)
                if occurrence.firing
            ]
            assert len(firing) == case.firing


async def test_a_trigger_opens_a_case(desk: AlertDesk, incident: PagerIncident) -> None:
    delivery = await desk.page(incident.happens("incident.triggered"))

    assert (delivery.state, delivery.group) == (DeliveryState.DONE, incident.id)
    case = await desk.case()
    assert case.title.text == "Checkout (production): 5xx of checkout above 8 %"
    assert (case.severity, case.service) == (Severity.HIGH, "Checkout (production)")
    assert (case.opened_at, case.group_key) == (BEGAN, f"pagerduty:{incident.id}")
    assert (case.firing, case.alerts, case.owner) == (1, 1, None)
    (occurrence,) = await desk.occurrences(case)
    assert (occurrence.source, occurrence.fingerprint) == (AlertSource.PAGERDUTY, incident.id)
    assert occurrence.labels["url"].endswith(f"/incidents/{incident.id}")
    assert {event.actor for event in await desk.events(case)} == {"pagerduty"}
    entries = await history(desk, case)
    assert entries[0].startswith("Alert fired: 5xx of checkout")
    assert any(
        "incident 4711 triggered (high urgency, P2, assigned to Dana Ruiz)" in t for t in entries
    )
    assert desk.queued_cards()[-1].version == case.version


async def test_resolved_settles_like_any_other_case(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    await desk.page(incident.happens("incident.triggered"))
    desk.clock.advance(at(4))
    await desk.page(incident.happens("incident.resolved", after=at(4)))

    case = await desk.case()
    assert (case.firing, case.quiet_since) == (0, desk.clock.now())
    (occurrence,) = await desk.occurrences(case)
    assert occurrence.ended_at == BEGAN + timedelta(minutes=4)
    assert "Dana Ruiz resolved it in PagerDuty" in await history(desk, case)
    desk.clock.advance(at(10))
    await desk.work()
    assert (await desk.case()).state is CaseState.RESOLVED
    await check(desk)


async def test_reopened_brings_the_case_back(desk: AlertDesk, incident: PagerIncident) -> None:
    await desk.page(incident.happens("incident.triggered"))
    await desk.page(incident.happens("incident.resolved", after=at(4)))
    desk.clock.advance(at(30))
    await desk.work()
    assert (await desk.case()).state is CaseState.RESOLVED
    await desk.page(incident.happens("incident.reopened", after=at(30), by=LEE))

    case = await desk.case()
    assert (case.state, case.firing, case.alerts) == (CaseState.DIAGNOSING, 1, 1)
    assert [occurrence.firing for occurrence in await desk.occurrences(case)] == [False, True]
    assert "Lee Chen reopened it in PagerDuty" in await history(desk, case)
    await check(desk)


async def test_reopened_much_later_is_a_case_of_its_own(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    await desk.page(incident.happens("incident.triggered"))
    await desk.page(incident.happens("incident.resolved", after=at(4)))
    desk.clock.advance(at(11))
    await desk.work()
    desk.clock.advance(at(300))
    await desk.page(incident.happens("incident.reopened", after=at(311)))

    first, second = await desk.cases()
    assert (first.state.is_open, second.state.is_open) == (False, True)
    assert second.opened_at == BEGAN + timedelta(minutes=311)


async def test_who_acknowledges_owns_it_and_whom_it_is_handed_to(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    await desk.page(incident.happens("incident.triggered"))
    await desk.page(incident.happens("incident.acknowledged", after=10))
    assert (await desk.case()).owner == "Dana Ruiz"
    await desk.page(incident.happens("incident.acknowledged", after=20, by=LEE))
    assert (await desk.case()).owner == "Dana Ruiz"
    await desk.page(incident.happens("incident.reassigned", after=30, assignees=(LEE,)))
    assert (await desk.case()).owner == "Lee Chen"
    await desk.page(incident.happens("incident.escalated", after=40, by=None, assignees=(DANA,)))

    case = await desk.case()
    assert (case.owner, case.firing) == ("Dana Ruiz", 1)
    entries = await history(desk, case)
    assert "Dana Ruiz reassigned it to Lee Chen" in entries
    assert "PagerDuty escalated it to Dana Ruiz" in entries
    await check(desk)


async def test_a_priority_is_how_bad_it_is(desk: AlertDesk, incident: PagerIncident) -> None:
    incident.priority = None
    await desk.page(incident.happens("incident.triggered"))
    assert (await desk.case()).severity is Severity.HIGH
    await desk.page(incident.happens("incident.priority_updated", after=10, priority="P1"))
    assert (await desk.case()).severity is Severity.CRITICAL
    await desk.page(incident.happens("incident.priority_updated", after=20, priority="SEV-3"))
    assert (await desk.case()).severity is Severity.WARNING
    await desk.page(
        incident.happens("incident.priority_updated", after=30, priority=None, urgency="low")
    )
    case = await desk.case()
    assert case.severity is Severity.WARNING
    assert "Dana Ruiz took away the priority" in await history(desk, case)
    await check(desk)


async def test_it_moves_to_another_service(desk: AlertDesk, incident: PagerIncident) -> None:
    await desk.page(incident.happens("incident.triggered"))
    await desk.page(incident.happens("incident.service_updated", after=10, service="Payments"))
    case = await desk.case()
    (occurrence,) = await desk.occurrences(case)
    assert (case.service, occurrence.service) == ("Payments", "Payments")


async def test_notes_are_told_with_who_wrote_them(desk: AlertDesk, incident: PagerIncident) -> None:
    secret = "password=hunter2-and-more"  # noqa: S105 # pragma: allowlist secret
    await desk.page(incident.happens("incident.triggered"))
    note = incident.tells("incident.annotated", after=10, by=LEE, content=f"try {secret}")
    await desk.page(note)
    trimmed = incident.tells("incident.annotated", after=20, content="A long story", trimmed=True)
    await desk.page(trimmed)

    case = await desk.case()
    entries = await history(desk, case)
    assert any(
        t.startswith("Lee Chen noted in PagerDuty: try password=«secret") for t in entries
    ), entries
    assert "Dana Ruiz noted in PagerDuty: A long story (cut by PagerDuty)" in entries
    async with desk.services.reading() as unit:
        texts = await unit.cases.texts(case.id)
    assert not any("hunter2" in text.text for text in texts.values())


@pytest.mark.parametrize(
    ("event_type", "words"),
    [
        ("incident.status_update_published", "Dana Ruiz published a status update: Some payments"),
        ("incident.responder.added", "Dana Ruiz asked Lee Chen to help: Please look"),
        ("incident.responder.replied", "Lee Chen answered: accepted: At my desk"),
        (
            "incident.conference_bridge.updated",
            "Conference bridge: https://meet.example.net/checkout-5xx, «phone-",
        ),
        ("incident.custom_field_values.updated", "Dana Ruiz set region = eu, us"),
        ("incident.role.assigned", "Lee Chen is Incident Commander now"),
        ("incident.task.created", "Dana Ruiz created the task Call the payment provider for Lee"),
        ("incident.task.updated", "Dana Ruiz changed the task Call the payment provider for Lee"),
        ("incident.task.completed", "Dana Ruiz completed the task Call the payment provider"),
        ("incident.action_invocation.created", "Automation action Collect thread dumps: created"),
        ("incident.workflow.started", "Workflow Major incident started"),
        ("incident.workflow.completed", "Workflow Major incident is done"),
    ],
)
async def test_whatever_else_happens_is_history_in_plain_words(
    desk: AlertDesk, incident: PagerIncident, event_type: str, words: str
) -> None:
    await desk.page(incident.happens("incident.triggered"))
    before = await desk.case()
    await desk.page(incident.tells(event_type, after=30))

    case = await desk.case()
    assert replace(case, version=0, head="") == replace(before, version=0, head="")
    assert any(entry.startswith(words) for entry in await history(desk, case)), await history(
        desk, case
    )


@pytest.mark.parametrize("event_type", EVERY_TYPE)
async def test_every_documented_type_is_taken_by_a_known_incident(
    desk: AlertDesk, incident: PagerIncident, event_type: str
) -> None:
    await desk.page(incident.happens("incident.triggered"))
    entries_before = len(await history(desk, await desk.case()))
    if event_type in DETAILS:
        body = incident.tells(event_type, after=30)
    elif event_type in OF_SERVICES:
        body = of_a_service(event_type)
    elif event_type == "pagey.ping":
        body = a_ping()
    else:
        body = incident.happens(event_type, after=30)
    delivery = await desk.page(body)

    assert delivery.state is DeliveryState.DONE
    more = len(await history(desk, await desk.case())) - entries_before
    assert more >= (event_type in DETAILS or event_type.startswith("incident."))
    assert "PagerDuty: incident" not in "\n".join(await history(desk, await desk.case()))
    await check(desk)


@pytest.mark.parametrize("event_type", [*DETAILS, "incident.brand_new"])
async def test_an_incident_that_nobody_knows_leaves_no_trace(
    desk: AlertDesk, incident: PagerIncident, event_type: str
) -> None:
    body = incident.tells(event_type) if event_type in DETAILS else incident.happens(event_type)
    assert (await desk.page(body)).state is DeliveryState.DONE
    assert await desk.cases() == []


async def test_a_type_that_came_later_is_history(desk: AlertDesk, incident: PagerIncident) -> None:
    await desk.page(incident.happens("incident.triggered"))
    await desk.page(incident.happens("incident.brand_new", after=10))
    assert "PagerDuty: incident.brand_new" in await history(desk, await desk.case())


async def test_services_and_pings_open_nothing(desk: AlertDesk) -> None:
    for event_type in OF_SERVICES:
        delivery = await desk.page(of_a_service(event_type, event_id=event_type))
        assert (delivery.state, delivery.group) == (DeliveryState.DONE, "service")
    assert await last_ping(services=desk.services) is None
    await desk.page(a_ping())
    assert await last_ping(services=desk.services) == desk.clock.now()
    desk.clock.advance(60)
    await desk.page(a_ping(event_id="01PONG"))
    assert await last_ping(services=desk.services) == desk.clock.now()
    assert await desk.cases() == []


async def test_an_event_counts_once_whatever_it_is_called(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    trigger = incident.happens("incident.triggered")
    note = incident.tells("incident.annotated", after=10)
    for body, name in [(trigger, "w1"), (trigger, "w1"), (note, "w2"), (note, "w2"), (note, "w9")]:
        assert (await desk.page(body, name=name)).state is DeliveryState.DONE
    case = await desk.case()
    assert sum("noted in PagerDuty" in entry for entry in await history(desk, case)) == 1
    assert (await desk.kinds(case)).count("pager.told") == 1


async def test_a_note_that_overtook_the_beginning_is_in_the_case_once(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    trigger = incident.happens("incident.triggered")
    note = incident.tells("incident.annotated", after=10)
    for body, name in [(note, "w2"), (note, "w9"), (trigger, "w1"), (note, "w2")]:
        await desk.page(body, name=name)
    case = await desk.case()
    assert sum("noted in PagerDuty" in entry for entry in await history(desk, case)) == 1


async def test_a_webhook_counts_once_also_where_its_event_has_another_id(desk: AlertDesk) -> None:
    first, second = PagerIncident(), PagerIncident(id="QOTHER")
    await desk.page(first.happens("incident.triggered"), name="w1")
    await desk.page(second.happens("incident.triggered"), name="w1")
    assert len(await desk.cases()) == 1


async def test_a_replayed_body_claims_no_name_for_itself(desk: AlertDesk) -> None:
    """Whoever saw one webhook could otherwise keep a later one away by its name."""
    first, second = PagerIncident(), PagerIncident(id="QOTHER")
    trigger = first.happens("incident.triggered")
    await desk.page(trigger, name="w1")
    await desk.page(trigger, name="w2")
    await desk.page(second.happens("incident.triggered"), name="w2")
    assert len(await desk.cases()) == 2


async def test_an_older_state_is_history_only(desk: AlertDesk, incident: PagerIncident) -> None:
    trigger = incident.happens("incident.triggered")
    acknowledged = incident.happens("incident.acknowledged", after=60)
    resolved = incident.happens("incident.resolved", after=120)
    await desk.page(trigger)
    await desk.page(resolved)
    before = await desk.case()
    await desk.page(acknowledged)

    case = await desk.case()
    assert replace(case, version=0, head="") == replace(before, version=0, head="")
    assert "Dana Ruiz acknowledged it in PagerDuty" in await history(desk, case)
    await check(desk)


async def test_an_end_before_its_beginning_is_remembered(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    trigger = incident.happens("incident.triggered")
    acknowledged = incident.happens("incident.acknowledged", after=60)
    await desk.page(incident.happens("incident.resolved", after=120))
    await desk.page(acknowledged)
    await desk.page(trigger)
    assert await desk.cases() == []
    await desk.page(incident.happens("incident.reopened", after=180))
    assert (await desk.case()).firing == 1


async def test_an_end_before_its_reopening_is_remembered(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    await desk.page(incident.happens("incident.triggered"))
    await desk.page(incident.happens("incident.resolved", after=60))
    reopened = incident.happens("incident.reopened", after=120)
    await desk.page(incident.happens("incident.resolved", after=180))
    await desk.page(reopened)
    assert (await desk.case()).firing == 0


async def test_a_lost_trigger_is_made_up_for(desk: AlertDesk, incident: PagerIncident) -> None:
    incident.happens("incident.triggered")
    await desk.page(incident.happens("incident.acknowledged", after=300))
    case = await desk.case()
    assert (case.opened_at, case.owner) == (BEGAN, "Dana Ruiz")


async def test_any_order_ends_in_the_newest_state(incident: PagerIncident) -> None:
    bodies = [
        incident.happens("incident.triggered"),
        incident.happens("incident.acknowledged", after=10),
        incident.happens("incident.reassigned", after=20, assignees=(LEE,), priority="P1"),
        incident.happens("incident.priority_updated", after=30, priority="P3"),
    ]
    for order in itertools.permutations(bodies):
        desk = AlertDesk()
        for body in order:
            await desk.page(body)
        case = await desk.case()
        assert (case.firing, case.alerts, case.opened_at) == (1, 1, BEGAN)
        (occurrence,) = await desk.occurrences(case)
        assert occurrence.severity == Severity.WARNING
        await check(desk)


async def test_any_order_with_an_end_ends_quiet() -> None:
    for order in itertools.permutations(range(4)):
        incident, desk = PagerIncident(), AlertDesk()
        bodies = [
            incident.happens("incident.triggered"),
            incident.happens("incident.acknowledged", after=10),
            incident.tells("incident.annotated", after=20),
            incident.happens("incident.resolved", after=30),
        ]
        for index in order:
            await desk.page(bodies[index])
        assert all(case.firing == 0 for case in await desk.cases())
        await check(desk)


async def test_a_case_that_people_resolved_stays_so_until_it_is_reopened(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    from core.cases.lifecycle import resolve  # noqa: PLC0415 - the one test that needs it

    await desk.page(incident.happens("incident.triggered"))
    case = await desk.case()
    desk.clock.advance(60)
    async with desk.services.unit() as unit:
        view = await unit.cases.view(case.id, lock=True)
        await resolve(unit, view, by="dana", solution=None)
    await desk.page(incident.happens("incident.acknowledged", after=180))
    assert (await desk.case()).state is CaseState.RESOLVED
    await desk.page(incident.happens("incident.reopened", after=300))
    case = await desk.case()
    assert (case.state, case.firing) == (CaseState.DIAGNOSING, 1)
    await check(desk)


async def test_a_merged_incident_says_where_it_went(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    await desk.page(incident.happens("incident.triggered"))
    reason = {
        "type": "merge_resolve_reason",
        "incident": {"id": "QPARENT", "summary": "[#12] Payments down"},
    }
    await desk.page(incident.happens("incident.resolved", after=60, resolve_reason=reason))
    entries = await history(desk, await desk.case())
    assert "Dana Ruiz merged it in PagerDuty into [#12] Payments down" in entries


async def test_replays_change_nothing(desk: AlertDesk, incident: PagerIncident) -> None:
    bodies = [
        incident.happens("incident.triggered"),
        incident.happens("incident.acknowledged", after=10),
        incident.tells("incident.annotated", after=20),
        incident.happens("incident.resolved", after=30),
    ]
    for body in bodies:
        await desk.page(body)
    await desk.page(a_ping())
    desk.clock.advance(at(15))
    await desk.work()
    before, log = await desk.case(), await desk.events(await desk.case())
    await replay(since=START - timedelta(days=1), services=desk.services)
    await desk.work()
    assert await desk.case() == before
    assert await desk.events(before) == log


async def test_a_replay_makes_up_for_what_was_lost(
    desk: AlertDesk, incident: PagerIncident
) -> None:
    """As after a restore: deliveries are there, what they did is not."""
    first = await desk.page(incident.happens("incident.triggered"))
    lost = AlertDesk()
    async with lost.services.unit() as unit:
        await unit.deliveries.add(first)
    await replay(ids=[first.id], services=lost.services)
    await lost.work()
    assert (await lost.case()).firing == 1


async def test_cases_go_where_their_labels_are_routed(incident: PagerIncident) -> None:
    matcher = Matcher(label="escalation_policy", operator="=", value="Payments on-call")
    there = Destination(platform="slack", workspace="main", channel="C0PAYMENTS")
    route = Route(name="payments", line=1, matchers=(matcher,), destinations=(there,))
    desk = AlertDesk()
    rules = replace(desk.services.rules, routing=Policy(routes=(route,)))
    desk.services = replace(desk.services, rules=rules)
    await desk.page(incident.happens("incident.triggered"))
    async with desk.services.reading() as unit:
        bindings = await unit.conversation.bindings((await desk.case()).id)
    assert there in [binding.opens for binding in bindings]


async def test_secrets_in_titles_and_names_are_hidden(desk: AlertDesk) -> None:
    hidden = "ghp_" + "a1B2" * 9  # made up; the shape is what counts
    incident = PagerIncident(title=f"login with {hidden} fails", service=f"api {hidden}")
    await desk.page(incident.happens("incident.triggered"))
    case = await desk.case()
    occurrences = await desk.occurrences(case)
    events = [str(event.data) for event in await desk.events(case)]
    cards = [str(card) for card in desk.queued_cards()]
    for text in (case.title.text, case.service or "", str(occurrences), *events, *cards):
        assert hidden not in text


async def test_what_cannot_be_read_is_reported(desk: AlertDesk) -> None:
    delivery = await desk.page(
        a_body("incident.triggered", {"type": "incident", "id": "not an id"})
    )
    assert delivery.state is DeliveryState.UNPARSABLE
    texts = [row.text.text for card in desk.queued_cards() for row in card.rows]
    assert any("from pagerduty could not be read" in text for text in texts)


async def test_each_event_stands_at_its_own_time(desk: AlertDesk, incident: PagerIncident) -> None:
    await desk.page(incident.happens("incident.triggered"))
    desk.clock.advance(at(20))
    await desk.page(incident.happens("incident.acknowledged", after=60))
    case = await desk.case()
    async with desk.services.reading() as unit:
        dossier = await gather(unit, case.id)
    moments = timeline_of(dossier, redactor=Redactor(b""))
    (moment,) = [moment for moment in moments if "acknowledged" in moment.text.text]
    assert moment.at == BEGAN + timedelta(seconds=60)
    kinds = [event.kind for event in await desk.events(case)]
    assert kinds.count(EventKind.PAGED) == 2
