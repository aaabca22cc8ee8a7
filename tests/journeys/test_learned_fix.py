"""Runbooks are learned, an alert comes, its runbook helps; next time the fix is suggested first.

In one process on a store in memory, from the delivery to the next case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.workflows.knowledge_sync import learn
from tests.core.conversation.commands.test_feedback_commands import press
from tests.core.workflows.test_case_memories import FIX, view_of
from tests.core.workflows.test_command_dispatch import POOL_LOG
from tests.core.workflows.test_knowledge_search import RUNBOOK, fires
from tests.fakes.chat import House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

ALERT, SUMMARY = "PostgresReplicaLagging", "replica 2 is 300 s behind"


async def looked_into(house: House, number: int) -> None:
    await house.say(f"evidence #{number}\n{POOL_LOG}")
    await house.work()
    await house.say(f"confirm #{number} 1 anyway")
    await house.work()


async def test_what_helped_is_the_first_suggestion_of_the_next_case(tmp_path: Path) -> None:
    house = in_memory(tmp_path)
    files = {f"runbooks/{ALERT}.md": RUNBOOK.encode}
    report = await learn(files, folders=["runbooks"], services=house.services)
    assert report.added == [f"runbooks/{ALERT}.md"]

    await fires(house, ALERT, SUMMARY)
    assert f"Runbook: {ALERT} · 3 steps" in words_of(*house.chat.shown("case"))
    (runbook,) = await house.say("runbook #1")
    reply = await press(house, runbook, "Helped")
    assert "helped" in words_of(reply)
    await looked_into(house, 1)
    house.clock.advance(14 * 60)
    await house.say(f"resolve #1 {FIX}")
    await house.work()

    house.clock.advance(36 * 3_600)
    await fires(house, ALERT, SUMMARY)
    assert f"Runbook: {ALERT} · 3 steps" in words_of(*house.chat.shown("case"))
    related = words_of(*await house.say("related #2"))
    assert "#1" in related
    assert f"Runbook: {ALERT}" in related
    assert "Helped 1, did not 0" in words_of(*await house.say("runbook #2"))
    await looked_into(house, 2)
    first = (await view_of(house, 2)).investigation.solutions[0]
    assert first.text.text == FIX
    assert first.record
    assert (first.record.number, first.record.worked) == (1, 1)
    assert f"{FIX} (fixed #1)" in words_of(*house.chat.shown("case"))
