"""Commands that only read: answered from the tables at once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.ports import gather
from core.conversation.cards.card import Action, Card, Mark, Row
from core.conversation.cards.case_rows import Held, standing
from core.conversation.cards.evidence_cards import evidence_card, file_again
from core.conversation.cards.hypothesis_cards import hypotheses_card, why_card
from core.conversation.cards.quotes import with_shown_names
from core.conversation.cards.related_cards import related_card
from core.conversation.cards.reply_cards import note
from core.conversation.cards.story_cards import catch_up_card, handoff_card, timeline_card
from core.conversation.cards.verdict_rows import open_hypotheses
from core.conversation.case_memories import precedents_of
from core.conversation.commands.command import CaseCommand, Command, named
from core.conversation.commands.verdict_commands import ask_again, doubt_about, undo_asked_back
from core.conversation.commands.vocabulary import VERBS, Verb
from core.conversation.messages.outbox import draw_case_card
from core.conversation.reports.report import report_of
from core.conversation.reports.timeline import whole_timeline
from core.errors import NotFound
from core.evidence.correlation.shared import shared_in_case
from core.investigation.answering.answers import COURTESY, CaseRecall, recollect
from core.investigation.answering.questions import AskedQuestion, CaseWords, case_words
from core.investigation.memory.messages import CaseMessage, messages_of
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from core.cases.model import Case, Hypothesis
    from core.cases.projection import CaseView
    from core.conversation.ports import Unit
    from core.evidence.model import EvidenceFile
    from core.knowledge.graph.relatives import RelatedNodes
    from core.redaction.engine import Redactor

_ALONE = re.compile(r"(?<![\w.:#/-])#?(\d{1,4})(?![\w:%/-]|\.\d)")
_MESSAGE_WIDTH = 300  # characters of one message
_PRECEDENTS = 3  # fixes that are told


async def status(unit: Unit, order: CaseCommand) -> Card:
    """The case card; folded below it the conclusion, the checklist and the usage."""
    view = await unit.cases.view(order.case_id)
    records = Held(
        occurrences=tuple(await unit.occurrences.of_case(order.case_id)),
        files=tuple(await unit.files.of_case(order.case_id)),
        findings=await unit.files.findings(order.case_id),
    )
    card = await draw_case_card(unit, view)
    before = await _precedent_rows(unit, view, order.command)
    return replace(card, fold=(*before, *standing(view, records, now=unit.now)))


async def hypotheses(unit: Unit, order: CaseCommand) -> Card:
    """The verdict, and every hypothesis with its lines."""
    files = await unit.files.of_case(order.case_id)
    view = await unit.cases.view(order.case_id)
    card = hypotheses_card(view, files=files, redactor=order.redactor)
    card = replace(card, fold=(*card.fold, *await _precedent_rows(unit, view, order.command)))
    return with_shown_names(card, files)


async def _precedent_rows(unit: Unit, view: CaseView, command: Command) -> tuple[Row, ...]:
    """`Fixed before: a larger pool (#112, 14 min; worked 3 of 4)`, where the like was fixed.

    Guests read of no case of another channel.
    """
    if not view.case.state.is_open or command.is_of_guest:
        return ()
    first = next(iter(await precedents_of(unit, view)), None)
    if first is None or not first.is_suggested:
        return ()
    more = RedactedText.format("All that is known of the like: `related`")
    return (Row(text=first.line), Row(text=more))


async def why(unit: Unit, order: CaseCommand) -> Card:
    """What speaks for a hypothesis and against it; of the one believed most where none is named."""
    view = await unit.cases.view(order.case_id)
    hypothesis = named(view, order.arguments.number)
    files = await unit.files.of_case(order.case_id)
    return with_shown_names(why_card(view.case, hypothesis, redactor=order.redactor), files)


async def timeline(unit: Unit, order: CaseCommand) -> Card:
    """What happened when: alerts, what files tell, what people did."""
    dossier = await gather(unit, order.case_id)
    card = timeline_card(
        dossier.view.case,
        whole_timeline(dossier, redactor=order.redactor),
        window=order.arguments.window,
        now=unit.now,
        redactor=order.redactor,
    )
    return with_shown_names(card, dossier.files)


async def handoff(unit: Unit, order: CaseCommand) -> Card:
    """For the next shift: open questions, promises, the state."""
    return await draw_handoff(unit, order.case_id)


async def draw_handoff(unit: Unit, case_id: str) -> Card:
    """The hand-off card of a case."""
    dossier = await gather(unit, case_id)
    return handoff_card(
        dossier,
        await draw_case_card(unit, dossier.view),
        now=unit.now,
        resolve_after=unit.rules.resolve_after,
        redactor=unit.redactor(case_id),
    )


async def draw_catch_up(unit: Unit, case_id: str) -> Card:
    """The five-line summary of a case for people who join late."""
    view = await unit.cases.view(case_id)
    return catch_up_card(view, await draw_case_card(unit, view))


async def report(unit: Unit, order: CaseCommand) -> Card:
    """The Markdown report, folded."""
    dossier = await gather(unit, order.case_id)
    case = dossier.view.case
    text = report_of(dossier, now=unit.now, redactor=order.redactor)
    lines = text.text.count("\n") + 1
    title = RedactedText.format("{tag} report, {n} lines of Markdown", tag=case.tag, n=lines)
    return Card(
        key=f"report:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=(Row(text=title, strong=True),),
        fold=(Row(text=text),),
        case_number=case.number,
    )


async def evidence(unit: Unit, order: CaseCommand) -> Card:
    """All that the case rests on; one file of it where the person named one."""
    case = (await unit.cases.view(order.case_id)).case
    files = await unit.files.of_case(case.id)
    if order.arguments.file is not None:
        return await _file_card(unit, case, files, order.arguments.file)
    return evidence_card(
        case,
        occurrences=await unit.occurrences.of_case(case.id),
        files=files,
        now=unit.now,
        redactor=order.redactor,
        shared=shared_in_case(await unit.files.findings(case.id)),
    )


async def words_of(unit: Unit, case_id: str) -> CaseWords:
    """The names of services and files that only this case knows."""
    view = await unit.cases.view(case_id)
    findings = await unit.files.findings(case_id)
    services = {finding.service for of_file in findings.values() for finding in of_file}
    services |= {hypothesis.cause.service for hypothesis in view.hypotheses}
    began = [occurrence.starts_at for occurrence in await unit.occurrences.of_case(case_id)]
    return case_words(
        {*services, view.case.service},
        await unit.files.of_case(case_id),
        onset=min(began, default=None),
    )


async def recall_card(unit: Unit, case_id: str, question: AskedQuestion) -> Card:
    """The card that answers a question about the case's own history."""
    if question.is_about("hand_off"):
        return await draw_handoff(unit, case_id)
    if question.is_about("catch_up"):
        return await draw_catch_up(unit, case_id)
    view = await unit.cases.view(case_id)
    if question.is_about("owner"):
        return _owner_card(view.case, unit.redactor(case_id))
    events = await unit.cases.events(case_id)
    messages = messages_of(events, await unit.cases.texts(case_id))
    recall = recollect(question.text, messages, view.investigation, view.hypotheses)
    redactor = unit.redactor(case_id)
    return recollection_card(view.case, recall, now=unit.now, redactor=redactor)


