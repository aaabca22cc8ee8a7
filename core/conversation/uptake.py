"""What becomes of something that was heard? Handler of `chat.hear`.

Who said it is found out, then the verb is obeyed, and the replies commit together with what it
changed. A person who may only read is told so, but only where they turned to us.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from core.access.introduction import introduce
from core.access.model import Standing
from core.cases.events import EventKind
from core.cases.lifecycle import Change, record, speak
from core.conversation.attention import Note, wanted
from core.conversation.contribution import Contribution, find_utterance
from core.conversation.drops import case_here, plan_fetching
from core.conversation.glance import CASE_CARD
from core.conversation.homes import near
from core.conversation.model import Card, Command, Manner, Mark, Place
from core.conversation.progress import watch
from core.conversation.replies import elsewhere, refusal
from core.conversation.verbs import obey
from core.conversation.vocabulary import VERBS, Spoken, understand
from core.errors import FaultMavenError, OurFault, Refused, TooMany, WrongUsage
from core.jobs.failure import problem_of
from core.redaction.engine import Redactor
from core.redaction.keys import case_key

if TYPE_CHECKING:
    from core.jobs.model import Job
    from core.ports import Unit
    from core.services import Services

MOST_A_MINUTE = 100
MINUTE = timedelta(minutes=1)


async def take_up(job: Job, *, services: Services) -> None:
    """Handler of `chat.hear`.

    Raises Unavailable, after which it is taken up again, and OurFault, which is told to the person.
    """
    async with services.store.reading() as unit:
        utterance = await find_utterance(unit, str(job.payload["utterance_id"]))
    who = await introduce(utterance.heard.by, utterance.heard.place, services=services)
    said = Contribution(utterance=utterance, who=who, job=job)
    if who.profile.standing is Standing.BOT:  # two bots would talk for ever
        await _end(said, services=services)
        return
    try:
        await _follow(said, services=services)
    except FaultMavenError:
        raise
    except Exception as error:  # the outermost place that knows whom to tell
        await _apologise(said, services=services)
        message = f"taking up {utterance.id}: {problem_of(error)}"
        raise OurFault(message) from error


async def _apologise(said: Contribution, *, services: Services) -> None:
    async with services.store.transaction() as unit:
        case_id = await case_here(unit, said.heard.place)
        case = (await unit.cases.view(case_id)).case if case_id else None
        await said.apologise(unit, case, services=services)


async def _follow(said: Contribution, *, services: Services) -> None:
    """Do what was wanted, if anything was."""
    match wanted(said.heard):
        case Spoken() as spoken:
            await _obey(said, spoken, services=services)
        case Note() as note:
            await _keep(said, note.text, services=services)
        case None:
            await _keep(said, "", services=services)


async def _end(said: Contribution, *, services: Services) -> None:
    async with services.store.transaction() as unit:
        await unit.jobs.done(said.job, at=services.clock.now())


async def _obey(said: Contribution, spoken: Spoken, *, services: Services) -> None:
    command = Command(
        verb=spoken.verb,
        argument=spoken.argument,
        by=said.name,
        place=said.heard.place,
        case_number=spoken.case_number or said.heard.case_number,
    )
    try:
        said.may(change=_changes(command), services=services)
        if await _is_flood(said, services=services):
            await _end(said, services=services)
            return
    except Refused as error:
        await _refuse(said, error, services=services)
        return

    async def settle(unit: Unit, cards: tuple[Card, ...]) -> None:
        await _reply(unit, said, command, cards, services=services)
        await plan_fetching(unit, said, services=services)
        await unit.jobs.done(said.job, at=services.clock.now())

    await obey(command, services=services, settle=settle)


def _changes(command: Command) -> bool:
    """Is it for members only? What cannot be understood changes nothing."""
    try:
        meant = understand(command.verb, command.argument)
    except WrongUsage:
        return False
    if meant.verb.name in ("evidence", "listen"):  # alone, they only tell
        return bool(meant.arguments.text)
    return meant.verb.changes


async def _is_flood(said: Contribution, *, services: Services) -> bool:
    """Does one person ask more of us within a minute than people can?

    Raises TooMany the first time; the rest of it is kept, and not answered one by one.
    """
    utterance = said.utterance
    async with services.store.reading() as unit:
        asked = await unit.hearing.count(
            utterance.tenant_id,
            said.heard.place.platform,
            said.heard.by,
            since=utterance.heard_at - MINUTE,
            until=utterance.heard_at,
        )
    if asked == MOST_A_MINUTE + 1:
        message = f"that is more than {MOST_A_MINUTE} a minute from one person"
        raise TooMany(message)
    return asked > MOST_A_MINUTE


async def _refuse(said: Contribution, error: FaultMavenError, *, services: Services) -> None:
    """Told to whoever turned to us; what guests say to each other is none of our business."""
    if said.heard.manner is Manner.MESSAGE:
        await _keep(said, said.heard.text, services=services)
        return
    async with services.store.transaction() as unit:
        card = refusal(error, redactor=Redactor(services.secret))
        await said.reply(unit, card, part="refused", services=services)
        await unit.jobs.done(said.job, at=services.clock.now())


async def _reply(
    unit: Unit, said: Contribution, command: Command, cards: tuple[Card, ...], *, services: Services
) -> None:
    """Say what was done; what takes its time is watched instead, and no card is said twice."""
    verb = VERBS.get(command.verb.lower())
    aloud = verb is not None and verb.aloud
    for nth, card in enumerate(cards):
        place = said.heard.place
        if card.mark is Mark.PROGRESS or aloud:
            place = await _home_of(unit, card, place, services=services)
        if card.mark is Mark.PROGRESS:
            await watch(unit, place, card.key, services=services)
            if place != said.heard.place:  # elsewhere than they look
                await said.reply(unit, elsewhere(card), part=str(nth), services=services)
        elif not await _appears_anyway(unit, card, command, place):
            part = str(nth)
            await said.reply(unit, card, part=part, place=place, aloud=aloud, services=services)


async def _home_of(unit: Unit, card: Card, place: Place, *, services: Services) -> Place:
    """What everyone is to see belongs where its case is at home in that channel."""
    if card.case_number is None:
        return place
    case = await unit.cases.by_number(services.rules.tenant_id, card.case_number)
    return await near(unit, case.id, place)


async def _appears_anyway(unit: Unit, card: Card, command: Command, place: Place) -> bool:
    """The card of a case that was just opened in this very thread comes by itself."""
    if command.verb.lower() != "open" or not card.key.startswith(CASE_CARD):
        return False
    return await unit.conversation.case_at(place) == card.key.removeprefix(CASE_CARD)


async def _keep(said: Contribution, text: str, *, services: Services) -> None:
    """What people say to each other belongs to the case's story; what they drop is evidence."""
    async with services.store.transaction() as unit:
        case_id = await case_here(unit, said.heard.place)
        if case_id is not None and text:
            await _note(unit, case_id, said, text, services=services)
        await plan_fetching(unit, said, services=services)
        await unit.jobs.done(said.job, at=services.clock.now())


async def _note(
    unit: Unit, case_id: str, said: Contribution, text: str, *, services: Services
) -> None:
    view = await unit.cases.view(case_id, lock=True)
    clean = Redactor(case_key(services.secret, case_id)).clean(text)
    noted = Change(kind=EventKind.NOTED, data={"text": clean.digest}, texts=[clean])
    now = services.clock.now()
    view = await record(unit, view, case_id, [noted], at=now, actor=said.name)
    if said.who.profile.standing is Standing.MEMBER:
        await speak(unit, view, by=said.name, owns=False, services=services)
