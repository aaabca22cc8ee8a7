"""Which texts of a document are embedded, and as what their vectors rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.knowledge.model import ChunkVectors
from core.knowledge.vectors import pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.knowledge.model import Chunk, Document
    from core.knowledge.ports import Embedder

FORM = 1  # goes up with every change of `passages_of`: what was embedded before is embedded again
BATCH = 16  # texts that the model is handed at once


def model_name(embedder: Embedder) -> str:
    """What vectors of the model rest under: they can be compared with those of no other name."""
    return f"{embedder.name}/{FORM}"


def embed_document(document: Document, chunks: Sequence[Chunk], embedder: Embedder) -> ChunkVectors:
    """Those of its chunks, in their order. CPU work. Raises ModelUnavailable."""
    rows = [embedder.embed(batch) for batch in _batches(passages_of(document, chunks))]
    packed = pack(np.concatenate(rows)) if rows else b""
    return ChunkVectors(
        document_id=document.id,
        tenant_id=document.tenant_id,
        model=model_name(embedder),
        packed=packed,
    )


def passages_of(document: Document, chunks: Sequence[Chunk]) -> list[str]:
    """Each chunk below its title and headings: what it says alone is about nothing often."""
    title = document.title.text
    return [f"{title} {chunk.headings.text}\n{chunk.text.text}" for chunk in chunks]


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]
