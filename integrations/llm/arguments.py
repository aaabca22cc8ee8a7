"""A request as litellm takes it, with the means of each provider to get JSON of a schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.investigation.language_model import Speaker
from integrations.llm.targets import SchemaMeans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.investigation.language_model import ModelMessage, ModelRequest, ToolSpec
    from integrations.llm.targets import ModelTarget

ANSWER = "answer"  # the tool whose arguments are the document
BYTES_A_TOKEN = 3  # of logs and JSON at the least; of prose it is four
TOKENS_A_MESSAGE = 16
SMALLEST_WINDOW = 8_192  # tokens
SCHEMA_PROMPT = "Answer with one JSON document of this JSON schema, and nothing else:\n"


def arguments_of(
    request: ModelRequest, target: ModelTarget, means: SchemaMeans, *, repair: str = ""
) -> dict[str, Any]:
    """Keyword arguments of a completion. repair: what was wrong with the answer before."""
    messages = [_message(message) for message in request.messages]
    if repair:
        messages.append({"role": Speaker.USER.value, "content": repair})
    arguments: dict[str, Any] = {"max_tokens": request.max_tokens}
    tools = [_tool(tool.name, tool.purpose, tool.parameters) for tool in request.tools]
    if request.schema is not None:
        messages = _with_schema(messages, request.schema, means)
        arguments |= _held_to(request.schema, means, is_free=bool(tools))
        tools += _answer_tool(request.schema) if means is SchemaMeans.TOOL else []
    if tools:
        arguments["tools"] = tools
    arguments["messages"] = messages
    if target.model.startswith("ollama"):
        # Its default window is small, and it cuts off the beginning of what is longer, silently.
        arguments["num_ctx"] = window_of(estimated_tokens(arguments) + request.max_tokens)
    return arguments


def estimated_tokens(arguments: Mapping[str, Any]) -> int:
    """The most tokens that what is sent may have, by its bytes."""
    sent = [arguments["messages"], arguments.get("tools", ()), arguments.get("response_format", "")]
    size = sum(len(json.dumps(part, ensure_ascii=False).encode()) for part in sent)
    return size // BYTES_A_TOKEN + TOKENS_A_MESSAGE * len(arguments["messages"])


def window_of(tokens: int) -> int:
    """The next power of two: each other size would make the server load the model anew."""
    return max(SMALLEST_WINDOW, 1 << (tokens - 1).bit_length())


def weaker(means: SchemaMeans) -> SchemaMeans | None:
    """What to try with a server that refuses these means."""
    steps = [SchemaMeans.SCHEMA, SchemaMeans.OBJECT, SchemaMeans.PROMPT]
    if means is SchemaMeans.TOOL:
        return SchemaMeans.PROMPT
    return steps[steps.index(means) + 1] if means is not steps[-1] else None


def _message(message: ModelMessage) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.speaker.value, "content": message.text.text}
    if message.calls:
        plain["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
            }
            for call in message.calls
        ]
    if message.speaker is Speaker.TOOL:
        plain["tool_call_id"] = message.answers
    return plain


def _tool(name: str, purpose: str, parameters: Mapping[str, object]) -> dict[str, Any]:
    function = {"name": name, "description": purpose, "parameters": dict(parameters)}
    return {"type": "function", "function": function}


def _answer_tool(schema: Mapping[str, object]) -> list[dict[str, Any]]:
    return [_tool(ANSWER, "Give the answer.", schema)]


def _held_to(schema: Mapping[str, object], means: SchemaMeans, *, is_free: bool) -> dict[str, Any]:
    """is_free: it may call other tools first."""
    match means:
        case SchemaMeans.SCHEMA:
            named = {"name": ANSWER, "schema": dict(schema), "strict": _is_strict(schema)}
            return {"response_format": {"type": "json_schema", "json_schema": named}}
        case SchemaMeans.TOOL if is_free:
            return {"tool_choice": "required"}
        case SchemaMeans.TOOL:
            return {"tool_choice": {"type": "function", "function": {"name": ANSWER}}}
        case SchemaMeans.OBJECT:
            return {"response_format": {"type": "json_object"}}
        case SchemaMeans.PROMPT:
            return {}


def _with_schema(
    messages: list[dict[str, Any]], schema: Mapping[str, object], means: SchemaMeans
) -> list[dict[str, Any]]:
    if means not in {SchemaMeans.OBJECT, SchemaMeans.PROMPT}:
        return messages
    rule = SCHEMA_PROMPT + json.dumps(schema, ensure_ascii=False)
    if messages and messages[0]["role"] == Speaker.SYSTEM.value:
        first = {**messages[0], "content": f"{messages[0]['content']}\n\n{rule}"}
        return [first, *messages[1:]]
    return [{"role": Speaker.SYSTEM.value, "content": rule}, *messages]


def _is_strict(schema: object) -> bool:
    """Whether OpenAI's strict mode takes it: objects are closed, and all they have is required.

    Source: platform.openai.com, docs/guides/structured-outputs, Supported schemas.
    """
    if isinstance(schema, list):
        return all(_is_strict(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        names = set(schema.get("properties", {}))
        if schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required", ())) != names:
            return False
    return all(_is_strict(part) for part in schema.values())


def tool_named(tools: Sequence[ToolSpec], name: str) -> ToolSpec | None:
    """The tool that was offered by this name."""
    return next((tool for tool in tools if tool.name == name), None)
