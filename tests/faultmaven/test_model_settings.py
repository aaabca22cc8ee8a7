"""Models, limits and keys are read as people write them, and mistakes quote nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import WrongUsage
from core.investigation.language_model import ModelRole
from core.investigation.model_calls import SpendingLimit
from faultmaven.model_settings import KEYS, ModelKeys, models_by_role, read_limit
from faultmaven.settings import load_settings
from integrations.llm.targets import PROVIDERS, SchemaMeans, read_target

if TYPE_CHECKING:
    from pathlib import Path


def test_settings_and_gateway_know_the_same_providers() -> None:
    assert KEYS.keys() == PROVIDERS.keys()


def test_a_role_has_its_own_models_or_the_common_ones() -> None:
    settings = load_settings(models="anthropic/a, openai/b", models_fast="ollama/qwen3:8b")
    assert models_by_role(settings) == {
        ModelRole.FAST: ("ollama/qwen3:8b",),
        ModelRole.REASONING: ("anthropic/a", "openai/b"),
        ModelRole.SUMMARY: ("anthropic/a", "openai/b"),
    }


@pytest.mark.parametrize(
    "model",
    [
        "gpt",
        "nobody/x",
        "openai/",
        "openai/x@ftp://h",
        "openai/x@http://u:secret@h",  # pragma: allowlist secret
    ],
)
def test_a_model_that_cannot_be_read_is_refused_without_its_value(model: str) -> None:
    with pytest.raises(WrongUsage, match="FAULTMAVEN_MODELS: entry 2") as caught:
        load_settings(models=f"anthropic/a,{model}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("", SpendingLimit()),
        ("$2.50", SpendingLimit(cost=2_500_000)),
        ("400000 tokens", SpendingLimit(tokens=400_000)),
        ("$1, 5 tokens", SpendingLimit(cost=1_000_000, tokens=5)),
    ],
)
def test_limits(text: str, limit: SpendingLimit) -> None:
    assert read_limit(text) == limit


def test_a_limit_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(WrongUsage, match="FAULTMAVEN_MODEL_DAY_LIMIT: write it as"):
        load_settings(model_day_limit="2 EUR")


def test_keys_come_from_the_usual_variables_and_from_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "key"
    file.write_text("from-a-file\n", encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-environment")
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(file))
    keys = ModelKeys()
    assert keys.by_provider() == {"openai": "of-the-environment", "anthropic": "from-a-file"}
    assert "of-the-environment" not in repr(keys)


def test_a_file_without_a_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN_FILE", "/nowhere/key")
    with pytest.raises(WrongUsage, match="HF_TOKEN_FILE"):
        ModelKeys().by_provider()


def test_the_key_of_a_provider_goes_to_no_other_address() -> None:
    keys = {"openai": "of-openai"}
    elsewhere = read_target("openai/x@http://127.0.0.1:1/v1", keys)
    assert "of-openai" not in elsewhere.key
    assert read_target("openai/x", keys).key == "of-openai"
    assert "of-openai" not in repr(read_target("openai/x", keys))


def test_every_provider_has_its_own_name_and_means() -> None:
    targets = {name: read_target(f"{name}/x", {}) for name in PROVIDERS}
    assert targets["google"].model == "gemini/x"
    assert targets["fireworks"].model == "fireworks_ai/x"
    assert targets["anthropic"].means is SchemaMeans.TOOL
    assert targets["lmstudio"].base_url == "http://127.0.0.1:1234/v1"
    assert targets["huggingface"].model == "openai/x"
