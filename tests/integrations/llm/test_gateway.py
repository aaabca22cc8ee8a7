"""The gateway through the real litellm, against servers that fail as providers do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.investigation.language_model import ModelMessage, ModelRequest, ModelRole, Speaker
from core.text.redacted import redacted
from integrations.llm import seam
from integrations.llm.gateway import Gateway
from integrations.llm.paid_calls import Patience
from integrations.llm.targets import read_target
from tests.fakes.clock import SeededRandom
from tests.fakes.models.ledgers import KeptLedger
from tests.fakes.models.script import says
from tests.fakes.models.server import FakeModels, fake_models

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not seam.is_installed(), reason="the extra `llm` is not installed"),
]


@pytest.fixture
async def first() -> AsyncIterator[FakeModels]:
    async with fake_models(says("All ", "is ", "well.")) as models:
        yield models


@pytest.fixture
async def second() -> AsyncIterator[FakeModels]:
    async with fake_models(says("From ", "the ", "second ", "model.")) as models:
        yield models


def a_gateway(*models: str, ledger: KeptLedger | None = None, **more: Any) -> Gateway:
    targets = [read_target(model, {}, server_key="sk-of-ours") for model in models]
    patience = Patience(first_byte_s=0.5, gap_s=0.5)
    return Gateway(
        dict.fromkeys(ModelRole, targets),
        ledger=ledger or KeptLedger(),
        random=SeededRandom(1),
        **{"patience": patience, **more},
    )


def a_request(text: str = "why?", **more: Any) -> ModelRequest:
    message = ModelMessage(speaker=Speaker.USER, text=redacted(text))
    return ModelRequest(
        **{"role": ModelRole.FAST, "messages": [message], "deadline_s": 5.0, **more}
    )


def openai(models: FakeModels, name: str = "local-model") -> str:
    return f"openai/{name}@{models.url}/v1"


async def test_it_asks_and_counts(first: FakeModels) -> None:
    ledger = KeptLedger()
    reply = await a_gateway(openai(first), ledger=ledger).complete(a_request())
    assert (reply.text, reply.model) == ("All is well.", "openai/local-model")
    assert (reply.tokens_in, reply.tokens_out, reply.cost) == (11, 7, 0)
    assert first.asked[0].body["model"] == "local-model"
    assert first.asked[0].headers["Authorization"] == "Bearer sk-of-ours"
    assert ledger.settled["1"].tokens_in == 11
