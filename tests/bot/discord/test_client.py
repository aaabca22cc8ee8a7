from __future__ import annotations

import inspect
import logging
import sys
from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.discord.access import DiscordAccess
from bot.discord.client import AddressedHTTP, DiscordClient, intents, is_not_of_voice
from bot.discord.rooms import place_in
from tests.bot.discord.office import CARD

if TYPE_CHECKING:
    from tests.bot.discord.office import DiscordOffice

ADDRESS = "wss://gateway.discord.gg/?v=10&encoding=json"


def access(gateway_url: str) -> DiscordAccess:
    return DiscordAccess(
        token="t",  # noqa: S106
        api_url="http://127.0.0.1:1/api/",
        gateway_url=gateway_url,
    )


def http_of(gateway_url: str) -> AddressedHTTP:
    return DiscordClient(access(gateway_url)).http


def test_no_more_is_asked_of_the_gateway_than_is_needed() -> None:
    few = {name for name, on in intents() if on}
    assert few == {"guilds", "guild_messages", "dm_messages", "message_content"}


@pytest.mark.parametrize(
    ("ours", "called"),
    [
        ("", ADDRESS),
        ("ws://127.0.0.1:1", "ws://127.0.0.1:1/?v=10&encoding=json"),
        ("ws://proxy/discord/", "ws://proxy/discord/?v=10&encoding=json"),
    ],
)
async def test_the_gateway_is_called_where_the_access_says(ours: str, called: str) -> None:
    assert http_of(ours).gateway_instead_of(ADDRESS) == called


async def test_the_gateway_of_a_session_is_left_as_discord_named_it() -> None:
    named = "wss://gateway-us-east1-b.discord.gg/?v=10&encoding=json"
    assert http_of("ws://127.0.0.1:1").gateway_instead_of(named) == named


def test_only_what_cannot_speak_is_not_logged() -> None:
    def record(text: str) -> logging.LogRecord:
        return logging.LogRecord("discord.client", 30, "", 1, text, (), None)

    assert not is_not_of_voice(record("davey is not installed, voice will NOT be supported"))
    assert is_not_of_voice(record("Attempting a reconnect in 1.00s"))


@pytest.mark.integration
async def test_no_class_of_the_library_is_changed(office: DiscordOffice) -> None:
    """Neither by a client in use nor afterwards: whoever else uses the library sees its own."""
    discord.Client(intents=discord.Intents.none())  # the first one clears flags of a class itself
    before = attributes_of_the_library()
    async with office.attended() as platform:
        await platform.chat.post(place_in(office.fake.incidents.id), CARD, marker="out_1")
        assert changed_since(before) == []
    assert changed_since(before) == []


def test_a_changed_class_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = attributes_of_the_library()
    monkeypatch.setattr(discord.http.Route, "BASE", "http://127.0.0.1:1/api")
    assert changed_since(before) == ["discord.http.Route.BASE"]


def attributes_of_the_library() -> dict[str, Any]:
    """Whatever its modules and their classes hold, but what Python itself keeps there."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "discord"]
    owners: list[Any] = list(modules)
    for module in modules:
        members = inspect.getmembers(module, inspect.isclass)
        owners += [kind for _, kind in members if kind.__module__ == module.__name__]
    return {
        f"{getattr(owner, '__module__', owner.__name__)}.{owner.__qualname__}.{name}"
        if inspect.isclass(owner)
        else f"{owner.__name__}.{name}": value
        for owner in owners
        for name, value in vars(owner).items()
        if not name.startswith(("__", "_abc_"))
    }


def changed_since(before: dict[str, Any]) -> list[str]:
    now = attributes_of_the_library()
    return [name for name in before if now.get(name) is not before[name]]
