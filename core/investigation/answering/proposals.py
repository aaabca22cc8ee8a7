"""Responses that ask people for something, or offer the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.cases.investigation_state import SolutionState
from core.cases.model import Hypothesis, HypothesisState
from core.evidence.model import EvidenceFile, FileState
from core.investigation.answering.responses import (
    Answer,
    Choice,
    ClarificationRequest,
    ConfirmationRequest,
    EscalationRequired,
    NeedsMoreData,
    PlanProposal,
    Problem,
    Response,
    SolutionReady,
    StatusUpdate,
)
from core.investigation.causes.scores import name_of
from core.investigation.verdict.hypotheses import judged
from core.investigation.verdict.next_checks import question_of
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.decision import Decision, Situation

STEPS = 3  # of a plan


_TOLD = 3


_MANY = 5  # choices of one question


def what_next(situation: Situation, decision: Decision) -> Response:
    """The fix that waits, the call for help, the check that decides, or the evidence to bring."""
    ready = solution_ready(situation, decision)
    if ready is not None:
        return ready
    if situation.investigation.escalated_why is not None and not decision.checks:
        return escalation(situation, decision)
    return more_data(decision)


def solution_ready(situation: Situation, decision: Decision) -> SolutionReady | None:
    """The fix that is proposed and not done yet, with the cause that it is for."""
    waiting = (
        (solution, cause)
        for solution in reversed(situation.investigation.solutions)
        for cause in decision.hypotheses
        if solution.state is SolutionState.PROPOSED and solution.hypothesis == cause.number
    )
    for solution, cause in waiting:
        text = RedactedText.format(
            "Cause {share}: {cause}", share=share_of(cause), cause=cause.statement
        )
        cited = tuple(line for line in cause.supporting if line.resolves)[:_TOLD]
        return SolutionReady(text=text, solution=solution, hypothesis=cause, citations=cited)
    return None


def plan(decision: Decision) -> Response:
    """The checks that are worth doing, in their order; one alone is no plan."""
    steps = decision.checks[:STEPS]
    if len(steps) < 2:  # noqa: PLR2004 - a plan has steps
        return more_data(decision)
    text = RedactedText.format("{n} checks, the one that tells most first", n=len(steps))
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
        text = RedactedText.format("Bring {what}.", what=decision.missing[0])
        return NeedsMoreData(text=text, missing=decision.missing)
    question = decision.next_question
    return Answer(text=question or RedactedText.format("Nothing is open: nothing more is needed."))


def escalation(situation: Situation, decision: Decision) -> EscalationRequired:
    """What was tried, and who knows more: whoever answers for what is blamed."""
    best = next((hypothesis for hypothesis in decision.hypotheses if hypothesis.is_alive), None)
    service = best.cause.service if best else None
    who = RedactedText.format("whoever is on call")
    if service:
        who = RedactedText.format("whoever is on call for {service}", service=name_of(service))
    why = situation.investigation.escalated_why or RedactedText.format(
        "No check is decisive so far"
    )
    tried = [
        RedactedText.format(
            "{ask}: {what}",
            ask=asked_check.check.ask.line(),
            what=asked_check.citations[0].why.line(),
        )
        for asked_check in situation.investigation.checks
        if asked_check.answered_by and asked_check.citations
    ]
    text = RedactedText.format("{why}. Suggest {who}.", why=why, who=who)
    return EscalationRequired(text=text, tried=tuple(tried))


def is_it(hypothesis: Hypothesis) -> ConfirmationRequest | Answer:
    """A person names a cause and asks whether it is that: they decide."""
    if judged(hypothesis):
        verdict = RedactedText.format(
            "confirmed" if hypothesis.state is HypothesisState.VALIDATED else "rejected"
        )
        text = RedactedText.format(
            "{n}. {cause}: {said} already.",
            n=hypothesis.number,
            cause=hypothesis.statement,
            said=verdict,
        )
        return Answer(text=text)
    number = RedactedText.format("{n}", n=hypothesis.number)
    return ConfirmationRequest(
        text=RedactedText.format(
            "{n}. {cause}, {share}. Is that the cause?",
            n=number,
            cause=hypothesis.statement,
            share=share_of(hypothesis),
        ),
        choices=(
            Choice(
                label=RedactedText.format("Confirm {n}", n=number), verb="confirm", argument=number
            ),
            Choice(
                label=RedactedText.format("Reject {n}", n=number), verb="reject", argument=number
            ),
        ),
        citations=hypothesis.supporting[:_TOLD],
    )


def which(rivals: Sequence[Hypothesis]) -> ClarificationRequest:
    """Several are meant by the same words: one tap says which."""
    choices = tuple(
        Choice(
            label=RedactedText.format(
                "{n}. {cause}", n=hypothesis.number, cause=hypothesis.statement.line().cut(40)
            ),
            verb="why",
            argument=RedactedText.format("{n}", n=hypothesis.number),
        )
        for hypothesis in rivals[:_MANY]
    )
    text = RedactedText.format("{n} hypotheses are about that. Which one?", n=len(rivals))
    return ClarificationRequest(text=text, choices=choices)


def progress(situation: Situation, decision: Decision) -> StatusUpdate:
    """What is read and what is still being read, and what is known meanwhile."""
    reading = [file for file in situation.files if file.state is FileState.RECEIVED]
    read = len(situation.files) - len(reading)
    text = RedactedText.format("Read {n} of {all} files", n=read, all=len(situation.files))
    if reading:
        names = RedactedText.join(", ", [file.name.line() for file in reading[:_TOLD]])
        text = RedactedText.format("Reading {names}; {text}", names=names, text=text)
    count = sum(
        not finding.is_digest for findings in situation.findings.values() for finding in findings
    )
    lines = [RedactedText.format("{n} findings so far", n=count)]
    if decision.hypotheses:
        best = decision.hypotheses[0]
        lines.append(
            RedactedText.format(
                "Most likely: {n}. {cause}, {share}",
                n=best.number,
                cause=best.statement,
                share=share_of(best),
            )
        )
    answered = sum(
        asked_check.answered_by is not None for asked_check in situation.investigation.checks
    )
    if situation.investigation.checks:
        lines.append(
            RedactedText.format(
                "Checks: {n} of {all} answered", n=answered, all=len(situation.investigation.checks)
            )
        )
    return StatusUpdate(text=text, told=tuple(lines))


def unreadable(situation: Situation) -> Response:
    """The files that could not be read, and what may be done about it."""
    failed = [file for file in situation.files if file.state is FileState.FAILED]
    if not failed:
        return Answer(text=RedactedText.format("Every file that was brought could be read."))
    return Problem(
        text=RedactedText.join("; ", [_failed(file) for file in failed]),
        safe=RedactedText.format("The case goes on without it; the file is kept."),
        step=RedactedText.format(
            "Paste the lines that matter after `evidence`, or try again: evidence again {tag}",
            tag=failed[0].tag,
        ),
    )


def share_of(hypothesis: Hypothesis) -> RedactedText:
    """`72 %`; what is not certain is never said to be."""
    return RedactedText.format("{n} %", n=min(99, max(1, round(hypothesis.confidence * 100))))


def _failed(file: EvidenceFile) -> RedactedText:
    why = file.problem.line() if file.problem else RedactedText.format("no reader knows what it is")
    return RedactedText.format(
        "Could not read {name} ({tag}): {why}", name=file.name.line(), tag=file.tag, why=why
    )
