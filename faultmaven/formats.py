"""Formats of addresses, tokens and people in settings. Errors do not quote the value."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Address:
    """Format of a service's URL. One that is not `needed` may be left empty."""

    schemes: tuple[str, ...]
    example: str
    needed: bool = True


WEB = ("http", "https")
ISSUER = Address(schemes=WEB, example="https://login.example.com")
ALERTMANAGER = Address(schemes=WEB, example="http://host:9093")
ADDRESSES = {
    "public_url": Address(schemes=WEB, example="https://faultmaven.example.com", needed=False),
    "server": Address(schemes=WEB, example="https://faultmaven.example.com", needed=False),
    # Its client speaks TLS only.
    "pagerduty_api_url": Address(schemes=("https",), example="https://api.pagerduty.com"),
    "slack_api_url": Address(schemes=WEB, example="https://slack.com/api/"),
    "discord_api_url": Address(schemes=WEB, example="https://discord.com/api/v10"),
    "otlp_url": Address(schemes=WEB, example="http://host:4318", needed=False),
    "discord_gateway_url": Address(
        schemes=("ws", "wss"), example="wss://gateway.discord.gg", needed=False
    ),
}
TOKENS = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}
# How tokens of Slack begin, and where its app's settings show each.
KINDS = {
    "xoxb-": "the bot token (OAuth & Permissions)",
    "xapp-": "an app-level token (Basic Information, scope connections:write)",
    "xoxp-": "a person's token",
    "xoxe": "a token that rotates: turn token rotation off and install the app anew",
}
PEOPLE = {"slack": re.compile(r"[UW][A-Z0-9]{2,}"), "discord": re.compile(r"[0-9]{1,20}")}


def must_be_url(url: str, address: Address) -> None:
    """Raises ValueError that says how to write it."""
    try:
        parts = urlsplit(url)
        well = parts.scheme in address.schemes and bool(parts.hostname)
        _ = parts.port
    except ValueError:  # a port that is no number, a bracket that nothing closes
        well = False
    if not well:
        message = f"write it as {address.example}"
        raise ValueError(message)


def must_be_network(text: str, number: int) -> None:
    """Raises ValueError. number: which of several it is, from 1."""
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        message = f"entry {number} is no address and no network; write 10.0.0.7 or 10.0.0.0/8"
        raise ValueError(message) from error


def must_be_issuer(url: str) -> None:
    """Raises ValueError; one without TLS is believed on this machine alone."""
    must_be_url(url, ISSUER)
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        message = f"write it as {ISSUER.example}: what it says must come from nobody else"
        raise ValueError(message)


def without_password(url: str) -> str:
    """The address without what opens it."""
    scheme, slashes, rest = url.partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"


def must_be_token(token: str, begins: str) -> None:
    """Raises ValueError that names the kind of token it is instead, where that is known."""
    if token.startswith(begins):
        return
    kind = next((kind for sign, kind in KINDS.items() if token.startswith(sign)), "")
    message = f"give {KINDS[begins]}; it begins with {begins}"
    raise ValueError(f"{message}. This is {kind}" if kind else message)


def is_person(admin: str) -> bool:
    """`slack:U0123ABCD`: somebody on a platform that we speak to."""
    platform, _, person = admin.partition(":")
    return platform in PEOPLE and PEOPLE[platform].fullmatch(person) is not None
