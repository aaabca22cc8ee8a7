from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SourceUnavailable
from core.jobs.kinds import CASE_INVESTIGATE, EVIDENCE_PROCESS, PAGER_READ
from core.jobs.model import JobState
from core.workflows.evidence_intake import read_evidence
from core.workflows.pager_reconciliation import MOST_BODIES, alert_in, read_pager
from storage.memory import MemoryFiles
from tests.core.alerts.desk import HANDLERS, AlertDesk
from tests.core.workflows.test_pager_reconciliation import FakePager
from tests.fakes.chat import ReadingHere
from tests.fakes.pagerduty.events import PagerIncident

if TYPE_CHECKING:
    from pathlib import Path

# What Alertmanager's own template writes for an alert, with labels of ours.
FIRING = """Labels:
 - alertname = HighErrorRate
 - service = checkout
 - severity = critical
Annotations:
 - description = since the deploy
 - summary = 5xx over 8 % = too many
Source: http://prometheus.example.net/graph?g0.expr=up
Labels:
 - alertname = Other
 - service = payments
"""
AS_TEXT = {"type": "alert_body", "details": {"firing": FIRING, "num_firing": "2"}}
ALERTS = [
    {
        "status": "firing",
        "labels": {"alertname": "HighErrorRate", "service": "checkout"},
        "annotations": {"summary": "5xx over 8 % = too many"},
    }
]
AS_JSON = {"cef_details": {"details": {"firing": ALERTS}}}
AS_JSON_IN_TEXT = {"cef_details": {"details": {"firing": json.dumps(ALERTS)}}}
NO_LABELS = {"details": {"reading": 0.9, "host": "db-2"}}


class Bodies(FakePager):
    """PagerDuty with these alert bodies."""

    def __init__(self, *bodies: dict[str, Any]) -> None:
        super().__init__()
        self._bodies = [json.dumps(body) for body in bodies]

    async def bodies(self, incident_id: str) -> list[str]:
        if self.trouble is not None:
            raise self.trouble
        return self._bodies


def a_desk(folder: Path, *bodies: dict[str, Any]) -> AlertDesk:
    desk = AlertDesk()
    desk.services = replace(
        desk.services, pager=Bodies(*bodies), file_store=MemoryFiles(folder), runner=ReadingHere()
    )
    return desk


@pytest.fixture(autouse=True)
def handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HANDLERS, PAGER_READ.name, read_pager)
    monkeypatch.setitem(HANDLERS, EVIDENCE_PROCESS.name, read_evidence)


@pytest.mark.parametrize("body", [AS_TEXT, AS_JSON, AS_JSON_IN_TEXT])
async def test_alertmanagers_labels_know_better(tmp_path: Path, body: dict[str, Any]) -> None:
    desk = a_desk(tmp_path, NO_LABELS, body)
    await desk.page(PagerIncident().happens("incident.triggered"))

    case = await desk.case()
    assert case.service == "checkout"
    assert case.title.text == "checkout: 5xx over 8 % = too many"
    (occurrence,) = await desk.occurrences(case)
    assert occurrence.service == "checkout"
    async with desk.services.reading() as unit:
        files = await unit.files.of_case(case.id)
    assert [file.name.text for file in files] == [
        "pagerduty-alert-1.json",
        "pagerduty-alert-2.json",
    ]
    assert {(file.service, file.received_from) for file in files} == {("checkout", "system")}
    assert not any(file.problem for file in files)
    assert case.spoken_at is None


async def test_without_labels_the_incident_stays_as_it_was(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, NO_LABELS)
    await desk.page(PagerIncident().happens("incident.triggered"))
    case = await desk.case()
    assert (case.service, case.files) == ("Checkout (production)", 1)
    assert "case.revised" not in await desk.kinds(case)


async def test_what_labels_say_outlives_pagerdutys_own_names(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, AS_TEXT)
    incident = PagerIncident()
    await desk.page(incident.happens("incident.triggered"))
    await desk.page(incident.happens("incident.service_updated", after=60, service="Payments"))
    assert (await desk.case()).service == "checkout"


async def test_reading_again_changes_nothing(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, AS_TEXT)
    incident = PagerIncident()
    await desk.page(incident.happens("incident.triggered"))
    before = await desk.case()
    await desk.page(incident.happens("incident.resolved", after=60))
    await desk.page(incident.happens("incident.reopened", after=120))
    case = await desk.case()
    assert (case.files, case.title, case.service) == (1, before.title, before.service)
    assert (await desk.kinds(case)).count("case.revised") == 1


async def test_a_pagerduty_that_is_away_is_asked_again(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, AS_TEXT)
    pager = desk.services.pager
    assert isinstance(pager, Bodies)
    pager.trouble = SourceUnavailable("away")
    with pytest.raises(SourceUnavailable):
        await desk.page(PagerIncident().happens("incident.triggered"))
    assert (await desk.case()).files == 0


async def test_a_few_of_hundreds_will_do(tmp_path: Path) -> None:
    many = [{"details": {"number": number}} for number in range(300)]
    desk = a_desk(tmp_path, *many)
    await desk.page(PagerIncident().happens("incident.triggered"))
    assert (await desk.case()).files == MOST_BODIES


async def test_secrets_in_bodies_never_reach_the_case(tmp_path: Path) -> None:
    hidden = "ghp_" + "a1B2" * 9  # made up; the shape is what counts
    firing = FIRING.replace("checkout", hidden).replace("too many", hidden)
    desk = a_desk(tmp_path, {"details": {"firing": firing}})
    await desk.page(PagerIncident().happens("incident.triggered"))
    case = await desk.case()
    texts = [case.title.text, case.service or "", *map(str, desk.queued_cards())]
    texts += [str(event.data) for event in await desk.events(case)]
    assert not any(hidden in text for text in texts)


async def test_without_a_key_nothing_is_planned() -> None:
    desk = AlertDesk()
    await desk.page(PagerIncident().happens("incident.triggered"))
    async with desk.services.reading() as unit:
        done = {job.kind for job in await unit.jobs.listing(JobState.DONE)}
    assert CASE_INVESTIGATE.name in done
    assert PAGER_READ.name not in done


@given(
    st.text(max_size=300)
    | st.text('Labels:\n-= ax{}[]"', max_size=200).map(lambda t: json.dumps({"firing": t}))
)
def test_no_body_breaks_it(body: str) -> None:
    details = alert_in(body)
    assert details is None or details.labels


def test_the_first_alert_counts() -> None:
    details = alert_in(json.dumps(AS_TEXT))
    assert details is not None
    assert details.labels == {
        "alertname": "HighErrorRate",
        "service": "checkout",
        "severity": "critical",
    }
    assert details.annotations["summary"] == "5xx over 8 % = too many"
