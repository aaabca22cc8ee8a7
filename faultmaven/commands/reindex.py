"""`faultmaven reindex`: gives runbooks their vectors now, or all of them new ones.

Works on the database, beside a running server or alone; what is there is found all the while.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from core.errors import WrongUsage
from core.text.quantities import counted
from core.workflows.knowledge_vectors import reindex
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from core.workflows.knowledge_vectors import EmbeddingReport

NO_MODEL = "no embedding model is installed: runbooks are found by their words, and need no index"
HOW = "See docs/how-to/choose-an-embedding-model.md, and FAULTMAVEN_EMBEDDING_MODEL."


def run(*, again: bool, as_json: bool = False) -> int:
    """again: also those that have vectors of this model. Raises WrongUsage, ModelUnavailable."""
    began = time.monotonic()
    model, report = asyncio.run(_reindex(again=again))
    seconds = time.monotonic() - began
    if as_json:
        print_json({"model": model, "documents": report.documents, "chunks": report.chunks})
    elif report.documents:
        documents = counted(report.documents, "document", "documents").text
        chunks = counted(report.chunks, "chunk", "chunks").text
        print_line(f"{documents}, {chunks} embedded with {model} in {seconds:.0f} s")
    else:
        print_line(f"all documents have vectors of {model}")
    return 0


async def _reindex(*, again: bool) -> tuple[str, EmbeddingReport]:
    async with wire(load_settings(), audiences=()) as installation:
        embedder = installation.services.embedder
        if embedder is None:
            raise WrongUsage(NO_MODEL, next_step=HOW)
        report = await reindex(embedder, again=again, services=installation.services)
    return embedder.name, report
