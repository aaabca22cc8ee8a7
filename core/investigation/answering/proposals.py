"""Responses that ask people for something, or offer the next step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.cases.investigation_state import SolutionState
from core.cases.model import Hypothesis, HypothesisState
from core.evidence.model import Coverage, EvidenceFile
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
from core.investigation.causes.scored_cause import name_of
from core.investigation.precedents import like_case, suggestion
from core.investigation.verdict.hypotheses import judged, leading_cause
from core.investigation.verdict.next_checks import question_of
from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.investigation.decision import Decision, Situation

say = sentences("investigation.proposals")

STEPS = 3  # of a plan


_TOLD = 3


_MANY = 5  # choices of one question


def what_next(situation: Situation, decision: Decision) -> Response:
    """The fix that waits, the call for help, the check that decides, or the evidence to bring.

    What fixed the like of it before goes first, where no fix waits.
    """
    ready = solution_ready(situation, decision)
    if ready is not None:
        return ready
    is_stuck = situation.investigation.escalated_why is not None and not decision.checks
    response = escalation(situation, decision) if is_stuck else more_data(decision)
    leader = leading_cause(decision.hypotheses)
    precedent = suggestion(situation.memories, like_case(situation, leader))
    if precedent is None:
        return response
    text = say("fixed_before", precedent=precedent.line, text=response.text)
    return replace(response, text=text)


def solution_ready(situation: Situation, decision: Decision) -> SolutionReady | None:
    """The fix that is proposed and not done yet, with the cause that it is for."""
    waiting = (
        (solution, cause)
        for solution in reversed(situation.investigation.solutions)
        for cause in decision.hypotheses
        if solution.state is SolutionState.PROPOSED and solution.hypothesis == cause.number
    )
    for solution, cause in waiting:
        text = say("cause_with_share", share=share_of(cause), cause=cause.statement)
        cited = tuple(line for line in cause.supporting if line.resolves)[:_TOLD]
        return SolutionReady(text=text, solution=solution, hypothesis=cause, citations=cited)
    return None


def plan(decision: Decision) -> Response:
    """The checks that are worth doing, in their order; one alone is no plan."""
    steps = decision.checks[:STEPS]
    if len(steps) < 2:  # noqa: PLR2004 - a plan has steps
        return more_data(decision)
    text = say("checks_in_order", n=len(steps))
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
        text = say("bring", what=decision.missing[0])
        return NeedsMoreData(text=text, missing=decision.missing)
    question = decision.next_question
    return Answer(text=question or say("nothing_open"))


def escalation(situation: Situation, decision: Decision) -> EscalationRequired:
    """What was tried, and who knows more: whoever answers for what is blamed."""
    best = next((hypothesis for hypothesis in decision.hypotheses if hypothesis.is_alive), None)
    service = best.cause.service if best else None
    who = say("on_call")
    if service:
        who = say("on_call_for", service=name_of(service))
    why = situation.investigation.escalated_why or say("no_decisive_check")
    tried = [
        RedactedText.format(
            "{ask}: {what}",
            ask=asked_check.check.ask.line(),
            what=asked_check.citations[0].why.line(),
        )
        for asked_check in situation.investigation.checks
        if asked_check.answered_by and asked_check.citations
    ]
    text = say("suggest_whom", why=why, who=who)
    return EscalationRequired(text=text, tried=tuple(tried))


def is_it(hypothesis: Hypothesis) -> ConfirmationRequest | Answer:
    """A person names a cause and asks whether it is that: they decide."""
    if judged(hypothesis):
        is_confirmed = hypothesis.state is HypothesisState.VALIDATED
        verdict = say("confirmed" if is_confirmed else "rejected")
        text = say(
            "judged_already",
            n=hypothesis.number,
            cause=hypothesis.statement,
            said=verdict,
        )
        return Answer(text=text)
    number = RedactedText.format("{n}", n=hypothesis.number)
    return ConfirmationRequest(
        text=say(
            "is_that_the_cause",
            n=number,
            cause=hypothesis.statement,
            share=share_of(hypothesis),
        ),
        choices=(
            Choice(label=say("confirm", n=number), verb="confirm", argument=number),
            Choice(label=say("reject", n=number), verb="reject", argument=number),
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
    text = say("which_hypothesis", n=len(rivals))
    return ClarificationRequest(text=text, choices=choices)


def progress(situation: Situation, decision: Decision) -> StatusUpdate:
    """What is read and what is still being read, and what is known meanwhile."""
    reading, unread = _waiting(situation), _failed_files(situation)
    read = sum(file.is_read for file in situation.files)
    text = say("files_read", n=read, all=len(situation.files))
    if reading:
        text = say("still_reading", names=_named(reading), text=text)
    count = sum(
        not finding.is_digest for findings in situation.findings.values() for finding in findings
    )
    lines = [_failed(file) for file in unread[:_TOLD]]
    if len(unread) > _TOLD:
        lines.append(say("more_not_read", n=len(unread) - _TOLD))
    lines.append(say("findings_so_far", n=count))
    if decision.hypotheses:
        best = decision.hypotheses[0]
        lines.append(
            say(
                "most_likely",
                n=best.number,
                cause=best.statement,
                share=share_of(best),
            )
        )
    answered = sum(
        asked_check.answered_by is not None for asked_check in situation.investigation.checks
    )
    if situation.investigation.checks:
        lines.append(say("checks_answered", n=answered, all=len(situation.investigation.checks)))
    return StatusUpdate(text=text, lines=tuple(lines))


def unreadable(situation: Situation) -> Response:
    """The files that could not be read, and what may be done about it."""
    failed, reading = _failed_files(situation), _waiting(situation)
    if not failed and reading:
        return Answer(text=say("readable_so_far", names=_named(reading)), known=False)
    if not failed:
        return Answer(text=say("all_readable"))
    problems = [_failed(file) for file in failed]
    if reading:
        problems.append(say("not_read_yet", names=_named(reading)))
    return Problem(
        text=RedactedText.join("; ", problems),
        safe=say("goes_on_without"),
        step=say(
            "paste_or_try_again",
            tag=failed[0].tag,
        ),
    )


def _waiting(situation: Situation) -> list[EvidenceFile]:
    """The files that are being read, or wait for it: nobody knows yet whether they can be."""
    return [file for file in situation.files if file.coverage is Coverage.WAITING]


def _failed_files(situation: Situation) -> list[EvidenceFile]:
    """The files of which nothing could be read, then those of which only a part."""
    failed = [file for file in situation.files if file.coverage is Coverage.NONE]
    return failed + [file for file in situation.files if file.coverage is Coverage.PART]


def _named(files: Sequence[EvidenceFile]) -> RedactedText:
    return RedactedText.join(", ", [file.name.line() for file in files[:_TOLD]])


def share_of(hypothesis: Hypothesis) -> RedactedText:
    """`72 %`; what is not certain is never said to be."""
    return RedactedText.format("{n} %", n=min(99, max(1, round(hypothesis.confidence * 100))))


def _failed(file: EvidenceFile) -> RedactedText:
    why = file.problem.line() if file.problem else say("no_reader")
    if file.coverage is Coverage.PART:
        return say("read_in_part", name=file.name.line(), tag=file.tag, why=why)
    return say("could_not_read", name=file.name.line(), tag=file.tag, why=why)
