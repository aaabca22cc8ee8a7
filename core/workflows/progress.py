"""Is somebody waiting? What is not done after three seconds says that it is under way.

The line is edited as time goes by, carries a button that stops it, and makes room for the answer.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.conversation.cards.answer_cards import QUESTION, looking_card
from core.conversation.cards.evidence_cards import FILE_CARD, reading_card
from core.conversation.messages.outbox import say
from core.errors import NotFound
from core.evidence.model import FileState
from core.jobs.catalogue import place_in, show_progress

if TYPE_CHECKING:
    from core.jobs.model import Job
    from core.places import Place
    from core.store import Unit
    from core.workflows.services import Services

FIRST_AFTER = timedelta(seconds=3)
AGAIN_AFTER = timedelta(seconds=15)  # seldom enough for fifty edits a minute in a workspace


async def watch(
    unit: Unit,
    place: Place,
    key: str,
    *,
    began: datetime | None = None,
    after: timedelta = FIRST_AFTER,
    services: Services,
) -> None:
    """Look after a while whether what `key` names still lasts, and say so at `place` then."""
    now = services.clock.now()
    job = show_progress(
        key,
        tenant_id=services.rules.tenant_id,
        payload={"key": key, "began": (began or now).isoformat(), **asdict(place)},
        due=now + after,
        clock=services.clock,
        chance=services.chance,
    )
    await unit.jobs.add(job)


async def report_progress(job: Job, *, services: Services) -> None:
    """Handler of `chat.progress`."""
    key, began = str(job.payload["key"]), datetime.fromisoformat(str(job.payload["began"]))
    place = place_in(job.payload)
    async with services.store.transaction() as unit:
        lasts = False
        if key.startswith(FILE_CARD):
            lasts = await _reading(unit, key, place, services=services)
        elif key.startswith(QUESTION):
            lasts = await _looking(unit, key, place, began, services=services)
        await unit.jobs.done(job, at=services.clock.now())
        if lasts:
            await watch(unit, place, key, began=began, after=AGAIN_AFTER, services=services)


async def _reading(unit: Unit, key: str, place: Place, *, services: Services) -> bool:
    """A file: said once, where it was dropped."""
    try:
        file = await unit.files.get(key.removeprefix(FILE_CARD))
    except NotFound:
        return False
    if file.state is FileState.RECEIVED:
        case = (await unit.cases.view(file.case_id)).case
        card = reading_card(case.number, file, version=case.version if file.data_type else 0)
        await say(unit, case, place, card, services=services)
    return False


async def _looking(
    unit: Unit, key: str, place: Place, began: datetime, *, services: Services
) -> bool:
    """A question: the one that waits longest at its place speaks for all of them."""
    question = await unit.conversation.question(key.removeprefix(QUESTION))
    if question.answered_at is not None:
        return False
    open_ones = await unit.conversation.open_questions(question.case_id)
    here = [one for one in open_ones if one.place == place]
    if here[0].id == question.id:
        case = (await unit.cases.view(question.case_id)).case
        now, others = services.clock.now(), len(here) - 1
        card = looking_card(case, question, others=others, since=began, now=now)
        await say(unit, case, place, card, services=services)
    return True
