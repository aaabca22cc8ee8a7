"""A check of the embedding model for `doctor`: whether runbooks are found by what they mean."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bot.platform import Checked
from core.errors import ModelUnavailable
from core.knowledge.chunk_vectors import model_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.knowledge.ports import Embedder
    from core.workflows.services import Services
    from faultmaven.settings import Settings

CHECK = "embeddings"
MANY = 10_000
TRIAL = "The replica is behind its primary."


async def embedding_finding(
    settings: Settings, services: Services, *, choose: Callable[[str], Embedder | None]
) -> Checked:
    """One line, after a trial of the model that is chosen. choose: raises ModelUnavailable."""
    if settings.embedding_model == "off":
        return Checked(check=CHECK, says="off: runbooks are found by their words")
    try:
        embedder = choose(settings.embedding_model)
        if embedder is None:
            return Checked(check=CHECK, says="none installed: runbooks are found by their words")
        began = time.monotonic()
        await asyncio.to_thread(embedder.embed, [TRIAL])
    except ModelUnavailable as error:
        says = f"{error}: runbooks are found by their words alone"
        return Checked(check=CHECK, says=says, advice=error.next_step, is_warning=True)
    seconds = time.monotonic() - began
    return await _of_documents(embedder, seconds, services=services)


async def _of_documents(embedder: Embedder, seconds: float, *, services: Services) -> Checked:
    async with services.reading() as unit:
        waiting = await unit.documents.without_vectors(model=model_name(embedder), limit=MANY)
    says = f"{embedder.name} loads and answers in {seconds:.1f} s"
    if not waiting:
        return Checked(check=CHECK, says=says)
    says = f"{says}; {len(waiting):,} documents have no vectors of it yet"
    advice = "A worker makes them, one after the other; now: faultmaven reindex."
    return Checked(check=CHECK, says=says, advice=advice, is_warning=True)
