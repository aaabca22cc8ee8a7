"""A new file is compared with those that the case has; what is found is kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.conversation.reports.timeline import document
from core.evidence.model import FileState, FindingKind
from core.workflows.operations import case_timeline
from core.workflows.queryable_files import queryable_files_of
from tests.core.evidence.timeline.shop import BREAKS, PASSWORD, api, web
from tests.core.workflows.test_evidence_intake import files_of, findings_of, receive
from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def house(tmp_path: Path) -> House:
    """With a case, and the log of web in it."""
    house = in_memory(tmp_path)
    await house.say("open orders get lost")
    await receive(house, web().encode(), name="web.log", service="web")
    await house.work()
    return house


async def test_the_clock_of_a_second_file_is_stated_and_told_by(house: House) -> None:
    await receive(house, api().encode(), name="api.log", service="api")
    await house.work()
    _, second = await files_of(house)
    skews = [
        finding for finding in await findings_of(house, second) if finding.kind is FindingKind.SKEW
    ]
    assert len(skews) == 1
    assert skews[0].data["seconds"] == pytest.approx(40, abs=0.2)
    timeline, redactor = await case_timeline(1, services=house.services)
    assert timeline.onset is not None
    assert abs((timeline.onset.at - BREAKS).total_seconds()) < 1
    assert len(timeline.onset.signs) == 2
    timeline_document = document(timeline, redactor=redactor)
    assert [clock["one"] for clock in timeline_document["clocks"]] == ["api.log"]
    moved = [entry for entry in timeline_document["entries"] if entry["at"] != entry["told_at"]]
    assert {entry["lane"] for entry in moved} == {"api"}
    assert PASSWORD not in repr(timeline_document)


async def test_the_report_says_onset_and_clocks(house: House) -> None:
    await receive(house, api().encode(), name="api.log", service="api")
    await house.work()
    report = words_of(*await house.say("report"))
    assert "Onset 12:20:00 UTC: 2 of 2 files that tell one agree" in report
    stated = (
        "The clock of api.log is very likely ahead of that of web.log by 39.95 s (39.8 to 40.1 s"
    )
    assert stated in report
    assert "(its own clock: 12:20:40 UTC)" in report


async def test_files_of_one_name_are_not_compared(house: House) -> None:
    await receive(house, api().encode(), name="web.log", service="api")
    await house.work()
    for file in await files_of(house):
        findings = await findings_of(house, file)
        assert not any(finding.kind is FindingKind.SKEW for finding in findings)


async def test_a_file_without_ids_opens_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.workflows.queryable_files.queryable_files_of", None)
    await receive(house, b"2026-11-20T12:00:00Z INFO started\n", name="plain.log", service="api")
    await house.work()
    assert [file.state for file in await files_of(house)] == [FileState.PROCESSED] * 2


async def test_a_new_file_opens_no_more_tables_than_it_is_compared_with(house: House) -> None:
    for number in range(4):
        await receive(house, f"{number} {api()}".encode(), name=f"{number}.log", service="api")
    await house.work()
    case_id = (await files_of(house))[0].case_id
    sources = await queryable_files_of(case_id, newest=2, services=house.services)
    assert [readable.file.number for readable in sources.told] == [4, 5]
