"""The shape of OpenAI's chat completions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.models.script import Scripted

STREAM_TYPE = "text/event-stream"
HEAD = {"id": "chatcmpl-1", "created": 1, "model": "of-the-server"}


def is_stream(_path: str, body: dict[str, Any]) -> bool:
    return bool(body.get("stream"))


def error(scripted: Scripted) -> dict[str, Any]:
    # Providers do quote keys: "Incorrect API key provided: sk-…".
    message = f"failed with {scripted.status}; key {QUOTED_KEY}"
    return {"error": {"message": message, "type": "api_error", "code": None}}


QUOTED_KEY = "sk-planted-7Hq2Zx81LmNpQr45"  # pragma: allowlist secret


def whole(scripted: Scripted) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": scripted.text or None,
        "refusal": scripted.refusal or None,
    }
    if scripted.calls:
        message["tool_calls"] = [_call(*call, index) for index, call in enumerate(scripted.calls)]
    choice = {"index": 0, "message": message, "finish_reason": scripted.finish}
    return {**HEAD, "object": "chat.completion", "choices": [choice], "usage": _usage(scripted)}


def pieces(scripted: Scripted) -> Iterator[tuple[bytes, bool]]:
    for word in scripted.words:
        yield _event({"role": "assistant", "content": word}), True
    for index, (name, arguments) in enumerate(scripted.calls):
        yield _event({"tool_calls": [{**_call(name, "", index), "index": index}]}), False
        for part in (arguments[:5], arguments[5:]):
            delta = {"index": index, "function": {"arguments": part}}
            yield _event({"tool_calls": [delta]}), False
    if scripted.refusal:
        yield _event({"refusal": scripted.refusal}), False
    yield _event({}, finish=scripted.finish), True
    yield _data({**HEAD, "object": CHUNK, "choices": [], "usage": _usage(scripted)}), False
    yield b"data: [DONE]\n\n", False


CHUNK = "chat.completion.chunk"


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _data({**HEAD, "object": CHUNK, "choices": [choice]})


def _data(document: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def _call(name: str, arguments: str, index: int) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": f"call_{index}", "type": "function", "function": function}


def _usage(scripted: Scripted) -> dict[str, int]:
    total = scripted.tokens_in + scripted.tokens_out
    return {
        "prompt_tokens": scripted.tokens_in,
        "completion_tokens": scripted.tokens_out,
        "total_tokens": total,
    }
