"""Slack as a platform: opened without asking, examined by `doctor`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.slack.access import SlackAccess
from bot.slack.connection import open_slack
from core.conversation.ports import connect_workspace
from tests.bot.slack.desk import SlackDesk, a_desk, until

if TYPE_CHECKING:
    from bot.platform import Checked, Platform
    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


async def examined(desk: SlackDesk, *channels: str) -> dict[str, Checked]:
    checks = await desk.slack.examine(channels)
    return {check.check: check for check in checks}


def faults(checks: dict[str, Checked]) -> set[str]:
    return {name for name, check in checks.items() if check.advice}


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


async def test_it_learns_which_workspace_its_token_is_of(people: FakeSlack) -> None:
    async with a_desk(people) as desk, desk.attending():
        await until(lambda: any(row.external_id for row in desk.store.committed.workspaces))
        assert desk.slack.chat.workspace_id == "main"
        async with desk.services.reading() as unit:
            (row,) = await unit.workspaces.of_platform("slack")
        assert (row.id, row.external_id) == ("main", people.team.id)


async def test_with_a_token_of_another_workspace_cases_open_there(people: FakeSlack) -> None:
    async with a_desk(people) as desk:
        async with desk.services.unit() as unit:
            assert await connect_workspace(unit, "slack", "T0BEFORE") == "main"
        async with desk.attending():
            await until(lambda: desk.slack.chat.workspace_id != "main")
            async with desk.services.reading() as unit:
                newest, before = await unit.workspaces.of_platform("slack")
        assert (newest.id, newest.external_id) == (
            desk.slack.chat_reader.workspace_id,
            people.team.id,
        )
        assert (before.id, before.external_id) == ("main", "T0BEFORE")


async def test_all_is_well(desk: SlackDesk) -> None:
    checks = await examined(desk, "#incidents", desk.channel("#war-room"))
    assert faults(checks) == set()
    assert "#war-room" in checks[f"slack channel {desk.channel('#war-room')}"].says


async def test_a_missing_scope_is_named_with_its_reason(desk: SlackDesk) -> None:
    desk.people.app.scopes.discard("files:read")
    checks = await examined(desk)
    assert faults(checks) == {"slack scopes"}
    assert "files:read to read logs" in checks["slack scopes"].says


async def test_a_token_that_is_not_good(desk: SlackDesk) -> None:
    desk.people.app.refusal = "account_inactive"
    checks = await examined(desk, "#incidents")
    assert faults(checks) == {"slack token"}
    assert "account_inactive" in checks["slack token"].says


async def test_channels_that_will_not_do(desk: SlackDesk) -> None:
    people = desk.people
    people.team.channel("#war-room").members.discard(people.app.bot_user)
    old, private = desk.channel("#old"), desk.channel("#war-room")
    checks = await examined(desk, "#nowhere", old, private, "#lobby")
    named = {"#nowhere", old, private}
    assert faults(checks) == {f"slack channel {name}" for name in named}
    assert "enters" in checks["slack channel #lobby"].says


async def test_an_app_token_without_its_scope(desk: SlackDesk) -> None:
    desk.people.app.app_scopes.clear()
    assert faults(await examined(desk)) == {"slack socket mode"}


async def test_an_app_token_that_is_none(desk: SlackDesk) -> None:
    desk.people.app.app_token = "xapp-other"  # noqa: S105
    assert faults(await examined(desk)) == {"slack socket mode"}


async def test_no_way_in(people: FakeSlack) -> None:
    async with a_desk(people, socket_mode=False) as desk:
        assert faults(await examined(desk)) == set()
        mute = replace(desk.slack.web.access, signing_secret=None)
        object.__setattr__(desk.slack.web, "access", mute)
        assert faults(await examined(desk)) == {"slack events"}
