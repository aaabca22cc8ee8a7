"""Spans of the real gateway and litellm, as a collector reads them from the wire."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from core.errors import ModelUnavailable
from core.investigation.language_model import (
    ModelMessage,
    ModelRequest,
    ModelRole,
    Speaker,
    ToolCall,
    ToolSpec,
)
from core.redaction.engine import Redactor, case_key
from core.text.redacted import redacted
from integrations import otlp
from integrations.llm import seam
from integrations.llm.content import LONGEST, CallContent
from integrations.llm.gateway import Gateway
from integrations.llm.paid_calls import Patience
from integrations.llm.reply_cache import ReplyCache
from integrations.llm.spans import ModelSpans
from integrations.llm.targets import read_target
from integrations.otlp import FLUSH_S, SpanExport
from tests.fakes.clock import SeededRandom
from tests.fakes.collector import FakeCollector, attributes, fake_collector
from tests.fakes.models.ledgers import KeptLedger
from tests.fakes.models.openai import QUOTED_KEY
from tests.fakes.models.script import calls, fails, says
from tests.fakes.models.server import FakeModels, fake_models

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.integration,
    # Of the library's own doing, which would break its streams if they were errors.
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(not seam.is_installed(), reason="the extra `llm` is not installed"),
    pytest.mark.skipif(not otlp.is_installed(), reason="the extra `otlp` is not installed"),
]

KEY = "sk-of-ours-5tR8wQ2zLk91"  # pragma: allowlist secret
SECRET = "hunter2-s3cr3t-value"  # noqa: S105  # pragma: allowlist secret
PROMPT, ANSWER = "the-words-of-a-prompt", "the-words-of-an-answer"
CASE = "case_of_a_test"
WAIT_S = 8.0  # an export waits ten seconds for its collector, and tries again
CLIENT, INTERNAL, ERROR = 3, 1, 2  # as opentelemetry-proto numbers them
READ_LOG = ToolSpec(name="read_log", purpose="Lines.", parameters={"type": "object"})


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """The first answer imports what the library needs for it: for seconds, on a busy machine."""

    async def warm_up() -> None:
        async with fake_models(says("warm")) as models:
            await a_gateway(models).complete(a_request(deadline_s=60.0))

    asyncio.run(warm_up())


def clean(text: str, case_id: str | None) -> str:
    return Redactor(case_key(b"key of a test", case_id or "")).clean(text).text


def a_gateway(*models: FakeModels, spans: ModelSpans | None = None, **more: Any) -> Gateway:
    targets = [
        read_target(f"openai/model-{number}@{server.url}/v1", {}, server_key=KEY)
        for number, server in enumerate(models, start=1)
    ]
    return Gateway(
        dict.fromkeys(ModelRole, targets),
        ledger=KeptLedger(),
        random=SeededRandom(1),
        patience=Patience(first_byte_s=2.0, gap_s=2.0),
        spans=spans,
        **more,
    )


def a_request(text: str = PROMPT, **more: Any) -> ModelRequest:
    message = ModelMessage(speaker=Speaker.USER, text=redacted(text))
    return ModelRequest(
        **{
            "role": ModelRole.FAST,
            "messages": [message],
            "deadline_s": 5.0,
            "case_id": CASE,
            **more,
        }
    )


@asynccontextmanager
async def exporting(collector: FakeCollector, **more: Any) -> AsyncIterator[ModelSpans]:
    """Spans that have arrived when the block ends."""
    export = SpanExport(collector.url, version="1.2.3")
    try:
        yield ModelSpans(export.tracer, **more)
    finally:
        await asyncio.to_thread(export.close)


async def test_a_request_with_a_fallback_is_a_parent_with_a_span_for_each_attempt() -> None:
    async with (
        fake_collector() as collector,
        fake_models(fails(401)) as first,
        fake_models(says("All ", "is ", "well.")) as second,
        exporting(collector) as spans,
    ):
        reply = await a_gateway(first, second, spans=spans).complete(a_request(max_tokens=321))
    parent, failed, answered = collector.spans
    assert reply.fallbacks == ("openai/model-1",)
    assert (parent.name, parent.kind, parent.parent_span_id) == (
        "model request fast",
        INTERNAL,
        b"",
    )
    assert attributes(parent) == {
        "faultmaven.model.role": "fast",
        "faultmaven.case.id": CASE,
        "faultmaven.model.name": "openai/model-2",
        "faultmaven.model.is_cached": False,
        "faultmaven.model.tokens_in": 11,
        "faultmaven.model.tokens_out": 7,
        "faultmaven.model.cost_dollars": 0.0,
        "faultmaven.model.fallbacks": ["openai/model-1"],
    }
    for span in (failed, answered):
        assert (span.kind, span.parent_span_id) == (CLIENT, parent.span_id)
        assert span.trace_id == parent.trace_id
    assert (failed.name, failed.status.code) == ("chat model-1", ERROR)
    assert attributes(failed) == {
        **asked(first, "model-1"),
        "error.type": "wrong_key",
        "faultmaven.model.cost_dollars": 0.0,
    }
    assert (answered.name, answered.status.code) == ("chat model-2", 0)
    assert attributes(answered) == {
        **asked(second, "model-2"),
        "gen_ai.response.model": "of-the-server",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 7,
        "faultmaven.model.is_estimated": False,
    }


def asked(server: FakeModels, model: str) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.request.max_tokens": 321,
        "gen_ai.conversation.id": CASE,
        "server.address": "127.0.0.1",
        "server.port": int(server.url.rpartition(":")[2]),
    }


async def test_a_stream_tells_when_it_began() -> None:
    async def on_text(_: str) -> None: ...

    async with (
        fake_collector() as collector,
        fake_models(says("All ", "is ", "well.", delay_s=0.2)) as models,
        exporting(collector) as spans,
    ):
        await a_gateway(models, spans=spans).complete(a_request(), on_text=on_text)
    _, call = collector.spans
    of_call = attributes(call)
    assert of_call["gen_ai.request.stream"] is True
    assert 0.2 <= of_call["gen_ai.response.time_to_first_chunk"] < 5
    assert of_call["gen_ai.usage.output_tokens"] == 7


async def test_where_nobody_answers_the_parent_says_so() -> None:
    async with (
        fake_collector() as collector,
        fake_models(fails(400)) as models,
        exporting(collector) as spans,
    ):
        with pytest.raises(ModelUnavailable):
            await a_gateway(models, spans=spans).complete(a_request())
    parent, _ = collector.spans
    assert parent.status.code == ERROR
    assert "openai/model-1: request refused" in parent.status.message
    assert attributes(parent)["error.type"] == "ModelUnavailable"
    assert attributes(parent)["faultmaven.model.fallbacks"] == ["openai/model-1"]
    assert not [event for span in collector.spans for event in span.events]


async def test_an_answer_of_before_has_no_call() -> None:
    async with (
        fake_collector() as collector,
        fake_models(says("well")) as models,
        exporting(collector) as spans,
    ):
        gateway = a_gateway(models, spans=spans, cache=ReplyCache(lives_s=60.0))
        await gateway.complete(a_request())
        await gateway.complete(a_request())
    first, _, again = collector.spans
    assert attributes(first)["faultmaven.model.is_cached"] is False
    assert attributes(again)["faultmaven.model.is_cached"] is True


async def test_requests_at_once_keep_their_calls_apart() -> None:
    async with (
        fake_collector() as collector,
        fake_models(says("well", delay_s=0.1)) as models,
        exporting(collector) as spans,
    ):
        gateway = a_gateway(models, spans=spans)
        await asyncio.gather(*(gateway.complete(a_request(case_id=f"c{n}")) for n in range(8)))
    parents = {s.span_id: attributes(s) for s in collector.spans if s.kind == INTERNAL}
    children = [span for span in collector.spans if span.kind == CLIENT]
    assert len(parents) == len(children) == 8
    for child in children:
        case = attributes(child)["gen_ai.conversation.id"]
        assert parents[child.parent_span_id]["faultmaven.case.id"] == case


async def test_by_default_nothing_of_what_is_said_leaves() -> None:
    async with (
        fake_collector() as collector,
        fake_models(fails(400), says(ANSWER)) as models,
        exporting(collector) as spans,
    ):
        gateway = a_gateway(models, spans=spans)
        with pytest.raises(ModelUnavailable):
            await gateway.complete(a_request())
        await gateway.complete(a_request(tools=[READ_LOG]))
    sent = b"".join(collector.bodies)
    assert len(collector.spans) == 4
    for words in (PROMPT, ANSWER, KEY, QUOTED_KEY):
        assert words.encode() not in sent


async def test_content_is_redacted_and_shaped_as_the_conventions_say() -> None:
    call = ToolCall(id="call_1", name="read_log", arguments={"file": "a", "password": SECRET})
    messages = [
        ModelMessage(speaker=Speaker.SYSTEM, text=redacted("You read logs.")),
        ModelMessage(speaker=Speaker.USER, text=redacted(PROMPT)),
        ModelMessage(speaker=Speaker.MODEL, calls=(call,)),
        ModelMessage(speaker=Speaker.TOOL, answers="call_1", text=redacted("pool timeout")),
    ]
    async with (
        fake_collector() as collector,
        fake_models(says(f"{ANSWER}: password={SECRET}")) as models,
        exporting(collector, content=CallContent(clean)) as spans,
    ):
        request = a_request(messages=messages, tools=[READ_LOG])
        await a_gateway(models, spans=spans).complete(request)
        models.plays(calls("read_log", json.dumps({"file": "b", "password": SECRET})))
        await a_gateway(models, spans=spans).complete(request)
    assert SECRET.encode() not in b"".join(collector.bodies)
    placeholder = clean(f"password={SECRET}", CASE).partition("=")[2]
    (_, worded, _, called) = collector.spans
    assert attributes(worded)["gen_ai.input.messages"] == [
        {"role": "system", "parts": [{"type": "text", "content": "You read logs."}]},
        {"role": "user", "parts": [{"type": "text", "content": PROMPT}]},
        {
            "role": "assistant",
            "parts": [
                {
                    "type": "tool_call",
                    "id": "call_1",
                    "name": "read_log",
                    "arguments": {"file": "a", "password": placeholder},
                }
            ],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "call_1", "response": "pool timeout"}],
        },
    ]
    assert attributes(worded)["gen_ai.output.messages"] == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": f"{ANSWER}: password={placeholder}"}],
            "finish_reason": "stop",
        }
    ]
    ((part,),) = (message["parts"] for message in attributes(called)["gen_ai.output.messages"])
    assert part["arguments"] == {"file": "b", "password": placeholder}
    assert attributes(called)["gen_ai.output.messages"][0]["finish_reason"] == "tool_call"


async def test_long_texts_are_cut() -> None:
    async with (
        fake_collector() as collector,
        fake_models(says("y" * (LONGEST + 5))) as models,
        exporting(collector, content=CallContent(clean)) as spans,
    ):
        await a_gateway(models, spans=spans).complete(a_request("x " * LONGEST))
    _, call = collector.spans
    ((part,),) = (message["parts"] for message in attributes(call)["gen_ai.input.messages"])
    assert part["content"].endswith("x … (16,000 characters more)")
    ((part,),) = (message["parts"] for message in attributes(call)["gen_ai.output.messages"])
    assert part["content"].endswith("y… (5 characters more)")


@pytest.mark.parametrize("is_kept", [False, True])
async def test_the_log_has_the_answer_only_where_content_is_kept(is_kept: bool) -> None:  # noqa: FBT001
    content = CallContent(clean if is_kept else None)
    async with fake_models(says(f"{ANSWER}: password={SECRET}")) as models:
        gateway = a_gateway(models, spans=ModelSpans(content=content))
        with structlog.testing.capture_logs() as lines:
            await gateway.complete(a_request())
    (line,) = (line for line in lines if line["event"] == "model asked")
    assert (ANSWER in repr(line)) is is_kept
    assert ("output" in line) is is_kept
    assert SECRET not in repr(line)
    assert PROMPT not in repr(line)


@pytest.mark.parametrize("dead", ["refuses", "silent", "fails"])
async def test_a_dead_collector_costs_a_call_nothing(dead: str) -> None:
    async with (
        fake_collector(is_silent=dead == "silent", status=503) as collector,
        fake_models(says("well")) as models,
    ):
        url = "http://127.0.0.1:9" if dead == "refuses" else collector.url
        plain = await seconds_of(a_gateway(models))
        export = SpanExport(url, version="1.2.3")
        traced = await seconds_of(a_gateway(models, spans=ModelSpans(export.tracer)))
        began = time.monotonic()
        await asyncio.to_thread(export.close)
        closed = time.monotonic() - began
    assert traced < plain + WAIT_S
    assert closed < FLUSH_S + WAIT_S


async def seconds_of(gateway: Gateway) -> float:
    """Of twenty requests, one after another."""
    began = time.monotonic()
    for _ in range(20):
        assert (await gateway.complete(a_request())).text == "well"
    return time.monotonic() - began
