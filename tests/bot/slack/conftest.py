"""A fake Slack whose limits are out of the way, and our own connected to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.slack.desk import SlackDesk, a_desk
from tests.fakes.slack import FakeSlack, Limits, a_slack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def people() -> AsyncIterator[FakeSlack]:
    async with a_slack(limits=Limits(on=False)) as slack:
        yield slack


@pytest.fixture
async def desk(people: FakeSlack) -> AsyncIterator[SlackDesk]:
    async with a_desk(people) as desk:
        yield desk
