"""The platform over a socket: our fake of Discord, gateway and REST, on loopback."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord as library
import pytest
import uvicorn
from fastapi import FastAPI

from bot.discord.access import DiscordAccess
from bot.discord.connection import Discord, open_discord
from bot.discord.rooms import place_in
from core.alerts.routing import Policy
from core.clean import Clean
from core.clock import SetClock
from core.conversation.model import (
    Binding,
    Card,
    Destination,
    Manner,
    Mark,
    Opening,
    Row,
)
from core.errors import ChatUnavailable, StoreUnavailable
from core.services import Rules, Services
from storage.memory import MemoryStore
from tests.examples import CASE, KNOWN
from tests.fakes.discord.model import Intent
from tests.fakes.discord.server import Discord as FakeDiscord
from tests.fakes.discord.server import a_discord
from tests.fakes.services import memory_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from fastapi import APIRouter

    from core.conversation.model import Heard

pytestmark = pytest.mark.integration

CARD = Card(key="case:case_128", version=1, mark=Mark.FIRING, rows=(Row(text=Clean.say("it")),))


@dataclass
class Office:
    """A Discord on loopback, and what our side of it has heard."""

    fake: FakeDiscord
    store: MemoryStore
    services: Services

    @property
    def heard(self) -> list[Heard]:
        return [one.heard for one in self.store.committed.utterances]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.heard]

    def access(self, **changes: str) -> DiscordAccess:
        access = DiscordAccess(
            token=self.fake.token, api_url=self.fake.api_url, gateway_url=self.fake.gateway_url
        )
        return replace(access, **changes)

    @asynccontextmanager
    async def open(self, **changes: str) -> AsyncIterator[Discord]:
        async with open_discord(self.access(**changes)) as platform:
            yield platform

    @asynccontextmanager
    async def attended(self, **changes: str) -> AsyncIterator[Discord]:
        """As the bot process does it; the block begins when it listens."""
        sessions = len(self.fake.gateway.identified)
        async with self.open(**changes) as platform, platform.attending(self.services):
            await self.fake.until(lambda: len(self.fake.gateway.identified) > sessions)
            await self.fake.connected()
            yield platform

    async def at_home(self, channel: str, thread: str = "") -> None:
        async with self.services.store.transaction() as unit:
            await unit.cases.append([], KNOWN)
            place = place_in(channel, thread)
            await unit.conversation.bind(
                Binding(tenant_id=CASE.tenant_id, case_id=CASE.id, place=place)
            )


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with a_discord() as fake:
        store = MemoryStore()
        home = Destination(platform="discord", channel=fake.incidents.id)
        services = memory_services(
            folder=tmp_path,
            store=store,
            clock=SetClock(datetime.now(UTC)),
            rules=Rules(routing=Policy(otherwise=(home,))),
        )
        yield Office(fake, store, services)


async def test_what_is_said_and_asked_is_heard(office: Office) -> None:
    fake = office.fake
    async with office.attended():
        await fake.mention(fake.ana, fake.incidents, "hypotheses")
        await fake.say(fake.ana, fake.direct(fake.ana), "status")
        await fake.until(lambda: len(office.heard) == 2)
        await fake.until(fake.commands.offered)
        one = await fake.command("fm status", {"case": 128}, who=fake.ana, where=fake.incidents)
        await one.answered()
    assert office.texts == ["hypotheses", "status", "status"]
    assert office.heard[1].place == place_in(f"@{fake.ana.id}")
    assert office.heard[1].manner is Manner.MENTION
    assert office.heard[2].case_number == 128


async def test_what_was_said_while_nobody_listened_is_caught_up(office: Office) -> None:
    fake = office.fake
    thread = fake.thread(fake.ana, fake.incidents, "#128")
    await office.at_home(fake.incidents.id, thread.id)
    async with office.attended():
        await fake.say(fake.ana, thread, "first")
        await fake.until(lambda: office.texts == ["first"])
    for nth in range(120):
        await fake.say(fake.ana, thread, f"while away {nth}")
    await fake.mention(fake.ana, fake.incidents, "status")
    await fake.say(fake.ana, fake.incidents, "not for us")
    async with office.attended():
        await fake.say(fake.ana, thread, "last")
        await fake.until(lambda: "last" in office.texts)
    meanwhile = [f"while away {nth}" for nth in range(120)]
    in_thread = [one.text for one in office.heard if one.place.thread == thread.id]
    assert in_thread == ["first", *meanwhile, "last"]
    assert "status" in office.texts
    assert "not for us" not in office.texts


@pytest.mark.parametrize("resumable", [True, False])
async def test_a_lost_line_loses_nothing_and_keeps_order(
    office: Office, *, resumable: bool
) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    async with office.attended() as platform:

        async def at_once(shard_id: int | None, *, initial: bool = False) -> None:
            """The library's own hook waits five seconds between two sessions."""

        platform.rest.client.before_identify_hook = at_once  # type: ignore[method-assign]
        await fake.say(fake.ana, fake.incidents, "before")
        await fake.until(lambda: office.texts == ["before"])
        await fake.drop(how="lost", resumable=resumable)
        await fake.say(fake.ana, fake.incidents, "in the gap")
        await fake.connected()
        await fake.say(fake.ana, fake.incidents, "after")
        await fake.until(lambda: len(office.heard) == 3)
    assert office.texts == ["before", "in the gap", "after"]
    assert len(fake.gateway.identified) == (1 if resumable else 2)


