"""Commands, buttons, modals and menus, over the gateway and over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.fakes.discord.commands import fill_in

if TYPE_CHECKING:
    from tests.fakes.discord.client import Bot
    from tests.fakes.discord.model import Message
    from tests.fakes.discord.server import FakeDiscord

pytestmark = pytest.mark.integration


async def a_card(discord_: FakeDiscord, bot: Bot, *custom_ids: str) -> Message:
    channel = bot.get_channel(int(discord_.incidents.id))
    assert isinstance(channel, discord.TextChannel)
    view = discord.ui.View(timeout=None)
    for custom_id in custom_ids:
        view.add_item(discord.ui.Button(label=custom_id, custom_id=custom_id))
    sent = await channel.send("card", view=view)
    return discord_.incidents.messages[str(sent.id)]


async def test_a_command_is_answered_to_one_person_alone(discord_: FakeDiscord, bot: Bot) -> None:
    ana, where = discord_.ana, discord_.incidents
    asked = await discord_.command("fm ask", {"text": "why?", "case": 7}, who=ana, where=where)
    await asked.answered()
    assert asked.text == "you asked why? of 7"
    assert asked.shown[0].only_for == ana.id
    assert discord_.messages(where) == []
    assert bot.interactions[0].permissions.send_messages


async def test_a_command_that_is_not_registered_cannot_be_typed(
    discord_: FakeDiscord, bot: Bot
) -> None:
    ana, where = discord_.ana, discord_.incidents
    with pytest.raises(LookupError, match="no nope"):
        await discord_.command("fm nope", who=ana, where=where)
    with pytest.raises(ValueError, match="takes"):
        await discord_.command("fm ask", {}, who=ana, where=where)
    with pytest.raises(ValueError, match="invalid literal"):
        await discord_.command("fm ask", {"text": "x", "case": "seven"}, who=ana, where=where)
    assert bot.interactions == []


async def test_a_deferred_answer_is_filled_in_by_the_first_follow_up(
    discord_: FakeDiscord, bot: Bot
) -> None:
    slow = await discord_.command("fm slow", who=discord_.ana, where=discord_.incidents)
    await slow.answered()
    await discord_.until(lambda: len(slow.shown) == 2)
    assert slow.text == "the answer\none thing more"
    assert [message.only_for for message in slow.shown] == [discord_.ana.id, None]
    assert bot.user is not None


async def test_an_answer_that_comes_late_or_twice_is_refused(
    discord_: FakeDiscord, bot: Bot
) -> None:
    card = await a_card(discord_, bot, "edit", "nothing")
    late = await discord_.press(card, "nothing", who=discord_.ana)
    await discord_.until(lambda: bot.interactions)
    discord_.world.now.forward(3.1)
    with pytest.raises(discord.NotFound) as refused:
        await bot.interactions[0].response.defer()
    assert refused.value.code == 10062
    with pytest.raises(TimeoutError):
        await late.answered(0.01)
    await (await discord_.press(card, "edit", who=discord_.ana)).answered()
    assert card.content == "edited"
    second = await discord_.press(card, "nothing", who=discord_.ana)
    await discord_.until(lambda: len(bot.interactions) == 3)
    first = bot.interactions[2].response
    await first.defer()
    first._response_type = None  # discord.py would not even ask
    with pytest.raises(discord.HTTPException) as refused_twice:
        await first.defer()
    assert refused_twice.value.code == 40060
    assert second.kind == 6


async def test_the_token_of_an_interaction_lasts_fifteen_minutes(
    discord_: FakeDiscord, bot: Bot
) -> None:
    card = await a_card(discord_, bot, "edit")
    await (await discord_.press(card, "edit", who=discord_.ana)).answered()
    await bot.interactions[0].edit_original_response(content="again")
    assert card.content == "again"
    discord_.world.now.forward(901)
    with pytest.raises(discord.HTTPException) as refused:
        await bot.interactions[0].edit_original_response(content="too late")
    assert refused.value.code == 50027


async def test_choices_are_offered_while_somebody_types(discord_: FakeDiscord, bot: Bot) -> None:
    choices = await discord_.autocomplete(
        "fm ask", "text", "why", who=discord_.ana, where=discord_.incidents
    )
    assert [choice["value"] for choice in choices] == ["why 1?", "why 2?"]
    assert bot.user is not None


def test_what_is_half_typed_is_a_string_whatever_it_will_be() -> None:
    number = {"name": "case", "type": 4, "description": "x"}
    offered = [{"name": "fm", "type": 1, "id": "1", "options": [number]}]
    data = fill_in(offered, "fm", {"case": ""}, focused="case")
    assert data["options"] == [{"name": "case", "type": 4, "value": "", "focused": True}]


@pytest.mark.parametrize(
    ("command", "where"),
    [
        ({"name": "Upper", "description": "x"}, "0.name"),
        ({"name": "x" * 33, "description": "x"}, "0.name"),
        ({"name": "fm", "description": "x" * 101}, "0.description"),
        ({"name": "Add", "type": 3, "description": "x"}, "0.description"),
        ({"name": "fm", "description": "x", "options": [
            {"name": f"o{number}", "description": "x", "type": 3} for number in range(26)
        ]}, "0.options"),
        ({"name": "fm", "description": "x", "options": [
            {"name": "a", "description": "x", "type": 3},
            {"name": "b", "description": "x", "type": 3, "required": True},
        ]}, "0.options.1"),
    ],
)  # fmt: skip
async def test_a_command_that_breaks_a_rule_is_not_registered(
    discord_: FakeDiscord, bot: Bot, command: dict[str, object], where: str
) -> None:
    before = discord_.commands.offered()
    assert bot.application_id is not None
    with pytest.raises(discord.HTTPException, match=rf"In {where}"):
        await bot.http.bulk_upsert_global_commands(bot.application_id, [command])
    assert discord_.commands.offered() == before


async def test_a_modal_is_filled_in_and_sent(discord_: FakeDiscord, bot: Bot) -> None:
    card = await a_card(discord_, bot, "why")
    opened = await (await discord_.press(card, "why", who=discord_.ana)).answered()
    assert opened.modal is not None
    assert opened.modal["title"] == "Why not?"
    with pytest.raises(ValueError, match="51 characters"):
        await discord_.submit(opened, {"reason": "x" * 51})
    sent = await (await discord_.submit(opened, {"reason": "it was quiet"})).answered()
    assert sent.text == "thanks"
    assert bot.interactions[-1].message is not None
    assert str(bot.interactions[-1].message.id) == card.id


async def test_a_menu_entry_brings_its_message(discord_: FakeDiscord, bot: Bot) -> None:
    message = await discord_.say(discord_.ana, discord_.incidents, "pool is full")
    added = await (await discord_.context_menu("Add to case", message, who=discord_.ana)).answered()
    assert added.text == "added pool is full"
    assert bot.heard[0].content == "pool is full"


async def test_a_button_that_is_not_there_cannot_be_pressed(
    discord_: FakeDiscord, bot: Bot
) -> None:
    card = await a_card(discord_, bot, "edit")
    with pytest.raises(LookupError, match="there are"):
        await discord_.press(card, "resolve", who=discord_.ana)


async def test_commands_are_replaced_as_a_whole_and_keep_their_ids(
    discord_: FakeDiscord, bot: Bot
) -> None:
    before = {command["name"]: command["id"] for command in discord_.commands.offered()}
    bot.tree.remove_command("Add to case", type=discord.AppCommandType.message)
    await bot.tree.sync()
    after = {command["name"]: command["id"] for command in discord_.commands.offered()}
    assert set(before) == {"fm", "Add to case"}
    assert after == {"fm": before["fm"]}


class SmallEndpoint:
    """An interactions endpoint, as small as one can be."""

    def __init__(self, public_key: str, *, checks: bool = True) -> None:
        self.key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        self.checks = checks

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        signed = request.headers["X-Signature-Timestamp"].encode() + body
        try:
            self.key.verify(bytes.fromhex(request.headers["X-Signature-Ed25519"]), signed)
        except InvalidSignature:
            if self.checks:
                return web.Response(status=401)
        if (await request.json())["type"] == 1:
            return web.json_response({"type": 1})
        return web.json_response({"type": 4, "data": {"content": "over HTTP", "flags": 64}})


async def a_door(door: SmallEndpoint) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.router.add_post("/discord/interactions", door.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/discord/interactions"


async def test_over_http_interactions_are_signed_and_answered_in_line(
    discord_: FakeDiscord, bot: Bot
) -> None:
    runner, url = await a_door(SmallEndpoint(discord_.public_key))
    await discord_.use_http(url)
    asked = await discord_.command(
        "fm ask", {"text": "why?"}, who=discord_.ana, where=discord_.incidents
    )
    await asked.answered()
    await asyncio.sleep(0.05)
    await runner.cleanup()
    assert asked.text == "over HTTP"
    assert [delivery.status for delivery in discord_.endpoint.deliveries] == [200, 401, 200]
    assert bot.interactions == []  # told once, not over the gateway as well


async def test_an_endpoint_that_takes_any_signature_is_not_saved(discord_: FakeDiscord) -> None:
    runner, url = await a_door(SmallEndpoint(discord_.public_key, checks=False))
    with pytest.raises(ValueError, match="401"):
        await discord_.use_http(url)
    await runner.cleanup()
    assert discord_.world.interactions_url is None
