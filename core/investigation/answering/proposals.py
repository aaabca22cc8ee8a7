"""What is to be done next, and by whom? Responses that ask people for something, or offer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.hypotheses import HypothesisState
from core.cases.investigation_state import SolutionState
from core.evidence.model import FileState
from core.investigation.answering.responses import (
    Choice,
    ClarificationRequest,
    ConfirmationRequest,
    EscalationRequired,
    NeedsMoreData,
    PlanProposal,
    Problem,
    SolutionReady,
    StatusUpdate,
)
from core.investigation.causes.weighing import name_of
from core.investigation.checks.choosing import question_of
from core.investigation.model import Answer
from core.investigation.verdict.hypotheses import judged
from core.text.redacted import Clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.cases.hypotheses import Hypothesis
    from core.evidence.model import EvidenceFile
    from core.investigation.answering.responses import Response
    from core.investigation.decision import Decision, Situation

STEPS = 3  # of a plan
_TOLD = 3
_MANY = 5  # choices of one question


def what_next(situation: Situation, decision: Decision) -> Response:
    """The fix that waits, the call for help, the check that decides, or the evidence to bring."""
    ready = solution_ready(situation, decision)
    if ready is not None:
        return ready
    if situation.course.escalated_why is not None and not decision.checks:
        return escalation(situation, decision)
    return more_data(decision)


def solution_ready(situation: Situation, decision: Decision) -> SolutionReady | None:
    """The fix that is proposed and not done yet, with the cause that it is for."""
    waiting = (
        (one, cause)
        for one in reversed(situation.course.solutions)
        for cause in decision.hypotheses
        if one.state is SolutionState.PROPOSED and one.hypothesis == cause.number
    )
    for one, cause in waiting:
        text = Clean.say("Cause {share}: {cause}", share=share_of(cause), cause=cause.statement)
        cited = tuple(line for line in cause.supporting if line.resolves)[:_TOLD]
        return SolutionReady(text=text, solution=one, hypothesis=cause, citations=cited)
    return None


def plan(decision: Decision) -> Response:
    """The checks that are worth doing, in their order; one alone is no plan."""
    steps = decision.checks[:STEPS]
    if len(steps) < 2:  # noqa: PLR2004 - a plan has steps
        return more_data(decision)
    text = Clean.say("{n} checks, the one that tells most first", n=len(steps))
    return PlanProposal(text=text, steps=steps)


def more_data(decision: Decision) -> Response:
    """The one check that separates the rivals best; without any, the evidence that would help."""
    if decision.checks:
        check = decision.checks[0]
        return NeedsMoreData(
            text=question_of(check, decision.hypotheses, decision.verdict),
            check=check,
            missing=decision.missing,
        )
    if decision.missing:
        text = Clean.say("Bring {what}.", what=decision.missing[0])
        return NeedsMoreData(text=text, missing=decision.missing)
    asked = decision.next_question
    return Answer(text=asked or Clean.say("Nothing is open: nothing more is needed."))


def escalation(situation: Situation, decision: Decision) -> EscalationRequired:
    """What was tried, and who knows more: whoever answers for what is blamed."""
    best = next((one for one in decision.hypotheses if one.is_alive), None)
    service = best.cause.service if best else None
    who = Clean.say("whoever is on call")
    if service:
        who = Clean.say("whoever is on call for {service}", service=name_of(service))
    why = situation.course.escalated_why or Clean.say("No check is decisive so far")
    tried = [
        Clean.say("{ask}: {what}", ask=one.check.ask.line(), what=one.citations[0].why.line())
        for one in situation.course.checks
        if one.answered_by and one.citations
    ]
    text = Clean.say("{why}. Suggest {who}.", why=why, who=who)
    return EscalationRequired(text=text, tried=tuple(tried))


def is_it(one: Hypothesis) -> ConfirmationRequest | Answer:
    """A person names a cause and asks whether it is that: they decide."""
    if judged(one):
        said = Clean.say("confirmed" if one.state is HypothesisState.VALIDATED else "rejected")
        text = Clean.say(
            "{n}. {cause}: {said} already.", n=one.number, cause=one.statement, said=said
        )
        return Answer(text=text)
    number = Clean.say("{n}", n=one.number)
    return ConfirmationRequest(
        text=Clean.say(
            "{n}. {cause}, {share}. Is that the cause?",
            n=number,
            cause=one.statement,
            share=share_of(one),
        ),
        choices=(
            Choice(label=Clean.say("Confirm {n}", n=number), verb="confirm", argument=number),
            Choice(label=Clean.say("Reject {n}", n=number), verb="reject", argument=number),
        ),
        citations=one.supporting[:_TOLD],
    )


def which(rivals: Sequence[Hypothesis]) -> ClarificationRequest:
    """Several are meant by the same words: one tap says which."""
    choices = tuple(
        Choice(
            label=Clean.say("{n}. {cause}", n=one.number, cause=one.statement.line().cut(40)),
            verb="why",
            argument=Clean.say("{n}", n=one.number),
        )
        for one in rivals[:_MANY]
    )
    text = Clean.say("{n} hypotheses are about that. Which one?", n=len(rivals))
    return ClarificationRequest(text=text, choices=choices)


def progress(situation: Situation, decision: Decision) -> StatusUpdate:
    """What is read and what is still being read, and what is known meanwhile."""
    reading = [one for one in situation.files if one.state is FileState.RECEIVED]
    read = len(situation.files) - len(reading)
    text = Clean.say("Read {n} of {all} files", n=read, all=len(situation.files))
    if reading:
        names = Clean.join(", ", [one.name.line() for one in reading[:_TOLD]])
        text = Clean.say("Reading {names}; {text}", names=names, text=text)
    found = sum(not one.is_digest for every in situation.findings.values() for one in every)
    told = [Clean.say("{n} findings so far", n=found)]
    if decision.hypotheses:
        best = decision.hypotheses[0]
        told.append(
            Clean.say(
                "Most likely: {n}. {cause}, {share}",
                n=best.number,
                cause=best.statement,
                share=share_of(best),
            )
        )
    answered = sum(one.answered_by is not None for one in situation.course.checks)
    if situation.course.checks:
        told.append(
            Clean.say("Checks: {n} of {all} answered", n=answered, all=len(situation.course.checks))
        )
    return StatusUpdate(text=text, told=tuple(told))


def unreadable(situation: Situation) -> Response:
    """The files that could not be read, and what may be done about it."""
    failed = [one for one in situation.files if one.state is FileState.FAILED]
    if not failed:
        return Answer(text=Clean.say("Every file that was brought could be read."))
    return Problem(
        text=Clean.join("; ", [_failed(one) for one in failed]),
        safe=Clean.say("The case goes on without it; the file is kept."),
        step=Clean.say(
            "Paste the lines that matter after `evidence`, or try again: evidence again {tag}",
            tag=failed[0].tag,
        ),
    )


def share_of(one: Hypothesis) -> Clean:
    """`72 %`; what is not certain is never said to be."""
    return Clean.say("{n} %", n=min(99, max(1, round(one.confidence * 100))))


def _failed(one: EvidenceFile) -> Clean:
    why = one.problem.line() if one.problem else Clean.say("no reader knows what it is")
    return Clean.say(
        "Could not read {name} ({tag}): {why}", name=one.name.line(), tag=one.tag, why=why
    )