async def test_what_is_said_waits_for_the_database(office: Office) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    async with office.attended():
        away = [True]

        async def seam(name: str) -> None:
            if name == "commit" and away[0]:
                away[0] = False
                message = "the disk is full"
                raise StoreUnavailable(message)

        office.store.seam = seam
        for text in ("one", "two", "three"):
            await fake.say(fake.ana, fake.incidents, text)
        await fake.until(lambda: len(office.heard) == 3)
    assert office.texts == ["one", "two", "three"]


async def test_a_burst_is_acknowledged_in_time(office: Office) -> None:
    """Discord gives three seconds; the answers do not wait for each other."""
    fake = office.fake
    async with office.attended():
        await fake.until(fake.commands.offered)
        asked = [
            await fake.command("fm status", who=fake.ana, where=fake.incidents) for _ in range(60)
        ]
        await asyncio.gather(*(one.answered() for one in asked))
    waited = sorted(one.answered_at - one.at for one in asked)
    assert waited[-1] < 1.0
    assert len(office.heard) == 60


async def test_commands_are_sent_once_and_not_at_each_start(office: Office) -> None:
    fake = office.fake
    route = "/applications/{app}/guilds/{guild}/commands"
    for start in (1, 2):
        async with office.attended():
            await fake.until(lambda: len(fake.calls_of(f"GET {route}")) == start)  # noqa: B023
            await fake.until(fake.commands.offered)
    offered = {one["name"] for one in fake.commands.offered()}
    assert offered == {"fm", "faultmaven", "Add to case"}
    assert len(fake.calls_of(f"PUT {route}")) == 1


async def test_a_rate_limit_that_is_long_is_said_and_not_slept_through(office: Office) -> None:
    fake = office.fake
    fake.limits.narrow("POST /channels/{channel}/messages", 2, 60.0)
    place = place_in(fake.incidents.id)
    async with office.open() as platform:
        await platform.chat.post(place, CARD, marker="out_1")
        await platform.chat.post(place, CARD, marker="out_2")
        with pytest.raises(ChatUnavailable) as caught:
            await platform.chat.post(place, CARD, marker="out_3")
    assert 30 < (caught.value.retry_after_s or 0) <= 60
    assert len(fake.messages(fake.incidents)) == 2
    assert all(call.status != 429 for call in fake.calls)


async def test_a_short_bucket_is_kept_without_a_single_429(office: Office) -> None:
    fake = office.fake
    fake.limits.narrow("POST /channels/{channel}/messages", 2, 0.3)
    place = place_in(fake.incidents.id)
    async with office.open() as platform:
        posts = (platform.chat.post(place, CARD, marker=f"out_{n}") for n in range(6))
        await asyncio.gather(*posts)
    assert len(fake.messages(fake.incidents)) == 6
    assert all(call.status != 429 for call in fake.calls)


async def test_a_post_whose_answer_was_lost_is_found_again(office: Office) -> None:
    fake = office.fake
    place = place_in(fake.incidents.id)
    route = "POST /channels/{channel}/messages"
    async with office.open() as platform:
        fake.fail(route, 503, done=True)
        with pytest.raises(ChatUnavailable):
            await platform.chat.post(place, CARD, marker="out_1")
        ref = await platform.chat.find(place, marker="out_1")
        assert ref == f"{fake.incidents.id}/{fake.messages(fake.incidents)[0].id}"
        assert await platform.chat.post(place, CARD, marker="out_1") == ref
    assert len(fake.messages(fake.incidents)) == 1


async def test_a_forum_that_wants_a_tag_gets_one(office: Office) -> None:
    fake = office.fake
    forum = fake.add_forum("cases", tags=("incident",), needs_tag=True)
    opening = Opening(number=128, title=Clean.say("checkout"), card=CARD, invited=(fake.ana.id,))
    destination = Destination(platform="discord", channel="#cases")
    async with office.open() as platform:
        opened = await platform.chat.open(destination, opening, marker="out_1", again=False)
        again = await platform.chat.open(destination, opening, marker="out_1", again=True)
    assert opened == again
    (thread,) = fake.threads
    assert opened.place == place_in(forum.id, thread.id)
    assert opened.ref == f"{thread.id}/{thread.id}"
    assert fake.ana.id in thread.joined


