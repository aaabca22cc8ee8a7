"""Tokens, scopes, unknown methods and troubles, seen by slack-sdk alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from aiohttp import ServerDisconnectedError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.refusals import error_of, refused

if TYPE_CHECKING:
    from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.integration


async def test_who_the_token_is_and_what_it_may(slack: FakeSlack, web: AsyncWebClient) -> None:
    answer = await web.auth_test()
    assert (answer["user_id"], answer["bot_id"]) == (slack.app.bot_user, slack.app.bot_id)
    assert set(answer.headers["x-oauth-scopes"].split(",")) == slack.app.scopes


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xapp", "not_allowed_token_type")],
)
async def test_a_bad_token_is_refused(slack: FakeSlack, token: str, error: str) -> None:
    token = slack.app.app_token if token == "xapp" else token  # noqa: S105 (a kind of token)
    web = AsyncWebClient(token, base_url=slack.api_url)
    assert await error_of(web.users_info(user="U404")) == error


async def test_an_app_level_token_is_known(slack: FakeSlack) -> None:
    web = AsyncWebClient(slack.app.app_token, base_url=slack.api_url)
    answer = await web.auth_test()
    assert answer["app_id"] == slack.app.id
    assert answer.headers["x-oauth-scopes"] == "connections:write"


async def test_a_token_can_be_revoked(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.app.refusal = "token_revoked"
    assert await error_of(web.auth_test()) == "token_revoked"


async def test_a_missing_scope_is_named(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.app.scopes.discard("chat:write")
    answer = await refused(web.chat_postMessage(channel="#incidents", text="hello"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert "channels:history" in answer["provided"].split(",")
    slack.app.scopes.discard("groups:history")
    private = slack.team.channel("war-room").id
    assert (await refused(web.conversations_history(channel=private)))["needed"] == "groups:history"


async def test_an_unknown_method_and_a_missing_argument(web: AsyncWebClient) -> None:
    assert await error_of(web.api_call("chat.shout")) == "unknown_method"
    answer = await refused(web.api_call("chat.update", json={"channel": "C1"}))
    assert answer["error"] == "invalid_arguments"
    assert "missing required field: ts" in answer["response_metadata"]["messages"][0]


async def test_troubles(slack: FakeSlack, web: AsyncWebClient) -> None:
    slack.trouble("auth.test", status=503)
    assert (await refused(web.auth_test())).status_code == 503
    slack.trouble("auth.test", error="internal_error")
    assert await error_of(web.auth_test()) == "internal_error"
    slack.trouble("auth.test", delay_s=0.05)
    began = time.monotonic()
    await web.auth_test()
    assert time.monotonic() - began >= 0.05


async def test_an_answer_that_is_lost_has_had_its_effect(
    slack: FakeSlack,
) -> None:
    web = AsyncWebClient(slack.app.bot_token, base_url=slack.api_url, retry_handlers=[])
    slack.trouble("chat.postMessage", lost=True)
    with pytest.raises(ServerDisconnectedError):
        await web.chat_postMessage(channel="#incidents", text="x")
    assert len(slack.team.channel("incidents").messages) == 1


async def test_the_sdk_by_itself_posts_again_when_the_answer_is_lost(
    slack: FakeSlack, web: AsyncWebClient
) -> None:
    """Its default retry handler, which who wants no message twice must do without."""
    slack.trouble("chat.postMessage", lost=True)
    await web.chat_postMessage(channel="#incidents", text="x")
    assert len(slack.team.channel("incidents").messages) == 2


async def test_ts_grows_and_calls_are_noted(slack: FakeSlack, web: AsyncWebClient) -> None:
    began = time.monotonic()
    for _ in range(3):
        await web.chat_postMessage(channel="#incidents", text="x")
    times = list(slack.team.channel("incidents").messages)
    assert times == sorted(set(times))
    calls = slack.called("chat.postMessage")
    assert [call.arguments["text"] for call in calls] == ["x"] * 3
    assert all(began <= call.at <= time.monotonic() for call in calls)
