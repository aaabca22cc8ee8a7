"""With which tokens do we speak to Slack, and which hosts may ever see one?"""

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
        """Is it Slack's own? A file may lie anywhere, and its host must not learn the token."""
        asked, api = urlsplit(url), urlsplit(self.api_url)
        if (asked.scheme, asked.netloc) == (api.scheme, api.netloc):
            return True
        host = asked.hostname or ""
        return asked.scheme == "https" and (host.endswith(_SLACK) or host == _SLACK[1:])
