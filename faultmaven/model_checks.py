"""Checks of language models for `doctor`: which answer, how fast, with tools; and their spans."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from bot.platform import Checked
from core.errors import BudgetSpent, FaultMavenError, ModelRefused
from core.investigation.language_model import (
    ModelMessage,
    ModelRequest,
    ModelRole,
    Speaker,
    ToolSpec,
)
from core.text.redacted import RedactedText
from faultmaven.formats import without_password
from faultmaven.model_settings import models_by_role, with_only

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.investigation.language_model import LanguageModel
    from faultmaven.settings import Settings

    OpenModel = Callable[[Settings], LanguageModel | None]
    TrySpanExport = Callable[[Settings], Awaitable[bool | None]]

PATIENCE_S = 30.0  # for a trial call: a local model may have to be loaded first
ASKED_FOR = RedactedText.format("Call the tool `add` with a = 2 and b = 3.")
NUMBER = {"type": "integer"}
ADD = ToolSpec(
    name="add",
    purpose="Adds two numbers.",
    parameters={"type": "object", "properties": {"a": NUMBER, "b": NUMBER}, "required": ["a"]},
)


async def model_findings(settings: Settings, *, open_model: OpenModel) -> list[Checked]:
    """A line for each model that is set, after a trial call; one line where none is."""
    names = sorted({name for names in models_by_role(settings).values() for name in names})
    if not names:
        return [Checked(check="models", says="none is set: FaultMaven works without")]
    if open_model(settings) is None:
        says = "set, but the library for them is not installed: FaultMaven works without"
        advice = "pip install 'faultmaven[llm]', or unset FAULTMAVEN_MODELS."
        return [Checked(check="models", says=says, advice=advice, is_warning=True)]
    return list(await asyncio.gather(*(_finding(name, settings, open_model) for name in names)))


async def _finding(name: str, settings: Settings, open_model: OpenModel) -> Checked:
    """A trial call of this model alone: no other may answer in its place."""
    model = open_model(with_only(name, settings))
    check, began = f"model {name.partition('@')[0]}", time.monotonic()
    if model is None:
        return Checked(check=check, says="not set")
    request = ModelRequest(
        role=ModelRole.FAST,
        messages=[ModelMessage(speaker=Speaker.USER, text=ASKED_FOR)],
        tools=[ADD],
        max_tokens=400,
        deadline_s=PATIENCE_S,
    )
    try:
        reply = await model.complete(request)
    except (BudgetSpent, ModelRefused) as error:
        return Checked(check=check, says=str(error), advice=error.next_step, is_warning=True)
    except FaultMavenError as error:
        return Checked(check=check, says=str(error), advice=_advice(name))
    seconds = time.monotonic() - began
    if not reply.calls:
        says = f"answers in {seconds:.1f} s, but calls no tools"
        advice = "Choose a model that is trained to call tools."
        return Checked(check=check, says=says, advice=advice, is_warning=True)
    return Checked(check=check, says=f"answers in {seconds:.1f} s, calls tools")


async def span_finding(settings: Settings, *, try_export: TrySpanExport) -> Checked:
    """Whether spans leave, where to, and with what; a trial export tells whether they arrive."""
    check, place = "spans", without_password(settings.otlp_url)
    if not place:
        return Checked(check=check, says="none leave: FAULTMAVEN_OTLP_URL is not set")
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return Checked(check=check, says="none leave: OTEL_SDK_DISABLED is set")
    is_taken = await try_export(settings)
    if is_taken is None:
        says = "none leave: the library for them is not installed"
        advice = "pip install 'faultmaven[otlp]', or unset FAULTMAVEN_OTLP_URL."
        return Checked(check=check, says=says, advice=advice, is_warning=True)
    if not is_taken:
        says = f"{place} takes none: they are lost, and nothing else"
        advice = "See whether it runs, FAULTMAVEN_OTLP_URL, and OTEL_EXPORTER_OTLP_HEADERS."
        return Checked(check=check, says=says, advice=advice, is_warning=True)
    content = "with redacted content" if settings.trace_content else "without content"
    return Checked(check=check, says=f"of model calls go to {place}, {content}")


def _advice(name: str) -> str:
    if "@" in name or name.startswith(("ollama/", "lmstudio/")):
        return "See whether its server runs and has loaded this model, and FAULTMAVEN_MODELS."
    return "Compare its name in FAULTMAVEN_MODELS, and the key of its provider."
