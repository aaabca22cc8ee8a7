"""Settings of language models: how models and limits are written, and where their keys are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import WrongUsage
from core.investigation.language_model import ModelRole
from core.investigation.model_calls import MILLION, SpendingLimit, SpendingLimits

if TYPE_CHECKING:
    from faultmaven.settings import Settings

MODEL = re.compile(r"(?P<provider>[a-z]+)/[^@\s]+(?:@https?://[^\s@]+)?")
# Under which names each provider's own tools look for its key, the usual one first.
KEYS = {
    "openai": ("openai_api_key",),
    "anthropic": ("anthropic_api_key",),
    "google": ("gemini_api_key", "google_api_key"),
    "fireworks": ("fireworks_api_key", "fireworks_ai_api_key"),
    "huggingface": ("hf_token", "huggingface_api_key"),
    "openrouter": ("openrouter_api_key",),
    "ollama": (),
    "lmstudio": (),
}
AMOUNT = re.compile(r"\$(?P<dollars>\d+(?:\.\d{1,6})?)|(?P<tokens>\d+)\s*tokens?")


class ModelKeys(BaseSettings):
    """Keys of providers from their usual variables; `…_FILE` names a file that holds one."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    openai_api_key: SecretStr | None = None
    openai_api_key_file: Path | None = None
    anthropic_api_key: SecretStr | None = None
    anthropic_api_key_file: Path | None = None
    gemini_api_key: SecretStr | None = None
    gemini_api_key_file: Path | None = None
    google_api_key: SecretStr | None = None
    google_api_key_file: Path | None = None
    fireworks_api_key: SecretStr | None = None
    fireworks_api_key_file: Path | None = None
    fireworks_ai_api_key: SecretStr | None = None
    fireworks_ai_api_key_file: Path | None = None
    hf_token: SecretStr | None = None
    hf_token_file: Path | None = None
    huggingface_api_key: SecretStr | None = None
    huggingface_api_key_file: Path | None = None
    openrouter_api_key: SecretStr | None = None
    openrouter_api_key_file: Path | None = None

    def by_provider(self) -> dict[str, str]:
        """The key of each provider that has one. Raises WrongUsage for a file without one."""
        keys = {}
        for provider, names in KEYS.items():
            values = (self._value(name) for name in names)
            if key := next(filter(None, values), ""):
                keys[provider] = key
        return keys

    def _value(self, name: str) -> str:
        secret: SecretStr | None = getattr(self, name)
        if secret is not None and secret.get_secret_value():
            return secret.get_secret_value().strip()
        path: Path | None = getattr(self, f"{name}_file")
        if path is None:
            return ""
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"{name.upper()}_FILE: its file cannot be read ({type(error).__name__})"
            raise WrongUsage(message, next_step="Correct its path, or its permissions.") from None


def must_be_model(model: str, number: int) -> None:
    """Raises ValueError that says how to write it, and does not quote an address."""
    match = MODEL.fullmatch(model)
    if match is None:
        message = f"entry {number}: write PROVIDER/MODEL or PROVIDER/MODEL@http://HOST:PORT/v1"
        raise ValueError(message)
    if match["provider"] not in KEYS:
        message = f"entry {number}: the provider is one of {', '.join(KEYS)}"
        raise ValueError(message)


def models_by_role(settings: Settings) -> dict[ModelRole, tuple[str, ...]]:
    """The models of each role, as they are written; a role without its own has the common ones."""
    own = {
        ModelRole.FAST: settings.models_fast,
        ModelRole.REASONING: settings.models_reasoning,
        ModelRole.SUMMARY: settings.models_summary,
    }
    return {role: models or settings.models for role, models in own.items()}


def with_only(model: str, settings: Settings) -> Settings:
    """The settings with this model alone, for every role: no other may answer in its place."""
    alone = {"models": (model,), "models_fast": (), "models_reasoning": (), "models_summary": ()}
    return settings.model_copy(update=alone)


def read_limit(text: str) -> SpendingLimit:
    """`$2`, `500000 tokens`, or both with a comma; empty is no limit. Raises ValueError."""
    cost, tokens = None, None
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = AMOUNT.fullmatch(part)
        if match is None:
            message = "write it as $2, as 500000 tokens, or as both with a comma"
            raise ValueError(message)
        if match["dollars"]:
            cost = round(float(match["dollars"]) * MILLION)
        else:
            tokens = int(match["tokens"])
    return SpendingLimit(cost=cost, tokens=tokens)


def spending_limits(settings: Settings) -> SpendingLimits:
    """What models may take."""
    return SpendingLimits(
        case=read_limit(settings.model_case_limit),
        day=read_limit(settings.model_day_limit),
        channel=read_limit(settings.model_channel_limit),
    )
