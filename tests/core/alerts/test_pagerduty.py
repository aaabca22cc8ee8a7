"""What is read from a PagerDuty body, and what is not worth reading."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.pagerduty import LONGEST_TEXT, IncidentStatus, PagerEvent, read_event, read_group
from core.errors import UnparsableDelivery
from tests.fakes.pagerduty.events import (
    BEGAN,
    DETAILS,
    OF_SERVICES,
    OF_STATE,
    PagerIncident,
    a_body,
    a_ping,
    of_a_service,
)

HOUR = timedelta(hours=1)


def read(body: bytes) -> PagerEvent:
    return read_event(body, received_at=BEGAN + HOUR)


def changed(body: bytes, **data: Any) -> bytes:
    content = json.loads(body)
    content["event"]["data"] |= data
    return json.dumps(content).encode()


def test_an_incident_is_read_whole() -> None:
    incident = PagerIncident()
    event = read(incident.happens("incident.triggered", after=3))

    assert (event.type, event.incident_id) == ("incident.triggered", incident.id)
    assert (event.agent, event.agent_id) == ("Dana Ruiz", "PDANA01")
    assert event.occurred_at == BEGAN + timedelta(seconds=3)
    state = event.incident
    assert state is not None
    assert (state.status, state.number) == (IncidentStatus.TRIGGERED, 4711)
    assert (state.title, state.service) == (incident.title, incident.service)
    assert (state.created_at, state.reopened_at) == (BEGAN, None)
    assert (state.urgency, state.priority, state.kind) == ("high", "P2", "incident_default")
    assert (state.escalation_policy, state.teams) == ("Payments on-call", ("Payments",))
    assert (state.assignees, state.merged_into) == (("Dana Ruiz",), None)
    assert state.url.endswith(f"/incidents/{incident.id}")


@pytest.mark.parametrize(
    "odd", ["incident.h7Kq2-Zx", "incident triggered", "incident", "a.b.c.d.e"]
)
def test_a_type_that_pagerduty_would_not_write_is_not_kept(odd: str) -> None:
    event = read(a_body(odd, {"type": "incident_note"}))
    assert (event.type, event.incident) == ("unknown", None)


def test_an_id_is_kept_as_a_digest_and_known_by_its_former_form() -> None:
    event = read(a_body("incident.annotated", {"type": "incident_note"}, event_id="01HIDDEN"))
    assert event.id == hashlib.sha256(b"01HIDDEN").hexdigest()
    assert "01HIDDEN" not in repr(event)
    assert event.is_among({"01HIDDEN"})
    assert event.is_among({event.id})
    assert not event.is_among({"01OTHER"})


@pytest.mark.parametrize("event_type", OF_STATE)
def test_events_of_state_belong_to_their_incident(event_type: str) -> None:
    body = PagerIncident().happens(event_type)
    assert read_group(body) == PagerIncident().id
    assert read(body).incident is not None


@pytest.mark.parametrize("event_type", DETAILS)
def test_so_do_all_others_that_name_it(event_type: str) -> None:
    body = PagerIncident().tells(event_type)
    event = read(body)
    assert read_group(body) == event.incident_id == PagerIncident().id
    assert event.incident is None
    detail = event.detail
    assert detail.text or detail.who or detail.what or detail.url or detail.fields


def test_what_names_no_incident_belongs_to_its_family() -> None:
    assert {read_group(of_a_service(event_type)) for event_type in OF_SERVICES} == {"service"}
    assert read_group(a_ping()) == "pagey"
    assert read_group(a_body("!notices.x", {})) == "other"
    assert read(a_ping()).incident_id is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"event": {}}',
        a_body("", {}),
        a_body("incident.triggered", {}, event_id=""),
        a_body("incident.triggered", {"type": "incident", "id": "Q1"}),
        a_body("incident.triggered", {"type": "incident", "status": "triggered"}),
        a_body("incident.triggered", {"type": "incident", "id": "Q1", "status": "on fire"}),
        a_body("incident.triggered", {"type": "incident", "id": "Q 1", "status": "triggered"}),
        a_body("incident.triggered", {"type": "incident", "id": 7, "status": "triggered"}),
        a_body("incident.annotated", {"type": "incident_note", "incident": {"id": "x" * 65}}),
        PagerIncident().happens("incident.triggered").replace(b"2026-11-20T08", b"yesterday"),
        b'{"messages": [{"event": "incident.trigger"}]}',
    ],
)
def test_without_the_essentials_it_says_nothing(body: bytes) -> None:
    with pytest.raises(UnparsableDelivery) as caught:
        read(body)
    assert "on fire" not in str(caught.value)


@pytest.mark.parametrize(
    "odd",
    [
        {"service": None, "assignees": None, "teams": None, "priority": None, "number": "4711"},
        {"service": [], "assignees": [None, 7, {}], "teams": {"a": 1}, "priority": "P1"},
        {"created_at": "soon", "reopened_at": 12, "html_url": 7, "urgency": None, "title": None},
        {"resolve_reason": "done", "incident_type": "major", "escalation_policy": {"id": "P1"}},
    ],
)
def test_the_rest_may_be_missing_or_odd(odd: dict[str, Any]) -> None:
    state = read(changed(PagerIncident().happens("incident.triggered"), **odd)).incident
    assert state is not None
    assert state.title


def test_times_are_utc_and_none_is_far_ahead() -> None:
    body = PagerIncident().happens("incident.triggered", after=7 * 24 * 3600)
    assert read(body).occurred_at == BEGAN + HOUR
    content = json.loads(PagerIncident().happens("incident.triggered"))
    content["event"]["occurred_at"] = "2026-11-20T10:00:00+02:00"
    assert read(json.dumps(content).encode()).occurred_at == BEGAN
    content["event"]["occurred_at"] = None
    assert read(json.dumps(content).encode()).occurred_at == BEGAN + HOUR


def test_nothing_begins_after_it_was_told() -> None:
    late = changed(PagerIncident().happens("incident.triggered"), created_at="2026-11-20T08:30:00Z")
    state = read(late).incident
    assert state is not None
    assert state.created_at == BEGAN


def test_texts_are_bounded_and_storable() -> None:
    body = PagerIncident().tells("incident.annotated", content="a\0" + "b" * 100_000)
    text = read(body).detail.text
    assert len(text) == LONGEST_TEXT
    assert "\0" not in text


def test_the_changed_fields_have_their_new_values() -> None:
    detail = read(PagerIncident().tells("incident.custom_field_values.updated")).detail
    assert detail.fields == (("region", "eu, us"),)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(body: bytes) -> None:
    for read_it in (read, read_group):
        try:
            read_it(body)
        except UnparsableDelivery:
            continue
