"""How is what people say taken in? Journaled, then acknowledged; a job takes it up.

A listener only translates and calls `hear`. What is not meant for us is not even kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clock import new_id
from core.conversation.model import Heard, Manner, Place, Utterance
from core.jobs.catalogue import hear_utterance

if TYPE_CHECKING:
    from core.ports import Unit
    from core.services import Services


async def hear(heard: Heard, *, services: Services) -> bool:
    """Commit what was said, with the job that takes it up; what comes back may be acknowledged.

    False where there is nothing to do: it was heard before, or it is not for us.
    Raises StoreUnavailable, after which nothing may be acknowledged.
    """
    if not await is_for_us(heard, services=services):
        return False
    utterance = Utterance(
        id=new_id("utt", clock=services.clock, chance=services.chance),
        tenant_id=services.rules.tenant_id,
        heard_at=services.clock.now(),
        heard=heard,
    )
    job = hear_utterance(utterance, clock=services.clock, chance=services.chance)
    return await services.store.hear(utterance, job)


async def is_for_us(heard: Heard, *, services: Services) -> bool:
    """Is it said to us, or where a case is at home and we listen to everything?

    A file is evidence wherever a case is at home, also where we listen to our name only.
    """
    if heard.manner is not Manner.MESSAGE:
        return True
    async with services.store.reading() as unit:
        if not await owns(unit, heard.place):
            return False
        if heard.attachments:
            return True
        return not await unit.hearing.mention_only(services.rules.tenant_id, heard.place)


async def owns(unit: Unit, place: Place) -> bool:
    """Is a case at home in this thread, or in the channel as a whole?"""
    if await unit.conversation.case_at(place) is not None:
        return True
    return bool(place.thread) and await unit.conversation.case_at(place.whole_channel) is not None
