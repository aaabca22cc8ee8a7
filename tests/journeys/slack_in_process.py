"""The Slack of the tests without a network between: virtual time cannot wait for a socket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.access import SlackAccess
from bot.slack.chat import SlackChat
from bot.slack.web import Web
from bot.slack.workspace import SlackWorkspace
from tests.fakes.slack import FakeSlack, Limits
from tests.fakes.slack.app import from_manifest
from tests.fakes.slack.calls import METHODS, CallArguments, MethodCall, SlackRefused
from tests.fakes.slack.limits import TIERS

if TYPE_CHECKING:
    import aiohttp

TAKES_S = 0.05  # a call


@dataclass
class InProcessSlack:
    """A workspace whose limits go by the loop's time, and our own chat adapter that speaks to it.

    at: when each call was made, in seconds of the loop.
    """

    slack: FakeSlack = field(init=False)
    chat: SlackChat = field(init=False)

    def __post_init__(self) -> None:
        limits = Limits(clock=asyncio.get_running_loop().time)
        self.slack = FakeSlack.of(from_manifest(), limits)
        # What the app is told of its own messages is of no interest here.
        self.slack.app.events.clear()
        session = cast("aiohttp.ClientSession", None)  # nothing opens a connection
        access = SlackAccess(bot_token=self.slack.app.bot_token, api_url="http://nowhere/api/")
        web = Web(access=access, client=_Client(self.slack), session=session)
        self.chat = SlackChat(web=web, workspace=SlackWorkspace(web=web, id="main"))

    def refused(self) -> list[MethodCall]:
        return [call for call in self.slack.calls if call.status == 429]

    def busiest_minute(self, method: str) -> int:
        """At most so many calls of a method in any minute."""
        times = [call.at for call in self.slack.called(method)]
        return max(sum(begin <= at < begin + 60 for at in times) for begin in times)


class _Client(AsyncWebClient):
    """slack-sdk's own client, with the fake in the place of its transport."""

    def __init__(self, slack: FakeSlack) -> None:
        super().__init__(slack.app.bot_token)
        self._slack = slack

    async def api_call(  # type: ignore[override] # of the SDK's many ways we use these
        self,
        api_method: str,
        *,
        http_verb: str = "POST",
        json: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        **_: object,
    ) -> AsyncSlackResponse:
        given = {**(params or {}), **(data or {}), **(json or {})}
        call = MethodCall(api_method, given, asyncio.get_running_loop().time())
        self._slack.calls.append(call)
        await asyncio.sleep(TAKES_S)
        headers = self._answer(call)
        answer = AsyncSlackResponse(
            client=self,
            http_verb=http_verb,
            api_url=api_method,
            req_args={},
            data=call.answer,
            headers=headers,
            status_code=call.status,
        )
        answer.validate()  # type: ignore[no-untyped-call] # slack-sdk
        return answer

    def _answer(self, call: MethodCall) -> dict[str, str]:
        """Fills in what the fake says; gives the headers."""
        try:
            _within_tier(self._slack, call.method)
            given = CallArguments({**call.arguments, "token": self._slack.app.bot_token})
            call.answer = {"ok": True, **METHODS[call.method].run(self._slack, given)}
        except SlackRefused as refused:
            call.answer = {"ok": False, "error": refused.error, **refused.more}
            if refused.retry_after_s:
                call.status = 429
                return {"Retry-After": str(refused.retry_after_s)}
        call.status = 200
        return {}


def _within_tier(slack: FakeSlack, name: str) -> None:
    tier = METHODS[name].tier
    wait_s = slack.limits.take(**{name: TIERS[tier]}) if tier else 0
    if wait_s:
        raise SlackRefused("ratelimited", retry_after_s=wait_s)
