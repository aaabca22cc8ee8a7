"""The command `helped`: whether a runbook, a step of it, a past fix or a check helped, or not.

It names what was suggested in the case; whoever says the other thing later changes their mind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.feedback import (
    NO_FEEDBACK,
    FeedbackTally,
    SuggestionKey,
    SuggestionKind,
    tallies,
)
from core.cases.lifecycle import Change, record
from core.conversation.cards.feedback_cards import feedback_card
from core.conversation.case_memories import memory_shared_in
from core.conversation.commands.check_commands import checks_of
from core.errors import NotAllowedNow, NotFound
from core.investigation.precedents import check_reference, check_suggestion
from core.knowledge.model import Reach
from core.knowledge.steps import Step, steps_of
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.conversation.commands.arguments import Arguments
    from core.conversation.commands.command import CaseCommand
    from core.conversation.ports import Unit
    from core.knowledge.model import Document

say = sentences("knowledge.feedback")

_LONGEST = 80  # characters of what is named in a reply


@dataclass(frozen=True, kw_only=True)
class NamedSuggestion:
    """What somebody speaks of. words: what people know it by. steps: those of a runbook."""

    suggestion: SuggestionKey
    words: RedactedText
    steps: tuple[Step, ...] = ()
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class GivenFeedback:
    """What somebody said. tally: of what all say by now, in whichever case.

    is_known: they had said so before, and nothing was recorded.
    """

    named: NamedSuggestion
    helped: bool
    tally: FeedbackTally
    is_known: bool


async def helped(unit: Unit, order: CaseCommand) -> Card:
    """Record whether a suggestion helped; nothing where the person said the same before."""
    view = await unit.cases.view(order.case_id, lock=True)
    given = await give_feedback(unit, view, order.arguments, by=order.command.by)
    return feedback_card(
        view.case,
        given.named.words,
        given.tally,
        helped=given.helped,
        is_known=given.is_known,
        steps=given.named.steps,
        reference=given.named.reference,
    )


async def give_feedback(unit: Unit, view: CaseView, wanted: Arguments, *, by: str) -> GivenFeedback:
    """Record what a person says of what was suggested. `view` is locked.

    Raises NotFound, NotAllowedNow.
    """
    named = await named_suggestion(unit, view, wanted)
    is_new = await _record(unit, view, named, helped=wanted.helped, by=by)
    spoken = tallies(await unit.feedback.about([named.suggestion]), at=unit.now)
    return GivenFeedback(
        named=named,
        helped=wanted.helped,
        tally=spoken.get(named.suggestion, NO_FEEDBACK),
        is_known=not is_new,
    )


async def _record(
    unit: Unit, view: CaseView, named: NamedSuggestion, *, helped: bool, by: str
) -> bool:
    """False where the person said the same last."""
    for known in await unit.feedback.of_case(view.case.id):
        if (known.suggestion, known.by, known.helped) == (named.suggestion, by, helped):
            return False
    words = named.words
    data = {"suggestion": named.suggestion.text, "helped": helped, "what": words.digest}
    change = Change(kind=EventKind.FEEDBACK_GIVEN, data=data, texts=[words])
    await record(unit, view, view.case.id, [change], at=unit.now, actor=by)
    return True


async def named_suggestion(unit: Unit, view: CaseView, wanted: Arguments) -> NamedSuggestion:
    """What was suggested in the case under that name. Raises NotFound, NotAllowedNow."""
    number = wanted.number or 0
    match SuggestionKind(wanted.act):
        case SuggestionKind.RUNBOOK:
            return await _runbook(unit, view, wanted.text)
        case SuggestionKind.STEP:
            return await _step(unit, view, wanted.text, number)
        case SuggestionKind.FIX:
            return await _fix(unit, view, number)
        case SuggestionKind.CHECK:
            return await _check(unit, view, wanted.text, number)


def runbook_reference(document: Document) -> str:
    """`doc_1.3`: which version of it somebody has seen."""
    return f"{document.id}.{document.version}"


async def _runbook(unit: Unit, view: CaseView, reference: str) -> NamedSuggestion:
    document = await _document(unit, view, reference)
    return NamedSuggestion(
        suggestion=SuggestionKey(SuggestionKind.RUNBOOK, document.id),
        words=say("runbook", title=document.title.line().cut(_LONGEST)),
        steps=await _steps(unit, view, document),
        reference=runbook_reference(document),
    )


async def _step(unit: Unit, view: CaseView, reference: str, number: int) -> NamedSuggestion:
    document = await _document(unit, view, reference)
    if reference and reference != runbook_reference(document):
        message = "the runbook has changed since"
        raise NotAllowedNow(message, next_step="Type `runbook` for its steps as they are now.")
    steps = await _steps(unit, view, document)
    if not 1 <= number <= len(steps):
        message = f"the runbook has {len(steps)} steps, and no step {number}"
        raise NotFound(message, next_step="Type `runbook` for its steps; the first is 1.")
    text = steps[number - 1].text
    return NamedSuggestion(
        suggestion=step_suggestion(document, steps[number - 1]),
        words=say("step_of", n=number, text=text.line().cut(_LONGEST)),
    )


def step_suggestion(document: Document, step: Step) -> SuggestionKey:
    """By its text: a step that moves in its document stays the same."""
    return SuggestionKey(SuggestionKind.STEP, f"{document.id}/{step.text.digest[:16]}")


async def _steps(unit: Unit, view: CaseView, document: Document) -> tuple[Step, ...]:
    chunks = await unit.documents.chunks(document.id, Reach.of(case_ids=[view.case.id]))
    return tuple(steps_of(chunks))


async def _document(unit: Unit, view: CaseView, reference: str) -> Document:
    """The one that was shown; without a reference, the one that fits the case."""
    runbook = view.investigation.runbook
    document_id = reference.partition(".")[0] or (runbook.document_id if runbook else "")
    if not document_id:
        message = f"no runbook was suggested in #{view.case.number}"
        raise NotAllowedNow(message, next_step="Type `runbook` for the one that fits best.")
    return await unit.documents.get(document_id, Reach.of(case_ids=[view.case.id]))


async def _fix(unit: Unit, view: CaseView, number: int) -> NamedSuggestion:
    memory = await memory_shared_in(unit, view, number)
    if memory is None or not memory.fixes:
        message = f"no fix of #{number} is known here"
        raise NotFound(message, next_step="Type `related` for past cases and their fixes.")
    return NamedSuggestion(
        suggestion=SuggestionKey(SuggestionKind.FIX, memory.case_id),
        words=say(
            "fix_of",
            tag=RedactedText.tag("#", memory.number),
            text=memory.fixes[-1].text.line().cut(_LONGEST),
        ),
    )


async def _check(unit: Unit, view: CaseView, reference: str, number: int) -> NamedSuggestion:
    for check in await checks_of(unit, view, number):
        if reference in ("", check_reference(check.name)):
            return NamedSuggestion(
                suggestion=check_suggestion(check.name),
                words=say("check_of", n=number, text=check.ask.line().cut(_LONGEST)),
            )
    message = f"no check of {number} was suggested in #{view.case.number}"
    raise NotFound(message, next_step="Type `run` for what to try next.")
