"""The tokens for Slack, and the hosts that may receive them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

API_URL = "https://slack.com/api/"
_SLACK = ".slack.com"


@dataclass(frozen=True, kw_only=True)
class SlackAccess:
    """The tokens of one app in one workspace.

    bot_token: `xoxb-…`. app_token: `xapp-…`, for Socket Mode. signing_secret: for what Slack posts.
    """

    bot_token: str = field(repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    api_url: str = API_URL

    def trusts(self, url: str) -> bool:
        """Whether the URL is Slack's own: a file's foreign host must not learn the token."""
        target, api = urlsplit(url), urlsplit(self.api_url)
        if (target.scheme, target.netloc) == (api.scheme, api.netloc):
            return True
        host = target.hostname or ""
        return target.scheme == "https" and (host.endswith(_SLACK) or host == _SLACK[1:])
