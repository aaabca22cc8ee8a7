"""Our Slack, connected to the fake one, over a store in memory: what the tests here sit at."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from bot.slack.access import SlackAccess
from bot.slack.connection import Slack, open_slack
from core.alerts.model import Severity
from core.cases.lifecycle import open_case
from core.clock import SystemClock
from core.conversation.cards.card import Card, Mark, Row
from core.conversation.messages.message import Binding
from core.places import Place
from core.text.redacted import redacted
from core.workflows.services import Services
from storage.memory import MemoryStore
from tests.fakes.services import memory_services
from tests.fakes.slack import FakeSlack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from core.conversation.messages.message import JournaledMessage

SOON_S = 20.0  # on a machine that is busy with other things


@dataclass
class SlackDesk:
    """`people` is the fake workspace, `slack` what we have connected to it."""

    people: FakeSlack
    slack: Slack
    services: Services
    store: MemoryStore

    def heard(self) -> list[JournaledMessage]:
        """In the order in which it was committed."""
        return list(self.store.committed.utterances)

    def texts(self) -> list[str]:
        return [message.heard.text for message in self.heard()]

    def channel(self, name: str) -> str:
        return self.people.team.channel(name).id

    def place(self, name: str = "#incidents", thread: str = "") -> Place:
        return Place(platform="slack", workspace="main", channel=self.channel(name), thread=thread)

    async def settle(self, place: Place) -> None:
        """An open case is at home there."""
        async with self.services.unit() as unit:
            view = await open_case(
                unit,
                title=redacted("checkout is slow"),
                severity=Severity.HIGH,
                service="checkout",
                group_key=place.thread or place.channel,
                since=self.services.clock.now(),
                actor="dana",
            )
            case = view.case
            await unit.conversation.bind(
                Binding(tenant_id=case.tenant_id, case_id=case.id, place=place)
            )

    @asynccontextmanager
    async def attending(self) -> AsyncIterator[None]:
        """In Socket Mode, with the line open."""
        async with self.slack.attending(self.services):
            await until(lambda: self.people.sockets.connections)
            yield

    @asynccontextmanager
    async def posted_to(self) -> AsyncIterator[str]:
        """Over HTTP; the address that Slack posts to."""
        app = FastAPI()
        app.include_router(self.slack.router(self.services))
        async with a_server(app) as url:
            assert await self.people.post_to(f"{url}/slack/events")
            yield f"{url}/slack/events"


def access_of(people: FakeSlack, *, socket_mode: bool = True) -> SlackAccess:
    app = people.app
    return SlackAccess(
        bot_token=app.bot_token,
        app_token=app.app_token if socket_mode else None,
        signing_secret=app.signing_secret,
        api_url=people.api_url,
    )


@asynccontextmanager
async def a_desk(people: FakeSlack, *, socket_mode: bool = True) -> AsyncIterator[SlackDesk]:
    store = MemoryStore()
    services = replace(memory_services(store=store), clock=SystemClock())
    async with open_slack(access_of(people, socket_mode=socket_mode), workspace_id="main") as slack:
        yield SlackDesk(people, slack, services, store)


def a_card(text: str = "Firing #128", **more: object) -> Card:
    card = Card(
        key="case:1",
        version=1,
        mark=Mark.FIRING,
        rows=(Row(text=redacted(text), strong=True),),
        case_number=128,
    )
    return replace(card, **more)  # type: ignore[arg-type]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_S):
        while not true():  # noqa: ASYNC110 - nobody tells us of it
            await asyncio.sleep(0.005)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals stay with pytest."""
        yield


@asynccontextmanager
async def a_server(app: FastAPI) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = _Server(uvicorn.Config(app, lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await until(lambda: server.started)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving
