"""Runs what a person typed: finds the verb and the case, and calls the function of the verb.

Verbs that read answer from the tables at once (`queries`); verbs that change something commit,
plan what follows and say what was done (`case_commands` and its like). Errors return as a card.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from core.conversation.cards import reply_cards
from core.conversation.cards.card import Card
from core.conversation.cards.health_cards import health_card
from core.conversation.commands import (
    arguments,
    case_commands,
    check_commands,
    evidence_commands,
    feedback_commands,
    queries,
    verdict_commands,
)
from core.conversation.commands.command import CaseCommand, Command
from core.conversation.commands.parsing import ParsedCommand, understand
from core.conversation.commands.queries import (
    asked_back,
    courtesy_card,
    recall_card,
    similar_card,
    words_of,
)
from core.conversation.commands.vocabulary import ASK, VERBS, Verb
from core.conversation.messages.channels import case_here
from core.errors import (
    FaultMavenError,
    LeaseLost,
    NotAllowedNow,
    NotFound,
    NotPermitted,
    StoreUnavailable,
    Unavailable,
)
from core.investigation.answering.intents import IntentKind
from core.investigation.answering.questions import AskedQuestion, read_question
from core.places import API
from core.workflows import account_links, original_delivery
from core.workflows.case_access import CaseReader, must_reach, only_reachable
from core.workflows.event_queries import look_up_card
from core.workflows.evidence_intake import store_text
from core.workflows.knowledge_graph import place_reader, related_nodes
from core.workflows.knowledge_health import health_at
from core.workflows.knowledge_search import found_in_documents, runbook_of_case
from core.workflows.services import Unit

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from core.evidence.model import StoredContent
    from core.redaction.engine import Redactor
    from core.workflows.services import Services

_OF_DOCUMENTS = ("search", "runbook")

Settle = Callable[[Unit, tuple[Card, ...]], Awaitable[None]]


class CommandHandler(Protocol):
    """What one verb does with one case."""

    async def __call__(self, unit: Unit, order: CaseCommand) -> Card: ...


async def dispatch(
    command: Command, *, services: Services, settle: Settle | None = None
) -> tuple[Card, ...]:
    """Do what a person wants and say so. What can go wrong on purpose is said, not raised.

    settle: called with the replies in the very unit that holds the effects, so that a job can say
    that it is done; then what is unavailable is raised, for the job to be tried again.
    """
    redactor = services.redactor(services.context.tenant_id)
    command = replace(command, by=services.context.clean_name(command.by))
    try:
        return await _obey(command, redactor, services=services, settle=settle)
    except FaultMavenError as error:
        if settle is not None and isinstance(error, Unavailable | LeaseLost):
            raise
        cards = (reply_cards.refusal(error, redactor=redactor),)
    if settle is not None:
        async with services.unit() as unit:
            await settle(unit, cards)
    return cards


async def _obey(
    command: Command, redactor: Redactor, *, services: Services, settle: Settle | None
) -> tuple[Card, ...]:
    meant = understand(command.verb, command.argument, plain=command.plain)
    pasted = await _store_paste(meant, services=services)
    await services.read_ahead(meant.arguments.text, command.argument)
    look_up = _look_up_documents if meant.verb.name in _OF_DOCUMENTS else _look_up
    looked_up = await look_up(meant, command, redactor, services=services)
    writes = (meant.verb.changes and looked_up is None) or settle is not None
    async with _unit(services, writes=writes) as unit:
        card = looked_up or await _do(unit, meant, command, redactor, pasted, services=services)
        cards: tuple[Card, ...] = (card,)
        if meant.typed is not None:
            cards = (reply_cards.understood_as(meant, redactor=redactor), card)
        if settle is not None:
            await settle(unit, cards)
    return cards


async def evidence(unit: Unit, order: CaseCommand) -> Card:
    """Lines are evidence; without any, what there is, and what may be done with it."""
    match order.arguments.act:
        case "delete":
            return await evidence_commands.delete(unit, order)
        case "again":
            return await evidence_commands.again(unit, order)
        case arguments.IS:
            return await evidence_commands.own(unit, order)
        case arguments.ORIGINAL:
            return await original_delivery.order_original(unit, order)
    if order.arguments.text:
        return await case_commands.paste(unit, order)
    return await queries.evidence(unit, order)


async def related(unit: Unit, order: CaseCommand) -> Card:
    """Past cases like this one, and what fixed them."""
    return await _related(unit, order.case_id, order.command)


HANDLERS: dict[str, CommandHandler] = {
    "status": queries.status,
    "hypotheses": queries.hypotheses,
    "why": queries.why,
    "timeline": queries.timeline,
    "handoff": queries.handoff,
    "report": queries.report,
    "run": check_commands.run,
    "result": check_commands.result,
    "fixed": check_commands.fixed,
    "helped": feedback_commands.helped,
    "ask": case_commands.ask,
    "evidence": evidence,
    "confirm": verdict_commands.confirm,
    "reject": verdict_commands.reject,
    "undo": verdict_commands.undo,
    "correct": case_commands.correct,
    "cancel": case_commands.cancel,
    "resolve": case_commands.resolve,
    "reopen": case_commands.reopen,
    "related": related,
}


async def _do(
    unit: Unit,
    meant: ParsedCommand,
    command: Command,
    redactor: Redactor,
    pasted: StoredContent | None,
    *,
    services: Services,
) -> Card:
    match meant.verb.name:
        case "help":
            return reply_cards.help_card()
        case "listen":
            return await case_commands.listen(unit, command, meant.arguments.text)
        case "whoami" | "link" | "unlink" as verb:
            return await account_links.obey(unit, verb, command, meant.arguments.text)
        case "open" if command.place.platform == API:
            message = "a message to a case opens no other one"
            raise NotAllowedNow(message, next_step="POST /api/v1/cases with its title opens one.")
        case "open":
            title = redactor.clean(meant.arguments.text).line()
            return await case_commands.open_case(unit, title, command)
    chosen = await _which_case(unit, command, meant, redactor)
    if isinstance(chosen, Card):
        return chosen
    order = CaseCommand(
        case_id=chosen,
        arguments=meant.arguments,
        command=command,
        redactor=services.redactor(chosen),
        pasted=pasted,
    )
    return await HANDLERS[meant.verb.name](unit, order)


async def _store_paste(meant: ParsedCommand, *, services: Services) -> StoredContent | None:
    """Pasted lines rest in the files before the unit begins: no other port is called in one."""
    if not _brings_lines(meant):
        return None
    try:
        return await store_text(meant.arguments.text, services=services)
    except StoreUnavailable as error:  # nobody else in the channel waits until there is room
        raise NotAllowedNow(
            str(error), next_step="Free disk space, then paste it again."
        ) from error


async def _look_up(
    meant: ParsedCommand, command: Command, redactor: Redactor, *, services: Services
) -> Card | None:
    """What can be answered at once, before the unit begins; None for what takes a turn."""
    if meant.verb.name != ASK:
        return None
    caseless = await _of_no_case(meant.arguments.text, command, redactor, services=services)
    if caseless is not None:
        return caseless
    async with services.reading() as unit:
        which = await _which_case(unit, command, meant, redactor)
        if isinstance(which, Card):
            return which
        question = read_question(meant.arguments.text, await words_of(unit, which))
        card = None
        if question.is_certain:
            card = await _told_at_once(unit, which, question, command)
        case = (await unit.cases.view(which)).case
    if card is not None or question.kind is not IntentKind.LINES or not question.is_certain:
        return card
    if question.has_unread_time:
        return reply_cards.unread_time(case)
    typed = meant.arguments.text
    return await look_up_card(case, question.lookup, typed=typed, services=services)


async def _of_no_case(
    text: str, command: Command, redactor: Redactor, *, services: Services
) -> Card | None:
    """What is answered wherever it is asked, of whatever case; None for anything else."""
    question = read_question(text)
    if question.kind is IntentKind.COURTESY and question.is_certain:
        return courtesy_card()
    if question.kind is IntentKind.RUNBOOKS and question.is_certain:
        _must_be_of_the_team(command)
        return health_card(await health_at(command.place, services=services), redactor.clean)
    return None


def _must_be_of_the_team(command: Command) -> None:
    """Documents of everybody are the team's. Raises NotPermitted."""
    if command.is_of_guest:
        message = "the team's documents are read by members of this workspace"
        raise NotPermitted(message, next_step="Ask a member to look them up.")


async def _look_up_documents(
    meant: ParsedCommand, command: Command, redactor: Redactor, *, services: Services
) -> Card:
    if meant.verb.name == "search":
        _must_be_of_the_team(command)
        words = redactor.clean(meant.arguments.text).line()
        return await found_in_documents(words, command.place, services=services)
    async with services.reading() as unit:
        chosen = await _which_case(unit, command, meant, redactor)
    if isinstance(chosen, Card):
        return chosen
    return await runbook_of_case(chosen, by=command.by, services=services)


async def _told_at_once(
    unit: Unit, case_id: str, question: AskedQuestion, command: Command
) -> Card | None:
    """What the tables answer, and what is asked back before anything changes."""
    match question.kind:
        case IntentKind.MEMORY:
            return await recall_card(unit, case_id, question)
        case IntentKind.SIMILAR:
            return await _related(unit, case_id, command)
        case IntentKind.GUARDED:
            return await asked_back(unit, case_id, question)
    return None


async def _related(unit: Unit, case_id: str, command: Command) -> Card:
    reader = await place_reader(unit, case_id, command.place, _reader(command, VERBS["related"]))
    nodes = await related_nodes(unit, case_id, reader)
    return await similar_card(unit, case_id, nodes, may_read=reader.may_read)


def _brings_lines(meant: ParsedCommand) -> bool:
    """Lines of a log, or what a check printed; a tap says what was seen and brings nothing."""
    text = meant.arguments.text
    if meant.verb.name == "result":
        return bool(text) and not check_commands.is_tap(text)
    return meant.verb.name == "evidence" and bool(text) and not meant.arguments.act


