"""What the manifest and the guide say of the Discord application is what the bot asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord
import pytest
import yaml

from bot.discord.access import DiscordAccess
from bot.discord.client import intents
from bot.discord.commands import documents
from bot.discord.connection import open_discord
from bot.discord.errors import HIDDEN
from bot.discord.permissions import INTENTS, PERMISSIONS, SCOPES, invite_url, needed
from core.places import CaseRoom
from tests.fakes.discord.commands import check_commands
from tests.fakes.discord.model import PRIVILEGED, GatewayIntent
from tests.fakes.discord.permissions import BITS
from tests.fakes.discord.server import a_discord

if TYPE_CHECKING:
    from bot.platform import Checked
    from tests.fakes.discord.server import FakeDiscord

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "how-to" / "discord.md").read_text(encoding="utf-8")
KINDS = {1: "slash", 3: "message_menu"}
# The switches of the Developer Portal, and the intent that each is for.
SWITCHES = {
    "presence": GatewayIntent.GUILD_PRESENCES,
    "server_members": GatewayIntent.GUILD_MEMBERS,
    "message_content": GatewayIntent.MESSAGE_CONTENT,
}


@pytest.fixture
def app() -> Any:
    return yaml.safe_load((ROOT / "manifests" / "discord" / "app.yaml").read_text())


def test_every_permission_has_its_reason(app: Any) -> None:
    assert app["permissions"] == {
        name: permission.reason for name, permission in PERMISSIONS.items()
    }


def test_our_bits_and_names_are_those_of_discord() -> None:
    ours = {name: permission.bit for name, permission in PERMISSIONS.items()}
    assert ours == {name: BITS[name] for name in ours}
    for permission in PERMISSIONS.values():
        (flag,) = [name for name, on in discord.Permissions(permission.bit) if on]
        assert getattr(discord.Permissions, flag).flag == permission.bit


@pytest.mark.parametrize("room", list(CaseRoom))
def test_the_link_asks_for_exactly_what_is_needed(app: Any, room: CaseRoom) -> None:
    url = app["invite_urls"][room.value]
    assert url == invite_url("APPLICATION_ID", room)
    asked = int(url.rpartition("permissions=")[2])
    held = {name for name, bit in BITS.items() if asked & bit}
    assert held == set(needed(room))
    assert asked == sum(BITS[name] for name in held)
    assert "ADMINISTRATOR" not in held


def test_scopes_and_intents_have_their_reasons(app: Any) -> None:
    assert app["installation"]["scopes"] == SCOPES
    assert app["bot"]["intents"] == INTENTS


def test_the_switches_are_those_of_the_privileged_intents_that_the_bot_asks_for(app: Any) -> None:
    asked = GatewayIntent(intents().value)
    assert {name for name, on in intents() if on} == set(INTENTS)
    switched = app["bot"]["privileged_gateway_intents"]
    assert switched == {name: bool(asked & intent) for name, intent in SWITCHES.items()}
    assert asked & PRIVILEGED == GatewayIntent.MESSAGE_CONTENT


def test_every_command_is_named_and_discord_takes_them_all(app: Any) -> None:
    check_commands(documents())
    registered = [
        {"name": document["name"], "kind": KINDS[document["type"]]}
        | (
            {"subcommands": [sub["name"] for sub in document["options"]]}
            if "options" in document
            else {}
        )
        for document in documents()
    ]
    assert app["commands"] == registered


def test_the_guide_has_the_same_table_of_permissions() -> None:
    rows = re.findall(r"^\| ([\w ]+) \| (to .+) \|$", GUIDE, re.MULTILINE)
    assert rows == [(permission.label, permission.reason) for permission in PERMISSIONS.values()]


@pytest.mark.parametrize("room", list(CaseRoom))
def test_the_guide_has_the_same_links(room: CaseRoom) -> None:
    assert invite_url("APPLICATION_ID", room) in GUIDE


ADVISED = re.findall(r"^\| `([^`]+)` \|", GUIDE, re.MULTILINE)


@pytest.mark.integration
async def test_the_guide_quotes_what_doctor_says() -> None:
    """Each in its situation, and nothing that doctor does not say."""
    async with a_discord(privileged=GatewayIntent.NONE) as server:
        checks = await _examined(server, "#incidents", "#nope", token="wrong")  # noqa: S106
        checks += await _examined(server, "#incidents", "#nope")
        server.deny(server.incidents, "EMBED_LINKS")
        server.add_forum("tagless", needs_tag=True)
        thread = server.thread(server.ana, server.incidents, "lunch")
        checks += await _examined(server, "#incidents", "#tagless", thread.id)
        server.fail("GET /applications/{app}/guilds/{guild}/commands", 403, code=HIDDEN)
        checks += await _examined(server)
        server.world.is_invited = False
        checks += await _examined(server)
        server.world.is_invited = True
        server.deny(server.incidents, "VIEW_CHANNEL")
        checks += await _examined(server, "#incidents")
    checks += await _examined(server, "#incidents")  # nobody is there any more
    bad = [check.says for check in checks if check.advice]
    assert len(ADVISED) == 10
    for quoted in ADVISED:
        start = quoted.removesuffix("…").rstrip(" ,")
        assert any(start in says for says in bad), quoted
    for says in bad:
        assert any(quoted.removesuffix("…").rstrip(" ,") in says for quoted in ADVISED), says


async def _examined(server: FakeDiscord, *channels: str, token: str = "") -> list[Checked]:
    access = DiscordAccess(
        token=token or server.token, api_url=server.api_url, gateway_url=server.gateway_url
    )
    async with open_discord(access) as platform:
        return await platform.examine(channels)


def test_the_guide_names_every_privileged_switch_that_is_on() -> None:
    assert "Message Content Intent" in GUIDE
    assert all(f"`{scope}`" in GUIDE for scope in SCOPES)
