"""The shape of Google's generateContent and streamGenerateContent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.fakes.models.openai import QUOTED_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.models.script import Scripted

STREAM_TYPE = "text/event-stream"
STOPS = {"stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}


def is_stream(path: str, _body: dict[str, Any]) -> bool:
    return "streamGenerateContent" in path


def error(scripted: Scripted) -> dict[str, Any]:
    return {"error": {"code": scripted.status, "message": f"key {QUOTED_KEY}", "status": "FAILED"}}


def whole(scripted: Scripted) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"text": scripted.text}] if scripted.text else []
    return _document(scripted, parts + _calls(scripted), is_last=True)


def pieces(scripted: Scripted) -> Iterator[tuple[bytes, bool]]:
    for word in scripted.words:
        yield _data(_document(scripted, [{"text": word}], is_last=False)), True
    yield _data(_document(scripted, _calls(scripted), is_last=True)), True


def _calls(scripted: Scripted) -> list[dict[str, Any]]:
    return [
        {"functionCall": {"name": name, "args": json.loads(arguments)}}
        for name, arguments in scripted.calls
    ]


def _document(scripted: Scripted, parts: list[dict[str, Any]], *, is_last: bool) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if is_last:
        candidate["finishReason"] = STOPS[scripted.finish]
    usage = {
        "promptTokenCount": scripted.tokens_in,
        "candidatesTokenCount": scripted.tokens_out,
        "totalTokenCount": scripted.tokens_in + scripted.tokens_out,
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "of-the-server"}


def _data(document: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\r\n\r\n"
