"""Decides which language models answer, who keeps their books, and where spans of them go."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from core.workflows.case_lines import CaseLines
from core.workflows.model_ledger import SpendingBooks
from faultmaven import __version__
from faultmaven.model_settings import ModelKeys, models_by_role, spending_limits
from faultmaven.settings import secret_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from opentelemetry.trace import Tracer

    from core.investigation.consultation.evidence_reader import EvidenceReader
    from core.investigation.decision import Situation
    from core.investigation.language_model import LanguageModel
    from core.investigation.model_reasoner import WithModel
    from core.redaction.engine import Redactor
    from core.workflows.services import Services
    from faultmaven.settings import Settings
    from integrations.llm.assembly import ModelAccess, ModelSpans


@asynccontextmanager
async def with_models(services: Services, settings: Settings) -> AsyncIterator[Services]:
    """The services with a reasoner that asks the models that are set, where there are any.

    Their connections and the export of spans are closed when the block ends. Raises WrongUsage for
    a file of a key that cannot be read.
    """
    async with open_span_export(settings) as tracer:
        model = open_model(settings, services, tracer=tracer)
        if model is None:
            yield services
            return
        try:
            reasoner = reasoner_with(model, services, settings)
            yield replace(services, model=model, reasoner=reasoner)
        finally:
            await _close_connections()


def reasoner_with(
    model: LanguageModel,
    services: Services,
    settings: Settings,
    *,
    templates: Mapping[str, str] | None = None,
) -> WithModel:
    """The engine with this model beside it. templates: of prompts, in place of the shipped."""
    from core.investigation.consultation.profile import PROFILES  # noqa: PLC0415 - most need none
    from core.investigation.consultation.prompts import SHIPPED, Prompts  # noqa: PLC0415
    from core.investigation.model_reasoner import WithModel  # noqa: PLC0415

    def redactor(situation: Situation) -> Redactor:
        return services.redactor(situation.case.case.id if situation.case else None)

    def reader(situation: Situation) -> EvidenceReader | None:
        return CaseLines(situation.case.case.id, services) if situation.case else None

    return WithModel(
        model,
        redactor,
        reader,
        PROFILES[settings.model_profile],
        aside=asyncio.to_thread,
        prompts=Prompts(templates) if templates else SHIPPED,
    )


def open_model(
    settings: Settings, services: Services, *, tracer: Tracer | None = None
) -> LanguageModel | None:
    """The models that are set; None where none is, or their library is not installed.

    tracer: records spans of their calls.

    Raises WrongUsage for a file of a key that cannot be read.
    """
    access = model_access(settings)
    if access is None:
        return None
    from integrations.llm.assembly import gateway_of, is_installed  # noqa: PLC0415 - most need none

    if not is_installed():
        return None
    books = SpendingBooks(
        store=services.store, context=services.context, limits=spending_limits(settings)
    )
    spans = _model_spans(settings, services, tracer)
    return gateway_of(access, ledger=books, random=services.random, spans=spans)


async def _close_connections() -> None:
    """Of models, when nobody asks them any more."""
    from integrations.llm.assembly import close  # noqa: PLC0415 - most need none

    await close()


async def load_model_library() -> None:
    """Import what asks models, where it is installed: the first call would wait for it."""
    from integrations.llm.assembly import is_installed, load  # noqa: PLC0415 - most need none

    if is_installed():
        await load()


def _model_spans(settings: Settings, services: Services, tracer: Tracer | None) -> ModelSpans:
    from integrations.llm.assembly import CallContent, ModelSpans  # noqa: PLC0415

    def clean(text: str, case_id: str | None) -> str:
        return services.redactor(case_id).clean(text).text

    content = CallContent(clean if settings.trace_content else None)
    return ModelSpans(tracer=tracer, content=content)


@asynccontextmanager
async def open_span_export(settings: Settings) -> AsyncIterator[Tracer | None]:
    """What records spans of model calls; None where none are to leave, or nothing can send them."""
    if not settings.otlp_url or not any(models_by_role(settings).values()):
        yield None
        return
    from integrations.otlp import SpanExport, is_installed  # noqa: PLC0415 - most need none

    if not is_installed():
        yield None
        return
    export = SpanExport(settings.otlp_url, version=__version__)
    try:
        yield export.tracer
    finally:
        await asyncio.to_thread(export.close)


async def try_span_export(settings: Settings) -> bool | None:
    """Whether the collector takes what is sent to it; None where nothing can send."""
    from integrations.otlp import is_installed, takes_spans  # noqa: PLC0415

    if not is_installed():
        return None
    return await asyncio.to_thread(takes_spans, settings.otlp_url)


def model_access(settings: Settings) -> ModelAccess | None:
    """Which models are set, with their keys; None where none is."""
    models = models_by_role(settings)
    if not any(models.values()):
        return None
    from integrations.llm.assembly import ModelAccess  # noqa: PLC0415

    return ModelAccess(
        models=models,
        keys=ModelKeys().by_provider(),
        server_key=secret_text(settings.model_server_key),
        deadline_s=settings.model_deadline.total_seconds(),
        first_byte_s=settings.model_first_byte.total_seconds(),
        cache_s=settings.model_cache.total_seconds(),
    )
