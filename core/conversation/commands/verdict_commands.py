"""The commands that judge a cause, `confirm` and `reject`, and `undo`, which takes changes back.

A cause that is rejected, or less likely than all others together, is confirmed only by who insists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.investigation_state import SolutionState
from core.cases.lifecycle import Change, investigate, must_be_open, record, speak
from core.cases.model import HypothesisState
from core.cases.reversals import WITHIN, LastChange, last_change, take_back
from core.conversation.cards.card import Action
from core.conversation.cards.case_card import case_actions, confidence
from core.conversation.cards.reply_cards import note
from core.conversation.cards.verdict_rows import open_hypotheses, root_cause
from core.conversation.commands.arguments import ANYWAY
from core.conversation.commands.command import named
from core.conversation.commands.vocabulary import VERBS
from core.conversation.messages.news import retire_actions
from core.errors import NotAllowedNow
from core.text import quantities
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from core.cases.model import Hypothesis
    from core.cases.projection import CaseView
    from core.conversation.cards.card import Card
    from core.conversation.commands.command import CaseCommand
    from core.conversation.ports import Unit
    from core.redaction.engine import Redactor

LIKELY = 0.5  # below it all else together is likelier: it is asked back before it is believed
UNDO_HINT = RedactedText.format("Wrong? `undo` within 10 minutes takes it back.")
_QUOTED = 80  # characters of a cause that is named in a reply
_CARRIED = 60  # characters of a reason that a button carries along
_VERDICTS_READ = 50
# What to say instead, once the time is over or somebody did something since.
_INSTEAD = {
    "confirm": "reject {n}",
    "reject": "confirm {n}",
    "fixed": "correct the fix was not made",
    "resolve": "reopen",
}


async def confirm(unit: Unit, order: CaseCommand) -> Card:
    """Confirm a hypothesis as the cause; ask back first where that may be a slip."""
    view = await unit.cases.view(order.case_id, lock=True)
    must_be_open(view.case)
    hypothesis = named(view, order.arguments.number)
    if _is_known(hypothesis, HypothesisState.VALIDATED, _why(order)):
        return _known(view, hypothesis, redactor=order.redactor)
    if order.arguments.act != ANYWAY:
        doubt = await doubt_about(unit, view, hypothesis, redactor=order.redactor)
        if doubt is not None:
            return ask_again(view, hypothesis, doubt, why=_why(order))
    view = await _judge(unit, view, order, confirmed=True)
    cause = hypothesis.statement.line().cut(_QUOTED)
    text = RedactedText.format(
        "{tag} cause confirmed: {n}. {cause}", tag=view.case.tag, n=hypothesis.number, cause=cause
    )
    step = RedactedText.format("Next: fix it, then say what fixed it: resolve pool set to 40")
    rows = (text, *_because(order), step, UNDO_HINT)
    undoing = undo_action("confirm", hypothesis.number)
    return note("confirmed", *rows, case=view.case, actions=(*case_actions(view), undoing))


async def reject(unit: Unit, order: CaseCommand) -> Card:
    """Reject a hypothesis."""
    view = await unit.cases.view(order.case_id, lock=True)
    must_be_open(view.case)
    hypothesis = named(view, order.arguments.number)
    if _is_known(hypothesis, HypothesisState.REJECTED, _why(order)):
        return _known(view, hypothesis, redactor=order.redactor)
    view = await _judge(unit, view, order, confirmed=False)
    text = RedactedText.format(
        "{tag} rejected: {n}. {cause}. The others are weighed again.",
        tag=view.case.tag,
        n=hypothesis.number,
        cause=hypothesis.statement.line().cut(_QUOTED),
    )
    rows = (text, *_because(order), UNDO_HINT)
    undoing = undo_action("reject", hypothesis.number)
    return note("rejected", *rows, case=view.case, actions=(*case_actions(view), undoing))


async def undo(unit: Unit, order: CaseCommand) -> Card:
    """Take back the last verdict, fix or resolve, by whomever, if it is not too long ago.

    Raises NotAllowedNow where there is none, or where it is not the change that was named.
    """
    view = await unit.cases.view(order.case_id, lock=True)
    change = await last_change(unit, view.case.id)
    if change is None:
        message = f"nothing was confirmed, rejected, fixed or resolved in #{view.case.number}"
        raise NotAllowedNow(f"{message} that could be taken back", next_step="Type `status`.")
    what = described(view, change, redactor=order.redactor)
    if change.taken_back is not None:
        return _taken_back_already(unit, view, change, what, redactor=order.redactor)
    _must_be_undoable(unit, view, order, change, what)
    by = order.command.by
    view = await speak(unit, view, by=by)
    view = await take_back(unit, view, change, by=by)
    await retire_actions(unit, view)
    text = RedactedText.format("{tag} taken back: {what}.", tag=view.case.tag, what=what)
    step = RedactedText.format("The case is as it was before, and weighed again with all it has.")
    return note("undone", text, step, case=view.case, actions=case_actions(view))


def undo_action(verb: str, number: int | None = None) -> Action:
    """The button below the reply to a change: it takes back that one, and no later one."""
    argument = verb if number is None else f"{verb} {number}"
    return Action(verb="undo", argument=argument, label=RedactedText.format("Undo"))


async def undo_asked_back(unit: Unit, view: CaseView) -> Card:
    """Asks whether the last change is to be taken back, and names it."""
    change = await last_change(unit, view.case.id)
    if change is None or change.taken_back is not None:
        text = RedactedText.format(
            "{tag} nothing is there to take back: `undo` is for the last confirm, reject, fixed or"
            " resolve.",
            tag=view.case.tag,
        )
        return note("asked_back", text, case=view.case)
    what = described(view, change, redactor=unit.redactor(view.case.id))
    text = RedactedText.format(
        "{tag} take back {what}? To do so, type `undo`.", tag=view.case.tag, what=what
    )
    return note(
        "asked_back", text, case=view.case, actions=(undo_action(change.verb, change.number),)
    )


async def doubt_about(
    unit: Unit, view: CaseView, hypothesis: Hypothesis, *, redactor: Redactor
) -> RedactedText | None:
    """Why confirming a hypothesis may be a slip: it is rejected, or unlikely; None where not."""
    number = hypothesis.number
    if hypothesis.state is HypothesisState.REJECTED:
        by = _by(hypothesis.verdict_by, redactor)
        when = await _when_rejected(unit, view, number)
        text = RedactedText.format("{n} was rejected{by}{when}", n=number, by=by, when=when)
        if not hypothesis.verdict_why:
            return text
        why = hypothesis.verdict_why.line().cut(_QUOTED)
        return RedactedText.format("{text} ({why})", text=text, why=why)
    is_judged = hypothesis.state is HypothesisState.VALIDATED
    if is_judged or hypothesis.confidence >= LIKELY or root_cause(view) == hypothesis:
        return None
    share = quantities.percent(hypothesis.confidence)
    leader = next(iter(open_hypotheses(view)), hypothesis)
    if leader.number == number:
        return RedactedText.format("{n} leads with {share} only", n=number, share=share)
    return RedactedText.format(
        "{n} has {share}, {other} has {most}",
        n=number,
        share=share,
        other=leader.number,
        most=quantities.percent(leader.confidence),
    )


def ask_again(
    view: CaseView, hypothesis: Hypothesis, doubt: RedactedText, *, why: RedactedText
) -> Card:
    """Asks whether a doubtful cause is meant, with the words that say so. why: what was given."""
    number = RedactedText.format("{n}", n=hypothesis.number)
    words = RedactedText.format("confirm {n} anyway", n=number)
    argument = RedactedText.format("{n} anyway", n=number)
    if why:
        words = RedactedText.format("{words}: {why}", words=words, why=why)
        carried = why if len(why.text) <= _CARRIED else why.cut(_CARRIED)
        argument = RedactedText.format("{argument}: {why}", argument=argument, why=carried)
    text = RedactedText.format(
        "{tag}: {doubt}. Still confirm {cause}?",
        tag=view.case.tag,
        doubt=doubt,
        cause=hypothesis.statement.line().cut(_QUOTED),
    )
    step = RedactedText.format("Nothing is recorded yet. If you mean it: `{words}`", words=words)
    label = RedactedText.format("Confirm {n} anyway", n=number)
    actions = [Action(verb="confirm", argument=argument.text, label=label)]
    leader = next(iter(open_hypotheses(view)), hypothesis)
    if leader.number != hypothesis.number:
        label = RedactedText.format("Confirm {n}", n=leader.number)
        actions.append(Action(verb="confirm", argument=str(leader.number), label=label))
    actions.append(Action(verb="hypotheses", argument="", label=RedactedText.format("Hypotheses")))
    return note("asked_back", text, step, case=view.case, actions=tuple(actions))


def described(view: CaseView, change: LastChange, *, redactor: Redactor) -> RedactedText:
    """`confirm 1, pool exhausted in billing (@dana, 07:40 UTC)`."""
    at = RedactedText.at(change.event.at, "%H:%M UTC")
    by = redactor.clean(change.event.actor).line()
    words = RedactedText.join(" ", [VERBS[change.verb].word, *_number(change)])
    subject = _subject(view, change)
    if subject:
        words = RedactedText.format("{words}, {subject}", words=words, subject=subject)
    return RedactedText.format("{words} ({by}, {at})", words=words, by=by, at=at)


async def _judge(unit: Unit, view: CaseView, order: CaseCommand, *, confirmed: bool) -> CaseView:
    """Record the verdict and plan the turn that takes it into account."""
    by, why = order.command.by, _why(order)
    view = await speak(unit, view, by=by)
    judged = Change(
        kind=EventKind.JUDGED,
        data={
            "number": order.arguments.number,
            "confirmed": confirmed,
            "why": why.digest if why else None,
        },
        texts=[why] if why else [],
    )
    view = await record(unit, view, view.case.id, [judged], at=unit.now, actor=by)
    if not confirmed:
        await retire_actions(unit, view)
    await investigate(unit, view)
    return view


def _is_known(hypothesis: Hypothesis, state: HypothesisState, why: RedactedText) -> bool:
    """Whether a person gave that verdict before, and no other reason is given now."""
    is_same = hypothesis.state is state and hypothesis.verdict_by is not None
    return is_same and (not why or why == hypothesis.verdict_why)


def _known(view: CaseView, hypothesis: Hypothesis, *, redactor: Redactor) -> Card:
    """To a second tap: nothing is recorded twice."""
    text = RedactedText.format(
        "{tag} {n}. {cause} is {verdict} already.",
        tag=view.case.tag,
        n=hypothesis.number,
        cause=hypothesis.statement.line().cut(_QUOTED),
        verdict=confidence(hypothesis, redactor),
    )
    return note("judged", text, case=view.case, actions=case_actions(view))


def _why(order: CaseCommand) -> RedactedText:
    return order.text if order.arguments.text else RedactedText.EMPTY


def _because(order: CaseCommand) -> list[RedactedText]:
    why = _why(order)
    return [RedactedText.format("Why: {why}", why=why.cut(_QUOTED))] if why else []


def _must_be_undoable(
    unit: Unit, view: CaseView, order: CaseCommand, change: LastChange, what: RedactedText
) -> None:
    """Raises NotAllowedNow where another change was named, or the last is none to take back."""
    verb, number = order.arguments.act, order.arguments.number
    if verb and (verb, number) != (change.verb, change.number):
        words = f"{verb} {number or ''}".strip()
        message = f"`{words}` is not the last change of #{view.case.number}: {what.text}"
        raise NotAllowedNow(message, next_step="Type `undo` to take back that one.")
    problem = ""
    if not change.is_of_person:
        problem = "it was not a person who did"
    elif unit.now - change.event.at > WITHIN:
        problem = "the 10 minutes are over for"
    elif change.verb == "fixed" and not _is_fix_open(view, change):
        problem = "evidence has shown meanwhile what came of"
    if problem:
        step = f"To change it now: {_INSTEAD[change.verb].format(n=change.number)}"
        raise NotAllowedNow(f"{problem} {what.text}", next_step=step)


def _is_fix_open(view: CaseView, change: LastChange) -> bool:
    return any(
        fix.number == change.number and fix.state is SolutionState.CONFIRMED
        for fix in view.investigation.solutions
    )


def _taken_back_already(
    unit: Unit, view: CaseView, change: LastChange, what: RedactedText, *, redactor: Redactor
) -> Card:
    """To the second of two people who undo the same: nothing further back is touched."""
    event = change.taken_back or change.event
    text = RedactedText.format(
        "{tag} taken back already by {by}, {at}: {what}.",
        tag=view.case.tag,
        by=redactor.clean(event.actor).line(),
        at=quantities.clock(event.at, unit.now),
        what=what,
    )
    step = RedactedText.format("`undo` goes one step back. What is from before that stands.")
    return note("undone", text, step, case=view.case, actions=case_actions(view))


async def _when_rejected(unit: Unit, view: CaseView, number: int) -> RedactedText:
    verdicts = await unit.cases.newest(view.case.id, {EventKind.JUDGED}, most=_VERDICTS_READ)
    for event in reversed(verdicts):
        if event.data["number"] == number and not event.data["confirmed"]:
            at = quantities.clock(event.at, unit.now)
            return RedactedText.format(" at {at}", at=at)
    return RedactedText.EMPTY


def _by(name: str | None, redactor: Redactor) -> RedactedText:
    if name is None:
        return RedactedText.EMPTY
    return RedactedText.format(" by {name}", name=redactor.clean(name).line())


def _number(change: LastChange) -> list[RedactedText]:
    return [] if change.number is None else [RedactedText.format("{n}", n=change.number)]


def _subject(view: CaseView, change: LastChange) -> RedactedText:
    """The cause that was judged, or the fix that was made."""
    if change.verb == "fixed":
        fixes = (fix for fix in view.investigation.solutions if fix.number == change.number)
        return next((fix.text.line().cut(_QUOTED) for fix in fixes), RedactedText.EMPTY)
    causes = (known for known in view.hypotheses if known.number == change.number)
    return next((known.statement.line().cut(_QUOTED) for known in causes), RedactedText.EMPTY)
