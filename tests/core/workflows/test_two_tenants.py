"""Two tenants on one store, and two workspaces of one tenant: nobody sees what another does.

Whole journeys run in step with each other, from the delivery to the report, through one pool of
workers. What each of them is shown is what they would be shown if they were alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.alerts.routing import Policy
from core.clock import EPOCH
from core.context import Rules
from core.conversation.messages.message import Attachment, MessageKind
from core.conversation.ports import Workspace, connect_workspace
from core.places import Destination, Place
from core.workflows.delivery_intake import DeliveryBody, Journal, accept
from faultmaven.worker_pool import start_pool
from storage.memory import MemoryJobs, MemoryStore
from tests.core.alerts.desk import START, a_body, an_alert
from tests.fakes.chat import EVERYONE, PEOPLE, FakeChat, House, in_memory, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.workflows.services import Services

CHANNEL = Destination(platform="pigeon", channel="loft")
LINES = """\
2026-11-20T07:59:58Z INFO {name}-api request served in 12 ms
2026-11-20T08:00:01Z ERROR {name}-api dial tcp 10.2.0.7:5432: connect: connection refused
2026-11-20T08:00:02Z ERROR {name}-api could not reach {name}-db, giving up
"""
COMMANDS = (
    "status",
    "hypotheses",
    "why 1",
    "evidence",
    "errors",
    "show refused",
    "timeline",
    "what changed?",
    "note it was {name} again",
    "confirm 1",
    "cases",
    "similar",
    "fixed restarted {name}-db",
    "report",
    "resolve",
    "cases all",
)


@dataclass
class Party:
    """Those who work in one workspace, and the names that only they may meet."""

    name: str
    house: House
    chat: FakeChat
    tenant_id: str
    heard: int = 0
    thread: Place | None = None

    @property
    def services(self) -> Services:
        return self.house.services.of_tenant(self.tenant_id)

    @property
    def workspace(self) -> str:
        return self.chat.workspace_id

    async def says(self, text: str, place: Place, *, files: Sequence[Attachment] = ()) -> None:
        speaker = replace(self.house, services=self.services, pigeon=self.chat, heard=self.heard)
        await speaker.hear(
            text.format(name=self.name), place, manner=MessageKind.MENTION, attachments=tuple(files)
        )
        self.heard = speaker.heard

    def shown(self) -> str:
        return words_of(*self.chat.messages.values(), *(card for _, card in self.chat.whispers))


Step = Callable[[Party], Awaitable[None]]


async def an_alert_fires(party: Party) -> None:
    alert = an_alert(f"{party.name.title()}Refused", service=f"{party.name}-api", starts_at=START)
    content = a_body(alert, group="same")
    body = DeliveryBody(kept=content, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    await accept(body, journal=Journal(party.services.store), services=party.services)


async def a_case_is_opened(party: Party) -> None:
    await party.says(
        "open {name}-api is slow",
        Place(platform="pigeon", workspace=party.workspace, channel="loft", thread="t1"),
    )


async def its_place_is_known(party: Party) -> None:
    async with party.services.reading() as unit:
        (case,) = await unit.cases.listing()
        bound = await unit.conversation.bindings(case.id)
    party.thread = next(binding.place for binding in bound if binding.place.platform == "pigeon")


async def a_file_is_dropped(party: Party) -> None:
    party.chat.files["f1"] = LINES.format(name=party.name).encode()
    attachment = Attachment(id="f1", name="api.log", size=200, source="f1")
    assert party.thread
    await party.says("", party.thread, files=[attachment])


def is_asked(line: str) -> Step:
    async def asked(party: Party) -> None:
        assert party.thread
        await party.says(line, party.thread)

    return asked


# A tenant's own list of cases is the same in all its workspaces.
IN_ITS_THREAD = tuple(line for line in COMMANDS if not line.startswith(("cases", "similar")))
QUESTIONS = tuple(is_asked(line) for line in COMMANDS)
FROM_AN_ALERT: tuple[Step, ...] = (
    an_alert_fires,
    its_place_is_known,
    a_file_is_dropped,
    *QUESTIONS,
)


async def run(house: House, parties: Sequence[Party], steps: Sequence[Step]) -> None:
    for step in steps:
        for party in parties:
            await step(party)
        await house.work()
        house.clock.advance(1)


def the_house(folder: Path, *chats: FakeChat, tenants: Sequence[str]) -> House:
    """One installation whose worker pool works for all these workspaces."""
    house = in_memory(folder)
    store = house.services.store
    assert isinstance(store, MemoryStore)
    for chat, tenant_id in zip(chats, tenants, strict=True):
        rows = store.committed.of(tenant_id).workspaces
        for row in list(rows):
            rows.remove((row.platform, row.id))
        workspace = Workspace(
            tenant_id=tenant_id,
            id=chat.workspace_id,
            platform="pigeon",
            external_id=chat.workspace_id,
            connected_at=EPOCH,
        )
        rows.put(("pigeon", chat.workspace_id), workspace)
    services = replace(
        house.services,
        chats=(house.chat, *chats),
        readers=chats,
        rules=Rules(routing=Policy(otherwise=(CHANNEL,)), resolve_after=timedelta(hours=1)),
    )
    workers = start_pool(MemoryJobs(store), services=services, audiences=EVERYONE, owner="test")
    return replace(house, services=services, workers=workers)


def a_chat(workspace_id: str) -> FakeChat:
    return FakeChat(platform="pigeon", workspace_id=workspace_id, people=dict(PEOPLE))


async def shown_alone(folder: Path, name: str, steps: Sequence[Step]) -> str:
    chat = a_chat(name)
    house = the_house(folder, chat, tenants=["alone"])
    party = Party(name, house, chat, "alone")
    await run(house, [party], steps)
    return party.shown()


async def test_two_tenants_journeys_run_as_if_each_was_alone(tmp_path: Path) -> None:
    shop, bank = a_chat("shop"), a_chat("bank")
    house = the_house(tmp_path / "both", shop, bank, tenants=["one", "two"])
    parties = [Party("shop", house, shop, "one"), Party("bank", house, bank, "two")]
    await run(house, parties, FROM_AN_ALERT)
    for party, other in zip(parties, reversed(parties), strict=True):
        assert f"{party.name}-api" in party.shown()
        assert other.name not in party.shown().lower()
        alone = await shown_alone(tmp_path / party.name, party.name, FROM_AN_ALERT)
        assert party.shown() == alone


async def test_two_workspaces_of_one_platform_are_apart(tmp_path: Path) -> None:
    """The same channel and thread of the same tenant in another workspace is another place."""
    shop, annex = a_chat("shop"), a_chat("annex")
    house = the_house(tmp_path, shop, annex, tenants=["one", "two"])
    parties = [Party("shop", house, shop, "one"), Party("annex", house, annex, "one")]
    await run(house, parties, [a_case_is_opened])
    async with parties[0].services.reading() as unit:
        mine, theirs = sorted(await unit.cases.listing(), key=lambda case: case.number)
        for party, case in zip(parties, (mine, theirs), strict=True):
            (place,) = {binding.place for binding in await unit.conversation.bindings(case.id)} - {
                house.services.rules.home
            }
            assert place.workspace == party.workspace
            party.thread = place
    await run(house, parties, [a_file_is_dropped, *map(is_asked, IN_ITS_THREAD)])
    for party, other in zip(parties, reversed(parties), strict=True):
        assert f"{party.name}-api" in party.shown()
        assert f"{other.name}-" not in party.shown()
        assert {card.case_number for card in party.chat.shown("case")} == {1 + parties.index(party)}


async def test_what_nobody_here_speaks_to_waits(tmp_path: Path) -> None:
    """A card of another workspace is not posted where the token happens to be of."""
    shop = a_chat("shop")
    house = the_house(tmp_path, shop, tenants=["one"])
    party = Party("shop", house, a_chat("annex"), "one")
    async with party.services.unit() as unit:
        assert await connect_workspace(unit, "pigeon", "annex") != "shop"
    await an_alert_fires(party)
    await house.work()
    assert shop.messages == {}
