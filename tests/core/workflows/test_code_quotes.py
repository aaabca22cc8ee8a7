"""The lines of code that traces name, read from real files of a case as a turn begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.cases.lifecycle import SYSTEM
from core.evidence.model import FindingKind
from core.investigation.situation import observe
from core.workflows.code_quotes import with_quoted_code
from core.workflows.evidence_intake import ArrivingFile, receive_files
from tests.fakes.chat import in_memory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RECORDED = Path(__file__).parents[1] / "evidence" / "code" / "recorded"
SECRET = "Zk81-LmNpQr45-of-mine"  # noqa: S105 # pragma: allowlist secret
LOG, VIEWS = ((RECORDED / name).read_text() for name in ("shop.log", "views.txt"))


async def chunks(content: str) -> AsyncIterator[bytes]:
    yield content.encode()


async def quoted(folder: Path, log: str, views: str) -> list[str]:
    """The lines of the function that the traces of a log end in."""
    house = in_memory(folder)
    await house.say("open carts fail")
    async with house.services.reading() as unit:
        case = await unit.cases.by_number(1)
    files = {"shop.log": log, "cart/views.py": views}
    arriving = [ArrivingFile(chunks=chunks(text), name=name) for name, text in files.items()]
    await receive_files(case.id, arriving, by=SYSTEM, services=house.services)
    await house.work()
    async with house.services.reading() as unit:
        situation = await observe(unit, await unit.cases.view(case.id))
    situation = await with_quoted_code(situation, case.id, services=house.services)
    every = (each for of_file in situation.findings.values() for each in of_file)
    (finding,) = [each for each in every if each.kind is FindingKind.FUNCTION]
    return finding.text.text.split("\n")


async def test_the_named_line_is_marked_within_its_function(tmp_path: Path) -> None:
    head, *lines = await quoted(tmp_path, LOG, VIEWS)
    assert head.endswith('6 traces: `total += item["price"] * item["count"]`')
    assert lines == [
        '  9         """The sum of all items."""',
        "  10         total = decimal.Decimal(0)",
        "  11         for item in items:",
        '> 12             total += item["price"] * item["count"]',
        "  13         return total",
    ]


async def test_a_quoted_line_holds_no_secret(tmp_path: Path) -> None:
    views = VIEWS.replace('item["count"]', f'pay(password="{SECRET}")')
    assert not any(SECRET in line for line in await quoted(tmp_path, LOG, views))


@pytest.mark.parametrize("line", [13, 900])
async def test_nothing_of_another_version_is_quoted(tmp_path: Path, line: int) -> None:
    log = LOG.replace("line 12,", f"line {line + 1},")
    _, *lines = await quoted(tmp_path, log, VIEWS)
    assert lines == []
