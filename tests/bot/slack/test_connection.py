"""Slack as a platform: opened without asking, examined by `doctor`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.slack.access import SlackAccess
from bot.slack.connection import open_slack
from tests.bot.slack.desk import Desk, a_desk

if TYPE_CHECKING:
    from bot.platform import Checked, Platform
    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


async def examined(desk: Desk, *channels: str) -> dict[str, Checked]:
    found = await desk.slack.examine(channels)
    return {one.check: one for one in found}


def faults(found: dict[str, Checked]) -> set[str]:
    return {name for name, one in found.items() if one.advice}


async def test_it_opens_without_a_slack() -> None:
    nowhere = SlackAccess(bot_token="xoxb-1", api_url="http://127.0.0.1:9/api/")  # noqa: S106
    async with open_slack(nowhere) as slack:
        platform: Platform = slack
        assert (platform.name, platform.chat.platform) == ("slack", "slack")
        (checked,) = await slack.examine(["#incidents"])
        assert checked.advice


async def test_a_proxy_is_for_others(people: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with a_desk(people) as desk:
        assert faults(await examined(desk)) == {"slack token"}, "nothing listens there"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with a_desk(people) as desk:
        assert faults(await examined(desk)) == set()


async def test_all_is_well(desk: Desk) -> None:
    found = await examined(desk, "#incidents", desk.channel("#war-room"))
    assert faults(found) == set()
    assert "#war-room" in found[f"slack channel {desk.channel('#war-room')}"].says


async def test_a_missing_scope_is_named_with_its_reason(desk: Desk) -> None:
    desk.people.app.scopes.discard("files:read")
    found = await examined(desk)
    assert faults(found) == {"slack scopes"}
    assert "files:read to read logs" in found["slack scopes"].says


async def test_a_token_that_is_not_good(desk: Desk) -> None:
    desk.people.app.refusal = "account_inactive"
    found = await examined(desk, "#incidents")
    assert faults(found) == {"slack token"}
    assert "account_inactive" in found["slack token"].says


async def test_channels_that_will_not_do(desk: Desk) -> None:
    people = desk.people
    people.team.channel("#war-room").members.discard(people.app.bot_user)
    old, private = desk.channel("#old"), desk.channel("#war-room")
    found = await examined(desk, "#nowhere", old, private, "#lobby")
    named = {"#nowhere", old, private}
    assert faults(found) == {f"slack channel {name}" for name in named}
    assert "enters" in found["slack channel #lobby"].says


async def test_an_app_token_without_its_scope(desk: Desk) -> None:
    desk.people.app.app_scopes.clear()
    assert faults(await examined(desk)) == {"slack socket mode"}


async def test_an_app_token_that_is_none(desk: Desk) -> None:
    desk.people.app.app_token = "xapp-other"  # noqa: S105
    assert faults(await examined(desk)) == {"slack socket mode"}


async def test_no_way_in(people: FakeSlack) -> None:
    async with a_desk(people, socket_mode=False) as desk:
        assert faults(await examined(desk)) == set()
        mute = replace(desk.slack.web.access, signing_secret=None)
        object.__setattr__(desk.slack.web, "access", mute)
        assert faults(await examined(desk)) == {"slack events"}
