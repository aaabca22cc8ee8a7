"""A thousand changes of twenty cards in a minute, on virtual time: Slack never has to say no."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.slack.cards import message_of
from core.alerts.notification import fingerprint_of
from core.alerts.routing import Policy
from core.context import Rules
from core.conversation.cards.case_card import CASE_CARD
from core.places import Destination
from core.workflows.delivery_intake import DeliveryBody, Journal, accept
from faultmaven.worker_pool import start_pool
from storage.memory import MemoryJobs, MemoryStore
from tests.fakes.chat import EVERYONE, in_memory
from tests.journeys.slack_in_process import InProcessSlack
from tests.storage.jobs.virtual_time import LoopClock, on_virtual_time

if TYPE_CHECKING:
    from pathlib import Path

    from core.workflows.services import Services

pytestmark = pytest.mark.timeout(120)

CASES, CHANGES, MINUTE_S = 20, 1000, 60.0
HOME = Destination(platform="slack", channel="#incidents")


def test_a_thousand_card_changes_in_a_minute(tmp_path: Path) -> None:
    async def story() -> None:
        workspace = InProcessSlack()
        house = in_memory(tmp_path, clock=LoopClock())
        store = house.services.store
        assert isinstance(store, MemoryStore)
        services = replace(
            house.services,
            chats=(*house.services.chats, workspace.chat),
            rules=Rules(routing=Policy(otherwise=(HOME,))),
        )
        workers = start_pool(MemoryJobs(store), services=services, audiences=EVERYONE, owner="test")
        journal = Journal(store)
        async with workers.running():
            for number in range(CHANGES):
                await alert(f"service-{number % CASES}", number, journal, services)
                await asyncio.sleep(MINUTE_S / CHANGES)
            # Twenty cards in one channel are posted one a second, then edited 40 a minute.
            await asyncio.sleep(MINUTE_S)
            assert await newest(workspace, services) == CASES
        assert workspace.refused() == []
        assert workspace.busiest_minute("chat.update") <= 50
        assert workspace.busiest_minute("chat.postMessage") <= 60
        assert len(workspace.slack.called("chat.postMessage")) == CASES

    on_virtual_time(story())


async def alert(service: str, number: int, journal: Journal, services: Services) -> None:
    """One more alert of the service begins to fire."""
    labels = {"alertname": "Slow", "service": service, "instance": f"i{number}"}
    fired: dict[str, Any] = {
        "status": "firing",
        "labels": labels,
        "annotations": {},
        "startsAt": services.clock.now().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": fingerprint_of(labels),
    }
    body = {
        "receiver": "faultmaven",
        "status": "firing",
        "alerts": [fired],
        "groupLabels": {"service": service},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "",
        "version": "4",
        "groupKey": f"{{}}:{{service={service}}}",
        "truncatedAlerts": 0,
    }
    await accept(DeliveryBody.of(json.dumps(body).encode()), journal=journal, services=services)


async def newest(workspace: InProcessSlack, services: Services) -> int:
    """How many cases have in Slack what the tables say now, word for word."""
    current, channel = 0, workspace.slack.team.channel("#incidents")
    async with services.reading() as unit:
        for case in await unit.cases.listing():
            homes = await unit.conversation.bindings(case.id)
            place = next(binding.place for binding in homes if binding.place.platform == "slack")
            shown = await unit.conversation.shown(place, f"{CASE_CARD}{case.id}")
            if shown is not None and shown.card.version == case.version:
                drawn = [dict(block) for block in message_of(shown.card).blocks]
                current += _without_ids(channel.messages[shown.ref].blocks) == _without_ids(drawn)
    return current


def _without_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Slack gives each block an id of its own where it has none."""
    return [
        {name: value for name, value in block.items() if name != "block_id"} for block in blocks
    ]
