"""Which buttons are there? Asked of the cards of a case in each of its states."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from core.cases.events import CaseView
from core.cases.model import Case, CaseState, Severity
from core.clean import Clean
from core.clock import EPOCH
from core.conversation.answers import looking_card
from core.conversation.glance import case_actions
from core.conversation.model import Place, Question
from core.conversation.present import hypotheses_card
from core.investigation.model import Cause, Hypothesis, HypothesisState
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.conversation.model import Action

_CASE = Case(
    id="CASE",
    tenant_id="TENANT",
    number=1,
    title=Clean.say("a case"),
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
    statement=Clean.say("a cause"),
    state=HypothesisState.TESTING,
    confidence=0.5,
    rank=1,
)
_ASKED = Question(
    id="QUESTION",
    tenant_id="TENANT",
    case_id=_CASE.id,
    asked_by="PERSON",
    asked_at=EPOCH,
    text=Clean.say("why?"),
    place=Place(platform="PLATFORM", workspace="WORKSPACE", channel="CHANNEL"),
)


@cache
def pressable() -> dict[str, str]:
    """What follows each verb that some card has a button for: `confirm` has `1`."""
    return {action.verb: action.argument for action in _actions()}


def _actions() -> Iterator[Action]:
    known = CaseView(case=_CASE, hypotheses=(_BELIEVED,))
    yield from case_actions(CaseView(case=_CASE))
    yield from case_actions(known)
    yield from case_actions(CaseView(case=replace(_CASE, state=CaseState.RESOLVED)))
    yield from hypotheses_card(known, redactor=Redactor(b"")).actions
    yield from looking_card(_CASE, _ASKED, since=EPOCH, now=EPOCH).actions
