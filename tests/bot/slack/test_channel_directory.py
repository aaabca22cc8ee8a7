"""A channel is found by its name in a workspace of any size, within the limits, in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.errors import ChatRefused, ChatUnavailable
from tests.bot.slack.virtual_time import in_no_time
from tests.journeys.slack_in_process import InProcessSlack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

    from bot.slack.workspace import SlackWorkspace

LISTS = ("users.conversations", "conversations.list")
MANY = 5000


def in_a_workspace(
    story: Callable[[InProcessSlack, SlackWorkspace], Awaitable[None]], *, channels: int = MANY
) -> None:
    async def told() -> None:
        people = InProcessSlack()
        for nth in range(channels):
            people.slack.team.add_channel(f"team-{nth}")
        await story(people, people.chat.workspace)
        assert not people.refused()

    def begin() -> Coroutine[Any, Any, None]:
        return told()

    in_no_time(begin)


def test_what_the_bot_is_in_is_found_at_once() -> None:
    async def story(people: InProcessSlack, workspace: SlackWorkspace) -> None:
        wanted = people.slack.team.channel("war-room").id
        assert await workspace.channel("#war-room") == wanted
        assert await workspace.channel("#incidents") == people.slack.team.channel("incidents").id
        assert len(people.slack.called(*LISTS)) == 1, "one look for both"

    in_a_workspace(story)


def test_one_of_five_thousand_is_found() -> None:
    async def story(people: InProcessSlack, workspace: SlackWorkspace) -> None:
        last = people.slack.team.channel(f"team-{MANY - 1}").id
        assert await workspace.channel(f"#team-{MANY - 1}") == last
        assert len(people.slack.called("conversations.list")) == 6
        assert asyncio.get_running_loop().time() < 15
        asked = len(people.slack.calls)
        for nth in range(0, MANY, 100):
            assert await workspace.channel(f"#team-{nth}")
        assert len(people.slack.calls) == asked, "every name that was seen is known"

    in_a_workspace(story)


def test_many_who_look_for_it_at_once_look_once() -> None:
    async def story(people: InProcessSlack, workspace: SlackWorkspace) -> None:
        ids = await asyncio.gather(*(workspace.channel("#team-4321") for _ in range(50)))
        assert len(set(ids)) == 1
        assert len(people.slack.called("conversations.list")) == 5

    in_a_workspace(story)


def test_what_there_is_not_is_not_looked_for_again_and_again() -> None:
    async def story(people: InProcessSlack, workspace: SlackWorkspace) -> None:
        for _ in range(20):
            with pytest.raises(ChatRefused, match="#nowhere"):
                await workspace.channel("#nowhere")
        assert len(people.slack.called(*LISTS)) == 3
        await asyncio.sleep(60)
        made = people.slack.team.add_channel("nowhere").id
        assert await workspace.channel("#nowhere") == made

    in_a_workspace(story, channels=1500)


def test_a_look_that_broke_off_goes_on_where_it_was() -> None:
    async def story(people: InProcessSlack, workspace: SlackWorkspace) -> None:
        for _ in range(4):
            await workspace.web.budgets.take("conversations.list")
        workspace.web.budgets.rest("conversations.list", seconds=100)
        with pytest.raises(ChatUnavailable) as caught:
            await workspace.channel("#team-4999")
        assert caught.value.retry_after_s is not None
        await asyncio.sleep(caught.value.retry_after_s)
        assert await workspace.channel("#team-4999")
        asked = people.slack.called("users.conversations")
        assert len(asked) == 1, "the first list was read to its end"

    in_a_workspace(story)


def test_an_archived_channel_has_no_name() -> None:
    async def story(people: InProcessSlack, workspace: SlackWorkspace) -> None:
        people.slack.team.channel("team-7").archived = True
        with pytest.raises(ChatRefused):
            await workspace.channel("#team-7")

    in_a_workspace(story, channels=10)


def test_a_list_that_changed_meanwhile_is_begun_anew() -> None:
    async def story(people: InProcessSlack, workspace: SlackWorkspace) -> None:
        workspace.web.budgets.rest("conversations.list", seconds=100)
        with pytest.raises(ChatUnavailable):
            await workspace.channel("#team-9")
        await asyncio.sleep(100)
        workspace._directory._unread[0].cursor = "of long ago"
        with pytest.raises(ChatUnavailable):
            await workspace.channel("#team-9")
        assert people.slack.calls[-1].error == "invalid_cursor"
        assert await workspace.channel("#team-9")

    in_a_workspace(story, channels=10)
