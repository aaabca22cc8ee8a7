"""What was said and tried here? Answered from the case's log at once; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.conversation.cards.card import Card, Mark, Row
from core.conversation.cards.reply_cards import note
from core.conversation.commands.queries import draw_catch_up, draw_handoff
from core.investigation.answering.answers import COURTESY
from core.investigation.answering.recollection import recollect
from core.investigation.answering.router import Story, story_in
from core.investigation.memory.messages import messages_of
from core.text import quantities
from core.text.redacted import Clean

if TYPE_CHECKING:
    from datetime import datetime

    from core.cases.model import Case
    from core.investigation.answering.recollection import Recollection
    from core.investigation.memory.model import Said
    from core.redaction.engine import Redactor
    from core.store import Unit
    from core.workflows.services import Services

_LINE = 300  # characters of one message


async def recall_card(unit: Unit, case_id: str, question: str, *, services: Services) -> Card:
    """What of the case's own story is about the question; to the next shift, or who is late."""
    story = story_in(question)
    match story:
        case Story.HAND_OFF:
            return await draw_handoff(unit, case_id, services=services)
        case Story.CATCH_UP:
            return await draw_catch_up(unit, case_id, services=services)
    view = await unit.cases.view(case_id)
    if story is Story.OWNER:
        return _owner_card(view.case, services.redactor(case_id))
    events = await unit.cases.events(case_id)
    messages = messages_of(events, await unit.cases.texts(case_id))
    found = recollect(question, messages, view.course, view.hypotheses)
    redactor = services.redactor(case_id)
    return recollection_card(view.case, found, now=services.clock.now(), redactor=redactor)


def recollection_card(
    case: Case, found: Recollection, *, now: datetime, redactor: Redactor
) -> Card:
    """What was tried, then who said what and when."""
    if not found:
        said = Clean.say("{tag} nothing about that was said or tried here.", tag=case.tag)
        step = Clean.say("I know what is said in the case's thread, or after `ask`.")
        return note("recalled", said, step, case=case)
    rows = [Row(text=Clean.say("{tag} so far", tag=case.tag), strong=True)]
    rows += [Row(text=Clean.say("tried: {what}", what=one.line())) for one in found.tried]
    rows += [_told(one, now=now, redactor=redactor) for one in found.said]
    return Card(
        key=f"recalled:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        case_number=case.number,
    )


def _owner_card(case: Case, redactor: Redactor) -> Card:
    if not case.owner:
        said = Clean.say("{tag} nobody owns this yet.", tag=case.tag)
        return note(
            "owner", said, Clean.say("Whoever does something in it first, does."), case=case
        )
    owner = redactor.clean(case.owner).line()
    return note(
        "owner", Clean.say("{tag} is owned by {owner}.", tag=case.tag, owner=owner), case=case
    )


def courtesy_card() -> Card:
    """To a greeting or thanks."""
    return Card(key="note:courtesy", version=0, mark=Mark.ANSWER, rows=(Row(text=COURTESY),))


def _told(one: Said, *, now: datetime, redactor: Redactor) -> Row:
    by = Clean.say("FaultMaven") if one.by == "system" else redactor.clean(one.by).line()
    text = one.text.line().cut(_LINE)
    at = quantities.clock(one.at, now)
    return Row(text=Clean.say("{at} {by}: {text}", at=at, by=by, text=text))
