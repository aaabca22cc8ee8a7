"""The fake, and slack-sdk's client that calls it; most tests of the fake need no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import a_slack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fakes.slack import FakeSlack


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with a_slack(patience_s=0.3) as slack:
        yield slack


@pytest.fixture
def web(slack: FakeSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.app.bot_token, base_url=slack.api_url)