async def test_a_thread_that_discord_archived_is_opened_again(office: Office) -> None:
    fake = office.fake
    opening = Opening(number=128, title=Clean.say("checkout"), card=CARD)
    destination = Destination(platform="discord", channel="#incidents")
    async with office.open() as platform:
        opened = await platform.chat.open(destination, opening, marker="out_1", again=False)
        (thread,) = fake.threads
        fake.archive(thread)
        await platform.chat.post(opened.place, CARD, marker="out_2")
    assert not thread.archived


async def test_discord_need_not_be_there_at_the_start(office: Office) -> None:
    place = place_in("1")
    async with office.open(api_url="http://127.0.0.1:9/api/v10") as platform:
        with pytest.raises(ChatUnavailable):
            await platform.chat.post(place, CARD, marker="out_1")
        async with platform.attending(office.services):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("changes", "portal", "says"),
    [
        ({"token": "wrong.token.here"}, Intent.MESSAGE_CONTENT, "does not know the token"),
        ({}, Intent(0), "Message Content is not switched on"),
    ],
)
async def test_what_only_a_person_can_mend_is_said_in_the_log(
    office: Office,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, str],
    portal: Intent,
    says: str,
) -> None:
    office.fake.world.privileged = portal
    with caplog.at_level(logging.WARNING, logger="bot.discord"):
        async with office.open(**changes) as platform, platform.attending(office.services):
            await office.fake.until(lambda: says in caplog.text)
    assert "wrong.token.here" not in caplog.text
    assert office.fake.token not in caplog.text


async def test_addresses_of_the_library_are_put_back(office: Office) -> None:
    before = library.http.Route.BASE
    async with office.open():
        assert office.fake.api_url == library.http.Route.BASE
    assert before == library.http.Route.BASE


async def test_the_ear_knows_people_and_fetches_what_they_drop(office: Office) -> None:
    fake = office.fake
    await office.at_home(fake.incidents.id)
    fake.world.urls_last_s = 0.0
    async with office.attended() as platform:
        content = b"ERROR too many\n" * 10_000
        await fake.say(fake.ana, fake.incidents, "", files={"db.log": content})
        await fake.until(lambda: office.heard)
        (file,) = office.heard[0].attachments
        fake.world.urls_last_s = 60.0
        fetched = b"".join([chunk async for chunk in platform.ear.fetch(file)])
        profile = await platform.ear.profile(fake.ana.id)
    assert (fetched, file.name) == (content, "db.log")
    assert profile.name == "ana"


async def test_doctor_names_each_permission_that_is_missing(office: Office) -> None:
    fake = office.fake
    async with office.open() as platform:
        good = await platform.examine([fake.incidents.id])
        fake.deny(fake.incidents, "CREATE_PUBLIC_THREADS", "EMBED_LINKS")
        bad: list[Any] = await platform.examine(["#incidents", "#nowhere"])
    assert [one.advice for one in good] == ["", "", ""]
    assert "Create Public Threads" in bad[2].says
    assert "Embed Links" in bad[2].says
    assert "no channels named #nowhere" in bad[3].says
    assert "https://discord.com/oauth2/authorize" in bad[3].advice


async def test_doctor_says_when_the_token_or_the_intent_is_wrong(office: Office) -> None:
    async with office.open(token="wrong.token.here") as platform:  # noqa: S106
        (checked,) = await platform.examine([])
    assert "does not know the token" in checked.says
    assert "FAULTMAVEN_DISCORD_TOKEN" in checked.advice
    office.fake.world.privileged = Intent(0)
    async with office.open() as platform:
        _, intent = await platform.examine([])
    assert "Message Content is off" in intent.says
    assert "Developer Portal" in intent.advice


async def test_discord_can_post_interactions_instead(office: Office) -> None:
    """The portal checks the address first; then the same works without the gateway."""
    fake = office.fake
    async with (
        office.attended(public_key=fake.public_key) as platform,
        served(platform.router(office.services)) as url,
    ):
        await fake.until(fake.commands.offered)
        await fake.use_http(f"{url}/discord/interactions")
        one = await fake.command("fm hypotheses", {"case": 128}, who=fake.ana, where=fake.incidents)
        await one.answered()
        (heard,) = office.heard
        await platform.chat.whisper(heard.place, CARD, handle=heard.handle)
        await fake.until(lambda: one.text)
        choices = await fake.autocomplete(
            "fm status", "case", "", who=fake.ana, where=fake.incidents
        )
    assert (heard.text, heard.case_number) == ("hypotheses", 128)
    assert one.kind == 5
    assert [message.only_for for message in one.shown] == [fake.ana.id]
    assert choices == []


@asynccontextmanager
async def served(router: APIRouter) -> AsyncIterator[str]:
    """The door on a port of loopback."""
    app = FastAPI()
    app.include_router(router)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Signals stay with the test runner."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
