"""A whole consultation through a llama.cpp server of one's own, with the small profile.

Where FAULTMAVEN_TEST_LLAMA_URL names one on this machine (`http://127.0.0.1:8080`). It says that
prompts fit, tools are called as asked and replies are read; not how good the model is.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.cases.model import Question
from core.evidence.model import FileState
from core.investigation.budget import Budget
from core.investigation.consultation.profile import SMALL
from core.investigation.language_model import ModelRole
from core.investigation.model_reasoner import WithModel
from core.investigation.reasoner import decide
from core.places import Place
from core.workflows.turn_recorder import unrecorded
from integrations.llm import seam
from integrations.llm.assembly import ModelAccess, gateway_of
from tests.core.investigation.sample_situations import INCIDENTS, REDACTOR, incident
from tests.fakes.clock import SeededRandom
from tests.fakes.models.ledgers import KeptLedger

if TYPE_CHECKING:
    from core.investigation.decision import Situation
    from integrations.llm.gateway import Gateway

URL = os.environ.get("FAULTMAVEN_TEST_LLAMA_URL", "").rstrip("/")
PATIENCE_S = 900.0  # a laptop without a graphics card

pytestmark = [
    pytest.mark.integration,
    pytest.mark.llama,
    pytest.mark.timeout(4 * PATIENCE_S),
    pytest.mark.skipif(
        not URL, reason="FAULTMAVEN_TEST_LLAMA_URL names no llama.cpp server on this machine"
    ),
    pytest.mark.skipif(not seam.is_installed(), reason="the extra `llm` is not installed"),
]


def a_gateway(ledger: KeptLedger) -> Gateway:
    models = dict.fromkeys(ModelRole, (f"openai/local@{URL}/v1",))
    access = ModelAccess(models=models, deadline_s=PATIENCE_S, first_byte_s=PATIENCE_S)
    return gateway_of(access, ledger=ledger, random=SeededRandom(1))


def asked(text: str) -> Situation:
    """A recorded incident, all of it read, and a question that no rule answers."""
    situation = incident(INCIDENTS[0])
    question = Question(
        id="ask-1",
        tenant_id="default",
        case_id="case-1",
        asked_by="dana",
        asked_at=situation.at,
        text=REDACTOR.clean(text),
        place=Place(platform="terminal", workspace="", channel="here"),
    )
    budget = Budget(rounds=4)
    budget.take_round()
    files = tuple(replace(file, state=FileState.PROCESSED) for file in situation.files)
    return replace(situation, files=files, questions=(question,), budget=budget)


async def test_a_small_model_weighs_a_case_and_answers() -> None:
    ledger = KeptLedger()
    reasoner = WithModel(a_gateway(ledger), lambda _: REDACTOR, profile=SMALL)
    situation = asked("Warum können die Leute gerade keine Fähre buchen?")
    decision = await reasoner.decide(situation, unrecorded())
    assert [defect.problem.text for defect in decision.defects] == []
    assert decision.opinion is not None
    assert decision.opinion.model == "openai/local"
    (reply,) = decision.answers
    assert reply.response is not None
    assert not reply.response.text.text.startswith("No model answered")
    assert len(ledger.settled) == len(ledger.reserved) >= 2
    assert situation.budget.spent.tokens > 0
    known = {cause.cause.service for cause in decide(situation).hypotheses}
    assert decision.hypotheses[0].cause.service in known | {
        cause.service for cause in decision.opinion.causes
    }
