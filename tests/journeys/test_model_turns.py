"""Whole turns with a model: words while they are written, a provider that dies, nothing planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.model_turns import (
    HALF,
    WHOLE,
    a_garden,
    a_table,
    fallback,
    first_words,
    planted_turn,
    posts_with,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e


async def test_the_first_words_are_read_before_the_provider_says_more(tmp_path: Path) -> None:
    async with a_table(tmp_path) as table:
        await first_words(table)
        assert posts_with(WHOLE, table.stage) == 1


async def test_a_provider_that_dies_in_mid_stream_leaves_one_answer(tmp_path: Path) -> None:
    async with a_table(tmp_path) as table:
        await fallback(table)
        assert table.second.asked
        assert posts_with(WHOLE, table.stage) == 1
        assert posts_with(HALF.strip(), table.stage) == 0


async def test_no_secret_reaches_the_model_with_a_whole_turn(tmp_path: Path) -> None:
    garden = a_garden()
    assert len({secret.kind for secret in garden.secrets}) == 20
    harvest = await planted_turn(tmp_path)
    assert harvest.seen == []
    assert harvest.tools >= 9
    assert {"row-0", "row-8", "SETTING_0", "talk-0", "talk-3", "dump-"} <= set(harvest.reached)
