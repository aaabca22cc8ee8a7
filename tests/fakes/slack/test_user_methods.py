"""What the fake tells of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.slack.refusals import error_of

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


async def test_people(slack: FakeSlack, web: AsyncWebClient) -> None:
    async def profile(name: str) -> Any:
        return (await web.users_info(user=slack.team.person(name).id))["user"]

    assert (await profile("dana"))["is_restricted"] is False
    assert (await profile("kim"))["is_admin"] is True
    assert (await profile("gus"))["is_restricted"] is True
    assert (await profile("solo"))["is_ultra_restricted"] is True
    assert (await profile("robin"))["is_bot"] is True
    assert (await profile("gone"))["deleted"] is True
    eve = await profile("eve")
    assert (eve["is_stranger"], eve["team_id"] == slack.team.id) == (True, False)
    assert "email" not in (await profile("dana"))["profile"]
    slack.app.scopes.add("users:read.email")
    assert (await profile("dana"))["profile"]["email"] == "dana@example.com"
    assert await error_of(web.users_info(user="U404")) == "user_not_found"
