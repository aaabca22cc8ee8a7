"""Nine responses, told apart by their type wherever they are stored or sent."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import TypeAdapter

from core.conversation.cards.answer_cards import body_of
from core.conversation.commands.parsing import understand
from core.conversation.commands.vocabulary import VERBS
from core.investigation.answering.proposals import is_it, which
from core.investigation.answering.responses import (
    TITLES,
    Answer,
    EscalationRequired,
    NeedsMoreData,
    PlanProposal,
    Problem,
    Response,
    SolutionReady,
    StatusUpdate,
    is_known,
)
from core.investigation.reasoner import decide
from core.text.redacted import RedactedText
from tests.core.investigation.answering.test_proposals import BUSY, FIX

DECISION = decide(BUSY)
BEST = DECISION.hypotheses[0]
TEXT = RedactedText.format("in words")
EVERY: tuple[Response, ...] = (
    Answer(text=TEXT, explained=BEST),
    PlanProposal(text=TEXT, steps=DECISION.checks),
    which(DECISION.hypotheses),
    is_it(BEST),
    SolutionReady(text=TEXT, solution=FIX, hypothesis=BEST),
    NeedsMoreData(text=TEXT, check=DECISION.checks[0], missing=(TEXT,)),
    EscalationRequired(text=TEXT, tried=(TEXT,)),
    StatusUpdate(text=TEXT, lines=(TEXT,)),
    Problem(text=TEXT, safe=TEXT, step=TEXT),
)
RESPONSES = TypeAdapter[Response](Response)


def test_there_are_nine_each_with_a_name_of_its_own() -> None:
    union, _ = get_args(Response)
    types = {response.type for response in EVERY}
    assert len(types) == len(get_args(union)) == 9
    assert types == set(TITLES)


@pytest.mark.parametrize("response", EVERY, ids=lambda response: response.type)
def test_it_is_itself_again_after_a_journey(response: Response) -> None:
    stored = RESPONSES.dump_json(response)
    assert RESPONSES.validate_json(stored) == response


@pytest.mark.parametrize("response", EVERY, ids=lambda response: response.type)
def test_every_card_has_words_and_every_button_does_something(response: Response) -> None:
    body = body_of(response, hypotheses=DECISION.hypotheses)
    assert all(row.text for row in body.rows)
    for action in body.actions:
        assert action.verb in VERBS
        opens_a_form = VERBS[action.verb].field is not None and not action.argument
        if not opens_a_form:
            understand(action.verb, action.argument, plain=True)  # raises where it is a mistake


def test_what_only_asks_is_no_answer() -> None:
    known = {response.type for response in EVERY if is_known(response)}
    assert "NEEDS_MORE_DATA" not in known
    assert "ERROR" not in known
    assert "ANSWER" in known
