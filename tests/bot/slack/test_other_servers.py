"""Slack's API at servers that are not Slack: emulators and gateways that have some of it only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.slack.desk import a_card

if TYPE_CHECKING:
    from tests.bot.slack.desk import SlackDesk

pytestmark = pytest.mark.integration

ALWAYS = 100


async def test_no_argument_stands_in_an_address(desk: SlackDesk) -> None:
    place = desk.place()
    ref = await desk.slack.chat.post(place, a_card(), marker="out_1")
    await desk.slack.chat.find(place, marker="out_1")
    await desk.slack.chat_reader.profile(desk.people.team.person("dana").id)
    await desk.slack.chat.workspace.channel("#war-room")
    _ = [message async for message in desk.slack.chat_reader.history(place, after=ref)]
    asked = {call.method for call in desk.people.calls}
    assert {"users.info", "users.conversations", "conversations.history"} <= asked
    assert [call.method for call in desk.people.calls if call.in_url] == []


@pytest.mark.parametrize("answer", [{"error": "unknown_method"}, {"status": 404}])
async def test_where_there_is_no_list_of_our_channels_the_list_of_all_will_do(
    desk: SlackDesk, answer: dict[str, object]
) -> None:
    desk.people.trouble("users.conversations", times=ALWAYS, **answer)  # type: ignore[arg-type] # of two kinds
    workspace, team = desk.slack.chat.workspace, desk.people.team
    assert await workspace.channel("#incidents") == team.channel("incidents").id
    joined = [channel["name"] async for channel in workspace.joined()]
    assert sorted(joined) == ["incidents", "war-room"]


async def test_an_absent_list_is_no_excuse_for_one_that_fails(desk: SlackDesk) -> None:
    desk.people.trouble("users.conversations", times=ALWAYS, status=503)
    with pytest.raises(Exception, match=r"users\.conversations \(503\)"):
        _ = [channel async for channel in desk.slack.chat.workspace.joined()]


async def test_scopes_that_are_not_told_are_not_missing(desk: SlackDesk) -> None:
    desk.people.app.tells_scopes = False
    checks = {check.check: check for check in await desk.slack.examine(["#incidents"])}
    assert checks["slack scopes"].advice == ""
    assert "not told" in checks["slack scopes"].says