async def similar_card(
    unit: Unit, case_id: str, related: RelatedNodes, *, may_read: Callable[[str], bool]
) -> Card:
    """What fixed the like before, then the cases and runbooks that are related, and how.

    may_read: whether whoever asks may read of a case, by its id.
    """
    view = await unit.cases.view(case_id)
    precedents = (await precedents_of(unit, view, may_read=may_read))[:_PRECEDENTS]
    views = {each.node.key: await unit.cases.view(each.node.key) for each in related.cases}
    return related_card(view.case, related, views, precedents)


async def asked_back(unit: Unit, case_id: str, question: AskedQuestion) -> Card:
    """What a sentence would change is asked back, with the very words that do it."""
    view = await unit.cases.view(case_id)
    name = question.intent.name if question.intent else ""
    verb = VERBS[name]
    if name in ("confirm", "reject"):
        hypothesis = _meant_by(view, question)
        if hypothesis is not None:
            return await _asked_about(unit, view, hypothesis, verb)
    if name == "undo":
        return await undo_asked_back(unit, view)
    text = RedactedText.format("To do that, type `{example}`.", example=verb.example)
    return note("asked_back", text, case=view.case)


async def _asked_about(unit: Unit, view: CaseView, hypothesis: Hypothesis, verb: Verb) -> Card:
    """Whether a cause is to be confirmed or rejected, and what speaks against confirming it."""
    if verb.name == "confirm":
        redactor = unit.redactor(view.case.id)
        doubt = await doubt_about(unit, view, hypothesis, redactor=redactor)
        if doubt is not None:
            return ask_again(view, hypothesis, doubt, why=RedactedText.EMPTY)
    number = RedactedText.format("{n}", n=hypothesis.number)
    words = RedactedText.format("{verb} {n}", verb=verb.word, n=number)
    text = RedactedText.format(
        "{words}: {cause}? To do so, type `{words}`.",
        words=words,
        cause=hypothesis.statement.line(),
    )
    return note("asked_back", text, case=view.case, actions=(_action(verb, number.text),))


