"""Lines and spans of real files of a case, as the tools of a model read them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.lifecycle import SYSTEM
from core.investigation.consultation.tools import EvidenceTools
from core.investigation.language_model import ToolCall
from core.investigation.situation import observe
from core.workflows.case_lines import CaseLines
from core.workflows.evidence_intake import ArrivingFile, receive_files
from tests.core.evidence.spans.test_choice import IDS, a_span
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.investigation.decision import Situation

pytestmark = pytest.mark.unit

SECRET = "Zk81-LmNpQr45-of-mine"  # noqa: S105 # pragma: allowlist secret
METRICS = "time,service,latency_ms\n" + "".join(
    f"2026-11-20T13:{n // 60:02}:{n % 60:02}Z,ledger,{900 if n > 120 else 12}\n" for n in range(240)
)
ACCESS = "".join(
    f'10.0.0.1 - - [20/Nov/2026:13:00:{n % 60:02} +0000] "GET /pay" {200 + 303 * (n > 50)} 9\n'
    for n in range(80)
)
FILES = {
    "metrics.csv": METRICS,
    "access.log": ACCESS,
    "old.env": f"POOL_SIZE=40\nDB_PASSWORD={SECRET}\nHOST=db-1\n",
    "new.env": f"POOL_SIZE=10\nDB_PASSWORD={SECRET}-2\nHOST=db-1\n",
    "traces.json": json.dumps(
        [a_span(IDS[0], 1, ms=900), a_span(IDS[0], 2, parent=1, ms=700, error=True)], indent=1
    ),
}


async def chunks(content: str) -> AsyncIterator[bytes]:
    yield content.encode()


@pytest.fixture
async def tools(tmp_path: Path) -> EvidenceTools:
    house = in_memory(tmp_path)
    await house.say("open payments fail")
    situation = await with_files(house)
    return EvidenceTools(situation, CaseLines(situation.files[0].case_id, house.services))


async def with_files(house: House) -> Situation:
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
    arriving = [ArrivingFile(chunks=chunks(text), name=name) for name, text in FILES.items()]
    await receive_files(case.id, arriving, by=SYSTEM, services=house.services)
    await house.work()
    async with house.services.reading() as unit:
        return await observe(unit, await unit.cases.view(case.id))


async def answered(tools: EvidenceTools, name: str, **arguments: object) -> str:
    return (await tools.answer(ToolCall(id="1", name=name, arguments=arguments))).text


async def test_a_row_of_a_table_has_one_number_in_both_tools(tools: EvidenceTools) -> None:
    row = METRICS.splitlines()[199]
    text = await answered(tools, "find_lines", words="2026-11-20T13:03:18Z")
    assert f"metrics.csv:200: {row}" in text
    assert f"metrics.csv:200: {row}" in await answered(
        tools, "read_lines", file="metrics.csv", line=200, around=1
    )


async def test_statuses_of_an_access_log_are_counted(tools: EvidenceTools) -> None:
    text = await answered(tools, "find_lines", words="get /pay", count_by="minute")
    assert "access.log: 80 lines hold that, from line 1 to 80" in text
    assert "HTTP statuses: 200 × 51, 503 × 29" in text  # noqa: RUF001
    assert "minute: 13:00 × 80" in text  # noqa: RUF001


async def test_what_was_written_at_a_time_is_told_line_by_line(tools: EvidenceTools) -> None:
    text = await answered(
        tools, "find_lines", file="metrics.csv", since="13:03:17", until="13:03:19"
    )
    lines = METRICS.splitlines()
    for number in (199, 200, 201):
        assert f"metrics.csv:{number}: {lines[number - 1]}" in text


async def test_settings_of_two_files_without_their_secrets(tools: EvidenceTools) -> None:
    text = await answered(tools, "compare_files", file="old.env", other="new.env")
    assert "setting: old.env has `POOL_SIZE=40`; new.env has `POOL_SIZE=10`" in text
    assert "HOST" not in text
    assert "DB_PASSWORD" in text
    assert "Zk81" not in text
    assert {"old.env:1", "new.env:1"} <= set(tools.shown)


@pytest.mark.parametrize("wanted", ["failed", "slowest", IDS[0]])
async def test_the_spans_of_a_trace(tools: EvidenceTools, wanted: str) -> None:
    head, root, child = (await answered(tools, "spans", trace=wanted)).splitlines()
    assert head.endswith("of traces.json: 2 spans")
    assert "depth 0: checkout work 1: ok" in root
    assert "took 900 ms, root" in root
    assert "depth 1: checkout work 2: failed" in child
    assert "part of checkout work 1: refused" in child
    for line in (root, child):
        place, _, _ = line.partition(": ")
        assert place in tools.shown


async def test_of_files_that_are_gone_nothing_is_read(tools: EvidenceTools) -> None:
    gone = replace(tools.situation.files[0], blob="0" * 64)
    situation = replace(tools.situation, files=(gone,), findings={})
    without = replace(tools, situation=situation)
    assert await answered(without, "find_lines", words="ledger") == (
        "0 lines hold that, of those that were asked for; "
        "what is measured, the tool for series tells."
    )
