"""The shape of Ollama's chat."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.models.script import Scripted

STREAM_TYPE = "application/x-ndjson"
HEAD = {"model": "of-the-server", "created_at": "2026-11-20T12:00:00Z"}


def is_stream(_path: str, body: dict[str, Any]) -> bool:
    return body.get("stream", True) is True


def error(scripted: Scripted) -> dict[str, Any]:
    return {"error": f"failed with {scripted.status}"}


def whole(scripted: Scripted) -> dict[str, Any]:
    return _end(scripted, {"role": "assistant", "content": scripted.text, **_calls(scripted)})


def pieces(scripted: Scripted) -> Iterator[tuple[bytes, bool]]:
    for word in scripted.words:
        message = {"role": "assistant", "content": word}
        yield _line({**HEAD, "message": message, "done": False}), True
    if scripted.calls:
        message = {"role": "assistant", "content": "", **_calls(scripted)}
        yield _line({**HEAD, "message": message, "done": False}), False
    yield _line(_end(scripted, {"role": "assistant", "content": ""})), True


def _calls(scripted: Scripted) -> dict[str, Any]:
    if not scripted.calls:
        return {}
    return {
        "tool_calls": [
            {"function": {"name": name, "arguments": json.loads(arguments)}}
            for name, arguments in scripted.calls
        ]
    }


def _end(scripted: Scripted, message: dict[str, Any]) -> dict[str, Any]:
    return {
        **HEAD,
        "message": message,
        "done": True,
        "done_reason": "length" if scripted.finish == "length" else "stop",
        "prompt_eval_count": scripted.tokens_in,
        "eval_count": scripted.tokens_out,
    }


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode() + b"\n"
