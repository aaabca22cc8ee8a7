"""Channels of the fake, made, named, filled and listed by slack-sdk alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.slack.refusals import error_of, refused

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


async def test_a_private_channel_is_unknown_to_those_outside(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    channel = slack.team.channel("war-room")
    channel.members.discard(slack.app.bot_user)
    assert await error_of(web.conversations_info(channel=channel.id)) == "channel_not_found"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_arguments"),
        ("Case-1", "invalid_name_specials"),
        ("case 1", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
        ("x" * 81, "invalid_name_maxlength"),
        ("old", "name_taken"),
    ],
)
async def test_names_of_channels(web: AsyncWebClient, name: str, error: str) -> None:
    assert await error_of(web.conversations_create(name=name)) == error


async def test_a_channel_with_its_topic_and_people(slack: FakeSlack, web: AsyncWebClient) -> None:
    made = (await web.conversations_create(name="case-128"))["channel"]
    assert made["is_member"]
    await web.conversations_setTopic(channel=made["id"], topic="checkout is slow")
    call = web.conversations_setTopic(channel=made["id"], topic="x" * 251)
    assert await error_of(call) == "too_long"
    await web.conversations_invite(channel=made["id"], users=slack.team.person("dana").id)
    channel = slack.team.channel("case-128")
    assert channel.topic == "checkout is slow"
    assert [message.subtype for message in channel.messages.values()] == [
        "channel_topic",
        "channel_join",
    ]


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("gus", "user_is_restricted"),
        ("solo", "ura_max_channels"),
        ("eve", "no_external_invite_permission"),
        ("gone", "user_not_found"),
        ("FaultMaven", "cant_invite_self"),
    ],
)
async def test_who_cannot_be_invited(
    slack: FakeSlack, web: AsyncWebClient, who: str, error: str
) -> None:
    made = (await web.conversations_create(name="case-128"))["channel"]
    users = [slack.team.person(name).id for name in ("dana", who)]
    call = web.conversations_invite(channel=made["id"], users=users)
    assert await error_of(call) == error
    await web.conversations_invite(channel=made["id"], users=users, force=True)
    assert users[0] in slack.team.channel("case-128").members


async def test_who_is_in_a_channel_and_what_it_is_for(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    room = slack.team.channel("war-room")
    await web.conversations_setPurpose(channel=room.id, purpose="for outages")
    info = (await web.conversations_info(channel=room.id, include_num_members=True))["channel"]
    assert (info["purpose"]["value"], info["num_members"]) == ("for outages", 3)
    assert info["is_private"]
    members = (await web.conversations_members(channel=room.id))["members"]
    assert set(members) == room.members
    lobby = slack.team.channel("lobby").id
    assert await error_of(web.conversations_setTopic(channel=lobby, topic="x")) == "not_in_channel"


async def test_a_workspace_may_forbid_new_channels(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.team.members_may_create_channels = False
    assert await error_of(web.conversations_create(name="case-1")) == "restricted_action"


async def test_what_cannot_be_reached_by_a_direct_message(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    gone = slack.team.person("gone").id
    assert await error_of(web.conversations_open(users=gone)) == "user_disabled"
    assert await error_of(web.conversations_open(users="U404")) == "user_not_found"


async def test_joining(slack: FakeSlack, web: AsyncWebClient) -> None:
    lobby = slack.team.channel("lobby")
    await web.conversations_join(channel=lobby.id)
    assert slack.app.bot_user in lobby.members
    assert (await web.conversations_join(channel=lobby.id))["warning"] == "already_in_channel"
    archived = slack.team.channel("old").id
    assert await error_of(web.conversations_join(channel=archived)) == "is_archived"


async def test_lists_of_channels_are_paged_and_need_the_scope_of_their_kind(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    names, cursor = [], ""
    kinds = "public_channel,private_channel"
    while True:
        page = await web.conversations_list(
            types=kinds, limit=2, cursor=cursor, exclude_archived=True
        )
        names += [channel["name"] for channel in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert names == ["incidents", "war-room", "lobby"]
    mine = await web.users_conversations(exclude_archived=True)
    assert [channel["name"] for channel in mine["channels"]] == ["incidents"]
    slack.app.scopes.discard("groups:read")
    assert (await refused(web.conversations_list(types=kinds)))["needed"] == "groups:read"
