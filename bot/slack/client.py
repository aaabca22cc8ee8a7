"""Slack's client with every call as a POST and its arguments in the body.

The SDK reads with GET and puts many arguments into the address, where proxies and servers log
them. Slack takes both for every method ("we recommend POST": docs.slack.dev/apis/web-api), and
most emulators of it take POST alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from slack_sdk.web.async_slack_response import AsyncSlackResponse


_TOKEN = "token"  # noqa: S105 - the name of an argument


class PostingClient(AsyncWebClient):
    """Calls like its parent, but with the arguments in the body."""

    async def api_call(
        self,
        api_method: str,
        *,
        params: dict[str, Any] | None = None,
        data: Any = None,
        json: dict[str, Any] | None = None,
        **others: Any,
    ) -> AsyncSlackResponse:
        """See the parent. `http_verb` is ignored."""
        others.pop("http_verb", None)
        if params and json is None and (data is None or isinstance(data, dict)):
            arguments = {name: value for name, value in params.items() if name != _TOKEN}
            # The parent takes a token out of these, and puts it into a header.
            params = {_TOKEN: params[_TOKEN]} if _TOKEN in params else None
            data = {**arguments, **(data or {})}
        return await super().api_call(api_method, params=params, data=data, json=json, **others)
