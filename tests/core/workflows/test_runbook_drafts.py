"""A draft of a runbook: each line with its case, none of a private case, and a person brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.accounts.model import CaseRole
from core.errors import NotFound
from core.knowledge.chunks import cut
from core.knowledge.formats.blocks import markdown_blocks
from core.workflows.knowledge_sync import documents_of_everybody
from core.workflows.runbook_drafts import draft_runbook
from tests.contracts.samples import a_member, an_account
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.core.workflows.test_knowledge_search import fires
from tests.fakes.chat import House, in_memory

if TYPE_CHECKING:
    from pathlib import Path

ALERT = "CheckoutSlow"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def a_resolved_case(house: House, fix: str) -> None:
    await fires(house, ALERT, "checkout p95 above 2 s")
    await house.say(f"evidence #1\n{POOL_LOG}")
    await house.work()
    await house.say("result #1 1 yes")
    await house.work()
    await house.say("confirm #1 1 anyway")
    await house.work()
    house.clock.advance(14 * 60)
    await house.say(f"resolve #1 {fix}")
    await house.work()


async def test_each_line_names_its_case_and_nothing_is_learned(house: House) -> None:
    await a_resolved_case(house, "pool size set to 40\n# and *this*")
    text = (await draft_runbook(ALERT, services=house.services)).text
    lines = text.splitlines()
    assert lines[0] == f"# {ALERT}"
    assert "> Draft, made of 1 resolved case (#1). Review it" in text
    assert "1. `pool size set to 40 # and *this*`, worked 1 of 1 times (#1)" in lines
    assert "- Open for 14 min (#1)" in lines
    cited = [line for line in lines if line.startswith(("-", "1."))]
    assert all(line.endswith("(#1)") for line in cited if "Review this draft" not in line)
    assert "## Diagnosis\n\n1. `" in text
    async with house.services.reading() as unit:
        assert await documents_of_everybody(unit) == []


async def test_its_commands_and_fixes_are_steps_once_a_person_brings_it(house: House) -> None:
    await a_resolved_case(house, "pool size set to 40")
    text = (await draft_runbook(ALERT, services=house.services)).text
    headings = [piece.headings for piece in cut(markdown_blocks(text))]
    assert (ALERT, "Mitigation") in headings


async def test_a_private_case_and_another_alert_make_no_draft(house: House) -> None:
    await a_resolved_case(house, "pool size set to 40")
    with pytest.raises(NotFound):
        await draft_runbook("Other", services=house.services)
    dana = an_account()
    async with house.services.unit() as unit:
        case = await unit.cases.by_number(1)
        await unit.accounts.add(dana)
        await unit.members.put(a_member(case.id, dana.id, role=CaseRole.OWNER))
    with pytest.raises(NotFound):
        await draft_runbook(ALERT, services=house.services)
