"""The only place where litellm is imported and called, and what of its answers is used.

Its import takes seconds and 100 MB, so it happens at the first call, in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
import warnings
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from integrations.llm.failures import Fault, ModelFault, fault_of
from integrations.llm.plain_transport import transport_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from integrations.llm.targets import ModelTarget

_MOST_TOKENS = 10**9  # that a provider may say it counted
BACKSTOP_S = 600.0  # our own clocks end a call before; the library keeps a client for each value
LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpcore")
FILTERED = {"content_filter", "refusal", "safety"}


@dataclass
class RawCall:
    """A tool call as it arrives. arguments: JSON, or what should have been."""

    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class Completion:
    """An answer as far as it has come. Tokens are None where the provider does not count them."""

    text: str = ""
    calls: dict[int, RawCall] = field(default_factory=dict)
    refusal: str = ""
    finish: str = ""
    model: str = ""  # that answered, as its server calls it
    first_piece_s: float | None = None  # after the call began, where it is streamed
    tokens_in: int | None = None
    tokens_out: int | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether the model refused, or a filter did."""
        return bool(self.refusal) or self.finish in FILTERED


def is_installed() -> bool:
    """Whether the extra is there. Imports nothing."""
    return all(find_spec(name) for name in ("litellm", "mcp", "jsonschema"))


@cache
def litellm_module() -> Any:
    """The library, silent: it neither logs prompts nor asks the network for its prices."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"] = "True"
    warnings.filterwarnings("ignore", module=r"litellm\b")  # of what it will change itself one day
    import litellm  # noqa: PLC0415 - the seam of the `llm` extra
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler  # noqa: PLC0415
    from litellm.llms.ollama.common_utils import OllamaModelInfo  # noqa: PLC0415

    # After each answer it would ask the server for the model's data, with the event loop waiting.
    OllamaModelInfo.get_model_info = lambda *_, **__: None  # type: ignore[method-assign]
    AsyncHTTPHandler.create_async_transport = transport_of(litellm)  # type: ignore[method-assign]
    litellm.disable_aiohttp_transport = True  # its sessions are closed by nobody
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.drop_params = True  # a parameter that a model lacks is left out, not an error
    litellm.disable_hf_tokenizer_download = True
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return litellm


def prices_of(target: ModelTarget) -> tuple[float, float] | None:
    """Dollars for a token in and one out; None where they are not known. Needs `load` before."""
    costs = litellm_module().model_cost
    entry = costs.get(target.model) or costs.get(target.model.partition("/")[2])
    if target.base_url or not entry or "input_cost_per_token" not in entry:
        return None
    return float(entry["input_cost_per_token"]), float(entry.get("output_cost_per_token") or 0)


async def load() -> None:
    """Import the library, with the event loop served meanwhile."""
    if litellm_module.cache_info().currsize == 0:
        await asyncio.to_thread(litellm_module)


async def close() -> None:
    """Close the connections that the library keeps for later calls; it makes others for those."""
    if litellm_module.cache_info().currsize == 0:
        return
    library = litellm_module()
    await library.close_litellm_async_clients()
    library.in_memory_llm_clients_cache.flush_cache()
    shared = vars(library).pop("module_level_aclient", None)  # in no cache once that was flushed
    if shared is not None:
        await shared.close()


async def ask(target: ModelTarget, arguments: Mapping[str, Any], *, limit_s: float) -> Completion:
    """One answer in one piece. Raises ModelFault."""
    response = await _within(limit_s, _call(target, arguments), Fault.TIMED_OUT)
    return _read_whole(response)


async def stream(
    target: ModelTarget,
    arguments: Mapping[str, Any],
    on_delta: Callable[[str], Awaitable[None]],
    *,
    into: Completion,
    first_byte_s: float,
    gap_s: float,
) -> None:
    """One answer piece by piece into `into`, which keeps what came also where it broke.

    first_byte_s: until the first piece. gap_s: between two. Raises ModelFault.
    """
    options = {"stream": True, "stream_options": {"include_usage": True}}
    began, call = time.monotonic(), _call(target, {**arguments, **options})
    chunks = await _within(first_byte_s, call, Fault.STALLED)
    patience = first_byte_s
    async with aclosing(_pieces(chunks)) as pieces:
        while True:
            chunk = await _within(patience, _next(pieces), Fault.STALLED)
            if chunk is None:
                break
            patience = gap_s
            if into.first_piece_s is None:
                into.first_piece_s = time.monotonic() - began
            if delta := _read_chunk(chunk, into):
                await on_delta(delta)
    if not into.finish:
        raise ModelFault(Fault.CUT)


async def _call(target: ModelTarget, arguments: Mapping[str, Any]) -> Any:
    await load()
    place = {"api_base": target.base_url} if target.base_url else {}
    return await litellm_module().acompletion(
        model=target.model,
        api_key=target.key,
        timeout=BACKSTOP_S,
        max_retries=0,
        num_retries=0,
        **place,
        **arguments,
    )


async def _within(limit_s: float, call: Awaitable[Any], late: Fault) -> Any:
    """What it gives. Whatever a provider or the library raises is told by its kind alone."""
    try:
        async with asyncio.timeout(limit_s):
            return await call
    except TimeoutError as error:
        raise ModelFault(late) from error
    except ModelFault:
        raise
    except Exception as error:  # noqa: BLE001 - the library wraps most, not all, that fails in it
        raise fault_of(error) from None  # its message may quote a key or the prompt


async def _pieces(chunks: Any) -> AsyncGenerator[Any, None]:
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


async def _next(pieces: AsyncGenerator[Any, None]) -> Any:
    return await anext(pieces, None)


def _read_whole(response: Any) -> Completion:
    completion = Completion()
    _read_head(response, completion)
    choices = getattr(response, "choices", None)
    if not choices:
        raise ModelFault(Fault.UNREADABLE)
    message = choices[0].message
    completion.text = message.content or ""
    completion.refusal = _refusal_in(message)
    completion.finish = choices[0].finish_reason or ""
    for index, call in enumerate(message.tool_calls or ()):
        completion.calls[index] = RawCall(
            call.id or "", call.function.name or "", call.function.arguments or ""
        )
    return completion


def _read_chunk(chunk: Any, completion: Completion) -> str:
    """Add a piece to what came before; its text."""
    _read_head(chunk, completion)
    if not chunk.choices:
        return ""
    choice = chunk.choices[0]
    completion.finish = choice.finish_reason or completion.finish
    completion.refusal += _refusal_in(choice.delta)
    for call in choice.delta.tool_calls or ():
        raw = completion.calls.setdefault(call.index or 0, RawCall())
        raw.id = raw.id or call.id or ""
        raw.name = raw.name or call.function.name or ""
        raw.arguments += call.function.arguments or ""
    text: str = choice.delta.content or ""
    completion.text += text
    return text


def _refusal_in(message: Any) -> str:
    """OpenAI's own field, which the library keeps among what it does not know."""
    unknown = getattr(message, "provider_specific_fields", None) or {}
    return str(unknown.get("refusal") or "")


def _read_head(response: Any, completion: Completion) -> None:
    completion.model = getattr(response, "model", None) or completion.model
    usage = getattr(response, "usage", None)
    if usage is not None:
        completion.tokens_in = _counted(usage.prompt_tokens) or completion.tokens_in
        completion.tokens_out = _counted(usage.completion_tokens) or completion.tokens_out


def _counted(tokens: object) -> int | None:
    """What a provider counted; None where it counted nothing that can be."""
    return tokens if isinstance(tokens, int) and 0 < tokens <= _MOST_TOKENS else None
