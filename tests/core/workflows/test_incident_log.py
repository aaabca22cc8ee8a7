from __future__ import annotations

from datetime import timedelta

from core.alerts.pagerduty import read_event
from core.cases.events import CaseEvent, EventKind, seal
from core.redaction.engine import Redactor
from core.workflows.incident_correlation import IncidentLog, author_of, entry_of
from tests.fakes.pagerduty.events import BEGAN, PagerIncident

REDACT = Redactor(b"").clean


def entry(body: bytes, *, counts: bool = True) -> CaseEvent:
    change = entry_of(read_event(body, received_at=BEGAN), counts=counts, redact=REDACT)
    return seal(
        "case_1", 1, change.kind, at=BEGAN, actor="pagerduty", data=change.data, previous=""
    )


def test_an_entry_holds_digests_and_no_text() -> None:
    event = entry(PagerIncident().tells("incident.annotated"))
    assert event.kind is EventKind.NOTED
    assert "pool" not in str(event.data)


def test_notes_have_authors() -> None:
    incident = PagerIncident()
    note = read_event(incident.tells("incident.annotated"), received_at=BEGAN)
    assert author_of(note, redact=REDACT) == "Dana Ruiz"
    other = read_event(incident.happens("incident.triggered"), received_at=BEGAN)
    assert author_of(other, redact=REDACT) == "pagerduty"


def test_the_newest_is_that_of_states_that_counted() -> None:
    incident = PagerIncident()
    events = [
        entry(incident.happens("incident.triggered", after=5)),
        entry(incident.happens("incident.acknowledged", after=3), counts=False),
        entry(incident.tells("incident.annotated", after=60), counts=False),
    ]
    log = IncidentLog.of(events)
    assert log.newest == BEGAN + timedelta(seconds=5)
    assert log.earliest == BEGAN + timedelta(seconds=3)
    assert len(log.ids) == 3
    nothing = IncidentLog.of([])
    assert nothing.newest == nothing.earliest < BEGAN
