"""The models that may be asked: which provider, by which name, at which address, with which key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SPELLING = re.compile(r"(?P<provider>[a-z]+)/(?P<model>[^@\s]+)(?:@(?P<url>https?://\S+))?")


class SchemaMeans(StrEnum):
    """How a model is made to answer with JSON of a schema, the strictest first."""

    SCHEMA = "json_schema"  # the provider holds it to the schema
    TOOL = "tool"  # it calls a tool whose arguments are the answer
    OBJECT = "json_object"  # it is held to JSON; the schema is in the prompt
    PROMPT = "prompt"  # the schema is in the prompt, and nothing else helps


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider. prefix: what litellm calls it. base_url: where litellm does not know it."""

    prefix: str
    base_url: str = ""
    needs_key: bool = True
    means: SchemaMeans = SchemaMeans.SCHEMA


# Hugging Face and LM Studio speak OpenAI's API; litellm's own provider for the former would first
# ask a third address who serves the model.
PROVIDERS = {
    "openai": Provider(prefix="openai"),
    "anthropic": Provider(prefix="anthropic", means=SchemaMeans.TOOL),
    "google": Provider(prefix="gemini"),
    "fireworks": Provider(prefix="fireworks_ai"),
    "huggingface": Provider(prefix="openai", base_url="https://router.huggingface.co/v1"),
    "openrouter": Provider(prefix="openrouter"),
    "ollama": Provider(prefix="ollama_chat", base_url="http://127.0.0.1:11434", needs_key=False),
    "lmstudio": Provider(prefix="openai", base_url="http://127.0.0.1:1234/v1", needs_key=False),
}
NO_KEY = "none"  # clients want a key also where the server wants none


@dataclass(frozen=True, kw_only=True)
class ModelTarget:
    """One model. name: as settings spell it, without the address; it is shown and counted by."""

    name: str
    model: str  # as litellm wants it
    means: SchemaMeans
    base_url: str = ""
    key: str = field(default="", repr=False)
    has_key: bool = True


def read_target(spelt: str, keys: Mapping[str, str], *, server_key: str = "") -> ModelTarget:
    """The target of `anthropic/claude-…` or `openai/MODEL@http://host:1234/v1`.

    keys: by provider. server_key: for every target with an address of its own, which is not the
    provider's: it is never sent the provider's key. Raises ValueError for another spelling.
    """
    match = SPELLING.fullmatch(spelt)
    provider = PROVIDERS.get(match["provider"]) if match else None
    if match is None or provider is None:
        message = "a model is written as PROVIDER/MODEL"
        raise ValueError(message)
    url = (match["url"] or "").rstrip("/")
    key = server_key if url else keys.get(match["provider"], "")
    return ModelTarget(
        name=f"{match['provider']}/{match['model']}",
        model=f"{provider.prefix}/{match['model']}",
        means=provider.means,
        base_url=url or provider.base_url,
        key=key or NO_KEY,
        has_key=bool(key or url or not provider.needs_key),
    )
