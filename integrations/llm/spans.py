"""Spans of requests and of their calls, in OpenTelemetry's conventions for generative AI.

Names: github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md, Inference,
as of November 2026 (status: development). What they have no name for begins with `faultmaven.`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import FaultMavenError
from core.investigation.model_calls import MILLION
from integrations.llm.content import CallContent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opentelemetry.trace import Span, Tracer

    from core.investigation.language_model import ModelReply, ModelRequest
    from core.investigation.model_calls import ModelUsage
    from integrations.llm.content import Message
    from integrations.llm.paid_calls import Tally
    from integrations.llm.seam import Completion
    from integrations.llm.targets import ModelTarget

OPERATION = "chat"
# How the conventions spell our providers; those that they do not list go by our name.
PROVIDERS = {"google": "gcp.gemini"}
PORTS = {"http": 80, "https": 443}


class RequestSpan:
    """The span of a request with all its attempts; None: it is not traced."""

    def __init__(self, span: Span | None = None) -> None:
        self.span = span

    def answer(self, reply: ModelReply) -> None:
        """Who answered; from the cache, nobody was asked."""
        if self.span is not None:
            self.span.set_attribute("faultmaven.model.name", reply.model)
            self.span.set_attribute("faultmaven.model.is_cached", reply.is_cached)

    def sum_up(self, tally: Tally, fallbacks: Sequence[str]) -> None:
        """What all attempts took, under names of ours: sums over `gen_ai.usage` count the calls."""
        if self.span is None:
            return
        self.span.set_attribute("faultmaven.model.tokens_in", tally.tokens_in)
        self.span.set_attribute("faultmaven.model.tokens_out", tally.tokens_out)
        self.span.set_attribute("faultmaven.model.cost_dollars", tally.cost / MILLION)
        self.span.set_attribute("faultmaven.model.fallbacks", list(fallbacks))


class CallSpan:
    """The span of one call; None: it is not traced."""

    def __init__(self, span: Span | None = None) -> None:
        self.span = span

    def answer(self, completion: Completion, message: Message | None) -> None:
        """What came back. message: where content is kept."""
        if self.span is None:
            return
        if completion.finish:
            self.span.set_attribute("gen_ai.response.finish_reasons", [completion.finish])
        if completion.model:
            self.span.set_attribute("gen_ai.response.model", completion.model)
        if message is not None:
            self.span.set_attribute("gen_ai.output.messages", [message])

    def end(self, completion: Completion, usage: ModelUsage, fault: str) -> None:
        """What it took. fault: why it failed, in a word; "" where it did not."""
        if self.span is None:
            return
        if usage.tokens_in or usage.tokens_out:
            self.span.set_attribute("gen_ai.usage.input_tokens", usage.tokens_in)
            self.span.set_attribute("gen_ai.usage.output_tokens", usage.tokens_out)
            is_estimated = completion.tokens_in is None or completion.tokens_out is None
            self.span.set_attribute("faultmaven.model.is_estimated", is_estimated)
        if usage.cost is not None:
            self.span.set_attribute("faultmaven.model.cost_dollars", usage.cost / MILLION)
        if completion.first_piece_s is not None:
            name = "gen_ai.response.time_to_first_chunk"
            self.span.set_attribute(name, completion.first_piece_s)
        if fault:
            _fail(self.span, fault)
        self.span.end()


class ModelSpans:
    """Begins spans. Without a tracer nothing is recorded, nor is OpenTelemetry imported."""

    def __init__(self, tracer: Tracer | None = None, content: CallContent | None = None) -> None:
        self.tracer = tracer
        self.content = content or CallContent()

    @contextmanager
    def request(self, request: ModelRequest) -> Iterator[RequestSpan]:
        """The parent of the calls that are made within the block."""
        if self.tracer is None:
            yield RequestSpan()
            return
        attributes = {"faultmaven.model.role": request.role.value}
        if request.case_id is not None:
            attributes["faultmaven.case.id"] = request.case_id
        with self.tracer.start_as_current_span(
            f"model request {request.role.value}",
            attributes=attributes,
            record_exception=False,  # a traceback may hold the prompt
            set_status_on_exception=False,
        ) as span:
            try:
                yield RequestSpan(span)
            except BaseException as error:
                words = str(error) if isinstance(error, FaultMavenError) else ""
                _fail(span, type(error).__name__, words)
                raise

    def call(
        self,
        target: ModelTarget,
        request: ModelRequest,
        arguments: Mapping[str, Any],
        *,
        is_streamed: bool,
    ) -> CallSpan:
        """The span of a call that begins now."""
        if self.tracer is None:
            return CallSpan()
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 - 50 ms that most do not need

        provider, _, model = target.name.partition("/")
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": OPERATION,
            "gen_ai.provider.name": PROVIDERS.get(provider, provider),
            "gen_ai.request.model": model,
            "gen_ai.request.max_tokens": request.max_tokens,
            **_server(target.base_url),
        }
        if is_streamed:
            attributes["gen_ai.request.stream"] = True
        if request.schema is not None:
            attributes["gen_ai.output.type"] = "json"
        if request.case_id is not None:
            attributes["gen_ai.conversation.id"] = request.case_id
        if (messages := self.content.sent(arguments, request.case_id)) is not None:
            attributes["gen_ai.input.messages"] = messages
        name = f"{OPERATION} {model}"
        return CallSpan(self.tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes))


def _server(url: str) -> dict[str, Any]:
    """Where it is asked, as far as that is known: addresses of most providers are litellm's."""
    parts = urlsplit(url)
    if not parts.hostname:
        return {}
    return {"server.address": parts.hostname, "server.port": parts.port or PORTS[parts.scheme]}


def _fail(span: Span, fault: str, words: str = "") -> None:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

    span.set_attribute("error.type", fault)
    span.set_status(Status(StatusCode.ERROR, words or None))
