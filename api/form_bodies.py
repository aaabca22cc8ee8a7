"""The parts of forms, for the description of the API: bodies are read as they come in, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FILE: Mapping[str, Any] = {"type": "string", "format": "binary"}
FILES: Mapping[str, Any] = {"type": "array", "items": FILE, "maxItems": 10}
WORDS: Mapping[str, Any] = {"type": "string"}


def form_of(*needed: str, **parts: Mapping[str, Any]) -> dict[str, Any]:
    """What a route says of its form. needed: parts that it cannot do without."""
    schema = {"type": "object", "properties": parts, "required": list(needed)}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}
