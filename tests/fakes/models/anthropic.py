"""The shape of Anthropic's messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.fakes.models.openai import QUOTED_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.models.script import Scripted

STREAM_TYPE = "text/event-stream"
STOPS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


def is_stream(_path: str, body: dict[str, Any]) -> bool:
    return bool(body.get("stream"))


def error(_scripted: Scripted) -> dict[str, Any]:
    return {
        "type": "error",
        "error": {"type": "overloaded_error", "message": f"key {QUOTED_KEY}"},
    }


def whole(scripted: Scripted) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if scripted.text:
        content.append({"type": "text", "text": scripted.text})
    content += [
        {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": json.loads(arguments)}
        for index, (name, arguments) in enumerate(scripted.calls)
    ]
    return {**_head(scripted), "content": content, "stop_reason": _stop(scripted)}


def pieces(scripted: Scripted) -> Iterator[tuple[bytes, bool]]:
    yield _event("message_start", message={**_head(scripted), "content": []}), False
    if scripted.words:
        text: dict[str, Any] = {"type": "text", "text": ""}
        yield _event("content_block_start", index=0, content_block=text), False
        for word in scripted.words:
            delta = {"type": "text_delta", "text": word}
            yield _event("content_block_delta", index=0, delta=delta), True
        yield _event("content_block_stop", index=0), True
    for index, (name, arguments) in enumerate(scripted.calls, start=1):
        block: dict[str, Any] = {
            "type": "tool_use",
            "id": f"toolu_{index}",
            "name": name,
            "input": {},
        }
        yield _event("content_block_start", index=index, content_block=block), False
        for part in (arguments[:5], arguments[5:]):
            delta = {"type": "input_json_delta", "partial_json": part}
            yield _event("content_block_delta", index=index, delta=delta), False
        yield _event("content_block_stop", index=index), False
    stop = {"stop_reason": _stop(scripted), "stop_sequence": None}
    yield (
        _event("message_delta", delta=stop, usage={"output_tokens": scripted.tokens_out}),
        False,
    )
    yield _event("message_stop"), False


def _head(scripted: Scripted) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "of-the-server",
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": scripted.tokens_in, "output_tokens": scripted.tokens_out},
    }


def _stop(scripted: Scripted) -> str:
    return STOPS[scripted.finish]


def _event(kind: str, **fields: Any) -> bytes:
    document = json.dumps({"type": kind, **fields})
    return f"event: {kind}\ndata: {document}\n\n".encode()
