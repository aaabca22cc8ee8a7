"""What happened when, from alerts, findings and the case's own events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.cases.events import EventKind
from core.cases.lifecycle import Change, record
from core.cases.ports import gather
from core.clock import micros
from core.conversation.reports.case_history import is_deed
from core.conversation.reports.timeline import merge, timeline_of
from core.evidence.model import Finding, FindingKind
from core.evidence.timeline import TimelineFile
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.examples import BEGAN, BURST, CHANGE, CHATTER, FIRST_ERROR, OCCURRENCES, REDACTOR
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


def witness(*findings: Finding, name: str = "api.log") -> TimelineFile:
    return TimelineFile(name=name, service=None, findings=findings)


def test_alerts_and_findings_stand_in_order_with_their_places() -> None:
    files = [witness(FIRST_ERROR, BURST, CHANGE, CHATTER)]
    moments = merge(files, OCCURRENCES, redactor=REDACTOR).entries
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    texts = [moment.text.text for moment in moments]
    assert texts[0].startswith("Change: deployed 2f9c")
    assert texts[1] == "Alert fired: HighErrorRate (checkout)"
    assert texts[-1] == "Alert ended: PodRestarted (checkout)"
    labels = {moment.locus.label for moment in moments if moment.locus}
    assert labels == {"api.log:8790", "api.log:8812"}
    assert not any("GET /health" in text for text in texts)


def test_a_line_that_is_several_findings_is_told_once() -> None:
    sign = replace(FIRST_ERROR, kind=FindingKind.SIGNAL)
    moments = merge([witness(sign, FIRST_ERROR)], redactor=REDACTOR).entries
    assert [moment.text.text.split(",")[0] for moment in moments] == ["First error"]


def test_what_has_no_time_is_left_out() -> None:
    timeless = replace(FIRST_ERROR, first=None)
    assert merge([witness(timeless)], redactor=REDACTOR).entries == ()
    assert merge([], OCCURRENCES, redactor=REDACTOR).entries[0].at == BEGAN


async def test_what_was_said_elsewhere_stands_at_the_time_it_was_said(house: House) -> None:
    await house.say("open checkout is slow")
    at = house.clock.now() - timedelta(minutes=5)
    note, page = RedactedText.format("we deployed"), RedactedText.format("Lee escalated it")
    async with house.services.unit() as unit:
        view = await unit.cases.view((await unit.cases.by_number(1)).id, lock=True)
        times = {"event_id": "1", "occurred_at": micros(at)}
        changes = [
            Change(kind=EventKind.NOTED, data={"text": note.digest, **times}, texts=[note]),
            Change(kind=EventKind.PAGED, data={"text": page.digest, **times}, texts=[page]),
            Change(kind=EventKind.NOTED, data={"text": note.digest}, texts=[note]),
        ]
        now = house.clock.now()
        await record(unit, view, view.case.id, changes, at=now, actor="dana")
    async with house.services.reading() as unit:
        dossier = await gather(unit, view.case.id)
    moments = timeline_of(dossier, redactor=Redactor(b""))
    assert [(moment.at, moment.text.text) for moment in moments] == [
        (at, "dana noted in PagerDuty: we deployed"),
        (at, "Lee escalated it"),
        (house.clock.now(), "dana opened the case"),
        (house.clock.now(), "dana: we deployed"),
    ]


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("I rolled back 2f9c", True),
        ("rolled it back at 07:25", True),
        ("restarted api-2, looks better", True),
        ("we have failed db-2 over", True),
        ("just scaled checkout to 12 pods", True),
        ("who rolled back 2f9c?", False),
        ("did we restart api-2", False),
        ("should be rolled back", False),
        ("I have not restarted it", False),
        ("if it is restarted it comes back", False),
        ("looking at db-2 now", False),
        ("it was deployed yesterday?", False),
    ],
)
def test_what_people_say_they_did_is_told_and_not_what_they_ask_or_plan(
    line: str,
    is_told: bool,  # noqa: FBT001
) -> None:
    assert is_deed(Redactor(b"").clean(line)) is is_told


async def test_a_deed_stands_at_the_time_that_is_named_with_it(house: House) -> None:
    house.clock.advance(8 * 3600)
    await house.say("open checkout is slow")
    said_at = house.clock.now()
    async with house.services.unit() as unit:
        view = await unit.cases.view((await unit.cases.by_number(1)).id, lock=True)
        note = RedactedText.format("rolled back 2f9c at 07:25")
        change = Change(kind=EventKind.NOTED, data={"text": note.digest}, texts=[note])
        await record(unit, view, view.case.id, [change], at=said_at, actor="@dana")
    async with house.services.reading() as unit:
        moments = timeline_of(await gather(unit, view.case.id), redactor=Redactor(b""))
    (deed,) = [moment for moment in moments if "rolled back" in moment.text.text]
    assert deed.at == said_at.replace(hour=7, minute=25)
    assert deed.text.text == "@dana: rolled back 2f9c at 07:25"


async def test_people_and_hypotheses_are_in_it(house: House) -> None:
    for line in ("open checkout is slow", f"evidence {POOL_LOG}", "why 1?"):
        await house.say(line)
        await house.work()
        house.clock.advance(60)
    await house.say("confirm 1 seen on the dashboard", by="lee")
    house.clock.advance(60)
    await house.say("resolve pool set to 40", by="lee")
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
        dossier = await gather(unit, case.id)
    texts = [moment.text.text for moment in timeline_of(dossier, redactor=Redactor(b""))]
    wanted = [
        "dana opened the case",
        "dana brought e1 pasted.txt",
        "Most likely now: 1. ",
        "lee confirmed 1. ",
        "lee resolved the case: pool set to 40",
    ]
    assert not any("why 1?" in text for text in texts), "what is asked is no part of the story"
    positions = [
        next(i for i, text in enumerate(texts) if text.startswith(want)) for want in wanted
    ]
    assert positions == sorted(positions), texts
    assert any(text.endswith("seen on the dashboard") for text in texts)
