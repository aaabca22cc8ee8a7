"""An answer that is being written is shown when it begins, also between two looks at it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from core.conversation.messages.outbox import FIRST_AFTER
from core.investigation.language_model import ModelReply, ModelRole
from core.investigation.model_reasoner import WithModel
from tests.core.investigation.sample_situations import REDACTOR
from tests.fakes.chat import House, in_memory, words_of
from tests.fakes.models.in_process import opines

if TYPE_CHECKING:
    from pathlib import Path

    from core.investigation.language_model import ModelRequest, OnText

pytestmark = pytest.mark.unit

WORDS = "Das Kontingent ist seit 09:09"
WHOLE = f"{WORDS} erschöpft."
AFTER_S = FIRST_AFTER.total_seconds()


@dataclass
class Slow:
    """Begins to write so many seconds after it was asked, and waits until that may be read."""

    begins_after_s: float
    house: House | None = None
    was_read: bool = False

    async def complete(self, request: ModelRequest, *, on_text: OnText | None = None) -> ModelReply:
        if request.role is not ModelRole.FAST or on_text is None or self.house is None:
            return opines(verdict="no_root_cause_yet")
        self.house.clock.advance(self.begins_after_s)
        await on_text(WORDS)
        self.was_read = await _is_read(WORDS, self.house)
        return ModelReply(model="slow", text=WHOLE)


async def _is_read(words: str, house: House) -> bool:
    for _ in range(100):
        if words in words_of(*house.chat.shown("answer")):
            return True
        await asyncio.sleep(0.01)
    return False


@pytest.mark.parametrize(("after_s", "is_read"), [(AFTER_S + 0.5, True), (1.0, False)])
async def test_who_has_waited_long_reads_the_first_words_at_once(
    tmp_path: Path, after_s: float, *, is_read: bool
) -> None:
    """Who has not is shown them by the look that is still to come, or the whole before that."""
    model = Slow(after_s)
    model.house = in_memory(tmp_path, reasoner=WithModel(model, lambda _: REDACTOR))
    await model.house.say("open checkout is slow")
    await model.house.say("evidence 2026-01-01 00:05:00,000 ERROR ledger: quota reached")
    await model.house.work()
    await model.house.say("Warum kann in Schwerin niemand mehr zahlen?")
    await model.house.work()
    assert model.was_read is is_read
    assert WHOLE in words_of(*model.house.chat.shown("answer"))
