"""Who does what a person types? A desk: here, in this process, or that of a running `up`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.clean import Clean
from core.conversation.model import Card, Command, Place
from core.conversation.present import reading_card
from core.conversation.replies import note
from core.conversation.verbs import obey
from core.conversation.vocabulary import take_apart
from core.evidence.receive import receive_file
from core.services import Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from core.evidence.model import EvidenceFile

CHUNK_BYTES = 2**20
LOOK_EVERY_S = 0.1


class Desk(Protocol):
    """What a screen needs of the product. Each call may raise Refused or Unavailable."""

    async def obey(self, text: str, case: int | None) -> tuple[Card, ...]:
        """Do what a line says, about `case` where the line names none."""

    async def messages(self, *, after: int, wait_s: float) -> tuple[list[Card], int]:
        """Cards changed since `after`, oldest first, waited for up to `wait_s`; the next `after`."""

    async def upload(self, path: Path, case: int) -> Card:
        """A file as evidence; the card says that it is being read."""


@dataclass(frozen=True, kw_only=True)
class LocalDesk:
    """The product in this very process."""

    services: Services
    by: str
    place: Place

    async def obey(self, text: str, case: int | None) -> tuple[Card, ...]:
        spoken = take_apart(text)
        command = Command(
            verb=spoken.verb,
            argument=spoken.argument,
            by=self.by,
            place=self.place,
            case_number=spoken.case_number or case,
        )
        return await obey(command, services=self.services)

    async def messages(self, *, after: int, wait_s: float) -> tuple[list[Card], int]:
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_s
        while True:
            async with self.services.store.reading() as unit:
                changed = await unit.conversation.messages(self.place, after=after)
            if changed:
                return [message.card for message in changed], changed[-1].seq
            if loop.time() >= end:
                return [], after
            await asyncio.sleep(LOOK_EVERY_S)

    async def upload(self, path: Path, case: int) -> Card:
        tenant_id = self.services.rules.tenant_id
        async with self.services.store.reading() as unit:
            case_id = (await unit.cases.by_number(tenant_id, case)).id
        file = await receive_file(
            case_id,
            chunks(path),
            name=path.name,
            by=self.by,
            service=None,
            services=self.services,
        )
        return received(file, case)


def received(file: EvidenceFile | None, case: int) -> Card:
    """What is said of an upload; None is one that the case has already."""
    if file is None:
        said = Clean.say("{tag} has this very file already.", tag=Clean.tag("#", case))
        return note("known", said)
    return reading_card(case, file)


async def chunks(path: Path) -> AsyncIterator[bytes]:
    """A file's bytes, read off the loop."""
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
