"""What was said in a call, as spans and the log hold it where they are to: redacted, and cut.

Shapes: github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-input-messages.json
and gen-ai-output-messages.json, as of November 2026.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.investigation.language_model import Speaker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrations.llm.seam import Completion

Clean = Callable[[str, str | None], str]  # redacts a text of the case with this id
Message = dict[str, Any]

LONGEST = 16_000  # characters of one part: backends drop what is far longer, the whole span with it
FINISHES = {"tool_calls": "tool_call"}  # as the conventions spell it; the others are spelt alike


@dataclass(frozen=True)
class CallContent:
    """Without `clean` no content is kept."""

    clean: Clean | None = None

    def sent(self, arguments: Mapping[str, Any], case_id: str | None) -> list[Message] | None:
        """The messages of a call. Their texts are redacted by type, but what a model asked for."""
        if self.clean is None:
            return None
        return [
            {"role": message["role"], "parts": _sent_parts(message, self.clean, case_id)}
            for message in arguments["messages"]
        ]

    async def answered(self, completion: Completion, case_id: str | None) -> Message | None:
        """The answer, redacted on a thread: a long one takes a while."""
        if self.clean is None:
            return None
        return await asyncio.to_thread(_answer, completion, self.clean, case_id)


def _answer(completion: Completion, clean: Clean, case_id: str | None) -> Message:
    text = completion.text or completion.refusal
    parts = [_text(clean(text, case_id))] if text else []
    for _, call in sorted(completion.calls.items()):
        parts.append(_call(call.id, call.name, clean(call.arguments, case_id)))
    finish = FINISHES.get(completion.finish, completion.finish)
    return {"role": Speaker.MODEL.value, "parts": parts, "finish_reason": finish}


def _sent_parts(message: Mapping[str, Any], clean: Clean, case_id: str | None) -> list[Message]:
    if message["role"] == Speaker.TOOL.value:
        part = {"type": "tool_call_response", "id": message["tool_call_id"]}
        return [{**part, "response": _shorten(message["content"])}]
    parts = [_text(message["content"])] if message["content"] else []
    for call in message.get("tool_calls", ()):
        function = call["function"]
        parts.append(_call(call["id"], function["name"], clean(function["arguments"], case_id)))
    return parts


def _text(text: str) -> Message:
    return {"type": "text", "content": _shorten(text)}


def _call(call_id: str, name: str, arguments: str) -> Message:
    """arguments: JSON, redacted as a text, so that a name marks its value as a secret."""
    try:
        document = json.loads(arguments)
    except ValueError:
        document = arguments
    if len(arguments) > LONGEST:
        document = _shorten(arguments)
    return {"type": "tool_call", "id": call_id, "name": name, "arguments": document}


def _shorten(text: str) -> str:
    more = len(text) - LONGEST
    return text if more <= 0 else f"{text[:LONGEST]}… ({more:,} characters more)"
