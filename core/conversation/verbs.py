"""What happens when a person says something? Verb understood, case found, function called.

Verbs that read answer from the tables at once (`looking`); verbs that change something commit,
plan what follows and say what was done (`acting`). Errors come back as a card.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.conversation import acting, looking, replies
from core.conversation.model import Card, Command
from core.conversation.order import Order
from core.conversation.vocabulary import Understood, understand
from core.errors import FaultMavenError, NotFound
from core.redaction.engine import Redactor
from core.redaction.keys import case_key

if TYPE_CHECKING:
    from core.services import Services


class Handler(Protocol):
    """What one verb does with one case."""

    async def __call__(self, order: Order, *, services: Services) -> Card: ...


async def obey(command: Command, *, services: Services) -> tuple[Card, ...]:
    """Do what a person wants and say so. What can go wrong on purpose is said, not raised."""
    redactor = Redactor(case_key(services.secret, services.rules.tenant_id))
    try:
        meant = understand(command.verb, command.argument)
        card = await _do(meant, command, redactor, services=services)
    except FaultMavenError as error:
        return (replies.refusal(error, redactor=redactor),)
    if meant.said is None:
        return (card,)
    return (replies.understood_as(meant, redactor=redactor), card)


async def evidence(order: Order, *, services: Services) -> Card:
    """Lines are evidence; without any, what there is."""
    if order.arguments.text:
        return await acting.paste(order, services=services)
    return await looking.evidence(order, services=services)


HANDLERS: dict[str, Handler] = {
    "status": looking.status,
    "hypotheses": looking.hypotheses,
    "report": looking.report,
    "ask": acting.ask,
    "evidence": evidence,
    "confirm": acting.confirm,
    "reject": acting.reject,
    "resolve": acting.resolve,
    "reopen": acting.reopen,
}


async def _do(
    meant: Understood, command: Command, redactor: Redactor, *, services: Services
) -> Card:
    if meant.verb.name == "help":
        return replies.help_card()
    if meant.verb.name == "open":
        title = redactor.clean(meant.arguments.text).line()
        return await acting.open_case(title, command, services=services)
    found = await _which_case(command, meant, redactor, services=services)
    if isinstance(found, Card):
        return found
    order = Order(
        case_id=found,
        arguments=meant.arguments,
        command=command,
        redactor=Redactor(case_key(services.secret, found)),
    )
    return await HANDLERS[meant.verb.name](order, services=services)


async def _which_case(
    command: Command, meant: Understood, redactor: Redactor, *, services: Services
) -> str | Card:
    """The number said, the place's own case, the only open one; else a card to pick from."""
    tenant_id = services.rules.tenant_id
    async with services.store.reading() as unit:
        if command.case_number is not None:
            return (await unit.cases.by_number(tenant_id, command.case_number)).id
        bound = await unit.conversation.case_at(command.place)
        if bound is not None:
            return bound
        cases = await unit.cases.listing(tenant_id, only_open=True)
    if not cases:
        step = "Alerts open cases by themselves. To open one: open checkout is slow"
        raise NotFound("no case is open", next_step=step)
    if len(cases) == 1:
        return cases[0].id
    said = redactor.clean(_to_repeat(meant, command))
    return replies.picker(cases, verb=meant.verb.name, argument=said)


def _to_repeat(meant: Understood, command: Command) -> str:
    """What a button that picks the case must carry along; pasted lines are too long for one."""
    match meant.verb.name:
        case "evidence":
            return f"e{meant.arguments.file}" if meant.arguments.file else ""
        case "ask":
            return meant.arguments.text
        case _:
            return command.argument
