"""How is what people say taken in? Journaled, then acknowledged; a job takes it up.

A listener only translates and calls `hear`. What is not meant for us is not even kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.messages.channels import case_here
from core.conversation.messages.incoming import Heard, Manner, Utterance
from core.ids import new_id
from core.jobs.catalogue import hear_utterance, place_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.jobs.model import Job
    from core.places import Place
    from core.store import Unit
    from core.workflows.services import Services


async def hear(heard: Heard, *, services: Services) -> bool:
    """Commit what was said, with the job that takes it up; what comes back may be acknowledged.

    False where there is nothing to do: it was heard before, or it is not for us.
    Raises StoreUnavailable, after which nothing may be acknowledged.
    """
    (news,) = await hear_all([heard], services=services)
    return news


async def hear_all(said: Sequence[Heard], *, services: Services) -> list[bool]:
    """The same for what was said close together, in its order and in one commit."""
    ours = await _ours(said, services=services)
    if not any(ours):
        return ours
    journaled = [
        _utterance(heard, services=services)
        for heard, is_ours in zip(said, ours, strict=True)
        if is_ours
    ]
    news = iter(await services.store.hear(journaled))
    return [is_ours and next(news) for is_ours in ours]


async def _ours(said: Sequence[Heard], *, services: Services) -> list[bool]:
    """Which of it is for us? Most of it is said in a few places."""
    overheard = [heard for heard in said if heard.manner is Manner.MESSAGE]
    listening: dict[tuple[Place, bool], bool] = {}
    if overheard:
        async with services.store.reading(urgent=True) as unit:
            for heard in overheard:
                where = heard.place, bool(heard.attachments)
                if where not in listening:
                    listening[where] = await _listens(unit, *where, services=services)
    return [
        one.manner is not Manner.MESSAGE or listening[one.place, bool(one.attachments)]
        for one in said
    ]


def _utterance(heard: Heard, *, services: Services) -> tuple[Utterance, Job]:
    """What is journaled, and the job that takes it up."""
    utterance = Utterance(
        id=new_id("utt", clock=services.clock, chance=services.chance),
        tenant_id=services.rules.tenant_id,
        heard_at=services.clock.now(),
        heard=heard,
    )
    return utterance, hear_utterance(utterance, clock=services.clock, chance=services.chance)


async def read_on(job: Job, *, services: Services) -> None:
    """Handler of `chat.read_on`: hear what was said in a place between its making and our commit.

    Raises ChatUnavailable, after which it is read again; what is known by then is not heard twice.
    """
    place = place_in(job.payload)
    ear = services.ears.get(place.platform)
    if ear is None:  # the terminal has no people whom we could miss
        return
    async for heard in ear.history(place, after=str(job.payload["after"])):
        await hear(heard, services=services)


async def _listens(unit: Unit, place: Place, has_files: bool, *, services: Services) -> bool:  # noqa: FBT001
    """Is a case at home there, and do we listen to everything?

    A file is evidence wherever a case is at home, also where we listen to our name only.
    """
    if await case_here(unit, place) is None:
        return False
    return has_files or not await unit.hearing.mention_only(services.rules.tenant_id, place)
