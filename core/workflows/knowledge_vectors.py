"""How documents get their vectors: after they can be found by words, a few at a time.

Whatever has none of the model of now is embedded: what was just read, what came with an archive,
and everything after a change of the model. A document's vectors are committed in one piece; until
then it is found by its words, and so it is all the while another model takes over.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ModelUnavailable
from core.jobs.kinds import embed_documents
from core.knowledge.chunk_vectors import embed_document, model_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.jobs.model import Job
    from core.knowledge.model import Chunk, Document
    from core.knowledge.ports import Embedder
    from core.workflows.services import Services, Unit

OF_A_JOB = 20  # documents; then others have their turn
AT_ONCE = 100  # documents that are read of the tables
_NO_MODEL = ""  # no vectors have it: every document is without

_log = logging.getLogger(__name__)


@dataclass
class EmbeddingReport:
    """What was embedded."""

    documents: int = 0
    chunks: int = 0


async def plan_embedding(unit: Unit, *, services: Services) -> None:
    """Embed what has no vectors yet, where a model is there to do it."""
    if services.embedder is not None:
        await unit.jobs.add(embed_documents(unit.context))


async def embed_some(job: Job, *, services: Services) -> None:
    """Handler of `knowledge.embed`: some documents without vectors; another job goes on."""
    is_more = await _embed_some(services=services)
    async with services.unit() as unit:
        await unit.jobs.done(job, at=unit.now)
        if is_more:
            await plan_embedding(unit, services=services)


async def _embed_some(*, services: Services) -> bool:
    """Whether there may be more. A model that cannot be loaded is asked no more."""
    embedder = services.embedder
    if embedder is None:
        return False
    async with services.reading() as unit:
        waiting = await unit.documents.without_vectors(model=model_name(embedder), limit=OF_A_JOB)
    try:
        for document in waiting:
            await _embed(document, embedder, services=services)
    except ModelUnavailable as error:
        _log.warning("documents are found by their words alone: %s", error)
        return False
    return len(waiting) == OF_A_JOB


async def reindex(embedder: Embedder, *, again: bool, services: Services) -> EmbeddingReport:
    """Embed all documents that have no vectors; again: those that have some, too.

    What was embedded before is found by it until its new vectors are there. Raises
    ModelUnavailable.
    """
    report = EmbeddingReport()
    model = _NO_MODEL if again else model_name(embedder)
    async for document in _without_vectors(model, services=services):
        report.chunks += await _embed(document, embedder, services=services)
        report.documents += 1
    return report


async def _without_vectors(model: str, *, services: Services) -> AsyncIterator[Document]:
    after = ""
    while True:
        async with services.reading() as unit:
            some = await unit.documents.without_vectors(model=model, after=after, limit=AT_ONCE)
        for document in some:
            yield document
        if len(some) < AT_ONCE:
            return
        after = some[-1].id


async def _embed(document: Document, embedder: Embedder, *, services: Services) -> int:
    """How many of its chunks were embedded; what became of the document meanwhile wins."""
    async with services.reading() as unit:
        read = await _as_it_is(unit, document.id)
    if read is None:
        return 0
    known, chunks = read
    vectors = await asyncio.to_thread(embed_document, known, chunks, embedder)
    async with services.unit() as unit:
        revision = await unit.documents.next_revision()
        if await _as_it_is(unit, document.id) != read:
            return 0
        await unit.documents.put_vectors(vectors, revision=revision)
    return len(chunks)


async def _as_it_is(unit: Unit, document_id: str) -> tuple[Document, list[Chunk]] | None:
    """None where it was deleted."""
    return next(iter(await unit.documents.to_index([document_id])), None)
