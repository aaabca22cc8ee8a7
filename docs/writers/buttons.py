"""The buttons, read from the cards of a case in each of its states."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from core.alerts.model import Severity
from core.cases.investigation_state import InvestigationState, Solution, SolutionState
from core.cases.model import (
    Case,
    CaseState,
    Cause,
    Check,
    EvidenceKind,
    Expectation,
    Hypothesis,
    HypothesisState,
    Question,
)
from core.cases.projection import CaseView
from core.clock import EPOCH
from core.conversation.cards.answer_cards import body_of, looking_card
from core.conversation.cards.case_card import case_actions
from core.conversation.cards.check_cards import check_actions
from core.conversation.cards.hypothesis_cards import hypotheses_card
from core.conversation.commands.verdict_commands import undo_action
from core.investigation.answering.proposals import which
from core.investigation.answering.responses import EscalationRequired
from core.places import Place
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.conversation.cards.card import Action

_CASE = Case(
    id="CASE",
    tenant_id="TENANT",
    number=1,
    title=RedactedText.format("a case"),
    state=CaseState.CONSULTING,
    severity=Severity.HIGH,
    service=None,
    group_key="",
    opened_at=EPOCH,
    version=1,
)
_BELIEVED = Hypothesis(
    number=1,
    cause=Cause(service="", signal="", fault=""),
    statement=RedactedText.format("a cause"),
    state=HypothesisState.TESTING,
    confidence=0.5,
    rank=1,
)
_CHECK = Check(
    name="CHECK",
    ask=RedactedText.format("look"),
    command=None,
    kind=EvidenceKind.CHECK,
    gain=1.0,
    expectations=(
        Expectation(hypothesis=1, says=RedactedText.format("it"), pattern="", likely=1.0),
    ),
)
_FIX = Solution(
    number=1,
    hypothesis=1,
    text=RedactedText.format("a fix"),
    expects=RedactedText.format("quiet"),
    state=SolutionState.PROPOSED,
    proposed_at=EPOCH,
)
_ASKED = Question(
    id="QUESTION",
    tenant_id="TENANT",
    case_id=_CASE.id,
    asked_by="PERSON",
    asked_at=EPOCH,
    text=RedactedText.format("why?"),
    place=Place(platform="PLATFORM", workspace="WORKSPACE", channel="CHANNEL"),
)


@cache
def button_arguments() -> dict[str, str]:
    """What follows each verb that some card has a button for: `confirm` has `1`.

    Of several buttons for one verb it is the first.
    """
    arguments: dict[str, str] = {}
    for action in _actions():
        arguments.setdefault(action.verb, action.argument)
    return arguments


def _actions() -> Iterator[Action]:
    known = CaseView(case=_CASE, hypotheses=(_BELIEVED,))
    yield from case_actions(CaseView(case=_CASE))
    yield from case_actions(known)
    yield from case_actions(replace(known, investigation=InvestigationState(solutions=(_FIX,))))
    yield from check_actions(_CHECK, _BELIEVED.number)
    yield from case_actions(CaseView(case=replace(_CASE, state=CaseState.RESOLVED)))
    yield from hypotheses_card(known, redactor=Redactor(b"")).actions
    yield from looking_card(_CASE, _ASKED, since=EPOCH, now=EPOCH).actions
    yield from body_of(which([_BELIEVED])).actions
    yield undo_action("confirm", _BELIEVED.number)
    yield from body_of(EscalationRequired(text=RedactedText.format("stuck"))).actions
