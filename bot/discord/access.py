"""The settings of the Discord application that the bot speaks through."""

from __future__ import annotations

from dataclasses import dataclass, field

API_URL = "https://discord.com/api/v10"


@dataclass(frozen=True, kw_only=True)
class DiscordAccess:
    """Secrets and addresses. `gateway_url` is empty where the API is to name it.

    public_key: of the application, in hexadecimal; empty where Discord posts nothing to us.
    """

    token: str = field(repr=False)
    api_url: str = API_URL
    gateway_url: str = ""
    public_key: str = ""