def _meant_by(view: CaseView, question: AskedQuestion) -> Hypothesis | None:
    """The hypothesis of that number, fault or service; without any, the likeliest."""
    number = question.number or _only_number(question.text)
    for hypothesis in view.hypotheses:
        if hypothesis.number == number:
            return hypothesis
    wanted = {*question.suspects, *question.names}
    for hypothesis in view.hypotheses:
        if wanted & {*hypothesis.statement.text.casefold().split()}:
            return hypothesis
    return None if wanted or number else next(iter(open_hypotheses(view)), None)


def _only_number(text: str) -> int | None:
    """The 1 of `I think it was 1`: of who judges, a number alone is that of a hypothesis."""
    numbers = _ALONE.findall(text)
    return int(numbers[0]) if len(numbers) == 1 else None


def _action(verb: Verb, argument: str) -> Action:
    label = RedactedText.format("{verb} it", verb=verb.word)
    return Action(verb=verb.name, argument=argument, label=label)


def recollection_card(case: Case, recall: CaseRecall, *, now: datetime, redactor: Redactor) -> Card:
    """What was tried in the case, then the messages with author and time."""
    if not recall:
        answer = RedactedText.format(
            "{tag} nothing about that was said or tried here.", tag=case.tag
        )
        step = RedactedText.format("I know what is said in the case's thread, or after `ask`.")
        return note("recalled", answer, step, case=case)
    rows = [Row(text=RedactedText.format("{tag} so far", tag=case.tag), strong=True)]
    rows += [
        Row(text=RedactedText.format("tried: {what}", what=attempt.line()))
        for attempt in recall.tried
    ]
    rows += [_message_row(message, now=now, redactor=redactor) for message in recall.messages]
    return Card(
        key=f"recalled:{case.id}",
        version=case.version,
        mark=Mark.ANSWER,
        rows=tuple(rows),
        case_number=case.number,
    )


def courtesy_card() -> Card:
    """The reply to a greeting or thanks."""
    return Card(key="note:courtesy", version=0, mark=Mark.ANSWER, rows=(Row(text=COURTESY()),))


async def _file_card(unit: Unit, case: Case, files: Sequence[EvidenceFile], number: int) -> Card:
    findings = await unit.files.findings(case.id)
    for file in files:
        if file.number == number:
            card = file_again(file, findings.get(file.id, ()))
            return replace(card, case_number=case.number)
    message = f"#{case.number} has no evidence e{number}"
    raise NotFound(message, next_step="Type `evidence` for what there is.")


def _owner_card(case: Case, redactor: Redactor) -> Card:
    if not case.owner:
        text = RedactedText.format("{tag} nobody owns this yet.", tag=case.tag)
        return note(
            "owner",
            text,
            RedactedText.format("Whoever does something in it first, does."),
            case=case,
        )
    owner = redactor.clean(case.owner).line()
    return note(
        "owner",
        RedactedText.format("{tag} is owned by {owner}.", tag=case.tag, owner=owner),
        case=case,
    )


def _message_row(message: CaseMessage, *, now: datetime, redactor: Redactor) -> Row:
    by = (
        RedactedText.format("FaultMaven")
        if message.by == "system"
        else redactor.clean(message.by).line()
    )
    text = message.text.line().cut(_MESSAGE_WIDTH)
    at = quantities.clock(message.at, now)
    return Row(text=RedactedText.format("{at} {by}: {text}", at=at, by=by, text=text))
