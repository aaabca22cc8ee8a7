"""What is to be done next: the response fits what is known, and says it with what it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import pytest

from core.cases.investigation_state import InvestigationState, Solution, SolutionState
from core.cases.model import HypothesisState
from core.evidence.model import FileState
from core.investigation.answering.answers import answer_question
from core.investigation.answering.responses import (
    Answer,
    ClarificationRequest,
    ConfirmationRequest,
    EscalationRequired,
    NeedsMoreData,
    PlanProposal,
    Problem,
    SolutionReady,
    StatusUpdate,
)
from core.investigation.reasoner import decide
from core.text.redacted import RedactedText, redacted
from tests.core.investigation.sample_situations import T0, LogLines, a_log, a_situation

if TYPE_CHECKING:
    from core.investigation.answering.responses import Response
    from core.investigation.decision import Decision, Situation

Kind = TypeVar("Kind")
POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"
HEAP = "java.lang.OutOfMemoryError: Java heap space"
FULL = 'could not extend file "base/1": No space left on device'
BUSY = a_situation(
    a_log("checkout", LogLines(text=POOL, count=12), LogLines(text=HEAP, count=12)),
    a_log("db", LogLines(text=FULL, count=6)),
    alert="checkout",
)
NOTHING = a_situation()
FIX = Solution(
    number=1,
    hypothesis=1,
    text=RedactedText.format("set the pool to 40"),
    expects=RedactedText.format("every alert ends"),
    state=SolutionState.PROPOSED,
    proposed_at=T0,
)


def ask(question: str, situation: Situation = BUSY, decision: Decision | None = None) -> Response:
    return answer_question(redacted(question), situation, decision or decide(situation))


def the(kind: type[Kind], response: Response) -> Kind:
    assert isinstance(response, kind), response
    return response


def test_the_check_that_separates_the_best_two_is_asked_for() -> None:
    response = the(NeedsMoreData, ask("what next?"))
    decision = decide(BUSY)
    assert response.check == decision.checks[0]
    assert any(words in response.text.text for words in ("To separate", "To confirm"))


def test_without_any_evidence_a_file_is_asked_for() -> None:
    response = the(NeedsMoreData, ask("what next?", NOTHING))
    assert response.check is None
    assert response.missing
    assert response.text.text.startswith("Bring ")


def test_several_checks_make_a_plan() -> None:
    response = the(PlanProposal, ask("what's the plan?"))
    assert list(response.steps) == sorted(response.steps, key=lambda check: -check.gain)


def test_the_fix_that_waits_comes_before_any_check() -> None:
    fixable = replace(BUSY, investigation=InvestigationState(solutions=(FIX,)))
    response = the(SolutionReady, ask("what next?", fixable))
    assert response.solution == FIX
    assert response.hypothesis.number == 1
    assert response.citations


@pytest.mark.parametrize("state", [SolutionState.CONFIRMED, SolutionState.FAILED])
def test_a_fix_that_was_done_is_not_offered_again(state: SolutionState) -> None:
    done = replace(BUSY, investigation=InvestigationState(solutions=(replace(FIX, state=state),)))
    assert not isinstance(ask("what next?", done), SolutionReady)


def test_what_several_may_mean_is_asked_back_with_one_tap_each() -> None:
    response = the(ClarificationRequest, ask("why checkout?"))
    assert len(response.choices) > 1
    for choice in response.choices:
        assert choice.verb == "why"
        assert isinstance(ask(f"why {choice.argument.text}?"), Answer)


def test_a_guess_is_for_a_person_to_decide() -> None:
    response = the(ConfirmationRequest, ask("is it 1?"))
    assert [choice.verb for choice in response.choices] == ["confirm", "reject"]
    assert {choice.argument.text for choice in response.choices} == {"1"}


def test_what_a_person_decided_is_not_asked_again() -> None:
    decision = decide(BUSY)
    first = replace(decision.hypotheses[0], state=HypothesisState.REJECTED, verdict_by="@dana")
    judged = replace(decision, hypotheses=(first, *decision.hypotheses[1:]))
    answer = the(Answer, ask("was it 1?", decision=judged))
    assert "rejected already" in answer.text.text


def test_help_is_called_for_with_what_was_tried() -> None:
    stuck = replace(
        BUSY,
        investigation=InvestigationState(
            escalated_at=T0, escalated_why=RedactedText.format("5 looks, none decisive")
        ),
    )
    response = the(EscalationRequired, ask("who can help?", stuck))
    assert response.text.text.startswith("5 looks, none decisive. Suggest whoever is on call")


def test_how_far_things_are() -> None:
    reading = replace(BUSY.files[0], state=FileState.RECEIVED)
    response = the(StatusUpdate, ask("how far are you?", replace(BUSY, files=(reading,))))
    assert response.text.text.startswith("Reading checkout.log")


def test_what_could_not_be_read_says_what_is_safe_and_what_next() -> None:
    broken = replace(
        BUSY.files[0], state=FileState.FAILED, problem=redacted("not JSON after byte 8")
    )
    response = the(Problem, ask("what could not be read?", replace(BUSY, files=(broken,))))
    assert "not JSON after byte 8" in response.text.text
    assert response.safe
    assert "evidence again e1" in response.step.text
    assert isinstance(ask("what could not be read?"), Answer)


def test_why_lays_the_hypothesis_open() -> None:
    answer = the(Answer, ask("why 1?"))
    assert answer.explained is not None
    assert answer.explained.number == 1


def of_files(*states: FileState) -> Situation:
    """A case of one file for each state; what was processed was read whole."""
    file = BUSY.files[0]
    files = (
        replace(file, id=str(number), number=number, state=state, problem=None)
        for number, state in enumerate(states, 1)
    )
    return replace(BUSY, files=tuple(files))


def test_what_could_not_be_read_does_not_count_as_read() -> None:
    situation = of_files(FileState.PROCESSED, FileState.FAILED)
    response = the(StatusUpdate, ask("how far are you?", situation))
    assert response.text.text == "Read 1 of 2 files"
    assert response.lines[0].text.startswith("Could not read")


def test_of_what_is_still_being_read_nobody_knows_whether_it_can_be() -> None:
    situation = of_files(FileState.PROCESSED, FileState.RECEIVED)
    response = the(Answer, ask("what could not be read?", situation))
    assert response.text.text.startswith("Not known yet: ")
    failed = of_files(FileState.FAILED, FileState.RECEIVED)
    assert "still being read" in the(Problem, ask("what could not be read?", failed)).text.text
    read = of_files(FileState.PROCESSED)
    assert the(Answer, ask("what could not be read?", read)).text.text.startswith("Every file")
