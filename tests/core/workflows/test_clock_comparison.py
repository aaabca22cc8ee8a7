"""A new file is compared with those that the case has; what is found is kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.conversation.reports.timeline import document
from core.evidence.events.table import read_table
from core.evidence.model import FileState, FindingKind
from core.workflows.operations import case_timeline
from tests.core.evidence.timeline.shop import BREAKS, PASSWORD, api, web
from tests.core.workflows.test_evidence_intake import files_of, findings_of, receive
from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.events.table import StoredEvents


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


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The tables that are opened from now on, in order."""
    tables: list[Path] = []

    def read_and_note(path: Path, *, key: bytes) -> StoredEvents | None:
        tables.append(path)
        return read_table(path, key=key)

    monkeypatch.setattr("core.evidence.events.table.read_table", read_and_note)
    return tables


@pytest.mark.parametrize(
    ("ids", "events", "tables"),
    [("", 8, 1), (" request_id=r00000007", 1, 0), (" request_id=r00000007", 7, 0)],
)
async def test_a_file_with_too_few_ids_opens_its_own_table_alone_or_none(
    house: House, opened: list[Path], ids: str, events: int, tables: int
) -> None:
    line = f"2026-11-20T12:00:00Z INFO started{ids}\n"
    await receive(house, line.encode() * events, name="plain.log", service="api")
    await house.work()
    assert [file.state for file in await files_of(house)] == [FileState.PROCESSED] * 2
    assert len(opened) == tables


async def test_each_table_is_opened_once_however_many_files_are_compared_with_it(
    house: House, opened: list[Path]
) -> None:
    for number in range(6):
        await receive(house, f"{number} {api()}".encode(), name=f"{number}.log", service="api")
        await house.work()
    assert len(opened) == len(set(opened)) == 6