def _unit(services: Services, *, writes: bool) -> AbstractAsyncContextManager[Unit]:
    return services.unit() if writes else services.reading()


async def _which_case(
    unit: Unit, command: Command, meant: ParsedCommand, redactor: Redactor
) -> str | Card:
    """The number said, the place's own case, the channel's only open one, the only one there is.

    Else a card to pick from.
    """
    if command.case_number is not None:
        return await _numbered(unit, command.case_number, command, meant)
    place = command.place
    bound = await case_here(unit, place)
    if bound is not None:
        return bound
    open_cases = await unit.cases.listing(only_open=True)
    cases = await only_reachable(unit, open_cases, place, _reader(command, meant.verb))
    nearby = set(await unit.conversation.open_cases_in(place))
    cases = [case for case in cases if case.id in nearby] or cases
    if not cases:
        step = "Alerts open cases by themselves. To open one: open checkout is slow"
        raise NotFound("no case is open", next_step=step)
    if len(cases) == 1:
        return cases[0].id
    argument = redactor.clean(_to_repeat(meant, command))
    return reply_cards.picker(cases, verb=meant.verb.name, argument=argument)


async def _numbered(unit: Unit, number: int, command: Command, meant: ParsedCommand) -> str:
    """Raises NotFound, in the same words where there is no such case and where it is of others."""
    try:
        case = await unit.cases.by_number(number)
        reader = _reader(command, meant.verb)
        await must_reach(unit, case.id, command.place, reader, changes=meant.verb.changes)
    except NotFound as error:
        message = f"no case #{number}"
        step = "One of another channel is asked about there."
        if command.place.platform == API:
            step = "The list of cases has those that you see."
        raise NotFound(message, next_step=step) from error
    return case.id


def _reader(command: Command, verb: Verb) -> CaseReader:
    """Who would read the reply: a hidden one goes to one person only where nothing else is said."""
    is_alone = command.is_hidden and not verb.changes and not verb.public
    return CaseReader(
        account_id=command.account_id,
        by_id=command.by_id,
        is_alone=is_alone or command.place.is_private,
        is_guest=command.is_of_guest,
    )


def _to_repeat(meant: ParsedCommand, command: Command) -> str:
    """What a button that picks the case must carry along; pasted lines are too long for one."""
    match meant.verb.name:
        case "evidence":
            file = meant.arguments.file
            return f"{meant.arguments.act} e{file}".strip() if file else ""
        case "ask":
            return meant.arguments.text
        case _:
            return command.argument
