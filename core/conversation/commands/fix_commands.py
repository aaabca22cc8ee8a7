"""Was the fix done? The verb `fixed`: a person says so, and evidence from after it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.investigation_state import SolutionState
from core.cases.lifecycle import speak
from core.conversation.cards.card import Action
from core.conversation.cards.reply_cards import note
from core.conversation.messages.outbox import publish_case
from core.errors import NotAllowedNow
from core.investigation.solutions import confirm_solution
from core.text.redacted import Clean

if TYPE_CHECKING:
    from core.cases.events import CaseView
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import Order
    from core.store import Unit
    from core.workflows.services import Services


async def fixed(unit: Unit, order: Order, *, services: Services) -> Card:
    """The solution of that number was done; alone, the one that was proposed last."""
    by = order.command.by
    view = await unit.cases.view(order.case_id, lock=True)
    number = order.arguments.number or _newest(view)
    view = await speak(unit, view, by=by, services=services)
    view = await confirm_solution(unit, view, number, by=by, services=services)
    await publish_case(unit, view, services=services)
    (done,) = (one for one in view.course.solutions if one.number == number)
    said = Clean.say("{tag} fix {n} marked as done.", tag=view.case.tag, n=number)
    expects = Clean.say("It worked if {what}.", what=done.expects.line())
    step = Clean.say("What comes after now decides; bring a log of it, or wait for the alerts.")
    resolve = Action(verb="resolve", argument="", label=Clean.say("Resolve"))
    return note("fixed", said, expects, step, case=view.case, actions=(resolve,))


def _newest(view: CaseView) -> int:
    waiting = [one.number for one in view.course.solutions if one.state is SolutionState.PROPOSED]
    if not waiting:
        message = f"no fix is proposed in #{view.case.number}"
        step = "To say what fixed it: resolve pool set to 40"
        raise NotAllowedNow(message, next_step=step)
    return waiting[-1]
