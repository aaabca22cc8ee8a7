"""Checks of documents for `doctor`: whether what people look up is what was read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.platform import Checked
from core.errors import NotFound
from core.knowledge.documents import reading_seal
from core.knowledge.model import Reach
from faultmaven.integrity_checks import RESTORE, WITHIN_S, first_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from core.knowledge.model import Chunk, Document
    from core.workflows.services import Services, Unit

_DOCUMENTS = 100  # at once


async def knowledge_findings(services: Services) -> AsyncIterator[Checked]:
    """What was read of documents: people follow it, whoever wrote it."""
    until = time.monotonic() + WITHIN_S
    async with services.reading() as unit:
        ids = await unit.documents.changed_since(0)
    changed, count = list[str](), 0
    for start in range(0, len(ids), _DOCUMENTS):
        if time.monotonic() > until:
            break
        async with services.reading() as unit:
            for document, chunks in await unit.documents.to_index(ids[start : start + _DOCUMENTS]):
                count += 1
                if not await _is_as_read(unit, document, chunks, services=services):
                    changed.append(document.title.line().text or document.id)
    if changed:
        says = f"what was read of these was changed: {first_of(changed, by='; ')}"
        yield Checked(check="knowledge", says=says, advice=f"{RESTORE} Or bring them again.")
    elif count:
        yield Checked(check="knowledge", says=f"documents are as they were read ({count:,})")


async def _is_as_read(
    unit: Unit, document: Document, chunks: Sequence[Chunk], *, services: Services
) -> bool:
    """Whether text and pieces are those that were read; of earlier versions nobody knows."""
    reach = Reach(frozenset({document.scope}))
    try:
        version = await unit.documents.version(document.id, document.version, reach)
    except NotFound:
        return document.version == 0
    if not version.seal or version.content is None:
        return not version.seal
    redactor = services.redactor(document.case_id)
    return version.seal == reading_seal(version.title, version.content, chunks, redactor)
